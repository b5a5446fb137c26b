//! `numio slice`, `cast`, `cat` and `split`: arrays out of parts of arrays.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use numio::pickle::{ContainerKind, GraphWriter, Pickler};
use numio::{
    ComplexWidth, DType, DatetimeUnit, DynArray, Error, ErrorKind, Field, FieldName, FloatWidth, IntWidth,
    Record, Scalar, SliceItem, Subarray, TimeUnit,
};

use super::convert::dtype;
use super::ends::whole_array;
use crate::convert::{Arrays, Destination, Format, NpySink, NpzSink, Rows, Sink};
use crate::failure::Failure;
use crate::files::Walk;
use crate::interrupt;
use crate::open::{Extent, Opening};
use crate::options::{CompressionArgs, OverwriteArgs};
use crate::output::{Output, Verdict};
use crate::progress;
use crate::store;
use crate::target::Target;
use crate::text;

/// The output of one array.
#[derive(Debug, Args)]
struct OutputArgs {
    /// The .npy file to write, or a member to add to an archive, x.npz:name; - is standard output
    #[arg(short, long, value_name = "B")]
    output: OsString,
    #[command(flatten)]
    compression: CompressionArgs,
    #[command(flatten)]
    overwrite: OverwriteArgs,
}

impl OutputArgs {
    /// Calls `write` with the file to write: that of the argument, or for a URL one that is sent there then.
    fn with_file(&self, write: impl FnOnce(&OsStr) -> Result<(), Failure>) -> Result<(), Failure> {
        match store::Upload::of(&self.output, self.overwrite.force)? {
            None => write(&self.output),
            Some(upload) => {
                write(upload.path().as_os_str())?;
                Ok(upload.send()?)
            }
        }
    }

    /// Writes an array chunk by chunk. What is there stays as it was until all is written.
    fn write(&self, out: &mut Output, target: &Target, rows: &mut dyn Rows) -> Result<(), Failure> {
        self.with_file(|file| self.write_to(file, out, target, rows))
    }

    fn write_to(
        &self,
        file: &OsStr,
        out: &mut Output,
        target: &Target,
        rows: &mut dyn Rows,
    ) -> Result<(), Failure> {
        let destination = Destination::of(file);
        let compression = self.compression.compression()?;
        let mut sink: Box<dyn Sink + '_> = match &destination {
            Destination::Stdout => Box::new(NpzSink::npy(out.data()?)),
            Destination::Member { archive, name } => {
                Box::new(NpzSink::create(archive, name.clone(), true, compression)?)
            }
            Destination::File(path) => {
                self.overwrite.check(path)?;
                match Format::of(path) {
                    Some(Format::Npz) => {
                        Box::new(NpzSink::create(path, member_name(target), false, compression)?)
                    }
                    None | Some(Format::Npy) => Box::new(NpySink::create(path)?),
                    Some(_) => {
                        let what = "writes .npy and .npz: numio convert writes others";
                        return Err(Failure::Usage(format!("{}: {what}", path.display())));
                    }
                }
            }
        };
        let name = self.name();
        let named = |failure: Failure| failure.of(&name);
        let bar = progress::bar(rows.progress().0.unwrap_or(0));
        while let Some(piece) = rows.next()? {
            interrupt::check()?;
            sink.push(&piece).map_err(named)?;
            bar.set_position(rows.progress().1);
        }
        bar.finish_and_clear();
        sink.finish().map_err(named)
    }

    /// The name of what is written, for errors, which else would be taken for those of the file that is read.
    fn name(&self) -> String {
        Destination::of(&self.output).name()
    }

    /// Writes an array of Python objects, which cannot be taken apart.
    fn write_objects(&self, out: &mut Output, target: &Target, array: &DynArray) -> Result<(), Failure> {
        let compression = self.compression.compression()?;
        self.with_file(|file| {
            match Destination::of(file) {
                Destination::Stdout => NpzSink::npy(out.data()?).whole(array)?,
                Destination::Member { archive, name } => {
                    NpzSink::create(&archive, name, true, compression)?.whole(array)?
                }
                Destination::File(path) => {
                    self.overwrite.check(&path)?;
                    match Format::of(&path) {
                        Some(Format::Npz) => {
                            NpzSink::create(&path, member_name(target), false, compression)?.whole(array)?
                        }
                        _ => {
                            save_exactly(&path, array).map_err(|error| error.with_path(self.name()))?;
                        }
                    }
                }
            }
            Ok(())
        })
    }
}

