"""Sparse matrices beside SciPy's: read, written, patched, and refused."""

import io
import json
import pathlib
import subprocess
import sys
import zipfile

import numpy as np
import pytest

import numio

sparse = pytest.importorskip("scipy.sparse")
TESTDATA = pathlib.Path(__file__).parents[3] / "testdata"


def dense(dtype="f8"):
    rng = np.random.default_rng(3)
    return np.where(rng.random((40, 30)) < 0.1, rng.integers(1, 50, (40, 30)), 0).astype(dtype)


def matrices():
    for name in ("csr", "csc", "coo", "bsr", "dia"):
        for kind in ("matrix", "array"):
            for dtype in ("f8", "i2", "c8", "?"):
                yield getattr(sparse, f"{name}_{kind}")(dense(dtype))
    yield sparse.coo_array(([1.0, 2.0], ([0, 1], [1, 0], [2, 2])), shape=(2, 2, 3))
    yield sparse.csr_array(np.array([0, 1.0, 0, 2.0]))
    yield sparse.coo_array(np.array([0, 1.0, 0, 2.0]))
    yield sparse.csr_matrix((0, 5))
    yield sparse.coo_matrix(([1], ([2**40], [1])), shape=(2**41, 3))
    for dtype in ("i8", "i1", "u1", "i2", ">i2", "u2", "u4", ">u8"):
        other = sparse.csr_array(dense())
        other.indices, other.indptr = other.indices.astype(dtype), other.indptr.astype("i8" if dtype == "i8" else "u2")
        yield other
    for dtype in ("i4", "i8", "u1", "u4", "f8"):
        for kind in (sparse.coo_array, sparse.coo_matrix):
            empty = kind((3, 4))
            empty.coords = (np.zeros(0, dtype),) * 2
            yield empty


def same(found, wanted):
    assert type(found) is type(wanted)
    assert found.shape == wanted.shape and found.dtype == wanted.dtype and found.nnz == wanted.nnz
    for name in ("data", "indices", "indptr", "offsets", "row", "col"):
        if hasattr(wanted, name):
            ours, theirs = getattr(found, name), getattr(wanted, name)
            assert ours.dtype == theirs.dtype, name
            np.testing.assert_array_equal(ours, theirs)
            assert ours.flags.writeable or not theirs.flags.writeable
    if wanted.format == "coo":
        assert all(np.array_equal(*pair) for pair in zip(found.coords, wanted.coords, strict=True))


@pytest.mark.parametrize("compressed", [False, True])
def test_matrices_of_scipy_are_read_and_written_as_scipy_does(tmp_path, compressed):
    for number, matrix in enumerate(matrices()):
        theirs, ours = tmp_path / f"{number}.npz", tmp_path / f"{number}-ours.npz"
        sparse.save_npz(theirs, matrix, compressed)
        numio.save_sparse(ours, matrix, compressed)
        wanted = sparse.load_npz(theirs)
        same(numio.load_sparse(theirs), wanted)
        same(numio.load_sparse(ours), wanted)
        same(sparse.load_npz(ours), wanted)
        with zipfile.ZipFile(theirs) as one, zipfile.ZipFile(ours) as other:
            assert one.namelist() == other.namelist()
            assert all(one.read(name) == other.read(name) for name in one.namelist())


def test_save_sparse_to_files_and_names_is_loaded_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    matrix = sparse.csr_array(dense())
    numio.save_sparse("a", matrix)
    same(numio.load_sparse("a.npz"), matrix)
    file = io.BytesIO()
    numio.save_sparse(file, matrix)
    file.seek(0)
    same(numio.load_sparse(file), matrix)
    with open("a.npz", "rb") as file:
        same(numio.load_sparse(file), matrix)


def outcome(call, *args):
    try:
        call(*args)
    except Exception as error:
        return type(error)
    return None


def test_damaged_matrix_raises_what_scipy_raises(tmp_path):
    good = {"format": b"csr", "shape": (2, 3), "data": [1.0, 2.0], "indices": [0, 2], "indptr": [0, 1, 2]}
    changes = [{name: None} for name in good]
    changes += [{"format": name} for name in (b"lil", b"dok", b"abc", "csr", 7, [b"csr", b"csr"])]
    changes += [{"shape": shape} for shape in ((2, -3), (2,), (2, 3, 4), (1, 3), (2**40, 3))]
    changes += [{"data": np.array([None, 1])}, {"data": [1.0]}, {"indptr": [0, 9, 9]}, {"indptr": [1, 1, 2]}]
    np.save(tmp_path / "array.npy", np.arange(3))
    (tmp_path / "text").write_text("no archive")
    paths = [tmp_path / "array.npy", tmp_path / "text", tmp_path / "missing.npz", tmp_path]
    for number, change in enumerate(changes):
        paths.append(tmp_path / f"{number}.npz")
        np.savez(paths[-1], **{name: value for name, value in (good | change).items() if value is not None})
    wanted = [outcome(sparse.load_npz, path) for path in paths]
    with numio.patch():
        found = [outcome(sparse.load_npz, path) for path in paths]
    for path, ours, theirs in zip(paths, found, wanted, strict=True):
        if theirs is None:
            assert ours is None, (path, ours)
        else:
            # A member that is no text, or several, has no name: SciPy's AttributeError and ValueError.
            assert ours is not None and (issubclass(ours, theirs) or theirs in (AttributeError, KeyError, TypeError)), path
    assert outcome(numio.load_sparse, tmp_path / "array.npy") is ValueError
    for other in (sparse.lil_matrix((2, 2)), np.eye(2)):
        theirs = outcome(sparse.save_npz, tmp_path / "b.npz", other)
        assert outcome(numio.save_sparse, tmp_path / "b.npz", other) is theirs


