//! Arrays as JSON: nested lists, as `ndarray.tolist()` gives them.

use std::io::Write;

use num_complex::Complex;
use numio::{DynArray, Error, ErrorKind, Item, Limits, LongDouble, Result as Read};

use crate::emptiness;
use crate::failure::Failure;

/// Writes an array, and nothing after it.
pub fn write(out: &mut dyn Write, array: &DynArray) -> Result<(), Failure> {
    // Before any of it is printed.
    emptiness::check(array.dtype(), array.shape(), "print")?;
    Writer { out, whole: array }.array(array)
}

/// An array as a JSON value.
pub fn array_value(array: &DynArray) -> Result<serde_json::Value, Failure> {
    let mut text = Vec::new();
    write(&mut text, array)?;
    Ok(serde_json::from_slice(&text).map_err(std::io::Error::from)?)
}

/// A float as a JSON value.
pub fn float_value(value: f64) -> serde_json::Value {
    match serde_json::Number::from_f64(value) {
        Some(number) => serde_json::Value::Number(number),
        None if value.is_nan() => "NaN".into(),
        None => if value > 0.0 { "Infinity" } else { "-Infinity" }.into(),
    }
}

struct Writer<'a> {
    out: &'a mut dyn Write,
    /// The array that holds the objects.
    whole: &'a DynArray,
}

impl Writer<'_> {
    fn array(&mut self, array: &DynArray) -> Result<(), Failure> {
        self.nested(array.shape(), &mut array.items())
    }

    /// Recurses once per axis: at most 64, and subarrays nest no deeper than a header does.
    fn nested(
        &mut self,
        shape: &[usize],
        items: &mut dyn Iterator<Item = Read<Item>>,
    ) -> Result<(), Failure> {
        let Some((&axis, rest)) = shape.split_first() else {
            return items.next().map_or(Ok(()), |item| self.item(&item?));
        };
        self.list(b"[]", axis, |writer, _| writer.nested(rest, items))
    }

    /// Writes `count` parts between brackets.
    fn list(
        &mut self,
        brackets: &[u8; 2],
        count: usize,
        mut part: impl FnMut(&mut Self, usize) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let [open, close] = brackets.map(|bracket| [bracket]);
        self.out.write_all(&open)?;
        for index in 0..count {
            if index > 0 {
                self.out.write_all(b",")?;
            }
            part(self, index)?;
        }
        Ok(self.out.write_all(&close)?)
    }

    fn item(&mut self, item: &Item) -> Result<(), Failure> {
        match item {
            Item::Bool(value) => self.plain(value),
            Item::Int(value) => self.plain(value),
            Item::UInt(value) => self.plain(value),
            Item::Float(value) => self.float(*value),
            Item::LongDouble(value) => self.long_double(*value),
            Item::Complex(value) => self.complex(*value),
            Item::LongComplex(value) => self.list(b"[]", 2, |writer, index| {
                writer.long_double(if index == 0 { value.re } else { value.im })
            }),
            Item::Datetime(value) => self.plain(&value.to_string()),
            Item::Timedelta(value) => match value.ticks() {
                Some(ticks) => self.plain(&ticks),
                None => self.plain("NaT"),
            },
            Item::Bytes(bytes) | Item::Void(bytes) => {
                let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
                self.plain(&text)
            }
            Item::Str(text) => self.plain(text),
            Item::Record(fields) => self.list(b"{}", fields.len(), |writer, index| {
                let Some((name, item)) = fields.get(index) else { return Ok(()) };
                writer.plain(&**name)?;
                writer.out.write_all(b":")?;
                writer.item(item)
            }),
            Item::Array(array) => self.array(array),
            Item::Object(number) => {
                let object = self.whole.object_by_id(*number);
                let text = object.and_then(|object| Ok(object.to_json(Limits::default())?));
                Ok(self.out.write_all(text?.as_bytes())?)
            }
            other => {
                let what = format!("no JSON for {other:?} yet");
                Err(Error::new(ErrorKind::Unsupported, what).into())
            }
        }
    }

    /// Writes a value that JSON can express.
    fn plain<T: serde::Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        Ok(serde_json::to_writer(&mut *self.out, value).map_err(std::io::Error::from)?)
    }

    /// Writes the shortest digits that read back as the same float.
    fn float(&mut self, value: f64) -> Result<(), Failure> {
        if value.is_finite() {
            self.plain(&value)
        } else if value.is_nan() {
            self.plain("NaN")
        } else {
            self.plain(if value > 0.0 { "Infinity" } else { "-Infinity" })
        }
    }

    /// Writes all digits of a number that a double cannot represent.
    fn long_double(&mut self, value: LongDouble) -> Result<(), Failure> {
        match value.to_f64() {
            double if value.is_nan() || value.is_infinite() => self.float(double),
            _ => Ok(write!(self.out, "{value}")?),
        }
    }

    fn complex(&mut self, value: Complex<f64>) -> Result<(), Failure> {
        self.list(b"[]", 2, |writer, index| writer.float(if index == 0 { value.re } else { value.im }))
    }
}
