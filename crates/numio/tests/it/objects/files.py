"""Writes `.npy` files of object arrays and pickle files into a folder, and what Python loads from them as JSON."""

import datetime
import io
import json
import pickle
import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
count = 0


def write(data, value, **more):
    global count
    (folder / f"{count}.bin").write_bytes(data)
    objects = [{"repr": repr(item)} for item in np.asarray(value).flat] if isinstance(value, np.ndarray) else None
    found = {"objects": objects, "shape": getattr(value, "shape", None), "repr": repr(value)}
    (folder / f"{count}.json").write_text(json.dumps({**found, **more}))
    count += 1


def saved(value):
    out = io.BytesIO()
    np.save(out, value)
    return out.getvalue()


def objects(items, shape=None):
    out = np.empty(len(items), object)
    out[:] = items
    return out if shape is None else out.reshape(shape)


PLAIN = [
    objects([{"id": 1, "name": "a", "v": [1.5, 2]}, {"id": 2, "name": "\u00e9", "v": []}]),
    objects([None, 1, 2**80, -3, True, 1.5, float("inf"), 2j, "text", b"\xff\x00", (1,), [1], {1}, ...]),
    objects([datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2, 3, 4), datetime.timedelta(3, 4, 5)]),
    objects(list("abcdef"), (2, 3)),
    np.asfortranarray(objects(list("abcdef"), (2, 3))),
    objects([]),
    objects([7], ()),
    objects(["x" * 70_000, "y"]),
    objects(list(range(3000)), (60, 50)),
]
for value in PLAIN:
    data = saved(value)
    loaded = np.load(io.BytesIO(data), allow_pickle=True)
    write(data, loaded, order="F" if loaded.flags.fnc else "C", str=str(loaded), whole=repr(loaded))

# The shape in the header is ignored; whatever the pickle holds is returned.
data = saved(objects(["a", "b"]))
data = data.replace(b"(2,)", b"(9,)")
write(data, np.load(io.BytesIO(data), allow_pickle=True), order="C")
head = data[: data.index(b"\n") + 1]
for value in [{"a": [1]}, "text", None]:
    data = head + pickle.dumps(value, 2)
    write(data, np.load(io.BytesIO(data), allow_pickle=True))

# Pickles without a header.
for value in [{"a": [1, 2]}, [1], "x", 5]:
    for protocol in (0, 2, 4):
        data = pickle.dumps(value, protocol)
        write(data, np.load(io.BytesIO(data), allow_pickle=True), short=True)
print(count)
