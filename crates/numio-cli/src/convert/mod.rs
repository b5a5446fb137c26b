//! Converts arrays from one format into another, a chunk of rows at a time.
//!
//! A source produces [`Rows`], a [`Sink`] consumes them; neither buffers more than a chunk, so that files larger than
//! memory pass through. `reading` decompresses and decodes, `blocks` splits texts into whole rows, `fields` rows into
//! fields; `ahead` parses blocks on another thread; `discover` finds a dtype for a text by the `form` of its
//! fields, `guess` for JSON, and `plan` decides what its columns become; `text` and `json_lines` parse them into rows; `table`
//! prints rows as text.
//!
//! Formats of several arrays under names (`safetensors`, `torch`) go another way: a `named_array` is read when `tensors` writes
//! it.
//! `tables` has sources and sinks of rows in columns: Arrow and Parquet, a feature of the crate.

mod ahead;
mod arrays;
mod blocks;
mod discover;
mod encoding;
mod fields;
mod file_array;
mod form;
mod format;
mod guess;
mod json_lines;
mod kind;
mod named_array;
mod names;
mod plan;
mod reading;
mod safetensors;
mod sink;
mod table;
#[cfg(feature = "tables")]
mod tables;
mod tensors;
mod text;
mod torch;

pub use self::arrays::{Arrays, Reshaped};
pub use self::encoding::TextEncoding;
pub use self::fields::{Dialect, NumberStyle, listed};
pub use self::file_array::seekable;
pub use self::format::{Destination, Format};
pub use self::json_lines::JsonLines;
pub use self::kind::{Kind, little};
pub use self::named_array::{NamedArray, is_bfloat, select};
pub use self::names::{ColumnChoice, Fill, named_value};
pub use self::plan::TextIn;
pub use self::safetensors::{Metadata, Tensors, read as read_safetensors};
pub use self::sink::{APPEND_WAIT, NpySink, NpzSink, Out, Sink, json_sink};
pub use self::table::{TableLayout, TableSink, TextOut};
#[cfg(feature = "tables")]
pub use self::tables::{BatchRows, BatchSink, TableIn, TableOut, save_columns};
pub use self::tensors::{explain_raw, save_archive, save_safetensors};
pub use self::text::Texts;

use numio::DynArray;

use crate::failure::Failure;

/// An array in chunks along its first axis. There is at least one chunk, possibly without rows.
pub trait Rows {
    /// The next chunk.
    fn next(&mut self) -> Result<Option<DynArray>, Failure>;

    /// The total number of bytes, if it is known, and the number of those read.
    fn progress(&self) -> (Option<u64>, u64);

    /// Returns whether the last error says only that a row does not fit a dtype that was guessed.
    fn is_misguessed(&self) -> bool {
        false
    }

    /// Messages for the caller after the last chunk.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}
