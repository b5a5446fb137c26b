//! Files that `torch.save` writes: a zip archive of a pickle, and of the elements of each storage as a member of their own.
//!
//! The pickle is read as a graph in which nothing is run. Of all that it may name, dicts and lists of tensors are known, by the
//! calls that torch makes them of (`torch/_utils.py`, `torch/serialization.py`): a storage by its number, and the shape, the
//! strides and the first element of the tensor in it.

use std::io::{self, Write};

use numio::pickle::{Call, Object, RawValue};
use numio::{
    ArrayLike, ByteOrder, ComplexWidth, DType, Error, ErrorKind, FloatWidth, IntWidth, NpzArchive, Order,
    Result, Scalar,
};

use super::kind::Kind;

/// The most tensors, dicts and lists that are looked at: parts of a pickle may be shared any number of times.
const MOST_PARTS: usize = 1 << 20;

/// Of those, how many a pickle may have without regard to its size, and how many more for each of its bytes.
const FEW_PARTS: usize = 1 << 14;
const PARTS_PER_BYTE: usize = 4;

/// The most bytes of their names, each made of the keys that lead to it.
const MOST_LETTERS: usize = 1 << 28;

/// The same of names.
const FEW_LETTERS: usize = 1 << 20;
const LETTERS_PER_BYTE: usize = 64;

/// Tensors above this size that repeat the bytes of their storage more than this number of times are refused.
const MOST_REPEATED: usize = 64 << 20;
const MOST_REPEATS: usize = 100;

