"""Lazy arrays of local files, compared with NumPy on the loaded array."""

import concurrent.futures
import copy
import io
import multiprocessing
import os
import pickle
import shutil
import struct
import subprocess
import sys
import threading
import zlib

import numpy as np
import pytest

import numio

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from hypothesis.extra import numpy as hnp  # noqa: E402

# 100,000 cases with NUMIO_LAZY_CASES=100000.
CASES = int(os.environ.get("NUMIO_LAZY_CASES", "1000"))
DTYPES = [
    "?", "i1", ">i2", "<u4", "f2", "f8", ">f8", "c16", "S3", "U2", "<M8[s]", "V5", "V0",
    [("a", "i1"), ("b", ">f8")], [("x", "f4", (2, 3)), ("y", "U1"), ("z", [("n", "u2")])],
]  # fmt: skip


def make(dtype, shape, order, seed=0):
    """Elements of every bit pattern, but for booleans and text, which have forms."""
    dtype = np.dtype(dtype)
    size = int(np.prod(shape, dtype=np.int64))
    noise = np.random.default_rng(seed)
    if dtype.kind == "b":
        array = noise.integers(0, 2, size).astype(dtype)
    elif dtype.kind == "U":
        array = np.array([chr(97 + i % 26) * (i % 3) for i in range(size)], dtype)
    elif dtype.kind in "iufcSM":
        array = noise.integers(0, 100, size).astype(dtype if dtype.kind != "M" else "i8").astype(dtype)
    elif dtype.names:
        array = np.zeros(size, dtype)
        for name in dtype.names:
            field = dtype[name]
            array[name] = make(field.base, (size, *field.shape), "C", seed + 1)
    else:
        array = np.frombuffer(noise.bytes(size * dtype.itemsize), dtype) if dtype.itemsize else np.zeros(size, dtype)
    return np.asarray(array.reshape(shape), order=order)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("lazy")


class Case:
    """An array, and the open file of it: a `.npy`, or a member of an archive."""

    kept = {}

    @classmethod
    def of(cls, folder, dtype, shape, order, form):
        key = (repr(dtype), shape, order, form)
        if key not in cls.kept:
            array = make(dtype, shape, order)
            path = folder / f"{len(cls.kept)}.{'npy' if form == 'npy' else 'npz'}"
            if form == "npy":
                numio.save(path, array)
                lazy = numio.open(path, max_gap=16) if len(cls.kept) % 2 else numio.open(path)
            else:
                save = numio.savez if form == "stored" else numio.savez_compressed
                save(path, a=np.arange(3), x=array)
                lazy = numio.open(path)["x"]
            cls.kept[key] = array, lazy
        return cls.kept[key]


def indexes(shape):
    """Indexes of every kind for an array of this shape, a few of which do not fit."""
    basic = hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True, max_dims=8)
    fancy = hnp.integer_array_indices(shape) if shape and 0 not in shape else basic
    mask = hnp.arrays(bool, shape)
    axis = [
        st.one_of(
            st.slices(length),
            st.integers(-length - 1, length) if length == 0 else st.integers(-length, length - 1),
            hnp.arrays("i8", st.sampled_from([(1,), (3,), (2, 1), (2, 3), (0,)]), elements=st.integers(-length, max(length - 1, 0)))
            if length
            else st.slices(length),
            hnp.arrays(bool, (length,)),
            st.just(np.newaxis),
            st.just(...),
            st.booleans(),
        )
        for length in shape
    ]
    mixed = st.tuples(*axis) if axis else st.just(())
    partial = mixed.flatmap(lambda items: st.integers(0, len(items)).map(lambda count: items[:count]))
    return st.one_of(basic, fancy, mask, mixed, partial)


def outcome(call):
    try:
        return call()
    except (IndexError, ValueError) as raised:
        return type(raised)


def same(found, wanted):
    assert type(found) is type(wanted)
    if isinstance(wanted, type):
        assert found is wanted
        return
    assert found.dtype == wanted.dtype
    assert found.shape == wanted.shape
    assert found.tobytes() == wanted.tobytes()


