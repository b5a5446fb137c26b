//! The array that is looked at: its axes, the cursor, and the part of it that is on the screen.

use std::sync::Arc;

use numio::blocks::{Block, BlockSource};
use numio::{DType, DynArray, Error, ErrorKind, LazyArray, Limits, Order, Result, Scalar, SliceItem};

use crate::text::{at_most, visible};

/// The source of elements.
#[derive(Clone)]
pub enum Elements {
    /// In a file, of which only what is looked at is read.
    Lazy(LazyArray),
    /// With the number of its own axes: those of a field that is an array come behind them.
    Memory(Arc<DynArray>, usize),
}

/// The most bytes of elements that one look at the screen may read.
const MOST_BYTES: usize = 32 << 20;

/// The most characters of one element.
pub const MOST_CHARS: usize = 4096;

impl Elements {
    pub fn memory(array: DynArray) -> Self {
        let axes = array.ndim();
        Self::Memory(Arc::new(array), axes)
    }

    pub fn dtype(&self) -> &DType {
        match self {
            Self::Lazy(array) => array.dtype(),
            Self::Memory(array, _) => array.dtype(),
        }
    }

    /// Without the axes that a field adds.
    pub fn shape(&self) -> &[usize] {
        match self {
            Self::Lazy(array) => array.shape(),
            Self::Memory(array, axes) => array.shape().get(..*axes).unwrap_or_default(),
        }
    }

    pub fn slice(&self, items: &[SliceItem]) -> Result<DynArray> {
        match self {
            Self::Lazy(array) => array.slice(items),
            Self::Memory(array, _) => array.slice(items),
        }
    }
}

/// A column of records: the names that lead to a field.
#[derive(Debug, Clone)]
struct Leaf {
    path: Vec<String>,
    itemsize: usize,
}

/// An array as a table: rows along one axis, columns along another or the fields of records, and an index of each other axis.
pub struct Grid {
    pub elements: Elements,
    leaves: Vec<Leaf>,
    /// The axes of the rows and of the columns.
    pub rows: Option<usize>,
    pub columns: Option<usize>,
    /// The cursor: an index along each axis.
    pub index: Vec<usize>,
    /// The cursor among the fields of records.
    pub leaf: usize,
    /// The first row and the first column on the screen.
    pub top: usize,
    pub left: usize,
}

/// A part of the table as text.
pub struct Window {
    pub labels: Vec<String>,
    /// Column by column.
    pub cells: Vec<Vec<String>>,
}

impl Grid {
    pub fn new(elements: Elements) -> Self {
        let ndim = elements.shape().len();
        let mut leaves = Vec::new();
        if elements.dtype().as_record().is_some() {
            collect(elements.dtype(), &[], &mut leaves);
        }
        let (rows, columns) = match (leaves.is_empty(), ndim) {
            (_, 0) => (None, None),
            (true, 2..) => (ndim.checked_sub(2), ndim.checked_sub(1)),
            _ => (ndim.checked_sub(1), None),
        };
        Self { index: vec![0; ndim], elements, leaves, rows, columns, leaf: 0, top: 0, left: 0 }
    }

    fn axis_len(&self, axis: Option<usize>) -> usize {
        axis.map_or(1, |axis| self.elements.shape().get(axis).copied().unwrap_or(0))
    }

    pub fn row_count(&self) -> usize {
        self.axis_len(self.rows)
    }

    pub fn column_count(&self) -> usize {
        if self.leaves.is_empty() { self.axis_len(self.columns) } else { self.leaves.len() }
    }

    pub fn is_empty(&self) -> bool {
        self.elements.shape().contains(&0) || self.column_count() == 0
    }

    pub fn row(&self) -> usize {
        self.rows.and_then(|axis| self.index.get(axis).copied()).unwrap_or(0)
    }

    pub fn column(&self) -> usize {
        if self.leaves.is_empty() {
            self.columns.and_then(|axis| self.index.get(axis).copied()).unwrap_or(0)
        } else {
            self.leaf
        }
    }

    /// Moves the cursor to a row and a column, or as near as there are some.
    pub fn go(&mut self, row: usize, column: usize) {
        let (rows, columns) = (self.row_count(), self.column_count());
        if let Some(index) = self.rows.and_then(|axis| self.index.get_mut(axis)) {
            *index = row.min(rows.saturating_sub(1));
        }
        let column = column.min(columns.saturating_sub(1));
        if !self.leaves.is_empty() {
            self.leaf = column;
        } else if let Some(index) = self.columns.and_then(|axis| self.index.get_mut(axis)) {
            *index = column;
        }
    }

