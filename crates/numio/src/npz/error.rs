//! Errors of archives and of their members.

use std::{fmt, io};

use super::zip::{ExtraFault, Method};
use crate::error::Cause;
use crate::{Container, ErrorKind};

/// A fault of an archive or of a member.
#[derive(Debug)]
pub(super) enum Fault {
    /// No record of an archive's end.
    NoEnd,
    /// A `.npy` file.
    OneArray,
    SeveralDisks,
    /// The directory does not lie between the start of the file and its end record.
    DirectoryOutside {
        size: u64,
        end: u64,
    },
    /// The directory does not continue with a record.
    NoRecord {
        number: u64,
    },
    Count {
        claimed: u64,
        found: u64,
    },
    TooMany {
        found: u64,
        limit: u64,
    },
    Missing {
        name: String,
    },
    Extra(ExtraFault),
    /// Not where the directory says that the local header is.
    NoLocal {
        at: Option<u64>,
    },
    Name {
        directory: String,
        local: String,
    },
    /// The local header says something else than the directory.
    Local {
        what: &'static str,
        directory: String,
        local: String,
    },
    /// Readers differ in what archive this is.
    TwoReadings {
        one: String,
        other: String,
    },
    Overlap {
        end: u64,
        next: u64,
    },
    Encrypted,
    Patch,
    Method(Method),
    StoredSizes {
        compressed: u64,
        size: u64,
    },
    /// More than any stream of that size can contain.
    Impossible {
        compressed: u64,
        size: u64,
    },
    Ratio {
        compressed: u64,
        size: u64,
        limit: u64,
    },
    TooLarge {
        size: u64,
        limit: u64,
    },
    Malformed(Method),
    /// A decoder's error.
    Decoder {
        method: Method,
        error: io::Error,
    },
    Short {
        size: u64,
        found: u64,
    },
    Long {
        size: u64,
    },
    Crc {
        wanted: u32,
        found: u32,
    },
    /// Asked for as an array.
    NotNpy,
    /// Asked for as bytes.
    IsNpy,
    /// Asked for as the values of a pickle.
    NotPickle,
    /// A new member of a name that there is.
    Twice,
    LongName {
        len: usize,
    },
    NulName,
    /// An array that writes more or less than it says.
    WrongLength {
        wanted: u64,
        found: u64,
    },
    /// An archive that offsets say was longer once.
    NoFront,
    /// A second map to write to.
    MappedTwice,
    /// Writing has failed before.
    Failed,
}

