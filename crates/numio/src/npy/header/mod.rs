//! The header: dtype, order and shape of the array that follows.
//!
//! Whatever NumPy 2 loads is read, with these exceptions, which no writer of arrays makes: titles that are infinite or not a number,
//! `\N{name}` escapes, private characters from U+10F800 on, a dtype instead of a subarray's shape, iterables other than lists instead
//! of a list of fields, dtype letters that are control characters, time units whose count is 0 or overflows, and
//! texts of more than 2^28 characters.

use std::fs::File;
use std::io;
use std::sync::Arc;

use crate::array::{byte_len, fill_growing};
use crate::dtype::literal::excerpt;
use crate::error::zeros;
use crate::io::{Input, ReadAt};
use crate::npy::error::{Fault, HeaderError};
use crate::{DType, Error, ErrorKind, Order, Result};

mod read;
mod write;

/// The most dimensions of an array, in NumPy 2 and here.
const MAX_DIMS: usize = 64;

/// The header of a `.npy` file.
///
/// ```
/// use numio::{DType, Order};
/// use numio::npy::Header;
///
/// let header = Header::new(DType::FLOAT64, vec![2, 3], Order::C)?;
/// let bytes = header.to_bytes();
/// assert_eq!(&bytes[10..70], b"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), } ");
/// assert_eq!(Header::parse(&bytes, 10_000)?, (header, 128));
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    version: Version,
    dtype: DType,
    order: Order,
    shape: Vec<usize>,
    from_python2: bool,
    /// The text of the dtype, if it is another than [`DType::descr`].
    descr: Option<Arc<str>>,
}

/// Reads magic, version and length from the first 12 bytes of a file (10 suffice for version 1.0): see [`Prelude`].
///
/// # Errors
/// `InvalidData` if they are too few or not those of a `.npy` file, `Unsupported` for a version that is not known.
pub fn prelude(bytes: &[u8]) -> Result<Prelude> {
    Prelude::read(bytes)
}

impl Header {
    /// A header in the oldest version that holds it.
    ///
    /// # Errors
    /// `InvalidInput` for a dtype that a header cannot describe ([`DType::descr`]), for a subarray, and for more than 64
    /// dimensions; `LimitExceeded` if the array would pass the address space.
    pub fn new(dtype: DType, shape: Vec<usize>, order: Order) -> Result<Self> {
        if let DType::Subarray(_) = dtype {
            return Err(HeaderError::Subarray(excerpt(&dtype), ErrorKind::InvalidInput).into());
        }
        check_shape(&shape, &dtype, ErrorKind::InvalidInput)?;
        let mut header = Self { version: Version::V1, dtype, order, shape, from_python2: false, descr: None };
        let text = header.text()?;
        header.version = write::oldest_version(&text)?;
        Ok(header)
    }

    /// The same header with this text of its dtype: NumPy has dtypes of other packages, whose elements are raw bytes to a
    /// [`DType`], and gives them a text of their own, such as `'<V2'`.
    ///
    /// # Errors
    /// `LimitExceeded` if no version holds it.
    pub fn with_descr(mut self, descr: &str) -> Result<Self> {
        self.descr = Some(descr.into());
        self.version = write::oldest_version(&self.text()?)?;
        Ok(self)
    }

    /// The same header in another version.
    ///
    /// # Errors
    /// `InvalidInput` if it is too long or has other characters than the version holds.
    pub fn with_version(mut self, version: Version) -> Result<Self> {
        write::check_fit(&self.text()?, version)?;
        self.version = version;
        Ok(self)
    }

    /// The same header with `len` elements along the axis that grows: the first, in Fortran order the last. The version
    /// stays, so that [`to_bytes_within`](Self::to_bytes_within) can replace the header of a file.
    ///
    /// # Errors
    /// `InvalidInput` for an array without axes, `LimitExceeded` if it would pass the address space.
    pub fn with_growing_axis(&self, len: usize) -> Result<Self> {
        let mut header = self.clone();
        let axis = match header.order {
            Order::C => header.shape.first_mut(),
            Order::Fortran => header.shape.last_mut(),
        };
        *axis.ok_or(HeaderError::NoAxis)? = len;
        byte_len(&header.shape, header.dtype.itemsize())?;
        Ok(header)
    }

