//! Prints pickles as JSON, one on a line: `cargo run --example to_json -- FILE...`

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, Read};

use numio_pickle::{ErrorKind, GraphLoader, Limits, Python2Encoding};

fn main() -> Result<(), Box<dyn Error>> {
    let mut loader = GraphLoader::new();
    loader.encoding(Python2Encoding::Latin1);
    let mut streams: Vec<Box<dyn Read>> = Vec::new();
    for name in std::env::args().skip(1) {
        streams.push(Box::new(BufReader::new(File::open(name)?)));
    }
    if streams.is_empty() {
        streams.push(Box::new(&b"\x80\x02}U\x01aK\x01s.\x80\x04\x88."[..]));
    }
    for mut stream in streams {
        // A stream may hold several pickles.
        loop {
            match loader.read(&mut stream) {
                Ok(graph) => println!("{}", graph.root().to_json(Limits::default())?),
                Err(error) if error.kind() == ErrorKind::EndOfStream => break,
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}
