//! Lists what a pickle would import and call in Python, without running it: `cargo run --example audit_pickle -- FILE`.

use numio::pickle::Verdict;

fn main() -> std::io::Result<()> {
    let bytes = match std::env::args().nth(1) {
        Some(path) => std::fs::read(path)?,
        None => b"cos\nsystem\n(S'echo hello'\ntR.".to_vec(),
    };
    let audit = numio::audit(&bytes);
    println!("verdict: {:?}", audit.verdict());
    for finding in &audit.findings {
        println!("  {finding}");
    }
    if audit.verdict() == Verdict::Dangerous {
        println!("do not load this with Python");
    }
    Ok(())
}