@settings(max_examples=CASES, deadline=None, derandomize=CASES < 10_000, suppress_health_check=list(hypothesis.HealthCheck))
@given(st.data())
def test_every_index_gives_what_numpy_gives(folder, data):
    shape = data.draw(st.sampled_from([(), (7,), (0,), (4, 5), (3, 0, 2), (2, 3, 4), (5, 1, 3, 2), (2, 2, 1, 3, 2)]))
    dtype = data.draw(st.sampled_from(DTYPES))
    order = data.draw(st.sampled_from("CF"))
    form = data.draw(st.sampled_from(["npy", "stored", "deflated"]))
    array, lazy = Case.of(folder, dtype, shape, order, form)
    index = data.draw(indexes(shape))
    same(outcome(lambda: lazy[index]), outcome(lambda: array[index]))


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_lazy_array_has_the_attributes_and_fields_of_the_array(folder, dtype, order):
    array, lazy = Case.of(folder, dtype, (4, 5), order, "npy")
    loaded = np.load(lazy.name) if array.dtype.itemsize else array
    assert (lazy.shape, lazy.dtype, lazy.ndim, lazy.size, lazy.nbytes) == (
        loaded.shape, loaded.dtype, loaded.ndim, loaded.size, loaded.nbytes,
    )  # fmt: skip
    # An array of no bytes is contiguous in both orders.
    assert lazy.order == (order if array.dtype.itemsize else lazy.order) and len(lazy) == 4
    same(np.asarray(lazy), array)
    same(lazy[...], array[...])
    for blocks, wanted in [(lazy.blocks(rows=3), [array[:3], array[3:]]), (lazy.blocks(bytes=1), [array[i : i + 1] for i in range(4)])]:
        for block, rows in zip(blocks, wanted, strict=True):
            same(block, rows)
    assert [row.tobytes() for row in lazy] == [row.tobytes() for row in array]
    for row, index in zip(lazy.__getitems__([3, 0, 3]), [3, 0, 3], strict=True):
        same(row, array[index])
    for name in array.dtype.names or ():
        same(lazy[name], array[name])
        assert lazy[[name]].dtype == array[[name]].dtype
        same(lazy[[name]][name], array[[name]][name])
    if array.dtype.names:
        with pytest.raises(ValueError, match="no field of name"):
            lazy["nope"]
    else:
        for names in ("a", ["a", "b"]):
            with pytest.raises(IndexError, match="only integers, slices"):
                array[names]
            with pytest.raises(IndexError, match="only integers, slices"):
                lazy[names]


def test_wrong_index_raises_what_numpy_raises(folder):
    array, lazy = Case.of(folder, "f8", (4, 5), "C", "npy")
    for index in [
        4, -5, (0, 5), (0, 0, 0), [4], ([0, 1], [0, 1, 2]), (..., ...), np.ones(3, bool), np.ones((4, 4), bool),
        1.5, [0.5], "x", 2**70, (slice(None, None, 0),), None if False else object(),
    ]:  # fmt: skip
        with pytest.raises((IndexError, ValueError)) as found:
            lazy[index]
        with pytest.raises((IndexError, ValueError)) as wanted:
            array[index]
        assert found.type is wanted.type, index
    # Of several errors NumPy raises that of a mask, then the first from left to right, then those of arrays of integers.
    no_step, no_range, large = slice(None, None, 0), slice("x", None), np.uint64(2**64 - 2)
    for index in [
        (no_step, 5), (4, no_step), (..., 4, no_step), (no_step, np.ones(3, bool)), (no_range, no_step), (no_step, no_range), no_range,
        slice("x", None, 0), slice(None, 0.5), (no_step, [9]), ([9], no_step), ([0, 1], no_range), (no_step, 0, 0), (no_range, "x"),
        (4, 5), (4, [9]), ([9], 9), large, np.array(2**63, "u8"), 2**63, (large, [0]), (large, no_step), (no_step, large),
    ]:  # fmt: skip
        with pytest.raises(Exception) as wanted:  # noqa: PT011, of every class
            array[index]
        with pytest.raises(wanted.type):
            lazy[index]
    array, lazy = Case.of(folder, "f8", (4, 5, 6), "C", "npy")
    for index in [
        ([0, 1], [0, 1, 2]), ([0, 1], 0, [0, 1, 2]), (np.ones((4, 5), bool), [0, 1]), ([[0, 1]], [[0], [1], [2]], [0, 1, 2]), (False, [0, 1]),
    ]:  # fmt: skip
        with pytest.raises(IndexError, match="indexing arrays could not be broadcast") as wanted:
            array[index]
        with pytest.raises(IndexError) as found:
            lazy[index]
        # NumPy's ends in a space.
        assert str(found.value) == str(wanted.value).rstrip()
    array, lazy = Case.of(folder, [("a", "i1"), ("b", ">f8")], (3,), "C", "npy")
    for name in ("nope", 'a"b', "a "):
        with pytest.raises(ValueError, match="no field of name") as wanted:
            array[name]
        with pytest.raises(ValueError, match="no field of name") as found:
            lazy[name]
        assert str(found.value) == str(wanted.value)
    with pytest.raises(TypeError):
        len(Case.of(folder, "f8", (), "C", "npy")[1])
    with pytest.raises(ValueError, match="always a copy"):
        np.asarray(lazy, copy=False)


