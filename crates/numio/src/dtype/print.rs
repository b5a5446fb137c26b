//! The texts NumPy has for a dtype: `dtype.str`, `dtype.name`, `str` and `repr` (`numpy/_core/_dtype.py`).

use std::fmt::{self, Write};

use super::{ByteOrder, DType, Field, Record, Scalar, Subarray, Title};
use crate::repr;

impl Scalar {
    /// `dtype.str`: `<f8`, `|S5`, `<M8[ns]`.
    pub fn type_string(self) -> String {
        let mut out = String::new();
        // Writing to a String does not fail.
        let _ = push_type_string(&mut out, self);
        out
    }
}

pub(super) fn push_type_string(out: &mut impl Write, scalar: Scalar) -> fmt::Result {
    out.write_char(scalar.byte_order().map_or('|', ByteOrder::to_char))?;
    out.write_char(scalar.kind())?;
    match scalar {
        Scalar::Object => Ok(()),
        Scalar::Str(length, _) => write!(out, "{length}"),
        Scalar::Datetime(unit, _) | Scalar::Timedelta(unit, _) => {
            out.write_char('8')?;
            unit.push(out)
        }
        _ => write!(out, "{}", scalar.itemsize()),
    }
}

fn push_name(out: &mut impl Write, scalar: Scalar) -> fmt::Result {
    out.write_str(scalar.stem())?;
    match scalar {
        Scalar::Bool | Scalar::Object | Scalar::Bytes(0) | Scalar::Str(0, _) | Scalar::Void(0) => Ok(()),
        Scalar::Datetime(unit, _) | Scalar::Timedelta(unit, _) => {
            out.write_str("64")?;
            unit.push(out)
        }
        _ => write!(out, "{}", scalar.itemsize() * 8),
    }
}

/// A scalar within `repr(dtype)`, quoted. `short` prefers `f8` to `float64`.
fn push_scalar(out: &mut impl Write, scalar: Scalar, short: bool) -> fmt::Result {
    out.write_char('\'')?;
    let order = scalar.byte_order();
    match scalar {
        Scalar::Bool if short => out.write_char('?')?,
        Scalar::Object | Scalar::Bytes(0) | Scalar::Void(0) => out.write_char(scalar.kind())?,
        Scalar::Str(0, order) => write!(out, "{}U", order.to_char())?,
        Scalar::Bytes(_) | Scalar::Void(_) => write!(out, "{}{}", scalar.kind(), scalar.itemsize())?,
        Scalar::Str(..) | Scalar::Datetime(..) | Scalar::Timedelta(..) => push_type_string(out, scalar)?,
        _ if short && order.is_none() => write!(out, "{}{}", scalar.kind(), scalar.itemsize())?,
        _ if short || order.is_some_and(|order| order != ByteOrder::NATIVE) => push_type_string(out, scalar)?,
        _ => push_name(out, scalar)?,
    }
    out.write_char('\'')
}

/// A shape as Python prints it.
pub(crate) struct ShapeTuple<'a>(pub(crate) &'a [usize]);

impl fmt::Display for ShapeTuple<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (at, axis) in self.0.iter().enumerate() {
            write!(f, "{}{axis}", if at == 0 { "" } else { ", " })?;
        }
        f.write_str(if self.0.len() == 1 { ",)" } else { ")" })
    }
}

/// Writes the text between the parentheses of `repr(dtype)`. `align`: a record must show that it is aligned.
fn push_construction(out: &mut impl Write, dtype: &DType, align: bool, short: bool) -> fmt::Result {
    match dtype {
        DType::Scalar(scalar) => push_scalar(out, *scalar, short),
        DType::Record(record) => push_record(out, record, align),
        DType::Subarray(subarray) => push_subarray(out, subarray),
    }
}

fn push_subarray(out: &mut impl Write, subarray: &Subarray) -> fmt::Result {
    out.write_char('(')?;
    push_construction(out, subarray.base(), false, true)?;
    out.write_str(", ")?;
    write!(out, "{}", ShapeTuple(subarray.shape()))?;
    out.write_char(')')
}

