//! Numbers and times of one field, in two or more passes: counts, extremes and moments; then histogram and quantiles.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use half::f16;

use super::quantiles::{Digits, Take, between, float_key, float_of, lerp, select};
use super::sums::Moments;
use super::{At, Histogram, Number, NumberStats, Pass, Quantile, Scratch, StatsOptions};
use crate::blocks::Block;
use crate::blocks::values::{floats, ints};
use crate::parallel::lock;
use crate::{FloatWidth, IntWidth, Result, Scalar};

/// Booleans, integers and floats.
pub(super) fn numbers(options: &StatsOptions, pass: &Pass<'_>) -> Result<NumberStats> {
    match pass.leaf.scalar {
        Scalar::Int(IntWidth::Bits64, _) | Scalar::UInt(IntWidth::Bits64, _) => integers(options, pass),
        scalar => describe(options, pass, &Floats(scalar)),
    }
}

/// Integers and ticks of time, of 64 bits.
pub(super) fn integers(options: &StatsOptions, pass: &Pass<'_>) -> Result<NumberStats> {
    let nat = matches!(pass.leaf.scalar, Scalar::Datetime(..) | Scalar::Timedelta(..));
    let (mut buffers, mut values) = (super::Buffers::default(), Vec::new());
    let mut first_of = |block: &Block| -> Result<Option<i128>> {
        let bytes = pass.array.bytes(block, pass.order, &mut buffers.block)?;
        ints(pass.leaf.scalar, pass.leaf.values(bytes, &mut buffers.leaf)?, &mut values)?;
        Ok(values.iter().copied().find(|&value| !nat || value != i128::from(i64::MIN)))
    };
    // A value near the others, of whose differences no digits are lost: NaT is far from all.
    let mut base = None;
    if pass.grid.len() > 0 {
        let start = pass.grid.block(0);
        base = first_of(&Block::new(start.starts(), &vec![1; start.shape().len()]))?;
        let mut number = 0;
        while nat && base.is_none() && number < pass.grid.len() {
            base = first_of(&pass.grid.block(number))?;
            number += 1;
        }
    }
    let base = base.unwrap_or(0);
    let is_signed = !matches!(pass.leaf.scalar, Scalar::UInt(..));
    describe(options, pass, &Ints { scalar: pass.leaf.scalar, base, nat, is_signed })
}

/// A kind of number: how to read it, and how to put it in order.
trait Kind: Sync {
    type Value: Copy + PartialOrd + Send + Sync;

    fn decode<'s>(&self, bytes: &[u8], scratch: &'s mut Scratch<'_>) -> Result<&'s [Self::Value]>;
    fn is_nan(&self, value: Self::Value) -> bool;
    fn is_infinite(&self, value: Self::Value) -> bool;
    /// Keys are in the order of the values.
    fn key(&self, value: Self::Value) -> u64;
    fn of_key(&self, key: u64) -> Self::Value;
    /// The value less a number near all of them.
    fn shifted(&self, value: Self::Value) -> f64;
    /// What was subtracted.
    fn base(&self) -> i128;
    fn float(&self, value: Self::Value) -> f64;
    fn number(&self, value: Self::Value) -> Number;
    /// From the first to the second.
    fn apart(&self, from: Self::Value, to: Self::Value) -> f64;
    /// The first 16 bits of the key of a type that has no more different values.
    fn bucket(&self, _: Self::Value) -> Option<u16> {
        None
    }
    fn of_bucket(&self, bucket: u16) -> Self::Value;
    fn scan(&self, values: &[Self::Value]) -> Scan<Self::Value>;
    /// The moments of the shifted values.
    fn moments(&self, values: &[Self::Value], has_nans: bool) -> Moments {
        let numbers = values.iter().copied().filter(|&value| !has_nans || !self.is_nan(value));
        Moments::of(&numbers.map(|value| self.shifted(value)).collect::<Vec<_>>())
    }
    /// The sum of integers, exactly; 0 for floats.
    fn total(&self, values: &[Self::Value], moments: &Moments) -> i128;
}

/// Counts and extremes of some values.
struct Scan<V> {
    nans: usize,
    infinities: usize,
    zeros: usize,
    min: Option<V>,
    max: Option<V>,
}

