"""Reads what Rust types wrote and prints it, or writes what they are to read."""
import json
import pathlib
import sys

import numpy as np

folder, what = pathlib.Path(sys.argv[1]), sys.argv[2]

if what == "read":
    found = {}
    for path in folder.glob("*.npy"):
        array = np.load(path)
        again = folder / "again"
        with open(again, "wb") as file:
            np.save(file, array)
        assert again.read_bytes() == path.read_bytes(), path
        text = lambda value: value.decode() if isinstance(value, bytes) else [text(item) for item in value] if isinstance(value, list) else value
        found[path.stem] = [str(array.dtype), array.shape, text(array.tolist())]
    print(json.dumps(found))

elif what == "write":
    rows = np.arange(6, dtype="i4").reshape(2, 3)
    np.save(folder / "c.npy", rows)
    np.save(folder / "f.npy", np.asfortranarray(rows))
    np.save(folder / "big.npy", np.asfortranarray(rows.astype(">i4")))
    np.save(folder / "cube.npy", np.arange(24, dtype="u1").reshape(2, 3, 4))
    np.save(folder / "three.npy", np.array([0.5, 1.5, 2.5]))
    np.save(folder / "words.npy", np.array([["a", "bc"]]))
    np.save(folder / "strings.npy", np.array([b"a", b"bcd"]))
    np.save(folder / "many.npy", np.zeros((1 << 40, 0), "u1"))
    np.save(folder / "few.npy", np.zeros((3, 0), "u1"))

elif what == "bfloat16":
    values = np.array([1.0, -2.5, 0.1, np.inf], "f4")
    # The nearest even of the upper half of each float32.
    bits = values.view("u4")
    halves = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("u2")

    def file(shape):
        header = f"{{'descr': '<V2', 'fortran_order': False, 'shape': {shape}, }}"
        header += " " * (21 - len(str(shape[0])))
        header += " " * (64 - (10 + len(header) + 1) % 64) + "\n"
        return b"\x93NUMPY\x01\0" + len(header).to_bytes(2, "little") + header.encode() + halves.tobytes()

    for name, shape in [("ours", (4,)), ("ours2", (2, 2)), ("ours3", (4,)), ("ours4", (4,))]:
        assert (folder / f"{name}.npy").read_bytes() == file(shape), name
        assert np.load(folder / f"{name}.npy").tobytes() == halves.tobytes()
    with np.load(folder / "ours.npz") as data:
        assert data["a"].tobytes() == halves.tobytes()
        assert data.zip.read("a.npy") == file((4,))
    try:
        import ml_dtypes
    except ImportError:
        (folder / "theirs.npy").write_bytes(file((4,)))
    else:
        np.save(folder / "theirs.npy", values.astype(ml_dtypes.bfloat16))
        assert (folder / "theirs.npy").read_bytes() == file((4,))

elif what == "assigned":
    wanted = np.full((4, 6), -1, ">f4")
    wanted[1:3, ::2] = [[1, 2, 3], [4, 5, 6]]
    wanted[0] = np.arange(6, dtype="i2")
    wanted[[3, 0], 5] = [70, 71]
    wanted[2, 1] = 42
    wanted[::-2, 3:5] = np.array([[10, 20], [30, 40]]).T
    for name in ("c", "f"):
        found = np.load(folder / f"{name}.npy")
        assert found.dtype == wanted.dtype and (found == wanted).all(), (name, found)
    table = np.zeros((2, 3), [("n", "i4"), ("v", "f8", (2,)), ("s", "U5")])
    table["n"] = [[1, 2, 3], [4, 5, 6]]
    table["v"] = np.arange(12).reshape(2, 3, 2)
    table["s"][1] = ["x", "yy", "zzz"]
    assert (np.load(folder / "table.npy") == table).all()
