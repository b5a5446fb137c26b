"""`numio.NpzWriter`: archives written array by array."""

import io
import os
import threading
import zipfile

import numpy as np
import pytest

import numio


def names(file):
    with zipfile.ZipFile(file) as archive:
        return archive.namelist()


@pytest.mark.parametrize("compression", ["stored", "deflate", "zstd"])
def test_writer_given_arrays_one_by_one_makes_numpys_archive(tmp_path, compression):
    path = tmp_path / "a"
    with numio.NpzWriter(path, compression=compression) as writer:
        writer.write("a", np.arange(100_000))
        assert os.listdir(tmp_path) == [] and not writer.closed
        writer.write("b/c", [[1, 2]])
        writer.write("objects", [None, "x"])
        writer.write_bytes("notes.txt", b"text")
        assert "NpzWriter" in repr(writer)
    assert writer.closed and os.listdir(tmp_path) == ["a.npz"] and "closed" in repr(writer)
    assert names(tmp_path / "a.npz") == ["a.npy", "b/c.npy", "objects.npy", "notes.txt"]
    with numio.NpzWriter(path, "a", compression="deflate") as writer:
        writer.write("more", 1.5)
        with pytest.raises(ValueError, match="a.npy"):
            writer.write("a", [1])
        writer.write("last", 2.5)
    assert names(tmp_path / "a.npz")[4:] == ["more.npy", "last.npy"]
    if compression != "zstd":
        with np.load(tmp_path / "a.npz", allow_pickle=True) as data:
            assert data["a"].sum() == 4_999_950_000 and data["objects"][1] == "x" and data["last"] == 2.5


@pytest.mark.parametrize("mode", ["w", "a"])
def test_an_exception_in_the_block_leaves_the_old_archive(tmp_path, mode):
    path = tmp_path / "a.npz"
    np.savez(path, x=[1])
    old = path.read_bytes()
    with pytest.raises(ZeroDivisionError):
        with numio.NpzWriter(path, mode) as writer:
            writer.write("y", np.zeros(1_000_000))
            1 / 0
    assert path.read_bytes() == old and os.listdir(tmp_path) == ["a.npz"]
    writer = numio.NpzWriter(path, mode)
    writer.write("y", [1])
    writer.discard()
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.write("z", [1])
    with pytest.raises(ValueError, match="closed"):
        writer.__enter__()
    forgotten = numio.NpzWriter(path, mode)
    forgotten.write("y", [1])
    del forgotten
    assert path.read_bytes() == old and os.listdir(tmp_path) == ["a.npz"]


def test_writer_given_wrong_arguments_raises(tmp_path):
    for arguments, kind in [
        ((tmp_path / "a", "x"), ValueError),
        ((tmp_path / "a", "r"), ValueError),
        ((io.BytesIO(), "a"), ValueError),
        ((5,), TypeError),
        ((tmp_path / "no" / "a",), FileNotFoundError),
    ]:
        with pytest.raises(kind):
            numio.NpzWriter(*arguments)
    with pytest.raises(ValueError):
        numio.NpzWriter(tmp_path / "a", compression="lzma")
    with numio.NpzWriter(tmp_path / "a", allow_pickle=False) as writer:
        for name, array, kind in [("a", [None], ValueError), (1, [1], TypeError), ("a\0", [1], ValueError)]:
            with pytest.raises(kind):
                writer.write(name, array)
        writer.write("good", [1])
    assert names(tmp_path / "a.npz") == ["good.npy"]
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(ValueError):
        numio.NpzWriter(tmp_path / "text", "a")


def test_writer_to_a_file_like_object_makes_an_archive():
    file = io.BytesIO()
    with numio.NpzWriter(file, compression="deflate") as writer:
        writer.write("a", np.arange(1_000_000))
    file.seek(0)
    with np.load(file) as data:
        assert (data["a"] == np.arange(1_000_000)).all()


def test_writer_to_an_object_that_calls_back_raises():
    class Back(io.BytesIO):
        def write(self, data):
            writer.write("b", [1])

    writer = numio.NpzWriter(Back())
    with pytest.raises(RuntimeError, match="reentrant"):
        writer.write("a", [1])


def test_writer_shared_by_threads_keeps_all_members(tmp_path):
    with numio.NpzWriter(tmp_path / "a", compression="deflate") as writer:
        work = [
            threading.Thread(target=lambda index=index: writer.write(f"a{index}", np.full(100_000, index)))
            for index in range(8)
        ]
        [thread.start() for thread in work]
        [thread.join() for thread in work]
    with np.load(tmp_path / "a.npz") as data:
        assert all((data[f"a{index}"] == index).all() and data[f"a{index}"].size == 100_000 for index in range(8))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
@pytest.mark.parametrize("compression", ["stored", "deflate"])
@pytest.mark.parametrize("mode", ["w", "a"])
def test_writer_in_a_forked_process_leaves_the_archive_to_the_one_that_opened_it(tmp_path, mode, compression):
    path = tmp_path / "a.npz"
    numio.savez(path, old=[1])
    writer = numio.NpzWriter(path, mode, compression=compression)
    writer.write("a", np.arange(100_000))
    child = os.fork()
    if child == 0:
        try:
            with pytest.raises(ValueError, match="forked"):
                writer.write("b", [2])
            writer.close()
            assert writer.closed
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert os.listdir(tmp_path) == ["a.npz"] and np.load(path).files == ["old"]
    if mode == "a":
        # The child's end is not that of the lock.
        with pytest.raises(BlockingIOError):
            numio.NpzWriter(path, "a")
    writer.write("c", [3])
    writer.close()
    assert os.listdir(tmp_path) == ["a.npz"]
    with np.load(path) as data:
        assert data.files == ["old"] * (mode == "a") + ["a", "c"] and data["c"] == 3


def test_repr_of_a_writer_says_its_state(tmp_path):
    path = str(tmp_path / "it's.npz")
    with numio.NpzWriter(path, compression="deflate") as writer:
        writer.write("a", np.arange(3))
        assert repr(writer) == f"<numio.NpzWriter {path!r} compression='deflate' members=1>"
    assert repr(writer) == f"<numio.NpzWriter {path!r} [closed]>"
    with numio.NpzWriter(io.BytesIO()) as writer:
        assert repr(writer) == "<numio.NpzWriter 'object' compression='stored' members=0>"
    with numio.NpzWriter(tmp_path / "a\x1b[2J.npz") as writer:
        assert "\x1b" not in repr(writer)
