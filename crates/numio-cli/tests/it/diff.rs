//! `numio diff` beside `numpy.testing`, on archives and directories, and as a driver of git.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::command::{failed, numio, printed};
use crate::numpy;

#[test]
fn diff_has_the_verdicts_and_figures_of_numpy_testing() {
    let folder = tempfile::tempdir().unwrap();
    numpy::run("diff.py", &[Path::new(env!("CARGO_BIN_EXE_numio")), folder.path()]);
}

/// Exit code, standard output and standard error.
fn diff(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = numio(["diff"].iter().chain(arguments)).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn diff_prints_what_differs_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.npy", "b.npy"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    numio::save(&a, &ndarray::array![[1.0, 2.0], [3.0, 4.0]]).unwrap();
    numio::save(&b, &ndarray::array![[1.0, 2.5], [3.0, 4.0]]).unwrap();
    assert_eq!(diff(&[&a, &a]), (Some(0), String::new(), String::new()));
    let (code, said, complaint) = diff(&[&a, &b]);
    assert_eq!((code, complaint.as_str()), (Some(1), ""));
    for line in [
        "differ\n",
        "  Mismatched elements: 1 / 4 (25%)\n",
        "  Max absolute difference: 0.5 at [0, 1]\n",
        "  Max relative difference: 0.2 at [0, 1]\n",
    ] {
        assert!(said.contains(line), "{said}");
    }
    let row: Vec<&str> = said.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(row, ["[0,", "1]", "2.0", "2.5"]);
    assert_eq!(diff(&["--rtol", "0.3", &a, &b]).0, Some(0));
    assert_eq!(diff(&["-n", "0", &a, &b]).1.lines().count(), 4);
    numio::save(&b, &ndarray::array![[1.0_f32], [3.0]]).unwrap();
    let (code, said, _) = diff(&[&a, &b]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("  dtype: float64 and float32\n") && said.contains("  shape: (2, 2) and (2, 1)\n"),
        "{said}"
    );
    assert_eq!(diff(&[&format!("{a}[:, 0]"), &format!("{b}[:, 0]"), "--rtol", "1e-9"]).0, Some(0));
}

#[test]
fn diff_of_what_cannot_be_compared_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.npy");
    std::fs::write(&bad, b"no array").unwrap();
    for arguments in
        [["npy/grid.npy", "none.npy"], ["npy/grid.npy", bad.to_str().unwrap()], ["npy", "npy/grid.npy"]]
    {
        let (code, said, complaint) = diff(&arguments);
        assert_eq!((code, said.as_str()), (Some(2), ""), "{arguments:?}");
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
    }
    assert_eq!(failed(["diff", "--rtol", "-1", "a", "b"]).0, Some(2));
    assert_eq!(failed(["diff", "a", "b", "c"]).0, Some(2));
}

#[test]
fn diff_of_archives_and_directories_compares_each_part() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for side in ["one/in", "two/in"] {
        std::fs::create_dir_all(at(side)).unwrap();
    }
    numio::savez(at("one/a.npz"), [("x", vec![1, 2]), ("y", vec![3]), ("z", vec![4])]).unwrap();
    numio::savez_compressed(at("two/a.npz"), [("y", vec![3]), ("x", vec![1, 5]), ("w", vec![4])]).unwrap();
    numio::save(at("one/in/same.npy"), &vec![1.5]).unwrap();
    numio::save(at("two/in/same.npy"), &vec![1.5]).unwrap();
    numio::save(at("one/only.npy"), &vec![1.5]).unwrap();
    std::fs::write(at("one/text.csv"), "1,2").unwrap();
    std::fs::write(at("two/text.csv"), "1,3").unwrap();
    let [one, two] = ["one", "two"].map(|name| at(name).to_str().unwrap().to_owned());
    let output = numio(["diff", "--json", &one, &two]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["only_in_a"], serde_json::json!(["only.npy", "a.npz:z"]));
    assert_eq!(said["only_in_b"], serde_json::json!(["a.npz:w"]));
    let pairs: Vec<(&str, bool)> = said["pairs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair["name"].as_str().unwrap(), pair["equal"].as_bool().unwrap()))
        .collect();
    assert_eq!(pairs, [("a.npz:x", false), ("a.npz:y", true), ("in/same.npy", true), ("text.csv", false)]);
    let text = diff(&[&one, &two]).1;
    assert!(
        text.contains(&format!("only in {one}: only.npy\n")) && text.contains("a.npz:x: differ"),
        "{text}"
    );
    // One member that cannot be read keeps no other from being compared.
    let mut bytes = std::fs::read(at("one/a.npz")).unwrap();
    let start = bytes
        .windows(8)
        .position(|window| window == 2_i64.to_le_bytes() || window[..4] == 2_i32.to_le_bytes())
        .unwrap();
    bytes[start] = 9;
    std::fs::write(at("bad.npz"), bytes).unwrap();
    let (code, _, complaint) = diff(&[at("one/a.npz").to_str().unwrap(), at("bad.npz").to_str().unwrap()]);
    assert!(code == Some(2) && complaint.contains("member x.npy"), "{complaint}");
}

