//! How a member's data are packed (APPNOTE 4.4.5).

use std::fmt;

/// How a member's data stand in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// As they are: what [`numpy.savez`](https://numpy.org/doc/stable/reference/generated/numpy.savez.html) writes, and
    /// the only one that can be mapped.
    Stored,
    /// Deflate: what `numpy.savez_compressed` writes.
    Deflated,
    /// bzip2.
    Bzip2,
    /// LZMA.
    Lzma,
    /// Zstandard.
    Zstd,
    /// Another, by its number. It is not read.
    Other(u16),
}

impl Method {
    /// Those that have a name, with their numbers and the oldest version of the format that has them, times ten.
    const NAMED: [(Self, u16, u16, &'static str); 5] = [
        (Self::Stored, 0, 20, "stored"),
        (Self::Deflated, 8, 20, "deflated"),
        (Self::Bzip2, 12, 46, "bzip2"),
        (Self::Lzma, 14, 63, "lzma"),
        (Self::Zstd, 93, 63, "zstd"),
    ];

    pub(crate) fn from_number(number: u16) -> Self {
        let found = Self::NAMED.iter().find(|row| row.1 == number);
        found.map_or(Self::Other(number), |row| row.0)
    }

    /// Its number in the archive.
    pub fn number(self) -> u16 {
        match self {
            Self::Other(number) => number,
            named => Self::NAMED.iter().find(|row| row.0 == named).map_or(0, |row| row.1),
        }
    }

    /// The version of the format that a reader needs for it, times ten.
    pub(super) fn version_needed(self) -> u16 {
        Self::NAMED.iter().find(|row| row.0 == self).map_or(63, |row| row.2)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMED.iter().find(|row| row.0 == *self) {
            Some(row) => f.pad(row.3),
            None => f.pad(&format!("method {}", self.number())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_methods_are_inverse() {
        for number in 0..=u16::MAX {
            assert_eq!(Method::from_number(number).number(), number);
        }
        assert_eq!(Method::from_number(93).to_string(), "zstd");
        assert_eq!(Method::Other(97).to_string(), "method 97");
    }
}