def test_values_that_do_not_fit_raise_what_numpy_raises(tmp_path):
    for shape in ((3, 4), ()):
        array = np.zeros(shape)
        np.save(tmp_path / "x.npy", array)
        lazy = numio.open(tmp_path / "x.npy", "r+")
        indexes = [[0, 2], ([0, 2], slice(None)), np.ones((3, 4), bool), ([0, 1, 2], [True] * 3 + [False]), 0, ([], 0), slice(2)]
        for index in indexes if shape else [np.array(True), True, False, ()]:
            for value in (np.ones(5), [1, 2, 3, 4, 5, 6, 7], np.ones((5, 1, 2)), [[1, 2, 3]], np.ones(0), [[[[1, 2]]]]):
                try:
                    array[index] = value
                except (TypeError, ValueError) as wanted:
                    with pytest.raises(type(wanted)) as found:
                        lazy[index] = value
                    assert str(found.value) == str(wanted)
                else:
                    lazy[index] = value
                same(np.load(tmp_path / "x.npy"), array)


def test_take_and_astype_give_what_numpy_gives(folder):
    array, lazy = Case.of(folder, "f8", (2, 3, 4), "F", "npy")
    for axis in (None, 0, 1, -1):
        # Masks are numbers to `take`, and a mask of the length of the axis is no exception.
        for indices in (1, [0, 1, 1], [[-1], [0]], [], [True, False], np.array([False, True]), np.uint64(1), [1.5], 1.5):
            same(np.asarray(lazy.take(indices, axis)), np.asarray(array.take(indices, axis)))
        for indices in (np.array([0.5]), np.array([], float), ["x"], [None], slice(2), [99]):
            with pytest.raises((TypeError, ValueError, IndexError)) as wanted:
                array.take(indices, axis)
            with pytest.raises(wanted.type):
                lazy.take(indices, axis)
    same(lazy.astype("f4"), array.astype("f4"))
    same(lazy.astype(array.dtype, subok=False, copy=False), array)
    scalar, lazy_scalar = Case.of(folder, "f8", (), "C", "npy")
    for axis, indices in [(None, 0), (0, 0), (-1, [0, -1]), (0, [])]:
        same(np.asarray(lazy_scalar.take(indices, axis)), np.asarray(scalar.take(indices, axis)))
    for axis in (1, -2):
        with pytest.raises(np.exceptions.AxisError):
            lazy_scalar.take(0, axis)
    same(np.asarray(lazy, "i4"), array.astype("i4"))
    with pytest.raises(np.exceptions.AxisError):
        lazy.take([0], 3)
    for axis in (1.0, "x"):
        with pytest.raises(TypeError):
            array.take([0], axis)
        with pytest.raises(TypeError):
            lazy.take([0], axis)


def test_numpys_take_reads_no_more_than_it_takes(folder, monkeypatch):
    array, lazy = Case.of(folder, "f8", (2, 3, 4), "F", "npy")
    _, empty = Case.of(folder, "f8", (0, 3), "C", "npy")
    monkeypatch.setattr(numio.LazyArray, "__array__", None)
    for axis in (None, 0, 1, -1):
        for mode in ("raise", "wrap", "clip"):
            for indices in (1, [0, -1], [[-7], [5]], [], [99, -99]):
                out = np.empty(np.take(array, indices, axis, mode="clip").shape)
                try:
                    wanted = np.take(array, indices, axis, mode=mode)
                except IndexError:
                    with pytest.raises(IndexError):
                        np.take(lazy, indices, axis, mode=mode)
                else:
                    same(np.take(lazy, indices, axis, mode=mode), wanted)
                    assert np.take(lazy, indices, axis, out, mode) is out and (out == wanted).all()
    # Modes are NumPy's numbers, too; and of several errors the first is the same.
    for case in [
        ([7], 0, 0), ([7], 0, 1), ([1], 0, 2), ([7], 0, 2), ([0.5], 5, "clip"), ("x", "x", "clip"), (["x"], -4, "raise"), ([0], 5, "no"),
        ("x", 0, "no"), ([0], "x", "no"), ([0], 0, b"wrap"), ([5], 0, b"wrap"), ([0], 0, "WRAP"), ([0], 0, None),
    ]:  # fmt: skip
        try:
            wanted = array.take(case[0], case[1], mode=case[2])
        except Exception as raised:  # noqa: BLE001, of every class
            with pytest.raises(type(raised)):
                lazy.take(case[0], case[1], mode=case[2])
        else:
            same(lazy.take(case[0], case[1], mode=case[2]), wanted)
    for out in (np.empty(1, "i4"), np.empty(1, "f4"), [0], np.empty(1, "U9"), np.empty((1, 1)), np.empty(1, ">f8")):
        try:
            wanted = array.take([7], out=copy.copy(out))
        except (TypeError, ValueError) as raised:
            with pytest.raises(type(raised)):
                lazy.take([7], out=out)
        else:
            same(lazy.take([7], out=out), wanted)
    for shape, indices, axis in [((0, 5), [7], 1), ((0, 5), [], 0), ((2, 0, 3), [7], 0), ((2, 0, 3), [1], 0), ((0, 2, 0), [7], 0), ((0, 0), [0], 1)]:
        nothing, lazy_nothing = Case.of(folder, "f8", shape, "C", "npy")
        try:
            wanted = nothing.take(indices, axis)
        except IndexError:
            with pytest.raises(IndexError):
                lazy_nothing.take(indices, axis)
        else:
            same(lazy_nothing.take(indices, axis), wanted)
    with pytest.raises(ValueError, match="clip mode|clipmode"):
        np.take(lazy, 0, mode="nonsense")
    with pytest.raises(ValueError, match="does not match"):
        np.take(lazy, [0, 1], out=np.empty(3))
    for mode in ("raise", "wrap", "clip"):
        assert np.take(empty, [], 0, mode=mode).shape == (0, 3)
        with pytest.raises(IndexError, match="non-empty take"):
            np.take(empty, 0, 0, mode=mode)


