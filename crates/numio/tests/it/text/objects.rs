//! Texts as Python objects, and what converters make of fields where no text is a value.

use num_complex::Complex64;
use numio::text::{LoadTxt, Value};
use numio::{DType, Error, ErrorKind};
use serde_json::Value as Json;

use crate::numpy;

#[test]
fn loadtxt_of_objects_makes_strings_as_numpy() {
    let said = numpy::run("text/objects.py", &[]);
    for line in said.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let [dtype, text, wanted] = [0, 1, 2].map(|at| case[at].as_str().unwrap());
        let table = LoadTxt::new().dtype(DType::parse(dtype).unwrap()).parse(text).unwrap();
        assert_eq!(format!("{:?}", table.array()), wanted, "{dtype} {text:?}");
    }
    assert_eq!(said.lines().count(), 7);
}

#[test]
fn converters_make_objects_of_every_kind() {
    let made = |at: usize| {
        [
            Value::Bool(true),
            Value::Int(-5),
            Value::UInt(u64::MAX),
            Value::Float(0.5),
            Value::Complex(Complex64::new(1.0, -2.0)),
            Value::from("é"),
        ][at]
            .clone()
    };
    let table = LoadTxt::new()
        .dtype(DType::OBJECT)
        .converter_with_column(None, move |column, _| Ok(Some(made(column))))
        .parse("a b c d e f")
        .unwrap();
    assert_eq!(
        format!("{:?}", table.array()),
        "array([True, -5, 18446744073709551615, 0.5, (1-2j), 'é'], dtype=object)"
    );
}

#[test]
fn loadtxt_of_void_takes_what_converters_give() {
    let dtype = DType::parse("V2").unwrap();
    let error = LoadTxt::new().dtype(dtype.clone()).parse("1 ab").unwrap_err();
    assert_eq!(error.to_string(), "could not convert string '1' to |V2 at row 0, column 1.");
    let table = LoadTxt::new()
        .dtype(dtype.clone())
        .default_converter(|field| Ok(Value::Element(field.as_bytes().to_vec())))
        .parse("ab cd")
        .unwrap();
    assert_eq!(table.array().as_bytes(), Some(&b"abcd"[..]));
    let error = LoadTxt::new()
        .dtype(dtype)
        .default_converter(|_| Ok(Value::Element(vec![1])))
        .parse("ab cd")
        .unwrap_err();
    assert_eq!(error.to_string(), "could not convert string 'ab' to |V2 at row 0, column 1.");
}

#[test]
fn a_converter_may_leave_fields_to_the_dtype() {
    let table = LoadTxt::new()
        .dtype(DType::parse("i4,O,f8").unwrap())
        .converter_with_column(-1, |column, field| Ok((field == "?").then_some(Value::Int(column as i64))))
        .parse("1 x 2.5\n3 y ?")
        .unwrap();
    assert_eq!(
        format!("{:?}", table.array()),
        "array([(1, 'x', 2.5), (3, 'y', 2. )],\n      dtype=[('f0', '<i4'), ('f1', 'O'), ('f2', '<f8')])"
    );
    let error = LoadTxt::new()
        .converter_with_column(None, |_, _| Err(Error::new(ErrorKind::InvalidInput, "")))
        .parse("1")
        .unwrap_err();
    assert_eq!(error.to_string(), "could not convert string '1' to float64 at row 0, column 1.");
}
