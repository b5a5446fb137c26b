//! The arguments of one call of `numio.load`, which an archive keeps for its members.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use numio::{LoadOptions, MmapMode};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::{encoding_name, encoding_of};
use crate::memmap;
use crate::objects::Trust;

/// The options of a call.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) options: LoadOptions,
    /// Set when a header of Python 2 was read.
    pub(crate) python2: Arc<AtomicBool>,
    pub(crate) mode: Option<MmapMode>,
    pub(crate) trust: Trust,
    /// The caller's argument for it.
    pub(crate) trust_given: Option<Arc<Py<PyAny>>>,
    pub(crate) allow_pickle: bool,
    /// The caller's explicit `allow_pickle`, if any. A true lifts the bound on headers.
    pub(crate) is_allowed: Option<bool>,
    /// True if members are mapped in the way that suits programs written for NumPy, which reads them.
    pub(crate) as_numpy: bool,
    pub(crate) encoding: &'static str,
    pub(crate) fix_imports: bool,
    pub(crate) max_header_size: usize,
    pub(crate) max_ratio: u64,
}

impl Settings {
    /// Sets, at the caller's explicit request, whether Python objects are read.
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
    /// Errors raised by Python.
    pub(crate) fn to_kwargs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let kwargs = PyDict::new(py);
        kwargs.set_item("mmap_mode", self.mode.map(memmap::name_of))?;
        kwargs.set_item("allow_pickle", self.is_allowed)?;
        kwargs.set_item("fix_imports", self.fix_imports)?;
        kwargs.set_item("encoding", self.encoding)?;
        kwargs.set_item("max_header_size", self.max_header_size)?;
        kwargs.set_item("max_ratio", self.max_ratio)?;
        kwargs.set_item("trust", self.trust_given.as_ref().map(|given| given.bind(py)))?;
        kwargs.set_item("as_numpy", self.as_numpy)?;
        Ok(kwargs)
    }

    /// Sets the options for reading pickles of Python 2.
    ///
    /// # Errors
    /// `ValueError` for an encoding that changes what numbers are.
    pub(crate) fn set_python2(&mut self, encoding: &str, fix_imports: bool) -> PyResult<()> {
        self.options.encoding(encoding_of(encoding)?).fix_imports(fix_imports);
        self.trust = std::mem::take(&mut self.trust).reading(encoding, fix_imports);
        (self.encoding, self.fix_imports) = (encoding_name(encoding)?, fix_imports);
        Ok(())
    }
}
