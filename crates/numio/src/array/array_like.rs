//! Arrays that can be saved.

use std::io::Write;
use std::{io, slice};

use half::{bf16, f16};
use ndarray::{ArrayBase, ArrayRef, Axis, Data, Dimension};
use num_complex::Complex;

use crate::array::element::Element;
use crate::array::elements::{encode_text, text_dtype};
use crate::array::error::Fault;
use crate::array::layout::pieces;
use crate::array::{ByteString, Datetime64, DynArray, Layout, LongDouble, Order, Timedelta64};
use crate::{DType, Result};

/// Anything that is written as an array: `ndarray` arrays and views of any layout, slices, vectors, Rust arrays, vectors
/// of vectors, elements with their shape (`(vec, [2, 3])`), single values, [`DynArray`](crate::DynArray), and references to them.
///
/// ```
/// use numio::{ArrayLike, DType, Order};
///
/// let square = ndarray::array![[1_i32, 2], [3, 4]];
/// assert_eq!(square.dtype(), DType::INT32);
/// assert_eq!(square.t().order(), Order::Fortran);
/// assert_eq!([0.5, 1.5].shape(), [2]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that can be saved as an array",
    note = "arrays are `ndarray`'s, slices, vectors and Rust arrays of elements, vectors of vectors, `(elements, shape)`, single values, and `numio::DynArray`"
)]
pub trait ArrayLike {
    /// The dtype of the elements, as written.
    fn dtype(&self) -> DType;

    /// The text of the dtype in a file, if it is another than [`DType::descr`] gives: NumPy's for a dtype of another
    /// package, such as `'<V2'`. Default: none.
    fn descr(&self) -> Option<String> {
        None
    }

    /// Number of elements along each axis.
    fn shape(&self) -> Vec<usize>;

    /// The order in which [`write_to`](Self::write_to) writes: Fortran only for arrays that are contiguous in Fortran
    /// order and not in C order, as NumPy decides.
    fn order(&self) -> Order;

    /// All bytes as they will be written, if memory already holds them in that form.
    fn as_bytes(&self) -> Option<&[u8]>;

    /// The array, if it is a [`DynArray`]: its elements may be Python objects, which are written as a pickle.
    fn as_dynamic(&self) -> Option<&DynArray> {
        None
    }

    /// The pickle of the whole array, for Python objects that are pickled already: a file holds it instead of the
    /// elements. Default: none.
    fn pickle(&self) -> Option<&[u8]> {
        None
    }

    /// Returns an error if this is no array after all: nested vectors may be of different lengths. Default: it is one.
    ///
    /// # Errors
    /// `InvalidInput`.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Writes the elements, one after another in [`order`](Self::order).
    ///
    /// # Errors
    /// Any error of `out`.
    fn write_to(&self, out: &mut dyn Write) -> io::Result<()>;
}

/// Bytes of encoded elements gathered before a write.
const CHUNK: usize = 64 << 10;

/// The dtype of the elements of an array: of these `items`, unless the type alone decides.
fn dtype_of<'a, T: Element + 'a>(mut items: impl Iterator<Item = &'a T>) -> DType {
    T::fixed_dtype().unwrap_or_else(|| T::dtype_for(&mut items))
}

/// The axes that each element adds, if elements are small arrays.
pub(crate) fn inner_shape<T: Element>() -> Vec<usize> {
    match T::fixed_dtype().unwrap_or_else(|| T::dtype_for(&mut std::iter::empty())) {
        DType::Subarray(subarray) => subarray.shape().to_vec(),
        _ => Vec::new(),
    }
}

/// An array's own dtype: elements that are small arrays give it their axes, as in NumPy.
fn outermost(dtype: DType) -> DType {
    match dtype {
        DType::Subarray(subarray) => subarray.base().clone(),
        dtype => dtype,
    }
}

/// Writes `items` as elements of `dtype`.
fn write_items<'a, T: Element>(
    items: impl Iterator<Item = &'a T>,
    dtype: &DType,
    out: &mut dyn Write,
) -> io::Result<()> {
    write_encoded(items, dtype, out, T::encode)
}

