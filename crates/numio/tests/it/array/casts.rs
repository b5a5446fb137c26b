//! Conversions between all dtypes against NumPy's, values and rules.

use numio::{Casting, ComplexWidth, DType, DynArray, ErrorKind, FloatWidth, Item, LongDouble, Scalar};
use serde_json::Value;

use super::{bytes, cases};
use crate::numpy;

/// A dtype as the scripts write it: what `np.dtype` takes.
fn dtype(value: &Value) -> DType {
    let text = value.as_str().unwrap();
    match text.starts_with('[') {
        true => DType::from_descr(text).unwrap(),
        false => DType::parse(text).unwrap(),
    }
}

/// Whether two values are the same to the bit, but for what a NaN carries and the padding of a long double.
fn same(a: &Item, b: &Item) -> bool {
    let double = |a: f64, b: f64| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
    let long = |a: LongDouble, b: LongDouble| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
    match (a, b) {
        (Item::Float(a), Item::Float(b)) => double(*a, *b),
        (Item::LongDouble(a), Item::LongDouble(b)) => long(*a, *b),
        (Item::Complex(a), Item::Complex(b)) => double(a.re, b.re) && double(a.im, b.im),
        (Item::LongComplex(a), Item::LongComplex(b)) => long(a.re, b.re) && long(a.im, b.im),
        (Item::Record(a), Item::Record(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && same(&a.1, &b.1))
        }
        (Item::Array(a), Item::Array(b)) => {
            a.shape() == b.shape() && a.items().zip(b.items()).all(|(a, b)| same(&a.unwrap(), &b.unwrap()))
        }
        _ => a == b,
    }
}

#[test]
fn every_pair_of_dtypes_casts_by_numpy_s_rules() {
    let mut seen = 0;
    for case in cases("casts.py").iter().filter(|case| case.get("rule").is_some()) {
        let (from, to) = (dtype(&case["from"]), dtype(&case["to"]));
        let strictest: Option<Casting> = case["rule"].as_str().map(|rule| rule.parse().unwrap());
        for casting in Casting::ALL {
            let wanted = strictest.is_some_and(|strictest| strictest <= casting);
            assert_eq!(from.can_cast_with(&to, casting), wanted, "{casting} {case}");
        }
        assert_eq!(from.can_cast(&to), from.can_cast_with(&to, Casting::SameKind));
        seen += 1;
    }
    assert!(seen > 10_000, "{seen}");
}

#[test]
fn unsafe_casts_do_what_numpy_does() {
    let (mut cast, mut refused, mut unsupported) = (0, 0, 0);
    for case in cases("casts.py").iter().filter(|case| case.get("forced").is_some()) {
        let (from, to) = (dtype(&case["from"]), dtype(&case["to"]));
        let count = case["count"].as_u64().unwrap() as usize;
        let source = DynArray::from_bytes(from.clone(), &[count], &bytes(&case["forced"])).unwrap();
        let found = match source.cast_with(&to, Casting::Unsafe) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                // What cast_with says that it does not do.
                let is_text = matches!(from.as_scalar(), Some(Scalar::Str(..) | Scalar::Bytes(_)));
                let is_left_out = matches!(
                    to.as_scalar(),
                    Some(
                        Scalar::Float(FloatWidth::Bits128, _)
                            | Scalar::Complex(ComplexWidth::Bits256, _)
                            | Scalar::Timedelta(..)
                    )
                );
                assert!(is_text && is_left_out, "{case}");
                unsupported += 1;
                continue;
            }
            Err(error) => {
                refused += 1;
                assert!(case["found"].is_null(), "{error}: {case}");
                continue;
            }
        };
        cast += 1;
        assert!(!case["found"].is_null(), "{case}: became {found:?}");
        let wanted = DynArray::from_bytes(dtype(&case["dtype"]), &[count], &bytes(&case["found"])).unwrap();
        assert_eq!(found.dtype(), wanted.dtype(), "{case}");
        for (found, wanted) in found.items().zip(wanted.items()) {
            let (found, wanted) = (found.unwrap(), wanted.unwrap());
            assert!(same(&found, &wanted), "{case}: became {found:?}, and {wanted:?} in NumPy");
        }
    }
    assert!(cast > 250 && refused > 50, "{cast} {refused} {unsupported}");
}

