//! Descriptions of dtypes in headers: read (`descr_to_dtype` in NumPy's `lib/_format_impl.py`).

use std::collections::HashSet;
use std::fmt::Write;
use std::sync::Arc;

use crate::dtype::literal::{Dialect, Literal, Value, excerpt, parse};
use crate::dtype::print::{ShapeTuple, push_field_name, push_type_string};
use crate::dtype::structured::with_shape;
use crate::dtype::{DType, DTypeError, Field, FieldName, Record, Scalar, Title, quoted};
use crate::{Error, Result};

impl DType {
    /// The dtype that a header's `descr` describes, given as Python's text of it: a string, a tuple of a dtype and a shape, or a list of fields, each
    /// a name, a dtype and perhaps a shape. Fields without a name and of plain `V` are padding: they are left out, and
    /// their bytes are kept. Instead of a shape there may be another dtype, whose fields the first one gets.
    ///
    /// # Errors
    /// `InvalidInput` if it describes no dtype, with the offset of the part that does not.
    ///
    /// ```
    /// use numio::DType;
    ///
    /// let text = "[('x', '<f4'), ('', '|V4'), (('a title', 'y'), '<i8', (2,))]";
    /// let dtype = DType::from_descr(text)?;
    /// assert_eq!(dtype.itemsize(), 24);
    /// assert_eq!(dtype.descr()?, text);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn from_descr(descr: &str) -> Result<Self> {
        Self::from_literal(&parse(descr, Dialect::Python3)?.literal)
    }

    /// The dtype that a parsed `descr` describes: see [`from_descr`](Self::from_descr).
    pub(crate) fn from_literal(descr: &Literal<'_>) -> Result<Self> {
        let at = |error: Error| error.with_offset(descr.offset as u64);
        match &descr.value {
            Value::Str(text) => Self::parse(text).map_err(at),
            Value::Tuple(items) => match items.as_slice() {
                // NumPy, too, looks at the first two alone.
                [base, second, ..] => with_second(Self::from_literal(base)?, second),
                _ => Err(at(unexpected("a dtype and a shape", descr))),
            },
            Value::List(items) => fields(items, descr.offset),
            // NumPy goes through it as through a list.
            Value::Dict(pairs) if pairs.is_empty() => fields(&[], descr.offset),
            _ => Err(at(unexpected("a string, a list of fields, or a tuple of a dtype and a shape", descr))),
        }
    }
}

fn unexpected(wanted: &'static str, found: &Literal<'_>) -> Error {
    DTypeError::Descr { wanted, found: excerpt(found) }.into()
}

