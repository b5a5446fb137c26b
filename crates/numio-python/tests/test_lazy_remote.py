"""Lazy arrays in object stores and on web servers, which run here on loopback and fail on purpose."""

import contextlib
import gzip
import http.server
import io
import pickle
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import numpy as np
import pytest

import numio

fsspec = pytest.importorskip("fsspec")


class Server(http.server.ThreadingHTTPServer):
    """Files in memory, over HTTP; and what was asked for."""

    daemon_threads = True

    def __init__(self):
        self.files, self.etags, self.requests, self.sent = {}, {}, [], 0
        self.with_ranges, self.faults, self.lock = True, [], threading.Lock()
        # The answer to requests for the last bytes, and how all of a file is encoded.
        self.no_suffix, self.encoding = None, None
        # What follows each answer, for ever.
        self.tail = b""
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def put(self, name, data):
        self.files[name], self.etags[name] = data, f'"{time.monotonic_ns()}"'

    def count(self):
        """Requests and bytes since the last call."""
        with self.lock:
            found = len(self.requests), self.sent
            self.requests, self.sent = [], 0
        return found

    def handle_error(self, *_):
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body=b"", length=None):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        # Before the client has the answer, and asks for the count.
        with self.server.lock:
            self.server.sent += len(body)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def pour(self, status, headers, body):
        """An answer without a length, and without an end where there is a tail."""
        self.send_response(status)
        for name, value in {**headers, "Transfer-Encoding": "chunked"}.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            part = body
            while part:
                self.wfile.write(b"%x\r\n" % len(part) + part + b"\r\n")
                part = self.server.tail
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def do_HEAD(self):
        self.do_GET()

    def do_PUT(self):
        name = self.path.partition("?")[0].lstrip("/")
        data, self.server.put_as = self.rfile.read(int(self.headers["Content-Length"])), self.path
        if name.startswith("closed"):
            return self.answer(403, {})
        self.server.put(name, data)
        return self.answer(201, {})

    def do_GET(self):
        server, name = self.server, self.path.partition("?")[0].lstrip("/")
        server.login, server.asked = self.headers.get("Authorization"), self.path
        if tenant := self.headers.get("X-Tenant"):
            name = f"{tenant}/{name}"
        with server.lock:
            server.requests.append((self.command, name, self.headers.get("Range")))
            fault = server.faults.pop(0) if server.faults else None
        if name not in server.files:
            return self.answer(404, {})
        data, etag = server.files[name], server.etags[name]
        headers = {"ETag": etag}
        if isinstance(fault, int):
            return self.answer(fault, {}, b"<Code>SlowDown</Code>" if fault in (403, 500, 503) else b"")
        wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", "")) if server.with_ranges else None
        if server.encoding is not None:
            data, headers["Content-Encoding"] = gzip.compress(data), server.encoding
        if wanted and not wanted[1] and server.no_suffix is not None:
            if server.no_suffix != 200:
                return self.answer(server.no_suffix, headers)
            wanted = None
        if not wanted:
            return self.pour(200, headers, data) if fault == "untold" else self.answer(200, headers, data)
        first, last = wanted.groups()
        start, stop = (int(first), min(int(last or len(data)) + 1, len(data))) if first else (max(len(data) - int(last), 0), len(data))
        if start >= len(data):
            return self.answer(416, headers)
        body = data[start:stop]
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
        if fault == "untold":
            return self.pour(206, headers, body)
        if fault == "cut":
            self.answer(206, headers, body[: len(body) // 2], len(body))
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return None
        if fault == "short":
            return self.answer(206, headers, body[: len(body) // 2])
        if fault == "etag":
            headers["ETag"] = '"another"'
        if fault == "moved":
            body = data[start - 8 : stop - 8]
            headers["Content-Range"] = f"bytes {start - 8}-{stop - 9}/{len(data)}"
        if fault == "large":
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{2**62}"
        return self.answer(206, headers, body)


@pytest.fixture
def server():
    server = Server()
    yield server
    server.shutdown()
    server.server_close()


def file_of(save, *args, **named):
    save(buffer := io.BytesIO(), *args, **named)
    return buffer.getvalue()


def stores(kinds):
    """Runs a test with each of the packages that read from a web server."""
    found = []
    for name, module in (("fsspec", "aiohttp"), ("obstore", "obstore")):
        has = True
        try:
            __import__(module)
        except ImportError:
            has = False
        if name in kinds:
            found.append(pytest.param(name, marks=() if has else pytest.mark.skip(f"without {module}")))
    return found


@pytest.fixture(params=stores(("fsspec", "obstore")))
def opened(request, server):
    """`numio.open` of a name on the server."""

    def open_(name, **options):
        if request.param == "fsspec":
            return numio.open(f"{server.url}/{name}", **options)
        from obstore.store import HTTPStore

        retry = {"max_retries": 0}
        store = HTTPStore.from_url(server.url, client_options={"allow_http": True}, retry_config=retry)
        return numio.open(name, storage_options=store, **options)

    return open_


ARRAY = np.random.default_rng(0).integers(0, 1 << 60, (3000, 128))


def test_indexes_of_remote_arrays_take_few_requests(server, opened):
    server.put("x.npy", file_of(np.save, ARRAY))
    server.put("z.npz", file_of(numio.savez, a=ARRAY[:2], x=ARRAY))
    server.put("c.npz", file_of(numio.savez_compressed, a=ARRAY[:2], x=ARRAY % 7))
    x = opened("x.npy")
    requests, sent = server.count()
    assert requests == 1 and sent <= 96 << 10
    rows = np.arange(1500, 1600)
    for index in (np.s_[1500:1600], rows, np.s_[1500:1600:3], np.s_[1600:1500:-1, 5]):
        assert np.array_equal(x[index], ARRAY[index])
        requests, sent = server.count()
        assert requests == 1 and sent <= 110 * 1024, index
    for name, wanted in (("z.npz", ARRAY), ("c.npz", ARRAY % 7)):
        server.count()
        archive = opened(name)
        assert server.count()[0] <= 2
        x = archive["x"]
        assert server.count()[0] <= 1
        assert np.array_equal(x[1500:1600], wanted[1500:1600])
        requests, sent = server.count()
        assert requests == 1 and sent < 600_000
        assert np.array_equal(x, wanted)
    assert np.array_equal(opened("x.npy", max_request=100_000)[...], ARRAY)


@pytest.mark.parametrize("fault", [500, 503, "cut", "short"])
def test_faults_that_pass_are_tried_again(server, opened, fault, monkeypatch):
    monkeypatch.setattr("numio._stores._PAUSE", 0.001)
    server.put("x.npy", file_of(np.save, ARRAY))
    server.faults = [fault]
    x = opened("x.npy", max_request=1 << 18)
    server.faults = [fault] * 3
    assert np.array_equal(x[...], ARRAY)
    server.faults = [fault]
    assert np.array_equal(x[100:200, ::7], ARRAY[100:200, ::7])
    assert server.faults == []


@pytest.mark.parametrize("fault", [500, 503, "cut", "short", "etag", "moved"])
def test_faults_that_stay_are_errors(server, opened, fault, monkeypatch):
    monkeypatch.setattr("numio._stores._PAUSE", 0.001)
    server.put("x.npy", file_of(np.save, ARRAY))
    x = opened("x.npy")
    server.faults = [fault] * 1000
    with pytest.raises(numio.StaleFileError if fault == "etag" else OSError):
        x[100:2000]
    assert len(server.faults) > 900


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 418, 501])
def test_answers_that_will_not_change_are_asked_for_once(server, opened, status):
    server.put("x.npy", file_of(np.save, ARRAY))
    server.faults = [status] * 100
    kind = PermissionError if status in (401, 403) else FileNotFoundError if status == 404 else OSError
    with pytest.raises(kind, match=str(status)):
        opened("x.npy")
    assert server.count()[0] == 1


def test_errors_of_web_servers_are_those_of_files(server, monkeypatch):
    pytest.importorskip("aiohttp")
    monkeypatch.setattr("numio._stores._PAUSE", 0.001)
    server.put("x.npy", file_of(np.save, ARRAY))
    server.put("z.npz", file_of(np.savez, x=ARRAY))
    server.put("t.txt", b"1 2\n")
    for fault in ("cut", 405, 418, 503):
        for call in (numio.open, numio.load, numio.loadtxt, numio.genfromtxt):
            for name in ("x.npy", "z.npz", "t.txt"):
                server.faults = [fault] * 100
                with pytest.raises(OSError, match="t.txt|x.npy|z.npz"):
                    call(f"{server.url}/{name}")
    server.faults = []
    with pytest.raises(PermissionError, match=r"closed\.npy: the server answers 403 Forbidden"):
        numio.save(f"{server.url}/closed.npy", ARRAY)


def test_sizes_that_a_server_claims_are_not_believed(server, monkeypatch):
    pytest.importorskip("aiohttp")
    monkeypatch.setattr("numio._stores._PAUSE", 0.001)
    server.put("z.npz", file_of(np.savez, x=ARRAY))
    server.put("p.pkl", pickle.dumps(list(range(100_000))))
    for name in ("z.npz", "p.pkl"):
        for call in (numio.open, numio.load):
            server.faults = ["large"] * 1000
            with pytest.raises((OSError, ValueError)):
                call(f"{server.url}/{name}")


def test_texts_at_urls_are_named_in_errors_and_warnings(server, tmp_path):
    pytest.importorskip("aiohttp")
    url = f"{server.url}/t.txt"
    for call in (numio.loadtxt, numio.genfromtxt):
        for text, named in [
            (b"1 2\n3 x\n", {}), (b"1 2\n3\n", {}), (b"1\n\xff\n", {"encoding": "utf-8"}), (b"a b\n", {"dtype": "M8[D]"}),
            (b"1\n", {"converters": {0: lambda _: 1 / 0}}),
        ]:  # fmt: skip
            server.put("t.txt", text)
            try:
                call(url + "?signature=secret", **named)
            except Exception as raised:
                assert "numio-" not in str(raised) and "secret" not in str(raised)
                if not named.get("converters") and call is numio.loadtxt:
                    assert url in str(raised)
        for name in ("t.txt.gz", "t.txt.bz2", "t.txt.xz"):
            server.put(name, b"<html>no such file</html>")
            with pytest.raises(Exception) as raised:
                call(f"{server.url}/{name}")
            (tmp_path / name).write_bytes(server.files[name])
            with pytest.raises(type(raised.value)) as wanted:
                call(tmp_path / name)
            assert str(raised.value) == str(wanted.value).replace(str(tmp_path), server.url)
        server.put("t.txt", b"")
        with pytest.warns(UserWarning, match=re.escape(url)) as heard:
            call(url + "?signature=secret")
        assert "secret" not in str(heard[0].message) and heard[0].filename == __file__
        with pytest.warns(UserWarning, match="data|Empty") as heard:
            call(iter(()))
        assert heard[0].filename == __file__


def test_a_file_that_is_replaced_between_two_reads_is_stale(server, opened):
    server.put("x.npy", file_of(np.save, ARRAY))
    x = opened("x.npy")
    x[2000]
    server.put("x.npy", file_of(np.save, ARRAY + 1))
    with pytest.raises(numio.StaleFileError, match="has changed since it was opened"):
        x[2000]


def test_handles_open_again_by_url(server):
    pytest.importorskip("aiohttp")
    server.put("x.npy", file_of(np.save, ARRAY))
    server.put("z.npz", file_of(numio.savez, x=ARRAY))
    for x in (numio.open(f"{server.url}/x.npy"), numio.open(f"{server.url}/z.npz")["x"]):
        handle = pickle.dumps(x)
        assert len(handle) < 600
        other = pickle.loads(handle)
        assert other == x and np.array_equal(other[7], ARRAY[7])
    server.put("x.npy", file_of(np.save, ARRAY + 1))
    server.put("z.npz", file_of(numio.savez, x=ARRAY + 1))
    with pytest.raises(numio.StaleFileError):
        pickle.loads(handle)[2000]


def test_handles_of_one_name_that_names_two_objects_are_two(server):
    """The answers have one size, and one entity tag or none: nothing but the options tells them apart."""
    pytest.importorskip("aiohttp")
    tokenize = pytest.importorskip("dask.base").tokenize
    for name, save in (("x.npy", np.save), ("z.npz", np.savez)):
        for tenant in "12":
            server.put(f"{tenant}/{name}", file_of(save, np.full(9, int(tenant))))
            server.etags[f"{tenant}/{name}"] = '"1"'
        tenants = [{"headers": {"X-Tenant": tenant}} for tenant in "112"]
        arrays = [numio.open(f"{server.url}/{name}", storage_options=options) for options in tenants]
        if name == "z.npz":
            assert arrays[0] == arrays[1] != arrays[2]
            arrays = [archive["arr_0"] for archive in arrays]
        for first, same, other in (arrays, [pickle.loads(pickle.dumps(x)) for x in arrays]):
            assert (first[0], same[0], other[0]) == (1, 1, 2)
            assert arrays[0] == first == same != other and hash(first) == hash(same)
            assert tokenize(arrays[0]) == tokenize(first) == tokenize(same) != tokenize(other)


def test_handles_are_told_apart_by_stores_of_obstore(server):
    store = pytest.importorskip("obstore.store")
    obstore = pytest.importorskip("obstore")
    tokenize = pytest.importorskip("dask.base").tokenize
    stores, arrays = [store.MemoryStore() for _ in range(2)], []
    for number, one in enumerate(stores):
        obstore.put(one, "x.npy", file_of(np.save, np.full(9, number)))
        arrays += [numio.open("x.npy", storage_options=one) for _ in range(2)]
    assert [x[0] for x in arrays] == [0, 0, 1, 1]
    assert arrays[0] == arrays[1] != arrays[2] and tokenize(arrays[0]) == tokenize(arrays[1]) != tokenize(arrays[2])
    server.put("x.npy", file_of(np.save, np.arange(3)))
    web = store.HTTPStore.from_url(server.url, client_options={"allow_http": True})
    x = numio.open("x.npy", storage_options=web)
    copy = pickle.loads(pickle.dumps(x))
    assert copy == x and tokenize(copy) == tokenize(x)


def test_a_server_without_ranges_is_told_of_and_read_whole(server):
    pytest.importorskip("aiohttp")
    server.with_ranges = False
    server.put("x.npy", file_of(np.save, ARRAY))
    server.put("z.npz", file_of(np.savez, x=ARRAY))
    url = server.url
    with pytest.raises(OSError, match="does not answer requests for ranges"):
        numio.open(f"{url}/x.npy")
    assert np.array_equal(numio.load(f"{url}/x.npy"), ARRAY)
    assert np.array_equal(numio.load(f"{url}/z.npz")["x"], ARRAY)
    with pytest.raises(FileNotFoundError):
        numio.open(f"{url}/none.npy")


MEASURE = """
import resource, sys
import aiohttp, fsspec, numpy, numio
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = peak()
found = numio.load(sys.argv[1])
array = found["x"] if hasattr(found, "files") else found
assert array.all()
print((peak() - before) / array.nbytes)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss")
@pytest.mark.parametrize("name, most", [("x.npy", 1.5), ("z.npz", 2.5)])
def test_files_of_a_server_without_ranges_are_in_memory_once(server, name, most):
    pytest.importorskip("aiohttp")
    server.with_ranges = False
    array = np.ones(6 << 20)
    server.put("x.npy", file_of(np.save, array))
    server.put("z.npz", file_of(np.savez, x=array))
    done = subprocess.run([sys.executable, "-c", MEASURE, f"{server.url}/{name}"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < most


def test_answers_of_no_told_length_are_read_up_to_a_bound(server, monkeypatch):
    pytest.importorskip("aiohttp")
    monkeypatch.setattr("numio._stores._PAUSE", 0.001)
    monkeypatch.setattr("numio._stores._UNTOLD", 4 << 20)
    server.with_ranges = False
    server.put("x.npy", file_of(np.save, ARRAY))
    server.put("z.npz", file_of(np.savez, x=ARRAY))
    server.put("p.pkl", pickle.dumps([1, "x"]))
    server.put("t.txt", b"1 2\n3 4\n")

    def call(name):
        server.faults = ["untold"] * 10
        url = f"{server.url}/{name}"
        return numio.loadtxt(url) if name == "t.txt" else numio.load(url)

    assert np.array_equal(call("x.npy"), ARRAY)
    assert np.array_equal(call("z.npz")["x"], ARRAY)
    assert call("p.pkl") == [1, "x"]
    assert call("t.txt").tolist() == [[1, 2], [3, 4]]
    server.tail = b"5 6\n" * 50_000
    # The header says where the array ends.
    assert np.array_equal(call("x.npy"), ARRAY)
    for name in ("z.npz", "t.txt"):
        with pytest.raises(OSError, match=rf"{name}: the server says no length, and the answer has more than 4194304 bytes"):
            call(name)
    server.with_ranges = True
    for name in ("x.npy", "z.npz", "t.txt"):
        with pytest.raises(OSError, match="was answered with more than"):
            call(name)


def test_errors_of_what_a_server_without_ranges_sends_are_those_of_files(server, monkeypatch):
    pytest.importorskip("aiohttp")
    monkeypatch.setattr("numio._stores._PAUSE", 0.001)
    server.with_ranges = False
    # Messages with words of passing errors of servers.
    for name, data in [("x.npy", np.lib.format.magic(1, 0) + b"500 reset"), ("p.pkl", b"500 reset"), ("e.pkl", b"")]:
        server.put(name, data)
        kind = type(raised_by(numio.load, io.BytesIO(data)))
        for server.with_ranges in (False, True):
            with pytest.raises(kind, match=f"^{server.url}/{name}: "):
                numio.load(f"{server.url}/{name}")
            assert server.count()[0] <= 3


def raised_by(call, *arguments):
    with pytest.raises(Exception) as raised:
        call(*arguments)
    return raised.value


def test_load_of_urls_reads_every_format(server):
    pytest.importorskip("aiohttp")
    objects = np.array([1, "x", None], object)
    server.put("x.npy", file_of(np.save, ARRAY))
    server.put("o.npy", file_of(np.save, objects))
    server.put("z.npz", file_of(np.savez, x=ARRAY))
    server.put("t.txt", b"1 2\n3 4\n")
    assert np.array_equal(numio.load(f"{server.url}/x.npy"), ARRAY)
    assert np.array_equal(numio.load(f"{server.url}/o.npy", allow_pickle=True), objects)
    assert np.array_equal(numio.load(f"{server.url}/z.npz")["x"], ARRAY)
    for call in (numio.loadtxt, numio.genfromtxt):
        assert call(f"{server.url}/t.txt").tolist() == [[1, 2], [3, 4]]
    with pytest.raises(ValueError, match="not mapped"):
        numio.load(f"{server.url}/x.npy", mmap_mode="r")


def test_open_on_any_file_system_of_fsspec_reads(tmp_path):
    fs = fsspec.filesystem("memory")
    for path in fs.find("/numio"):
        fs.rm(path)
    numio.save("memory://numio/x.npy", ARRAY)
    numio.savez("memory://numio/z.npz", x=ARRAY)
    numio.savetxt("memory://numio/t.txt.gz", ARRAY[:4] % 100, fmt="%d")
    assert sorted(fs.find("/numio")) == ["/numio/t.txt.gz", "/numio/x.npy", "/numio/z.npz"]
    assert fs.cat_file("/numio/t.txt.gz")[:2] == b"\x1f\x8b"
    x = numio.open("memory://numio/x.npy")
    assert np.array_equal(x[::100, ::-5], ARRAY[::100, ::-5])
    assert np.array_equal(numio.open("memory://numio/z.npz")["x"][5], ARRAY[5])
    assert np.array_equal(numio.open("/numio/x.npy", storage_options=fs)[5], ARRAY[5])
    assert np.array_equal(numio.load("memory://numio/x.npy"), ARRAY)
    assert np.array_equal(numio.loadtxt("memory://numio/t.txt.gz"), ARRAY[:4] % 100)
    numio.save("memory://numio/x.npy", ARRAY[:5])
    with pytest.raises(numio.StaleFileError):
        x[7]
    numio.save(tmp_path / "l.npy", ARRAY)
    assert np.array_equal(numio.open(f"file://{tmp_path}/l.npy")[5], ARRAY[5])
    with pytest.raises(ValueError, match="written whole"):
        numio.open("memory://numio/x.npy", "r+")


@pytest.mark.parametrize("status", [200, 400, 416, 501])
def test_archives_of_servers_that_do_not_know_the_last_bytes_are_read(server, opened, status):
    server.put("z.npz", file_of(np.savez, x=ARRAY, y=ARRAY + 1))
    server.put("small.npz", file_of(np.savez, x=ARRAY[0]))
    server.put("e.npz", b"")
    server.no_suffix = status
    assert np.array_equal(opened("z.npz")["y"][1000:1003], ARRAY[1000:1003] + 1)
    assert np.array_equal(opened("small.npz")["x"], ARRAY[0])
    with pytest.raises(EOFError):
        opened("e.npz")


def test_files_that_are_compressed_on_the_way_are_read_whole(server):
    pytest.importorskip("aiohttp")
    server.put("x.npy", file_of(np.save, ARRAY))
    server.put("z.npz", file_of(np.savez, x=ARRAY % 9))
    server.encoding = "gzip"
    for name in ("x.npy", "z.npz"):
        with pytest.raises(OSError, match="does not answer requests for ranges"):
            numio.open(f"{server.url}/{name}")
    assert np.array_equal(numio.load(f"{server.url}/x.npy"), ARRAY)
    assert np.array_equal(numio.load(f"{server.url}/z.npz")["x"], ARRAY % 9)


@pytest.mark.parametrize("cache", ["simplecache", "filecache", "blockcache"])
def test_open_through_a_cache_of_fsspec_reads(server, cache, tmp_path):
    pytest.importorskip("aiohttp")
    server.put("x.npy", file_of(np.save, ARRAY))
    url, options = f"{cache}::{server.url}/x.npy", {cache: {"cache_storage": str(tmp_path)}}
    x = numio.open(url, storage_options=options)
    assert np.array_equal(x[::100], ARRAY[::100])
    assert np.array_equal(pickle.loads(pickle.dumps(x))[-1], ARRAY[-1])
    with pytest.raises(FileNotFoundError):
        numio.open(f"{cache}::{server.url}/none.npy", storage_options=options)


@pytest.fixture(scope="module")
def bucket():
    """A bucket of moto's server, and the options by which it is reached."""
    moto = pytest.importorskip("moto.server")
    server = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    request = urllib.request.Request(f"{endpoint}/numio", method="PUT")
    urllib.request.urlopen(request, timeout=10).close()
    yield endpoint
    server.stop()


@pytest.mark.parametrize("package", ["s3fs", "obstore"])
def test_open_on_s3_reads_and_writes(bucket, package):
    pytest.importorskip(package)
    if package == "s3fs":
        options = {"key": "k", "secret": "s", "endpoint_url": bucket, "client_kwargs": {"region_name": "us-east-1"}}
        fs = fsspec.filesystem("s3", **options)
        fs.pipe_file("numio/x.npy", file_of(np.save, ARRAY))
        fs.pipe_file("numio/z.npz", file_of(numio.savez_compressed, x=ARRAY % 9))
        place, named = "s3://numio/", {"storage_options": options}
    else:
        from obstore.store import S3Store

        store = S3Store(
            "numio", endpoint=bucket, access_key_id="k", secret_access_key="s", region="us-east-1",
            client_options={"allow_http": True},
        )  # fmt: skip
        store.put("x.npy", file_of(np.save, ARRAY))
        store.put("z.npz", file_of(numio.savez_compressed, x=ARRAY % 9))
        place, named = "", {"storage_options": store}
    x, z = numio.open(f"{place}x.npy", **named), numio.open(f"{place}z.npz", **named)["x"]
    for index in (np.s_[1000:1100], np.s_[::500, 3], np.array([5, 2999, 5]), np.s_[-1, -1]):
        assert np.array_equal(x[index], ARRAY[index])
        assert np.array_equal(z[index], ARRAY[index] % 9)
    assert np.array_equal(np.asarray(x), ARRAY)
    if package == "s3fs":
        assert np.array_equal(pickle.loads(pickle.dumps(x))[7], ARRAY[7])
        fs.pipe_file("numio/x.npy", file_of(np.save, ARRAY + 1))
    else:
        store.put("x.npy", file_of(np.save, ARRAY + 1))
    with pytest.raises(numio.StaleFileError):
        x[2000]
    with pytest.raises(FileNotFoundError):
        numio.open(f"{place}none.npy", **named)


@pytest.fixture
def environment(bucket, monkeypatch):
    """What `s3://` URLs need to know, in the environment."""
    pytest.importorskip("s3fs")
    for name, value in {
        "AWS_ENDPOINT_URL": bucket, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": "us-east-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    fs = fsspec.filesystem("s3", use_listings_cache=False)
    fs.clear_instance_cache()
    yield fs
    fs.clear_instance_cache()


def test_open_of_an_s3_url_alone_reads(environment):
    numio.save("s3://numio/saved", ARRAY)
    assert np.array_equal(numio.load("s3://numio/saved.npy"), ARRAY)
    numio.savetxt("s3://numio/t.txt", ARRAY[:3] % 10)
    assert np.array_equal(numio.loadtxt("s3://numio/t.txt"), ARRAY[:3] % 10)
    with contextlib.suppress(Exception):
        numio.save("s3://numio/not", [object()], allow_pickle=False)
    assert not environment.exists("numio/not.npy")
    for url in ("s3://numio/none.npy", "s3://nobucket/x.npz"):
        for call in (numio.open, numio.load):
            with pytest.raises(FileNotFoundError, match=f"^{url}: The specified"):
                call(url)


def uploads(fs):
    return fs.call_s3("list_multipart_uploads", Bucket="numio").get("Uploads")


def test_saves_to_s3_go_in_parts(environment, monkeypatch):
    fs = environment
    monkeypatch.setattr("numio._uploads.PIECE", 5 << 20)
    array = np.random.default_rng(2).integers(0, 255, (23, 1 << 20), np.uint8)
    numio.save("s3://numio/parts.npy", array)
    assert fs.call_s3("head_object", Bucket="numio", Key="parts.npy", PartNumber=1)["PartsCount"] == 5
    assert fs.cat("numio/parts.npy") == file_of(np.save, array)
    numio.savez("s3://numio/parts.npz", a=array, b=array[:1])
    numio.savez_compressed("s3://numio/c", a=array)
    assert np.array_equal(numio.load("s3://numio/parts.npz")["a"], array)
    assert np.array_equal(numio.load("s3://numio/c.npz")["a"], array)
    assert not uploads(fs)


@pytest.mark.parametrize("fails_at", ["upload_part", "complete_multipart_upload"])
def test_saves_to_s3_that_fail_leave_nothing(environment, monkeypatch, fails_at):
    fs = environment
    monkeypatch.setattr("numio._uploads.PIECE", 5 << 20)
    call = type(fs)._call_s3

    async def failing(self, method, *args, **kwargs):
        if method == fails_at and kwargs.get("PartNumber") in (None, 2):
            raise PermissionError("not this one")
        return await call(self, method, *args, **kwargs)

    monkeypatch.setattr(type(fs), "_call_s3", failing)
    with pytest.raises(PermissionError, match="not this one"):
        numio.save("s3://numio/failed.npy", np.zeros((23, 1 << 20), np.uint8))
    assert not uploads(fs) and not fs.exists("numio/failed.npy")


def test_saves_take_little_memory(environment, bucket):
    code = """
import resource, sys
import numpy as np
import numio
x = np.zeros((200, 1 << 20), np.uint8)  # no memory of its own
numio.save("s3://numio/warm.npy", x[:1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
numio.save("s3://numio/large.npy", x)
numio.savez("s3://numio/large.npz", x=x)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    # Four parts of 8 MiB on their way, one that is gathered, and the client's copies.
    assert int(ended.stdout) < 130
    assert environment.info("numio/large.npy")["size"] == (200 << 20) + 128


def test_pieces_of_obstore(bucket):
    obstore = pytest.importorskip("obstore")
    from obstore.store import S3Store

    from numio._stores import _Obstore

    store = S3Store(
        "numio", endpoint=bucket, access_key_id="k", secret_access_key="s", region="us-east-1",
        client_options={"allow_http": True},
    )  # fmt: skip
    data = np.random.default_rng(4).bytes(21 << 20)
    for length in (0, 100, 8 << 20, len(data)):
        pieces = _Obstore("o.bin", store, "o.bin").pieces()
        for start in range(0, length, 3 << 20):
            pieces.write(data[start : min(start + (3 << 20), length)])
        pieces.commit()
        assert bytes(obstore.get(store, "o.bin").bytes()) == data[:length]
    pieces = _Obstore("o.bin", store, "other.bin").pieces()
    pieces.write(data)
    pieces.discard()
    with pytest.raises(FileNotFoundError):
        obstore.head(store, "other.bin")


def test_saves_to_other_file_systems_leave_nothing_that_is_not_whole(monkeypatch):
    fs = fsspec.filesystem("memory")
    for path in fs.find("/whole"):
        fs.rm(path)
    numio.save("memory://whole/a.npy", ARRAY)
    with pytest.raises(ValueError):
        numio.save("memory://whole/b.npy", np.array([object()]), allow_pickle=False)
    with pytest.raises(ValueError):
        numio.savez("memory://whole/c.npz", a=ARRAY, b=np.array([object()]), allow_pickle=False)

    def failing(*_, **__):
        raise OSError("no room")

    monkeypatch.setattr(type(fs), "cp_file", failing)
    with pytest.raises(OSError, match="no room"):
        numio.save("memory://whole/a.npy", ARRAY + 1)
    assert fs.find("/whole") == ["/whole/a.npy"]
    assert np.array_equal(numio.load("memory://whole/a.npy"), ARRAY)


def test_saves_to_other_file_systems_take_any_name(tmp_path):
    memory = fsspec.filesystem("memory")
    names = ("a[1].npy", "w?.npy", "s*.npy", "f[0]/x*.npy", "wx.npy", "a1.npy")
    for base in (f"memory://{tmp_path.name}", f"local://{tmp_path}/there"):
        (tmp_path / "there" / "f[0]").mkdir(parents=True, exist_ok=True)
        for number, name in enumerate(names):
            numio.save(f"{base}/{name}", ARRAY[number])
        for number, name in enumerate(names):
            assert np.array_equal(numio.load(f"{base}/{name}"), ARRAY[number])
            with pytest.raises(ValueError):
                numio.save(f"{base}/{name}", np.array([object()]), allow_pickle=False)
    assert sorted(memory.find(f"/{tmp_path.name}")) == sorted(f"/{tmp_path.name}/{name}" for name in names)
    assert len([path for path in (tmp_path / "there").rglob("*") if path.is_file()]) == len(names)


def test_saves_to_paths_by_url_and_to_web_servers(server, tmp_path):
    pytest.importorskip("aiohttp")
    numio.save(f"file://{tmp_path}/x.npy", ARRAY)
    numio.savez(f"file://{tmp_path}/z", x=ARRAY)
    assert np.array_equal(np.load(tmp_path / "x.npy"), ARRAY) and np.array_equal(np.load(tmp_path / "z.npz")["x"], ARRAY)
    numio.save(f"{server.url}/up.npy", ARRAY)
    numio.savez(f"{server.url}/up.npz", x=ARRAY)
    assert server.files["up.npy"] == file_of(np.save, ARRAY)
    assert np.array_equal(numio.load(f"{server.url}/up.npz")["x"], ARRAY)
    with pytest.raises(ValueError, match="savez"):
        numio.NpzWriter("s3://numio/w.npz")
    with pytest.raises(ValueError, match="append takes paths"):
        numio.append("s3://numio/x.npy", [1], create=True)


def test_signatures_of_urls_are_not_told(server, monkeypatch):
    pytest.importorskip("aiohttp")
    import traceback

    monkeypatch.setattr("numio._stores._PAUSE", 0.001)
    server.put("x.npy", file_of(np.save, ARRAY))
    server.put("z.npz", file_of(np.savez, x=ARRAY))
    server.put("t.txt", b"1 2\n3 x\n")
    query = "?X-Amz-Signature=5ec3e7"
    url = f"{server.url}/x.npy{query}"
    x, z = numio.open(url), numio.open(f"{server.url}/z.npz{query}")
    told = [repr(x), repr(z), repr(z["x"])]

    def tell(call, *arguments, **named):
        with pytest.raises(Exception) as found:
            call(*arguments, **named)
        told.append("".join(traceback.format_exception(found.value)).replace(__file__, ""))
        return found.value

    for fault in (403, 500, "cut", "short", "etag"):
        server.faults = [fault] * 40
        tell(x.__getitem__, slice(100, 2000))
        server.faults = [fault] * 40
        if fault != "etag":
            tell(numio.open, url)
            server.faults = [fault] * 40
            tell(numio.load, url)
    server.faults = []
    none = f"{server.url}/none.npy{query}"
    assert isinstance(tell(numio.open, none), FileNotFoundError)
    assert isinstance(tell(numio.load, none), FileNotFoundError)
    for call in (numio.loadtxt, numio.genfromtxt):
        tell(call, f"{server.url}/none.txt{query}")
    tell(numio.load, url, mmap_mode="r")
    tell(numio.open, url, "r+")
    tell(numio.create, url, 3)
    tell(numio.save, f"{server.url}/closed.npy{query}", ARRAY)
    tell(numio.save, f"{server.url}/closed/x.npy{query}#.npy", ARRAY)
    tell(numio.savetxt, f"{server.url}/closed.txt{query}", ARRAY)
    tell(numio.open, f"nosuch://h/x.npy{query}")
    tell(numio.open, f"http://127.0.0.1:1/x.npy{query}")
    server.with_ranges = False
    tell(numio.open, url)
    server.with_ranges = True
    handle = pickle.dumps(x)
    server.put("x.npy", file_of(np.save, ARRAY + 1))
    tell(x.__getitem__, 2000)
    tell(lambda: pickle.loads(handle)[2000])
    for text in told:
        # A traceback has the lines of this test in it, which do not have the signature.
        assert "5ec3e7" not in text, text