def test_in_gives_what_numpy_gives(folder):
    for shape in ((2, 3, 4), (5,), (), (0, 3)):
        array, lazy = Case.of(folder, "f8", shape, "C", "npy")
        for value in (0.0, 3, -1.5, array, np.zeros(1), np.nan):
            assert (value in lazy) == (value in array)


def test_large_arrays_are_read_in_parts(tmp_path):
    noise = np.random.default_rng(0)
    for order in "CF":
        array = np.asarray(noise.integers(0, 1 << 60, (1500, 500)), order=order)
        for path, save in [("x.npy", lambda p: numio.save(p, array)), ("x.npz", lambda p: numio.savez_compressed(p, x=array % 9))]:
            save(tmp_path / path)
            wanted = array if path == "x.npy" else array % 9
            opened = numio.open(tmp_path / path, cache_bytes=1 << 20, max_request=1 << 20)
            x = opened if path == "x.npy" else opened["x"]
            if path == "x.npz":
                assert x.block_bytes < x.nbytes // 2
            rows = noise.integers(0, 1500, 300)
            for index in [
                ..., np.s_[::2, ::3], np.s_[::-1], np.s_[:, 7], np.s_[5, :], np.s_[100:1400, 10:20], (rows,),
                np.s_[:, [3, 1, 2]], (rows[:, None], [5, 6]), array % 7 == 0, np.s_[-1:0:-7, ::-1],
            ]:  # fmt: skip
                same(x[index], wanted[index])


def test_handles_are_pickled_hashed_and_copied(tmp_path, monkeypatch):
    array = np.arange(12).reshape(3, 4)
    numio.save(tmp_path / "x.npy", array)
    numio.savez(tmp_path / "z.npz", a=array, b=array + 1, **{"n.txt": array})
    archive = numio.open(tmp_path / "z.npz")
    assert list(archive) == ["a", "b", "n.txt"] and len(archive) == 3 and "a" in archive and "c" not in archive
    with pytest.raises(KeyError):
        archive["c"]
    assert pickle.loads(pickle.dumps(archive)) == archive
    seen = set()
    for x in (numio.open(tmp_path / "x.npy"), archive["a"], archive["b"]):
        for other in (pickle.loads(pickle.dumps(x)), copy.copy(x), copy.deepcopy(x)):
            same(other[1:], x[1:])
            assert other == x and hash(other) == hash(x) and other.__dask_tokenize__() == x.__dask_tokenize__()
        assert len(pickle.dumps(x)) < 600
        seen.add(x)
    assert len(seen) == 3
    monkeypatch.chdir(tmp_path)
    relative = pickle.dumps(numio.open("x.npy"))
    monkeypatch.chdir("/")
    same(pickle.loads(relative)[:], array)


@pytest.mark.skipif(sys.platform != "linux", reason="names are text here")
def test_paths_that_are_no_text_are_opened_and_shown(tmp_path):
    name = os.fsencode(tmp_path) + b"/\xff\xfe"
    with numio.create(name + b".npy", 3) as x:
        x[:] = 5
    with open(name + b".npz", "wb") as file:
        np.savez(file, a=x.shape)
    array, archive = numio.open(name + b".npy"), numio.open(name + b".npz")
    for found in (array, archive, archive["a"]):
        assert "\\udcff\\udcfe" in repr(found) and repr(pickle.loads(pickle.dumps(found)))
    same(pickle.loads(pickle.dumps(array))[:], np.full(3, 5.0))


def rows_of(x, rows):
    return x[rows].sum()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_lazy_array_in_other_processes_reads_its_file(tmp_path, method):
    array = np.arange(4000.0).reshape(400, 10)
    numio.save(tmp_path / "x.npy", array)
    x = numio.open(tmp_path / "x.npy")
    x[3]
    with multiprocessing.get_context(method).Pool(2) as pool:
        found = pool.starmap(rows_of, [(x, slice(at, at + 100)) for at in range(0, 400, 100)])
    assert found == [array[at : at + 100].sum() for at in range(0, 400, 100)]


