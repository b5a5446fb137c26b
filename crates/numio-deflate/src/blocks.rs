//! The start and the end of a deflate stream's last block, found without inflating it.
//!
//! libdeflate ends every stream with a block that is marked as the last. To put streams one after another as one, that
//! mark must go, and no interface tells where it is: the bits must be walked. Nothing is written and no value looked
//! up, only widths are added, several symbols at a step, so that a walk takes a small part of what compressing did.

use std::io;

use crate::codec::{CompressionError, Compressor, compressor};
use crate::codes;
use crate::codes::{Bits, Block, Canonical, DISTANCE, END_OF_BLOCK, LENGTH, Lengths};
use crate::error::zeros;
use crate::{Error, Result};

/// The last block of a stream, in bits from the stream's first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LastBlock {
    /// The bit that marks it as the last.
    pub(crate) mark: usize,
    /// The first bit after it.
    pub(crate) end: usize,
}

/// Walks a stream to its end. Nothing where it is malformed.
pub(crate) fn last_block(stream: &[u8]) -> Option<LastBlock> {
    let mut bits = Bits::new(stream);
    loop {
        let mark = bits.position();
        let (last, block) = codes::block(&mut bits)?;
        if let Block::Coded(lengths) = block {
            walk(&mut bits, &lengths)?;
        }
        if last {
            return Some(LastBlock { mark, end: bits.position() });
        }
    }
}

/// The first bit of each block of a stream, as far as it is well formed.
#[cfg(test)]
pub(crate) fn starts(stream: &[u8]) -> Vec<usize> {
    let mut bits = Bits::new(stream);
    let mut starts = Vec::new();
    loop {
        starts.push(bits.position());
        match codes::block(&mut bits) {
            Some((false, Block::Stored(_))) => {}
            Some((false, Block::Coded(lengths))) if walk(&mut bits, &lengths).is_some() => {}
            _ => return starts,
        }
    }
}

/// Walks a block from the end of its header to its own end.
fn walk(bits: &mut Bits<'_>, lengths: &Lengths) -> Option<()> {
    let literals = Table::new(&lengths.literals, literal_step)?.joined();
    let distances = Table::new(&lengths.distances, distance_step)?;
    while !bits.overran() {
        bits.refill();
        let mut step = literals.next(bits);
        if step == Then::Symbol {
            // Of the 56 bits ready, the first step took no more than a code's 15.
            step = literals.next(bits);
        }
        match step {
            Then::Symbol => {}
            Then::Distance => {
                bits.refill();
                if distances.next(bits) != Then::Symbol {
                    return None;
                }
            }
            Then::End => return (!bits.overran()).then_some(()),
            Then::Longer | Then::Nothing => return None,
        }
    }
    None
}

/// The kind of symbol that comes after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Another literal, length, or end of the block.
    Symbol,
    /// The distance that belongs to the length just read.
    Distance,
    /// The next block.
    End,
    /// The code is longer than what the table knows.
    Longer,
    /// Nothing: no such code exists.
    Nothing,
}

/// The number of bits to skip (at most 15 of a code and 13 extra ones), and above these five bits what comes then.
#[derive(Debug, Clone, Copy)]
struct Step(u8);

impl Step {
    const NOTHING: Self = Self::new(0, Then::Nothing);

    const fn new(width: u8, then: Then) -> Self {
        Self(width | (then as u8) << 5)
    }

    fn width(self) -> u32 {
        u32::from(self.0 & 31)
    }

    fn then(self) -> Then {
        match self.0 >> 5 {
            0 => Then::Symbol,
            1 => Then::Distance,
            2 => Then::End,
            3 => Then::Longer,
            _ => Then::Nothing,
        }
    }
}

/// The step that a symbol is whose code is so long.
type StepOf = fn(symbol: usize, code: u8) -> Step;

fn literal_step(symbol: usize, code: u8) -> Step {
    match symbol.checked_sub(END_OF_BLOCK) {
        None => Step::new(code, Then::Symbol),
        Some(0) => Step::new(code, Then::End),
        Some(length) => match LENGTH.get(length - 1) {
            Some((_, extra)) => Step::new(code + extra, Then::Distance),
            None => Step::NOTHING,
        },
    }
}

fn distance_step(symbol: usize, code: u8) -> Step {
    DISTANCE.get(symbol).map_or(Step::NOTHING, |(_, extra)| Step::new(code + extra, Then::Symbol))
}

