//! Who can read what was saved, and files that cannot be replaced.

#![cfg(target_os = "linux")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use ndarray::array;
use numio::npy;
use numio::npz::NpzWriter;
use numio::text::SaveTxt;
use rustix::fs::{XattrFlags, getxattr, listxattr, setxattr};

use crate::writers::{TIGHT, make_map, names};

/// Everything that replaces a file, by name.
#[allow(clippy::type_complexity, reason = "a table of functions")]
const WRITERS: [(&str, fn(&Path)); 6] = [
    ("a.npy", |path| numio::save(path, &[7]).unwrap()),
    ("b.npz", |path| numio::savez(path, [("a", &[7])]).unwrap()),
    ("c.npz", |path| {
        let mut writer = NpzWriter::append(path).unwrap();
        writer.add("new", &[7]).unwrap();
        writer.finish().unwrap();
    }),
    ("d.npy", |path| npy::append(path, &array![[7, 7]]).unwrap()),
    ("e.txt", |path| SaveTxt::new().save(path, &[7]).unwrap()),
    ("f.npy", make_map),
];

/// What each writer finds.
fn prepare(path: &Path) {
    match path.extension() {
        Some(suffix) if suffix == "npz" => numio::savez(path, [("old", &[1])]).unwrap(),
        // A header without space, so that an append has to replace the file.
        _ => fs::write(path, TIGHT).unwrap(),
    }
}

/// An access control list as the system stores it: the owner, one named user, and a group that is denied.
fn access_list() -> Vec<u8> {
    let mut list = 2_u32.to_le_bytes().to_vec();
    let everyone = u32::MAX;
    for (tag, allowed, id) in
        [(1_u16, 6_u16, everyone), (2, 6, 12345), (4, 0, everyone), (16, 6, everyone), (32, 0, everyone)]
    {
        list.extend([tag.to_le_bytes(), allowed.to_le_bytes()].concat());
        list.extend(id.to_le_bytes());
    }
    list
}

const ACCESS: &str = "system.posix_acl_access";
const DEFAULT: &str = "system.posix_acl_default";

fn attributes(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut list = vec![0; 4096];
    let len = listxattr(path, &mut list[..]).unwrap();
    let names = list[..len].split(|&byte| byte == 0).filter(|name| !name.is_empty());
    let value = |name: &[u8]| {
        let mut value = vec![0; 4096];
        let len = getxattr(path, name, &mut value[..]).unwrap();
        value.truncate(len);
        value
    };
    let mut all: Vec<_> =
        names.map(|name| (String::from_utf8(name.to_vec()).unwrap(), value(name))).collect();
    all.sort();
    all
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

#[test]
fn save_over_a_file_carries_its_access_over() {
    let dir = tempfile::tempdir().unwrap();
    for (name, write) in WRITERS {
        let path = dir.path().join(name);
        prepare(&path);
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        if setxattr(&path, ACCESS, &access_list(), XattrFlags::empty()).is_err() {
            eprintln!("skipped: the file system of {} has no access control lists", dir.path().display());
            return;
        }
        setxattr(&path, "user.origin", b"sensor 7", XattrFlags::empty()).unwrap();
        if is_root() {
            chown(&path, Some(4321), Some(4444)).unwrap();
        }
        let (before, wanted) = (fs::metadata(&path).unwrap(), attributes(&path));
        assert!(wanted.len() >= 2, "{wanted:?}");
        write(&path);
        let after = fs::metadata(&path).unwrap();
        assert_ne!(after.ino(), before.ino(), "{name}");
        assert_eq!(
            (after.mode(), after.uid(), after.gid()),
            (before.mode(), before.uid(), before.gid()),
            "{name}"
        );
        assert_eq!(attributes(&path), wanted, "{name}");
    }
}

#[test]
fn defaults_of_the_directory_do_not_widen_what_was_there() {
    let dir = tempfile::tempdir().unwrap();
    if setxattr(dir.path(), DEFAULT, &access_list(), XattrFlags::empty()).is_err() {
        eprintln!("skipped: the file system of {} has no access control lists", dir.path().display());
        return;
    }
    for (name, write) in WRITERS {
        let path = dir.path().join(name);
        prepare(&path);
        // New files have the directory's list, as with any program.
        assert!(attributes(&path).iter().any(|(name, _)| name == ACCESS), "{name}");
        rustix::fs::removexattr(&path, ACCESS).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        write(&path);
        assert!(!attributes(&path).iter().any(|(name, _)| name == ACCESS), "{name}");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o640, "{name}");
    }
}

