//! Exact quantiles of more numbers than fit memory: digit by digit.
//!
//! Numbers become keys of 64 bits in the same order. Counting the first 16 bits of all keys tells in which of 65,536 buckets
//! each wanted rank is. In the next pass the keys of just these buckets are kept, if they are not too many, and sorted; else
//! their next 16 bits are counted. So two passes are enough as a rule, and four always.

use std::collections::BTreeMap;

use crate::Result;

/// Buckets of one digit.
const BUCKETS: usize = 1 << 16;

/// The most keys kept for sorting: 32 MiB.
const MOST_KEYS: u64 = 1 << 22;

/// A float as a key. NaN has none.
pub(super) fn float_key(value: f64) -> u64 {
    // The zeros are one number.
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The float of a key.
pub(super) fn float_of(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

/// The counts of one digit of keys.
pub(super) struct Digits(Vec<u64>);

impl Digits {
    pub(super) fn new() -> Self {
        Self(vec![0; BUCKETS])
    }

    /// Counts the first digits of keys.
    pub(super) fn count(&mut self, keys: impl Iterator<Item = u64>) {
        for key in keys {
            if let Some(count) = self.0.get_mut((key >> 48) as usize) {
                *count += 1;
            }
        }
    }

    /// The counts, in the order of the keys.
    pub(super) fn counts(&self) -> &[u64] {
        &self.0
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(count, more)| *count += more);
    }
}

/// Keys that start with the same bits, and the rank of the first of them.
struct Prefix {
    bits: u64,
    /// How many bits.
    len: u32,
    /// The number of smaller keys.
    before: u64,
    count: u64,
}

/// Picks something of the keys of a block.
pub(super) type Take<'a> = dyn Fn(&mut dyn Iterator<Item = u64>) -> Vec<u64> + Sync + 'a;

/// Calls its argument with the keys of one block after another, and returns the results.
pub(super) type Keys<'a> = dyn Fn(&Take<'_>) -> Result<Vec<Vec<u64>>> + 'a;

/// The keys of the given ranks. `digits` counts the first digit of all keys.
///
/// # Errors
/// Those of `pass`.
pub(super) fn select(ranks: &[u64], digits: &Digits, pass: &Keys<'_>) -> Result<BTreeMap<u64, u64>> {
    let mut wanted: Vec<u64> = ranks.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let mut found = BTreeMap::new();
    let mut prefixes = narrow(&wanted, 0, 0, 0, &digits.0);
    while !prefixes.is_empty() {
        // A whole key has no other digits.
        prefixes.retain(|prefix| {
            if prefix.len == 64 {
                for &rank in wanted.iter().filter(|rank| prefix.has(**rank)) {
                    found.insert(rank, prefix.bits);
                }
            }
            prefix.len < 64
        });
        let Some(first) = prefixes.first() else { break };
        let kept: u64 = prefixes.iter().map(|prefix| prefix.count).sum();
        let len = first.len;
        if kept <= MOST_KEYS {
            let starts: Vec<u64> = prefixes.iter().map(|prefix| prefix.bits >> (64 - len)).collect();
            let parts = pass(&|keys| {
                keys.filter(|key| starts.binary_search(&(key >> (64 - len))).is_ok()).collect()
            })?;
            let mut keys: Vec<u64> = parts.concat();
            keys.sort_unstable();
            let mut start = 0_usize;
            for prefix in &prefixes {
                for &rank in wanted.iter().filter(|rank| prefix.has(**rank)) {
                    let at = start + (rank - prefix.before) as usize;
                    if let Some(&key) = keys.get(at) {
                        found.insert(rank, key);
                    }
                }
                start += prefix.count as usize;
            }
            break;
        }
        // One prefix after another, so that no more than one table is needed for each block.
        let mut next = Vec::new();
        for prefix in &prefixes {
            let shift = 64 - len;
            let parts = pass(&|keys| {
                let mut counts = vec![0; BUCKETS];
                for key in keys.filter(|key| key >> shift == prefix.bits >> shift) {
                    if let Some(count) = counts.get_mut((key >> (shift - 16)) as usize & (BUCKETS - 1)) {
                        *count += 1;
                    }
                }
                sparse(&counts)
            })?;
            let mut counts = vec![0_u64; BUCKETS];
            for pair in parts.iter().flat_map(|part| part.as_chunks::<2>().0) {
                let [bucket, more] = *pair;
                if let Some(count) = counts.get_mut(bucket as usize) {
                    *count += more;
                }
            }
            let inside: Vec<u64> = wanted.iter().copied().filter(|rank| prefix.has(*rank)).collect();
            next.extend(narrow(&inside, prefix.bits, len, prefix.before, &counts));
        }
        prefixes = next;
    }
    Ok(found)
}

