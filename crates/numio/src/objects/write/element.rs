//! Elements of records as the Python values that `VOID_getitem` and its neighbours (`arraytypes.c.src`) make of them.

use super::Saver;
use crate::objects::unit::{DAY, SECOND, micros_of};
use crate::pickle::Writer;
use crate::{Datetime64, DatetimeUnit, DynArray, Item, Result, TimeUnit, Timedelta64};

/// The most days of a `datetime.timedelta`.
const MOST_DAYS: i64 = 999_999_999;

impl Saver<'_, '_> {
    /// An element of `array`.
    pub(super) fn item(&mut self, item: Item, array: &DynArray) -> Result<()> {
        let writer = self.graph.writer();
        match item {
            Item::Bool(value) => writer.save_bool(value),
            Item::Int(value) => writer.save_int(value),
            Item::UInt(value) => writer.save_wide(value.into())?,
            Item::Float(value) => writer.save_float(value),
            Item::Complex(value) => {
                writer.save_global("builtins", "complex")?;
                writer.open_tuple(2);
                writer.save_float(value.re);
                writer.save_float(value.im);
                writer.close_tuple(2)?;
                writer.reduce()?;
            }
            // Python has no such numbers.
            Item::LongDouble(value) => self.scalar(&DynArray::copy_of(&value)?)?,
            Item::LongComplex(value) => self.scalar(&DynArray::copy_of(&value)?)?,
            Item::Bytes(bytes) | Item::Void(bytes) => writer.save_bytes(&bytes)?,
            Item::Str(text) => writer.save_str(&text)?,
            Item::Datetime(value) => moment(writer, value)?,
            Item::Timedelta(value) => duration(writer, value)?,
            Item::Record(fields) => {
                let count = fields.len();
                writer.open_tuple(count);
                for (_, item) in fields {
                    self.item(item, array)?;
                }
                self.writer().close_tuple(count)?;
            }
            Item::Object(number) => self.object(number, array)?,
            Item::Array(inner) => self.array(&inner)?,
        }
        Ok(())
    }

    /// The object of a number. Where nothing has been put NumPy finds `None`.
    fn object(&mut self, number: u64, array: &DynArray) -> Result<()> {
        match self.objects.and_then(|graph| graph.object(number)) {
            Some(object) => self.graph.save(object),
            None if number == 0 => {
                self.writer().save_none();
                Ok(())
            }
            // Says so.
            None => array.object(number).map(|_| ()),
        }
    }

    /// `scalar(dtype, bytes)`.
    fn scalar(&mut self, value: &DynArray) -> Result<()> {
        let writer = self.writer();
        writer.save_global("numpy._core.multiarray", "scalar")?;
        writer.open_tuple(2);
        self.dtype(value.dtype())?;
        let writer = self.writer();
        writer.save_bytes(&value.to_bytes())?;
        writer.close_tuple(2)?;
        writer.reduce()?;
        Ok(())
    }
}

/// A `date` or a `datetime` where those have the unit and the year, `None` for NaT, else the ticks.
fn moment(writer: &mut Writer, value: Datetime64) -> Result<()> {
    let Some(ticks) = value.ticks() else {
        writer.save_none();
        return Ok(());
    };
    let unit = match value.unit() {
        TimeUnit::Multiple(_, unit) if unit <= DatetimeUnit::Microsecond => unit,
        _ => {
            writer.save_int(ticks);
            return Ok(());
        }
    };
    let text = value.to_unit(TimeUnit::one(DatetimeUnit::Microsecond)).map(|value| value.to_string());
    let Some(parts) = text.ok().and_then(|text| calendar(&text)) else {
        writer.save_int(ticks);
        return Ok(());
    };
    let [year, month, day, hour, minute, second, micro] = parts;
    let [_, _, high, low] = year.to_be_bytes();
    let [_, high_micro, mid_micro, low_micro] = micro.to_be_bytes();
    let small = |part: u32| part as u8;
    let mut packed = vec![high, low, small(month), small(day)];
    if unit >= DatetimeUnit::Hour {
        packed.extend([small(hour), small(minute), small(second), high_micro, mid_micro, low_micro]);
    }
    writer.save_global("datetime", if unit >= DatetimeUnit::Hour { "datetime" } else { "date" })?;
    writer.open_tuple(1);
    writer.save_bytes(&packed)?;
    writer.close_tuple(1)?;
    writer.reduce()?;
    Ok(())
}

/// Year to microsecond of `2020-01-31T00:00:00.000000`; nothing for years that Python does not have.
fn calendar(text: &str) -> Option<[u32; 7]> {
    let mut parts = text.split(['-', 'T', ':', '.']).map(|part| part.parse().ok());
    let mut next = || parts.next().flatten();
    let found = [next()?, next()?, next()?, next()?, next()?, next()?, next()?];
    matches!(found, [1..=9999, ..]).then_some(found)
}

/// A `timedelta` where that has the unit and the days, `None` for NaT, else the ticks.
fn duration(writer: &mut Writer, value: Timedelta64) -> Result<()> {
    let Some(ticks) = value.ticks() else {
        writer.save_none();
        return Ok(());
    };
    let micros = micros_of(value.unit()).map(|micros| i128::from(ticks) * micros);
    let day = i128::from(DAY);
    let parts = micros.and_then(|micros| {
        let days = i64::try_from(micros.div_euclid(day)).ok()?;
        let rest = micros.rem_euclid(day) as i64;
        (-MOST_DAYS..=MOST_DAYS).contains(&days).then_some([days, rest / SECOND, rest % SECOND])
    });
    let Some(parts) = parts else {
        writer.save_int(ticks);
        return Ok(());
    };
    writer.save_global("datetime", "timedelta")?;
    writer.open_tuple(3);
    parts.into_iter().for_each(|part| writer.save_int(part));
    writer.close_tuple(3)?;
    writer.reduce()?;
    Ok(())
}
