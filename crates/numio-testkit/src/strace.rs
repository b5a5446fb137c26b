//! `strace`, which kills and delays programs at chosen system calls.

use std::collections::BTreeMap;
use std::process::Command;

/// `strace` with these arguments; the program comes after them.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new("strace");
    command.args(["-f", "-q"]).args(arguments);
    command
}

/// Whether it is there and may trace. If not, a message says that a test is skipped.
pub fn works() -> bool {
    let works = Command::new("strace").args(["-q", "-o", "/dev/null", "true"]).status();
    let works = works.is_ok_and(|status| status.success());
    if !works {
        eprintln!("skipped: strace is not there, or may not trace");
    }
    works
}

/// To be killed before one of these is as to be killed before the next call that is not one of them: they leave files alone.
const HARMLESS: [&str; 22] = [
    "brk",
    "clone3",
    "close",
    "exit",
    "futex",
    "getcwd",
    "getrandom",
    "gettid",
    "madvise",
    "mmap",
    "mprotect",
    "mremap",
    "munmap",
    "prctl",
    "read",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "sched_getaffinity",
    "sched_yield",
    "set_robust_list",
    "sigaltstack",
];

/// The calls in a log from the one that names `begin` to the one that names `end`, or to the log's end: the name of each, and
/// which of the calls of that name by its thread it is, as `when=` counts them.
pub fn calls(log: &str, begin: &str, end: &str) -> Vec<(String, usize)> {
    let (mut counts, mut found) = (BTreeMap::new(), Vec::new());
    let mut inside = false;
    for line in log.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let Some((name, arguments)) = call.trim_start().split_once('(') else { continue };
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            continue;
        }
        let count: &mut usize = counts.entry((thread.to_owned(), name.to_owned())).or_default();
        *count += 1;
        if inside && !end.is_empty() && arguments.contains(end) {
            break;
        }
        inside |= arguments.contains(begin);
        if inside && !HARMLESS.contains(&name) {
            found.push((name.to_owned(), *count));
        }
    }
    found
}
