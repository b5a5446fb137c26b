//! The hash tables of CPython's dicts and sets, as far as it takes to count the slots that a file makes them look at: keys of different
//! hashes can be chosen so that each is looked for in the slots of all others.
//!
//! Source: `Objects/dictobject.c` and `Objects/setobject.c` of CPython 3.10 to 3.14.

/// The bits by which the perturbation of the next slot is shifted.
const PERTURB_SHIFT: u32 = 5;

/// The number of slots behind one that a set looks at before it goes on elsewhere.
const LINEAR_PROBES: usize = 9;

/// A slot without a key.
const EMPTY: (u32, u32) = (u32::MAX, 0);

/// The length of the smallest table.
const SMALLEST: usize = 8;

/// The result of looking for a hash.
enum Slot {
    /// The number of the slot for it.
    Empty(usize),
    /// The index of the hash.
    Index(usize),
}

/// The table of one dict or set.
#[derive(Debug)]
pub(super) struct Probes {
    is_set: bool,
    /// Indices of `hashes`, and 32 bits of each hash, so that most others are told from it without a look there. The length is a
    /// power of two.
    slots: Vec<(u32, u32)>,
    hashes: Vec<usize>,
}

impl Probes {
    /// An empty table.
    pub(super) fn new(is_set: bool) -> Self {
        Self { is_set, slots: vec![EMPTY; SMALLEST], hashes: Vec::new() }
    }

    /// Adds a key of that hash, unless it has one already. Returns the index of the hash, counted in the order of adding, and the
    /// number of slots that were looked at, those for a larger table included; `None` without memory for one.
    pub(super) fn add(&mut self, hash: isize) -> Option<(usize, u64)> {
        let hash = hash.cast_unsigned();
        let (found, mut looked) = self.find(hash);
        let slot = match found {
            Slot::Index(index) => return Some((index, looked)),
            Slot::Empty(at) => self.slots.get_mut(at)?,
        };
        let index = self.hashes.len();
        *slot = (u32::try_from(index).ok()?, tag(hash));
        self.hashes.try_reserve(1).ok()?;
        self.hashes.push(hash);
        if self.is_full() {
            looked += self.grow()?;
        }
        Some((index, looked))
    }

    /// The index of a hash, if it was added.
    pub(super) fn index_of(&self, hash: isize) -> Option<usize> {
        match self.find(hash.cast_unsigned()).0 {
            Slot::Index(index) => Some(index),
            Slot::Empty(_) => None,
        }
    }

    /// The slot of a key of that hash, and the number of slots that were looked at.
    fn find(&self, hash: usize) -> (Slot, u64) {
        let mask = self.slots.len() - 1;
        let (mut perturb, mut at, mut looked) = (hash, hash & mask, 0);
        let wanted = tag(hash);
        loop {
            let run = if self.is_set && at + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
            for slot in at..=at + run {
                looked += 1;
                match self.slots.get(slot) {
                    None | Some(&EMPTY) => return (Slot::Empty(slot), looked),
                    Some(&(index, tag)) => {
                        if tag == wanted && self.hashes.get(index as usize) == Some(&hash) {
                            return (Slot::Index(index as usize), looked);
                        }
                    }
                }
            }
            perturb >>= PERTURB_SHIFT;
            at = at.wrapping_mul(5).wrapping_add(perturb).wrapping_add(1) & mask;
        }
    }

    fn is_full(&self) -> bool {
        let (used, size) = (self.hashes.len(), self.slots.len());
        if self.is_set { used * 5 >= (size - 1) * 3 } else { used >= size * 2 / 3 }
    }

    fn grow(&mut self) -> Option<u64> {
        let used = self.hashes.len();
        let wanted = match (self.is_set, used > 50_000) {
            (true, true) => used * 2 + 1,
            (true, false) => used * 4 + 1,
            (false, _) => used * 3,
        };
        let size = wanted.next_power_of_two().max(SMALLEST);
        self.slots.clear();
        self.slots.try_reserve_exact(size).ok()?;
        self.slots.resize(size, EMPTY);
        let mut looked = 0;
        for (index, &hash) in (0..).zip(&self.hashes) {
            let (found, count) = self.find(hash);
            looked += count;
            if let Slot::Empty(at) = found
                && let Some(slot) = self.slots.get_mut(at)
            {
                *slot = (index, tag(hash));
            }
        }
        Some(looked)
    }
}

/// 32 bits of a hash.
fn tag(hash: usize) -> u32 {
    (hash as u64 ^ (hash as u64) >> 32) as u32
}