/// The name of a member made of a target: that of its member, or of its file.
fn member_name(target: &Target) -> String {
    target.member_named().map_or_else(|| stem(target), str::to_owned)
}

/// The name of a target's file without its suffix.
fn stem(target: &Target) -> String {
    let stem = Path::new(target.input.file_name()).file_stem().and_then(OsStr::to_str);
    stem.filter(|stem| *stem != "-").unwrap_or("arr_0").to_owned()
}

/// Save a part of an array
///
/// Only that part is read.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio slice 'x.npy[:, ::2]' -o y.npy
  numio slice \"x.npy['name'][:10]\" -o names.npy
  numio slice 'x.npz:w[0]' -o first.npz:w")]
pub struct Slice {
    /// A file or a member with a slice; - is standard input
    #[arg(value_name = "A")]
    target: OsString,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    opening: Opening,
}

impl Slice {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let target = Target::of(&self.target);
        let array = whole_array(&self.opening, &target, Extent::All)
            .map_err(|failure| failure.of(&target.input.name()))?;
        match array.dtype().has_objects() {
            true => self.output.write_objects(out, &target, &array)?,
            false => self.output.write(out, &target, &mut Arrays::new(array))?,
        }
        Ok(Verdict::Good)
    }
}

/// Save an array with elements of another dtype
///
/// By NumPy's rule same_kind: to the same kind of any width, or to a kind that holds more. Integers wrap around, floats
/// round, texts are cut.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio cast --dtype f4 x.npy -o small.npy
  numio cast --dtype '>i2' x.npz:a -o y.npz:a
  numio cast --dtype U names.npy -o text.npy")]
pub struct Cast {
    /// The dtype, in NumPy's notation
    #[arg(long, value_name = "T")]
    dtype: String,
    /// A file, a member or a slice; - is standard input
    #[arg(value_name = "A")]
    target: OsString,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    opening: Opening,
}

impl Cast {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let dtype = dtype(&self.dtype).map_err(|error| Failure::Usage(format!("--dtype: {error}")))?;
        let target = Target::of(&self.target);
        self.cast(out, &target, &dtype).map_err(|failure| failure.of(&target.input.name()))?;
        Ok(Verdict::Good)
    }

    fn cast(&self, out: &mut Output, target: &Target, dtype: &DType) -> Result<(), Failure> {
        let array = whole_array(&self.opening, target, Extent::All)?;
        if array.dtype().has_objects() && array.dtype() == dtype {
            return self.output.write_objects(out, target, &array);
        }
        // Of texts without a length, all must be seen for it.
        let mut rows: Box<dyn Rows> = match dtype.itemsize() {
            0 => Box::new(Arrays::new(array.cast(dtype)?)),
            _ => Box::new(Casting { rows: Arrays::new(array), dtype: dtype.clone() }),
        };
        self.output.write(out, target, &mut *rows)
    }
}

/// Rows converted to another dtype.
struct Casting {
    rows: Arrays,
    dtype: DType,
}

impl Rows for Casting {
    fn next(&mut self) -> Result<Option<DynArray>, Failure> {
        let next = self.rows.next()?;
        Ok(next.map(|rows| rows.cast(&self.dtype)).transpose()?)
    }

    fn progress(&self) -> (Option<u64>, u64) {
        self.rows.progress()
    }
}

/// Join arrays along an axis
///
/// As numpy.concatenate: all axes but that one must be equal, and elements get the dtype that all have in common.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio cat part*.npy -o all.npy
  numio cat --axis 1 left.npy right.npy -o wide.npy
  numio cat a.npz:x b.npz:x -o c.npz:x")]
pub struct Cat {
    /// The axis; negative ones count from the last
    #[arg(long, value_name = "N", default_value_t = 0, allow_hyphen_values = true)]
    axis: isize,
    /// Files, members, slices, directories or patterns; - is standard input
    #[arg(required = true, value_name = "A")]
    targets: Vec<OsString>,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    walk: Walk,
    #[command(flatten)]
    opening: Opening,
}