fn fields(items: &[Literal<'_>], start: usize) -> Result<DType> {
    let mut fields = Vec::new();
    let mut offset = 0_usize;
    for item in items {
        let (name, dtype) = field(item)?;
        let itemsize = dtype.itemsize();
        let is_plain_void = matches!(dtype, DType::Scalar(Scalar::Void(_)) | DType::Subarray(_));
        let is_padding = is_plain_void && matches!(&name.value, Value::Str(name) if name.is_empty());
        if !is_padding {
            let (title, name) = names(name)?;
            fields.push(Field { name, title, dtype, offset });
        }
        offset = offset.saturating_add(itemsize);
    }
    let record = Record::new(fields, offset, false).map_err(|error| error.with_offset(start as u64))?;
    Ok(record.into())
}

/// `base` with what follows it in a tuple: a shape, or a dtype.
fn with_second(base: DType, second: &Literal<'_>) -> Result<DType> {
    if is_shape(second) { with_shape(base, second) } else { with_fields(base, second) }
}

/// Returns whether what follows a dtype in a tuple is a shape, and not another dtype.
pub(crate) fn is_shape(second: &Literal<'_>) -> bool {
    match &second.value {
        Value::List(items) => {
            !items.is_empty() && items.iter().all(|item| matches!(item.value, Value::Int(_)))
        }
        Value::Dict(_) | Value::Str(_) | Value::None => false,
        _ => true,
    }
}

/// `base` with the fields of another dtype of as many bytes; without a size of its own, it takes that one's
/// (`_try_convert_from_inherit_tuple`). Numbers and texts may have fields too in NumPy, which names their parts so; here they
/// are the number or text alone, and the header keeps the words.
fn with_fields(base: DType, second: &Literal<'_>) -> Result<DType> {
    let other = from_literal(second)?;
    let size = other.itemsize();
    let fault = || {
        let wanted = "a dtype of as many bytes as the first one, without objects";
        Error::from(DTypeError::Descr { wanted, found: excerpt(second) }).with_offset(second.offset as u64)
    };
    if base.has_objects() || other.has_objects() || (base.itemsize() != 0 && base.itemsize() != size) {
        return Err(fault());
    }
    let length = u32::try_from(size).map_err(|_| fault())?;
    Ok(match (base, other) {
        (
            DType::Scalar(Scalar::Void(_)) | DType::Record(_) | DType::Subarray(_),
            other @ DType::Record(_),
        ) => other,
        (DType::Scalar(Scalar::Bytes(_)), _) => DType::Scalar(Scalar::Bytes(length)),
        (DType::Scalar(Scalar::Void(_)), _) => DType::Scalar(Scalar::Void(length)),
        (DType::Scalar(Scalar::Str(_, order)), _) if size.is_multiple_of(4) => {
            DType::Scalar(Scalar::Str(length / 4, order))
        }
        (base, _) if base.itemsize() == size => base,
        _ => return Err(fault()),
    })
}

/// The dtype that `np.dtype` makes of a literal: strings, lists of fields, tuples, and dictionaries.
fn from_literal(literal: &Literal<'_>) -> Result<DType> {
    let unknown = || {
        let wanted = "a dtype: a string, a list of fields, a tuple or a dictionary";
        Error::from(DTypeError::Descr { wanted, found: excerpt(literal) }).with_offset(literal.offset as u64)
    };
    match &literal.value {
        Value::Str(text) => DType::parse(text).map_err(|error| error.with_offset(literal.offset as u64)),
        // NumPy's default.
        Value::None => DType::parse("float64"),
        Value::Tuple(items) => match items.as_slice() {
            [base, second] => with_second(from_literal(base)?, second),
            _ => Err(unknown()),
        },
        Value::List(items) => {
            let field = |item: &Literal<'_>| match &item.value {
                Value::Tuple(parts) => match parts.as_slice() {
                    [name, dtype] => Ok((name_of(name).ok_or_else(unknown)?, from_literal(dtype)?)),
                    [name, dtype, shape] => {
                        let dtype = with_second(from_literal(dtype)?, shape)?;
                        Ok((name_of(name).ok_or_else(unknown)?, dtype))
                    }
                    _ => Err(unknown()),
                },
                _ => Err(unknown()),
            };
            let fields = items.iter().map(field).collect::<Result<Vec<_>>>()?;
            Ok(Record::packed(fields).map_err(|error| error.with_offset(literal.offset as u64))?.into())
        }
        Value::Dict(pairs) => {
            let form = FieldsForm::of(pairs).ok_or_else(unknown)?;
            form.record().map_err(|error| error.with_offset(literal.offset as u64)).map(DType::from)
        }
        _ => Err(unknown()),
    }
}

/// A name, or a tuple of a title and a name.
fn name_of(name: &Literal<'_>) -> Option<FieldName> {
    match &name.value {
        Value::Str(name) => Some(FieldName::from(&**name)),
        Value::Tuple(parts) => match parts.as_slice() {
            [title, Literal { value: Value::Str(name), .. }] => title_of(title).map(|title| match title {
                Some(title) => FieldName::from((title, &**name)),
                None => FieldName::from(&**name),
            }),
            _ => None,
        },
        _ => None,
    }
}

/// A title, or the `None` in its place. Nothing if it is neither.
fn title_of(title: &Literal<'_>) -> Option<Option<Title>> {
    match &title.value {
        Value::None => Some(None),
        value => Title::of(value).map(Some),
    }
}

/// A dictionary of fields: `{'names': [...], 'formats': [...], ...}`, or `{name: (dtype, offset, title)}`
/// (`_convert_from_dict` in `descriptor.c`, `_usefields` in `_internal.py`).
struct FieldsForm<'l, 'a> {
    names: Vec<&'l str>,
    dtypes: Vec<&'l Literal<'a>>,
    offsets: Option<Vec<usize>>,
    titles: Vec<Option<Title>>,
    itemsize: Option<usize>,
    aligned: bool,
}

