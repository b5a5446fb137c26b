//! The most memory a load ever holds, measured in a process that does nothing else.

use std::path::Path;
use std::process::Command;

use ndarray::Array2;

/// The argument that makes this program such a process.
pub const FLAG: &str = "--peak-of";

/// How many bytes more than before `how` (`read`, `load`, or a member) of `path` needed at its peak.
pub fn of_child(how: &str, path: &Path) -> u64 {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program).arg(FLAG).arg(how).arg(path).output().expect("a child");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number from the child")
}

/// What the child does.
pub fn report(how: &str, path: &Path) {
    // The first use of threads and files takes memory that is not the array's.
    let small = tempfile::NamedTempFile::new().expect("a file");
    numio::to_writer(&small, &Array2::<f64>::zeros((600, 1024))).expect("ours");
    drop(numio::read_npy::<Array2<f64>>(small.path()));
    let before = status("VmRSS:");
    match how {
        "member" => {
            let archive = numio::NpzArchive::open(path).expect("ours");
            assert!(archive.get("x").expect("ours").as_array().is_some());
        }
        "typed member" => {
            let archive = numio::NpzArchive::open(path).expect("ours");
            assert!(archive.read::<ndarray::Array1<i32>>("x").is_ok());
        }
        "text" => assert!(numio::text::LoadTxt::new().delimiter(",").load(path).is_ok()),
        "read" => assert!(numio::read_npy::<Array2<f64>>(path).is_ok()),
        _ => assert!(numio::load(path).is_ok()),
    }
    println!("{}", status("VmHWM:") - before);
}

/// A line of the process's own account, in bytes.
fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the line");
    line.trim().trim_end_matches("kB").trim().parse::<u64>().expect("a number") * 1024
}
