//! `numio checksum`: a digest of an array's values.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};

use clap::Args;
use numio::blocks::{Block, BlockSource};
use numio::{ByteOrder, DType, DynArray, Limits, Order, Scalar};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::failure::Failure;
use crate::files::{Walk, visit};
use crate::interrupt;
use crate::notes::complain;
use crate::open::{Opening, Subject};
use crate::output::{Output, Verdict};
use crate::progress;
use crate::text;

/// Print a checksum of the values of arrays
///
/// The SHA-256 of dtype, shape and elements: the same for equal arrays in any memory order, byte order, version of the
/// format, or compression, and whatever the padding in records. All zeros are one, and all NaN.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio checksum x.npy
  numio checksum x.npz y.npz:w
  numio checksum -r results/ > checksums

A line is the checksum in hexadecimal, two blanks, and the name.

JSON: a list with an object for each array: file, member (of archives), dtype, shape, sha256.")]
pub struct Checksum {
    /// Files, members, slices, archives, directories or patterns; - is standard input
    #[arg(required = true, value_name = "A")]
    targets: Vec<OsString>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    walk: Walk,
    #[command(flatten)]
    opening: Opening,
}

impl Checksum {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let mut rows = Vec::new();
        let verdict = visit(&self.targets, &self.walk, &self.opening, &mut |name, member, subject| {
            let suffix = member.map_or_else(String::new, |member| format!(":{member}"));
            let (digest, described) = match &subject {
                Subject::Array(array) => {
                    (of_array(&**array)?, Some((array.dtype().to_string(), array.shape().to_vec())))
                }
                Subject::Object(graph) => {
                    let mut hashed = Hashed(Sha256::new());
                    graph.root().write_repr(Limits::default(), &mut hashed)?;
                    (hashed.0.finalize().to_vec(), None)
                }
                Subject::Bytes(bytes) => (Sha256::digest(bytes).to_vec(), None),
                Subject::Archive(_) => {
                    complain(&format!("{name}{suffix}: an archive in an archive is not looked into"));
                    return Ok(Verdict::Bad);
                }
            };
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            if self.json {
                let (dtype, shape) = described.unzip();
                let mut row = json!({"file": name, "dtype": dtype, "shape": shape, "sha256": hex});
                if let (Some(member), Some(row)) = (member, row.as_object_mut()) {
                    row.insert("member".to_owned(), member.into());
                }
                rows.push(row);
            } else {
                writeln!(out, "{hex}  {}", text::visible(&format!("{name}{suffix}")))?;
                out.flush()?;
            }
            Ok(Verdict::Good)
        })?;
        if self.json {
            serde_json::to_writer_pretty(out.json(), &rows).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        Ok(verdict)
    }
}

/// The bytes of elements that are hashed at once.
const PIECE: usize = 1 << 20;

fn of_array(array: &dyn BlockSource) -> Result<Vec<u8>, Failure> {
    let mut hash = Sha256::new();
    // Without byte orders and offsets, which equal arrays need not share.
    hash.update(format!("numio 1 {} {:?}\n", kind(array.dtype()), array.shape()));
    let shape = array.shape();
    let total = shape.iter().product::<usize>();
    let itemsize = array.dtype().itemsize().max(1);
    let bar = progress::bar(total.saturating_mul(itemsize) as u64);
    let (mut buffer, mut canonical) = (Vec::new(), Vec::new());
    let mut chars = 0;
    let mut take = |block: &Block| -> Result<(), Failure> {
        interrupt::check()?;
        let bytes = array.bytes(block, Order::C, &mut buffer)?;
        if array.dtype().has_objects() {
            let whole = array.as_array();
            let part = array.block(block)?;
            return objects(&mut hash, &part, whole, &mut chars);
        }
        if is_canonical(array.dtype()) {
            hash.update(bytes);
            bar.inc(bytes.len() as u64);
            return Ok(());
        }
        canonical.clear();
        for element in bytes.chunks_exact(itemsize) {
            canonicalize(array.dtype(), element, &mut canonical);
        }
        hash.update(&canonical);
        bar.inc(bytes.len() as u64);
        Ok(())
    };
    if array.dtype().itemsize() > 0 {
        each_block(shape, (PIECE / itemsize).max(1), &mut take)?;
    }
    bar.finish_and_clear();
    Ok(hash.finalize().to_vec())
}

/// Calls `take` with blocks of up to `most` elements, in C order. Recurses once per axis.
fn each_block(
    shape: &[usize],
    most: usize,
    take: &mut dyn FnMut(&Block) -> Result<(), Failure>,
) -> Result<(), Failure> {
    fn inner(
        shape: &[usize],
        starts: &mut Vec<usize>,
        most: usize,
        take: &mut dyn FnMut(&Block) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let axis = starts.len();
        let Some(&len) = shape.get(axis) else {
            return take(&Block::new(starts, &vec![1; shape.len()]));
        };
        let rest: usize = shape.iter().skip(axis + 1).product();
        let step = most.checked_div(rest).unwrap_or(len.max(1));
        if step == 0 {
            for at in 0..len {
                starts.push(at);
                inner(shape, starts, most, take)?;
                starts.pop();
            }
            return Ok(());
        }
        let mut at = 0;
        while at < len {
            let count = step.min(len - at);
            let mut first = starts.clone();
            first.push(at);
            first.resize(shape.len(), 0);
            let mut lengths = vec![1; axis];
            lengths.push(count);
            lengths.extend(shape.iter().skip(axis + 1));
            take(&Block::new(&first, &lengths))?;
            at += count;
        }
        Ok(())
    }
    inner(shape, &mut Vec::new(), most, take)
}

