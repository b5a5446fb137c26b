//! Commands that are killed while they write, and commands that write to one archive.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::command::numio;
use numio_testkit::strace;

fn run(arguments: &[&str], directory: &Path) {
    let output = numio(arguments).current_dir(directory).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// What a reader finds in a file: of an array, behind which the rest of an append may be, the array.
fn contents(path: &Path) -> Vec<u8> {
    match path.extension() {
        Some(suffix) if suffix == "npy" => {
            format!("{:?}", numio::load(path).unwrap().into_array().unwrap()).into_bytes()
        }
        _ => fs::read(path).unwrap(),
    }
}

/// Everything in a directory but what is only read.
fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path))
        .filter(|(name, _)| name != "in.npy" && name != "in.npz")
        .map(
            |(name, path)| {
                if name.starts_with(".numio-") { (name, Vec::new()) } else { (name, contents(&path)) }
            },
        )
        .collect();
    files.sort();
    files
}

const COMMANDS: [(&str, &[&str]); 9] = [
    ("convert to npy", &["convert", "-f", "in.npy", "out.npy"]),
    ("convert to csv", &["convert", "-f", "in.npy", "out.csv"]),
    ("convert to a member", &["convert", "in.npy", "out.npz:new"]),
    ("pack", &["pack", "-f", "out.npz", "x=in.npy"]),
    ("unpack", &["unpack", "-f", "in.npz"]),
    ("repack", &["repack", "--compress", "deflate", "out.npz"]),
    ("repack to another", &["repack", "--compress", "deflate", "-f", "in.npz", "-o", "out.npz"]),
    ("append to npy", &["convert", "--append", "in.npy", "out.npy"]),
    ("append to csv", &["convert", "--append", "in.npy", "out.csv"]),
];

#[test]
fn command_killed_at_any_call_leaves_the_old_file_or_the_new_one() {
    if !strace::works() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log");
    for (what, command) in COMMANDS {
        let data = dir.path().join(what.replace(' ', "-"));
        let reset = || {
            let _ = fs::remove_dir_all(&data);
            fs::create_dir(&data).unwrap();
            numio::save(data.join("in.npy"), &[1, 2, 3]).unwrap();
            numio::savez(data.join("in.npz"), [("out", &[1, 2, 3])]).unwrap();
            match what {
                "convert to csv" | "append to csv" => fs::write(data.join("out.csv"), "old\n").unwrap(),
                "convert to npy" | "append to npy" | "unpack" => {
                    numio::save(data.join("out.npy"), &[0]).unwrap()
                }
                _ => numio::savez(data.join("out.npz"), [("old", &[0])]).unwrap(),
            }
        };
        let strace = |arguments: &[&str]| {
            let command = [&[env!("CARGO_BIN_EXE_numio")], command].concat();
            let mut traced = strace::command(arguments);
            traced.args(command).current_dir(&data).stdout(Stdio::null()).stderr(Stdio::null());
            traced.status().unwrap().success()
        };
        reset();
        let before = files(&data);
        assert!(strace(&["-o", log.to_str().unwrap()]), "{what}");
        let after = files(&data);
        assert_ne!(before, after, "{what}");
        // From the start of the program on: not every command reads a file besides the one that it writes.
        let calls = strace::calls(&fs::read_to_string(&log).unwrap(), command[0], "");
        assert!(calls.len() > 5, "{what}: {calls:?}");
        let mut left = 0;
        for (call, count) in &calls {
            reset();
            let kill = format!("inject={call}:signal=KILL:when={count}");
            strace(&["-o", "/dev/null", "-e", &kill]);
            let (hidden, found): (Vec<_>, Vec<_>) =
                files(&data).into_iter().partition(|(name, _)| name.starts_with(".numio-"));
            left += hidden.len();
            assert!(found == before || found == after, "{what}: {kill}");
            // The next save sweeps, or one after it: a directory whose listing took long is not listed again at once.
            let start = Instant::now();
            while start.elapsed() < Duration::from_secs(10) {
                numio::save(data.join("in.npy"), &[1, 2, 3]).unwrap();
                if hidden.is_empty() || files(&data) == found {
                    break;
                }
                sleep(Duration::from_millis(10));
            }
            assert_eq!(files(&data), found, "{what}: {kill}");
        }
        assert!(left <= 1, "{what}: {left} times something was left");
    }
}

#[test]
fn commands_that_add_to_one_archive_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    run(&["convert", "--help"], dir.path());
    numio::save(dir.path().join("m.npy"), &[1, 2, 3]).unwrap();
    let names: BTreeSet<_> = (0..24).map(|at| format!("m{at}")).collect();
    let script = "printf '%s\\n' \"$@\" | xargs -P 6 -I{} \"$0\" convert m.npy all.npz:{}";
    let status = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_numio")])
        .args(&names)
        .current_dir(dir.path())
        .status();
    assert!(status.unwrap().success());
    let archive = numio::NpzArchive::open(dir.path().join("all.npz")).unwrap();
    assert_eq!(archive.names().map(str::to_owned).collect::<BTreeSet<_>>(), names);
}

#[test]
fn commands_that_add_rows_to_one_text_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let rows: BTreeSet<_> = (0..12).map(|at| format!("{at},{at}")).collect();
    for at in 0..12 {
        numio::save(dir.path().join(format!("{at}.npy")), &ndarray::array![[at, at]]).unwrap();
    }
    let old = "100,100\n".repeat(1 << 18);
    for name in ["all.csv", "all.csv.gz"] {
        let path = dir.path().join(name);
        let mut text = numio::compression::Encoder::new(fs::File::create(&path).unwrap(), name).unwrap();
        std::io::Write::write_all(&mut text, old.as_bytes()).unwrap();
        text.finish().unwrap();
        let script = "printf '%s\\n' \"$@\" | xargs -P 4 -I{} \"$0\" convert --append {}.npy ";
        let status = Command::new("sh")
            .args(["-c", &(script.to_owned() + name), env!("CARGO_BIN_EXE_numio")])
            .args((0..12).map(|at| at.to_string()))
            .current_dir(dir.path())
            .status();
        assert!(status.unwrap().success());
        let file = fs::File::open(&path).unwrap();
        let text = numio::compression::decoder(file, name, &numio::Limits::default()).unwrap();
        let text = std::io::read_to_string(text).unwrap();
        let added = text.strip_prefix(&old).unwrap().lines();
        assert_eq!(added.map(str::to_owned).collect::<BTreeSet<_>>(), rows, "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn rows_are_not_added_to_a_descriptor_whose_file_has_some() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("all.csv");
    numio::save(dir.path().join("in.npy"), &ndarray::array![[5, 5]]).unwrap();
    fs::write(&path, "1,2\n").unwrap();
    let out = fs::OpenOptions::new().append(true).open(&path).unwrap();
    let mut command = numio(["convert", "--append", "--to", "csv", "in.npy", "/dev/stdout"]);
    let output = command.current_dir(dir.path()).stdout(out).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("numio: /dev/stdout: an open descriptor"), "{message}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "1,2\n");
}