    /// Moves the cursor to an index of the array.
    ///
    /// # Errors
    /// `InvalidInput` if there is no such element.
    pub fn go_to(&mut self, index: &[isize]) -> Result<()> {
        let shape = self.elements.shape();
        let refused = |what: String| Error::new(ErrorKind::InvalidInput, what);
        // Fewer numbers are of the rows, and of the columns.
        let axes: Vec<usize> = match index.len() {
            len if len == shape.len() => (0..len).collect(),
            1 => self.rows.into_iter().collect(),
            2 => self.rows.into_iter().chain(self.columns).collect(),
            _ => Vec::new(),
        };
        if axes.len() != index.len() || index.is_empty() {
            return Err(refused(format!(
                "{} numbers: expected one for each of {} axes",
                index.len(),
                shape.len()
            )));
        }
        let mut found = self.index.clone();
        for (&axis, &index) in axes.iter().zip(index) {
            let len = shape.get(axis).copied().unwrap_or(0);
            let place = if index < 0 { index.checked_add_unsigned(len) } else { Some(index) };
            let place = place.and_then(|place| usize::try_from(place).ok()).filter(|place| *place < len);
            let place =
                place.ok_or_else(|| refused(format!("{index} is out of axis {axis}, which has {len}")))?;
            if let Some(slot) = found.get_mut(axis) {
                *slot = place;
            }
        }
        self.index = found;
        Ok(())
    }

    /// Takes a slice such as `3, :, :, 0`: the axes of the first two `:` are those of the rows and of the columns.
    ///
    /// # Errors
    /// `InvalidInput` if it is something else, or there is no such index.
    pub fn cut(&mut self, text: &str) -> Result<()> {
        let refused = |what: String| Error::new(ErrorKind::InvalidInput, what);
        let ndim = self.index.len();
        let wanted = if self.leaves.is_empty() { ndim.min(2) } else { ndim.min(1) };
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let whole: Vec<usize> =
            parts.iter().enumerate().filter(|(_, part)| **part == ":").map(|(axis, _)| axis).collect();
        if parts.len() != ndim || whole.len() != wanted {
            let what = format!("expected {ndim} parts with commas between them, of which {wanted} are :");
            return Err(refused(what));
        }
        let mut found = self.index.clone();
        for (axis, part) in parts.iter().enumerate().filter(|(_, part)| **part != ":") {
            let index: isize =
                part.parse().map_err(|_| refused(format!("{part:?} is no number and no :")))?;
            let len = self.elements.shape().get(axis).copied().unwrap_or(0);
            let place = if index < 0 { index.checked_add_unsigned(len) } else { Some(index) };
            let place = place.and_then(|place| usize::try_from(place).ok()).filter(|place| *place < len);
            let place =
                place.ok_or_else(|| refused(format!("{index} is out of axis {axis}, which has {len}")))?;
            if let Some(slot) = found.get_mut(axis) {
                *slot = place;
            }
        }
        self.index = found;
        (self.rows, self.columns) = (whole.first().copied(), whole.get(1).copied());
        (self.top, self.left) = (0, 0);
        Ok(())
    }

    /// Exchanges rows and columns; of an array of one axis, shows it as a row.
    pub fn transpose(&mut self) {
        if self.leaves.is_empty() {
            std::mem::swap(&mut self.rows, &mut self.columns);
            std::mem::swap(&mut self.top, &mut self.left);
        }
    }

    /// The axes that have one index on the screen.
    pub fn fixed(&self) -> Vec<usize> {
        (0..self.index.len()).filter(|&axis| Some(axis) != self.rows && Some(axis) != self.columns).collect()
    }

    /// Steps along an axis that has one index on the screen.
    pub fn step(&mut self, axis: usize, forwards: bool) {
        let len = self.elements.shape().get(axis).copied().unwrap_or(0);
        if let Some(index) = self.index.get_mut(axis) {
            *index = if forwards { (*index + 1).min(len.saturating_sub(1)) } else { index.saturating_sub(1) };
        }
    }

    /// The part of the array that the table shows, as in Python: `[3, :, :]`.
    pub fn slice_text(&self) -> String {
        let part = |axis: usize| match Some(axis) == self.rows || Some(axis) == self.columns {
            true => ":".to_owned(),
            false => self.index.get(axis).copied().unwrap_or(0).to_string(),
        };
        format!("[{}]", (0..self.index.len()).map(part).collect::<Vec<_>>().join(", "))
    }

