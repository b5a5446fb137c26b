use super::*;
use crate::{Error, ErrorKind, Result};

fn descr(text: &str) -> Result<DType> {
    DType::from_descr(text)
}

fn refused(found: Result<DType>) -> String {
    let error = found.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    error.to_string()
}

#[test]
fn strings_that_are_no_dtype_are_named() {
    let unknown = |text: &str| -> String {
        format!("data type {text} not understood: expected a dtype such as '<f8', 'float64' or 'S5'")
    };
    for (text, wanted) in [
        ("f3", unknown("'f3'")),
        ("", unknown("''")),
        ("S2147483648", unknown("'S2147483648'")),
        (&"x".repeat(1000), unknown(&format!("'{}...", "x".repeat(79)))),
        ("i4,x", unknown("'x'")),
        (
            "M8[x]",
            "invalid time unit '[x]': the units are Y, M, W, D, h, m, s, ms, us, ns, ps, fs and as".into(),
        ),
        ("M8[s", "invalid time unit '[s': expected a unit in brackets, such as [ns] or [25s]".into()),
        ("M8[0s]", "invalid time unit '[0s]': a count is at least 1".into()),
        ("M8[-1s]", "invalid time unit '[-1s]': a count is from 1 to 2147483647".into()),
        ("M8[s/0]", "invalid time unit '[s/0]': a divisor is at least 1".into()),
        ("M8[s/x]", "invalid time unit '[s/x]': a divisor is an integer".into()),
        ("M8[generic/2]", "invalid time unit '[generic/2]': generic units have no divisor".into()),
        (
            "M8[2147483647Y/3]",
            "invalid time unit '[2147483647Y/3]': the count, divided, passes 2147483647".into(),
        ),
        ("M8[s/7]", "the divisor in '[s/7]' does not give a whole number of a smaller unit".into()),
        ("<2>f4", "two different byte orders in '<2>f4'".into()),
        (
            "(2,f4",
            "expected the shape of a subarray: up to 64 integers from 0 to 2147483647, found '(2,'".into(),
        ),
    ] {
        assert_eq!(refused(DType::parse(text)), wanted, "{text:?}");
    }
    let error = DType::parse("T").unwrap_err();
    assert_eq!(error.to_string(), "data type 'T' is not supported: files do not hold it");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn descrs_that_describe_nothing_say_where() {
    let shape = "expected the shape of a subarray: up to 64 integers from 0 to 2147483647, found";
    for (text, wanted) in [
        (
            "1",
            "byte 0: expected a string, a list of fields, or a tuple of a dtype and a shape, found 1".into(),
        ),
        ("('f4',)", "byte 0: expected a dtype and a shape, found ('f4',)".into()),
        (
            "[('x',)]",
            "byte 1: expected a field: a tuple of a name, a dtype and perhaps a shape, found ('x',)".into(),
        ),
        (
            "[(1, 'f4')]",
            "byte 2: expected a field's name, or a tuple of its title and its name, found 1".into(),
        ),
        ("[('x', 'f4', -1)]", format!("byte 13: {shape} -1")),
        ("('f4', (2, 'x'))", format!("byte 7: {shape} (2, 'x')")),
        (
            "('f8', (65536, 65536))",
            "byte 7: a subarray of shape [65536, 65536] is larger than 2147483647 bytes".into(),
        ),
        ("[('x', 'f4'), ('x', 'f4')]", "byte 0: field 'x' occurs more than once".into()),
        (
            "[('x', 'S2147483647'), ('y', 'S2147483647')]",
            "byte 0: an itemsize of 4294967294 bytes: the most is 2147483647".into(),
        ),
    ] {
        assert_eq!(refused(descr(text)), wanted, "{text}");
    }
}

#[test]
fn a_subarray_is_bounded_as_in_numpy() {
    for shape in [vec![1; 65], vec![1 << 31], vec![0, 1 << 31]] {
        let error = Subarray::new(DType::UINT8, shape.clone()).unwrap_err().to_string();
        let wanted =
            format!("a subarray of shape {shape:?}: it has at most 64 axes of at most 2147483647 each");
        assert_eq!(error, wanted);
    }
    assert_eq!(Subarray::new(DType::UINT8, vec![0, 1 << 30]).unwrap().itemsize(), 0);
}

#[test]
fn printed_dtype_parses_as_itself() -> Result<(), Error> {
    for text in [
        "float64",
        ">f8",
        "|S5",
        "<U3",
        "datetime64[25s]",
        "object",
        "[('x', '<f4'), ('n', [('y', '>i2', (2, 3))]), (('a title', 't'), 'S4')]",
        "('<f4', (2, 3))",
        "([('x', '<f4')], (2,))",
        "[]",
    ] {
        let dtype: DType = text.parse()?;
        assert_eq!(dtype.to_string(), text);
    }
    assert_eq!("(2,3)f4".parse::<DType>()?, "('f4', (2, 3))".parse()?);
    let error = "[('x', 'f9')]".parse::<DType>().unwrap_err();
    assert_eq!(error.offset(), Some(7));
    assert!("[('x', 'f4'".parse::<DType>().is_err() && "[".parse::<DType>().is_err());
    Ok(())
}

#[test]
fn builders_name_and_place_fields() -> Result<(), Error> {
    let record = Record::packed([("", DType::UINT8), ("x", DType::INT32)])?;
    let fields: Vec<_> = record.fields().iter().map(|field| (&*field.name, field.offset)).collect();
    assert_eq!(fields, [("f0", 0), ("x", 1)]);
    let titled = Record::packed([(("a title", "x"), DType::INT32)])?;
    assert_eq!(DType::from(titled.clone()).descr()?, "[(('a title', 'x'), '<i4')]");
    assert_eq!(titled.field("a title"), titled.field("x"));
    let title = Title::from_literal("[1, b't', (2.5,)]").unwrap();
    let other = Record::packed([((title, "x"), DType::INT32)])?;
    assert_eq!(DType::from(other.clone()).descr()?, "[(([1, b't', (2.5,)], 'x'), '<i4')]");
    assert_eq!(DType::from_descr(&DType::from(other.clone()).descr()?)?, other.into());
    assert_eq!(Title::from_literal("'a title'"), Some(Title::from("a title")));
    assert!(["None", "1e999", "x", "[1e999]"].into_iter().all(|text| Title::from_literal(text).is_none()));
    let twice = Record::packed([("x", DType::INT32), ("x", DType::INT32)]).unwrap_err();
    assert_eq!(twice.to_string(), "field 'x' occurs more than once");
    Ok(())
}
