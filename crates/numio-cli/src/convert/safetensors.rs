//! Files of `safetensors`: the length of a header in eight bytes, the header in JSON, and the elements of all tensors.
//!
//! Nothing in a file is believed that the reference does not check either (`safetensors/src/tensor.rs`): the header is in the
//! file and not too long, tensors follow one another without gaps and end where the file does, and each is as long as its
//! shape and its type say. Keys that come twice are refused too, which the format demands and few parsers do.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use numio::{ArrayLike, DType, Error, ErrorKind, ReadAt, Result, Scalar};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::arrays::{Arrays, c_bytes};
use super::file_array::FileArray;
use super::kind::{Kind, little};
use super::named_array::{NamedArray, Part};
use crate::interrupt;

/// The longest header that the reference takes.
const MOST_HEADER: u64 = 100_000_000;

/// The most axes of NumPy's arrays.
const MOST_AXES: usize = 64;

/// The key of texts about the file, which no tensor has.
const METADATA: &str = "__metadata__";

/// Texts about a file, by their keys.
pub type Metadata = BTreeMap<String, String>;

/// The tensors of a file, whose elements stay in it, and what it says of itself.
pub struct Tensors {
    pub arrays: Vec<NamedArray>,
    pub metadata: Metadata,
}

/// A tensor as its header describes it.
#[derive(Debug, Deserialize)]
struct Entry {
    dtype: String,
    shape: Axes,
    data_offsets: (u64, u64),
}

/// A shape of at most 64 axes.
#[derive(Debug)]
struct Axes(Vec<u64>);

impl<'de> Deserialize<'de> for Axes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(AxesVisitor)
    }
}

struct AxesVisitor;

impl<'de> Visitor<'de> for AxesVisitor {
    type Value = Axes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of lengths")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Axes, A::Error> {
        let mut axes = Vec::new();
        while let Some(axis) = seq.next_element()? {
            if axes.len() == MOST_AXES {
                return Err(de::Error::custom(
                    "a shape of more than 64 axes, which NumPy's arrays do not have",
                ));
            }
            axes.push(axis);
        }
        Ok(Axes(axes))
    }
}

/// A header: all tensors, in its order.
struct Entries {
    tensors: Vec<(String, Entry)>,
    metadata: Metadata,
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with an entry for each tensor")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let mut metadata = Metadata::new();
        while let Some(name) = map.next_key::<String>()? {
            if !seen.insert(name.clone()) {
                return Err(de::Error::custom(format_args!("the key {name:?} comes twice")));
            }
            if name == METADATA {
                metadata = map.next_value()?;
                continue;
            }
            let entry = map.next_value()?;
            found.push((name, entry));
        }
        Ok(Entries { tensors: found, metadata })
    }
}

/// The tensors of a file, whose elements stay in it.
///
/// # Errors
/// `InvalidData` where the file is not what the format says; `LimitExceeded` for a header above 100 MB; `Unsupported` for
/// types without a dtype; `Io`.
pub fn read(file: File) -> Result<Tensors> {
    let wrong = |what: String| Error::new(ErrorKind::InvalidData, what);
    let size = ReadAt::len(&file)?;
    let mut length = [0; 8];
    if size < 8 {
        return Err(wrong(format!(
            "no safetensors: {size} bytes, of which the first 8 are the header's length"
        )));
    }
    file.read_exact_at(&mut length, 0)?;
    let length = u64::from_le_bytes(length);
    if length > size - 8 {
        let what = format!("no safetensors: a header of {length} bytes, where {} are left", size - 8);
        return Err(wrong(what).with_offset(0));
    }
    if length > MOST_HEADER {
        let what = format!("a header of {length} bytes: the format allows {MOST_HEADER}");
        return Err(Error::new(ErrorKind::LimitExceeded, what).with_offset(0));
    }
    let mut header = Vec::new();
    header.try_reserve_exact(length as usize).map_err(io::Error::from)?;
    header.resize(length as usize, 0);
    file.read_exact_at(&mut header, 8)?;
    if header.first() != Some(&b'{') {
        return Err(wrong("no safetensors: the header does not start with {".to_owned()).with_offset(8));
    }
    let Entries { tensors: entries, metadata } = serde_json::from_slice(&header).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let what = text.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&text);
        // Headers are of one line, as a rule.
        let offset = if line <= 1 { 8 + column.saturating_sub(1) as u64 } else { 8 };
        wrong(format!("the header: {what}")).with_offset(offset)
    })?;
    let data = 8 + length;
    let mut by_offset: Vec<&(String, Entry)> = entries.iter().collect();
    by_offset.sort_by_key(|(_, entry)| entry.data_offsets);
    let mut end = 0;
    for (name, Entry { data_offsets: (start, stop), .. }) in by_offset {
        if *start != end || stop < start {
            let what =
                format!("tensor {name:?} is from {start} to {stop}, where the one before it ends at {end}");
            return Err(wrong(what));
        }
        end = *stop;
    }
    if end != size - data {
        return Err(wrong(format!("the tensors take {end} bytes, the file has {} for them", size - data)));
    }
    let file = Arc::new(file);
    let arrays = entries.into_iter().map(|(name, entry)| tensor(&file, data, name, &entry));
    Ok(Tensors { arrays: arrays.collect::<Result<_>>()?, metadata })
}

