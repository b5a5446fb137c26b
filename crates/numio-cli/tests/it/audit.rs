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
fn audit_of_data_calls_it_data() {
    let folder = made();
    for name in
        ["data.pkl", "numpy.pkl", "numpy5.pkl", "masked.pkl", "plain.npz", "objects.npy", "objects.npz"]
    {
        let (code, rows) = audit(&folder, &[], name);
        assert_eq!((code, &rows[0]["verdict"]), (Some(0), &"data only".into()), "{name}: {rows:?}");
    }
}

#[test]
fn audit_finds_harm_in_every_container() {
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
fn audit_of_a_directory_looks_at_every_file() {
    let folder = made();
    let output = numio(["audit"]).arg(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    let verdict =
        |name: &str| said.lines().find(|line| line.contains(&format!("/{name}: "))).map(str::to_owned);
    assert!(verdict("data.pkl").unwrap().ends_with(": data only"), "{said}");
    assert!(verdict("harm.npz").unwrap().ends_with(": dangerous"), "{said}");
    assert!(verdict("text.md").unwrap().ends_with(": skipped, neither array, archive nor pickle"), "{said}");
    assert!(said.ends_with("1 file skipped\n"), "{said}");
    assert!(said.contains("calls posix.system: runs commands of the operating system"), "{said}");
}

#[test]
fn audit_of_what_cannot_be_read_fails() {
    let output = numio(["audit", "none.pkl", "hostile/A38-shape-true.npy"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("none.pkl: needs trust\n  unreadable   No such file"), "{said}");
    assert!(said.contains("byte 60: header key 'shape'"), "{said}");
}

#[test]
fn audit_of_members_that_are_cut_short_lists_them() {
    for name in ["Z17-tebibyte-inside.npz", "Z18-tebibyte-inside-deflated.npz"] {
        let output = numio(["audit", "--json", &format!("hostile/{name}")]).output().unwrap();
        let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (output.status.code(), &rows[0]["verdict"]),
            (Some(1), &"needs trust".into()),
            "{name}: {rows:?}"
        );
    }
}

/// Every file is looked at by what is in it; nothing is left out without a word.
#[cfg(unix)]
#[test]
fn audit_of_devices_and_links_lists_them() {
    let folder = made();
    let tree = tempfile::tempdir().unwrap();
    let at = |name: &str| tree.path().join(name);
    let code = r#"
import bz2, gzip, io, lzma, os, pathlib, pickle, struct, sys, zipfile, zlib
import numpy as np
folder = pathlib.Path(sys.argv[1])
class Harm:
    def __reduce__(self):
        return os.system, ("true",)
harm = pickle.dumps(Harm())
(folder / "README").write_bytes(b"cos\nsystem\n(S'true'\ntR and so on")
(folder / "weights.bin").write_bytes(harm)
(folder / "a.gz").write_bytes(gzip.compress(harm))
(folder / "a.z").write_bytes(zlib.compress(harm))
(folder / "a.bz2").write_bytes(bz2.compress(harm))
(folder / "a.xz").write_bytes(lzma.compress(harm))
(folder / "a.lzma").write_bytes(lzma.compress(harm, lzma.FORMAT_ALONE))
(folder / "twice").write_bytes(gzip.compress(zlib.compress(harm)))
(folder / "blob").write_bytes(pickle.dumps({"blob": gzip.compress(harm)}))
with zipfile.ZipFile(folder / "member.zip", "w") as archive:
    archive.writestr("x/data", gzip.compress(harm))
import joblib
joblib.dump([np.arange(1000), Harm()], folder / "model")
joblib.dump([np.arange(1000), np.array([Harm()], dtype=object)], folder / "objects")
joblib.dump([np.arange(1000), Harm()], folder / "model.gz", compress=3)
joblib.dump({"a": np.arange(1000.0), "b": np.ones((3, 4), "f4", order="F"), "c": "x"}, folder / "plain.joblib")
buffer = io.BytesIO()
np.save(buffer, np.arange(4))
with zipfile.ZipFile(folder / "behind.npz", "w") as archive:
    archive.writestr("a.npy", buffer.getvalue() + harm)
for name, flag, method in [("encrypted", 1, 0), ("patched", 32, 0), ("unknown", 0, 97)]:
    with zipfile.ZipFile(folder / f"{name}.npz", "w") as archive:
        archive.writestr("o.npy", b"N.")
    raw = bytearray((folder / f"{name}.npz").read_bytes())
    central = raw.index(b"PK\x01\x02")
    raw[6:8] = raw[central + 8 : central + 10] = struct.pack("<H", flag)
    raw[8:10] = raw[central + 10 : central + 12] = struct.pack("<H", method)
    (folder / f"{name}.npz").write_bytes(raw)
with zipfile.ZipFile(folder / "crc.npz", "w") as archive:
    archive.writestr("o.pkl", harm)
raw = bytearray((folder / "crc.npz").read_bytes())
raw[raw.index(b"true")] ^= 1
(folder / "crc.npz").write_bytes(raw)
for name, method in [("stored", 0), ("deflated", 8)]:
    with zipfile.ZipFile(folder / f"{name}.npz", "w", method) as archive:
        archive.writestr("o.npy", buffer.getvalue())
    raw = bytearray((folder / f"{name}.npz").read_bytes())
    central = raw.index(b"PK\x01\x02")
    raw[14] ^= 1
    raw[central + 16] ^= 1
    (folder / f"{name}.npz").write_bytes(raw)
    try:
        np.load(folder / f"{name}.npz")["o"]
        raise SystemExit("NumPy reads it")
    except zipfile.BadZipFile:
        pass
for name, method in [("denied-stored", 0), ("denied-deflated", 8)]:
    # Its directory says that it is empty.
    with zipfile.ZipFile(folder / f"{name}.npz", "w", method) as archive:
        archive.writestr("o.pkl", harm)
    raw = bytearray((folder / f"{name}.npz").read_bytes())
    central = raw.index(b"PK\x01\x02")
    raw[22:26] = raw[central + 24 : central + 28] = bytes(4)
    (folder / f"{name}.npz").write_bytes(raw)
with zipfile.ZipFile(folder / "empty.npz", "w", 8) as archive:
    archive.writestr("o.pkl", b"")
    archive.writestr("folder/", b"")
(folder / "model.lz4").write_bytes(b"\x04\x22\x4d\x18" + harm)
(folder / "notes.txt").write_text("classes of interest\nand more\nimport os\n")
(folder / "flags.txt").write_text("LONG_FLAG: int\nFOUND_ROWS: int\nRESERVED: int\n")
"#;
    let output = std::process::Command::new(crate::numpy::interpreter())
        .args(["-c", code])
        .arg(tree.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::os::unix::fs::symlink(folder.path().join("harm.pkl"), at("link")).unwrap();
    std::os::unix::fs::symlink(folder.path(), at("tree")).unwrap();
    std::os::unix::fs::symlink("nowhere", at("broken")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    let output = numio(["audit", "--json", "--fail-on", "dangerous"]).arg(tree.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let row = |name: &str| {
        let wanted = at(name).display().to_string();
        rows.iter().find(|row| row["file"] == wanted.as_str()).unwrap_or_else(|| panic!("no {name}"))
    };
    for name in [
        "README",
        "weights.bin",
        "a.gz",
        "a.z",
        "a.bz2",
        "a.xz",
        "a.lzma",
        "twice",
        "blob",
        "member.zip",
        "model",
        "objects",
        "model.gz",
        "behind.npz",
        "link",
    ] {
        assert_eq!(row(name)["verdict"], "dangerous", "{name}: {}", row(name));
    }
    for name in [
        "encrypted.npz",
        "patched.npz",
        "unknown.npz",
        "crc.npz",
        "stored.npz",
        "deflated.npz",
        "denied-stored.npz",
        "denied-deflated.npz",
    ] {
        assert_eq!(row(name)["verdict"], "needs trust", "{name}: {}", row(name));
        let errors = row(name)["errors"].as_array().unwrap();
        assert!(
            errors.len() == 1 && errors[0].as_str().unwrap().starts_with("member o."),
            "{name}: {errors:?}"
        );
    }
    assert_eq!(row("model.lz4")["verdict"], "needs trust");
    let why = "compressed by lz4, which numio does not open: not looked into";
    assert_eq!(row("model.lz4")["errors"][0], why);
    for name in ["plain.joblib", "empty.npz"] {
        assert_eq!(row(name)["verdict"], "data only", "{}", row(name));
        assert_eq!(row(name)["errors"].as_array().map(Vec::len), Some(0), "{}", row(name));
    }
    for (name, why) in [
        ("notes.txt", "neither array, archive nor pickle"),
        ("flags.txt", "neither array, archive nor pickle"),
        ("tree", "a link to a directory"),
        ("broken", "a link to nothing"),
        ("socket", "no regular file"),
    ] {
        assert_eq!(row(name)["verdict"], "skipped", "{name}");
        assert_eq!(row(name)["errors"][0], why, "{name}");
    }
    assert_eq!(rows.len(), std::fs::read_dir(tree.path()).unwrap().count());
}

/// A small file that unpacks to much, level within level, is not followed without end.
#[cfg(target_os = "linux")]
#[test]
fn audit_of_nested_archives_costs_no_more_than_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let code = r#"
import gzip, io, pathlib, pickle, sys, zipfile
folder = pathlib.Path(sys.argv[1])
def archive(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in members:
            file.writestr(name, data)
    return out.getvalue()
bomb = archive([(f"{n}.pkl", bytes([128, 4]) + b"]" * (8 << 20)) for n in range(2)])
for level in range(4):
    bomb = archive([(f"{n}.npz", bomb) for n in range(6)])
(folder / "archives.npz").write_bytes(bomb)
inner = pickle.dumps(b"x" * 100_000)
for level in range(7):
    inner = pickle.dumps([inner] * 1)
(folder / "pickles.pkl").write_bytes(inner)
zeros = bytes([128, 4]) + b"N0" * (16 << 20)
(folder / "zeros.gz").write_bytes(gzip.compress(zeros, 1))
(folder / "twice.gz").write_bytes(gzip.compress(gzip.compress(zeros, 1)))
"#;
    let output = std::process::Command::new(crate::numpy::interpreter())
        .args(["-c", code])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap().path();
        let size = file.metadata().unwrap().len();
        let most = 220 + 64 * (size >> 20);
        let line = format!("ulimit -v {}; exec \"$0\" audit \"$1\"", most << 10);
        let start = std::time::Instant::now();
        let mut shell = std::process::Command::new("sh");
        let output = shell.args(["-c", &line, env!("CARGO_BIN_EXE_numio")]).arg(&file).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.code().is_some() && !said.contains("memory"), "{file:?}, {size} bytes: {said}");
        assert!(start.elapsed() < std::time::Duration::from_secs(60), "{file:?}: {:?}", start.elapsed());
    }
}