struct Floats(Scalar);

impl Kind for Floats {
    type Value = f64;

    fn decode<'s>(&self, bytes: &[u8], scratch: &'s mut Scratch<'_>) -> Result<&'s [f64]> {
        floats(self.0, bytes, scratch.floats)?;
        Ok(scratch.floats)
    }

    fn is_nan(&self, value: f64) -> bool {
        value.is_nan()
    }

    fn is_infinite(&self, value: f64) -> bool {
        value.is_infinite()
    }

    fn key(&self, value: f64) -> u64 {
        float_key(value)
    }

    fn of_key(&self, key: u64) -> f64 {
        float_of(key)
    }

    fn shifted(&self, value: f64) -> f64 {
        value
    }

    fn base(&self) -> i128 {
        0
    }

    fn float(&self, value: f64) -> f64 {
        value
    }

    fn number(&self, value: f64) -> Number {
        match self.0 {
            Scalar::Float(..) => Number::Float(value),
            _ => Number::Int(value as i128),
        }
    }

    fn apart(&self, from: f64, to: f64) -> f64 {
        to - from
    }

    fn bucket(&self, value: f64) -> Option<u16> {
        match self.0 {
            Scalar::Float(FloatWidth::Bits16, _) => {
                let bits = f16::from_f64(value + 0.0).to_bits();
                Some(if bits >> 15 == 1 { !bits } else { bits | 1 << 15 })
            }
            Scalar::UInt8 | Scalar::UInt(IntWidth::Bits16, _) => Some(value as u16),
            scalar if scalar.itemsize() <= 2 => Some((value as i32 + (1 << 15)) as u16),
            _ => None,
        }
    }

    fn of_bucket(&self, bucket: u16) -> f64 {
        match self.0 {
            Scalar::Float(..) => {
                f16::from_bits(if bucket >> 15 == 1 { bucket & !(1 << 15) } else { !bucket }).to_f64()
            }
            Scalar::UInt8 | Scalar::UInt(..) => f64::from(bucket),
            _ => f64::from(bucket) - f64::from(1 << 15),
        }
    }

    fn scan(&self, values: &[f64]) -> Scan<f64> {
        // Eight of each side by side, which the processor does at once.
        const LANES: usize = 8;
        let (mut low, mut high) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        let (mut nans, mut infinities, mut zeros) = ([0_u64; LANES], [0_u64; LANES], [0_u64; LANES]);
        let (rows, rest) = values.as_chunks::<LANES>();
        let mut last = [f64::NAN; LANES];
        last.iter_mut().zip(rest).for_each(|(slot, value)| *slot = *value);
        let padding = LANES - rest.len();
        for row in rows.iter().chain([&last]) {
            let lanes = low.iter_mut().zip(&mut high).zip(&mut nans).zip(&mut infinities).zip(&mut zeros);
            for (((((low, high), nans), infinities), zeros), &value) in lanes.zip(row) {
                *low = if value < *low { value } else { *low };
                *high = if value > *high { value } else { *high };
                *nans += u64::from(value.is_nan());
                *infinities += u64::from(value.abs() == f64::INFINITY);
                *zeros += u64::from(value == 0.0);
            }
        }
        let sum = |lanes: [u64; LANES]| lanes.iter().sum::<u64>() as usize;
        let nans = sum(nans) - padding;
        let is_any = nans < values.len();
        Scan {
            nans,
            infinities: sum(infinities),
            zeros: sum(zeros),
            min: is_any.then(|| low.into_iter().fold(f64::INFINITY, f64::min)),
            max: is_any.then(|| high.into_iter().fold(f64::NEG_INFINITY, f64::max)),
        }
    }

    fn moments(&self, values: &[f64], has_nans: bool) -> Moments {
        match has_nans {
            true => Moments::of(&values.iter().copied().filter(|value| !value.is_nan()).collect::<Vec<_>>()),
            false => Moments::of(values),
        }
    }

    fn total(&self, _: &[f64], moments: &Moments) -> i128 {
        match self.0 {
            Scalar::Float(..) => 0,
            // A block's integers of 32 bits add up to less than 2^53.
            _ => moments.sum.value() as i128,
        }
    }
}

