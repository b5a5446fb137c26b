//! A set of places in a pickle.

/// One bit for each byte of the pickle, as far as it is needed.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<u64>);

impl Places {
    #[inline]
    pub(super) fn insert(&mut self, at: usize) {
        let block = at / 64;
        if self.0.len() <= block {
            self.0.resize(block + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(block) {
            *bits |= 1 << (at % 64);
        }
    }

    #[inline]
    pub(super) fn contains(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|bits| bits >> (at % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart() {
        let mut places = Places::default();
        for at in [0, 63, 64, 1000] {
            assert!(!places.contains(at));
            places.insert(at);
        }
        let found: Vec<_> = (0..2000).filter(|at| places.contains(*at)).collect();
        assert_eq!(found, [0, 63, 64, 1000]);
    }
}
