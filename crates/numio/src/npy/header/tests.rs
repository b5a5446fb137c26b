use super::*;
use crate::npy::header::Version;
use crate::{ByteOrder, Field, Record, Scalar, Subarray};

/// A file of version 1.0, 2.0 or 3.0 with this text for a header.
fn file(version: Version, text: &[u8]) -> Vec<u8> {
    let (major, minor) = version.to_tuple();
    let mut out = [&MAGIC[..], &[major, minor]].concat();
    out.extend(&(text.len() as u32).to_le_bytes()[..version.prelude_len() - 8]);
    out.extend(text);
    out
}

fn message(bytes: &[u8]) -> String {
    Header::parse(bytes, 10_000).unwrap_err().to_string()
}

fn text(descr: &str, order: &str, shape: &str) -> Vec<u8> {
    let text = format!("{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}");
    file(Version::V1, text.as_bytes())
}

#[test]
fn header_with_a_fault_says_where_and_what() {
    for (bytes, wanted) in [
        (
            text("'<f8'", "False", "'x'"),
            "byte 60: header key 'shape': expected a tuple of integers, found 'x'",
        ),
        (
            text("'<f8'", "False", "(2, True)"),
            "byte 60: header key 'shape': expected a tuple of integers, found (2, True)",
        ),
        (
            text("'<f8'", "False", "(2, -1)"),
            "byte 64: header key 'shape': expected dimensions from 0 to 9223372036854775807, found -1",
        ),
        (text("'<f8'", "1", "()"), "byte 44: header key 'fortran_order': expected True or False, found 1"),
        (
            text("[('x', '<f9')]", "False", "()"),
            "byte 27: header key 'descr': data type '<f9' not understood: expected a dtype such as '<f8', 'float64' or 'S5'",
        ),
        (
            text("('<f8', (2,))", "False", "(3,)"),
            "byte 20: dtype ('<f8', (2,)) is a subarray, which only fields have: its shape belongs after the array's",
        ),
        (
            text("'<f8'", "False", &format!("({})", "1,".repeat(65))),
            "byte 60: header key 'shape': 65 dimensions, and an array has at most 64",
        ),
        (text("'<f8'", "False", "(2"), "byte 64: cannot parse the header: expected a literal, found '}'"),
        (file(Version::V1, b"[1]"), "byte 10: the header is not a dictionary: [1]"),
        (
            file(Version::V2, b"{'shape': (), 1: 2}"),
            "byte 12: the header must have the keys 'descr', 'fortran_order' and 'shape', found 'shape', 1",
        ),
        (file(Version::V3, b"{'\xff'"), "byte 14: the header of version 3.0 is not UTF-8"),
        (
            file(Version::V1, b"{'\xff' 1"),
            "byte 15: cannot parse the header: expected a comma or '}', found '1'",
        ),
        (
            b"\x93NUMPY\x01\x00\x04".to_vec(),
            "byte 9: EOF: reading array header length, expected 2 bytes got 1",
        ),
        (
            b"\x93NUMPY\x01\x00\x04\x00{".to_vec(),
            "byte 11: EOF: reading array header, expected 4 bytes got 1",
        ),
        (b"\x93NUM".to_vec(), "byte 4: EOF: reading magic string, expected 8 bytes got 4"),
        (
            b"\x89NUMPY\x01\x00".to_vec(),
            r"byte 0: the magic string is not correct; expected b'\x93NUMPY', got b'\x89NUMPY'",
        ),
        (
            b"\x93NUMPY\x04\x00".to_vec(),
            "byte 6: we only support format version (1,0), (2,0), and (3,0), not (4, 0)",
        ),
    ] {
        assert_eq!(message(&bytes), wanted);
    }
}

#[test]
fn a_claim_of_4_gib_is_refused_by_its_first_twelve_bytes() {
    let bytes = b"\x93NUMPY\x02\x00\xff\xff\xff\xff";
    let prelude = prelude(bytes).unwrap();
    assert_eq!(
        (prelude.version, prelude.text_len, prelude.data_offset()),
        (Version::V2, 0xffff_ffff, 12_usize.saturating_add(0xffff_ffff))
    );
    for max_chars in [10_000, usize::MAX] {
        let error = prelude.check(max_chars).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
        assert!(error.to_string().starts_with(
            "byte 8: Header info length (4294967295) is large and may not be safe to load securely.\nTo allow loading, \
             adjust `max_header_size` or fully trust the `.npy` file using `allow_pickle=True`.\n"
        ));
    }
}

#[test]
fn limit_of_a_header_counts_characters() {
    let text = format!("{{'descr': [('{}', '<f8')], 'fortran_order': False, 'shape': ()}}", "日".repeat(100));
    let bytes = file(Version::V3, text.as_bytes());
    let chars = text.chars().count();
    assert!(Header::parse(&bytes, chars).is_ok());
    let error = Header::parse(&bytes, chars - 1).unwrap_err();
    assert!(error.to_string().contains(&format!("Header info length ({chars})")), "{error}");
}

#[test]
fn a_long_integer_of_python_2_is_read_and_reported() {
    let header = Header::parse(&text("'<i4'", "False", "(2L, 3L)"), 10_000).unwrap().0;
    assert_eq!((header.shape(), header.is_from_python2()), (&[2, 3][..], true));
    assert!(!Header::new(DType::INT32, vec![2, 3], Order::C).unwrap().is_from_python2());
}

