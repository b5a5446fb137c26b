//! Progress on a terminal, or on request.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use numio::blocks::{Block, BlockSource};
use numio::{DType, DynArray, Order, Result};

/// Time after which a bar is shown.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar over bytes, with rate and time left: shown once the work takes more than a second, removed when dropped, and hidden
/// if standard error is not a terminal.
pub fn bar(bytes: u64) -> Bar {
    let style = ProgressStyle::with_template(
        "{wide_bar} {bytes}/{total_bytes}  {binary_bytes_per_sec}  {eta}  {msg}",
    );
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::hidden());
    let bar = style.map_or(bar.clone(), |style| bar.with_style(style));
    Bar { bar, start: Instant::now(), is_shown: AtomicBool::new(false) }
}

/// See [`bar`].
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
    start: Instant,
    is_shown: AtomicBool,
}

impl Bar {
    /// Returns whether there is no terminal to show it on.
    pub fn is_hidden(&self) -> bool {
        !std::io::stderr().is_terminal()
    }

    pub fn inc(&self, bytes: u64) {
        self.bar.inc(bytes);
        self.show();
    }

    pub fn set_position(&self, bytes: u64) {
        self.bar.set_position(bytes);
        self.show();
    }

    pub fn position(&self) -> u64 {
        self.bar.position()
    }

    pub fn set_message(&self, message: String) {
        self.bar.set_message(message);
    }

    pub fn finish_and_clear(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&self) {
        if self.start.elapsed() > PATIENCE
            && !crate::interrupt::is_embedded()
            && !self.is_shown.swap(true, Ordering::Relaxed)
        {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// An array that moves a bar as it is read.
pub struct Watched<'a> {
    array: &'a dyn BlockSource,
    bar: &'a Bar,
}

impl<'a> Watched<'a> {
    pub fn new(array: &'a dyn BlockSource, bar: &'a Bar) -> Self {
        Self { array, bar }
    }

    fn count(&self, block: &Block) {
        self.bar.inc(block.size().saturating_mul(self.array.dtype().itemsize()) as u64);
    }
}

impl BlockSource for Watched<'_> {
    fn dtype(&self) -> &DType {
        self.array.dtype()
    }

    fn shape(&self) -> &[usize] {
        self.array.shape()
    }

    fn order(&self) -> Order {
        self.array.order()
    }

    fn block(&self, block: &Block) -> Result<DynArray> {
        self.count(block);
        self.array.block(block)
    }

    fn bytes<'b>(&'b self, block: &Block, order: Order, buffer: &'b mut Vec<u8>) -> Result<&'b [u8]> {
        self.count(block);
        self.array.bytes(block, order, buffer)
    }

    fn as_array(&self) -> Option<&DynArray> {
        self.array.as_array()
    }
}

/// Lines for standard error, terminal or not: bytes, rate, and time left.
#[derive(Debug)]
pub struct Lines {
    total: Option<u64>,
    start: Instant,
    last: Duration,
}

impl Lines {
    pub fn new(total: Option<u64>) -> Self {
        Self { total, start: Instant::now(), last: Duration::ZERO }
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
