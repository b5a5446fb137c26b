"""Pickles of NumPy's objects among Python's, each with the repr of what Python loads, numbered in a folder; prints how many there are."""

import pickle
import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
scalars = [
    np.True_, np.False_, np.int8(-3), np.uint64(2**63), np.float16(1.5), np.float32(1e20), np.float64("nan"),
    np.float64(-0.0), np.longdouble(1.5), np.complex64(2j), np.complex128(1 - 2j), np.clongdouble(1 + 2j),
    np.datetime64("2024-01-02"), np.datetime64("2024-01-02T03", "h"), np.datetime64("2024", "25s"),
    np.datetime64("NaT"), np.datetime64("NaT", "D"), np.timedelta64(5), np.timedelta64(5, "D"),
    np.timedelta64(-5, "25s"), np.timedelta64("NaT"), np.timedelta64("NaT", "us"), np.str_("a'b"), np.str_(""),
    np.bytes_(b"x\x00y"), np.void(b"ab\xff"),
]
arrays = [
    np.arange(6).reshape(2, 3), np.arange(2000.0), np.array([]), np.zeros((0, 3), "f4"), np.array(1.5), np.array("x"),
    np.array([1.5, 2.5], ">f8"), np.array(["a", "bb"]), np.array([(1, 2.5)], "i4,f8"), np.matrix([[1, 2], [3, 4]]),
    np.array([None, "a", [1, 2]], dtype=object), np.array([], dtype=object), np.arange(6).reshape(2, 3).T,
    np.array(["2024-01-01", "NaT"], "M8[D]"), np.char.array(["a", "b"]),
]
dtypes = [np.dtype("f4"), np.dtype(">i2"), np.dtype([("a", "i4"), ("b", "S3", 2)]), np.dtype("M8[25s]")]
inner = np.empty(2, dtype=object)
inner[:] = [np.arange(2), {"k": np.float32(0.5)}]
outer = np.empty((1, 2), dtype=object)
outer[0, 0], outer[0, 1] = inner, [inner, np.int64(1)]
values = [
    *([scalar] for scalar in scalars), *((array,) for array in arrays), *dtypes, *arrays[-5:],
    {"a": arrays[0], np.float64(1.5): scalars, "deep": [{"x": arrays[1]}, arrays]}, inner, outer, [outer],
]
count = 0
for protocol in range(6):
    for value in values:
        pickled = pickle.dumps(value, protocol)
        (folder / f"{count}.pkl").write_bytes(pickled)
        (folder / f"{count}.repr").write_text(repr(pickle.loads(pickled)), "utf-8")
        count += 1
print(count)
