//! `numio convert`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::command::{failed, piped, printed};
use crate::numpy;

/// Runs Python, which prints what it thinks of the files it is given.
pub fn python(code: &str, arguments: &[&Path]) -> String {
    let output = Command::new(numpy::interpreter()).arg("-c").arg(code).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

#[test]
fn convert_there_and_back_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let made = numpy::run("convert.py", &["make".as_ref(), folder.path()]);
    let arrays: BTreeMap<String, (String, Vec<String>)> = serde_json::from_str(&made).unwrap();
    assert!(arrays.len() >= 20);
    for (name, (dtype, formats)) in arrays {
        for format in formats {
            let (array, text) =
                (path(&folder, &format!("{name}.npy")), path(&folder, &format!("{name}.{format}")));
            printed(["convert", &array, &text]);
            let back = Command::new(env!("CARGO_BIN_EXE_numio"))
                .args(["convert", "--dtype", &dtype, &text, &format!("{text}.npy")])
                .output()
                .unwrap();
            // Of an array without rows it warns.
            assert!(back.status.success() && (back.stderr.is_empty() || name == "none"), "{text}");
        }
    }
    assert_eq!(numpy::run("convert.py", &["check".as_ref(), folder.path()]), "");
}

#[test]
fn convert_of_texts_reads_what_pandas_and_numpy_read() {
    let folder = tempfile::tempdir().unwrap();
    numpy::run("texts.py", &[Path::new(env!("CARGO_BIN_EXE_numio")), folder.path()]);
}

/// The dtype of a long file comes from its start while all that follows fits, and from the whole of it otherwise.
#[test]
fn convert_of_long_texts_finds_the_dtype_of_all_rows() {
    let folder = tempfile::tempdir().unwrap();
    let mut wanted = Vec::new();
    for (row, last, dtype) in [
        ("12345,6", "7,8", "int64"),
        ("12345,6", "7,8.5", "float64"),
        ("12345,0.5", "9007199254740993,1.5", "[('f0', '<i8'), ('f1', '<f8')]"),
        ("0.25,0.5", "9007199254740993,nan", "float64"),
        ("0.25,0.5", "x,1", "[('f0', '<U4'), ('f1', '<f8')]"),
        ("12345,6", "7,18446744073709551615", "uint64"),
        ("18446744073709551615,6", "-7,8", "refused"),
        ("0.25,0.5", "1.5,", "float64"),
        ("12345,6", "7,", "refused"),
        ("0.25,0.5", "1,2,3", "refused"),
        ("0.25,0.5", "1j,2", "complex128"),
    ] {
        let rows = vec![row; 80_000].join("\n");
        for whole in [format!("{rows}\n{last}\n"), format!("{rows}\n{last}\n{rows}\n")] {
            let file = |kind: &str| path(&folder, &format!("{}.{kind}", wanted.len()));
            let (text, array, piped_array) = (file("csv"), file("npy"), file("piped.npy"));
            fs::write(&text, &whole).unwrap();
            let auto = ["convert", "--dtype=auto", &text, &array];
            let output = Command::new(env!("CARGO_BIN_EXE_numio")).args(auto).output().unwrap();
            let complaint = String::from_utf8(output.stderr).unwrap();
            // From a pipe, all of the text is read before.
            let from_pipe =
                piped(&["convert", "--dtype=auto", "--from=csv", "-", &piped_array], whole.as_bytes());
            assert_eq!(output.status.success(), dtype != "refused", "{complaint}");
            let named = complaint.replace(&text, "-");
            assert_eq!(named, String::from_utf8(from_pipe.stderr).unwrap(), "{row} {last}");
            if output.status.success() {
                assert_eq!(fs::read(&array).unwrap(), fs::read(&piped_array).unwrap(), "{row} {last}");
                wanted.push(dtype);
            }
        }
    }
    let code = "import sys, numpy as np\n\
        for n in range(int(sys.argv[2])):\n\
        \x20   a = np.load(f'{sys.argv[1]}/{n}.npy')\n\
        \x20   b = np.genfromtxt(f'{sys.argv[1]}/{n}.csv', delimiter=',', dtype=a.dtype)\n\
        \x20   assert np.array_equal(a, b, equal_nan=a.dtype.kind in 'fc'), (a, b)\n\
        \x20   print(a.dtype)";
    let count = wanted.len().to_string();
    let found = python(code, &[folder.path(), Path::new(&count)]);
    assert_eq!(found.lines().collect::<Vec<_>>(), wanted);
}

