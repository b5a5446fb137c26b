"""Prints what NumPy makes of headers, one case a line: see header.rs."""

import io
import sys
import warnings

import numpy as np
from numpy.lib import _format_impl as impl


def dtypes():
    """Scalar dtypes in both byte orders, and records of every shape."""
    scalars = ["?", "b", "B", "S", "S1", "S5", "S70000", "V", "V1", "V7", "O", "U", "U1", "U9", ">U3"]
    for letter in "hHiIlLqQefdgFDG":
        scalars += ["<" + letter, ">" + letter]
    units = ["", "[generic]", "[Y]", "[M]", "[W]", "[D]", "[h]", "[m]", "[s]", "[ms]", "[us]", "[ns]", "[ps]", "[fs]",
             "[as]", "[25s]", "[2147483647as]", "[3Y/4]", "[s/5]"]
    for letter in ("<M8", ">M8", "<m8", ">m8"):
        scalars += [letter + unit for unit in units]
    yield from (np.dtype(scalar) for scalar in scalars)
    for scalar in scalars:
        yield np.dtype([("x", scalar), ("y", "u1")])
        yield np.dtype([("x", "u1"), ("y", scalar), ("z", "u1")], align=True)
        if scalar in "SUV":  # a shape would be their length
            continue
        yield np.dtype([("x", scalar, (2, 3)), ("y", scalar, 1), ("z", scalar, (0,))])
        yield np.dtype([("n", [("m", scalar, (2,))]), ("k", "<f4")])
    names = ["", "a", "a b", "it's", 'say "hi"', "both '\"", "line\nfeed\ttab\rreturn", "back\\slash", "\x00\x7f", "é",
             "ÿ", "\xad", "\u0100", "日本", "\u200b", "\U0001f600", "\ue000", "x" * 300]
    for name in names:
        yield np.dtype({"names": [name], "formats": ["<i4"]})
        yield np.dtype({"names": [name, "other"], "formats": ["<i4", "S2"], "titles": ["t" + name, None]})
    yield np.dtype([])
    yield np.dtype([("a", []), ("b", "V0")])
    yield np.dtype({"names": [], "formats": [], "itemsize": 12})
    yield np.dtype({"names": ["a", "b"], "formats": ["<i4", ">f8"], "offsets": [4, 16], "itemsize": 64})
    yield np.dtype({"names": ["a", "b"], "formats": ["<i4", ">f8"], "offsets": [0, 8], "itemsize": 32}, align=True)
    yield np.dtype({"names": ["a"], "formats": ["<i4"], "offsets": [3], "titles": ["long name"], "itemsize": 9})
    inner = np.dtype("u1,f8,U3", align=True)
    yield np.dtype([("p", inner), ("q", "u1"), ("r", inner, (2,))])
    yield np.dtype([("p", inner), ("q", "u1"), ("r", inner, (2,))], align=True)
    yield np.dtype([("p", (("<i4", 2), 3)), ("q", ([("s", "f2", (1, 2))], (3, 1)))])
    deep = np.dtype("<i2")
    for level in range(40):
        deep = np.dtype([(f"level{level}", deep), ("leaf", "S1")])
    yield deep
    yield np.dtype([(f"field_{i}", "<f8") for i in range(3000)])
    yield np.dtype([(f"field_é{i}", "<f8") for i in range(3000)])
    yield np.dtype([(f"field_日{i}", "<f8") for i in range(3000)])
    # Texts whose padding and length field come out even, and one past the end of version 1.0.
    for length in list(range(1, 130)) + list(range(65380, 65480, 9)):
        yield np.dtype([("n" * length, "<f8")])


SHAPES = [(), (0,), (1,), (7,), (10**9,), (2, 3), (3, 0, 4), (1,) * 64, (2**31, 5), (0, 2**62)]


def written():
    for dtype in dtypes():
        descr = impl.dtype_to_descr(dtype)
        small = len(repr(descr)) < 200
        for shape in SHAPES if small else SHAPES[4:5]:
            if dtype.itemsize * int(np.prod([max(n, 1) for n in shape], dtype=object)) >= 2**63:
                continue
            for order in (False, True):
                out = io.BytesIO()
                impl._write_array_header(out, {"shape": shape, "fortran_order": order, "descr": descr})
                yield out.getvalue(), dtype, descr


def main():
    warnings.simplefilter("ignore")
    for data, dtype, descr in written():
        back = impl.descr_to_dtype(descr)
        texts = [repr(back), str(back), back.name]
        print(data.hex(), *(text.encode().hex() for text in texts))


main()
