//! Arrays print as NumPy prints them, to the character.

use std::path::Path;
use std::str::from_utf8;

use numio::npy::Header;
use numio::{DType, DynArray, FloatMode, LoadOptions, MmapMode, Order, PrintOptions, Sign, Slice};

use crate::{map, numpy};

/// The next chunk of the cases, after its length.
fn chunk<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let (len, tail) = rest.split_at(8);
    let (data, tail) = tail.split_at(u64::from_le_bytes(len.try_into().unwrap()) as usize);
    *rest = tail;
    data
}

fn options(lines: &str) -> PrintOptions {
    let mut options = PrintOptions::new();
    for line in lines.lines() {
        let (name, value) = line.split_once('=').unwrap();
        let number = || value.parse().unwrap();
        match name {
            "precision" => options.precision(number()),
            "threshold" => options.threshold(number()),
            "edgeitems" => options.edgeitems(number()),
            "linewidth" => options.linewidth(number()),
            "suppress" => options.suppress(value == "True"),
            "nanstr" => options.nanstr(value),
            "infstr" => options.infstr(value),
            "sign" => options.sign(match value {
                "-" => Sign::Minus,
                "+" => Sign::Plus,
                " " => Sign::Space,
                _ => panic!("sign {value:?}"),
            }),
            "floatmode" => options.floatmode(match value {
                "fixed" => FloatMode::Fixed,
                "unique" => FloatMode::Unique,
                "maxprec" => FloatMode::MaxPrec,
                "maxprec_equal" => FloatMode::MaxPrecEqual,
                _ => panic!("floatmode {value:?}"),
            }),
            _ => panic!("option {name:?}"),
        };
    }
    options
}

fn array(npy: &[u8]) -> DynArray {
    LoadOptions::new().max_header_size(1 << 20).from_slice(npy).unwrap().into_array().unwrap()
}

/// `NUMIO_PRINT_ROUNDS` and `NUMIO_PRINT_SEED` give more random cases, and others.
#[test]
fn arrays_print_as_in_numpy() {
    let set = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let (rounds, seed) = (set("NUMIO_PRINT_ROUNDS", "1"), set("NUMIO_PRINT_SEED", "2026"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cases");
    numpy::run("print_cases.py", &[&path, Path::new(&rounds), Path::new(&seed)]);

    let cases = std::fs::read(path).unwrap();
    let mut rest = cases.as_slice();
    let mut count = 0;
    while !rest.is_empty() {
        let text = from_utf8(chunk(&mut rest)).unwrap();
        let (options, array) = (options(text), array(chunk(&mut rest)));
        let index: Slice = from_utf8(chunk(&mut rest)).unwrap().parse().unwrap();
        let array = array.slice(&index).unwrap();
        let (repr, str) = (from_utf8(chunk(&mut rest)).unwrap(), from_utf8(chunk(&mut rest)).unwrap());
        let about = || format!("{} of shape {:?} at [{index}] with {text:?}", array.dtype(), array.shape());
        assert_eq!(array.repr_with(&options), repr, "repr of {}", about());
        assert_eq!(array.to_string_with(&options), str, "str of {}", about());
        if text.is_empty() {
            assert_eq!(format!("{array:?}"), repr);
            assert_eq!(format!("{array}"), str);
        }
        count += 1;
    }
    assert!(count > 10_000, "{count} cases");
}

#[test]
fn a_precision_bears_on_floats() {
    let array = DynArray::from(ndarray::array![2.0 / 3.0, 0.0]);
    assert_eq!(format!("{array:.3?}"), "array([0.667, 0.   ])");
    assert_eq!(format!("{array:.1}"), "[0.7 0. ]");
}

/// A file of 64 GiB that takes no room on the disk; reading it all would take a minute.
#[test]
fn printing_a_map_touches_what_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.npy");
    let header = Header::new(DType::FLOAT64, vec![1 << 15, 1 << 18], Order::C).unwrap().to_bytes();
    std::fs::write(&path, &header).unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_len(header.len() as u64 + (1 << 36)).unwrap();

    let array = map::load(&path, MmapMode::Read).unwrap().into_array().unwrap();
    let row = "[0., 0., 0., ..., 0., 0., 0.]";
    let rows = [row, row, row, "...", row, row, row].join(",\n       ");
    assert_eq!(format!("{array:?}"), format!("array([{rows}], shape=(32768, 262144))"));
}
