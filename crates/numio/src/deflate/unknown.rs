//! What is inflated before it is known what it looks back to.
//!
//! Each of the 32,768 places of the unknown window is a pair of different bytes. The segment is inflated twice, with the
//! first and with the second bytes as its window. Where both give the same byte, it is that byte; where they differ, the
//! pair says which place of the window stands there. So libdeflate does all the work, at twice its time.

use super::segment::WINDOW;

/// How many places share their first byte: all second bytes but that one.
const ROW: usize = 255;

/// The first bytes of the pairs.
pub(crate) static FIRST: [u8; WINDOW] = pairs(false);
/// The second bytes of the pairs.
pub(crate) static SECOND: [u8; WINDOW] = pairs(true);

#[expect(clippy::indexing_slicing, reason = "the index stays below the length")]
const fn pairs(second: bool) -> [u8; WINDOW] {
    let mut bytes = [0; WINDOW];
    let mut at = 0;
    while at < WINDOW {
        let (first, rank) = (at / ROW, at % ROW);
        bytes[at] = if second { (rank + (rank >= first) as usize) as u8 } else { first as u8 };
        at += 1;
    }
    bytes
}

/// What each pair stands for, once the window is known.
pub(crate) struct Known(Box<[[u8; 256]; 256]>);

impl Known {
    pub(crate) fn new() -> Self {
        let mut rows: Box<[[u8; 256]; 256]> = bytemuck::zeroed_box();
        for ((first, row), byte) in rows.iter_mut().enumerate().zip(0..=u8::MAX) {
            // A pair of equal bytes is that byte.
            row.iter_mut().skip(first).take(1).for_each(|equal| *equal = byte);
        }
        Self(rows)
    }

    /// Learns the window.
    pub(crate) fn learn(&mut self, window: &[u8]) {
        for ((first, row), known) in self.0.iter_mut().enumerate().zip(window.chunks(ROW)) {
            let (below, from) = row.split_at_mut(first);
            let (known_below, known_above) = known.split_at_checked(first).unwrap_or((known, &[]));
            below.iter_mut().zip(known_below).for_each(|(byte, &known)| *byte = known);
            from.iter_mut().skip(1).zip(known_above).for_each(|(byte, &known)| *byte = known);
        }
    }

    /// Fills `out` with what the pairs of `first` and `second` stand for.
    pub(crate) fn resolve(&self, first: &[u8], second: &[u8], out: &mut [u8]) {
        for ((out, &first), &second) in out.iter_mut().zip(first).zip(second) {
            #[expect(clippy::indexing_slicing, reason = "the table has a place for each pair of bytes")]
            {
                *out = self.0[usize::from(first)][usize::from(second)];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_a_pair_of_its_own() {
        let pairs: std::collections::HashSet<(u8, u8)> = FIRST.into_iter().zip(SECOND).collect();
        assert_eq!(pairs.len(), WINDOW);
        assert!(pairs.iter().all(|(first, second)| first != second));
    }

    #[test]
    fn pairs_stand_for_the_window_or_for_themselves() {
        let mut known = Known::new();
        for factor in [7, 11] {
            let window: Vec<u8> = (0..WINDOW).map(|at| (at * factor / 3) as u8).collect();
            known.learn(&window);
            let mut out = vec![0; WINDOW];
            known.resolve(&FIRST, &SECOND, &mut out);
            assert!(out == window);
            let bytes: Vec<u8> = (0..=255).collect();
            known.resolve(&bytes, &bytes, &mut out);
            assert_eq!(out[..256], bytes);
        }
    }
}
