//! The methods that values of a pickle have for NumPy's objects.

use crate::objects::forms::Form;
use crate::objects::{
    MaskedArray, NumpyObject, NumpyReader, ObjectError, decode, dtype_state, forms, known, numpy_object,
    shown,
};
use crate::pickle::{Global, Object};
use crate::{DType, DynArray, Error, Result};

/// NumPy's objects in a pickle: the arrays, dtypes and scalars that NumPy makes of them.
///
/// ```
/// use numio::ObjectExt;
///
/// // pickle.dumps(numpy.array([1.5, 2.5]), 2)
/// let bytes = b"\x80\x02cnumpy._core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01K\x02\x85cnumpy\n\
///     dtype\nX\x02\0\0\0f8\x89\x88\x87R(K\x03X\x01\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89C\x10\
///     \0\0\0\0\0\0\xf8?\0\0\0\0\0\0\x04@tb.";
/// let graph = numio::pickle::load(bytes)?;
/// let array = graph.root().as_array()?;
/// assert_eq!(array.view::<f64, ndarray::Ix1>()?, ndarray::array![1.5, 2.5]);
/// # Ok::<(), numio::Error>(())
/// ```
#[allow(clippy::wrong_self_convention, reason = "an object is a small handle")]
pub trait ObjectExt<'g>: Sized {
    /// The array that it is: an `ndarray`, or a `matrix`, `recarray`, `chararray` or `memmap`. The elements of an array of
    /// objects are objects of the same graph.
    ///
    /// As NumPy does, elements that were written in the other byte order are brought into this machine's, but for those
    /// of records, and those that protocol 5 wrote as a buffer.
    ///
    /// # Errors
    /// `InvalidInput` if it is something else; `InvalidData` if its state contradicts itself.
    fn as_array(self) -> Result<DynArray>;

    /// The dtype that it is. Metadata, which files other than pickles do not keep, is left out.
    ///
    /// # Errors
    /// As [`as_array`](Self::as_array).
    fn as_dtype(self) -> Result<DType>;

    /// The scalar of NumPy's that it is, such as a `numpy.float32`, as an array without axes: its
    /// [`item`](DynArray::item) is the value.
    ///
    /// # Errors
    /// As [`as_array`](Self::as_array).
    fn as_scalar(self) -> Result<DynArray>;

    /// The masked array that it is.
    ///
    /// # Errors
    /// As [`as_array`](Self::as_array).
    fn as_masked(self) -> Result<MaskedArray>;

    /// The object of NumPy's that it is; `None` if it is something else.
    ///
    /// ```
    /// use numio::{NumpyObject, ObjectExt};
    ///
    /// let graph = numio::pickle::load(b"cnumpy\ndtype\n(S'f4'\nI00\nI01\ntR.")?;
    /// let Some(NumpyObject::DType { dtype, .. }) = graph.root().as_numpy()? else { panic!() };
    /// assert_eq!(dtype.to_string(), "float32");
    /// assert!(numio::pickle::load(b"N.")?.root().as_numpy()?.is_none());
    /// # Ok::<(), numio::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidData` if its state contradicts itself.
    fn as_numpy(self) -> Result<Option<NumpyObject<'g>>>;

    /// Returns whether it is a call that makes an object of a harmless class, such as `zoneinfo.ZoneInfo` or
    /// `numpy.random.Generator`, in exactly the form that the pickler of Python or NumPy writes: to do what it says is
    /// safe. The values of plain types are [`Value`](crate::pickle::Value)s, and arrays and scalars are found by
    /// [`as_numpy`](Self::as_numpy).
    ///
    /// ```
    /// use numio::ObjectExt;
    ///
    /// // pickle.dumps(ipaddress.ip_address('1.2.3.4'), 2)
    /// let graph = numio::pickle::load(b"\x80\x02cipaddress\nIPv4Address\nJ\x04\x03\x02\x01\x85R.")?;
    /// assert!(graph.root().is_known_form());
    /// let graph = numio::pickle::load(b"\x80\x02cipaddress\nIPv4Address\n]\x85R.")?;
    /// assert!(!graph.root().is_known_form());
    /// # Ok::<(), numio::Error>(())
    /// ```
    fn is_known_form(self) -> bool;

    /// Checks the state of an array of whatever class, as [`as_array`](Self::as_array) does for those that it knows: for
    /// callers that hand it to NumPy, which believes what the state says.
    ///
    /// # Errors
    /// `InvalidInput` if it is no array; `InvalidData` if its state contradicts itself.
    fn check_array(self) -> Result<()>;
}

impl<'g> ObjectExt<'g> for Object<'g> {
    fn as_array(self) -> Result<DynArray> {
        match decode::find(self)? {
            Some(array) => Ok(array),
            None if matches!(forms::of(self), Some((Form::Masked, _))) => Err(ObjectError::Masked.into()),
            None => Err(other(self, "an array")),
        }
    }

    fn as_dtype(self) -> Result<DType> {
        match forms::of(self) {
            Some((Form::DType, _)) => dtype_state::of(self),
            _ => Err(other(self, "a dtype")),
        }
    }

    fn as_scalar(self) -> Result<DynArray> {
        decode::scalar(self)?.ok_or_else(|| other(self, "a scalar of NumPy's"))
    }

    fn as_masked(self) -> Result<MaskedArray> {
        decode::masked_find(self)?.ok_or_else(|| other(self, "a masked array"))
    }

    fn as_numpy(self) -> Result<Option<NumpyObject<'g>>> {
        NumpyReader::new(self.graph()).read(self)
    }

    fn is_known_form(self) -> bool {
        self.is_stdlib_form() || known::is_known_form(self)
    }

    fn check_array(self) -> Result<()> {
        numpy_object::check_array(self).unwrap_or_else(|| self.as_array().map(drop))
    }
}

fn other(object: Object<'_>, wanted: &'static str) -> Error {
    ObjectError::Other { wanted, found: shown(object) }.into()
}

/// Names in a pickle, with NumPy's among those that are known.
#[allow(clippy::wrong_self_convention, reason = "a global is two borrowed strings")]
pub trait GlobalExt {
    /// True for a class or function that does no harm by being looked up, and that pickles of plain data name: types of Python's
    /// own, and what NumPy writes for its arrays, dtypes and scalars. To call it with arguments from a file may still do harm.
    ///
    /// ```
    /// use numio::GlobalExt;
    /// use numio::pickle::Global;
    ///
    /// assert!(Global { module: "numpy", name: "float64" }.is_harmless());
    /// assert!(!Global { module: "os", name: "system" }.is_harmless());
    /// ```
    fn is_harmless(self) -> bool;

    /// The size of an element of the dtype that this class of the package `ml_dtypes` is for: `bfloat16` and its kin. Elements of
    /// less than a byte take one.
    ///
    /// ```
    /// use numio::GlobalExt;
    /// use numio::pickle::Global;
    ///
    /// assert_eq!(Global { module: "ml_dtypes", name: "bfloat16" }.ml_dtype_size(), Some(2));
    /// assert_eq!(Global { module: "ml_dtypes", name: "finfo" }.ml_dtype_size(), None);
    /// ```
    fn ml_dtype_size(self) -> Option<u32>;
}

impl GlobalExt for Global<'_> {
    fn is_harmless(self) -> bool {
        self.is_plain_type() || forms::is_known(self) || forms::is_scalar(self) || known::is_known(self)
    }

    fn ml_dtype_size(self) -> Option<u32> {
        forms::ml_dtype_size(self)
    }
}
