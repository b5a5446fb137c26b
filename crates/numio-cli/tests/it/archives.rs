//! What the command does with archives: info, show, dis, verify, pack, unpack, repack.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{failed, piped, printed, testdata};
use crate::numpy;

/// A folder of archives and pickles that NumPy and Python wrote.
pub fn made() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    numpy::run("npz_make.py", &[folder.path()]);
    folder
}

fn at(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

/// What Python prints, given paths as `sys.argv[1:]`.
fn python(code: &str, arguments: &[&Path]) -> String {
    let output = Command::new(numpy::interpreter()).arg("-c").arg(code).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn info_of_an_archive_lists_its_members() {
    let folder = made();
    let rows: Vec<Value> = serde_json::from_str(&printed([
        "info",
        "--json",
        &at(&folder, "plain.npz"),
        &at(&folder, "packed.npz"),
    ]))
    .unwrap();
    let member = |row: usize, at: usize| &rows[row]["members"][at];
    assert_eq!(rows[0]["format"], "npz");
    assert_eq!(member(0, 0)["name"], "a.npy");
    assert_eq!(member(0, 0)["shape"], serde_json::json!([2, 3]));
    assert_eq!(member(0, 0)["dtype"], "int64");
    assert_eq!((&member(0, 0)["method"], &member(0, 0)["mappable"]), (&"stored".into(), &true.into()));
    assert_eq!(member(0, 1)["descr"], "'<U2'");
    assert_eq!((&member(1, 1)["method"], &member(1, 1)["mappable"]), (&"deflated".into(), &false.into()));
    assert_eq!(member(1, 1)["bytes"], 80_128);
    assert!(member(1, 1)["ratio"].as_f64().unwrap() < 0.1);
    let sizes = "import sys, zipfile
for info in zipfile.ZipFile(sys.argv[1]).infolist(): print(info.file_size, info.compress_size)";
    let known = python(sizes, &[&folder.path().join("packed.npz")]);
    let said = [0, 1].map(|at| format!("{} {}\n", member(1, at)["bytes"], member(1, at)["stored_bytes"]));
    assert_eq!(said.concat(), known);
    let table = printed(["info", &at(&folder, "plain.npz")]);
    assert!(table.lines().next().unwrap().contains("plain.npz: 2 members, "), "{table}");
    assert_eq!(table.lines().count(), 4, "{table}");
}

#[test]
fn show_of_a_member_takes_a_slice() {
    let folder = made();
    for (archive, rest, wanted) in [
        ("plain.npz", ":a", "[[0 1 2]\n [3 4 5]]\n"),
        ("plain.npz", ":a.npy[1, ::-1]", "[5 4 3]\n"),
        ("plain.npz", ":b[1]", "yy\n"),
        ("packed.npz", ":zeros", "[0. 0. 0. ... 0. 0. 0.]\n"),
    ] {
        assert_eq!(printed(["show", &format!("{}{rest}", at(&folder, archive))]), wanted, "{archive}{rest}");
    }
    let (code, complaint) = failed(["head", &at(&folder, "plain.npz")]);
    assert!(code == Some(2) && complaint.contains("an archive: name a member"), "{complaint}");
    let (code, complaint) = failed(["show", &format!("{}:none[0]", at(&folder, "plain.npz"))]);
    assert!(code == Some(1) && complaint.contains("none"), "{complaint}");
    let dis = printed(["dis", &format!("{}:o", at(&folder, "objects.npz"))]);
    assert!(dis.contains("STACK_GLOBAL"), "{dis}");
}

#[test]
fn verify_of_files_prints_a_line_for_each() {
    let folder = made();
    let objects = std::fs::read(folder.path().join("objects.npy")).unwrap();
    std::fs::write(folder.path().join("cut.npy"), &objects[..objects.len() - 3]).unwrap();
    let (code, _) = failed(["verify", &at(&folder, "cut.npy")]);
    assert_eq!(code, Some(1));
    let good = ["plain.npz", "packed.npz", "objects.npz", "objects.npy"].map(|name| at(&folder, name));
    let said = printed(["verify".to_owned()].iter().chain(&good));
    assert_eq!(said.lines().count(), 4);
    assert!(said.lines().all(|line| line.contains(": ok, ")), "{said}");
    let output =
        crate::command::numio(["verify", &at(&folder, "bad.npz"), "hostile/A7-half-data.npy", &good[0]])
            .output()
            .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].contains("bad.npz: bad: member a.npy: ") && lines[0].contains("CRC"), "{said}");
    assert!(lines[1].contains("bad: byte 143: "), "{said}");
    assert!(lines[2].contains(": ok, 2 members"), "{said}");
}

