"""Attacks through texts, numbered from T1; T11 is one on what is written, and has no file.

Most that are large are packed, so that little stands in the repository: gzip stays below the ratio from which a file counts
as a bomb.
"""

import bz2
import gzip
import lzma
import struct
import zlib
from dataclasses import dataclass, field

from . import Attack


def error(kind, *words):
    return {"error": {"kind": kind, "words": list(words)}}


def loads(dtype, *shape):
    return {"load": {"dtype": dtype, "shape": list(shape)}}


@dataclass(frozen=True)
class TextAttack(Attack):
    """A text, the parameters it is read with, and what each reader says."""

    loadtxt: dict = None
    genfromtxt: dict = None
    args: dict = field(default_factory=dict)
    suffix: str = ".csv"
    is_tried: bool = True
    """Whether NumPy can be asked without hours or gigabytes going by."""

    def entry(self):
        entry = {"attack": self.number, "what": self.what, "args": self.args, "text": {"loadtxt": self.loadtxt}}
        if self.genfromtxt:
            entry["text"]["genfromtxt"] = self.genfromtxt
        if self.is_tried:
            entry["numpy"] = self.numpy
        return entry


def text(number, name, what, data, loadtxt, genfromtxt=None, numpy="ValueError", **more):
    kind = loadtxt.get("error", {}).get("kind")
    return TextAttack(number, name, what, data, kind=kind, loadtxt=loadtxt, genfromtxt=genfromtxt, numpy=numpy, **more)


def gz(data):
    return gzip.compress(data, 6, mtime=0)


GZ = {"suffix": ".csv.gz"}
COMMAS = {"delimiter": ","}
QUOTED = {"delimiter": ",", "quotechar": '"'}


def xz(*blocks, index=b""):
    """A file of xz put together by hand."""
    flags = b"\0\1"
    head = b"\xfd7zXZ\0" + flags + struct.pack("<I", zlib.crc32(flags))
    return head + b"".join(blocks) + index + struct.pack("<I", zlib.crc32(index)) + bytes(64)


def xz_block(dictionary):
    """The start of a block that asks for a dictionary, and a stored chunk."""
    head = b"\2\0\x21\1" + bytes([dictionary]) + bytes(3)
    return head + struct.pack("<I", zlib.crc32(head)) + b"\1\0\3" + b"1 2\n" + b"\0"


