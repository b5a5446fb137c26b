//! Arrays from one format into another, a piece of rows at a time.
//!
//! A source gives [`Rows`], a [`Sink`] takes them; neither buffers more than a piece, so that files larger than memory
//! pass through. `reading` decompresses and decodes, `blocks` cuts texts into whole rows, `fields` rows into fields;
//! `discover` finds a dtype for a text, `guess` for JSON; `text` and `json_lines` make rows of them; `table`
//! prints rows as text.

mod arrays;
mod blocks;
mod discover;
mod fields;
mod format;
mod guess;
mod json_lines;
mod names;
mod reading;
mod sink;
mod table;
mod text;

pub use self::arrays::{Arrays, Reshaped};
pub use self::fields::{Dialect, NumberStyle};
pub use self::format::{Destination, Format, is_packed};
pub use self::json_lines::JsonLines;
pub use self::names::{ColumnChoice, Fill};
pub use self::sink::{APPEND_WAIT, NpySink, NpzSink, Out, Sink, json_sink};
pub use self::table::{TableLayout, TableSink, TextOut};
pub use self::text::{TextIn, Texts};

use numio::DynArray;

use crate::failure::Failure;

/// An array, piece by piece along its first axis. At least one piece comes, if only of no rows.
pub trait Rows {
    /// The next piece.
    fn next(&mut self) -> Result<Option<DynArray>, Failure>;

    /// How many bytes there are in all, if that is known, and how many have been read.
    fn progress(&self) -> (Option<u64>, u64);

    /// What the caller should hear once all pieces have come.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}
