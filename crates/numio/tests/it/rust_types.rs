//! Rust's own types as arrays, both ways, beside NumPy.

use half::bf16;
use ndarray::{ArcArray2, Array1, Array2, Array3, CowArray, Ix1, Ix2, IxDyn, array};
use numio::lazy::{IndexItem, create};
use numio::{
    ArrayLike, ByteString, Casting, DType, DynArray, ErrorKind, FixedBytes, FixedStr, NpzWriter, Order, Slice,
};
use serde_json::{Value, json};

use crate::numpy;

#[test]
fn what_rust_types_write_is_what_numpy_writes() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let slice: &[u16] = &[1, 2, 3];
    let dynamic: &dyn ArrayLike = &[0.5, 1.5];
    numio::save(at("slice.npy"), slice).unwrap();
    numio::save(at("dynamic.npy"), dynamic).unwrap();
    numio::save(at("text.npy"), "text").unwrap();
    numio::save(at("nested.npy"), &vec![vec![1.0, 2.0], vec![3.0, 4.0]]).unwrap();
    numio::save(at("rows.npy"), [vec![true, false], vec![false, true]].as_slice()).unwrap();
    numio::save(at("bytes.npy"), &vec![b"ab".to_vec(), b"cd".to_vec()]).unwrap();
    numio::save(at("words.npy"), &vec![vec!["a".to_owned()], vec!["bcd".to_owned()]]).unwrap();
    let fixed = |text: &str| text.parse::<FixedBytes<3>>().unwrap();
    numio::save(at("fixed.npy"), &vec![vec![fixed("ab"), fixed("c")]]).unwrap();
    numio::save(at("strings.npy"), &[ByteString::from("a"), ByteString::from("bcd")]).unwrap();
    numio::save(at("flat.npy"), &(vec![1_i32, 2, 3, 4, 5, 6], vec![3, 2])).unwrap();
    numio::save(at("borrowed.npy"), &(&[1_i64, 2][..], [1, 2])).unwrap();
    numio::save(at("pairs.npy"), &vec![[1_u8, 2], [3, 4], [5, 6]]).unwrap();
    numio::save(at("cube.npy"), &[[[1_i16, 2], [3, 4]]]).unwrap();
    numio::save(at("none.npy"), &Vec::<Vec<f32>>::new()).unwrap();
    let said = numpy::run("rust_types.py", &[dir.path(), "read".as_ref()]);
    let found: Value = serde_json::from_str(&said).unwrap();
    let wanted = json!({
        "slice": ["uint16", [3], [1, 2, 3]],
        "dynamic": ["float64", [2], [0.5, 1.5]],
        "text": ["<U4", [], "text"],
        "nested": ["float64", [2, 2], [[1.0, 2.0], [3.0, 4.0]]],
        "rows": ["bool", [2, 2], [[true, false], [false, true]]],
        "bytes": ["uint8", [2, 2], [[97, 98], [99, 100]]],
        "words": ["<U3", [2, 1], [["a"], ["bcd"]]],
        "fixed": ["|S3", [1, 2], [["ab", "c"]]],
        "strings": ["|S3", [2], ["a", "bcd"]],
        "flat": ["int32", [3, 2], [[1, 2], [3, 4], [5, 6]]],
        "borrowed": ["int64", [1, 2], [[1, 2]]],
        "pairs": ["uint8", [3, 2], [[1, 2], [3, 4], [5, 6]]],
        "cube": ["int16", [1, 2, 2], [[[1, 2], [3, 4]]]],
        "none": ["float32", [0, 0], []],
    });
    for (name, wanted) in wanted.as_object().unwrap() {
        assert_eq!(&found[name], wanted, "{name}");
    }
}