struct Ints {
    scalar: Scalar,
    base: i128,
    /// Whether the least is NaT.
    nat: bool,
    is_signed: bool,
}

impl Kind for Ints {
    type Value = i128;

    fn decode<'s>(&self, bytes: &[u8], scratch: &'s mut Scratch<'_>) -> Result<&'s [i128]> {
        ints(self.scalar, bytes, scratch.ints)?;
        Ok(scratch.ints)
    }

    fn is_nan(&self, value: i128) -> bool {
        self.nat && value == i128::from(i64::MIN)
    }

    fn is_infinite(&self, _: i128) -> bool {
        false
    }

    fn key(&self, value: i128) -> u64 {
        if self.is_signed { value as u64 ^ 1 << 63 } else { value as u64 }
    }

    fn of_key(&self, key: u64) -> i128 {
        if self.is_signed { i128::from((key ^ 1 << 63) as i64) } else { key.into() }
    }

    fn shifted(&self, value: i128) -> f64 {
        (value - self.base) as f64
    }

    fn base(&self) -> i128 {
        self.base
    }

    fn float(&self, value: i128) -> f64 {
        value as f64
    }

    fn number(&self, value: i128) -> Number {
        Number::Int(value)
    }

    fn apart(&self, from: i128, to: i128) -> f64 {
        (to - from) as f64
    }

    fn of_bucket(&self, _: u16) -> i128 {
        0
    }

    fn scan(&self, values: &[i128]) -> Scan<i128> {
        let mut scan = Scan { nans: 0, infinities: 0, zeros: 0, min: None, max: None };
        for &value in values {
            if self.is_nan(value) {
                scan.nans += 1;
                continue;
            }
            scan.zeros += usize::from(value == 0);
            scan.min = Some(scan.min.map_or(value, |least| value.min(least)));
            scan.max = Some(scan.max.map_or(value, |most| value.max(most)));
        }
        scan
    }

    fn total(&self, values: &[i128], _: &Moments) -> i128 {
        values.iter().filter(|&&value| !self.is_nan(value)).sum()
    }
}

/// What was found in a block, or in all so far.
struct Found<V> {
    count: usize,
    nans: usize,
    infinities: usize,
    zeros: usize,
    min: Option<(V, usize)>,
    max: Option<(V, usize)>,
    /// The least and largest finite values.
    finite: Option<(V, V)>,
    moments: Moments,
    /// The sum of integers.
    total: i128,
}

impl<V: Copy + PartialOrd> Found<V> {
    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.nans += other.nans;
        self.infinities += other.infinities;
        self.zeros += other.zeros;
        self.moments.merge(other.moments);
        self.total += other.total;
        // Of equal values the one that comes first.
        let is_first = |one: (V, usize), two: (V, usize)| one.0 == two.0 && two.1 < one.1;
        self.min = match (self.min, other.min) {
            (Some(one), Some(two)) => Some(if two.0 < one.0 || is_first(one, two) { two } else { one }),
            (one, two) => one.or(two),
        };
        self.max = match (self.max, other.max) {
            (Some(one), Some(two)) => Some(if two.0 > one.0 || is_first(one, two) { two } else { one }),
            (one, two) => one.or(two),
        };
        self.finite = match (self.finite, other.finite) {
            (Some((a, b)), Some((c, d))) => Some((if c < a { c } else { a }, if d > b { d } else { b })),
            (one, two) => one.or(two),
        };
    }
}