@pytest.mark.parametrize("kind", ["multiprocessing", "futures"])
def test_a_file_that_changes_is_an_error_in_pools(tmp_path, kind):
    path = tmp_path / "x.npy"
    numio.save(path, np.arange(4000.0))
    context = multiprocessing.get_context("fork")
    stale = numio.open(path)
    numio.save(path, np.arange(4000.0) + 1)
    now = numio.open(path)
    gone = numio.open(shutil.copy(path, tmp_path / "gone.npy"))
    os.remove(tmp_path / "gone.npy")
    with context.Pool(1) if kind == "multiprocessing" else concurrent.futures.ProcessPoolExecutor(1, context) as pool:

        def call(x):
            if kind == "multiprocessing":
                return pool.apply_async(rows_of, (x, slice(0, 2))).get(60)
            return pool.submit(rows_of, x, slice(0, 2)).result(60)

        for x, error in ((stale, numio.StaleFileError), (gone, FileNotFoundError)):
            with pytest.raises(error):
                call(x)
        # The workers are there.
        assert call(now) == 3


def test_an_array_that_was_unpickled_is_closed_and_checked(tmp_path):
    path = tmp_path / "x.npy"
    numio.save(path, np.zeros((2, 6)))
    other = pickle.loads(pickle.dumps(numio.open(path, "r+")))
    numio.save(path, np.zeros((6, 2)))
    # Its size is the same, and its time says nothing of a file that is written to.
    with pytest.raises(numio.StaleFileError, match="another array"):
        other[0]
    other.close()
    with pytest.raises(ValueError, match="the array has been closed"):
        other[0]
    # What has become damaged, or another file, has changed.
    for name, save in (("x.npy", np.save), ("z.npz", np.savez)):
        save(tmp_path / name, np.arange(99))
        opened = numio.open(tmp_path / name)
        kept = [pickle.dumps(opened), pickle.dumps(opened["arr_0"] if name == "z.npz" else opened)]
        for content in ((tmp_path / name).read_bytes()[:-40], b"", b"a text"):
            (tmp_path / name).write_bytes(content)
            for other in map(pickle.loads, kept):
                with pytest.raises(numio.StaleFileError):
                    other.files if name == "z.npz" and isinstance(other, numio.LazyArchive) else other[0]
    numio.savez(tmp_path / "z.npz", a=np.arange(3))
    archive = pickle.loads(pickle.dumps(numio.open(tmp_path / "z.npz")))
    assert repr(archive).startswith("<LazyArchive") and archive.files == ["a"] and archive["a"][2] == 2
    assert repr(archive).endswith("with keys: a>")
    archive.close()
    for use in (lambda: archive["a"], lambda: pickle.dumps(archive)):
        with pytest.raises(ValueError, match="the archive has been closed"):
            use()


def test_a_file_that_changes_is_stale(tmp_path):
    path = tmp_path / "x.npy"
    archive_path = tmp_path / "z.npz"
    array = np.arange(1000)

    def save(array):
        numio.save(path, array)
        numio.savez(archive_path, x=array)

    for change in (
        lambda: save(array + 1),
        lambda: save(array[:5]),
        lambda: (np.save(path, array + 1), np.savez(archive_path, x=array + 1)),
        lambda: [os.utime(p, ns=(0, 0)) for p in (path, archive_path)],
    ):
        save(array)
        x, member = numio.open(path), numio.open(archive_path)["x"]
        handles = [pickle.dumps(x), pickle.dumps(member)]
        change()
        for stale in (lambda: x[3], lambda: x[...], lambda: member[3], lambda: np.asarray(member)):
            with pytest.raises(numio.StaleFileError, match="changed since it was opened"):
                stale()
        for handle in handles:
            again = pickle.loads(handle)
            # What is known of it is what it was.
            assert (again.shape, again.dtype, again.order) == ((1000,), array.dtype, "C") and "shape=(1000,)" in repr(again)
            with pytest.raises(numio.StaleFileError):
                again[3]
            with pytest.raises(numio.StaleFileError):
                pickle.loads(pickle.dumps(again))[3]
    os.remove(path)
    with pytest.raises(FileNotFoundError):
        x[3]