/// The buckets that are not empty, each followed by its count.
fn sparse(counts: &[u64]) -> Vec<u64> {
    let used = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    used.flat_map(|(bucket, &count)| [bucket as u64, count]).collect()
}

/// The longer prefixes that have any of the ranks.
fn narrow(ranks: &[u64], bits: u64, len: u32, before: u64, counts: &[u64]) -> Vec<Prefix> {
    let mut found = Vec::new();
    let mut before = before;
    for (bucket, &count) in counts.iter().enumerate() {
        let prefix = Prefix { bits: bits | (bucket as u64) << (48 - len), len: len + 16, before, count };
        before += count;
        if ranks.iter().any(|rank| prefix.has(*rank)) {
            found.push(prefix);
        }
    }
    found
}

impl Prefix {
    fn has(&self, rank: u64) -> bool {
        rank >= self.before && rank - self.before < self.count
    }
}

/// The two ranks that a quantile of `count` numbers lies between, and how far from the first to the second: NumPy's linear
/// interpolation.
pub(super) fn between(quantile: f64, count: u64) -> (u64, u64, f64) {
    let last = count.saturating_sub(1);
    let position = quantile * last as f64;
    let low = (position.floor() as u64).min(last);
    (low, (low + 1).min(last), position - low as f64)
}

/// A number `part` of the way from `a` to `b`, whose distance is `apart`: NumPy's `_lerp`, and the mean of the two, as in
/// its `median`, if the distance is infinite.
pub(super) fn lerp(a: f64, b: f64, apart: f64, part: f64) -> f64 {
    if a == b || part == 0.0 {
        return a;
    }
    if !apart.is_finite() {
        return a * (1.0 - part) + b * part;
    }
    if part >= 0.5 { b - apart * (1.0 - part) } else { a + apart * part }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_floats() {
        let floats = [f64::NEG_INFINITY, -1e300, -1.5, -5e-324, 0.0, 5e-324, 2.0, 1e300, f64::INFINITY];
        assert!(floats.windows(2).all(|pair| float_key(pair[0]) < float_key(pair[1])));
        assert!(floats.iter().all(|&float| float_of(float_key(float)) == float));
        assert_eq!(float_key(-0.0), float_key(0.0));
    }

    #[test]
    fn ranks_of_quantiles_are_found_digit_by_digit() {
        // Keys that differ in their last digits, so that every pass is needed if keys are not kept.
        let mut keys: Vec<u64> = (0..5000_u64).map(|i| (i * i % 4999) | (i % 3) << 62).collect();
        let mut digits = Digits::new();
        digits.count(keys.iter().copied());
        let ranks = [0, 1, 2500, 3333, 4999];
        let found = select(&ranks, &digits, &|take| {
            Ok(keys.chunks(77).map(|part| take(&mut part.iter().copied())).collect())
        });
        let found = found.unwrap();
        keys.sort_unstable();
        assert!(ranks.iter().all(|&rank| found[&rank] == keys[rank as usize]));
    }
}
