//! The sources under lazy arrays: files whose identity is known, bytes fetched ahead, and members that are compressed.

use std::collections::{HashMap, VecDeque};
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use numio_deflate::Part;

use crate::io::{ReadAt, ReadRange};
use crate::lazy::error::Fault;
use crate::npz::NpzArchive;
use crate::parallel::{lock, map, num_threads};
use crate::{Error, Result};

/// The identity of a file: what is compared to see whether it is still the one that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct FileStamp {
    /// The size in bytes.
    pub size: u64,
    /// The time of the last modification, in nanoseconds since 1970, where it is known.
    pub modified: Option<i128>,
    /// The entity tag of an object store or a web server, where there is one.
    pub etag: Option<String>,
}

impl FileStamp {
    /// The identity of a file, by what is known of it.
    pub fn new(size: u64, modified: Option<i128>, etag: Option<String>) -> Self {
        Self { size, modified, etag }
    }

    fn of(found: &Metadata) -> Self {
        let since = |time: SystemTime| match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => after.as_nanos() as i128,
            Err(before) => -(before.duration().as_nanos() as i128),
        };
        Self { size: found.len(), modified: found.modified().ok().map(since), etag: None }
    }

    /// Compares what is known of both.
    ///
    /// # Errors
    /// `StaleFile` where anything is another.
    pub fn check(&self, now: &Self) -> Result<()> {
        let differ = |what, was: &dyn ToString, is: &dyn ToString| {
            Err(Fault::Stale { what, was: was.to_string(), is: is.to_string() }.into())
        };
        if self.size != now.size {
            return differ("size", &self.size, &now.size);
        }
        if let (Some(was), Some(is)) = (self.modified, now.modified)
            && was != is
        {
            return differ("modification time", &was, &is);
        }
        match (&self.etag, &now.etag) {
            (Some(was), Some(is)) if was != is => differ("entity tag", was, is),
            _ => Ok(()),
        }
    }
}

/// A file of the system, and its identity when it was opened.
#[derive(Debug)]
pub(super) struct LazyFile {
    file: File,
    path: PathBuf,
    /// The path in errors, where it is another: that which a temporary file is going to have.
    shown: Option<PathBuf>,
    stamp: FileStamp,
    found: Metadata,
    /// Others write to it too, so that its time of modification says nothing.
    is_writable: bool,
}

impl LazyFile {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// `Io`.
    pub(super) fn open(path: &Path, is_writable: bool) -> Result<Self> {
        // For both at once no pipe is waited for.
        let file = match is_writable {
            true => crate::io::open_to_write(path)?,
            false => crate::io::open(path)?.file,
        };
        Self::new(file, path, is_writable)
    }

    pub(super) fn new(file: File, path: &Path, is_writable: bool) -> Result<Self> {
        let found = file.metadata()?;
        crate::io::refuse_directory(&file, &found)?;
        if !found.is_file() {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "not a regular file");
            return Err(error.into());
        }
        let path = std::path::absolute(path)?;
        Ok(Self { stamp: FileStamp::of(&found), file, path, shown: None, found, is_writable })
    }

    /// Has errors name another path.
    pub(super) fn shown_as(self, path: &Path) -> Self {
        Self { shown: Some(path.to_path_buf()), ..self }
    }

    /// The path in errors.
    pub(super) fn shown(&self) -> &Path {
        self.shown.as_deref().unwrap_or(&self.path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn stamp(&self) -> &FileStamp {
        &self.stamp
    }

    /// The file, to write to it.
    ///
    /// # Errors
    /// `InvalidInput` where it was opened for reading.
    pub(super) fn writable(&self) -> Result<&File> {
        if self.is_writable { Ok(&self.file) } else { Err(Fault::ReadOnly.into()) }
    }

    /// Checks that the path still leads to the file as it was opened.
    ///
    /// # Errors
    /// `StaleFile`; `Io` where there is none.
    pub(super) fn check(&self) -> Result<()> {
        let found = std::fs::metadata(&self.path)?;
        let now = FileStamp::of(&found);
        let now = if self.is_writable { FileStamp { modified: None, ..now } } else { now };
        self.stamp.check(&now)?;
        if crate::io::is_same(&found, &self.found) {
            return Ok(());
        }
        Err(Fault::Stale { what: "inode", was: "one".into(), is: "another".into() }.into())
    }
}

impl ReadAt for LazyFile {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buf, offset)
    }

    fn read_ranges(&self, ranges: &mut [ReadRange<'_>]) -> io::Result<()> {
        self.file.read_ranges(ranges)
    }

    fn len(&self) -> io::Result<u64> {
        ReadAt::len(&self.file)
    }
}

