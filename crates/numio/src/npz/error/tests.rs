//! The messages of the errors.

use super::*;
use crate::Error;

#[test]
fn errors_of_archives_say_what_was_found_and_what_to_do() {
    let cases = [
        (
            Fault::NoEnd,
            ErrorKind::InvalidData,
            "no zip archive: the record that ends one is missing (is the file cut off?)",
        ),
        (
            Fault::SeveralDisks,
            ErrorKind::Unsupported,
            "a zip archive in several files, which is not read: join them first",
        ),
        (
            Fault::DirectoryOutside { size: 46, end: 3 },
            ErrorKind::InvalidData,
            "the archive's directory should take 46 bytes, and there are 3 before its end",
        ),
        (
            Fault::NoRecord { number: 2 },
            ErrorKind::InvalidData,
            "record 2 of the archive's directory is malformed or cut off",
        ),
        (
            Fault::Count { claimed: 1_000_000, found: 0 },
            ErrorKind::InvalidData,
            "the end record counts 1000000 members, the directory holds 0",
        ),
        (
            Fault::TooMany { found: 3, limit: 2 },
            ErrorKind::LimitExceeded,
            "an archive of 3 members or more, where 2 are allowed: raise Limits::max_members",
        ),
        (Fault::Missing { name: "foo".into() }, ErrorKind::NotFound, "foo is not a file in the archive"),
        (
            Fault::Extra(ExtraFault::Cut(9)),
            ErrorKind::InvalidData,
            "the extra field 0x0009 reaches past the end of the directory's record",
        ),
        (Fault::Extra(ExtraFault::NoZip64("size")), ErrorKind::InvalidData, "the zip64 field has no size"),
        (
            Fault::NoLocal { at: Some(7) },
            ErrorKind::InvalidData,
            "expected the member's local header at byte 7 of the archive, found something else",
        ),
        (
            Fault::NoLocal { at: None },
            ErrorKind::InvalidData,
            "the member's local header would be before the file's start",
        ),
        (
            Fault::Name { directory: "a".into(), local: "b\n".into() },
            ErrorKind::InvalidData,
            "the directory has the name 'a', the local header 'b\\n'",
        ),
        (
            Fault::Overlap { end: 90, next: 50 },
            ErrorKind::InvalidData,
            "the member's data would reach to byte 90, and what follows starts at 50: overlapping members, as in a \
             zip bomb, are not read",
        ),
        (
            Fault::Encrypted,
            ErrorKind::Unsupported,
            "encrypted, which is not read: extract it with its password first",
        ),
        (Fault::Patch, ErrorKind::Unsupported, "a patch to another file, which is not read"),
        (
            Fault::Method(Method::Other(97)),
            ErrorKind::Unsupported,
            "compressed by method 97, which is not read",
        ),
        (
            Fault::Method(Method::Zstd),
            ErrorKind::Unsupported,
            "compressed by zstd: build numio with the feature 'zstd' to read it",
        ),
        (
            Fault::StoredSizes { compressed: 5, size: 6 },
            ErrorKind::InvalidData,
            "stored, so of one size, and the directory says 5 and 6 bytes",
        ),
        (
            Fault::Impossible { compressed: 1, size: 2000 },
            ErrorKind::InvalidData,
            "1 deflated bytes cannot become 2000: the most is 1032 times as many",
        ),
        (
            Fault::Ratio { compressed: 1, size: 200, limit: 100 },
            ErrorKind::LimitExceeded,
            "1 bytes that become 200, more than 100 times as many: raise Limits::max_compression_ratio (max_ratio \
             in Python) if the file is trusted",
        ),
        (
            Fault::TooLarge { size: 200, limit: 100 },
            ErrorKind::LimitExceeded,
            "200 bytes, where 100 are allowed: raise Limits::max_array_bytes",
        ),
        (Fault::Malformed(Method::Deflated), ErrorKind::InvalidData, "the deflated data are malformed"),
        (
            Fault::Decoder { method: Method::Lzma, error: io::Error::other("corrupt") },
            ErrorKind::InvalidData,
            "the lzma data are malformed: corrupt",
        ),
        (
            Fault::Short { size: 10, found: 9 },
            ErrorKind::InvalidData,
            "the directory says 10 bytes, the data end after 9",
        ),
        (
            Fault::Long { size: 10 },
            ErrorKind::InvalidData,
            "the directory says 10 bytes, and the data hold more",
        ),
        (
            Fault::Crc { wanted: 1, found: 0xabcd_ef01 },
            ErrorKind::InvalidData,
            "bad CRC-32: the directory says 00000001, the data have abcdef01",
        ),
        (Fault::NotNpy, ErrorKind::InvalidInput, "not a .npy file, so not an array: read its bytes instead"),
        (Fault::IsNpy, ErrorKind::InvalidInput, "an array, which is not to be had as bytes: take the array"),
        (Fault::NotPickle, ErrorKind::InvalidInput, "an array or bytes, and not the values of a pickle"),
        (Fault::Twice, ErrorKind::InvalidInput, "the archive has a member of this name already"),
        (
            Fault::LongName { len: 70_000 },
            ErrorKind::InvalidInput,
            "a name of 70000 bytes, where an archive holds 65535",
        ),
        (Fault::NulName, ErrorKind::InvalidInput, "a name with a NUL in it, where readers would end it"),
        (
            Fault::WrongLength { wanted: 5, found: 4 },
            ErrorKind::InvalidInput,
            "the array should write 5 bytes with its header, and wrote 4",
        ),
        (
            Fault::NoFront,
            ErrorKind::InvalidData,
            "the front of the archive is missing, so that nothing can be added: `numio repack` it",
        ),
        (
            Fault::Failed,
            ErrorKind::InvalidInput,
            "writing has failed before, and what is written is no whole archive",
        ),
    ];
    for (fault, kind, text) in cases {
        let error = Error::from(fault);
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, text));
    }
}
