//! Arrays to bytes (`write_array` in `numpy/lib/_format_impl.py`).

use std::io::{self, BufWriter, Write};

use super::fault::Fault;
use super::{Header, Version};
use crate::{ArrayLike, DynArray, Error, Order, Result};

/// Up to here, header and data go out in one call.
const SMALL: usize = 64 << 10;

/// What one call writes of a large array. Measured on ext4: smaller ones cost more calls, larger ones find the page
/// cache's free lists empty.
const CHUNK: usize = 8 << 20;

/// What is gathered of elements that do not stand side by side.
pub(super) const GATHERED: usize = 1 << 20;

/// The header of `array`, in the oldest version that holds it or in the one asked for.
///
/// # Errors
/// `Unsupported` for Python objects, `Argument` where the version does not hold the header.
pub(crate) fn header_for(array: &dyn ArrayLike, version: Option<Version>) -> Result<Header> {
    let dtype = array.dtype();
    if dtype.has_objects() {
        return Err(Error::from(Fault::Objects { dtype, doing: "saved yet" }));
    }
    let header = Header::new(dtype, array.shape(), array.order())?;
    match version {
        Some(version) => header.with_version(version),
        None => Ok(header),
    }
}

/// Writes the header's bytes and the elements.
///
/// # Errors
/// What `out` says.
pub(crate) fn write_array(out: &mut dyn Write, header: &[u8], array: &dyn ArrayLike) -> io::Result<()> {
    let Some(data) = array.as_bytes() else {
        let mut gathered = BufWriter::with_capacity(GATHERED, out);
        gathered.write_all(header)?;
        array.write_to(&mut gathered)?;
        return gathered.flush();
    };
    if data.len() <= SMALL {
        return out.write_all(&[header, data].concat());
    }
    out.write_all(header)?;
    data.chunks(CHUNK).try_for_each(|chunk| out.write_all(chunk))
}

/// Writes the elements in `order`, whatever the array's own.
///
/// # Errors
/// What `out` says; `Limit` or `Io` where the copy that another order takes finds no memory.
pub(super) fn write_in(out: &mut dyn Write, array: &dyn ArrayLike, order: Order) -> Result<()> {
    let long_axes = array.shape().iter().filter(|&&axis| axis > 1).count();
    if array.order() == order || long_axes < 2 {
        return Ok(array.write_to(out)?);
    }
    Ok(DynArray::copy_of(array)?.pieces(order, &mut |piece| out.write_all(piece))?)
}
