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
def test_open_memmap_of_a_new_file_makes_numpys(tmp_path, dtype, fortran_order, shape):
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
def test_open_memmap_of_any_version_ends_as_numpys(tmp_path, version):
    paths = tmp_path / "ours", tmp_path / "theirs"
    ours = outcome(numio.open_memmap, paths[0], "w+", "i4", (3,), version=version)
    theirs = outcome(open_memmap, paths[1], "w+", "i4", (3,), version=version)
    parity(ours, theirs)
    if theirs[1] is None:
        assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_open_memmap_of_an_old_file_equals_numpys(tmp_path, mode):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(1000.0))
    same(numio.open_memmap(path, mode), open_memmap(path, mode))
    assert numio.open_memmap(path).mode == open_memmap(path).mode


def test_open_memmap_with_wrong_arguments_raises_as_numpy(tmp_path):
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
def test_close_with_views_raises_and_names_them(path, view):
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
def test_closed_map_reads_zeros_where_views_cannot_be_seen(path, mode):
    array = numio.load(path, mode)
    hidden = memoryview(array)
    numio.close(array)
    assert set(hidden.tobytes()) == {0}
    assert np.load(path)[5] == 5


def test_close_lets_the_file_go(path):
    array = numio.load(path, "r")
    assert str(path) in open("/proc/self/maps").read()
    numio.close(array)
    assert str(path) not in open("/proc/self/maps").read()


def test_close_of_what_is_not_mapped_raises(path):
    for wrong in (np.arange(3), 3, None, np.load(path, "r"), numio.load(path)):
        with pytest.raises(TypeError):
            numio.close(wrong)
    view = numio.load(path, "r")[1:]
    with pytest.raises(ValueError, match="view"):
        numio.close(view)


def test_memmap_as_a_context_is_closed_at_its_end(path):
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


def test_archive_with_a_closed_map_stays_valid(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, a=np.zeros(1000), b=np.ones(5))
    npz = numio.load(path, mmap_mode="r+")
    array = npz["a"]
    array[:] = 3
    numio.close(array)
    with np.load(path) as archive:
        assert archive["a"].sum() == 3000 and archive["b"].sum() == 5


def test_dropped_map_lets_the_file_go(path):
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    array = numio.load(path, "r")
    gone = weakref.ref(array)
    del array
    gc.collect()
    assert gone() is None and str(path) not in open("/proc/self/maps").read()
    assert len(os.listdir("/proc/self/fd")) <= before


class Holder:
    pass


HOLDERS = {
    "an attribute": lambda view: setattr(Holder, "view", view),
    "a list": lambda view: [[view]],
    "a tuple that the collector forgets": lambda view: (gc.collect(), (view,))[1],
    "a closure": lambda view: lambda: view,
    "a generator": lambda view: iter(lambda: view, None),
    "a view": lambda view: view[1:],
    "fields": lambda view: view.view([("a", "f4"), ("b", "f4")])["b"],
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_views_are_found_wherever_they_are(path, holder):
    array = numio.load(path, "r+")
    held = HOLDERS[holder](np.asarray(array))
    with pytest.raises(BufferError):
        numio.close(array)
    Holder.view = held = None
    numio.close(array)
    assert held is None and array.size == 0


def test_other_names_are_no_views(path):
    array = numio.load(path, "r+")
    again, holder = array, Holder()
    holder.array, pages = [array], array._mmap
    copy = array + 1
    numio.close(again)
    assert array.size == 0 and copy.size == 1000 and pages is not None and holder.array


def test_variables_end_as_ever(path):
    array = numio.load(path, "r+")
    view, other = np.asarray(array), np.arange(3)
    gone = weakref.ref(other)
    with pytest.raises(BufferError):
        numio.close(array)
    del view, other
    assert gone() is None
    numio.close(array)


@pytest.mark.skipif(int(np.__version__[0]) < 2, reason="compares with words and ways of NumPy 2")
@pytest.mark.parametrize("shape", [(-1,), (3, -1), {2, 3}, True, (True, 2), [2, 3], (2.0,), "23", (2.5, 2), (), (0, 3)], ids=str)
def test_open_memmap_of_any_shape_ends_as_numpys(tmp_path, shape):
    ours = outcome(numio.open_memmap, tmp_path / "ours", "w+", "i4", shape)
    parity(ours, outcome(open_memmap, tmp_path / "theirs", "w+", "i4", shape))


@pytest.mark.parametrize("order", [0, 1, None, "", "x", [], np.True_])
def test_open_memmap_in_either_order_is_numpys(tmp_path, order):
    ours = numio.open_memmap(tmp_path / "ours", "w+", "i4", (2, 3), order)
    same(ours, open_memmap(tmp_path / "theirs", "w+", "i4", (2, 3), order))
    # NumPy writes what it was given, and cannot read it again.
    assert np.load(tmp_path / "ours").flags.f_contiguous == bool(order)


def test_dtypes_of_numpys_that_no_header_tells(tmp_path):
    union = np.dtype((np.uint32, {"r": ("u1", 0), "g": ("u1", 1), "b": ("u1", 2), "a": ("u1", 3)}))
    dtypes = [
        np.dtype("f8", metadata={"unit": "m"}), np.dtype((np.record, [("a", "i4"), ("b", "f8")])), union, np.dtype("2f8"),
        np.dtype(("i4", (2, 3))), np.dtype(("i4", (2,)), metadata={"a": 1}),
    ]  # fmt: skip
    for dtype in dtypes:
        for fortran in (False, True):
            ours = outcome(numio.open_memmap, tmp_path / "ours", "w+", dtype, (3, 4), fortran)
            theirs = outcome(open_memmap, tmp_path / "theirs", "w+", dtype, (3, 4), fortran)
            parity(ours, theirs)
            if ours[0] is None:
                continue
            assert ours[0].dtype.type is theirs[0].dtype.type and ours[0].dtype.metadata == theirs[0].dtype.metadata
            for found in (ours[0], theirs[0]):
                found[1, 2] = np.ones((), dtype) if dtype.names and dtype.kind == "V" else 1
            assert (tmp_path / "ours").read_bytes()[ours[0].offset :] == (tmp_path / "theirs").read_bytes()[theirs[0].offset :]


def test_preallocated_map_takes_its_space_first(tmp_path):
    path = tmp_path / "a.npy"
    array = numio.open_memmap(path, "w+", "f8", (1 << 18,), preallocate=True)
    assert os.stat(path).st_blocks * 512 >= array.nbytes
    before = path.read_bytes()
    with pytest.raises(OSError):
        numio.open_memmap(path, "w+", "f8", (1 << 50,), preallocate=True)
    with pytest.raises(OSError):
        with numio.memmap(path, "w+", "f8", (1 << 50,), preallocate=True):
            pass
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["a.npy"]


def test_a_cut_file_is_refused(path):
    path.write_bytes(path.read_bytes()[:-8])
    before = path.read_bytes()
    for mode in ("r", "r+", "c"):
        with pytest.raises(ValueError):
            numio.open_memmap(path, mode)
    assert path.read_bytes() == before