    /// The same header, which spells its dtype as another of the same dtype does.
    pub(crate) fn with_descr_of(self, other: &Self) -> Result<Self> {
        self.with_other_descr(other.descr.as_deref())
    }

    /// The same header, with this text of its dtype if there is one.
    pub(crate) fn with_other_descr(self, descr: Option<&str>) -> Result<Self> {
        match descr {
            Some(descr) => self.with_descr(descr),
            None => Ok(self),
        }
    }

    /// The version of the format.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The type of the elements.
    pub fn dtype(&self) -> &DType {
        &self.dtype
    }

    /// The index order in the file: which index varies fastest.
    pub fn order(&self) -> Order {
        self.order
    }

    /// The number of elements along each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The text of the dtype where it is another than [`DType::descr`] and NumPy makes more of it than a [`DType`] says:
    /// dtypes of other packages, C's `long long`, and fields that are names for the parts of a number or a text.
    ///
    /// ```
    /// use numio::DType;
    /// use numio::npy::Header;
    ///
    /// let text = b"{'descr': '<q', 'fortran_order': False, 'shape': (2,)}\n";
    /// let (header, _) = Header::parse(&[b"\x93NUMPY\x01\0\x37\0", &text[..]].concat(), 10_000)?;
    /// assert_eq!((header.dtype(), header.spelled_descr()), (&DType::INT64, Some("'<q'")));
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn spelled_descr(&self) -> Option<&str> {
        self.descr.as_deref()
    }

    /// Returns whether the header's text is not Python 3's, such as one with Python 2's `L` suffixes. NumPy warns of
    /// such files, for they take longer to load there.
    pub fn is_from_python2(&self) -> bool {
        self.from_python2
    }

    /// Dtype, shape and order, for those who take the header apart.
    pub fn into_parts(self) -> (DType, Vec<usize>, Order) {
        (self.dtype, self.shape, self.order)
    }
}

/// Someone who wants to know of each header that is read.
#[derive(Clone, Default)]
pub(crate) struct OnHeader(Option<Arc<HeaderCallback>>);

type HeaderCallback = dyn Fn(&Header) + Send + Sync;

impl OnHeader {
    pub(crate) fn new(call: impl Fn(&Header) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(call)))
    }

    pub(crate) fn call(&self, header: &Header) {
        if let Some(call) = &self.0 {
            call(header);
        }
    }
}

impl std::fmt::Debug for OnHeader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "OnHeader(..)" } else { "OnHeader(None)" })
    }
}

/// Refuses more dimensions than an array has, as a fault of `kind`, and more bytes than there are addresses.
fn check_shape(shape: &[usize], dtype: &DType, kind: ErrorKind) -> Result<()> {
    if shape.len() > MAX_DIMS {
        return Err(HeaderError::Dimensions(shape.len(), kind).into());
    }
    byte_len(shape, dtype.itemsize())?;
    Ok(())
}

#[cfg(test)]
mod tests;

/// The first bytes of every `.npy` file.
pub const MAGIC: [u8; 6] = *b"\x93NUMPY";

/// The offset of the text's length.
pub(crate) const LENGTH_AT: u64 = 8;

/// A version of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// 1.0: a text of up to 65,535 bytes in latin-1.
    V1,
    /// 2.0: a text of up to 4 GiB in latin-1. NumPy 1.9 and later.
    V2,
    /// 3.0: a text of up to 4 GiB in UTF-8. NumPy 1.17 and later.
    V3,
}

impl Version {
    /// Every version, the oldest first.
    pub const ALL: [Self; 3] = [Self::V1, Self::V2, Self::V3];

