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


def given(value, otherwise):
    return otherwise if value is None else value


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
    """What both headers claim; the data have what is right."""
    offset: int = None
    local_method: int = None
    local_flags: int = None
    local_sizes: tuple = None
    """The local header's: compressed and not."""
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
        name = given(self.local_name, self.name)
        local_extra = self.local_extra
        if self.extra[:2] == b"\1\0" and NOT_HERE in (self.size, self.compressed):
            # The directory's field with both sizes, where it has them.
            local_extra = zip64(*(*struct.unpack("<2Q", self.extra[4:].ljust(16, b"\0")[:16]),))
        extra_len = given(self.local_extra_len, len(local_extra))
        compressed, size = given(self.local_sizes, self.sizes())
        head = struct.pack("<HHHHHLLLHH", 20, given(self.local_flags, self.flags),
                           given(self.local_method, self.method), 0, 33, zlib.crc32(self.raw), compressed, size,
                           len(name), extra_len)
        return self.local_signature + head + name + local_extra + data

    def sizes(self):
        """Compressed and not, as both headers have them."""
        return given(self.compressed, len(self.packed())), given(self.size, len(self.raw))

    def record(self, offset):
        compressed, size = self.sizes()
        head = struct.pack(
            "<HHHHHHLLLHHHHHLL", 788, 20, self.flags, self.method, 0, 33, given(self.crc, zlib.crc32(self.raw)),
            compressed, size,
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

ZEROS = 65 << 20
BOMB = npy(shape(f"({ZEROS // 8},)"), bytes(ZEROS))


def zstd_block(kind, size, content, last=False):
    return struct.pack("<L", size << 3 | kind << 1 | last)[:3] + content


def zstd_bomb():
    """The header as it is, and then one byte for every 128 KiB."""
    head, each = BOMB[:-ZEROS], 128 << 10
    blocks = [zstd_block(1, each, b"\0", at + each == ZEROS) for at in range(0, ZEROS, each)]
    return b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<L", len(BOMB)) + zstd_block(0, len(head), head) + b"".join(blocks)


BOMBS = [
    member("Z37", "bomb-bzip2", "65 MiB of zeros in bzip2", w(raw=BOMB, method=BZIP2), kind="LimitExceeded",
           words=[str(len(BOMB)), "max_compression_ratio"], numpy="loads"),
    member("Z38", "bomb-zstd", "65 MiB of zeros in Zstandard", w(raw=BOMB, method=ZSTD, data=zstd_bomb()),
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
    whole("Z49", "two-ends", "a comment that holds another archive's end",
          archive(M(b"w.npy"), GOOD, comment=end(1, 46, 10**6)), words=["two ways", "end record"]),
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



def fixed(symbol):
    """The code of a literal or length in fixed codes, and its length (RFC 1951, 3.2.6)."""
    if symbol < 144:
        return 0x30 + symbol, 8
    if symbol < 256:
        return 0x190 + symbol - 144, 9
    return (symbol - 256, 7) if symbol < 280 else (0xC0 + symbol - 280, 8)


def bits(value, count):
    return [value >> at & 1 for at in range(count)]


def code(value, count):
    return bits(value, count)[::-1]


FIXED = {tuple(code(*fixed(symbol))): symbol for symbol in range(256)}


def literals(stream):
    """The literals that `stream` is in fixed codes, and the bits that are left; nothing where it is something else."""
    found, at = b"", 0
    while len(stream) - at >= 9:
        symbol = next((FIXED[key] for n in (8, 9) if (key := tuple(stream[at : at + n])) in FIXED), None)
        if symbol is None:
            return None
        found, at = found + bytes([symbol]), at + fixed(symbol)[1]
    return found, stream[at:]


def bytes_of(stream):
    stream = stream + [0] * (-len(stream) % 8)
    return bytes(sum(bit << at for at, bit in enumerate(stream[start : start + 8])) for start in range(0, len(stream), 8))


def forged(data, at, wanted):
    """`data` with four bytes put in at `at` so that its CRC-32 is `wanted`: CRCs are linear."""
    def crc(value):
        return zlib.crc32(data[:at] + value.to_bytes(4, "little") + data[at:])

    base, missing, value, rows = crc(0), crc(0) ^ wanted, 0, {}
    for bit in range(32):
        column, source = crc(1 << bit) ^ base, 1 << bit
        while column and column.bit_length() in rows:
            other, other_source = rows[column.bit_length()]
            column, source = column ^ other, source ^ other_source
        if column:
            rows[column.bit_length()] = column, source
    while missing:
        column, source = rows[missing.bit_length()]
        missing, value = missing ^ column, value ^ source
    return data[:at] + value.to_bytes(4, "little") + data[at:]


def two_contents():
    """A deflate stream of two parts that is other bytes where each part is inflated on its own, and both have one CRC.

    The first part ends inside a last block of fixed codes. A literal lacks the three bits with which any other last block
    of fixed codes starts, so that whatever such end is put behind the part completes it. In the stream, the second part
    completes it: a stored block on its own, and fixed codes where it follows on the first.
    """
    for first in (bits(value, 5) for value in range(32)):
        alone, joined = FIXED.get(tuple(first + [1, 1, 0])), FIXED.get(tuple(first + [1, 0, 0]))
        if alone is None or joined is None:
            continue
        for length in range(100, 10_000):
            for padding in range(32):
                found = literals(bits(padding, 5) + bits(length, 16) + bits(length ^ 0xFFFF, 16))
                if found is None:
                    continue
                text, open_code = found
                common = (b"common to both, " * 1000)[:length]
                last = next(key for key in FIXED if list(key[: len(open_code)]) == open_code)
                stream, text = list(last[len(open_code) :]), bytes([joined]) + text + bytes([FIXED[last]])
                while len(text) < 1 + length:
                    more = min(10, 1 + length - len(text))
                    if more >= 3:
                        stream += code(*fixed(254 + more)) + [0] * 5
                        text += text[-1:] * more
                    else:
                        stream += code(*fixed(text[-1]))
                        text += text[-1:]
                stored = bytes_of(stream + [0] * 7)
                stored += b"\0" * (length - 4 - len(stored))
                whole = common + text
                by_parts = forged(common + bytes([alone]) + stored, len(common) + 1 + len(stored), zlib.crc32(whole))
                part = b"\0" + struct.pack("<HH", len(common), len(common) ^ 0xFFFF) + common
                part += bytes_of([1, 1, 0] + first)
                rest = bytes_of([1, 0, 0] + bits(padding, 5)) + struct.pack("<HH", length, length ^ 0xFFFF)
                rest += by_parts[len(common) + 1 :]
                assert zlib.decompress(part + rest, -15) == whole and zlib.crc32(by_parts) == zlib.crc32(whole)
                assert zlib.decompress(part + b"\3\0", -15) + zlib.decompress(rest, -15) == by_parts != whole
                return part, rest, whole
    raise AssertionError


def stored_block(data, last=0):
    return bytes([last]) + struct.pack("<HH", len(data), len(data) ^ 0xFFFF) + data


def index(block, *compressed):
    return extra(0x706E, b"n1" + struct.pack(f"<L{len(compressed)}L", block, *compressed))


PART, REST, TWO = two_contents()
EARLY, LATER = deflate(ARRAY), deflate(b"\0" * 100)
BACK = zlib.compressobj(9, zlib.DEFLATED, -15)
BACK = [BACK.compress(ARRAY) + BACK.flush(zlib.Z_FULL_FLUSH), BACK.compress(ARRAY[:40]) + BACK.flush(zlib.Z_SYNC_FLUSH),
        BACK.compress(ARRAY[:104]) + BACK.flush()]

INDICES = [
    harmless("Z66", "index-open-block", "an index by which a part ends inside a block: other bytes under the same CRC",
             archive(M(b"w", raw=TWO, data=PART + REST, method=DEFLATED, extra=index(len(TWO) // 2 + 1, len(PART))), GOOD),
             members={"good": two("float64")}),
    member("Z67", "index-early-end", "an index by which a part has an end of its own, where the stream ends for all others",
           archive(M(b"w.npy", raw=ARRAY + b"\0" * 100, data=EARLY + LATER, method=DEFLATED,
                     extra=index(len(ARRAY), len(EARLY))), GOOD), words=["end after 144"]),
    harmless("Z68", "index-looks-back", "an index by which a part looks back into the one before",
             archive(M(b"w.npy", raw=ARRAY + ARRAY[:40] + ARRAY[:104], data=b"".join(BACK), method=DEFLATED,
                       extra=index(len(ARRAY) + 40, len(BACK[0] + BACK[1]))), GOOD), members=STACKED),
    harmless("Z69", "index-in-stored", "an index by which a part starts inside a stored block that holds blocks",
             archive(M(b"w.npy", raw=ARRAY + stored_block(b"0" * 100, 1), method=DEFLATED,
                       data=stored_block(ARRAY + stored_block(b"0" * 100, 1), 1),
                       extra=index(len(ARRAY), 5 + len(ARRAY))), GOOD), members=STACKED),
]


def evil(raw=npy(shape("(1,)", "<i8"), b"\1" * 8)):
    return M(b"w.npy", raw=raw)


def two_directories(make):
    """An archive of the members `w.npy`, twice, and its end from the position, directory and records of each."""
    first, second = evil(), M(b"w.npy")
    body = first.local() + second.local()
    return make(body, first.record(0), second.record(len(first.local())))


def in_a_comment(body, first, second):
    """The first directory's record has a comment, which ends with a locator of the second directory."""
    at = len(body) + len(second)
    before = body + second + end64(1, len(second), len(body))
    comment = b"x" * 60 + locator(at)
    first = first[:32] + struct.pack("<H", len(comment)) + first[34:] + comment
    return before + first + end(1, len(first), len(before))


def in_undefined_data(body, first, second):
    """The zip64 record of the first directory has data that end with another record, for the second directory."""
    start = len(body)
    record = start + len(first)
    data = second + end64(1, len(second), record + 56)
    zip64_record = bytearray(end64(1, len(first), start))
    zip64_record[4:12] = struct.pack("<Q", 44 + len(data))
    return body + first + bytes(zip64_record) + data + locator(record) + end(1, len(first), start)


def plain_and_zip64(body, first, second):
    start = len(body)
    records = second + first + end64(1, len(first), start + len(second)) + locator(start + len(second) + len(first))
    return body + records + end(1, 76 + len(first), start + len(second))


def no_record(body, first, second):
    start = len(body)
    return body + first + second + b"\0" * 56 + locator(start) + end(1, 76 + len(second), start)


def moved(body, first, second):
    """The end says where one directory is, counted from the start of the file; the other is right before it."""
    return body + first + second + end(1, len(second), len(body))


def moved_zip64(body, first, second):
    """The locator says where one zip64 record is, counted from the start of the file; the other is right before it."""
    offset = len(body) - len(second)
    moved_by = len(body) + 56 - offset
    (local,) = struct.unpack_from("<L", second, 42)
    second = second[:42] + struct.pack("<L", local - moved_by) + second[46:]
    front = body + end64(1, len(first), len(body))
    return front + second + end64(1, len(second), offset) + locator(len(body)) + end(1, len(second), NOT_HERE)


PATHS = [
    whole("Z70", "locator-in-comment", "a zip64 locator in the comment of the directory's last record",
          two_directories(in_a_comment), words=["two ways", "plain end record"], numpy="loads"),
    whole("Z71", "record-in-record", "a zip64 record inside the undefined data of another, right before the locator",
          two_directories(in_undefined_data), words=["two ways", "zip64"], numpy="loads or BadZipFile"),
    whole("Z72", "plain-and-zip64", "a plain end record and a zip64 record of two directories",
          two_directories(plain_and_zip64), words=["two ways", "zip64"], numpy="loads"),
    whole("Z73", "no-record", "a zip64 locator without a record", two_directories(no_record),
          words=["two ways", "locator"], numpy="loads or BadZipFile"),
    whole("Z74", "moved", "a directory where the end says, and another right before the end", two_directories(moved),
          words=["two ways", "right before its end"], numpy="loads or BadZipFile"),
    whole("Z75", "moved-zip64", "a zip64 record where the locator says, and another right before it",
          two_directories(moved_zip64), words=["two ways", "locator"], numpy="loads or BadZipFile"),
    whole("Z76", "counts", "an end that speaks of two members in this file and of one in all",
          WHOLE[:END] + b"PK\5\6" + struct.pack("<HHHHLLH", 0, 0, 2, 1, END - DIRECTORY, DIRECTORY, 0),
          words=["two ways", "2 in this file"], numpy="loads"),
    whole("Z77", "unicode-path", "a Unicode path field with another name, which Python reads from 3.12 on",
          archive(M(b"v.npy", extra=extra(0x7075, b"\1" + struct.pack("<L", zlib.crc32(b"v.npy")) + b"good.npy")), GOOD),
          words=["two ways", "v.npy", "good.npy"], numpy="loads"),
    whole("Z78", "no-locator", "an end that leaves the directory's position to a zip64 record, which is not there",
          archive(M(b"w.npy"), GOOD, offset=NOT_HERE), words=["two ways", "missing"], numpy="OSError or ValueError or BadZipFile"),
    member("Z79", "two-zip64", "two zip64 fields of one member",
           w(size=NOT_HERE, compressed=NOT_HERE, extra=zip64(144, 144) + zip64(140, 140)), words=["two zip64 fields"],
           numpy="loads"),
    member("Z80", "local-method", "another method in the local header", w(local_method=DEFLATED),
           words=["method", "stored", "deflated"], numpy="loads"),
    member("Z81", "local-size", "another size in the local header", w(method=DEFLATED, local_sizes=(20, 140)),
           words=["compressed size", "20"], numpy="loads"),
    member("Z82", "local-flags", "encrypted by the local header only", w(local_flags=1), words=["flags"], numpy="loads"),
    member("Z83", "two-streams-bzip2", "two bzip2 streams, of which Python reads the first",
           w(method=BZIP2, raw=ARRAY * 2, data=bz2.compress(ARRAY) + bz2.compress(ARRAY)), words=["after 144"],
           numpy="BadZipFile"),
    member("Z84", "two-frames-zstd", "two frames of Zstandard, of which Python reads the first",
           w(method=ZSTD, raw=ARRAY * 2,
             data=(b"\x28\xb5\x2f\xfd\x20\x90" + zstd_block(0, len(ARRAY), ARRAY, True)) * 2), words=["after 144"],
           numpy="NotImplementedError or BadZipFile"),
    whole("Z85", "unicode-path-zero", "a Unicode path field that starts with a zero byte: no name at all, to Python from 3.12 on",
          archive(M(b"v.npy", extra=extra(0x7075, b"\1" + struct.pack("<L", zlib.crc32(b"v.npy")) + b"\0good.npy")), GOOD),
          words=["two ways", "v.npy"], numpy="loads"),
]

ATTACKS = [*TRUNCATED, *CLAIMS, *DAMAGED, *BOMBS, *OFFSETS, *REFUSED, *HARMLESS, *INDICES, *PATHS]
