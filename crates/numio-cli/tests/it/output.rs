//! What the command prints never steers a terminal, ends, and leaves devices alone.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::command::{failed, numio, piped, printed};
use crate::numpy;

/// Files with escapes wherever a file can have text.
fn steering() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let code = r#"
import io, pickle, struct, sys, zipfile, pathlib
import numpy as np
folder = pathlib.Path(sys.argv[1])
BAD = "a\x1b[31m\u202eb\x9b\u2066\x7f\u200f"
np.save(folder / "field.npy", np.zeros(2, [(BAD, "i4")]))
np.save(folder / "text.npy", np.array([BAD, "x"]))
np.save(folder / "scalar.npy", np.array(BAD))
np.save(folder / f"{BAD}.npy", np.arange(3))
with zipfile.ZipFile(folder / "member.npz", "w") as archive:
    buffer = io.BytesIO(); np.save(buffer, np.arange(3))
    archive.writestr(BAD + ".npy", buffer.getvalue())
    archive.writestr("../" + BAD, b"x")
    archive.writestr("plain\x1b.txt", b"\x1b[2J")
bad = bytearray((folder / "member.npz").read_bytes())
bad[bad.index(b"\x93NUMPY") + 130] ^= 1
(folder / "crc.npz").write_bytes(bad)
name = BAD.encode()
(folder / "global.pkl").write_bytes(b"\x80\x04c" + name + b"\n" + name + b"\n)R.")
(folder / "text.pkl").write_bytes(pickle.dumps([BAD, {BAD: BAD.encode()}]))
(folder / "class.pkl").write_bytes(b"\x80\x02c" + name + b"\nC\n)\x81}X\x01\0\0\0kX" + struct.pack("<I", len(name)) + name + b"sb.")
(folder / "persid.pkl").write_bytes(b"P\x1b[31m\n.")
(folder / "string.pkl").write_bytes(b"S'a\\x1b[31m'\n.")
(folder / "broken.pkl").write_bytes(b"S'a\x1b[31m\n.")
np.save(folder / "objects.npy", np.array([BAD, None, {BAD: 1}], dtype=object))
(folder / "bad.npy").write_bytes(b"\x93NUMPY\x01\x00\x36\x00{'descr': '\x1b[31m', 'fortran_order': False, 'shape': ()}\n")
(folder / "bad2.npy").write_bytes(b"\x93NUMPY\x01\x00\x40\x00{'descr': '<i4', '\x1b[31m': False, 'fortran_order': 1, 'shape': ()}\n")
(folder / "bad.csv").write_bytes(b"1,2\n3,\x1b[31m\n")
(folder / "bad.jsonl").write_bytes(b'{"\\u001b[31m": 1}\n{"x\\u202e": 2}\n')
"#;
    let output = Command::new(numpy::interpreter()).args(["-c", code]).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

/// Whether a terminal would do something else than show it.
fn steers(char: char) -> bool {
    let is_mark = matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    is_mark || char.is_control() && char != '\n' && char != '\t'
}

fn check(arguments: &[&str], at: &Path) -> usize {
    let output = numio(arguments).arg(at).output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!said.contains(steers), "{arguments:?} {at:?}: {said:?}");
    usize::from(!said.is_empty())
}

#[test]
fn output_of_any_file_does_not_steer_the_terminal() {
    let folder = steering();
    let out = tempfile::tempdir().unwrap();
    let out = out.path().to_str().unwrap();
    let mut spoke = 0;
    let mut files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in &files {
        for arguments in [
            &["info"][..],
            &["info", "--json"],
            &["show"],
            &["show", "--repr"],
            &["show", "--json"],
            &["show", "--full"],
            &["dis"],
            &["verify"],
            &["audit"],
            &["audit", "--json"],
            &["unpack", "-d", out],
            &["pack", "--force", &format!("{out}/p.npz")],
            &["convert", "--force", "--header", "--to", "npy", &format!("{out}/c.npy")],
        ] {
            if arguments[0] == "convert" {
                let run = numio(["convert", "--force", "--header"])
                    .arg(file)
                    .arg(format!("{out}/c.npy"))
                    .output()
                    .unwrap();
                let said = String::from_utf8([run.stdout, run.stderr].concat()).unwrap();
                assert!(!said.contains(steers), "{file:?}: {said:?}");
            } else {
                spoke += check(arguments, file);
            }
        }
    }
    spoke += check(&["repack", "-o", &format!("{out}/r.npz")], &folder.path().join("crc.npz"));
    spoke += check(&["audit"], folder.path());
    assert!(spoke > 100, "{spoke}");
    // What cannot be in the name of a member of an array: an element, an index.
    for target in
        ["text.npy[0]", "scalar.npy", "text.pkl[0]", "objects.npy[0]", "objects.npy[2]", "field.npy[0]"]
    {
        check(&["show"], &folder.path().join(target));
    }
    for unknown in ["x\u{1b}[31m", "--x\u{1b}[31m"] {
        let (code, complaint) = failed([unknown]);
        assert!(code == Some(2) && !complaint.contains(steers), "{complaint:?}");
    }
}

