//! `from_regex` compared with `numpy.fromregex`: the same array, or a refusal in the same words.

use numio::text::{Encoding, FromRegex, from_regex};
use numio::{DType, DynArray, ErrorKind, Limits, LoadOptions};
use serde_json::Value;

use super::unhex;
use crate::numpy;

fn array(npy: &Value) -> DynArray {
    let bytes = unhex(npy.as_str().unwrap());
    LoadOptions::new().from_slice(&bytes).unwrap().into_array().unwrap()
}

#[test]
fn fromregex_of_any_text_reads_what_numpy_reads() {
    let cases = numpy::run("text/from_regex.py", &[]);
    assert!(cases.lines().count() > 1300, "{}", cases.lines().count());
    let mut wrong = Vec::new();
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| case[key].as_str().unwrap();
        let found = FromRegex::new(text("pattern"), array(&case["dtype"]).dtype())
            .and_then(|reader| reader.parse(text("text")));
        let same = match (&found, &case["found"]["error"]) {
            (Ok(found), Value::Null) => {
                let numpys = array(&case["found"]["npy"]);
                (found.dtype(), found.to_string()) == (numpys.dtype(), numpys.to_string())
            }
            // Why a date is none is said in words of our own.
            (Err(error), Value::String(said)) => {
                let is_of_date = said.contains("datetime string");
                let said = if is_of_date { "Error parsing datetime string" } else { said };
                error.message().starts_with(said)
            }
            _ => false,
        };
        if !same {
            let found = found.map(|found| found.to_string()).map_err(|error| error.to_string());
            wrong.push(format!("{:.200} {}: {found:?}", line, case["found"]["error"]));
        }
    }
    let shown = wrong.iter().take(30).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} differ\n{shown}", wrong.len());
}

#[test]
fn files_are_decoded_unpacked_and_their_line_ends_made_one() {
    let folder = tempfile::tempdir().unwrap();
    let dtype = DType::parse("i4,U2").unwrap();
    let path = folder.path().join("a.txt");
    std::fs::write(&path, b"1 \xe9\r\n2 b\r3 c\n").unwrap();
    let read = FromRegex::new(r"(\d) (.)\n", &dtype).unwrap().encoding(Encoding::Latin1).load(&path).unwrap();
    assert_eq!(read.to_string(), "[(1, 'é') (2, 'b') (3, 'c')]");
    let error = from_regex(&path, r"(\d) (.)\n", &dtype).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Encoding);
    assert!(error.to_string().contains("a.txt: "), "{error}");
}

#[test]
fn fromregex_of_what_does_not_fit_says_where_and_what() {
    let reader = |pattern: &str, dtype: &str| FromRegex::new(pattern, &DType::parse(dtype).unwrap());
    let text = |read: numio::Result<DynArray>| read.unwrap_err().to_string();
    let said = text(reader(r"(\S+) (\S+)", "i4,f8").unwrap().parse("1 2\n3 x"));
    assert!(said.ends_with("could not convert string to float: 'x' (match 2, group 2)"), "{said}");
    let long = "x".repeat(5000);
    let said = text(reader(r"(\w+)()", "i4,U1").unwrap().parse(&long));
    assert!(said.len() < 250 && said.contains("invalid literal for int() with base 10: 'xxx"), "{said}");
    for (pattern, kind, start) in [
        (
            r"(?=a)(b)",
            ErrorKind::Unsupported,
            "lookaround and back references, which Python knows, are not known",
        ),
        (
            r"(a)\1",
            ErrorKind::Unsupported,
            "lookaround and back references, which Python knows, are not known",
        ),
        (r"(a", ErrorKind::InvalidInput, "no regular expression: "),
    ] {
        let error = reader(pattern, "i4,i4").unwrap_err();
        assert_eq!(error.kind(), kind, "{pattern}");
        assert!(error.to_string().starts_with(start), "{error}");
    }
    assert_eq!(reader("(a)", "f8").unwrap_err().to_string(), "dtype must be a structured datatype.");
    let mut small = Limits::default();
    small.max_array_bytes = 100;
    let mut reader = reader(r"(\d)(\d)", "i4,i4").unwrap();
    let error = reader.limits(small).parse("1".repeat(2000)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}
