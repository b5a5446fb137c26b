//! Elements one by one, comparison, fields and shapes.

use super::*;
use crate::{Datetime64, DatetimeUnit, TimeUnit};

fn array(dtype: &str, shape: &[usize], bytes: &[u8]) -> DynArray {
    DynArray::from_bytes(DType::parse(dtype).unwrap(), shape, bytes).unwrap()
}

#[test]
fn items_have_the_kind_of_their_dtype() {
    let bytes: Vec<u8> = (1..=32).collect();
    let item = |dtype: &str| {
        let dtype = DType::parse(dtype).unwrap();
        let bytes = &bytes[..dtype.itemsize()];
        DynArray::from_bytes(dtype, &[], bytes).unwrap().item(&[]).unwrap()
    };
    assert_eq!(item("?"), Item::Bool(true));
    assert_eq!(item("i1"), Item::Int(1));
    assert_eq!(item("<i2"), Item::Int(0x0201));
    assert_eq!(item(">u8").as_u64(), Some(0x0102_0304_0506_0708));
    assert_eq!(item("<f4").as_f64(), Some(f32::from_bits(0x0403_0201).into()));
    assert_eq!(item("S3").as_bytes(), Some(&[1, 2, 3][..]));
    assert_eq!(item("V3"), Item::Void(vec![1, 2, 3]));
    let unit = TimeUnit::one(DatetimeUnit::Second);
    assert_eq!(item(">M8[s]"), Item::Datetime(Datetime64::new(0x0102_0304_0506_0708, unit)));
    let Item::Record(fields) = item(">u2, (2,)u1") else { panic!() };
    assert_eq!(fields[0].1, Item::UInt(0x0102));
    let Item::Array(inner) = &fields[1].1 else { panic!() };
    assert_eq!(inner.to_bytes(), [3, 4]);
    assert_eq!(array("U2", &[], &[65, 0, 0, 0, 0, 0, 0, 0]).item(&[]).unwrap().as_str(), Some("A"));
    let error = array("U1", &[], &[0, 0, 0x11, 0]).item(&[]).unwrap_err();
    assert_eq!(
        (error.kind(), error.message().as_str()),
        (ErrorKind::InvalidData, "0x110000 is not a Unicode code point")
    );
}

#[test]
fn item_at_an_index_outside_is_refused() {
    let found = array("u1", &[2, 1], &[1, 2]);
    assert_eq!(found.item(&[1, 0]).unwrap(), Item::UInt(2));
    let message = |index: &[usize]| found.item(index).unwrap_err().message();
    assert_eq!(message(&[2, 0]), "index 2 is out of bounds for axis 0 with size 2");
    assert_eq!(message(&[0]), "an index of 1 numbers into an array of 2 axes");
}

#[test]
fn arrays_of_equal_values_are_equal() {
    let little = array("<u2, <f4", &[2], &[1, 0, 0, 0, 0x80, 0x3f, 2, 0, 0, 0, 0, 0x80]);
    let big = array(">u2, >f4", &[2], &[0, 1, 0x3f, 0x80, 0, 0, 0, 2, 0, 0, 0, 0]);
    assert!(little == big, "negative zero is zero");
    assert!(!little.identical(&big) && !little.to_native().unwrap().identical(&big.to_native().unwrap()));
    assert!(little.identical(&little.clone()));
    assert!(little != array("<u2, <f4", &[1, 2], &[0; 12]));
    assert!(array("u1", &[1], &[1]) != array("i1", &[1], &[1]), "kinds differ");
    assert!(array("?", &[2], &[1, 0]) == array("?", &[2], &[255, 0]), "any byte but 0 is true");

    let nan = DynArray::from(ndarray::array![f64::NAN]);
    assert!(nan != nan.clone() && nan.identical(&nan.clone()));
    let nat = array("<m8[s]", &[1], &i64::MIN.to_le_bytes());
    assert!(nat != nat.clone());
    assert!(array("<U1", &[1], &[1, 0, 0, 0]) == array(">U1", &[1], &[0, 0, 0, 1]));
    assert!(array("V0", &[3], &[]) == array("V0", &[3], &[]));
}

#[test]
fn equality_does_not_depend_on_the_layout() {
    for (layout, len) in layouts() {
        let scattered = counting(layout.clone(), len, ByteOrder::Big);
        let copied = scattered.copied_in(Order::C).unwrap().to_native().unwrap();
        assert!(scattered == copied);
        assert!(scattered.identical(&scattered.copied_in(Order::Fortran).unwrap()));
        if let Some(mut changed) = copied.view::<u16, IxDyn>().ok().map(|view| view.to_owned()) {
            let differs = changed.last_mut().map(|last| *last ^= 1).is_some();
            assert_eq!(scattered != DynArray::from(changed), differs);
        }
    }
}

