//! Headers, and whole `.npy` files. What is read is written and read again, and must be the same.

use numio::npy::Header;
use numio::{DType, LoadOptions, Loaded};

/// A dtype from its text: that of records is a list.
fn dtype(text: &str) -> numio::Result<DType> {
    match text.starts_with(['[', '{', '(']) {
        true => DType::from_descr(text),
        false => DType::parse(text),
    }
}

/// Tries one input.
pub fn run(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(found) = DType::parse(text)
    {
        let printed = found.to_string();
        assert_eq!(dtype(&printed).ok(), Some(found), "{printed}");
    }
    if let Ok((header, _)) = Header::parse(bytes, 10_000) {
        let (again, _) = Header::parse(&header.to_bytes(), usize::MAX).expect("what was written");
        assert_eq!((again.dtype(), again.shape()), (header.dtype(), header.shape()));
    }
    if let Ok(Loaded::Array(array)) = LoadOptions::new().from_slice(bytes) {
        // Elements without bytes are printed in full, however many there are.
        let is_small = array.shape().iter().product::<usize>() < 1000;
        if is_small && !array.dtype().has_objects() {
            let mut saved = Vec::new();
            numio::to_writer(&mut saved, &array).expect("it was read");
            let again =
                LoadOptions::new().from_slice(&saved).and_then(Loaded::into_array).expect("what was saved");
            assert!(again.identical(&array), "{array:?}");
        }
    }
}
