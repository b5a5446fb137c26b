"""Memory maps."""

import copy
import gc
import io
import mmap
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
import zipfile

import numpy as np
import pytest
from conftest import outcome, parity, same
from test_arrays import DTYPES, make

import numio

MODES = ["r", "r+", "c", "readonly", "z", "rb", ""]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("shape", [(), (3,), (3, 4), (2, 3, 1000)], ids=str)
def test_map_of_every_dtype_equals_numpys(tmp_path, dtype, order, shape):
    path = tmp_path / "a.npy"
    np.save(path, make(dtype, shape, order))
    ours, theirs = numio.load(path, "r"), np.load(path, "r")
    same(ours, theirs)
    for name in ("filename", "offset", "mode"):
        assert getattr(ours, name) == getattr(theirs, name)


@pytest.mark.parametrize("mode", MODES)
def test_map_in_every_mode_ends_as_numpys(tmp_path, mode):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(1000))
    parity(outcome(numio.load, path, mode), outcome(np.load, path, mode))


@pytest.mark.parametrize("kind", [str, pathlib.Path, os.fsencode, lambda path: os.path.relpath(path)])
def test_map_of_any_kind_of_path_has_numpys_filename(tmp_path, kind):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(1000))
    ours, theirs = numio.load(kind(path), "r"), np.load(kind(path), "r")
    assert ours.filename == theirs.filename and type(ours.filename) is type(theirs.filename)


def test_map_that_is_written_changes_the_file_by_its_mode(tmp_path):
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


def test_load_with_mode_w_leaves_the_file_alone(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(1000))
    before = path.read_bytes()
    for mode in ("w+", "write"):
        with pytest.raises(ValueError, match="w\\+"):
            numio.load(path, mode)
    assert path.read_bytes() == before


def test_map_without_elements_is_a_memmap(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((0, 3)))
    found = numio.load(path, "r")
    assert type(found) is np.memmap and found.shape == (0, 3) and found.offset == 128


def test_map_of_what_cannot_be_mapped_raises_as_numpy(tmp_path):
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


def test_results_of_operations_on_maps_are_as_of_memmap(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(12.0).reshape(3, 4))
    ours, theirs = numio.load(path, "r"), np.load(path, "r")
    for call in (np.sum, lambda a: a[1], lambda a: a + 1, lambda a: a.T, np.copy, lambda a: a[a > 3]):
        assert type(call(ours)) is type(call(theirs))
        assert np.array_equal(call(ours), call(theirs))


@pytest.fixture(params=["npy", "npz"])
def opened(request, tmp_path):
    """A function that maps the same array, from a file of its own or a member of an archive."""
    array = np.asfortranarray(np.arange(12.0).reshape(3, 4))
    np.save(tmp_path / "a.npy", array)
    np.savez(tmp_path / "a.npz", first=np.arange(5), a=array)
    if request.param == "npy":
        return lambda mode: numio.load(tmp_path / "a.npy", mode)
    return lambda mode: numio.load(tmp_path / "a.npz", mode)["a"]


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_base_of_every_map_is_a_mmap(opened, mode):
    array = opened(mode)
    assert isinstance(array.base, mmap.mmap) and array._mmap is array.base
    assert type(np.asarray(array).base) is np.memmap and np.asarray(array).base is array
    assert array[1:].base is array and np.asarray(array)[1:].base.base is array
    array._mmap.madvise(mmap.MADV_SEQUENTIAL)
    assert array._mmap.size() == os.path.getsize(array.filename)
    # NumPy's own map of that file, at that offset, is the same array.
    other = np.memmap(array.filename, array.dtype, array.mode, array.offset, array.shape, order="F")
    same(array, other)
    assert array.mode == mode and isinstance(array.filename, pathlib.Path)
    array._mmap.close()
    assert array._mmap.closed


def test_maps_are_copied_and_pickled_as_numpys(opened, tmp_path):
    ours, theirs = opened("r"), np.load(tmp_path / "a.npy", "r")
    for call in (copy.copy, copy.deepcopy, lambda array: pickle.loads(pickle.dumps(array))):
        same(call(ours), call(theirs))
        assert (call(ours)._mmap is None) == (call(theirs)._mmap is None)


def member_is_whole(path):
    with zipfile.ZipFile(path) as archive:
        return archive.testzip() is None


