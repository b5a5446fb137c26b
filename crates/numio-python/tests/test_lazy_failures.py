"""What stores and web servers refuse, as errors; handles in processes that are forked; new files of programs that change directories."""

import base64
import contextlib
import gc
import gzip
import io
import os
import pickle
import re
import signal
import sys
import threading
import time

import numpy as np
import pytest
from test_lazy_remote import ARRAY, bucket, environment, file_of, opened, server  # noqa: F401

import numio

FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")


@pytest.fixture
def store(bucket):  # noqa: F811
    """The bucket of moto's server, and one that is not there, in obstore."""
    stores = pytest.importorskip("obstore.store")
    named = {"access_key_id": "k", "secret_access_key": "s", "region": "us-east-1", "client_options": {"allow_http": True}}
    return [stores.S3Store(name, endpoint=bucket, **named) for name in ("numio", "nobucket")]


def one_line(raised, name):
    """Whether an error is one line, and says of which object it is."""
    return "\n" not in str(raised.value) and name in str(raised.value)


@pytest.mark.parametrize("size", [10, 20 << 20])
def test_writes_that_a_store_refuses_are_errors_of_files(store, environment, size):  # noqa: F811
    from numio._stores import _Obstore

    array = np.zeros(size, "u1")
    for url, save in (("s3://nobucket/x.npy", numio.save), ("s3://nobucket/x.npz", numio.savez)):
        with pytest.raises(FileNotFoundError) as raised:
            save(url, array)
        assert one_line(raised, url)
    with pytest.raises(FileNotFoundError) as raised:
        numio.savetxt("s3://nobucket/x.txt", array[:10])
    assert one_line(raised, "s3://nobucket/x.txt")
    pieces = _Obstore("x.npy", store[1], "x.npy").pieces()
    with pytest.raises(FileNotFoundError) as raised:
        pieces.write(array)
        pieces.commit()
    pieces.discard()
    assert one_line(raised, "x.npy")


@pytest.mark.parametrize("key", ["a?b.txt.gz", "\U0001f600" * 200 + ".txt.gz", "..", "a#b.txt"])
def test_texts_are_written_and_read_by_any_key(environment, key):  # noqa: F811
    url = f"s3://numio/{key}"
    numio.savetxt(url, ARRAY[:3] % 10)
    assert np.array_equal(numio.loadtxt(url), ARRAY[:3] % 10)
    assert (environment.cat(f"numio/{key}")[:2] == b"\x1f\x8b") == key.endswith(".gz")


