//! Long doubles: every text becomes the 80 bits that NumPy makes of it.

use numio::text::{GenFromTxt, LoadTxt};
use numio::{DType, DynArray, LongDouble};

use super::unhex;
use crate::numpy;

fn bits(array: &DynArray) -> String {
    let value = array.to_array::<LongDouble, ndarray::Ix0>().unwrap()[()];
    let (sign_exponent, mantissa) = value.to_bits();
    if value.is_nan() { "nan".to_owned() } else { format!("{sign_exponent:04x}{mantissa:016x}") }
}

#[test]
fn long_doubles_of_any_text_are_numpys() {
    let said = numpy::run("text/long.py", &[]);
    let dtype = DType::parse("g").unwrap();
    let mut refused = 0;
    for (index, line) in said.lines().enumerate() {
        let (text, wanted) = line.split_once(' ').unwrap();
        let text = String::from_utf8(unhex(text)).unwrap();
        let line = format!("{text},7\n");
        let read = LoadTxt::new().dtype(dtype.clone()).delimiter(",").usecols([0]).parse(&line);
        let read = read.map_or_else(|_| "-".to_owned(), |table| bits(table.array()));
        assert_eq!(read, wanted, "{text:?}");
        refused += usize::from(wanted == "-");
        // `genfromtxt` cuts white space off, and takes what is no number as missing.
        if index % 50 == 0 && text.trim() == text {
            let table =
                GenFromTxt::new().dtype(dtype.clone()).delimiter(",").usecols([0]).parse(&line).unwrap();
            assert_eq!(bits(table.array()), if wanted == "-" { "nan" } else { wanted }, "{text:?}");
        }
    }
    assert!(said.lines().count() > 70_000 && refused > 5_000, "{refused}");
}

#[test]
fn long_complex_numbers_are_of_doubles_as_in_numpy() {
    for (dtype, text, wanted) in [
        (">g", "1.5 -2", "[ 1.5 -2. ]"),
        (">G", "(1+2j) 3", "[1.+2.j 3.+0.j]"),
        ("G", "1e400j -1_0", "[  0.+infj -10. +0.j]"),
    ] {
        let dtype = DType::parse(dtype).unwrap();
        let table = LoadTxt::new().dtype(dtype.clone()).parse(text).unwrap();
        assert_eq!((table.array().dtype(), table.array().to_string()), (&dtype, wanted.to_owned()));
        assert_eq!(GenFromTxt::new().dtype(dtype).parse(text).unwrap().array(), table.array());
    }
    let dtype = DType::parse("g").unwrap();
    let error = LoadTxt::new().dtype(dtype).parse("1 2x").unwrap_err();
    assert_eq!(error.to_string(), "could not convert string '2x' to float128 at row 0, column 2.");
}
