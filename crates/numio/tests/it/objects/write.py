"""Writes object arrays N.npy into a folder, and what is special of each in N.as; or compares with each N.npy what
another program made of it in protocol P, as N.P.npy, or as the member `x` of N.P.npz.

    write.py write FOLDER
    write.py compare FOLDER
"""

import datetime as dt
import io
import pickle
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pickles

shared = [1, "shared"]
itself = []
itself.append(itself)

ITEMS = [
    [],
    [None],
    [1, 2**80, -1.5, "a", "", "text", "\u00e9", b"", b"a", b"\xff\x00", True, None, 1 + 2j, (), (1,), ...],
    [{"id": n, "name": f"n{n}", "v": [n / 4, n]} for n in range(2500)],
    [shared, shared, [shared], itself],
    [dt.date(2020, 1, 2), dt.datetime(2020, 1, 2, tzinfo=dt.timezone.utc), dt.timedelta(1), Decimal("1.5")],
    [{1, 2}, frozenset("a"), bytearray(b"x"), range(3), slice(1), object, len],
    ["x" * 70_000, "y" * 100_000, b"z" * 70_000],
    [np.arange(3), np.arange(3), np.float32(1.5), np.dtype("f8"), np.dtype("O"), np.array([None, "o"], object), np.bool_(1)],
    [np.zeros((2, 2), ">i2"), np.array([(1, "a")], [("n", "i4"), ("s", "U2")]), np.datetime64("2020-01-01"), np.ma.array([1])],
]


def objects(items):
    out = np.empty(len(items), object)
    for at, item in enumerate(items):
        out[at] = item
    return out


def arrays():
    """Arrays, and whether writing what is loaded gives the same bytes."""
    for items in ITEMS:
        yield objects(items), True
    yield objects(["only"]).reshape(()), True
    yield objects(list(range(6))).reshape(2, 3), True
    yield np.asfortranarray(objects(list("abcdef")).reshape(2, 3)), True
    yield objects(list(range(24))).reshape(2, 3, 4).transpose(1, 0, 2), True
    yield np.empty((0, 3), object), True
    yield np.empty((3,), object), True
    yield np.matrix([[None, 1]], object), False
    many = [("i", "i4"), ("u", "u8"), ("f", "f4"), ("h", "f2"), ("d", "f8"), ("c", "c8"), ("b", "?"), ("s", "S3"),
            ("t", "U3"), ("v", "V4"), ("n", "O"), ("r", [("x", "i1"), ("o", "O")]), ("e", [])]
    yield pickles.sample(many, (7,)), True
    yield np.zeros(3, [(("a title", "name"), "O"), ("b", "i2")]), True
    yield np.zeros(2, np.dtype([("a", "i1"), ("b", "O"), ("c", [("d", "u2")])], align=True)), True
    yield np.zeros(2, [("g", "g"), ("o", "O"), ("k", "G")]), True
    yield np.zeros(2, [("o", "O", (2,)), ("m", "i4", (2, 2)), ("l", "i4", (3,))]), True
    ticks = [0, 1, -1, 10**6, 2**40, -(2**40), 2**62, -(2**62), np.iinfo("i8").min]
    for code in ("M8", "m8"):
        units = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "25s", "3M", "7D"]
        times = np.zeros(len(ticks), [("o", "O")] + [(unit, f"{code}[{unit}]") for unit in units] + [("generic", code)])
        for name in times.dtype.names[1:]:
            times[name] = np.array(ticks).view(times.dtype[name])
        yield times, True
    for spec in pickles.OBJECT_RECORDS:
        for shape in [(), (0,), (1,), (5,), (2, 3)]:
            yield pickles.sample(spec, shape), False
        yield np.asfortranarray(pickles.sample(spec, (3, 2))), False


def write(folder):
    count = 0
    for value, is_exact in arrays():
        data = io.BytesIO()
        np.save(data, value)
        try:
            np.load(io.BytesIO(data.getvalue()), allow_pickle=True)
        except (ValueError, OverflowError, TypeError):
            continue
        (folder / f"{count}.npy").write_bytes(data.getvalue())
        (folder / f"{count}.as").write_text("exact" if is_exact else "equal")
        count += 1
    print(count)


def canonical(value):
    """Equal arrays give equal ones, with what their objects share."""
    assert type(value) in (np.ndarray, np.matrix), type(value)
    return pickle.dumps((value.shape, str(value.dtype), value.flags.fnc, value.tolist()), 4)


def compare(folder):
    count = 0
    for original in folder.glob("*.npy"):
        if not original.stem.isdigit():
            continue
        wanted = canonical(np.load(original, allow_pickle=True))
        for protocol in range(2, 6):
            data = (folder / f"{original.stem}.{protocol}.npy").read_bytes()
            header = data.index(b"\n") + 1
            assert data[header : header + 2] == bytes([0x80, protocol]), (original, protocol)
            archive = np.load(folder / f"{original.stem}.{protocol}.npz", allow_pickle=True)
            for value in np.load(io.BytesIO(data), allow_pickle=True), archive["x"]:
                found = canonical(value)
                assert found == wanted, f"{original} in protocol {protocol}:\n{found!r:.900}\n{wanted!r:.900}"
            count += 1
    print(count)


if __name__ == "__main__":
    {"write": write, "compare": compare}[sys.argv[1]](Path(sys.argv[2]))