/// As many bits are looked up at once. A table of all 15 would not stay in the core's nearest cache, and longer codes
/// are rare by their nature.
const KNOWN: u32 = 12;

/// The step for the next bits of the stream.
#[derive(Debug)]
struct Table {
    steps: Vec<Step>,
    longer: Canonical,
    step: StepOf,
}

impl Table {
    /// Nothing where there are more codes than lengths of that kind allow.
    fn new(lengths: &[u8], step: StepOf) -> Option<Self> {
        let longer = Canonical::new(lengths)?;
        let rest = if lengths.iter().any(|&length| u32::from(length) > KNOWN) {
            Step::new(0, Then::Longer)
        } else {
            Step::NOTHING
        };
        let mut steps = vec![rest; 1 << KNOWN];
        let mut code = 0_usize;
        for length in 1..=KNOWN {
            for (symbol, _) in lengths.iter().enumerate().filter(|&(_, &found)| u32::from(found) == length) {
                // Codes are in the stream from their most significant bit on.
                let reversed = code.reverse_bits() >> (usize::BITS - length);
                for place in steps.iter_mut().skip(reversed).step_by(1 << length) {
                    *place = step(symbol, length as u8);
                }
                code += 1;
            }
            code <<= 1;
        }
        Some(Self { steps, longer, step })
    }

    /// The same with as many symbols in each step as its bits hold whole: literals, and then anything.
    fn joined(self) -> Self {
        let join = |(bits, &first): (usize, &Step)| {
            let mut all = first;
            while all.then() == Then::Symbol {
                let next = self.look_up((bits >> all.width()) as u64);
                let width = all.width() + next.width();
                if matches!(next.then(), Then::Longer | Then::Nothing) || width > KNOWN {
                    break;
                }
                all = Step::new(width as u8, next.then());
            }
            all
        };
        Self { steps: self.steps.iter().enumerate().map(join).collect(), ..self }
    }

    fn look_up(&self, bits: u64) -> Step {
        let index = bits & ((1 << KNOWN) - 1);
        self.steps.get(index as usize).copied().unwrap_or(Step::NOTHING)
    }

    /// Skips a step's bits, of those that are ready, and says what comes then.
    #[inline]
    fn next(&self, bits: &mut Bits<'_>) -> Then {
        let step = self.look_up(bits.peek());
        bits.consume(step.width());
        if step.then() == Then::Longer { self.next_longer(bits) } else { step.then() }
    }

    fn next_longer(&self, bits: &mut Bits<'_>) -> Then {
        let step = self.longer.decode(bits).map_or(Step::NOTHING, |symbol| (self.step)(symbol, 0));
        bits.consume(step.width());
        step.then()
    }
}

/// The number of bytes that are compressed independently. Each block starts without the 32 KiB before it to look back to,
/// which costs a few hundred bytes; smaller ones cost ratio, larger ones leave cores without work.
pub(crate) const BLOCK: usize = 1 << 20;

/// An empty stored block's length and its complement, which follow a block header of three zero bits and the padding to
/// a whole byte. zlib ends what it flushes in the same way.
const EMPTY_STORED: [u8; 4] = [0, 0, 0xff, 0xff];

/// The most that one stored block holds.
const STORED: usize = 65_535;

/// Compresses `data` at `level`: as the end of a stream, or as a part of one that ends at a whole byte, so that the next
/// part is put right after it. No part looks back into another.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn compress(compressor: &mut Compressor, data: &[u8], last: bool) -> Result<Vec<u8>> {
    let mut out = zeros(compressor.deflate_compress_bound(data.len()) + EMPTY_STORED.len() + 1)?;
    match compressor.deflate_compress(data, &mut out) {
        Ok(len) => {
            out.truncate(len);
            if last || open_end(&mut out) { Ok(out) } else { store(data, last) }
        }
        // The bound is libdeflate's own promise; but if it ever did not hold, the data would still fit like this.
        Err(CompressionError::InsufficientSpace) => store(data, last),
        Err(CompressionError::OutOfMemory) => Err(Error::Io(io::ErrorKind::OutOfMemory.into())),
    }
}