impl Cause for Fault {
    fn container(&self) -> Option<Container> {
        Some(Container::Zip)
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::SeveralDisks | Self::Encrypted | Self::Patch | Self::Method(_) => ErrorKind::Unsupported,
            Self::TooMany { .. } | Self::Ratio { .. } | Self::TooLarge { .. } => ErrorKind::LimitExceeded,
            Self::Missing { .. } => ErrorKind::NotFound,
            Self::NotNpy
            | Self::IsNpy
            | Self::NotPickle
            | Self::Twice
            | Self::LongName { .. }
            | Self::NulName
            | Self::WrongLength { .. }
            | Self::MappedTwice
            | Self::Failed => ErrorKind::InvalidInput,
            _ => ErrorKind::InvalidData,
        }
    }

    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // The message has that of the error itself.
            Self::Decoder { error, .. } => std::error::Error::source(error),
            _ => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEnd => {
                write!(f, "no zip archive: the record that ends one is missing (is the file cut off?)")
            }
            Self::OneArray => {
                f.write_str("a .npy file, which is one array and no archive: read it with read_npy or load")
            }
            Self::SeveralDisks => {
                write!(f, "a zip archive in several files, which is not read: join them first")
            }
            Self::DirectoryOutside { size, end } => {
                write!(
                    f,
                    "the archive's directory should take {size} bytes, and there are {end} before its end"
                )
            }
            Self::NoRecord { number } => {
                write!(f, "record {number} of the archive's directory is malformed or cut off")
            }
            Self::Count { claimed, found } => {
                write!(f, "the end record counts {claimed} members, the directory holds {found}")
            }
            Self::TooMany { found, limit } => {
                write!(
                    f,
                    "an archive of {found} members or more, where {limit} are allowed: raise Limits::max_members"
                )
            }
            Self::Missing { name } => write!(f, "{} is not a file in the archive", name.escape_debug()),
            Self::Extra(ExtraFault::Cut(id)) => {
                write!(f, "the extra field {id:#06x} reaches past the end of the directory's record")
            }
            Self::Extra(ExtraFault::TwoZip64) => {
                write!(f, "two zip64 fields: readers differ in which they believe, so neither is read")
            }
            Self::Extra(ExtraFault::NoZip64(what)) => write!(f, "the zip64 field has no {what}"),
            Self::NoLocal { at: Some(at) } => {
                write!(
                    f,
                    "expected the member's local header at byte {at} of the archive, found something else"
                )
            }
            Self::NoLocal { at: None } => {
                write!(f, "the member's local header would be before the file's start")
            }
            Self::Name { directory, local } => write!(
                f,
                "the directory has the name '{}', the local header '{}'",
                directory.escape_debug(),
                local.escape_debug()
            ),
            Self::Local { what, directory, local } => write!(
                f,
                "the directory has the {what} {directory}, the local header {local}: readers differ in which they \
                 believe, so neither is read"
            ),
            Self::TwoReadings { one, other } => write!(
                f,
                "the archive can be read in two ways, and readers differ in which they take: {one}; or {other}"
            ),
            Self::Overlap { end, next } => write!(
                f,
                "the member's data would reach to byte {end}, and what follows starts at {next}: overlapping members, \
                 as in a zip bomb, are not read"
            ),
            Self::Encrypted => write!(f, "encrypted, which is not read: extract it with its password first"),
            Self::Patch => write!(f, "a patch to another file, which is not read"),
            Self::Method(method @ Method::Other(_)) => write!(f, "compressed by {method}, which is not read"),
            Self::Method(method) => {
                write!(f, "compressed by {method}: build numio with the feature '{method}' to read it")
            }
            Self::StoredSizes { compressed, size } => {
                write!(f, "stored, so of one size, and the directory says {compressed} and {size} bytes")
            }
            Self::Impossible { compressed, size } => {
                write!(f, "{compressed} deflated bytes cannot become {size}: the most is 1032 times as many")
            }
            Self::Ratio { compressed, size, limit } => write!(
                f,
                "{compressed} bytes that become {size}, more than {limit} times as many: \
                 raise Limits::max_compression_ratio (max_ratio in Python) if the file is trusted"
            ),
            Self::TooLarge { size, limit } => {
                write!(f, "{size} bytes, where {limit} are allowed: raise Limits::max_array_bytes")
            }
            Self::Malformed(method) => write!(f, "the {method} data are malformed"),
            Self::Decoder { method, error } => write!(f, "the {method} data are malformed: {error}"),
            Self::Short { size, found } => {
                write!(f, "the directory says {size} bytes, the data end after {found}")
            }
            Self::Long { size } => write!(f, "the directory says {size} bytes, and the data hold more"),
            Self::Crc { wanted, found } => {
                write!(f, "bad CRC-32: the directory says {wanted:08x}, the data have {found:08x}")
            }
            Self::NotNpy => write!(f, "not a .npy file, so not an array: read its bytes instead"),
            Self::IsNpy => write!(f, "an array, which is not to be had as bytes: take the array"),
            Self::NotPickle => write!(f, "an array or bytes, and not the values of a pickle"),
            Self::Twice => write!(f, "the archive has a member of this name already"),
            Self::LongName { len } => write!(f, "a name of {len} bytes, where an archive holds 65535"),
            Self::NulName => write!(f, "a name with a NUL in it, where readers would end it"),
            Self::WrongLength { wanted, found } => {
                write!(f, "the array should write {wanted} bytes with its header, and wrote {found}")
            }
            Self::NoFront => {
                write!(
                    f,
                    "the front of the archive is missing, so that nothing can be added: `numio repack` it"
                )
            }
            Self::MappedTwice => write!(
                f,
                "mapped for writing already: use that map, or let go of it before the member is mapped again"
            ),
            Self::Failed => write!(f, "writing has failed before, and what is written is no whole archive"),
        }
    }
}

#[cfg(test)]
mod tests;
