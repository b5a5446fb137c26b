//! `numio convert`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::command::{failed, piped, printed, testdata};
use crate::numpy;

/// Runs Python, which prints what it thinks of the files it is given.
fn python(code: &str, arguments: &[&Path]) -> String {
    let output = Command::new(numpy::interpreter()).arg("-c").arg(code).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

#[test]
fn there_and_back_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let made = numpy::run("convert.py", &["make".as_ref(), folder.path()]);
    let arrays: BTreeMap<String, (String, Vec<String>)> = serde_json::from_str(&made).unwrap();
    assert!(arrays.len() >= 20);
    for (name, (dtype, formats)) in arrays {
        for format in formats {
            let (array, text) =
                (path(&folder, &format!("{name}.npy")), path(&folder, &format!("{name}.{format}")));
            printed(["convert", &array, &text]);
            printed(["convert", "--dtype", &dtype, &text, &format!("{text}.npy")]);
        }
    }
    assert_eq!(numpy::run("convert.py", &["check".as_ref(), folder.path()]), "");
}

#[test]
fn json_tells_its_dtype() {
    for (lines, wanted) in [
        ("1\n2\n", "array([1, 2])"),
        ("1\n\n2.5", "array([1. , 2.5])"),
        ("[1,true]\n[3,null]\n", "array([[ 1.,  1.],\n       [ 3., nan]])"),
        ("\"a\"\n\"bcd\"\n", "array(['a', 'bcd'], dtype='<U3')"),
        ("true\n", "array([ True])"),
        ("[[0.1]]\n", "array([[[0.1]]])"),
        (
            "{\"x\": 1, \"name\": \"a\"}\n{\"name\": \"bc\", \"x\": -2}\n",
            "array([( 1, 'a'), (-2, 'bc')], dtype=[('x', '<i8'), ('name', '<U2')])",
        ),
        ("", "array([], dtype=float64)"),
    ] {
        let output = piped(&["convert", "--from", "jsonl", "--to", "npy", "-", "-"], lines.as_bytes());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let shown = piped(&["show", "--repr", "-"], &output.stdout);
        assert_eq!(String::from_utf8(shown.stdout).unwrap(), format!("{wanted}\n"), "{lines}");
    }
    for (lines, words) in [
        ("1\n\"a\"\n", "-: line 2: a text, where others are numbers"),
        ("1\n{]\n", "-: line 2: no JSON at column 2: "),
        ("[1]\n[1,2]\n", "-: line 2: a value of shape [2], where others have [1]"),
    ] {
        let output = piped(&["convert", "--from", "jsonl", "--to", "npy", "-", "-"], lines.as_bytes());
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && complaint.contains(words), "{complaint}");
    }
}

#[test]
fn text_has_headers_columns_and_comments() {
    let folder = tempfile::tempdir().unwrap();
    let text = path(&folder, "people.csv");
    fs::write(&text, "made by hand\nname,age,\"height, m\"\n\"Doe, J\",42,1.8\nRoe,7,1.2\n").unwrap();
    let out = path(&folder, "people.npy");
    printed(["convert", "--skiprows", "1", "--header", "--dtype", "U8,i4,f8", &text, &out]);
    let repr = "array([('Doe, J', 42, 1.8), ('Roe',  7, 1.2)],\n      \
        dtype=[('name', '<U8'), ('age', '<i4'), ('height, m', '<f8')])\n";
    assert_eq!(printed(["show", "--repr", &out]), repr);
    let back = printed(["convert", "--to", "csv", "--header", &out, "-"]);
    assert_eq!(back, fs::read_to_string(&text).unwrap().split_once('\n').unwrap().1);
    let some =
        ["convert", "--from", "csv", "--to", "csv", "--skiprows=2", "--usecols=-1,1", "--to-delimiter=;"];
    assert_eq!(printed(some.iter().chain(&[text.as_str(), "-"])), "1.8;42.0\n1.2;7.0\n");
    let output = piped(
        &["convert", "--from", "txt", "--to", "tsv", "--fmt", "%.2f", "-", "-"],
        b"# x\n1 2 # y\n3 4\n",
    );
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "1.00\t2.00\n3.00\t4.00\n");
    let (code, complaint) = failed(["convert", &text, &path(&folder, "bad.npy")]);
    assert!(code == Some(1) && complaint.contains("people.csv: "), "{complaint}");
    assert!(!folder.path().join("bad.npy").exists());
}