fn describe<K: Kind>(options: &StatsOptions, pass: &Pass<'_>, kind: &K) -> Result<NumberStats> {
    let is_small = pass.leaf.scalar.itemsize() <= 2;
    let wants_digits = is_small || !options.quantiles.is_empty();
    // A table for each thread.
    let tables: Mutex<Vec<Digits>> = Mutex::new(Vec::new());
    let parts = pass.each(|block, bytes, scratch| {
        let values = kind.decode(bytes, scratch)?;
        if wants_digits {
            let taken = lock(&tables).pop();
            let mut digits = taken.unwrap_or_else(Digits::new);
            let numbers = values.iter().copied().filter(|&value| !kind.is_nan(value));
            match is_small {
                true => digits.count(numbers.map(|value| u64::from(kind.bucket(value).unwrap_or(0)) << 48)),
                false => digits.count(numbers.map(|value| kind.key(value))),
            }
            lock(&tables).push(digits);
        }
        Ok(summed(kind, values, |numbers| pass.first(block, numbers)))
    })?;
    let found = parts.into_iter().reduce(|mut all, part| {
        all.merge(part);
        all
    });
    let mut stats = NumberStats::default();
    if is_small {
        stats.unique = Some(0);
    }
    let none = |quantile: &f64| Quantile { quantile: *quantile, value: None };
    stats.quantiles = options.quantiles.iter().map(none).collect();
    let Some(found) = found else { return Ok(stats) };
    stats.count = found.count;
    stats.nans = found.nans;
    stats.infinities = found.infinities;
    stats.zeros = found.zeros;
    let at = |(value, position): (K::Value, usize)| -> At<Number> { pass.at(kind.number(value), position) };
    stats.min = found.min.map(at);
    stats.max = found.max.map(at);
    let numbers = (found.count - found.nans) as u64;
    stats.mean = match found.moments.mean() {
        Some(_) if found.total != 0 || kind.base() != 0 => Some(mean(found.total, numbers)),
        mean => mean,
    };
    stats.std = found.moments.std();
    let tables = tables.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let digits = tables.into_iter().reduce(|mut all, table| {
        all.merge(&table);
        all
    });
    let range = found.finite.map(|(low, high)| (kind.float(low), kind.float(high)));
    let histogram = range.and_then(|range| Bins::new(range, options.bins));
    if let Some(digits) = digits.as_ref().filter(|_| is_small) {
        let table = || {
            digits.counts().iter().enumerate().map(|(bucket, &count)| (kind.of_bucket(bucket as u16), count))
        };
        stats.unique = Some(table().filter(|(_, count)| *count > 0).count());
        stats.quantiles = options
            .quantiles
            .iter()
            .map(|&quantile| {
                let ranked = |rank: u64| {
                    let mut before = 0;
                    table().find(|(_, count)| {
                        before += count;
                        rank < before
                    })
                };
                let (low, high, part) = between(quantile, numbers);
                let value = ranked(low).zip(ranked(high));
                let value = value.map(|((a, _), (b, _))| interpolated(kind, a, b, part));
                Quantile { quantile, value }
            })
            .collect();
        stats.histogram = histogram.map(|bins| {
            let mut counts = vec![0; bins.len()];
            for (value, count) in table().filter(|(_, count)| *count > 0) {
                bins.add(kind.float(value), count, &mut counts);
            }
            bins.counted(counts)
        });
        return Ok(stats);
    }
    // Histogram and quantiles share a pass where both are wanted.
    let counts: Mutex<Vec<u64>> =
        Mutex::new(histogram.as_ref().map_or_else(Vec::new, |bins| vec![0; bins.len()]));
    let is_counted = AtomicBool::new(histogram.is_none());
    let again = |take: &Take<'_>| {
        let counts_now = !is_counted.load(Ordering::Relaxed);
        let parts = pass.each(|_, bytes, scratch| {
            let values = kind.decode(bytes, scratch)?;
            if let Some(bins) = histogram.as_ref().filter(|_| counts_now) {
                let mut part = vec![0; bins.len()];
                values.iter().for_each(|&value| bins.add(kind.float(value), 1, &mut part));
                lock(&counts).iter_mut().zip(part).for_each(|(count, more)| *count += more);
            }
            Ok(take(&mut values.iter().filter(|&&value| !kind.is_nan(value)).map(|&value| kind.key(value))))
        });
        is_counted.store(true, Ordering::Relaxed);
        parts
    };
    let mut ranks = Vec::new();
    if numbers > 0 {
        for &quantile in &options.quantiles {
            let (low, high, _) = between(quantile, numbers);
            ranks.extend([low, high]);
        }
    }
    let keys = match digits {
        Some(digits) if !ranks.is_empty() => select(&ranks, &digits, &again)?,
        _ => {
            if !is_counted.load(Ordering::Relaxed) {
                again(&|_| Vec::new())?;
            }
            std::collections::BTreeMap::new()
        }
    };
    for wanted in &mut stats.quantiles {
        let (low, high, part) = between(wanted.quantile, numbers);
        if let (Some(&low), Some(&high)) = (keys.get(&low), keys.get(&high)) {
            wanted.value = Some(interpolated(kind, kind.of_key(low), kind.of_key(high), part));
        }
    }
    let counts = counts.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    stats.histogram = histogram.map(|bins| bins.counted(counts));
    Ok(stats)
}

