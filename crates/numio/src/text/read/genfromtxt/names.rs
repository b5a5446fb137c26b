//! Names of columns: as the caller refers to them, and as fields of the dtype.

use std::collections::{HashMap, HashSet};

use crate::num::space;
use crate::text::error::TextError;
use crate::text::read::convert::Value;
use crate::text::read::genfromtxt::error::GenFromTxtError;
use crate::text::write::format::{PrintValue, TextFormat};
use crate::{ByteOrder, DType, Field, Record, Result, Scalar, TimeUnit};

/// A column of a text: its number, counted from the last where it is negative, or its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// Its number.
    Index(isize),
    /// Its name.
    Name(String),
}

impl From<isize> for Column {
    fn from(index: isize) -> Self {
        Self::Index(index)
    }
}

impl From<&str> for Column {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<String> for Column {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

/// The source of the columns' names.
#[derive(Debug, Clone, Default)]
pub(crate) enum Names {
    #[default]
    None,
    First,
    Given(Vec<String>),
}

/// The first line with fields in it.
#[derive(Debug, Default)]
pub(crate) struct FirstLine {
    pub(crate) fields: Vec<String>,
    /// True for a line of data.
    pub(crate) is_data: bool,
}

/// The caller's request, by columns that may be named.
pub(crate) struct ColumnRequest<'a> {
    pub(crate) dtype: Option<&'a DType>,
    pub(crate) usecols: Option<&'a [Column]>,
    pub(crate) names: &'a Names,
    pub(crate) cleaner: &'a Cleaner,
    pub(crate) default_format: &'a str,
    pub(crate) comments: Option<&'a str>,
}

/// The columns as they are.
#[derive(Debug)]
pub(crate) struct ResolvedColumns {
    /// The number of columns read.
    pub(crate) count: usize,
    /// Their indexes in the file; all if `None`.
    pub(crate) usecols: Option<Vec<isize>>,
    pub(crate) names: Option<Vec<String>>,
    pub(crate) dtype: Option<DType>,
    /// The number of fields, where there are not as many names. NumPy finds out only when the rows are read.
    pub(crate) misnamed: Option<usize>,
}

impl ColumnRequest<'_> {
    /// The part of `genfromtxt` between the first line and the missing values, in NumPy's order.
    ///
    /// # Errors
    /// `InvalidInput`, with NumPy's message.
    pub(crate) fn resolve(&self, head: &mut FirstLine) -> Result<ResolvedColumns> {
        if matches!(self.names, Names::First) {
            let first = head.fields.first().ok_or(GenFromTxtError::NoColumn)?;
            // A comment's mark before the names is not one of them.
            if self.comments.is_some_and(|comments| comments.contains(trim(first))) {
                head.fields.remove(0);
            }
        }
        let wanted = self.usecols.filter(|usecols| !usecols.is_empty());
        let count = wanted.map_or(head.fields.len(), <[Column]>::len);
        let mut names = match self.names {
            Names::None => None,
            Names::First => {
                let stripped: Vec<String> = head.fields.iter().map(|field| trim(field).to_owned()).collect();
                Some(self.cleaner.clean(&stripped, "f%i")?)
            }
            Names::Given(names) => Some(self.cleaner.clean(names, "f%i")?),
        };
        let mut dtype = self.dtype.map(|dtype| self.named(dtype, names.as_deref())).transpose()?;
        let Some(wanted) = wanted else {
            if let (Some(_), Some(dtype)) = (&names, &dtype) {
                names = field_names(dtype);
            }
            return Ok(ResolvedColumns { count, usecols: None, names, dtype, misnamed: None });
        };
        let mut usecols = Vec::with_capacity(wanted.len());
        for column in wanted {
            usecols.push(match column {
                Column::Name(name) => position(names.as_deref(), name)? as isize,
                Column::Index(index) if *index < 0 => index.saturating_add_unsigned(head.fields.len()),
                Column::Index(index) => *index,
            });
        }
        let fields = dtype.as_ref().and_then(DType::as_record).map_or(0, |record| record.fields().len());
        if let Some(record) = dtype.as_ref().and_then(DType::as_record).filter(|_| fields > count) {
            let chosen: Result<Vec<_>> = usecols
                .iter()
                .map(|&column| {
                    let field = at(record.fields(), column).ok_or(GenFromTxtError::NoColumn)?;
                    Ok((field.name.to_string(), field.dtype.clone()))
                })
                .collect();
            let chosen = DType::from(Record::packed(
                chosen?.iter().map(|(name, dtype)| (name.as_str(), dtype.clone())),
            )?);
            names = field_names(&chosen);
            dtype = Some(chosen);
        } else if let Some(all) = names.as_ref().filter(|names| names.len() > count) {
            let chosen: Option<Vec<String>> =
                usecols.iter().map(|&column| at(all, column).cloned()).collect();
            names = Some(chosen.ok_or(GenFromTxtError::NoColumn)?);
        }
        let mut misnamed = None;
        if let (Some(names), Some(named)) = (&names, &dtype)
            && let Some(fields) = named.as_record().map(|record| record.fields().len())
        {
            match fields == names.len() {
                true => dtype = Some(renamed(named, names)?),
                false => misnamed = Some(fields),
            }
        }
        Ok(ResolvedColumns { count, usecols: Some(usecols), names, dtype, misnamed })
    }