impl Cat {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let targets = self.walk.targets(&self.targets)?;
        let mut arrays = Vec::new();
        for target in &targets {
            let array = whole_array(&self.opening, target, Extent::All);
            arrays.push(array.map_err(|failure| failure.of(&target.input.name()))?);
        }
        let (Some(first), Some(target)) = (arrays.first(), targets.first()) else { return Ok(Verdict::Good) };
        let axis = axis_of(self.axis, first.ndim())?;
        let mut dtype = canonical(first.dtype())?;
        for (array, target) in arrays.iter().zip(&targets).skip(1) {
            let refused = |what: String| {
                Failure::from(Error::new(ErrorKind::InvalidInput, what).with_path(target.input.name()))
            };
            let others = |shape: &[usize]| {
                shape
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| *at != axis)
                    .map(|(_, len)| *len)
                    .collect::<Vec<_>>()
            };
            if array.ndim() != first.ndim() || others(array.shape()) != others(first.shape()) {
                let what = format!(
                    "its shape {} and {} of the first differ in more than axis {axis}",
                    text::shape(array.shape()),
                    text::shape(first.shape())
                );
                return Err(refused(what));
            }
            let common = common(&dtype, &canonical(array.dtype())?);
            dtype = common.ok_or_else(|| {
                refused(format!("dtypes {dtype} and {} have none in common: cast one first", array.dtype()))
            })?;
        }
        if dtype.has_objects() {
            if dtype != DType::OBJECT {
                let what = "records with Python objects in them are not joined: join their fields one by one";
                return Err(Error::new(ErrorKind::Unsupported, what).with_path(target.input.name()).into());
            }
            self.output.write_objects(out, target, &joined_objects(&arrays, axis)?)?;
            return Ok(Verdict::Good);
        }
        let mut lengths = arrays.iter().map(|array| array.shape().get(axis).copied().unwrap_or(0));
        let length = lengths.try_fold(0, |all: usize, length| all.checked_add(length));
        let mut rest = first.shape().iter().enumerate().filter(|(at, _)| *at != axis);
        // As `numio` reads arrays: lengths are multiplied even where another is 0.
        let rest = rest.try_fold(1, |all: usize, (_, len)| all.checked_mul((*len).max(1)));
        let size = length.zip(rest).and_then(|(length, rest)| length.checked_mul(rest));
        let bytes = size.and_then(|size| size.checked_mul(dtype.itemsize().max(1)));
        if bytes.is_none_or(|bytes| isize::try_from(bytes).is_err()) {
            let what = "together they are larger than the address space".to_owned();
            return Err(Error::new(ErrorKind::LimitExceeded, what).into());
        }
        let mut joined = Joined::new(arrays, axis, dtype);
        self.output.write(out, target, &mut joined)?;
        Ok(Verdict::Good)
    }
}

/// Arrays of Python objects joined along an axis: their pickles in one. What elements of one array share stays shared.
fn joined_objects(arrays: &[DynArray], axis: usize) -> numio::Result<DynArray> {
    let mut writer = Pickler::new().writer();
    let count = arrays.iter().map(DynArray::size).sum();
    let mut list = writer.open(ContainerKind::List, Some(count))?;
    for array in arrays {
        let mut graph = GraphWriter::new(&mut writer);
        for object in array.objects()? {
            list.before(graph.writer());
            graph.save(object)?;
            list.after(graph.writer());
        }
    }
    list.finish(&mut writer);
    let joined = numio::pickle::load(writer.finish())?;
    let mut shape = arrays.first().map(|array| array.shape().to_vec()).unwrap_or_default();
    let along = |array: &DynArray| array.shape().get(axis).copied().unwrap_or(0);
    if let Some(length) = shape.get_mut(axis) {
        *length = arrays.iter().map(along).sum();
    }
    let outer = shape.iter().take(axis).product::<usize>();
    if outer <= 1 {
        return DynArray::from_objects(joined.root())?.reshape(&shape);
    }
    // Now that they are of one graph, in the order of the whole.
    let items = joined.root().as_list()?;
    let mut writer = Pickler::new().writer();
    let mut list = writer.open(ContainerKind::List, Some(count))?;
    let mut graph = GraphWriter::new(&mut writer);
    for row in 0..outer {
        let mut start = 0;
        for array in arrays {
            let run = array.size() / outer;
            for object in (start + row * run..start + (row + 1) * run).filter_map(|at| items.get(at)) {
                list.before(graph.writer());
                graph.save(object)?;
                list.after(graph.writer());
            }
            start += array.size();
        }
    }
    list.finish(graph.writer());
    let ordered = numio::pickle::load(writer.finish())?;
    DynArray::from_objects(ordered.root())?.reshape(&shape)
}