#[test]
fn convert_to_json_tells_the_dtype() {
    for (lines, wanted) in [
        ("1\n2\n", "array([1, 2])"),
        ("1\n\n2.5", "array([1. , 2.5])"),
        ("[1.5,true]\n[3,null]\n", "array([[1.5, 1. ],\n       [3. , nan]])"),
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

/// Converts text from standard input to an array, and shows it as Python would.
fn shown(options: &[&str], text: &[u8]) -> String {
    let output = piped(&[&["convert", "--to=npy", "-", "-"], options].concat(), text);
    assert!(output.status.success(), "{options:?} {}", String::from_utf8_lossy(&output.stderr));
    let shown = piped(&["show", "--repr", "-"], &output.stdout).stdout;
    in_one_line(&String::from_utf8(shown).unwrap())
}

/// Where a line is broken does not matter.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is said where text from standard input does not become an array.
fn refused(options: &[&str], text: &[u8]) -> String {
    let output = piped(&[&["convert", "--to=npy", "-", "-"], options].concat(), text);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(matches!(output.status.code(), Some(1 | 2)), "{options:?}: {complaint}");
    assert!(output.stdout.is_empty());
    complaint
}

#[test]
fn convert_of_integers_keeps_them_integers() {
    let auto = &["--from=csv", "--dtype=auto"][..];
    let json = &["--from=jsonl"][..];
    for (options, text, wanted) in [
        (auto, "5\n16699327784941023797\n", "array([ 5, 16699327784941023797], dtype=uint64)"),
        (json, "5\n16699327784941023797\n", "array([ 5, 16699327784941023797], dtype=uint64)"),
        (auto, "-9223372036854775808,1\n", "array([[-9223372036854775808, 1]])"),
        (
            auto,
            "9007199254740993,0.5\n",
            "array([(9007199254740993, 0.5)], dtype=[('f0', '<i8'), ('f1', '<f8')])",
        ),
    ] {
        assert_eq!(shown(options, text.as_bytes()), wanted, "{text}");
    }
    let text = [auto, &["--wide-integers=text"]].concat();
    let wide = "array(['36893488147419103232', '1'], dtype='<U20')";
    assert_eq!(shown(&text, b"36893488147419103232\n1\n"), wide);
    assert_eq!(shown(&[json, &["--wide-integers=text"]].concat(), b"36893488147419103232\n1\n"), wide);
    let filled = [auto, &["--header", "--fill", "n=-1"]].concat();
    assert_eq!(
        shown(&filled, b"n,x\n9007199254740993,1.5\n,\n"),
        "array([(9007199254740993, 1.5), ( -1, nan)], dtype=[('n', '<i8'), ('x', '<f8')])"
    );
    assert_eq!(shown(&[auto, &["--fill=nan"]].concat(), b"1\n\"\"\n"), "array([ 1., nan])");
    for (options, text, words) in [
        (
            auto,
            "x,1\ny,36893488147419103232\n",
            "-: line 2, column 2 (f1): 36893488147419103232 and the column's",
        ),
        (
            auto,
            "-1\n18446744073709551615\n",
            "-: line 2, column 1 (f0): 18446744073709551615 and the column's",
        ),
        (json, "1\n36893488147419103232\n", "-: line 2: 36893488147419103232 and the other integers"),
        (
            json,
            "{\"a\":-1}\n{\"a\":18446744073709551615}\n",
            "-: line 2, key \"a\": 18446744073709551615 and the",
        ),
        (auto, "1,2\n3,\n", "-: line 2, column 2 (f1): the field is empty, and the column is of integers"),
        (json, "{\"a\":1}\n{\"a\":null}\n", "-: line 2, key \"a\": null among integers: --fill -1"),
    ] {
        let complaint = refused(options, text.as_bytes());
        assert!(complaint.contains(words), "{complaint}");
    }
}

#[test]
fn convert_of_a_quote_that_stays_open_says_where() {
    let tsv = &["--from=tsv", "--dtype=U9,f8"][..];
    let text = b"a\t1\n\"6 pipe\t2\nb\t3\n";
    let complaint = refused(tsv, text);
    let words = "-: line 2, column 1: a quote \" opens a field and is never closed: where fields merely start with it, \
                 add --quote ''";
    assert!(complaint.contains(words), "{complaint}");
    let complaint = refused(tsv, b"\"6 pipe\t2\nb\t3\n\"8 pipe\t1\n");
    assert!(complaint.contains("line 1, column 1") && complaint.contains("closed in line 3"), "{complaint}");
    let auto = ["--from=tsv", "--dtype=auto", "--quote="];
    let wanted = "array([('a', 1), ('\"6 pipe', 2), ('b', 3)], dtype=[('f0', '<U7'), ('f1', '<i8')])";
    assert_eq!(shown(&auto, text), wanted);
    assert_eq!(
        shown(&["--from=csv", "--dtype=auto", "--quote='"], b"'a,b',1\n"),
        "array([('a,b', 1)], dtype=[('f0', '<U3'), ('f1', '<i8')])"
    );
    // Rows without the column are no reason to look for it within a quote or a comment.
    assert_eq!(shown(&["--from=csv", "--columns=1"], b"\"a,7,b\",3\n\"c,8\",4\n"), "array([3., 4.])");
    assert_eq!(shown(&["--from=txt", "--columns=1"], b"# 1 2\n3 4 # 5\n6 7\n"), "array([4., 7.])");
    assert_eq!(shown(&["--from=csv"], b"\"1\",2\n5,\"6\"\n"), "array([[1., 2.], [5., 6.]])");
}

#[test]
fn convert_of_texts_with_marks_and_encodings_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let table = "name,x\n\u{e9}t\u{e9},1\n";
    let auto = ["--from=csv", "--header", "--dtype=auto"];
    let wanted = "array([('\u{e9}t\u{e9}', 1)], dtype=[('name', '<U3'), ('x', '<i8')])";
    for encoding in ["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin1", "utf-16-be"] {
        let code = "import sys; sys.stdout.buffer.write(sys.argv[1].encode(sys.argv[2]))";
        let output = Command::new(numpy::interpreter()).args(["-c", code, table, encoding]).output().unwrap();
        let named = format!("--encoding={encoding}");
        assert_eq!(shown(&[&auto[..], &[&named]].concat(), &output.stdout), wanted, "{encoding}");
        if !matches!(encoding, "latin1" | "utf-16-be") {
            assert_eq!(shown(&auto, &output.stdout), wanted, "{encoding}");
        }
    }
    for (encoding, bytes) in
        [("cp1252", &b"name,x\n\xe9t\xe9,1\n"[..]), ("macintosh", b"name,x\n\x8et\x8e,1\n")]
    {
        let named = format!("--encoding={encoding}");
        assert_eq!(shown(&[&auto[..], &[&named]].concat(), bytes), wanted, "{encoding}");
    }
    let complaint =
        refused(&[&auto[..], &["--encoding=shift_jis"]].concat(), b"name,x\n\x93\xfa,1\n\x81\xff,2\n");
    assert!(
        complaint.contains("line 3: 'shift_jis' codec can't decode 0x81 0xff: --encoding"),
        "{complaint}"
    );
    let complaint = refused(&auto, b"name,x\n\xe9,1\n");
    assert!(complaint.contains("line 2: 'utf-8' codec can't decode byte 0xe9"), "{complaint}");
    let out = path(&folder, "x.csv");
    let (code, complaint) = failed(["convert", "--encoding=latin1", "npy/123.npy", &out]);
    assert!(code == Some(2) && complaint.contains("--pickle-encoding"), "{complaint}");
}

#[test]
fn convert_with_names_reads_those_columns() {
    let table = b"a,b,p.x\n1,2.5,3\n4,5.5,6\n";
    let read = |options: &[&str]| shown(&[&["--from=csv", "--header"], options].concat(), table);
    assert_eq!(
        read(&["--dtype", "[('b','f8'),('a','i4')]"]),
        "array([(2.5, 1), (5.5, 4)], dtype=[('b', '<f8'), ('a', '<i4')])"
    );
    assert_eq!(
        read(&["--dtype", "[('p',[('x','i1')])]"]),
        "array([((3,),), ((6,),)], dtype=[('p', [('x', 'i1')])])"
    );
    assert_eq!(
        read(&["--dtype=auto", "--columns=p.x,a", "--rename", "p.x=x", "--as", "a=U3"]),
        "array([(3, '1'), (6, '4')], dtype=[('x', '<i8'), ('a', '<U3')])".replace("p.x", "x")
    );
    assert_eq!(
        read(&["--columns=!b", "--dtype=i4,i4"]),
        "array([(1, 3), (4, 6)], dtype=[('a', '<i4'), ('p.x', '<i4')])"
    );
    assert_eq!(
        shown(&["--from=csv", "--skiprows=1", "--columns=1:"], table),
        "array([[2.5, 3. ], [5.5, 6. ]])"
    );
    let complaint = refused(&["--from=csv", "--header", "--dtype", "[('c','f8'),('a','i4')]"], table);
    assert!(complaint.contains("the header has no column \"c\" of the dtype, only a, b, p.x"), "{complaint}");
    let complaint = refused(&["--from=csv", "--header", "--columns=z"], table);
    assert!(complaint.contains("--columns: there is no column \"z\", only a, b, p.x"), "{complaint}");
    // Repeated and empty names, and a header of R, which has none for the first column.
    let repeated =
        piped(&["convert", "--from=csv", "--to=npy", "--header", "--dtype=auto", "-", "-"], b"a,a,\n1,2,3\n");
    assert!(
        String::from_utf8_lossy(&repeated.stderr)
            .contains("column 2 is called \"a_1\", column 3 is called \"f2\"")
    );
    let auto = ["--from=txt", "--header", "--dtype=auto"];
    assert_eq!(
        shown(&auto, b"x y\nr1 1 2.5\n"),
        "array([('r1', 1, 2.5)], dtype=[('f0', '<U2'), ('x', '<i8'), ('y', '<f8')])"
    );
}

#[test]
fn convert_with_another_decimal_mark_reads_the_numbers() {
    let auto = ["--from=csv", "--dtype=auto"];
    let read = |options: &[&str], text: &str| shown(&[&auto[..], options].concat(), text.as_bytes());
    let german = &["--delimiter=;", "--decimal=,", "--thousands=."][..];
    assert_eq!(
        read(german, "1.234,5;0,25\n-2;3,5\n"),
        "array([[ 1.2345e+03, 2.5000e-01], [-2.0000e+00, 3.5000e+00]])"
    );
    assert_eq!(read(&["--fortran"], "1.0D+05,0.33-104\n"), "array([[1.0e+005, 3.3e-105]])");
    assert_eq!(read(&["--missing=NA,***", "--fill=0"], "1,NA\n***,4\n"), "array([[1, 0], [0, 4]])");
    assert_eq!(read(&["--missing=NA"], "1.5\nNA\n"), "array([1.5, nan])");
    assert_eq!(read(&[], "True,false\nFalse,true\n"), "array([[ True, False], [False, True]])");
    assert_eq!(
        read(&[], "2020-01-02\n1969-12-31\n"),
        "array(['2020-01-02', '1969-12-31'], dtype='datetime64[D]')"
    );
    assert_eq!(read(&["--delimiter=\\t"], "1\t2\n"), "array([[1, 2]])");
    assert_eq!(read(&["--delimiter=tab"], "1\t2\n"), "array([[1, 2]])");
    assert_eq!(read(&["--comments=//"], "1,\"2\" // two\n// none\n3,4\n"), "array([[1, 2], [3, 4]])");
    assert_eq!(shown(&["--from=csv", "--dtype=f4", "--fortran"], b"1.5D2\n"), "array([150.], dtype=float32)");
}

#[test]
fn convert_of_rows_that_do_not_fit_names_or_leaves_them_out() {
    let table = b"t,x\ns,m\n1,2.5\n2,oops\n3\n4,4.5,9\n5,5.5\ntotal,0\n";
    let base = ["--from=csv", "--header", "--units", "--skip-footer=1", "--dtype=i8,f8"];
    let complaint = refused(&base, table);
    assert!(
        complaint.contains("-: line 4, column 2 (x): could not convert \"oops\" to float64"),
        "{complaint}"
    );
    let right = std::str::from_utf8(table).unwrap().replace("oops", "1");
    let complaint = refused(&base, right.as_bytes());
    assert!(
        complaint.contains("-: line 5: 1 fields, where the dtype has 2: --fill-short fills it up"),
        "{complaint}"
    );
    let complaint = refused(&[&base[..], &["--fill-short"]].concat(), right.as_bytes());
    assert!(complaint.contains("-: line 5, column 2 (x): could not convert \"\" to float64"), "{complaint}");
    let complaint = refused(&[&base[..], &["--fill-short", "--fill=0"]].concat(), right.as_bytes());
    assert!(complaint.contains("-: line 6: 3 fields, where the dtype has 2: --columns"), "{complaint}");
    let whole = b"t,x\ns,m\n1,2.5\n2,oops\n3,1\n";
    let complaint = refused(&["--from=csv", "--header", "--units", "--dtype=i8,f8"], whole);
    assert!(
        complaint.contains("-: line 4, column 2 (x): could not convert \"oops\" to float64"),
        "{complaint}"
    );
    assert!(!complaint.contains("usecols"), "{complaint}");
    let skipping = [&["convert", "--to=npy", "-", "-"], &base[..], &["--skip-bad"]].concat();
    let output = piped(&skipping, table);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("-: left out 3 rows: line 4, column 2 (x)") && said.contains("; line 5: "),
        "{said}"
    );
    let shown_rows = piped(&["show", "--repr", "-"], &output.stdout).stdout;
    assert_eq!(
        String::from_utf8(shown_rows).unwrap(),
        "array([(1, 2.5), (5, 5.5)], dtype=[('t', '<i8'), ('x', '<f8')])\n"
    );
    let short = ["--from=csv", "--fill-short", "--fill=nan"];
    assert_eq!(shown(&short, b"1,2\n3\n"), "array([[ 1., 2.], [ 3., nan]])");
    let complaint = refused(&["--from=csv"], b"1,2\n3,x\n");
    assert!(complaint.contains("-: line 2, column 2: could not convert \"x\" to float64"), "{complaint}");
    let empty = piped(&["convert", "--from=csv", "--to=npy", "-", "-"], b"");
    assert!(String::from_utf8_lossy(&empty.stderr).contains("there are no rows"));
    let explained =
        piped(&["convert", "--from=csv", "--to=npy", "--dtype=auto", "--explain", "-", "-"], b"1,x\n2,y\n");
    let said = String::from_utf8(explained.stderr).unwrap();
    assert!(
        said.contains("f0: int64: 2 integers") && said.contains("f1: <U1: \"x\" in line 1 is no number"),
        "{said}"
    );
}

