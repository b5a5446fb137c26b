//! `numio audit` on a file of any kind: what it prints can be read, and its exit code says what it prints.

use super::command::{file, is_whole, run as command};

/// Tries one input.
pub fn run(bytes: &[u8]) {
    let path = file("a.dat", bytes);
    let text = command(&["audit"], &[&path]);
    let json = command(&["audit", "--json"], &[&path]);
    assert_eq!(text.code, json.code);
    if !is_whole(&text) || !is_whole(&json) {
        return;
    }
    let rows: serde_json::Value = serde_json::from_slice(&json.output).expect("JSON");
    let verdict = rows[0]["verdict"].as_str().expect("a verdict");
    let first = String::from_utf8_lossy(&text.output);
    assert!(first.lines().next().is_some_and(|line| line.ends_with(verdict)), "{first}");
    assert_eq!(verdict == "data only", text.code == 0, "{first}");
}
