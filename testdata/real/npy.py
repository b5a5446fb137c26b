"""`.npy` files as NumPy writes them: one of every kind of dtype and layout that a reader must tell apart."""

import io
import struct

import numpy as np

FILES = {}


def saved(name, what, array):
    FILES[f"npy/{name}.npy"] = (what, lambda path: np.save(path, array, allow_pickle=True))


def grid():
    """A smooth field over 40 x 60 points: enough to be summarised when printed."""
    y, x = np.ogrid[0:40, 0:60]
    return ((x - 30) ** 2 * 4 + (y - 20) ** 2 * 9).astype(np.int32)


def station():
    """Readings with a time, a name and numbers: the structured array of everyday use."""
    dtype = [("time", "<M8[s]"), ("station", "<U8"), ("temperature", "<f4"), ("wind", "<f4", (2,)), ("ok", "?")]
    rows = [
        ("2024-06-01T00:00:00", "Zürich", 17.25, (1.5, -0.25), True),
        ("2024-06-01T00:10:00", "Genève", 18.5, (0.0, 2.75), True),
        ("NaT", "Säntis", float("nan"), (12.5, -7.25), False),
    ]
    return np.array(rows, dtype=dtype)


def aligned():
    made = np.zeros(1, dtype=np.dtype([("a", "u1"), ("b", "<f8"), ("c", "<u2")], align=True))
    made["a"], made["b"], made["c"] = 1, 2.0, 3
    return made


def objects():
    made = np.empty(4, dtype=object)
    made[:] = [{"id": 1, "name": "a", "v": [0.5, 1]}, [1, 2, 3], None, "text"]
    return made


saved("123", "the example of NumPy's documentation", np.array([[1, 2, 3], [4, 5, 6]], dtype="<i8"))
saved("grid", "a 40 x 60 field of integers", grid())
saved("station", "readings: time, text, floats, a subarray, a bool", station())
saved("scalar", "no axes", np.array(3.5, dtype="<f8"))
saved("empty", "no elements", np.zeros((0, 3), dtype="<f4"))
saved("fortran", "columns side by side", np.asfortranarray(np.arange(6, dtype="<i4").reshape(2, 3)))
saved("big-endian", "most significant byte first", (np.arange(6).reshape(3, 2) / 4).astype(">f8"))
saved("axes-64", "as many axes as NumPy has", np.arange(4, dtype="<u2").reshape((2, 2) + (1,) * 62))
saved("bool", "bools", np.array([True, False, True]))
saved("int8", "bytes with a sign", np.array([-128, 0, 127], dtype="i1"))
saved("uint64", "the largest integers", np.array([0, 1 << 63, (1 << 64) - 1], dtype="<u8"))
saved("half", "half floats, subnormal and infinite ones too", np.array([1, -0.0, 6e-8, np.inf, np.nan], dtype="<f2"))
saved("float", "floats", np.array([0.1, -0.0, 1e-300, np.inf, -np.inf, np.nan], dtype="<f8"))
saved("complex", "complex numbers", np.array([1 + 2j, -0.5j, complex("nan+infj")], dtype="<c8"))
saved("bytes", "byte strings", np.array([b"a", b"bc\0d", b"", b"\xff"], dtype="S4"))
saved("text", "text beyond the first plane", np.array(["a", "ü€", "🎈", ""], dtype="<U3"))
saved("text-big-endian", "text, most significant byte first", np.array(["a", "ü€", "🎈"], dtype=">U3"))
saved("void", "raw bytes", np.array([b"\x00\x01\x02", b"abc"], dtype="V3"))
saved("days", "dates", np.array(["1969-07-20", "NaT", "2024-02-29"], dtype="<M8[D]"))
saved("quarter-hours", "times in units of 25 seconds", np.array([0, 1, -1], dtype="<M8[25s]"))
saved("durations", "durations, and none", np.array([0, -90, "NaT"], dtype="<m8[m]"))
saved("generic-time", "a duration without a unit", np.array([1, 2], dtype="<m8"))
saved(
    "nested", "records in records",
    np.array([((1, 2.5), b"x")], dtype=[("p", [("a", "<i2"), ("b", "<f8")]), ("c", "S1")]),
)
saved("titles", "fields with titles", np.array([(1, 2)], dtype=[(("a title", "a"), "<i4"), ("b", "u1")]))
saved("aligned", "padding as in C", aligned())
saved("unicode-names", "names outside latin1, so version 3.0", np.array([(1,)], dtype=[("größe€", "<i4")]))
saved("objects", "Python objects, pickled", objects())


def longdouble(path):
    """80-bit floats in 16 bytes, by hand, because NumPy writes them only on x86."""
    ones = struct.pack("<QH6x", 1 << 63, 0x3FFF) + struct.pack("<QH6x", 3 << 62, 0xBFFF)
    header = io.BytesIO()
    descr = {"descr": "<f16", "fortran_order": False, "shape": (2,)}
    np.lib.format.write_array_header_1_0(header, descr)
    path.write_bytes(header.getvalue() + ones)


def two(path):
    with open(path, "wb") as file:
        np.save(file, np.arange(3, dtype="<i8"))
        np.save(file, np.array([[0.5, 1.5]], dtype="<f4"))


FILES["npy/longdouble.npy"] = ("x86's 80-bit floats: 1 and -1.5", longdouble)
FILES["npy/two-in-one.npy"] = ("two arrays, one after the other", two)