/// Takes the mark of the last block off a stream, and ends it at a whole byte. False where it is no such stream.
fn open_end(stream: &mut Vec<u8>) -> bool {
    let Some(LastBlock { mark, end }) = last_block(stream) else { return false };
    if end.div_ceil(8) != stream.len() {
        return false;
    }
    if let Some(byte) = stream.get_mut(mark / 8) {
        *byte &= !(1 << (mark % 8));
    }
    // The three bits of the header fit into what is left of the last byte, or need another.
    if !(1..=5).contains(&(end % 8)) {
        stream.push(0);
    }
    stream.extend_from_slice(&EMPTY_STORED);
    true
}

/// `data` in stored blocks.
fn store(data: &[u8], last: bool) -> Result<Vec<u8>> {
    let count = data.len().div_ceil(STORED).max(1);
    let mut out = Vec::new();
    out.try_reserve_exact(data.len() + count * 5).map_err(io::Error::from)?;
    for at in 0..count {
        let start = at * STORED;
        let block = data.get(start..data.len().min(start + STORED)).unwrap_or_default();
        let len = block.len() as u16;
        out.push(u8::from(last && at + 1 == count));
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&(!len).to_le_bytes());
        out.extend_from_slice(block);
    }
    Ok(out)
}

/// The most of a member that is compressed for trial. Half as much tells levels apart less well than they differ.
const SAMPLE: usize = 128 << 10;

/// The part of the first block of a member of `size` bytes on which [`choose`] decides: its middle.
pub(crate) fn sample(block: &[u8], size: u64) -> &[u8] {
    // Each trial of four then costs little against the member itself.
    let share = usize::try_from(size / 32).unwrap_or(usize::MAX);
    let len = share.clamp(SAMPLE / 8, SAMPLE).min(block.len());
    let start = (block.len() - len) / 2;
    block.get(start..start + len).unwrap_or_default()
}

/// The level for data like `sample`: the fastest that is no larger than zlib's level 6, NumPy's, as far as a sample can
/// tell.
///
/// Levels 4 and 5 (greedy and lazy matching) win on noise; 7 (as deep as zlib's 6) where there are long repeats, and 8
/// where these are of few values.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn choose(sample: &[u8]) -> Result<i32> {
    let size = |level| Ok::<_, Error>(compress(&mut compressor(level), sample, true)?.len() as f64);
    let (four, five) = (size(4)?, size(5)?);
    let (fast, fast_size) = if four <= five { (4, four) } else { (5, five) };
    if fast_size > 0.85 * sample.len() as f64 {
        // Data that hardly compress have nothing to look deeper for.
        return Ok(fast);
    }
    let (seven, eight) = (size(7)?, size(8)?);
    Ok(if eight < seven * 0.97 && eight < fast_size * 0.99 {
        8
    } else if seven < fast_size * 0.99 {
        7
    } else {
        fast
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{inflate, kinds};

    #[test]
    fn parts_join_into_one_stream() {
        for (name, data) in kinds(300_000) {
            for level in [0, 1, 4, 6, 9, 12] {
                for len in [1, 100, 5_000, 70_000, data.len()] {
                    let mut compressor = compressor(level);
                    let parts: Vec<&[u8]> = data.chunks(len).take(7).collect();
                    let last = parts.len() - 1;
                    let stream: Vec<u8> = parts
                        .iter()
                        .enumerate()
                        .flat_map(|(at, part)| compress(&mut compressor, part, at == last).unwrap())
                        .collect();
                    assert!(inflate(&stream) == parts.concat(), "{name} at level {level} by {len}");
                }
            }
        }
    }

    #[test]
    fn blocks_of_no_data_are_a_stream() {
        let mut compressor = compressor(5);
        let stream = [false, true].map(|last| compress(&mut compressor, b"", last).unwrap()).concat();
        assert_eq!(inflate(&stream), b"");
    }

    #[test]
    fn stored_blocks_stand_for_any_data() {
        for len in [0, 1, STORED, STORED + 1, 3 * STORED] {
            let data: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
            assert!(
                inflate(&[false, true].map(|last| store(&data, last).unwrap()).concat())
                    == [&data[..], &data].concat()
            );
        }
    }

    #[test]
    fn bytes_that_are_no_stream_are_not_joined() {
        assert!(!open_end(&mut vec![0xff; 20]));
        assert!(!open_end(&mut vec![]));
        let mut trailing = compress(&mut compressor(5), b"some data", true).unwrap();
        trailing.push(0);
        assert!(!open_end(&mut trailing));
    }
}
