"""Writes pickles of NumPy's objects into a folder, and what Python loads from them as JSON beside each."""

import datetime
import io
import json
import pickle
import struct
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np

DTYPES = [
    "?", "i1", "u1", "i2", ">i2", "u4", ">u4", "i8", ">i8", "u8", "e", ">e", "f4", ">f4", "f8", ">f8", "g", ">g",
    "F", ">F", "D", ">D", "G", ">G", "S0", "S1", "S5", "U0", "U3", ">U3", "V0", "V7", "M8", "M8[s]", ">M8[25us]",
    "m8", "m8[D]", ">m8[7ns]", "M8[W]", "O",
]
RECORDS = [
    [],
    [("a", "i4")],
    [("a", ">i4"), ("b", "S3"), ("c", "M8[ms]")],
    [(("a title", "a"), "f8"), ("b", "u1", (2, 3))],
    [("x", [("y", [("z", "i2", (2,)), ("w", "U2")])])],
    {"names": ["a", "b"], "formats": ["i4", "u1"], "offsets": [8, 1], "itemsize": 20},
    {"names": ["a", "b"], "formats": ["i4", "i4"], "offsets": [0, 2]},
    [("\u03b1\u00e9", "i1")],
    [("a", "V3"), ("b", "V0"), ("c", "S0")],
]
OBJECT_RECORDS = [
    [("a", "O")],
    [("a", "i4"), ("b", "O"), ("c", "O", (2,))],
    [("d", "V3"), ("o", "O"), ("e", "S3"), ("f", "g"), ("h", [("x", ">i2")]), ("j", ">f2"), ("k", ">U3"), ("l", "c8"),
     ("m", ">i4", (2,)), ("n", "?"), ("p", "G"), ("q", ">D"), ("r", "u8"), ("s", "i8"), ("t", "f4")],
    [("o", "O"), ("s", "M8[s]"), ("D", "M8[D]"), ("ns", ">M8[ns]"), ("q", "M8[25m]"), ("dd", "m8[D]"), ("us", "m8[us]"),
     ("y", "M8[Y]"), ("my", "m8[Y]"), ("as", "m8[as]"), ("g", "m8")],
    [("in", [("o", "O"), ("n", "u2")], (2,)), ("z", "i1")],
    [("g", ">g"), ("o", "O")],
]


def text(dtype):
    """Its text, without the class of its elements."""
    return str(np.dtype((np.void, dtype)) if dtype.names is not None else dtype)


def describe(value):
    """What Rust compares."""
    if isinstance(value, np.ma.MaskedArray):
        fill = value._fill_value
        return {
            "masked": {
                "data": describe(value.data),
                "mask": describe(np.ma.getmaskarray(value)),
                "fill": None if fill is None else describe(np.asarray(fill)),
            }
        }
    if isinstance(value, np.dtype):
        return {
            "dtype": {
                "text": text(value),
                "itemsize": value.itemsize,
                "alignment": value.alignment,
                "objects": value.hasobject,
            }
        }
    if isinstance(value, np.ndarray):
        return {"array": array(np.asarray(value))}
    if isinstance(value, np.generic):
        return {"scalar": array(np.asarray(value))}
    return {"repr": repr(value)}


def array(value):
    found = {"dtype": text(value.dtype), "shape": value.shape, "order": "F" if value.flags.fnc else "C"}
    if value.dtype == object:
        found["objects"] = [deep(item) if isinstance(item, np.ndarray | np.generic) else nested(item) for item in value.flat]
    elif value.dtype.names is not None:
        # What stands between them is whatever was in memory.
        found["fields"] = {name: array(np.asarray(value[name])) for name in value.dtype.names}
    else:
        found["bytes"] = significant(value).hex()
    return found


def significant(value):
    """The bytes, without what NumPy happens to leave between long doubles."""
    if value.dtype.kind not in "fc" or value.dtype.char not in "gG":
        return value.tobytes()
    parts = np.frombuffer(value.tobytes(), "u1").reshape(-1, 16)
    return (parts[:, :10] if value.dtype.isnative else parts[:, 6:]).tobytes()


def nested(value):
    """A plain object as its `repr`, unless arrays stand in it."""
    has_arrays = isinstance(value, dict) and any(isinstance(item, np.ndarray) for item in value.values())
    return deep(value) if has_arrays else describe(value)


def sample(dtype, shape, seed=1):
    """Elements whose bytes are all kinds, as far as the dtype takes them."""
    dtype = np.dtype(dtype)
    size = int(np.prod(shape))
    if dtype == object:
        items = [None, 1, "a", 2**70, [1, [2]], {"k": (1,)}, datetime.datetime(2020, 1, 2, 3), 1.5, b"\xff", Decimal("1.50")]
        out = np.empty(size, object)
        for at in range(size):
            out[at] = items[(at + seed) % len(items)]
        return out.reshape(shape)
    if dtype.hasobject:
        out = np.zeros(shape, dtype)
        for at, name in enumerate(dtype.names):
            out[name] = sample(dtype[name].base, out[name].shape, seed + at)
        return out
    if dtype.kind == "b":
        return np.arange(size).reshape(shape) % 2 == 1
    if dtype.kind == "U":
        out = np.array(["\u00e9\U0001f600x"[: at % 4] for at in range(size)], dtype)
        return out.reshape(shape)
    if dtype.kind in "Mm":
        out = (np.arange(size) * 86_413 * seed - 5).astype("i8")
        out[-1:] = np.iinfo("i8").min
        return out.astype(dtype.byteorder + "i8").view(dtype).reshape(shape)
    if dtype.kind in "fc":
        return ((np.arange(size) - 1.25) * seed).astype(dtype).reshape(shape)
    if dtype.names is not None and any(dtype[name].kind == "U" for name in dtype.names) or "w" in str(dtype):
        return np.zeros(shape, dtype)
    raw = bytes((at * 37 + seed) % 256 for at in range(size * dtype.itemsize))
    out = np.zeros(shape, dtype)
    if dtype.itemsize:
        out = np.frombuffer(raw, dtype).reshape(shape).copy()
    return out


