//! What reading a text gives.

use std::fmt;

use ndarray::{Array, Dimension};

use crate::{DynArray, Element, Result};

/// The array read from a text, and what the caller should hear about it.
#[derive(Clone)]
pub struct Table {
    array: DynArray,
    warnings: Vec<Warning>,
}

/// Something that NumPy warns of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// There was not one row.
    NoData,
    /// A line without data does not count towards the greatest number of rows.
    EmptyLine {
        /// Which line of the text, counted from 1.
        line: u64,
        /// The greatest number of rows.
        max_rows: u64,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoData => f.write_str("input contained no data"),
            Self::EmptyLine { line, max_rows } => write!(
                f,
                "Input line {line} contained no data and will not be counted towards `max_rows={max_rows}`."
            ),
        }
    }
}

impl Table {
    pub(super) fn new(array: DynArray, warnings: Vec<Warning>) -> Self {
        Self { array, warnings }
    }

    /// The array.
    pub fn array(&self) -> &DynArray {
        &self.array
    }

    /// The array, to keep.
    pub fn into_array(self) -> DynArray {
        self.array
    }

    /// A copy of the elements as `T`s with `D` axes.
    ///
    /// # Errors
    /// As [`DynArray::to_array`].
    pub fn to_array<T: Element, D: Dimension>(&self) -> Result<Array<T, D>> {
        self.array.to_array()
    }

    /// What NumPy would have warned of.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}
