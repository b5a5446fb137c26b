"""Says which of the texts in a folder, named by file, are not the JSON that `ndarray.tolist()` amounts to."""

import json
import sys
from pathlib import Path

import numpy as np

folder, texts = Path(sys.argv[1]), Path(sys.argv[2])


def plain(value, dtype):
    """A value of tolist() as the JSON that stands for it."""
    if isinstance(value, list):
        return [plain(part, dtype) for part in value]
    if dtype.subdtype:
        return plain(value.tolist(), dtype.subdtype[0])
    if dtype.names:
        return {name: plain(value[index], dtype[name]) for index, name in enumerate(dtype.names)}
    if dtype.kind == "f":
        names = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
        return names.get(str(float(value)), float(value))
    if dtype.kind == "c":
        return [plain(part, np.dtype(float)) for part in (value.real, value.imag)]
    if dtype.kind == "M":
        return str(np.array(value, dtype=dtype))
    if dtype.kind == "m":
        ticks = int(np.array(value, dtype=dtype).view("i8"))
        return "NaT" if ticks == np.iinfo("i8").min else ticks
    return value.decode("latin1") if dtype.kind in "SV" else value


for path in sorted((folder / "npy").glob("*.npy")):
    array = np.load(path, allow_pickle=True)
    if not array.dtype.hasobject:
        wanted = plain(array.tolist(), array.dtype)
        found = json.loads((texts / path.name).read_text("utf-8"))
        if repr(found) != repr(wanted):
            print(f"{path.name}: {found!r}, not {wanted!r}")