#[test]
fn convert_of_several_axes_makes_tables_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let cube = path(&folder, "cube.npy");
    python(
        "import sys, numpy as np; np.save(sys.argv[1], np.arange(12).reshape(2, 3, 2))",
        &[Path::new(&cube)],
    );
    let flat = printed(["convert", "--flatten", "--to=csv", &cube, "-"]);
    assert_eq!(flat, "0,1,2,3,4,5\n6,7,8,9,10,11\n");
    let long = printed(["convert", "--long", "--header", "--to=csv", &cube, "-"]);
    assert!(
        long.starts_with("i0,i1,i2,value\n0,0,0,0\n0,0,1,1\n0,1,0,2\n") && long.ends_with("1,2,1,11\n"),
        "{long}"
    );
    let (code, complaint) = failed(["convert", "--to=csv", &cube, "-"]);
    assert!(code == Some(1) && complaint.contains("--flatten"), "{complaint}");
    let same = shown(&["--from=csv", "--dtype=i8", "--shape=-1,3,2"], flat.as_bytes());
    assert_eq!(same, in_one_line(&printed(["show", "--repr", &cube])));
    let complaint = refused(&["--from=csv", "--dtype=i8", "--shape=-1,5"], flat.as_bytes());
    assert!(complaint.contains("--shape -1,5: there are 12 values"), "{complaint}");
}