fn write_encoded<T>(
    items: impl Iterator<Item = T>,
    dtype: &DType,
    out: &mut dyn Write,
    encode: impl Fn(T, &DType, &mut Vec<u8>) -> Result<()>,
) -> io::Result<()> {
    let mut chunk = Vec::with_capacity(CHUNK);
    for item in items {
        if chunk.len() + dtype.itemsize() > CHUNK {
            out.write_all(&chunk)?;
            chunk.clear();
        }
        encode(item, dtype, &mut chunk).map_err(io::Error::other)?;
    }
    out.write_all(&chunk)
}

impl<T: Element> ArrayLike for [T] {
    fn dtype(&self) -> DType {
        outermost(dtype_of(self.iter()))
    }

    fn shape(&self) -> Vec<usize> {
        [vec![self.len()], inner_shape::<T>()].concat()
    }

    fn order(&self) -> Order {
        Order::C
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        T::as_bytes(self)
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        match T::as_bytes(self) {
            Some(bytes) => out.write_all(bytes),
            None => write_items(self.iter(), &dtype_of(self.iter()), out),
        }
    }

    fn descr(&self) -> Option<String> {
        T::descr().map(str::to_owned)
    }
}

/// Rows of one length: an array of two axes, and those of the elements.
impl<T: Element> ArrayLike for [Vec<T>] {
    fn dtype(&self) -> DType {
        outermost(dtype_of(self.iter().flatten()))
    }

    fn shape(&self) -> Vec<usize> {
        [vec![self.len(), self.first().map_or(0, Vec::len)], inner_shape::<T>()].concat()
    }

    fn order(&self) -> Order {
        Order::C
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            [row] => T::as_bytes(row),
            _ => None,
        }
    }

    fn check(&self) -> Result<()> {
        let first = self.first().map_or(0, Vec::len);
        match self.iter().enumerate().find(|(_, row)| row.len() != first) {
            Some((row, found)) => Err(Fault::Ragged { row, found: found.len(), first }.into()),
            None => Ok(()),
        }
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        self.check()?;
        match T::as_bytes(&[]) {
            Some(_) => self.iter().try_for_each(|row| out.write_all(T::as_bytes(row).unwrap_or_default())),
            None => write_items(self.iter().flatten(), &dtype_of(self.iter().flatten()), out),
        }
    }

    fn descr(&self) -> Option<String> {
        T::descr().map(str::to_owned)
    }
}

/// Elements, the last index varying fastest, with their shape.
macro_rules! with_shape {
    ($([$($generics:tt)*] $elements:ty, $shape:ty;)+) => {$(
        impl<T: Element, $($generics)*> ArrayLike for ($elements, $shape) {
            fn dtype(&self) -> DType {
                ArrayLike::dtype(&self.0[..])
            }

            fn shape(&self) -> Vec<usize> {
                [&self.1[..], &inner_shape::<T>()].concat()
            }

            fn order(&self) -> Order {
                Order::C
            }

            fn as_bytes(&self) -> Option<&[u8]> {
                T::as_bytes(&self.0)
            }

            fn check(&self) -> Result<()> {
                let size = self.1.iter().try_fold(1_usize, |size, &axis| size.checked_mul(axis));
                match size == Some(self.0.len()) {
                    true => Ok(()),
                    false => Err(Fault::ShapeSize { found: self.0.len(), shape: self.1.to_vec() }.into()),
                }
            }

            fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
                self.check()?;
                ArrayLike::write_to(&self.0[..], out)
            }

            fn descr(&self) -> Option<String> {
                T::descr().map(str::to_owned)
            }
        }
    )+};
}

with_shape! {
    [] Vec<T>, Vec<usize>;
    [const D: usize] Vec<T>, [usize; D];
    [] &[T], &[usize];
    [const D: usize] &[T], [usize; D];
}

