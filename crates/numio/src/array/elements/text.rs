//! Texts and byte strings.

use std::fmt;
use std::io;
use std::str::FromStr;

use bytemuck::{Pod, Zeroable};

use crate::array::element::Element;
use crate::array::elements::plain_sized;
use crate::array::error::{Fault, other_dtype};
use crate::error::{copy_of, reserve};
use crate::{ByteOrder, DType, Error, Result, Scalar};

/// Text of at most `N` code points, in the memory of NumPy's `U`: four bytes each, padded with NUL. It is ordered by code points.
///
/// ```
/// use numio::FixedStr;
///
/// let name: FixedStr<8> = "Grüße".parse()?;
/// assert!(name == "Grüße" && name < "Gut".parse()?);
/// assert_eq!(name.to_string(), "Grüße");
/// assert!(FixedStr::<2>::new("abc").is_err());
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Pod, Zeroable)]
#[repr(transparent)]
pub struct FixedStr<const N: usize>([u32; N]);

/// At most `N` bytes, in the memory of NumPy's `S`: padded with NUL, so that NULs at the end do not count.
///
/// ```
/// use numio::FixedBytes;
///
/// let id = FixedBytes::<8>::new(b"abc")?;
/// assert_eq!(id.as_bytes(), b"abc");
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Pod, Zeroable)]
#[repr(transparent)]
pub struct FixedBytes<const N: usize>([u8; N]);

plain_sized!(FixedStr => |n| DType::Scalar(Scalar::Str(n, ByteOrder::NATIVE)));
plain_sized!(FixedBytes => |n| DType::Scalar(Scalar::Bytes(n)));

impl<const N: usize> FixedStr<N> {
    /// `text`, padded.
    ///
    /// # Errors
    /// `InvalidInput` if it has more than `N` code points.
    pub fn new(text: &str) -> Result<Self> {
        let mut padded = Self([0; N]);
        let mut chars = text.chars();
        padded.0.iter_mut().zip(&mut chars).for_each(|(unit, char)| *unit = char.into());
        match chars.next() {
            None => Ok(padded),
            Some(_) => {
                Err(Fault::TooLong { length: text.chars().count(), most: N, unit: "characters" }.into())
            }
        }
    }

    /// The text's code points. A file may hold numbers that are none; they come as U+FFFD.
    pub fn chars(&self) -> impl Iterator<Item = char> {
        let end = self.0.iter().rposition(|&unit| unit != 0).map_or(0, |last| last + 1);
        self.0.iter().take(end).map(|&unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

impl<const N: usize> FixedBytes<N> {
    /// `bytes`, padded.
    ///
    /// # Errors
    /// `InvalidInput` if there are more than `N`.
    pub fn new(bytes: &[u8]) -> Result<Self> {
        let mut padded = Self([0; N]);
        match padded.0.get_mut(..bytes.len()) {
            Some(head) => head.copy_from_slice(bytes),
            None => return Err(Fault::TooLong { length: bytes.len(), most: N, unit: "bytes" }.into()),
        }
        Ok(padded)
    }

    /// The bytes, without the padding.
    pub fn as_bytes(&self) -> &[u8] {
        unpadded(&self.0)
    }
}

impl<const N: usize> FromStr for FixedStr<N> {
    type Err = Error;

    /// As [`new`](Self::new).
    fn from_str(text: &str) -> Result<Self> {
        Self::new(text)
    }
}

impl<const N: usize> TryFrom<&str> for FixedStr<N> {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        Self::new(text)
    }
}

impl<const N: usize> TryFrom<String> for FixedStr<N> {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::new(&text)
    }
}

impl<const N: usize> From<FixedStr<N>> for String {
    fn from(text: FixedStr<N>) -> Self {
        text.chars().collect()
    }
}

impl<const N: usize> PartialEq<str> for FixedStr<N> {
    fn eq(&self, text: &str) -> bool {
        self.chars().eq(text.chars())
    }
}

impl<const N: usize> PartialEq<&str> for FixedStr<N> {
    fn eq(&self, text: &&str) -> bool {
        *self == **text
    }
}

impl<const N: usize> Default for FixedStr<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

/// Of the text's UTF-8.
impl<const N: usize> FromStr for FixedBytes<N> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::new(text.as_bytes())
    }
}

