//! Where the last block of a deflate stream starts and ends, without inflating it.
//!
//! libdeflate ends every stream with a block that is marked as the last. To put streams one after another as one, that
//! mark must go, and no interface tells where it is: the bits must be walked. Nothing is written and no value looked
//! up, only widths are added, several symbols at a step, so that a walk takes a small part of what compressing did.

use super::bits::Bits;
use super::codes::{self, Block, Canonical, DISTANCE, END_OF_BLOCK, LENGTH, Lengths};

/// The last block of a stream, in bits from the stream's first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LastBlock {
    /// The bit that marks it as the last.
    pub(super) mark: usize,
    /// The first bit after it.
    pub(super) end: usize,
}

/// Walks a stream to its end. Nothing where it is malformed.
pub(super) fn last_block(stream: &[u8]) -> Option<LastBlock> {
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
pub(super) fn starts(stream: &[u8]) -> Vec<usize> {
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

/// What comes after a step.
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

/// How many bits to skip (at most 15 of a code and 13 beside it), and above these five bits what comes then.
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
                // Codes stand in the stream from their most significant bit on.
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
