//! `numio audit`.

use serde_json::Value;
use tempfile::TempDir;

use crate::archives::made;
use crate::command::numio;

/// Exit code and rows for a file of those that [`made`] makes.
fn audit(folder: &TempDir, options: &[&str], name: &str) -> (Option<i32>, Vec<Value>) {
    let path = folder.path().join(name);
    let output = numio(["audit", "--json"]).args(options).arg(path).output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn data_is_data() {
    let folder = made();
    for name in
        ["data.pkl", "numpy.pkl", "numpy5.pkl", "masked.pkl", "plain.npz", "objects.npy", "objects.npz"]
    {
        let (code, rows) = audit(&folder, &[], name);
        assert_eq!((code, &rows[0]["verdict"]), (Some(0), &"data only".into()), "{name}: {rows:?}");
    }
}

#[test]
fn harm_is_found_wherever_it_hides() {
    let folder = made();
    for (name, member) in [
        ("harm.pkl", None),
        ("memoised.pkl", None),
        ("second.pkl", None),
        ("broken.pkl", None),
        ("garbage.pkl", None),
        ("skipped.pkl", None),
        ("harm.npy", None),
        ("record.npy", None),
        ("behind.npy", None),
        ("tail.npz", None),
        ("harm.npz", Some("o.npy")),
        ("nested.npz", Some("inner.npz/o.npy")),
        ("model.pt", Some("model/data.pkl")),
        ("bytes.pkl", Some("bytes at")),
        ("bytes2.pkl", Some("bytes at")),
        ("bytes0.pkl", Some("bytes at")),
        ("bytearray.pkl", Some("bytes at")),
        ("archive.pkl", Some("bytes at")),
    ] {
        let (code, rows) = audit(&folder, &["--fail-on", "dangerous"], name);
        assert_eq!((code, &rows[0]["verdict"]), (Some(1), &"dangerous".into()), "{name}: {rows:?}");
        let findings = rows[0]["findings"].as_array().unwrap();
        let is_call = |finding: &&Value| finding["act"] == "calls" && finding["verdict"] == "dangerous";
        let found = findings.iter().filter(is_call).any(|call| {
            let is_there = match (call.get("member").and_then(Value::as_str), member) {
                (Some(found), Some(wanted)) => found.starts_with(wanted),
                (found, wanted) => found == wanted,
            };
            is_there && call["name"].as_str().unwrap().ends_with(".system")
        });
        assert!(found, "{name}: {findings:?}");
    }
}

#[test]
fn directories_are_looked_through() {
    let folder = made();
    let output = numio(["audit"]).arg(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    let verdict =
        |name: &str| said.lines().find(|line| line.contains(&format!("/{name}: "))).map(str::to_owned);
    assert!(verdict("data.pkl").unwrap().ends_with(": data only"), "{said}");
    assert!(verdict("harm.npz").unwrap().ends_with(": dangerous"), "{said}");
    assert_eq!(verdict("text.md"), None);
    assert!(said.contains("calls posix.system: runs commands of the operating system"), "{said}");
}

#[test]
fn what_cannot_be_read_is_not_data() {
    let output = numio(["audit", "none.pkl", "hostile/A38-shape-true.npy"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("none.pkl: needs trust\n  unreadable   No such file"), "{said}");
    assert!(said.contains("byte 60: header key 'shape'"), "{said}");
}