def vli(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def zstd(window, *blocks):
    return bytes.fromhex("28b52ffd00") + bytes([(window - 10) << 3]) + b"".join(blocks)


def run_of(byte, length=1 << 17):
    """A block of Zstandard that says `byte` over and over, in four bytes."""
    return (length << 3 | 1 << 1).to_bytes(3, "little") + byte


NO_RATIO = "the limit is 2000 times"
PACKED = gz(b"1,2\n" * 4000)

ATTACKS = [
    text("T1", "ragged", "a row of another number of columns", b"1,2\n3,4,5\n",
         error("InvalidData", "the number of columns changed from 2 to 3 at row 2"),
         error("InvalidData", "Line #2 (got 3 columns instead of 2)"), args=COMMAS),
    text("T2", "no-number", "a field that is no number", b"1,2\n3,XXX\n",
         error("InvalidData", "could not convert string 'XXX' to float64 at row 1, column 2"), loads("float64", 2, 2), args=COMMAS),
    text("T3", "not-utf-8", "a byte that is not in the encoding", b"1,2\n3,\xff\n",
         error("Encoding", "byte 6", "codec can't decode byte 0xff"), error("Encoding", "codec can't decode byte 0xff"),
         args=COMMAS | {"encoding": "utf-8"}, numpy="UnicodeDecodeError"),
    text("T4", "open-quote", "a quote that nothing ends: the rest is one field", b'1,2\n3,"4\n5,6\n',
         error("InvalidData", "could not convert string '4\\n5,6\\n' to float64 at row 1"), args=QUOTED),
    text("T5", "nul", "a NUL in a field", b"1,2\n3,4\0\n",
         error("InvalidData", "could not convert string '4\\x00' to float64 at row 1, column 2"), loads("float64", 2, 2), args=COMMAS),
    text("T6", "endless-line", "a line of 280 MB without an end", gz(b"1" * 280_000_000), error("LimitExceeded", "268435456"),
         error("LimitExceeded", "268435456"), args=COMMAS, numpy="reads it all", is_tried=False, **GZ),
    text("T7", "half-character", "ends within a character", b"1,2\n3,\xe2\x82", error("Encoding", "codec can't decode byte 0xe2"),
         error("Encoding", "codec can't decode byte 0xe2"), args=COMMAS | {"encoding": "utf-8"}, numpy="UnicodeDecodeError"),
    text("T8", "cut", "a gzip file that is cut", PACKED[: len(PACKED) // 2],
         error("InvalidData", "ended before the end-of-stream marker was reached"),
         error("InvalidData", "ended before the end-of-stream marker was reached"), args=COMMAS, numpy="EOFError", **GZ),
    text("T9", "garbage", "garbage behind a gzip file", PACKED + b"this is no member of a gzip file",
         error("InvalidData", "damaged gzip file"), error("InvalidData", "damaged gzip file"), args=COMMAS, numpy="BadGzipFile", **GZ),
    text("T10", "bomb", "20 MB of zeros in bzip2", bz2.compress(b"0\n" * 10_000_000), error("LimitExceeded", NO_RATIO),
         error("LimitExceeded", NO_RATIO), args=COMMAS, suffix=".csv.bz2", numpy="loads", is_tried=False),
    text("T12", "bomb", "the same in xz", lzma.compress(b"0\n" * 10_000_000), error("LimitExceeded", NO_RATIO), error("LimitExceeded", NO_RATIO),
         args=COMMAS, suffix=".csv.xz", numpy="loads", is_tried=False),
    text("T13", "bomb", "512 MiB of one byte in Zstandard", zstd(20, *[run_of(b"\n")] * 4096), error("LimitExceeded", NO_RATIO),
         error("LimitExceeded", NO_RATIO), args=COMMAS, suffix=".csv.zst", numpy="is not read", is_tried=False),
    text("T14", "many-fields", "a row of 40 million fields", gz(b"," * 40_000_000), error("LimitExceeded", "more than 16777216 fields"),
         error("LimitExceeded", "more than 16777216 fields"), args=COMMAS | {"usecols": [0]}, numpy="takes gigabytes", is_tried=False, **GZ),
    text("T15", "long-text", "a text of a million characters among a million of one: 4 TB if each had its length",
         gz(b"a\n" * 1_000_000 + b"b" * 1_000_000), error("LimitExceeded", "4000004000000 bytes", "'U100'"),
         error("LimitExceeded", "4000004000000 bytes", "'U100'"), args={"dtype": "U"}, suffix=".txt.gz", numpy="takes terabytes", is_tried=False),
    text("T16", "empty-names", "a header of 100,000 empty names", gz(b"x" + b"," * 99_999 + b"\n1" + b",1" * 99_999),
         error("InvalidData", "could not convert string 'x'"), {"load": {"shape": []}}, args=COMMAS | {"names": True},
         numpy="ValueError; `genfromtxt` looks each up in all", **GZ, is_tried=False),
    text("T17", "one-name", "a header of 100,000 equal names", gz(b"x" + b",x" * 99_999 + b"\n1" + b",1" * 99_999),
         error("InvalidData", "could not convert string 'x'"), {"load": {"shape": []}}, args=COMMAS | {"names": True}, **GZ),
    text("T18", "digits", "a number of ten million digits", gz(b"1" * 10_000_000), loads("float64"), loads("float64"),
         suffix=".txt.gz", numpy="loads"),
    text("T19", "exponent", "an exponent of ten million digits", gz(b"1e" + b"9" * 10_000_000), loads("float64"), loads("float64"),
         suffix=".txt.gz", numpy="loads"),
    text("T20", "fraction", "a date with a million digits of a second", gz(b"2020-01-01T00:00:00." + b"1" * 1_000_000),
         error("InvalidData", "could not convert string '2020-01-01T00:00:00.1"), args={"dtype": "M8[s]"}, suffix=".txt.gz"),
    text("T21", "window", "Zstandard that asks for a window of 2 GiB", zstd(31, b"\1\0\0"), error("LimitExceeded", "memory"),
         error("LimitExceeded", "memory"), suffix=".csv.zst", numpy="is not read", is_tried=False),
    text("T22", "dictionary", "xz that asks for a dictionary of 4 GiB", xz(xz_block(40)), error("LimitExceeded", "256 MiB"),
         error("LimitExceeded", "256 MiB"), suffix=".csv.xz", numpy="LZMAError or MemoryError", is_tried=False),
    text("T23", "index", "xz whose index says that it has 2^62 records", xz(index=b"\0" + vli(1 << 62) + bytes(2)),
         error("InvalidData", "damaged xz file"), error("InvalidData", "damaged xz file"), suffix=".csv.xz", numpy="LZMAError"),
    text("T24", "endless-name", "gzip with a name of 70,000 bytes that does not end",
         b"\x1f\x8b\x08\x08\0\0\0\0\0\3" + b"a" * 70_000, error("InvalidData"), error("InvalidData"), numpy="EOFError", **GZ),
    text("T25", "comments", "five million comments before the first row", gz(b"#\n" * 5_000_000 + b"1 2\n"), loads("float64", 2),
         loads("float64", 2), suffix=".txt.gz", numpy="loads"),
    text("T26", "blank", "five million blank lines after the first row", gz(b"1,2\n" + b"\n" * 5_000_000), loads("float64", 2),
         loads("float64", 2), args=COMMAS, numpy="loads", **GZ),
    text("T27", "members", "2,000 empty members of gzip", gz(b"") * 2000 + gz(b"1,2\n"), loads("float64", 2), loads("float64", 2),
         args=COMMAS, numpy="loads", **GZ),
    text("T28", "streams", "2,000 empty streams of bzip2", bz2.compress(b"") * 2000 + bz2.compress(b"1,2\n"), loads("float64", 2),
         loads("float64", 2), args=COMMAS, suffix=".csv.bz2", numpy="loads"),
    text("T29", "no-mark", "UTF-16 without a byte order mark", "1,2\n".encode("utf-16-le"),
         error("Encoding", "does not start with BOM"), error("Encoding", "does not start with BOM"),
         args=COMMAS | {"encoding": "utf-16"}, numpy="UnicodeError"),
    text("T30", "surrogate", "half a pair of surrogates in UTF-8", b"1,2\n3,\xed\xa0\x80\n",
         error("Encoding", "codec can't decode byte 0xed"), error("Encoding", "codec can't decode byte 0xed"),
         args=COMMAS | {"encoding": "utf-8"}, numpy="UnicodeDecodeError"),
    text("T31", "open-quote-long", "a quote that nothing ends before 10 MB of rows", gz(b'1,2\n"' + b"3,4\n" * 2_500_000),
         error("InvalidData", "the number of columns changed from 2 to 1 at row 2"), args=QUOTED, **GZ),
    text("T32", "parentheses", "a number in 100,000 parentheses", gz(b"(" * 100_000 + b"1" + b")" * 100_000),
         error("InvalidData", "could not convert string '((((("), args={"dtype": "c16"}, suffix=".txt.gz"),
]