/// Hands every method on to what `$this` reaches.
macro_rules! as_its {
    ([$($generics:tt)*] $kind:ty, $this:ident => $inner:expr) => {
        impl<$($generics)*> ArrayLike for $kind {
            fn dtype(&self) -> DType {
                let $this = self;
                ArrayLike::dtype($inner)
            }

            fn shape(&self) -> Vec<usize> {
                let $this = self;
                ArrayLike::shape($inner)
            }

            fn order(&self) -> Order {
                let $this = self;
                ArrayLike::order($inner)
            }

            fn as_bytes(&self) -> Option<&[u8]> {
                let $this = self;
                ArrayLike::as_bytes($inner)
            }

            fn as_dynamic(&self) -> Option<&DynArray> {
                let $this = self;
                ArrayLike::as_dynamic($inner)
            }

            fn pickle(&self) -> Option<&[u8]> {
                let $this = self;
                ArrayLike::pickle($inner)
            }

            fn descr(&self) -> Option<String> {
                let $this = self;
                ArrayLike::descr($inner)
            }

            fn check(&self) -> Result<()> {
                let $this = self;
                ArrayLike::check($inner)
            }

            fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
                let $this = self;
                ArrayLike::write_to($inner, out)
            }
        }
    };
}

as_its!([T: Element] Vec<T>, this => this.as_slice());
as_its!([T: Element, const N: usize] [T; N], this => this.as_slice());
as_its!([T: Element] Vec<Vec<T>>, this => this.as_slice());
as_its!([T: Element, const N: usize] [Vec<T>; N], this => this.as_slice());
as_its!([] Vec<&str>, this => this.as_slice());
as_its!([const N: usize] [&str; N], this => this.as_slice());
as_its!([A: ArrayLike + ?Sized] &A, this => &**this);
as_its!([A: ArrayLike + ?Sized] &mut A, this => &**this);
as_its!([A: ArrayLike + ?Sized] Box<A>, this => &**this);
as_its!([A: ArrayLike + ?Sized] std::sync::Arc<A>, this => &**this);

/// Rows shorter than this are not worth being copied as rows.
const SHORT_ROW: usize = 8;

impl<T: Element, D: Dimension> ArrayLike for ArrayRef<T, D> {
    fn dtype(&self) -> DType {
        outermost(dtype_of(self.iter()))
    }

    fn shape(&self) -> Vec<usize> {
        [self.raw_dim().slice(), &inner_shape::<T>()].concat()
    }

    fn order(&self) -> Order {
        let is_c = self.is_standard_layout() || !inner_shape::<T>().is_empty();
        if !is_c && self.t().is_standard_layout() { Order::Fortran } else { Order::C }
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        let items = match self.order() {
            Order::C => self.as_slice(),
            Order::Fortran => self.t().to_slice(),
        };
        T::as_bytes(items?)
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        if let Some(bytes) = self.as_bytes() {
            return out.write_all(bytes);
        }
        if let Some((bytes, layout)) = memory(self) {
            return pieces(&layout, size_of::<T>(), bytes, self.order(), &mut |piece| out.write_all(piece));
        }
        let dtype = dtype_of(self.iter());
        match self.order() {
            Order::Fortran => write_items(self.t().iter(), &dtype, out),
            Order::C if rows_are_memory(self) => write_rows(self, out),
            Order::C => write_items(self.iter(), &dtype, out),
        }
    }

    fn descr(&self) -> Option<String> {
        T::descr().map(str::to_owned)
    }
}

impl<S: Data<Elem = T>, T: Element, D: Dimension> ArrayLike for ArrayBase<S, D> {
    fn dtype(&self) -> DType {
        ArrayLike::dtype(&**self)
    }

    fn shape(&self) -> Vec<usize> {
        ArrayLike::shape(&**self)
    }

    fn order(&self) -> Order {
        ArrayLike::order(&**self)
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        ArrayLike::as_bytes(&**self)
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        ArrayLike::write_to(&**self, out)
    }

    fn descr(&self) -> Option<String> {
        T::descr().map(str::to_owned)
    }
}