fn interpolated<K: Kind>(kind: &K, low: K::Value, high: K::Value, part: f64) -> f64 {
    lerp(kind.float(low), kind.float(high), kind.apart(low, high), part)
}

/// `total / count`, of which the whole part is exact.
fn mean(total: i128, count: u64) -> f64 {
    let count = i128::from(count.max(1));
    let (whole, rest) = (total.div_euclid(count), total.rem_euclid(count));
    whole as f64 + rest as f64 / count as f64
}

/// One block's part of everything. `first` gives the position in C order of the first of some values, by their numbers.
fn summed<K: Kind>(
    kind: &K,
    values: &[K::Value],
    first: impl Fn(&mut dyn Iterator<Item = usize>) -> Option<usize>,
) -> Found<K::Value> {
    let Scan { nans, infinities, zeros, min, max } = kind.scan(values);
    let moments = kind.moments(values, nans > 0);
    let place = |wanted: Option<K::Value>| {
        let wanted = wanted?;
        let mut places =
            values.iter().enumerate().filter(|(_, value)| **value == wanted).map(|(number, _)| number);
        first(&mut places).map(|position| (wanted, position))
    };
    let finite = if infinities == 0 {
        min.zip(max)
    } else {
        let finite = values.iter().copied().filter(|&value| !kind.is_nan(value) && !kind.is_infinite(value));
        finite.fold(None, |range: Option<(K::Value, K::Value)>, value| {
            Some(range.map_or((value, value), |(low, high)| {
                (if value < low { value } else { low }, if value > high { value } else { high })
            }))
        })
    };
    let total = kind.total(values, &moments);
    Found {
        count: values.len(),
        nans,
        infinities,
        zeros,
        min: place(min),
        max: place(max),
        finite,
        moments,
        total,
    }
}

/// The bins of a histogram, as `numpy.histogram` makes and fills them.
struct Bins {
    edges: Vec<f64>,
}

impl Bins {
    /// Bins over a range; `None` for none, and if `f64` does not hold its width or has too few numbers in it.
    fn new((low, high): (f64, f64), bins: usize) -> Option<Self> {
        let (low, high) = if low == high { (low - 0.5, high + 0.5) } else { (low, high) };
        let step = (high - low) / bins as f64;
        if bins == 0 || !(high - low).is_finite() {
            return None;
        }
        let mut edges: Vec<f64> = (0..bins).map(|bin| bin as f64 * step + low).collect();
        edges.push(high);
        // Between neighbouring floats there is no room for bins.
        edges.is_sorted_by(|a, b| a < b).then_some(Self { edges })
    }

    fn len(&self) -> usize {
        self.edges.len() - 1
    }

    fn add(&self, value: f64, count: u64, counts: &mut [u64]) {
        let (Some(&low), Some(&high)) = (self.edges.first(), self.edges.last()) else { return };
        if !(low..=high).contains(&value) {
            return;
        }
        let bins = self.len();
        let mut bin = (((value - low) / (high - low)) * bins as f64) as usize;
        bin = bin.min(bins - 1);
        // The division rounds.
        if self.edges.get(bin).is_some_and(|&edge| value < edge) {
            bin = bin.saturating_sub(1);
        } else if bin + 1 < bins && self.edges.get(bin + 1).is_some_and(|&edge| value >= edge) {
            bin += 1;
        }
        if let Some(into) = counts.get_mut(bin) {
            *into += count;
        }
    }

    fn counted(self, counts: Vec<u64>) -> Histogram {
        Histogram { edges: self.edges, counts }
    }
}