@pytest.mark.parametrize("end", ["flush", "flush a view", "close the mmap", "drop", "numio.close"])
def test_members_keep_their_checksum(tmp_path, end):
    path = tmp_path / "a.npz"
    np.savez(path, a=np.zeros(1000), b=np.arange(3))
    array = numio.load(path, "r+")["a"]
    # As another process does that was sent the name and the offset.
    other = np.memmap(array.filename, array.dtype, array.mode, array.offset, array.shape)
    other[5] = 5
    array[6] = 6
    if end == "flush":
        array.flush()
    elif end == "flush a view":
        array[3:].flush()
    elif end == "close the mmap":
        array._mmap.close()
    elif end == "numio.close":
        numio.close(array)
    if end == "drop":
        del array
    assert member_is_whole(path)
    assert np.load(path)["a"][5:7].tolist() == [5, 6]


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 4), (), (1,), (1, 3), (3, 1)], ids=str)
@pytest.mark.parametrize("dtype", ["f8", ">i2", "S0", "U0", "V0", "V3", [("a", "i1"), ("b", "f8", (2,))]], ids=str)
def test_flags_of_maps_are_numpys(tmp_path, mode, order, shape, dtype):
    path = tmp_path / "a.npy"
    with open(path, "wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": order == "F", "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        file.write(bytes(int(np.prod(shape)) * np.dtype(dtype).itemsize))
    for ours, theirs in ((numio.load(path, mode), np.load(path, mode)), (numio.open_memmap(path, mode), np.lib.format.open_memmap(path, mode))):
        same(ours, theirs)
        assert ours.strides == theirs.strides and str(ours.flags) == str(theirs.flags)


def test_a_patch_leaves_archives_alone(tmp_path, recwarn):
    path = tmp_path / "a.npz"
    np.savez(path, a=np.zeros(1000))
    np.savez_compressed(tmp_path / "c.npz", a=np.zeros(1000), o=np.array([None], object))
    before = path.read_bytes()
    for mode in ("r", "r+", "c"):
        with numio.patch():
            for name in ("a.npz", "c.npz"):
                array = np.load(tmp_path / name, mmap_mode=mode)["a"]
                array[:] = 3
                assert array.sum() == 3000
            del array
        assert path.read_bytes() == before
    assert not recwarn.list


def test_members_compressed_by_much_need_max_ratio(tmp_path):
    path = tmp_path / "zeros.npz"
    np.savez_compressed(path, x=np.zeros(65 << 20, "u1"), y=np.zeros(60 << 20, "u1"))
    npz = numio.load(path)
    assert npz.max_ratio == 100
    assert not npz["y"].any()
    with pytest.raises(ValueError, match="max_ratio"):
        npz["x"]
    npz.max_ratio = 1100
    assert npz["x"].shape == (65 << 20,)
    assert not numio.load(path, max_ratio=2000)["x"].any()
    # Programs that were written for NumPy read back what they have saved.
    with numio.patch():
        for file in (path, io.BytesIO(path.read_bytes())):
            assert not np.load(file)["x"].any()
        with pytest.raises(ValueError, match="max_ratio"):
            numio.load(path, max_ratio=100)["x"]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive, archive.open("x.npy", "w") as member:
        np.lib.format.write_array(member, np.zeros(65 << 20, "u1"))
    with numio.patch(), pytest.raises(ValueError, match="1032 times"):
        np.load(path)["x"]


def test_a_map_that_is_dropped_leaves_a_file_alone_that_another_has_written(tmp_path):
    path = tmp_path / "x.npz"
    for count in (1000, 5000, 3):
        np.savez(path, a=np.arange(1000.0))
        npz = numio.load(path, mmap_mode="r+")
        array = npz["a"]
        # In place, as NumPy does it.
        np.savez(path, a=np.ones(count), b=np.ones(count))
        written = path.read_bytes()
        del array, npz
        gc.collect()
        assert path.read_bytes() == written


def test_map_of_a_path_of_any_class_has_its_filename(tmp_path, monkeypatch):
    class Path:
        def __fspath__(self):
            return "x.npy"

    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.arange(3))
    for path in (Path(), pathlib.PurePath("x.npy"), "x.npy"):
        assert numio.load(path, mmap_mode="r").filename == str(tmp_path / "x.npy")
        assert numio.open_memmap(path, "r").filename == str(tmp_path / "x.npy")
    assert numio.load(pathlib.Path("x.npy"), mmap_mode="r").filename == tmp_path / "x.npy"


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="no file system here has files of any length")
def test_new_map_for_which_there_are_no_addresses_leaves_the_old_file():
    with tempfile.TemporaryDirectory(dir="/dev/shm") as directory:
        path = os.path.join(directory, "a.npy")
        numio.save(path, [1, 2])
        with pytest.raises((OSError, MemoryError)):
            numio.open_memmap(path, "w+", shape=1 << 45)
        assert os.listdir(directory) == ["a.npy"] and np.load(path).tolist() == [1, 2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the limit is for this process alone")
def test_new_map_where_no_more_files_may_be_open_leaves_the_old_file(tmp_path):
    code = """
import os, resource, sys
import numpy as np, numio
numio.open_memmap("b.npy", "w+", shape=1)
numio.save("a.npy", [1, 2])
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
held = []
try:
    while True:
        held.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
done = False
while not done:
    os.close(held.pop())
    try:
        numio.open_memmap("a.npy", "w+", shape=3)
        done = True
    except OSError:
        pass
    free = [os.close(held.pop()) for _ in range(4)]
    assert np.load("a.npy").tolist() == ([0, 0, 0] if done else [1, 2]), (len(held), done)
    for _ in free:
        held.append(os.open(os.devnull, os.O_RDONLY))
print(len(held))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("mode", ["r", "c", "r+"])
def test_map_of_a_directory_or_an_empty_file_raises_as_numpy(tmp_path, mode):
    empty = tmp_path / "empty.npy"
    empty.touch()
    for path in (tmp_path, empty):
        parity(outcome(numio.open_memmap, path, mode), outcome(np.lib.format.open_memmap, path, mode))
        parity(outcome(numio.load, path, mode), outcome(np.load, path, mode))


def test_new_map_takes_an_array_as_its_shape(tmp_path):
    assert numio.open_memmap(tmp_path / "x.npy", "w+", shape=np.array([2, 3])).shape == (2, 3)
    assert np.load(tmp_path / "x.npy").shape == (2, 3)
