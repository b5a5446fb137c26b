//! What an array of a file can become.

use ndarray::{Array, ArrayD, Dimension, IxDyn, ShapeBuilder};

use super::body::Body;
use super::contents::Contents;
use super::fault::Fault;
use crate::array::{Buffer, Data, Fill, Layout, Memory, Then};
use crate::{DynArray, Element, Error, ErrorKind, Order, Result};

/// What an array of a file can be read into: `ndarray`'s `Array` of any rank, `Vec` for one axis, and [`DynArray`] for
/// whatever it is. The elements are any [`Element`] of the file's dtype, in either byte order.
///
/// Fortran order is kept: the `Array`'s first axis is then the one of the smallest stride.
pub trait FromNpy: FromBody {}

impl<A: FromBody> FromNpy for A {}

/// The part of [`FromNpy`] that is the crate's own business.
pub trait FromBody: Sized {
    /// Reads the `len` bytes of `body`.
    ///
    /// # Errors
    /// `InvalidInput` where `Self` is of another dtype or rank; else as `Body::read`.
    fn from_body(contents: Contents, body: Body<'_>, len: usize) -> Result<Self>;
}

impl FromBody for DynArray {
    fn from_body(contents: Contents, mut body: Body<'_>, len: usize) -> Result<Self> {
        refuse_objects(&contents)?;
        let mut buffer = Buffer::zeroed(0)?;
        let offset = body.read(&contents, len, &mut buffer, &|_| {})?;
        let layout = Layout::contiguous(&contents.shape, contents.dtype.itemsize(), contents.order);
        let layout = Layout { offset, ..layout };
        Ok(Self::from_parts(contents.dtype, layout, Data::Owned(buffer.into())))
    }
}

impl<T: Element> FromBody for Vec<T> {
    fn from_body(contents: Contents, body: Body<'_>, len: usize) -> Result<Self> {
        check_rank(&contents, Some(1))?;
        items(&contents, body, len)
    }
}

impl<T: Element, D: Dimension> FromBody for Array<T, D> {
    fn from_body(contents: Contents, body: Body<'_>, len: usize) -> Result<Self> {
        check_rank(&contents, D::NDIM)?;
        let items = items(&contents, body, len)?;
        let shape = IxDyn(&contents.shape).set_f(contents.order == Order::Fortran);
        let array = ArrayD::from_shape_vec(shape, items).and_then(ArrayD::into_dimensionality);
        array.map_err(|error| Error::new(ErrorKind::LimitExceeded, error.to_string()))
    }
}

fn refuse_objects(contents: &Contents) -> Result<()> {
    match contents.dtype.has_objects() {
        true => Err(Error::from(Fault::Objects { dtype: contents.dtype.clone(), doing: "read by type" })),
        false => Ok(()),
    }
}

fn check_rank(contents: &Contents, wanted: Option<usize>) -> Result<()> {
    match wanted {
        Some(wanted) if wanted != contents.shape.len() => {
            Err(Error::from(Fault::Rank { shape: contents.shape.clone(), wanted }))
        }
        _ => Ok(()),
    }
}

/// What elements without bytes may take in memory, as no byte of the file pays for them.
const FREE: usize = 64 << 10;

/// The elements in the order of the file.
fn items<T: Element>(contents: &Contents, mut body: Body<'_>, len: usize) -> Result<Vec<T>> {
    refuse_objects(contents)?;
    let count: usize = contents.shape.iter().product();
    if len == 0 && count.saturating_mul(size_of::<T>()) > FREE {
        return Err(Error::from(Fault::NoBytes { dtype: contents.dtype.clone() }));
    }
    let start = body.offset();
    // Some bodies come all at once; who wants them in parts is given them from memory.
    let mut held: Option<(Vec<u8>, u64)> = None;
    let mut fill = |memory: &mut dyn Memory, part: usize, then: Then<'_>| {
        let is_whole = matches!(body, Body::Blocks { .. } | Body::Packed { .. });
        if part < len && is_whole && held.is_none() {
            let mut all = Vec::new();
            body.read(contents, len, &mut all, &|_| {})?;
            held = Some((all, 0));
        }
        if let Some((all, offset)) = &mut held {
            Body::At { source: &all.as_slice(), offset: *offset }.read(contents, part, memory, then)?;
            *offset += part as u64;
            return Ok(());
        }
        body.read(contents, part, memory, then)?;
        body.advance(part);
        Ok(())
    };
    T::read(&contents.dtype, count, Fill::new(&mut fill, start))
}
