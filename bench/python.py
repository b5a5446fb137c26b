"""numio beside NumPy from Python, medians of runs in turn: one line of JSON a case, which `bench/run.py` puts into a table.

    python bench/python.py [--mib N] [--quick] [FILTER...]

Files that are read are warm, but for the cases named cold, and files that are written are new, but for the cases that replace
one: what was there is deleted, and what was read dropped, while the clock stands. The first run of each is not counted, and
each round starts with the other one.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

import numio

MIB = 1 << 20


class Bench:
    """Runs cases, and prints them."""

    def __init__(self, folder, mib, quick, filters):
        self.folder, self.quick, self.filters = folder, quick, filters
        self.large = (min(mib, 64) if quick else mib) * MIB

    def wants(self, name):
        return not self.filters or any(word in name for word in self.filters)

    def run(self, name, goal, ours, theirs, repeats=1, theirs_repeats=None, before=None):
        """Times both in turn; `repeats` calls are one run, ahead of which `before` prepares. A minute is enough."""
        if not self.wants(name):
            return
        rounds = 3 if self.quick else 7
        peers = [(ours, repeats, []), (theirs, theirs_repeats or repeats, [])]
        began = time.perf_counter()
        for at in range(rounds + 1):
            if at > 1 and time.perf_counter() - began > 60:
                break
            for call, calls, times in peers if at % 2 else reversed(peers):
                if before:
                    before()
                start = time.perf_counter()
                for _ in range(calls):
                    result = call()
                took = time.perf_counter() - start
                del result
                if at:
                    times.append(took / calls)
        mine, numpys = (statistics.median(times) for _, _, times in peers)
        self.line(name, goal, mine, numpys)

    def saving(self, name, goal, ours, theirs, save, repeats=1, replaced=False):
        """Times `save(function, path)` with both functions, into a new file unless one is to be replaced."""
        paths = [self.folder / f"saved{suffix}" for suffix in ("", ".npy", ".npz")]

        def clear():
            for path in paths:
                path.unlink(missing_ok=True)

        before = None if replaced else clear
        self.run(name, goal, lambda: save(ours, paths[0]), lambda: save(theirs, paths[0]), repeats, before=before)
        clear()

    def line(self, name, goal, mine, numpys, unit="s", peer="numpy"):
        row = {"case": name, "peer": peer, "unit": unit, "peer_value": numpys, "value": mine, "ratio": numpys / mine, "goal": goal}
        print(json.dumps(row), flush=True)


def files(bench):
    folder = bench.folder
    large = np.arange(bench.large // 8, dtype="f8")
    path = folder / "large.npy"
    if any(map(bench.wants, ("load large .npy", "peak memory beyond the array"))):
        np.save(path, large)
    bench.run("load large .npy", 1.3, lambda: numio.load(path), lambda: np.load(path))
    small = str(folder / "small.npy")
    np.save(small, np.arange(10))
    bench.run("load 10 elements of .npy", 5, lambda: numio.load(small), lambda: np.load(small), 2000, 400)
    bench.run("open a map", 3, lambda: numio.load(small, "r"), lambda: np.load(small, "r"), 2000, 400)


def dropped(*paths, synced=True):
    """What makes the caches of files cold: their pages are given up, when what is new of them is on the disk."""

    def drop():
        for path in paths:
            with open(path, "rb") as file:
                if synced:
                    os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    return drop


def cold(bench):
    """Files of every kind whose pages are not in memory."""
    if not hasattr(os, "posix_fadvise"):
        return
    rng = np.random.default_rng(0)

    def case(name, goal, path, make, ours, theirs):
        if bench.wants(name):
            make(path)
            os.sync()
            bench.run(name, goal, lambda: ours(path), lambda: theirs(path), before=dropped(path))
            os.unlink(path)

    def member(load):
        return lambda path: load(path)["a"]

    large = bench.folder / "cold.npy"
    count = bench.large // 8
    case("cold .npy", 1.2, large, lambda path: np.save(path, rng.random(count)), numio.load, np.load)
    case("cold .npy, twice as large", 1.2, large, lambda path: np.save(path, rng.random(2 * count)), numio.load, np.load)
    archive = bench.folder / "cold.npz"
    case("cold stored member", 1.5, archive, lambda path: np.savez(path, a=rng.random(count)), member(numio.load), member(np.load))
    deflated = lambda path: np.savez_compressed(path, a=rng.integers(0, 1000, count // 4))  # noqa: E731
    case("cold deflated member", 2, archive, deflated, member(numio.load), member(np.load))
    text = bench.folder / "cold.csv"
    rows = lambda path: numio.savetxt(path, rng.random((200_000, 10)), "%.6f")  # noqa: E731
    case("cold text", 5, text, rows, numio.loadtxt, np.loadtxt)
    words = np.array([f"string {at}" for at in range(500_000)], object)
    case("cold pickle", 1, large, lambda path: np.save(path, words), numio.load, lambda path: np.load(path, allow_pickle=True))


def slow(bench):
    """Files on a network, which `slow_files.py` makes of local ones: each request takes 2 ms."""
    names = ("on a network: cold .npy", "on a network: cold stored member")
    if not any(map(bench.wants, names)):
        return
    try:
        import mfusepy  # noqa: F401
    except (ImportError, OSError) as error:
        print(f"on a network: left out: {error}", file=sys.stderr)
        return
    source, mounted = bench.folder / "source", bench.folder / "mounted"
    source.mkdir()
    mounted.mkdir()
    array = np.arange(64 * MIB // 8)
    np.save(source / "a.npy", array)
    np.savez(source / "a.npz", a=array)
    server = subprocess.Popen([sys.executable, Path(__file__).with_name("slow_files.py"), source, mounted, "2"])
    try:
        for _ in range(50):
            if os.path.ismount(mounted) or server.poll() is not None:
                break
            time.sleep(0.1)
        if not os.path.ismount(mounted):
            print("on a network: left out: nothing can be mounted here", file=sys.stderr)
            return
        for name, file, load in ((names[0], "a.npy", lambda load, path: load(path)), (names[1], "a.npz", lambda load, path: load(path)["a"])):
            path = mounted / file
            before = dropped(path, synced=False)
            bench.run(name, 1.5, lambda p=path, f=load: f(numio.load, p), lambda p=path, f=load: f(np.load, p), before=before)
    finally:
        if os.path.ismount(mounted):
            subprocess.run(["umount", mounted], check=True)
        server.terminate()
        server.wait()


def saves(bench):
    few, large = np.arange(10), np.arange(bench.large // 8, dtype="f8")
    every_other = np.ones((bench.large // 8 // 1024, 2048))[:, ::2]
    bench.saving("save large .npy", 1, numio.save, np.save, lambda save, path: save(path, large))
    # NumPy empties the old file first, and loses it if it cannot write the new one.
    bench.saving("replace large .npy", 0.8, numio.save, np.save, lambda save, path: save(path, large), replaced=True)
    bench.saving("save to an open file", 1, numio.save, np.save, lambda save, path: opened(path, save, large))
    bench.saving("save every other element", 1, numio.save, np.save, lambda save, path: save(path, every_other))
    bench.saving("save 10 elements", 0.5, numio.save, np.save, lambda save, path: save(path, few), 300)
    if bench.wants("save 200,000 dicts"):
        dicts = np.array([{"id": index, "name": f"n{index}"} for index in range(200_000)], object)
        # Python's pickler does both.
        bench.saving("save 200,000 dicts", 0.8, numio.save, np.save, lambda save, path: save(path, dicts))
    bench.saving("replace large .npz", 2, numio.savez, np.savez, lambda savez, path: savez(path, a=large), replaced=True)
    bench.saving("savez large", 3, numio.savez, np.savez, lambda savez, path: savez(path, a=large))
    quarters = dict(zip("abcd", np.split(large, 4)))
    bench.saving("savez large in four", 3, numio.savez, np.savez, lambda savez, path: savez(path, **quarters))
    compressed, packed = (numio.savez_compressed, np.savez_compressed), noise(bench)
    bench.saving("savez_compressed 32 MiB", 15, *compressed, lambda savez, path: savez(path, a=packed))


def opened(path, save, array):
    with open(path, "wb") as file:
        save(file, array)


def noise(bench):
    count = 8 * MIB // (8 if bench.quick else 1)
    return (np.random.default_rng(0).standard_normal(count) * 100).astype("i4")


def sixteen(bench):
    """Arrays of 8 MiB each."""
    rng = np.random.default_rng(0)
    return [(rng.standard_normal(2 * MIB // (8 if bench.quick else 1)) * 100).astype("i4") for _ in range(16)]


def archives(bench):
    folder = bench.folder
    def make(save, name, **members):
        path = str(folder / name)
        if not os.path.exists(path):
            save(path, **members)
        return path

    def read(load, path, name="a"):
        with load(path) as npz:
            return npz[name]

    def read_all(load, path):
        with load(path) as npz:
            return [npz[name] for name in npz.files]

    small = make(np.savez, "small.npz", a=np.arange(10))
    bench.run("load 10 elements of .npz", 5, lambda: read(numio.load, small), lambda: read(np.load, small), 1000, 200)
    many = {f"a{at}": np.arange(10) for at in range(2000)}
    if bench.wants("load 2,000 tiny members"):
        tiny = make(np.savez, "tiny.npz", **many)
        bench.run("load 2,000 tiny members", 10, lambda: read_all(numio.load, tiny), lambda: read_all(np.load, tiny))
    if bench.wants("load large stored member"):
        path = make(np.savez, "stored.npz", a=np.arange(bench.large // 8, dtype="f8"))
        bench.run("load large stored member", 4, lambda: read(numio.load, path), lambda: read(np.load, path))
        os.unlink(path)
    if any(map(bench.wants, ("load deflated member of NumPy's", "load deflated member of numio's"))):
        theirs = make(np.savez_compressed, "numpy.npz", a=noise(bench))
        ours = make(numio.savez_compressed, "numio.npz", a=noise(bench))
        bench.run("load deflated member of NumPy's", 2.4, lambda: read(numio.load, theirs), lambda: read(np.load, theirs))
        bench.run("load deflated member of numio's", 4, lambda: read(numio.load, ours), lambda: read(np.load, ours))
    cases = ("dict of 16 deflated members", "read_all of 16 deflated members")
    if any(map(bench.wants, cases)):
        path = make(np.savez_compressed, "sixteen.npz", **{f"a{at}": part for at, part in enumerate(sixteen(bench))})
        bench.run(cases[0], 4.5, lambda: dict(numio.load(path)), lambda: dict(np.load(path)))
        bench.run(cases[1], 4.5, lambda: numio.load(path).read_all(), lambda: dict(np.load(path)))


def objects(bench):
    folder = bench.folder
    count = 20_000 if bench.quick else 200_000
    cases = [
        ("load 200,000 dicts", 2.5, lambda: [{"id": at, "name": f"name{at}", "v": [at / 7, at]} for at in range(count)]),
        ("load a million strings", 1, lambda: [f"string {at}" for at in range(5 * count)]),
        ("load 20,000 ragged arrays", 1.3, lambda: [np.arange(at % 50) for at in range(count // 10)]),
    ]
    for name, goal, make in cases:
        if not bench.wants(name):
            continue
        path, values = folder / "objects.npy", make()
        array = np.empty(len(values), object)
        array[:] = values
        np.save(path, array)
        del array, values
        bench.run(name, goal, lambda: numio.load(path), lambda: np.load(path, allow_pickle=True))


def texts(bench):
    """Rows of noise in the forms that texts come in: one case each, read as NumPy reads it."""
    noise = np.random.default_rng(0).uniform(-1000, 1000, (200_000, 10))
    records = (f"name{at % 5000},{at * 7},{value:.6f},ab\n" for at, value in enumerate(noise[:, 0]))
    dtype = "U8,i8,f8,S4"
    cases = [
        ("loadtxt floats", "loadtxt", 13, noise, "%.18e", {}, 1),
        ("loadtxt integers", "loadtxt", 8, noise * 1e6, "%d", {"dtype": "i8"}, 1),
        ("loadtxt 3 of 100 columns", "loadtxt", 8, noise.reshape(20_000, 100), "%.6f", {"usecols": (3, 50, 97)}, 1),
        ("loadtxt records", "loadtxt", 8, records, None, {"dtype": dtype}, 1),
        ("loadtxt 10 lines", "loadtxt", 3, noise[:10, :3], "%.6f", {}, 1000),
        ("genfromtxt floats", "genfromtxt", 20, noise[:40_000], "%.18e", {}, 1),
    ]
    for name, call, goal, values, fmt, options, repeats in cases:
        if not bench.wants(name):
            continue
        path = bench.folder / "text.csv"
        if fmt:
            numio.savetxt(path, values, fmt, delimiter=",")
        else:
            path.write_text("".join(values))
        ours, theirs = getattr(numio, call), getattr(np, call)
        options = {"delimiter": ",", **options}
        bench.run(name, goal, lambda: ours(path, **options), lambda: theirs(path, **options), repeats)


def converters(bench):
    """Python's functions, called for each field."""
    name = "loadtxt with converters"
    if bench.wants(name):
        path = bench.folder / "text.csv"
        numio.savetxt(path, np.random.default_rng(0).random((30_000, 10)), "%.6f")
        convert = lambda field: float(field) * 2  # noqa: E731
        bench.run(name, 1.5, lambda: numio.loadtxt(path, converters=convert), lambda: np.loadtxt(path, converters=convert))


