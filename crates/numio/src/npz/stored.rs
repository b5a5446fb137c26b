//! Stored members as sources of their own, whose CRC is taken while bytes are still in the cache.

use std::io;
use std::sync::{Mutex, PoisonError};

use crc32fast::Hasher;

use super::packed::Packed;
use crate::Result;
use crate::source::ReadAt;

/// The bytes of a stored member, read in pieces, in any order, by several threads.
pub(super) struct Stored<'a> {
    packed: Packed<'a>,
    pieces: Mutex<Vec<Piece>>,
}

/// What was read, and its CRC.
struct Piece {
    at: u64,
    len: u64,
    crc: Hasher,
}

/// Bytes that were not asked for are read in such pieces for the CRC.
const GAP: u64 = 256 << 10;

impl<'a> Stored<'a> {
    pub(super) fn new(packed: Packed<'a>) -> Self {
        Self { packed, pieces: Mutex::default() }
    }

    /// Reads what has not been read yet, and checks the CRC of it all. Each byte must have been read once at most.
    ///
    /// # Errors
    /// `InvalidData` where the CRC is another; `Io`.
    pub(super) fn check(self) -> Result<()> {
        let mut pieces = self.pieces.into_inner().unwrap_or_else(PoisonError::into_inner);
        pieces.sort_by_key(|piece| piece.at);
        let mut all = Hasher::new();
        let mut at = 0;
        let gap = |at: &mut u64, end: u64, all: &mut Hasher| -> io::Result<()> {
            while *at < end {
                let mut bytes = vec![0; (end - *at).min(GAP) as usize];
                self.packed.source.read_exact_at(&mut bytes, self.packed.start + *at)?;
                all.update(&bytes);
                *at += bytes.len() as u64;
            }
            Ok(())
        };
        for piece in pieces {
            gap(&mut at, piece.at, &mut all)?;
            all.combine(&piece.crc);
            at += piece.len;
        }
        gap(&mut at, self.packed.entry.size, &mut all)?;
        self.packed.check_crc(all.finalize())
    }
}

impl ReadAt for Stored<'_> {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        let end = offset.checked_add(buf.len() as u64);
        if end.is_none_or(|end| end > self.packed.entry.size) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.packed.source.read_exact_at(buf, self.packed.start + offset)?;
        let mut crc = Hasher::new();
        crc.update(buf);
        let piece = Piece { at: offset, len: buf.len() as u64, crc };
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner).push(piece);
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.packed.entry.size)
    }
}