#[test]
fn verify_makes_checksums_right_where_it_is_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(&folder, "a.npz");
    numio::savez(&path, [("x", &[1_i64, 2, 3]), ("y", &[4, 5, 6])]).unwrap();
    // As after a process that wrote to the map of a member and was killed.
    let mut bytes = std::fs::read(&path).unwrap();
    let start = bytes.windows(8).position(|window| window == 2_i64.to_le_bytes()).unwrap();
    bytes[start] = 7;
    std::fs::write(&path, bytes).unwrap();
    let output = crate::command::numio(["verify", &path]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = printed(["verify", "--fix-crc", &path]);
    assert!(
        said.contains(": ok, 2 members") && said.ends_with("made the checksums right of x.npy\n"),
        "{said}"
    );
    let said = printed(["verify", &path]);
    assert!(!said.contains("checksum"), "{said}");
    assert_eq!(numio::NpzArchive::open(&path).unwrap().read::<Vec<i64>>("x").unwrap(), [1, 7, 3]);
}

#[test]
fn verify_of_a_pipe_reads_it_to_its_end() {
    let npy = std::fs::read(testdata().join("npy/123.npy")).unwrap();
    let objects = std::fs::read(testdata().join("npy/objects.npy")).unwrap();
    let folder = made();
    let npz = std::fs::read(folder.path().join("packed.npz")).unwrap();
    for (bytes, code, wanted) in [
        (&npy[..], 0, "-: ok, int64 (2, 3)\n"),
        (&npy[..170], 1, "-: bad: byte 170: the file ends here: expected 48 bytes of data, found 42\n"),
        (&objects, 0, "-: ok, object "),
        (&objects[..objects.len() - 1], 1, "-: bad: "),
        (&npz, 0, "-: ok, 2 members, "),
        (&npz[..200], 1, "-: bad: "),
    ] {
        let output = piped(&["verify", "-"], bytes);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.starts_with(wanted) && output.status.code() == Some(code), "{wanted}: {said}");
    }
}

#[test]
fn pack_of_files_is_read_by_numpy_and_unpacked_the_same() {
    let folder = made();
    let files = ["npy/123.npy", "npy/station.npy", "npy/objects.npy", "npy/fortran.npy"];
    let compare = "import sys, numpy as np
z = np.load(sys.argv[1], allow_pickle=True)
for name, path in [line.split('=') for line in sys.argv[2:]]:
    x, y = z[name], np.load(path, allow_pickle=True)
    assert x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes() or x.dtype == object, name
print(len(z.files))";
    for options in [&[][..], &["--compress", "deflate"], &["--compress", "deflate", "--level", "1"]] {
        let archive = at(&folder, "all.npz");
        let mut arguments = vec!["pack", "--force", &archive];
        arguments.extend(options);
        arguments.extend(&files[1..]);
        arguments.push("other=npy/123.npy");
        assert_eq!(printed(&arguments), "");
        let named =
            [("station", files[1]), ("objects", files[2]), ("fortran", files[3]), ("other", files[0])];
        let named = named.map(|(name, file)| format!("{name}={}", testdata().join(file).display()));
        let mut known: Vec<&Path> = vec![Path::new(&archive)];
        known.extend(named.iter().map(Path::new));
        assert_eq!(python(compare, &known), "4\n", "{options:?}");

        let out = tempfile::tempdir().unwrap();
        let directory = out.path().to_str().unwrap();
        printed(["unpack", &archive, "-d", directory]);
        for file in &files[1..] {
            let found = std::fs::read(out.path().join(Path::new(file).file_name().unwrap())).unwrap();
            assert_eq!(found, std::fs::read(testdata().join(file)).unwrap(), "{file}");
        }
        let (code, complaint) = failed(["unpack", &archive, "-d", directory]);
        assert!(code == Some(1) && complaint.contains("there already"), "{complaint}");
        printed(["unpack", "--force", &archive, "-d", directory, "other"]);
    }
    let (code, complaint) = failed(["pack", &at(&folder, "all.npz"), files[0]]);
    assert!(
        code == Some(1) && complaint.contains("all.npz: there already: --force replaces it"),
        "{complaint}"
    );
    let (code, _) = failed(["pack", "--level", "99", &at(&folder, "x.npz"), files[0]]);
    assert_eq!(code, Some(2));
    assert!(!folder.path().join("x.npz").exists());
}

