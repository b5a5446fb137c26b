"""Arrays in a folder, and checks of what became of them.

    convert.py make FOLDER     writes NAME.npy; prints JSON: names, each with its dtype and which formats take it
    convert.py check FOLDER    says which of NAME.FORMAT.npy are not NAME.npy, and which NAME.FORMAT NumPy reads otherwise
"""

import json
import sys
from pathlib import Path

import numpy as np

mode, folder = sys.argv[1], Path(sys.argv[2])
rng = np.random.default_rng(7)
texts = ["a", "b,c", 'd"e', "f\ng", "", "  h ", "ü€", "#x", "t\tu", "\u2028"]
everything, tables = ["csv", "tsv", "txt", "jsonl"], ["csv", "tsv", "jsonl"]
arrays = {
    "ints": (np.arange(-6, 6, dtype="i4").reshape(4, 3), everything),
    "bytes_of_8": (np.arange(250, 256, dtype="u1"), everything),
    "large": (np.array([2**63, 2**64 - 1], dtype="u8"), everything),
    "floats": (np.array([[1.5, -0.0, np.nan], [np.inf, -np.inf, 5e-324], [1e300, 0.1, 1 / 3]]), everything),
    "random": (rng.standard_normal((500, 4)) * 10.0 ** rng.integers(-30, 30, (500, 4)), everything),
    "singles": (rng.standard_normal((5, 2)).astype("f4"), everything),
    "halves": (rng.standard_normal(5).astype("f2"), everything),
    "big_endian": (rng.standard_normal((5, 2)).astype(">f8"), everything),
    "fortran": (np.asfortranarray(rng.standard_normal((5, 2))), everything),
    "bools": (np.array([[True, False], [False, True]]), everything),
    "words": (np.array(["a", "bc", "ü€"]), everything),
    "texts": (np.array(texts), tables),
    "texts_2": (np.array(texts).reshape(5, 2), tables),
    "bytes": (np.array([b"ab", b"c,d", b"\xe9"]), everything),
    "days": (np.array(["2024-01-02", "NaT", "1969-12-31"], "M8[D]"), everything),
    "moments": (np.array(["2024-01-02T03:04:05.123456789", "NaT"], "M8[ns]"), everything),
    "spans": (np.array([5, -3], "m8[s]"), everything),
    "complex": (np.array([[1 + 2j, -0.5j], [complex("nan"), complex(0, -np.inf)]]), everything),
    "records": (
        np.array([(1, 2.5, "x,y", True), (-2, np.nan, "", False)], dtype="i4,f4,U5,?"),
        tables,
    ),
    "nested": (
        np.array(
            [((1, 2.5), [1, 2, 3]), ((3, 4.5), [4, 5, 6])],
            dtype=[("p", [("x", "i2"), ("y", "f8")]), ("v", "i4", (3,))],
        ),
        tables,
    ),
    "raw": (np.array([b"ab\0\x1f", b"\xff,\"\n"], "V4"), ["jsonl"]),
    "raw_parts": (
        np.array([(1, b"a", [b"\0\0", b"\n\xe9"]), (2, b"\x1e", [b"  ", b"xy"])], [("n", "i4"), ("v", "V1"), ("w", "V2", 2)]),
        ["jsonl"],
    ),
    "one_row": (np.arange(3.0).reshape(1, 3), everything),
    "one": (np.array([2.5]), everything),
    "cube": (np.arange(24.0).reshape(2, 3, 4), ["jsonl"]),
    "none": (np.zeros(0), everything),
}

if mode == "make":
    for name, (array, _) in arrays.items():
        np.save(folder / f"{name}.npy", array)
    described = {name: [repr_of.str if not array.dtype.names else str(array.dtype.descr), formats]
                 for name, (array, formats) in arrays.items() for repr_of in [array.dtype]}
    print(json.dumps(described))


def same(found, wanted):
    if found.dtype != wanted.dtype or found.shape != wanted.shape:
        return False
    # Not a number is itself, and zeros have signs.
    return repr(found.tolist()) == repr(wanted.tolist()) and (
        found.dtype.kind not in "fc" or np.array_equal(np.signbit(found.real), np.signbit(wanted.real))
    )


def json_of(value):
    if isinstance(value, float) and value != value or value in (np.inf, -np.inf):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    return [json_of(part) for part in value] if isinstance(value, list) else value


if mode == "check":
    for name, (array, formats) in arrays.items():
        for suffix in formats:
            found = np.load(folder / f"{name}.{suffix}.npy")
            if not same(found, array):
                print(f"{name}.{suffix}: {found!r}, not {array!r}")
        if array.dtype.kind in "iuf" and array.dtype.itemsize == 8 and array.size:
            plain = array.astype(array.dtype.newbyteorder("="))
            for suffix, delimiter in [("csv", ","), ("tsv", "\t"), ("txt", None)]:
                if suffix in formats:
                    found = np.loadtxt(folder / f"{name}.{suffix}", delimiter=delimiter, dtype=plain.dtype, ndmin=array.ndim)
                    if not same(found, plain):
                        print(f"NumPy reads {name}.{suffix} as {found!r}, not {plain!r}")
            lines = (folder / f"{name}.jsonl").read_text("utf-8").splitlines()
            if [json.loads(line) for line in lines] != json_of(array.tolist()):
                print(f"{name}.jsonl: {lines}")
