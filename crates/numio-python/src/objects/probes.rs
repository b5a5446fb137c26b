//! The hash tables of CPython's dicts and sets, as far as it takes to count the slots that a file makes them look at: keys of different
//! hashes can be chosen so that each is looked for in the slots of all others.
//!
//! Source: `Objects/dictobject.c` and `Objects/setobject.c` of CPython 3.10 to 3.14.

/// The bits by which the perturbation of the next slot is shifted.
const PERTURB_SHIFT: u32 = 5;

/// The number of slots behind one that a set looks at before it goes on elsewhere.
const LINEAR_PROBES: usize = 9;

/// A slot without a key.
const EMPTY: u32 = u32::MAX;

/// The length of the smallest table.
const SMALLEST: usize = 8;

/// The table of one dict or set.
#[derive(Debug)]
pub(super) struct Probes {
    is_set: bool,
    /// Indices of `hashes`. The length is a power of two.
    slots: Vec<u32>,
    hashes: Vec<usize>,
}

impl Probes {
    /// An empty table.
    pub(super) fn new(is_set: bool) -> Self {
        Self { is_set, slots: vec![EMPTY; SMALLEST], hashes: Vec::new() }
    }

    /// Adds a key of that hash, unless it has one already. Returns the number of slots that were looked at, those for a larger table
    /// included; `None` without memory for one.
    pub(super) fn add(&mut self, hash: isize) -> Option<u64> {
        let hash = hash.cast_unsigned();
        let (empty, mut looked) = self.find(hash);
        let Some(slot) = empty.and_then(|at| self.slots.get_mut(at)) else { return Some(looked) };
        *slot = u32::try_from(self.hashes.len()).ok()?;
        self.hashes.try_reserve(1).ok()?;
        self.hashes.push(hash);
        if self.is_full() {
            looked += self.grow()?;
        }
        Some(looked)
    }

    /// The empty slot for a key of that hash, unless there is one already, and the number of slots that were looked at.
    fn find(&self, hash: usize) -> (Option<usize>, u64) {
        let mask = self.slots.len() - 1;
        let (mut perturb, mut at, mut looked) = (hash, hash & mask, 0);
        loop {
            let run = if self.is_set && at + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
            for slot in at..=at + run {
                looked += 1;
                match self.slots.get(slot) {
                    Some(&EMPTY) => return (Some(slot), looked),
                    Some(&index) if self.hashes.get(index as usize) != Some(&hash) => {}
                    _ => return (None, looked),
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
            let (empty, count) = self.find(hash);
            looked += count;
            if let Some(slot) = empty.and_then(|at| self.slots.get_mut(at)) {
                *slot = index;
            }
        }
        Some(looked)
    }
}
