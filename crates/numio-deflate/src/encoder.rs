//! `Write` adapters that compress on all cores.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use crc32fast::Hasher;

use crate::blocks::BLOCK;
use crate::{
    Block, BlockCompressor, BlockIndex, Executor, Level, LevelChoice, PendingBlock, Rayon, Result, block_len,
};

/// Options of compressing.
///
/// ```
/// use std::io::Write;
///
/// use numio_deflate::{CompressOptions, GzipEncoder, Level, Rayon};
///
/// let options = CompressOptions::new().level(Level::At(12)).executor(Rayon::with_threads(2)).clone();
/// let mut encoder = GzipEncoder::with_options(Vec::new(), &options)?;
/// encoder.write_all(b"some data")?;
/// assert!(encoder.finish()?.starts_with(&[0x1f, 0x8b]));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct CompressOptions {
    level: Level,
    size: Option<u64>,
    executor: Arc<dyn Executor>,
}

impl Default for CompressOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl CompressOptions {
    /// The defaults: [`Level::Auto`], an unknown size, and [`Rayon`].
    pub fn new() -> Self {
        Self { level: Level::default(), size: None, executor: Arc::new(Rayon::default()) }
    }

    /// The effort. Default: [`Level::Auto`].
    pub fn level(&mut self, level: Level) -> &mut Self {
        self.level = level;
        self
    }

    /// The number of bytes that are to come, if it is known: for [`Level::Auto`], and for blocks large enough that an
    /// index of them stays below 64 KiB. Default: not known.
    pub fn size(&mut self, size: u64) -> &mut Self {
        self.size = Some(size);
        self
    }

    /// The threads to use, and what stops a call. Default: [`Rayon`]'s.
    pub fn executor(&mut self, executor: impl Executor + 'static) -> &mut Self {
        self.executor = Arc::new(executor);
        self
    }
}

impl fmt::Debug for CompressOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { level, size, executor } = self;
        let threads = executor.threads();
        f.debug_struct("CompressOptions")
            .field("level", level)
            .field("size", size)
            .field("threads", &threads)
            .finish()
    }
}

/// A finished stream.
#[derive(Debug)]
#[non_exhaustive]
pub struct Finished<W> {
    /// The output, with the whole stream in it.
    pub output: W,
    /// The blocks of the stream, by which it is inflated on all cores.
    pub index: BlockIndex,
    /// The number of bytes that were compressed.
    pub len: u64,
    /// The CRC-32 of the bytes that were compressed.
    pub crc32: u32,
}

/// A raw deflate stream (RFC 1951), compressed on all cores.
///
/// The bytes written are cut into blocks that are compressed independently. The positions of the cuts depend on the data
/// alone, so the stream is the same on any number of threads, and any inflater reads it.
///
/// ```
/// use std::io::Write;
///
/// use numio_deflate::{DeflateEncoder, Inflate};
///
/// let data = vec![7; 3_000_000];
/// let mut encoder = DeflateEncoder::new(Vec::new());
/// encoder.write_all(&data)?;
/// let done = encoder.finish()?;
/// assert_eq!((done.len, done.index.block_len()), (3_000_000, 1 << 20));
/// let inflated = Inflate::new(&done.output).index(&done.index).to_vec(3_000_000)?;
/// assert_eq!(inflated, data);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DeflateEncoder<W> {
    output: W,
    compressor: BlockCompressor,
    options: CompressOptions,
    /// Blocks that were given to the compressor and are not written yet.
    pending: VecDeque<PendingBlock>,
    index: BlockIndex,
    block: Vec<u8>,
    block_len: usize,
    /// Chosen by the first block.
    level: Option<Arc<LevelChoice>>,
    crc: Hasher,
    len: u64,
    /// Set after an error: a block of the stream is missing, or only a part of it was written.
    has_failed: bool,
}

impl<W: Write> DeflateEncoder<W> {
    /// Compresses into `output`.
    pub fn new(output: W) -> Self {
        Self::with_options(output, &CompressOptions::new())
    }

    /// Compresses into `output` under `options`.
    pub fn with_options(output: W, options: &CompressOptions) -> Self {
        let block_len = options.size.map_or(BLOCK, block_len);
        Self {
            output,
            compressor: BlockCompressor::new(Arc::clone(&options.executor)),
            options: options.clone(),
            pending: VecDeque::new(),
            index: BlockIndex::new(block_len as u32),
            block: Vec::new(),
            block_len,
            level: None,
            crc: Hasher::new(),
            len: 0,
            has_failed: false,
        }
    }

