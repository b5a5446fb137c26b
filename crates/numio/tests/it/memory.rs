//! Programs that are given too little memory get an error or the result: none is aborted, and nothing panics.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio, exit};

use numio::text::{FromRegex, GenFromTxt, LoadTxt, SaveTxt};
use numio::{DType, Error, Result};

/// Limits of address space for each kind of work.
const SIZES: u32 = 40;

/// The number of values in each file.
const VALUES: u32 = 50_000;

fn values() -> Vec<f64> {
    (0..VALUES).map(|at| f64::from(at) / 7.0).collect()
}

type Work = (&'static str, fn(&Path) -> Result<()>);

const WORKS: [Work; 10] = [
    ("nothing", |_| Ok(())),
    ("load npy", |path| numio::load(path.join("a.npy")).map(drop)),
    ("load npz", |path| numio::NpzArchive::open(path.join("a.npz"))?.get("a").map(drop)),
    ("loadtxt", |path| LoadTxt::new().load(path.join("a.txt")).map(drop)),
    ("loadtxt alone", |path| LoadTxt::new().threads(1).load(path.join("a.txt")).map(drop)),
    ("genfromtxt", |path| GenFromTxt::new().dtype(None).load(path.join("a.txt")).map(drop)),
    ("from_regex", |path| {
        let dtype = DType::parse("f8,")?;
        FromRegex::new(r"([0-9.]+)\n", &dtype)?.load(path.join("a.txt")).map(drop)
    }),
    ("savetxt", |path| SaveTxt::new().save(path.join("out.txt"), &values())),
    ("save", |path| numio::save(path.join("out.npy"), &values())),
    ("savez_compressed", |path| numio::savez_compressed(path.join("out.npz"), [("a", values())])),
];

/// The exit codes of the child.
const DONE: i32 = 10;
const NO_MEMORY: i32 = 11;

fn is_no_memory(error: &Error) -> bool {
    error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::OutOfMemory)
}

#[test]
#[ignore = "run by the test of too little memory"]
fn child_within_memory() {
    let path = PathBuf::from(std::env::var_os("NUMIO_TEST_PATH").unwrap());
    let name = std::env::var("NUMIO_TEST_WORK").unwrap();
    let (_, work) = WORKS.iter().find(|(work, _)| *work == name).unwrap();
    match work(&path) {
        Ok(()) => exit(DONE),
        Err(error) if is_no_memory(&error) => exit(NO_MEMORY),
        Err(error) => panic!("{error}"),
    }
}

/// The exit code of the work within this many KiB of address space, and what it says.
fn within(kib: u64, work: &str, directory: &Path) -> (Option<i32>, String) {
    let line = format!("ulimit -v {kib}; exec \"$0\" \"$@\"");
    let mut shell = Command::new("sh");
    shell.args(["-c", &line]).arg(std::env::current_exe().unwrap());
    shell.args(["--exact", "memory::child_within_memory", "--ignored", "--nocapture", "--test-threads=1"]);
    shell.env("NUMIO_TEST_PATH", directory).env("NUMIO_TEST_WORK", work).stdin(Stdio::null());
    let output = shell.output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
#[ignore = "a limit that falls between two small allocations ends a program of Rust all the same"]
fn calls_in_too_little_memory_end_with_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let directory = dir.path();
    numio::save(directory.join("a.npy"), &values()).unwrap();
    numio::savez_compressed(directory.join("a.npz"), [("a", values())]).unwrap();
    let lines: String = values().iter().map(|value| format!("{value:.6}\n")).collect();
    fs::write(directory.join("a.txt"), lines).unwrap();
    // With as much the child only just does nothing, and prepares the array that others save.
    let (mut too_few, mut enough) = (0, 1 << 23);
    while enough - too_few > 64 {
        let middle = (too_few + enough) / 2;
        match within(middle, "nothing", directory).0 {
            Some(DONE) => enough = middle,
            _ => too_few = middle,
        }
    }
    // The test's own things.
    let least = enough + u64::from(VALUES) / 128 + 256;
    for (work, _) in &WORKS[1..] {
        let mut failed = 0;
        for size in 0..SIZES {
            let spare = (128.0 * (1.2_f64.powf(size.into()) - 1.0)) as u64;
            let (code, said) = within(least + spare, work, directory);
            assert!(matches!(code, Some(DONE | NO_MEMORY)), "{work}, {spare} KiB to spare: {code:?} {said}");
            failed += u32::from(code == Some(NO_MEMORY));
        }
        assert!(failed < SIZES, "{work}");
    }
}
