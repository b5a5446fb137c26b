//! The disassembly is `pickletools.dis`, letter for letter.

use std::fs;

#[test]
fn dis_of_any_pickle_prints_what_pickletools_prints() {
    let dir = tempfile::tempdir().unwrap();
    let count: usize = numio_testkit::run("dis.py", &[dir.path()]).trim().parse().unwrap();
    assert!(count > 900, "{count}");
    for n in 0..count {
        let read = |suffix: &str| fs::read(dir.path().join(format!("{n}.{suffix}"))).unwrap();
        let text = |suffix: &str| String::from_utf8(read(suffix)).unwrap();
        let pickle = read("pkl");
        let mut printed = String::new();
        let outcome = numio_pickle::dis(&pickle, &mut printed);
        let shown = pickle.escape_ascii().to_string();
        assert_eq!(printed, text("dis"), "{n}: {shown:.300}");
        match (outcome, text("err").as_str()) {
            (Ok(end), "") => assert_eq!(end, pickle.len()),
            (Err(error), wanted) if wanted.starts_with("stack not empty") => {
                assert!(error.to_string().ends_with("left on the stack after STOP"), "{error}");
            }
            (Err(error), wanted) => assert_eq!(error.message(), wanted, "{shown}"),
            (Ok(_), wanted) => panic!("{n}: {shown}: pickletools says {wanted}"),
        }
    }
}

/// `pickletools` indents by every mark, and takes a gigabyte for this.
#[test]
fn dis_of_many_marks_does_not_indent_without_end() {
    const MARKS: usize = 20_000;
    let pickle = [vec![b'('; MARKS], vec![b't'; MARKS], vec![b'.']].concat();
    let mut printed = String::new();
    assert_eq!(numio_pickle::dis(&pickle, &mut printed).unwrap(), pickle.len());
    assert_eq!(printed.lines().count(), 2 * MARKS + 2);
    assert!(printed.len() < pickle.len() * 400, "{}", printed.len());
}
