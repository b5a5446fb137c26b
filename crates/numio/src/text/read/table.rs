//! The result of reading a text.

use std::fmt;
use std::path::PathBuf;

use ndarray::{Array, Dimension};

use crate::{DynArray, Element, Result, SliceItem};

/// The array read from a text, and NumPy's warnings about it.
#[derive(Debug, Clone)]
pub struct Table {
    array: DynArray,
    mask: Option<DynArray>,
    /// True if the first axis is the columns.
    is_unpacked: bool,
    warnings: Vec<Warning>,
}

/// Something that NumPy warns of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The text has no rows.
    NoData,
    /// `genfromtxt` found no line with fields.
    EmptyFile {
        /// The file, where it is one.
        path: Option<PathBuf>,
    },
    /// Lines that were left out because they have another number of columns: all of them, in NumPy's message.
    InvalidLines(String),
    /// A number was too large for its column's dtype, and became an infinity.
    Overflow,
    /// A number was too large for `longdouble` and became an infinity, or too small and lost digits.
    ConversionOverflow,
    /// Columns of text became bytes, or would have if Latin-1 had their characters.
    TextsAsBytes,
    /// A line without data does not count towards the greatest number of rows.
    EmptyLine {
        /// The line of the text, counted from 1.
        line: u64,
        /// The greatest number of rows.
        max_rows: u64,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoData => f.write_str("input contained no data"),
            Self::EmptyFile { path } => {
                let name = path.as_deref().map(|path| path.to_string_lossy()).unwrap_or_default();
                write!(f, "genfromtxt: Empty input file: \"{name}\"")
            }
            Self::Overflow => f.write_str("overflow encountered in cast"),
            Self::ConversionOverflow => f.write_str("overflow encountered in conversion from string"),
            Self::InvalidLines(lines) => f.write_str(lines),
            Self::TextsAsBytes => f.write_str(
                "Reading unicode strings without specifying the encoding argument is deprecated. Set the encoding, \
                 use None for the system default.",
            ),
            Self::EmptyLine { line, max_rows } => write!(
                f,
                "Input line {line} contained no data and will not be counted towards `max_rows={max_rows}`."
            ),
        }
    }
}

impl Table {
    pub(crate) fn new(array: DynArray, is_unpacked: bool, warnings: Vec<Warning>) -> Self {
        Self { array, mask: None, is_unpacked, warnings }
    }

    pub(crate) fn masked(
        array: DynArray,
        mask: Option<DynArray>,
        is_unpacked: bool,
        warnings: Vec<Warning>,
    ) -> Self {
        Self { array, mask, is_unpacked, warnings }
    }

    /// The array.
    pub fn array(&self) -> &DynArray {
        &self.array
    }

    /// The array, to keep.
    pub fn into_array(self) -> DynArray {
        self.array
    }

    /// The mask of missing values, if [`GenFromTxt::usemask`](crate::text::GenFromTxt::usemask) asked for it: as the
    /// array, of `bool`s or of records of them.
    ///
    /// ```
    /// use numio::text::GenFromTxt;
    ///
    /// let table = GenFromTxt::new().delimiter(",").usemask(true).missing_values(["N/A"]).parse("1,N/A\n,4\n")?;
    /// let mask = table.mask().map(|mask| mask.to_array::<bool, ndarray::Ix2>()).transpose()?;
    /// assert_eq!(mask, Some(ndarray::array![[false, true], [true, false]]));
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn mask(&self) -> Option<&DynArray> {
        self.mask.as_ref()
    }

    /// The array and the mask, to keep.
    pub fn into_masked(self) -> (DynArray, Option<DynArray>) {
        (self.array, self.mask)
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
        let by_column = if self.is_unpacked { self.array.clone() } else { self.array.t() };
        match *by_column.shape() {
            [columns, _] => {
                let column = |index: usize| by_column.slice(&[SliceItem::Index(index as isize)]);
                (0..columns).map(column).collect()
            }
            _ => Ok(vec![by_column]),
        }
    }

    /// The warnings that NumPy would have given.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}