#[test]
fn output_to_files_does_not_change_data() {
    let folder = steering();
    let output =
        numio(["convert", "--to", "csv"]).arg(folder.path().join("text.npy")).arg("-").output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "a\u{1b}[31m\u{202e}b\u{9b}\u{2066}\u{7f}\u{200f}\nx\n"
    );
    let output =
        numio(["convert", "--to", "jsonl"]).arg(folder.path().join("text.npy")).arg("-").output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let first: String = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first, "a\u{1b}[31m\u{202e}b\u{9b}\u{2066}\u{7f}\u{200f}");
}

#[cfg(unix)]
#[test]
fn devices_without_end_are_refused() {
    for verb in ["verify", "audit", "dis", "info", "show"] {
        let output = numio([verb, "/dev/zero"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{verb}: {output:?}");
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(said.contains("a device, which may have no end"), "{verb}: {said}");
        let zeros = fs::File::open("/dev/zero").unwrap();
        let output = numio([verb, "-"]).stdin(zeros).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{verb} -: {output:?}");
    }
    // Other ways to standard input are pipes.
    let output = piped(&["dis", "/dev/stdin"], b"N.");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn rows_of_no_bytes_are_not_converted_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    for (descr, shape) in [
        ("|V0", "(4611686018427387904,)"),
        ("<f8", "(576460752303423488, 0)"),
        ("|S0", "(1152921504606846976, 2)"),
    ] {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
        let padded = format!("{header:<117}\n");
        let file = folder.path().join("endless.npy");
        fs::write(&file, [b"\x93NUMPY\x01\x00\x76\x00", padded.as_bytes()].concat()).unwrap();
        for format in ["csv", "txt", "jsonl"] {
            let output = numio(["convert", "--to", format]).arg(&file).arg("-").output().unwrap();
            let complaint = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{descr} {format}: {complaint}");
            assert!(complaint.contains("without any bytes"), "{descr} {format}: {complaint}");
        }
        let same = numio(["diff"]).args([&file, &file]).output().unwrap();
        assert_eq!(same.status.code(), Some(0), "{descr}: {same:?}");
        for (axis, count, code) in [("0", 1, 0), ("0", 4, 1), ("-1", 3, i32::from(shape.ends_with(",)")))] {
            let joined = folder.path().join("joined.npy");
            let arguments = ["cat", "--force", "--axis", axis, "-o"];
            let output = numio(arguments).arg(joined).args(vec![&file; count]).output().unwrap();
            assert_eq!(output.status.code(), Some(code), "{descr} {axis} {count}: {output:?}");
        }
    }
    // Nor are columns of no rows.
    let header =
        format!("{:<117}\n", "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 4611686018427), }");
    let file = folder.path().join("wide.npy");
    fs::write(&file, [b"\x93NUMPY\x01\x00\x76\x00", header.as_bytes()].concat()).unwrap();
    let output = numio(["convert", "--to", "csv"]).arg(&file).arg("-").output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b""[..]), "{output:?}");
}

