//! Masked arrays (`MaskedArray.__setstate__` in `numpy/ma/core.py`).

use std::sync::Arc;

use super::array::{self, Parts};
use super::dtype::{PART_BYTES, Reading};
use super::error::Fault;
use super::forms::{self, Form};
use super::read::{bytes, int, shown, tuple};
use crate::pickle::{Call, Object};
use crate::{DType, DynArray, Error, ErrorKind, Field, Record, Result, Subarray};

/// NumPy's masked array: data, and which of them do not count.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MaskedArray {
    /// The elements, the masked ones too.
    pub data: DynArray,
    /// True where an element is masked: of the data's shape, and of its dtype with a boolean for each number in it.
    pub mask: DynArray,
    /// What stands in for masked elements, as an array without axes; nothing where that is NumPy's default.
    pub fill_value: Option<DynArray>,
}

pub(super) fn find(object: Object<'_>) -> Result<Option<MaskedArray>> {
    find_in(object, &mut Reading::of(object.graph()))
}

/// The same among other objects that are read.
pub(super) fn find_in(object: Object<'_>, reading: &mut Reading) -> Result<Option<MaskedArray>> {
    let Some((Form::Masked, call)) = forms::of(object) else { return Ok(None) };
    let Some([class, base, _, _]) = call.args().array() else { return Ok(None) };
    if !forms::is_masked_class(class) || !forms::is_array_class(base) {
        return Ok(None);
    }
    let mut read = || {
        let state = forms::state(&call, "a masked array")?.ok_or(Fault::NoState { of: "a masked array" })?;
        masked(state, reading)
    };
    read().map(Some).map_err(|error: Error| error.at(call.offset() as u64))
}

/// The dtype in the state of a masked array.
pub(super) fn dtype<'g>(call: &Call<'g>) -> Option<Object<'g>> {
    call.state()?.as_tuple().ok()?.get(2)
}

/// `(version, shape, dtype, is Fortran, elements, mask, fill value)`.
fn masked(state: Object<'_>, reading: &mut Reading) -> Result<MaskedArray> {
    let items = tuple(state, "masked array state")?;
    let Some([version, .., mask, fill]) = items.array::<7>() else {
        return Err(Fault::part("masked array state", "7 parts", items.len().to_string()).into());
    };
    let version = int(version, "masked array state")?;
    if version != 1 {
        return Err(Fault::Version { of: "a masked array", found: version.to_string() }.into());
    }
    let parts = Parts::of(items.iter().skip(1), reading)?;
    // The mask has a dtype of its own.
    reading.spend(PART_BYTES.saturating_mul(reading.parts(parts.dtype_object)))?;
    let bits = bytes(mask).ok_or_else(|| Fault::part("mask", "bytes", shown(mask)))?;
    reading.spend(bits.len() as u64)?;
    let mask = array::filled(mask_of(&parts.dtype)?, &parts.shape, parts.order, &bits)?;
    let data = parts.build(reading)?;
    let data = if data.dtype().as_scalar().is_some() { data.to_native()? } else { data };
    let fill_value = if fill.is_none() { None } else { Some(single(fill, reading)?) };
    Ok(MaskedArray { data, mask, fill_value })
}

fn single(object: Object<'_>, reading: &mut Reading) -> Result<DynArray> {
    if let Some(scalar) = array::scalar_in(object, reading)? {
        return Ok(scalar);
    }
    match array::find_in(object, reading)? {
        Some(array) if array.ndim() == 0 => Ok(array),
        _ => Err(Fault::part("fill value", "a single element", shown(object)).into()),
    }
}

/// The dtype with a boolean in place of each scalar, and its fields packed.
fn mask_of(dtype: &DType) -> Result<DType> {
    Ok(match dtype {
        DType::Scalar(_) => DType::BOOL,
        DType::Subarray(subarray) => {
            let masks = Subarray::new(mask_of(subarray.base())?, subarray.shape().to_vec());
            DType::Subarray(Arc::new(masks.map_err(large)?))
        }
        DType::Record(record) => {
            let mut offset = 0_usize;
            let mut fields = Vec::new();
            for field in record.fields() {
                let dtype = mask_of(&field.dtype)?;
                let end = offset.saturating_add(dtype.itemsize());
                fields.push(Field { dtype, offset, ..field.clone() });
                offset = end;
            }
            Record::new(fields, offset, false).map_err(large)?.into()
        }
    })
}

fn large(error: Error) -> Error {
    error.with_kind(ErrorKind::InvalidData)
}