def test_open_of_damage_or_no_array_raises(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.arange(1000))
    whole = path.read_bytes()
    for length in (0, 3, 60, 500, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises((ValueError, EOFError)):
            numio.open(path)
    np.save(path, np.array([1, "x"], object))
    with pytest.raises(ValueError, match="Python objects"):
        numio.open(path)
    numio.savez(tmp_path / "z.npz", o=np.array([None]), x=np.arange(9000))
    archive = numio.open(tmp_path / "z.npz")
    with pytest.raises(ValueError, match="Python objects"):
        archive["o"]
    damaged = bytearray((tmp_path / "z.npz").read_bytes())
    damaged[damaged.index(np.arange(100, 110).tobytes())] ^= 1
    (tmp_path / "z.npz").write_bytes(damaged)
    with pytest.raises(ValueError, match="CRC"):
        np.asarray(numio.open(tmp_path / "z.npz")["x"])
    with pytest.raises(ValueError, match="mode must be"):
        numio.open(path, "w")
    with pytest.raises(FileNotFoundError):
        numio.open(tmp_path / "none.npy")
    for mode in ("r", "r+"):
        # As everything that opens files.
        with pytest.raises(OSError) as raised:
            numio.open(tmp_path, mode)
        with pytest.raises(type(raised.value)):
            open(tmp_path, f"{mode}b")


def test_a_member_that_is_compressed_much_needs_max_ratio(tmp_path):
    path = tmp_path / "z.npz"
    np.savez_compressed(path, z=np.zeros(9_000_000))
    with pytest.raises(ValueError, match="more than 100 times as many.*max_ratio in Python"):
        numio.open(path)["z"][:3]
    z = numio.open(path, max_ratio=2000)["z"]
    assert z[:3].tolist() == [0, 0, 0] and pickle.loads(pickle.dumps(z))[-1] == 0


def archive_with_index(array, stream, block, *compressed):
    """An archive of one deflated member, with an index of the blocks of its stream."""
    np.save(content := io.BytesIO(), array)
    content, stream = content.getvalue(), stream(content.getvalue())
    assert zlib.decompress(stream, -15) == content
    extra = struct.pack(f"<HH2sL{len(compressed)}L", 0x706E, 6 + 4 * len(compressed), b"n1", block, *compressed)
    common = struct.pack("<HHHHHLLLHH", 20, 0, 8, 0, 33, zlib.crc32(content), len(stream), len(content), 5, len(extra))
    local = b"PK\3\4" + common + b"x.npy" + extra + stream
    record = b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + b"x.npy" + extra
    return local + record + struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, 1, 1, len(record), len(local), 0)


def test_an_index_of_blocks_that_is_a_lie_is_an_error_in_some_block(tmp_path):
    """The stream is one stored block, and holds another in its second half, which inflates to other elements."""

    def stored(data, last):
        return struct.pack("<BHH", last, len(data), len(data) ^ 0xFFFF) + data

    def fixed(data):
        deflater = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_FIXED)
        return deflater.compress(data) + deflater.flush()

    # As many bytes as it inflates to: what packing saves makes up for the head of the stored block.
    run = next(run for run in range(3, 500) if run - len(fixed(bytes(run))) == 5)
    inner = stored(b"\5" * (1500 - run), 0) + fixed(b"\5" * run)
    assert zlib.decompress(inner, -15) == b"\5" * len(inner) != inner
    array = np.concatenate([np.ones(2500, "u1"), np.frombuffer(inner, "u1")])
    half = 128 + 2500
    path = tmp_path / "x.npz"
    path.write_bytes(archive_with_index(array, lambda content: stored(content, 1), half, 5 + half))
    same(np.load(path)["x"], array)
    same(numio.load(path)["x"], array)
    # All of it at once is read as the one stream.
    same(np.asarray(numio.open(path)["x"]), array)
    same(numio.open(path)["x"][:], array)
    # Whoever reads all of it in parts, in whatever order, has an error.
    for read in (
        lambda x: (x[-3:], x[:9]), lambda x: x[10], lambda x: list(x.blocks(rows=100)), lambda x: x.take([3, 3900]),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"x\.npz.*x\.npy.*index of its blocks is not that of its stream"):
            read(numio.open(path)["x"])