#[test]
fn repack_in_any_compression_keeps_the_arrays() {
    let folder = made();
    let archive = at(&folder, "packed.npz");
    let sum = "import sys, numpy as np
z = np.load(sys.argv[1]); print({name: (z[name].shape, z[name].sum()) for name in z.files})";
    let before = python(sum, &[Path::new(&archive)]);
    printed(["repack", &archive]);
    assert!(printed(["info", &archive]).lines().skip(2).all(|line| line.contains("stored")));
    assert_eq!(python(sum, &[Path::new(&archive)]), before);
    let small = at(&folder, "small.npz");
    printed(["repack", "--compress", "deflate", &archive, "-o", &small]);
    let (code, complaint) = failed(["repack", &archive, "-o", &small]);
    assert!(code == Some(1) && complaint.contains("there already"), "{complaint}");
    assert!(printed(["info", &small]).contains("deflated"));
    assert_eq!(python(sum, &[Path::new(&small)]), before);
}

#[test]
fn unpack_of_names_that_lead_elsewhere_stays_in_its_directory() {
    let folder = made();
    let out = folder.path().join("out");
    let (code, complaint) = failed(["unpack", &at(&folder, "escapes.npz"), "-d", out.to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(
        complaint.contains("member ../out.npy: its name leads out of the directory: skipped"),
        "{complaint}"
    );
    assert!(!folder.path().join("out.npy").exists());
}

#[cfg(unix)]
#[test]
fn unpack_of_a_damaged_archive_writes_what_it_can() {
    let folder = made();
    let names = ["dense/kernel:0.npy", "dense/", "/abs.npy", "a/../../b.npy", "plain.txt", "..", "con.npy"];
    let code = "import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as archive:
    for name in sys.argv[2:]: archive.writestr(name, b'' if name.endswith('/') else name.encode())";
    let archive = at(&folder, "odd.npz");
    let arguments: Vec<&Path> = [Path::new(&archive)].into_iter().chain(names.map(Path::new)).collect();
    python(code, &arguments);
    let out = folder.path().join("odd");
    let (code, complaint) = failed(["unpack", &archive, "-d", out.to_str().unwrap()]);
    assert_eq!(code, Some(1), "{complaint}");
    for name in ["dense/kernel:0.npy", "plain.txt", "con.npy"] {
        assert_eq!(std::fs::read_to_string(out.join(name)).unwrap(), name);
    }
    for name in ["/abs.npy", "a/../../b.npy", ".."] {
        assert!(
            complaint.contains(&format!("member {name}: its name leads out of the directory")),
            "{complaint}"
        );
    }
    assert_eq!(complaint.lines().count(), 3, "{complaint}");
    // One that was asked for is no exception.
    let (code, complaint) =
        failed(["unpack", "--force", &archive, "-d", out.to_str().unwrap(), "..", "plain.txt"]);
    assert!(code == Some(1) && complaint.lines().count() == 1, "{complaint}");
}

#[test]
fn unpack_of_a_name_that_is_none_says_how_a_directory_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let archive = at(&folder, "all.npz");
    printed(["pack", &archive, "npy/123.npy"]);
    let (code, complaint) = failed(["unpack", &archive, "out"]);
    assert_eq!(code, Some(1));
    let wanted = "out is not a file in the archive: -d names the directory to write to";
    assert_eq!(complaint, format!("numio: {archive}: {wanted}\n"));
}

#[test]
fn empty_archive_is_called_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.npz");
    std::fs::write(&path, [&b"PK\x05\x06"[..], &[0; 18]].concat()).unwrap();
    let (code, complaint) = failed(["dis", path.to_str().unwrap()]);
    assert!(code == Some(1) && complaint.contains("an archive without members"), "{complaint}");
    assert!(printed(["info", path.to_str().unwrap()]).contains("0 members"));
    assert!(printed(["audit", path.to_str().unwrap()]).contains("data only"));
}

#[test]
fn advice_in_messages_names_options_that_exist() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.npy");
    let header = format!("{:<19989}\n", "{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }");
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    std::fs::write(&path, [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &[1, 0, 0, 0]].concat())
        .unwrap();
    for verb in ["info", "verify", "show"] {
        let output = crate::command::numio([verb, path.to_str().unwrap()]).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(said.contains("--max-header-size") && !said.contains("allow_pickle"), "{said}");
        printed([verb, "--max-header-size", "30000", path.to_str().unwrap()]);
    }
}
