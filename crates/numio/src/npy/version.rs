//! Magic, version and length: what stands before a header's text.

use super::error::HeaderError;
use crate::{Error, Result};

/// What every `.npy` file starts with.
pub const MAGIC: [u8; 6] = *b"\x93NUMPY";

/// Where the length of the text stands.
pub(super) const LENGTH_AT: u64 = 8;

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
    pub fn numbers(self) -> (u8, u8) {
        match self {
            Self::V1 => (1, 0),
            Self::V2 => (2, 0),
            Self::V3 => (3, 0),
        }
    }

    /// The version with these numbers.
    ///
    /// # Errors
    /// `Unsupported` where there is none.
    pub fn from_numbers(major: u8, minor: u8) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|version| version.numbers() == (major, minor));
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
    pub(super) fn max_text_len(self) -> usize {
        match self {
            Self::V1 => u16::MAX as usize,
            Self::V2 | Self::V3 => u32::MAX as usize,
        }
    }

    /// Whether the text is UTF-8, not latin-1.
    pub(super) fn is_utf8(self) -> bool {
        self == Self::V3
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (major, minor) = self.numbers();
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
    /// `InvalidData` where they are too few or not those of a `.npy` file, `Unsupported` for a version that is not known.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let short = || {
            let fault = HeaderError::Short { what: "magic string", wanted: 8, found: bytes.len() };
            Error::from(fault).at(bytes.len() as u64)
        };
        let (magic, numbers) = bytes.split_at_checked(6).ok_or_else(short)?;
        let &[major, minor, ..] = numbers else {
            return Err(short());
        };
        if magic != MAGIC {
            return Err(Error::from(HeaderError::Magic(magic.to_vec())).at(0));
        }
        Self::from_numbers(major, minor).map_err(|error| error.at(6))
    }
}

impl Prelude {
    /// Reads the first bytes of a file; what follows them is not looked at.
    ///
    /// # Errors
    /// As [`Version::read`]; `InvalidData` where the bytes end before the length does.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let version = Version::read(bytes)?;
        let length = bytes.get(8..version.prelude_len());
        let text_len = match *length.unwrap_or_default() {
            [a, b] => usize::from(u16::from_le_bytes([a, b])),
            [a, b, c, d] => u32::from_le_bytes([a, b, c, d]) as usize,
            _ => {
                let (wanted, found) = (version.prelude_len() - 8, bytes.len().saturating_sub(8));
                let fault = HeaderError::Short { what: "array header length", wanted, found };
                return Err(Error::from(fault).at(bytes.len() as u64));
            }
        };
        Ok(Self { version, text_len })
    }

    /// Where the elements start, in bytes from the magic.
    pub fn data_offset(&self) -> usize {
        self.version.prelude_len() + self.text_len
    }

    /// Refuses a text that must have more than `max_chars` characters, before anyone makes room for it.
    ///
    /// # Errors
    /// `LimitExceeded`.
    pub fn check(&self, max_chars: usize) -> Result<()> {
        let fewest_chars = if self.version.is_utf8() { self.text_len.div_ceil(4) } else { self.text_len };
        if fewest_chars > max_chars.min(MAX_TEXT_LEN) {
            return Err(Error::from(HeaderError::Long(fewest_chars)).at(LENGTH_AT));
        }
        Ok(())
    }
}

/// The longest text read, whatever the caller allows, in characters. Written anew, with every character escaped and
/// every format of a comma string a field of its own, it stays below version 2.0's 4 GiB.
pub(super) const MAX_TEXT_LEN: usize = 1 << 28;