#[test]
fn diff_of_large_files_takes_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.npy", "b.npy"].map(|name| folder.path().join(name));
    let mut values = vec![0.25_f64; 64 << 20 >> 3];
    numio::save(&a, &values).unwrap();
    *values.last_mut().unwrap() = 1.0;
    numio::save(&b, &values).unwrap();
    // Less than either file.
    #[cfg(target_os = "linux")]
    {
        let verbs = [format!("diff {} {}", a.display(), b.display()), format!("stats {}", a.display())];
        for (verb, code) in verbs.into_iter().zip([1, 0]) {
            let line = format!("ulimit -v 120000; exec \"$0\" --threads 1 {verb}");
            let output =
                Command::new("sh").args(["-c", &line, env!("CARGO_BIN_EXE_numio")]).output().unwrap();
            assert_eq!(output.status.code(), Some(code), "{verb}: {output:?}");
        }
    }
}

#[test]
fn diff_as_gits_driver_shows_arrays() {
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let bin = Path::new(env!("CARGO_BIN_EXE_numio")).parent().unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let mut git = Command::new("git");
        git.args([
            "-c",
            "user.name=n",
            "-c",
            "user.email=n@example.org",
            "-c",
            "diff.numio.command=numio diff",
        ]);
        git.args(arguments).current_dir(folder.path()).env("PATH", path).env("GIT_PAGER", "cat").output()
    };
    let Ok(output) = git(&["init", "--quiet"]) else {
        eprintln!("skipped: there is no git");
        return;
    };
    assert!(output.status.success(), "{output:?}");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at(".gitattributes"), "*.npy diff=numio\n").unwrap();
    numio::save(at("x.npy"), &vec![1.0, 2.0, 3.0]).unwrap();
    numio::save(at("same.npy"), &vec![1.0]).unwrap();
    for arguments in [&["add", "."][..], &["commit", "--quiet", "-m", "first"]] {
        let output = git(arguments).unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    numio::save(at("x.npy"), &vec![1.0, 2.0, 4.0]).unwrap();
    numio::save(at("new.npy"), &vec![7_u8; 5]).unwrap();
    git(&["add", "new.npy"]).unwrap();
    let output = git(&["diff", "HEAD"]).unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said} {}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("numio diff a/x.npy b/x.npy\na/x.npy b/x.npy: differ\n"), "{said}");
    assert!(said.contains("  Mismatched elements: 1 / 3 (33.3%)\n"), "{said}");
    assert!(said.contains("numio diff a/new.npy b/new.npy\nnew file: uint8 (5,)\n"), "{said}");
    assert!(!said.contains("same.npy"), "{said}");
}

#[test]
fn diff_of_equal_arrays_prints_only_their_orders() {
    assert_eq!(printed(["diff", "npy/grid.npy", "npy/grid.npy"]), "");
    let folder = tempfile::tempdir().unwrap();
    let [c, f] = ["c.npy", "f.npy"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    // The same either way.
    let array = ndarray::array![[1, 2], [2, 4]];
    numio::save(&c, &array).unwrap();
    numio::save(&f, &numio::DynArray::from(array).t()).unwrap();
    let (code, said, _) = diff(&[&c, &f]);
    assert_eq!(code, Some(0));
    assert!(said.ends_with(": equal\n  order: C and F\n"), "{said}");
}