#[test]
fn values_become_what_numpy_makes_of_them() {
    let (mut cast, mut refused) = (0, 0);
    for case in cases("casts.py").iter().filter(|case| case.get("source").is_some()) {
        let names = format!("{} to {}", case["from"], case["to"]);
        let count = case["count"].as_u64().unwrap() as usize;
        let source = DynArray::from_bytes(dtype(&case["from"]), &[count], &bytes(&case["source"])).unwrap();
        let found = source.cast(&dtype(&case["to"]));
        if case["found"].is_null() {
            refused += 1;
            assert_eq!(found.expect_err(&names).kind(), ErrorKind::InvalidInput, "{names}");
            continue;
        }
        cast += 1;
        let found = found.expect(&names);
        let shape: Vec<usize> =
            case["shape"].as_array().unwrap().iter().map(|axis| axis.as_u64().unwrap() as usize).collect();
        let wanted = DynArray::from_bytes(dtype(&case["dtype"]), &shape, &bytes(&case["found"])).unwrap();
        assert_eq!(found.dtype(), wanted.dtype(), "{names}");
        assert_eq!(found.shape(), wanted.shape(), "{names}");
        // Python's texts may hold what Rust's do not, and bytes decide there.
        let is_text = matches!(wanted.dtype().as_scalar(), Some(Scalar::Str(..)));
        if is_text {
            assert_eq!(found.to_bytes(), wanted.to_bytes(), "{names}");
            continue;
        }
        for (index, (found, wanted)) in found.items().zip(wanted.items()).enumerate() {
            let (found, wanted) = (found.unwrap(), wanted.unwrap());
            assert!(
                same(&found, &wanted),
                "{names}: element {index} became {found:?}, and {wanted:?} in NumPy"
            );
        }
        // What is not contiguous, and Fortran order, come out alike.
        let grid = DynArray::from_bytes(dtype(&case["from"]), &[1, count], &bytes(&case["source"])).unwrap();
        let turned = grid.slice(&":, ::-1".parse::<numio::Slice>().unwrap()).unwrap().t();
        let turned = turned.cast(&dtype(&case["to"])).unwrap();
        let back = turned.slice(&"::-1, 0".parse::<numio::Slice>().unwrap()).unwrap();
        assert_eq!(back.to_bytes(), found.to_bytes(), "{names}");
    }
    assert!(cast > 1000 && refused > 1000, "{cast} {refused}");
}

#[test]
fn times_convert_exactly_or_not_at_all() {
    let (mut exact, mut refused) = (0, 0);
    for case in cases("times_cast.py") {
        let (from, to) = (dtype(&case["from"]), dtype(&case["to"]));
        let ticks = case["ticks"].as_array().unwrap();
        for (index, tick) in ticks.iter().enumerate() {
            let tick = tick.as_i64().unwrap();
            let source = DynArray::from_bytes(from.clone(), &[1], &tick.to_le_bytes()).unwrap();
            let found = source.cast(&to);
            match case["wanted"].get(index).and_then(Value::as_i64) {
                Some(wanted) => {
                    exact += 1;
                    assert_eq!(
                        found.unwrap_or_else(|error| panic!("{error}: {case}")).to_bytes(),
                        wanted.to_le_bytes(),
                        "{tick} {case}"
                    );
                }
                None => {
                    refused += 1;
                    let error = found.expect_err(&format!("{tick} {case}"));
                    assert_eq!(error.kind(), ErrorKind::InvalidInput);
                }
            }
        }
    }
    assert!(exact > 2000 && refused > 2000, "{exact} {refused}");
}

#[test]
fn objects_stay_what_they_are() {
    let dir = tempfile::tempdir().unwrap();
    numpy::run("array/objects.py", &[dir.path()]);
    let records = numio::load(dir.path().join("records.npy")).unwrap().into_array().unwrap();
    let wide = records.cast(&DType::parse("O, i8").unwrap()).unwrap();
    assert_eq!(wide.field("f1").unwrap().items().nth(1).unwrap().unwrap(), Item::Int(-2));
    let objects = wide.field("f0").unwrap();
    let mut objects = objects.objects().unwrap();
    assert_eq!(objects.next().unwrap().as_str().unwrap(), "x");
    assert!(objects.next().unwrap().is_none() && objects.next().is_none());
    assert_eq!(records.cast(&DType::parse("i8, i8").unwrap()).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(records.cast(&DType::parse("O, O").unwrap()).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn what_cannot_be_cast_says_so() {
    let array = DynArray::from(ndarray::array![1.5_f64]);
    assert_eq!(
        array.cast(&DType::INT64).unwrap_err().message(),
        "cannot cast from float64 to int64 by the rule 'same_kind'"
    );
    let error = array.cast(&DType::OBJECT).unwrap_err();
    assert_eq!(
        (error.kind(), error.message().as_str()),
        (ErrorKind::Unsupported, "cannot cast from float64 to object: numio makes no Python objects")
    );
    let bytes = DynArray::from_bytes(DType::parse("S2").unwrap(), &[1], b"a\xe9").unwrap();
    let error = bytes.cast(&DType::parse("U").unwrap()).unwrap_err();
    assert_eq!(
        (error.kind(), error.message().as_str()),
        (ErrorKind::Encoding, "byte 0xe9 of a byte string is not ASCII: read it as bytes")
    );
}
