//! Moments and lengths of time against NumPy's, as text and from it.

use numio::{DType, Datetime64, DatetimeUnit, ErrorKind, Scalar, TimeUnit, Timedelta64};
use serde_json::Value;

use super::cases;

fn unit(text: &str) -> TimeUnit {
    let dtype = if text == "generic" { "M8".to_owned() } else { format!("M8[{text}]") };
    match DType::parse(&dtype).unwrap() {
        DType::Scalar(Scalar::Datetime(unit, _)) => unit,
        other => panic!("{other}"),
    }
}

#[test]
fn times_print_as_numpy_prints_them() {
    let mut seen = 0;
    for case in cases("times.py").iter().filter(|case| case.get("texts").is_some()) {
        let unit = unit(case["unit"].as_str().unwrap());
        let columns = ["ticks", "texts", "lengths"].map(|name| case[name].as_array().unwrap());
        for ((ticks, text), length) in columns[0].iter().zip(columns[1]).zip(columns[2]) {
            let ticks = ticks.as_i64().unwrap();
            assert_eq!(Datetime64::new(ticks, unit).to_string(), text.as_str().unwrap(), "{ticks} {unit:?}");
            assert_eq!(
                Timedelta64::new(ticks, unit).to_string(),
                length.as_str().unwrap(),
                "{ticks} {unit:?}"
            );
            seen += 1;
        }
    }
    assert!(seen > 5000);
}

/// Whether the moment at `ticks` of `of` lies within 64 bits of `unit`. NumPy wraps around outside.
fn fits(text: &str, unit: TimeUnit) -> bool {
    Datetime64::parse(text, unit).is_ok_and(|found| !found.is_nat())
}

#[test]
fn times_are_read_as_numpy_reads_them() {
    let (mut read, mut refused) = (0, 0);
    for case in cases("times.py").iter().filter(|case| case.get("text").is_some()) {
        let text = case["text"].as_str().unwrap();
        match (text.parse::<Datetime64>(), case.get("error")) {
            (Ok(found), None) => {
                read += 1;
                assert_eq!(found.ticks().unwrap_or(i64::MIN), case["ticks"].as_i64().unwrap(), "{case}");
                assert_eq!(found.unit(), unit(case["unit"].as_str().unwrap()), "{case}");
            }
            (Err(error), Some(wanted)) => {
                refused += 1;
                assert_eq!(error.kind(), ErrorKind::InvalidData, "{case}");
                let wanted = wanted.as_str().unwrap();
                if let Some((_, at)) = wanted.rsplit_once("at position ") {
                    assert!(error.message().contains(&format!("at position {at}: ")), "{error}: {wanted}");
                }
            }
            (Err(error), None) => assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}: {case}"),
            (Ok(found), Some(_)) => panic!("{found}: {case}"),
        }
        for (name, ticks) in case["as"].as_object().unwrap() {
            match (Datetime64::parse(text, unit(name)), ticks) {
                (Ok(found), Value::Number(ticks)) => {
                    assert_eq!(found.ticks().unwrap_or(i64::MIN), ticks.as_i64().unwrap(), "{name} {case}");
                }
                (Err(error), Value::Null) => assert_eq!(error.kind(), ErrorKind::InvalidData, "{case}"),
                // Where 64 bits do not suffice, NumPy wraps around.
                (Err(error), _) => assert!(error.message().contains("too far from 1970"), "{error}: {case}"),
                (Ok(found), _) => panic!("{found} {name} {case}"),
            }
        }
    }
    assert!(read > 500 && refused > 500, "{read} {refused}");
    assert!(fits("2262-04-11T23:47:16.854775807", TimeUnit::one(DatetimeUnit::Nanosecond)));
    assert!(!fits("2262-04-11T23:47:16.854775808", TimeUnit::one(DatetimeUnit::Nanosecond)));
}

#[test]
fn time_that_asks_for_the_clock_is_refused() {
    for text in ["now", "Today"] {
        assert_eq!(text.parse::<Datetime64>().unwrap_err().kind(), ErrorKind::Unsupported);
    }
}
