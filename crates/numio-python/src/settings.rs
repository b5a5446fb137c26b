//! How a call of `numio.load` loads, and what an archive's members are loaded by.

use numio::{LoadOptions, MmapMode};
use pyo3::prelude::*;

use crate::objects::Trust;

/// How a call loads.
pub(crate) struct Settings {
    pub(crate) options: LoadOptions,
    pub(crate) mode: Option<MmapMode>,
    pub(crate) trust: Trust,
    pub(crate) allow_pickle: bool,
    pub(crate) encoding: String,
    pub(crate) fix_imports: bool,
    pub(crate) max_header_size: usize,
}

/// A number of characters; more than there can be is as good as no bound.
pub(crate) fn header_size(size: &Bound<'_, PyAny>) -> PyResult<usize> {
    let size: i128 = size.extract()?;
    Ok(usize::try_from(size.max(0)).unwrap_or(usize::MAX))
}