/// A source, and parts of it that are in memory: headers and directories, read ahead because each read is a request. Ranges of
/// elements are not read from there, so that every read of them sees whether the file is still the same.
///
/// Reads that go through the source from one place on, as those of an archive's members do in their order, bring more and more:
/// twice as much as the one before, in parts that are requested side by side.
pub(super) struct Windows {
    inner: Arc<dyn ReadAt>,
    len: u64,
    windows: Mutex<Vec<Window>>,
    /// The bytes that a short read brings, for those that will come next.
    ahead: usize,
    pass: Mutex<Pass>,
}

/// A pass through a source.
#[derive(Default)]
struct Pass {
    /// The offset after the last byte that was read.
    end: u64,
    /// The number of bytes that the last read brought.
    brought: usize,
    /// The offset of the bytes that the last read brought in excess of what was asked for, and these.
    start: u64,
    bytes: Vec<u8>,
}

/// The most bytes of a pass that are in memory.
const MOST_AHEAD: usize = 32 << 20;

/// The bytes of one request of a pass.
const PART: usize = 4 << 20;

struct Window {
    start: u64,
    bytes: Arc<[u8]>,
    /// Given up when what it was fetched for is done.
    is_passing: bool,
}

impl Windows {
    /// The source, of `len` bytes, with bytes that are known already.
    pub(super) fn new(inner: Arc<dyn ReadAt>, len: u64, known: Vec<(u64, Vec<u8>)>, ahead: usize) -> Self {
        let windows =
            known.into_iter().map(|(start, bytes)| Window { start, bytes: bytes.into(), is_passing: false });
        Self { inner, len, windows: Mutex::new(windows.collect()), ahead, pass: Mutex::default() }
    }

    /// Reads by requests side by side.
    fn read_in_parts(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        if buf.len() <= PART {
            return self.inner.read_exact_at(buf, offset);
        }
        let parts = buf.chunks_mut(PART).zip((offset..).step_by(PART));
        let mut parts: Vec<_> = parts.map(|(buf, offset)| ReadRange { offset, buf }).collect();
        self.inner.read_ranges(&mut parts)
    }

    /// Copies bytes that a pass has brought.
    fn copy_passed(&self, buf: &mut [u8], offset: u64) -> bool {
        let pass = lock(&self.pass);
        let start = offset.checked_sub(pass.start).and_then(|start| usize::try_from(start).ok());
        let found = start.and_then(|start| pass.bytes.get(start..)).and_then(|rest| rest.get(..buf.len()));
        found.map(|found| buf.copy_from_slice(found)).is_some()
    }

    /// The number of bytes to read where `len` bytes at `offset` are asked for: more, if that goes on from the last read.
    fn wanted(&self, len: usize, offset: u64) -> usize {
        let mut pass = lock(&self.pass);
        // Headers and padding may be passed over.
        let goes_on = pass.brought > 0
            && offset <= pass.end.saturating_add(self.ahead as u64)
            && offset.saturating_add(len as u64) > pass.end;
        let left = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let more = if goes_on { pass.brought.saturating_mul(2).min(MOST_AHEAD) } else { 0 };
        let wanted = len.max(more).max(self.ahead).min(left);
        (pass.end, pass.brought) = (offset.saturating_add(wanted as u64), wanted);
        wanted
    }

