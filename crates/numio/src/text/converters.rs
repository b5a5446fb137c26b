//! Functions of the caller's that convert fields.

use super::error::TextError;
use super::objects::Objects;
use super::value::Value;
use crate::Result;

/// What makes a value of a field.
pub(super) type Converter<'c> = Box<dyn FnMut(&str) -> Result<Value> + 'c>;

/// The same, told the result's column; it may leave a field to the column's dtype.
pub(super) type Indexed<'c> = Box<dyn FnMut(usize, &str) -> Result<Option<Value>> + 'c>;

/// The converters as the caller named them.
#[derive(Default)]
pub(super) struct Converters<'c> {
    pub(super) all: Option<Indexed<'c>>,
    /// By the file's columns; negative ones count from the last.
    pub(super) columns: Vec<(isize, Indexed<'c>)>,
}

/// Which converter each column of the result has.
#[derive(Default)]
pub(super) struct Assigned<'a, 'c> {
    converters: Option<&'a mut Converters<'c>>,
    by_column: Vec<Option<usize>>,
    /// For columns of objects.
    pub(super) objects: Option<Objects>,
}

impl<'c> Converters<'c> {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_none() && self.columns.is_empty()
    }

    /// Finds each converter's column among `count` (`create_conv_funcs` in NumPy's `rows.c`).
    ///
    /// # Errors
    /// `InvalidInput` for a column that is not there.
    pub(super) fn assign(&mut self, count: usize, usecols: Option<&[isize]>) -> Result<Assigned<'_, 'c>> {
        let mut by_column = vec![None; count];
        for (index, (column, _)) in self.columns.iter().enumerate() {
            let place = match usecols {
                Some(usecols) => match usecols.iter().position(|used| used == column) {
                    Some(place) => place,
                    // The column is not used, and neither is its converter.
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
    /// What the column's converter makes of `field`; nothing where it has none.
    pub(super) fn convert(&mut self, column: usize, field: &[u8]) -> Option<Result<Value>> {
        let converters = self.converters.as_mut()?;
        let converter = match self.by_column.get(column).copied().flatten() {
            Some(index) => &mut converters.columns.get_mut(index)?.1,
            None => converters.all.as_mut()?,
        };
        converter(column, &String::from_utf8_lossy(field)).transpose()
    }
}
