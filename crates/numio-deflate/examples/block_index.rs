//! A stream with an index of its blocks: one block in the middle is inflated alone.

use std::io::Write;

use numio_deflate::{DeflateEncoder, inflate_part};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let mut encoder = DeflateEncoder::new(Vec::new());
    encoder.write_all(&data)?;
    let done = encoder.finish()?;

    let parts = done.index.parts(done.output.len() as u64, done.len).ok_or("an index of this stream")?;
    let part = parts.get(2).ok_or("three blocks")?;
    let block = inflate_part(&done.output, part, false)?.ok_or("a sound block")?;
    let start = 2 * done.index.block_len() as usize;
    assert_eq!(data.get(start..start + block.len()), Some(&block[..]));
    println!(
        "{} bytes in {}, of which block 2 of {} takes {}",
        data.len(),
        done.output.len(),
        parts.len(),
        part.compressed
    );
    Ok(())
}
