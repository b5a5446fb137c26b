//! Dtypes as `arraydescr_reduce` (`descriptor.c`) writes them; the reader's file says what stands in a state.

use super::Saver;
use crate::pickle::{Filled, Op, Writer};
use crate::{ByteOrder, DType, Record, Result, Scalar, Subarray, TimeUnit};

/// What dtypes tell NumPy's own code: of objects, of texts, of records, and of records whose fields are aligned.
const OBJECT: i64 = 0x3f;
const TEXT: i64 = 0x08;
const RECORD: i64 = 0x10;
const ALIGNED: i64 = 0x80;

/// What a record takes over from its fields.
const INHERITED: i64 = 0x1b;

impl Saver<'_, '_> {
    /// A dtype; of those of which there is one object, from the memo if it was written before.
    pub(super) fn dtype(&mut self, dtype: &DType) -> Result<()> {
        let single = dtype.as_scalar().filter(|scalar| is_single(*scalar));
        if let Some(&index) = single.and_then(|scalar| self.dtypes.get(&scalar)) {
            self.writer().boundary();
            self.writer().get(index);
            return Ok(());
        }
        let writer = self.writer();
        writer.save_global("numpy", "dtype")?;
        writer.open_tuple(3);
        writer.save_str(&text(dtype))?;
        writer.save_bool(false);
        writer.save_bool(true);
        writer.close_tuple(3)?;
        let index = writer.reduce()?;
        match dtype {
            DType::Scalar(scalar) => scalar_state(writer, *scalar)?,
            DType::Record(record) => self.record_state(dtype, record)?,
            DType::Subarray(subarray) => self.subarray_state(dtype, subarray)?,
        }
        self.writer().op(Op::Build);
        self.dtypes.extend(single.map(|scalar| (scalar, index)));
        Ok(())
    }

    fn record_state(&mut self, dtype: &DType, record: &Record) -> Result<()> {
        let fields = record.fields();
        let writer = self.writer();
        open_state(writer, 3, "|", 8)?;
        writer.save_none();
        writer.open_tuple(fields.len());
        fields.iter().try_for_each(|field| writer.save_name(&field.name))?;
        writer.close_tuple(fields.len())?;
        // Titles are keys too, with the same value.
        let titles = fields.iter().filter(|field| field.title.is_some()).count();
        let mut dict = writer.open(Filled::Dict, Some(fields.len() + titles))?;
        for field in fields {
            dict.before(self.writer());
            self.writer().save_name(&field.name)?;
            let parts = if field.title.is_some() { 3 } else { 2 };
            self.writer().open_tuple(parts);
            self.dtype(&field.dtype)?;
            let writer = self.writer();
            writer.save_wide(field.offset as i128)?;
            if let Some(title) = &field.title {
                writer.save_name(title)?;
            }
            writer.tuple(parts);
            let index = writer.put()?;
            dict.after(writer);
            if let Some(title) = &field.title {
                dict.before(writer);
                writer.save_name(title)?;
                writer.boundary();
                writer.get(index);
                dict.after(writer);
            }
        }
        let writer = self.writer();
        dict.finish(writer);
        close_state(writer, dtype)?;
        writer.close_tuple(8)
    }

    fn subarray_state(&mut self, dtype: &DType, subarray: &Subarray) -> Result<()> {
        open_state(self.writer(), 3, "|", 8)?;
        self.writer().open_tuple(2);
        self.dtype(subarray.base())?;
        let writer = self.writer();
        writer.save_shape(subarray.shape())?;
        writer.close_tuple(2)?;
        writer.save_none();
        writer.save_none();
        close_state(writer, dtype)?;
        writer.close_tuple(8)
    }
}

/// Whether NumPy has just one dtype object for it.
fn is_single(scalar: Scalar) -> bool {
    match scalar {
        Scalar::Datetime(..)
        | Scalar::Timedelta(..)
        | Scalar::Bytes(_)
        | Scalar::Str(..)
        | Scalar::Void(_) => false,
        _ => scalar.byte_order().is_none_or(|order| order == ByteOrder::NATIVE),
    }
}

/// Kind and size: `f8`, `U3`, `M8`, `V12`.
fn text(dtype: &DType) -> String {
    match dtype {
        DType::Scalar(Scalar::Bool) => "b1".to_owned(),
        DType::Scalar(Scalar::Str(length, _)) => format!("U{length}"),
        DType::Scalar(scalar) => format!("{}{}", scalar.kind(), scalar.itemsize()),
        DType::Record(_) | DType::Subarray(_) => format!("V{}", dtype.itemsize()),
    }
}

/// A state of so many parts, up to its byte order.
fn open_state(writer: &mut Writer, version: i64, order: &str, parts: usize) -> Result<()> {
    writer.open_tuple(parts);
    writer.save_int(version);
    writer.save_str(order)
}

fn close_state(writer: &mut Writer, dtype: &DType) -> Result<()> {
    match dtype {
        // The text says how large they are.
        DType::Scalar(scalar) if !matches!(scalar, Scalar::Bytes(_) | Scalar::Void(_) | Scalar::Str(..)) => {
            writer.save_int(-1);
            writer.save_int(-1);
        }
        _ => {
            writer.save_wide(dtype.itemsize() as i128)?;
            writer.save_wide(dtype.alignment() as i128)?;
        }
    }
    writer.save_int(flags(dtype));
    Ok(())
}

fn flags(dtype: &DType) -> i64 {
    match dtype {
        DType::Scalar(Scalar::Object) => OBJECT,
        DType::Scalar(Scalar::Str(..)) => TEXT,
        DType::Scalar(_) => 0,
        DType::Subarray(subarray) => flags(subarray.base()),
        DType::Record(record) => {
            let fields = record.fields().iter().fold(0, |all, field| all | flags(&field.dtype));
            RECORD | (fields & INHERITED) | if record.is_aligned() { ALIGNED } else { 0 }
        }
    }
}

fn scalar_state(writer: &mut Writer, scalar: Scalar) -> Result<()> {
    let unit = match scalar {
        Scalar::Datetime(unit, _) | Scalar::Timedelta(unit, _) => Some(unit),
        _ => None,
    };
    let order = scalar.byte_order().map_or('|', ByteOrder::char);
    let (version, parts) = if unit.is_some() { (4, 9) } else { (3, 8) };
    open_state(writer, version, order.encode_utf8(&mut [0; 4]), parts)?;
    (0..3).for_each(|_| writer.save_none());
    close_state(writer, &DType::Scalar(scalar))?;
    if let Some(unit) = unit {
        let (name, count) = match unit {
            TimeUnit::Generic => ("generic", 1),
            TimeUnit::Multiple(count, unit) => (unit.abbreviation(), count.get()),
        };
        writer.open_tuple(2);
        writer.save_none();
        writer.open_tuple(4);
        writer.save_bytes(name.as_bytes())?;
        [count, 1, 1].into_iter().for_each(|part| writer.save_int(part.into()));
        writer.close_tuple(4)?;
        writer.close_tuple(2)?;
    }
    writer.close_tuple(parts)
}
