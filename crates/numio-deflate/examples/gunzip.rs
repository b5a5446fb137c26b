//! Inflates a gzip file to standard output, or a small one of its own: `cargo run --example gunzip -- a.gz > a`.

use std::fs::File;
use std::io::{self, Read, Write};

use numio_deflate::{GzipDecoder, GzipEncoder};

fn main() -> io::Result<()> {
    let input: Box<dyn Read> = match std::env::args_os().nth(1) {
        Some(path) => Box::new(File::open(path)?),
        None => {
            let mut encoder = GzipEncoder::new(Vec::new())?;
            encoder.write_all(b"inflated on all cores\n")?;
            Box::new(io::Cursor::new(encoder.finish()?))
        }
    };
    io::copy(&mut GzipDecoder::new(input), &mut io::stdout().lock())?;
    Ok(())
}
