//! Sums whose error does not grow with the number of summands.

/// The number of floats that are added before the error of additions is looked at.
const GROUP: usize = 256;

/// The sum of some values, and with it the rounding errors of its making (Neumaier's sum).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    /// Adds a value.
    pub(super) fn add(&mut self, value: f64) {
        let sum = self.high + value;
        // Past infinity there are no errors to speak of.
        if sum.is_finite() {
            self.low += match self.high.abs() >= value.abs() {
                true => (self.high - sum) + value,
                false => (value - sum) + self.high,
            };
        }
        self.high = sum;
    }

    /// Adds another sum.
    pub(super) fn add_sum(&mut self, other: Self) {
        self.add(other.high);
        self.low += other.low;
    }

    pub(super) fn value(self) -> f64 {
        if self.high.is_finite() { self.high + self.low } else { self.high }
    }
}

/// The sum of `value` of each item.
pub(super) fn sum(values: &[f64], value: impl Fn(f64) -> f64) -> Sum {
    let mut total = Sum::default();
    for group in values.chunks(GROUP) {
        // Eight sums side by side, which the processor makes at once.
        let mut lanes = [0.0; 8];
        let (rows, rest) = group.as_chunks::<8>();
        for row in rows {
            for (lane, &item) in lanes.iter_mut().zip(row) {
                *lane += value(item);
            }
        }
        let [a, b, c, d, e, f, g, h] = lanes;
        total.add(((a + b) + (c + d)) + ((e + f) + (g + h)));
        rest.iter().for_each(|&item| total.add(value(item)));
    }
    total
}

/// Number, sum, and sum of squared deviations from the mean.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moments {
    pub(super) count: usize,
    pub(super) sum: Sum,
    squares: f64,
}

impl Moments {
    /// Of values none of which is NaN.
    pub(super) fn of(values: &[f64]) -> Self {
        let sum = sum(values, |value| value);
        let mean = if values.is_empty() { 0.0 } else { sum.value() / values.len() as f64 };
        let squares = self::sum(values, |value| (value - mean) * (value - mean)).value();
        Self { count: values.len(), sum, squares }
    }

    /// Adds others (Chan, Golub and LeVeque 1979).
    pub(super) fn merge(&mut self, other: Self) {
        if other.count == 0 {
            return;
        }
        if self.count > 0 {
            let (n, m) = (self.count as f64, other.count as f64);
            let apart = other.sum.value() / m - self.sum.value() / n;
            self.squares += other.squares + apart * apart * (n * m / (n + m));
        } else {
            self.squares = other.squares;
        }
        self.count += other.count;
        self.sum.add_sum(other.sum);
    }

    pub(super) fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum.value() / self.count as f64)
    }

    pub(super) fn std(&self) -> Option<f64> {
        (self.count > 0).then(|| (self.squares / self.count as f64).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_do_not_lose_small_numbers_among_large_ones() {
        let mut values = vec![1e16];
        values.extend([1.0; 1000]);
        values.push(-1e16);
        let mut total = Sum::default();
        values.iter().for_each(|&value| total.add(value));
        assert_eq!(total.value(), 1000.0);
    }

    #[test]
    fn moments_of_parts_are_those_of_the_whole() {
        let values: Vec<f64> = (0..10_000).map(|i| 1e9 + f64::from(i % 97)).collect();
        let mut parts = Moments::default();
        values.chunks(123).for_each(|part| parts.merge(Moments::of(part)));
        let exact = values.iter().map(|value| value - 1e9).sum::<f64>() / 1e4;
        let spread = values.iter().map(|value| (value - 1e9 - exact).powi(2)).sum::<f64>() / 1e4;
        assert!((parts.mean().unwrap() - 1e9 - exact).abs() < 1e-6);
        assert!((parts.std().unwrap() - spread.sqrt()).abs() < 1e-6);
    }
}
