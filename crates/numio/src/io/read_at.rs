//! Files as sources. Unix's `pread` leaves the file position alone; Windows' `seek_read` moves it, which no reader here
//! depends on; other systems seek under a lock, and `--cfg numio_portable` tries that anywhere.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::io::ReadAt;
#[cfg(all(target_os = "linux", not(numio_portable)))]
use crate::io::ranges::{ReadRange, read_if_cached, read_scattered, reopened_where_cold};
use crate::parallel::{check, check_now, for_each, lock, num_threads};

impl ReadAt for File {
    #[cfg(all(unix, not(numio_portable)))]
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, buf, offset)
    }

    #[cfg(all(windows, not(numio_portable)))]
    fn read_exact_at(&self, mut buf: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !buf.is_empty() {
            match std::os::windows::fs::FileExt::seek_read(self, buf, offset) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    buf = buf.get_mut(read..).unwrap_or_default();
                    offset += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    #[cfg(any(numio_portable, not(any(unix, windows))))]
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        at_position(self, offset, |mut file| file.read_exact(buf))
    }

    #[cfg(all(target_os = "linux", not(numio_portable)))]
    fn read_ranges(&self, ranges: &mut [ReadRange<'_>]) -> io::Result<()> {
        read_scattered(self, ranges)
    }

    #[cfg(all(target_os = "linux", not(numio_portable)))]
    fn stream_from(&self, offset: u64) -> Option<Box<dyn ReadAt + '_>> {
        Some(Box::new(reopened_where_cold(self, offset)?))
    }

    #[cfg(all(target_os = "linux", not(numio_portable)))]
    fn read_if_cached(&self, buf: &mut [u8], offset: u64) -> Option<bool> {
        read_if_cached(self, buf, offset)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

/// Writes `bytes` at `offset`.
///
/// # Errors
/// Errors of the operating system.
#[cfg(all(unix, not(numio_portable)))]
pub(crate) fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

/// Writes `bytes` at `offset`.
///
/// # Errors
/// Errors of the operating system.
#[cfg(all(windows, not(numio_portable)))]
pub(crate) fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = bytes.get(written..).unwrap_or_default();
                offset += written as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes `bytes` at `offset`.
///
/// # Errors
/// Errors of the operating system.
#[cfg(any(numio_portable, not(any(unix, windows))))]
pub(crate) fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    at_position(file, offset, |mut file| file.write_all(bytes))
}

/// Works on a file from `offset` on, and puts its position back: for systems that have no positioned reads. One thread at
/// a time does so, as clones of a handle share their position.
#[cfg(any(numio_portable, not(any(unix, windows))))]
fn at_position(mut file: &File, offset: u64, work: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
    static POSITIONS: Mutex<()> = Mutex::new(());

    let _alone = POSITIONS.lock().unwrap_or_else(PoisonError::into_inner);
    let before = file.stream_position()?;
    file.seek(SeekFrom::Start(offset))?;
    let done = work(file);
    file.seek(SeekFrom::Start(before))?;
    done
}

/// A pipe, a terminal or another stream of the system. Reading and writing wait, but not longer than it takes to see that
/// the call is cancelled: a pipe may stay open for ever.
#[derive(Debug)]
pub(crate) struct Pipe(File);

/// The longest single wait asked of the system.
#[cfg(target_os = "linux")]
const WAIT: std::time::Duration = std::time::Duration::from_millis(40);

/// A file that was opened for reading, and what the system says of it.
pub(crate) struct OpenedFile {
    pub(crate) file: File,
    pub(crate) metadata: Metadata,
    /// The file as a stream of the system, if it is no regular file.
    pub(crate) pipe: Option<Pipe>,
}

/// Opens a path for reading.
///
/// # Errors
/// Errors of the operating system.
pub(crate) fn open(path: &Path) -> io::Result<OpenedFile> {
    let mut options = OpenOptions::new();
    options.read(true);
    // A pipe to which nobody writes yet would be waited for while it is opened.
    #[cfg(target_os = "linux")]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, NONBLOCK);
    OpenedFile::new(options.open(path)?)
}

/// Refuses a directory, which opens as files do, with the system's own error for reading one.
///
/// # Errors
/// That error.
pub(crate) fn refuse_directory(mut file: &File, metadata: &Metadata) -> io::Result<()> {
    match metadata.is_dir() {
        true => file.read_exact(&mut [0]),
        false => Ok(()),
    }
}

impl OpenedFile {
    fn new(file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let kind = metadata.file_type();
        let pipe = if kind.is_file() || kind.is_dir() { None } else { Some(Pipe(file.try_clone()?)) };
        Ok(Self { file, metadata, pipe })
    }
}

#[cfg(target_os = "linux")]
const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits() as i32;

impl Pipe {
    /// Opens a stream of the system for writing, and waits for a reader of it.
    ///
    /// # Errors
    /// Errors of the operating system; `Cancelled`.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).truncate(true);
        #[cfg(target_os = "linux")]
        {
            use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};

            options.custom_flags(NONBLOCK);
            let is_fifo = || path.metadata().is_ok_and(|found| found.file_type().is_fifo());
            loop {
                match options.open(path) {
                    Err(error) if error.raw_os_error() == Some(NO_READER) && is_fifo() => {
                        check_now()?;
                        std::thread::sleep(WAIT / 4);
                    }
                    opened => return opened.map(Self),
                }
            }
        }
        #[cfg(not(target_os = "linux"))]
        options.open(path).map(Self)
    }

    pub(crate) fn file(&self) -> &File {
        &self.0
    }

    pub(crate) fn into_file(self) -> File {
        self.0
    }

    /// Does `work` until it neither is interrupted nor would have to wait.
    fn waiting<T>(&self, is_write: bool, mut work: impl FnMut(&File) -> io::Result<T>) -> io::Result<T> {
        loop {
            self.wait(is_write)?;
            match work(&self.0) {
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) =>
                {
                    check_now()?;
                }
                done => return done,
            }
        }
    }

    #[cfg(target_os = "linux")]
    fn wait(&self, is_write: bool) -> io::Result<()> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        let flags = if is_write { PollFlags::OUT } else { PollFlags::IN };
        let timeout = Timespec { tv_sec: 0, tv_nsec: WAIT.as_nanos() as _ };
        loop {
            check()?;
            match poll(&mut [PollFd::new(&self.0, flags)], Some(&timeout)) {
                // Nothing within that time, or a signal.
                Ok(0) | Err(rustix::io::Errno::INTR) => check_now()?,
                Ok(_) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Elsewhere the read itself waits, and is interrupted by signals alone.
    #[cfg(not(target_os = "linux"))]
    fn wait(&self, _: bool) -> io::Result<()> {
        Ok(check()?)
    }
}

/// Linux's error for opening a pipe for writing that nobody reads.
#[cfg(target_os = "linux")]
const NO_READER: i32 = rustix::io::Errno::NXIO.raw_os_error();

impl Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.waiting(false, |mut file| file.read(buf))
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting(true, |mut file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file, or a pipe, a terminal or another stream of the system, read from its start to its end.
///
/// On Linux waiting for a pipe, or for somebody to open it, ends soon after the call is cancelled
/// ([`CancelToken`](crate::CancelToken)), with an error that says so.
///
/// ```
/// use std::io::Read;
///
/// use numio::FileStream;
///
/// let file = tempfile::NamedTempFile::new()?;
/// std::fs::write(&file, b"1 2\n")?;
/// let mut text = String::new();
/// FileStream::open(file.path())?.read_to_string(&mut text)?;
/// assert_eq!(text, "1 2\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct FileStream {
    file: File,
    /// Where it is no regular file.
    pipe: Option<Pipe>,
}

impl FileStream {
    /// Opens the file at a path. A pipe is not waited for before it is read.
    ///
    /// # Errors
    /// Errors of the operating system.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let OpenedFile { file, pipe, .. } = open(path.as_ref())?;
        Ok(Self { file, pipe })
    }

    /// A file that is open, from its position on.
    ///
    /// # Errors
    /// Errors of the operating system.
    pub fn from_file(file: File) -> io::Result<Self> {
        let OpenedFile { file, pipe, .. } = OpenedFile::new(file)?;
        Ok(Self { file, pipe })
    }

    /// The open file.
    pub fn file(&self) -> &File {
        &self.file
    }
}