    /// Reads these bytes, if they are not in memory, and keeps them there.
    ///
    /// # Errors
    /// Those of the source.
    pub(super) fn keep(&self, start: u64, len: usize) -> Result<()> {
        let mut bytes = crate::error::zeros(len)?;
        if !self.copy(&mut bytes, start) {
            self.inner.read_exact_at(&mut bytes, start)?;
            lock(&self.windows).push(Window { start, bytes: bytes.into(), is_passing: false });
        }
        Ok(())
    }

    /// Does so for up to that many bytes at the end of the source.
    ///
    /// # Errors
    /// Those of the source.
    pub(super) fn keep_end(&self, most: usize) -> Result<()> {
        let len = self.len.min(most as u64);
        self.keep(self.len - len, len as usize)
    }

    /// Fills `buf` with bytes that are in memory, if they all are.
    pub(super) fn copy(&self, buf: &mut [u8], offset: u64) -> bool {
        let find = |window: &Window| {
            let start = usize::try_from(offset.checked_sub(window.start)?).ok()?;
            Some((Arc::clone(&window.bytes), start, start.checked_add(buf.len())?))
        };
        let found = lock(&self.windows)
            .iter()
            .rev()
            .filter_map(find)
            .find(|(bytes, _, end)| *end <= <[u8]>::len(bytes));
        let Some((bytes, start, end)) = found else { return false };
        match bytes.get(start..end) {
            Some(found) => {
                buf.copy_from_slice(found);
                true
            }
            None => false,
        }
    }

    /// Does `work` with these ranges in memory, which are fetched together.
    ///
    /// # Errors
    /// Those of the source and of `work`.
    pub(super) fn with<T>(
        &self,
        ranges: &[(u64, usize)],
        most: usize,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let mut fetched: Vec<(u64, Vec<u8>)> = Vec::with_capacity(ranges.len());
        for &(start, len) in ranges {
            fetched.push((start, crate::error::zeros(len)?));
        }
        let mut parts = Vec::new();
        for (start, bytes) in &mut fetched {
            let offsets = (*start..).step_by(most.max(1));
            parts.extend(
                bytes.chunks_mut(most.max(1)).zip(offsets).map(|(buf, offset)| ReadRange { offset, buf }),
            );
        }
        self.inner.read_ranges(&mut parts)?;
        let passing: Vec<Arc<[u8]>> = {
            let mut windows = lock(&self.windows);
            let add = |(start, bytes): (u64, Vec<u8>)| {
                let bytes: Arc<[u8]> = bytes.into();
                windows.push(Window { start, bytes: Arc::clone(&bytes), is_passing: true });
                bytes
            };
            fetched.into_iter().map(add).collect()
        };
        let done = work();
        lock(&self.windows).retain(|window| {
            !(window.is_passing && passing.iter().any(|bytes| Arc::ptr_eq(bytes, &window.bytes)))
        });
        done
    }
}

/// At most as many windows are kept of those that short reads have fetched.
const WINDOWS: usize = 16;

impl ReadAt for Windows {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        if self.copy(buf, offset) || self.copy_passed(buf, offset) {
            return Ok(());
        }
        if buf.len() as u64 > self.len.saturating_sub(offset) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let wanted = self.wanted(buf.len(), offset);
        if wanted == buf.len() {
            return self.read_in_parts(buf, offset);
        }
        let mut bytes = crate::error::zeros(wanted)?;
        self.read_in_parts(&mut bytes, offset)?;
        if let Some(found) = bytes.get(..buf.len()) {
            buf.copy_from_slice(found);
        }
        if wanted > self.ahead {
            let mut pass = lock(&self.pass);
            (pass.start, pass.bytes) = (offset, bytes);
            return Ok(());
        }
        let mut windows = lock(&self.windows);
        let kept = windows.iter().filter(|window| !window.is_passing).count();
        if kept >= WINDOWS
            && let Some(first) = windows.iter().position(|window| !window.is_passing)
        {
            windows.remove(first);
        }
        windows.push(Window { start: offset, bytes: bytes.into(), is_passing: false });
        Ok(())
    }

    fn read_ranges(&self, ranges: &mut [ReadRange<'_>]) -> io::Result<()> {
        self.inner.read_ranges(ranges)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.len)
    }
}

