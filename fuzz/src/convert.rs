//! `numio convert` between all formats: the first byte says from which, to which and how, the rest is the file. What it writes can be
//! read, and where it fails it writes nothing.

use std::fs;

use numio::{LoadOptions, Loaded};

use super::command::{file, run as command};

const FORMATS: [&str; 5] = ["npy", "npz", "csv", "txt", "jsonl"];

/// Formats of tensors, from and to.
const TENSORS: [(&str, &str); 4] =
    [("safetensors", "npz"), ("pt", "npz"), ("safetensors", "safetensors"), ("pt", "safetensors")];

/// Tries one input.
pub fn run(bytes: &[u8]) {
    let Some((&how, bytes)) = bytes.split_first() else { return };
    let how = usize::from(how);
    let (from, to) = if how >= 200 { TENSORS[how % 4] } else { (FORMATS[how % 5], FORMATS[how / 5 % 5]) };
    let input = file(&format!("c.{from}"), bytes);
    let output = input.with_file_name(format!("out.{to}"));
    let _ = fs::remove_file(&output);
    let mut arguments = vec!["convert", "--from", from, "--to", to];
    if matches!(from, "csv" | "txt" | "jsonl") && how / 25 % 2 == 1 {
        arguments.extend(["--dtype", "auto"]);
    }
    match how / 50 % 4 {
        1 if matches!(from, "csv" | "txt") => arguments.push("--header"),
        2 if matches!(to, "csv" | "txt") => arguments.push("--flatten"),
        3 if matches!(from, "csv" | "txt") => arguments.extend(["--fill-short", "--missing", "NA"]),
        _ => {}
    }
    let ran = command(&arguments, &[&input, &output]);
    if ran.code != 0 {
        assert!(!output.exists(), "{}", ran.complaint);
        return;
    }
    let written = fs::read(&output).expect("it says so");
    match to {
        "npy" => {
            assert!(matches!(LoadOptions::new().from_slice(&written).expect("an array"), Loaded::Array(_)))
        }
        "npz" => {
            let archive =
                LoadOptions::new().from_slice(&written).and_then(Loaded::into_npz).expect("an archive");
            for (name, member) in archive.read_all() {
                assert!(member.is_ok(), "{name}");
            }
        }
        "safetensors" => {
            let back = input.with_file_name("back.npz");
            let _ = fs::remove_file(&back);
            let ran = command(&["convert"], &[&output, &back]);
            assert_eq!(ran.code, 0, "{}", ran.complaint);
        }
        "jsonl" => {
            for line in written.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                serde_json::from_slice::<serde_json::Value>(line).expect("JSON");
            }
        }
        _ => assert!(std::str::from_utf8(&written).is_ok()),
    }
}