#[test]
fn padding_between_fields_does_not_count() {
    let fields = vec![crate::Field::new("a", DType::UINT8, 1)];
    let dtype = DType::from(crate::Record::new(fields, 3, false).unwrap());
    let record = |bytes: &[u8]| DynArray::from_bytes(dtype.clone(), &[1], bytes).unwrap();
    assert!(record(&[0, 5, 0]) == record(&[9, 5, 9]));
    assert!(record(&[0, 5, 0]) != record(&[0, 6, 0]));
    assert!(!record(&[0, 5, 0]).identical(&record(&[9, 5, 9])));
}

#[test]
fn field_of_a_record_array_is_a_view() {
    let fields = vec![
        crate::Field { title: Some("first".into()), ..crate::Field::new("a", DType::UINT8, 0) },
        crate::Field::new("b", DType::parse("2u1").unwrap(), 1),
    ];
    let dtype = DType::from(crate::Record::new(fields, 3, false).unwrap());
    let records = DynArray::from_bytes(dtype, &[2], &[1, 2, 3, 4, 5, 6]).unwrap();
    assert_eq!(records.field("a").unwrap().view::<u8, Ix1>().unwrap().to_vec(), [1, 4]);
    assert_eq!(records.field("first").unwrap().to_bytes(), [1, 4]);
    assert_eq!(records.field("b").unwrap().view::<u8, Ix2>().unwrap(), ndarray::array![[2, 3], [5, 6]]);
    let error = records.field("c").unwrap_err();
    assert_eq!(
        (error.kind(), error.message().as_str()),
        (ErrorKind::NotFound, "no field of name \"c\": the fields are a, b")
    );
    let error = records.field("a").unwrap().field("x").unwrap_err();
    assert_eq!(error.message(), "no field of name \"x\": elements of uint8 have no fields");
}

#[test]
fn reshaping_counts_in_c_order() {
    for (layout, len) in layouts() {
        let array = counting(layout, len, ByteOrder::Little);
        let flat = array.reshape(&[array.size()]).unwrap();
        assert_eq!(flat.to_array::<u16, Ix1>().unwrap().to_vec(), slow(&array, Order::C));
        let turned = array.t();
        assert_eq!(turned.view::<u16, IxDyn>().unwrap(), array.view::<u16, IxDyn>().unwrap().t());
        let axes: Vec<usize> = (0..array.ndim()).rev().collect();
        assert!(array.permuted_axes(&axes).unwrap().identical(&turned));
    }
    let array = array("u1", &[2, 3], &[0; 6]);
    let message = |error: Error| error.message();
    assert_eq!(message(array.reshape(&[4]).err().unwrap()), "cannot reshape array of size 6 into shape [4]");
    for axes in [&[0][..], &[0, 0], &[0, 2], &[0, 1, 1]] {
        let wanted = format!("axes {axes:?} do not name each of the 2 axes of the array once");
        assert_eq!(message(array.permuted_axes(axes).err().unwrap()), wanted);
    }
    assert_eq!(
        message(DynArray::from_bytes(DType::UINT8, &[3], &[1]).err().unwrap()),
        "1 bytes for an array of 3"
    );
}

#[test]
fn texts_and_times_take_a_dtype_that_holds_all() {
    let words = DynArray::from_array(&["a", "bcd", ""].map(String::from)).unwrap();
    assert_eq!(words.dtype().to_string(), "<U3");
    assert_eq!(words.to_array::<String, Ix1>().unwrap().to_vec(), ["a", "bcd", ""]);
    assert_eq!(DynArray::from_array(&Vec::<String>::new()).unwrap().dtype().to_string(), "<U1");
    let times: Vec<Datetime64> = ["2000", "2000-02-01T12"].iter().map(|text| text.parse().unwrap()).collect();
    let times = DynArray::from_array(&times).unwrap();
    assert_eq!(times.dtype(), &DType::parse("M8[h]").unwrap());
    let back = times.to_array::<Datetime64, Ix1>().unwrap();
    assert_eq!(back.map(ToString::to_string).to_vec(), ["2000-01-01T00", "2000-02-01T12"]);
    let far = ["9999", "2000-01-01T00:00:00.000000000"].map(|text| text.parse::<Datetime64>().unwrap());
    let error = DynArray::from_array(&far).unwrap_err();
    assert!(error.message().contains("too far from 1970 for 64 bits of [ns]"), "{error}");
}

#[test]
fn elements_of_no_bytes_are_counted() {
    let empty = DynArray::zeros(DType::parse("U0").unwrap(), &[3], Order::C).unwrap();
    assert_eq!(empty.dtype().itemsize(), 0);
    assert_eq!(empty.to_array::<String, Ix1>().unwrap().to_vec(), ["", "", ""]);
    assert_eq!(empty.items().count(), 3);
    assert_eq!(empty.as_bytes(), Some(&[][..]));
}