#[test]
fn convert_with_append_adds_rows() {
    let folder = tempfile::tempdir().unwrap();
    for (suffix, wanted) in [("csv", "a,b\n1,2\n1,2\n"), ("csv.gz", "a,b\n1,2\n1,2\n"), ("npy", "")] {
        let out = path(&folder, &format!("x.{suffix}"));
        for _ in 0..2 {
            let add = ["convert", "--from=csv", "--header", "--dtype=auto", "--append", "-", &out];
            let output = piped(&add, b"a,b\n1,2\n");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        if wanted.is_empty() {
            let repr = "array([(1, 2), (1, 2)], dtype=[('a', '<i8'), ('b', '<i8')])\n";
            assert_eq!(printed(["show", "--repr", &out]), repr);
        } else {
            assert_eq!(printed(["convert", "--header", "--dtype=auto", "--to=csv", &out, "-"]), wanted);
        }
        let before = fs::read(&out).unwrap();
        let bad = piped(&["convert", "--from=csv", "--append", "-", &out], b"1,x\n");
        assert!(!bad.status.success() && fs::read(&out).unwrap() == before);
    }
    // Compressed text is known by its first bytes on standard input.
    let packed = fs::read(path(&folder, "x.csv.gz")).unwrap();
    let auto = ["--from=csv", "--header", "--dtype=auto"];
    assert_eq!(shown(&auto, &packed), "array([(1, 2), (1, 2)], dtype=[('a', '<i8'), ('b', '<i8')])");
}

#[test]
fn convert_of_long_doubles_keeps_their_digits() {
    let folder = tempfile::tempdir().unwrap();
    let array = path(&folder, "long.npy");
    let code = "import sys, numpy as np
x = np.array(['0.1', '1e4000', '-3.25', 'nan', '18446744073709551617', '1e-5'], 'g')
np.save(sys.argv[1], x)
print(x.dtype.itemsize == 16 and np.finfo('g').nmant == 63)
print(*map(str, x), sep='\\n')";
    let known = python(code, &[Path::new(&array)]);
    let Some(texts) = known.strip_prefix("True\n") else { return };
    assert_eq!(printed(["convert", "--to=csv", &array, "-"]), texts);
    for suffix in ["csv", "jsonl"] {
        let (text, back) = (path(&folder, &format!("l.{suffix}")), path(&folder, &format!("{suffix}.npy")));
        printed(["convert", &array, &text]);
        printed(["convert", "--dtype=g", &text, &back]);
        let same = "import sys, numpy as np
a, b = map(np.load, sys.argv[1:])
print(np.array_equal(a, b, equal_nan=True))";
        assert_eq!(python(same, &[Path::new(&array), Path::new(&back)]), "True\n", "{suffix}");
    }
}

#[test]
fn convert_of_complex_long_doubles_keeps_their_digits() {
    let folder = tempfile::tempdir().unwrap();
    let code = "import sys, numpy as np
third = np.arange(1, 9, dtype='g') / 3
z = third - 1j / third
z[:3] = 5, 2.5j, -1j * np.longdouble('1e-4000')
r = np.zeros(8, [('x', '>G'), ('y', 'g'), ('n', [('z', 'G', 2)])])
r['x'], r['y'], r['n']['z'] = z, third, z[:, None] * 3
for name, array in {'plain': z, 'wide': np.stack([z, z * 7], 1), 'record': r}.items():
    np.save(f'{sys.argv[1]}/{name}.npy', array)
print(np.dtype('g').itemsize == 16 and np.finfo('g').nmant == 63)";
    if python(code, &[folder.path()]) != "True\n" {
        return;
    }
    for (name, dtype) in
        [("plain", "G"), ("wide", "G"), ("record", "[('x', '>G'), ('y', 'g'), ('n', [('z', 'G', 2)])]")]
    {
        let array = path(&folder, &format!("{name}.npy"));
        for suffix in ["csv", "tsv", "jsonl"] {
            let (text, back) =
                (path(&folder, &format!("{name}.{suffix}")), path(&folder, &format!("{suffix}.npy")));
            printed(["convert", &array, &text]);
            printed(["convert", "--force", "--dtype", dtype, &text, &back]);
            let same = "import sys, numpy as np
a, b = map(np.load, sys.argv[1:])
print(a.dtype == b.dtype, np.array_equal(a, b))";
            let found = python(same, &[Path::new(&array), Path::new(&back)]);
            assert_eq!(found, "True True\n", "{name}.{suffix}");
        }
    }
}

#[test]
fn convert_with_append_to_another_encoding_adds_only_ascii() {
    let folder = tempfile::tempdir().unwrap();
    let out = path(&folder, "latin.csv");
    let add =
        |text: &str| piped(&["convert", "--from=csv", "--dtype=U8", "--append", "-", &out], text.as_bytes());
    fs::write(&out, b"Z\xfcrich,1\n").unwrap();
    assert!(add("Bern,2\n").status.success());
    assert_eq!(fs::read(&out).unwrap(), b"Z\xfcrich,1\nBern,2\n");
    let refused = add("Z\u{fc}rich,3\n");
    let complaint = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && complaint.contains("the file is in another encoding"),
        "{complaint}"
    );
    assert_eq!(fs::read(&out).unwrap(), b"Z\xfcrich,1\nBern,2\n");
    // A character that two reads of the file share is one.
    let long = format!("{}Zürich,1\n", "x".repeat((64 << 10) - 2));
    fs::write(&out, &long).unwrap();
    assert!(add("Zürich,3\n").status.success());
    assert_eq!(fs::read_to_string(&out).unwrap(), format!("{long}Zürich,3\n"));
}