    /// NumPy's `easy_dtype`.
    fn named(&self, dtype: &DType, names: Option<&[String]>) -> Result<DType> {
        match (dtype.as_record(), names) {
            (None, None) => Ok(dtype.clone()),
            (None, Some(names)) => {
                let scalar =
                    dtype.as_scalar().ok_or_else(|| GenFromTxtError::Unsupported(dtype.to_string()))?;
                let names = self.cleaner.clean(names, self.default_format)?;
                let fields = names.iter().map(|name| (name.as_str(), DType::from(plain(scalar))));
                Ok(Record::packed(fields)?.into())
            }
            (Some(record), Some(names)) => {
                renamed(dtype, &self.cleaner.clean_for(names, record.fields().len(), self.default_format)?)
            }
            (Some(record), None) => {
                let own: Vec<String> = record.fields().iter().map(|field| field.name.to_string()).collect();
                let is_numbered = own.iter().enumerate().all(|(index, name)| *name == format!("f{index}"));
                let names = if is_numbered && self.default_format != "f%i" {
                    self.cleaner.clean_for(&[], own.len(), self.default_format)?
                } else {
                    self.cleaner.clean(&own, self.default_format)?
                };
                renamed(dtype, &names)
            }
        }
    }
}

/// NumPy's `dtype.type`, as the dtype that it makes: native, and of no length or unit.
fn plain(scalar: Scalar) -> Scalar {
    match scalar.with_byte_order(ByteOrder::NATIVE) {
        Scalar::Bytes(_) => Scalar::Bytes(0),
        Scalar::Str(_, order) => Scalar::Str(0, order),
        Scalar::Datetime(_, order) => Scalar::Datetime(TimeUnit::Generic, order),
        Scalar::Timedelta(_, order) => Scalar::Timedelta(TimeUnit::Generic, order),
        native => native,
    }
}

fn renamed(dtype: &DType, names: &[String]) -> Result<DType> {
    let Some(record) = dtype.as_record() else { return Ok(dtype.clone()) };
    let fields = record
        .fields()
        .iter()
        .zip(names)
        .map(|(field, name)| Field { name: name.as_str().into(), ..field.clone() });
    Ok(Record::new(fields.collect(), record.itemsize(), record.is_aligned())?.into())
}

fn field_names(dtype: &DType) -> Option<Vec<String>> {
    Some(dtype.as_record()?.fields().iter().map(|field| field.name.to_string()).collect())
}

/// Python's `items[index]`.
fn at<T>(items: &[T], index: isize) -> Option<&T> {
    let index = if index < 0 { index.checked_add_unsigned(items.len())? } else { index };
    items.get(usize::try_from(index).ok()?)
}

fn position(names: Option<&[String]>, name: &str) -> Result<usize, GenFromTxtError> {
    let names = names.ok_or_else(|| GenFromTxtError::Nameless(name.to_owned()))?;
    names.iter().position(|known| known == name).ok_or_else(|| GenFromTxtError::NoName(name.to_owned()))
}