/// The axis as a number from 0 on.
fn axis_of(axis: isize, axes: usize) -> Result<usize, Failure> {
    let from_first = if axis < 0 { axis.checked_add_unsigned(axes) } else { Some(axis) };
    let found = from_first.and_then(|axis| usize::try_from(axis).ok()).filter(|axis| *axis < axes);
    found.ok_or_else(|| Failure::Usage(format!("--axis {axis}: the array has {axes} axes")))
}

/// Arrays joined along an axis, some rows at a time.
struct Joined {
    arrays: Vec<DynArray>,
    axis: usize,
    dtype: DType,
    /// Along axis 0: the array that is read, and the next row; else the next row of all.
    array: usize,
    row: usize,
    is_begun: bool,
    done: u64,
}

/// The bytes of one chunk.
const CHUNK: usize = 8 << 20;

/// The rows of a chunk: all of those that have no bytes, of which a small file may have any number.
fn rows_of(row_bytes: usize) -> usize {
    CHUNK.checked_div(row_bytes).map_or(usize::MAX, |rows| rows.max(1))
}

impl Joined {
    fn new(arrays: Vec<DynArray>, axis: usize, dtype: DType) -> Self {
        Self { arrays, axis, dtype, array: 0, row: 0, is_begun: false, done: 0 }
    }

    /// Some rows of an array, in the common dtype.
    fn rows(&self, array: &DynArray, start: usize, len: usize) -> Result<DynArray, Failure> {
        let stop = start.saturating_add(len);
        let range = SliceItem::Range { start: Some(start as isize), stop: Some(stop as isize), step: 1 };
        Ok(array.slice(&[range])?.cast(&self.dtype)?)
    }

    fn row_bytes(&self, array: &DynArray) -> usize {
        array.shape().iter().skip(1).product::<usize>().saturating_mul(self.dtype.itemsize())
    }
}

impl Rows for Joined {
    fn next(&mut self) -> Result<Option<DynArray>, Failure> {
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        if self.axis == 0 {
            while let Some(array) = self.arrays.get(self.array) {
                let rows = array.shape().first().copied().unwrap_or(0);
                let len = rows_of(self.row_bytes(array)).min(rows.saturating_sub(self.row));
                if len == 0 && !(is_first && self.array + 1 == self.arrays.len()) {
                    (self.array, self.row) = (self.array + 1, 0);
                    continue;
                }
                let piece = self.rows(array, self.row, len)?;
                self.row += len;
                if len == 0 {
                    self.array += 1;
                }
                self.done += piece.nbytes() as u64;
                return Ok(Some(piece));
            }
            return Ok(None);
        }
        let Some(first) = self.arrays.first() else { return Ok(None) };
        let rows = first.shape().first().copied().unwrap_or(0);
        let all: usize = self.arrays.iter().map(|array| self.row_bytes(array)).sum();
        let len = rows_of(all).min(rows.saturating_sub(self.row));
        if len == 0 && !is_first {
            return Ok(None);
        }
        let mut shape = first.shape().to_vec();
        let width = self.arrays.iter().map(|array| array.shape().get(self.axis).copied().unwrap_or(0)).sum();
        for (at, slot) in [(0, len), (self.axis, width)] {
            if let Some(length) = shape.get_mut(at) {
                *length = slot;
            }
        }
        let inner: usize = shape.iter().skip(self.axis + 1).product::<usize>() * self.dtype.itemsize();
        let mut parts = Vec::new();
        for array in &self.arrays {
            let along = array.shape().get(self.axis).copied().unwrap_or(0);
            parts.push((self.rows(array, self.row, len)?.to_bytes(), along * inner));
        }
        let outer = if all == 0 { 0 } else { shape.iter().take(self.axis).product::<usize>() };
        let mut bytes = Vec::new();
        for at in 0..outer {
            for (part, run) in &parts {
                bytes.extend_from_slice(part.get(at * run..(at + 1) * run).unwrap_or_default());
            }
        }
        self.row += len;
        self.done += bytes.len() as u64;
        Ok(Some(DynArray::from_bytes(self.dtype.clone(), &shape, &bytes)?))
    }

    fn progress(&self) -> (Option<u64>, u64) {
        let total =
            self.arrays.iter().map(|array| (array.size().saturating_mul(self.dtype.itemsize())) as u64).sum();
        (Some(total), self.done)
    }
}

