//! The output of an archive, member by member.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::sync::Arc;

use crc32fast::Hasher;
use numio_deflate::{BlockIndex, crc32};

use super::zip::{End, INDEX_ID, Method, NewLocal, NewRecord, is_long, put_extra};
use crate::io::{AtomicFile, write_all_at};
use crate::parallel::{Helpers, check, join, num_threads};

/// A writer that can go back.
pub(crate) trait WriteSeek: Write + Seek + Send {}

impl<W: Write + Seek + Send> WriteSeek for W {}

/// The target of the writes.
#[allow(
    clippy::large_enum_variant,
    reason = "the variants are built once and matched, not stored in numbers"
)]
pub(crate) enum Target<'w> {
    File(AtomicFile),
    Seekable(Box<dyn WriteSeek + 'w>),
    /// A stream whose written bytes cannot be changed: members are buffered until their headers are known.
    Stream(Box<dyn Write + Send + 'w>),
}

/// An archive on its way out.
pub(crate) struct Output<'w> {
    target: Target<'w>,
    /// The offset of the next byte, from the start of the file.
    at: u64,
    directory: Before,
    current: Option<Current>,
    progress: Progress<'w>,
}

/// Called with the number of bytes of members' contents that are done with.
#[derive(Clone, Default)]
pub(crate) struct Progress<'w>(Option<Arc<dyn Fn(u64) + Send + Sync + 'w>>);

impl<'w> Progress<'w> {
    pub(crate) fn new(call: impl Fn(u64) + Send + Sync + 'w) -> Self {
        Self(Some(Arc::new(call)))
    }

    pub(crate) fn add(&self, bytes: usize) {
        if let Some(call) = &self.0 {
            call(bytes as u64);
        }
    }
}

/// The contents of an archive before writing starts.
#[derive(Default)]
pub(crate) struct Before {
    /// The offset from which its own offsets count.
    pub(crate) base: u64,
    /// The records of its members, and how many they are.
    pub(crate) records: Vec<u8>,
    pub(crate) count: u64,
    pub(crate) comment: Vec<u8>,
}

/// The member being written.
struct Current {
    head: Head,
    /// The offset of its local header, once that is written.
    header: Option<u64>,
    /// Compressed blocks that wait for the header.
    held: Vec<Vec<u8>>,
    compressed: u64,
    /// The compressed size of each block.
    blocks: Vec<u32>,
}

/// The facts about a member that are known before its data.
pub(crate) struct Head {
    /// With its suffix; at most 65,535 bytes.
    pub(crate) name: String,
    pub(crate) method: Method,
    /// The size of its contents in bytes.
    pub(crate) size: u64,
    /// The decompressed size of each block, where there are blocks.
    pub(crate) block: u32,
}

/// Up to here, header and data go out in one call.
const SMALL: usize = 64 << 10;

/// The size of one write of a large member.
const CHUNK: usize = 8 << 20;

impl<'w> Output<'w> {
    /// Goes on at byte `at` of the target.
    pub(crate) fn new(target: Target<'w>, at: u64, before: Before) -> Self {
        Self { target, at, directory: before, current: None, progress: Progress::default() }
    }

    pub(crate) fn on_progress(&mut self, progress: Progress<'w>) {
        self.progress = progress;
    }