    /// The output, which has the blocks that are written so far.
    pub fn get_ref(&self) -> &W {
        &self.output
    }

    /// The output. Bytes that are written to it directly damage the stream.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.output
    }

    /// Writes the rest of the stream. An encoder that is dropped instead leaves a stream without an end.
    ///
    /// # Errors
    /// Those of the output and of the [`Executor`]; [`Panicked`](crate::Error::Panicked). After an error of this method or of a write
    /// the stream cannot be completed: what follows is an error as well.
    pub fn finish(mut self) -> Result<Finished<W>> {
        self.give(true)?;
        self.settle(0)?;
        let crc32 = self.crc.finalize();
        Ok(Finished { output: self.output, index: self.index, len: self.len, crc32 })
    }

    fn give(&mut self, is_last: bool) -> Result<()> {
        if self.has_failed {
            return Err(io::Error::other("an earlier write has failed, and the stream is not whole").into());
        }
        self.options.executor.check()?;
        let data = std::mem::take(&mut self.block);
        // Where it is not known how much is to come, the sample is as large as for a whole block.
        let size = self.options.size.unwrap_or(BLOCK as u64);
        let choice = || Arc::new(LevelChoice::new(self.options.level, &data, size));
        let level = Arc::clone(self.level.get_or_insert_with(choice));
        self.pending.push_back(self.compressor.compress(Block { data, is_last, level }));
        self.settle(self.compressor.depth())
    }

    /// Writes pending blocks until no more than `most` are left.
    fn settle(&mut self, most: usize) -> Result<()> {
        let settled = self.settle_down_to(most);
        self.has_failed |= settled.is_err();
        settled
    }

    fn settle_down_to(&mut self, most: usize) -> Result<()> {
        while self.pending.len() > most {
            self.options.executor.check()?;
            let Some(block) = self.pending.pop_front() else { break };
            let done = block.wait()?;
            self.crc.combine(&Hasher::new_with_initial_len(done.crc32, done.len));
            self.len += done.len;
            self.index.push(done.bytes.len() as u32);
            self.output.write_all(&done.bytes)?;
        }
        Ok(())
    }
}

impl<W: Write> Write for DeflateEncoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full block waits for a byte more: it may be the last.
        if self.block.len() == self.block_len && !bytes.is_empty() {
            self.give(false)?;
        }
        let taken = bytes.get(..self.block_len - self.block.len()).unwrap_or(bytes);
        self.block.try_reserve(taken.len())?;
        self.block.extend_from_slice(taken);
        Ok(taken.len())
    }

    /// Flushes the output. Bytes that are not compressed yet wait for their block.
    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

impl<W> fmt::Debug for DeflateEncoder<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeflateEncoder").field("options", &self.options).finish_non_exhaustive()
    }
}

/// The gzip header: magic number, deflate, no name, no time, nothing about the level, and an operating system that is
/// not told, so that the same data are the same file.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// One gzip member (RFC 1952), compressed on all cores.
///
/// ```
/// use std::io::{Read, Write};
///
/// use numio_deflate::GzipEncoder;
///
/// let mut encoder = GzipEncoder::new(Vec::new())?;
/// encoder.write_all(b"1,2\n")?;
/// let file = encoder.finish()?;
///
/// let mut text = String::new();
/// numio_deflate::GzipDecoder::new(&file[..]).read_to_string(&mut text)?;
/// assert_eq!(text, "1,2\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct GzipEncoder<W>(DeflateEncoder<W>);

impl<W: Write> GzipEncoder<W> {
    /// Compresses into `output`, and writes the header.
    ///
    /// # Errors
    /// Those of the output.
    pub fn new(output: W) -> io::Result<Self> {
        Self::with_options(output, &CompressOptions::new())
    }

    /// Compresses into `output` under `options`, and writes the header.
    ///
    /// # Errors
    /// Those of the output.
    pub fn with_options(mut output: W, options: &CompressOptions) -> io::Result<Self> {
        output.write_all(&HEADER)?;
        Ok(Self(DeflateEncoder::with_options(output, options)))
    }

    /// The output, which has the header and the blocks that are written so far.
    pub fn get_ref(&self) -> &W {
        self.0.get_ref()
    }

    /// The output. Bytes that are written to it directly damage the stream.
    pub fn get_mut(&mut self) -> &mut W {
        self.0.get_mut()
    }

