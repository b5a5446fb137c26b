use crate::dtype::literal::*;
use crate::{Error, ErrorKind};

fn message(text: &str) -> String {
    let error = parse(text, Dialect::Python3).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData, "{text}");
    error.to_string()
}

#[test]
fn literal_with_a_fault_says_where_and_what() {
    for (text, wanted) in [
        ("", "byte 0: expected a literal, found the end"),
        ("[1, x]", "byte 4: expected a literal, found 'x'"),
        ("[1 2]", "byte 3: expected a comma or ']', found '2'"),
        ("(1, 2", "byte 5: expected a comma or ')', found the end"),
        ("{1: 2, 3}", "byte 8: expected ':', found '}'"),
        ("1 日", "byte 2: expected the end, found '日'"),
        ("\n 1", "byte 2: expected no indentation, found '1'"),
        ("1\n ", "byte 3: expected a newline, found the end"),
        ("[0x]", "byte 1: not a Python number: no digits after the base"),
        ("[017]", "byte 1: not a Python number: leading zeros: octal is written 0o"),
        ("[2L]", "byte 2: not a Python number: a letter or digit follows it directly"),
        ("['a", "byte 1: not a Python string: its closing quote is missing"),
        ("['a' b'b']", "byte 5: not a Python string: bytes do not join with text"),
        (r"'\N{DIGIT ONE}'", r"byte 0: not a Python string: names of characters (\N) are not known here"),
        (r"'\U0010f800'", "byte 0: not a Python string: a private character from U+10F800 on"),
        ("{[]: 1}", "byte 1: a list, set or dict cannot be a key or an item of a set"),
        ("'a\0'", "byte 2: a NUL character: Python's source text has none"),
        ("set(1)", "byte 0: of all calls, only set() is a literal"),
        (
            "[1 + 2]",
            "byte 3: a sign belongs before one number, and a sum of a real and an imaginary number makes a complex one",
        ),
    ] {
        assert_eq!(message(text), wanted, "{text:?}");
    }
}

#[test]
fn nesting_is_bounded_where_python_bounds_it() {
    assert!(parse(&("[".repeat(200) + &"]".repeat(200)), Dialect::Python3).is_ok());
    let wanted = "byte 200: more than 200 nested brackets: Python reads no more either";
    assert_eq!(message(&("(".repeat(100_000) + "1" + &")".repeat(100_000))), wanted);
    assert_eq!(message(&"{1:".repeat(100_000)), wanted.replace("200:", "600:"));
}

#[test]
fn values_know_where_they_stand() {
    let parsed = parse(" ( 'é', [2],\n -3 )", Dialect::Python3).unwrap();
    let Value::Tuple(items) = &parsed.literal.value else { panic!("{parsed:?}") };
    assert_eq!((parsed.literal.offset, items.len()), (1, 3));
    assert_eq!(items.iter().map(|item| item.offset).collect::<Vec<_>>(), [3, 9, 15]);
}

#[test]
fn only_python_2_has_long_integers() {
    let parsed = parse("(1L, 0x10 L)", Dialect::Python2).unwrap();
    assert_eq!((parsed.literal.to_string().as_str(), parsed.needed_python2), ("(1, 16)", true));
    assert!(!parse("(1, 'L')", Dialect::Python2).unwrap().needed_python2);
    assert!(parse("(1Lx,)", Dialect::Python2).is_err());
}

#[test]
fn strings_without_escapes_are_borrowed() {
    let borrows = |text| match parse(text, Dialect::Python3).unwrap().literal.value {
        Value::Str(text) => matches!(text, Cow::Borrowed(_)),
        other => panic!("{other}"),
    };
    assert!(borrows("'abc'") && borrows(r"r'a\b'") && !borrows(r"'a\b'") && !borrows("'a' 'b'"));
}

#[test]
fn integers_of_any_size_are_told_apart() {
    let int = |text: &str| match parse(text, Dialect::Python3).unwrap().literal.value {
        Value::Int(int) => int,
        other => panic!("{other}"),
    };
    for (text, value) in [("-0x8000000000000000", i64::MIN), ("9223372036854775807", i64::MAX), ("-0", 0)] {
        assert_eq!(int(text).to_i64(), Some(value), "{text}");
    }
    for text in
        ["9223372036854775808", "-9223372036854775809", "0xffffffffffffffff", "0b1".to_owned().as_str()]
    {
        assert_eq!(int(text).to_i64().is_some(), text == "0b1", "{text}");
        assert_eq!(int(text).is_negative(), text.starts_with('-'));
    }
}

#[test]
fn excerpts_in_messages_are_short() -> Result<(), Error> {
    let long = format!("[{}]", "1, ".repeat(1000));
    let parsed = parse(&long, Dialect::Python3)?;
    assert_eq!(excerpt(&parsed.literal).chars().count(), 83);
    assert_eq!(excerpt(&parse("[1]", Dialect::Python3)?.literal), "[1]");
    Ok(())
}
