//! Rust types as elements: what a file's elements become, and what a Rust array's elements are written as.

use super::memory::Fill;
use crate::{DType, Result};

/// Bytes decoded at a time: they stay in the L2 cache between the copy, the swap and the decoding.
const CHUNK: usize = 64 << 10;

/// A Rust type that an array's elements can be read into and written from.
///
/// Decoding is exact: it takes the dtypes that hold just these values, in either byte order, and refuses the others
/// with `ErrorKind::InvalidInput`; [`DynArray::cast`](crate::DynArray::cast) converts.
///
/// | Rust | dtype |
/// |---|---|
/// | `bool` | `?` |
/// | `i8` ... `i64`, `isize`, `u8` ... `u64`, `usize` | `i1` ... `u8` |
/// | [`half::f16`], `f32`, `f64`, [`LongDouble`](crate::LongDouble) | `f2` ... `f16` |
/// | [`num_complex::Complex`] of `f32`, `f64`, `LongDouble` | `c8` ... `c32` |
/// | `String`, [`FixedStr<N>`](crate::FixedStr) | `U` |
/// | [`ByteString`](crate::ByteString), [`FixedBytes<N>`](crate::FixedBytes) | `S` |
/// | [`half::bf16`] | `V2`, as `ml_dtypes` writes its `bfloat16` |
/// | [`Void<N>`](crate::Void) | `V` |
/// | [`Datetime64`](crate::Datetime64), [`Timedelta64`](crate::Timedelta64) | `M8`, `m8` |
/// | `[T; N]`, in a record | subarrays |
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an element of an array",
    label = "no element of any dtype",
    note = "elements are numbers, `bool`, `String`, `FixedStr`, `FixedBytes`, `ByteString`, `Datetime64` and their like, arrays `[T; N]` of them, and structs with `#[derive(numio::Element)]`"
)]
pub trait Element: Sized + 'static {
    /// The dtype in which these items are written: the native one of the type, or for texts the one that holds the
    /// longest of them.
    fn dtype_for(items: &mut dyn Iterator<Item = &Self>) -> DType;

    /// Appends the `count` items that are contiguous in `bytes`, which are `count` times the itemsize long.
    ///
    /// # Errors
    /// `InvalidInput` if a dtype of this kind does not decode into `Self`; `InvalidData` if the bytes do not. Its
    /// offset counts from the start of `bytes`.
    fn decode(dtype: &DType, bytes: &[u8], count: usize, out: &mut Vec<Self>) -> Result<()>;

    /// Appends this item's bytes as an element of `dtype`, which came from [`dtype_for`](Self::dtype_for).
    ///
    /// # Errors
    /// `InvalidInput` if the dtype does not hold the item after all, such as a text longer than any dtype.
    fn encode(&self, dtype: &DType, out: &mut Vec<u8>) -> Result<()>;

    /// The dtype of every item, if it does not depend on their values.
    fn fixed_dtype() -> Option<DType> {
        None
    }

    /// The `descr` under which files have these items, if it is not that of their dtype: `'<V2'` for `bfloat16`, which is
    /// raw bytes to NumPy. Default: that of the dtype.
    fn descr() -> Option<&'static str> {
        None
    }

    /// The items' own memory, if it equals the output of [`encode`](Self::encode).
    fn as_bytes(items: &[Self]) -> Option<&[u8]> {
        let _ = items;
        None
    }

    /// Reads `count` items of `dtype` from `fill`, in as many calls as needed. If the memory of the items equals the
    /// file's bytes, one call writes straight to it.
    ///
    /// # Errors
    /// As [`decode`](Self::decode); `Io` if memory does not suffice; else any error of `fill`.
    #[doc(hidden)]
    fn read(dtype: &DType, count: usize, mut fill: Fill<'_>) -> Result<Vec<Self>> {
        let itemsize = dtype.itemsize();
        let step = (CHUNK / itemsize.max(1)).max(1);
        let mut out = Vec::new();
        // A dtype that does not decode is refused before anything is read.
        Self::decode(dtype, &[], 0, &mut out)?;
        let mut chunk = Vec::new();
        while out.len() < count {
            let items = step.min(count - out.len());
            chunk.truncate(items * itemsize);
            let start = fill.offset;
            fill.read(&mut chunk, items * itemsize, &|_| {})?;
            // Reserve as items arrive: a header may claim more of them than there are.
            out.try_reserve(items).map_err(|_| std::io::Error::from(std::io::ErrorKind::OutOfMemory))?;
            Self::decode(dtype, &chunk, items, &mut out)
                .map_err(|error| error.relocated(|offset| start?.checked_add(offset)))?;
        }
        Ok(out)
    }
}

/// An [`Element`] whose memory is the file's bytes in native order, so that it is read in place and viewed without a
/// copy. `bytemuck` guarantees that any bytes are a valid value.
///
/// A struct that [`bytemuck`](crate::bytemuck) takes, with `#[repr(C)]` and without gaps, becomes one by `#[numio(pod)]`:
///
#[cfg_attr(feature = "derive", doc = "```")]
#[cfg_attr(not(feature = "derive"), doc = "```ignore")]
/// use ndarray::Ix1;
/// use numio::{DynArray, Element};
///
/// #[derive(Element, Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
/// #[numio(pod)]
/// #[repr(C)]
/// struct Point {
///     x: f64,
///     y: f64,
/// }
///
/// let points = DynArray::from_array(&[Point { x: 1.0, y: 2.0 }])?;
/// assert_eq!(points.dtype().to_string(), "[('x', '<f8'), ('y', '<f8')]");
/// assert_eq!(points.view::<Point, Ix1>()?[0].y, 2.0);
/// # Ok::<(), numio::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "the memory of a `{Self}` is not that of an array's element",
    note = "numbers can be viewed in place, and structs with `#[derive(numio::Element)]` and `#[numio(pod)]`; others are copied by `to_array`"
)]
pub trait PlainElement: Element + bytemuck::Pod {
    /// The dtype whose bytes these are. If its itemsize is not the size of the type, nothing is viewed or read.
    fn dtype() -> DType;
}