#[test]
fn convert_of_floats_prints_pythons_last_digit() {
    let folder = tempfile::tempdir().unwrap();
    let code = "import sys, numpy as np
rng = np.random.default_rng(5)
halves = np.arange(2**16, dtype='u2').view('f2')
parts = {
    'f2': halves[np.isfinite(halves)],
    'f4': np.concatenate([rng.uniform(1e6, 2.1e6, 20_000).astype('f4'), rng.integers(0, 2**31 - 2**24, 20_000).astype('u4').view('f4')]),
    'f8': np.concatenate([rng.uniform(1e15, 2e15, 20_000), rng.integers(0, 2**63 - 2**53, 20_000).view('f8')]),
}
for code, values in parts.items():
    np.save(f'{sys.argv[1]}/{code}.npy', values)
    with open(f'{sys.argv[1]}/{code}.known', 'w') as file:
        file.writelines((repr(float(x)) if code == 'f8' else str(x)) + '\\n' for x in values)";
    python(code, &[folder.path()]);
    for code in ["f2", "f4", "f8"] {
        let known = fs::read_to_string(folder.path().join(format!("{code}.known"))).unwrap();
        let found = printed(["convert", "--to=csv", &path(&folder, &format!("{code}.npy")), "-"]);
        let differs = found.lines().zip(known.lines()).find(|(found, known)| found != known);
        assert_eq!(differs, None, "{code}");
        assert_eq!(found.len(), known.len());
    }
}

#[test]
fn convert_of_text_reads_headers_columns_and_comments() {
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
fn convert_with_dtype_auto_finds_that_of_a_text() {
    let folder = tempfile::tempdir().unwrap();
    let text = path(&folder, "people.csv");
    let people = "name,age,height,note\n\"Doe, \"\"J\"\"\",42.0,1.8,\nRoe,,1,x\n";
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
fn convert_of_compressed_texts_reads_and_writes_them() {
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
        // By another name its first bytes tell.
        let renamed = path(&folder, "renamed.csv");
        fs::rename(&packed, &renamed).unwrap();
        printed(["convert", "-f", "--dtype=auto", &renamed, &back]);
        assert!(fs::read_to_string(&back).unwrap().replace('\t', ",") == rows, "{suffix}");
        fs::rename(&renamed, &packed).unwrap();
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
fn convert_of_strings_of_python_2_needs_an_encoding() {
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
    assert_eq!(
        printed(["convert", "--to=jsonl", "--pickle-encoding=latin1", &pickle, "-"]),
        "\"caf\u{e9}s\"\n"
    );
}
