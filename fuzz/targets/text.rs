//! Tables of text. The first byte says what they are read as.
#![no_main]

use libfuzzer_sys::fuzz_target;
use numio::DType;
use numio::text::LoadTxt;

fuzz_target!(|bytes: &[u8]| {
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
});
