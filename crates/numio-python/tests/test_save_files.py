"""Saving to what is no path: files at their place, streams, and objects that misbehave."""

import bz2
import gzip
import io
import os
import sys
import tempfile
import threading
import zipfile

import numpy as np
import pytest

import numio

ARRAY = np.arange(3_000_000, dtype="i4").reshape(1000, 3000)
SAVERS = [numio.save, numio.savez, numio.savez_compressed]


class Only:
    """Has `write`, and nothing else."""

    def __init__(self):
        self.parts = []

    def write(self, data):
        assert type(data) is bytes
        self.parts.append(data)
        # What some compressing objects return: how much became of it.
        return 1

    def bytes(self):
        return b"".join(self.parts)


def plain(save, array=ARRAY):
    file = io.BytesIO()
    save(file, array)
    return file.getvalue()


def check_archive(file):
    with np.load(file) as data:
        assert (data["arr_0"] == ARRAY).all()


@pytest.mark.parametrize("array", [ARRAY, ARRAY.T, ARRAY[::2, ::3], ARRAY[:1, :3]], ids=["C", "F", "view", "small"])
def test_save_to_an_object_needs_only_write(array):
    for save in SAVERS:
        file = Only()
        save(file, array)
        if save is numio.save:
            assert file.bytes() == plain(np.save, array)
        else:
            with np.load(io.BytesIO(file.bytes())) as data:
                assert (data["arr_0"] == array).all()


@pytest.mark.parametrize("mode", ["wb", "w+b", "r+b", "ab", "xb"])
@pytest.mark.parametrize("buffering", [-1, 0])
@pytest.mark.parametrize("array", [ARRAY, ARRAY.T[1:], ARRAY[:2, :2]], ids=["large", "view", "small"])
def test_save_to_a_real_file_writes_at_its_position(tmp_path, mode, buffering, array):
    path = tmp_path / "a"
    found = []
    for save in (numio.save, np.save):
        if mode != "xb":
            path.write_bytes(b"0123456789")
        with open(path, mode, buffering) as file:
            file.write(b"front")
            save(file, array)
            file.flush()
            assert file.tell() == os.path.getsize(path)
            save(file, array)
            file.write(b"end")
        found.append(path.read_bytes())
        path.unlink()
    assert found[0] == found[1]


def test_what_was_saved_is_in_the_file_at_once(tmp_path):
    with open(tmp_path / "a", "w+b") as file:
        for save in SAVERS:
            file.truncate(0)
            file.seek(0)
            save(file, ARRAY[:2, :2])
            assert np.load(tmp_path / "a") is not None
            assert file.tell() == os.path.getsize(tmp_path / "a")


def test_save_and_load_in_one_file_take_turns(tmp_path):
    with open(tmp_path / "a", "w+b") as file:
        file.write(b"0123456789" * 1000)
        file.seek(5)
        assert file.read(2) == b"56"
        numio.save(file, ARRAY[:2, :2])
        file.seek(7)
        assert (np.load(file) == ARRAY[:2, :2]).all() and file.read(3) == b"123"


@pytest.mark.parametrize("buffering", [-1, 0])
@pytest.mark.parametrize("mode", ["wb", "w+b", "ab"])
def test_savez_to_a_real_file_writes_the_archive(tmp_path, mode, buffering):
    path = tmp_path / "a"
    for save in SAVERS[1:]:
        for array in (ARRAY, ARRAY[::2, ::2]):
            with open(path, mode, buffering) as file:
                file.write(b"front")
                save(file, array)
                assert file.tell() == os.path.getsize(path)
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
            with open(path, "rb") as file:
                assert (np.lib.npyio.NpzFile(file)["arr_0"] == array).all()
            path.unlink()


