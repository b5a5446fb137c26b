//! The bytes of numbers in native byte order as numbers of one kind.

use num_complex::Complex;

use crate::dtype::dispatch_scalar;
use crate::error::reserve;
use crate::{FloatWidth, LongDouble, Result, Scalar};

/// Replaces `out` by the values of all groups of `N` bytes.
fn each<const N: usize, T>(bytes: &[u8], out: &mut Vec<T>, value: impl Fn([u8; N]) -> T) -> Result<()> {
    let (groups, _) = bytes.as_chunks();
    out.clear();
    reserve(out, groups.len())?;
    out.extend(groups.iter().map(|group| value(*group)));
    Ok(())
}

/// Booleans, integers and ticks of time as integers; `false` if `scalar` is none of them.
pub(crate) fn ints(scalar: Scalar, bytes: &[u8], out: &mut Vec<i128>) -> Result<bool> {
    dispatch_scalar!(scalar,
        int(T, _) => each(bytes, out, |group| T::from_ne_bytes(group).into())?,
        Scalar::Bool => each(bytes, out, |[byte]: [u8; 1]| i128::from(byte != 0))?,
        Scalar::Datetime(..) | Scalar::Timedelta(..) => {
            each(bytes, out, |group| i64::from_ne_bytes(group).into())?;
        }
        _ => return Ok(false),
    );
    Ok(true)
}

/// Booleans, integers and floats as floats, rounded where they have more than 53 bits; `false` if `scalar` is none of
/// them.
pub(crate) fn floats(scalar: Scalar, bytes: &[u8], out: &mut Vec<f64>) -> Result<bool> {
    dispatch_scalar!(scalar,
        int(T, _) => each(bytes, out, |group| T::from_ne_bytes(group) as f64)?,
        float(T, _) => each(bytes, out, |group| T::from_ne_bytes(group).into())?,
        Scalar::Bool => each(bytes, out, |[byte]: [u8; 1]| f64::from(byte != 0))?,
        Scalar::Float(FloatWidth::Bits128, _) => {
            each(bytes, out, |group| LongDouble::from_ne_bytes(group).to_f64())?;
        }
        _ => return Ok(false),
    );
    Ok(true)
}

/// Any numbers as complex ones; `false` if `scalar` is no number.
pub(crate) fn complexes(scalar: Scalar, bytes: &[u8], out: &mut Vec<Complex<f64>>) -> Result<bool> {
    let part = match scalar {
        Scalar::Complex(width, order) => Scalar::Float(width.part(), order),
        real => {
            let mut parts = Vec::new();
            let are_numbers = floats(real, bytes, &mut parts)?;
            out.clear();
            reserve(out, parts.len())?;
            out.extend(parts.iter().map(|&part| Complex::new(part, 0.0)));
            return Ok(are_numbers);
        }
    };
    let mut parts = Vec::new();
    floats(part, bytes, &mut parts)?;
    out.clear();
    reserve(out, parts.len() / 2)?;
    out.extend(parts.as_chunks().0.iter().map(|&[re, im]| Complex::new(re, im)));
    Ok(true)
}

/// Booleans, integers and floats as `longdouble`s, which have all their bits; `false` if `scalar` is none of them.
pub(crate) fn long_doubles(scalar: Scalar, bytes: &[u8], out: &mut Vec<LongDouble>) -> Result<bool> {
    dispatch_scalar!(scalar,
        signed(T, _) => each(bytes, out, |group| LongDouble::from(i64::from(T::from_ne_bytes(group))))?,
        unsigned(T, _) => each(bytes, out, |group| LongDouble::from(u64::from(T::from_ne_bytes(group))))?,
        Scalar::Bool => each(bytes, out, |[byte]: [u8; 1]| LongDouble::from(u64::from(byte != 0)))?,
        Scalar::Float(FloatWidth::Bits128, _) => each(bytes, out, LongDouble::from_ne_bytes)?,
        Scalar::Float(..) => {
            let mut doubles = Vec::new();
            floats(scalar, bytes, &mut doubles)?;
            out.clear();
            reserve(out, doubles.len())?;
            out.extend(doubles.into_iter().map(LongDouble::from));
        }
        _ => return Ok(false),
    );
    Ok(true)
}

/// The same for complex numbers: their real and imaginary parts.
pub(crate) fn long_complexes(
    scalar: Scalar,
    bytes: &[u8],
    out: &mut Vec<Complex<LongDouble>>,
) -> Result<bool> {
    let part = match scalar {
        Scalar::Complex(width, order) => Scalar::Float(width.part(), order),
        real => real,
    };
    let mut parts = Vec::new();
    let are_numbers = long_doubles(part, bytes, &mut parts)?;
    out.clear();
    if part == scalar {
        reserve(out, parts.len())?;
        out.extend(parts.iter().map(|&part| Complex::new(part, LongDouble::default())));
    } else {
        reserve(out, parts.len() / 2)?;
        out.extend(parts.as_chunks().0.iter().map(|&[re, im]| Complex::new(re, im)));
    }
    Ok(are_numbers)
}
