"""Writes pickles of NumPy's objects whose states lie, one a line: what is wrong, the pickle in hexadecimal."""

import pickle

import numpy as np
from numpy._core.multiarray import _reconstruct, scalar
from numpy._core.numeric import _frombuffer
from numpy.ma.core import _mareconstruct


class Made:
    """An object that is pickled as it is told."""

    def __init__(self, *parts):
        self.parts = parts

    def __reduce__(self):
        return self.parts


def dtype(spec="f8", state=(3, "<", None, None, None, -1, -1, 0)):
    return Made(np.dtype, (spec, False, True), state)


def array(*state, cls=np.ndarray):
    return Made(_reconstruct, (cls, (0,), b"b"), state)


F8 = np.dtype("f8")
OBJECT = np.dtype("O")
FIELD = (np.dtype("i4"), 0)


def record(names=("a",), fields=None, size=4, alignment=1, flags=16, spec="V4", order="|"):
    return dtype(spec, (3, order, None, names, {"a": FIELD} if fields is None else fields, size, alignment, flags))


def nested(depth):
    inner = F8
    for _ in range(depth):
        inner = dtype("V8", (3, "|", None, ("a",), {"a": (inner, 0)}, 8, 1, 16))
    return inner


def doubling(depth):
    inner = np.dtype("V0")
    for _ in range(depth):
        inner = dtype("V0", (3, "|", None, ("a", "b"), {"a": (inner, 0), "b": (inner, 0)}, 0, 1, 16))
    return inner