/// See [`KINDS`].
type ElementKind = (&'static str, &'static str, Scalar, Option<&'static str>);

/// The elements of torch's storages and dtypes: the class of the storage, the dtype, and the scalar; raw bytes by their type in
/// safetensors.
const KINDS: [ElementKind; 21] = [
    ("FloatStorage", "float32", Scalar::Float(FloatWidth::Bits32, LITTLE), None),
    ("DoubleStorage", "float64", Scalar::Float(FloatWidth::Bits64, LITTLE), None),
    ("HalfStorage", "float16", Scalar::Float(FloatWidth::Bits16, LITTLE), None),
    ("BFloat16Storage", "bfloat16", Scalar::Void(2), Some("BF16")),
    ("LongStorage", "int64", Scalar::Int(IntWidth::Bits64, LITTLE), None),
    ("IntStorage", "int32", Scalar::Int(IntWidth::Bits32, LITTLE), None),
    ("ShortStorage", "int16", Scalar::Int(IntWidth::Bits16, LITTLE), None),
    ("CharStorage", "int8", Scalar::Int8, None),
    ("ByteStorage", "uint8", Scalar::UInt8, None),
    ("BoolStorage", "bool", Scalar::Bool, None),
    ("ComplexFloatStorage", "complex64", Scalar::Complex(ComplexWidth::Bits64, LITTLE), None),
    ("ComplexDoubleStorage", "complex128", Scalar::Complex(ComplexWidth::Bits128, LITTLE), None),
    ("", "uint16", Scalar::UInt(IntWidth::Bits16, LITTLE), None),
    ("", "uint32", Scalar::UInt(IntWidth::Bits32, LITTLE), None),
    ("", "uint64", Scalar::UInt(IntWidth::Bits64, LITTLE), None),
    ("", "float8_e4m3fn", Scalar::Void(1), Some("F8_E4M3")),
    ("", "float8_e5m2", Scalar::Void(1), Some("F8_E5M2")),
    ("", "float8_e8m0fnu", Scalar::Void(1), Some("F8_E8M0")),
    ("", "float8_e4m3fnuz", Scalar::Void(1), Some("F8_E4M3FNUZ")),
    ("", "float8_e5m2fnuz", Scalar::Void(1), Some("F8_E5M2FNUZ")),
    ("UntypedStorage", "", Scalar::UInt8, None),
];

const LITTLE: ByteOrder = ByteOrder::Little;

/// A tensor of a file.
#[derive(Debug, Clone)]
pub struct TorchArray {
    archive: NpzArchive,
    /// The name of the member with the elements of its storage.
    member: String,
    scalar: Scalar,
    /// Its type in safetensors, where its elements are raw bytes.
    pub kind: Option<&'static Kind>,
    /// The first element, and the shape and the strides in elements.
    first: usize,
    shape: Vec<usize>,
    strides: Vec<usize>,
    is_big: bool,
}

/// The tensors of the file that an archive is, and their names.
///
/// `wanted` is the beginning of the names of those that are looked for; there may be other things under other names.
///
/// # Errors
/// `Unsupported`, by name, for what is no tensor; `InvalidData` for tensors that do not fit their storage; those of reading.
pub fn read(archive: &NpzArchive, wanted: &str) -> Result<Vec<(String, TorchArray)>> {
    let is_pickle = |name: &&str| name.split_once('/').is_some_and(|(_, file)| file == "data.pkl");
    let pickle = archive.names().find(is_pickle).ok_or_else(|| {
        let what = "no file of torch's: there is no data.pkl in it";
        Error::new(ErrorKind::InvalidData, what)
    })?;
    let folder = pickle.strip_suffix("data.pkl").unwrap_or_default();
    let order = format!("{folder}byteorder");
    let order = if archive.contains(&order) { archive.by_name(&order)?.bytes()? } else { b"little".to_vec() };
    let is_big = match order.as_slice() {
        b"little" => false,
        b"big" => true,
        other => {
            let what = format!("the byte order {:?} is not known", String::from_utf8_lossy(other));
            return Err(Error::new(ErrorKind::InvalidData, what));
        }
    };
    let about = |error: Error| error.with_member(pickle);
    let bytes = archive.by_name(pickle)?.bytes().map_err(about)?;
    let most_parts = MOST_PARTS.min(FEW_PARTS + bytes.len().saturating_mul(PARTS_PER_BYTE));
    let most_letters = MOST_LETTERS.min(FEW_LETTERS + bytes.len().saturating_mul(LETTERS_PER_BYTE));
    let graph = numio::pickle::load(bytes).map_err(|error| about(error.into()))?;
    let mut found = Vec::new();
    let mut left = vec![(String::new(), graph.root())];
    let (mut seen, mut letters) = (0_usize, 0_usize);
    while let Some((name, object)) = left.pop() {
        // The last is taken first.
        let before = left.len();
        match parts(object) {
            Parts::Named(pairs) => {
                for (key, value) in pairs {
                    let key = key.map_err(about)?;
                    (seen, letters) = (seen + 1, letters.saturating_add(name.len() + key.len()));
                    if seen > most_parts || letters > most_letters {
                        let what = "too many dicts and lists in one another, or tensors in them";
                        return Err(about(Error::new(ErrorKind::LimitExceeded, what)));
                    }
                    left.push((if name.is_empty() { key } else { format!("{name}.{key}") }, value));
                }
                left.get_mut(before..).unwrap_or_default().reverse();
            }
            Parts::Tensor(_) | Parts::Other if !is_wanted(&name, wanted) => {}
            Parts::Tensor(call) => {
                let named = |error: Error| error.with_context(format!("tensor {name:?}"));
                let array = tensor(archive, folder, is_big, call).map_err(named).map_err(about)?;
                array.check().map_err(named).map_err(about)?;
                found.push((name, array));
            }
            Parts::Other => return Err(about(refused(&name, object))),
        }
    }
    if let Some([first, _]) = twins(&found) {
        let what = format!("two tensors are called {first:?}");
        return Err(about(Error::new(ErrorKind::InvalidData, what)));
    }
    Ok(found)
}

/// Two tensors of one name, if there are any: keys with dots may make them.
fn twins(arrays: &[(String, TorchArray)]) -> Option<[&str; 2]> {
    let mut names: Vec<&str> = arrays.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.windows(2).find_map(|pair| match pair {
        [one, two] if one == two => Some([*one, *two]),
        _ => None,
    })
}

fn is_wanted(name: &str, wanted: &str) -> bool {
    let rest = name.strip_prefix(wanted);
    wanted.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn refused(name: &str, object: Object<'_>) -> Error {
    let what = match object.raw() {
        RawValue::Call(call) => match call.global() {
            Some(global) => format!("made by {global}, which is not called"),
            None => "made by a call, which is not done".to_owned(),
        },
        RawValue::Global(global) => format!("{global}"),
        shape => kind_of(&shape).to_owned(),
    };
    let where_ = if name.is_empty() { "the whole".to_owned() } else { format!("{name:?}") };
    let what = format!("{where_} is no tensor: {what}; name what to convert, FILE:NAME");
    Error::new(ErrorKind::Unsupported, what)
}

/// What an object is to those who look for tensors.
enum Parts<'g> {
    Named(Vec<(Result<String>, Object<'g>)>),
    Tensor(Call<'g>),
    Other,
}

fn parts(object: Object<'_>) -> Parts<'_> {
    match object.raw() {
        RawValue::Dict(_) => match object.as_dict() {
            Ok(dict) => Parts::Named(dict.into_iter().map(|(key, value)| (key_text(key), value)).collect()),
            Err(_) => Parts::Other,
        },
        RawValue::List(items) | RawValue::Tuple(items) => {
            Parts::Named(items.iter().enumerate().map(|(at, item)| (Ok(format!("{at}")), item)).collect())
        }
        RawValue::Call(call) => match call.global().map(|global| (global.module, global.name)) {
            Some(("collections", "OrderedDict")) if call.args().is_empty() => {
                let pairs = call.pairs();
                Parts::Named(pairs.into_iter().map(|(key, value)| (key_text(key), value)).collect())
            }
            _ if is_tensor(call) => Parts::Tensor(call),
            // A tensor, and what training asks of it.
            Some(("torch._utils", "_rebuild_parameter")) => {
                match call.args().get(0).and_then(Object::as_call) {
                    Some(inner) if is_tensor(inner) => Parts::Tensor(inner),
                    _ => Parts::Other,
                }
            }
            _ => Parts::Other,
        },
        _ => Parts::Other,
    }
}

fn is_tensor(call: Call<'_>) -> bool {
    call.global().is_some_and(|global| {
        global.module == "torch._utils" && matches!(global.name, "_rebuild_tensor_v2" | "_rebuild_tensor_v3")
    })
}

fn key_text(key: Object<'_>) -> Result<String> {
    if let Ok(text) = key.as_str() {
        return Ok(text.to_owned());
    }
    key.as_i64().map(|number| number.to_string()).map_err(|_| {
        let what = format!("a key of a dict is {}: expected a text or a number", kind_of(&key.raw()));
        Error::new(ErrorKind::Unsupported, what)
    })
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

/// Reads the arguments of `_rebuild_tensor_v2(storage, first, shape, strides, requires_grad, hooks, metadata)`; the third
/// version has a dtype before the last.
fn tensor(archive: &NpzArchive, folder: &str, is_big: bool, call: Call<'_>) -> Result<TorchArray> {
    let args = call.args();
    let is_third = call.global().is_some_and(|global| global.name == "_rebuild_tensor_v3");
    let get = |at: usize| args.get(at).ok_or_else(|| wrong("too few arguments"));
    let metadata = args.get(if is_third { 7 } else { 6 });
    if let Some(metadata) = metadata
        && !metadata.is_none()
        && !metadata.as_dict().is_ok_and(|dict| dict.is_empty())
    {
        // Views that are conjugated or negated when they are read.
        return Err(Error::new(ErrorKind::Unsupported, "its metadata asks for more than elements"));
    }
    let RawValue::Persistent(id) = get(0)?.raw() else { return Err(wrong("its storage is no storage")) };
    let id = id.as_tuple()?;
    let (Some(word), Some(class), Some(key)) = (id.get(0), id.get(1), id.get(2)) else {
        return Err(wrong("its storage has no name"));
    };
    if word.as_str()? != "storage" {
        return Err(wrong("its storage is no storage"));
    }
    let known = |name: &str, name_of: fn(&ElementKind) -> &'static str| {
        KINDS.iter().find(|kind| !name.is_empty() && name_of(kind) == name)
    };
    let unknown = |global: Option<String>| {
        let name = global.unwrap_or_else(|| "something else".to_owned());
        Error::new(ErrorKind::Unsupported, format!("its elements are those of {name}, which is not known"))
    };
    let class = class.as_global();
    let by_class = class
        .filter(|class| matches!(class.module, "torch" | "torch.storage"))
        .and_then(|class| known(class.name, |kind| kind.0))
        .ok_or_else(|| unknown(class.map(|class| class.to_string())))?;
    let kind = if is_third {
        let dtype = get(6)?.as_global();
        dtype
            .filter(|dtype| dtype.module == "torch")
            .and_then(|dtype| known(dtype.name, |kind| kind.1))
            .ok_or_else(|| unknown(dtype.map(|dtype| dtype.to_string())))?
    } else {
        by_class
    };
    let number = |object: Object<'_>| -> Result<usize> {
        usize::try_from(object.as_i64()?).map_err(|_| wrong("a negative number"))
    };
    let numbers = |object: Object<'_>| object.as_tuple()?.iter().map(number).collect::<Result<Vec<usize>>>();
    let (first, shape, strides) = (number(get(1)?)?, numbers(get(2)?)?, numbers(get(3)?)?);
    if shape.len() != strides.len() {
        return Err(wrong("its shape and its strides are of different lengths"));
    }
    if shape.len() > 64 {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "more than 64 axes, which NumPy's arrays do not have",
        ));
    }
    let (_, _, scalar, named) = *kind;
    let kind = named.and_then(Kind::named);
    let member = format!("{folder}data/{}", key.as_str()?);
    Ok(TorchArray { archive: archive.clone(), member, scalar, kind, first, shape, strides, is_big })
}

impl TorchArray {
    fn size(&self) -> Option<usize> {
        let size =
            self.shape.iter().try_fold(self.scalar.itemsize(), |all, &axis| all.checked_mul(axis.max(1)))?;
        let size = if self.shape.contains(&0) { 0 } else { size };
        isize::try_from(size).ok().map(|_| size)
    }

    /// Checks that every element is in the storage, whose size the archive's directory says.
    fn check(&self) -> Result<()> {
        let there = self.archive.by_name(&self.member)?.info().size / self.scalar.itemsize() as u64;
        let size = self.size().ok_or_else(|| wrong("its shape passes the address space"))?;
        let last = self.shape.iter().zip(&self.strides).try_fold(self.first, |last, (&axis, &stride)| {
            last.checked_add(axis.saturating_sub(1).checked_mul(stride)?)
        });
        let end = last
            .and_then(|last| last.checked_add(1))
            .ok_or_else(|| wrong("its strides pass the address space"))?;
        if size > 0 && end as u64 > there {
            let what = format!("its elements reach to {end}, the storage has {there}");
            return Err(wrong(&what));
        }
        let stored = there.saturating_mul(self.scalar.itemsize() as u64);
        if size > MOST_REPEATED && size as u64 / MOST_REPEATS as u64 > stored {
            let what = format!("{size} bytes of elements that repeat {stored} bytes of a storage");
            return Err(Error::new(ErrorKind::LimitExceeded, what));
        }
        Ok(())
    }

    pub fn dtype(&self) -> DType {
        self.scalar.into()
    }

    pub fn shape(&self) -> Vec<usize> {
        self.shape.clone()
    }

    /// Reads its storage.
    ///
    /// # Errors
    /// Those of reading a member.
    pub fn load(&self) -> Result<Loaded<'_>> {
        let mut storage = self.archive.by_name(&self.member)?.bytes()?;
        if self.is_big {
            let unit = if self.kind.is_some() { self.scalar.itemsize() } else { self.scalar.swap_size() };
            storage.chunks_exact_mut(unit).for_each(<[u8]>::reverse);
        }
        Ok(Loaded { array: self, storage })
    }
}

/// A tensor whose storage is in memory.
pub struct Loaded<'a> {
    array: &'a TorchArray,
    storage: Vec<u8>,
}

