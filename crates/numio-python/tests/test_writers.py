"""Writers: whole or not at all, whatever fails; and several that write to one file."""

import errno
import gzip
import inspect
import multiprocessing
import os
import signal
import threading
import time

import numpy as np
import pytest

import numio


class NoArray:
    def __array__(self, dtype=None, copy=None):
        raise ZeroDivisionError("no array")


class NoPickle:
    def __reduce__(self):
        raise ZeroDivisionError("no pickle")


def unwilling():
    yield 1.0
    raise ZeroDivisionError("no more")


def lines():
    return (line for line in ["1", "2"])


# What no `.npy` file holds, each seen only when writing has begun or might have.
UNSAVABLE = {
    "no array": NoArray,
    "no array in a list": lambda: [NoArray(), NoArray()],
    "no pickle": lambda: np.array([1, NoPickle()], object),
    "function": lambda: [lambda: 0],
    "generator": unwilling,
    "lock": lambda: [threading.Lock()],
    "ragged": lambda: [[1], [2, 3]],
    "field of objects": lambda: np.array([(1, NoPickle())], "i4,O"),
}


def write_npz(file, array):
    numio.write_npz(file, {"a": np.arange(1000), "b": array})


def broken_mapping(file, array):
    class Mapping(dict):
        def items(self):
            raise ZeroDivisionError("no items")

    numio.write_npz(file, Mapping(a=array))


def writer(file, array):
    with numio.NpzWriter(file) as archive:
        archive.write("a", np.arange(1000))
        archive.write("b", array)


def appended(file, array):
    with numio.NpzWriter(file, "a") as archive:
        archive.write("b", np.arange(1000))
        archive.write("c", array)


def many(save):
    return lambda file, array: save(file, np.arange(1000), b=array)


ARCHIVES = [many(numio.savez), many(numio.savez_compressed), write_npz, broken_mapping, writer, appended]


@pytest.mark.parametrize("make", UNSAVABLE.values(), ids=UNSAVABLE)
def test_what_cannot_be_saved_leaves_the_old_file(tmp_path, make):
    for name, savers in (("a.npz", ARCHIVES), ("a.npy", [numio.save])):
        directory = tmp_path / name.replace(".", "-")
        directory.mkdir()
        path = directory / name
        (np.savez if name == "a.npz" else np.save)(path, [1, 2])
        old = path.read_bytes()
        for save in savers:
            with pytest.raises(Exception):
                save(path, make())
            assert path.read_bytes() == old and os.listdir(directory) == [name]


UNPRINTABLE = {
    "None in a list": lambda: [1.0, None],
    "text in objects": lambda: np.array([1, "x"], object),
    "an object": lambda: np.array([1, object()], object),
    "no array": NoArray,
    "generator": unwilling,
    "three axes": lambda: np.zeros((2, 2, 2)),
    "ragged": lambda: [[1], [2, 3]],
    "text": lambda: ["a", "b"],
    "long double and text": lambda: np.array([(1, "x")], "g,U1"),
}


@pytest.mark.parametrize("make", UNPRINTABLE.values(), ids=UNPRINTABLE)
@pytest.mark.parametrize("name", ["a.txt", "a.gz"])
def test_what_savetxt_cannot_print_leaves_the_old_file(tmp_path, make, name):
    path = tmp_path / name
    path.write_bytes(b"old")
    for file in (path, str(path)):
        with pytest.raises(Exception) as theirs:
            np.savetxt(tmp_path / "theirs", make())
        (tmp_path / "theirs").unlink(missing_ok=True)
        with pytest.raises(theirs.type):
            numio.savetxt(file, make())
        assert path.read_bytes() == b"old" and os.listdir(tmp_path) == [name]
    with pytest.raises(UnicodeEncodeError):
        numio.savetxt(path, np.array(["ok", "\u20ac"], object), fmt="%s", encoding="latin1")
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("encoding", [None, "utf-8", "latin1", "cp1252", "utf-16"])
def test_objects_are_printed_as_numpy_prints_them(tmp_path, encoding):
    array = np.array([[1, "\u00e9"], [None, 2.5]], object)
    for arguments in ({}, {"header": "two\nlines", "footer": "end", "delimiter": ";", "newline": "\r\n"}):
        for name in ("a.txt", "a.gz"):
            ours, theirs = tmp_path / f"ours-{name}", tmp_path / f"theirs-{name}"
            numio.savetxt(ours, array, fmt="%s", encoding=encoding, **arguments)
            np.savetxt(theirs, array, fmt="%s", encoding=encoding, **arguments)
            read = gzip.decompress if name.endswith(".gz") else bytes
            assert read(ours.read_bytes()) == read(theirs.read_bytes())


