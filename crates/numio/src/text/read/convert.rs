//! One field as the bytes of one value.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use half::f16;
use num_complex::Complex64;

use crate::array::LongDouble;
use crate::datetime::{common_unit, parse_datetime, parse_datetime_as};
use crate::num::{parse, python_float};
use crate::text::error::TextError;
use crate::text::read::table::Warning;
use crate::{ByteOrder, ComplexWidth, DType, FloatWidth, IntWidth, Result, Scalar, TimeUnit};

/// Writes the value of `field` to `out`, which is zeroed and has the scalar's size. `None` where the field is no such
/// value.
pub(crate) fn convert(field: &[u8], scalar: Scalar, out: &mut [u8]) -> Option<()> {
    match scalar {
        Scalar::Bool => put(out, [u8::from(parse::signed(field)? != 0)], ByteOrder::NATIVE),
        Scalar::Int8 => put(out, i8::try_from(parse::signed(field)?).ok()?.to_ne_bytes(), ByteOrder::NATIVE),
        Scalar::UInt8 => {
            put(out, u8::try_from(parse::unsigned(field)?).ok()?.to_ne_bytes(), ByteOrder::NATIVE)
        }
        Scalar::Int(width, order) => {
            let value = parse::signed(field)?;
            match width {
                IntWidth::Bits16 => put(out, i16::try_from(value).ok()?.to_ne_bytes(), order),
                IntWidth::Bits32 => put(out, i32::try_from(value).ok()?.to_ne_bytes(), order),
                IntWidth::Bits64 => put(out, value.to_ne_bytes(), order),
            }
        }
        Scalar::UInt(width, order) => {
            let value = parse::unsigned(field)?;
            match width {
                IntWidth::Bits16 => put(out, u16::try_from(value).ok()?.to_ne_bytes(), order),
                IntWidth::Bits32 => put(out, u32::try_from(value).ok()?.to_ne_bytes(), order),
                IntWidth::Bits64 => put(out, value.to_ne_bytes(), order),
            }
        }
        Scalar::Float(FloatWidth::Bits16, order) => {
            put(out, f16::from_f64(parse::lenient_float(field)?).to_ne_bytes(), order)
        }
        // NumPy rounds twice here: to a double first, then to a float.
        Scalar::Float(FloatWidth::Bits32, order) => {
            put(out, (parse::float(field)? as f32).to_ne_bytes(), order)
        }
        Scalar::Float(FloatWidth::Bits64, order) => put(out, parse::float(field)?.to_ne_bytes(), order),
        Scalar::Complex(ComplexWidth::Bits64, order) => {
            let value = parse::complex(field)?;
            let (re, im) = out.split_at_mut_checked(4)?;
            put(re, (value.re as f32).to_ne_bytes(), order)?;
            put(im, (value.im as f32).to_ne_bytes(), order)
        }
        Scalar::Complex(ComplexWidth::Bits128, order) => {
            let value = parse::complex(field)?;
            let (re, im) = out.split_at_mut_checked(8)?;
            put(re, value.re.to_ne_bytes(), order)?;
            put(im, value.im.to_ne_bytes(), order)
        }
        Scalar::Timedelta(_, order) => put(out, parse::ticks(field)?.to_ne_bytes(), order),
        Scalar::Datetime(unit, order) => {
            let ticks = parse_datetime_as(std::str::from_utf8(field).ok()?, unit).ok()?;
            put(out, ticks.to_ne_bytes(), order)
        }
        Scalar::Bytes(_) => bytes(field, out),
        Scalar::Str(_, order) => {
            let (units, _) = out.as_chunks_mut::<4>();
            for (unit, c) in units.iter_mut().zip(std::str::from_utf8(field).ok()?.chars()) {
                put(unit, u32::from(c).to_ne_bytes(), order)?;
            }
            Some(())
        }
        Scalar::Float(FloatWidth::Bits128, order) => put(out, long_double(field)?.to_ne_bytes(), order),
        // NumPy goes through Python's complex numbers here, which are of doubles.
        Scalar::Complex(ComplexWidth::Bits256, order) => {
            let value = parse::python_complex(field)?;
            put_long_complex(out, value.re.into(), value.im.into(), order)
        }
        Scalar::Void(_) | Scalar::Object => None,
    }
}

/// The same, with all digits of complex numbers of long doubles, which NumPy rounds to doubles.
pub(crate) fn convert_exactly(field: &[u8], scalar: Scalar, out: &mut [u8]) -> Option<()> {
    let Scalar::Complex(ComplexWidth::Bits256, order) = scalar else { return convert(field, scalar, out) };
    let value = parse::python_complex_of(field, long_double)?;
    put_long_complex(out, value.re, value.im, order)
}

