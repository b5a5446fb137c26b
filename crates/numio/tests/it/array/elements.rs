//! Rust types as elements: what NumPy's bytes become in either byte order, and back.

use ndarray::{Array1, Ix1};
use num_complex::Complex;
use numio::{
    ByteString, DType, Datetime64, DynArray, Element, FixedBytes, FixedStr, LongDouble, Scalar, Timedelta64,
    Void,
};
use serde_json::Value;

use super::{bytes, cases};

/// The items of the case, compared with what Python saw; written again, they are the same bytes.
fn check<T: Element>(case: &Value, same: impl Fn(&T, &Value) -> bool) {
    let dtype = DType::parse(case["dtype"].as_str().unwrap()).unwrap();
    let seen = case["seen"].as_array().unwrap();
    let array = DynArray::from_bytes(dtype, &[seen.len()], &bytes(&case["bytes"])).unwrap();
    let items: Array1<T> = array.to_array().unwrap();
    for (item, seen) in items.iter().zip(seen) {
        assert!(same(item, seen), "{} {seen}", case["dtype"]);
    }
    let backwards = array.slice(&"::-1".parse::<numio::Slice>().unwrap()).unwrap();
    for (item, seen) in backwards.to_array::<T, Ix1>().unwrap().iter().zip(seen.iter().rev()) {
        assert!(same(item, seen), "{} backwards {seen}", case["dtype"]);
    }
    let written = DynArray::from_array(&items).unwrap();
    assert_eq!(written.to_bytes(), array.to_native().unwrap().to_bytes(), "{}", case["dtype"]);
}

fn is_wide(item: LongDouble, seen: &Value) -> bool {
    if seen[4].as_bool().unwrap() {
        return item.is_nan() && item.to_f64().is_nan() && item.to_f32().is_nan();
    }
    let (sign_exponent, mantissa) = item.to_bits();
    Some(sign_exponent.into()) == seen[0].as_u64()
        && Some(mantissa) == seen[1].as_u64()
        && item.to_f64().to_le_bytes()[..] == bytes(&seen[2])
        && item.to_f32().to_le_bytes()[..] == bytes(&seen[3])
}

#[test]
fn numpy_s_bytes_become_rust_s_values() {
    let cases = cases("elements.py");
    for case in &cases {
        let dtype = DType::parse(case["dtype"].as_str().unwrap()).unwrap();
        let is_text = |item: String, seen: &Value| Some(item.as_str()) == seen.as_str();
        match dtype.as_scalar().unwrap() {
            Scalar::Bool => check::<bool>(case, |item, seen| Some(*item) == seen.as_bool()),
            Scalar::Str(..) => {
                check::<String>(case, |item, seen| is_text(item.clone(), seen));
                check::<FixedStr<5>>(case, |item, seen| is_text(item.to_string(), seen));
            }
            Scalar::Bytes(_) => {
                check::<ByteString>(case, |item, seen| item.0 == bytes(seen));
                check::<FixedBytes<5>>(case, |item, seen| item.as_bytes() == bytes(seen));
            }
            Scalar::Void(_) => check::<Void<3>>(case, |item, seen| item.0[..] == bytes(seen)),
            Scalar::Float(..) => check::<LongDouble>(case, |item, seen| is_wide(*item, seen)),
            Scalar::Complex(..) => check::<Complex<LongDouble>>(case, |item, seen| {
                is_wide(item.re, &seen[0]) && is_wide(item.im, &seen[1])
            }),
            Scalar::Datetime(unit, _) => check::<Datetime64>(case, |item, seen| {
                item.ticks().unwrap_or(i64::MIN) == seen.as_i64().unwrap() && item.unit() == unit
            }),
            Scalar::Timedelta(unit, _) => check::<Timedelta64>(case, |item, seen| {
                item.ticks().unwrap_or(i64::MIN) == seen.as_i64().unwrap() && item.unit() == unit
            }),
            other => panic!("{other:?}"),
        }
    }
    assert!(cases.len() > 30);
}

#[test]
fn faults_are_placed_to_the_byte() {
    let fault = |dtype: &str, bytes: &[u8], read: fn(&std::path::Path) -> numio::Error| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npy");
        let dtype = DType::parse(dtype).unwrap();
        let count = bytes.len() / dtype.itemsize();
        numio::save(&path, &DynArray::from_bytes(dtype, &[count], bytes).unwrap()).unwrap();
        let error = read(&path);
        (error.offset().unwrap() - 128, error.message())
    };
    let mut bytes = vec![1; 70_000];
    bytes[69_999] = 9;
    let found = fault("?", &bytes, |path| numio::read_npy::<Array1<bool>>(path).unwrap_err());
    assert_eq!(found, (69_999, "a boolean is 0 or 1, and this byte is 9".to_owned()));
    let mut bytes = [97, 0, 0, 0].repeat(30_000);
    bytes[100_002] = 0x99;
    let found = fault("U3", &bytes, |path| numio::read_npy::<Array1<String>>(path).unwrap_err());
    assert_eq!(found, (100_000, "0x990061 is not a Unicode code point".to_owned()));
    let found = fault("S3", b"abcde\xf9", |path| numio::read_npy::<Array1<String>>(path).unwrap_err());
    assert_eq!(found, (5, "byte 0xf9 of a byte string is not ASCII: read it as bytes".to_owned()));
    let array = DynArray::from_bytes(DType::BOOL, &[2], &[0, 2]).unwrap();
    let error = array.to_array::<bool, Ix1>().unwrap_err();
    assert_eq!(error.to_string(), "a boolean is 0 or 1, and this byte is 2");
}

#[test]
fn borrowed_texts_are_written_like_owned_ones() {
    let owned = DynArray::from_array(&["a", "日本"].map(String::from)).unwrap();
    for borrowed in [
        DynArray::from_array(&["a", "日本"]),
        DynArray::from_array(&vec!["a", "日本"]),
        DynArray::from_array(&["a", "日本"][..]),
    ] {
        assert!(borrowed.unwrap().identical(&owned));
    }
    assert_eq!(DynArray::from_array("日本").unwrap().item(&[]).unwrap().as_str(), Some("日本"));
}

#[test]
fn small_arrays_as_elements_are_axes() {
    let flat = DynArray::from_array(&vec![[1_u16, 2, 3], [4, 5, 6]]).unwrap();
    assert!(flat.identical(&DynArray::from(ndarray::array![[1_u16, 2, 3], [4, 5, 6]])));
    let grid = ndarray::array![[["a", "b"].map(String::from)], [["c", "def"].map(String::from)]];
    let grid = DynArray::from_array(&grid.t()).unwrap();
    assert_eq!((grid.shape(), grid.dtype().to_string().as_str()), (&[1, 2, 2][..], "<U3"));
    assert_eq!(grid.item(&[0, 1, 1]).unwrap().as_str(), Some("def"));
}
