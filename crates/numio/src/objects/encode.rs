//! Arrays of objects into pickles, as NumPy's `array_reduce` (`methods.c`) and CPython's pickler have them.

use std::collections::HashMap;

use crate::objects::ObjectExt;
use crate::objects::dtype_state::{DAY, SECOND, micros_of};
use crate::objects::forms;
use crate::objects::forms::Form;
use crate::pickle::{
    ContainerKind, Global, Graph, GraphWriter, Object, Op, PickleWriter, Pickler, Protocol, Value,
};
use crate::{
    ByteOrder, DType, Datetime64, DatetimeUnit, DynArray, Error, ErrorKind, Item, Order, Record, Result,
    Scalar, Subarray, TimeUnit, Timedelta64, Title,
};

/// The pickle of an array, as NumPy puts it behind a header.
///
/// # Errors
/// `InvalidInput` for what the protocol cannot carry, and where the array carries no object of an element's number.
pub(crate) fn dump(array: &DynArray, pickler: &Pickler) -> Result<Vec<u8>> {
    let mut writer = pickler.writer();
    let graph = GraphWriter::new(&mut writer);
    Saver { graph, objects: array.graph(), dtypes: HashMap::new() }.root(array)?;
    Ok(writer.finish())
}

/// Writes arrays, and what their elements are.
struct Saver<'w, 'g> {
    graph: GraphWriter<'w, 'g>,
    /// The graph of the ids in elements.
    objects: Option<&'g Graph>,
    /// The dtypes of which NumPy has one object each, in the memo.
    dtypes: HashMap<Scalar, u32>,
}

impl Saver<'_, '_> {
    fn writer(&mut self) -> &mut PickleWriter {
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
        Ok(writer.save_shape(shape)?)
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
        match graph.get_all(array.numbers()) {
            Some(items) => Ok(self.graph.save_list(items)?),
            // Says which it is.
            None => array.objects().map(|_| ()),
        }
    }

    /// The elements of an array of records.
    fn items(&mut self, array: &DynArray) -> Result<()> {
        let mut list = self.writer().open(ContainerKind::List, Some(array.size()))?;
        for item in array.items() {
            list.before(self.writer());
            self.item(item?, array)?;
            list.after(self.writer());
        }
        list.finish(self.writer());
        Ok(())
    }
}

/// The origin of an array of objects: the values of its graph that are written again at its head, since its elements
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

/// The flags of dtypes: of objects, of texts, of records, and of records whose fields are aligned.
const OBJECT: i64 = 0x3f;
const TEXT: i64 = 0x08;
const RECORD: i64 = 0x10;
const ALIGNED: i64 = 0x80;

/// The flags that a record takes over from its fields.
const INHERITED: i64 = 0x1b;

impl Saver<'_, '_> {
    /// A dtype; of those of which there is one object, from the memo if it was written before.
    pub(crate) fn dtype(&mut self, dtype: &DType) -> Result<()> {
        let single = dtype.as_scalar().filter(|scalar| is_single(*scalar));
        if let Some(&index) = single.and_then(|scalar| self.dtypes.get(&scalar)) {
            self.writer().boundary();
            self.writer().get(index);
            return Ok(());
        }
        let writer = self.writer();
        writer.save_global("numpy", "dtype")?;
        writer.open_tuple(3);
        writer.save_str(&text(dtype))?;
        writer.save_bool(false);
        writer.save_bool(true);
        writer.close_tuple(3)?;
        let index = writer.reduce()?;
        match dtype {
            DType::Scalar(scalar) => scalar_state(writer, *scalar)?,
            DType::Record(record) => self.record_state(dtype, record)?,
            DType::Subarray(subarray) => self.subarray_state(dtype, subarray)?,
        }
        self.writer().op(Op::Build);
        self.dtypes.extend(single.map(|scalar| (scalar, index)));
        Ok(())
    }

    fn record_state(&mut self, dtype: &DType, record: &Record) -> Result<()> {
        let fields = record.fields();
        let writer = self.writer();
        open_state(writer, 3, "|", 8)?;
        writer.save_none();
        writer.open_tuple(fields.len());
        fields.iter().try_for_each(|field| writer.save_name(&field.name))?;
        writer.close_tuple(fields.len())?;
        // Titles are keys too, with the same value.
        let titles = fields.iter().filter(|field| field.title.is_some()).count();
        if fields.iter().any(|field| matches!(field.title, Some(Title::Literal(_)))) {
            let text = "a field's title that is not text is written to headers, and not to pickles";
            return Err(Error::new(ErrorKind::Unsupported, text));
        }
        let mut dict = writer.open(ContainerKind::Dict, Some(fields.len() + titles))?;
        for field in fields {
            dict.before(self.writer());
            self.writer().save_name(&field.name)?;
            let parts = if field.title.is_some() { 3 } else { 2 };
            self.writer().open_tuple(parts);
            self.dtype(&field.dtype)?;
            let writer = self.writer();
            writer.save_wide(field.offset as i128)?;
            let title = field.title.as_ref().and_then(Title::as_text);
            if let Some(title) = title {
                writer.save_name(title)?;
            }
            writer.tuple(parts);
            let index = writer.put()?;
            dict.after(writer);
            if let Some(title) = title {
                dict.before(writer);
                writer.save_name(title)?;
                writer.boundary();
                writer.get(index);
                dict.after(writer);
            }
        }
        let writer = self.writer();
        dict.finish(writer);
        close_state(writer, dtype)?;
        Ok(writer.close_tuple(8)?)
    }

