//! Headers, as NumPy writes them and as it reads them.

use numio::npy::Header;

use crate::numpy::run;
use numio_testkit::unhex;

#[test]
fn every_header_numpy_writes_is_read_and_written_back_to_the_byte() {
    let cases = run("header_cases.py", &[]);
    assert!(cases.lines().count() > 5000, "{}", cases.lines().count());
    for case in cases.lines() {
        let parts: Vec<Vec<u8>> = case.split(' ').map(unhex).collect();
        let [bytes, repr, str, name] = &parts[..] else { panic!("{case}") };
        let shown = bytes.escape_ascii();
        let (header, offset) =
            Header::parse(bytes, usize::MAX).unwrap_or_else(|error| panic!("{shown}: {error}"));
        assert_eq!(offset, bytes.len());
        assert_eq!(header.to_bytes().escape_ascii().to_string(), shown.to_string());
        assert_eq!(header.dtype().repr().as_bytes(), repr, "{shown}");
        assert_eq!(header.dtype().to_string().as_bytes(), str, "{shown}");
        assert_eq!(header.dtype().name().as_bytes(), name, "{shown}");
        let again = Header::new(header.dtype().clone(), header.shape().to_vec(), header.order()).unwrap();
        assert_eq!(again, header, "{shown}");
    }
}

/// What NumPy loads and numio refuses, each with its reason.
const REFUSED_ON_PURPOSE: [(&[&str], &str); 8] = [
    (
        &[r"'descr\': {}", r"'descr\': {("],
        "a dict or a set in place of a list of fields: NumPy takes what iterating gives",
    ),
    (&[r"[\'ab\']"], "a string in place of a field: NumPy takes its letters for name and dtype"),
    (&[r"\'T\'"], "variable-length strings, which no file holds"),
    (
        &[r"\'>i\', \'|V4\')", r"\'|V\', [(\'w\', \'<c8\')]"],
        "a dtype in place of a subarray's shape: NumPy reinterprets the first, or gives it fields",
    ),
    (&[r"\'|\\", r"\'<\\", r"\'>\\"], "a control character in place of a letter: NumPy's number of the type"),
    (&[r"((1, \'x\')"], "a title that is not text"),
    (&[r"\\ud800"], "half a surrogate pair, which is no character"),
    (&[r"\\N{"], "a character's name, of which there would have to be a table"),
];

#[test]
fn damaged_headers_are_accepted_and_refused_as_numpy_does() {
    let cases = run("header_faults.py", &[]);
    let mut wrong = Vec::new();
    for case in cases.lines() {
        let mut parts = case.split(' ');
        let bytes = unhex(parts.next().unwrap());
        let _sign = parts.next().unwrap();
        let wanted = parts.next().map(|text| String::from_utf8(unhex(text)).unwrap());
        let found = Header::parse(&bytes, 10_000).map(|(header, _)| {
            let axes: Vec<String> = header.shape().iter().map(|axis| axis.to_string()).collect();
            let comma = if axes.len() == 1 { "," } else { "" };
            let order = if header.order() == numio::Order::Fortran { "True" } else { "False" };
            let repr = numio::literal::Value::from(&*header.dtype().repr()).to_string();
            format!("(({}{comma}), {order}, {repr})", axes.join(", "))
        });
        let is_on_purpose = |shown: &str| {
            REFUSED_ON_PURPOSE.iter().any(|(parts, _)| parts.iter().any(|part| shown.contains(part)))
        };
        let shown: String = bytes.escape_ascii().to_string().chars().take(300).collect();
        if found.as_ref().ok() != wanted.as_ref() && !(found.is_err() && is_on_purpose(&shown)) {
            wrong.push(format!("{shown}: NumPy {wanted:?}, here {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
}
