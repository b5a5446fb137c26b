//! Runs the command in `testdata/`.

use std::ffi::OsStr;
use std::io::Write;
use std::process::{Command, Output, Stdio};

pub use numio_testkit::folder as testdata;

/// The command with these arguments, to be run in `testdata/`.
pub fn numio<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_numio"));
    command.args(arguments).current_dir(testdata()).stdin(Stdio::null());
    command
}

/// What a run printed, when it went well and said nothing else.
pub fn printed<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> String {
    let output = numio(arguments).output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && complaint.is_empty(), "{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// How a run failed: its exit code and what it printed on standard error.
pub fn failed<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> (Option<i32>, String) {
    let output = numio(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// A run that reads `bytes` from standard input.
pub fn piped(arguments: &[&str], bytes: &[u8]) -> Output {
    let mut command = numio(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // The command may well stop reading before the end.
    let _ = input.write_all(bytes);
    drop(input);
    child.wait_with_output().unwrap()
}

/// The real `.npy` files.
pub fn npy_files() -> Vec<String> {
    let folder = std::fs::read_dir(testdata().join("npy")).unwrap();
    let mut names: Vec<_> =
        folder.map(|file| format!("npy/{}", file.unwrap().file_name().to_str().unwrap())).collect();
    names.sort();
    names
}

/// The most kB of memory that a run takes, and its exit code.
#[cfg(target_os = "linux")]
pub fn peak(mut command: Command) -> (u64, Option<i32>) {
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let found = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        most = most.max(found.unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            return (most, status.code());
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}
