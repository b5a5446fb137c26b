//! `numio convert` with archives, large files and files that are there already.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::command::{failed, piped, printed, testdata};
use crate::convert::{path, python};

#[test]
fn convert_of_members_reads_and_adds_them() {
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

/// A file of a gigabyte that takes no space on the disk, and the pages of it that are in memory after a slice was shown.
#[test]
#[cfg(target_os = "linux")]
fn a_strided_slice_reads_the_pages_that_it_prints() {
    let folder = tempfile::tempdir().unwrap();
    let huge = path(&folder, "huge.npy");
    let known = python(
        "import ctypes, mmap, subprocess, sys
import numpy as np
path, numio = sys.argv[1], sys.argv[2]
shape = (1_000_000, 128)
with open(path, 'wb') as file:
    np.lib.format.write_array_header_1_0(file, {'descr': '<f8', 'fortran_order': False, 'shape': shape})
    start = file.tell()
    file.seek(start + 8 * (128 * 5000 + 3))
    file.write(np.float64(1.5).tobytes())
    file.truncate(start + 8 * shape[0] * shape[1])
def resident():
    array = np.memmap(path, np.uint8, 'r')
    pages = -(-array.size // mmap.PAGESIZE)
    found = (ctypes.c_ubyte * pages)()
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.mincore(ctypes.c_void_p(array.ctypes.data), ctypes.c_size_t(array.size), found) == 0, ctypes.get_errno()
    return sum(byte & 1 for byte in found)
before = resident()
said = subprocess.run([numio, 'show', path + '[:1000000:1000,3]'], check=True, capture_output=True, text=True).stdout
wanted = np.zeros(1000)
wanted[5] = 1.5
assert said == str(wanted) + '\\n', said
read = resident() - before
assert read <= 1100, read
print('well')",
        &[Path::new(&huge), Path::new(env!("CARGO_BIN_EXE_numio"))],
    );
    assert_eq!(known, "well\n");
}

#[test]
fn a_member_is_replaced_by_force_and_the_others_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let archive = path(&folder, "all.npz");
    printed(["convert", "npy/grid.npy", &archive]);
    printed(["convert", "--compress", "deflate", "npy/123.npy", &format!("{archive}:x")]);
    printed(["convert", "npy/123.npy", &format!("{archive}:y")]);
    let member = format!("{archive}:x");
    printed(["convert", "--force", "--dtype", "f4", "npy/123.npy[0]", &member]);
    // One that is not there is added, and so is an archive.
    printed(["convert", "-f", "npy/days.npy", &format!("{archive}:when")]);
    printed(["convert", "-f", "npy/days.npy", &format!("{}:when", path(&folder, "new.npz"))]);
    let known = python(
        "import sys, numpy as np
z, path = np.load(sys.argv[1]), sys.argv[2]
assert sorted(z.files) == ['grid', 'when', 'x', 'y'] and len(z.files) == 4, z.files
assert (z['grid'] == np.load(path + '/grid.npy')).all() and (z['y'] == np.load(path + '/123.npy')).all()
assert z['x'].dtype == 'f4' and z['x'].tolist() == np.load(path + '/123.npy')[0].tolist()
assert np.array_equal(z['when'], np.load(path + '/days.npy'), equal_nan=True)
print('well')",
        &[Path::new(&archive), &testdata().join("npy")],
    );
    assert_eq!(known, "well\n");
    assert!(printed(["verify", &archive]).starts_with(&format!("{archive}: ok, 4 members, ")));
    // A conversion that fails leaves the archive as it was.
    let before = fs::read(&archive).unwrap();
    let bad = path(&folder, "bad.csv");
    fs::write(&bad, "1,2\n3,x\n").unwrap();
    assert_eq!(failed(["convert", "-f", &bad, &member]).0, Some(1));
    assert_eq!(fs::read(&archive).unwrap(), before);
}

#[test]
fn convert_over_a_file_keeps_it_until_the_new_one_is_whole() {
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
            complaint.contains("bad.csv: line 2, column 2: could not convert \"x\" to float64: "),
            "{complaint}"
        );
        assert_eq!(fs::read(&out).unwrap(), b"old", "{suffix}");
        printed(["convert", "--force", "npy/123.npy", &out]);
        assert_ne!(fs::read(&out).unwrap(), b"old");
        fs::remove_file(bad).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::remove_file(&out).unwrap();
    }
    // The first bytes of a file whose name says nothing are a reason for better advice.
    for (name, bytes, words) in [
        ("x.pkl", &b"\x80\x04N."[..], "x.pkl: a pickle, and no array: `numio show --json` prints it"),
        (
            "x.data",
            &fs::read(testdata().join("npy/123.npy")).unwrap(),
            "x.data: the name tells no format: add --from npy",
        ),
        ("x.zip", b"PK\x05\x06", "x.zip: the name tells no format: add --from npz"),
        ("x.log", b"1 2\n", "x.log: the name tells no format: add --from\n"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let (code, complaint) = failed(["convert", path.to_str().unwrap(), "x.npy"]);
        assert_eq!(code, Some(2), "{complaint}");
        assert!(complaint.contains(words), "{complaint}");
    }
    for (arguments, words) in [
        (&["npy/123.npy", "x"][..], "the name tells no format: add --to"),
        (&["-", "x.npy"], "the name tells no format: add --from"),
        (&["npy/123.npy", "x.npy.gz"], "only text is compressed as a whole"),
        (&["--compress", "deflate", "npy/123.npy", "x.npy"], "--compress is for members of .npz"),
        (&["--dtype", "nonsense", "npy/123.npy", "x.npy"], "--dtype: "),
    ] {
        let (code, complaint) = failed([&["convert"], arguments].concat());
        assert!(code == Some(2) && complaint.contains(words), "{complaint}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn convert_of_files_larger_than_memory_works() {
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
    // Stored: zeros deflate to less than a hundredth, which `info` takes for an attack.
    run(&text, &back, "--dtype i8");
    let said = printed(["info", &back]);
    assert!(said.contains("(10000000, 3)") && said.contains("int64"), "{said}");
}

#[test]
fn convert_reports_progress_where_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (csv, npy) = (path(&folder, "a.csv"), path(&folder, "a.npy"));
    fs::write(&csv, "1,2\n".repeat(100_000)).unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_numio")).args(arguments).output().unwrap();
        assert!(output.status.success() && output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    let said = run(&["convert", "--progress", &csv, &npy]);
    let last = said.lines().last().unwrap();
    assert!(last.contains("400000 of 400000 bytes, ") && last.ends_with(" MB/s"), "{said}");
    // Nobody else is told, for this is no terminal.
    assert_eq!(run(&["convert", "-f", &csv, &npy]), "");
}
