"""Attacks through `.npz` files, numbered from Z1.

The archives are put together byte by byte, for no tool writes such ones. Each has a member `good.npy`, which loads
whatever is wrong with the others.
"""

import bz2
import lzma
import struct
import zlib
from dataclasses import dataclass, field, replace

from . import Attack
from .npy import PLAIN, npy, shape, two

STORED, DEFLATED, BZIP2, LZMA, ZSTD = 0, 8, 12, 14, 93
ARRAY = npy(PLAIN)
ZIP64 = 1
NOT_HERE = 0xFFFFFFFF


@dataclass(frozen=True)
class ZipAttack(Attack):
    """The archive opens, and the member `bad` gives the error; or all `members` load."""

    suffix: str = ".npz"
    bad: str = None
    members: dict = field(default_factory=lambda: {"good": two("float64")})
    mapped: bool = False
    """Whether it loads as a map, whose bytes nobody reads before they are asked for."""
    numpy: str = "BadZipFile"

    def entry(self):
        entry = super().entry()
        if not self.loads:
            entry |= {"member": self.bad, "members": self.members if self.bad else {}, "mapped": self.mapped}
        return entry


def deflate(data, level=6):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


@dataclass(frozen=True)
class M:
    """A member: what both headers say of it, and what is there."""

    name: bytes
    raw: bytes = ARRAY
    method: int = STORED
    flags: int = 0
    data: bytes = None
    crc: int = None
    size: int = None
    compressed: int = None
    """The directory's; the local header has the right ones."""
    offset: int = None
    extra: bytes = b""
    signature: bytes = b"PK\1\2"
    name_len: int = None
    local_name: bytes = None
    local_signature: bytes = b"PK\3\4"
    local_extra: bytes = b""
    local_extra_len: int = None

    def packed(self):
        if self.data is not None:
            return self.data
        return {STORED: bytes, DEFLATED: deflate, BZIP2: bz2.compress}[self.method](self.raw)

    def local(self):
        data = self.packed()
        name = self.name if self.local_name is None else self.local_name
        extra_len = len(self.local_extra) if self.local_extra_len is None else self.local_extra_len
        head = struct.pack("<HHHHHLLLHH", 20, self.flags, self.method, 0, 33, zlib.crc32(self.raw), len(data),
                           len(self.raw), len(name), extra_len)
        return self.local_signature + head + name + self.local_extra + data

    def record(self, offset):
        def given(value, otherwise):
            return otherwise if value is None else value

        head = struct.pack(
            "<HHHHHHLLLHHHHHLL", 788, 20, self.flags, self.method, 0, 33, given(self.crc, zlib.crc32(self.raw)),
            given(self.compressed, len(self.packed())), given(self.size, len(self.raw)),
            given(self.name_len, len(self.name)), len(self.extra), 0, 0, 0, 0, given(self.offset, offset))
        return self.signature + head + self.name + self.extra


def end(count, size, offset, comment=b"", disk=0):
    return b"PK\5\6" + struct.pack("<HHHHLLH", disk, disk, count, count, size, offset, len(comment)) + comment


def end64(count, size, offset):
    return b"PK\6\6" + struct.pack("<QHHLLQQQQ", 44, 45, 45, 0, 0, count, count, size, offset)


def locator(at, disks=1):
    return b"PK\6\7" + struct.pack("<LQL", 0, at, disks)


GOOD = M(b"good.npy", method=DEFLATED)


def archive(*members, count=None, size=None, offset=None, comment=b"", records=None):
    """Local headers and data, the directory, the end."""
    body, directory = b"", b""
    for member in members:
        directory += member.record(len(body))
        body += member.local()
    directory = directory if records is None else records(body, directory)
    return body + directory + end(len(members) if count is None else count, len(directory) if size is None else size,
                                  len(body) if offset is None else offset, comment)


def extra(kind, data):
    return struct.pack("<HH", kind, len(data)) + data


def zip64(*numbers):
    return extra(ZIP64, struct.pack(f"<{len(numbers)}Q", *numbers))


def w(**more):
    """An archive of a member `w.npy` that is like that, and the good one."""
    return archive(M(b"w.npy", **more), GOOD)


WHOLE = archive(M(b"w.npy"), GOOD)
DIRECTORY = WHOLE.index(b"PK\1\2")
END = len(WHOLE) - 22


def whole(number, name, what, data, **more):
    """The archive itself is refused."""
    return ZipAttack(number, name, what, data, **more)


def member(number, name, what, data, bad="w.npy", **more):
    return ZipAttack(number, name, what, data, bad=bad, **more)


def harmless(number, name, what, data, numpy="loads", **members):
    return ZipAttack(number, name, what, data, loads=members["members"], numpy=numpy)