def test_save_to_a_temporary_file_writes_the_array():
    with tempfile.TemporaryFile() as file:
        numio.save(file, ARRAY)
        numio.save(file, ARRAY[0])
        file.seek(0)
        assert (np.load(file) == ARRAY).all() and (np.load(file) == ARRAY[0]).all()
    with tempfile.NamedTemporaryFile() as file:
        numio.savez(file, ARRAY)
        check_archive(file.name)
    with tempfile.SpooledTemporaryFile(max_size=100) as file:
        numio.savez_compressed(file, ARRAY)
        file.seek(0)
        check_archive(file)


BY_NAME = {
    "save": (lambda module, path, array: module.save(path, array), ".npy", np.load),
    "savez": (lambda module, path, array: module.savez(path, array), ".npz", lambda file: np.load(file)["arr_0"]),
    "savez_compressed": (lambda module, path, array: module.savez_compressed(path, array), ".npz", lambda file: np.load(file)["arr_0"]),
    "savetxt": (lambda module, path, array: module.savetxt(path, array), ".txt", np.loadtxt),
    "savetxt, by Python": (lambda module, path, array: module.savetxt(path, array.astype(object), "%r"), ".txt", np.loadtxt),
    "open_memmap": (lambda module, path, array: make_map(module, path, array), ".npy", np.load),
}


def make_map(module, path, array):
    make = np.lib.format.open_memmap if module is np else module.open_memmap
    make(path, "w+", array.dtype, array.shape)[...] = array


# Programs save under the name of a temporary file, and read or send its handle.
@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell who has a file open")
@pytest.mark.parametrize("module", [np, numio], ids=["numpy", "numio"])
@pytest.mark.parametrize("way", BY_NAME)
def test_handle_of_a_temporary_file_has_what_is_saved_under_its_name(way, module):
    save, suffix, load = BY_NAME[way]
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        for array in [ARRAY[:3, :4], ARRAY[:300, :4], ARRAY[:2, :2]]:
            save(module, file.name, array)
            file.seek(0)
            assert (load(file) == array).all()
            assert os.path.samestat(os.fstat(file.fileno()), os.stat(file.name))


def test_file_that_is_mapped_or_only_read_is_replaced(tmp_path):
    path = tmp_path / "a.npy"
    for opened in (lambda: numio.load(path, mmap_mode="r+"), lambda: open(path, "rb")):
        numio.save(path, ARRAY[:2, :2])
        before = opened()
        numio.save(path, ARRAY[:1, :1])
        assert (np.load(path) == ARRAY[:1, :1]).all()
        assert ((before if isinstance(before, np.ndarray) else np.load(before)) == ARRAY[:2, :2]).all()
    archive = tmp_path / "a.npz"
    numio.savez(archive, a=ARRAY[:2, :2])
    with numio.load(archive, mmap_mode="r+") as before:
        numio.savez(archive, a=ARRAY[:1, :1])
        assert (np.load(archive)["a"] == ARRAY[:1, :1]).all()
        assert (before["a"] == ARRAY[:2, :2]).all()


@pytest.mark.parametrize("module", [gzip, bz2])
def test_save_to_a_compressing_file_writes_the_array(tmp_path, module):
    small = ARRAY[:50]
    for name, save in (("ours", numio.save), ("theirs", np.save)):
        with module.open(tmp_path / name, "wb") as file:
            save(file, small)
    assert module.open(tmp_path / "ours").read() == module.open(tmp_path / "theirs").read()
    if module is bz2:
        assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
    with module.open(tmp_path / "archive", "wb") as file:
        numio.savez(file, small, small.T)
    with module.open(tmp_path / "archive") as file, np.load(io.BytesIO(file.read())) as data:
        assert (data["arr_1"] == small.T).all()