impl Read for FileStream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match &mut self.pipe {
            Some(pipe) => pipe.read(buf),
            None => self.file.read(buf),
        }
    }
}

/// A reader that seeks, as bytes at positions.
#[derive(Debug)]
pub(crate) struct Seekable<R>(Mutex<R>);

impl<R: Read + Seek> Seekable<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self(Mutex::new(inner))
    }
}

impl<R: Read + Seek + Send> ReadAt for Seekable<R> {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        // The position does not matter, so neither does the state that a panicking thread left behind.
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.seek(SeekFrom::Start(offset))?;
        inner.read_exact(buf)
    }

    fn len(&self) -> io::Result<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).seek(SeekFrom::End(0))
    }
}

/// One read: small enough that what it brought is still in the core's own cache when it is worked on.
const PIECE: usize = 256 << 10;

/// Bytes per thread and turn: large enough that huge pages are not shared between threads, small enough that a
/// thread that is held up does not hold up the rest.
const SHARE: usize = 8 << 20;

/// Cold files of fewer bytes are read by one thread: until the system reads ahead far enough, several only wait longer.
const COLD: usize = 2 * SHARE;

/// Starting a thread costs about as much as reading this many bytes.
const BYTES_PER_THREAD: usize = 2 << 20;

/// More threads than this only wait for memory.
const MAX_THREADS: usize = 8;