fn put_long_complex(out: &mut [u8], re: LongDouble, im: LongDouble, order: ByteOrder) -> Option<()> {
    let (re_out, im_out) = out.split_at_mut_checked(16)?;
    put(re_out, re.to_ne_bytes(), order)?;
    put(im_out, im.to_ne_bytes(), order)
}

/// What was too large for its column, of which NumPy warns. All chunks of a text share one.
#[derive(Debug, Default)]
pub(crate) struct Overflows {
    cast: AtomicBool,
    conversion: AtomicBool,
}

impl Overflows {
    /// Notes the cast of one of Python's floats.
    pub(crate) fn note_cast(&self) {
        self.cast.store(true, Ordering::Relaxed);
    }

    /// Notes the `longdouble` that `field` was read as, if the text lies beyond the largest or below the least of them, which
    /// `strtold` reports.
    pub(crate) fn note_long_double(&self, field: &[u8], value: LongDouble) {
        if crate::num::longdouble::is_out_of_range(field, value.to_bits()) {
            self.conversion.store(true, Ordering::Relaxed);
        }
    }

    /// NumPy's warnings of what was noted.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = Warning> {
        let cast = self.cast.load(Ordering::Relaxed).then_some(Warning::Overflow);
        cast.into_iter().chain(self.conversion.load(Ordering::Relaxed).then_some(Warning::ConversionOverflow))
    }
}

/// Returns whether a float or complex number of `scalar`'s width is infinite and `value` is not: NumPy warns of it when
/// it casts Python's floats.
pub(crate) fn overflows(value: f64, scalar: Scalar) -> bool {
    value.is_finite()
        && match scalar {
            Scalar::Float(FloatWidth::Bits16, _) => f16::from_f64(value).is_infinite(),
            Scalar::Float(FloatWidth::Bits32, _) | Scalar::Complex(ComplexWidth::Bits64, _) => {
                (value as f32).is_infinite()
            }
            _ => false,
        }
}

/// The long double that was written to `out`, where that is the element of one.
pub(crate) fn long_double_in(scalar: Scalar, out: &[u8]) -> Option<LongDouble> {
    let Scalar::Float(FloatWidth::Bits128, order) = scalar else { return None };
    let mut bytes = <[u8; 16]>::try_from(out).ok()?;
    if order != ByteOrder::NATIVE {
        bytes.reverse();
    }
    Some(LongDouble::from_ne_bytes(bytes))
}

/// A field that is one long double. White space alone is 0 to NumPy, which has C's `strtold` read it.
pub(crate) fn long_double(field: &[u8]) -> Option<LongDouble> {
    let is_blank = !field.is_empty() && field.iter().all(|byte| matches!(byte, b' ' | b'\t'..=b'\r'));
    crate::num::longdouble::longdouble(if is_blank { b"0" } else { field })
        .map(|(sign_exponent, mantissa)| LongDouble::from_bits(sign_exponent, mantissa))
}

/// Latin-1: NumPy's `S` takes no other characters. Longer fields are truncated.
fn bytes(field: &[u8], out: &mut [u8]) -> Option<()> {
    if field.is_ascii() {
        let len = field.len().min(out.len());
        out.get_mut(..len)?.copy_from_slice(field.get(..len)?);
        return Some(());
    }
    // NumPy does not check what it truncates.
    for (byte, c) in out.iter_mut().zip(std::str::from_utf8(field).ok()?.chars()) {
        *byte = u8::try_from(c).ok()?;
    }
    Some(())
}

#[inline]
pub(crate) fn put<const N: usize>(out: &mut [u8], mut bytes: [u8; N], order: ByteOrder) -> Option<()> {
    if order != ByteOrder::NATIVE {
        bytes.reverse();
    }
    *<&mut [u8; N]>::try_from(out).ok()? = bytes;
    Some(())
}

/// The most values that one element may take from a row.
const MOST_CELLS: usize = 1 << 24;

/// One value of an element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ValueSlot {
    pub(crate) scalar: Scalar,
    /// Its offset in the element.
    pub(crate) offset: usize,
}

/// The layout of a row's values in elements.
#[derive(Debug, Clone)]
pub(crate) enum RowLayout {
    /// Every column is an element of this kind.
    Each(Scalar),
    /// Every column is a text, and all together decide the dtype: `S` and `U` without a length, `M8` without a unit.
    StringColumn(Scalar),
    /// The whole row is one record: its values and its size.
    Record(Vec<ValueSlot>, usize),
}

