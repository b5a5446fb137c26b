//! What NumPy would make of a call, for those who make NumPy's own objects: more is told than an array of ours holds,
//! such as the class.

use super::array::{self, Parts};
use super::error::Fault;
use super::forms::{self, Form};
use super::{dtype, masked};
use crate::array::byte_len;
use crate::pickle::{Call, Items, Object};
use crate::{DType, DynArray, Error, MaskedArray, Order, Result};

/// An object of NumPy's, checked as [`Object::as_array`] checks it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum NumpyObject<'g> {
    /// A `dtype`.
    DType {
        /// Which.
        dtype: DType,
        /// Whether its elements are `numpy.record`.
        records: bool,
    },
    /// An `ndarray`.
    Array(ArrayObject<'g>),
    /// A scalar, as an array without axes.
    Scalar {
        /// Its value.
        scalar: DynArray,
        /// Whether it is a `numpy.record`.
        records: bool,
    },
    /// A masked array.
    Masked {
        /// Its class: `MaskedArray` or `MaskedRecords`.
        class: &'g str,
        /// The class of its data: one of those of [`ArrayObject`].
        base: &'g str,
        /// Data, mask and fill value.
        array: MaskedArray,
    },
    /// `numpy.ma.masked`.
    MaskedConstant,
}

/// An array of NumPy's, or of one of its subclasses of which elements are all there is.
#[derive(Debug, Clone)]
pub struct ArrayObject<'g> {
    /// The class: `ndarray`, `matrix`, `recarray`, `chararray` or `memmap`.
    pub class: &'g str,
    /// Whether its elements are `numpy.record`.
    pub records: bool,
    /// What is in it.
    pub elements: Elements<'g>,
}

/// The elements of an array.
#[derive(Debug, Clone)]
pub enum Elements<'g> {
    /// Those of a dtype without objects, or of records with objects in them.
    Array(DynArray),
    /// Objects.
    Objects {
        /// As many items as the shape says, the last index varying fastest.
        items: Items<'g>,
        /// The shape.
        shape: Vec<usize>,
        /// The order in memory.
        order: Order,
    },
}

impl<'g> Object<'g> {
    /// The object of NumPy's that it is; nothing where it is something else.
    ///
    /// ```
    /// use numio::NumpyObject;
    ///
    /// let graph = numio::pickle::load(b"cnumpy\ndtype\n(S'f4'\nI00\nI01\ntR.")?;
    /// let Some(NumpyObject::DType { dtype, .. }) = graph.root().as_numpy()? else { panic!() };
    /// assert_eq!(dtype.to_string(), "float32");
    /// assert!(numio::pickle::load(b"N.")?.root().as_numpy()?.is_none());
    /// # Ok::<(), numio::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Format` where its state contradicts itself.
    pub fn as_numpy(self) -> Result<Option<NumpyObject<'g>>> {
        let Some((form, call)) = forms::of(self) else { return Ok(None) };
        Ok(Some(match form {
            Form::DType => {
                NumpyObject::DType { dtype: dtype::of(self)?, records: forms::is_of_records(self) }
            }
            Form::Reconstruct | Form::FromBuffer => {
                let found = array(self, form, &call).map_err(|error| error.at(call.offset() as u64))?;
                return Ok(found.map(NumpyObject::Array));
            }
            Form::Scalar => match array::scalar(self)? {
                Some(scalar) => {
                    let records = call.args().get(0).is_some_and(forms::is_of_records);
                    NumpyObject::Scalar { scalar, records }
                }
                None => return Ok(None),
            },
            Form::Masked => match (masked::find(self)?, call.args().array()) {
                (Some(array), Some([class, base, _, _])) => {
                    let name = |class: Object<'g>| class.as_global().map_or("", |global| global.name);
                    NumpyObject::Masked { class: name(class), base: name(base), array }
                }
                _ => return Ok(None),
            },
            Form::MaskedConstant => {
                if !call.args().is_empty() || forms::state(&call, "a constant")?.is_some() {
                    return Err(Fault::Extra { of: "a constant", what: "arguments or a state" }.into());
                }
                NumpyObject::MaskedConstant
            }
        }))
    }
}

fn array<'g>(object: Object<'g>, form: Form, call: &Call<'g>) -> Result<Option<ArrayObject<'g>>> {
    if form == Form::FromBuffer {
        let records = call.args().get(1).is_some_and(forms::is_of_records);
        let found = array::find(object)?.map(Elements::Array);
        return Ok(found.map(|elements| ArrayObject { class: "ndarray", records, elements }));
    }
    let args = call.args();
    let class = args.get(0).filter(|class| forms::is_array_class(*class)).and_then(Object::as_global);
    let Some(class) = class.filter(|_| args.len() == 3) else {
        // Another class, or another count of arguments, of which `find` tells.
        array::find(object)?;
        return Ok(None);
    };
    let parts = array::parts(call)?;
    let records = parts.records;
    let elements =
        if parts.dtype == DType::OBJECT { objects(&parts)? } else { Elements::Array(parts.found()?) };
    Ok(Some(ArrayObject { class: class.name, records, elements }))
}

fn objects<'g>(parts: &Parts<'g>) -> Result<Elements<'g>> {
    let size_of_object = DType::OBJECT.itemsize();
    byte_len(&parts.shape, size_of_object)
        .map_err(|error| Error::new(crate::ErrorKind::Format, error.message()))?;
    Ok(Elements::Objects { items: parts.items()?, shape: parts.shape.clone(), order: parts.order })
}