    fn subarray_state(&mut self, dtype: &DType, subarray: &Subarray) -> Result<()> {
        open_state(self.writer(), 3, "|", 8)?;
        self.writer().open_tuple(2);
        self.dtype(subarray.base())?;
        let writer = self.writer();
        writer.save_shape(subarray.shape())?;
        writer.close_tuple(2)?;
        writer.save_none();
        writer.save_none();
        close_state(writer, dtype)?;
        Ok(writer.close_tuple(8)?)
    }
}

/// True if NumPy has just one dtype object for it.
fn is_single(scalar: Scalar) -> bool {
    match scalar {
        Scalar::Datetime(..)
        | Scalar::Timedelta(..)
        | Scalar::Bytes(_)
        | Scalar::Str(..)
        | Scalar::Void(_) => false,
        _ => scalar.byte_order().is_none_or(|order| order == ByteOrder::NATIVE),
    }
}

/// Kind and size: `f8`, `U3`, `M8`, `V12`.
fn text(dtype: &DType) -> String {
    match dtype {
        DType::Scalar(Scalar::Bool) => "b1".to_owned(),
        DType::Scalar(Scalar::Str(length, _)) => format!("U{length}"),
        DType::Scalar(scalar) => format!("{}{}", scalar.kind(), scalar.itemsize()),
        DType::Record(_) | DType::Subarray(_) => format!("V{}", dtype.itemsize()),
    }
}

/// A state with this number of parts, up to its byte order.
fn open_state(writer: &mut PickleWriter, version: i64, order: &str, parts: usize) -> Result<()> {
    writer.open_tuple(parts);
    writer.save_int(version);
    Ok(writer.save_str(order)?)
}

fn close_state(writer: &mut PickleWriter, dtype: &DType) -> Result<()> {
    match dtype {
        // The text says how large they are.
        DType::Scalar(scalar) if !matches!(scalar, Scalar::Bytes(_) | Scalar::Void(_) | Scalar::Str(..)) => {
            writer.save_int(-1);
            writer.save_int(-1);
        }
        _ => {
            writer.save_wide(dtype.itemsize() as i128)?;
            writer.save_wide(dtype.alignment() as i128)?;
        }
    }
    writer.save_int(flags(dtype));
    Ok(())
}

fn flags(dtype: &DType) -> i64 {
    match dtype {
        DType::Scalar(Scalar::Object) => OBJECT,
        DType::Scalar(Scalar::Str(..)) => TEXT,
        DType::Scalar(_) => 0,
        DType::Subarray(subarray) => flags(subarray.base()),
        DType::Record(record) => {
            let fields = record.fields().iter().fold(0, |all, field| all | flags(&field.dtype));
            RECORD | (fields & INHERITED) | if record.is_aligned() { ALIGNED } else { 0 }
        }
    }
}

fn scalar_state(writer: &mut PickleWriter, scalar: Scalar) -> Result<()> {
    let unit = match scalar {
        Scalar::Datetime(unit, _) | Scalar::Timedelta(unit, _) => Some(unit),
        _ => None,
    };
    let order = scalar.byte_order().map_or('|', ByteOrder::to_char);
    let (version, parts) = if unit.is_some() { (4, 9) } else { (3, 8) };
    open_state(writer, version, order.encode_utf8(&mut [0; 4]), parts)?;
    (0..3).for_each(|_| writer.save_none());
    close_state(writer, &DType::Scalar(scalar))?;
    if let Some(unit) = unit {
        let (name, count) = match unit {
            TimeUnit::Generic => ("generic", 1),
            TimeUnit::Multiple(count, unit) => (unit.abbreviation(), count.get()),
        };
        writer.open_tuple(2);
        writer.save_none();
        writer.open_tuple(4);
        writer.save_bytes(name.as_bytes())?;
        [count, 1, 1].into_iter().for_each(|part| writer.save_int(part.into()));
        writer.close_tuple(4)?;
        writer.close_tuple(2)?;
    }
    Ok(writer.close_tuple(parts)?)
}

/// The most days of a `datetime.timedelta`.
const MOST_DAYS: i64 = 999_999_999;