impl<'l, 'a> FieldsForm<'l, 'a> {
    fn of(pairs: &'l [(Literal<'a>, Literal<'a>)]) -> Option<Self> {
        // Of equal keys the last one counts.
        let get = |wanted: &str| {
            let is_wanted = |key: &Literal<'_>| matches!(&key.value, Value::Str(key) if key == wanted);
            pairs.iter().rev().find(|(key, _)| is_wanted(key)).map(|(_, value)| value)
        };
        match (get("names"), get("formats")) {
            (Some(names), Some(formats)) => {
                let names = items(names)?.iter().map(text).collect::<Option<Vec<_>>>()?;
                let dtypes: Vec<_> = items(formats)?.iter().collect();
                let offsets = match get("offsets") {
                    Some(offsets) => Some(items(offsets)?.iter().map(size).collect::<Option<Vec<_>>>()?),
                    None => None,
                };
                let titles = match get("titles") {
                    Some(titles) => items(titles)?.iter().map(title_of).collect::<Option<Vec<_>>>()?,
                    None => vec![None; names.len()],
                };
                let itemsize = match get("itemsize") {
                    Some(itemsize) => Some(size(itemsize)?),
                    None => None,
                };
                let aligned = match get("aligned").map(|aligned| &aligned.value) {
                    Some(Value::Bool(aligned)) => *aligned,
                    Some(_) => return None,
                    None => false,
                };
                let count = names.len();
                let is_complete = dtypes.len() == count
                    && titles.len() == count
                    && offsets.as_ref().is_none_or(|offsets| offsets.len() == count);
                is_complete.then_some(Self { names, dtypes, offsets, titles, itemsize, aligned })
            }
            _ => {
                let mut fields = Vec::new();
                let mut names = HashSet::new();
                for (name, value) in pairs.iter().rev() {
                    let name = text(name)?;
                    if !names.insert(name) {
                        continue;
                    }
                    let Value::Tuple(parts) = &value.value else { return None };
                    let title = match parts.get(2) {
                        Some(title) => title_of(title)?,
                        None => None,
                    };
                    fields.push((size(parts.get(1)?)?, name, parts.first()?, title));
                }
                fields.sort_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
                Some(Self {
                    names: fields.iter().map(|field| field.1).collect(),
                    dtypes: fields.iter().map(|field| field.2).collect(),
                    offsets: Some(fields.iter().map(|field| field.0).collect()),
                    titles: fields.into_iter().map(|field| field.3).collect(),
                    itemsize: None,
                    aligned: false,
                })
            }
        }
    }

    fn record(&self) -> Result<Record> {
        let dtypes = self.dtypes.iter().map(|dtype| from_literal(dtype)).collect::<Result<Vec<_>>>()?;
        let named = self.names.iter().zip(&self.titles).map(|(name, title)| match title {
            Some(title) => FieldName::from((title.clone(), *name)),
            None => FieldName::from(*name),
        });
        let alike = named.zip(dtypes);
        let mut record = if self.aligned { Record::aligned(alike)? } else { Record::packed(alike)? };
        if let Some(offsets) = &self.offsets {
            let moved = |(field, &offset): (&Field, &usize)| Field { offset, ..field.clone() };
            let fields: Vec<_> = record.fields().iter().zip(offsets).map(moved).collect();
            let end = |field: &Field| field.offset.saturating_add(field.dtype.itemsize());
            let end = fields.iter().map(end).max().unwrap_or(0);
            let alignment = if self.aligned { DType::from(record).alignment() } else { 1 };
            record = Record::new(fields, end.next_multiple_of(alignment), self.aligned)?;
        }
        match self.itemsize {
            Some(itemsize) => Record::new(record.fields().to_vec(), itemsize, self.aligned),
            None => Ok(record),
        }
    }
}

/// The items of a list or a tuple.
fn items<'l, 'a>(literal: &'l Literal<'a>) -> Option<&'l [Literal<'a>]> {
    match &literal.value {
        Value::List(items) | Value::Tuple(items) => Some(items),
        _ => None,
    }
}