    /// The cursor, as in Python: `[3, 0, 7]`, `[5]['name']`, `[()]`.
    pub fn cursor_text(&self) -> String {
        let index = self.index.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        let field: String = self.leaves.get(self.leaf).map_or_else(String::new, |leaf| {
            leaf.path.iter().map(|name| format!("['{}']", visible(name))).collect()
        });
        match (index.as_str(), field.as_str()) {
            ("", "") => "[()]".to_owned(),
            ("", _) => field,
            _ => format!("[{index}]{field}"),
        }
    }

    /// The name of the column under the cursor.
    pub fn column_title(&self) -> String {
        match (self.leaves.get(self.leaf), self.columns) {
            (Some(leaf), _) => visible(&leaf.path.join(".")),
            (None, Some(_)) => format!("column {}", self.column()),
            (None, None) => "the column".to_owned(),
        }
    }

    /// Returns whether elements are numbers or times, which are aligned at the right.
    pub fn is_number(&self) -> bool {
        let is_text =
            |scalar| matches!(scalar, Scalar::Str(..) | Scalar::Bytes(_) | Scalar::Void(_) | Scalar::Object);
        self.elements.dtype().as_scalar().is_some_and(|scalar| !is_text(scalar))
    }

    /// The elements of a field, by its column.
    pub fn field(&self, column: usize) -> Result<Elements> {
        let mut found = self.elements.clone();
        for name in self.leaves.get(column).map(|leaf| leaf.path.as_slice()).unwrap_or_default() {
            found = match found {
                Elements::Lazy(array) => Elements::Lazy(array.field(name)?),
                Elements::Memory(array, axes) => Elements::Memory(Arc::new(array.field(name)?), axes),
            };
        }
        Ok(found)
    }

    /// Keeps the cursor on the screen.
    pub fn scroll(&mut self, height: usize, width: usize) {
        let keep = |first: usize, at: usize, count: usize| match count {
            _ if at < first => at,
            0 => at,
            count if at - first >= count => at + 1 - count,
            _ => first,
        };
        self.top = keep(self.top, self.row(), height);
        self.left = keep(self.left, self.column(), width);
    }

    /// Reads a part of the table.
    ///
    /// # Errors
    /// Those of reading.
    pub fn window(&self, height: usize, width: usize) -> Result<Window> {
        let rows = self.row_count().saturating_sub(self.top).min(height);
        let columns = self.column_count().saturating_sub(self.left).min(width);
        let mut window = Window { labels: Vec::new(), cells: Vec::new() };
        if self.is_empty() {
            return Ok(window);
        }
        if self.leaves.is_empty() {
            let itemsize = self.elements.dtype().itemsize().max(1);
            let rows = rows.min((MOST_BYTES / itemsize).max(1));
            let columns = columns.min((MOST_BYTES / itemsize / rows.max(1)).max(1));
            let part = self.elements.slice(&self.items(rows, self.left, columns))?;
            for column in 0..columns {
                let cell = |row: usize| match (self.rows, self.columns) {
                    (None, None) => text_at(&part, &[]),
                    (Some(_), None) => text_at(&part, &[row]),
                    (None, Some(_)) => text_at(&part, &[column]),
                    (Some(first), Some(second)) if first < second => text_at(&part, &[row, column]),
                    (Some(_), Some(_)) => text_at(&part, &[column, row]),
                };
                window.cells.push((0..rows).map(cell).collect::<Result<_>>()?);
                let label = self.columns.map_or_else(String::new, |_| (self.left + column).to_string());
                window.labels.push(label);
            }
            return Ok(window);
        }
        let mut left = MOST_BYTES;
        for column in self.left..self.left + columns {
            let Some(leaf) = self.leaves.get(column) else { break };
            let fits = (left / leaf.itemsize.max(1)).max(usize::from(column == self.left));
            if fits == 0 {
                break;
            }
            let rows = rows.min(fits);
            left = left.saturating_sub(rows * leaf.itemsize);
            let part = self.field(column)?.slice(&self.items(rows, 0, 1))?;
            let cell = |row: usize| match self.rows {
                None => text_at(&part, &[]),
                Some(_) => text_at(&part, &[row]),
            };
            window.cells.push((0..rows).map(cell).collect::<Result<_>>()?);
            window.labels.push(visible(&leaf.path.join(".")));
        }
        Ok(window)
    }

