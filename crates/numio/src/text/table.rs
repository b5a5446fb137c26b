//! What reading a text gives.

use std::fmt;

use ndarray::{Array, Dimension};

use crate::{DynArray, Element, Result, SliceItem};

/// The array read from a text, and what the caller should hear about it.
#[derive(Debug, Clone)]
pub struct Table {
    array: DynArray,
    /// Whether the first axis is the columns.
    is_unpacked: bool,
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
    pub(super) fn new(array: DynArray, is_unpacked: bool, warnings: Vec<Warning>) -> Self {
        Self { array, is_unpacked, warnings }
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

    /// One array for each field of a structured dtype, or for each column of the text: what NumPy's `unpack` gives.
    ///
    /// ```
    /// use numio::{DType, text::LoadTxt};
    ///
    /// let table = LoadTxt::new().dtype(DType::parse("U1, f8")?).parse("a 1\nb 2")?;
    /// let [letters, numbers] = &table.columns()?[..] else { panic!("two fields") };
    /// assert_eq!(letters.shape(), [2]);
    /// assert_eq!(numbers.to_array::<f64, ndarray::Ix1>()?.to_vec(), [1.0, 2.0]);
    /// # Ok::<(), numio::Error>(())
    /// ```
    ///
    /// # Errors
    /// None: every column is there.
    pub fn columns(&self) -> Result<Vec<DynArray>> {
        if let Some(record) = self.array.dtype().as_record() {
            return record.fields().iter().map(|field| self.array.field(&field.name)).collect();
        }
        let by_column = if self.is_unpacked { self.array.clone() } else { self.array.transposed() };
        match *by_column.shape() {
            [columns, _] => {
                let column = |index: usize| by_column.slice(&[SliceItem::Index(index as isize)]);
                (0..columns).map(column).collect()
            }
            _ => Ok(vec![by_column]),
        }
    }

    /// What NumPy would have warned of.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}
