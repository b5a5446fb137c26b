//! What a graph prints is Python's `repr` of what Python loads.

use std::fs;

use numio_pickle as pickle;

#[test]
fn repr_of_any_pickle_is_what_python_prints() {
    let dir = tempfile::tempdir().unwrap();
    let count: usize = numio_testkit::run("repr.py", &[dir.path()]).trim().parse().unwrap();
    assert!(count > 700, "{count}");
    for n in 0..count {
        let read = |suffix: &str| fs::read(dir.path().join(format!("{n}.{suffix}"))).unwrap();
        let bytes = read("pkl");
        let wanted = String::from_utf8(read("repr")).unwrap();
        let graph = match pickle::load(bytes.as_slice()) {
            Ok(graph) => graph,
            Err(error) => panic!("{n}: {wanted:.300}: {error}"),
        };
        let printed = format!("{graph:?}");
        if printed != wanted {
            let same = printed.chars().zip(wanted.chars()).take_while(|(one, two)| one == two).count();
            let part = |text: &str| text.chars().skip(same.saturating_sub(20)).take(80).collect::<String>();
            panic!(
                "{n}: {:.300}: printed ...{:?}, wanted ...{:?}",
                bytes.escape_ascii(),
                part(&printed),
                part(&wanted)
            );
        }
    }
}
