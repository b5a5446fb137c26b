//! How a call of `numio.load` loads, and what an archive's members are loaded by.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use numio::pickle::Encoding;
use numio::{LoadOptions, MmapMode};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::objects::Trust;

/// How a call loads.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) options: LoadOptions,
    /// Set where a header of Python 2 was read.
    pub(crate) python2: Arc<AtomicBool>,
    pub(crate) mode: Option<MmapMode>,
    pub(crate) trust: Trust,
    /// What the caller gave for it.
    pub(crate) trust_given: Option<Arc<Py<PyAny>>>,
    pub(crate) allow_pickle: bool,
    /// The caller's own words on pickles. A true lifts the bound on headers.
    pub(crate) is_allowed: Option<bool>,
    /// Whether members are mapped as suits programs written for NumPy, which reads them.
    pub(crate) as_numpy: bool,
    pub(crate) encoding: String,
    pub(crate) fix_imports: bool,
    pub(crate) max_header_size: usize,
    pub(crate) max_ratio: u64,
}

impl Settings {
    /// Whether Python objects are read: the caller's word.
    pub(crate) fn set_allow_pickle(&mut self, allow: bool) {
        self.options.allow_pickle(allow);
        (self.allow_pickle, self.is_allowed) = (allow, Some(allow));
    }

    pub(crate) fn set_max_header_size(&mut self, size: usize) {
        self.options.max_header_size(size);
        self.max_header_size = size;
    }

    pub(crate) fn set_max_ratio(&mut self, ratio: u64) {
        self.options.max_compression_ratio(ratio);
        self.max_ratio = ratio;
    }

    /// The arguments of `numio._numio.load` that make these settings.
    ///
    /// # Errors
    /// What Python raises.
    pub(crate) fn to_kwargs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let kwargs = PyDict::new(py);
        kwargs.set_item("mmap_mode", self.mode.map(crate::memmap::name_of))?;
        kwargs.set_item("allow_pickle", self.is_allowed)?;
        kwargs.set_item("fix_imports", self.fix_imports)?;
        kwargs.set_item("encoding", &self.encoding)?;
        kwargs.set_item("max_header_size", self.max_header_size)?;
        kwargs.set_item("max_ratio", self.max_ratio)?;
        kwargs.set_item("trust", self.trust_given.as_ref().map(|given| given.bind(py)))?;
        kwargs.set_item("as_numpy", self.as_numpy)?;
        Ok(kwargs)
    }

    /// How pickles of Python 2 are read.
    ///
    /// # Errors
    /// `ValueError` for an encoding that changes what numbers are.
    pub(crate) fn set_python2(&mut self, encoding: &str, fix_imports: bool) -> PyResult<()> {
        self.options.encoding(encoding_of(encoding)?).fix_imports(fix_imports);
        self.trust = std::mem::take(&mut self.trust).reading(encoding, fix_imports);
        (self.encoding, self.fix_imports) = (encoding.to_owned(), fix_imports);
        Ok(())
    }
}

/// What strings of Python 2 become.
///
/// # Errors
/// `ValueError`, in NumPy's words.
pub(crate) fn encoding_of(name: &str) -> PyResult<Encoding> {
    Ok(match name {
        "ASCII" => Encoding::Ascii,
        "latin1" => Encoding::Latin1,
        "bytes" => Encoding::Bytes,
        _ => return Err(PyValueError::new_err("encoding must be 'ASCII', 'latin1', or 'bytes'")),
    })
}

/// A number of characters; more than there can be is as good as no bound.
pub(crate) fn header_size(size: &Bound<'_, PyAny>) -> PyResult<usize> {
    let size: i128 = size.extract()?;
    Ok(usize::try_from(size.max(0)).unwrap_or(usize::MAX))
}

/// The library's default for [`Settings::max_ratio`].
pub(crate) const DEFAULT_RATIO: u64 = 100;

/// A ratio; more than there can be is as good as no bound.
pub(crate) fn ratio(ratio: &Bound<'_, PyAny>) -> PyResult<u64> {
    let ratio: i128 = ratio.extract()?;
    Ok(u64::try_from(ratio.max(0)).unwrap_or(u64::MAX))
}
