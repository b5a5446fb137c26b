"""Writes pickles N.pkl of values in which NumPy's objects stand, and as JSON their `repr` and what `json` makes of them."""

import json
import pickle
import sys
from pathlib import Path

import numpy as np
import pickles

NAN = float("nan")
TIMES = [np.datetime64("2020-01-01"), np.datetime64("2020-01-01T01", "25s"), np.datetime64("NaT"), np.datetime64("NaT", "s")]
TIMES += [np.datetime64(7, unit) for unit in ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "3h", "2W")]
TIMES += [np.timedelta64(3, unit) for unit in ("Y", "W", "h", "ns", "25s")]
TIMES += [np.timedelta64(3), np.timedelta64("NaT", "D"), np.timedelta64("NaT"), np.timedelta64(-5, "D")]

RECORD = [("a", "i4"), ("b", "f8"), ("s", "U3"), ("t", "i2", (2,))]
ALIGNED = np.dtype([("a", "i1"), ("b", "f8")], align=True)


def objects(*items):
    out = np.empty(len(items), object)
    for at, item in enumerate(items):
        out[at] = item
    return out


def nested(depth):
    value = objects(1, "x")
    for _ in range(depth):
        value = objects(value, None)
    return value


VALUES = [
    np.float16(1.5), np.float32(0.1), np.float64(1e300), np.longdouble("0.1"), np.complex64(1 + 2j), np.clongdouble(1 + 2j),
    np.complex128(complex(NAN, -1)), np.int8(-3), np.uint64(2**64 - 1), np.int64(5), np.bool_(True), np.bool_(False),
    np.str_("it's"), np.str_(""), np.bytes_(b"a\xff"), np.void(b"\x00\x01a"), np.float32(NAN), np.float64("-inf"),
    np.float32(1e20), np.float64(1e16), *TIMES,
    np.array([(1, 2.5, "a", [1, 2])], RECORD)[0], np.rec.array([(1, 2.5)], names="a,b")[0], np.zeros(1, ALIGNED)[0],
    np.array([(None, 1)], [("o", "O"), ("i", "i4")])[0],
    np.dtype("f8"), np.dtype([("a", ">i4")]), np.dtype("M8[s]"), np.dtype(("i4", (2, 3))), ALIGNED,
    np.dtype((np.record, [("a", "i4")])), np.dtype("O"), np.dtype("U3"),
    np.arange(3), np.zeros((2, 2)), np.zeros(2000), np.array(5.0), np.zeros((0, 3)), np.zeros((2, 0, 3)), np.arange(6.0).reshape(1, 2, 3),
    np.asfortranarray(np.arange(6).reshape(2, 3)), np.arange(3, dtype=">u2"), np.array(["a", None], object),
    np.array([(1, 2)], [("a", "i4"), ("b", "i4")]), np.array([True, False]), np.array([1.5, NAN, np.inf]),
    np.array(["a", "\u00e9"]), np.array([b"a", b"\xff"]), np.array(["2020-01-01", "NaT"], "M8[D]"), np.array([3, -4], "m8[s]"),
    np.array([1 + 2j, NAN]), np.array([b"\0a"], "V2"), np.array([(1, 2.5, "a", [1, 2])], RECORD),
    objects(), objects([1, 2], (1,), {"k": np.arange(2)}, np.float32(2)), nested(3), objects([np.arange(2), [objects(1)]]),
    pickles.sample([("i", "i4"), ("n", "O"), ("r", [("x", "i1"), ("o", "O")])], (3,)),
]
VALUES.append({"a": np.arange(3), "m": np.zeros((2, 2)), "s": [np.float32(1.5)], "d": (np.dtype("f4"),), np.int8(3): None})
VALUES.append([VALUES[-1], VALUES[-1]])
shared = np.arange(2)
VALUES.append([shared] * 20)


def plain(value):
    """In types that Python's json knows."""
    if isinstance(value, np.dtype):
        return str(np.dtype((np.void, value)) if value.names is not None else value)
    if isinstance(value, np.ndarray):
        if value.ndim == 0:
            return plain(value[()])
        return [plain(item) for item in value]
    if isinstance(value, np.void):
        if value.dtype.names is None:
            return bytes(value).decode("latin1")
        return {name: plain(value[name]) for name in value.dtype.names}
    if isinstance(value, np.timedelta64):
        return "NaT" if np.isnat(value) else int(value.astype("i8"))
    if isinstance(value, np.datetime64):
        return str(value)
    if isinstance(value, np.longdouble):
        value = float(value)
    if isinstance(value, np.clongdouble):
        value = complex(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(repr(value), value)
    if isinstance(value, complex):
        return [plain(value.real), plain(value.imag)]
    if isinstance(value, dict):
        return {name if isinstance(name, str) else str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("latin1")
    if isinstance(value, pickles.datetime.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, pickles.Decimal) else value


def main(folder):
    count = 0
    for value in VALUES:
        for protocol in (2, 4, 5):
            data = pickle.dumps(value, protocol)
            (folder / f"{count}.pkl").write_bytes(data)
            loaded = pickle.loads(data)
            found = {"repr": repr(loaded)}
            if not (isinstance(value, (dict, list)) and "np.int8(3)" in repr(value)):
                found["json"] = plain(loaded)
            (folder / f"{count}.json").write_text(json.dumps(found))
            count += 1
    print(count)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