impl ArrayLike for Loaded<'_> {
    fn dtype(&self) -> DType {
        self.array.dtype()
    }

    fn descr(&self) -> Option<String> {
        self.array.kind.and_then(|kind| kind.foreign).map(|(descr, _)| descr.to_owned())
    }

    fn shape(&self) -> Vec<usize> {
        self.array.shape()
    }

    fn order(&self) -> Order {
        Order::C
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        None
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let TorchArray { shape, strides, first, scalar, .. } = self.array;
        let itemsize = scalar.itemsize();
        if shape.contains(&0) {
            return Ok(());
        }
        // The last axes whose elements follow one another are copied at once.
        let mut run = 1;
        let mut outer = shape.len();
        while let Some(axis) = outer.checked_sub(1)
            && (strides.get(axis) == Some(&run) || shape.get(axis) == Some(&1))
        {
            run *= shape.get(axis).copied().unwrap_or(1);
            outer = axis;
        }
        let mut index = vec![0; outer];
        let mut buffer = Vec::with_capacity(BUFFER);
        loop {
            let at = index.iter().zip(strides).fold(*first, |at, (index, stride)| at + index * stride);
            let found = self.storage.get(at * itemsize..(at + run) * itemsize);
            let found = found.ok_or(io::ErrorKind::UnexpectedEof)?;
            if found.len() >= BUFFER {
                out.write_all(&buffer)?;
                buffer.clear();
                out.write_all(found)?;
            } else {
                buffer.extend_from_slice(found);
                if buffer.len() >= BUFFER {
                    out.write_all(&buffer)?;
                    buffer.clear();
                }
            }
            let mut axis = outer;
            loop {
                let Some(next) = axis.checked_sub(1) else { return out.write_all(&buffer) };
                axis = next;
                if let (Some(index), Some(&len)) = (index.get_mut(axis), shape.get(axis)) {
                    *index += 1;
                    if *index < len {
                        break;
                    }
                    *index = 0;
                }
            }
        }
    }
}

/// Bytes that are written at once.
const BUFFER: usize = 64 << 10;

fn kind_of(value: &RawValue<'_>) -> &'static str {
    match value {
        RawValue::None => "None",
        RawValue::Bool(_) => "a bool",
        RawValue::Int(_) => "an int",
        RawValue::Float(_) => "a float",
        RawValue::Str(_) => "a str",
        RawValue::Bytes(_) | RawValue::ByteArray(_) => "bytes",
        RawValue::Set(_) | RawValue::FrozenSet(_) => "a set",
        RawValue::Persistent(_) => "a storage without a shape",
        _ => "something else",
    }
}
