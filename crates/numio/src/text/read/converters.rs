//! The caller's converters of fields.

use crate::parallel::checkpoint;
use crate::pickle::{ContainerKind, Graph, GraphLoader, OpenContainer, PickleWriter, Pickler};
use crate::text::error::TextError;
use crate::text::read::convert::Value;
use crate::{Limits, Result};

/// A function from a field to its value.
pub(crate) type Converter<'c> = Box<dyn FnMut(&str) -> Result<Value> + 'c>;

/// The same with the result's column; it may leave a field to the column's dtype.
pub(crate) type Indexed<'c> = Box<dyn FnMut(usize, &str) -> Result<Option<Value>> + 'c>;

/// The converters as the caller registered them.
#[derive(Default)]
pub(crate) struct Converters<'c> {
    pub(crate) all: Option<Indexed<'c>>,
    /// By column of the text; negative ones count from the last.
    pub(crate) columns: Vec<(isize, Indexed<'c>)>,
}

/// The converter of each column of the result.
#[derive(Default)]
pub(crate) struct Assigned<'a, 'c> {
    converters: Option<&'a mut Converters<'c>>,
    by_column: Vec<Option<usize>>,
    /// For columns of objects.
    pub(crate) objects: Option<ObjectCells>,
}

impl<'c> Converters<'c> {
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_none() && self.columns.is_empty()
    }

    /// Finds each converter's column among `count` (`create_conv_funcs` in NumPy's `rows.c`).
    ///
    /// # Errors
    /// `InvalidInput` for a column that is not there.
    pub(crate) fn assign(&mut self, count: usize, usecols: Option<&[isize]>) -> Result<Assigned<'_, 'c>> {
        let mut by_column = vec![None; count];
        for (index, (column, _)) in self.columns.iter().enumerate() {
            let place = match usecols {
                Some(usecols) => match usecols.iter().position(|used| used == column) {
                    Some(place) => place,
                    // A converter for a column that is not read is ignored.
                    None => continue,
                },
                None => {
                    let place = if *column < 0 { column.checked_add_unsigned(count) } else { Some(*column) };
                    let place =
                        place.and_then(|place| usize::try_from(place).ok()).filter(|&place| place < count);
                    place.ok_or(TextError::ConverterColumn { column: *column, fields: count })?
                }
            };
            // The last one wins.
            if let Some(slot) = by_column.get_mut(place) {
                *slot = Some(index);
            }
        }
        Ok(Assigned { converters: Some(self), by_column, objects: None })
    }
}

impl Assigned<'_, '_> {
    /// Returns whether there are no converters.
    pub(crate) fn is_empty(&self) -> bool {
        self.converters.is_none()
    }

    /// Applies the column's converter to `field`, of which `text` is the same if it is known to be text; `None` if it has no
    /// converter.
    #[inline]
    pub(crate) fn convert(
        &mut self,
        column: usize,
        field: &[u8],
        text: Option<&str>,
    ) -> Option<Result<Value>> {
        let converters = self.converters.as_mut()?;
        let converter = match self.by_column.get(column).copied().flatten() {
            Some(index) => &mut converters.columns.get_mut(index)?.1,
            None => converters.all.as_mut()?,
        };
        match text {
            Some(text) => converter(column, text),
            None => converter(column, &String::from_utf8_lossy(field)),
        }
        .transpose()
    }
}

/// The objects of a text, one after another.
#[derive(Debug)]
pub(crate) struct ObjectCells {
    /// A list of them, as a pickle.
    writer: PickleWriter,
    list: OpenContainer,
    count: u64,
}

impl ObjectCells {
    pub(crate) fn new() -> Result<Self> {
        let mut writer = Pickler::new().writer();
        let list = writer.open(ContainerKind::List, None)?;
        Ok(Self { writer, list, count: 0 })
    }

    /// Adds one and returns its index. `None` for a value that is no object.
    pub(crate) fn push(&mut self, value: &Value) -> Option<u64> {
        let writer = &mut self.writer;
        if matches!(value, Value::Element(_)) {
            return None;
        }
        self.list.before(writer);
        match value {
            Value::Bool(value) => writer.save_bool(*value),
            Value::Int(value) => writer.save_int(*value),
            Value::UInt(value) => writer.save_wide((*value).into()).ok()?,
            Value::Float(value) => writer.save_float(*value),
            Value::Complex(value) => {
                writer.save_global("builtins", "complex").ok()?;
                writer.open_tuple(2);
                writer.save_float(value.re);
                writer.save_float(value.im);
                writer.close_tuple(2).ok()?;
                writer.reduce().ok()?;
            }
            Value::Text(text) => writer.save_str(text).ok()?,
            Value::Element(_) => return None,
        }
        self.list.after(writer);
        self.count += 1;
        Some(self.count - 1)
    }

    /// The graph whose root is the list of them.
    ///
    /// # Errors
    /// `LimitExceeded` where they are more than a graph holds.
    pub(crate) fn finish(mut self, limits: &Limits) -> Result<Graph> {
        self.list.finish(&mut self.writer);
        let pickle = self.writer.finish();
        if pickle.len() as u64 > limits.max_array_bytes {
            return Err(
                TextError::TooLarge { bytes: pickle.len() as u64, limit: limits.max_array_bytes }.into()
            );
        }
        Ok(GraphLoader::new().checkpoint(checkpoint).load(pickle)?)
    }
}

/// Replaces the indices at `offsets` of each element by the numbers of the graph's objects.
pub(crate) fn number(elements: &mut [u8], itemsize: usize, offsets: &[usize], graph: &Graph) -> Result<()> {
    let numbers: Vec<u64> = graph.root().as_list()?.iter().map(|object| object.id()).collect();
    for element in elements.chunks_exact_mut(itemsize.max(1)) {
        for &offset in offsets {
            if let Some(place) = element.get_mut(offset..).and_then(|rest| rest.first_chunk_mut::<8>()) {
                let index = usize::try_from(u64::from_ne_bytes(*place)).unwrap_or(usize::MAX);
                *place = numbers.get(index).copied().unwrap_or(0).to_ne_bytes();
            }
        }
    }
    Ok(())
}
