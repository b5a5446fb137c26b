//! NumPy's array files: what `numpy.load` and its family do, in Rust, on files that nobody has to trust.
//!
//! [`load`] reads any file and gives a [`Loaded`]; its array is a [`DynArray`], of any dtype and rank, which is
//! [viewed](DynArray::view) as an `ndarray` without a copy or [converted](DynArray::to_array) into one. [`read_npy`] goes
//! straight to a type that is known. [`save()`] writes whatever is [`ArrayLike`], byte for byte as NumPy does, and
//! replaces a file whole or not at all. [`LoadOptions`] and [`WriteOptions`] have what these leave at its default.
//!
//! | to | there is |
//! |---|---|
//! | read and write one array (`.npy`) | [`read_npy`], [`load`], [`save()`], [`to_writer`], [`from_reader`], [`from_slice`]; of a known type from a stream or from bytes: [`NpyStream`] |
//! | look into a file, read some rows or a slice | [`NpyFile`] |
//! | read and write parts of arrays that stay in their file, or in an object store | [`LazyArray`], [`lazy::create`]; module [`lazy`] |
//! | write rows as they come, append, read arrays one after another | [`RowWriter`], [`Appender`], [`NpyStream`] |
//! | read and write archives (`.npz`) | [`NpzArchive`], [`savez`], [`savez_compressed`], [`NpzWriter`]; module [`npz`] |
//! | read and write SciPy's sparse matrices | [`npz::Sparse`] |
//! | map files into memory | [`LoadOptions::mmap`], [`npy::MemmapOptions`] |
//! | read object arrays and pickles, of which nothing is run | [`Loaded::into_object`], [`DynArray::objects`]; module [`pickle`] |
//! | see what a pickle would run in Python | [`audit`] |
//! | read and write text | [`text::LoadTxt`], [`text::GenFromTxt`], [`text::SaveTxt`]; module [`text`] |
//! | use structs as elements | [`derive@Element`] |
//! | convert and print as NumPy does | [`DynArray::cast`], [`DynArray::cast_with`], [`DynArray::display`] |
//! | compare arrays, describe what is in them | modules [`compare`] and [`stats`] |
//! | stop a call, bound its threads and its memory | [`CancelToken`], [`with_num_threads`], [`Limits`] |
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
//! let rows: Vec<[i64; 3]> = numio::read_npy(&path)?; // Rust's own types do as well
//! assert_eq!(rows[1], [4, 5, 6]);
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
//! # Archives
//!
//! ```
//! use ndarray::{Array1, array};
//! use numio::NpzArchive;
//!
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("model.npz");
//! numio::savez_compressed(&path, [("weights", array![0.5, 1.5]), ("bias", array![-1.0])])?;
//! let model = NpzArchive::open(&path)?;
//! let bias: Array1<f64> = model.read("bias")?; // only this member is read
//! assert_eq!(bias.to_vec(), [-1.0]);
//! # Ok::<(), numio::Error>(())
//! ```
//!
//! # Features
//!
//! | feature | default | what it brings |
//! |---|---|---|
//! | `derive` | yes | `#[derive(Element)]` |
//! | `libdeflate` | yes | deflate by libdeflate, which needs a C compiler; by zlib-rs otherwise, with the same files and interface |
//! | `bzip2`, `lzma` | yes | members and texts compressed so, in pure Rust |
//! | `zstd` | yes | Zstandard, which needs a C compiler |
//! | `text` | yes | the module `text`: `loadtxt`, `genfromtxt` and `savetxt` |
//! | `regex` | yes | `text::from_regex`, and `text` with it |
//! | `serde` | no | pickles of Rust values, and back |
//! | `sprs` | no | sparse matrices to and from those of the crate `sprs` |
//! | `object-store` | no | `lazy::StoreOptions`: arrays in S3, Google Cloud Storage and Azure, and on web servers, blocking and async |
//!
//! Without `libdeflate` and `zstd` all of it is Rust, and builds where there is no C compiler. Systems without positioned
//! reads are served by seeks under a lock; `RUSTFLAGS="--cfg numio_portable"` does so everywhere, for tests.
//!
//! Arrays are those of [`ndarray`], which is exported again, as are [`half`], [`num_complex`] and [`bytemuck`]: their versions
//! are the ones that this crate takes.
//!
//! # What a file cannot do
//!
//! Nothing in a file makes code run. A length that a file claims is checked against the available bytes and against
//! [`Limits`] before memory is taken for it. Every fault is an [`Error`] that says where it is, what was found there
//! and what was wanted.
#![cfg_attr(
    not(feature = "text"),
    allow(
        dead_code,
        unused_imports,
        reason = "what only the module `text` uses is compiled to nothing without it"
    )
)]