impl ResolvedColumns {
    /// The index of `column` among those read. `None` for a name that is not among theirs, which NumPy passes over.
    pub(crate) fn index(&self, column: &Column, missing: GenFromTxtError) -> Result<Option<usize>> {
        let index = match column {
            Column::Name(name) => match position(self.names.as_deref(), name) {
                Ok(index) => index as isize,
                Err(GenFromTxtError::NoName(_)) => return Ok(None),
                Err(fault) => return Err(fault.into()),
            },
            Column::Index(index) => *index,
        };
        let used = self.usecols.as_ref().and_then(|usecols| usecols.iter().position(|used| *used == index));
        let index = used.map_or(index, |used| used as isize);
        let all: Vec<usize> = (0..self.count).collect();
        Ok(Some(*at(&all, index).ok_or(missing)?))
    }

    /// The indexes of the column read that has the converter given for `column`, and of the first line's field that
    /// tests it. `None` if it is not read.
    pub(crate) fn converted(&self, column: &Column) -> Result<Option<(usize, isize)>> {
        let (index, field) = match column {
            Column::Name(name) => match position(self.names.as_deref(), name) {
                Ok(index) => (index as isize, index as isize),
                Err(GenFromTxtError::NoName(_)) => return Ok(None),
                Err(fault) => return Err(fault.into()),
            },
            Column::Index(index) => match &self.usecols {
                Some(usecols) => match usecols.iter().position(|used| used == index) {
                    Some(place) => (place as isize, *index),
                    None => return Ok(None),
                },
                None => (*index, *index),
            },
        };
        let all: Vec<usize> = (0..self.count).collect();
        Ok(Some((*at(&all, index).ok_or(GenFromTxtError::NoColumn)?, field)))
    }

    /// The names of fields where there are none: the format and the column's number.
    pub(crate) fn names_or(&self, format: &str) -> Result<Vec<String>> {
        match &self.names {
            Some(names) => Ok(names.iter().take(self.count).cloned().collect()),
            None => (0..self.count).map(|index| Ok(numbered(format, index)?)).collect(),
        }
    }
}

/// Missing texts or filling values, as the caller gave them.
#[derive(Debug, Clone, Default)]
pub(crate) struct PerColumn<T> {
    /// For every column.
    pub(crate) all: T,
    /// For the columns in order.
    pub(crate) each: T,
    /// For single columns.
    pub(crate) columns: Vec<(Column, T)>,
}

impl PerColumn<Vec<String>> {
    /// The texts that mean a missing value, for each column; an empty field always does.
    pub(crate) fn resolve(&self, columns: &ResolvedColumns) -> Result<Vec<Vec<String>>> {
        let mut missing = vec![vec![String::new()]; columns.count];
        for (texts, each) in missing.iter_mut().zip(&self.each) {
            texts.push(each.clone());
        }
        for (column, texts) in &self.columns {
            if let Some(known) =
                columns.index(column, GenFromTxtError::NoColumn)?.and_then(|index| missing.get_mut(index))
            {
                known.extend(texts.iter().cloned());
            }
        }
        missing.iter_mut().for_each(|texts| texts.extend(self.all.iter().cloned()));
        Ok(missing)
    }
}

impl PerColumn<Vec<Option<Value>>> {
    /// The value that replaces a missing one, for each column.
    pub(crate) fn resolve(&self, columns: &ResolvedColumns) -> Result<Vec<Option<Value>>> {
        let mut filling = vec![self.all.first().cloned().flatten(); columns.count];
        for (value, each) in filling.iter_mut().zip(&self.each) {
            value.clone_from(each);
        }
        for (column, values) in &self.columns {
            if let Some(value) =
                columns.index(column, GenFromTxtError::NoFilling)?.and_then(|index| filling.get_mut(index))
            {
                *value = values.first().cloned().flatten();
            }
        }
        Ok(filling)
    }
}

/// The change to the letters of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Case {
    /// They stay.
    #[default]
    Keep,
    /// They become capitals.
    Upper,
    /// They become small.
    Lower,
}

/// The characters that are taken out of names unless the caller says which.
const DELETED: &str = "~!@#$%^&*()-=+~\\|]}[{';: /?.>,<";

