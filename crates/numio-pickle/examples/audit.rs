//! Lists what loading pickles with Python would do: `cargo run --example audit -- FILE...`

use std::error::Error;

use numio_pickle::{Verdict, audit};

fn main() -> Result<(), Box<dyn Error>> {
    let mut subjects = Vec::new();
    for name in std::env::args().skip(1) {
        subjects.push((name.clone(), std::fs::read(name)?));
    }
    if subjects.is_empty() {
        subjects.push(("an attack".to_owned(), b"cposix\nsystem\n(S'rm -rf ~'\ntR.".to_vec()));
        subjects.push(("a list".to_owned(), b"\x80\x04]\x94(K\x01K\x02e.".to_vec()));
    }
    for (name, bytes) in subjects {
        let found = audit(&bytes);
        println!("{name}: {}", found.verdict());
        for finding in found.findings.iter().filter(|finding| finding.verdict > Verdict::DataOnly) {
            println!("  {finding}");
        }
        if let Some(fault) = found.fault {
            println!("  {fault}");
        }
    }
    Ok(())
}
