"""Attacks through `.npy` files, numbered from A1."""

import struct

from . import Attack

MAGIC = b"\x93NUMPY"
PLAIN = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"
DATA = struct.pack("<2d", 1.0, 2.0)


def npy(header, data=DATA, version=(1, 0), encoding="latin1", length=None):
    """A file with this header, padded as NumPy pads, which may claim another length."""
    size = "<H" if version[0] == 1 else "<I"
    text = header.encode(encoding) if isinstance(header, str) else header
    before = len(MAGIC) + 2 + struct.calcsize(size)
    text += b" " * (-(before + len(text) + 1) % 64) + b"\n"
    return MAGIC + bytes(version) + struct.pack(size, len(text) if length is None else length) + text + data


def shape(text, descr="<f8"):
    return f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {text}, }}"


def descr(text, data=DATA):
    return npy(f"{{'descr': {text}, 'fortran_order': False, 'shape': (2,), }}", data)


def nested(count):
    return "(" * count + ")" * count


def two(dtype, shape=(2,)):
    return {"dtype": dtype, "shape": list(shape), "order": "C"}


CUT = npy(PLAIN)

TRUNCATED = [
    Attack("A1", "empty", "no bytes at all", b"", kind="EndOfStream", words=["no data"], numpy="EOFError"),
    Attack("A2", "half-magic", "ends inside the magic", MAGIC[:4], words=["byte 0"],
           numpy="UnpicklingError"),
    Attack("A3", "magic-only", "ends after the magic", MAGIC, words=["byte 6", "8"]),
    Attack("A4", "half-length", "ends inside the header's length", CUT[:9], words=["byte 9", "2", "1"]),
    Attack("A5", "half-header", "ends inside the header", CUT[:40], words=["byte 40", "118", "30"]),
    Attack("A6", "no-data", "ends after the header", npy(PLAIN, b""), words=["byte 128", "2 elements", "0 elements"]),
    Attack("A7", "half-data", "is one byte short", CUT[:-1], words=["byte 143", "2 elements", "1 elements"]),
]

CLAIMS = [
    Attack(
        "A8", "four-gib-header", "claims a header of 4 GiB in 12 bytes",
        MAGIC + b"\x02\x00\xff\xff\xff\xff", kind="LimitExceeded", words=["byte 8", "4294967295"],
    ),
    Attack(
        "A9", "eight-tib", "claims 8 TiB of data in 144 bytes",
        npy(shape("(1099511627776,)")), words=["byte 144", "1099511627776 elements", "2 elements"],
        numpy="MemoryError or ValueError",
    ),
    Attack("A10", "overflow", "a shape whose bytes overflow 64 bits",
           npy(shape("(4611686018427387904, 8)")), kind="LimitExceeded", words=["byte 60", "4611686018427387904"]),
    Attack("A11", "overflow-times-zero", "a shape that overflows but for an axis of length 0",
           npy(shape("(0, 4611686018427387904, 4611686018427387904)"), b""), kind="LimitExceeded", words=["byte 60"]),
    Attack("A12", "beyond-64-bits", "an axis of 2^64",
           npy(shape("(18446744073709551616,)")), words=["byte 61", "18446744073709551616"], numpy="OverflowError"),
    Attack("A13", "negative", "a negative axis", npy(shape("(-1,)")), words=["byte 61", "shape", "-1"]),
    Attack("A14", "two-negatives", "two negative axes whose product is positive",
           npy(shape("(-1, -2)")), words=["shape", "-1"]),
    Attack("A15", "sixty-five-axes", "more axes than NumPy's 64",
           npy(shape("(" + "1, " * 65 + ")"), DATA[:8]), words=["byte 60", "65", "64"]),
    Attack("A16", "endless-nothing", "2^62 elements of no bytes each, which cost nothing until they are printed",
           npy(shape("(4611686018427387904,)", "|V0"), b""), loads=two("|V0", [1 << 62]), numpy="loads"),
    Attack("A17", "digits", "an axis of 9,000 digits", npy(shape("(" + "9" * 9000 + ",)")), words=["byte 61"]),
    Attack("A18", "huge-item", "an element of 2^63 - 1 bytes", descr("'|S9223372036854775807'"),
           words=["byte 20", "descr", "S9223372036854775807"]),
    Attack("A19", "huge-subarray", "a field of 2^62 elements",
           descr("[('a', '<f8', (2147483647, 2147483647))]"), words=["byte 34", "2147483647"]),
    Attack("A20", "huge-multiplier", "a time unit of 10^14 seconds", descr("'<M8[99999999999999s]'"),
           words=["byte 20", "99999999999999s"]),
]

