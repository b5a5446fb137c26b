//! Members compressed by every method, in order, with blocks of several under way at once.

use std::collections::VecDeque;
use std::io;
use std::io::Write;
use std::sync::Arc;

use crc32fast::Hasher;
use numio_deflate::{Block, BlockCompressor, Level, LevelChoice, PendingBlock, block_len};

use crate::error::headroom;
use crate::npz::error::Fault;
use crate::npz::output::{Head, Output, Progress, Target};
use crate::npz::zip::Method;
#[cfg(feature = "zstd")]
use crate::parallel::num_threads;
use crate::parallel::{Helpers, check};
use crate::{ArrayLike, Result};

/// The compression of an archive's members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all, as [`savez`](crate::savez) does: the fastest to read, and the only one that can be mapped.
    #[default]
    Stored,
    /// Deflate on all cores, as [`savez_compressed`](crate::savez_compressed) does. A sample of each member decides how
    /// hard to try, so that it becomes no larger than NumPy makes it.
    Deflated,
    /// Deflate of one level, from 0 (none) over 1 (fast) to 12 (slow). Others are brought to the nearest.
    DeflatedAt(i32),
    /// Zstandard of one level, from 1 to 22; 3 is usual. NumPy reads it on Python 3.14 and later.
    #[cfg(feature = "zstd")]
    Zstd(i32),
}

/// The contents of a new member.
pub(super) enum MemberContents<'a> {
    /// Bytes in memory, one part after the other.
    Parts([&'a [u8]; 2]),
    /// A header, and `len` bytes that the array writes.
    Gathered { header: &'a [u8], array: &'a dyn ArrayLike, len: usize },
}

impl MemberContents<'_> {
    fn len(&self) -> u64 {
        match self {
            Self::Parts(parts) => parts.iter().map(|part| part.len() as u64).sum(),
            Self::Gathered { header, len, .. } => (header.len() + len) as u64,
        }
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Parts(parts) => parts.iter().try_for_each(|part| out.write_all(part)),
            Self::Gathered { header, array, .. } => {
                out.write_all(header)?;
                array.write_to(out)
            }
        }
    }
}

/// Compresses members and writes them out in the order in which they come.
pub(super) struct MemberEncoder<'w> {
    output: Output<'w>,
    compressor: BlockCompressor,
    /// Blocks that were given to the compressor and are not written yet.
    under_way: VecDeque<Step>,
    /// The number of blocks among them.
    blocks: usize,
    /// Of the member that is being written.
    crc: Hasher,
}

/// A step of writing, in order.
enum Step {
    Begin(Head),
    Block(PendingBlock),
    End,
}

impl<'w> MemberEncoder<'w> {
    pub(super) fn new(output: Output<'w>) -> Self {
        let compressor = BlockCompressor::new(Arc::new(Helpers));
        Self { output, compressor, under_way: VecDeque::new(), blocks: 0, crc: Hasher::new() }
    }

    pub(super) fn on_progress(&mut self, progress: Progress<'w>) {
        self.output.on_progress(progress);
    }

    /// Adds a member. Deflated ones may be written later, when others are added.
    ///
    /// # Errors
    /// `Io`, of this member or of one before it.
    pub(super) fn add(
        &mut self,
        name: String,
        contents: &MemberContents<'_>,
        compression: Compression,
    ) -> Result<()> {
        let size = contents.len();
        let mut head = Head { name, method: Method::Deflated, size, block: 0 };
        let level = match compression {
            Compression::Deflated => Level::Auto,
            Compression::DeflatedAt(level) => Level::At(level),
            _ => {
                self.settle(0)?;
                return match compression {
                    #[cfg(feature = "zstd")]
                    Compression::Zstd(level) => self.zstd(head, contents, level),
                    _ => self.store(head, contents),
                };
            }
        };
        headroom(COMPRESSORS)?;
        let block = block_len(size);
        head.block = block as u32;
        self.under_way.push_back(Step::Begin(head));
        let mut blocks =
            BlockBuffer { encoder: self, block, data: Vec::new(), level, choice: None, size, counted: 0 };
        contents.write_to(&mut blocks)?;
        check_len(blocks.counted, size)?;
        blocks.give(true)?;
        self.under_way.push_back(Step::End);
        self.settle(self.compressor.depth())?;
        Ok(())
    }

    fn store(&mut self, head: Head, contents: &MemberContents<'_>) -> Result<()> {
        let head = Head { method: Method::Stored, ..head };
        self.output.reserve(head.size)?;
        if let MemberContents::Parts(parts) = contents {
            return Ok(self.output.stored(&head, *parts)?);
        }
        let size = head.size;
        self.output.begin(head);
        let progress = self.output.progress().clone();
        let mut hashed = Hashed::new(Pieces::new(&mut self.output), progress);
        contents.write_to(&mut hashed)?;
        let crc = hashed.check(size)?;
        hashed.out.finish()?;
        Ok(self.output.end(crc)?)
    }

    #[cfg(feature = "zstd")]
    fn zstd(&mut self, head: Head, contents: &MemberContents<'_>, level: i32) -> Result<()> {
        /// From here on, several cores compress one member; not before, so that what comes out does not depend on how many
        /// there are.
        const SPLIT_FROM: u64 = 8 << 20;

        let head = Head { method: Method::Zstd, ..head };
        let size = head.size;
        self.output.begin(head);
        let progress = self.output.progress().clone();
        let pieces = Pieces::new(&mut self.output);
        let mut encoder = zstd::stream::write::Encoder::new(pieces, level)?;
        encoder.set_pledged_src_size(Some(size))?;
        // With one thread in all there is none for it; then the data are cut in other places.
        // Zstandard's own threads finish their jobs even if the call is cancelled, which takes most of a minute at high levels.
        if size >= SPLIT_FROM && num_threads() > 1 && level <= MODEST_LEVEL {
            encoder.multithread(num_threads() as u32)?;
        }
        let mut hashed = Hashed::new(encoder, progress);
        contents.write_to(&mut hashed)?;
        let crc = hashed.check(size)?;
        hashed.out.finish()?.finish()?;
        Ok(self.output.end(crc)?)
    }

