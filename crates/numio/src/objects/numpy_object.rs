//! The object that NumPy would make by a call, for those who make NumPy's own objects: more is told than a `DynArray` has,
//! such as the class.

use std::borrow::Cow;

use crate::objects::decode::Parts;
use crate::objects::dtype_state::{Found, Reading, StringDType};
use crate::objects::forms::Form;
use crate::objects::{ObjectError, decode, forms};
use crate::pickle::{Call, Children, Graph, InlineValue, Object, RawValue};
use crate::{ByteOrder, DType, DynArray, Error, MaskedArray, Order, Result};

/// An object of NumPy's, checked as [`ObjectExt::as_array`](crate::ObjectExt::as_array) checks it.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[allow(
    clippy::large_enum_variant,
    reason = "the variants are built once and matched, not stored in numbers"
)]
pub enum NumpyObject<'g> {
    /// A `dtype`.
    DType {
        /// Which.
        dtype: DType,
        /// True if its elements are `numpy.record`.
        records: bool,
        /// True if that is all of it: see [`ArrayObject::exact`].
        exact: bool,
    },
    /// A `StringDType`.
    StringDType(StringDType<'g>),
    /// An `ndarray`.
    Array(ArrayObject<'g>),
    /// A scalar, as an array without axes.
    Scalar {
        /// Its value.
        scalar: DynArray,
        /// True for a `numpy.record`.
        records: bool,
        /// Its dtype in the pickle.
        dtype: Object<'g>,
        /// As [`ArrayObject::exact`].
        exact: bool,
    },
    /// A masked array.
    Masked {
        /// Its class: `MaskedArray`, `MaskedRecords`, or `mvoid`, of which a record alone is.
        class: &'g str,
        /// The class of its data: one of those of [`ArrayObject`].
        base: &'g str,
        /// Data, mask and fill value.
        array: MaskedArray,
        /// The dtype of its data in the pickle.
        dtype: Object<'g>,
        /// As [`ArrayObject::exact`].
        exact: bool,
    },
    /// `numpy.ma.masked`.
    MaskedConstant,
}

/// An array of NumPy's, or of one of its subclasses of which elements are all there is.
#[derive(Debug, Clone)]
pub struct ArrayObject<'g> {
    /// The class: `ndarray`, `matrix`, `recarray`, `chararray` or `memmap`.
    pub class: &'g str,
    /// True if its elements are `numpy.record`.
    pub records: bool,
    /// Its dtype in the pickle, by which arrays that share one may be told.
    pub dtype: Object<'g>,
    /// True if the [`DType`] tells all of the dtype. Else there is metadata, a number has fields, elements of fields are
    /// `numpy.record`, or it is C's `long long` where a `long` is as large.
    pub exact: bool,
    /// True if NumPy lets the array be written to: not where protocol 5 has its elements as `bytes`.
    pub writable: bool,
    /// Its content.
    pub elements: Elements<'g>,
}

/// The elements of an array.
#[derive(Debug, Clone)]
pub enum Elements<'g> {
    /// Plain ones, by their bytes in memory: as many as the dtype and the shape take.
    Bytes {
        /// The bytes.
        bytes: Cow<'g, [u8]>,
        /// Their dtype.
        dtype: DType,
        /// The shape.
        shape: Vec<usize>,
        /// The order in memory.
        order: Order,
    },
    /// Those of records with objects in them, and whatever else is not at hand in the order and byte order of memory.
    Array(DynArray),
    /// Strings of any length.
    Strings {
        /// Strings and the value for missing ones, as many as the shape says, the last index varying fastest.
        items: Children<'g>,
        /// The shape.
        shape: Vec<usize>,
        /// The order in memory.
        order: Order,
        /// The dtype.
        dtype: StringDType<'g>,
    },
    /// Objects.
    Objects {
        /// As many items as the shape says, the last index varying fastest.
        items: Children<'g>,
        /// The shape.
        shape: Vec<usize>,
        /// The order in memory.
        order: Order,
    },
}

