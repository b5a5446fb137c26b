//! Headers, and whole `.npy` files. What is read is written and read again, and must be the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use numio::npy::Header;
use numio::{DType, LoadOptions, Loaded};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(dtype) = DType::parse(text)
    {
        assert_eq!(DType::parse(&dtype.to_string()).ok(), Some(dtype.clone()), "{dtype}");
    }
    if let Ok((header, _)) = Header::parse(bytes, 10_000) {
        let (again, _) = Header::parse(&header.to_bytes(), usize::MAX).expect("what was written");
        assert_eq!((again.dtype(), again.shape()), (header.dtype(), header.shape()));
    }
    if let Ok(Loaded::Array(array)) = LoadOptions::new().from_slice(bytes) {
        // What elements of no bytes have is printed in full, however many they are.
        let is_small = array.shape().iter().product::<usize>() < 1000;
        if is_small && !array.dtype().has_objects() {
            let mut saved = Vec::new();
            numio::to_writer(&mut saved, &array).expect("it was read");
            let again =
                LoadOptions::new().from_slice(&saved).and_then(Loaded::into_array).expect("what was saved");
            assert!(again.identical(&array), "{array:?}");
        }
    }
});
