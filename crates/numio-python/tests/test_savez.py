"""What `numio.savez` and its kin write, read back by `numpy.load` and `zipfile`."""

import io
import os
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest

import numio
from test_arrays import DTYPES, make, same

SAVERS = [(numio.savez, np.savez), (numio.savez_compressed, np.savez_compressed)]
ARRAYS = {
    "a": np.arange(5),
    "b": np.ones((3, 4)).T,
    "c": np.arange(100_000, dtype=">i4")[::3],
    "empty": np.zeros((0, 3)),
    "scalar": np.array(1.5),
    "objects": np.array([None, {"a": 1}], object),
    "ä/b.npy": np.array(["x"]),
    "zeros": np.zeros(3_000_000, "u1"),
}


def members(file):
    """The bytes of each member by name, of an archive that `zipfile` finds whole."""
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


@pytest.mark.parametrize("ours, theirs", SAVERS, ids=["stored", "compressed"])
def test_savez_writes_numpys_members(tmp_path, ours, theirs):
    arguments = [[1, 2], np.float32(3)]
    ours(tmp_path / "ours", *arguments, **ARRAYS)
    theirs(tmp_path / "theirs", *arguments, **ARRAYS)
    found = members(tmp_path / "ours.npz")
    assert list(found) == list(members(tmp_path / "theirs.npz"))
    assert found == members(tmp_path / "theirs.npz")
    with np.load(tmp_path / "ours.npz", allow_pickle=True) as data:
        assert data["b"].flags.f_contiguous and data["arr_0"].tolist() == [1, 2]
    with zipfile.ZipFile(tmp_path / "ours.npz") as archive:
        method = zipfile.ZIP_STORED if ours is numio.savez else zipfile.ZIP_DEFLATED
        for info in archive.infolist():
            assert info.compress_type == method and info.date_time == (1980, 1, 1, 0, 0, 0)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("order", "CF")
def test_savez_of_every_dtype_writes_numpys_members(tmp_path, dtype, order):
    arrays = {str(shape): make(dtype, shape, order) for shape in [(), (0,), (3, 4), (2, 3, 4), (70_000,)]}
    for ours, theirs in SAVERS:
        ours(tmp_path / "ours.npz", **arrays)
        theirs(tmp_path / "theirs.npz", **arrays)
        assert members(tmp_path / "ours.npz") == members(tmp_path / "theirs.npz")


def test_savez_compressed_is_no_larger_than_numpys(tmp_path):
    random = np.random.default_rng(1)
    for array in (
        (random.standard_normal(200_000) * 100).astype("i4"),
        random.standard_normal(100_000),
        np.cumsum(random.integers(0, 3, 300_000)),
        np.array(["alpha", "beta", "gamma"])[random.integers(0, 3, 50_000)],
    ):
        numio.savez_compressed(tmp_path / "ours", array)
        np.savez_compressed(tmp_path / "theirs", array)
        assert os.path.getsize(tmp_path / "ours.npz") <= os.path.getsize(tmp_path / "theirs.npz"), array.dtype


@pytest.mark.parametrize("ours, theirs", SAVERS, ids=["stored", "compressed"])
def test_savez_under_any_name_makes_numpys_members(tmp_path, ours, theirs):
    for save in (ours, theirs):
        with pytest.raises(ValueError, match="Cannot use un-named variables and keyword arr_0"):
            save(tmp_path / "a", [1], arr_0=[2])
        assert os.listdir(tmp_path) == []
        save(str(tmp_path / "none"))
        with np.load(tmp_path / "none.npz") as data:
            assert data.files == []
        os.remove(tmp_path / "none.npz")
    for name, wanted in [("a", "a.npz"), ("a.npz", "a.npz"), ("a.npy", "a.npy.npz"), (Path("p"), "p.npz")]:
        directory = tmp_path / str(name)
        directory.mkdir()
        ours(directory / name, x=[1])
        assert os.listdir(directory) == [wanted]


class Raises:
    """Pickling it fails."""

    def __reduce__(self):
        raise RuntimeError("not to be pickled")


@pytest.mark.parametrize("save", [numio.savez, numio.savez_compressed])
def test_savez_that_fails_midway_leaves_the_old_file(tmp_path, save):
    path = tmp_path / "a.npz"
    save(path, x=[1, 2])
    old = path.read_bytes()
    for bad, kind in [([Raises()], RuntimeError), ([[1], [2, 3]], ValueError), ({1: Raises()}, RuntimeError)]:
        with pytest.raises(kind):
            save(path, x=np.zeros(1_000_000), y=bad, z=[3])
        with pytest.raises(ValueError, match="allow_pickle=False"):
            save(path, x=[1], y=[None], allow_pickle=False)
        assert path.read_bytes() == old and os.listdir(tmp_path) == ["a.npz"]


def test_live_maps_stay_valid(tmp_path):
    numio.save(tmp_path / "a.npy", np.arange(1000))
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    numio.save(tmp_path / "a.npy", np.zeros(10))
    assert mapped.sum() == 499_500 and np.load(tmp_path / "a.npy").sum() == 0