mod array;
pub mod blocks;
pub mod compare;
pub mod compression;
pub(crate) mod datetime;
mod dtype;
mod error;
pub(crate) mod format;
pub(crate) mod io;
pub mod lazy;
mod limits;
mod load;
pub mod npy;
pub mod npz;
mod num;
mod objects;
mod parallel;
mod save;
pub mod stats;
#[cfg(feature = "text")]
pub mod text;

use numio_pickle::repr;

pub use bytemuck;
pub use half;
pub use ndarray;
pub use num_complex;
#[cfg(feature = "sprs")]
pub use sprs;

pub use crate::io::{AtomicFile, FileStream, MmapMode, ReadAt, ReadRange};
pub use array::{
    ArrayDisplay, ArrayLike, ByteString, Casting, Datetime64, DynArray, DynView, Element, FixedBytes,
    FixedStr, FloatMode, Item, LongDouble, Order, PlainElement, PrintOptions, Sign, Slice, SliceItem,
    Timedelta64, Void,
};
#[doc(hidden)]
pub use dtype::literal;
pub use dtype::{
    ByteOrder, ComplexWidth, DType, DatetimeUnit, Field, FieldName, FloatWidth, IntWidth, Record, Scalar,
    Subarray, TimeUnit, Title,
};
pub use error::{Container, Error, ErrorKind, ExceptionClass, Result, redact_urls};
pub use format::FileFormat;
pub use lazy::LazyArray;
pub use limits::Limits;
pub use load::{LoadOptions, Loaded, from_reader, from_slice, load, read_npy};
pub use npy::{Appender, FromNpy, NpyFile, NpyStream, RowWriter, WriteOptions};
pub use npz::{Compression, NpzArchive, NpzWriter};
#[doc(inline)]
pub use numio_pickle as pickle;
pub use numio_pickle::repr::escape_controls;
pub use objects::{
    ArrayObject, Elements, GlobalExt, GraphExt, JOBLIB, MaskedArray, NumpyObject, NumpyReader, ObjectExt,
    StringDType, audit, audit_within,
};
pub use parallel::{CancelToken, num_threads, set_num_threads, with_num_threads};
pub use save::{npz_to_writer, positional, save, save_rows, savez, savez_compressed, to_writer, with_suffix};

/// The version of this library.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The names of the Cargo features that this build of the library has.
pub const FEATURES: &[&str] = &[
    #[cfg(feature = "bzip2")]
    "bzip2",
    #[cfg(feature = "derive")]
    "derive",
    #[cfg(feature = "libdeflate")]
    "libdeflate",
    #[cfg(feature = "lzma")]
    "lzma",
    #[cfg(feature = "object-store")]
    "object-store",
    #[cfg(feature = "regex")]
    "regex",
    #[cfg(feature = "serde")]
    "serde",
    #[cfg(feature = "sprs")]
    "sprs",
    #[cfg(feature = "zstd")]
    "zstd",
];

/// A struct as an element of a structured dtype, or an enum as one of integers.
///
/// The dtype has the struct's fields in order, packed as NumPy packs them; `#[numio(align)]` on the struct lays them
/// out as C does. A field may be `#[numio(rename = "...")]`d, and given a `#[numio(title = "...")]`. Every field's
/// type is an [`Element`] itself: numbers, texts, times, other such structs, and arrays `[T; N]`. Fields of tuple structs are
/// named as NumPy names those without names: `f0`, `f1`, ... Structs may be generic.
///
/// | attribute of the type | what it does |
/// |---|---|
/// | `#[numio(align)]` | lays fields out as C does |
/// | `#[numio(pod)]` | makes a struct of plain fields a [`PlainElement`] too, which is viewed in place; it has no gaps, is `#[repr(C)]`, and derives `Clone`, `Copy`, `bytemuck::Pod` and `bytemuck::Zeroable` |
/// | `#[numio(transparent)]` | takes the only field as the element itself |
/// | `#[numio(crate = "...")]` | names this crate where it is known under another path |
///
/// An enum without data and with the `#[repr(...)]` of an integer is that integer in a file; reading a number that is no
/// variant's is an error.
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
///
/// ```
/// use numio::{DynArray, Element};
///
/// #[derive(Element, Debug, Clone, Copy, PartialEq)]
/// #[repr(u8)]
/// enum Quality {
///     Good = 1,
///     Bad,
/// }
///
/// #[derive(Element)]
/// struct Sample<T>(T, Quality);
///
/// let samples = DynArray::from_array(&[Sample(0.5_f32, Quality::Good), Sample(1.5, Quality::Bad)])?;
/// assert_eq!(samples.dtype().to_string(), "[('f0', '<f4'), ('f1', 'u1')]");
/// assert_eq!(samples.field("f1")?.to_array::<Quality, ndarray::Ix1>()?[1], Quality::Bad);
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