#[test]
fn a_growing_axis_stays_within_its_header() {
    for order in [Order::C, Order::Fortran] {
        let small = Header::new(DType::FLOAT64, vec![1, 1], order).unwrap();
        let len = small.to_bytes().len();
        let large = small.with_growing_axis(usize::MAX >> 4).unwrap();
        let bytes = large.to_bytes_within(len).unwrap();
        assert_eq!(bytes, large.to_bytes());
        assert_eq!(Header::parse(&bytes, 10_000).unwrap(), (large, len));
    }
    let error = Header::new(DType::FLOAT64, vec![], Order::C).unwrap().with_growing_axis(2).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::InvalidInput, "an array of shape () has no axis to grow along")
    );
    let error =
        Header::new(DType::FLOAT64, vec![0], Order::C).unwrap().with_growing_axis(usize::MAX).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

#[cfg(target_pointer_width = "64")]
#[test]
fn a_header_is_replaced_in_the_length_it_has_or_not_at_all() {
    // As NumPy before 1.20 wrote it: 16-byte alignment, no space for growth.
    let old = file(Version::V1, b"{'descr': '<f8', 'fortran_order': False, 'shape': (9,), }            \n");
    let (header, len) = Header::parse(&old, 10_000).unwrap();
    assert_eq!((len, header.to_bytes_within(len).unwrap()), (80, old));
    let longer = header.with_growing_axis(1_000_000_000_000).unwrap();
    assert_eq!(Header::parse(&longer.to_bytes_within(len).unwrap(), 10_000).unwrap(), (longer.clone(), len));
    let text_len = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }\n".len();
    assert!(longer.to_bytes_within(10 + text_len).is_some());
    assert_eq!(longer.to_bytes_within(10 + text_len - 1), None);
    assert_eq!(longer.to_bytes_within(0), None);
    assert_eq!(longer.to_bytes_within(1 << 20), None);
}

#[test]
fn versions_are_the_oldest_that_fit() {
    let named = |name: &str| {
        let record = Record::packed([(name, DType::FLOAT64)]).unwrap();
        Header::new(record.into(), vec![3], Order::C).unwrap()
    };
    assert_eq!(named("é").version(), Version::V1);
    assert_eq!(named("日").version(), Version::V3);
    assert_eq!(named(&"é".repeat(70_000)).version(), Version::V2);
    let error = named("日").with_version(Version::V2).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the header does not fit format version 2.0: a field name has characters outside latin-1"
    );
    let error = named(&"n".repeat(70_000)).with_version(Version::V1).unwrap_err();
    assert_eq!(error.to_string(), "the header does not fit format version 1.0: it is too long");
    let bytes = named("é").with_version(Version::V3).unwrap().to_bytes();
    assert_eq!((bytes[6], bytes.len() % 64), (3, 0));
}

#[cfg(target_pointer_width = "64")]
#[test]
fn what_no_header_describes_is_refused() {
    let subarray = Subarray::new(DType::FLOAT64, vec![2]).unwrap();
    let error = Header::new(DType::Subarray(subarray.into()), vec![3], Order::C).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let overlapping = vec![Field::new("a", DType::FLOAT64, 0), Field::new("b", DType::FLOAT64, 4)];
    let error =
        Header::new(Record::new(overlapping, 12, false).unwrap().into(), vec![3], Order::C).unwrap_err();
    assert_eq!(
        error.to_string(),
        "field 'b' starts before the one in front of it ends: a header describes only fields in order without overlap"
    );
    let error = Header::new(DType::FLOAT64, vec![1; 65], Order::C).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(
        Header::new(DType::FLOAT64, vec![1 << 40, 1 << 40], Order::C).unwrap_err().kind(),
        ErrorKind::LimitExceeded
    );
}

#[test]
fn header_of_any_bytes_is_read_or_refused() {
    let dtypes = ["<f8", "S5,(2,)M8[25s]", "O"].map(|text| DType::parse(text).unwrap());
    for dtype in dtypes {
        let bytes = Header::new(dtype, vec![3, 4], Order::Fortran).unwrap().to_bytes();
        for end in 0..bytes.len() {
            assert!(Header::parse(&bytes[..end], 10_000).is_err());
        }
        for at in 0..bytes.len() {
            for value in 0..=255 {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                if let Ok((header, len)) = Header::parse(&damaged, 10_000) {
                    assert!(len <= damaged.len());
                    assert!(header.dtype().itemsize() <= i32::MAX as usize);
                    assert_eq!(Header::parse(&header.to_bytes(), 10_000).unwrap().0.shape(), header.shape());
                }
            }
        }
    }
}

#[test]
fn a_text_too_long_for_its_version_when_written_anew_takes_the_next() {
    let formats = "b,".repeat(9_000);
    let text = format!("{{'descr': '{formats}', 'fortran_order': False, 'shape': ()}}");
    let (header, _) = Header::parse(&file(Version::V1, text.as_bytes()), usize::MAX).unwrap();
    assert_eq!(header.version(), Version::V1);
    let bytes = header.to_bytes();
    assert_eq!(Header::parse(&bytes, usize::MAX).unwrap().0.version(), Version::V2);
}

#[test]
fn header_of_big_endian_stays_big_endian() {
    let dtype = DType::Scalar(Scalar::Str(3, ByteOrder::Big));
    let header = Header::new(dtype, vec![], Order::C).unwrap();
    assert!(header.to_bytes().starts_with(b"\x93NUMPY\x01\x00v\x00{'descr': '>U3', "));
}