fn text<'l>(literal: &'l Literal<'_>) -> Option<&'l str> {
    match &literal.value {
        Value::Str(text) => Some(text),
        _ => None,
    }
}

fn size(literal: &Literal<'_>) -> Option<usize> {
    match &literal.value {
        Value::Int(int) => int.to_i64().and_then(|size| i32::try_from(size).ok()?.try_into().ok()),
        _ => None,
    }
}

/// A field's name and its dtype.
fn field<'l, 'a>(item: &'l Literal<'a>) -> Result<(&'l Literal<'a>, DType)> {
    let parts = match &item.value {
        Value::Tuple(parts) | Value::List(parts) => parts.as_slice(),
        _ => &[],
    };
    match parts {
        [name, descr] => Ok((name, DType::from_literal(descr)?)),
        [name, descr, second] => Ok((name, with_second(DType::from_literal(descr)?, second)?)),
        _ => {
            let wanted = "a field: a tuple of a name, a dtype and perhaps a shape";
            Err(unexpected(wanted, item).with_offset(item.offset as u64))
        }
    }
}

type Names = (Option<Title>, Arc<str>);

/// A field's title, if it has one, and its name.
fn names(name: &Literal<'_>) -> Result<Names> {
    let text = |part: &Literal<'_>| match &part.value {
        Value::Str(text) => Some(Arc::from(&**text)),
        _ => None,
    };
    let names = match &name.value {
        Value::Tuple(parts) => match parts.as_slice() {
            [title, name] => title_of(title).zip(text(name)),
            _ => None,
        },
        _ => text(name).map(|name| (None, name)),
    };
    names.ok_or_else(|| {
        unexpected("a field's name, or a tuple of its title and its name", name)
            .with_offset(name.offset as u64)
    })
}

impl DType {
    /// The description in a `.npy` header, as Python text: `'<f8'` with its quotes, or a list of fields.
    ///
    /// # Errors
    /// `InvalidInput` for records whose fields overlap or are not in the order of their offsets: a header has no words
    /// for them.
    ///
    /// ```
    /// use numio::DType;
    ///
    /// assert_eq!(DType::parse("float64")?.descr()?, "'<f8'");
    /// assert_eq!(DType::parse("f4,?")?.descr()?, "[('f0', '<f4'), ('f1', '|b1')]");
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn descr(&self) -> Result<String> {
        let mut out = String::new();
        self.push_descr(&mut out)?;
        Ok(out)
    }

    /// Appends [`descr`](Self::descr).
    pub(crate) fn push_descr(&self, out: &mut String) -> Result<()> {
        match self {
            Self::Scalar(scalar) => {
                out.push('\'');
                let _ = push_type_string(out, *scalar);
                out.push('\'');
                Ok(())
            }
            Self::Subarray(subarray) => {
                out.push('(');
                subarray.base().push_descr(out)?;
                out.push_str(", ");
                let _ = write!(out, "{}", ShapeTuple(subarray.shape()));
                out.push(')');
                Ok(())
            }
            Self::Record(record) => push_record_descr(out, record),
        }
    }
}

fn push_record_descr(out: &mut String, record: &Record) -> Result<()> {
    let pad = |out: &mut String, from: usize, to: usize| {
        let separator = if out.ends_with('[') { "" } else { ", " };
        let _ = write!(out, "{separator}('', '|V{}')", to - from);
    };
    out.push('[');
    let mut end = 0;
    for field in record.fields() {
        if field.offset < end {
            return Err(Error::from(DTypeError::Undescribable(quoted(&field.name))));
        }
        if field.offset > end {
            pad(out, end, field.offset);
        }
        out.push_str(if out.ends_with('[') { "(" } else { ", (" });
        let _ = push_field_name(out, field);
        out.push_str(", ");
        match &field.dtype {
            DType::Subarray(subarray) => {
                subarray.base().push_descr(out)?;
                out.push_str(", ");
                let _ = write!(out, "{}", ShapeTuple(subarray.shape()));
            }
            dtype => dtype.push_descr(out)?,
        }
        out.push(')');
        end = field.offset + field.dtype.itemsize();
    }
    if record.itemsize() > end {
        pad(out, end, record.itemsize());
    }
    out.push(']');
    Ok(())
}