/// Fills `buf` with the bytes of `source` from `offset` on, large ones on several threads, and hands each chunk to
/// `then` while in the cache. Chunks start at multiples of 256 KiB of `buf`, so no power of two up to that is torn.
///
/// Bytes in memory are copied by threads that take turns. Those of a large cold file are read in as many parts as there are
/// threads, each by a descriptor of its own: threads that take turns at one descriptor hide from the system that it could read
/// ahead. A small one is read in order, unless it is on another machine.
///
/// # Errors
/// As [`ReadAt::read_exact_at`].
pub(crate) fn read_parallel<S: ReadAt + ?Sized>(
    source: &S,
    offset: u64,
    buf: &mut [u8],
    then: &(dyn Fn(&mut [u8]) + Sync),
) -> io::Result<()> {
    let mut threads = threads_for(buf.len());
    let (mut offset, mut buf) = (offset, buf);
    if threads > 1 && buf.len() < COLD {
        // In order, for the system reads on from there.
        let first = buf.get_mut(..PIECE).unwrap_or_default();
        match source.read_if_cached(first, offset) {
            Some(true) => {
                then(first);
                offset += PIECE as u64;
                buf = buf.get_mut(PIECE..).unwrap_or_default();
            }
            Some(false) => threads = 1,
            None => {}
        }
    }
    if threads > 1 && buf.len() >= COLD {
        let part = buf.len().div_ceil(threads).next_multiple_of(SHARE);
        let starts: Vec<u64> = (0..buf.len()).step_by(part).map(|start| offset + start as u64).collect();
        let streams: Vec<_> = starts.iter().map(|&start| source.stream_from(start)).collect();
        if streams.iter().any(Option::is_some) {
            let parts = buf.chunks_mut(part).zip(starts).zip(&streams).map(|((rest, offset), stream)| {
                let source: &dyn ReadAt = stream.as_ref().map_or(&source, |stream| &**stream);
                Mutex::new(ColdPart { source, offset, rest })
            });
            return read_parts(threads, &parts.collect::<Vec<_>>(), then);
        }
    }
    let share = buf.len().div_ceil(threads.max(1)).next_multiple_of(PIECE).clamp(PIECE, SHARE);
    let offsets = (0..).map(|index: u64| offset + index * share as u64);
    for_each(threads, buf.chunks_mut(share).zip(offsets), |(share, offset)| {
        read_pieces(source, offset, share, then)
    })
}

/// A part of a source that one thread reads in order, others at its end.
struct ColdPart<'a> {
    source: &'a dyn ReadAt,
    offset: u64,
    rest: &'a mut [u8],
}

impl<'a> ColdPart<'a> {
    /// The next share of the part, with its source and offset.
    fn next(&mut self) -> Option<(&'a dyn ReadAt, u64, &'a mut [u8])> {
        let whole = std::mem::take(&mut self.rest);
        let (share, rest) = whole.split_at_mut(whole.len().min(SHARE));
        let offset = self.offset;
        self.offset += share.len() as u64;
        self.rest = rest;
        if share.is_empty() { None } else { Some((self.source, offset, share)) }
    }
}