    pub(crate) fn progress(&self) -> &Progress<'w> {
        &self.progress
    }

    /// Writes a member that is stored, in parts.
    ///
    /// # Errors
    /// The target's.
    pub(crate) fn stored(&mut self, head: &Head, parts: [&[u8]; 2]) -> io::Result<()> {
        let at = self.at;
        let header = |crc| local(head, crc, head.size, false, at);
        let crc = if head.size <= SMALL as u64 {
            let crc = crc32(&parts, &Helpers)?;
            self.write(&[&header(crc)[..], parts[0], parts[1]].concat())?;
            self.progress.add(head.size as usize);
            crc
        } else if matches!(self.target, Target::Stream(_)) {
            let crc = crc32(&parts, &Helpers)?;
            self.write(&header(crc))?;
            self.write_parts(parts)?;
            crc
        } else {
            // The CRC is taken while the data are written, and the header completed when both are done.
            self.write(&header(0))?;
            let crc = hash_while(parts, || self.write_parts(parts))?;
            self.rewrite(&header(crc), at)?;
            crc
        };
        self.record(head, crc, head.size, at, &[]);
        Ok(())
    }

    fn write_parts(&mut self, parts: [&[u8]; 2]) -> io::Result<()> {
        parts.iter().flat_map(|part| part.chunks(CHUNK)).try_for_each(|chunk| {
            self.write(chunk)?;
            self.progress.add(chunk.len());
            Ok(())
        })
    }

    /// Starts a member whose compressed bytes come one after another, and whose CRC comes last.
    pub(crate) fn begin(&mut self, head: Head) {
        let (held, blocks) = (Vec::new(), Vec::new());
        self.current = Some(Current { head, header: None, held, compressed: 0, blocks });
    }

    /// Adds compressed bytes to the member: one block, if it comes in blocks.
    ///
    /// # Errors
    /// The target's.
    pub(crate) fn add(&mut self, data: Vec<u8>) -> io::Result<()> {
        let Some(mut current) = self.current.take() else { return Ok(()) };
        current.compressed += data.len() as u64;
        current.blocks.push(data.len() as u32);
        current.held.push(data);
        // The first waits: if it stays alone, the header is written but once.
        if current.held.len() > 1 && !matches!(self.target, Target::Stream(_)) {
            if current.header.is_none() {
                current.header = Some(self.at);
                self.write(&local(&current.head, 0, 0, may_be_long(&current.head), self.at))?;
            }
            current.held.drain(..).try_for_each(|data| self.write(&data))?;
        }
        self.current = Some(current);
        Ok(())
    }

    /// Ends the member.
    ///
    /// # Errors
    /// The target's.
    pub(crate) fn end(&mut self, crc: u32) -> io::Result<()> {
        let Some(Current { head, header, held, compressed, blocks }) = self.current.take() else {
            return Ok(());
        };
        let at = header.unwrap_or(self.at);
        let bytes = local(&head, crc, compressed, header.is_some() && may_be_long(&head), at);
        match &held[..] {
            [only] if header.is_none() && only.len() <= SMALL => {
                self.write(&[bytes, only.clone()].concat())?
            }
            held => {
                if header.is_none() {
                    self.write(&bytes)?;
                }
                held.iter().try_for_each(|data| self.write(data))?;
                if header.is_some() {
                    self.rewrite(&bytes, at)?;
                }
            }
        }
        let mut extra = Vec::new();
        if head.block > 0 && blocks.len() > 1 {
            let mut index = BlockIndex::new(head.block);
            blocks.iter().for_each(|&len| index.push(len));
            put_extra(&mut extra, INDEX_ID, &index.to_bytes());
        }
        self.record(&head, crc, compressed, at, &extra);
        Ok(())
    }

    /// Writes a member of another archive, whose data `copy` copies into a file. `index` is that of its blocks, if it has one.
    ///
    /// # Errors
    /// Those of the target and of `copy`.
    pub(crate) fn copied(
        &mut self,
        head: &Head,
        crc: u32,
        compressed: u64,
        index: &[u8],
        copy: impl FnOnce(&File) -> io::Result<()>,
    ) -> io::Result<()> {
        let at = self.at;
        self.write(&local(head, crc, compressed, false, at))?;
        let Target::File(file) = &self.target else { return Err(io::ErrorKind::Unsupported.into()) };
        copy(file.file())?;
        self.at += compressed;
        let mut extra = Vec::new();
        if !index.is_empty() {
            put_extra(&mut extra, INDEX_ID, index);
        }
        self.record(head, crc, compressed, at, &extra);
        Ok(())
    }

    fn record(&mut self, head: &Head, crc: u32, compressed: u64, at: u64, extra: &[u8]) {
        let Before { base, records, count, .. } = &mut self.directory;
        let &Head { method, size, .. } = head;
        let (name, local, extra) = (head.name.clone(), at.saturating_sub(*base), extra.to_vec());
        NewRecord { name, method, crc, compressed, size, local, extra }.put(records);
        *count += 1;
    }

    /// Writes the directory and the end, and gives the target back.
    ///
    /// # Errors
    /// The target's.
    pub(crate) fn finish(mut self) -> io::Result<Target<'w>> {
        let Before { base, mut records, count, comment } = std::mem::take(&mut self.directory);
        let (size, offset) = (records.len() as u64, self.at.saturating_sub(base));
        End { count, zip64: false, size, offset, at: self.at }.put(&comment, &mut records);
        self.write(&records)?;
        match &mut self.target {
            Target::File(file) => file.flush()?,
            Target::Seekable(writer) => writer.flush()?,
            Target::Stream(writer) => writer.flush()?,
        }
        Ok(self.target)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        check()?;
        match &mut self.target {
            Target::File(file) => file.write_all(bytes)?,
            Target::Seekable(writer) => writer.write_all(bytes)?,
            Target::Stream(writer) => writer.write_all(bytes)?,
        }
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Overwrites the bytes at `at`, and continues at the end.
    fn rewrite(&mut self, bytes: &[u8], at: u64) -> io::Result<()> {
        match &mut self.target {
            Target::File(file) => write_all_at(file.file(), bytes, at),
            Target::Seekable(writer) => {
                let back = (self.at - at) as i64;
                writer.seek(SeekFrom::Current(-back))?;
                writer.write_all(bytes)?;
                writer.seek(SeekFrom::Current(back - bytes.len() as i64))?;
                Ok(())
            }
            Target::Stream(_) => Err(io::ErrorKind::NotSeekable.into()),
        }
    }

    /// Asks the file system for room for a member, if there is one to ask.
    ///
    /// # Errors
    /// `StorageFull`.
    pub(crate) fn reserve(&self, size: u64) -> io::Result<()> {
        match &self.target {
            Target::File(file) => file.reserve(self.at.saturating_add(size)),
            Target::Seekable(_) | Target::Stream(_) => Ok(()),
        }
    }
}

/// The local header of a member at offset `at`.
fn local(head: &Head, crc: u32, compressed: u64, zip64: bool, at: u64) -> Vec<u8> {
    let Head { name, method, size, .. } = head;
    let aligned = (*method == Method::Stored).then_some(at);
    NewLocal { name, method: *method, crc, compressed, size: *size, zip64 }.to_bytes(aligned)
}

/// Returns true if the member's compressed bytes may become so many that their number needs zip64: data that do not compress
/// grow a little.
fn may_be_long(head: &Head) -> bool {
    is_long(head.size.saturating_add(head.size / 1000).saturating_add(1 << 20))
}

/// The CRC of `parts`, taken on another thread while `work` is done.
///
/// # Errors
/// Those of `work`.
fn hash_while<E>(parts: [&[u8]; 2], work: impl FnOnce() -> Result<(), E>) -> Result<u32, E> {
    /// Fewer bytes take less time than telling another thread of them.
    const SMALLEST: usize = 32 << 10;

    let in_turn = move || {
        let mut all = Hasher::new();
        parts.iter().for_each(|part| all.update(part));
        all.finalize()
    };
    let is_small = parts.iter().map(|part| part.len()).sum::<usize>() < SMALLEST;
    let threads = if is_small { 1 } else { num_threads() };
    let (done, crc) = join(threads, work, in_turn);
    done.map(|()| crc)
}
