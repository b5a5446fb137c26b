"""Writes arrays of many dtypes, orders and sizes as .npy files into a directory."""

import sys
from pathlib import Path

import numpy as np

out = Path(sys.argv[1])
rng = np.random.default_rng(7)
arrays = {
    "scalar": np.float64(1.5),
    "empty": np.zeros((0, 3), "f4"),
    "bool": rng.random(1000) < 0.5,
    "small": np.arange(10),
    "big_endian": np.arange(100, dtype=">i4"),
    "fortran": np.asfortranarray(rng.random((30, 40))),
    "text": np.array(["alpha", "béta", "γ"] * 50),
    "bytes": np.array([b"x", b"yz"] * 100),
    "record": np.array([(1, 2.5, b"a"), (3, 4.5, b"b")] * 40, dtype=[("a", "i4"), ("b", "f8"), ("c", "S3")]),
    "time": np.arange(500).astype("M8[ms]"),
    "complex": rng.random(300) + 1j,
    "void": np.zeros(7, "V16"),
    "nothing": np.zeros(9, "S0"),
    # Larger than what is read at once, and than a block of compression.
    "noise": rng.random(200_000),
    "integers": (rng.standard_normal(600_000) * 100).astype("i4"),
    "repeats": rng.integers(0, 4, 20_000),
    "zeros": np.zeros(3_000_000, "u1"),
    "edge": np.zeros((1 << 20) - 128, "u1"),
    "past_edge": np.zeros((1 << 20) - 127, "u1"),
    "rows": np.asfortranarray((rng.standard_normal((700, 900)) * 10).astype(">i2")),
    "long_record": np.zeros(60_000, dtype=[("k", ">u2"), ("v", "f8", 3)]),
}
for name, array in arrays.items():
    np.save(out / name, array)
