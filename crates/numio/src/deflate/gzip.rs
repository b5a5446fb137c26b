//! One gzip member (RFC 1952), compressed on all cores.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;

use crc32fast::Hasher;

use crate::deflate::blocks::BLOCK;
use crate::deflate::{Job, LevelChoice, Pool, Promise};

/// Magic number, deflate, no name, no time, nothing about the level, and an operating system that is not told: the same
/// data are the same file.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// Packs what is written to it. Where data are cut depends on them alone, and so does what comes out.
pub(crate) struct GzipEncoder<W> {
    output: W,
    pool: Pool,
    /// Blocks that were given to the pool and are not written yet.
    under_way: VecDeque<Promise>,
    block: Vec<u8>,
    /// Found by the first block.
    effort: Option<Arc<LevelChoice>>,
    crc: Hasher,
    /// The number of bytes so far, modulo 2^32.
    len: u32,
}

impl<W: Write> GzipEncoder<W> {
    /// # Errors
    /// The output's.
    pub(crate) fn new(mut output: W) -> io::Result<Self> {
        output.write_all(&HEADER)?;
        let (pool, under_way, block) = (Pool::default(), VecDeque::new(), Vec::new());
        Ok(Self { output, pool, under_way, block, effort: None, crc: Hasher::new(), len: 0 })
    }

    /// Writes what is still to be written, and gives the output back.
    ///
    /// # Errors
    /// The output's.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.give(true)?;
        self.settle(0)?;
        self.output.write_all(&self.crc.finalize().to_le_bytes())?;
        self.output.write_all(&self.len.to_le_bytes())?;
        Ok(self.output)
    }

    fn give(&mut self, last: bool) -> io::Result<()> {
        let data = std::mem::take(&mut self.block);
        // Nobody knows how much is to come: a whole block's worth of trial.
        let effort = self.effort.get_or_insert_with(|| Arc::new(LevelChoice::found_by(&data, BLOCK as u64)));
        let effort = Arc::clone(effort);
        self.len = self.len.wrapping_add(data.len() as u32);
        self.under_way.push_back(self.pool.give(Job { data, last, effort }));
        self.settle(Pool::depth())
    }

    /// Writes out what is under way until no more than `most` blocks are.
    fn settle(&mut self, most: usize) -> io::Result<()> {
        while self.under_way.len() > most {
            let Some(promise) = self.under_way.pop_front() else { break };
            let done = promise.wait().ok_or_else(|| io::Error::other("a compressing thread died"))?;
            self.crc.combine(&done.crc);
            self.output.write_all(&done.compressed)?;
        }
        Ok(())
    }
}

impl<W: Write> Write for GzipEncoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full block waits for a byte more: it may be the last.
        if self.block.len() == BLOCK && !bytes.is_empty() {
            self.give(false)?;
        }
        let taken = bytes.get(..BLOCK - self.block.len()).unwrap_or(bytes);
        self.block.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::deflate::tests::kinds;

    fn compressed(data: &[u8], piece: usize) -> Vec<u8> {
        let mut encoder = GzipEncoder::new(Vec::new()).unwrap();
        for piece in data.chunks(piece) {
            encoder.write_all(piece).unwrap();
        }
        encoder.finish().unwrap()
    }

    #[test]
    fn any_gzip_reads_it_and_pieces_make_no_difference() {
        for (name, data) in kinds(3 * BLOCK + 1) {
            for len in [0, 1, 1000, BLOCK, BLOCK + 1, 2 * BLOCK, data.len()] {
                let Some(data) = data.get(..len) else { continue };
                let whole = compressed(data, BLOCK);
                let mut found = Vec::new();
                // One member, and nothing behind it.
                let mut decoder = flate2::bufread::GzDecoder::new(&whole[..]);
                decoder.read_to_end(&mut found).unwrap();
                assert!(found == data && decoder.into_inner().is_empty(), "{name}, {len} bytes");
                assert!(compressed(data, 7777) == whole, "{name}, {len} bytes");
            }
        }
    }

    #[test]
    fn an_output_that_fails_ends_it() {
        let mut room = [0; 20];
        let mut encoder = GzipEncoder::new(&mut room[..]).unwrap();
        let written = encoder.write_all(&vec![7; 20 * BLOCK]).and_then(|()| encoder.finish().map(drop));
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::WriteZero);
    }
}
