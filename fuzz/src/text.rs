//! Tables of text. The first byte says what they are read as.

use numio::DType;
use numio::text::LoadTxt;

/// Tries one input.
pub fn run(bytes: &[u8]) {
    let Some((&how, text)) = bytes.split_first() else { return };
    let dtypes = ["f8", "i4", "c16", "U", "S", "M8[s]", "bool", "i4,f8"];
    let mut load = LoadTxt::new();
    if let Ok(dtype) = DType::parse(dtypes[usize::from(how) % 8]) {
        load.dtype(dtype);
    }
    if how & 8 != 0 {
        load.delimiter(",");
    }
    if how & 16 != 0 {
        load.quotechar('"');
    }
    let _ = load.parse(text);
}
