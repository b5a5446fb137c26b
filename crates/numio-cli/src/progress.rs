//! Progress on a terminal; nothing where standard error is none.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over so many bytes, gone when it is dropped.
pub fn bar(bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes}  {msg}");
    let bar = ProgressBar::new(bytes);
    style.map_or(bar.clone(), |style| bar.with_style(style))
}