#[test]
fn auto_finds_the_dtype_of_a_text() {
    let folder = tempfile::tempdir().unwrap();
    let text = path(&folder, "people.csv");
    let people = "name,age,height,note\n\"Doe, \"\"J\"\"\",42,1.8,\nRoe,,1,x\n";
    fs::write(&text, people).unwrap();
    let repr = "array([('Doe, \"J\"', 42., 1.8, ''), ('Roe', nan, 1. , 'x')],\n      \
        dtype=[('name', '<U8'), ('age', '<f8'), ('height', '<f8'), ('note', '<U1')])\n";
    let out = path(&folder, "people.npy");
    printed(["convert", "--header", "--dtype", "auto", &text, &out]);
    assert_eq!(printed(["show", "--repr", &out]), repr);
    for (lines, wanted) in [
        ("1 2 # x\n3 4\n", "array([[1, 2],\n       [3, 4]])\n"),
        ("1 2\n3 4.5\n", "array([[1. , 2. ],\n       [3. , 4.5]])\n"),
        ("a 1\nb 2\n", "array([('a', 1), ('b', 2)], dtype=[('f0', '<U1'), ('f1', '<i8')])\n"),
    ] {
        let output =
            piped(&["convert", "--from=txt", "--to=npy", "--dtype=auto", "-", "-"], lines.as_bytes());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let shown = piped(&["show", "--repr", "-"], &output.stdout).stdout;
        assert_eq!(String::from_utf8(shown).unwrap(), wanted);
    }
    // Packed as Python packs it.
    let packed = path(&folder, "people.csv.gz");
    let pack = "import gzip, sys; gzip.open(sys.argv[2], 'wb').write(open(sys.argv[1], 'rb').read())";
    python(pack, &[Path::new(&text), Path::new(&packed)]);
    let columns = ["convert", "--header", "--usecols=0,2", "--dtype=U8,f8", "--to=jsonl"];
    let found = printed(columns.iter().chain(&[packed.as_str(), "-"]));
    assert_eq!(found, "{\"name\":\"Doe, \\\"J\\\"\",\"height\":1.8}\n{\"name\":\"Roe\",\"height\":1.0}\n");
    let out = path(&folder, "packed.npy");
    printed(["convert", "--header", "--dtype=auto", &packed, &out]);
    assert_eq!(printed(["show", "--repr", &out]), repr);
}

#[test]
fn texts_are_packed_and_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let plain = path(&folder, "x.csv");
    // More than one block of what is packed on all cores.
    let rows: String =
        (0..60_000_u64).map(|row| format!("{},{},{}\n", row * 7919 % 10_007, row, row * row)).collect();
    fs::write(&plain, &rows).unwrap();
    for suffix in ["gz", "bz2", "xz", "lzma", "zst"] {
        let packed = path(&folder, &format!("x.csv.{suffix}"));
        printed(["convert", "--dtype=i8", &plain, &packed]);
        assert!(fs::metadata(&packed).unwrap().len() < rows.len() as u64 / 2, "{suffix}");
        let back = path(&folder, &format!("{suffix}.tsv"));
        printed(["convert", "--dtype=auto", &packed, &back]);
        assert!(fs::read_to_string(&back).unwrap().replace('\t', ",") == rows, "{suffix}");
    }
    let known = python(
        "import bz2, gzip, lzma, sys
plain = open(sys.argv[1], 'rb').read()
for suffix, module in [('gz', gzip), ('bz2', bz2), ('xz', lzma), ('lzma', lzma)]:
    print(module.open(f'{sys.argv[1]}.{suffix}').read() == plain)",
        &[Path::new(&plain)],
    );
    assert_eq!(known, "True\n".repeat(4));
    let lines = path(&folder, "x.jsonl.gz");
    printed(["convert", "npy/123.npy", &lines]);
    assert_eq!(printed(["convert", "--to=csv", &lines, "-"]), "1,2,3\n4,5,6\n");
    // Cut off, and no gzip at all.
    let whole = fs::read(path(&folder, "x.csv.gz")).unwrap();
    for (bytes, words) in [
        (
            &whole[..whole.len() / 2],
            "cut.csv.gz: Compressed file ended before the end-of-stream marker was reached",
        ),
        (b"1,2\n3,4\n", "cut.csv.gz: damaged gzip file: "),
    ] {
        let (cut, out) = (path(&folder, "cut.csv.gz"), path(&folder, "out.npy"));
        fs::write(&cut, bytes).unwrap();
        let (code, complaint) = failed(["convert", &cut, &out]);
        assert!(code == Some(1) && complaint.contains(words), "{complaint}");
        assert!(!Path::new(&out).exists());
    }
}

#[test]
fn strings_of_python_2_have_an_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let pickle = path(&folder, "old.npy");
    // A string as Python 2 pickles it, in Latin-1.
    python(
        "import sys, numpy as np
np.save(sys.argv[1], np.array(['PLACE'], object), allow_pickle=True)
data = open(sys.argv[1], 'rb').read()
text = b'\\x8c\\x05PLACE'
assert text in data
data = data.replace(text, b'U\\x05caf\\xe9s')
open(sys.argv[1], 'wb').write(data)",
        &[Path::new(&pickle)],
    );
    let (code, complaint) = failed(["convert", "--to=jsonl", &pickle, "-"]);
    assert!(code == Some(1) && complaint.contains("pass the encoding"), "{complaint}");
    assert_eq!(printed(["convert", "--to=jsonl", "--encoding=latin1", &pickle, "-"]), "\"caf\u{e9}s\"\n");
}