/// A dtype without byte orders, offsets and titles.
fn kind(dtype: &DType) -> String {
    match dtype {
        DType::Scalar(scalar) => scalar.with_byte_order(ByteOrder::Little).type_string(),
        DType::Subarray(subarray) => format!("({}, {:?})", kind(subarray.base()), subarray.shape()),
        DType::Record(record) => {
            let fields = record.fields().iter();
            let fields: Vec<String> =
                fields.map(|field| format!("({:?}, {})", field.name, kind(&field.dtype))).collect();
            format!("[{}]", fields.join(", "))
        }
    }
}

/// Returns whether elements in native byte order are as they are hashed.
fn is_canonical(dtype: &DType) -> bool {
    let is_plain = !matches!(dtype, DType::Scalar(Scalar::Bool | Scalar::Float(..) | Scalar::Complex(..)));
    matches!(dtype, DType::Scalar(_)) && is_plain && ByteOrder::NATIVE == ByteOrder::Little
}

/// Adds one element, of native byte order, in the form in which equal elements are equal bytes: little-endian, without
/// padding, with one zero and one NaN. Recurses once per level of a dtype.
fn canonicalize(dtype: &DType, element: &[u8], out: &mut Vec<u8>) {
    match dtype {
        DType::Record(record) => {
            for field in record.fields() {
                let end = field.offset.saturating_add(field.dtype.itemsize());
                canonicalize(&field.dtype, element.get(field.offset..end).unwrap_or_default(), out);
            }
        }
        DType::Subarray(subarray) => {
            for item in element.chunks_exact(subarray.base().itemsize().max(1)) {
                canonicalize(subarray.base(), item, out);
            }
        }
        DType::Scalar(Scalar::Bool) => out.extend(element.iter().map(|byte| u8::from(*byte != 0))),
        DType::Scalar(scalar) => {
            let float = match scalar {
                Scalar::Float(width, _) => Some(*width),
                Scalar::Complex(width, _) => Some(width.part()),
                _ => None,
            };
            for part in element.chunks_exact(scalar.swap_size().max(1)) {
                let start = out.len();
                out.extend_from_slice(part);
                if let Some(part) = out.get_mut(start..) {
                    if ByteOrder::NATIVE == ByteOrder::Big {
                        part.reverse();
                    }
                    if let Some(width) = float {
                        one_zero(width.bytes(), part);
                    }
                }
            }
        }
    }
}

/// Makes any zero 0 and any NaN the same, in a float of little-endian bytes.
fn one_zero(width: usize, part: &mut [u8]) {
    let (exponent, mantissa) = match width {
        2 => (5, 10),
        4 => (8, 23),
        8 => (11, 52),
        // The rest of a longdouble is padding.
        _ => (15, 64),
    };
    if width == 16 {
        part.iter_mut().skip(10).for_each(|byte| *byte = 0);
    }
    let bits = part.iter().rev().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let magnitude = bits & ((1 << (exponent + mantissa)) - 1);
    let highest = ((1_u128 << exponent) - 1) << mantissa;
    // An infinity of extended precision has its highest bit of mantissa set.
    let infinity = if width == 16 { highest | 1 << 63 } else { highest };
    let is_nan = magnitude & highest == highest && magnitude != infinity;
    if magnitude == 0 {
        part.fill(0);
    } else if is_nan {
        part.fill(0xff);
    }
}

/// Hashes a text piece by piece: that of a small pickle can be long.
struct Hashed(Sha256);

impl fmt::Write for Hashed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

/// Only counts a text.
struct Counted(u64);

impl fmt::Write for Counted {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len() as u64;
        Ok(())
    }
}

/// Adds Python objects by their `repr`. All of them together may have as many characters as one, and 4,096 for each byte of the
/// pickle: many can be one that is long.
fn objects(
    hash: &mut Sha256,
    part: &DynArray,
    whole: Option<&DynArray>,
    chars: &mut u64,
) -> Result<(), Failure> {
    let Some(whole) = whole else { return Ok(()) };
    for item in part.items() {
        let object = match item? {
            numio::Item::Object(number) => whole.object_by_id(number)?,
            _ => {
                let what = "records with Python objects in them have no checksum";
                return Err(numio::Error::new(numio::ErrorKind::Unsupported, what).into());
            }
        };
        let mut limits = Limits::default();
        let in_proportion = (object.graph().bytes().len() as u64).saturating_mul(4096);
        let most = limits.max_repr_chars.saturating_add(in_proportion);
        limits.max_repr_chars = limits.max_repr_chars.min(most.saturating_sub(*chars));
        let mut counted = Counted(0);
        object.write_repr(&limits, &mut counted)?;
        *chars = chars.saturating_add(counted.0);
        hash.update(counted.0.to_le_bytes());
        let mut hashed = Hashed(std::mem::take(hash));
        object.write_repr(&limits, &mut hashed)?;
        *hash = hashed.0;
    }
    Ok(())
}