TRUNCATED = [
    whole("Z1", "signature-only", "ends after four bytes", WHOLE[:4], words=["no zip archive", "cut off"]),
    whole("Z2", "half-local", "ends inside the first local header", WHOLE[:20], words=["no zip archive"]),
    whole("Z3", "half-data", "ends inside a member's data", WHOLE[:100], words=["no zip archive"]),
    whole("Z4", "no-directory", "ends before the directory", WHOLE[:DIRECTORY], words=["no zip archive"]),
    whole("Z5", "no-end", "ends before the record of the archive's end", WHOLE[:END], words=["no zip archive"]),
    whole("Z6", "half-end", "is one byte short", WHOLE[:-1], words=["no zip archive"]),
    whole("Z7", "front-cut", "has lost its first bytes but for a signature: members would stand before the file",
          b"PK\3\4" + WHOLE[90:], bad="w.npy", words=["local header", "before"], numpy="OSError"),
]

CLAIMS = [
    whole("Z8", "million-in-22-bytes", "claims 65,535 members and 4 GiB of directory in 22 bytes",
          end(0xFFFF, NOT_HERE - 1, 0), words=["directory", "4294967294", "0 before"]),
    whole("Z9", "million-in-98-bytes", "claims a million members of a directory that is not there, in zip64",
          b"PK\5\6" + end64(10**6, 46 * 10**6, 0) + locator(4) + end(0xFFFF, NOT_HERE, NOT_HERE),
          words=["directory", "46000000"]),
    whole("Z10", "directory-of-2-64", "claims a directory of 2^64 - 1 bytes at 2^64 - 1",
          b"PK\5\6" + end64(2**64 - 1, 2**64 - 1, 2**64 - 1) + locator(4) + end(0xFFFF, NOT_HERE, NOT_HERE),
          words=["directory", "18446744073709551615"]),
    whole("Z11", "count-high", "says 3 members and holds 2", archive(M(b"w.npy"), GOOD, count=3),
          words=["3 members", "holds 2"], numpy="loads"),
    whole("Z12", "count-low", "says 1 member and holds 2", archive(M(b"w.npy"), GOOD, count=1),
          words=["1 members", "holds 2"], numpy="loads"),
    whole("Z13", "several-disks", "is part of an archive in several files",
          WHOLE[:END] + end64(2, END - DIRECTORY, DIRECTORY) + locator(END, 3) + WHOLE[END:], kind="Unsupported",
          words=["several files"]),
    whole("Z14", "no-record", "has something else where the directory's second record should be",
          archive(M(b"w.npy"), replace(GOOD, signature=b"PK\7\7")), words=["record 1"]),
    whole("Z15", "long-name", "has a name that reaches past the directory",
          archive(M(b"w.npy"), replace(GOOD, name_len=9000)), words=["record 1"], numpy="loads"),
    member("Z16", "tebibyte-of-zeros", "says that 20 deflated bytes become 1 TiB",
           w(method=DEFLATED, size=NOT_HERE, extra=zip64(1 << 40)), words=["1099511627776", "1032"],
           numpy="loads"),
    member("Z17", "tebibyte-inside", "a header inside a small stored member that claims 1 TiB",
           w(raw=npy(shape("(137438953472,)"))), words=["137438953472 elements"], numpy="MemoryError or ValueError"),
    member("Z18", "tebibyte-inside-deflated", "the same, deflated",
           w(raw=npy(shape("(137438953472,)")), method=DEFLATED), words=["137438953472 elements"],
           numpy="MemoryError or ValueError"),
    member("Z19", "past-the-end", "more packed bytes than the file has", w(compressed=100_000),
           words=["reach", "overlap"], numpy="loads or BadZipFile"),
    member("Z20", "stored-sizes", "a stored member of two sizes", w(size=200), words=["stored", "144", "200"],
           numpy="loads"),
    member("Z21", "too-short", "declares less than its data become", w(method=DEFLATED, size=140),
           words=["140 bytes", "more"]),
    member("Z22", "too-long", "declares more than its data become", w(method=DEFLATED, size=160),
           words=["160 bytes", "after 144"], numpy="loads"),
    member("Z23", "empty", "declares nothing at all", w(size=0, compressed=0), words=["CRC"]),
]

