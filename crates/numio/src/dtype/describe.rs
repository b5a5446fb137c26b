//! Descriptions of dtypes in headers: written (`dtype.descr`, which is `_array_descr` in `numpy/_core/_internal.py`).

use std::fmt::Write;

use super::error::{DTypeError, quoted};
use super::print::{push_field_name, push_shape, push_type_string};
use super::{DType, Record};
use crate::{Error, Result};

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