/// The dtype in this machine's byte order, and without gaps in records, as NumPy joins arrays.
fn canonical(dtype: &DType) -> numio::Result<DType> {
    Ok(match dtype {
        DType::Scalar(scalar) => scalar.with_byte_order(numio::ByteOrder::NATIVE).into(),
        DType::Subarray(subarray) => {
            DType::Subarray(Subarray::new(canonical(subarray.base())?, subarray.shape().to_vec())?.into())
        }
        DType::Record(record) => {
            let field = |field: &Field| {
                let name = match &field.title {
                    Some(title) => FieldName::from((title.clone(), &*field.name)),
                    None => FieldName::from(&*field.name),
                };
                Ok((name, canonical(&field.dtype)?))
            };
            let fields = record.fields().iter().map(field).collect::<numio::Result<Vec<_>>>()?;
            match record.is_aligned() {
                true => Record::aligned(fields)?.into(),
                false => Record::packed(fields)?.into(),
            }
        }
    })
}

/// The dtype that NumPy gives elements of two dtypes together; `None` if that is none of their kinds.
fn common(a: &DType, b: &DType) -> Option<DType> {
    if a == b {
        return Some(a.clone());
    }
    let (one, two) = (a.as_scalar()?, b.as_scalar()?);
    let order = numio::ByteOrder::NATIVE;
    let int = |bytes: usize| match bytes {
        1 => Scalar::Int8,
        2 => Scalar::Int(IntWidth::Bits16, order),
        4 => Scalar::Int(IntWidth::Bits32, order),
        _ => Scalar::Int(IntWidth::Bits64, order),
    };
    let float = |width: FloatWidth| Scalar::Float(width, order);
    let is_unsigned = |scalar: Scalar| matches!(scalar, Scalar::UInt8 | Scalar::UInt(..));
    let is_int = |scalar: Scalar| is_unsigned(scalar) || matches!(scalar, Scalar::Int8 | Scalar::Int(..));
    // The float that holds an integer, as NumPy sees it.
    let width = |scalar: Scalar| match scalar {
        Scalar::Float(width, _) => Some(width),
        Scalar::Complex(width, _) => Some(width.part()),
        Scalar::Bool => Some(FloatWidth::Bits16),
        scalar if is_int(scalar) => Some(match scalar.itemsize() {
            1 => FloatWidth::Bits16,
            2 => FloatWidth::Bits32,
            _ => FloatWidth::Bits64,
        }),
        _ => None,
    };
    let complex = |width: FloatWidth| match width {
        FloatWidth::Bits16 | FloatWidth::Bits32 => ComplexWidth::Bits64,
        FloatWidth::Bits64 => ComplexWidth::Bits128,
        FloatWidth::Bits128 => ComplexWidth::Bits256,
    };
    let found = match (one.with_byte_order(order), two.with_byte_order(order)) {
        (one, two) if one == two => one,
        (Scalar::Bytes(a), Scalar::Bytes(b)) => Scalar::Bytes(a.max(b)),
        (Scalar::Str(a, _), Scalar::Str(b, _)) => Scalar::Str(a.max(b), order),
        (Scalar::Bytes(a), Scalar::Str(b, _)) | (Scalar::Str(a, _), Scalar::Bytes(b)) => {
            Scalar::Str(a.max(b), order)
        }
        (Scalar::Datetime(a, _), Scalar::Datetime(b, _)) => {
            // Months do not start with every second day: NumPy moves them.
            let is_even = !spans_months(a, b) || [a, b].into_iter().all(|unit| unit == single(unit));
            is_even.then(|| Scalar::Datetime(a.common(b), order))?
        }
        (Scalar::Timedelta(a, _), Scalar::Timedelta(b, _)) => {
            (!spans_months(a, b)).then(|| Scalar::Timedelta(a.common(b), order))?
        }
        (time @ Scalar::Timedelta(..), other) | (other, time @ Scalar::Timedelta(..))
            if (is_int(other) || other == Scalar::Bool)
                && !matches!(other, Scalar::UInt(IntWidth::Bits64, _)) =>
        {
            time
        }
        (Scalar::Bool, other) | (other, Scalar::Bool) if is_int(other) => other,
        (one, two) if is_int(one) && is_int(two) => {
            let (small, large) = if one.itemsize() <= two.itemsize() { (one, two) } else { (two, one) };
            match (is_unsigned(one) == is_unsigned(two), is_unsigned(large)) {
                (true, _) => large,
                (false, false) if large.itemsize() > small.itemsize() => large,
                _ if large.itemsize() < 8 => int(large.itemsize() * 2),
                _ => float(FloatWidth::Bits64),
            }
        }
        (one, two) => {
            let widest = width(one)?.max(width(two)?);
            match matches!(one, Scalar::Complex(..)) || matches!(two, Scalar::Complex(..)) {
                true => Scalar::Complex(complex(widest), order),
                false => float(widest),
            }
        }
    };
    Some(found.into())
}

