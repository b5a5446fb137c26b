//! Texts, read and written as NumPy does.

mod chunks;
mod compressed;
mod from_regex;
mod genfromtxt;
pub mod hostile;
mod loadtxt;
mod long;
mod objects;
mod savetxt;

use numio::DType;
use numio::text::{FromRegex, GenFromTxt, LoadTxt};

fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}

#[test]
fn errors_say_at_which_row_and_column() {
    let cell = |error: numio::Error| (error.row(), error.column());
    // As long as texts that are read on several threads.
    let mut long = String::from("# a comment, and a blank line\n\n");
    for row in 1..=200_000 {
        long += if row == 150_000 { "1,2,x\n" } else { "1,2,3\n" };
    }
    let mut reader = LoadTxt::new();
    reader.delimiter(",");
    assert_eq!(cell(reader.parse(&long).unwrap_err()), (Some(150_000), Some(3)));
    assert_eq!(cell(reader.lines(long.lines()).unwrap_err()), (Some(150_000), Some(3)));
    let ragged = long.replace("1,2,x", "1,2");
    assert_eq!(cell(reader.parse(&ragged).unwrap_err()), (Some(150_000), None));
    assert_eq!(cell(reader.skiprows(3).parse("a\nb\nc\n1,2\n3,4,5\n").unwrap_err()), (Some(2), None));

    let mut reader = GenFromTxt::new();
    reader.delimiter(",").loose(false);
    assert_eq!(cell(reader.parse("1,2\n3,four\n").unwrap_err()), (Some(2), Some(2)));

    let pattern = FromRegex::new("([a-z]+) ([0-9]+)", &DType::parse("S3,i1").unwrap()).unwrap();
    assert_eq!(cell(pattern.parse("a 1 b 2 c 999").unwrap_err()), (Some(3), Some(2)));

    let missing = LoadTxt::new().load("no/such/file.txt").unwrap_err();
    assert_eq!(cell(missing), (None, None));
}
