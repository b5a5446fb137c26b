//! Four bytes that say where a value stands.

use std::num::NonZeroU32;

/// A value: a leaf's place in the pickle, or a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Word(NonZeroU32);

/// What a word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The byte at which a leaf's opcode stands.
    Leaf(usize),
    /// The index of a node.
    Node(usize),
}

const NODE: u32 = 1 << 31;

impl Word {
    /// No value: reads as `None`.
    pub(crate) const NOTHING: Self = Self(NonZeroU32::MAX);

    /// For the opcode at byte `at`; nothing where that is too far for a word.
    #[inline]
    pub(super) fn leaf(at: usize) -> Option<Self> {
        let word = u32::try_from(at).ok()?.checked_add(1).filter(|word| word & NODE == 0)?;
        NonZeroU32::new(word).map(Self)
    }

    #[inline]
    pub(super) fn node(index: usize) -> Option<Self> {
        let word = u32::try_from(index).ok().filter(|word| *word < NODE - 1)?;
        NonZeroU32::new(word | NODE).map(Self)
    }

    /// For keeping it elsewhere.
    pub(super) fn number(self) -> u32 {
        self.0.get()
    }

    /// The word that was kept as this number.
    pub(super) fn of_number(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    #[inline]
    pub(super) fn place(self) -> Place {
        let word = self.0.get();
        if word & NODE == 0 { Place::Leaf(word as usize - 1) } else { Place::Node((word & !NODE) as usize) }
    }
}
