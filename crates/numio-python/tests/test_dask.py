"""Dask arrays over files, beside Dask's own, under threads, processes and real workers."""

import importlib.util
import multiprocessing
import os
import pickle
import threading
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

import numio

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")
import numio.dask as nd  # noqa: E402


def save(path, array):
    numio.save(path, array)
    return array


@pytest.fixture(autouse=True)
def scheduler(request):
    if "client" in request.fixturenames:
        yield
        return
    with dask.config.set(scheduler="threads", num_workers=2):
        yield


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("distributed")
    with (
        dask.config.set({"distributed.worker.memory.terminate": False, "distributed.admin.tick.limit": "60s"}),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("shape", [(), (0, 3), (7,), (9, 5), (4, 5, 6)])
def test_from_npy_of_one_file_equals_the_array(tmp_path, shape, order):
    array = np.asarray(np.random.default_rng(1).random(shape), order=order)
    np.save(tmp_path / "a.npy", array)
    for chunks in ("auto", 2, "64 B", "1 KiB"):
        if not shape and chunks == 2:
            chunks = ()
        lazy = nd.from_npy(tmp_path / "a.npy", chunks)
        assert (lazy.shape, lazy.dtype) == (array.shape, array.dtype)
        np.testing.assert_array_equal(lazy.compute(), array)
        if shape:
            np.testing.assert_array_equal(lazy[..., ::-2].compute(), array[..., ::-2])


def test_chunks_are_contiguous_in_the_file(tmp_path):
    array = np.zeros((64, 32, 16))
    for order in "CF":
        np.save(tmp_path / "a.npy", np.asarray(array, order=order))
        for limit in ("128 B", "1 KiB", "4 KiB", "100 KiB"):
            lazy = nd.from_npy(tmp_path / "a.npy", limit)
            for block in da.core.slices_from_chunks(lazy.chunks):
                part = np.load(tmp_path / "a.npy", mmap_mode="r")[block]
                assert part.flags.c_contiguous if order == "C" else part.flags.f_contiguous
                assert part.nbytes <= dask.utils.parse_bytes(limit)


def test_chunks_are_dasks_where_they_are_given(tmp_path):
    array = save(tmp_path / "a.npy", np.arange(60).reshape(6, 10))
    for chunks in ((2, 5), ((1, 5), (10,)), -1, {0: 3}, (3, "auto"), (None, 4)):
        lazy, wanted = nd.from_npy(tmp_path / "a.npy", chunks), da.from_array(array, chunks)
        assert lazy.chunks == wanted.chunks
        np.testing.assert_array_equal(lazy, array)
    with dask.config.set({"array.chunk-size": "160 B"}):
        assert nd.from_npy(tmp_path / "a.npy").chunks == ((2, 2, 2), (10,))


def test_from_npy_of_every_dtype_keeps_it(tmp_path):
    for number, dtype in enumerate(["?", ">i2", "c16", "S3", "U2", "M8[s]", [("a", "<i4"), ("b", "f8", (2,))]]):
        array = np.zeros((5, 3), dtype)
        path = tmp_path / f"{number}.npy"
        np.save(path, array)
        lazy = nd.from_npy(path, 2)
        found = lazy.compute(scheduler="sync")
        assert found.dtype == array.dtype and found.tobytes() == array.tobytes()
        nd.to_npy(lazy, tmp_path / "b.npy", scheduler="sync")
        assert (tmp_path / "b.npy").read_bytes() == path.read_bytes()


def test_arrays_without_axes_keep_their_dtype(tmp_path):
    for dtype in (">i4", "<U5", "S4", ">c16", [("a", "i1"), ("b", "f8", 2)]):
        array = np.ones((), dtype)
        np.save(tmp_path / "x.npy", array)
        np.savez(tmp_path / "x.npz", a=array)
        for x in (nd.from_npy(tmp_path / "x.npy"), nd.from_npz(tmp_path / "x.npz", "a")):
            found = x.compute(scheduler="sync")
            assert x.dtype == found.dtype == array.dtype and found.shape == () and found.tobytes() == array.tobytes()


def test_from_npy_of_many_files_joins_them_in_order(tmp_path):
    parts = [save(tmp_path / f"part-{n}.npy", np.full((3, 4), n) + np.arange(4)) for n in range(12)]
    # `part-10` comes after `part-9`.
    for given in (tmp_path / "part-*.npy", str(tmp_path / "part-*.npy"), [tmp_path / f"part-{n}.npy" for n in range(12)]):
        lazy = nd.from_npy(given)
        assert lazy.chunks[0] == (3,) * 12
        np.testing.assert_array_equal(lazy, np.concatenate(parts))
    named = os.fsencode(tmp_path / "part-0.npy")
    for given in (named, [named]):
        np.testing.assert_array_equal(nd.from_npy(given), parts[0])
    given = tmp_path / "part-*.npy"
    np.testing.assert_array_equal(nd.from_npy(given, axis=1), np.concatenate(parts, axis=1))
    np.testing.assert_array_equal(nd.from_npy(given, axis=-1, chunks=2), np.concatenate(parts, axis=1))
    for axis in (0, 1, 2, -1):
        lazy = nd.from_npy(given, axis=axis, stack=True, chunks=2)
        np.testing.assert_array_equal(lazy, np.stack(parts, axis))
        np.testing.assert_array_equal(lazy[1:, ::2, 1].compute(), np.stack(parts, axis)[1:, ::2, 1])
    save(tmp_path / "longer.npy", np.arange(44).reshape(11, 4))
    files = [tmp_path / "part-1.npy", tmp_path / "longer.npy", tmp_path / "part-2.npy"]
    lazy = nd.from_npy(files, chunks=4)
    assert lazy.chunks == ((3, 4, 4, 3, 3), (4,))
    np.testing.assert_array_equal(lazy, np.concatenate([np.load(file) for file in files]))


@pytest.mark.skipif(importlib.util.find_spec("resource") is None, reason="no limit of open files here")
def test_arrays_of_more_files_than_a_process_may_open(tmp_path):
    import resource

    for number in range(300):
        save(tmp_path / f"{number}.npy", np.full((1, 2), number))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Those that are open now, those of Dask's threads, and the 64 that a worker keeps.
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/dev/fd")) + 150, limits[1]))
    try:
        assert nd.from_npy(tmp_path / "*.npy")[:, 0].compute(scheduler="threads").tolist() == list(range(300))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_from_npy_of_files_that_do_not_fit_raises(tmp_path):
    save(tmp_path / "a.npy", np.zeros((2, 3)))
    save(tmp_path / "b.npy", np.zeros((2, 4)))
    save(tmp_path / "c.npy", np.zeros((2, 3), "i4"))
    numio.savez(tmp_path / "d.npz", x=np.zeros(3))
    with pytest.raises(ValueError, match=r"b.npy has shape \(2, 4\).*but for axis 0"):
        nd.from_npy([tmp_path / "a.npy", tmp_path / "b.npy"])
    with pytest.raises(ValueError, match="b.npy has shape"):
        nd.from_npy([tmp_path / "a.npy", tmp_path / "b.npy"], stack=True)
    with pytest.raises(ValueError, match="c.npy has dtype int32"):
        nd.from_npy([tmp_path / "a.npy", tmp_path / "c.npy"])
    with pytest.raises(ValueError, match="out of bounds"):
        nd.from_npy([tmp_path / "a.npy", tmp_path / "a.npy"], axis=2)
    with pytest.raises(FileNotFoundError, match="no file matches"):
        nd.from_npy(tmp_path / "x*.npy")
    with pytest.raises(FileNotFoundError):
        nd.from_npy(tmp_path / "missing.npy")
    with pytest.raises(ValueError, match="no files"):
        nd.from_npy([])
    with pytest.raises(ValueError, match="from_npz"):
        nd.from_npy(tmp_path / "d.npz")
    with pytest.raises(ValueError, match="from_npy"):
        nd.from_npz(tmp_path / "a.npy", "x")
    with pytest.raises(KeyError):
        nd.from_npz(tmp_path / "d.npz", "y")
    # A name that looks like a pattern, and is a file's.
    (tmp_path / "e[1].npy").write_bytes((tmp_path / "a.npy").read_bytes())
    assert nd.from_npy(tmp_path / "e[1].npy").shape == (2, 3)


def test_from_npz_of_archives_equals_the_members(tmp_path):
    array = np.random.default_rng(2).integers(0, 9, (300, 40))
    for name, save_it in (("a", numio.savez), ("b", numio.savez_compressed), ("c", np.savez_compressed)):
        save_it(tmp_path / f"{name}.npz", x=array, y=np.arange(3))
        for chunks in ("auto", 100, "8 KiB"):
            np.testing.assert_array_equal(nd.from_npz(tmp_path / f"{name}.npz", "x", chunks), array)
    both = nd.from_npz([tmp_path / "a.npz", tmp_path / "b.npz"], "x", stack=True)
    np.testing.assert_array_equal(both, np.stack([array, array]))


def test_members_are_split_at_their_blocks(tmp_path):
    array = np.random.default_rng(2).random((1 << 16, 64))
    numio.savez_compressed(tmp_path / "a.npz", x=array)
    block = numio.open(tmp_path / "a.npz")["x"].block_bytes
    assert block
    for factor in (1.5, 2.7, 10.1):
        lazy = nd.from_npz(tmp_path / "a.npz", "x", f"{int(block * factor)} B")
        assert all(rows * 64 * 8 % block == 0 for rows in lazy.chunks[0][:-1])


def test_nothing_of_the_data_is_in_the_graph(tmp_path):
    save(tmp_path / "a.npy", np.random.default_rng(5).random((1000, 1000)))
    save(tmp_path / "b.npy", np.random.default_rng(6).random((1000, 1000)))
    for lazy in (nd.from_npy(tmp_path / "a.npy", 100), nd.from_npy(tmp_path / "*.npy", 500)):
        size = len(pickle.dumps(dict(lazy.dask)))
        assert size < 100_000
    one, same, other = (nd.from_npy(tmp_path / name, 100) for name in ("a.npy", "a.npy", "b.npy"))
    assert one.name == same.name != other.name
    assert nd.from_npy(tmp_path / "a.npy", 50).name != one.name


def test_slices_read_only_what_they_need(tmp_path, monkeypatch):
    save(tmp_path / "a.npy", np.arange(1_000_000).reshape(1000, 1000))
    asked = []
    real = numio.LazyArray.__getitem__
    monkeypatch.setattr(numio.LazyArray, "__getitem__", lambda self, index: asked.append(index) or real(self, index))
    lazy = nd.from_npy(tmp_path / "a.npy", 500)[3:5, 7:9]
    assert lazy.compute(scheduler="sync").tolist() == [[3007, 3008], [4007, 4008]]
    (index,) = asked
    assert tuple((part.start, part.stop) for part in index) == ((3, 5), (7, 9))


@pytest.mark.parametrize("fortran", [False, True])
@pytest.mark.parametrize("shape", [(), (0, 3), (10,), (9, 5), (4, 5, 6)])
def test_to_npy_of_any_chunks_writes_numpys_file(tmp_path, shape, fortran):
    array = np.random.default_rng(3).random(shape)
    for chunks in (2, -1, 3):
        lazy = da.from_array(array, chunks if shape else ())
        nd.to_npy(lazy, tmp_path / "a", fortran_order=fortran)
        np.save(tmp_path / "b.npy", np.asarray(array, order="F" if fortran else "C"))
        found = np.load(tmp_path / "a.npy")
        np.testing.assert_array_equal(found, array)
        assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes() or array.ndim < 2 or not array.size
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npy", "b.npy"]
    nd.to_npy(lazy, os.fsencode(tmp_path / "c"))
    nd.to_npz({"x": lazy}, os.fsencode(tmp_path / "c"))
    assert numio.load(tmp_path / "c.npy").shape == numio.load(tmp_path / "c.npz")["x"].shape == shape


def test_a_failure_leaves_the_old_file(tmp_path):
    save(tmp_path / "a.npy", np.arange(3))
    before = (tmp_path / "a.npy").read_bytes()
    bad = da.ones(100, chunks=10).map_blocks(fails, dtype=float)
    with pytest.raises(ZeroDivisionError):
        nd.to_npy(bad, tmp_path / "a.npy")
    with pytest.raises(ZeroDivisionError):
        nd.to_npz({"x": bad, "y": np.arange(2)}, tmp_path / "b.npz")
    assert (tmp_path / "a.npy").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.npy"]


def fails(block, block_info=None):
    if block_info[0]["chunk-location"] == (7,):
        1 / 0
    return block


def test_to_npy_later_and_over_a_file_replaces_it(tmp_path):
    lazy = da.arange(10, chunks=3)
    later = nd.to_npy(lazy, tmp_path / "a.npy", compute=False)
    assert list(tmp_path.iterdir()) == []
    assert later.compute(scheduler="sync") == str(tmp_path / "a.npy")
    assert np.load(tmp_path / "a.npy").tolist() == list(range(10))
    with pytest.raises(FileExistsError):
        nd.to_npy(lazy, tmp_path / "a.npy", overwrite=False)
    late = nd.to_npy(lazy, tmp_path / "b.npy", compute=False, overwrite=False)
    save(tmp_path / "b.npy", np.arange(2))
    with pytest.raises(FileExistsError):
        late.compute(scheduler="sync")
    (tmp_path / "a.npy").chmod(0o600)
    nd.to_npy(lazy + 1, tmp_path / "a.npy", scheduler="sync")
    assert (tmp_path / "a.npy").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npy", "b.npy"]


def test_patterns_in_a_file_system_that_is_given_name_its_files(tmp_path):
    fsspec = pytest.importorskip("fsspec")
    parts = {"2": 0, "10": 1, "1²3": 2}
    for name, value in parts.items():
        np.save(tmp_path / f"p{name}.npy", np.full(2, value))
    (tmp_path / "q[1].npy").write_bytes((tmp_path / "p2.npy").read_bytes())
    fs = fsspec.filesystem("dir", path=str(tmp_path), fs=fsspec.filesystem("file"))
    for given, options in ((f"{tmp_path}/p*.npy", {}), (f"file://{tmp_path}/p*.npy", {}), ("p*.npy", {"storage_options": fs})):
        assert nd.from_npy(given, **options).compute().tolist() == [2, 2, 0, 0, 1, 1]
    assert nd.from_npy(f"file://{tmp_path}/q[1].npy").compute().tolist() == [0, 0]
    assert nd.from_npy("q[1].npy", storage_options=fs).compute().tolist() == [0, 0]
    with pytest.raises(FileNotFoundError, match="no file matches"):
        nd.from_npy("none*.npy", storage_options=fs)
    store = pytest.importorskip("obstore.store").LocalStore(str(tmp_path))
    assert nd.from_npy(["p2.npy", "p10.npy"], storage_options=store).compute().tolist() == [0, 0, 1, 1]
    with pytest.raises(ValueError, match="give the names"):
        nd.from_npy("p*.npy", storage_options=store)


def test_arrays_of_one_file_in_other_chunks_are_two(tmp_path):
    array = save(tmp_path / "a.npy", np.arange(4096.0))
    with dask.config.set({"array.chunk-size": "8 KiB"}):
        small = nd.from_npy(tmp_path / "a.npy")
    with dask.config.set({"array.chunk-size": "16 KiB"}):
        large = nd.from_npy(tmp_path / "a.npy")
    assert small.name != large.name
    assert (small.sum() + large.sum()).compute() == 2 * array.sum()
    assert nd.from_npy(tmp_path / "a.npy", 1024).name == small.name


def test_files_without_elements_have_no_chunks(tmp_path):
    parts = [np.random.default_rng(0).random((count, 3)) for count in (0, 4, 0, 1, 0)]
    paths = [tmp_path / f"{number}.npy" for number in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        np.save(path, part)
    whole = np.concatenate(parts)
    for chunks in (1, 2, "auto"):
        lazy = nd.from_npy(paths, chunks)
        np.testing.assert_array_equal(lazy.compute(), whole)
        np.testing.assert_array_equal(lazy[[4, 0, 2]].compute(), whole[[4, 0, 2]])
        np.testing.assert_array_equal(lazy.max(axis=0).compute(), whole.max(axis=0))
    assert nd.from_npy(paths[::2]).compute().shape == (0, 3)


def test_parts_that_come_after_a_failure_are_removed(tmp_path, monkeypatch):
    fsspec = pytest.importorskip("fsspec")
    begun, dropped, done = threading.Event(), threading.Event(), threading.Event()
    put_part, drop_parts = nd._put_part, nd._drop_parts

    def put(block, shape, before, url, options, parts, number, dtype):
        if number == 1:
            begun.wait(20)
            raise RuntimeError("no")
        begun.set()
        dropped.wait(20)
        put_part(block, shape, before, url, options, parts, number, dtype)
        done.set()

    def drop(*args):
        try:
            # There is no folder yet, which is an error.
            drop_parts(*args)
        finally:
            dropped.set()

    monkeypatch.setattr(nd, "_PART", 8)
    monkeypatch.setattr(nd, "_put_part", put)
    monkeypatch.setattr(nd, "_drop_parts", drop)
    with pytest.raises(RuntimeError, match="no"):
        nd.to_npy(da.ones(2, chunks=1), f"memory://{tmp_path.name}/x.npy")
    assert done.wait(20)
    assert fsspec.filesystem("memory").find(f"/{tmp_path.name}") == []


@pytest.mark.parametrize("kind", ["path", "memory"])
def test_to_npy_of_blocks_of_another_shape_raises(tmp_path, kind):
    url = f"memory://{tmp_path.name}/x.npy" if kind == "memory" else tmp_path / "x.npy"
    first = da.ones((4, 4), chunks=4).map_blocks(lambda block: block[:1], dtype=float)
    with pytest.raises(ValueError, match=r"a block has shape \(1, 4\), and the array says \(4, 4\)"):
        nd.to_npy(first, url)
    assert not list(tmp_path.iterdir())


def test_writes_follow_links(tmp_path):
    (tmp_path / "there").mkdir()
    for name in ("x.npy", "x.npz"):
        (tmp_path / name).symlink_to(tmp_path / "there" / name)
    nd.to_npy(da.arange(4, chunks=2), tmp_path / "x.npy")
    nd.to_npz({"x": da.arange(4, chunks=2)}, tmp_path / "x.npz")
    assert {path.name for path in tmp_path.iterdir() if path.is_symlink()} == {"x.npy", "x.npz"}
    assert sorted(path.name for path in (tmp_path / "there").iterdir()) == ["x.npy", "x.npz"]
    np.testing.assert_array_equal(np.load(tmp_path / "there" / "x.npy"), np.arange(4))


def test_writes_are_computed_again(tmp_path):
    for written, path in (
        (nd.to_npy(da.arange(4, chunks=2), tmp_path / "x.npy", compute=False), tmp_path / "x.npy"),
        (nd.to_npz({"x": da.arange(4, chunks=2)}, tmp_path / "x.npz", compute=False, overwrite=False), tmp_path / "x.npz"),
    ):
        for _ in range(2):
            assert written.compute() == str(path)
            assert numio.load(path) is not None
            path.unlink()
        path.touch()
        if path.suffix == ".npz":
            with pytest.raises(FileExistsError):
                written.compute()
            path.unlink()
        written.compute()
        assert path.stat().st_size
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.npy", "x.npz"]


def test_a_worker_that_is_lost_after_the_last_task_loses_no_chunks(tmp_path):
    target, hidden = str(tmp_path / "x.npy"), str(tmp_path / ".x.npy")

    def created():
        return nd._create(hidden, (4,), np.dtype(float), False, target, True)

    def chunk(made, start):
        return nd._write(np.ones(2), made, [{"array-location": [(start, start + 2)]}])

    made = created()
    kept = chunk(made, 0)
    # Its result is lost at once, and the file is there.
    nd._commit(hidden, target, True, [kept, chunk(created(), 2)])
    # The worker is lost with what it had: Dask begins again, and has the first chunk.
    with pytest.raises(OSError, match="x.npy: a worker was lost"):
        nd._commit(hidden, target, True, [kept, chunk(created(), 2)])
    np.testing.assert_array_equal(np.load(target), np.ones(4))
    with pytest.raises(OSError, match="x.npy: a worker was lost"):
        nd._archived(["x"], [hidden], [[kept, chunk(created(), 2)]], target, "stored", True)
    np.testing.assert_array_equal(np.load(target), np.ones(4))
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]


def test_to_npy_of_what_cannot_be_written_raises(tmp_path):
    array = da.ones(10, chunks=5)
    with pytest.raises(ValueError, match="compute_chunk_sizes"):
        nd.to_npy(array[array > 0], tmp_path / "a.npy")
    with pytest.raises(ValueError, match="Python objects"):
        nd.to_npy(array.astype(object), tmp_path / "a.npy")
    with pytest.raises(TypeError, match="a Dask array is written, and this is ndarray"):
        nd.to_npy(np.ones(10), tmp_path / "a.npy")
    with pytest.raises(FileNotFoundError, match=r"none.a\.npy'$"):
        nd.to_npy(array, tmp_path / "none" / "a.npy")
    pytest.importorskip("aiohttp")
    with pytest.raises(ValueError, match="no uploads in parts"):
        nd.to_npy(array, "http://127.0.0.1:1/a.npy")
    with pytest.raises(ValueError, match="give a path"):
        nd.to_npz({"a": array}, "memory://bucket/a.npz")
    with pytest.raises(TypeError, match="names of arrays are text"):
        nd.to_npz({1: array}, tmp_path / "a.npz")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("compression", ["stored", "deflate"])
def test_to_npz_of_arrays_writes_their_archive(tmp_path, compression):
    x, y = np.random.default_rng(4).random((50, 7)), np.arange(5)
    arrays = {"x": da.from_array(x, (20, 3)), "y": y, "z/z": da.zeros((), chunks=())}
    nd.to_npz(arrays, tmp_path / "a", compression=compression)
    with np.load(tmp_path / "a.npz") as found:
        assert found.files == ["x", "y", "z/z"]
        np.testing.assert_array_equal(found["x"], x)
        np.testing.assert_array_equal(found["y"], y)
        assert found["z/z"].shape == ()
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_distributed_workers_read_and_write_the_file(tmp_path, client):
    array = save(tmp_path / "a.npy", np.random.default_rng(8).random((400, 300)))
    save(tmp_path / "b.npy", array + 1)
    lazy = nd.from_npy(tmp_path / "a.npy", (50, 300))
    assert lazy.mean().compute() == pytest.approx(array.mean())
    both = nd.from_npy(tmp_path / "[ab].npy", chunks=100)
    np.testing.assert_array_equal(both.compute(), np.concatenate([array, array + 1]))
    nd.to_npy((lazy + 1).rechunk((120, 77)), tmp_path / "c.npy")
    assert (tmp_path / "c.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()
    nd.to_npz({"x": lazy, "y": both}, tmp_path / "d.npz", compression="deflate")
    np.testing.assert_array_equal(nd.from_npz(tmp_path / "d.npz", "y", "64 KiB").compute(), both)
    with pytest.raises(ZeroDivisionError):
        nd.to_npy(da.ones(100, chunks=10).map_blocks(fails, dtype=float), tmp_path / "e.npy")
    deadline = time.monotonic() + 20
    names = ["a.npy", "b.npy", "c.npy", "d.npz"]
    while sorted(path.name for path in tmp_path.iterdir()) != names and time.monotonic() < deadline:
        time.sleep(0.1)
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_processes_read_and_write_the_file(tmp_path):
    array = save(tmp_path / "a.npy", np.random.default_rng(8).random((400, 300)))
    lazy = nd.from_npy(tmp_path / "a.npy", (50, 300))
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, spawn) as pool, dask.config.set(scheduler="processes", pool=pool):
        assert lazy.mean().compute() == pytest.approx(array.mean())
        nd.to_npy(lazy.rechunk((120, 77)), tmp_path / "b.npy")
        with pytest.raises(ZeroDivisionError):
            nd.to_npy(da.ones(100, chunks=10).map_blocks(fails, dtype=float), tmp_path / "e.npy")
        save(tmp_path / "a.npy", np.ones((100, 11)))
        with pytest.raises(numio.StaleFileError):
            lazy.sum().compute()
    np.testing.assert_array_equal(np.load(tmp_path / "b.npy"), array)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npy", "b.npy"]


def test_a_file_that_changes_is_an_error(tmp_path, client):
    save(tmp_path / "a.npy", np.zeros((100, 10)))
    lazy = nd.from_npy(tmp_path / "a.npy", 50)
    save(tmp_path / "a.npy", np.ones((100, 11)))
    with pytest.raises(numio.StaleFileError):
        lazy.sum().compute()


def test_one_object_of_any_file_system(tmp_path, monkeypatch):
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    for path in system.find("/dask"):
        system.rm(path)
    monkeypatch.setattr(nd, "_PART", 1 << 20)
    monkeypatch.setattr(nd, "_JOINED", 300_000)
    array = np.random.default_rng(3).integers(0, 9, (3_000, 200))
    np.save(tmp_path / "a.npy", array)
    lazy = da.from_array(array, (700, 90))
    for scheduler in ("threads", "sync"):
        nd.to_npy(lazy, "memory://dask/a", scheduler=scheduler)
        assert system.cat("/dask/a.npy") == (tmp_path / "a.npy").read_bytes()
    later = nd.to_npy(lazy + 1, "memory://dask/b.npy", compute=False)
    assert not system.exists("/dask/b.npy")
    later.compute(scheduler="threads")
    nd.to_npy(lazy, f"file://{tmp_path}/f.npy", scheduler="threads")
    assert (tmp_path / "f.npy").read_bytes() == (tmp_path / "a.npy").read_bytes()
    with pytest.raises(ZeroDivisionError):
        nd.to_npy(da.ones(1000, chunks=100).map_blocks(fails, dtype=float), "memory://dask/a.npy", scheduler="threads")
    assert system.cat("/dask/a.npy") == (tmp_path / "a.npy").read_bytes()
    assert sorted(system.find("/dask")) == ["/dask/a.npy", "/dask/b.npy"]
    with pytest.raises(ValueError, match="C order"):
        nd.to_npy(lazy, "memory://dask/c.npy", fortran_order=True)


@pytest.fixture(scope="module")
def s3():
    server = pytest.importorskip("moto.server")
    s3fs = pytest.importorskip("s3fs")
    running = server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    endpoint = "http://{}:{}".format(*running.get_host_and_port())
    options = {"key": "k", "secret": "s", "endpoint_url": endpoint, "client_kwargs": {"region_name": "us-east-1"}}
    options["use_listings_cache"] = False
    system = s3fs.S3FileSystem(**options)
    system.call_s3("create_bucket", Bucket="arrays")
    yield system, options
    running.stop()


def test_upload_in_parts_by_workers_makes_one_object(s3, client, tmp_path, monkeypatch):
    system, options = s3
    monkeypatch.setattr(nd, "_PART", 5 << 20)
    array = np.random.default_rng(3).random((1 << 10, 1 << 10))
    np.save(tmp_path / "a.npy", array)
    # In blocks that no part of the object is.
    lazy = nd.from_npy(tmp_path / "a.npy", (300, 700))
    nd.to_npy(lazy, "s3://arrays/a", storage_options=options)
    assert system.cat("arrays/a.npy") == (tmp_path / "a.npy").read_bytes()
    found = nd.from_npy("s3://arrays/*.npy", "1 MiB", storage_options=options)
    assert found[5:7, -3:].compute().tolist() == array[5:7, -3:].tolist()


def test_upload_in_parts_of_any_size_makes_one_object(s3, tmp_path, monkeypatch):
    system, options = s3
    monkeypatch.setattr(nd, "_PART", 5 << 20)
    array = np.random.default_rng(3).integers(0, 9, (3_000, 1_000))
    np.save(tmp_path / "b.npy", array)
    later = nd.to_npy(da.from_array(array, 700), "s3://arrays/b.npy", storage_options=options, compute=False)
    assert not system.exists("arrays/b.npy")
    assert later.compute() == "s3://arrays/b.npy"
    assert system.cat("arrays/b.npy") == (tmp_path / "b.npy").read_bytes()
    head = system.call_s3("head_object", Bucket="arrays", Key="b.npy", PartNumber=1)
    assert head["PartsCount"] == 5
    for small in (np.float64(2.5), np.zeros((0, 3)), np.arange(3, dtype=">i2")):
        nd.to_npy(da.from_array(np.asarray(small), chunks=-1), "s3://arrays/c.npy", storage_options=options)
        np.save(tmp_path / "c.npy", small)
        assert system.cat("arrays/c.npy") == (tmp_path / "c.npy").read_bytes()
    with pytest.raises(ZeroDivisionError):
        nd.to_npy(da.ones(100, chunks=10).map_blocks(fails, dtype=float), "s3://arrays/d.npy", storage_options=options)
    assert not system.exists("arrays/d.npy")
    assert not system.call_s3("list_multipart_uploads", Bucket="arrays").get("Uploads")
    with pytest.raises(ValueError, match="C order"):
        nd.to_npy(da.ones(3), "s3://arrays/d.npy", fortran_order=True)
