//! The elements that rows become: the dtype's values, one for each column.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::super::columns::Columns as Flat;
use super::super::dialect::Dialect;
use super::super::fast::kernel;
use super::super::value::Value;
use super::error::Fault;
use super::kind::{Kind, store};
use super::rows::{Cell, Target};
use super::split::{Separator, Splitter};
use crate::{DType, Record, Result, Scalar, Subarray};

/// What a dtype needs of the rows.
pub(super) enum Shape {
    /// Elements of this kind, one for each column.
    Each(Scalar),
    /// One record a row.
    Record,
}

/// Where the values of a dtype stand.
pub(super) struct Places {
    pub(super) shape: Shape,
    pub(super) values: Vec<(Scalar, usize)>,
    pub(super) size: usize,
}

impl Places {
    /// The values of `dtype`, for rows of `count` columns.
    ///
    /// # Errors
    /// `Unsupported` where no text gives such elements.
    pub(super) fn of(dtype: &DType, count: usize) -> Result<Self> {
        let each = |scalar: Scalar| Self {
            shape: Shape::Each(scalar),
            values: (0..count).map(|column| (scalar, column * scalar.itemsize())).collect(),
            size: count * scalar.itemsize(),
        };
        Ok(match Flat::of(dtype)? {
            Flat::Each(scalar) | Flat::Texts(scalar) => each(scalar),
            Flat::Record(cells, size) => {
                let values = cells.iter().map(|cell| (cell.scalar, cell.offset)).collect();
                Self { shape: Shape::Record, values, size }
            }
        })
    }

    /// Whether every column is an element.
    pub(super) fn is_each(&self) -> bool {
        matches!(self.shape, Shape::Each(_))
    }

    /// How many columns have a value: of a record's, no more than it has fields.
    pub(super) fn used(&self, count: usize) -> usize {
        match self.values.len() {
            1 => count,
            fields => fields.min(count),
        }
    }

    /// # Errors
    /// `InvalidInput` where a row of `count` columns does not fill an element.
    pub(super) fn check(&self, count: usize) -> Result<()> {
        let wanted = self.values.len();
        match self.used(count) {
            found if found != wanted => Err(Fault::Fields { found, wanted }.into()),
            _ => Ok(()),
        }
    }

    /// The cells of the columns, with what fills them where a value is missing.
    ///
    /// # Errors
    /// `Unsupported` where no text gives such elements.
    pub(super) fn cells(
        &self,
        missing: &[Vec<String>],
        filling: &[Option<Value>],
        fortran: bool,
    ) -> Result<Vec<Cell>> {
        let columns = self.values.iter().zip(missing).zip(filling);
        let cells = columns.map(|((&(scalar, offset), missing), filling)| {
            let kind = Kind::of(scalar).ok_or_else(|| Fault::Unsupported(DType::from(scalar).to_string()))?;
            let is_alone = matches!(self.shape, Shape::Record) && self.values.len() == 1;
            let kind = if is_alone && kind == Kind::Whole { Kind::Int } else { kind };
            let default = filled(kind, scalar, filling);
            Ok(Cell { kind, scalar, offset, default, missing: missing.clone(), is_alone, fortran })
        });
        cells.collect()
    }
}

/// The bytes of `filling`, or of NumPy's own default, as an element.
pub(super) fn filled(kind: Kind, scalar: Scalar, filling: &Option<Value>) -> Result<Vec<u8>, String> {
    let mut bytes = vec![0; scalar.itemsize()];
    match filling.clone().or_else(|| kind.default(scalar)) {
        Some(value) => store(&value, scalar, &mut bytes).map(|()| bytes),
        None => store(&Value::from("NaT"), scalar, &mut bytes).map(|()| bytes),
    }
}

impl Target {
    /// Elements whose plain rows are cut and converted in one pass, where there is such a way.
    pub(super) fn new(cells: Vec<Cell>, size: usize, loose: bool) -> Self {
        Self { cells, size, loose, kernel: None, overflowed: AtomicBool::new(false) }
    }

    /// Lets rows of plain numbers take the fast way, where all values are of one kind and lie side by side.
    pub(super) fn with_kernel(mut self, splitter: &Splitter) -> Self {
        let (Some(first), delimiter) = (self.cells.first(), &splitter.separator) else { return self };
        let scalar = first.scalar;
        let is_side_by_side = self
            .cells
            .iter()
            .enumerate()
            .all(|(index, cell)| cell.scalar == scalar && cell.offset == index * scalar.itemsize());
        let delimiter = match delimiter {
            Separator::Space => Some(None),
            Separator::Text(text) => Some(Some(text.as_str())),
            Separator::Width(_) | Separator::Widths(_) => None,
        };
        if let (Some(delimiter), true) =
            (delimiter, is_side_by_side && self.size == self.cells.len() * scalar.itemsize())
            && let Ok(dialect) = Dialect::new(delimiter, splitter.comments.as_slice(), None)
        {
            self.kernel = kernel(&dialect, &Flat::Each(scalar));
        }
        self
    }
}

/// The dtype of the mask of elements of `dtype`: a bool for each value (`make_mask_descr` in `numpy.ma`).
pub(super) fn mask_dtype(dtype: &DType) -> Result<DType> {
    Ok(match dtype {
        DType::Scalar(_) => DType::from(Scalar::Bool),
        DType::Subarray(subarray) => {
            DType::Subarray(Arc::new(Subarray::new(mask_dtype(subarray.base())?, subarray.shape().to_vec())?))
        }
        DType::Record(record) => {
            let fields: Result<Vec<_>> = record
                .fields()
                .iter()
                .map(|field| Ok((field.name.to_string(), mask_dtype(&field.dtype)?)))
                .collect();
            Record::packed(fields?.iter().map(|(name, dtype)| (name.as_str(), dtype.clone())))?.into()
        }
    })
}
