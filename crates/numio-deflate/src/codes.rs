//! Headers of deflate blocks: which kind of block comes, and the lengths of its codes (RFC 1951, 3.2.3 to 3.2.7).

/// The number of symbols of a code for literals and lengths, including the two that never occur.
pub(super) const LITERALS: usize = 288;
/// The number of symbols of a code for distances, including the two that never occur.
pub(super) const DISTANCES: usize = 32;
/// The symbol that ends a block.
pub(super) const END_OF_BLOCK: usize = 256;
/// No code is longer.
pub(super) const MAX_CODE: usize = 15;

/// The shortest length of each length symbol, from 257 on, and the number of bits that say what to add to it.
#[rustfmt::skip]
pub(super) const LENGTH: [(u16, u8); 29] = [
    (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (8, 0), (9, 0), (10, 0), (11, 1), (13, 1), (15, 1), (17, 1), (19, 2),
    (23, 2), (27, 2), (31, 2), (35, 3), (43, 3), (51, 3), (59, 3), (67, 4), (83, 4), (99, 4), (115, 4), (131, 5),
    (163, 5), (195, 5), (227, 5), (258, 0),
];

/// The shortest distance of each distance symbol, and the number of bits that say what to add to it.
#[rustfmt::skip]
pub(super) const DISTANCE: [(u16, u8); 30] = [
    (1, 0), (2, 0), (3, 0), (4, 0), (5, 1), (7, 1), (9, 2), (13, 2), (17, 3), (25, 3), (33, 4), (49, 4), (65, 5),
    (97, 5), (129, 6), (193, 6), (257, 7), (385, 7), (513, 8), (769, 8), (1025, 9), (1537, 9), (2049, 10),
    (3073, 10), (4097, 11), (6145, 11), (8193, 12), (12289, 12), (16385, 13), (24577, 13),
];

/// The order in which a block header gives the lengths of the code that its code lengths are written in.
const PRECODE_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The contents of a block.
pub(super) enum Block<'a> {
    Stored(&'a [u8]),
    Coded(Box<Lengths>),
}

/// The length in bits of each symbol's code; 0 for a symbol that does not occur.
#[derive(Debug, Clone)]
pub(super) struct Lengths {
    pub(super) literals: [u8; LITERALS],
    pub(super) distances: [u8; DISTANCES],
}

/// Reads a block's header, and the whole of a stored block: whether it is the last, and what it is. Nothing where no
/// such block exists.
pub(super) fn block<'a>(bits: &mut Bits<'a>) -> Option<(bool, Block<'a>)> {
    let last = bits.take(1) == 1;
    let block = match bits.take(2) {
        0 => Block::Stored(stored(bits)?),
        1 => Block::Coded(Box::new(fixed())),
        2 => Block::Coded(Box::new(dynamic(bits)?)),
        _ => return None,
    };
    (!bits.overran()).then_some((last, block))
}

fn stored<'a>(bits: &mut Bits<'a>) -> Option<&'a [u8]> {
    let &[a, b, c, d] = bits.take_bytes(4)?.first_chunk()?;
    let (len, check) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
    if len != !check {
        return None;
    }
    bits.take_bytes(len.into())
}

fn fixed() -> Lengths {
    let literals = std::array::from_fn(|symbol| match symbol {
        0..144 => 8,
        144..256 => 9,
        256..280 => 7,
        _ => 8,
    });
    Lengths { literals, distances: [5; DISTANCES] }
}

fn dynamic(bits: &mut Bits<'_>) -> Option<Lengths> {
    let literals = bits.take(5) as usize + 257;
    let distances = bits.take(5) as usize + 1;
    let given = bits.take(4) as usize + 4;
    let mut precode = [0; 19];
    for &symbol in PRECODE_ORDER.get(..given)? {
        *precode.get_mut(symbol)? = bits.take(3) as u8;
    }
    let precode = Canonical::new(&precode)?;
    let mut lengths = Vec::with_capacity(LITERALS + DISTANCES);
    while lengths.len() < literals + distances {
        let (length, times) = match precode.decode(bits)? {
            16 => (*lengths.last()?, 3 + bits.take(2)),
            17 => (0, 3 + bits.take(3)),
            18 => (0, 11 + bits.take(7)),
            length => (length as u8, 1),
        };
        lengths.extend(std::iter::repeat_n(length, times as usize));
    }
    let (first, rest) = lengths.split_at_checked(literals)?;
    let mut found = Lengths { literals: [0; LITERALS], distances: [0; DISTANCES] };
    found.literals.get_mut(..first.len())?.copy_from_slice(first);
    found.distances.get_mut(..rest.len())?.copy_from_slice(rest);
    (rest.len() == distances).then_some(found)
}

