//! One stream inflated as it is read: batches on all cores, and the rest on one.
//!
//! A batch of compressed bytes is cut where blocks are found. The first part follows bytes that are known; the others are
//! inflated at the same time after two made-up windows (see [`segment`](crate::segment)), and completed when the bytes
//! before them are known. A part whose end is not proven, and the end of the stream, go to a decoder that holds its state
//! from call to call, which inflates from there to the end.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::Arc;

use crc32fast::Hasher;
use flate2::{Decompress, FlushDecompress, Status};

use crate::codec::{DecompressionError, Decompressor};
use crate::error::{grow, zeros};
use crate::executor::for_each;
use crate::segment::{FIRST, Filler, MARK, SECOND, Segment, WINDOW, WindowMap, find_block};
use crate::{Error, Executor, Result};

/// The compressed bytes of a part that is inflated twice; one that is inflated once has two times as many.
const UNIT: usize = 256 << 10;

/// The number of bytes that are searched for a block. Those of zlib take up to 64 KiB, those of others twice that.
const SEARCHED: usize = 160 << 10;

/// The most that a part inflates to; a longer one goes to the decoder that needs no memory for it.
const LONGEST_PART: usize = 32 << 20;

/// The bytes that are read or inflated at once by one thread.
const STEP: usize = 128 << 10;

/// Compressed bytes that were read and not consumed.
pub(crate) struct Input<R> {
    reader: R,
    bytes: Vec<u8>,
    consumed: usize,
    is_end: bool,
}

impl<R: Read> Input<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, bytes: Vec::new(), consumed: 0, is_end: false }
    }

    /// Reads until `wanted` bytes are there, or the input is at its end.
    pub(crate) fn fill(&mut self, wanted: usize) -> Result<()> {
        if self.bytes().len() >= wanted || self.is_end {
            return Ok(());
        }
        self.bytes.drain(..self.consumed);
        self.consumed = 0;
        let mut filled = self.bytes.len();
        grow(&mut self.bytes, wanted)?;
        let result = loop {
            let Some(rest) = self.bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) else {
                break Ok(());
            };
            match self.reader.read(rest) {
                Ok(0) => {
                    self.is_end = true;
                    break Ok(());
                }
                // A reader that claims more than it had space for is not believed.
                Ok(len) => filled += len.min(rest.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error.into()),
            }
        };
        self.bytes.truncate(filled);
        result
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.consumed..).unwrap_or_default()
    }

    pub(crate) fn consume(&mut self, len: usize) {
        self.consumed = (self.consumed + len).min(self.bytes.len());
    }

    pub(crate) fn into_reader(self) -> R {
        self.reader
    }

    pub(crate) fn reader(&self) -> &R {
        &self.reader
    }

    pub(crate) fn reader_mut(&mut self) -> &mut R {
        &mut self.reader
    }
}

/// The state of one stream.
pub(crate) struct StreamInflater {
    executor: Arc<dyn Executor>,
    mode: Mode,
    /// The bit of the input's first byte at which the next block starts.
    bit: usize,
    /// The last bytes of the output, up to 32 KiB.
    window: Vec<u8>,
    /// Output that was not taken yet, and the number of bytes of its front that were.
    ready: VecDeque<Vec<u8>>,
    taken: usize,
    pub(crate) crc: Hasher,
    pub(crate) len: u64,
}

enum Mode {
    /// Between two blocks.
    Batches,
    /// On one thread to the end.
    One(Box<OneThread>),
    Done,
}

impl StreamInflater {
    pub(crate) fn new(executor: Arc<dyn Executor>) -> Self {
        Self {
            executor,
            mode: Mode::Batches,
            bit: 0,
            window: Vec::new(),
            ready: VecDeque::new(),
            taken: 0,
            crc: Hasher::new(),
            len: 0,
        }
    }