    /// Major and minor number.
    pub fn to_tuple(self) -> (u8, u8) {
        match self {
            Self::V1 => (1, 0),
            Self::V2 => (2, 0),
            Self::V3 => (3, 0),
        }
    }

    /// The version with these numbers.
    ///
    /// # Errors
    /// `Unsupported` if there is no such version.
    pub fn from_numbers(major: u8, minor: u8) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|version| version.to_tuple() == (major, minor));
        known.ok_or_else(|| HeaderError::Version(major, minor).into())
    }

    /// Bytes before the text: magic, version and length.
    pub fn prelude_len(self) -> usize {
        match self {
            Self::V1 => 10,
            Self::V2 | Self::V3 => 12,
        }
    }

    /// The longest text, in bytes.
    pub(crate) fn max_text_len(self) -> usize {
        match self {
            Self::V1 => u16::MAX as usize,
            Self::V2 | Self::V3 => u32::MAX as usize,
        }
    }

    /// Returns whether the text is UTF-8, not latin-1.
    pub(crate) fn is_utf8(self) -> bool {
        self == Self::V3
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (major, minor) = self.to_tuple();
        write!(f, "{major}.{minor}")
    }
}

/// The first bytes of a file: its version, and how long the header's text is.
///
/// A stream is read so: 10 bytes; if [`version`](Version::read) is past 1.0, 2 more; then, when
/// [`check`](Self::check) has found the length acceptable, `text_len` bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prelude {
    /// The version of the format.
    pub version: Version,
    /// Bytes of text that follow the prelude.
    pub text_len: usize,
}

impl Version {
    /// Reads magic and version from the first 8 bytes of a file.
    ///
    /// # Errors
    /// `InvalidData` if they are too few or not those of a `.npy` file, `Unsupported` for a version that is not known.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let short = || {
            let fault = HeaderError::Short { what: "magic string", wanted: 8, found: bytes.len() };
            Error::from(fault).with_offset(bytes.len() as u64)
        };
        let (magic, numbers) = bytes.split_at_checked(6).ok_or_else(short)?;
        let &[major, minor, ..] = numbers else {
            return Err(short());
        };
        if magic != MAGIC {
            return Err(Error::from(HeaderError::Magic(magic.to_vec())).with_offset(0));
        }
        Self::from_numbers(major, minor).map_err(|error| error.with_offset(6))
    }
}

impl Prelude {
    /// Reads the first bytes of a file; what follows them is not looked at.
    ///
    /// # Errors
    /// As [`Version::read`]; `InvalidData` if the bytes end before the length does.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let version = Version::read(bytes)?;
        let length = bytes.get(8..version.prelude_len());
        let text_len = match *length.unwrap_or_default() {
            [a, b] => usize::from(u16::from_le_bytes([a, b])),
            [a, b, c, d] => u32::from_le_bytes([a, b, c, d]) as usize,
            _ => {
                let (wanted, found) = (version.prelude_len() - 8, bytes.len().saturating_sub(8));
                let fault = HeaderError::Short { what: "array header length", wanted, found };
                return Err(Error::from(fault).with_offset(bytes.len() as u64));
            }
        };
        Ok(Self { version, text_len })
    }

    /// The offset of the elements, in bytes from the magic.
    pub fn data_offset(&self) -> usize {
        self.version.prelude_len().saturating_add(self.text_len)
    }

    /// Refuses a text that must have more than `max_chars` characters, before memory is allocated for it.
    ///
    /// # Errors
    /// `LimitExceeded`.
    pub fn check(&self, max_chars: usize) -> Result<()> {
        let fewest_chars = if self.version.is_utf8() { self.text_len.div_ceil(4) } else { self.text_len };
        if fewest_chars > max_chars.min(MAX_TEXT_LEN) {
            return Err(Error::from(HeaderError::Long(fewest_chars)).with_offset(LENGTH_AT));
        }
        Ok(())
    }
}

