//! Headers, as NumPy writes them and as it reads them.

use numio::npy::Header;

use crate::numpy::{run, unhex};

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
const REFUSED_ON_PURPOSE: [(&str, &str); 7] = [
    (r"'descr\': {}", "a dict in place of a list of fields, of which NumPy takes the keys"),
    (
        r"'descr\': [\'ab\']",
        "a string in place of a field, of which NumPy takes the letters for name and dtype",
    ),
    (r"'descr\': {(\'x\', \'<f4\')}", "a set in place of a list of fields: it has no order"),
    (r"'descr\': \'T\'", "variable-length strings, which no file holds"),
    (r"\'>i\', \'|V4\')", "a dtype in place of a subarray's shape, which reinterprets the first"),
    (
        r"\'|V\', [(\'w\', \'<c8\')]",
        "a dtype in place of a subarray's shape, which gives fields to the first",
    ),
    (r"\\", "a control character in place of a dtype's letter: NumPy's internal number of the type"),
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
        let is_on_purpose = |shown: &str| REFUSED_ON_PURPOSE.iter().any(|(part, _)| shown.contains(part));
        let shown: String = bytes.escape_ascii().to_string().chars().take(300).collect();
        if found.as_ref().ok() != wanted.as_ref() && !(found.is_err() && is_on_purpose(&shown)) {
            wrong.push(format!("{shown}: NumPy {wanted:?}, here {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
}
