//! Structs as elements, compared with NumPy's structured dtypes.

use std::fs;

use ndarray::Ix1;
use numio::{ByteString, DType, DynArray, Element, ErrorKind, FixedBytes, FixedStr, LongDouble, Slice};

use crate::numpy;

#[derive(Element, Debug, Clone, PartialEq)]
struct Point {
    x: f32,
    y: f64,
}

#[derive(Element, Debug, Clone, PartialEq)]
struct Particle {
    id: u16,
    #[numio(rename = "naïve name", title = "what it is called")]
    name: FixedStr<5>,
    tag: FixedBytes<3>,
    at: Point,
    corners: [[Point; 2]; 3],
    live: bool,
    r#type: i8,
}

#[derive(Element, Debug, Clone, PartialEq)]
#[numio(align)]
struct Aligned {
    small: u8,
    wide: f64,
    last: u16,
}

#[derive(Element, Debug, Clone, PartialEq)]
struct Empty {}

#[derive(Element, Debug, Clone, PartialEq)]
struct Named {
    name: String,
    raw: ByteString,
}

fn particles() -> Vec<Particle> {
    let point = |n: u16| Point { x: f32::from(n) + 0.5, y: -f64::from(n) };
    (0..4)
        .map(|n| Particle {
            id: n * 1000,
            name: FixedStr::new(["", "é", "abcde", "𝄞"][usize::from(n)]).unwrap(),
            tag: FixedBytes::new(&b"xyz"[..usize::from(n)]).unwrap(),
            at: point(n),
            corners: [
                [point(n + 1), point(n + 2)],
                [point(n + 3), point(n + 4)],
                [point(n + 5), point(n + 6)],
            ],
            live: n % 2 == 1,
            r#type: -1,
        })
        .collect()
}

fn bytes_of<T: Element>(items: &[T]) -> Vec<u8> {
    let dtype = T::dtype_for(&mut items.iter());
    let mut bytes = Vec::new();
    items.iter().try_for_each(|item| item.encode(&dtype, &mut bytes)).unwrap();
    assert_eq!(bytes.len(), items.len() * dtype.itemsize());
    bytes
}

fn from_descr(text: &str) -> DType {
    DType::from_descr(text).unwrap()
}

fn decoded<T: Element>(dtype: &DType, bytes: &[u8]) -> numio::Result<Vec<T>> {
    let mut items = Vec::new();
    T::decode(dtype, bytes, bytes.len().checked_div(dtype.itemsize()).unwrap_or(2), &mut items)?;
    Ok(items)
}

/// NumPy prints each array's descr and rewrites it with its fields turned round, in the other byte order, and one
/// field more; both must decode to what went in.
#[test]
fn numpy_reads_and_writes_the_same_records() {
    let dir = tempfile::tempdir().unwrap();
    let aligned = vec![Aligned { small: 1, wide: 2.5, last: 3 }, Aligned { small: 4, wide: -0.0, last: 6 }];
    fs::write(dir.path().join("particle.bin"), bytes_of(&particles())).unwrap();
    fs::write(dir.path().join("aligned.bin"), bytes_of(&aligned)).unwrap();
    let printed = numpy::run("derive.py", &[dir.path()]);
    let mut lines = printed.lines();
    for wanted in [Particle::fixed_dtype().unwrap(), Aligned::fixed_dtype().unwrap()] {
        assert_eq!(from_descr(lines.next().unwrap()).descr().unwrap(), wanted.descr().unwrap());
    }
    let read = |name: &str| fs::read(dir.path().join(name)).unwrap();
    let other = from_descr(lines.next().unwrap());
    assert_eq!(decoded::<Particle>(&other, &read("particle.other")).unwrap(), particles());
    let other = from_descr(lines.next().unwrap());
    assert_eq!(decoded::<Aligned>(&other, &read("aligned.other")).unwrap(), aligned);
    assert_eq!(lines.next(), None);
}

#[test]
fn texts_take_the_width_of_the_longest() {
    let named = |name: &str, raw: &[u8]| Named { name: name.to_owned(), raw: raw.into() };
    let items = vec![named("a", b"12345"), named("abc", b""), named("", b"1")];
    assert_eq!(Named::fixed_dtype(), None);
    let dtype = Named::dtype_for(&mut items.iter());
    assert_eq!(dtype.to_string(), "[('name', '<U3'), ('raw', 'S5')]");
    assert_eq!(decoded::<Named>(&dtype, &bytes_of(&items)).unwrap(), items);
}