def test_save_to_a_member_of_an_archive_writes_the_array(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive, archive.open("x.npy", "w") as member:
        numio.save(member, ARRAY[:10])
    with np.load(tmp_path / "a.npz") as data:
        assert (data["x"] == ARRAY[:10]).all()


@pytest.mark.parametrize("save", SAVERS)
def test_save_to_a_pipe_writes_the_array(save):
    read, write = os.pipe()
    parts = []

    def drain():
        with open(read, "rb") as file:
            parts.append(file.read())

    thread = threading.Thread(target=drain)
    thread.start()
    with open(write, "wb") as file:
        save(file, ARRAY)
    thread.join()
    if save is numio.save:
        assert parts[0] == plain(np.save)
    else:
        check_archive(io.BytesIO(parts[0]))


class Raw(io.RawIOBase):
    """Writes as much as it wants at a time."""

    def __init__(self, most):
        self.parts, self.most = [], most

    def writable(self):
        return True

    def write(self, data):
        if callable(self.most):
            return self.most(data)
        self.parts.append(bytes(data[: self.most]))
        return min(len(data), self.most)


def test_save_to_raw_files_that_write_partially_writes_all():
    for most in (1 << 20, 100_003):
        file = Raw(most)
        numio.save(file, ARRAY)
        assert b"".join(file.parts) == plain(np.save)
        file = Raw(most)
        numio.savez(file, ARRAY)
        check_archive(io.BytesIO(b"".join(file.parts)))


def raises(data):
    raise InterruptedError("from write")


@pytest.mark.parametrize(
    "most, kind",
    [(lambda data: None, BlockingIOError), (lambda data: len(data) + 1, ValueError), (lambda data: -1, ValueError),
     (lambda data: "all", ValueError), (lambda data: 0, OSError), (raises, InterruptedError)],
    ids=["none", "too much", "less than nothing", "text", "nothing", "raises"],
)  # fmt: skip
@pytest.mark.parametrize("save", SAVERS)
def test_save_to_raw_files_that_misbehave_raises(save, most, kind):
    with pytest.raises(kind):
        save(Raw(most), ARRAY)


class Failing(io.BytesIO):
    """Fails after some calls of `write`."""

    def __init__(self, calls, error):
        super().__init__()
        self.calls, self.error = calls, error

    def write(self, data):
        self.calls -= 1
        if self.calls < 0:
            raise self.error
        return super().write(data)


@pytest.mark.parametrize("save", SAVERS)
@pytest.mark.parametrize("error", [KeyboardInterrupt(), ZeroDivisionError("x"), OSError(28, "full"), SystemExit(3)])
def test_what_write_raises_comes_out_as_it_is(save, error):
    for calls in range(2):
        with pytest.raises(type(error)) as caught:
            save(Failing(calls, error), ARRAY)
        assert caught.value is error


@pytest.mark.parametrize("save", SAVERS)
def test_save_to_text_and_closed_files_raises_as_numpy(tmp_path, save):
    with open(tmp_path / "t", "w") as file, pytest.raises(TypeError):
        save(file, [1, 2])
    with open(tmp_path / "b", "wb") as file:
        pass
    with pytest.raises(ValueError, match="closed file"):
        save(file, [1, 2])
    with open(tmp_path / "b", "rb") as file, pytest.raises(io.UnsupportedOperation):
        save(file, [1, 2])
    closed = io.BytesIO()
    closed.close()
    with pytest.raises(ValueError, match="closed file"):
        save(closed, [1, 2])


class Lies(io.BytesIO):
    """Says that it is seekable, and is not."""

    def seek(self, *arguments):
        raise io.UnsupportedOperation("no")


def test_savez_to_a_file_that_cannot_seek_writes_the_archive():
    for save in SAVERS[1:]:
        file = Lies()
        save(file, ARRAY, ARRAY[::2])
        check_archive(io.BytesIO(file.getvalue()))


def test_other_threads_run_while_an_array_is_written():
    """A file-like object may wait for another thread."""
    event = threading.Event()

    class Waits(Only):
        def write(self, data):
            assert event.wait(10)
            return super().write(data)

    timer = threading.Timer(0.05, event.set)
    timer.start()
    numio.save(Waits(), ARRAY)
