//! Literals, as Python reads and prints them.

use numio::literal::{Dialect, parse};

use crate::numpy::run;
use numio_testkit::unhex;

#[test]
fn literals_are_read_and_printed_as_python_does() {
    let cases = run("literal_cases.py", &[]);
    let mut wrong = Vec::new();
    let mut accepted = 0;
    for case in cases.lines() {
        let (text, wanted) = case.split_once(' ').unwrap();
        let text = String::from_utf8(unhex(text)).unwrap();
        let wanted = (wanted != "-").then(|| String::from_utf8(unhex(wanted)).unwrap());
        let found = parse(&text, Dialect::Python3).map(|parsed| parsed.literal.to_string());
        accepted += usize::from(wanted.is_some());
        if found.as_ref().ok() != wanted.as_ref() {
            wrong.push(format!("{text:?}: Python {wanted:?}, here {found:?}"));
            continue;
        }
        // Printing is the inverse of reading, where Python's own is: not for the zeros of complex numbers.
        if let Ok(printed) = found
            && !["Ellipsis", "inf", "j"].iter().any(|odd| printed.contains(odd))
        {
            assert_eq!(parse(&printed, Dialect::Python3).unwrap().literal.to_string(), printed);
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
    assert!(accepted > 10_000, "{accepted}");
}
