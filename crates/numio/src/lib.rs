//! numio
mod array;
mod dtype;
mod error;
mod limits;
pub mod literal;
mod load;
pub mod npy;
pub mod pickle;
mod repr;
mod save;
mod source;
pub mod text;

pub use array::{
    ArrayLike, Datetime64, DynArray, Element, FixedBytes, FixedStr, FloatMode, Item, LongDouble, Order, Pod,
    PrintOptions, Sign, Slice, SliceItem, Timedelta64, Void,
};
pub use dtype::{
    ByteOrder, ComplexWidth, DType, Field, FieldName, FloatWidth, IntWidth, Record, Scalar, Subarray,
    TimeUnit, Unit,
};
pub use error::{Error, ErrorKind, Result};
pub use limits::Limits;
pub use load::{LoadOptions, Loaded, load, read};
pub use save::{SaveOptions, save, save_to};
pub use source::{MmapMode, ReadAt};

/// A struct as an element of a structured dtype.
///
/// The dtype has the struct's fields in order, packed as NumPy packs them; `#[numio(align)]` on the struct lays them
/// out as C does. A field may be `#[numio(rename = "...")]`d, and given a `#[numio(title = "...")]`. Every field's
/// type is an [`Element`] itself: numbers, texts, times, other such structs, and arrays `[T; N]`.
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

/// What `#[derive(Element)]` calls.
#[cfg(feature = "derive")]
#[doc(hidden)]
pub use array::derive;

// The derive names this crate from outside; its own tests need the same name.
extern crate self as numio;
