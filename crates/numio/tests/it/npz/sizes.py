"""Saves arrays of many kinds compressed, and prints how many bytes each archive takes."""

import sys
from pathlib import Path

import numpy as np

out = Path(sys.argv[1])
rng = np.random.default_rng(1)
n = 4 << 20
sparse = rng.standard_normal(n // 4).astype("f4")
sparse[rng.random(n // 4) < 0.9] = 0
words = np.array(["alpha", "beta", "gamma", "delta", "epsilon", "zeta1", "theta", "iota"])
arrays = {
    "normal_i4": (rng.standard_normal(n // 4) * 100).astype("i4"),
    "thousand_i8": rng.integers(0, 1000, n // 8),
    "ten_i8": rng.integers(0, 10, n // 8),
    "million_i8": rng.integers(0, 10**6, n // 8),
    "normal_f4": rng.standard_normal(n // 4).astype("f4"),
    "normal_f8": rng.standard_normal(n // 8),
    "rounded_f8": np.round(rng.standard_normal(n // 8) * 10, 2),
    "linspace": np.linspace(0, 1, n // 8),
    "arange_i8": np.arange(n // 8),
    "arange_i4": np.arange(n // 4, dtype="i4"),
    "bool": rng.random(n) < 0.3,
    "image_u1": (np.add.outer(np.arange(1024), np.arange(4096)) % 256 + rng.integers(0, 4, (1024, 4096))).astype("u1"),
    "walk_u2": (np.abs(np.cumsum(rng.integers(-5, 6, n // 2))) % 4096).astype("u2"),
    "sparse_f4": sparse,
    "words": words[rng.integers(0, 8, n // 32)],
    "one_hot": np.eye(256, dtype="f4")[rng.integers(0, 256, n // 1024)],
    "half": rng.random(n // 2).astype("f2"),
    "sine": np.sin(np.arange(n // 4) / 1000).astype("f4"),
    "zeros": np.zeros(n // 8),
    "small": rng.integers(0, 100, 1000),
    "tiny": np.arange(3),
}
for name, array in arrays.items():
    np.save(out / name, array)
    path = out / "numpy.npz"
    np.savez_compressed(path, x=array)
    print(name, path.stat().st_size)
