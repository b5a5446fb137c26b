"""Writes archives whose names are hard to tell apart, and prints what NumPy finds under each."""

import io
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np

out = Path(sys.argv[1])
warnings.simplefilter("ignore")  # of names given twice


def npy(*values):
    file = io.BytesIO()
    np.save(file, np.array(values))
    return file.getvalue()


ARCHIVES = {
    "suffixes.npz": [("a", npy(1)), ("a.npy", npy(2)), ("b.npy", npy(3)), ("c", npy(4)), ("d.npy.npy", npy(5))],
    "twice.npz": [("x.npy", npy(1)), ("y.npy", npy(2)), ("x.npy", npy(3))],
    "others.npz": [("text.txt", b"some text"), ("text.npy", b"more text"), ("empty", b""), ("sub/dir.npy", npy(1))],
    "foreign.npz": [("größe.npy", npy(1)), ("大.npy", npy(2)), ("a b.npy", npy(3)), (".npy", npy(4))],
}
ASK = {
    "suffixes.npz": ["a", "a.npy", "b", "b.npy", "c", "c.npy", "d", "d.npy", "d.npy.npy"],
    "twice.npz": ["x", "x.npy", "y"],
    "others.npz": ["text.txt", "text", "empty", "sub/dir", "dir"],
    "foreign.npz": ["größe", "大", "a b", ""],
}
for name, members in ARCHIVES.items():
    with zipfile.ZipFile(out / name, "w") as archive:
        for member, data in members:
            archive.writestr(member, data)
    with np.load(out / name) as found:
        print(name, "files", repr(found).rsplit(" with ", 1)[1], ",".join(found.files), sep="\t")
        for key in ASK[name]:
            try:
                value = found[key]
            except KeyError:
                print(name, "missing", key, "", sep="\t")
                continue
            kind, text = ("array", value.tolist()) if isinstance(value, np.ndarray) else ("bytes", value.decode())
            print(name, kind, key, text, sep="\t")
np.savez(out / "objects.npz", objects=np.array([None, {}], object), plain=np.array([1]))
