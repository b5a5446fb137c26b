//! Rows that have more in them than numbers, as columns of texts.

use numio::text::SaveTxt;
use numio::{DType, DynArray, Error, ErrorKind, Item, Result, Scalar, SliceItem};

/// A column: its name, and its elements in one axis.
pub type Column = (String, DynArray);

/// The columns of an array of one or two axes; fields of records, and what is in these, have their own.
///
/// # Errors
/// `InvalidInput` for another number of axes.
pub fn of(array: &DynArray) -> Result<Vec<Column>> {
    if !matches!(array.ndim(), 1 | 2) {
        let what = format!(
            "text has one or two axes, the array {}: add --flatten for a line for each row, --long for a line for each \
             element, or name a part of it",
            array.ndim()
        );
        return Err(Error::new(ErrorKind::InvalidInput, what));
    }
    let mut found = Vec::new();
    let is_record = array.dtype().as_record().is_some();
    spread(array, if is_record { "" } else { "f" }, &mut found)?;
    Ok(found)
}

/// Records nest no deeper than a header does.
fn spread(array: &DynArray, name: &str, found: &mut Vec<Column>) -> Result<()> {
    match *array.shape() {
        [_] => {}
        [rows, ..] => {
            let width = array.shape().iter().skip(1).product();
            let flat = array.reshape(&[rows, width])?;
            for column in 0..width {
                let part = flat.slice(&[SliceItem::ALL, SliceItem::Index(column as isize)])?;
                spread(&part, &format!("{name}{column}"), found)?;
            }
            return Ok(());
        }
        [] => return Ok(()),
    }
    match array.dtype().as_record() {
        None if name == "f" => found.push(("f0".to_owned(), array.clone())),
        None => found.push((name.to_owned(), array.clone())),
        Some(record) => {
            for field in record.fields() {
                let name =
                    if name.is_empty() { field.name.to_string() } else { format!("{name}.{}", field.name) };
                spread(&array.field(&field.name)?, &name, found)?;
            }
        }
    }
    Ok(())
}

/// Whether a column can be printed by [`SaveTxt`] with others of its dtype, just as it is.
pub fn is_plain(dtype: &DType) -> bool {
    let is_number = |scalar| {
        matches!(
            scalar,
            Scalar::Bool
                | Scalar::Int8
                | Scalar::UInt8
                | Scalar::Int(..)
                | Scalar::UInt(..)
                | Scalar::Float(..)
        )
    };
    dtype.as_scalar().is_some_and(is_number)
}

/// How an element prints: integers as such, floats with the fewest digits that tell them apart.
pub fn format(dtype: &DType) -> &'static str {
    match dtype.as_scalar() {
        Some(Scalar::Bool | Scalar::Int8 | Scalar::UInt8 | Scalar::Int(..) | Scalar::UInt(..)) => "%d",
        _ => "%s",
    }
}

/// The text of each element of a column.
///
/// # Errors
/// `Unsupported` for elements that have no text.
pub fn cells(column: &DynArray) -> Result<Vec<String>> {
    match column.dtype().as_scalar() {
        Some(Scalar::Str(..) | Scalar::Bytes(_) | Scalar::Timedelta(..)) => {
            column.items().map(|item| Ok(text(&item?))).collect()
        }
        _ => {
            let mut lines = Vec::new();
            SaveTxt::new().fmt(format(column.dtype())).write(&mut lines, column)?;
            let lines = String::from_utf8_lossy(&lines);
            Ok(lines.lines().map(|line| line.trim().to_owned()).collect())
        }
    }
}

fn text(item: &Item) -> String {
    match item {
        Item::Str(text) => text.clone(),
        Item::Bytes(bytes) => bytes.iter().map(|&byte| char::from(byte)).collect(),
        Item::Timedelta(value) => value.ticks().map_or_else(|| "NaT".to_owned(), |ticks| ticks.to_string()),
        _ => String::new(),
    }
}