#[test]
fn members_are_read_and_added() {
    let folder = tempfile::tempdir().unwrap();
    let archive = path(&folder, "all.npz");
    printed(["convert", "npy/grid.npy", &archive]);
    printed(["convert", "--compress", "deflate", "npy/123.npy", &format!("{archive}:x")]);
    printed(["convert", "--dtype", "f4", "npy/123.npy", &format!("{archive}:y")]);
    let input = piped(&["convert", "--from", "csv", "-", &format!("{archive}:z")], b"1,2\n3,4\n");
    assert!(input.status.success());
    let known = python(
        "import sys, numpy as np
z, path = np.load(sys.argv[1]), sys.argv[2]
x = np.load(path + '/123.npy')
assert z.files == ['grid', 'x', 'y', 'z'], z.files
assert (z['grid'] == np.load(path + '/grid.npy')).all() and (z['x'] == x).all()
assert (z['y'] == x).all() and z['y'].dtype == 'f4' and z['z'].tolist() == [[1, 2], [3, 4]]
print('well')",
        &[Path::new(&archive), &testdata().join("npy")],
    );
    assert_eq!(known, "well\n");
    assert_eq!(printed(["convert", "--to", "csv", &format!("{archive}:x[1, ::-1]"), "-"]), "6\n5\n4\n");
    let piped_out = piped(&["convert", "--to", "npz", "npy/123.npy", "-"], b"").stdout;
    let said = piped(&["info", "-"], &piped_out).stdout;
    assert!(String::from_utf8(said).unwrap().contains("123.npy"));
    assert!(piped(&["verify", "-"], &piped_out).status.success());
    let (code, complaint) = failed(["convert", "npy/123.npy", &format!("{archive}:x")]);
    assert!(code == Some(1) && complaint.contains("member x.npy: "), "{complaint}");
    assert!(printed(["verify", &archive]).starts_with(&format!("{archive}: ok, 4 members, ")));
}

#[test]
fn what_is_there_stays_until_the_new_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    for suffix in ["npy", "npz", "csv", "jsonl"] {
        let out = path(&folder, &format!("kept.{suffix}"));
        fs::write(&out, "old").unwrap();
        let (code, complaint) = failed(["convert", "npy/123.npy", &out]);
        assert!(code == Some(1) && complaint.contains("there already: --force replaces it"), "{complaint}");
        let bad = path(&folder, "bad.csv");
        fs::write(&bad, "1,2\n3,x\n").unwrap();
        let (code, complaint) = failed(["convert", "--force", &bad, &out]);
        assert_eq!(code, Some(1));
        assert!(
            complaint.contains("bad.csv: could not convert string 'x' to float64 at row 1, column 2."),
            "{complaint}"
        );
        assert_eq!(fs::read(&out).unwrap(), b"old", "{suffix}");
        printed(["convert", "--force", "npy/123.npy", &out]);
        assert_ne!(fs::read(&out).unwrap(), b"old");
        fs::remove_file(bad).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::remove_file(&out).unwrap();
    }
    for (arguments, words) in [
        (&["npy/123.npy", "x"][..], "the name tells no format: add --to"),
        (&["-", "x.npy"], "the name tells no format: add --from"),
        (&["npy/123.npy", "x.npy.gz"], "only text is packed as a whole"),
        (&["--compress", "deflate", "npy/123.npy", "x.npy"], "--compress is for members of .npz"),
        (&["--dtype", "nonsense", "npy/123.npy", "x.npy"], "--dtype: "),
    ] {
        let (code, complaint) = failed([&["convert"], arguments].concat());
        assert!(code == Some(2) && complaint.contains(words), "{complaint}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn files_larger_than_memory_pass_through() {
    let folder = tempfile::tempdir().unwrap();
    let big = path(&folder, "big.npy");
    // 240 MB of numbers, most of them holes in the file: no room on the disk, and no memory.
    let header = numio::npy::Header::new(numio::DType::INT64, vec![10_000_000, 3], numio::Order::C).unwrap();
    fs::write(&big, header.to_bytes()).unwrap();
    let file = fs::File::options().write(true).open(&big).unwrap();
    file.set_len(128 + 10_000_000 * 24).unwrap();
    let run = |from: &str, to: &str, options: &str| {
        let line = format!("ulimit -v {}; exec \"$0\" convert {options} \"$1\" \"$2\"", 300 << 10);
        let mut shell = Command::new("sh");
        let output = shell.args(["-c", &line, env!("CARGO_BIN_EXE_numio"), from, to]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let (text, back) = (path(&folder, "big.csv"), path(&folder, "back.npz"));
    printed(["convert", &big, &text]);
    run(&text, &back, "--dtype i8 --compress deflate");
    let said = printed(["info", &back]);
    assert!(said.contains("(10000000, 3)") && said.contains("int64"), "{said}");
}