def test_savez_of_a_map_over_its_own_file_keeps_the_values(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(100_000))
    mapped = np.load(path, mmap_mode="r")
    numio.save(path, mapped[::2])
    assert mapped.sum() == 4_999_950_000 and np.load(path).sum() == 2_499_950_000
    numio.savez(tmp_path / "a.npz", mapped)
    with np.load(tmp_path / "a.npz") as data:
        assert data["arr_0"].sum() == 4_999_950_000


@pytest.mark.skipif(os.name != "posix", reason="permissions of Unix")
def test_savez_keeps_permissions_and_links(tmp_path):
    modes = []
    for save, name in ((numio.save, "a.npy"), (np.save, "b.npy"), (numio.savez, "a.npz"), (np.savez, "b.npz")):
        path = tmp_path / name
        mask = os.umask(0o027)
        try:
            save(path, [1])
        finally:
            os.umask(mask)
        modes.append(path.stat().st_mode)
        path.chmod(0o604)
        save(path, [2])
        modes.append(path.stat().st_mode)
        link = tmp_path / f"link_{name}"
        link.symlink_to(path)
        save(link, [3])
        assert link.is_symlink()
        with open(path, "rb") as file:
            found = np.load(file)
            assert (found if name.endswith("npy") else found["arr_0"]) == [3]
    assert modes[:2] == modes[2:4] == modes[4:6] == modes[6:]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_save_on_a_full_disk_raises_oserror():
    for save in (numio.save, numio.savez, numio.savez_compressed):
        with pytest.raises(OSError) as caught:
            save("/dev/full", np.zeros(100_000))
        assert caught.value.errno == 28 and caught.value.filename == "/dev/full"
        with open("/dev/full", "wb", buffering=0) as file, pytest.raises(OSError) as caught:
            save(file, np.zeros(100_000))
        assert caught.value.errno == 28


def test_savez_by_threads_at_once_leaves_one_whole_archive(tmp_path):
    arrays = {f"t{index}": np.full(200_000, index) for index in range(8)}
    failures = []

    def work(name):
        try:
            for round in range(3):
                numio.savez_compressed(tmp_path / f"own_{name}", a=arrays[name])
                numio.savez(tmp_path / "shared", a=arrays[name])
                numio.save(tmp_path / f"own_{name}", arrays[name])
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in arrays]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert failures == []
    for name, array in arrays.items():
        same(np.load(tmp_path / f"own_{name}.npy"), array)
        with np.load(tmp_path / f"own_{name}.npz") as data:
            same(data["a"], array)
    with np.load(tmp_path / "shared.npz") as data:
        assert data["a"].min() == data["a"].max()


@pytest.mark.parametrize(
    "compression, level, method",
    [("stored", None, 0), ("deflate", None, 8), ("deflate", 1, 8), ("deflate", 12, 8), ("zstd", None, 93),
     ("zstd", 9, 93)],
)  # fmt: skip
def test_write_npz_of_any_names_writes_them(tmp_path, compression, level, method):
    names = {"file": np.arange(3), "layer 0/bias": np.ones((2, 2)), "": np.zeros(1), "allow_pickle": [1]}
    numio.write_npz(tmp_path / "a", names, compression=compression, level=level)
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        assert archive.namelist() == [name + ".npy" for name in names]
        assert {info.compress_type for info in archive.infolist()} == {method}
    if method != 93:
        with np.load(tmp_path / "a.npz") as data:
            assert data["layer 0/bias"].sum() == 4


@pytest.mark.parametrize(
    "arguments, kind",
    [({"compression": "bzip2"}, ValueError), ({"compression": None}, TypeError), ({"level": 3}, ValueError),
     ({"compression": "deflate", "level": 13}, ValueError), ({"compression": "zstd", "level": 0}, ValueError),
     ({"compression": "deflate", "level": "6"}, TypeError), ({"speed": 3}, TypeError)],
)  # fmt: skip
def test_write_npz_with_wrong_arguments_raises_and_leaves_no_file(tmp_path, arguments, kind):
    with pytest.raises(kind):
        numio.write_npz(tmp_path / "a", {"a": [1]}, **arguments)
    for bad, kind in [([1, 2], TypeError), ({1: [2]}, TypeError), ({"a\0": [1]}, ValueError)]:
        with pytest.raises(kind):
            numio.write_npz(tmp_path / "a", bad)
    assert os.listdir(tmp_path) == []


def test_append_of_rows_adds_them_and_refuses_others(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(6).reshape(3, 2))
    numio.append(path, [[6, 7]])
    numio.append(str(path), np.arange(20).reshape(10, 2)[::-3])
    assert np.load(path).tolist()[3:] == [[6, 7], [18, 19], [12, 13], [6, 7], [0, 1]]
    for bad in ([1, 2], [[1.5, 2]], [[1, 2, 3]], [[None, None]]):
        with pytest.raises(ValueError):
            numio.append(path, bad)
    with pytest.raises(FileNotFoundError):
        numio.append(tmp_path / "b.npy", [1])
    with pytest.raises(TypeError):
        numio.append(io.BytesIO(), [1])
    assert np.load(path).shape == (8, 2)


def test_savez_to_a_file_like_object_writes_the_archive():
    for save, theirs in SAVERS:
        file = io.BytesIO(b"front" + bytes(10))
        file.seek(5)
        save(file, **ARRAYS)
        assert file.getvalue()[:5] == b"front"
        wanted = io.BytesIO()
        theirs(wanted, **ARRAYS)
        assert members(file) == members(wanted)
