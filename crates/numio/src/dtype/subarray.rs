//! A dtype and a shape that make another dtype: the second half of NumPy's `(base, shape)`.

use std::sync::Arc;

use super::error::DTypeError;
use super::record::MAX_DIMS;
use super::{DType, Scalar, Subarray};
use crate::literal::{Literal, Value, excerpt};
use crate::{Error, Result};

/// `base` with a shape: a subarray, or a text type that has no length yet with a length.
pub(super) fn with_shape(base: DType, shape: &Literal<'_>) -> Result<DType> {
    let fault = || Error::from(DTypeError::Shape(excerpt(shape))).at(shape.offset as u64);
    let dimension = |value: &Value<'_>| match value {
        Value::Int(int) => int.to_i64().and_then(|size| i32::try_from(size).ok()).filter(|size| *size >= 0),
        _ => None,
    };
    if let DType::Scalar(scalar @ (Scalar::Bytes(0) | Scalar::Str(0, _) | Scalar::Void(0))) = base {
        let length = dimension(&shape.value).map(i32::unsigned_abs).ok_or_else(fault)?;
        return Ok(DType::Scalar(match scalar {
            Scalar::Bytes(_) => Scalar::Bytes(length),
            Scalar::Str(_, order) if length <= i32::MAX.unsigned_abs() / 4 => Scalar::Str(length, order),
            Scalar::Void(_) => Scalar::Void(length),
            _ => return Err(fault()),
        }));
    }
    if matches!(&base, DType::Subarray(empty) if empty.itemsize() == 0) {
        // NumPy takes this for a text type and a length, and makes a dtype that contradicts itself.
        return Err(fault());
    }
    let shape_at = shape.offset;
    let shape: Option<Vec<usize>> = match &shape.value {
        Value::Tuple(items) if items.is_empty() => return Ok(base),
        Value::Tuple(items) | Value::List(items) if (1..=MAX_DIMS).contains(&items.len()) => {
            items.iter().map(|item| Some(dimension(&item.value)? as usize)).collect()
        }
        value => dimension(value).map(|size| vec![size as usize]),
    };
    let subarray =
        Subarray::new(base, shape.ok_or_else(fault)?).map_err(|error| error.at(shape_at as u64))?;
    Ok(DType::Subarray(Arc::new(subarray)))
}