    /// Fills the start of `out`; 0 at the end of the stream, after which the input is at the first byte after it.
    pub(crate) fn read<R: Read>(&mut self, input: &mut Input<R>, out: &mut [u8]) -> Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some(front) = self.ready.front() {
                let rest = front.get(self.taken..).unwrap_or_default();
                let len = rest.len().min(out.len());
                if let (Some(out), Some(rest)) = (out.get_mut(..len), rest.get(..len)) {
                    out.copy_from_slice(rest);
                }
                self.taken += len;
                if self.taken == front.len() {
                    self.ready.pop_front();
                    self.taken = 0;
                }
                if len > 0 {
                    return Ok(len);
                }
                continue;
            }
            self.executor.check()?;
            match &mut self.mode {
                Mode::Done => return Ok(0),
                Mode::Batches => {
                    if !self.batch(input)? {
                        self.begin_on_one(input)?;
                    }
                }
                Mode::One(one) => {
                    let (bytes, is_end) = one.step(input)?;
                    self.crc.update(&bytes);
                    self.len += bytes.len() as u64;
                    self.ready.push_back(bytes);
                    if is_end {
                        self.mode = Mode::Done;
                    }
                }
            }
        }
    }

    /// Inflates a batch of parts; false if nothing more is inflated like that.
    fn batch<R: Read>(&mut self, input: &mut Input<R>) -> Result<bool> {
        let threads = self.executor.threads();
        if threads < 2 {
            return Ok(false);
        }
        input.fill((threads + 1) * UNIT + SEARCHED)?;
        let bytes = input.bytes();
        if bytes.len() < 2 * UNIT + SEARCHED {
            return Ok(false);
        }
        let executor = &*self.executor;
        let mut cuts: Vec<(usize, Option<usize>)> = (2..=threads + 1).map(|at| (at * UNIT, None)).collect();
        for_each(
            executor,
            threads,
            cuts.iter_mut(),
            || (),
            |(), (at, found)| {
                let searched = bytes.get(..bytes.len().min(*at + SEARCHED)).unwrap_or_default();
                *found = find_block(searched, *at * 8, searched.len() * 8);
                Ok(())
            },
        )?;
        let mut parts = Vec::new();
        let mut from = self.bit;
        for to in cuts.into_iter().filter_map(|(_, found)| found) {
            if to > from {
                parts.push(Piece::new(from, to));
                from = to;
            }
        }
        let window = &self.window;
        // Without a whole window before it, nothing but the first part can be inflated.
        for_each(executor, threads, parts.iter_mut().enumerate(), Inflater::new, |inflater, (at, part)| {
            match at {
                0 => inflater.after(bytes, part, window),
                _ => inflater.draft(bytes, part),
            };
            Ok(())
        })?;
        let mut end = self.bit;
        let mut sound = 0;
        for part in &mut parts {
            let Some(window) = part.complete_window(&self.window) else { break };
            self.window = window;
            (end, sound) = (part.to, sound + 1);
        }
        parts.truncate(sound);
        for_each(executor, threads, parts.iter_mut(), || (), |(), part| part.resolve())?;
        for part in parts {
            self.crc.combine(&part.crc);
            self.len += part.out.len() as u64;
            self.ready.push_back(part.out);
        }
        input.consume(end / 8);
        self.bit = end % 8;
        Ok(sound > 0)
    }

    /// Goes on with a decoder that keeps its state.
    fn begin_on_one<R: Read>(&mut self, input: &mut Input<R>) -> Result<()> {
        let window = std::mem::take(&mut self.window);
        self.mode = Mode::One(Box::new(OneThread::new(input, &window, self.bit)?));
        Ok(())
    }
}

/// A part of a batch.
struct Piece {
    /// Its first bit and the first bit after it, in the batch.
    from: usize,
    to: usize,
    /// The bytes after [`FIRST`] and after [`SECOND`], these included; for a part whose window was known, the bytes after
    /// that in the first alone.
    first: Vec<u8>,
    second: Vec<u8>,
    /// The bytes of the window at the start of `first`.
    before: usize,
    /// The number of bytes in `first`, the window included; `None` if the part was not inflated.
    end: Option<usize>,
    /// The window before it, for one whose window was not known.
    map: Option<WindowMap>,
    out: Vec<u8>,
    crc: Hasher,
}

impl Piece {
    fn new(from: usize, to: usize) -> Self {
        let (first, second, out) = (Vec::new(), Vec::new(), Vec::new());
        Self { from, to, first, second, before: 0, end: None, map: None, out, crc: Hasher::new() }
    }

    /// The window after the part, if it was inflated; `window` is the one before it.
    fn complete_window(&mut self, window: &[u8]) -> Option<Vec<u8>> {
        let end = self.end?;
        if self.second.is_empty() {
            // Up to a whole window of what was before and of the part.
            let known = self.first.get(..end)?;
            return Some(known.get(known.len().saturating_sub(WINDOW)..)?.to_vec());
        }
        if window.len() < WINDOW || end < 2 * WINDOW {
            return None;
        }
        let mut map = WindowMap::new();
        map.learn(window);
        let mut after = vec![0; WINDOW];
        map.resolve(self.first.get(end - WINDOW..end)?, self.second.get(end - WINDOW..end)?, &mut after);
        self.map = Some(map);
        Some(after)
    }

    /// Makes the output.
    fn resolve(&mut self) -> Result<()> {
        let range = self.before..self.end.unwrap_or_default();
        match &self.map {
            Some(map) => {
                self.out = zeros(range.len())?;
                let first = self.first.get(range.clone()).unwrap_or_default();
                map.resolve(first, self.second.get(range).unwrap_or_default(), &mut self.out);
            }
            None => {
                self.out = std::mem::take(&mut self.first);
                self.out.truncate(range.end);
                self.out.drain(..range.start);
            }
        }
        (self.first, self.second, self.map) = (Vec::new(), Vec::new(), None);
        self.crc.update(&self.out);
        Ok(())
    }
}

/// The decoder of one thread.
struct Inflater {
    decompressor: Decompressor,
    segment: Segment,
}

