//! Functions of the caller's that convert fields.

use super::error::TextError;
use super::value::Value;
use crate::Result;

pub(super) type Converter<'c> = Box<dyn FnMut(&str) -> Result<Value> + 'c>;

/// The converters as the caller named them.
#[derive(Default)]
pub(super) struct Converters<'c> {
    pub(super) all: Option<Converter<'c>>,
    /// By the file's columns; negative ones count from the last.
    pub(super) columns: Vec<(isize, Converter<'c>)>,
}

/// Which converter each column of the result has.
#[derive(Default)]
pub(super) struct Assigned<'a, 'c> {
    converters: Option<&'a mut Converters<'c>>,
    by_column: Vec<Option<usize>>,
}

impl<'c> Converters<'c> {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_none() && self.columns.is_empty()
    }

    /// Finds each converter's column among `count` (`create_conv_funcs` in NumPy's `rows.c`).
    ///
    /// # Errors
    /// `Argument` for a column that is not there or has two.
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
            match by_column.get_mut(place) {
                Some(slot @ None) => *slot = Some(index),
                _ => return Err(TextError::ConverterTwice(place).into()),
            }
        }
        Ok(Assigned { converters: Some(self), by_column })
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
        Some(converter(&String::from_utf8_lossy(field)))
    }
}
