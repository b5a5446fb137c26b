//! NumPy's objects print among Python's as NumPy prints them.

use std::fs;

use numio::Loaded;

use crate::numpy;

#[test]
fn arrays_of_objects_print_what_numpy_prints() {
    let dir = tempfile::tempdir().unwrap();
    let count: usize = numpy::run("objects/texts.py", &[dir.path()]).trim().parse().unwrap();
    assert!(count > 250, "{count}");
    for n in 0..count {
        let wanted = fs::read_to_string(dir.path().join(format!("{n}.repr"))).unwrap();
        let loaded = numio::load(dir.path().join(format!("{n}.pkl"))).unwrap();
        let Loaded::Object(graph) = loaded else { panic!("{n}: {loaded:?}") };
        assert_eq!(format!("{graph:?}"), wanted, "{n}");
    }
}

/// An object array of one element that is the array itself, or so many of them.
fn itself(times: usize) -> Vec<u8> {
    let mut bytes =
        b"\x80\x02cnumpy._core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87Rq\0(K\x01J"
            .to_vec();
    bytes.extend((times as u32).to_le_bytes());
    bytes.extend(b"\x85cnumpy\ndtype\nX\x02\0\0\0O8\x89\x88\x87R(K\x03X\x01\0\0\0|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb\x89](");
    bytes.extend(b"h\0".repeat(times));
    bytes.extend(b"etb\x85.");
    bytes
}

#[test]
fn arrays_within_arrays_print_to_an_end() {
    for times in [1, 3, 100, 5000] {
        let graph = numio::LoadOptions::new().from_slice(&itself(times)).unwrap().into_object().unwrap();
        let text = format!("{graph:?}");
        assert!(text.starts_with("(array([array([array([array(["), "{text:.100}");
        let mut limits = numio::Limits::default();
        limits.max_repr_chars = 1000;
        match graph.root().to_repr(&limits) {
            Ok(text) => assert!(text.len() < 2000),
            Err(error) => assert_eq!(error.kind(), numio::pickle::ErrorKind::LimitExceeded),
        }
    }
}