def test_regions_of_any_index_are_written_as_by_numpy(tmp_path):
    path = tmp_path / "x.npy"
    noise = np.random.default_rng(0)
    for order in "CF":
        array = np.zeros((40, 30, 4), "f4", order)
        numio.save(path, array)
        x = numio.open(path, "r+")
        for index in [
            np.s_[2:5, ::2], np.s_[::-1, 3], np.s_[..., 1], np.s_[7], np.s_[[1, 1, 4]], (array[..., 0] == 0) & True,
            np.s_[0, 0, 0], np.s_[:, [2, 0], 1:], ..., np.s_[5:5],
        ]:  # fmt: skip
            block = noise.random(array[index].shape)
            x[index] = block
            array[index] = block
            same(np.load(path), array)
        x[3:6] = 7
        array[3:6] = 7
        x[0] = [[1, 2, 3, 4]]
        array[0] = [[1, 2, 3, 4]]
        same(np.load(path), array)
        same(x[2:8, 3], array[2:8, 3])
        with pytest.raises(ValueError, match="broadcast"):
            x[0] = [1, 2, 3]
    with pytest.raises(ValueError, match="opened for reading"):
        numio.open(path)[0] = 1
    # A field that is a subarray is in C order inside each element, whatever the order of those.
    for order in "CF":
        records = np.zeros((3, 4), [("a", "i1"), ("b", "f8", (2, 3))], order)
        numio.save(path, records)
        x = numio.open(path, "r+")
        for value in (noise.random((3, 4, 2, 3)), noise.random((3, 4, 2, 1)), noise.random((3, 4, 2, 3)).T.copy().T, 5):
            x["b"] = records["b"] = value
            same(np.load(path), records)
        x[["b", "a"]] = records[["b", "a"]] = records[::-1, ::-1][["b", "a"]].copy()
        same(np.load(path), records)
    records = np.zeros(10, [("a", "i1"), ("b", "f8", 2)])
    numio.save(path, records)
    x = numio.open(path, "r+")
    x["b"] = records["b"] = np.arange(20).reshape(10, 2)
    x[3] = records[3] = (5, [1, 2])
    same(np.load(path), records)
    other = np.zeros(10, [("x", "f4", 2), ("y", "i2")])
    other["x"], other["y"] = 3, np.arange(10)
    for names, value in [(["a", "b"], 4), (["b", "a"], other), (["a"], records[["a"]]), (["b"], np.zeros(1, [("z", "f8", 2)]))]:
        x[names] = value
        records[names] = value
        same(np.load(path), records)
    for names, value in [(["a", "nope"], 1), (["a", "a"], 1), (["a", "b"], np.zeros(3, records.dtype)), (["a", "b"], [1, 2])]:
        before = np.load(path)
        with pytest.raises(Exception) as wanted:  # noqa: PT011, of every class
            records[names] = value
        with pytest.raises(wanted.type):
            x[names] = value
        same(np.load(path), before)
    numio.save(path, records)
    with pytest.raises(numio.StaleFileError):
        x[3] = records[0]
    numio.savez(tmp_path / "z.npz", x=records)
    with pytest.raises(ValueError, match="archive"):
        numio.open(tmp_path / "z.npz", "r+")


@pytest.mark.filterwarnings("ignore:Warning. converting a masked element")
def test_values_of_any_form_are_written_as_by_numpy(tmp_path):
    path = tmp_path / "x.npy"
    mask = np.array([True, True, False])
    values = [
        1, [1, 2], [[1]], [[1, 2]], [[[3]]], [[1], [2]], [[1, 2]] * 2, np.array([[1, 2]]), np.array([[[7]]]), np.arange(3.0), "x", None, np.ma.masked,
    ]  # fmt: skip
    indexes = [[0, 1], ([0, 1],), slice(2), mask, (mask,), [True, True, False], 0, (0,), np.int8(1), np.array(1), (..., 0), ..., (), [], True]
    for dtype in ("f8", "i1", "S2", "<M8[s]", "V2", [("a", "i4"), ("b", "f4")]):
        for shape in ((3,), ()):
            for index in indexes:
                for value in values:
                    wanted = np.zeros(shape, dtype)
                    np.save(path, wanted)
                    x = numio.open(path, "r+")
                    try:
                        wanted[index] = value
                    except Exception as raised:  # noqa: BLE001, of every class
                        with pytest.raises(type(raised)):
                            x[index] = value
                    else:
                        x[index] = value
                        same(np.load(path), wanted)
    # Texts of no characters, of which NumPy makes those of one elsewhere.
    for dtype in ("S0", "U0", "V0", [("a", "S0"), ("b", "i1")]):
        with numio.create(path, 3, np.dtype(dtype), overwrite=True) as x:
            x[1:] = np.zeros(2, np.dtype(dtype))
            x[0] = x[1]
        assert np.load(path).dtype == np.dtype(dtype)


@pytest.mark.parametrize("dtype", [">M8", ">m8", "<M8"])
def test_dates_without_a_unit_are_written_in_the_order_of_the_file(tmp_path, dtype):
    path = tmp_path / "x.npy"
    for index, value in [(..., None), (slice(1, 3), "NaT"), (1, np.timedelta64(5) if "m" in dtype else None)]:
        wanted = np.arange(4).astype(dtype[0] + "i8").view(dtype)
        np.save(path, wanted)
        wanted[index] = value
        with numio.open(path, "r+") as x:
            x[index] = value
        same(np.load(path), wanted)


def test_fields_of_any_name_are_read_and_written(tmp_path):
    wanted = np.zeros(3, [("\ud800", "i4"), ("é", "f8")])
    np.save(tmp_path / "x.npy", wanted)
    with numio.open(tmp_path / "x.npy", "r+") as x:
        x["\ud800"] = wanted["\ud800"] = [1, 2, 3]
        same(x["\ud800"], wanted["\ud800"])
    same(np.load(tmp_path / "x.npy"), wanted)