/// Names that get an underscore added, because they once were words of Python's.
const EXCLUDED: [&str; 3] = ["return", "file", "print"];

/// The rules by which names are cleaned.
#[derive(Debug, Clone)]
pub(crate) struct Cleaner {
    pub(crate) excluded: Vec<String>,
    pub(crate) deleted: String,
    pub(crate) case: Case,
    pub(crate) replace_space: String,
}

impl Default for Cleaner {
    fn default() -> Self {
        Self {
            excluded: Vec::new(),
            deleted: DELETED.to_owned(),
            case: Case::Keep,
            replace_space: "_".to_owned(),
        }
    }
}

impl Cleaner {
    /// The names as fields can have them: none empty, none twice. `default` names those that nothing is left of.
    pub(crate) fn clean(&self, names: &[String], default: &str) -> Result<Vec<String>, TextError> {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut empty = 0;
        let given: HashSet<&str> = names.iter().map(String::as_str).collect();
        let mut cleaned = Vec::with_capacity(names.len());
        for name in names {
            let mut item = match self.case {
                Case::Keep => trim(name).to_owned(),
                Case::Upper => trim(&name.to_uppercase()).to_owned(),
                Case::Lower => trim(&name.to_lowercase()).to_owned(),
            };
            if !self.replace_space.is_empty() {
                item = item.replace(' ', &self.replace_space);
            }
            item.retain(|c| c != '"' && !self.deleted.contains(c));
            if item.is_empty() {
                item = numbered(default, empty)?;
                while given.contains(item.as_str()) {
                    empty += 1;
                    let next = numbered(default, empty)?;
                    if next == item {
                        // The number does not change the name: no other will come.
                        break;
                    }
                    item = next;
                }
                empty += 1;
            } else if EXCLUDED.contains(&item.as_str()) || self.excluded.contains(&item) {
                item.push('_');
            }
            let count = seen.entry(item.clone()).or_insert(0);
            cleaned.push(if *count > 0 { format!("{item}_{count}") } else { item });
            *count += 1;
        }
        Ok(cleaned)
    }

    /// As [`clean`](Self::clean), with as many names as there are fields: empty ones are added, or the last left out.
    pub(crate) fn clean_for(
        &self,
        names: &[String],
        fields: usize,
        default: &str,
    ) -> Result<Vec<String>, TextError> {
        let mut names = names.to_vec();
        names.resize(fields, String::new());
        self.clean(&names, default)
    }
}

/// `text` without white space around it, as Python's `str.strip`.
pub(crate) fn trim(text: &str) -> &str {
    // White space is cut off in whole characters.
    std::str::from_utf8(space::trim(text.as_bytes())).unwrap_or(text)
}

/// Python's `format % number`.
pub(crate) fn numbered(format: &str, number: usize) -> Result<String, TextError> {
    let parsed = TextFormat::parse(format)?;
    let [(before, spec)] = &parsed.parts[..] else {
        return Err(TextError::NameFormat(format.to_owned()));
    };
    let mut out = before.clone().into_bytes();
    spec.print(&mut out, &PrintValue::Int(number as i128))
        .map_err(|_| TextError::NameFormat(format.to_owned()))?;
    out.extend_from_slice(parsed.rest.as_bytes());
    String::from_utf8(out).map_err(|_| TextError::NameFormat(format.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned_as_numpy_documents_it() {
        let cleaner = Cleaner { excluded: vec!["excl".to_owned()], ..Cleaner::default() };
        let given = ["file", "field2", "with space", "CaSe", "excl", "a", "a", "!", ""].map(str::to_owned);
        assert_eq!(
            cleaner.clean(&given, "f%i").unwrap(),
            ["file_", "field2", "with_space", "CaSe", "excl_", "a", "a_1", "f0", "f1"]
        );
        assert_eq!(cleaner.clean_for(&given, 1, "f%i").unwrap(), ["file_"]);
        assert_eq!(cleaner.clean_for(&[], 2, "col_%02i").unwrap(), ["col_00", "col_01"]);
        assert!(cleaner.clean_for(&[], 2, "col").is_err());
    }
}
