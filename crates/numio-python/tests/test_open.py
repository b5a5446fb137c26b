"""`open_memmap`, `close` and `memmap`."""

import gc
import os
import weakref

import numpy as np
import pytest
from conftest import outcome, parity, same
from numpy.lib.format import open_memmap
from test_arrays import DTYPES

import numio


@pytest.mark.parametrize("dtype", [*DTYPES, "O", None, [("a", "O")]], ids=str)
@pytest.mark.parametrize("fortran_order", [False, True])
@pytest.mark.parametrize("shape", [(3, 4), (5,), (2, 3, 4)], ids=str)
def test_new_files(tmp_path, dtype, fortran_order, shape):
    files = []
    for call, name in ((numio.open_memmap, "ours.npy"), (open_memmap, "theirs.npy")):
        found = outcome(call, tmp_path / name, "w+", dtype, shape, fortran_order)
        files.append((found, tmp_path / name))
    (ours, mine), (theirs, numpys) = files
    parity(ours, theirs)
    assert mine.exists() == numpys.exists()
    if ours[0] is not None:
        assert ours[0].mode == theirs[0].mode == "r+" and ours[0].offset == theirs[0].offset
        ours[0].view("V1" if False else np.ndarray)
        assert mine.read_bytes() == numpys.read_bytes()


@pytest.mark.parametrize("version", [None, (1, 0), (2, 0), (3, 0), (4, 0), (0, 0)])
def test_versions(tmp_path, version):
    paths = tmp_path / "ours", tmp_path / "theirs"
    ours = outcome(numio.open_memmap, paths[0], "w+", "i4", (3,), version=version)
    theirs = outcome(open_memmap, paths[1], "w+", "i4", (3,), version=version)
    parity(ours, theirs)
    if theirs[1] is None:
        assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_old_files(tmp_path, mode):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(1000.0))
    same(numio.open_memmap(path, mode), open_memmap(path, mode))
    assert numio.open_memmap(path).mode == open_memmap(path).mode


def test_wrong_arguments(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(1000.0))
    with open(path, "rb") as file:
        parity(outcome(numio.open_memmap, file), outcome(open_memmap, file))
    for args in ((3,), (None,), (tmp_path / "none",), (path, "z"), (path, 3), (path, "w+", "no such dtype", (3,))):
        parity(outcome(numio.open_memmap, *args), outcome(open_memmap, *args))
        np.save(path, np.arange(1000.0))
    before = path.read_bytes()
    for args in ((path, "w+"), (path, "w+", "O", (3,)), (path, "w+", "f8", (-1,))):
        with pytest.raises((ValueError, OverflowError)):
            numio.open_memmap(*args)
    assert path.read_bytes() == before


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(1000.0))
    return path


VIEWS = {
    "a slice": lambda a: a[1:],
    "a slice of a slice": lambda a: a[1:][1:],
    "a plain view": lambda a: a.view(np.ndarray),
    "asarray": np.asarray,
    "a part of asarray": lambda a: np.asarray(a)[5:],
    "bytes": lambda a: a.view("u1"),
    "reshaped": lambda a: a.reshape(10, 100),
}


@pytest.mark.parametrize("view", VIEWS)
def test_views_keep_it_open(path, view):
    array = numio.load(path, "r+")
    seen = VIEWS[view](array)
    for _ in range(2):
        with pytest.raises(BufferError):
            numio.close(array)
        assert array[5] == 5 and seen.size
    del seen
    array[5] = 50
    numio.close(array)
    assert array.size == 0 and np.load(path)[5] == 50
    numio.close(array)


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_what_cannot_be_seen_reads_zeros(path, mode):
    array = numio.load(path, mode)
    hidden = memoryview(array)
    numio.close(array)
    assert set(hidden.tobytes()) == {0}
    assert np.load(path)[5] == 5


def test_the_file_is_let_go(path):
    array = numio.load(path, "r")
    assert str(path) in open("/proc/self/maps").read()
    numio.close(array)
    assert str(path) not in open("/proc/self/maps").read()


def test_only_what_is_mapped(path):
    for wrong in (np.arange(3), 3, None, np.load(path, "r"), numio.load(path)):
        with pytest.raises(TypeError):
            numio.close(wrong)
    view = numio.load(path, "r")[1:]
    with pytest.raises(ValueError, match="view"):
        numio.close(view)


def test_for_a_block(path):
    with numio.memmap(path) as array:
        array[5] = 50
        total = array.sum()
    assert np.load(path)[5] == 50 and total == np.load(path).sum()
    assert array.size == 0
    with pytest.raises(BufferError):
        with numio.memmap(path, "r") as array:
            view = array[1:]
    assert view[0] == 1
    with pytest.raises(ZeroDivisionError):
        with numio.memmap(path, "r") as array:
            view = array[1:]
            raise ZeroDivisionError
    with numio.memmap(path, "w+", "i4", (2, 3)) as array:
        array[:] = 7
    same(np.load(path), np.full((2, 3), 7, "i4"))


def test_archives_stay_valid(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, a=np.zeros(1000), b=np.ones(5))
    npz = numio.load(path, mmap_mode="r+")
    array = npz["a"]
    array[:] = 3
    numio.close(array)
    with np.load(path) as archive:
        assert archive["a"].sum() == 3000 and archive["b"].sum() == 5


def test_nothing_keeps_it(path):
    array = numio.load(path, "r")
    gone = weakref.ref(array)
    del array
    gc.collect()
    assert gone() is None and str(path) not in open("/proc/self/maps").read()
    assert len(os.listdir("/proc/self/fd")) < 100