DEPTH = [
    Attack("A21", "nested-100000", "100,000 nested parentheses",
           npy(shape(nested(100_000)), version=(2, 0)), kind="LimitExceeded", words=["byte 8", "200116"]),
    Attack("A22", "nested-4000", "4,000 nested parentheses, in a header short enough to be parsed",
           npy(shape(nested(4_000))), words=["nested"]),
    Attack("A23", "nested-records", "records within records, 1,000 deep",
           descr("[('a', " * 1000 + "'<f8'" + ")]" * 1000), words=["nested"]),
]

NONSENSE = [
    Attack("A24", "bad-magic", "one wrong letter in the magic", b"\x93NUMPX" + CUT[6:],
           numpy="UnpicklingError"),
    Attack("A25", "version-9", "a version that does not exist", npy(PLAIN, version=(9, 0)),
           kind="Unsupported", words=["byte 6", "(9, 0)"]),
    Attack("A26", "version-1-1", "a minor version that does not exist", npy(PLAIN, version=(1, 1)),
           kind="Unsupported", words=["byte 6", "(1, 1)"]),
    Attack("A27", "no-header", "a header of length 0", MAGIC + b"\x01\x00\x00\x00" + DATA, words=["byte 10"]),
    Attack("A28", "list", "a header that is no dictionary", npy("['descr', '<f8']"), words=["byte 10"]),
    Attack("A29", "call", "a header that calls a function", npy("__import__('os').abort()"),
           words=["byte 10"]),
    Attack("A30", "unterminated", "a string without its end", npy("{'descr': '<f8"), words=["byte 20"],
           numpy="TokenError or ValueError"),
    Attack("A31", "unclosed", "a dictionary without its end", npy(PLAIN[:-1]), numpy="TokenError or ValueError"),
    Attack("A32", "nul", "a NUL in the header", npy(PLAIN + "\0"), words=["byte 67", "NUL"]),
    Attack("A33", "not-utf-8", "a header of version 3.0 that is not UTF-8",
           npy(b"{'descr': [('\xff', '<f8')], 'fortran_order': False, 'shape': (2,), }", version=(3, 0)),
           words=["byte 25", "UTF-8"], numpy="UnicodeDecodeError"),
    Attack("A34", "python-2-long", "Python 2's `2L` in version 3.0, which Python 2 never wrote",
           npy(shape("(2L,)"), version=(3, 0), encoding="utf-8")),
]