impl Inflater {
    fn new() -> Self {
        Self { decompressor: Decompressor::new(), segment: Segment::new() }
    }

    fn take(&mut self, bytes: &[u8], part: &Piece) -> Option<()> {
        let read = |out: &mut [u8], at: u64| {
            let found = usize::try_from(at).ok().and_then(|at| bytes.get(at..)?.get(..out.len()));
            out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
            Ok(())
        };
        self.segment.take(part.from as u64, part.to as u64, read).ok()
    }

    /// Inflates a part after a window that is known: a whole one, or none.
    fn after(&mut self, bytes: &[u8], part: &mut Piece, window: &[u8]) -> Option<()> {
        self.take(bytes, part)?;
        let stream = match window.len() {
            0 => self.segment.alone(),
            WINDOW => self.segment.after(window),
            _ => return None,
        };
        let inflated = inflate(&mut self.decompressor, stream, &mut part.first, part.to - part.from)?;
        part.before = window.len();
        part.end = Some(self.segment.without_mark(&part.first, inflated)?);
        Some(())
    }

    /// Inflates a part after both made-up windows.
    fn draft(&mut self, bytes: &[u8], part: &mut Piece) -> Option<()> {
        self.take(bytes, part)?;
        let bits = part.to - part.from;
        let mut ends = [0; 2];
        for ((out, window), end) in
            [(&mut part.first, &FIRST), (&mut part.second, &SECOND)].into_iter().zip(&mut ends)
        {
            let inflated = inflate(&mut self.decompressor, self.segment.after(window), out, bits)?;
            *end = self.segment.without_mark(out, inflated)?;
        }
        part.before = WINDOW;
        part.end = (ends[0] == ends[1]).then_some(ends[0]);
        part.end.map(drop)
    }
}

/// Inflates into memory that grows as it must; `None` if the stream is malformed or too long.
fn inflate(decompressor: &mut Decompressor, stream: &[u8], out: &mut Vec<u8>, bits: usize) -> Option<usize> {
    let mut capacity = (WINDOW + MARK + bits / 2).max(out.len());
    loop {
        grow(out, capacity).ok()?;
        match decompressor.deflate_decompress(stream, out) {
            Ok(len) => return Some(len),
            Err(DecompressionError::InsufficientSpace) if capacity < LONGEST_PART => {
                capacity = (capacity * 4).min(LONGEST_PART);
            }
            Err(_) => return None,
        }
    }
}

/// A decoder that keeps its state between calls.
struct OneThread {
    decoder: Decompress,
    /// A stored block of the window and blocks that hold nothing, so that the input follows bit by bit; and what was
    /// consumed of it.
    prefix: Vec<u8>,
    consumed: usize,
    /// The bytes of the window that the decoder has still to give.
    skipped: usize,
}

impl OneThread {
    /// A decoder of what comes in `input` from bit `bit` of its first byte on, after `window`.
    fn new<R: Read>(input: &mut Input<R>, window: &[u8], bit: usize) -> Result<Self> {
        let mut prefix = Vec::new();
        if !window.is_empty() {
            let len = window.len() as u16;
            prefix.push(0);
            prefix.extend_from_slice(&len.to_le_bytes());
            prefix.extend_from_slice(&(!len).to_le_bytes());
            prefix.extend_from_slice(window);
        }
        if bit > 0 {
            input.fill(1)?;
            let &first = input.bytes().first().ok_or(Error::Truncated)?;
            input.consume(1);
            prefix.extend(Filler::of(bit).then(first));
        }
        Ok(Self { decoder: Decompress::new(false), prefix, consumed: 0, skipped: window.len() })
    }

    /// Inflates some bytes, and says whether the stream ends after them.
    fn step<R: Read>(&mut self, input: &mut Input<R>) -> Result<(Vec<u8>, bool)> {
        let mut out = zeros(STEP)?;
        let prefix = self.prefix.get(self.consumed..).unwrap_or_default();
        let is_prefix = !prefix.is_empty();
        if !is_prefix {
            input.fill(STEP)?;
        }
        let bytes = if is_prefix { prefix } else { input.bytes() };
        let is_input_end = bytes.is_empty();
        let (read, given) = (self.decoder.total_in(), self.decoder.total_out());
        let status = self
            .decoder
            .decompress(bytes, &mut out, FlushDecompress::None)
            .map_err(|_| Error::Malformed("the data are no deflate stream"))?;
        let read = (self.decoder.total_in() - read) as usize;
        let given = (self.decoder.total_out() - given) as usize;
        if is_prefix {
            self.consumed += read;
        } else {
            input.consume(read);
        }
        out.truncate(given);
        let skipped = self.skipped.min(out.len());
        out.drain(..skipped);
        self.skipped -= skipped;
        let is_end = status == Status::StreamEnd;
        if !is_end && is_input_end && given == 0 {
            return Err(Error::Truncated);
        }
        Ok((out, is_end))
    }
}