def test_create_takes_every_shape_of_numpys(tmp_path):
    for shape in (3, np.int64(3), (), [2, 3], np.array([2, 3]), np.array(4), (np.int8(2), 1), range(2)):
        with numio.create(tmp_path / "x.npy", shape, "i2", overwrite=True) as x:
            x[...] = 5
        same(np.load(tmp_path / "x.npy"), np.full(shape, 5, "i2"))
    for shape in (2.5, "3", None, (2, 1.5), np.array([1.5])):
        with pytest.raises(TypeError):
            numio.create(tmp_path / "y.npy", shape)
    assert os.listdir(tmp_path) == ["x.npy"]


def test_created_files_appear_whole_or_not_at_all(tmp_path):
    path = tmp_path / "x.npy"
    for order in "CF":
        for before in (None, np.arange(3)):
            if before is not None:
                np.save(path, before)
            x = numio.create(path, (4, 3), "f4", fortran_order=order == "F", overwrite=before is not None)
            x[1:3] = np.ones((2, 3))
            assert path.exists() == (before is not None)
            if before is not None:
                same(np.load(path), before)
            x.close()
            wanted = np.zeros((4, 3), "f4", order)
            wanted[1:3] = 1
            same(np.load(path), wanted)
            np.save(buffer := io.BytesIO(), wanted)
            assert path.read_bytes() == buffer.getvalue()
            with pytest.raises(ValueError, match="closed"):
                x[0]
            path.unlink()
    with pytest.raises(ZeroDivisionError), numio.create(path, 4) as x:
        x[0] = 1
        1 / 0  # noqa: B018
    assert os.listdir(tmp_path) == []
    numio.create(path, 4).discard()
    x = numio.create(path, 4)
    del x
    assert os.listdir(tmp_path) == []
    np.save(path, np.arange(3))
    with pytest.raises(FileExistsError):
        numio.create(path, 4)
    path.unlink()
    x = numio.create(path, 4)
    np.save(path, np.arange(3))
    with pytest.raises(FileExistsError):
        x.close()
    same(np.load(path), np.arange(3))
    with pytest.raises(ValueError, match="Python objects"):
        numio.create(tmp_path / "o.npy", 3, object)
    with pytest.raises(ValueError, match="negative"):
        numio.create(tmp_path / "o.npy", -3)
    assert os.listdir(tmp_path) == ["x.npy"]


def write_part(x, part, parts):
    x[part::parts, ::2] = part + 1
    x[part::parts, 1::2] = -part - 1


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_many_processes_write_one_file(tmp_path, method):
    path = tmp_path / "x.npy"
    with numio.create(path, (100, 8), "i2") as x:
        with multiprocessing.get_context(method).Pool(3) as pool:
            pool.starmap(write_part, [(x, part, 5) for part in range(5)])
        assert not path.exists()
    wanted = np.empty((100, 8), "i2")
    for part in range(5):
        write_part(wanted, part, 5)
    same(np.load(path), wanted)
    with multiprocessing.get_context(method).Pool(3) as pool:
        x = numio.open(path, "r+")
        pool.starmap(write_part, [(x, part, 4) for part in range(4)])
    for part in range(4):
        write_part(wanted, part, 4)
    same(np.load(path), wanted)


def test_threads_share_one_array(tmp_path):
    array = np.random.default_rng(0).random((2000, 300))
    numio.savez_compressed(tmp_path / "x.npz", x=array)
    x = numio.open(tmp_path / "x.npz", cache_bytes=1 << 20)["x"]
    wrong = []

    def read(seed):
        noise = np.random.default_rng(seed)
        for _ in range(10):
            rows = noise.integers(0, 2000, 20)
            if not np.array_equal(x[rows], array[rows]):
                wrong.append(seed)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert wrong == []


def test_only_what_is_needed_is_read(tmp_path):
    """One row of a sparse file of a terabyte."""
    path = tmp_path / "large.npy"
    shape = (1 << 27, 1 << 10)
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": shape})
        file.truncate(file.tell() + (1 << 40))
        file.seek(-8, 2)
        file.write(np.float64(7).tobytes())
    x = numio.open(path)
    assert x.nbytes == 1 << 40
    assert x[-1, -1] == 7 and x[-1, -3:].tolist() == [0, 0, 7] and x[:: 1 << 25, 5].tolist() == [0] * 4
    assert x[[5, 1 << 26, -1], 1023].tolist() == [0, 0, 7]
    with pytest.raises((MemoryError, ValueError)):
        np.asarray(x)


def test_import_takes_no_other_packages():
    code = "import sys, numio; print([m for m in ('fsspec', 'obstore', 'dask', 'asyncio') if m in sys.modules])"
    path = {**os.environ, "PYTHONPATH": os.path.dirname(os.path.dirname(numio.__file__))}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=path)
    assert found.stdout.strip() == "[]"