/// Each thread begins with a part of its own, and then helps with those that are not done.
fn read_parts(
    threads: usize,
    parts: &[Mutex<ColdPart<'_>>],
    then: &(dyn Fn(&mut [u8]) + Sync),
) -> io::Result<()> {
    for_each(threads, 0..parts.len(), |own| {
        let (before, after) = parts.split_at(own);
        for part in after.iter().chain(before) {
            while let Some((source, offset, share)) = lock(part).next() {
                read_pieces(source, offset, share, then)?;
            }
        }
        Ok(())
    })
}

fn read_pieces<S: ReadAt + ?Sized>(
    source: &S,
    mut offset: u64,
    share: &mut [u8],
    then: &dyn Fn(&mut [u8]),
) -> io::Result<()> {
    for piece in share.chunks_mut(PIECE) {
        check()?;
        source.read_exact_at(piece, offset)?;
        offset += piece.len() as u64;
        then(piece);
    }
    Ok(())
}

/// The number of threads, this one included, that reading `len` bytes is worth.
fn threads_for(len: usize) -> usize {
    if len < 2 * BYTES_PER_THREAD {
        return 1;
    }
    num_threads().min(MAX_THREADS).min(len / BYTES_PER_THREAD)
}

/// Sequential input, whatever reader is under it.
pub trait Input {
    /// Fills `buf` as far as the stream goes, and returns the length: less than all of it only at the end.
    ///
    /// # Errors
    /// The reader's errors; interruptions are not errors.
    fn fill(&mut self, buf: &mut [u8]) -> io::Result<usize>;

    /// The number of bytes read so far.
    fn offset(&self) -> u64;
}

/// A reader that counts, so that errors can name the byte.
#[derive(Debug)]
pub(crate) struct Stream<R> {
    inner: R,
    offset: u64,
}

impl<R: Read> Stream<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, offset: 0 }
    }

    /// The rest of the reader.
    pub(crate) fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: Read> Input for Stream<R> {
    fn fill(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buf.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            check()?;
            match self.inner.read(rest) {
                Ok(0) => break,
                // Do not trust a reader that claims more bytes than it had space for.
                Ok(count) => filled += count.min(rest.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => check_now()?,
                Err(error) => return Err(error),
            }
        }
        self.offset += filled as u64;
        Ok(filled)
    }

    fn offset(&self) -> u64 {
        self.offset
    }
}

#[cfg(test)]
mod seek_tests {
    use super::*;

    #[test]
    fn sources_read_at_positions() {
        let source = Seekable::new(io::Cursor::new(b"abcdef"));
        let mut buf = [0; 3];
        for (offset, wanted) in [(2, b"cde"), (0, b"abc"), (3, b"def")] {
            source.read_exact_at(&mut buf, offset).unwrap();
            assert_eq!(&buf, wanted);
        }
        assert_eq!(source.len().unwrap(), 6);
        assert!(source.read_exact_at(&mut buf, 4).is_err());
    }
}

#[cfg(test)]
mod parallel_tests {
    use std::collections::HashSet;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread::ThreadId;

    use super::*;

    fn pattern(len: usize) -> Vec<u8> {
        (0..len).map(|at| (at % 251) as u8).collect()
    }

    #[test]
    fn read_of_every_size_arrives_whole() {
        let source = pattern((17 << 20) + 13);
        for len in [0, 1, PIECE - 1, PIECE + 1, 2 * BYTES_PER_THREAD, SHARE + 1, 2 * SHARE + 5, 17 << 20] {
            for offset in [0, 13] {
                let mut buf = vec![0; len];
                read_parallel(&source[..], offset as u64, &mut buf, &|_| {}).unwrap();
                assert!(buf == source[offset..offset + len], "{len} bytes from {offset}");
            }
        }
    }

    #[test]
    fn read_in_pieces_works_on_each_once() {
        let source = pattern(9 << 20);
        let mut buf = vec![0; source.len()];
        let seen = AtomicUsize::new(0);
        read_parallel(&source[..], 0, &mut buf, &|piece| {
            seen.fetch_add(piece.len(), Ordering::Relaxed);
            piece.iter_mut().for_each(|byte| *byte = !*byte);
        })
        .unwrap();
        assert_eq!(seen.into_inner(), source.len());
        assert!(buf.iter().zip(&source).all(|(&found, &wanted)| found == !wanted));
    }

