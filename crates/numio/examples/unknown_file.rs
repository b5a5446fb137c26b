//! Finds out what a file holds: `cargo run --example unknown_file -- FILE`.

use numio::Loaded;

fn main() -> numio::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "testdata/numpy/py3-objarr.npz".to_owned());
    match numio::load(&path)? {
        Loaded::Array(array) => println!("{path}: an array, {} {:?}", array.dtype(), array.shape()),
        Loaded::Npz(archive) => {
            // The directory has been read, and no member yet.
            for member in archive.members() {
                println!("{path}: member {}, {} bytes", member.name, member.size);
            }
        }
        Loaded::Object(graph) => println!("{path}: a pickle, {:?}", graph.root()),
        _ => println!("{path}: something newer than this program"),
    }
    Ok(())
}