fn push_record(out: &mut impl Write, record: &Record, align: bool) -> fmt::Result {
    if !(align && record.is_aligned()) && record.is_simple() {
        return push_field_list(out, record);
    }
    let fields = record.fields();
    let mut list =
        |label: &str, item: &mut dyn FnMut(&mut dyn Write, &Field) -> fmt::Result| -> fmt::Result {
            write!(out, "{label}: [")?;
            for (index, field) in fields.iter().enumerate() {
                out.write_str(if index > 0 { ", " } else { "" })?;
                item(out, field)?;
            }
            out.write_str("], ")
        };
    list("{'names'", &mut |mut out, field| repr::name(&mut out, &field.name))?;
    list("'formats'", &mut |mut out, field| push_construction(&mut out, &field.dtype, false, true))?;
    list("'offsets'", &mut |out, field| write!(out, "{}", field.offset))?;
    if fields.iter().any(|field| field.title.is_some()) {
        list("'titles'", &mut |mut out, field| match &field.title {
            Some(title) => push_title(&mut out, title),
            None => out.write_str("None"),
        })?;
    }
    write!(out, "'itemsize': {}", record.itemsize())?;
    out.write_str(if align && record.is_aligned() { ", 'aligned': True}" } else { "}" })
}

fn push_field_list(out: &mut impl Write, record: &Record) -> fmt::Result {
    out.write_char('[')?;
    for (index, field) in record.fields().iter().enumerate() {
        out.write_str(if index > 0 { ", (" } else { "(" })?;
        push_field_name(out, field)?;
        out.write_str(", ")?;
        match &field.dtype {
            DType::Subarray(subarray) => {
                push_construction(out, subarray.base(), false, true)?;
                out.write_str(", ")?;
                write!(out, "{}", ShapeTuple(subarray.shape()))?;
            }
            dtype => push_construction(out, dtype, false, true)?,
        }
        out.write_char(')')?;
    }
    out.write_char(']')
}

pub(super) fn push_field_name(out: &mut impl Write, field: &Field) -> fmt::Result {
    let Some(title) = &field.title else {
        return repr::name(out, &field.name);
    };
    out.write_char('(')?;
    push_title(out, title)?;
    out.write_str(", ")?;
    repr::name(out, &field.name)?;
    out.write_char(')')
}

fn push_title(out: &mut impl Write, title: &Title) -> fmt::Result {
    match title {
        Title::Text(text) => repr::name(out, text),
        Title::Literal(text) => out.write_str(text),
    }
}

/// NumPy's `str(dtype)`: `float64`, `>f8`, `|S5`, `[('x', '<f4')]`.
impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(scalar) => {
                let is_text = matches!(scalar, Scalar::Bytes(_) | Scalar::Str(..) | Scalar::Void(_));
                let is_native = scalar.byte_order().is_none_or(|order| order == ByteOrder::NATIVE);
                if is_text || !is_native { push_type_string(f, *scalar) } else { push_name(f, *scalar) }
            }
            Self::Record(record) => push_record(f, record, true),
            Self::Subarray(subarray) => push_subarray(f, subarray),
        }
    }
}

impl DType {
    /// NumPy's `repr(dtype)`: `dtype('float64')`, `dtype([('x', '<f4')])`.
    ///
    /// ```
    /// use numio::DType;
    ///
    /// assert_eq!(DType::parse("<f8")?.repr(), "dtype('float64')");
    /// assert_eq!(DType::parse("f4,S3")?.repr(), "dtype([('f0', '<f4'), ('f1', 'S3')])");
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn repr(&self) -> String {
        let mut out = String::from("dtype(");
        // Writing to a String does not fail.
        let _ = push_construction(&mut out, self, false, false);
        out.push_str(if self.is_aligned() { ", align=True)" } else { ")" });
        out
    }

    /// NumPy's `dtype.name`: `float64`, `bytes40`, `datetime64[ns]`, `void96`.
    pub fn name(&self) -> String {
        let mut out = String::new();
        // Writing to a String does not fail.
        let _ = match self {
            Self::Scalar(scalar) => push_name(&mut out, *scalar),
            other if other.itemsize() == 0 => out.write_str("void"),
            other => write!(out, "void{}", other.itemsize() * 8),
        };
        out
    }
}