/// Decompressed bytes by member and block, the least recently used of which are given up.
#[derive(Debug)]
pub(super) struct Cache {
    most: u64,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    bytes: u64,
    found: HashMap<(usize, usize), Arc<Vec<u8>>>,
    order: VecDeque<(usize, usize)>,
}

impl Cache {
    pub(super) fn new(most: u64) -> Self {
        Self { most, kept: Mutex::default() }
    }

    fn get(&self, key: (usize, usize)) -> Option<Arc<Vec<u8>>> {
        let mut kept = lock(&self.kept);
        let found = Arc::clone(kept.found.get(&key)?);
        if kept.order.back() != Some(&key) {
            kept.order.retain(|other| *other != key);
            kept.order.push_back(key);
        }
        Some(found)
    }

    fn put(&self, key: (usize, usize), bytes: &Arc<Vec<u8>>) {
        let len = bytes.len() as u64;
        if len > self.most {
            return;
        }
        let mut kept = lock(&self.kept);
        if kept.found.insert(key, Arc::clone(bytes)).is_some() {
            return;
        }
        kept.order.push_back(key);
        kept.bytes += len;
        while kept.bytes > self.most
            && let Some(first) = kept.order.pop_front()
        {
            let freed = kept.found.remove(&first).map_or(0, |bytes| bytes.len() as u64);
            kept.bytes = kept.bytes.saturating_sub(freed);
        }
    }
}

/// The decompressed bytes of a member.
pub(super) struct Compressed {
    pub(super) archive: NpzArchive,
    pub(super) index: usize,
    /// The offset of its data in the archive, and their number.
    pub(super) start: u64,
    pub(super) compressed: u64,
    pub(super) size: u64,
    /// The parts that can be decompressed on their own.
    pub(super) parts: Option<Vec<Part>>,
    pub(super) cache: Arc<Cache>,
    /// The source of the archive, where each read is a request.
    pub(super) windows: Option<Arc<Windows>>,
    pub(super) most: usize,
}

/// The key of all of a member in the cache.
const WHOLE: usize = usize::MAX;

impl Compressed {
    fn ahead<T>(&self, ranges: &[(u64, usize)], work: impl FnOnce() -> Result<T>) -> Result<T> {
        match &self.windows {
            Some(windows) => windows.with(ranges, self.most, work),
            None => work(),
        }
    }