def title(value):
    if isinstance(value, np.ndarray | np.generic):
        return f"{type(value).__name__} {value.dtype} {value.shape}"
    return repr(value)


class Python2(pickle._Pickler):
    """Writes `bytes` and text in ASCII as the `str` of Python 2."""

    dispatch = pickle._Pickler.dispatch.copy()

    def save_bytes(self, value):
        self.write(b"T" + struct.pack("<i", len(value)) + value)

    def save_str(self, value):
        if value.isascii():
            self.save_bytes(value.encode())
        else:
            pickle._Pickler.save_str(self, value)

    dispatch[bytes] = save_bytes
    dispatch[str] = save_str


def python2(value):
    out = io.BytesIO()
    Python2(out, 2).dump(value)
    return out.getvalue().replace(b"numpy._core", b"numpy.core")


def values():
    aligned = np.dtype([("a", "i1"), ("b", "f8"), ("c", [("d", "u2")])], align=True)
    dtypes = [np.dtype(spec) for spec in DTYPES] + [np.dtype(spec) for spec in RECORDS + OBJECT_RECORDS]
    dtypes += [aligned, np.dtype([("x", aligned, (2,)), ("o", "O")]), np.dtype(("i4", (2, 3))), np.dtype(("O", (2,)))]
    dtypes += [np.dtype((aligned, (2,))), np.dtype("f8", metadata={"unit": "m"}), np.dtype("M8[s]", metadata={"a": 1})]
    dtypes += [np.dtype((np.record, [("a", "i4"), ("b", "O")])), np.dtype([("e", "O", (0,))])]
    dtypes += [np.dtype({"names": ["a"], "formats": ["f8"], "offsets": [8], "itemsize": 32, "aligned": True})]
    yield from dtypes
    yield [np.dtype("f4"), np.dtype("f4"), np.dtype("M8[s]")]
    for spec in DTYPES + RECORDS + [aligned] + OBJECT_RECORDS:
        for shape in [(), (0,), (5,), (2, 3)]:
            yield sample(spec, shape)
        yield np.asfortranarray(sample(spec, (3, 2)))
        yield sample(spec, (2, 3, 2)).transpose(1, 0, 2)
        if np.dtype(spec) != object and np.dtype(spec).itemsize:
            yield sample(spec, (3,))[1]
    yield np.matrix([[1, 2], [3, 4]])
    yield np.rec.array([(1, 2.5, "a"), (3, 4.5, "b")], names="i,f,s")
    yield np.rec.array([(1, 2.5)])[0]
    yield np.char.array(["a", "bc"])
    for data in [sample("f8", (4,)), sample(">i4", (2, 2)), sample("O", (4,)), np.asfortranarray(sample("U3", (2, 3)))]:
        yield np.ma.array(data, mask=(np.arange(data.size) % 3 == 0).reshape(data.shape))
    yield np.ma.array(sample([("a", "i4", (2,)), ("b", [("c", "S3")])], (3,)), mask=[0, 1, 0])
    yield np.ma.array([1.5, 2.5], fill_value=9)
    yield np.ma.masked_array(np.matrix([[1, 2]]), mask=[[1, 0]])
    yield {"a": np.arange(3), "b": [np.float32(1.5), np.arange(3, dtype=">i2")], "c": np.datetime64("2020-01-01")}
    yield np.array([np.arange(2), None, np.int8(3), {"k": np.zeros(1)}], object)[::-1]


def main(folder):
    count = 0

    def write(data, wanted, **more):
        nonlocal count
        (folder / f"{count}.pkl").write_bytes(data)
        (folder / f"{count}.json").write_text(json.dumps({"wanted": wanted, **more}))
        count += 1

    for value in values():
        for protocol in range(6):
            data = pickle.dumps(value, protocol)
            write(data, deep(pickle.loads(data)), what=f"{title(value)} by protocol {protocol}")
        data = pickle.dumps(value, 2)
        renamed = data.replace(b"numpy._core", b"numpy.core")
        if renamed != data:
            write(renamed, deep(pickle.loads(data)), what=f"{title(value)} of NumPy 1")
        if isinstance(value, dict):
            # Its keys would be bytes.
            continue
        old = python2(value)
        try:
            wanted = deep(pickle.loads(old, encoding="latin1"))
        except (SystemError, TypeError, ValueError, AttributeError):
            # What NumPy itself cannot read: records of objects with bytes, metadata.
            continue
        if "repr" not in json.dumps(wanted):
            for encoding in ("latin1", "bytes"):
                write(old, wanted, encoding=encoding, what=f"{title(value)} of Python 2 as {encoding}")
    print(count)


def deep(value):
    if isinstance(value, (list, tuple)):
        return {"list": [deep(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": {key: deep(item) for key, item in value.items()}}
    return describe(value)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
