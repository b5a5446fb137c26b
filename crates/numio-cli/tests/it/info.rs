//! `numio info`.

use serde_json::Value;

use crate::command::{failed, npy_files, numio, piped, printed, testdata};
use crate::numpy;

fn json(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

#[test]
fn info_as_json_says_what_numpy_knows() {
    let files = npy_files();
    let said = json(&printed(["info", "--json"].iter().map(|word| (*word).to_owned()).chain(files)));
    let known = json(&numpy::run("info.py", &[&testdata()]));
    assert_eq!(said.len(), known.len());
    for (said, known) in said.iter().zip(&known) {
        assert_eq!(said, known);
    }
}

#[test]
fn info_as_a_table_is_aligned_and_says_what_the_json_says() {
    let files = ["npy/123.npy", "npy/unicode-names.npy", "npy/grid.npy"];
    let table = printed(["info"].iter().chain(&files));
    let lines: Vec<&str> = table.lines().collect();
    let column = |line: &str, word: &str| line.find(word).unwrap();
    assert_eq!(lines.len(), 4);
    for (line, (shape, dtype)) in
        lines[1..].iter().zip([("(2, 3)", "int64"), ("(1,)", "[('größe€', '<i4')]"), ("(40, 60)", "int32")])
    {
        assert_eq!(column(line, shape), column(lines[0], "shape"), "{table}");
        assert_eq!(column(line, dtype), column(lines[0], "dtype"), "{table}");
        assert!(line.ends_with(dtype), "{table}");
    }
    assert!(lines[3].contains("C          2400  9.4 KiB  9.5 KiB     128"), "{table}");
}

#[test]
fn info_of_standard_input_says_what_it_says_of_a_file() {
    let bytes = std::fs::read(testdata().join("npy/station.npy")).unwrap();
    let output = piped(&["info", "--json", "-"], &bytes);
    let [piped] = &json(std::str::from_utf8(&output.stdout).unwrap())[..] else { panic!("{output:?}") };
    let [read] = &json(&printed(["info", "--json", "npy/station.npy"]))[..] else { panic!() };
    let mut wanted = read.clone();
    wanted["file"] = "-".into();
    wanted["file_bytes"] = Value::Null;
    assert_eq!(*piped, wanted);
}

#[test]
fn info_of_bad_files_still_lists_the_good_ones() {
    let output = numio(["info", "hostile/A38-shape-true.npy", "npy/123.npy", "none.npy"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.lines().nth(1).unwrap().starts_with("npy/123.npy "), "{table}");
    let complaints = String::from_utf8(output.stderr).unwrap();
    let complaints: Vec<&str> = complaints.lines().collect();
    assert_eq!(complaints.len(), 2, "{complaints:?}");
    assert_eq!(
        complaints[0],
        "numio: hostile/A38-shape-true.npy: byte 60: header key 'shape': expected a tuple of integers, found True"
    );
    assert!(complaints[1].starts_with("numio: none.npy: No such file"), "{complaints:?}");
}

#[test]
fn info_of_a_pickle_calls_it_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.pkl");
    std::fs::write(&path, b"\x80\x04N.").unwrap();
    for command in ["info", "verify"] {
        let output = numio([command, path.to_str().unwrap()]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(
            said.contains("starts as a pickle of protocol 4, which show, tree, audit and dis read"),
            "{said}"
        );
    }
}

#[test]
fn info_of_a_short_file_says_both_lengths() {
    let (code, complaint) = failed(["info", "hostile/A7-half-data.npy"]);
    assert_eq!(code, Some(1));
    assert_eq!(
        complaint,
        "numio: hostile/A7-half-data.npy: byte 143: the file ends here: expected 16 bytes of data, found 15\n"
    );
    let output = numio(["info", "--json", "hostile/A7-half-data.npy", "none.npy"]).output().unwrap();
    let said = json(std::str::from_utf8(&output.stdout).unwrap());
    assert_eq!(said[0]["shape"][0], 2);
    assert!(said[0]["error"].as_str().unwrap().contains("byte 143"));
    assert!(said[1]["error"].as_str().unwrap().starts_with("none.npy: "));
}

#[test]
fn info_of_names_with_controls_does_not_steer_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a\x1b[31m\n.npy");
    std::fs::copy(testdata().join("npy/123.npy"), &path).unwrap();
    let table = printed(["info".as_ref(), path.as_os_str()]);
    assert!(table.contains("a\\x1b[31m\\n.npy") && table.lines().count() == 2, "{table}");
}

#[test]
fn info_of_sparse_matrices_names_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npz");
    let made = "import sys, numpy as np\n\
        np.savez(sys.argv[1], indices=np.array([2, 0], 'i4'), indptr=np.array([0, 1, 2], 'i4'), format=b'csr', \
        shape=(2, 3), data=np.array([1.5, 2.5]), _is_array=True)";
    let status = std::process::Command::new(numpy::interpreter()).args(["-c", made]).arg(&path).status();
    assert!(status.unwrap().success());
    let path = path.to_str().unwrap();
    let table = printed(["info", path]);
    let first = table.lines().next().unwrap();
    assert!(first.ends_with(", csr array of shape (2, 3) with 2 elements of float64"), "{table}");
    let [row] = &json(&printed(["info", "--json", path]))[..] else { panic!() };
    let wanted = serde_json::json!(
        { "format": "csr", "is_array": true, "shape": [2, 3], "nnz": 2, "dtype": "float64" }
    );
    assert_eq!(row["sparse"], wanted);
    let [other] = &json(&printed(["info", "--json", "numpy/py3-objarr.npz"]))[..] else { panic!() };
    assert!(other.get("sparse").is_none());
    let output = numio(["info", "hostile/S13-three-axes.npz"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("S13-three-axes.npz") && said.contains("2 axes, and this has 3"), "{said}");
}
