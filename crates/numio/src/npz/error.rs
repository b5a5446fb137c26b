//! What can be wrong with an archive, and with a member of it.

use std::fmt;

use super::zip::{ExtraFault, Method};
use crate::error::Cause;
use crate::{ErrorKind, Wrapping};

/// A fault of an archive or of a member.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    /// No record of an archive's end.
    NoEnd,
    SeveralDisks,
    /// The directory does not lie between the start of the file and its end record.
    DirectoryOutside {
        size: u64,
        end: u64,
    },
    /// What should be the next record of the directory is none.
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
    /// More than any stream of so many bytes can hold.
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
    /// A decoder's own words.
    Decoder {
        method: Method,
        said: String,
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
    /// Writing has failed before.
    Failed,
}

impl Cause for Fault {
    fn wrapping(&self) -> Option<Wrapping> {
        Some(Wrapping::Zip)
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::SeveralDisks | Self::Encrypted | Self::Patch | Self::Method(_) => ErrorKind::Unsupported,
            Self::TooMany { .. } | Self::Ratio { .. } | Self::TooLarge { .. } => ErrorKind::Limit,
            Self::Missing { .. } => ErrorKind::Missing,
            Self::NotNpy
            | Self::IsNpy
            | Self::NotPickle
            | Self::Twice
            | Self::LongName { .. }
            | Self::NulName
            | Self::WrongLength { .. }
            | Self::Failed => ErrorKind::Argument,
            _ => ErrorKind::Format,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEnd => {
                write!(f, "no zip archive: the record that ends one is missing (is the file cut off?)")
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
                write!(f, "the archive's end speaks of {claimed} members, its directory holds {found}")
            }
            Self::TooMany { found, limit } => {
                write!(
                    f,
                    "an archive of {found} members or more, where {limit} are allowed: raise Limits::archive_members"
                )
            }
            Self::Missing { name } => write!(f, "{} is not a file in the archive", name.escape_debug()),
            Self::Extra(ExtraFault::Cut(id)) => {
                write!(f, "the extra field {id:#06x} reaches past the end of the directory's record")
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
            Self::Overlap { end, next } => write!(
                f,
                "the member's data would reach to byte {end}, and what follows starts at {next}: overlapping members, \
                 as in a zip bomb, are not read"
            ),
            Self::Encrypted => write!(f, "encrypted, which is not read: unpack it with its password first"),
            Self::Patch => write!(f, "a patch to another file, which is not read"),
            Self::Method(method @ Method::Other(_)) => write!(f, "packed by {method}, which is not read"),
            Self::Method(method) => {
                write!(f, "packed by {method}: build numio with the feature '{method}' to read it")
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
                 raise Limits::inflate_ratio if the file is trusted"
            ),
            Self::TooLarge { size, limit } => {
                write!(f, "{size} bytes, where {limit} are allowed: raise Limits::alloc_bytes")
            }
            Self::Malformed(method) => write!(f, "the {method} data are malformed"),
            Self::Decoder { method, said } => write!(f, "the {method} data are malformed: {said}"),
            Self::Short { size, found } => {
                write!(f, "the directory says {size} bytes, the data end after {found}")
            }
            Self::Long { size } => write!(f, "the directory says {size} bytes, and the data hold more"),
            Self::Crc { wanted, found } => {
                write!(f, "bad CRC-32: the directory says {wanted:08x}, the data have {found:08x}")
            }
            Self::NotNpy => write!(f, "no .npy file, and so no array: take its bytes"),
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
            Self::Failed => write!(f, "writing has failed before, and what is written is no whole archive"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn faults_say_what_was_found_and_what_to_do() {
        let cases = [
            (
                Fault::NoEnd,
                ErrorKind::Format,
                "no zip archive: the record that ends one is missing (is the file cut off?)",
            ),
            (
                Fault::SeveralDisks,
                ErrorKind::Unsupported,
                "a zip archive in several files, which is not read: join them first",
            ),
            (
                Fault::DirectoryOutside { size: 46, end: 3 },
                ErrorKind::Format,
                "the archive's directory should take 46 bytes, and there are 3 before its end",
            ),
            (
                Fault::NoRecord { number: 2 },
                ErrorKind::Format,
                "record 2 of the archive's directory is malformed or cut off",
            ),
            (
                Fault::Count { claimed: 1_000_000, found: 0 },
                ErrorKind::Format,
                "the archive's end speaks of 1000000 members, its directory holds 0",
            ),
            (
                Fault::TooMany { found: 3, limit: 2 },
                ErrorKind::Limit,
                "an archive of 3 members or more, where 2 are allowed: raise Limits::archive_members",
            ),
            (Fault::Missing { name: "foo".into() }, ErrorKind::Missing, "foo is not a file in the archive"),
            (
                Fault::Extra(ExtraFault::Cut(9)),
                ErrorKind::Format,
                "the extra field 0x0009 reaches past the end of the directory's record",
            ),
            (Fault::Extra(ExtraFault::NoZip64("size")), ErrorKind::Format, "the zip64 field has no size"),
            (
                Fault::NoLocal { at: Some(7) },
                ErrorKind::Format,
                "expected the member's local header at byte 7 of the archive, found something else",
            ),
            (
                Fault::NoLocal { at: None },
                ErrorKind::Format,
                "the member's local header would be before the file's start",
            ),
            (
                Fault::Name { directory: "a".into(), local: "b\n".into() },
                ErrorKind::Format,
                "the directory has the name 'a', the local header 'b\\n'",
            ),
            (
                Fault::Overlap { end: 90, next: 50 },
                ErrorKind::Format,
                "the member's data would reach to byte 90, and what follows starts at 50: overlapping members, as in a \
                 zip bomb, are not read",
            ),
            (
                Fault::Encrypted,
                ErrorKind::Unsupported,
                "encrypted, which is not read: unpack it with its password first",
            ),
            (Fault::Patch, ErrorKind::Unsupported, "a patch to another file, which is not read"),
            (
                Fault::Method(Method::Other(97)),
                ErrorKind::Unsupported,
                "packed by method 97, which is not read",
            ),
            (
                Fault::Method(Method::Zstd),
                ErrorKind::Unsupported,
                "packed by zstd: build numio with the feature 'zstd' to read it",
            ),
            (
                Fault::StoredSizes { compressed: 5, size: 6 },
                ErrorKind::Format,
                "stored, so of one size, and the directory says 5 and 6 bytes",
            ),
            (
                Fault::Impossible { compressed: 1, size: 2000 },
                ErrorKind::Format,
                "1 deflated bytes cannot become 2000: the most is 1032 times as many",
            ),
            (
                Fault::Ratio { compressed: 1, size: 200, limit: 100 },
                ErrorKind::Limit,
                "1 bytes that become 200, more than 100 times as many: raise Limits::inflate_ratio if the file is \
                 trusted",
            ),
            (
                Fault::TooLarge { size: 200, limit: 100 },
                ErrorKind::Limit,
                "200 bytes, where 100 are allowed: raise Limits::alloc_bytes",
            ),
            (Fault::Malformed(Method::Deflated), ErrorKind::Format, "the deflated data are malformed"),
            (
                Fault::Decoder { method: Method::Lzma, said: "corrupt".into() },
                ErrorKind::Format,
                "the lzma data are malformed: corrupt",
            ),
            (
                Fault::Short { size: 10, found: 9 },
                ErrorKind::Format,
                "the directory says 10 bytes, the data end after 9",
            ),
            (
                Fault::Long { size: 10 },
                ErrorKind::Format,
                "the directory says 10 bytes, and the data hold more",
            ),
            (
                Fault::Crc { wanted: 1, found: 0xabcd_ef01 },
                ErrorKind::Format,
                "bad CRC-32: the directory says 00000001, the data have abcdef01",
            ),
            (Fault::NotNpy, ErrorKind::Argument, "no .npy file, and so no array: take its bytes"),
            (Fault::IsNpy, ErrorKind::Argument, "an array, which is not to be had as bytes: take the array"),
            (Fault::NotPickle, ErrorKind::Argument, "an array or bytes, and not the values of a pickle"),
            (Fault::Twice, ErrorKind::Argument, "the archive has a member of this name already"),
            (
                Fault::LongName { len: 70_000 },
                ErrorKind::Argument,
                "a name of 70000 bytes, where an archive holds 65535",
            ),
            (Fault::NulName, ErrorKind::Argument, "a name with a NUL in it, where readers would end it"),
            (
                Fault::WrongLength { wanted: 5, found: 4 },
                ErrorKind::Argument,
                "the array should write 5 bytes with its header, and wrote 4",
            ),
            (
                Fault::NoFront,
                ErrorKind::Format,
                "the front of the archive is missing, so that nothing can be added: `numio repack` it",
            ),
            (
                Fault::Failed,
                ErrorKind::Argument,
                "writing has failed before, and what is written is no whole archive",
            ),
        ];
        for (fault, kind, text) in cases {
            let error = Error::from(fault);
            assert_eq!((error.kind(), error.to_string().as_str()), (kind, text));
        }
    }
}