/// Checks the state of an array of whatever class; `None` if it is no array that has a state.
pub(super) fn check_array(object: Object<'_>) -> Option<Result<()>> {
    match forms::of(object) {
        Some((Form::Reconstruct, call)) => {
            let mut reading = Reading::of(object.graph());
            let parts = decode::parts(&call, &mut reading);
            let elements = parts.and_then(|parts| Elements::of(parts, &mut reading));
            Some(elements.map(drop).map_err(|error| error.with_offset(call.offset() as u64)))
        }
        _ => None,
    }
}

/// The memory of NumPy's own objects besides their elements, roughly.
const ARRAY_BYTES: u64 = 256;
const SCALAR_BYTES: u64 = 64;
const MASKED_BYTES: u64 = 4096;

/// Reads many objects of NumPy's out of one graph, where [`ObjectExt::as_numpy`](crate::ObjectExt::as_numpy) reads one: dtypes that they share are read
/// once, and together they take at most 32 bytes of memory for each byte of the pickle, and 32 MiB besides. A pickle that
/// gives one large part to many objects can ask for any amount.
#[derive(Debug)]
pub struct NumpyReader<'g> {
    graph: &'g Graph,
    reading: Reading,
}

impl<'g> NumpyReader<'g> {
    /// For the objects of that graph.
    pub fn new(graph: &'g Graph) -> Self {
        Self { graph, reading: Reading::of(graph) }
    }

    /// Accounts for bytes that the caller is about to build out of the same pickle.
    ///
    /// # Errors
    /// `LimitExceeded` where that is more than the size of the pickle justifies.
    pub fn spend(&mut self, bytes: u64) -> Result<()> {
        Ok(self.reading.spend(bytes)?)
    }

    /// The object of NumPy's that an object is; nothing where it is something else, or of another graph.
    ///
    /// # Errors
    /// As [`ObjectExt::as_numpy`](crate::ObjectExt::as_numpy); `LimitExceeded` where all that has been read takes more than the size of the pickle justifies.
    pub fn read(&mut self, object: Object<'g>) -> Result<Option<NumpyObject<'g>>> {
        object.as_call().map_or(Ok(None), |call| self.read_call(object, call))
    }

    /// The same of an object whose call is at hand.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_call(&mut self, object: Object<'g>, call: Call<'g>) -> Result<Option<NumpyObject<'g>>> {
        let form = forms::of_call(&call).filter(|_| object.graph().ptr_eq(self.graph));
        let Some(form) = form else { return Ok(None) };
        Ok(Some(match form {
            Form::DType => {
                let Found { dtype, records, exact, .. } = self.reading.found(object)?;
                NumpyObject::DType { dtype, records, exact }
            }
            Form::StringDType => match StringDType::of(object)? {
                Some(found) => NumpyObject::StringDType(found),
                None => return Ok(None),
            },
            Form::Reconstruct | Form::FromBuffer => {
                self.reading.spend(ARRAY_BYTES)?;
                let found = self.array(object, form, &call);
                let found = found.map_err(|error: Error| error.with_offset(call.offset() as u64))?;
                return Ok(found.map(NumpyObject::Array));
            }
            Form::Joblib => {
                self.reading.spend(ARRAY_BYTES)?;
                let found = self.joblib(&call).map_err(|error: Error| error.at(call.offset() as u64))?;
                return Ok(found.map(NumpyObject::Array));
            }
            Form::Scalar => match (decode::scalar_in(object, &mut self.reading)?, call.args().get(0)) {
                (Some(scalar), Some(dtype)) => {
                    // An array is made of it, and the scalar of that.
                    self.reading.spend(SCALAR_BYTES + 2 * scalar.dtype().itemsize() as u64)?;
                    let Found { records, exact, .. } = self.reading.found(dtype)?;
                    NumpyObject::Scalar { scalar, records, dtype, exact }
                }
                _ => return Ok(None),
            },
            Form::Masked => {
                self.reading.spend(MASKED_BYTES)?;
                let found = decode::masked_find_in(object, &mut self.reading)?;
                match (found, call.args().array(), decode::dtype(&call)) {
                    (Some(array), Some([class, base, _, _]), Some(dtype)) => {
                        let name = |class: Object<'g>| class.as_global().map_or("", |global| global.name);
                        // NumPy copies both parts.
                        let bytes =
                            (array.data.size() as u64).saturating_mul(array.data.dtype().itemsize() as u64);
                        self.reading.spend(bytes.saturating_mul(2))?;
                        let Found { exact, .. } = self.reading.found(dtype)?;
                        NumpyObject::Masked { class: name(class), base: name(base), array, dtype, exact }
                    }
                    _ => return Ok(None),
                }
            }
            Form::MaskedConstant => {
                if !call.args().is_empty() || forms::state(&call, "a constant")?.is_some() {
                    return Err(ObjectError::Extra { of: "a constant", what: "arguments or a state" }.into());
                }
                NumpyObject::MaskedConstant
            }
        }))
    }

