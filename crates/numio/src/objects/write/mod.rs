//! Arrays of objects into pickles, as NumPy's `array_reduce` (`methods.c`) and CPython's pickler have them.

mod dtype;
mod element;

use std::collections::HashMap;

use super::forms::{self, Form};
use crate::pickle::{Dumper, Filled, Global, Graph, GraphWriter, Object, Op, Protocol, Value, Writer};
use crate::{DType, DynArray, Order, Result, Scalar};

/// The pickle of an array, as NumPy puts it behind a header.
///
/// # Errors
/// `InvalidInput` for what the protocol cannot carry, and where the array carries no object of an element's number.
pub(crate) fn dump(array: &DynArray, dumper: &Dumper) -> Result<Vec<u8>> {
    let mut writer = dumper.writer();
    let graph = GraphWriter::new(&mut writer);
    Saver { graph, objects: array.graph(), dtypes: HashMap::new() }.root(array)?;
    Ok(writer.finish())
}

/// Writes arrays, and what their elements are.
struct Saver<'w, 'g> {
    graph: GraphWriter<'w, 'g>,
    /// What the numbers in elements are of.
    objects: Option<&'g Graph>,
    /// The dtypes of which NumPy has one object each, in the memo.
    dtypes: HashMap<Scalar, u32>,
}

impl Saver<'_, '_> {
    fn writer(&mut self) -> &mut Writer {
        self.graph.writer()
    }

    fn root(&mut self, array: &DynArray) -> Result<()> {
        let Some(from) = self.objects.and_then(|graph| Origin::of(array, graph)) else {
            return self.array(array);
        };
        self.writer().boundary();
        self.graph.save(from.function)?;
        self.graph.save(from.arguments)?;
        self.writer().reduce()?;
        self.open_state(array.shape())?;
        self.graph.save(from.dtype)?;
        self.close_state(array)
    }

    /// `_reconstruct(ndarray, (0,), b'b')` and its state: version, shape, dtype, whether the order is Fortran's, elements.
    fn array(&mut self, array: &DynArray) -> Result<()> {
        if self.writer().protocol() >= Protocol::Five && !array.dtype().has_objects() {
            return self.buffer(array);
        }
        let writer = self.writer();
        writer.save_global("numpy._core.multiarray", "_reconstruct")?;
        writer.open_tuple(3);
        writer.save_global("numpy", "ndarray")?;
        writer.save_shape(&[0])?;
        writer.save_bytes(b"b")?;
        writer.close_tuple(3)?;
        writer.reduce()?;
        self.open_state(array.shape())?;
        self.dtype(array.dtype())?;
        self.close_state(array)
    }

    fn open_state(&mut self, shape: &[usize]) -> Result<()> {
        let writer = self.writer();
        writer.open_tuple(5);
        writer.save_int(1);
        writer.save_shape(shape)
    }

    fn close_state(&mut self, array: &DynArray) -> Result<()> {
        self.writer().save_bool(array.order() == Order::Fortran);
        match array.dtype() {
            DType::Scalar(Scalar::Object) => self.objects(array)?,
            dtype if dtype.has_objects() => self.items(array)?,
            _ => self.writer().save_bytes(&array.to_bytes())?,
        }
        self.writer().close_tuple(5)?;
        self.writer().op(Op::Build);
        Ok(())
    }

    /// `_frombuffer(bytearray, dtype, shape, order)`.
    fn buffer(&mut self, array: &DynArray) -> Result<()> {
        let writer = self.writer();
        writer.save_global("numpy._core.numeric", "_frombuffer")?;
        writer.open_tuple(4);
        writer.boundary();
        writer.bytearray(&array.to_bytes())?;
        self.dtype(array.dtype())?;
        let writer = self.writer();
        writer.save_shape(array.shape())?;
        writer.save_str(if array.order() == Order::Fortran { "F" } else { "C" })?;
        writer.close_tuple(4)?;
        writer.reduce()?;
        Ok(())
    }

    /// The elements of an array of objects.
    fn objects(&mut self, array: &DynArray) -> Result<()> {
        let Some(graph) = self.objects else { return self.items(array) };
        match graph.objects(array.numbers()) {
            Some(items) => self.graph.save_list(items),
            // Says which it is.
            None => array.objects().map(|_| ()),
        }
    }

    /// The elements of an array of records.
    fn items(&mut self, array: &DynArray) -> Result<()> {
        let mut list = self.writer().open(Filled::List, Some(array.size()))?;
        for item in array.items() {
            list.before(self.writer());
            self.item(item?, array)?;
            list.after(self.writer());
        }
        list.finish(self.writer());
        Ok(())
    }
}

/// Where an array of objects comes from: the values of its graph that are written again at its head, since its elements
/// may share them.
struct Origin<'g> {
    function: Object<'g>,
    arguments: Object<'g>,
    dtype: Object<'g>,
}

impl<'g> Origin<'g> {
    /// Nothing where the graph is not that of an array of objects as NumPy 2 writes it.
    fn of(array: &DynArray, graph: &'g Graph) -> Option<Self> {
        if *array.dtype() != DType::OBJECT {
            return None;
        }
        let (Form::Reconstruct, call) = forms::of(graph.root())? else { return None };
        let [class, shape, code] = call.args().array()?;
        let is_ndarray = class.as_global() == Some(Global { module: "numpy", name: "ndarray" });
        let is_zero = matches!(shape.as_tuple().ok()?.array()?, [axis] if axis.as_i64().ok() == Some(0));
        let is_code = matches!(code.value(), Value::Bytes(bytes) if *bytes == *b"b");
        if call.global()?.module != "numpy._core.multiarray" || !(is_ndarray && is_zero && is_code) {
            return None;
        }
        let [_, _, dtype, _, _] = call.state()?.as_tuple().ok()?.array()?;
        let is_object = dtype.as_dtype().ok()? == DType::OBJECT;
        is_object.then(|| Self { function: call.callable(), arguments: call.args_object(), dtype })
    }
}
