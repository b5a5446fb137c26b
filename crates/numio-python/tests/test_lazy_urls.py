"""URLs of every form: files of this system, chains of file systems, and caches in front of stores."""

import io
import os
import pickle
import zipfile

import numpy as np
import pytest

import numio

fsspec = pytest.importorskip("fsspec")
from test_lazy_remote import ARRAY, bucket, environment, file_of, opened, server  # noqa: E402, F401


@pytest.mark.parametrize("cache", ["simplecache", "filecache", "blockcache"])
def test_caches_in_front_of_s3_never_mix_two_objects(environment, cache, tmp_path):  # noqa: F811
    fs = fsspec.filesystem("s3")
    url, options = f"{cache}::s3://numio/cached.npy", {cache: {"cache_storage": str(tmp_path)}}
    large = np.tile(ARRAY, (4, 1))
    fs.pipe_file("numio/cached.npy", file_of(np.save, large))
    x = numio.open(url, storage_options=options)
    assert np.array_equal(x[::100], large[::100])
    assert np.array_equal(pickle.loads(pickle.dumps(x))[-1], large[-1])
    fs.pipe_file("numio/cached.npy", file_of(np.save, large + 1))
    with pytest.raises(numio.StaleFileError):
        x[7]
    found = np.asarray(numio.open(url, storage_options=options))
    # That of files has no more than the copy, which it never compares.
    assert np.array_equal(found, large + 1) or (cache == "simplecache" and np.array_equal(found, large))


@pytest.mark.parametrize("cache", ["filecache", "blockcache"])
def test_caches_in_front_of_a_web_server_never_mix_two_objects(server, cache, tmp_path):  # noqa: F811
    pytest.importorskip("aiohttp")
    # Blocks of the cache are 5 MiB.
    large = np.tile(ARRAY, (6, 1))
    url, options = f"{cache}::{server.url}/x.npy", {cache: {"cache_storage": str(tmp_path)}}
    server.put("x.npy", file_of(np.save, large))
    x = numio.open(url, storage_options=options)
    assert np.array_equal(x[:3], large[:3]) and np.array_equal(numio.open(url, storage_options=options)[5], large[5])
    server.put("x.npy", file_of(np.save, large + 1))
    with pytest.raises(numio.StaleFileError):
        x[-1]
    # A copy of all of it stays what it is.
    found = np.asarray(numio.open(url, storage_options=options))
    assert np.array_equal(found, large + (1 if cache == "blockcache" else 0))
    # A handle in another process, whose cache has blocks of the first object.
    server.put("x.npy", file_of(np.save, large))
    numio.open(url, storage_options=options)[:3]
    server.put("x.npy", file_of(np.save, large + 1))
    kept = pickle.dumps(numio.open(f"blockcache::{server.url}/x.npy", storage_options={"blockcache": {"cache_storage": str(tmp_path / "a")}}))
    assert np.array_equal(pickle.loads(kept), large + 1)


def test_names_of_files_in_urls_have_no_queries_and_no_fragments(tmp_path):
    for name in ("a#b", "a?b", "a%20b", "a+b", "ü b", "a;b"):
        path = tmp_path / f"{name}.npy"
        for url in {path.as_uri(), f"file://{path}".replace("%", "%25"), path.as_uri().replace("file://", "file://localhost")}:
            numio.save(url, ARRAY[:3])
            assert [file.name for file in tmp_path.iterdir()] == [path.name], url
            assert np.array_equal(numio.load(url), ARRAY[:3]) and np.array_equal(numio.open(url), ARRAY[:3])
            path.unlink()
            for suffix in (".txt", ".txt.gz"):
                numio.savetxt(url + suffix, ARRAY[:3] % 100, fmt="%d")
                assert [file.name for file in tmp_path.iterdir()] == [path.name + suffix], url
                assert np.array_equal(numio.loadtxt(url + suffix), ARRAY[:3] % 100)
                assert np.array_equal(numio.genfromtxt(url + suffix), ARRAY[:3] % 100)
                os.unlink(f"{path}{suffix}")


def test_the_first_link_of_a_chain_of_urls_names_the_object(tmp_path):
    fs = fsspec.filesystem("memory")
    folder = f"chain-{tmp_path.name}"
    numio.save(f"dir://x.npy::memory://{folder}", ARRAY[:3])
    numio.savez(f"dir://z::memory://{folder}", x=ARRAY[:3])
    numio.savetxt(f"dir://t.txt.gz::memory://{folder}", ARRAY[:3] % 100, fmt="%d")
    assert sorted(fs.find(f"/{folder}")) == [f"/{folder}/{name}" for name in ("t.txt.gz", "x.npy", "z.npz")]
    assert np.array_equal(np.load(io.BytesIO(fs.cat_file(f"/{folder}/x.npy"))), ARRAY[:3])
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("t.txt.gz", "x.npy", "z.npz"):
            archive.writestr(name, fs.cat_file(f"/{folder}/{name}"))
    for chain in (f"dir://{{}}::memory://{folder}", f"zip://{{}}::{tmp_path}/a.zip", f"simplecache::zip://{{}}::file://{tmp_path}/a.zip"):
        for read in (numio.open, numio.load):
            assert np.array_equal(read(chain.format("x.npy")), ARRAY[:3])
            assert np.array_equal(read(chain.format("z.npz"))["x"], ARRAY[:3])
        assert np.array_equal(numio.loadtxt(chain.format("t.txt.gz")), ARRAY[:3] % 100)
        dask = pytest.importorskip("numio.dask")
        assert np.array_equal(dask.from_npy(chain.format("*.npy")).compute(scheduler="sync"), ARRAY[:3])
    array = dask.from_npy(f"memory://{folder}/x.npy", chunks=2)
    dask.to_npy(array, f"dir://d::memory://{folder}", scheduler="sync")
    with pytest.raises(ValueError, match="gives no file another name"):
        dask.to_npy(array, f"simplecache::memory://{folder}/s", scheduler="sync")
    assert sorted(fs.find(f"/{folder}")) == [f"/{folder}/{name}" for name in ("d.npy", "t.txt.gz", "x.npy", "z.npz")]
    assert fs.cat_file(f"/{folder}/d.npy") == fs.cat_file(f"/{folder}/x.npy")


def test_an_archive_of_many_members_is_opened_by_two_requests(server, opened):  # noqa: F811
    # Its directory is longer than what is read at first.
    server.put("many.npz", file_of(np.savez, **{f"name-{number:06}": np.array(number) for number in range(3000)}))
    server.count()
    archive = opened("many.npz")
    assert server.count()[0] <= 2
    assert archive["name-001500"][()] == 1500
    assert server.count()[0] <= 2
    assert pickle.loads(pickle.dumps(archive["name-002999"]))[()] == 2999
    # Another file under the name of an archive is what its first bytes say.
    server.put("no.npz", file_of(np.save, ARRAY) + file_of(np.savez, a=ARRAY[:2]))
    assert np.array_equal(opened("no.npz")[5], ARRAY[5])
    with pytest.raises(ValueError, match="stor.* written whole"):
        opened("no.npz")[0] = 1