impl Saver<'_, '_> {
    /// An element of `array`.
    pub(crate) fn item(&mut self, item: Item, array: &DynArray) -> Result<()> {
        let writer = self.graph.writer();
        match item {
            Item::Bool(value) => writer.save_bool(value),
            Item::Int(value) => writer.save_int(value),
            Item::UInt(value) => writer.save_wide(value.into())?,
            Item::Float(value) => writer.save_float(value),
            Item::Complex(value) => {
                writer.save_global("builtins", "complex")?;
                writer.open_tuple(2);
                writer.save_float(value.re);
                writer.save_float(value.im);
                writer.close_tuple(2)?;
                writer.reduce()?;
            }
            // Python has no such numbers.
            Item::LongDouble(value) => self.scalar(&DynArray::from_array(&value)?)?,
            Item::LongComplex(value) => self.scalar(&DynArray::from_array(&value)?)?,
            Item::Bytes(bytes) | Item::Void(bytes) => writer.save_bytes(&bytes)?,
            Item::Str(text) => writer.save_str(&text)?,
            Item::Datetime(value) => moment(writer, value)?,
            Item::Timedelta(value) => duration(writer, value)?,
            Item::Record(fields) => {
                let count = fields.len();
                writer.open_tuple(count);
                for (_, item) in fields {
                    self.item(item, array)?;
                }
                self.writer().close_tuple(count)?;
            }
            Item::Object(number) => self.object(number, array)?,
            Item::Array(inner) => self.array(&inner)?,
        }
        Ok(())
    }

    /// The object of a number. Where nothing has been put NumPy finds `None`.
    fn object(&mut self, number: u64, array: &DynArray) -> Result<()> {
        match self.objects.and_then(|graph| graph.get(number)) {
            Some(object) => Ok(self.graph.save(object)?),
            None if number == 0 => {
                self.writer().save_none();
                Ok(())
            }
            // Says so.
            None => array.object_by_id(number).map(|_| ()),
        }
    }

    /// `scalar(dtype, bytes)`.
    fn scalar(&mut self, value: &DynArray) -> Result<()> {
        let writer = self.writer();
        writer.save_global("numpy._core.multiarray", "scalar")?;
        writer.open_tuple(2);
        self.dtype(value.dtype())?;
        let writer = self.writer();
        writer.save_bytes(&value.to_bytes())?;
        writer.close_tuple(2)?;
        writer.reduce()?;
        Ok(())
    }
}

/// A `date` or a `datetime` where those have the unit and the year, `None` for NaT, else the ticks.
fn moment(writer: &mut PickleWriter, value: Datetime64) -> Result<()> {
    let Some(ticks) = value.ticks() else {
        writer.save_none();
        return Ok(());
    };
    let unit = match value.unit() {
        TimeUnit::Multiple(_, unit) if unit <= DatetimeUnit::Microsecond => unit,
        _ => {
            writer.save_int(ticks);
            return Ok(());
        }
    };
    let text = value.to_unit(TimeUnit::one(DatetimeUnit::Microsecond)).map(|value| value.to_string());
    let Some(parts) = text.ok().and_then(|text| calendar(&text)) else {
        writer.save_int(ticks);
        return Ok(());
    };
    let [year, month, day, hour, minute, second, micro] = parts;
    let [_, _, high, low] = year.to_be_bytes();
    let [_, high_micro, mid_micro, low_micro] = micro.to_be_bytes();
    let small = |part: u32| part as u8;
    let mut packed = vec![high, low, small(month), small(day)];
    if unit >= DatetimeUnit::Hour {
        packed.extend([small(hour), small(minute), small(second), high_micro, mid_micro, low_micro]);
    }
    writer.save_global("datetime", if unit >= DatetimeUnit::Hour { "datetime" } else { "date" })?;
    writer.open_tuple(1);
    writer.save_bytes(&packed)?;
    writer.close_tuple(1)?;
    writer.reduce()?;
    Ok(())
}

/// Year to microsecond of `2020-01-31T00:00:00.000000`; nothing for years that Python does not have.
fn calendar(text: &str) -> Option<[u32; 7]> {
    let mut parts = text.split(['-', 'T', ':', '.']).map(|part| part.parse().ok());
    let mut next = || parts.next().flatten();
    let found = [next()?, next()?, next()?, next()?, next()?, next()?, next()?];
    matches!(found, [1..=9999, ..]).then_some(found)
}

/// A `timedelta` where that has the unit and the days, `None` for NaT, else the ticks.
fn duration(writer: &mut PickleWriter, value: Timedelta64) -> Result<()> {
    let Some(ticks) = value.ticks() else {
        writer.save_none();
        return Ok(());
    };
    let micros = micros_of(value.unit()).map(|micros| i128::from(ticks) * micros);
    let day = i128::from(DAY);
    let parts = micros.and_then(|micros| {
        let days = i64::try_from(micros.div_euclid(day)).ok()?;
        let rest = micros.rem_euclid(day) as i64;
        (-MOST_DAYS..=MOST_DAYS).contains(&days).then_some([days, rest / SECOND, rest % SECOND])
    });
    let Some(parts) = parts else {
        writer.save_int(ticks);
        return Ok(());
    };
    writer.save_global("datetime", "timedelta")?;
    writer.open_tuple(3);
    parts.into_iter().for_each(|part| writer.save_int(part));
    writer.close_tuple(3)?;
    writer.reduce()?;
    Ok(())
}