    /// Writes the rest of the stream and the trailer, and returns the output. An encoder that is dropped instead leaves a
    /// file without an end.
    ///
    /// # Errors
    /// As [`DeflateEncoder::finish`].
    pub fn finish(self) -> io::Result<W> {
        let Finished { mut output, len, crc32, .. } = self.0.finish()?;
        output.write_all(&crc32.to_le_bytes())?;
        // Modulo 2^32.
        output.write_all(&(len as u32).to_le_bytes())?;
        Ok(output)
    }
}

impl<W: Write> Write for GzipEncoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    /// Flushes the output. Bytes that are not compressed yet wait for their block.
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::tests::kinds;

    fn compressed(data: &[u8], piece: usize) -> Vec<u8> {
        let mut encoder = GzipEncoder::new(Vec::new()).unwrap();
        for piece in data.chunks(piece) {
            encoder.write_all(piece).unwrap();
        }
        encoder.finish().unwrap()
    }

    #[test]
    fn encoder_given_any_pieces_writes_gzip_that_others_read() {
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
    fn encoder_whose_output_fails_ends() {
        let mut room = [0; 20];
        let mut encoder = GzipEncoder::new(&mut room[..]).unwrap();
        let written = encoder.write_all(&vec![7; 20 * BLOCK]).and_then(|()| encoder.finish().map(drop));
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::WriteZero);
    }

    /// An output whose write of this number fails, and no other.
    struct FailsOnce {
        output: Vec<u8>,
        writes: usize,
        failing: usize,
    }

    impl Write for FailsOnce {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.writes += 1;
            match self.writes == self.failing {
                true => Err(io::ErrorKind::StorageFull.into()),
                false => self.output.write(bytes),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn encoder_after_a_failed_write_never_says_that_the_stream_is_whole() {
        for failing in 1..=8 {
            let data = vec![7; 12 * BLOCK];
            let output = FailsOnce { output: Vec::new(), writes: 0, failing };
            let Ok(mut encoder) = GzipEncoder::new(output) else { continue };
            let written = data.chunks(BLOCK).filter(|chunk| encoder.write_all(chunk).is_ok()).count();
            assert_eq!(encoder.get_ref().output.starts_with(&HEADER), failing > 1);
            assert!(encoder.finish().is_err(), "write {failing} fails, {written} chunks were taken");
        }
    }

    #[derive(Debug)]
    struct Stopped;

    impl Executor for Stopped {
        fn threads(&self) -> usize {
            2
        }

        fn check(&self) -> io::Result<()> {
            Err(io::Error::other("stopped"))
        }

        fn with_helpers(&self, _: usize, _: &(dyn Fn() + Sync), lead: &mut dyn FnMut(&dyn Fn())) {
            lead(&|| {});
        }

        fn spawn(&self, task: Box<dyn FnOnce() + Send>) {
            task();
        }
    }

    #[test]
    fn encoder_whose_executor_stops_the_call_ends_with_its_error() {
        let mut encoder =
            GzipEncoder::with_options(Vec::new(), CompressOptions::new().executor(Stopped)).unwrap();
        let written = encoder.write_all(&vec![7; 2 * BLOCK]);
        assert_eq!(written.unwrap_err().to_string(), "stopped");
        assert_eq!(encoder.finish().unwrap_err().to_string(), "stopped");
    }

    /// The test itself is the child, within little memory.
    #[cfg(target_os = "linux")]
    #[test]
    fn encoder_without_memory_for_a_block_fails() {
        const IS_CHILD: &str = "NUMIO_TEST_BLOCK";
        if std::env::var_os(IS_CHILD).is_some() {
            // Blocks of 64 GiB.
            let options = CompressOptions::new().size(1 << 50).clone();
            let mut encoder = DeflateEncoder::with_options(io::sink(), &options);
            let piece = vec![0; 1 << 20];
            let error = (0..1000).find_map(|_| encoder.write_all(&piece).err()).unwrap();
            assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
            return;
        }
        let mut child = std::process::Command::new("sh");
        child.args(["-c", "ulimit -v 400000; exec \"$0\" \"$@\""]).arg(std::env::current_exe().unwrap());
        child.args([
            "--exact",
            "encoder::tests::encoder_without_memory_for_a_block_fails",
            "--test-threads=1",
        ]);
        let output = child.env(IS_CHILD, "1").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