fn tensor(file: &Arc<File>, data: u64, name: String, entry: &Entry) -> Result<NamedArray> {
    let about = |error: Error| error.with_context(format!("tensor {name:?}"));
    let kind = Kind::named(&entry.dtype).ok_or_else(|| {
        about(Error::new(ErrorKind::Unsupported, format!("its type {:?} is not known", entry.dtype)))
    })?;
    let scalar = kind.scalar.ok_or_else(|| {
        about(Error::new(ErrorKind::Unsupported, format!("elements of {} are less than a byte", kind.name)))
    })?;
    let (start, stop) = entry.data_offsets;
    // Lengths are multiplied even where another is 0: NumPy has no such arrays beyond the address space.
    let product =
        entry.shape.0.iter().try_fold(scalar.itemsize() as u64, |all, &axis| all.checked_mul(axis.max(1)));
    let is_empty = entry.shape.0.contains(&0);
    let wanted =
        product.filter(|&all| isize::try_from(all).is_ok()).map(|all| if is_empty { 0 } else { all });
    if wanted != Some(stop - start) {
        let what =
            format!("{} bytes, which shape {:?} of {} does not take", stop - start, entry.shape.0, kind.name);
        return Err(about(Error::new(ErrorKind::InvalidData, what)));
    }
    let shape = entry.shape.0.iter().map(|&axis| axis as usize).collect();
    Ok(NamedArray {
        part: Part::File(FileArray::new(file, data + start, DType::from(scalar), shape, kind.foreign)),
        kind: Some(kind),
        name,
    })
}

/// A tensor to be written: its name, its type and its shape.
pub struct Planned {
    pub name: String,
    pub kind: &'static Kind,
    pub shape: Vec<usize>,
}

/// The header of a file with these tensors, and the order in which their elements follow: by type and name, as the
/// reference writes them, which leaves all of them aligned.
///
/// # Errors
/// `LimitExceeded` if a header or the file would be too long; `InvalidInput` for a name that the format reserves.
pub fn header(tensors: &[Planned], metadata: &Metadata) -> Result<(Vec<u8>, Vec<usize>)> {
    let mut order: Vec<usize> = (0..tensors.len()).collect();
    let key = |index: &usize| {
        tensors.get(*index).map(|tensor| (std::cmp::Reverse(tensor.kind.rank()), tensor.name.as_str()))
    };
    order.sort_by(|a, b| key(a).cmp(&key(b)));
    let mut header = serde_json::Map::new();
    if !metadata.is_empty() {
        header.insert(METADATA.to_owned(), serde_json::json!(metadata));
    }
    let mut end = 0_u64;
    for tensor in order.iter().filter_map(|&index| tensors.get(index)) {
        if tensor.name == METADATA {
            let what = "an array called __metadata__, which safetensors keeps for other things";
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        let itemsize = tensor.kind.scalar.map_or(0, Scalar::itemsize);
        let size = tensor.shape.iter().try_fold(itemsize, |all, &axis| all.checked_mul(axis));
        let start = end;
        let too_long = || Error::new(ErrorKind::LimitExceeded, "the file would be too long");
        end = size.and_then(|size| end.checked_add(size as u64)).ok_or_else(too_long)?;
        let entry = serde_json::json!({
            "dtype": tensor.kind.name, "shape": tensor.shape, "data_offsets": [start, end],
        });
        header.insert(tensor.name.clone(), entry);
    }
    let mut text = serde_json::to_vec(&header).map_err(io::Error::from)?;
    text.resize(text.len().next_multiple_of(8), b' ');
    if text.len() as u64 > MOST_HEADER {
        let what = format!("a header of {} bytes: the format allows {MOST_HEADER}", text.len());
        return Err(Error::new(ErrorKind::LimitExceeded, what));
    }
    Ok(([&(text.len() as u64).to_le_bytes(), text.as_slice()].concat(), order))
}

/// Writes the elements of a tensor, the last index varying fastest and the least significant byte first.
///
/// # Errors
/// Those of reading and writing.
pub fn write(out: &mut dyn Write, array: &dyn ArrayLike) -> Result<()> {
    let Some(array) = array.as_dynamic() else {
        // Arrays that are not in memory are in this order already.
        let written = array.write_to(&mut Interruptible(out));
        return written.map_err(|error| interrupt::check().err().unwrap_or_else(|| error.into()));
    };
    let little = little(array.dtype());
    let mut rows = Arrays::new(array.clone());
    while let Some(rows) = rows.chunk()? {
        interrupt::check()?;
        match rows.dtype() == &little {
            true => out.write_all(&c_bytes(&rows))?,
            false => out.write_all(&rows.cast(&little)?.to_bytes())?,
        }
    }
    Ok(())
}

/// A writer that fails once SIGINT has arrived.
struct Interruptible<'a>(&'a mut dyn Write);

impl Write for Interruptible<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        interrupt::check().map_err(io::Error::other)?;
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