DAMAGED = [
    member("Z24", "crc", "another CRC in the directory, stored", w(crc=7), words=["CRC-32", "00000007"], mapped=True),
    member("Z25", "crc-deflated", "another CRC in the directory, deflated", w(crc=7, method=DEFLATED),
           words=["CRC-32", "00000007"]),
    member("Z26", "flipped", "a flipped bit in stored data", w(data=ARRAY[:-1] + b"\x41"), words=["CRC-32"], mapped=True),
    member("Z27", "flipped-deflated", "a flipped bit in deflated data",
           w(method=DEFLATED, data=deflate(ARRAY[:-1] + b"\x41")), words=["CRC-32"]),
    member("Z28", "block-type", "a deflate block of the type that does not exist", w(method=DEFLATED, data=b"\x07"),
           words=["deflated", "malformed"], numpy="error"),
    member("Z29", "look-back", "deflate that looks back before its start",
           w(method=DEFLATED, data=b"\3\2\0"), words=["deflated", "malformed"], numpy="error"),
    member("Z30", "no-last-block", "deflate that ends before its last block",
           w(method=DEFLATED, data=deflate(ARRAY)[:-9]), words=["deflated", "malformed"]),
    member("Z31", "bzip2", "bzip2 that is none", w(method=BZIP2, data=b"BZh9" + b"\0" * 40), words=["bzip2"],
           numpy="OSError"),
    member("Z32", "lzma", "LZMA of impossible properties", w(method=LZMA, data=b"\x09\x04\x05\0\xff" + b"\xff" * 40),
           words=["lzma"], numpy="LZMAError or error"),
    member("Z33", "zstd", "Zstandard that is none", w(method=ZSTD, data=b"\x28\xb5\x2f\xfd" + b"\xff" * 40),
           words=["zstd"], numpy="NotImplementedError or ZstdError"),
    member("Z34", "no-local", "no local header where one should be", archive(GOOD, M(b"w.npy", local_signature=b"PK\7\7")), words=["local header"]),
    member("Z35", "local-name", "another name in the local header", w(local_name=b"v.npy"), words=["w.npy", "v.npy"]),
    member("Z36", "local-extra", "a local extra field that reaches over the data", w(local_extra_len=60_000),
           words=["reach"], numpy="EOFError or BadZipFile"),
]

ZEROS = 20 << 20
BOMB = npy(shape(f"({ZEROS // 8},)"), bytes(ZEROS))


def zstd_block(kind, size, content, last=False):
    return struct.pack("<L", size << 3 | kind << 1 | last)[:3] + content


def zstd_bomb():
    """The header as it is, and then one byte for every 128 KiB."""
    head, each = BOMB[:-ZEROS], 128 << 10
    blocks = [zstd_block(1, each, b"\0", at + each == ZEROS) for at in range(0, ZEROS, each)]
    return b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<L", len(BOMB)) + zstd_block(0, len(head), head) + b"".join(blocks)


BOMBS = [
    member("Z37", "bomb-bzip2", "20 MiB of zeros in bzip2", w(raw=BOMB, method=BZIP2), kind="LimitExceeded",
           words=[str(len(BOMB)), "max_compression_ratio"], numpy="loads"),
    member("Z38", "bomb-zstd", "20 MiB of zeros in Zstandard", w(raw=BOMB, method=ZSTD, data=zstd_bomb()),
           kind="LimitExceeded", words=[str(len(BOMB)), "max_compression_ratio"], numpy="NotImplementedError or loads"),
    member("Z39", "many-in-one", "a member in which twenty others should start, not one of which does",
           archive(M(b"w.npy"), *[M(b"v.npy", offset=40 + at) for at in range(20)], GOOD), words=["overlap"],
           numpy="BadZipFile"),
    member("Z40", "quoted", "a member whose data are the next member with its header, as in the best zip bombs",
           archive(M(b"w.npy", data=M(b"v.npy").local(), raw=M(b"v.npy").local()),
                   M(b"v.npy", offset=35), GOOD), words=["overlap"],
           numpy="loads or BadZipFile"),
]

OFFSETS = [
    member("Z41", "swapped", "offsets that point at each other's headers",
           archive(M(b"w.npy", offset=len(M(b"v.npy").local())), M(b"v.npy", offset=0), GOOD),
           words=["w.npy", "v.npy"]),
    member("Z42", "offset-past-end", "an offset past the end of the file", w(offset=1 << 30), words=["local header"]),
    member("Z43", "offset-directory", "an offset into the directory",
           archive(M(b"w.npy", offset=DIRECTORY), GOOD), words=["local header"]),
    member("Z44", "offset-2-64", "an offset of 2^64 - 1, in zip64",
           w(offset=NOT_HERE, extra=zip64(2**64 - 1)), words=["local header"], numpy="ValueError or OverflowError or BadZipFile"),
    member("Z45", "no-zip64", "sizes that should stand in a zip64 field, which is not there",
           w(size=NOT_HERE, compressed=NOT_HERE), words=["zip64", "size"], numpy="loads or BadZipFile"),
    member("Z46", "half-zip64", "a zip64 field with one number of two",
           w(size=NOT_HERE, compressed=NOT_HERE, extra=zip64(144)), words=["zip64", "compressed size"]),
    member("Z47", "zip64-in-zip64", "a zip64 field whose number says again to look elsewhere",
           w(size=NOT_HERE, compressed=NOT_HERE, extra=zip64(2**64 - 1, 2**64 - 1)), words=["reach", "overlap"],
           numpy="loads or BadZipFile"),
    member("Z48", "extra-cut", "an extra field that reaches past its record",
           w(extra=struct.pack("<HH", ZIP64, 90) + b"\0" * 8), words=["0x0001", "reaches past"]),
    whole("Z49", "two-ends", "a comment that holds another archive's end: as in Python the last one counts",
          archive(M(b"w.npy"), GOOD, comment=end(1, 46, 10**6)), words=["record 0"]),
]