    fn joblib(&mut self, call: &Call<'g>) -> Result<Option<ArrayObject<'g>>> {
        let Some(InlineValue::Bytes { .. }) = call.inline_value() else { return Ok(None) };
        let parts = decode::joblib(call, &mut self.reading)?;
        let (records, dtype, exact) = (parts.records, parts.dtype_object, parts.exact);
        let elements = Elements::of(parts, &mut self.reading)?;
        Ok(Some(ArrayObject { class: "ndarray", records, dtype, exact, writable: true, elements }))
    }

    fn array(&mut self, object: Object<'g>, form: Form, call: &Call<'g>) -> Result<Option<ArrayObject<'g>>> {
        let args = call.args();
        if let (Form::FromBuffer, Some(dtype)) = (form, args.get(1)) {
            let Found { records, exact, .. } = self.reading.found(dtype)?;
            let writable = !args.get(0).is_some_and(is_constant);
            let found = decode::find_in(object, &mut self.reading)?.map(Elements::Array);
            return Ok(found.map(|elements| ArrayObject {
                class: "ndarray",
                records,
                dtype,
                exact,
                writable,
                elements,
            }));
        }
        let class = args.get(0).filter(|class| forms::is_array_class(*class)).and_then(Object::as_global);
        let Some(class) = class.filter(|_| args.len() == 3) else {
            // Another class, or another count of arguments, of which `find` tells.
            decode::find_in(object, &mut self.reading)?;
            return Ok(None);
        };
        let parts = decode::parts(call, &mut self.reading)?;
        let (records, dtype, exact) = (parts.records, parts.dtype_object, parts.exact);
        let elements = Elements::of(parts, &mut self.reading)?;
        Ok(Some(ArrayObject { class: class.name, records, dtype, exact, writable: true, elements }))
    }
}

impl<'g> Elements<'g> {
    fn of(parts: Parts<'g>, reading: &mut Reading) -> Result<Self> {
        if parts.dtype == DType::OBJECT {
            let items = parts.items()?;
            reading.spend(8 * items.len() as u64)?;
            if let Some(dtype) = parts.strings {
                return Ok(Self::Strings { items, shape: parts.shape, order: parts.order, dtype });
            }
            return Ok(Self::Objects { items, shape: parts.shape, order: parts.order });
        }
        let is_native = match parts.dtype.as_scalar() {
            Some(scalar) => scalar.byte_order().is_none_or(|order| order == ByteOrder::NATIVE),
            // Records stay as they are.
            None => true,
        };
        if parts.dtype.has_objects() || !is_native {
            let array = parts.found(reading)?;
            // Others copy it once more.
            reading.spend((array.size() as u64).saturating_mul(array.dtype().itemsize() as u64))?;
            return Ok(Self::Array(array));
        }
        let bytes = parts.plain()?;
        reading.spend(bytes.len() as u64)?;
        Ok(Self::Bytes { bytes, dtype: parts.dtype, shape: parts.shape, order: parts.order })
    }
}

/// True for a buffer that cannot be changed.
fn is_constant(buffer: Object<'_>) -> bool {
    matches!(buffer.raw(), RawValue::Bytes(_) | RawValue::Buffer(_, true))
}