impl RowLayout {
    /// The columns of `dtype` (`field_types.c` in NumPy).
    ///
    /// # Errors
    /// `InvalidInput` for a subarray.
    pub(crate) fn of(dtype: &DType) -> Result<Self> {
        match dtype {
            DType::Scalar(
                scalar @ (Scalar::Bytes(0) | Scalar::Str(0, _) | Scalar::Datetime(TimeUnit::Generic, _)),
            ) => Ok(Self::StringColumn(*scalar)),
            DType::Scalar(scalar) => Ok(Self::Each(*scalar)),
            DType::Subarray(_) => Err(TextError::Subarray.into()),
            DType::Record(record) => {
                let mut cells = Vec::new();
                flatten(dtype, &mut cells)?;
                Ok(Self::Record(cells, record.itemsize()))
            }
        }
    }

    /// The offsets of the objects in an element.
    pub(crate) fn objects(&self) -> Vec<usize> {
        match self {
            Self::Each(Scalar::Object) => vec![0],
            Self::Record(cells, _) => {
                cells.iter().filter(|cell| cell.scalar == Scalar::Object).map(|cell| cell.offset).collect()
            }
            Self::Each(_) | Self::StringColumn(_) => Vec::new(),
        }
    }

    /// The number of columns that the dtype requires.
    pub(crate) fn wanted(&self) -> Option<usize> {
        match self {
            Self::Record(cells, _) => Some(cells.len()),
            Self::Each(_) | Self::StringColumn(_) => None,
        }
    }
}

/// The values of `dtype` in order. The depth is that of a dtype which the caller built.
pub(crate) fn flatten(dtype: &DType, cells: &mut Vec<ValueSlot>) -> Result<()> {
    // An explicit stack instead of recursion; the top comes next.
    let mut stack = vec![(dtype, 0)];
    while let Some((dtype, offset)) = stack.pop() {
        if cells.len() + stack.len() > MOST_CELLS {
            return Err(TextError::TooManyFields(MOST_CELLS).into());
        }
        match dtype {
            DType::Scalar(scalar) => {
                cells.push(ValueSlot { scalar: *scalar, offset });
            }
            DType::Record(record) => {
                stack.extend(record.fields().iter().rev().map(|field| (&field.dtype, offset + field.offset)));
            }
            DType::Subarray(subarray) => {
                let base = subarray.base();
                let count = subarray.shape().iter().fold(1_usize, |all, &axis| all.saturating_mul(axis));
                if count > MOST_CELLS {
                    return Err(TextError::TooManyFields(MOST_CELLS).into());
                }
                stack.extend((0..count).rev().map(|index| (base, offset + index * base.itemsize())));
            }
        }
    }
    Ok(())
}

/// A converted field before it is stored: numbers go into any dtype that represents them, strings are read like fields
/// of the text.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that may pass `i64::MAX`.
    UInt(u64),
    /// A number; integers take its whole part.
    Float(f64),
    /// A complex number; real dtypes refuse it.
    Complex(Complex64),
    /// Characters.
    Text(String),
    /// The bytes of the element itself, in the size and byte order of the column's dtype: the only value for `V`.
    Element(Vec<u8>),
}

