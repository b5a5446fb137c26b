"""Reads the records that Rust structs were written as, prints their descr, and rewrites them the other way round."""
import pathlib
import sys

import numpy as np

here = pathlib.Path(sys.argv[1])
point = [("x", "<f4"), ("y", "<f8")]
particle = np.dtype([
    ("id", "<u2"), (("what it is called", "naïve name"), "<U5"), ("tag", "S3"), ("at", point),
    ("corners", point, (3, 2)), ("live", "?"), ("type", "i1"),
])
aligned = np.dtype([("small", "u1"), ("wide", "<f8"), ("last", "<u2")], align=True)

others = []
for name, dtype in [("particle", particle), ("aligned", aligned)]:
    array = np.fromfile(here / f"{name}.bin", dtype)
    if name == "particle":
        assert array["naïve name"].tolist() == ["", "é", "abcde", "𝄞"], array
        assert array["tag"].tolist() == [b"", b"x", b"xy", b"xyz"], array
        assert array["corners"]["x"][1].tolist() == [[2.5, 3.5], [4.5, 5.5], [6.5, 7.5]], array
        assert array["live"].tolist() == [False, True, False, True], array
    print(np.lib.format.dtype_to_descr(dtype))
    fields = [(field, array.dtype[field]) for field in reversed(array.dtype.names)]
    other = np.empty(array.shape, np.dtype([("more", "<i4"), *fields]).newbyteorder(">"))
    for field, _ in fields:
        other[field] = array[field]
    other["more"] = 9
    other.tofile(here / f"{name}.other")
    others.append(np.lib.format.dtype_to_descr(other.dtype))
for descr in others:
    print(descr)