impl<const N: usize> TryFrom<&[u8]> for FixedBytes<N> {
    type Error = Error;

    fn try_from(bytes: &[u8]) -> Result<Self> {
        Self::new(bytes)
    }
}

impl<const N: usize> TryFrom<&str> for FixedBytes<N> {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        Self::new(text.as_bytes())
    }
}

impl<const N: usize> TryFrom<Vec<u8>> for FixedBytes<N> {
    type Error = Error;

    fn try_from(bytes: Vec<u8>) -> Result<Self> {
        Self::new(&bytes)
    }
}

impl<const N: usize> AsRef<[u8]> for FixedBytes<N> {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl<const N: usize> Default for FixedBytes<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

/// A byte string of any length, an element of NumPy's `S`: NULs at its end are not kept.
///
/// ```
/// use numio::{ByteString, DynArray};
///
/// let words = DynArray::from_array(&[ByteString::from("a"), ByteString::from("abc")])?;
/// assert_eq!(words.dtype().to_string(), "|S3");
/// assert_eq!(words.to_array::<ByteString, ndarray::Ix1>()?[1].0, b"abc");
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ByteString(pub Vec<u8>);

impl From<Vec<u8>> for ByteString {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for ByteString {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl From<&str> for ByteString {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl AsRef<[u8]> for ByteString {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ByteString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

impl<const N: usize> fmt::Display for FixedStr<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chars().try_for_each(|char| fmt::Write::write_char(f, char))
    }
}

impl<const N: usize> fmt::Debug for FixedStr<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl<const N: usize> fmt::Debug for FixedBytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.as_bytes().escape_ascii())
    }
}

impl Element for String {
    fn dtype_for(items: &mut dyn Iterator<Item = &Self>) -> DType {
        text_dtype(items.map(String::as_str))
    }

    fn decode(dtype: &DType, bytes: &[u8], count: usize, out: &mut Vec<Self>) -> Result<()> {
        match *dtype {
            DType::Scalar(Scalar::Str(_, order)) => each(dtype, bytes, count, |item| text(item, order), out),
            DType::Scalar(Scalar::Bytes(_)) => each(dtype, bytes, count, ascii, out),
            _ => Err(other_dtype::<Self>(dtype)),
        }
    }

    fn encode(&self, dtype: &DType, out: &mut Vec<u8>) -> Result<()> {
        encode_text(&self.as_str(), dtype, out)
    }
}

impl Element for ByteString {
    fn dtype_for(items: &mut dyn Iterator<Item = &Self>) -> DType {
        DType::Scalar(Scalar::Bytes(length(items.map(|item| item.0.len()).max(), 1)))
    }

    fn decode(dtype: &DType, bytes: &[u8], count: usize, out: &mut Vec<Self>) -> Result<()> {
        match dtype {
            DType::Scalar(Scalar::Bytes(_)) => {
                each(dtype, bytes, count, |item| copy_of(unpadded(item)).map(Self), out)
            }
            DType::Scalar(Scalar::Void(_)) => each(dtype, bytes, count, |item| copy_of(item).map(Self), out),
            _ => Err(other_dtype::<Self>(dtype)),
        }
    }

    fn encode(&self, dtype: &DType, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        out.extend_from_slice(&self.0);
        pad(dtype, start, out)
    }
}

/// The dtype that holds the longest of these.
pub(crate) fn text_dtype<'a>(texts: impl Iterator<Item = &'a str>) -> DType {
    let longest = texts.map(|text| text.chars().count()).max();
    DType::Scalar(Scalar::Str(length(longest, 4), ByteOrder::NATIVE))
}

