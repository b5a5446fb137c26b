//! Texts that will have one length, once all are known.

use super::convert::convert;
use crate::array::time::{common_unit, parse_datetime};
use crate::{Scalar, TimeUnit};

/// Fields one after another.
#[derive(Debug, Default)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// Characters of the longest.
    longest: usize,
    /// The unit that holds every date so far.
    unit: Option<TimeUnit>,
}

impl Texts {
    /// Adds a field. `None` where `S` does not hold its characters, or it is no date.
    pub(super) fn push(&mut self, field: &[u8], scalar: Scalar) -> Option<()> {
        if matches!(scalar, Scalar::Datetime(..)) {
            let (_, unit) = parse_datetime(std::str::from_utf8(field).ok()?).ok()?;
            self.unit = Some(self.unit.map_or(unit, |before| common_unit(before, unit)));
        }
        let chars = if field.is_ascii() {
            field.len()
        } else {
            let mut chars = std::str::from_utf8(field).ok()?.chars();
            if matches!(scalar, Scalar::Bytes(_)) && chars.clone().any(|c| u32::from(c) > 0xff) {
                return None;
            }
            chars.by_ref().count()
        };
        self.longest = self.longest.max(chars);
        self.bytes.extend_from_slice(field);
        self.ends.push(self.bytes.len());
        Some(())
    }

    /// Keeps only the first `len`.
    pub(super) fn truncate(&mut self, len: usize) {
        if len < self.ends.len() {
            self.ends.truncate(len);
            self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
            let lengths = self.iter().map(|text| String::from_utf8_lossy(text).chars().count());
            self.longest = lengths.max().unwrap_or(0);
        }
    }

    pub(super) fn unit(&self) -> Option<TimeUnit> {
        self.unit
    }

    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes in memory, about.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + self.ends.len() * size_of::<usize>()
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| self.bytes.get(start..end).unwrap_or_default())
    }

    /// Writes them as elements of `scalar`, which is as long as the longest.
    pub(super) fn write(&self, scalar: Scalar, out: &mut [u8]) {
        for (text, element) in self.iter().zip(out.chunks_exact_mut(scalar.itemsize().max(1))) {
            // `push` has let through only what is written.
            let _ = convert(text, scalar, element);
        }
    }
}