def test_a_version_of_an_object_is_read_and_not_written(environment):  # noqa: F811
    fs = environment
    fs.call_s3("create_bucket", Bucket="versions")
    fs.call_s3("put_bucket_versioning", Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    put = [fs.call_s3("put_object", Bucket="versions", Key="x.npy", Body=file_of(np.save, ARRAY + n)) for n in range(2)]
    urls = [f"s3://versions/x.npy?versionId={answer['VersionId']}" for answer in put]
    for number, url in enumerate(urls):
        for name, named in ((url, {"version_aware": True}), (url, None), (url.removeprefix("s3://"), fs)):
            x = numio.open(name, storage_options=named)
            assert np.array_equal(x[2000:2010], ARRAY[2000:2010] + number)
    for save in (numio.save, numio.savez, numio.savetxt):
        with pytest.raises(ValueError, match="a version of an object is not written"):
            save(urls[0], ARRAY[:2])
    assert np.array_equal(numio.load("s3://versions/x.npy"), ARRAY + 1)


def test_what_a_store_refuses_dask_is_an_error_of_files(environment):  # noqa: F811
    array = pytest.importorskip("dask.array")
    import numio.dask as nd

    for call in (lambda url: nd.to_npy(array.ones((4, 5)), url), nd.from_npy, lambda url: nd.from_npy(url.replace("x.", "*."))):
        with pytest.raises(FileNotFoundError) as raised:
            call("s3://nobucket/x.npy")
        assert one_line(raised, "s3://nobucket/")
    with pytest.raises(ValueError, match="a version of an object is not written"):
        nd.to_npy(array.ones((4, 5)), "s3://numio/x.npy?versionId=a")


def test_reads_that_a_store_refuses_are_errors_of_files(store):
    for each in store:
        with pytest.raises(FileNotFoundError) as raised:
            numio.open("none.npy", storage_options=each)
        assert one_line(raised, "none.npy")


def test_saves_to_file_systems_that_raise_what_they_like_are_errors_of_files():
    fsspec = pytest.importorskip("fsspec")
    memory = type(fsspec.filesystem("memory"))
    status = None

    class Answer(Exception):
        """An error with a status, as those of packages for stores have it."""

    class Refusing(memory):
        protocol = "refusing"
        store, pseudo_dirs = {}, [""]

        def _open(self, *args, **kwargs):
            cause = Answer("no")
            cause.status_code = status
            raise RuntimeError("Failed to upload:\nno") from cause

    fsspec.register_implementation("refusing", Refusing, clobber=True)
    for status, kind in ((403, PermissionError), (404, FileNotFoundError), (409, OSError)):  # noqa: B007
        with pytest.raises(kind) as raised:
            numio.save("refusing://a/x.npy", np.arange(3))
        assert str(raised.value) == "refusing://a/x.npy: RuntimeError: Failed to upload: no"


def test_requests_that_a_package_has_made_again_are_not_multiplied(server):  # noqa: F811
    stores = pytest.importorskip("obstore.store")
    server.put("x.npy", file_of(np.save, ARRAY))
    again = {"max_retries": 2, "backoff": {"init_backoff": 0.001, "max_backoff": 0.002, "base": 2}}
    try:
        each = stores.HTTPStore.from_url(server.url, client_options={"allow_http": True}, retry_config=again)
    except (TypeError, ValueError):
        each = stores.HTTPStore.from_url(server.url, client_options={"allow_http": True}, retry_config={"max_retries": 2})
    server.faults = [503] * 1000
    with pytest.raises(OSError, match="503"):
        numio.open("x.npy", storage_options=each)
    assert server.count()[0] == 3


def test_connections_that_botocore_cannot_make_are_not_tried_again():
    exceptions = pytest.importorskip("botocore.exceptions")
    from numio._stores import _Source

    source = _Source("s3://bucket/x.npy")
    for name in ("EndpointConnectionError", "ConnectTimeoutError"):
        assert not source.is_transient(getattr(exceptions, name)(endpoint_url="http://127.0.0.1:1"))
    assert source.is_transient(exceptions.ReadTimeoutError(endpoint_url="http://127.0.0.1:1"))


def test_a_server_that_refuses_all_ranges_has_no_empty_files(server, opened):  # noqa: F811
    for name, data in (("x.npy", file_of(np.save, ARRAY)), ("t.txt", b"1 2\n3 4\n"), ("empty.npy", b"")):
        server.put(name, data)
    server.faults = [416]
    with pytest.raises(OSError, match="does not answer requests for ranges"):
        opened("x.npy")
    with pytest.raises(EOFError):
        opened("empty.npy")
    pytest.importorskip("aiohttp")
    server.faults = [416]
    assert np.array_equal(numio.load(f"{server.url}/x.npy"), ARRAY)
    server.faults = [416]
    assert numio.loadtxt(f"{server.url}/t.txt").tolist() == [[1, 2], [3, 4]]


def test_the_name_of_a_signed_url_is_told_once(server):  # noqa: F811
    pytest.importorskip("aiohttp")
    for call in (numio.open, numio.load, numio.loadtxt):
        with pytest.raises(FileNotFoundError, match="404") as raised:
            call(f"{server.url}/none.npy?signature=secret")
        assert str(raised.value).count("none.npy") == 1 and "secret" not in str(raised.value)
    with pytest.raises(OSError, match=r"^http://127\.0\.0\.1:1/none\.npy: "):
        numio.load("http://127.0.0.1:1/none.npy")


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip"])
def test_texts_whose_compression_a_server_takes_for_one_on_the_way_are_read(server, encoding, tmp_path, monkeypatch):  # noqa: F811
    pytest.importorskip("aiohttp")
    # NumPy leaves a copy in a folder of the server's name.
    monkeypatch.chdir(tmp_path)
    url = f"{server.url}/t.txt.gz"
    # The server of these tests compresses, and says so; others say so of a file that is compressed, with the same bytes.
    server.put("t.txt.gz", b"1 2\n3 4\n")
    server.encoding = encoding
    wanted = np.loadtxt(url).tolist()
    assert wanted == [[1, 2], [3, 4]]
    assert numio.loadtxt(url).tolist() == numio.genfromtxt(url).tolist() == wanted
    if encoding == "gzip":
        server.put("t.txt.gz", gzip.compress(b"1 2\n3 4\n"))
        assert numio.loadtxt(url).tolist() == wanted


def test_saves_to_signed_urls_leave_the_signature(server):  # noqa: F811
    pytest.importorskip("aiohttp")
    for name, save in (("x.npy", numio.save), ("x.npz", numio.savez), ("c.npz", numio.savez_compressed), ("name", numio.save)):
        save(f"{server.url}/{name}?signature=5ec3e7", ARRAY)
        assert server.put_as == f"/{name}?signature=5ec3e7"
    assert np.array_equal(np.load(io.BytesIO(server.files["c.npz"]))["arr_0"], ARRAY)
    assert server.files["name"] == file_of(np.save, ARRAY)
    numio.save(f"{server.url}/plain", ARRAY)
    assert server.put_as == "/plain.npy"


def test_urls_of_web_servers_are_read_by_obstore_alone(server, monkeypatch):  # noqa: F811
    pytest.importorskip("obstore")
    monkeypatch.setitem(sys.modules, "fsspec", None)
    server.put("a%20b/x.npy", file_of(np.save, ARRAY))
    host = server.url.removeprefix("http://")
    for url in (f"{server.url}/a%20b/x.npy", f"{server.url}/a%20b/x.npy?signature=a%2Fb", f"http://me:p%40ss%3Aw@{host}/a%20b/x.npy"):
        for handle in (numio.open(url), pickle.loads(pickle.dumps(numio.open(url)))):
            assert np.array_equal(handle[2000:2003], ARRAY[2000:2003])
        assert np.array_equal(numio.load(url), ARRAY)
        assert server.asked == "/a%20b/x.npy" + ("?signature=a%2Fb" if "?" in url else "")
        assert server.login == ("Basic " + base64.b64encode(b"me:p@ss:w").decode() if "@" in url else None)
    with pytest.raises(PermissionError) as raised:
        server.faults = [401]
        numio.open(f"http://me:5ec3e7@{host}/a%20b/x.npy")
    assert "5ec3e7" not in repr((raised.value, raised.value.__cause__, raised.value.__context__))
    with pytest.raises(ValueError) as raised:
        numio.open("nothing://host/x.npy")
    assert one_line(raised, "nothing://host/x.npy")


def in_fork(work):
    """What `work` gives or raises in a fork of this process, in words; it has ten seconds."""
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        try:
            said = repr(work())
        except BaseException as raised:
            said = repr(raised)
        os.write(there, said.encode()[:1000])
        os._exit(0)
    os.close(there)
    with os.fdopen(here, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said


@FORKS
def test_handles_of_urls_are_read_in_forks(server, environment):  # noqa: F811
    pytest.importorskip("aiohttp")
    server.put("x.npy", file_of(np.save, ARRAY))
    numio.savez("s3://numio/fork.npz", x=ARRAY)
    archive = numio.open("s3://numio/fork.npz")
    handles = [numio.open(f"{server.url}/x.npy"), archive["x"]]
    handles.append(numio.open("numio/fork.npz", storage_options=environment)["x"])
    rows = [1, 2000]
    for handle in handles:
        # Connections are there by now.
        assert np.array_equal(handle[rows], ARRAY[rows])
    wanted = ARRAY[rows].sum()
    for handle in handles:
        assert in_fork(lambda handle=handle: int(handle[rows].sum())) == str(wanted)
    assert in_fork(lambda: int(archive["x"][rows].sum())) == str(wanted)
    assert all(np.array_equal(handle[rows], ARRAY[rows]) for handle in handles)
    server.put("x.npy", file_of(np.save, ARRAY + 1))
    assert re.match("StaleFileError", in_fork(lambda: handles[0][0]))


@FORKS
def test_obstore_in_a_fork_is_an_error_and_does_not_wait(store):
    store[0].put("fork.npy", file_of(np.save, ARRAY))
    handle = numio.open("fork.npy", storage_options=store[0])
    assert np.array_equal(handle[3], ARRAY[3])
    assert re.match("OSError.*'spawn' or 'forkserver'", in_fork(lambda: handle[4]))
    assert np.array_equal(handle[4], ARRAY[4])


class Pieces:
    """A source that passes many bytes on in pieces of its own making: `(index, offset, data)`."""

    def __init__(self, data, make):
        self.data, self.make = data, make

    def read_ranges(self, starts, lengths):
        return [self.data[start : start + length] for start, length in zip(starts, lengths, strict=True)]

    def begin_ranges(self, starts, lengths, pieces):
        self.pieces = pieces

        def add():
            with contextlib.suppress(ValueError):
                for piece in self.make(starts, lengths):
                    pieces.add(*piece)
            pieces.close()

        thread = threading.Thread(target=add)
        thread.start()
        return thread

    def end_ranges(self, thread):
        thread.join()


def read_by_pieces(data, make):
    source = Pieces(data, make)
    x = numio._numio.lazy_open_source(source, "x.npy", len(data), None, None, [], max_request=1 << 20)
    return x.read(), source


def test_pieces_of_ranges_are_all_there_or_an_error():
    data = file_of(np.save, ARRAY)

    def pieces(starts, lengths, size=70_000):
        for index, (start, length) in enumerate(zip(starts, lengths, strict=True)):
            for offset in range(0, length, size):
                yield index, offset, data[start + offset : start + min(offset + size, length)]

    def again(starts, lengths):
        whole = list(pieces(starts, lengths))
        # An answer that breaks off, and the next one; and ranges that take turns.
        yield 0, 0, bytes(5000)
        yield from sorted(whole, key=lambda piece: piece[1])

    for make in (pieces, again):
        found, source = read_by_pieces(data, make)
        assert np.array_equal(found, ARRAY)
        with pytest.raises(ValueError, match="not read any more"):
            source.pieces.add(0, 0, b"late")
    for wrong, text in [
        (lambda *each: list(pieces(*each))[:-1], "was answered with"),
        (lambda *each: list(pieces(*each))[1:], "does not go on"),
        (lambda *each: [*pieces(*each), (99, 0, b"")], "fewer ranges"),
        (lambda *each: [*pieces(*each), (0, 0, bytes(1 << 21))], "does not go on"),
        (lambda *_: [], "was answered with 0"),
    ]:
        with pytest.raises((OSError, ValueError), match=text):
            read_by_pieces(data, wrong)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no such signals here")
def test_a_signal_is_handled_while_pieces_come():
    class Stop(Exception):
        pass

    def stop(*_):
        raise Stop

    def trickle(*_):
        for _ in range(4000):
            time.sleep(0.005)
            yield 0, 0, b"from the first again"

    before = signal.signal(signal.SIGALRM, stop)
    try:
        start = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(Stop):
            read_by_pieces(file_of(np.save, ARRAY), trickle)
        assert time.monotonic() - start < 10
    finally:
        signal.signal(signal.SIGALRM, before)


@FORKS
@pytest.mark.parametrize("way", ["collected", "closed", "discarded", "raised"])
def test_a_new_file_is_that_of_the_process_that_made_it(tmp_path, way):
    def child():
        made = [x]
        made[0][:2] = 1
        if way == "closed":
            made[0].close()
        elif way == "discarded":
            made[0].discard()
        elif way == "raised":
            with contextlib.suppress(ZeroDivisionError), made[0]:
                1 / 0  # noqa: B018
        made.clear()

    x = numio.create(tmp_path / "x.npy", 4, "i4")
    process = os.fork()
    if not process:
        try:
            child()
            # And those of the library, as at the end of a program.
            del x
            gc.collect()
        finally:
            os._exit(0)
    os.waitpid(process, 0)
    assert not (tmp_path / "x.npy").exists()
    x[2:] = 2
    x.close()
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), [1, 1, 2, 2])
    assert os.listdir(tmp_path) == ["x.npy"]


def test_new_files_are_where_their_names_led_when_they_were_made(tmp_path, monkeypatch):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    for ends in ("close", "discard"):
        monkeypatch.chdir(here)
        array, archive = numio.create("x.npy", 3, overwrite=True), numio.NpzWriter("z.npz")
        array[:] = 1
        archive.write("a", np.arange(3))
        monkeypatch.chdir(there)
        getattr(array, ends)()
        archive.close()
        assert os.listdir(there) == [] and sorted(os.listdir(here)) == ["x.npy", "z.npz"]
    np.testing.assert_array_equal(np.load(here / "x.npy"), np.ones(3))
    with pytest.raises(FileNotFoundError):
        numio.create("", 3)