#[test]
fn other_hard_links_keep_the_old_contents() {
    let dir = tempfile::tempdir().unwrap();
    let [path, link] = ["a.npy", "link.npy"].map(|name| dir.path().join(name));
    numio::save(&path, &[1]).unwrap();
    fs::hard_link(&path, &link).unwrap();
    numio::save(&path, &[2]).unwrap();
    assert_eq!(numio::read_npy::<Vec<i32>>(&path).unwrap(), [2]);
    assert_eq!(numio::read_npy::<Vec<i32>>(&link).unwrap(), [1]);
}

/// Runs every writer as the user `nobody` in a new directory, which `arrange` makes what it is to be, and checks that it has
/// overwritten each file where it was.
fn overwritten_by_nobody(arrange: fn(&Path)) {
    if !is_root() {
        eprintln!("skipped: only root can become another user");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    let paths = WRITERS.map(|(name, _)| data.join(name));
    for path in &paths {
        prepare(path);
        fs::set_permissions(path, Permissions::from_mode(0o666)).unwrap();
    }
    arrange(&data);
    let before = paths.each_ref().map(|path| fs::metadata(path).unwrap());
    let program = std::env::current_exe().unwrap();
    // The directories that lead to the program may be closed to others. Another process copies it: a child that a test beside
    // this one starts meanwhile would have the copy open for writing until its `exec`, and no such file runs (`ETXTBSY`).
    let copy = dir.path().join("program");
    assert!(Command::new("cp").args([&program, &copy]).status().unwrap().success());
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&copy);
    child(&mut command, &data);
    check_overwritten(&data, &paths, &before);
}

fn child(command: &mut Command, data: &Path) {
    let arguments = ["--exact", "access::child_writes", "--ignored", "--nocapture"];
    let output = command.args(arguments).env("NUMIO_TEST_PATH", data).output().unwrap();
    let printed =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
}

fn check_overwritten(data: &Path, paths: &[PathBuf], before: &[fs::Metadata]) {
    for (path, before) in paths.iter().zip(before) {
        let after = fs::metadata(path).unwrap();
        assert_eq!(
            (after.ino(), after.mode(), after.uid()),
            (before.ino(), before.mode(), before.uid()),
            "{path:?}"
        );
    }
    assert_eq!(names(data), WRITERS.map(|(name, _)| name));
    let read = |at: usize| numio::load(&paths[at]).unwrap();
    let ints = |at: usize| read(at).into_array().unwrap().to_array::<i32, ndarray::IxDyn>().unwrap();
    assert_eq!(ints(0), array![7].into_dyn());
    assert_eq!(read(1).into_npz().unwrap().names().collect::<Vec<_>>(), ["a"]);
    assert_eq!(read(2).into_npz().unwrap().names().collect::<Vec<_>>(), ["old", "new"]);
    assert_eq!(ints(3), array![[1, 2], [7, 7]].into_dyn());
    assert_eq!(fs::read_to_string(&paths[4]).unwrap(), "7.000000000000000000e+00\n");
    assert_eq!(ints(5), array![0, 0, 0].into_dyn());
}

#[test]
#[ignore = "run by the tests of files that cannot be replaced"]
fn child_writes() {
    let data = PathBuf::from(std::env::var_os("NUMIO_TEST_PATH").unwrap());
    for (name, write) in WRITERS {
        write(&data.join(name));
    }
}

#[test]
fn files_in_a_directory_that_takes_no_new_ones_are_overwritten() {
    overwritten_by_nobody(|data| fs::set_permissions(data, Permissions::from_mode(0o755)).unwrap());
}

#[test]
fn files_of_others_in_a_sticky_directory_are_overwritten() {
    overwritten_by_nobody(|data| fs::set_permissions(data, Permissions::from_mode(0o1777)).unwrap());
}

#[test]
fn files_of_others_are_overwritten_and_stay_theirs() {
    overwritten_by_nobody(|data| fs::set_permissions(data, Permissions::from_mode(0o777)).unwrap());
}

#[test]
fn mount_points_are_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let [data, behind] = ["data", "behind"].map(|name| dir.path().join(name));
    fs::create_dir(&data).unwrap();
    fs::create_dir(&behind).unwrap();
    let mut mounts = String::new();
    for (name, _) in WRITERS {
        prepare(&behind.join(name));
        fs::write(data.join(name), "").unwrap();
        mounts += &format!("mount --bind '{0}/{name}' '{1}/{name}' && ", behind.display(), data.display());
    }
    let works = Command::new("unshare").args(["-m", "sh", "-c"]).arg(format!("{mounts} true")).output();
    if !works.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this user cannot mount");
        return;
    }
    let paths = WRITERS.map(|(name, _)| behind.join(name));
    let before = paths.each_ref().map(|path| fs::metadata(path).unwrap());
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c"]).arg(format!("{mounts} exec \"$0\" \"$@\""));
    command.arg(std::env::current_exe().unwrap());
    child(&mut command, &data);
    check_overwritten(&behind, &paths, &before);
    assert_eq!(names(&data), WRITERS.map(|(name, _)| name));
}