/// See [`Element::encode`].
pub(crate) fn encode_text(text: &&str, dtype: &DType, out: &mut Vec<u8>) -> Result<()> {
    let start = out.len();
    out.extend(text.chars().flat_map(|char| u32::from(char).to_ne_bytes()));
    pad(dtype, start, out)
}

/// The length of the dtype for texts of which the longest has `longest`: NumPy makes none of length 0, and none that
/// takes more than 2^31 - 1 bytes, at `size` each.
fn length(longest: Option<usize>, size: usize) -> u32 {
    (longest.unwrap_or(0).max(1)).min(i32::MAX as usize / size) as u32
}

/// Pads the item that starts at `start` to the itemsize.
fn pad(dtype: &DType, start: usize, out: &mut Vec<u8>) -> Result<()> {
    let (length, most) = (out.len() - start, dtype.itemsize());
    if length > most {
        return Err(Fault::TooLong { length, most, unit: "bytes" }.into());
    }
    out.resize(start + most, 0);
    Ok(())
}

/// Appends what `read` makes of each item. Items of no bytes are still `count` many.
fn each<T>(
    dtype: &DType,
    bytes: &[u8],
    count: usize,
    read: impl Fn(&[u8]) -> Result<T>,
    out: &mut Vec<T>,
) -> Result<()> {
    /// More elements without bytes than this a file of no length could ask for at no cost of its own.
    const MOST_EMPTY: usize = 1 << 24;
    let itemsize = dtype.itemsize();
    if itemsize == 0 && count > MOST_EMPTY {
        return Err(Fault::TooManyEmpty { count, most: MOST_EMPTY }.into());
    }
    reserve(out, count)?;
    for index in 0..count {
        let item = bytes.get(index * itemsize..(index + 1) * itemsize).unwrap_or_default();
        out.push(read(item).map_err(|error| error.shifted((index * itemsize) as u64))?);
    }
    Ok(())
}

/// `bytes` without the NULs at its end.
pub(crate) fn unpadded(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    bytes.get(..end).unwrap_or(bytes)
}

/// The code points of an element of dtype `U` without the NULs that pad it. Not all need be characters.
pub(crate) fn code_points(bytes: &[u8], order: ByteOrder) -> impl Iterator<Item = u32> + Clone {
    let (units, _) = bytes.as_chunks::<4>();
    let end = units.iter().rposition(|unit| *unit != [0; 4]).map_or(0, |last| last + 1);
    units.iter().take(end).map(move |&unit| match order {
        ByteOrder::Little => u32::from_le_bytes(unit),
        ByteOrder::Big => u32::from_be_bytes(unit),
    })
}

/// The text of an element of dtype `U`.
pub(crate) fn text(bytes: &[u8], order: ByteOrder) -> Result<String> {
    let char = |(index, code)| {
        char::from_u32(code).ok_or_else(|| Error::from(Fault::NotText(code)).with_offset(index as u64 * 4))
    };
    let codes = code_points(bytes, order);
    let mut text = String::new();
    text.try_reserve(codes.clone().count()).map_err(io::Error::from)?;
    for code in codes.enumerate() {
        text.push(char(code)?);
    }
    Ok(text)
}

/// The text of an element of dtype `S`, which must be ASCII, as in NumPy's conversion.
pub(crate) fn ascii(bytes: &[u8]) -> Result<String> {
    let bytes = unpadded(bytes);
    match bytes.iter().enumerate().find(|(_, byte)| !byte.is_ascii()) {
        None => {
            let mut text = String::new();
            text.try_reserve_exact(bytes.len()).map_err(io::Error::from)?;
            text.extend(bytes.iter().map(|&byte| char::from(byte)));
            Ok(text)
        }
        Some((at, &byte)) => Err(Error::from(Fault::NotAscii(byte)).with_offset(at as u64)),
    }
}