/// Returns whether one unit is of months or years and the other of weeks or less: no number of days is a month.
fn spans_months(a: TimeUnit, b: TimeUnit) -> bool {
    let is_long = |unit| match unit {
        TimeUnit::Multiple(_, unit) => Some(unit <= DatetimeUnit::Month),
        TimeUnit::Generic => None,
    };
    is_long(a).zip(is_long(b)).is_some_and(|(a, b)| a != b)
}

/// One of the unit.
fn single(unit: TimeUnit) -> TimeUnit {
    match unit {
        TimeUnit::Multiple(_, unit) => TimeUnit::one(unit),
        TimeUnit::Generic => unit,
    }
}

/// Divide an array along an axis into files
///
/// As numpy.array_split: parts are equal, or the first ones are longer by one. They are called after the file, with
/// numbers from 0 on.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio split --parts 4 x.npy parts/          parts/x_0.npy to parts/x_3.npy
  numio split --size 1000 --axis 1 x.npy parts/")]
#[command(group(ArgGroup::new("how").required(true).args(["parts", "size"])))]
pub struct Split {
    /// The axis; negative ones count from the last
    #[arg(long, value_name = "N", default_value_t = 0, allow_hyphen_values = true)]
    axis: isize,
    /// The number of parts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    parts: Option<u64>,
    /// The length of each part, but for the last
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    size: Option<u64>,
    /// A file, a member or a slice; - is standard input
    #[arg(value_name = "A")]
    target: OsString,
    /// The directory to write to; made if it is not there
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    #[command(flatten)]
    opening: Opening,
}

/// The most parts of an array.
const MOST_PARTS: u64 = 1 << 20;

impl Split {
    pub fn run(&self) -> Result<Verdict, Failure> {
        let target = Target::of(&self.target);
        let array = whole_array(&self.opening, &target, Extent::All)
            .map_err(|failure| failure.of(&target.input.name()))?;
        let axis = axis_of(self.axis, array.ndim())?;
        let along = array.shape().get(axis).copied().unwrap_or(0) as u64;
        let parts = match (self.parts, self.size) {
            (Some(parts), _) => parts,
            (None, size) => along.div_ceil(size.unwrap_or(1)).max(1),
        };
        if parts > MOST_PARTS {
            return Err(Failure::Usage(format!("{parts} files are too many: up to {MOST_PARTS}")));
        }
        let digits = (parts - 1).to_string().len();
        let name = member_name(&target);
        // A member's name may have directories in it, which need not be made here.
        let name = name.replace(['/', '\\'], "_");
        let file = |part: u64| self.directory.join(format!("{name}_{part:0digits$}.npy"));
        for part in 0..parts {
            self.overwrite.check(&file(part))?;
        }
        std::fs::create_dir_all(&self.directory)
            .map_err(|error| Error::from(error).with_path(&self.directory))?;
        let mut start = 0;
        for part in 0..parts {
            let len = match self.size {
                Some(size) => size.min(along - start),
                None => along / parts + u64::from(part < along % parts),
            };
            let mut items = vec![SliceItem::Range { start: None, stop: None, step: 1 }; axis];
            items.push(SliceItem::Range {
                start: Some(start as isize),
                stop: Some((start + len) as isize),
                step: 1,
            });
            let piece = array.slice(&items)?;
            start += len;
            let path = file(part);
            if piece.dtype().has_objects() {
                save_exactly(&path, &piece).map_err(|error| error.with_path(&path))?;
                continue;
            }
            let name = path.display().to_string();
            let named = |failure: Failure| failure.of(&name);
            let mut sink: Box<dyn Sink> = Box::new(NpySink::create(&path)?);
            let mut rows = Arrays::new(piece);
            while let Some(rows) = rows.next()? {
                interrupt::check()?;
                sink.push(&rows).map_err(named)?;
            }
            sink.finish().map_err(named)?;
        }
        Ok(Verdict::Good)
    }
}

/// Saves an array to a file of just that name.
fn save_exactly(path: &Path, array: &DynArray) -> numio::Result<()> {
    let mut file = numio::AtomicFile::create(path)?;
    numio::to_writer(&mut file, array)?;
    file.commit().map(drop)
}
