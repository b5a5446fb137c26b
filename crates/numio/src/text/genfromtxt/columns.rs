//! What the caller asked for, held against the first line: which columns there are, their names, their dtypes.

use super::super::value::Value;
use super::column::{Column, Names};
use super::error::Fault;
use super::names::{Cleaner, numbered, trim};
use crate::{ByteOrder, DType, Field, Record, Result, Scalar, TimeUnit};

/// The first line with fields in it.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) fields: Vec<String>,
    /// Whether it is a line of data.
    pub(super) is_data: bool,
}

/// What is asked for, by columns that may be named.
pub(super) struct Wanted<'a> {
    pub(super) dtype: Option<&'a DType>,
    pub(super) usecols: Option<&'a [Column]>,
    pub(super) names: &'a Names,
    pub(super) cleaner: &'a Cleaner,
    pub(super) default_format: &'a str,
    pub(super) comments: Option<&'a str>,
}

/// The columns as they are.
#[derive(Debug)]
pub(super) struct Columns {
    /// How many are read.
    pub(super) count: usize,
    /// Which of the file's those are; all where there is nothing.
    pub(super) usecols: Option<Vec<isize>>,
    pub(super) names: Option<Vec<String>>,
    pub(super) dtype: Option<DType>,
    /// The number of fields, where there are not as many names. NumPy finds out only when the rows are read.
    pub(super) misnamed: Option<usize>,
}

impl Wanted<'_> {
    /// The part of `genfromtxt` between the first line and the missing values, in NumPy's order.
    ///
    /// # Errors
    /// `InvalidInput`, in NumPy's words.
    pub(super) fn resolve(&self, head: &mut Head) -> Result<Columns> {
        if matches!(self.names, Names::First) {
            let first = head.fields.first().ok_or(Fault::NoColumn)?;
            // A comment's mark before the names is none.
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
            return Ok(Columns { count, usecols: None, names, dtype, misnamed: None });
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
                    let field = at(record.fields(), column).ok_or(Fault::NoColumn)?;
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
            names = Some(chosen.ok_or(Fault::NoColumn)?);
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
        Ok(Columns { count, usecols: Some(usecols), names, dtype, misnamed })
    }

    /// NumPy's `easy_dtype`.
    fn named(&self, dtype: &DType, names: Option<&[String]>) -> Result<DType> {
        match (dtype.as_record(), names) {
            (None, None) => Ok(dtype.clone()),
            (None, Some(names)) => {
                let scalar = dtype.as_scalar().ok_or_else(|| Fault::Unsupported(dtype.to_string()))?;
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

fn position(names: Option<&[String]>, name: &str) -> Result<usize, Fault> {
    let names = names.ok_or_else(|| Fault::Nameless(name.to_owned()))?;
    names.iter().position(|known| known == name).ok_or_else(|| Fault::NoName(name.to_owned()))
}

impl Columns {
    /// Which of the columns read `column` is. `None` for a name that is not among theirs, which NumPy passes over.
    pub(super) fn index(&self, column: &Column, missing: Fault) -> Result<Option<usize>> {
        let index = match column {
            Column::Name(name) => match position(self.names.as_deref(), name) {
                Ok(index) => index as isize,
                Err(Fault::NoName(_)) => return Ok(None),
                Err(fault) => return Err(fault.into()),
            },
            Column::Index(index) => *index,
        };
        let used = self.usecols.as_ref().and_then(|usecols| usecols.iter().position(|used| *used == index));
        let index = used.map_or(index, |used| used as isize);
        let all: Vec<usize> = (0..self.count).collect();
        Ok(Some(*at(&all, index).ok_or(missing)?))
    }

    /// Which of the columns read has a converter given for `column`, and which of the first line's fields tests it.
    /// `None` where it is not read.
    pub(super) fn converted(&self, column: &Column) -> Result<Option<(usize, isize)>> {
        let (index, field) = match column {
            Column::Name(name) => match position(self.names.as_deref(), name) {
                Ok(index) => (index as isize, index as isize),
                Err(Fault::NoName(_)) => return Ok(None),
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
        Ok(Some((*at(&all, index).ok_or(Fault::NoColumn)?, field)))
    }

    /// The names of fields where there are none: the format and the column's number.
    pub(super) fn names_or(&self, format: &str) -> Result<Vec<String>> {
        match &self.names {
            Some(names) => Ok(names.iter().take(self.count).cloned().collect()),
            None => (0..self.count).map(|index| Ok(numbered(format, index)?)).collect(),
        }
    }
}

/// Values that stand for what is missing, as the caller gave them.
#[derive(Debug, Clone, Default)]
pub(super) struct Absent<T> {
    /// For every column.
    pub(super) all: T,
    /// For the columns in order.
    pub(super) each: T,
    /// For single columns.
    pub(super) columns: Vec<(Column, T)>,
}

impl Absent<Vec<String>> {
    /// The texts that mean a missing value, for each column; an empty field always does.
    pub(super) fn resolve(&self, columns: &Columns) -> Result<Vec<Vec<String>>> {
        let mut missing = vec![vec![String::new()]; columns.count];
        for (texts, each) in missing.iter_mut().zip(&self.each) {
            texts.push(each.clone());
        }
        for (column, texts) in &self.columns {
            if let Some(known) =
                columns.index(column, Fault::NoColumn)?.and_then(|index| missing.get_mut(index))
            {
                known.extend(texts.iter().cloned());
            }
        }
        missing.iter_mut().for_each(|texts| texts.extend(self.all.iter().cloned()));
        Ok(missing)
    }
}

impl Absent<Vec<Option<Value>>> {
    /// The value that stands for a missing one, for each column.
    pub(super) fn resolve(&self, columns: &Columns) -> Result<Vec<Option<Value>>> {
        let mut filling = vec![self.all.first().cloned().flatten(); columns.count];
        for (value, each) in filling.iter_mut().zip(&self.each) {
            value.clone_from(each);
        }
        for (column, values) in &self.columns {
            if let Some(value) =
                columns.index(column, Fault::NoFilling)?.and_then(|index| filling.get_mut(index))
            {
                *value = values.first().cloned().flatten();
            }
        }
        Ok(filling)
    }
}
