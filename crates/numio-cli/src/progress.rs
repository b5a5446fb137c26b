//! Progress on a terminal, or on request.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over bytes, removed when dropped; hidden if standard error is not a terminal.
pub fn bar(bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{wide_bar} {bytes}/{total_bytes}  {binary_bytes_per_sec}  {eta}  {msg}",
    );
    let bar = ProgressBar::new(bytes);
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

/// Lines for standard error, terminal or not: bytes, rate, and time left.
#[derive(Debug)]
pub struct Lines {
    total: Option<u64>,
    start: std::time::Instant,
    last: Duration,
}

impl Lines {
    pub fn new(total: Option<u64>) -> Self {
        Self { total, start: std::time::Instant::now(), last: Duration::ZERO }
    }

    /// The progress as a line; `None` within a second of the last, unless `is_over`.
    pub fn at(&mut self, bytes: u64, is_over: bool) -> Option<String> {
        let now = self.start.elapsed();
        if !is_over && now.saturating_sub(self.last) < Duration::from_secs(1) {
            return None;
        }
        self.last = now;
        let rate = bytes as f64 / now.as_secs_f64().max(1e-6);
        let total = self.total.map_or_else(String::new, |total| format!(" of {total}"));
        let left = self.total.filter(|_| !is_over && rate > 0.0);
        let left = left.map_or_else(String::new, |total| {
            format!(", {:.0} s left", total.saturating_sub(bytes) as f64 / rate)
        });
        Some(format!("{bytes}{total} bytes, {:.1} MB/s{left}", rate / 1e6))
    }
}
