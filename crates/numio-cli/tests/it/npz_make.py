"""Writes archives and pickles into a folder, for the tests of the commands that read them."""

import os
import pickle
import sys
import zipfile
from datetime import date
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
a, b = np.arange(6).reshape(2, 3), np.array(["x", "yy"])
objects = np.array([{"a": 1}, date(2024, 1, 2), None], dtype=object)
np.savez(folder / "plain.npz", a=a, b=b)
np.savez_compressed(folder / "packed.npz", a=a, zeros=np.zeros(10_000))
np.savez(folder / "objects.npz", o=objects, a=a)
np.save(folder / "objects.npy", objects)
with zipfile.ZipFile(folder / "escapes.npz", "w") as archive:
    archive.writestr("../out.npy", b"x")
bad = bytearray((folder / "plain.npz").read_bytes())
bad[bad.index(b"\x93NUMPY") + 128] ^= 1
(folder / "bad.npz").write_bytes(bad)


class Harm:
    def __reduce__(self):
        return os.system, ("true",)


harm = pickle.dumps(Harm(), 2)
scalars = [np.float32(1.5), np.dtype("f8"), np.datetime64("2024-01-02")]
(folder / "data.pkl").write_bytes(pickle.dumps([1, "two", {3.0: None}, date(2024, 1, 2)]))
(folder / "numpy.pkl").write_bytes(pickle.dumps([a, b, objects, *scalars]))
(folder / "numpy5.pkl").write_bytes(pickle.dumps([a, b, objects, *scalars], 5))
(folder / "masked.pkl").write_bytes(pickle.dumps(np.ma.array([1, 2], mask=[True, False])))
(folder / "harm.pkl").write_bytes(pickle.dumps([1, Harm()]))
# Where the same strings come from the memo, and STACK_GLOBAL takes them.
memoised = b"\x80\x04\x8c\x05posix\x94\x8c\x06system\x94]\x94h\x00h\x01\x93\x8c\x04true\x85R."
(folder / "memoised.pkl").write_bytes(memoised)
(folder / "second.pkl").write_bytes(pickle.dumps(1) + pickle.dumps(Harm()))
(folder / "broken.pkl").write_bytes(pickle.dumps(Harm())[:-1])
(folder / "garbage.pkl").write_bytes(harm[:-1] + b"\xff\xff")
# One reader stops at the POP of nothing; another may not.
(folder / "skipped.pkl").write_bytes(b"\x80\x02" + b"0" + harm[2:])
(folder / "bytes.pkl").write_bytes(pickle.dumps({"blob": harm}))
(folder / "bytes2.pkl").write_bytes(pickle.dumps([harm], 2))
(folder / "bytes0.pkl").write_bytes(pickle.dumps([harm], 0))
(folder / "bytearray.pkl").write_bytes(pickle.dumps(bytearray(pickle.dumps(pickle.dumps(Harm(), 0))), 5))
np.savez(folder / "harm.npz", a=a, o=np.array([Harm()], dtype=object))
(folder / "archive.pkl").write_bytes(pickle.dumps((folder / "harm.npz").read_bytes()))
np.save(folder / "harm.npy", np.array([{"deep": [Harm()]}], dtype=object))
np.save(folder / "record.npy", np.array([(1, Harm())], dtype=[("n", "i4"), ("o", object)]))
with open(folder / "behind.npy", "wb") as file:
    np.save(file, a)
    file.write(harm)
(folder / "tail.npz").write_bytes(harm + (folder / "plain.npz").read_bytes())
with zipfile.ZipFile(folder / "nested.npz", "w") as archive:
    archive.write(folder / "harm.npz", "inner.npz")
with zipfile.ZipFile(folder / "model.pt", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("model/data.pkl", harm)
(folder / "text.md").write_text("# nothing to load\n")