CASES = {
    "version": dtype(state=(5, "<", None, None, None, -1, -1, 0)),
    "old version": dtype(state=(1, "<", None, None, -1, -1)),
    "no version": dtype(state=("<", None, None, -1, -1)),
    "short state": dtype(state=(3, "<")),
    "state is a dict": dtype(state={"a": 1}),
    "unknown text": dtype("f3"),
    "list in text": dtype("f4,f4"),
    "number for text": dtype(8),
    "class for text": dtype(int),
    "wrong order": dtype(state=(3, "x", None, None, None, -1, -1, 0)),
    "no order": dtype(state=(3, "|", None, None, None, -1, -1, 0)),
    "order of one byte": dtype("i1", (3, ">", None, None, None, -1, -1, 0)),
    "order of none": dtype(state=(3, None, None, None, None, -1, -1, 0)),
    "itemsize too large": dtype(state=(3, "<", None, None, None, 16, -1, 0)),
    "itemsize too small": dtype("S8", (3, "|", None, None, None, 4, 1, 0)),
    "itemsize huge": dtype("S8", (3, "|", None, None, None, 2**40, 1, 0)),
    "itemsize negative": dtype("S8", (3, "|", None, None, None, -2, 1, 0)),
    "alignment": dtype(state=(3, "<", None, None, None, 8, 3, 0)),
    "alignment zero": dtype("S8", (3, "|", None, None, None, 8, 0, 0)),
    "objects denied": dtype("O8", (3, "|", None, None, None, -1, -1, 0)),
    "objects claimed": dtype(state=(3, "<", None, None, None, -1, -1, 63)),
    "aligned scalar": dtype(state=(3, "<", None, None, None, -1, -1, 128)),
    "flags huge": dtype(state=(3, "<", None, None, None, -1, -1, 2**62)),
    "flags text": dtype(state=(3, "<", None, None, None, -1, -1, "0")),
    "time without unit": dtype("M8", (3, "<", None, None, None, -1, -1, 0)),
    "time of text": dtype("M8", (4, "<", None, None, None, -1, -1, 0, "s")),
    "time of zero": dtype("M8", (4, "<", None, None, None, -1, -1, 0, (None, (b"s", 0, 1, 1)))),
    "time by zero": dtype("M8", (4, "<", None, None, None, -1, -1, 0, (None, (b"s", 1, 0, 1)))),
    "time of many": dtype("M8", (4, "<", None, None, None, -1, -1, 0, (None, (b"s", 2**31, 1, 1)))),
    "time unknown": dtype("M8", (4, "<", None, None, None, -1, -1, 0, (None, (b"century", 1, 1, 1)))),
    "time many generic": dtype("M8", (4, "<", None, None, None, -1, -1, 0, (None, (b"generic", 2, 1, 1)))),
    "record too small": record(size=2, spec="V2"),
    "record of another text": record(spec="V8"),
    "record of a number": record(spec="i4"),
    "record aligned": record(flags=16 | 128),
    "record with objects denied": record(fields={"a": (OBJECT, 0)}, size=8, spec="V8"),
    "record with order": record(order="<"),
    "field outside": record(fields={"a": (np.dtype("i4"), 1)}),
    "field at -1": record(fields={"a": (np.dtype("i4"), -1)}),
    "field far": record(fields={"a": (np.dtype("i4"), 2**63)}),
    "field missing": record(fields={"b": FIELD}),
    "field too many": record(fields={"a": FIELD, "b": FIELD}),
    "field twice": record(names=("a", "a")),
    "field of no dtype": record(fields={"a": ("i4", 0)}),
    "field of one part": record(fields={"a": (np.dtype("i4"),)}),
    "field of a number": record(names=(1,), fields={1: FIELD}),
    "fields a list": record(fields=[1]),
    "names without fields": dtype("V4", (3, "|", None, ("a",), None, 4, 1, 16)),
    "fields without names": dtype("V4", (3, "|", None, None, {"a": FIELD}, 4, 1, 16)),
    "names and subarray": dtype("V8", (3, "|", (np.dtype("i4"), (2,)), ("a",), {"a": FIELD}, 8, 4, 0)),
    "subarray of itself": dtype("V8", (3, "|", (np.dtype("i4"), (3,)), None, None, 8, 4, 0)),
    "subarray huge": dtype("V8", (3, "|", (np.dtype("i4"), (2**40,)), None, None, 8, 4, 0)),
    "subarray negative": dtype("V8", (3, "|", (np.dtype("i4"), (-2,)), None, None, 8, 4, 0)),
    "subarray of one part": dtype("V8", (3, "|", (np.dtype("i4"),), None, None, 8, 4, 0)),
    "objects in subarray denied": dtype("V16", (3, "|", (OBJECT, (2,)), None, None, 16, 8, 0)),
    "too deep": nested(100),
    "too many": doubling(40),
    "state twice": Made(np.dtype, ("f8", False, True), (3, "<", None, None, None, -1, -1, 0), iter([1])),
    "array state short": array(1, (2,), F8, False),
    "array version": array(2, (2,), F8, False, bytes(16)),
    "array without state": Made(_reconstruct, (np.ndarray, (0,), b"b")),
    "array of few bytes": array(1, (2,), F8, False, bytes(15)),
    "array of many bytes": array(1, (2,), F8, False, bytes(17)),
    "array of no bytes": array(1, (2,), F8, False, 16),
    "array of a list": array(1, (2,), F8, False, [1.0, 2.0]),
    "array of wide text": array(1, (2,), F8, False, "\u0100" * 16),
    "array shape negative": array(1, (-1,), F8, False, b""),
    "array shape huge": array(1, (2**62, 2**62), F8, False, b""),
    "array shape huge and empty": array(1, (2**62, 2**62, 0), F8, False, b""),
    "array shape past 64 bits": array(1, (2**64,), F8, False, b""),
    "array shape text": array(1, ("2",), F8, False, bytes(16)),
    "array shape of 65": array(1, (1,) * 65, F8, False, bytes(8)),
    "array dtype text": array(1, (2,), "f8", False, bytes(16)),
    "array dtype subarray": array(1, (2,), np.dtype(("f4", (2,))), False, bytes(16)),
    "array order": array(1, (2,), F8, 7, bytes(16)),
    "objects over bytes": array(1, (2,), OBJECT, False, bytes(16)),
    "objects too few": array(1, (3,), OBJECT, False, [1, 2]),
    "objects too many": array(1, (1,), OBJECT, False, [1, 2]),
    "objects by a tuple": array(1, (2,), OBJECT, False, (1, 2)),
    "records over bytes": array(1, (1,), np.dtype([("a", "O")]), False, bytes(8)),
    "records of no tuple": array(1, (1,), np.dtype([("a", "O")]), False, [1]),
    "records of two": array(1, (1,), np.dtype([("a", "O")]), False, [(1, 2)]),
    "records too large": array(1, (1,), np.dtype([("a", "O"), ("b", "i1")]), False, [(1, 300)]),
    "records too negative": array(1, (1,), np.dtype([("a", "O"), ("b", "u1")]), False, [(1, -1)]),
    "records past 64 bits": array(1, (1,), np.dtype([("a", "O"), ("b", "u8")]), False, [(1, 2**64)]),
    "records of text": array(1, (1,), np.dtype([("a", "O"), ("b", "f8")]), False, [(1, "x")]),
    "records of long text": array(1, (1,), np.dtype([("a", "O"), ("b", "U1")]), False, [(1, "xy")]),
    "records of long bytes": array(1, (1,), np.dtype([("a", "O"), ("b", "S1")]), False, [(1, b"xy")]),
    "records of short void": array(1, (1,), np.dtype([("a", "O"), ("b", "V9")]), False, [(1, b"xy")]),
    "records of another array": array(1, (1,), np.dtype([("a", "O"), ("b", "i4", (2,))]), False, [(1, np.zeros(2))]),
    "records of another shape": array(1, (1,), np.dtype([("a", "O"), ("b", "f8", (2,))]), False, [(1, np.zeros(3))]),
    "records of another scalar": array(1, (1,), np.dtype([("a", "O"), ("b", "g")]), False, [(1, np.float32(1))]),
    "records of year 10000": array(1, (1,), np.dtype([("a", "O"), ("b", "M8[s]")]), False, [(1, "10000-01-01")]),
    "buffer of few": Made(_frombuffer, (bytes(8), F8, (2,), "C")),
    "buffer of objects": Made(_frombuffer, (bytes(16), OBJECT, (2,), "C")),
    "buffer order": Made(_frombuffer, (bytes(16), F8, (2,), "X")),
    "buffer axes": Made(_frombuffer, (bytes(16), F8, (2, 1), "K", (0, 0))),
    "buffer axis": Made(_frombuffer, (bytes(16), F8, (2, 1), "K", (0, 2))),
    "buffer without axes": Made(_frombuffer, (bytes(16), F8, (2, 1), "K")),
    "buffer short": Made(_frombuffer, (bytes(16), F8)),
    "buffer long": Made(_frombuffer, (bytes(16), F8, (2,), "C", (0,), 1)),
    "buffer with state": Made(_frombuffer, (bytes(16), F8, (2,), "C"), (1,)),
    "scalar of few": Made(scalar, (F8, bytes(7))),
    "scalar of object": Made(scalar, (OBJECT, bytes(8))),
    "scalar of record over bytes": Made(scalar, (np.dtype([("a", "O")]), bytes(8))),
    "scalar of array": Made(scalar, (np.dtype([("a", "O")]), np.zeros(1, [("a", "O")]))),
    "scalar alone": Made(scalar, (F8,)),
    "mask short": Made(_mareconstruct, (np.ma.MaskedArray, np.ndarray, (0,), "b"), (1, (2,), F8, False, bytes(16), b"\0", None)),
    "mask text": Made(_mareconstruct, (np.ma.MaskedArray, np.ndarray, (0,), "b"), (1, (2,), F8, False, bytes(16), None, None)),
    "mask state short": Made(_mareconstruct, (np.ma.MaskedArray, np.ndarray, (0,), "b"), (1, (2,), F8, False, bytes(16))),
    "mask fill": Made(_mareconstruct, (np.ma.MaskedArray, np.ndarray, (0,), "b"), (1, (2,), F8, False, bytes(16), b"\0\0", "x")),
}
for name, value in CASES.items():
    print(name, pickle.dumps(value, 3).hex(), sep="\t")
