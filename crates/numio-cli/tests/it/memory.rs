//! Commands that are given too little memory end with exit code 1 and a message, or do their work: none is aborted.

use std::path::Path;
use std::process::{Command, Output};

use crate::command::numio;

/// Limits of address space for each command.
const SIZES: u32 = 40;

/// Runs the command with at most this many KiB of address space.
fn within(kib: u64, arguments: &[&str], directory: &Path) -> Output {
    let line = format!("ulimit -v {kib}; exec \"$0\" \"$@\"");
    let mut shell = Command::new("sh");
    shell.args(["-c", &line, env!("CARGO_BIN_EXE_numio")]).args(arguments).current_dir(directory);
    shell.output().unwrap()
}

/// The KiB with which the program only just starts.
fn least(directory: &Path) -> u64 {
    let (mut too_few, mut enough) = (0, 1 << 22);
    while enough - too_few > 64 {
        let middle = (too_few + enough) / 2;
        match within(middle, &["--version"], directory).status.success() {
            true => enough = middle,
            false => too_few = middle,
        }
    }
    enough
}

/// Runs a command with 40 limits; `least` KiB suffice for one that does nothing.
fn try_command(command: &[&str], least: u64, inputs: &Path) {
    let dir = tempfile::tempdir().unwrap();
    for input in std::fs::read_dir(inputs).unwrap() {
        let path = input.unwrap().path();
        std::fs::copy(&path, dir.path().join(path.file_name().unwrap())).unwrap();
    }
    let mut failed = 0;
    for size in 0..SIZES {
        // From nothing to spare up to 64 MiB.
        let spare = (256.0 * (1.15_f64.powf(size.into()) - 1.0)) as u64;
        let output = within(least + spare, command, dir.path());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{command:?}, {spare} KiB to spare: {said}");
        failed += u32::from(output.status.code() == Some(1));
        assert!(output.status.success() || said.contains("numio: ") || !output.stdout.is_empty(), "{said}");
    }
    assert!(failed < SIZES, "{command:?}");
    let is_temporary = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with(".numio-");
    assert!(!std::fs::read_dir(dir.path()).unwrap().map(Result::unwrap).any(is_temporary), "{command:?}");
}

#[test]
fn command_in_too_little_memory_ends_with_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let directory = dir.path();
    let rows: Vec<f64> = (0..20_000).map(|at| f64::from(at) / 7.0).collect();
    numio::save(directory.join("a.npy"), &rows).unwrap();
    numio::savez_compressed(directory.join("a.npz"), [("a", &rows)]).unwrap();
    let made = |arguments: &[&str]| {
        assert!(numio(arguments).current_dir(directory).status().unwrap().success(), "{arguments:?}");
    };
    made(&["convert", "a.npy", "a.csv"]);
    made(&["convert", "a.npy", "a.jsonl"]);
    let mut pickle = b"\x80\x04(".to_vec();
    for number in 0..20_000_u32 {
        pickle.extend([b"J", &number.to_le_bytes()[..]].concat());
    }
    pickle.extend(b"l.");
    std::fs::write(directory.join("a.pkl"), pickle).unwrap();
    // Each object is kept in the memo, and many marks are open.
    let marks = [b"(".repeat(40_000), b"t".repeat(40_000)].concat();
    let memo = [&b"\x80\x04"[..], &b"N\x940".repeat(40_000), &marks, b"."].concat();
    std::fs::write(directory.join("memo.pkl"), memo).unwrap();
    let wide: Vec<f64> = (0..400_000).map(f64::from).collect();
    numio::savez_compressed(directory.join("b.npz"), [("b", &wide)]).unwrap();
    let mut commands: Vec<&[&str]> = vec![
        &["dis", "memo.pkl"],
        &["audit", "b.npz"],
        &["checksum", "b.npz"],
        &["report", "-f", "-o", "out.html", "b.npz"],
        &["stats", "b.npz"],
        &["show", "a.npy"],
        &["show", "a.npz:a"],
        &["show", "a.pkl"],
        &["audit", "a.npz", "a.pkl"],
        &["convert", "-f", "a.npy", "out.csv"],
        &["convert", "-f", "--dtype", "auto", "a.csv", "out.npz"],
        &["convert", "-f", "a.jsonl", "out.npy"],
        &["pack", "-f", "--compress", "deflate", "out.npz", "a.npy"],
        &["repack", "-f", "a.npz", "-o", "out.npz"],
    ];
    if cfg!(feature = "tables") {
        commands.push(&["convert", "-f", "--flatten", "a.npy", "out.parquet"]);
    }
    let least = least(directory);
    std::thread::scope(|scope| {
        for command in commands {
            scope.spawn(move || try_command(command, least, directory));
        }
    });
}