#[test]
fn rows_of_many_elements_without_bytes_are_not_printed_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wide.npy");
    let write = |descr: &str, shape: &str, data: &[u8]| {
        let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}");
        let padded = format!("{header:<117}\n");
        fs::write(&file, [b"\x93NUMPY\x01\x00\x76\x00", padded.as_bytes(), data].concat()).unwrap();
    };
    let refused = |arguments: &[&str]| {
        let output = numio(arguments).arg(&file).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {complaint}");
        assert_eq!(output.stdout.len(), 0, "{arguments:?}");
        assert!(complaint.contains("elements without any bytes"), "{arguments:?}: {complaint}");
    };
    let converted = |format: &str| {
        let arguments = ["convert", "--to", format];
        let output = numio(arguments).args([&file, Path::new("-")]).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{format}: {complaint}");
        assert!(complaint.contains("elements without any bytes"), "{format}: {complaint}");
    };
    // Few rows of many elements.
    for shape in ["(3, 10000000)", "(1000000, 1000000)"] {
        for descr in ["'|V0'", "'|S0'"] {
            write(descr, shape, b"");
            for format in ["csv", "txt", "jsonl"] {
                converted(format);
            }
            refused(&["show", "--json"]);
        }
    }
    // Elements that have bytes, and lists within them that have none.
    write("[('a', '<i4'), ('b', '<f8', (10000000, 0))]", "(3,)", &[0; 12]);
    converted("jsonl");
    for verb in [&["show"][..], &["show", "--full"], &["show", "--json"], &["head"], &["tail", "--json"]] {
        refused(verb);
    }
    let other = folder.path().join("other.npy");
    fs::rename(&file, &other).unwrap();
    write("[('a', '<i4'), ('b', '<f8', (10000000, 0))]", "(3,)", &[1; 12]);
    let output = numio(["diff"]).args([&file, &other]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.len() < 40_000, "{}", output.stdout.len());
    // Records of fields without bytes.
    write("[('a', '|V0'), ('b', '|V0')]", "(16000000,)", b"");
    converted("jsonl");
    // What is not printed whole has no bound.
    write("'|V0'", "(1000000, 1000000)", b"");
    let output = numio(["show"]).arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[cfg(unix)]
#[test]
fn pipes_are_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("p.npz");
    let run = |line: &str| {
        let output = Command::new("bash")
            .args(["-c", line])
            .env("NUMIO", env!("CARGO_BIN_EXE_numio"))
            .env("P", &archive)
            .current_dir(crate::command::testdata())
            .output()
            .unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    run("$NUMIO pack $P x=<(cat npy/123.npy) o=<(cat npy/objects.npy) y=npy/123.npy");
    assert_eq!(run("$NUMIO show $P:x"), "[[1 2 3]\n [4 5 6]]\n");
    assert!(run("$NUMIO info <(cat $P)").contains("3 members"));
    assert!(run("$NUMIO info <(cat npy/123.npy)").contains("(2, 3)"));
    assert_eq!(run("$NUMIO show <(cat npy/123.npy)"), "[[1 2 3]\n [4 5 6]]\n");
    assert!(run("$NUMIO pack - npy/123.npy z=- < npy/grid.npy | $NUMIO info -").contains("2 members"));
    assert!(run("$NUMIO pack - npy/123.npy | cat > $P; $NUMIO show $P:123").starts_with("[[1 2 3]"));
    assert!(!Path::new("-").exists());
}

#[test]
fn typing_errors_are_not_answered_with_other_commands() {
    let (code, complaint) = failed(["dist", "x"]);
    assert_eq!((code, &*complaint), (Some(2), "numio: unrecognized subcommand 'dist'; see numio --help\n"));
    let (_, complaint) = failed(["info", "--jsno", "x"]);
    assert!(complaint.contains("--json"), "{complaint}");
}

#[test]
fn wide_characters_leave_columns_aligned() {
    let folder = tempfile::tempdir().unwrap();
    let from = crate::command::testdata().join("npy/123.npy");
    for name in ["大きい配列.npy", "a.npy"] {
        fs::copy(&from, folder.path().join(name)).unwrap();
    }
    let files = ["大きい配列.npy", "a.npy"].map(|name| folder.path().join(name));
    let table = printed(["info".as_ref(), files[0].as_os_str(), files[1].as_os_str()]);
    let lines: Vec<&str> = table.lines().collect();
    let before = |line: &str| {
        line.split("1.0")
            .next()
            .unwrap()
            .chars()
            .map(|char| 1 + usize::from(char > '\u{2e80}'))
            .sum::<usize>()
    };
    assert_eq!(before(lines[1]), before(lines[2]), "{table}");
}