/// The memory and layout of the elements, if they fill it without gaps (in any order) and are written unchanged.
fn memory<T: Element, D: Dimension>(array: &ArrayRef<T, D>) -> Option<(&[u8], Layout)> {
    let bytes = T::as_bytes(array.as_slice_memory_order()?).filter(|bytes| !bytes.is_empty())?;
    let strides = array.strides().iter().map(|stride| stride * size_of::<T>() as isize);
    let mut layout =
        Layout { shape: array.raw_dim().slice().to_vec(), strides: strides.collect(), offset: 0 };
    // Along axes that run backwards, the first element is the last in memory.
    let backwards = layout.shape.iter().zip(&layout.strides).filter(|(_, stride)| **stride < 0);
    layout.offset = backwards.map(|(len, stride)| (len - 1) * stride.unsigned_abs()).sum();
    Some((bytes, layout))
}

/// Returns whether each row is written unchanged from memory, and is long enough for that to pay.
fn rows_are_memory<T: Element, D: Dimension>(array: &ArrayRef<T, D>) -> bool {
    let last = array.ndim().checked_sub(1).map(Axis);
    last.is_some_and(|last| array.len_of(last) >= SHORT_ROW && array.stride_of(last) == 1)
        && T::as_bytes(&[]).is_some()
}

/// Writes row by row, through a buffer if rows are short.
fn write_rows<T: Element, D: Dimension>(array: &ArrayRef<T, D>, out: &mut dyn Write) -> io::Result<()> {
    let mut chunk = Vec::with_capacity(CHUNK);
    for row in array.rows() {
        let bytes = row.to_slice().and_then(T::as_bytes).unwrap_or_default();
        if chunk.len() + bytes.len() > CHUNK {
            out.write_all(&chunk)?;
            chunk.clear();
        }
        if bytes.len() >= CHUNK {
            out.write_all(bytes)?;
        } else {
            chunk.extend_from_slice(bytes);
        }
    }
    out.write_all(&chunk)
}

macro_rules! scalars {
    ($($kind:ty),+ $(,)?) => {$(
        impl ArrayLike for $kind {
            fn dtype(&self) -> DType {
                dtype_of(std::iter::once(self))
            }

            fn shape(&self) -> Vec<usize> {
                Vec::new()
            }

            fn order(&self) -> Order {
                Order::C
            }

            fn as_bytes(&self) -> Option<&[u8]> {
                <$kind as Element>::as_bytes(slice::from_ref(self))
            }

            fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
                let mut bytes = Vec::new();
                self.encode(&ArrayLike::dtype(self), &mut bytes).map_err(io::Error::other)?;
                out.write_all(&bytes)
            }

            fn descr(&self) -> Option<String> {
                <$kind as Element>::descr().map(str::to_owned)
            }
        }
    )+};
}

scalars! {
    bool, i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, f16, bf16, f32, f64, LongDouble,
    Complex<f32>, Complex<f64>, Complex<LongDouble>, String, ByteString, Datetime64, Timedelta64,
}

impl ArrayLike for [&str] {
    fn dtype(&self) -> DType {
        text_dtype(self.iter().copied())
    }

    fn shape(&self) -> Vec<usize> {
        vec![self.len()]
    }

    fn order(&self) -> Order {
        Order::C
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        None
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        write_encoded(self.iter(), &ArrayLike::dtype(self), out, encode_text)
    }
}

impl ArrayLike for str {
    fn dtype(&self) -> DType {
        text_dtype([self].into_iter())
    }

    fn shape(&self) -> Vec<usize> {
        Vec::new()
    }

    fn order(&self) -> Order {
        Order::C
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        None
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        [self].as_slice().write_to(out)
    }
}

impl ArrayLike for DynArray {
    fn dtype(&self) -> DType {
        Self::dtype(self).clone()
    }

    fn shape(&self) -> Vec<usize> {
        Self::shape(self).to_vec()
    }

    fn order(&self) -> Order {
        Self::order(self)
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        Self::as_bytes(self)
    }

    fn as_dynamic(&self) -> Option<&DynArray> {
        Some(self)
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        self.pieces(Self::order(self), &mut |piece| out.write_all(piece))
    }
}