/// The longest text read, whatever the caller allows, in characters. Written anew, with every character escaped and
/// every format of a comma string a field of its own, it stays below version 2.0's 4 GiB.
pub(crate) const MAX_TEXT_LEN: usize = 1 << 28;

/// Bytes read of a file at first: most headers, and all of a small array.
pub(crate) const HEAD: usize = 1024;

/// The first bytes of a file of `size`.
///
/// # Errors
/// Errors of the operating system.
pub(crate) fn read_head<'a>(file: &File, size: u64, head: &'a mut [u8; HEAD]) -> io::Result<&'a [u8]> {
    let (head, _) = head.split_at_mut(size.min(HEAD as u64) as usize);
    file.read_exact_at(head, 0)?;
    Ok(head)
}

/// The header of the file `source`, of `size` bytes and `head` for its first ones, and where its data start.
///
/// # Errors
/// `EndOfStream` for an empty file; else as [`Header::parse`].
pub(crate) fn header_at(
    source: &dyn ReadAt,
    size: u64,
    head: &[u8],
    max_chars: usize,
) -> Result<(Header, usize)> {
    parsed_at(source, size, head, max_chars, Header::parse)
}

/// The same for an array that is mapped.
///
/// # Errors
/// As [`header_at`].
pub(crate) fn header_to_map_at(
    source: &dyn ReadAt,
    size: u64,
    head: &[u8],
    max_chars: usize,
) -> Result<(Header, usize)> {
    parsed_at(source, size, head, max_chars, Header::parse_to_map)
}

#[allow(clippy::type_complexity, reason = "the parser is one of two functions")]
fn parsed_at(
    source: &dyn ReadAt,
    size: u64,
    head: &[u8],
    max_chars: usize,
    parse: fn(&[u8], usize) -> Result<(Header, usize)>,
) -> Result<(Header, usize)> {
    if size == 0 {
        return Err(Error::from(Fault::NoData).with_offset(0));
    }
    match prelude(head) {
        Ok(prelude) if prelude.data_offset() > head.len() && size > head.len() as u64 => {
            prelude.check(max_chars)?;
            let wanted = usize::try_from(size).unwrap_or(usize::MAX).min(prelude.data_offset());
            let mut bytes = zeros(wanted)?;
            source.read_exact_at(&mut bytes, 0)?;
            parse(&bytes, max_chars)
        }
        _ => parse(head, max_chars),
    }
}

/// The next header of a stream of which `first`, at most the magic, has been read already.
///
/// # Errors
/// `EndOfStream` if the stream ends before it; else as [`Header::parse`], at offsets from the start of the stream.
pub(crate) fn header_next(stream: &mut dyn Input, first: &[u8], max_chars: usize) -> Result<Header> {
    let start = stream.offset() - first.len() as u64;
    let mut head = first.to_vec();
    // Never a byte more than the header takes: what follows is someone else's.
    read_to(stream, &mut head, Version::V1.prelude_len())?;
    if head.is_empty() {
        return Err(Error::from(Fault::NoData).with_offset(start));
    }
    let parse = |stream: &mut dyn Input, head: &mut Vec<u8>| {
        read_to(stream, head, Version::read(head)?.prelude_len())?;
        let prelude = Prelude::read(head)?;
        prelude.check(max_chars)?;
        let mut text = Vec::new();
        let found = fill_growing(stream, prelude.text_len, &mut text, &|_| {})?;
        head.extend(text.get(..found).unwrap_or_default());
        Ok(Header::parse(head, max_chars)?.0)
    };
    parse(stream, &mut head).map_err(|error: Error| error.shifted(start))
}

/// Reads on until `head` has `len` bytes or the stream ends.
fn read_to(stream: &mut dyn Input, head: &mut Vec<u8>, len: usize) -> Result<()> {
    let have = head.len();
    head.resize(len.max(have), 0);
    let came = stream.fill(head.get_mut(have..).unwrap_or_default())?;
    head.truncate(have + came);
    Ok(())
}