def test_hostile_matrices_are_refused():
    manifest = json.loads((TESTDATA / "MANIFEST.json").read_text())
    hostile = {name: entry for name, entry in manifest.items() if "sparse" in entry}
    assert len(hostile) > 30
    classes = {"InvalidData": ValueError, "Unsupported": NotImplementedError, "NotFound": KeyError}
    for name, entry in hostile.items():
        raised = outcome(sparse.load_npz, TESTDATA / name)
        assert (raised.__name__ if raised else "loads") == entry["scipy"], name
        with pytest.raises(classes[entry["sparse"]["kind"]]) as caught:
            numio.load_sparse(TESTDATA / name)
        assert all(word in str(caught.value) for word in entry["sparse"]["words"]), (name, caught.value)


def test_random_damage_raises_or_gives_a_valid_matrix(tmp_path):
    rng = np.random.default_rng(11)
    for matrix in (sparse.csr_array(dense()), sparse.coo_array(dense()), sparse.dia_array(dense()), sparse.bsr_array(dense())):
        parts = {"format": matrix.format.encode(), "shape": matrix.shape, "data": matrix.data, "_is_array": True}
        names = {"coo": ("row", "col"), "dia": ("offsets",)}.get(matrix.format, ("indices", "indptr"))
        parts |= {name: getattr(matrix, name).copy() for name in names}
        for _ in range(100):
            damaged = parts | {name: parts[name].copy() for name in names}
            victim = damaged[names[rng.integers(len(names))]]
            victim[rng.integers(len(victim))] = rng.choice([-1, 0, 1, 29, 30, 39, 40, 41, 2**31 - 1, -(2**31)])
            file = io.BytesIO()
            np.savez(file, **damaged)
            file.seek(0)
            try:
                found = numio.load_sparse(file)
            except ValueError:
                continue
            if hasattr(found, "check_format"):
                found.check_format()
            assert found.toarray().shape == matrix.shape


def test_patch_replaces_scipys_functions(tmp_path):
    theirs = sparse.load_npz, sparse.save_npz
    home = sys.modules["scipy.sparse._matrix_io"]
    matrix = sparse.csc_array(dense())
    with numio.patch():
        assert sparse.load_npz is home.load_npz is not theirs[0]
        assert (sparse.load_npz.__name__, sparse.save_npz.__name__) == ("load_npz", "save_npz")
        sparse.save_npz(tmp_path / "a", matrix)
        same(sparse.load_npz(tmp_path / "a.npz"), matrix)
        with pytest.raises(ValueError, match="outside of an axis"):
            sparse.load_npz(TESTDATA / "hostile/S1-column-past-the-end.npz")
    assert (sparse.load_npz, sparse.save_npz) == (home.load_npz, home.save_npz) == theirs
    assert not any(type(finder).__module__.startswith("numio") for finder in sys.meta_path)


def test_patch_before_scipy_is_imported_waits_for_it():
    code = """
import sys, numio
context = numio.patch()
assert not any(name.startswith("scipy") for name in sys.modules)
import scipy.sparse
from scipy.sparse import load_npz
assert load_npz.__module__ == "numio._sparse" and scipy.sparse.save_npz.__module__ == "numio._sparse"
assert "numio" not in type(scipy.sparse.__loader__).__module__ and "numio" not in type(scipy.sparse.__spec__.loader).__module__
numio.unpatch()
assert scipy.sparse.load_npz.__module__ == "scipy.sparse._matrix_io"
assert not any("numio" in type(finder).__module__ for finder in sys.meta_path)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    code = "import sys, numio\nnumio.patch(); numio.unpatch()\nimport scipy.sparse\n"
    code += "assert scipy.sparse.load_npz.__module__ == 'scipy.sparse._matrix_io'"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_matrices_that_are_compressed_by_much_are_read(tmp_path):
    path, count = tmp_path / "ones.npz", 9 << 20
    ones = sparse.csr_array((np.ones(count), np.arange(count, dtype="i4") % 9, [0, count]), shape=(1, count))
    sparse.save_npz(path, ones)
    with pytest.raises(ValueError, match="max_ratio in Python"):
        numio.load_sparse(path)
    assert numio.load_sparse(path, max_ratio=1100).nnz == count
    with numio.patch():
        assert sparse.load_npz(path).nnz == count