#[test]
fn a_struct_without_fields_takes_no_bytes() {
    let dtype = Empty::fixed_dtype().unwrap();
    assert_eq!(dtype.itemsize(), 0);
    assert_eq!(decoded::<Empty>(&dtype, &[]).unwrap(), [Empty {}, Empty {}]);
}

#[test]
fn record_that_does_not_fit_names_the_field() {
    let error = decoded::<Point>(&Aligned::fixed_dtype().unwrap(), &[0; 24]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let text = error.to_string();
    assert_eq!(text, "Point needs a field 'x', and the record has [\"small\", \"wide\", \"last\"]");
    let error = decoded::<Point>(&DType::FLOAT64, &[0; 8]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("Point"), "{error}");
}

#[derive(Element, Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[numio(pod)]
#[repr(C)]
struct Plain {
    at: [f32; 2],
    id: u64,
}

#[derive(Element, Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[numio(pod, align)]
#[repr(C)]
struct Wide {
    a: u64,
    b: LongDouble,
}

#[test]
fn plain_structs_are_viewed_in_place() {
    let items = [Plain { at: [1.0, 2.0], id: 3 }, Plain { at: [4.0, 5.0], id: 6 }];
    assert_eq!(Plain::as_bytes(&items).unwrap(), bytes_of(&items));
    let array = DynArray::from_array(&items).unwrap();
    assert_eq!(array.view::<Plain, Ix1>().unwrap().to_vec(), items);
    let backwards = array.slice(&"::-1".parse::<Slice>().unwrap()).unwrap();
    assert_eq!(backwards.view::<Plain, Ix1>().unwrap()[0], items[1]);

    let turned = DType::parse("u1, >u8, (2,)>f4").unwrap();
    let fields = turned.as_record().unwrap().fields().iter().zip(["more", "id", "at"]);
    let fields = fields.map(|(field, name)| numio::Field { name: name.into(), ..field.clone() }).collect();
    let turned = DType::from(numio::Record::new(fields, 17, false).unwrap());
    let bytes = [&[9][..], &3_u64.to_be_bytes(), &1_f32.to_be_bytes(), &2_f32.to_be_bytes()].concat();
    let other = DynArray::from_bytes(turned, &[1], &bytes).unwrap();
    assert!(other.view::<Plain, Ix1>().is_err());
    assert_eq!(other.to_array::<Plain, Ix1>().unwrap()[0], items[0]);

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plain.npy");
    numio::save(&path, &items).unwrap();
    assert_eq!(numio::read_npy::<Vec<Plain>>(&path).unwrap(), items);
}

/// NumPy aligns a long double to 16 bytes, Rust's stands anywhere: what NumPy places otherwise is not viewed.
#[test]
fn structs_that_numpy_lays_out_otherwise_are_written_field_by_field() {
    let items = [Wide { a: 1, b: LongDouble::from(2.0) }];
    let array = DynArray::from_array(&items).unwrap();
    assert_eq!((array.dtype().itemsize(), size_of::<Wide>()), (32, 24));
    assert!(Wide::as_bytes(&items).is_none() && array.view::<Wide, Ix1>().is_err());
    assert_eq!(array.to_array::<Wide, Ix1>().unwrap().to_vec(), items);
}

#[derive(Element, Debug, Clone, PartialEq)]
struct Pair<T, const N: usize>(T, [T; N]);

#[derive(Element, Debug, Clone, PartialEq)]
struct Tagged<T: Clone> {
    tag: u8,
    value: T,
    parts: [num_complex::Complex<f32>; 2],
}

#[derive(Element, Debug, Clone, Copy, PartialEq)]
#[numio(transparent)]
struct Metres(f64);

#[derive(Element, Debug, Clone, Copy, PartialEq)]
#[repr(i16)]
enum Direction {
    North = -3,
    East,
    South = 300,
}

#[derive(Element, Debug, Clone, PartialEq)]
struct Step {
    to: Direction,
    by: Metres,
}

#[test]
fn generic_and_tuple_structs_are_records() {
    let items = [Pair(1.5_f32, [2.0, 3.0]), Pair(-1.0, [0.0, 1.0])];
    let dtype = Pair::<f32, 2>::fixed_dtype().unwrap();
    assert_eq!(dtype.to_string(), "[('f0', '<f4'), ('f1', '<f4', (2,))]");
    assert_eq!(decoded::<Pair<f32, 2>>(&dtype, &bytes_of(&items)).unwrap(), items);
    let part = num_complex::Complex::new(1.0, -1.0);
    let items = [Tagged { tag: 1, value: FixedStr::<2>::new("ab").unwrap(), parts: [part; 2] }];
    let dtype = Tagged::<FixedStr<2>>::fixed_dtype().unwrap();
    assert_eq!(dtype.to_string(), "[('tag', 'u1'), ('value', '<U2'), ('parts', '<c8', (2,))]");
    assert_eq!(decoded::<Tagged<FixedStr<2>>>(&dtype, &bytes_of(&items)).unwrap(), items);
    let text = [Tagged { tag: 1, value: "longer".to_owned(), parts: [part; 2] }];
    assert_eq!(Tagged::<String>::fixed_dtype(), None);
    assert_eq!(
        decoded::<Tagged<String>>(&Tagged::dtype_for(&mut text.iter()), &bytes_of(&text)).unwrap(),
        text
    );
}

#[test]
fn enums_are_their_integers_and_newtypes_their_value() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("steps.npy");
    let steps = vec![
        Step { to: Direction::North, by: Metres(1.5) },
        Step { to: Direction::South, by: Metres(-2.0) },
        Step { to: Direction::East, by: Metres(0.0) },
    ];
    numio::save(&path, &steps).unwrap();
    let array = numio::load(&path).unwrap().into_array().unwrap();
    assert_eq!(array.dtype().to_string(), "[('to', '<i2'), ('by', '<f8')]");
    let numbers = array.field("to").unwrap().to_array::<i16, Ix1>().unwrap();
    assert_eq!(numbers.to_vec(), [-3, 300, -2]);
    assert_eq!(numio::read_npy::<Vec<Step>>(&path).unwrap(), steps);
    numio::save(&path, &vec![Metres(1.0), Metres(2.0)]).unwrap();
    assert_eq!(numio::read_npy::<Vec<f64>>(&path).unwrap(), [1.0, 2.0]);
    assert_eq!(numio::read_npy::<Vec<Metres>>(&path).unwrap(), [Metres(1.0), Metres(2.0)]);
    numio::save(&path, &[-3_i16, 7]).unwrap();
    let error = numio::read_npy::<Vec<Direction>>(&path).unwrap_err();
    assert_eq!((error.kind(), error.offset()), (ErrorKind::InvalidData, Some(128 + 2)));
    assert_eq!(error.message(), "7 is no value of Direction");
}

#[test]
fn errors_of_a_record_name_the_field() {
    let steps = DType::from_descr("[('by', '<f8'), ('to', '<i2')]").unwrap();
    let bytes = [1.0_f64.to_le_bytes().to_vec(), 9_i16.to_le_bytes().to_vec()].concat();
    let error = decoded::<Step>(&steps, &bytes).unwrap_err();
    assert_eq!(error.to_string(), "byte 8: field 'to': 9 is no value of Direction");
    let error = decoded::<Step>(
        &DType::from_descr("[('by', '<f4'), ('to', '<i2')]").unwrap(),
        &[0, 0, 0, 0, 254, 255],
    );
    assert_eq!(
        error.unwrap_err().message(),
        "field 'by': the elements are float32, which f64 does not hold as it is: cast the array first"
    );
    let nested = DType::from_descr(
        "[('id', '<u2'), ('naïve name', '<U5'), ('tag', 'S3'), ('at', [('x', '<f4'), ('y', '<i8')])]",
    );
    let error = decoded::<Particle>(&nested.unwrap(), &[0; 37]).unwrap_err();
    assert_eq!(
        error.message(),
        "field 'at': field 'y': the elements are int64, which f64 does not hold as it is: cast the array first"
    );
}
