//! Support code for `#[derive(Element)]`: a structured element is read as columns and written field by field.

use super::elements::{decode_pod, holds};
use super::error::Fault;
use super::{Element, PlainElement};
use crate::dtype::FieldName;
use crate::error::reserve;
use crate::{DType, Record, Result};

/// The dtype of a struct: its fields one after another, or as C aligns them.
///
/// # Panics
/// If the struct exceeds NumPy's limit of 2^31 - 1 bytes.
#[expect(clippy::panic, reason = "a struct of 2 GiB is a mistake in the program, whatever files hold")]
pub fn record<const N: usize>(
    name: &str,
    align: bool,
    fields: [(&'static str, Option<&'static str>, DType); N],
) -> DType {
    let fields = fields.map(|(name, title, dtype)| {
        let name = title.map_or_else(|| FieldName::from(name), |title| FieldName::from((title, name)));
        (name, dtype)
    });
    let record = if align { Record::aligned(fields) } else { Record::packed(fields) };
    match record {
        Ok(record) => DType::from(record),
        Err(error) => panic!("{name} cannot be an element: {error}"),
    }
}

/// Contiguous elements of a record.
pub struct Rows<'a> {
    name: &'static str,
    record: &'a Record,
    bytes: &'a [u8],
    count: usize,
}

impl<'a> Rows<'a> {
    /// `count` elements of `dtype`, to become structs of that name.
    ///
    /// # Errors
    /// `InvalidInput` if the dtype has no fields.
    pub fn new(name: &'static str, dtype: &'a DType, bytes: &'a [u8], count: usize) -> Result<Self> {
        match dtype.as_record() {
            Some(record) => Ok(Self { name, record, bytes, count }),
            None => Err(Fault::OtherDType { found: dtype.clone(), wanted: name.to_owned() }.into()),
        }
    }

    /// The field of that name (or title) of every element. Fields that the struct does not name are left alone.
    ///
    /// # Errors
    /// `InvalidInput` if there is no such field, or it does not decode into `T`; `InvalidData` if the bytes do not.
    pub fn column<T: Element>(&self, field: &'static str) -> Result<Vec<T>> {
        let found = self.record.field(field).ok_or_else(|| Fault::NoField {
            wanted: field,
            of: self.name,
            found: self.record.fields().iter().map(|field| field.name.to_string()).collect(),
        })?;
        let (start, size) = (found.offset, found.dtype.itemsize());
        let mut bytes = Vec::new();
        reserve(&mut bytes, self.count.saturating_mul(size))?;
        if size > 0 {
            let rows = self.bytes.chunks_exact(self.record.itemsize()).take(self.count);
            rows.filter_map(|row| row.get(start..start + size))
                .for_each(|part| bytes.extend_from_slice(part));
        }
        let mut items = Vec::new();
        let within_rows = |at: u64| {
            let (row, within) = (at.checked_div(size as u64)?, at.checked_rem(size as u64)?);
            row.checked_mul(self.record.itemsize() as u64)?.checked_add(start as u64)?.checked_add(within)
        };
        T::decode(&found.dtype, &bytes, self.count, &mut items)
            .map_err(|error| error.relocated(within_rows).with_context(format!("field '{field}'")))?;
        Ok(items)
    }
}

/// Appends the variants of an enum whose numbers, of type `N`, are contiguous in `bytes`.
///
/// # Errors
/// `InvalidData` for a number that is no variant's; else as [`Element::decode`] of `N`.
pub fn decode_enum<N: Element + std::fmt::Display + Copy, T>(
    name: &'static str,
    dtype: &DType,
    bytes: &[u8],
    count: usize,
    out: &mut Vec<T>,
    variant: impl Fn(N) -> Option<T>,
) -> Result<()> {
    let mut numbers = Vec::new();
    N::decode(dtype, bytes, count, &mut numbers)?;
    reserve(out, numbers.len())?;
    for (index, &number) in numbers.iter().enumerate() {
        let unknown = || Fault::NoVariant { of: name, number: number.to_string() };
        let found = variant(number)
            .ok_or_else(|| crate::Error::from(unknown()).with_offset((index * dtype.itemsize()) as u64))?;
        out.push(found);
    }
    Ok(())
}

/// Appends `items` if `bytes` are their memory unchanged; returns false if they must be decoded field by field.
pub fn decode_plain<T: PlainElement>(
    dtype: &DType,
    bytes: &[u8],
    count: usize,
    out: &mut Vec<T>,
) -> Result<bool> {
    let plain = holds::<T>(dtype);
    if plain {
        decode_pod(dtype, bytes, count, out)?;
    }
    Ok(plain)
}

/// The memory of plain items. Packed, they have no gaps in NumPy either; aligned, NumPy may see some where Rust sees
/// none, before a long double.
pub fn plain_bytes<T: PlainElement>(items: &[T], aligned: bool) -> Option<&[u8]> {
    let as_numpy = !aligned || T::dtype().itemsize() == size_of::<T>();
    bytemuck::try_cast_slice(items).ok().filter(|_| as_numpy)
}

/// One element of a record while it is written.
pub struct Row<'a> {
    record: Option<&'a Record>,
    start: usize,
    out: &'a mut Vec<u8>,
}

impl<'a> Row<'a> {
    /// The next element, appended to `out`.
    pub fn new(dtype: &'a DType, out: &'a mut Vec<u8>) -> Self {
        Self { record: dtype.as_record(), start: out.len(), out }
    }

    /// Its field of that number, after zeros up to where the field starts.
    ///
    /// # Errors
    /// `InvalidInput` if the value does not fit the field.
    pub fn field<T: Element>(&mut self, index: usize, value: &T) -> Result<()> {
        match self.record.and_then(|record| record.fields().get(index)) {
            Some(field) => {
                self.out.resize(self.start + field.offset, 0);
                value.encode(&field.dtype, self.out)
            }
            None => Ok(()),
        }
    }

    /// Zeros up to the end of the element.
    pub fn end(self) {
        let size = self.record.map_or(0, Record::itemsize);
        self.out.resize(self.start + size, 0);
    }
}
