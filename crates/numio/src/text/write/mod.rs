//! Arrays into text.
//!
//! `format` is Python's `%`; `fast` writes columns of plain numbers in the usual formats, many at once; `savetxt` prints blocks
//! of rows with both.

pub(crate) mod fast;
pub(crate) mod format;
pub(crate) mod savetxt;