REFUSED = [
    member("Z50", "encrypted", "an encrypted member", w(flags=1), kind="Unsupported", words=["encrypted"],
           numpy="RuntimeError"),
    member("Z51", "strongly-encrypted", "a member encrypted in PKWARE's way", w(flags=1 << 6), kind="Unsupported",
           words=["encrypted"], numpy="NotImplementedError"),
    member("Z52", "patch", "a patch to another file", w(flags=1 << 5), kind="Unsupported", words=["patch"],
           numpy="NotImplementedError"),
    member("Z53", "method-97", "a method that nobody reads", w(method=97, data=ARRAY), kind="Unsupported",
           words=["method 97"], numpy="NotImplementedError"),
]

STACKED = {"good": two("float64"), "w": two("float64")}
HARMLESS = [
    harmless("Z54", "paths", "names that lead out of the directory: data to read, refused by `unpack`",
             archive(M(b"../w.npy"), M(b"/etc/w.npy"), M(b"c:\\w.npy"), M(b"a/../../w.npy"), GOOD),
             members={"../w": two("float64"), "/etc/w": two("float64"), "c:\\w": two("float64"),
                      "a/../../w": two("float64"), "good": two("float64")}),
    harmless("Z55", "twice", "a name that occurs twice: as in Python the last one counts",
             archive(M(b"w.npy", raw=npy(shape("(1,)", "<i8"), b"\1" * 8)), M(b"w.npy"), GOOD), members=STACKED),
    harmless("Z56", "index", "numio's own index of blocks, which lies: the stream is inflated as one",
             w(method=DEFLATED, extra=extra(0x706E, b"n1" + struct.pack("<LLL", 48, 9, 9))), members=STACKED),
    harmless("Z57", "index-endless", "such an index whose blocks are longer than the file",
             w(method=DEFLATED, extra=extra(0x706E, b"n1" + struct.pack("<LLL", 48, NOT_HERE, NOT_HERE))),
             members=STACKED),
    harmless("Z58", "trailing", "bytes after the end of a deflate stream",
             w(method=DEFLATED, data=deflate(ARRAY) + b"more"), members=STACKED),
    harmless("Z59", "descriptor", "flagged to have its sizes after its data, where there are none", w(flags=8),
             members=STACKED),
    harmless("Z60", "names", "a NUL, a line break and half a character in names",
             archive(M(b"w\0x.npy"), M(b"a\nb.npy"), M(b"\xff.npy", flags=1 << 11), GOOD),
             members={"w": two("float64"), "a\nb": two("float64"), "\ufffd": two("float64"), "good": two("float64")},
             numpy="UnicodeDecodeError"),
    harmless("Z61", "prefix", "a thousand bytes before the archive, from which offsets count",
             b"PK\3\4" + b"\0" * 1000 + WHOLE, members=STACKED),
    harmless("Z62", "lzma-dictionary", "LZMA that asks for a dictionary of 4 GiB",
             w(method=LZMA, data=b"\x09\x04\x05\0\x5d\xff\xff\xff\xff"
               + lzma.compress(ARRAY, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1}]), flags=2),
             members=STACKED, numpy="loads or MemoryError"),
    harmless("Z63", "one-place", "two members of one name at one place: the last counts, and the other is refused",
             archive(M(b"w.npy"), M(b"w.npy", offset=0), GOOD), members=STACKED, numpy="loads or BadZipFile"),
    harmless("Z64", "points-inside", "an offset into the data of another member, which loads all the same",
             archive(M(b"w.npy"), M(b"v.npy", offset=60), GOOD), members=STACKED, numpy="BadZipFile"),
    harmless("Z65", "zstd-window", "Zstandard that asks for a window of 128 MiB",
             w(method=ZSTD, data=b"\x28\xb5\x2f\xfd\0\x88" + zstd_block(0, len(ARRAY), ARRAY, True)),
             members=STACKED, numpy="NotImplementedError or loads"),
]

ATTACKS = [*TRUNCATED, *CLAIMS, *DAMAGED, *BOMBS, *OFFSETS, *REFUSED, *HARMLESS]
