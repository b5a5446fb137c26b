//! NumPy's scalars as `repr` prints them: `np.float64(1.5)` (`scalartypes.c.src`).

use std::fmt::Write;

use super::decode::{boolean, code_points, ticks};
use super::objects::Texts;
use super::single::write_scalar;
use crate::array::elements::Timedelta64;
use crate::{ComplexWidth, DType, DatetimeUnit, DynArray, FloatWidth, Scalar, TimeUnit, repr};

impl DynArray {
    /// NumPy's `repr` of the scalar that is its only element. Nothing for one with axes, for records and for objects.
    pub(crate) fn scalar_repr(&self) -> Option<String> {
        let DType::Scalar(scalar) = *self.dtype() else { return None };
        let start = self.layout.offset;
        let end = start.checked_add(scalar.itemsize())?;
        let bytes = self.data.bytes().get(start..end).filter(|_| self.ndim() == 0)?;
        let mut text = String::new();
        write_scalar(scalar, bytes, &Texts::NONE, &mut text).ok()?;
        let mut out = String::new();
        match scalar {
            Scalar::Object => return None,
            Scalar::Bool => write!(out, "np.{}_", if boolean(scalar, bytes) { "True" } else { "False" }),
            Scalar::Bytes(_) => out.write_str(&text),
            Scalar::Float(FloatWidth::Bits128, _) => write!(out, "np.longdouble('{text}')"),
            Scalar::Complex(ComplexWidth::Bits256, _) => write!(out, "np.clongdouble('{}')", bare(&text)),
            Scalar::Complex(..) => write!(out, "np.{}({})", self.dtype().name(), bare(&text)),
            Scalar::Str(..) => {
                let text: String = code_points(scalar, bytes).filter_map(char::from_u32).collect();
                out.write_str("np.str_(")
                    .and_then(|()| repr::str(&mut out, &text))
                    .and_then(|()| out.write_char(')'))
            }
            Scalar::Datetime(unit, _) => {
                // Python finds the unit out by itself where the text tells it.
                let told = matches!(unit, TimeUnit::Multiple(one, unit) if one.get() == 1 && unit != DatetimeUnit::Hour);
                match text != "NaT" && (told || unit == TimeUnit::Generic) {
                    true => write!(out, "np.datetime64('{text}')"),
                    false => write!(out, "np.datetime64('{text}','{}')", name_of(unit)),
                }
            }
            Scalar::Timedelta(unit, _) => {
                let ticks = Timedelta64::new(ticks(scalar, bytes), unit).ticks();
                let ticks = ticks.map_or_else(|| "'NaT'".to_owned(), |ticks| ticks.to_string());
                match unit {
                    TimeUnit::Generic => write!(out, "np.timedelta64({ticks})"),
                    unit => write!(out, "np.timedelta64({ticks},'{}')", name_of(unit)),
                }
            }
            Scalar::Void(_)
            | Scalar::Int8
            | Scalar::UInt8
            | Scalar::Int(..)
            | Scalar::UInt(..)
            | Scalar::Float(..) => {
                // `void24` is `void` of 24 bits.
                let name =
                    if matches!(scalar, Scalar::Void(_)) { "void".to_owned() } else { self.dtype().name() };
                write!(out, "np.{name}({text})")
            }
        }
        .ok()?;
        Some(out)
    }
}

/// A unit as `datetime64` takes it.
fn name_of(unit: TimeUnit) -> String {
    match unit {
        TimeUnit::Generic => "generic".to_owned(),
        TimeUnit::Multiple(count, unit) if count.get() == 1 => unit.abbreviation().to_owned(),
        TimeUnit::Multiple(count, unit) => format!("{count}{}", unit.abbreviation()),
    }
}

/// Without the parentheses around it.
fn bare(text: &str) -> &str {
    text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text)
}