macro_rules! from {
    ($($variant:ident: $($type:ty),*);*) => {$($(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*)*};
}

from!(Bool: bool; Int: i8, i16, i32, i64, u8, u16, u32; UInt: u64; Float: f32, f64; Complex: Complex64; Text: &str, String);

impl Value {
    /// Writes it into `out`, an element of `scalar`. `None` where the dtype cannot represent it.
    pub(crate) fn store(&self, scalar: Scalar, out: &mut [u8]) -> Option<()> {
        use Scalar as S;
        const NATIVE: ByteOrder = ByteOrder::NATIVE;
        // The most common dtypes are stored directly.
        let bytes = match (self, scalar) {
            (Self::Float(value), S::Float(FloatWidth::Bits64, NATIVE)) => value.to_ne_bytes(),
            (Self::Int(value), S::Int(IntWidth::Bits64, NATIVE)) => value.to_ne_bytes(),
            (Self::UInt(value), S::UInt(IntWidth::Bits64, NATIVE)) => value.to_ne_bytes(),
            _ => return self.store_as(scalar, out),
        };
        *out.first_chunk_mut()? = bytes;
        Some(())
    }

    fn store_as(&self, scalar: Scalar, out: &mut [u8]) -> Option<()> {
        use Scalar as S;
        out.fill(0);
        let is_text = matches!(scalar, S::Bytes(_) | S::Str(..));
        // Numbers go through their exact text, which is then converted like a field.
        let mut text = String::new();
        match (self, scalar) {
            (Self::Element(bytes), _) => {
                let fits = bytes.len() == out.len();
                return fits.then(|| out.copy_from_slice(bytes));
            }
            (Self::Text(text), _) => return convert(text.as_bytes(), scalar, out),
            (Self::Bool(value), _) if is_text => text.push_str(if *value { "True" } else { "False" }),
            (Self::Bool(value), _) => text.push(if *value { '1' } else { '0' }),
            (Self::Int(value), _) => write!(text, "{value}").ok()?,
            (Self::UInt(value), _) => write!(text, "{value}").ok()?,
            (Self::Float(value), S::Bool) => text.push(if *value == 0.0 { '0' } else { '1' }),
            (Self::Float(value), S::Int8 | S::UInt8 | S::Int(..) | S::UInt(..)) if value.is_finite() => {
                write!(text, "{}", value.trunc() as i128).ok()?;
            }
            (Self::Float(value), _) => python_float::float(&mut text, *value).ok()?,
            (Self::Complex(value), _) => {
                python_float::float(&mut text, value.re).ok()?;
                // A second sign is no number to Python, which reads long complex numbers.
                if value.im.is_nan() || value.im.is_sign_positive() {
                    text.push('+');
                }
                python_float::float(&mut text, value.im).ok()?;
                text.push('j');
            }
        }
        convert(text.as_bytes(), scalar, out)
    }

    /// Its characters, for columns whose length is not known yet.
    pub(crate) fn text(&self) -> Option<String> {
        let mut text = String::new();
        match self {
            Self::Text(found) => text.push_str(found),
            Self::Bool(value) => text.push_str(if *value { "True" } else { "False" }),
            Self::Int(value) => write!(text, "{value}").ok()?,
            Self::UInt(value) => write!(text, "{value}").ok()?,
            Self::Float(value) => python_float::float(&mut text, *value).ok()?,
            Self::Complex(value) => python_float::complex(&mut text, value.re, value.im).ok()?,
            Self::Element(_) => return None,
        }
        Some(text)
    }
}

/// Fields one after another.
#[derive(Debug, Default)]
pub(crate) struct StringColumn {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// Characters of the longest.
    longest: usize,
    /// The unit that holds every date so far.
    unit: Option<TimeUnit>,
}

impl StringColumn {
    /// Adds a field. `None` where `S` cannot represent its characters, or it is no date.
    pub(crate) fn push(&mut self, field: &[u8], scalar: Scalar) -> Option<()> {
        if matches!(scalar, Scalar::Datetime(..)) {
            let (_, unit) = parse_datetime(std::str::from_utf8(field).ok()?).ok()?;
            self.unit = Some(self.unit.map_or(unit, |before| common_unit(before, unit)));
        }
        let chars = if field.is_ascii() {
            field.len()
        } else {
            let mut chars = std::str::from_utf8(field).ok()?.chars();
            if matches!(scalar, Scalar::Bytes(_)) && chars.clone().any(|c| u32::from(c) > 0xff) {
                return None;
            }
            chars.by_ref().count()
        };
        self.longest = self.longest.max(chars);
        self.bytes.extend_from_slice(field);
        self.ends.push(self.bytes.len());
        Some(())
    }

    /// Keeps only the first `len`.
    pub(crate) fn truncate(&mut self, len: usize) {
        if len < self.ends.len() {
            self.ends.truncate(len);
            self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
            let lengths = self.iter().map(|text| String::from_utf8_lossy(text).chars().count());
            self.longest = lengths.max().unwrap_or(0);
        }
    }

    pub(crate) fn unit(&self) -> Option<TimeUnit> {
        self.unit
    }

    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The approximate number of bytes in memory.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len() + self.ends.len() * size_of::<usize>()
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| self.bytes.get(start..end).unwrap_or_default())
    }

    /// Writes them as elements of `scalar`, which is as long as the longest.
    pub(crate) fn write(&self, scalar: Scalar, out: &mut [u8]) {
        for (text, element) in self.iter().zip(out.chunks_exact_mut(scalar.itemsize().max(1))) {
            // `push` accepts only fields that convert.
            let _ = convert(text, scalar, element);
        }
    }
}
