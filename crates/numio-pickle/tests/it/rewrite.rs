//! What CPython writes, numio reads and writes again: the same bytes in the same protocol, equal values in the others.

use std::fs;
use std::path::Path;

use numio_pickle::ErrorKind;
use numio_pickle::{self as pickle, Pickler, Protocol};

#[test]
fn graph_written_again_is_what_cpython_writes() {
    let dir = tempfile::tempdir().unwrap();
    let run = |what: &str| -> usize {
        numio_testkit::run("rewrite.py", &[Path::new(what), dir.path()]).trim().parse().unwrap()
    };
    let count = run("write");
    let mut written = 0;
    for n in 0..count {
        let read = |suffix: &str| fs::read(dir.path().join(format!("{n}.{suffix}"))).unwrap();
        let (original, by) = (read("pkl"), String::from_utf8(read("by")).unwrap());
        let graph = pickle::load(original.as_slice()).unwrap();
        for protocol in [Protocol::Two, Protocol::Three, Protocol::Four, Protocol::Five] {
            let number = protocol.to_u8();
            let bytes = match Pickler::new().protocol(protocol).dump(graph.root()) {
                Ok(bytes) => bytes,
                // `cls.__new__(cls, *args, **kwargs)`.
                Err(error) if number < 4 && error.kind() == ErrorKind::InvalidInput => continue,
                Err(error) => panic!("{n}: {error}"),
            };
            if by == format!("{number} c") {
                assert!(
                    bytes == original,
                    "{n} in protocol {number}:\n{:.500}\n{:.500}",
                    bytes.escape_ascii(),
                    original.escape_ascii()
                );
            }
            fs::write(dir.path().join(format!("{n}.{number}")), bytes).unwrap();
            written += 1;
        }
    }
    assert!(written > 4000, "{written}");
    assert_eq!(run("compare"), written);
}
