//! What a Python 2 `str` becomes.

use std::fmt;
use std::str::FromStr;

use crate::{Error, ErrorKind};

/// How the `str` of Python 2, which is bytes without a named encoding, is read: NumPy's `encoding=`. Numbers in raw
/// array data come through unharmed under `Latin1` and `Bytes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Encoding {
    /// As text in ASCII; any other byte is an error. The default.
    #[default]
    Ascii,
    /// As text, each byte one character.
    Latin1,
    /// As bytes.
    Bytes,
}

impl FromStr for Encoding {
    type Err = Error;

    /// Python's spellings: `ASCII`, `latin1` and `bytes`.
    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "ASCII" => Ok(Self::Ascii),
            "latin1" => Ok(Self::Latin1),
            "bytes" => Ok(Self::Bytes),
            // NumPy's own words.
            _ => Err(Error::new(ErrorKind::InvalidInput, "encoding must be 'ASCII', 'latin1', or 'bytes'")),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ascii => "ASCII",
            Self::Latin1 => "latin1",
            Self::Bytes => "bytes",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numpys_and_no_others() {
        for encoding in [Encoding::Ascii, Encoding::Latin1, Encoding::Bytes] {
            assert_eq!(encoding.to_string().parse::<Encoding>().unwrap(), encoding);
        }
        for name in ["utf-8", "ascii", "latin-1", ""] {
            let error = name.parse::<Encoding>().unwrap_err();
            assert_eq!(error.to_string(), "encoding must be 'ASCII', 'latin1', or 'bytes'");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
    }
}