VALUES = [
    Attack("A35", "missing-shape", "no `shape`", npy("{'descr': '<f8', 'fortran_order': False, }"),
           words=["shape"]),
    Attack("A36", "extra-key", "a key too many", npy(PLAIN[:-1] + "'extra': 1}"), words=["extra"]),
    Attack("A37", "duplicate-key", "a key that occurs twice: as in Python the last one counts",
           npy(PLAIN[:-1] + "'shape': (1,), }"), loads=two("float64", [1]), numpy="loads"),
    Attack("A38", "shape-true", "a shape of `True`", npy(shape("True")), words=["byte 60", "shape", "True"]),
    Attack("A39", "shape-nan", "a shape with a name in it", npy(shape("(nan,)"))),
    Attack("A40", "shape-float", "a shape of 2.0", npy(shape("(2.0,)")), words=["byte 60", "shape", "2.0"]),
    Attack("A41", "shape-int", "a shape that is no tuple", npy(shape("2")), words=["byte 60", "shape", "2"]),
    Attack("A42", "order-int", "a `fortran_order` of 0", npy(PLAIN.replace("False", "0")),
           words=["byte 44", "fortran_order", "0"]),
    Attack("A43", "order-text", "a `fortran_order` that is text", npy(PLAIN.replace("False", "'False'")),
           words=["byte 44", "fortran_order", "'False'"]),
    Attack("A44", "float3", "a dtype that does not exist", descr("'<f3'"), words=["byte 20", "descr", "<f3"]),
    Attack("A45", "descr-int", "a number for a dtype", descr("8"), words=["byte 20", "descr", "8"]),
    Attack("A46", "field-twice", "two fields of one name", descr("[('a', '<f4'), ('a', '<f4')]"),
           words=["descr", "field", "a"]),
    Attack("A47", "tick-of-nothing", "a time unit divided by 0: NumPy dies of it", descr("'<M8[s/0]'"),
           words=["byte 20", "s/0"], numpy="SIGFPE"),
    Attack("A48", "nothing-times-minus-1", "elements of no bytes, -1 of them: NumPy dies of it when it maps the file",
           npy(shape("(-1,)", "|V0"), b""), words=["shape", "-1"]),
]

DECEIT = [
    Attack("A49", "trailing", "bytes after the array: allowed, as in NumPy", CUT + b"more", loads=two("float64"),
           numpy="loads"),
    Attack("A50", "object-field", "a pointer in a record, over raw bytes",
           descr("[('a', '<i8'), ('b', 'O')]", b"\x41" * 32), numpy="UnpicklingError"),
    Attack("A51", "objects-raw", "an array of pointers, over raw bytes", descr("'|O'", b"\x41" * 16),
           numpy="UnpicklingError"),
    Attack("A52", "bool-2", "a bool whose byte is neither 0 nor 1", descr("'|b1'", b"\x02\xff"), loads=two("bool"),
           numpy="loads"),
    Attack("A53", "no-character", "text with code points past U+10FFFF", descr("'<U1'", b"\xff" * 8),
           loads=two("<U1"), numpy="loads"),
    Attack("A54", "surrogate", "text with half a surrogate pair", descr("'<U1'", b"\x00\xd8\x00\x00" * 2),
           loads=two("<U1"), numpy="loads"),
    Attack("A55", "escapes", "a descr written in escapes: still a Python literal", descr(r"'\x3cf\x38'"),
           loads=two("float64"), numpy="loads"),
    Attack("A56", "shape-true-2", "an axis of `True`, an integer to Python but not to NumPy", npy(shape("(True, 2)")),
           words=["byte 60", "shape", "True"], numpy="TypeError"),
    Attack("A57", "texts-of-nothing", "1,000 texts of no bytes: NumPy's C functions would allocate one byte each, and leave it unwritten",
           npy(shape("(1000,)", "|S0"), b""), loads=two("|S0", [1000]), numpy="loads"),
    Attack("A58", "text-of-nothing-in-a-record", "a field of no bytes among others",
           descr("[('a', '<U0'), ('b', '<f8')]"), loads=two("[('a', '<U'), ('b', '<f8')]"), numpy="loads"),
    Attack("A59", "rows-of-nothing", "three rows of 10^7 elements of no bytes: few rows, and hours to print",
           npy(shape("(3, 10000000)", "|V0"), b""), loads=two("|V0", [3, 10**7]), numpy="loads"),
    Attack("A60", "lists-of-nothing", "records of a number and of 10^7 empty lists",
           descr("[('a', '<i4'), ('b', '<f8', (10000000, 0))]", bytes(8)), loads=two("[('a', '<i4'), ('b', '<f8', (10000000, 0))]"),
           numpy="loads"),
]

ATTACKS = [*TRUNCATED, *CLAIMS, *DEPTH, *NONSENSE, *VALUES, *DECEIT]
