//! The inputs that fuzzing has found worth keeping, run again.

use std::fs;
use std::path::Path;

/// Runs a target's body over its corpus.
pub fn replay(target: &str, body: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut inputs: Vec<_> = fs::read_dir(corpus).unwrap().map(|input| input.unwrap().path()).collect();
    assert!(!inputs.is_empty(), "{target} has no corpus");
    inputs.sort();
    for input in inputs {
        eprintln!("{}", input.display());
        body(&fs::read(input).unwrap());
    }
}
