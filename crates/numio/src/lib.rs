//! NumPy's array files: what `numpy.load` and its family do, in Rust, on files that nobody has to trust.
//!
//! [`load`] reads any file and gives a [`Loaded`]; its array is a [`DynArray`], of any dtype and rank, which is
//! [viewed](DynArray::view) as an `ndarray` without a copy or [converted](DynArray::to_array) into one. [`read_npy`] goes
//! straight to a type that is known. [`save()`] writes whatever is [`ArrayLike`], byte for byte as NumPy does, and
//! replaces a file whole or not at all. [`LoadOptions`] holds what the first two leave at its default; the [`npy`]
//! module has the parts: headers, streams of arrays, ranges of rows, appending, memory maps.
//!
//! # Write, then read as a known type
//!
//! ```
//! use ndarray::{Array2, array};
//!
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("123.npy");
//! numio::save(&path, &array![[1_i64, 2, 3], [4, 5, 6]])?;
//! let a: Array2<i64> = numio::read_npy(&path)?;
//! assert_eq!(a.row(1).sum(), 15);
//! # Ok::<(), numio::Error>(())
//! ```
//!
//! # Read whatever is there
//!
//! ```
//! use ndarray::{Ix2, s};
//!
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("123.npy");
//! # numio::save(&path, &ndarray::array![[1_i64, 2, 3], [4, 5, 6]])?;
//! let x = numio::load(&path)?.into_array()?;
//! assert_eq!(format!("{x:?}"), "array([[1, 2, 3],\n       [4, 5, 6]])");
//! assert_eq!((x.dtype().name().as_str(), x.shape()), ("int64", &[2, 3][..]));
//! assert_eq!(x.view::<i64, Ix2>()?.slice(s![1, ..]).sum(), 15);
//! # Ok::<(), numio::Error>(())
//! ```
//!
//! # What a file cannot do
//!
//! Nothing in a file makes code run. A length that a file claims is checked against the available bytes and against
//! [`Limits`] before memory is taken for it. Every fault is an [`Error`] that says where it is, what was found there
//! and what was wanted.
mod array;
pub(crate) mod datetime;
mod deflate;
mod dtype;
mod error;
pub(crate) mod format;
pub(crate) mod io;
mod limits;
mod load;
pub mod npy;
pub mod npz;
mod num;
mod objects;
mod parallel;
mod save;
pub mod text;

use numio_pickle::repr;

pub use crate::io::{AtomicFile, MmapMode, ReadAt};
pub use array::{
    ArrayDisplay, ArrayLike, Datetime64, DynArray, DynView, Element, FixedBytes, FixedStr, FloatMode, Item,
    LongDouble, Order, PlainElement, PrintOptions, Sign, Slice, SliceItem, Timedelta64, Void,
};
#[doc(hidden)]
pub use dtype::literal;
pub use dtype::{
    ByteOrder, ComplexWidth, DType, DatetimeUnit, Field, FieldName, FloatWidth, IntWidth, Record, Scalar,
    Subarray, TimeUnit,
};
pub use error::{Container, Error, ErrorKind, Result};
pub use format::FileFormat;
pub use limits::Limits;
pub use load::{LoadOptions, Loaded, from_reader, from_slice, load, read_npy};
pub use npy::{Appender, FromNpy, NpyFile, NpyStream, WriteOptions};
pub use npz::{Compression, NpzArchive, NpzWriter};
#[doc(inline)]
pub use numio_pickle as pickle;
pub use numio_pickle::repr::escape_controls;
pub use objects::{
    ArrayObject, Elements, GlobalExt, MaskedArray, NumpyObject, NumpyReader, ObjectExt, StringDType, audit,
    audit_within,
};
pub use parallel::{CancelToken, num_threads, set_num_threads, with_num_threads};
pub use save::{npz_to_writer, positional, save, savez, savez_compressed, to_writer, with_suffix};

/// A struct as an element of a structured dtype.
///
/// The dtype has the struct's fields in order, packed as NumPy packs them; `#[numio(align)]` on the struct lays them
/// out as C does. A field may be `#[numio(rename = "...")]`d, and given a `#[numio(title = "...")]`. Every field's
/// type is an [`Element`] itself: numbers, texts, times, other such structs, and arrays `[T; N]`. `#[numio(pod)]` makes
/// a struct of plain fields a [`PlainElement`] too, which is viewed in place.
///
/// Reading finds the file's fields by name, in any order and byte order; fields that the struct does not name are
/// passed over, and one that the file does not have is an error.
///
/// ```
/// use numio::{DynArray, Element};
///
/// #[derive(Element, Debug, Clone, PartialEq)]
/// struct Particle {
///     id: u32,
///     #[numio(rename = "v")]
///     velocity: [f32; 3],
/// }
///
/// let particles = vec![Particle { id: 7, velocity: [0.0, 1.5, 2.0] }];
/// assert_eq!(Particle::fixed_dtype().unwrap().to_string(), "[('id', '<u4'), ('v', '<f4', (3,))]");
/// # let mut bytes = Vec::new();
/// # particles[0].encode(&Particle::fixed_dtype().unwrap(), &mut bytes)?;
/// # let mut back = Vec::new();
/// # Particle::decode(&Particle::fixed_dtype().unwrap(), &bytes, 1, &mut back)?;
/// # assert_eq!(back, particles);
/// # Ok::<(), numio::Error>(())
/// ```
#[cfg(feature = "derive")]
pub use numio_derive::Element;

/// The functions that `#[derive(Element)]` calls.
#[cfg(feature = "derive")]
#[doc(hidden)]
pub use array::derive;

// The derive names this crate from outside; its own tests need the same name.
extern crate self as numio;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