def test_an_append_makes_its_file_where_that_is_asked_for(tmp_path):
    path = tmp_path / "a.npy"
    with pytest.raises(FileNotFoundError):
        numio.append(path, [1])
    numio.append(path, np.asfortranarray([[1, 2], [3, 4]]), create=True)
    assert not np.isfortran(np.load(path))
    numio.append(path, [[5, 6]], create=True)
    assert np.load(path).tolist() == [[1, 2], [3, 4], [5, 6]]
    for array, error in [(1, ValueError), (np.array([None]), ValueError)]:
        with pytest.raises(error):
            numio.append(tmp_path / "none.npy", array, create=True)
    assert os.listdir(tmp_path) == ["a.npy"]
    for wait in (-1, float("nan")):
        with pytest.raises(ValueError, match="seconds"):
            numio.append(path, [[7, 8]], wait=wait)
    with pytest.raises(TypeError):
        numio.append(path, [[7, 8]], wait="1")


def test_a_locked_file_is_an_oserror_with_a_number(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, a=[1])
    with numio.NpzWriter(path, "a") as first:
        start = time.monotonic()
        with pytest.raises(BlockingIOError, match="appending") as raised:
            numio.NpzWriter(path, "a")
        assert raised.value.errno == errno.EAGAIN and raised.value.filename == str(path)
        with pytest.raises(OSError):
            numio.NpzWriter(path, "a", wait=0.2)
        assert time.monotonic() - start > 0.2
        first.write("b", [2])
        other = threading.Thread(target=lambda: numio.NpzWriter(path, "a", wait=float("inf")).close())
        other.start()
    other.join()
    assert np.load(path).files == ["a", "b"]


def test_an_archive_that_was_replaced_meanwhile_is_not_lost(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, a=[1])
    first = numio.NpzWriter(path, "a")
    first.write("b", [2])
    numio.savez(path, c=[3])
    with pytest.raises(OSError, match="replaced"):
        first.close()
    assert np.load(path).files == ["c"] and os.listdir(tmp_path) == ["a.npz"]


def test_archives_that_are_made_at_one_time_become_one(tmp_path):
    path = tmp_path / "a.npz"
    writers = [numio.NpzWriter(path, "a", compression=method) for method in ("stored", "deflate", "zstd")]
    arrays = [np.arange(400_000.0) + at for at in range(3)]
    for at, archive in enumerate(writers):
        archive.write(f"m{at}", arrays[at])
        archive.write(f"n{at}", [at])
    for archive in writers:
        archive.close()
    with numio.load(path) as data:
        assert data.files == ["m0", "n0", "m1", "n1", "m2", "n2"]
        assert all((data[f"m{at}"] == arrays[at]).all() for at in range(3))
    twice = [numio.NpzWriter(tmp_path / "b.npz", "a") for _ in range(2)]
    for archive in twice:
        archive.write("same", [1])
    twice[0].close()
    with pytest.raises(ValueError, match="same.npy"):
        twice[1].close()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs alarms")
def test_waiting_ends_with_a_signal(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, a=[1])

    def ring(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, ring)
    try:
        with numio.NpzWriter(path, "a"):
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            start = time.monotonic()
            with pytest.raises(KeyboardInterrupt):
                numio.NpzWriter(path, "a", wait=60)
            assert time.monotonic() - start < 10
    finally:
        signal.signal(signal.SIGALRM, before)


def add(path, number, count):
    for at in range(count):
        value = number * 1000 + at
        if str(path).endswith(".npz"):
            with numio.NpzWriter(path, "a", wait=60) as archive:
                archive.write(str(value), [value])
        else:
            numio.append(path, [value], create=True, wait=60)


def test_append_of_objects_says_why_not(tmp_path):
    for array in (np.array([None]), np.zeros(1, [("a", "i4"), ("o", "O")]), np.array(["x"], np.dtypes.StringDType())):
        with pytest.raises(ValueError, match="is saved as a pickle, and cannot be appended"):
            numio.append(tmp_path / "x.npy", array, create=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_processes_that_append_lose_nothing(tmp_path, name):
    processes, count = 4, int(os.environ.get("NUMIO_APPENDS", 5))
    path = tmp_path / name
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=add, args=(path, number, count)) for number in range(processes)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    found = np.load(path)
    values = [int(name) for name in found.files] if name.endswith("z") else found.tolist()
    assert sorted(values) == [number * 1000 + at for number in range(processes) for at in range(count)]
    assert os.listdir(tmp_path) == [name]


def test_signatures_of_writers_have_the_wait():
    assert str(inspect.signature(numio.append)) == "(file, array, *, create=False, wait=None)"
    assert "wait=None" in str(inspect.signature(numio.NpzWriter))