    /// A source all of whose bytes are as if on a disk; it counts the streams that were opened.
    struct Cold<'a>(&'a [u8], AtomicUsize);

    impl ReadAt for Cold<'_> {
        fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
            self.0.read_exact_at(buf, offset)
        }

        fn len(&self) -> io::Result<u64> {
            ReadAt::len(self.0)
        }

        fn stream_from(&self, _: u64) -> Option<Box<dyn ReadAt + '_>> {
            // Every other one is as if in memory.
            let is_cold = self.1.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
            is_cold.then(|| Box::new(self.0) as Box<dyn ReadAt + '_>)
        }
    }

    #[test]
    fn a_cold_source_is_read_by_streams() {
        let bytes = pattern(COLD + 3 * SHARE + 13);
        for threads in [2, 3, 8] {
            let source = Cold(&bytes, AtomicUsize::new(0));
            let mut buf = vec![0; bytes.len() - 5];
            let seen = AtomicUsize::new(0);
            let then = |piece: &mut [u8]| {
                seen.fetch_add(piece.len(), Ordering::Relaxed);
            };
            crate::with_num_threads(threads, || read_parallel(&source, 5, &mut buf, &then)).unwrap();
            assert!(buf == bytes[5..], "{threads}");
            assert_eq!(seen.into_inner(), buf.len());
            assert!(source.1.into_inner() > 1);
        }
    }

    /// The system can tell which pages of a file are in memory, unless its file system cannot.
    #[cfg(all(target_os = "linux", not(numio_portable)))]
    #[test]
    fn a_cold_file_is_read_whole() {
        let all = pattern(COLD + SHARE + 13);
        for bytes in [&all[..], &all[..SHARE + 13]] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(bytes).unwrap();
            file.sync_all().unwrap();
            for is_cold in [true, false] {
                if is_cold {
                    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
                } else {
                    assert!(file.stream_from(0).is_none(), "what was just read is in memory");
                    assert_eq!(file.read_if_cached(&mut [0; 100], 7), Some(true));
                }
                let mut buf = vec![0; bytes.len()];
                read_parallel(&file, 0, &mut buf, &|_| {}).unwrap();
                assert!(buf == bytes, "{is_cold}");
            }
        }
    }

    /// A source whose bytes are as if on a disk of this machine; it keeps the threads that read it.
    struct ColdDisk<'a>(&'a [u8], Mutex<HashSet<ThreadId>>);

    impl ReadAt for ColdDisk<'_> {
        fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
            lock(&self.1).insert(std::thread::current().id());
            self.0.read_exact_at(buf, offset)
        }

        fn len(&self) -> io::Result<u64> {
            ReadAt::len(self.0)
        }

        fn read_if_cached(&self, _: &mut [u8], _: u64) -> Option<bool> {
            Some(false)
        }
    }

    #[test]
    fn a_small_source_on_a_cold_disk_is_read_by_one_thread() {
        let bytes = pattern(COLD - 13);
        let source = ColdDisk(&bytes, Mutex::default());
        let mut buf = vec![0; bytes.len()];
        crate::with_num_threads(8, || read_parallel(&source, 0, &mut buf, &|_| {})).unwrap();
        assert!(buf == bytes);
        assert_eq!(source.1.into_inner().unwrap().len(), 1);
    }

    #[test]
    fn a_source_that_ends_early_says_so() {
        let source = pattern(20 << 20);
        let mut buf = vec![0; source.len()];
        let error = read_parallel(&source[..], 1, &mut buf, &|_| {}).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}

#[cfg(test)]
mod stream_tests {
    use super::*;

    /// Gives one byte at a time, with an interruption before each.
    struct Drip<'a>(&'a [u8], bool);

    impl Read for Drip<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let end = buf.len().min(1);
            self.0.read(&mut buf[..end])
        }
    }

    #[test]
    fn read_through_short_and_interrupted_reads_is_whole() {
        let mut stream = Stream::new(Drip(b"abcdef", false));
        let mut buf = [0; 4];
        assert_eq!(stream.fill(&mut buf).unwrap(), 4);
        assert_eq!((&buf, stream.offset()), (b"abcd", 4));
        assert_eq!(stream.fill(&mut buf).unwrap(), 2);
        assert_eq!((&buf[..2], stream.offset()), (&b"ef"[..], 6));
        assert_eq!(stream.fill(&mut buf).unwrap(), 0);
    }
}
