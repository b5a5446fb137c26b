//! The bytes after a header, on their way into the memory that stays.

use std::io;

use super::blocks::Blocks;
use super::contents::Contents;
use crate::Result;
use crate::array::{Memory, Then};
use crate::source::{Input, ReadAt, read_parallel};

/// What of a stream's claim is believed before the first byte has come; twice as much each time after that.
const BELIEVED: usize = 32 << 10;

/// How much of a stream is read before it is worked on, so that it is still in the cache then.
const PIECE: usize = 256 << 10;

/// Where the bytes of one array come from.
pub enum Body<'a> {
    /// From `offset` on, where all of them are known to be.
    At { source: &'a dyn ReadAt, offset: u64 },
    /// Here and there.
    Blocks { source: &'a dyn ReadAt, blocks: Blocks },
    /// Next.
    Stream(&'a mut dyn Input),
    /// From `offset` on, in what can only be had whole.
    Packed { unpack: Unpack<'a>, offset: usize },
}

/// Fills empty memory with all of a file but, if need be, its first bytes, of which it is given the number, and says where
/// in the memory the byte after those is.
pub(crate) type Unpack<'a> = &'a dyn Fn(&mut dyn Memory, usize) -> Result<usize>;

impl Body<'_> {
    /// Reads the `len` bytes of `contents` into `memory`, which is empty, hands each piece to `then` while it is in the
    /// cache, and says where in the memory the first byte is.
    ///
    /// # Errors
    /// `InvalidData` where there are fewer, `Io` where reading fails or memory does not suffice.
    pub(crate) fn read(
        &mut self,
        contents: &Contents,
        len: usize,
        memory: &mut dyn Memory,
        then: Then<'_>,
    ) -> Result<usize> {
        match self {
            Self::At { source, offset } => {
                memory.grow(len)?;
                match read_parallel(*source, *offset, memory.bytes_mut(), then) {
                    // Someone has cut the file since its length was checked.
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                        contents.check_whole(*source, *offset, len)?;
                        Err(error.into())
                    }
                    result => Ok(result.map(|()| 0)?),
                }
            }
            Self::Blocks { source, blocks } => {
                memory.grow(len)?;
                Ok(blocks.read(*source, memory.bytes_mut(), then).map(|()| 0)?)
            }
            Self::Stream(stream) => {
                let start = stream.offset();
                let filled = fill_growing(*stream, len, memory, then)?;
                if filled < len { Err(contents.short(filled, start)) } else { Ok(0) }
            }
            Self::Packed { unpack, offset } => {
                let start = unpack(memory, *offset)?;
                let start = memory.keep(start, len);
                then(memory.bytes_mut().get_mut(start..start + len).unwrap_or_default());
                Ok(start)
            }
        }
    }

    /// Where the next byte stands, where all of them stand together.
    pub(crate) fn offset(&self) -> Option<u64> {
        match self {
            Self::At { offset, .. } => Some(*offset),
            Self::Blocks { .. } | Self::Packed { .. } => None,
            Self::Stream(stream) => Some(stream.offset()),
        }
    }

    /// Goes on after the `len` bytes that were read from here, as a stream does by itself. Blocks and what is packed are
    /// read whole.
    pub(crate) fn advance(&mut self, len: usize) {
        if let Self::At { offset, .. } = self {
            *offset += len as u64;
        }
    }
}

/// Reads up to `len` bytes into `memory`, which grows as they come, and says how many there were.
///
/// # Errors
/// What the reader says, and `OutOfMemory`.
pub(crate) fn fill_growing(
    stream: &mut dyn Input,
    len: usize,
    memory: &mut dyn Memory,
    then: Then<'_>,
) -> io::Result<usize> {
    let mut filled = 0;
    while filled < len {
        memory.grow(len.min(BELIEVED.max(filled * 2)))?;
        for piece in memory.bytes_mut().get_mut(filled..).unwrap_or_default().chunks_mut(PIECE) {
            let came = stream.fill(piece)?;
            filled += came;
            if came < piece.len() {
                return Ok(filled);
            }
            then(piece);
        }
    }
    Ok(filled)
}