#[test]
fn what_numpy_writes_is_read_into_rust_types() {
    let dir = tempfile::tempdir().unwrap();
    numpy::run("rust_types.py", &[dir.path(), "write".as_ref()]);
    let at = |name: &str| dir.path().join(name);
    // Rows of 0 1 2 and 3 4 5, in both orders and byte orders.
    for name in ["c.npy", "f.npy", "big.npy"] {
        let path = at(name);
        let rows = vec![vec![0, 1, 2], vec![3, 4, 5]];
        assert_eq!(numio::read_npy::<Vec<Vec<i32>>>(&path).unwrap(), rows, "{name}");
        assert_eq!(numio::read_npy::<Vec<[i32; 3]>>(&path).unwrap(), [[0, 1, 2], [3, 4, 5]], "{name}");
        assert_eq!(numio::read_npy::<[[i32; 3]; 2]>(&path).unwrap(), [[0, 1, 2], [3, 4, 5]], "{name}");
        assert_eq!(numio::read_npy::<Array1<[i32; 3]>>(&path).unwrap()[1], [3, 4, 5], "{name}");
        let flat: (Vec<i32>, Vec<usize>) = numio::read_npy(&path).unwrap();
        assert_eq!(flat, (vec![0, 1, 2, 3, 4, 5], vec![2, 3]), "{name}");
        let error = numio::read_npy::<Vec<[i32; 2]>>(&path).unwrap_err();
        assert_eq!(
            error.message(),
            "an array of shape (2, 3) where the last axes should be those of elements of shape (2,)"
        );
        let error = numio::read_npy::<[[i32; 3]; 3]>(&path).unwrap_err();
        assert_eq!(error.message(), "an array of shape (2, 3) where 3 elements are wanted");
        assert_eq!(numio::read_npy::<Vec<Vec<i64>>>(&path).unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(numio::read_npy::<Vec<i32>>(&path).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    assert_eq!(numio::read_npy::<Array2<[u8; 4]>>(at("cube.npy")).unwrap().dim(), (2, 3));
    assert_eq!(numio::read_npy::<[f64; 3]>(at("three.npy")).unwrap(), [0.5, 1.5, 2.5]);
    assert_eq!(numio::read_npy::<Vec<Vec<String>>>(at("words.npy")).unwrap(), [["a", "bc"]]);
    let strings: Vec<ByteString> = numio::read_npy(at("strings.npy")).unwrap();
    assert_eq!(strings, [ByteString::from("a"), ByteString::from("bcd")]);
    // Rows without elements are paid for by no byte of the file.
    assert_eq!(numio::read_npy::<Vec<Vec<u8>>>(at("many.npy")).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(numio::read_npy::<Vec<Vec<u8>>>(at("few.npy")).unwrap().len(), 3);
}

#[test]
fn bfloat16_is_written_as_ml_dtypes_does() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let values = [1.0, -2.5, 0.1, f32::INFINITY].map(bf16::from_f32);
    numio::save(at("ours.npy"), &values).unwrap();
    numio::save(at("ours2.npy"), &vec![[values[0], values[1]], [values[2], values[3]]]).unwrap();
    let mut appender = numio::npy::Appender::open_or_create(at("ours3.npy")).unwrap();
    values.iter().for_each(|value| appender.push(&[*value]).unwrap());
    appender.finish().unwrap();
    assert_eq!(numio::save_rows(at("ours4.npy"), values).unwrap(), 4);
    let mut writer = NpzWriter::create(at("ours.npz")).unwrap();
    writer.add("a", &values).unwrap();
    writer.finish().unwrap();
    numpy::run("rust_types.py", &[dir.path(), "bfloat16".as_ref()]);
    for name in ["theirs.npy", "ours3.npy", "ours4.npy"] {
        assert_eq!(numio::read_npy::<Vec<bf16>>(at(name)).unwrap(), values, "{name}");
    }
    let array = numio::load(at("theirs.npy")).unwrap().into_array().unwrap();
    assert_eq!(array.view::<bf16, Ix1>().unwrap().to_vec(), values);
    assert_eq!(array.to_array::<bf16, Ix1>().unwrap().to_vec(), values);
}

#[test]
fn ragged_rows_and_wrong_shapes_are_refused_before_a_file_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    let error = numio::save(&path, &vec![vec![1], vec![], vec![2]]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(
        error.message(),
        "row 1 has 0 elements where the first has 1: the rows of an array are of one length"
    );
    let error = numio::save(&path, &(vec![1, 2, 3], vec![2, 2])).unwrap_err();
    assert_eq!(error.message(), "3 elements do not make up an array of shape [2, 2]");
    let error = numio::save(&path, &(vec![1_u8; 0], vec![usize::MAX, 0, usize::MAX])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(DynArray::from_array(&vec![vec![1, 2], vec![3]]).is_err());
    assert!(!path.exists());
}

#[test]
fn fixed_texts_are_parsed_and_converted() {
    assert_eq!("日本".parse::<FixedStr<2>>().unwrap().to_string(), "日本");
    assert_eq!("abc".parse::<FixedStr<2>>().unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(FixedStr::<3>::try_from("ab").unwrap(), FixedStr::try_from("ab".to_owned()).unwrap());
    assert_eq!(String::from(FixedStr::<3>::new("ab").unwrap()), "ab");
    assert_eq!(FixedStr::<3>::default().to_string(), "");
    assert_eq!(FixedBytes::<2>::try_from(&b"ab"[..]).unwrap().as_ref(), b"ab");
    assert_eq!(FixedBytes::<2>::try_from(b"abc".to_vec()).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!("é".parse::<FixedBytes<2>>().unwrap().as_bytes(), "é".as_bytes());
}

#[test]
fn casting_rules_are_named_as_in_numpy() {
    for casting in Casting::ALL {
        assert_eq!(casting.to_string().parse::<Casting>().unwrap(), casting);
    }
    assert_eq!("safest".parse::<Casting>().unwrap_err().kind(), ErrorKind::InvalidInput);
    let array = DynArray::from(ndarray::array![[1.5, 2.5]]);
    let error = array.cast_with(&DType::INT64, Casting::Safe).unwrap_err();
    assert_eq!(error.message(), "cannot cast from float64 to int64 by the rule 'safe'");
    let whole = array.cast_with(&DType::INT64, Casting::Unsafe).unwrap();
    assert_eq!(whole.to_array::<i64, Ix2>().unwrap(), ndarray::array![[1, 2]]);
}

#[test]
fn rows_of_unknown_number_appear_whole_or_not_at_all() {
    use numio::RowWriter;

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rows.npy");
    // As one array would be, to the byte.
    let rows = Array2::from_shape_fn((1000, 3), |(i, j)| (i * 3 + j) as f32);
    assert_eq!(numio::save_rows(&path, rows.rows()).unwrap(), 1000);
    numio::save(dir.path().join("whole.npy"), &rows).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(dir.path().join("whole.npy")).unwrap());
    numio::save_rows(dir.path().join("numbers"), (0..10).map(f64::from)).unwrap();
    assert_eq!(numio::read_npy::<Vec<f64>>(dir.path().join("numbers.npy")).unwrap()[9], 9.0);

    let before = std::fs::read(&path).unwrap();
    let mut writer = RowWriter::create(&path).unwrap();
    writer.push(&[1_u8, 2]).unwrap();
    let error = writer.push(&[1_u8, 2, 3]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(
        error.message(),
        "a row of shape (3,) after rows of shape (2,): all rows of a file have one shape"
    );
    assert_eq!(writer.push(&[1_u16, 2]).unwrap_err().kind(), ErrorKind::InvalidInput);
    // What was refused has written nothing.
    writer.extend(&vec![[3_u8, 4], [5, 6]]).unwrap();
    assert_eq!(writer.rows(), 3);
    drop(writer);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let error = numio::save_rows(&path, std::iter::empty::<[f64; 2]>()).unwrap_err();
    assert!(error.message().contains("RowWriter::with_rows_of"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3);
}

#[test]
fn arrays_that_share_or_borrow_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f.npy");
    let written = array![[1, 2, 3], [4, 5, 6]].reversed_axes();
    numio::save(&path, &written).unwrap();
    let shared: ArcArray2<i32> = numio::read_npy(&path).unwrap();
    assert!(shared == written && !shared.is_standard_layout());
    let borrowed: CowArray<'static, i32, IxDyn> = numio::read_npy(&path).unwrap();
    assert_eq!(borrowed, written.into_dyn());
}

fn index(text: &str) -> Vec<IndexItem> {
    text.parse::<Slice>().unwrap().into()
}

#[test]
fn assigned_arrays_are_where_numpy_puts_them() {
    let dir = tempfile::tempdir().unwrap();
    for (name, order) in [("c.npy", Order::C), ("f.npy", Order::Fortran)] {
        let x = create(dir.path().join(name), ">f4".parse().unwrap(), [4, 6], order, false).unwrap();
        x.assign(&[], &Array2::from_elem((4, 6), -1.0_f32)).unwrap();
        x.assign(&index("1:3, ::2"), &[[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.0]]).unwrap();
        x.assign(&index("0"), &[0_i16, 1, 2, 3, 4, 5]).unwrap();
        x.assign(&[vec![3, 0].into(), index("5").remove(0)], &[70.0_f32, 71.0]).unwrap();
        x.assign(&index("2, 1"), &42.0_f32).unwrap();
        x.assign(&index("::-2, 3:5"), &array![[10.0_f32, 20.0], [30.0, 40.0]].t()).unwrap();
        for (error, words) in [
            (x.assign(&index("0"), &[0.5; 6]), "by the rule 'safe'"),
            (x.assign(&index("0"), &[0.5_f32; 2]), "shape [2] to write to elements of shape [6]"),
        ] {
            let error = error.unwrap_err();
            assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains(words), "{error}");
        }
        x.commit().unwrap();
    }
    let table: DType = "[('n', '<i4'), ('v', '<f8', (2,)), ('s', '<U5')]".parse().unwrap();
    let x = create(dir.path().join("table.npy"), table, [2, 3], Order::Fortran, false).unwrap();
    // Errors name the file that it is going to be, and handles lead to the one that it is.
    let error = x.set(&[], &[1]).unwrap_err();
    assert_eq!(error.path().unwrap(), dir.path().join("table.npy"));
    assert_ne!(x.handle().location, dir.path().join("table.npy"));
    x.field("n").unwrap().assign(&[], &[[1, 2, 3], [4, 5, 6]]).unwrap();
    let vectors = Array3::from_shape_fn((2, 3, 2), |(i, j, k)| (i * 6 + j * 2 + k) as f64);
    x.field("v").unwrap().assign(&[], &vectors).unwrap();
    x.field("s").unwrap().assign(&index("1"), &["x", "yy", "zzz"]).unwrap();
    assert!(x.field("s").unwrap().assign(&index("1, 0"), "too long").is_err());
    x.commit().unwrap();
    numpy::run("rust_types.py", &[dir.path(), "assigned".as_ref()]);
}