CONTENTION = """
import sys, threading, time
import numpy as np, numio
kind, threads, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
load = numio.load if kind == 'numio' else np.load
def work():
    for at in range(400 // threads):
        load(folder + '/few.npy')
        with load(folder + '/members.npz') as npz:
            [npz[name] for name in npz.files]
print('ready', flush=True)
sys.stdin.readline()
crew = [threading.Thread(target=work) for _ in range(threads)]
[thread.start() for thread in crew]
[thread.join() for thread in crew]
print('done', flush=True)
"""


def contention(bench):
    """16 threads that load small files and members of archives, beside NumPy in as many processes as there are processors."""
    name = "contention: 16 threads, small files"
    if not bench.wants(name):
        return
    np.save(bench.folder / "few.npy", np.arange(10))
    np.savez(bench.folder / "members.npz", **{f"a{at}": np.arange(100) for at in range(8)})

    def crew(kind, processes, threads):
        command = [sys.executable, "-c", CONTENTION, kind, str(threads), bench.folder]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        children = [subprocess.Popen(command, **pipes) for _ in range(processes)]
        for child in children:
            child.stdout.readline()
        start = time.perf_counter()
        for child in children:
            child.stdin.write("go\n")
            child.stdin.flush()
        for child in children:
            child.stdout.readline()
        took = time.perf_counter() - start
        for child in children:
            child.communicate()
        return took / processes

    cpus = len(os.sched_getaffinity(0))
    runs = [(crew("numio", 1, 16), crew("numpy", cpus, 1)) for _ in range(3 if bench.quick else 7)]
    mine, numpys = (statistics.median(times) for times in zip(*runs))
    bench.line(name, 1, mine, numpys, peer="numpy, processes")


