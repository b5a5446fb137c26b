"""What pickletools prints of the pickle in each .npy file of objects in a folder: JSON, by file."""

import io
import json
import pickletools
import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
found = {}
for path in sorted([*folder.glob("npy/objects*.npy"), *folder.glob("numpy/*objarr.npy")]):
    with open(path, "rb") as file:
        np.lib.format.read_magic(file)
        np.lib.format.read_array_header_1_0(file)
        pickle = file.read()
    text = io.StringIO()
    pickletools.dis(pickle, text)
    found[path.relative_to(folder).as_posix()] = text.getvalue()
print(json.dumps(found))
