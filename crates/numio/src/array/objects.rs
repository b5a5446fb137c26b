//! Elements of dtype `object`: numbers in memory, each that of a value of the graph that the array carries.

use std::sync::Arc;

use super::error::Fault;
use super::layout::Order;
use super::{Buffer, Data, DynArray, Layout, Objects};
use crate::pickle::{Graph, Object};
use crate::{DType, Result};

impl DynArray {
    /// With the graph that its elements' numbers are of.
    pub(crate) fn with_objects(mut self, graph: Graph) -> Self {
        self.objects = Some(Objects { graph, dtype: None });
        self
    }

    /// With another name than `object` for the dtype, by which it prints: files have strings of any length as objects.
    pub(crate) fn with_dtype_name(mut self, name: &str) -> Self {
        if let Some(objects) = &mut self.objects {
            objects.dtype = Some(name.into());
        }
        self
    }

    /// That name.
    pub(super) fn dtype_name(&self) -> Option<&str> {
        self.objects.as_ref()?.dtype.as_deref()
    }

    /// An array of dtype `object` with one axis: the items of a list or a tuple.
    ///
    /// # Errors
    /// `InvalidInput` if it is something else.
    ///
    /// ```
    /// // A list of two strings, by Python.
    /// let graph = numio::pickle::load(b"]\x94(\x8c\x01a\x94\x8c\x01b\x94e.")?;
    /// let array = numio::DynArray::from_objects(graph.root())?;
    /// assert_eq!(format!("{array:?}"), "array(['a', 'b'], dtype=object)");
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn from_objects(items: Object<'_>) -> Result<Self> {
        let found = items.as_list().or_else(|_| items.as_tuple())?;
        let numbers: Vec<u64> = found.iter().map(Object::id).collect();
        let layout = Layout::contiguous(&[numbers.len()], 8, Order::C);
        let buffer = Buffer::copy_of(bytemuck::cast_slice(&numbers))?;
        let array = Self::from_parts(DType::OBJECT, layout, Data::Owned(Arc::new(buffer)));
        Ok(array.with_objects(items.graph().clone()))
    }

    /// The graph whose objects the elements are; `None` if they are not objects, and in an array of zeros.
    pub(crate) fn graph(&self) -> Option<&Graph> {
        self.objects.as_ref().map(|objects| &objects.graph)
    }

    /// The numbers of the objects, the last index varying fastest.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u64> {
        self.layout.offsets(Order::C).map(|start| self.number_at(start))
    }

    /// The Python objects, the last index varying fastest, of an array of dtype `object`. Those of a record's field
    /// come by [`field`](Self::field).
    ///
    /// # Errors
    /// `InvalidInput` if the elements are not objects, or have no graph, as in an array of zeros.
    ///
    /// ```
    /// use numio::LoadOptions;
    ///
    /// // np.array([None, 'a'], object) in a file: header and pickle
    /// let header = b"\x93NUMPY\x01\0\x3b\0{'descr': '|O', 'fortran_order': False, 'shape': (2,), }  \n";
    /// let pickle = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I2\ntcnumpy\ndtype\n\
    ///     (S'O8'\nI00\nI01\ntR(I3\nS'|'\nNNNI-1\nI-1\nI63\ntbI00\n(lp0\nNaS'a'\natb.";
    /// let array = LoadOptions::new().from_slice(&[&header[..], pickle].concat())?.into_array()?;
    /// let mut objects = array.objects()?;
    /// assert!(objects.next().unwrap().is_none());
    /// assert_eq!(objects.next().unwrap().as_str()?, "a");
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn objects(&self) -> Result<impl Iterator<Item = Object<'_>>> {
        if self.dtype != DType::OBJECT {
            return Err(Fault::NoObjects(self.dtype.clone()).into());
        }
        for start in self.layout.offsets(Order::C) {
            self.object_by_id(self.number_at(start))?;
        }
        let numbers = self.layout.offsets(Order::C).map(|start| self.number_at(start));
        Ok(numbers.filter_map(|number| self.graph()?.get(number)))
    }

    /// The Python object with this id, as given by an [`Item::Object`](crate::Item::Object) of this array.
    ///
    /// # Errors
    /// `InvalidInput` if the array has no object with that id.
    pub fn object_by_id(&self, id: u64) -> Result<Object<'_>> {
        let found = self.graph().and_then(|graph| graph.get(id));
        found.ok_or_else(|| Fault::NoObject(id).into())
    }

    fn number_at(&self, start: usize) -> u64 {
        let bytes = self.data.bytes().get(start..).and_then(|rest| rest.first_chunk());
        bytes.map_or(0, |bytes| u64::from_ne_bytes(*bytes))
    }

    /// True if object numbers, if there are any, mean the same in both.
    pub(super) fn has_same_objects(&self, other: &Self) -> bool {
        match (self.graph(), other.graph()) {
            (Some(one), Some(two)) => one.ptr_eq(two),
            (None, None) => true,
            _ => !self.dtype.has_objects() && !other.dtype.has_objects(),
        }
    }
}