PEAK = """
import sys
import numpy as np, numio
def status(key):
    return next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith(key)) / 1024
load = {'numio': numio.load, 'numpy': np.load}[sys.argv[3]]
load(sys.argv[1])
open('/proc/self/clear_refs', 'w').write('5')
before = status('VmRSS:')
array = load(sys.argv[2])
print(status('VmHWM:') - before - array.nbytes / 2**20)
"""


def workers(bench):
    """Dask: the mean of a file larger than memory on two workers, and one file written by threads."""
    if bench.filters and not any("dask" in word for word in bench.filters):
        return
    try:
        import dask.array as da
        import distributed  # noqa: F401

        from numio import dask as numio_dask
    except ImportError as error:
        print(f"dask: left out: {error}", file=sys.stderr)
        return
    # Sparse files: zeros that take no space on the disk. Dask sends an array over a map to its workers whole, so that the file
    # which both are tried on has room in memory several times.
    small, large = bench.folder / "small-sparse.npy", bench.folder / "sparse.npy"
    for path, size in ((small, (512 if bench.quick else 1024) * MIB), (large, (512 if bench.quick else 8192) * MIB)):
        numio.create(path, (size // 8192, 1024), "f8").close()
    rows = 64 * MIB // 8192

    def mean(path):
        return float(numio_dask.from_npy(path, chunks=(rows, 1024)).mean().compute())

    def mapped():
        with warnings.catch_warnings():
            # That the whole array is sent is what is measured.
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            return float(da.from_array(np.load(small, mmap_mode="r"), chunks=(rows, 1024)).mean().compute())

    with two_workers() as client:
        # Workers that run nothing but numio's: their peak is the process's.
        idle = max(client.run(most_memory).values())
        mean(large)
        used = max(max(client.run(most_memory).values()) - idle, 1)
        bench.line("dask: a worker's peak, 4 chunks", 1, used / MIB, 256, "MiB", "bound")
    with two_workers():
        bench.run("dask: mean on two workers", 1.5, lambda: mean(small), mapped)
    array = da.from_array(np.random.default_rng(0).random((bench.large // 8192, 1024)), chunks=(max(bench.large // 8192 // 16, 1), 1024))
    out = bench.folder / "stored.npy"

    def by_store():
        target = np.lib.format.open_memmap(out, "w+", dtype=array.dtype, shape=array.shape)
        da.store(array, target, lock=False, scheduler="threads")
        target.flush()

    bench.run("dask: to_npy by threads", 1, lambda: numio_dask.to_npy(array, out, scheduler="threads"), by_store)
    for path in (out, small, large):
        path.unlink()


@contextlib.contextmanager
def two_workers():
    """Two worker processes of Dask."""
    import distributed

    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def most_memory():
    """The most memory that this process has had, in bytes."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))


def processes(bench):
    if bench.wants("peak memory beyond the array"):
        small, large = bench.folder / "small.npy", bench.folder / "large.npy"
        command = [sys.executable, "-c", PEAK, small, large]
        extra = [float(subprocess.check_output([*command, name])) for name in ("numio", "numpy")]
        bench.line("peak memory beyond the array", None, extra[0], extra[1], "MiB")
        bench.line("peak memory beyond the array", 1, max(extra[0], 0.01), 1, "MiB", "bound")
    if bench.wants("import after numpy"):
        code = (
            "import time; start = time.perf_counter(); import numpy; middle = time.perf_counter(); import numio;"
            "print(middle - start, time.perf_counter() - middle)"
        )
        runs = [subprocess.check_output([sys.executable, "-c", code]).split() for _ in range(3 if bench.quick else 9)]
        mine = statistics.median(float(times[1]) for times in runs)
        bench.line("import after numpy", 1, mine, 0.005, peer="bound")


def lazy(bench):
    """Parts of a file that stays where it is, and of one in an object store that runs here."""
    if bench.filters and not any("lazy" in word for word in bench.filters):
        return
    noise = np.random.default_rng(0)
    rows = bench.large // 4096
    array = noise.random((rows, 512))
    path = bench.folder / "lazy.npy"
    numio.save(path, array)
    x, m = numio.open(path), np.load(path, mmap_mode="r")
    bench.run("lazy: open", 1 / 1.5, lambda: numio.open(path), lambda: np.load(path, mmap_mode="r"), 50)
    for name, index in (("rows", np.s_[100 : 100 + rows // 4]), ("columns", np.s_[: rows // 2, ::2]), ("steps", np.s_[:: 3])):
        bench.run(f"lazy: slice of {name}, warm", 1 / 1.1, lambda i=index: x[i], lambda i=index: np.array(m[i]))
    some = noise.integers(0, rows, min(10_000, rows // 4))
    bench.run("lazy: random rows, warm", 1, lambda: x[some], lambda: m[some])

    def mapped():
        return np.load(path, mmap_mode="r")[some]

    if hasattr(os, "posix_fadvise"):
        del m
        os.sync()
        bench.run("lazy: random rows, cold", 3, lambda: x[some], mapped, before=dropped(path))
    archive = bench.folder / "lazy.npz"
    numio.savez_compressed(archive, x=array.round(2))
    z = numio.open(archive, cache_bytes=0)["x"]
    bench.run("lazy: one block of a deflated member", 50, lambda: z[rows // 2], lambda: np.load(archive)["x"], theirs_repeats=1)
    remote_path = bench.folder / "remote.npy"
    numio.save(remote_path, array[: 256 * MIB // 4096])
    stored(bench, remote_path, some[:100] % min(rows, 256 * MIB // 4096))


def stored(bench, path, some):
    """An array in an object store on loopback: one that answers at once, and one with the latency and the rate of S3."""
    try:
        import aiohttp  # noqa: F401
        import fsspec
        import obstore
        import s3fs  # noqa: F401
    except ImportError as error:
        print(f"lazy: S3 is left out: {error}", file=sys.stderr)
        return
    for name, pace in (("S3", ()), ("S3 of 0.1 s and 90 MB/s", ("0.1", "90e6"))):
        if not any(bench.wants(f"lazy: {name}{what}") for what in (" whole, s3fs", " whole, obstore", " 100 rows")):
            continue
        command = [sys.executable, Path(__file__).with_name("store.py"), path.parent, *pace]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                endpoint = f"http://127.0.0.1:{int(server.stdout.readline())}"
                options = {"key": "k", "secret": "s", "endpoint_url": endpoint, "client_kwargs": {"region_name": "us-east-1"}}
                store = obstore.store.S3Store(
                    "numio", endpoint=endpoint, access_key_id="k", secret_access_key="s", region="us-east-1",
                    client_options={"allow_http": True},
                )  # fmt: skip
                remote(bench, name, path.name, some, fsspec.filesystem("s3", **options), options, store)
            finally:
                server.kill()


def remote(bench, name, key, some, fs, options, store):
    from obstore import get

    url = f"s3://numio/{key}"

    def loaded():
        with fs.open(url, "rb") as file:
            return np.load(file)

    def picked():
        whole = []
        with fs.open(url, "rb") as file:
            for row in some:
                file.seek(128 + int(row) * 4096)
                whole.append(np.frombuffer(file.read(4096)))
        return np.stack(whole)

    bench.run(f"lazy: {name} whole, s3fs", 2, lambda: np.asarray(numio.open(url, storage_options=options)), loaded)
    by_store = lambda: np.asarray(numio.open(key, storage_options=store))  # noqa: E731
    bench.run(f"lazy: {name} whole, obstore", 1, by_store, lambda: get(store, key).bytes())
    bench.run(f"lazy: {name} 100 rows", 10, lambda: numio.open(url, storage_options=options)[some], picked)


def main():
    parser = argparse.ArgumentParser(description="numio beside NumPy, from Python")
    parser.add_argument("--mib", type=int, default=512, help="the size of large files")
    parser.add_argument("--quick", action="store_true", help="smaller files and fewer runs")
    parser.add_argument("filters", nargs="*", help="words that names of cases must have")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), args.mib, args.quick, args.filters)
        for group in (files, cold, slow, saves, archives, objects, texts, converters, lazy, contention, processes):
            group(bench)
        workers(bench)


if __name__ == "__main__":
    main()