/// A code from its lengths: shorter codes first, codes of one length in the order of their symbols (RFC 1951, 3.2.2).
/// Decodes bit by bit: for where a table would not pay.
#[derive(Debug)]
pub(super) struct Canonical {
    counts: [u16; MAX_CODE + 1],
    symbols: Vec<u16>,
}

impl Canonical {
    /// Nothing where there are more codes than lengths of that kind allow.
    pub(super) fn new(lengths: &[u8]) -> Option<Self> {
        let mut counts = [0_u16; MAX_CODE + 1];
        for &length in lengths {
            *counts.get_mut(usize::from(length))? += 1;
        }
        counts[0] = 0;
        let room = counts.iter().skip(1).try_fold(1_i32, |room, &count| {
            let left = room * 2 - i32::from(count);
            (left >= 0).then_some(left)
        });
        room?;
        let mut symbols: Vec<u16> = (0..).take(lengths.len()).collect();
        symbols.retain(|&symbol| lengths.get(usize::from(symbol)).is_some_and(|&length| length > 0));
        symbols.sort_by_key(|&symbol| lengths.get(usize::from(symbol)).copied());
        Some(Self { counts, symbols })
    }

    pub(super) fn decode(&self, bits: &mut Bits<'_>) -> Option<usize> {
        bits.refill();
        let mut word = bits.peek();
        let (mut code, mut first, mut index) = (0_u32, 0_u32, 0_usize);
        for (length, &count) in (1..).zip(self.counts.iter().skip(1)) {
            code |= (word & 1) as u32;
            word >>= 1;
            let count = u32::from(count);
            if code < first + count {
                bits.consume(length);
                return self.symbols.get(index + (code - first) as usize).map(|&symbol| symbol.into());
            }
            index += count as usize;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

/// Bits of `bytes` from the first on. Past the end there are zeros, and [`overran`](Self::overran) says so.
#[derive(Debug, Clone)]
pub(crate) struct Bits<'a> {
    bytes: &'a [u8],
    /// The first byte that is not in `word` yet.
    next: usize,
    /// The bits to come, the next one lowest; from bit `held` on, zeros.
    word: u64,
    /// The number of bits left in `word`; below zero once more were consumed than there are.
    held: i32,
}

impl<'a> Bits<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, next: 0, word: 0, held: 0 }
    }

    /// Makes at least 56 bits ready, or all that are left.
    #[inline]
    pub(crate) fn refill(&mut self) {
        match self.bytes.get(self.next..).and_then(<[u8]>::first_chunk) {
            Some(&eight) if self.held >= 0 => {
                let taken = (63 - self.held) >> 3;
                self.word |= (u64::from_le_bytes(eight) & ((1 << (taken * 8)) - 1)) << self.held;
                self.next += taken as usize;
                self.held += taken * 8;
            }
            _ => self.refill_last(),
        }
    }

    #[cold]
    fn refill_last(&mut self) {
        while (0..56).contains(&self.held)
            && let Some(&byte) = self.bytes.get(self.next)
        {
            self.word |= u64::from(byte) << self.held;
            self.next += 1;
            self.held += 8;
        }
    }

    /// The next bits, without consuming them: those that [`refill`](Self::refill) made ready.
    #[inline]
    pub(crate) fn peek(&self) -> u64 {
        self.word
    }

    /// Consumes `count` bits, between two calls of [`refill`](Self::refill) at most 56.
    #[inline]
    pub(crate) fn consume(&mut self, count: u32) {
        self.word >>= count;
        self.held -= count as i32;
    }

    /// Consumes and gives `count` bits, at most 16.
    pub(crate) fn take(&mut self, count: u32) -> u32 {
        self.refill();
        let found = self.word & ((1 << count) - 1);
        self.consume(count);
        found as u32
    }

    /// The number of bits that have been consumed.
    #[inline]
    pub(crate) fn position(&self) -> usize {
        (self.next * 8).wrapping_add_signed(-(self.held as isize))
    }

    /// Returns true if more bits were consumed than there are.
    #[inline]
    pub(crate) fn overran(&self) -> bool {
        self.held < 0
    }

    /// Goes to the next whole byte and takes `len` bytes from there.
    pub(crate) fn take_bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let start = self.position().div_ceil(8);
        let end = start.checked_add(len)?;
        let found = self.bytes.get(start..end)?;
        (self.next, self.word, self.held) = (end, 0, 0);
        Some(found)
    }
}
