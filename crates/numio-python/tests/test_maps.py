"""Memory maps."""

import gc
import io
import os
import pathlib

import numpy as np
import pytest
from conftest import outcome, parity, same
from test_arrays import DTYPES, make

import numio

MODES = ["r", "r+", "c", "readonly", "z", "rb", ""]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("shape", [(), (3,), (3, 4), (2, 3, 1000)], ids=str)
def test_every_dtype(tmp_path, dtype, order, shape):
    path = tmp_path / "a.npy"
    np.save(path, make(dtype, shape, order))
    ours, theirs = numio.load(path, "r"), np.load(path, "r")
    same(ours, theirs)
    for name in ("filename", "offset", "mode"):
        assert getattr(ours, name) == getattr(theirs, name)


@pytest.mark.parametrize("mode", MODES)
def test_modes(tmp_path, mode):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(1000))
    parity(outcome(numio.load, path, mode), outcome(np.load, path, mode))


@pytest.mark.parametrize("kind", [str, pathlib.Path, os.fsencode, lambda path: os.path.relpath(path)])
def test_names(tmp_path, kind):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(1000))
    ours, theirs = numio.load(kind(path), "r"), np.load(kind(path), "r")
    assert ours.filename == theirs.filename and type(ours.filename) is type(theirs.filename)


def test_writing(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(1000))
    private = numio.load(path, "c")
    private[:] = 0
    assert np.load(path)[5] == 5
    shared = numio.load(path, "r+")
    shared[5] = 50
    shared.flush()
    assert np.load(path)[5] == 50
    view = shared[10:20]
    view[:] = 1
    view.flush()
    view = np.asarray(shared)
    del shared
    gc.collect()
    view[0] = 9
    assert np.load(path)[0] == 9
    with pytest.raises(ValueError):
        numio.load(path, "r")[0] = 1


def test_w_leaves_the_file_alone(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(1000))
    before = path.read_bytes()
    for mode in ("w+", "write"):
        with pytest.raises(ValueError, match="w\\+"):
            numio.load(path, mode)
    assert path.read_bytes() == before


def test_without_elements(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((0, 3)))
    found = numio.load(path, "r")
    assert type(found) is np.memmap and found.shape == (0, 3) and found.offset == 128


def test_what_cannot_be_mapped(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(3))
    with open(path, "rb") as file:
        ours = outcome(numio.load, file, "r")
        parity(ours, outcome(np.load, file, "r"))
        file.seek(0)
    data = path.read_bytes()
    parity(outcome(numio.load, io.BytesIO(data), "r"), outcome(np.load, io.BytesIO(data), "r"))
    np.save(path, np.array([None]), allow_pickle=True)
    parity(outcome(numio.load, path, "r"), outcome(np.load, path, "r", allow_pickle=True))


def test_results_are_as_of_memmap(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(12.0).reshape(3, 4))
    ours, theirs = numio.load(path, "r"), np.load(path, "r")
    for call in (np.sum, lambda a: a[1], lambda a: a + 1, lambda a: a.T, np.copy, lambda a: a[a > 3]):
        assert type(call(ours)) is type(call(theirs))
        assert np.array_equal(call(ours), call(theirs))