    /// Writes out what is under way until no more than `most` blocks are.
    fn settle(&mut self, most: usize) -> io::Result<()> {
        while self.blocks > most || (most == 0 && !self.under_way.is_empty()) {
            match self.under_way.pop_front() {
                None => break,
                Some(Step::Begin(head)) => self.output.begin(head),
                Some(Step::Block(promise)) => {
                    self.blocks -= 1;
                    let done = promise.wait()?;
                    self.crc.combine(&Hasher::new_with_initial_len(done.crc32, done.len));
                    self.output.add(done.bytes)?;
                }
                Some(Step::End) => {
                    let crc = std::mem::take(&mut self.crc);
                    self.output.end(crc.finalize())?;
                }
            }
        }
        Ok(())
    }

    /// Writes all that is under way, and the archive's end.
    ///
    /// # Errors
    /// `Io`.
    pub(super) fn finish(mut self) -> Result<Target<'w>> {
        self.settle(0)?;
        Ok(self.output.finish()?)
    }
}

/// From here on Zstandard compresses less than about 10 MB a second.
#[cfg(feature = "zstd")]
const MODEST_LEVEL: i32 = 12;

/// Memory that must be left for compressors: libdeflate's take up to 9 MiB each at its highest levels, and ask for it where it
/// cannot be refused.
const COMPRESSORS: usize = 24 << 20;

fn check_len(found: u64, wanted: u64) -> Result<()> {
    match found == wanted {
        true => Ok(()),
        false => Err(Fault::WrongLength { wanted, found }.into()),
    }
}

/// Gathers a member's bytes into blocks for the compressor.
struct BlockBuffer<'a, 'w> {
    encoder: &'a mut MemberEncoder<'w>,
    block: usize,
    data: Vec<u8>,
    level: Level,
    /// Made with the first block, which the blocks after it share.
    choice: Option<Arc<LevelChoice>>,
    /// The expected number of bytes, and the number so far.
    size: u64,
    counted: u64,
}

impl BlockBuffer<'_, '_> {
    fn give(&mut self, last: bool) -> io::Result<()> {
        let data = std::mem::take(&mut self.data);
        self.encoder.output.progress().add(data.len());
        let choice = || Arc::new(LevelChoice::new(self.level, &data, self.size));
        let level = Arc::clone(self.choice.get_or_insert_with(choice));
        let block = self.encoder.compressor.compress(Block { data, is_last: last, level });
        self.encoder.under_way.push_back(Step::Block(block));
        self.encoder.blocks += 1;
        self.encoder.settle(self.encoder.compressor.depth())
    }
}

impl Write for BlockBuffer<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full block waits for a byte more: it may be the last.
        if self.data.len() == self.block && !bytes.is_empty() {
            self.give(false)?;
        }
        let room = (self.block - self.data.len()).min(bytes.len());
        let taken = bytes.get(..room).unwrap_or_default();
        if self.data.is_empty() {
            // Room for all that can still come.
            let left = usize::try_from(self.size.saturating_sub(self.counted)).unwrap_or(usize::MAX);
            self.data.try_reserve_exact(left.min(self.block))?;
            headroom(COMPRESSORS).map_err(|_| io::ErrorKind::OutOfMemory)?;
        }
        self.data.extend_from_slice(taken);
        self.counted += taken.len() as u64;
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes the CRC of what goes through.
struct Hashed<'w, W> {
    out: W,
    progress: Progress<'w>,
    crc: Hasher,
    counted: u64,
}

impl<'w, W: Write> Hashed<'w, W> {
    fn new(out: W, progress: Progress<'w>) -> Self {
        Self { out, progress, crc: Hasher::new(), counted: 0 }
    }

    /// The CRC of all of it, if that was as long as it should be.
    fn check(&self, len: u64) -> Result<u32> {
        check_len(self.counted, len)?;
        Ok(self.crc.clone().finalize())
    }
}

impl<W: Write> Write for Hashed<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        /// A slow encoder takes a tenth of a second for this much.
        const AT_ONCE: usize = 128 << 10;
        check()?;
        let taken = self.out.write(bytes.get(..AT_ONCE).unwrap_or(bytes))?;
        self.crc.update(bytes.get(..taken).unwrap_or_default());
        self.counted += taken as u64;
        self.progress.add(taken);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The size of one write.
const PIECE: usize = 1 << 20;

/// Gathers small writes into larger ones.
pub(crate) struct Pieces<'a, 'w> {
    output: &'a mut Output<'w>,
    piece: Vec<u8>,
}

impl<'a, 'w> Pieces<'a, 'w> {
    pub(crate) fn new(output: &'a mut Output<'w>) -> Self {
        Self { output, piece: Vec::new() }
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// The output's.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.give()
    }

    fn give(&mut self) -> io::Result<()> {
        self.output.add(std::mem::take(&mut self.piece))
    }
}

impl Write for Pieces<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() >= PIECE {
            self.give()?;
        }
        let room = PIECE - self.piece.len();
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.piece.try_reserve(taken.len())?;
        self.piece.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
