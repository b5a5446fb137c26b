//! Texts with missing values. The first two bytes say how they are read.

use numio::text::GenFromTxt;
use numio::{DType, Limits};

const DTYPES: [&str; 7] = ["f8", "i4", "c16", "U", "S3", "M8[s]", "i4,U2"];

/// Tries one input.
pub fn run(bytes: &[u8]) {
    let [how, more, text @ ..] = bytes else { return };
    let mut limits = Limits::default();
    limits.max_array_bytes = 64 << 20;
    let mut reader = GenFromTxt::new();
    reader.limits(limits);
    // Past the last the dtype is to be found.
    reader.dtype(DTYPES.get(usize::from(how % 8)).and_then(|dtype| DType::parse(dtype).ok()));
    match how / 8 % 4 {
        0 => &mut reader,
        1 => reader.delimiter(","),
        2 => reader.width(3),
        _ => reader.widths([2, 0, 5]),
    };
    if how & 32 != 0 {
        reader.names_from_first_line();
    }
    reader.invalid_raise(how & 64 == 0).usemask(how & 128 != 0).loose(more & 1 == 0).autostrip(more & 2 != 0);
    if more & 4 != 0 {
        reader.skip_footer(1).missing_values(["N/A"]);
    }
    let by_bytes = reader.parse(text);
    let by_stream = reader.read(text);
    assert_eq!(by_bytes.is_ok(), by_stream.is_ok());
}