    /// Does `work` with all of the member's data in memory, if they would be fetched by requests.
    pub(super) fn with_all<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let len = usize::try_from(self.compressed).unwrap_or(usize::MAX);
        self.ahead(&[(self.start, len)], work)
    }

    fn whole(&self) -> Result<Arc<Vec<u8>>> {
        let key = (self.index, WHOLE);
        if let Some(found) = self.cache.get(key) {
            return Ok(found);
        }
        let bytes = Arc::new(self.with_all(|| self.archive.decompressed(self.index))?);
        self.cache.put(key, &bytes);
        Ok(bytes)
    }

    /// The blocks of these numbers, in order. Nothing where one is not what the index says.
    fn blocks(&self, parts: &[Part], wanted: &[usize]) -> Result<Option<Vec<Arc<Vec<u8>>>>> {
        let mut found: Vec<Option<Arc<Vec<u8>>>> =
            wanted.iter().map(|&number| self.cache.get((self.index, number))).collect();
        let missing: Vec<(usize, Part)> = wanted
            .iter()
            .zip(&found)
            .filter(|(_, found)| found.is_none())
            .filter_map(|(&number, _)| Some((number, *parts.get(number)?)))
            .collect();
        // Blocks that follow each other are fetched by one request.
        let mut ranges: Vec<(u64, usize)> = Vec::new();
        for (_, part) in &missing {
            let start = self.start + part.start;
            match ranges.last_mut() {
                Some((from, len)) if *from + *len as u64 == start => *len += part.compressed,
                _ => ranges.push((start, part.compressed)),
            }
        }
        let last = parts.len().saturating_sub(1);
        let inflated = self.ahead(&ranges, || {
            map(num_threads().min(missing.len()), missing.iter(), |(number, part)| {
                self.archive.inflate_part(self.index, part, *number == last)
            })
        })?;
        let mut inflated = missing.iter().zip(inflated);
        for slot in found.iter_mut().filter(|slot| slot.is_none()) {
            let Some((&(number, _), Some(bytes))) = inflated.next() else { return Ok(None) };
            let bytes = Arc::new(bytes);
            self.cache.put((self.index, number), &bytes);
            *slot = Some(bytes);
        }
        Ok(found.into_iter().collect())
    }

    fn fill(&self, ranges: &mut [ReadRange<'_>]) -> Result<()> {
        let eof = || Error::from(io::Error::from(io::ErrorKind::UnexpectedEof));
        for range in ranges.iter() {
            if range.offset.checked_add(range.buf.len() as u64).is_none_or(|end| end > self.size) {
                return Err(eof());
            }
        }
        if let Some(parts) = self.parts.as_deref()
            && let Some(block) = parts.first().map(|part| part.len as u64)
        {
            if self.fill_from(ranges, parts, block)? {
                return Ok(());
            }
            // What else is wrong with the member is told first. To go on with all of it would mix the stream with what
            // others, maybe in other processes, have read by the index. So whoever reads all parts, in whatever order and
            // place, has what the stream is, or an error.
            self.with_all(|| self.archive.decompressed(self.index))?;
            return Err(Fault::BlockIndex.into());
        }
        let whole = self.whole()?;
        ranges.iter_mut().try_for_each(|range| Ok(whole.read_exact_at(range.buf, range.offset)?))
    }

    /// Fills the ranges from blocks, as many at a time as fit into the cache. Returns false where one is not what the index
    /// says.
    fn fill_from(&self, ranges: &mut [ReadRange<'_>], parts: &[Part], block: u64) -> Result<bool> {
        let covered = |range: &ReadRange<'_>| {
            let last = range.offset + (range.buf.len() as u64).saturating_sub(1);
            (range.offset / block, last / block)
        };
        let mut wanted: Vec<usize> = Vec::new();
        for range in ranges.iter().filter(|range| !range.buf.is_empty()) {
            let (first, last) = covered(range);
            wanted.extend((first..=last).map(|number| number as usize));
        }
        wanted.sort_unstable();
        wanted.dedup();
        let at_once = usize::try_from(AT_ONCE / block.max(1)).unwrap_or(1).max(1);
        for numbers in wanted.chunks(at_once) {
            let Some(blocks) = self.blocks(parts, numbers)? else { return Ok(false) };
            for (&number, bytes) in numbers.iter().zip(&blocks) {
                let from = number as u64 * block;
                for range in ranges.iter_mut() {
                    let end = range.offset + range.buf.len() as u64;
                    let (low, high) = (range.offset.max(from), end.min(from + bytes.len() as u64));
                    if low < high {
                        let source = bytes.get((low - from) as usize..(high - from) as usize);
                        let target =
                            range.buf.get_mut((low - range.offset) as usize..(high - range.offset) as usize);
                        if let (Some(source), Some(target)) = (source, target) {
                            target.copy_from_slice(source);
                        }
                    }
                }
            }
        }
        Ok(true)
    }
}

/// The most decompressed bytes that are in memory for one read, the cache left out.
const AT_ONCE: u64 = 64 << 20;

impl ReadAt for Compressed {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        Ok(self.fill(&mut [ReadRange { offset, buf }])?)
    }

    fn read_ranges(&self, ranges: &mut [ReadRange<'_>]) -> io::Result<()> {
        Ok(self.fill(ranges)?)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.size)
    }
}