    fn items(&self, rows: usize, left: usize, columns: usize) -> Vec<SliceItem> {
        let range = |start: usize, count: usize| SliceItem::Range {
            start: Some(start as isize),
            stop: Some(start.saturating_add(count) as isize),
            step: 1,
        };
        let item = |(axis, &index): (usize, &usize)| match Some(axis) {
            axis if axis == self.rows => range(self.top, rows),
            axis if axis == self.columns => range(left, columns),
            _ => SliceItem::Index(index as isize),
        };
        self.index.iter().enumerate().map(item).collect()
    }

    /// The element under the cursor.
    ///
    /// # Errors
    /// Those of reading.
    pub fn value(&self) -> Result<String> {
        if self.is_empty() {
            return Ok(String::new());
        }
        let items: Vec<SliceItem> =
            self.index.iter().map(|&index| SliceItem::Index(index as isize)).collect();
        text_at(&self.field(self.column())?.slice(&items)?, &[])
    }

    /// The column under the cursor.
    ///
    /// # Errors
    /// `NotFound` where there is no such field.
    pub fn column_source(&self) -> Result<Box<dyn BlockSource + Send>> {
        let elements = self.field(self.column())?;
        let mut index: Vec<SliceItem> =
            self.index.iter().map(|&index| SliceItem::Index(index as isize)).collect();
        if let Elements::Memory(array, _) = &elements {
            if let Some(item) = self.rows.and_then(|axis| index.get_mut(axis)) {
                *item = SliceItem::ALL;
            }
            return Ok(Box::new(array.slice(&index)?));
        }
        let (dtype, inner) = match elements.dtype() {
            DType::Subarray(subarray) => (subarray.base().clone(), subarray.shape().to_vec()),
            dtype => (dtype.clone(), Vec::new()),
        };
        let shape = self.rows.map(|_| self.row_count()).into_iter().chain(inner).collect();
        Ok(Box::new(ColumnSource { elements, index, rows: self.rows, dtype, shape }))
    }
}

/// Recurses once for each level of a dtype, which is no deeper than a header.
fn collect(dtype: &DType, path: &[String], found: &mut Vec<Leaf>) {
    match dtype.as_record() {
        Some(record) => {
            for field in record.fields() {
                let path = [path, &[field.name.to_string()]].concat();
                collect(&field.dtype, &path, found);
            }
        }
        None => found.push(Leaf { path: path.to_vec(), itemsize: dtype.itemsize() }),
    }
}

/// An element, or what a field has in it, as NumPy prints it, on one line and without anything that steers a terminal.
///
/// # Errors
/// Those of what is no text.
pub fn text_at(array: &DynArray, index: &[usize]) -> Result<String> {
    let items: Vec<SliceItem> = index.iter().map(|&index| SliceItem::Index(index as isize)).collect();
    let part = array.slice(&items)?;
    let text = match part.dtype().as_scalar() {
        // A small pickle can describe an endless text.
        Some(Scalar::Object) if part.ndim() == 0 => {
            let mut limits = Limits::default();
            limits.max_repr_chars = MOST_CHARS as u64;
            match part.objects()?.next().map(|object| object.to_repr(&limits).map_err(Error::from)) {
                Some(Ok(text)) => text,
                Some(Err(error)) if error.kind() == ErrorKind::LimitExceeded => "...".to_owned(),
                Some(Err(error)) => return Err(error),
                None => String::new(),
            }
        }
        _ => at_most(&part, MOST_CHARS),
    };
    let text = text.strip_prefix("np.bytes_(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(&text);
    Ok(visible(&text.chars().take(MOST_CHARS).collect::<String>()))
}

/// One column of an array in a file, read block by block.
struct ColumnSource {
    elements: Elements,
    index: Vec<SliceItem>,
    rows: Option<usize>,
    dtype: DType,
    shape: Vec<usize>,
}

impl BlockSource for ColumnSource {
    fn dtype(&self) -> &DType {
        &self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn order(&self) -> Order {
        Order::C
    }

    fn block(&self, block: &Block) -> Result<DynArray> {
        let mut ranges = block.starts().iter().zip(block.shape()).map(|(&start, &len)| SliceItem::Range {
            start: Some(start as isize),
            stop: Some(start.saturating_add(len) as isize),
            step: 1,
        });
        let mut items = self.index.clone();
        let mut inner = Vec::new();
        if let Some(item) = self.rows.and_then(|axis| items.get_mut(axis)) {
            *item = ranges.next().unwrap_or(SliceItem::ALL);
            inner.push(SliceItem::ALL);
        }
        inner.extend(ranges);
        self.elements.slice(&items)?.slice(&inner)
    }
}
