"""What NumPy knows of the .npy files in a folder: the JSON that `numio info --json` is to print."""

import json
import sys
import warnings
from pathlib import Path

import numpy as np

warnings.simplefilter("ignore")
def describe(path):
    with open(path, "rb") as file:
        version = np.lib.format.read_magic(file)
        length = int.from_bytes(file.read(2 if version == (1, 0) else 4), "little")
        offset = file.tell() + length
    array = np.load(path, allow_pickle=True)
    shape, fortran, dtype = array.shape, array.flags.fnc, array.dtype
    descr = np.lib.format.dtype_to_descr(dtype)
    elements = int(np.prod(shape, dtype=object))
    return {
        "file": f"npy/{path.name}",
        "format": "npy",
        "version": "{}.{}".format(*version),
        "dtype": str(dtype),
        "descr": repr(descr),
        "itemsize": dtype.itemsize,
        "shape": list(shape),
        "order": "F" if fortran else "C",
        "elements": elements,
        "data_offset": offset,
        "data_bytes": None if dtype.hasobject else elements * dtype.itemsize,
        "file_bytes": path.stat().st_size,
    }


print(json.dumps([describe(path) for path in sorted(Path(sys.argv[1]).glob("npy/*.npy"))]))
