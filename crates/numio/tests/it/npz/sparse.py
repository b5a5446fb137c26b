"""Sparse matrices by SciPy: `make` writes them with what they are, `check` reads what numio has made of them."""

import json
import sys
import zipfile
from pathlib import Path

import numpy as np

try:
    import scipy.sparse as sparse
except ImportError:
    print("no SciPy")
    sys.exit()

folder = Path(sys.argv[2])


def matrices():
    rng = np.random.default_rng(7)
    dense = np.where(rng.random((12, 18)) < 0.2, rng.integers(1, 100, (12, 18)), 0)
    for dtype in ("i1", "u8", "f4", "f8", "c16", "?"):
        for name in ("csr", "csc", "coo", "bsr", "dia"):
            for kind in ("matrix", "array"):
                yield f"{name}-{kind}-{dtype}", getattr(sparse, f"{name}_{kind}")(dense.astype(dtype.replace("?", "bool")))
    yield "blocks", sparse.bsr_array(dense.astype("f8"), blocksize=(3, 2))
    yield "empty", sparse.csr_array((0, 0))
    yield "no-rows", sparse.csc_matrix((0, 7), dtype="f4")
    yield "no-elements", sparse.coo_array((5, 6))
    yield "no-diagonals", sparse.dia_array((5, 6))
    duplicates = sparse.coo_matrix(([1.0, 2.0, 4.0], ([1, 0, 1], [2, 2, 2])), shape=(3, 4))
    yield "duplicates", duplicates
    unsorted = sparse.csr_array((np.array([1.0, 2.0, 3.0]), np.array([2, 0, 1]), np.array([0, 3, 3])), shape=(2, 3))
    yield "unsorted", unsorted
    twice = sparse.csc_array((np.array([1.0, 2.0, 3.0]), np.array([1, 1, 0]), np.array([0, 2, 3])), shape=(2, 2))
    yield "twice", twice
    wide = sparse.csr_array(dense.astype("f8"))
    wide.indices, wide.indptr = wide.indices.astype("i8"), wide.indptr.astype("i8")
    yield "int64", wide
    yield "beyond-32-bits", sparse.coo_array(([1.5], ([2**40], [3])), shape=(2**41, 4))
    yield "outside", sparse.dia_array((np.ones((2, 3)), [9, -9]), shape=(3, 3))
    yield "wide-diagonals", sparse.dia_array((np.arange(20.0).reshape(2, 10), [1, -2]), shape=(4, 6))
    if hasattr(sparse, "coo_array") and sparse.coo_array((3,)).ndim == 1:
        yield "vector", sparse.coo_array(np.array([0, 3.0, 0, 4.0]))
        yield "row", sparse.csr_array(np.array([0, 3.0, 0, 4.0]))
        yield "cube", sparse.coo_array(np.where(rng.random((3, 4, 5)) < 0.3, 1.0, 0))
        yield "five-axes", sparse.coo_array(np.where(rng.random((2, 1, 3, 2, 2)) < 0.5, 1, 0).astype("i2"))


def make():
    for name, matrix in matrices():
        sparse.save_npz(folder / f"{name}.npz", matrix, compressed="f" in name)
        known = {"name": name, "format": matrix.format, "nnz": int(matrix.nnz), "shape": list(matrix.shape),
                 "is_array": isinstance(matrix, sparse.sparray), "dtype": str(matrix.dtype)}
        if matrix.ndim == 2 and max(matrix.shape) < 100:
            np.save(folder / f"{name}.npy", matrix.toarray().astype("f8" if matrix.dtype.kind != "c" else "c16"))
            known["dense"] = f"{name}.npy"
        print(json.dumps(known))


def check():
    for path in sorted(folder.glob("*.back.npz")):
        first = folder / path.name.replace(".back", "")
        with zipfile.ZipFile(first) as wanted, zipfile.ZipFile(path) as found:
            assert found.namelist() == wanted.namelist(), (path, found.namelist())
            for name in wanted.namelist():
                assert found.read(name) == wanted.read(name), (path, name)
        wanted, found = sparse.load_npz(first), sparse.load_npz(path)
        assert type(found) is type(wanted) and found.shape == wanted.shape and found.dtype == wanted.dtype
    for path in sorted(folder.glob("*.sprs.npz")):
        wanted, found = sparse.load_npz(folder / path.name.replace(".sprs", "")), sparse.load_npz(path)
        assert found.shape == wanted.shape
        assert abs(found.astype("f8") - wanted.astype("f8")).sum() == 0, path
        print(path.name)


{"make": make, "check": check}[sys.argv[1]]()
