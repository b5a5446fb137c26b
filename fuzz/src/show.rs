//! `numio show` on a file of any kind, as Python prints and as JSON.

use super::command::{file, is_whole, run as command};

/// Tries one input.
pub fn run(bytes: &[u8]) {
    let path = file("s.dat", bytes);
    for how in [&["show"][..], &["show", "--repr"], &["show", "--full"]] {
        command(how, &[&path]);
    }
    let json = command(&["show", "--json"], &[&path]);
    if json.code == 0 && is_whole(&json) {
        serde_json::from_slice::<serde_json::Value>(&json.output).expect("JSON");
    }
}
