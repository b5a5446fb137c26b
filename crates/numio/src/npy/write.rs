//! Arrays to bytes (`write_array` in `numpy/lib/_format_impl.py`).

use std::io::{self, BufWriter, Write};

use super::fault::Fault;
use super::{Header, Version};
use crate::array::byte_len;
use crate::objects::dump;
use crate::parallel::check;
use crate::pickle::Dumper;
use crate::{ArrayLike, DynArray, Error, ErrorKind, Order, Result};

/// Up to here, header and data go out in one call.
const SMALL: usize = 64 << 10;

/// What one call writes of a large array. Measured on ext4: smaller ones cost more calls, larger ones find the page
/// cache's free lists empty.
const CHUNK: usize = 8 << 20;

/// What is gathered of elements that do not stand side by side.
pub(super) const GATHERED: usize = 1 << 20;

/// How Python objects are written.
#[derive(Debug, Clone)]
pub(crate) struct Pickling {
    /// Whether they are.
    pub(crate) allowed: bool,
    pub(crate) dumper: Dumper,
}

impl Default for Pickling {
    fn default() -> Self {
        Self { allowed: true, dumper: Dumper::new() }
    }
}

/// An array on its way into a file.
pub(crate) struct Outgoing<'a> {
    pub(crate) header: Vec<u8>,
    pub(crate) body: Body<'a>,
    /// How many bytes the body takes.
    pub(crate) len: usize,
}

/// What stands behind the header.
pub(crate) enum Body<'a> {
    /// The elements, or a pickle of all of them, as they stand in memory.
    Bytes(&'a [u8]),
    /// The elements as the array writes them.
    Gathered(&'a dyn ArrayLike),
    /// A pickle of all of them.
    Pickle(Vec<u8>),
}

impl<'a> Body<'a> {
    /// The pickle of an array of objects: its own, or one made now.
    fn pickled(array: &'a dyn ArrayLike, pickling: &Pickling) -> Result<Self> {
        if let Some(pickle) = array.pickle() {
            return Ok(Self::Bytes(pickle));
        }
        let objects = array.as_dynamic().ok_or_else(|| Fault::NotCarried { dtype: array.dtype() })?;
        Ok(Self::Pickle(dump(objects, &pickling.dumper)?))
    }
}

impl<'a> Outgoing<'a> {
    /// In the oldest version that holds the header, or in the one asked for.
    ///
    /// # Errors
    /// `InvalidInput` where the version does not hold the header, and where objects are of no array that carries them;
    /// `NotAllowed` for objects that are not allowed.
    pub(crate) fn new(
        array: &'a dyn ArrayLike,
        version: Option<Version>,
        pickling: &Pickling,
    ) -> Result<Self> {
        let dtype = array.dtype();
        let (itemsize, has_objects) = (dtype.itemsize(), dtype.has_objects());
        if has_objects && !pickling.allowed {
            let why = "object arrays cannot be saved when allow_pickle=False";
            return Err(Error::new(ErrorKind::NotAllowed, why));
        }
        let header = Header::new(dtype, array.shape(), array.order())?;
        let header = match version {
            Some(version) => header.with_version(version)?,
            None => header,
        };
        let body = match array.as_bytes() {
            _ if has_objects => Body::pickled(array, pickling)?,
            Some(bytes) => Body::Bytes(bytes),
            None => Body::Gathered(array),
        };
        let len = match &body {
            Body::Bytes(bytes) => bytes.len(),
            Body::Pickle(pickle) => pickle.len(),
            Body::Gathered(_) => byte_len(header.shape(), itemsize)?,
        };
        Ok(Self { header: header.to_bytes(), body, len })
    }

    /// Writes the header's bytes and what stands behind it.
    ///
    /// # Errors
    /// What `out` says.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let data = match &self.body {
            Body::Bytes(bytes) => bytes,
            Body::Pickle(pickle) => pickle.as_slice(),
            Body::Gathered(array) => {
                let mut gathered = BufWriter::with_capacity(GATHERED, out);
                gathered.write_all(&self.header)?;
                array.write_to(&mut gathered)?;
                return gathered.flush();
            }
        };
        write_data(out, &self.header, data)
    }
}

fn write_data(out: &mut dyn Write, header: &[u8], data: &[u8]) -> io::Result<()> {
    if data.len() <= SMALL {
        return out.write_all(&[header, data].concat());
    }
    out.write_all(header)?;
    data.chunks(CHUNK).try_for_each(|chunk| {
        check()?;
        out.write_all(chunk)
    })
}

/// Writes the elements in `order`, whatever the array's own.
///
/// # Errors
/// What `out` says; `LimitExceeded` or `Io` where the copy that another order takes finds no memory.
pub(super) fn write_in(out: &mut dyn Write, array: &dyn ArrayLike, order: Order) -> Result<()> {
    let long_axes = array.shape().iter().filter(|&&axis| axis > 1).count();
    if array.order() == order || long_axes < 2 {
        return Ok(array.write_to(out)?);
    }
    Ok(DynArray::copy_of(array)?.pieces(order, &mut |piece| out.write_all(piece))?)
}
