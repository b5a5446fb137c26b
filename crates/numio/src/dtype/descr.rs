//! Descriptions of dtypes in headers: read (`descr_to_dtype` in NumPy's `lib/_format_impl.py`).

use std::fmt::Write;
use std::sync::Arc;

use crate::dtype::literal::{Literal, Value, excerpt};
use crate::dtype::print::{push_field_name, push_shape, push_type_string};
use crate::dtype::structured::with_shape;
use crate::dtype::{DType, DTypeError, Field, Record, Scalar, quoted};
use crate::{Error, Result};

impl DType {
    /// The dtype that a header's `descr` describes: a string, a tuple of a dtype and a shape, or a list of fields, each
    /// a name, a dtype and perhaps a shape. Fields without a name and of plain `V` are padding: they are left out, and
    /// their room is kept.
    ///
    /// # Errors
    /// `InvalidInput` where it describes no dtype, with the offset of the part that does not.
    ///
    /// ```
    /// use numio::DType;
    /// use numio::literal::{Dialect, parse};
    ///
    /// let text = "[('x', '<f4'), ('', '|V4'), (('a title', 'y'), '<i8', (2,))]";
    /// let dtype = DType::from_descr(&parse(text, Dialect::Python3)?.literal)?;
    /// assert_eq!(dtype.itemsize(), 24);
    /// assert_eq!(dtype.descr()?, text);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn from_descr(descr: &Literal<'_>) -> Result<Self> {
        let at = |error: Error| error.at(descr.offset as u64);
        match &descr.value {
            Value::Str(text) => Self::parse(text).map_err(at),
            Value::Tuple(items) => match items.as_slice() {
                // NumPy, too, looks at the first two alone.
                [base, shape, ..] => with_shape(Self::from_descr(base)?, shape),
                _ => Err(at(unexpected("a dtype and a shape", descr))),
            },
            Value::List(items) => fields(items, descr.offset),
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
    let record = Record::new(fields, offset, false).map_err(|error| error.at(start as u64))?;
    Ok(record.into())
}

/// A field's name and its dtype.
fn field<'l, 'a>(item: &'l Literal<'a>) -> Result<(&'l Literal<'a>, DType)> {
    let parts = match &item.value {
        Value::Tuple(parts) | Value::List(parts) => parts.as_slice(),
        _ => &[],
    };
    match parts {
        [name, descr] => Ok((name, DType::from_descr(descr)?)),
        [name, descr, shape] => Ok((name, with_shape(DType::from_descr(descr)?, shape)?)),
        _ => {
            let wanted = "a field: a tuple of a name, a dtype and perhaps a shape";
            Err(unexpected(wanted, item).at(item.offset as u64))
        }
    }
}

type Names = (Option<Arc<str>>, Arc<str>);

/// A field's title, if it has one, and its name.
fn names(name: &Literal<'_>) -> Result<Names> {
    let text = |part: &Literal<'_>| match &part.value {
        Value::Str(text) => Some(Arc::from(&**text)),
        _ => None,
    };
    let names = match &name.value {
        Value::Tuple(parts) => match parts.as_slice() {
            [Literal { value: Value::None, .. }, name] => text(name).map(|name| (None, name)),
            [title, name] => text(title).zip(text(name)).map(|(title, name)| (Some(title), name)),
            _ => None,
        },
        _ => text(name).map(|name| (None, name)),
    };
    names.ok_or_else(|| {
        unexpected("a field's name, or a tuple of its title and its name", name).at(name.offset as u64)
    })
}

impl DType {
    /// The description in a `.npy` header, as Python text: `'<f8'` with its quotes, or a list of fields.
    ///
    /// # Errors
    /// `InvalidInput` for records whose fields overlap or are not in the order of their offsets: a header has no words for
    /// them.
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
                let _ = push_shape(out, subarray.shape());
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
                let _ = push_shape(out, subarray.shape());
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
