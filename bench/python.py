"""numio beside NumPy from Python, one line a case: medians of runs in turn, and how many times as fast numio is.

    python bench/python.py [--mib N] [--quick] [FILTER...]

Files that are read are warm, and files that are written are new, but for the case that replaces one: what was there is
deleted, and what was read dropped, while the clock stands. The first run of each is not counted, and each round starts
with the other one. The exit code says whether every wanted ratio was reached.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import numio

MIB = 1 << 20


class Bench:
    """Runs cases, prints them, and remembers whether all were good."""

    def __init__(self, folder, mib, quick, filters):
        self.folder, self.quick, self.filters = folder, quick, filters
        self.large = (min(mib, 64) if quick else mib) * MIB
        self.good = True

    def wants(self, name):
        return not self.filters or any(word in name for word in self.filters)

    def run(self, name, wanted, ours, theirs, repeats=1, theirs_repeats=None, before=None):
        """Times both in turn; `repeats` calls are one run, ahead of which `before` prepares."""
        if not self.wants(name):
            return
        rounds = 3 if self.quick else 7
        peers = [(ours, repeats, []), (theirs, theirs_repeats or repeats, [])]
        for at in range(rounds + 1):
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
        self.line(name, wanted, seconds(mine), seconds(numpys), numpys / mine)

    def saving(self, name, wanted, ours, theirs, save, repeats=1, replaced=False):
        """Times `save(function, path)` with both functions, into a new file unless one is to be replaced."""
        paths = [self.folder / f"saved{suffix}" for suffix in ("", ".npy", ".npz")]

        def clear():
            for path in paths:
                path.unlink(missing_ok=True)

        before = None if replaced else clear
        self.run(name, wanted, lambda: save(ours, paths[0]), lambda: save(theirs, paths[0]), repeats, before=before)
        clear()

    def line(self, name, wanted, mine, numpys, ratio):
        good = ratio >= wanted
        self.good &= good
        print(f"{name:<34} {numpys:>11} {mine:>11} {ratio:>7.2f}  wanted {wanted}{'' if good else '  MISSED'}", flush=True)


def seconds(value):
    for factor, unit in ((1, "s"), (1e3, "ms")):
        if value * factor >= 1:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e6:.3g} us"


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
    for name, wanted, make in cases:
        if not bench.wants(name):
            continue
        path, values = folder / "objects.npy", make()
        array = np.empty(len(values), object)
        array[:] = values
        np.save(path, array)
        del array, values
        bench.run(name, wanted, lambda: numio.load(path), lambda: np.load(path, allow_pickle=True))


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
    for name, call, wanted, values, fmt, options, repeats in cases:
        if not bench.wants(name):
            continue
        path = bench.folder / "text.csv"
        if fmt:
            numio.savetxt(path, values, fmt, delimiter=",")
        else:
            path.write_text("".join(values))
        ours, theirs = getattr(numio, call), getattr(np, call)
        options = {"delimiter": ",", **options}
        bench.run(name, wanted, lambda: ours(path, **options), lambda: theirs(path, **options), repeats)


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
        import distributed

        from numio import dask as numio_dask
    except ImportError as error:
        print(f"dask: left out: {error}")
        return
    path, size = bench.folder / "sparse.npy", (512 if bench.quick else 8192) * MIB
    # A sparse file: zeros that take no space on the disk.
    numio.create(path, (size // 8192, 1024), "f8").close()
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):

        def peak():
            return max(client.run(most_memory).values())

        rows = 64 * MIB // 8192
        bench.run(
            "dask: mean on two workers", 1.5,
            lambda: float(numio_dask.from_npy(path, chunks=(rows, 1024)).mean().compute()),
            lambda: float(da.from_array(np.load(path, mmap_mode="r"), chunks=(rows, 1024)).mean().compute()),
        )  # fmt: skip
        # Workers that have run nothing but numio's: their peak is the process's.
        client.restart()
        idle = peak()
        float(numio_dask.from_npy(path, chunks=(rows, 1024)).mean().compute())
        used = max(peak() - idle, 1)
        bench.line("dask: a worker's peak, 4 chunks", 1, f"{used / MIB:.0f} MiB", "256 MiB", 256 * MIB / used)
    array = da.from_array(np.random.default_rng(0).random((bench.large // 8192, 1024)), chunks=(max(bench.large // 8192 // 16, 1), 1024))
    out = bench.folder / "stored.npy"

    def by_store():
        target = np.lib.format.open_memmap(out, "w+", dtype=array.dtype, shape=array.shape)
        da.store(array, target, lock=False, scheduler="threads")
        target.flush()

    bench.run("dask: to_npy by threads", 1, lambda: numio_dask.to_npy(array, out, scheduler="threads"), by_store)
    out.unlink()
    path.unlink()


def most_memory():
    """The most memory that this process has had, in bytes."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))


def processes(bench):
    if bench.wants("peak memory beyond the array"):
        small, large = bench.folder / "small.npy", bench.folder / "large.npy"
        command = [sys.executable, "-c", PEAK, small, large]
        extra = [float(subprocess.check_output([*command, name])) for name in ("numio", "numpy")]
        bench.line("peak memory beyond the array", 1, f"{extra[0]:.2f} MiB", f"{extra[1]:.2f} MiB", 1 / max(extra[0], 0.01))
    if bench.wants("import after numpy, 15 ms"):
        code = (
            "import time; start = time.perf_counter(); import numpy; middle = time.perf_counter(); import numio;"
            "print(middle - start, time.perf_counter() - middle)"
        )
        runs = [subprocess.check_output([sys.executable, "-c", code]).split() for _ in range(3 if bench.quick else 9)]
        numpys, mine = (statistics.median(map(float, times)) for times in zip(*runs))
        bench.line("import after numpy, 15 ms", 1, seconds(mine), seconds(numpys), 0.015 / mine)


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

    def cold():
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def mapped():
        return np.load(path, mmap_mode="r")[some]

    if hasattr(os, "posix_fadvise"):
        del m
        os.sync()
        bench.run("lazy: random rows, cold", 3, lambda: x[some], mapped, before=cold)
    archive = bench.folder / "lazy.npz"
    numio.savez_compressed(archive, x=array.round(2))
    z = numio.open(archive, cache_bytes=0)["x"]
    bench.run("lazy: one block of a deflated member", 50, lambda: z[rows // 2], lambda: np.load(archive)["x"], theirs_repeats=1)
    stored(bench, path, some[:100])


def stored(bench, path, some):
    """An array in an S3 server on loopback, where one can be had."""
    try:
        import moto.server
        import obstore
        import s3fs  # noqa: F401
    except ImportError as error:
        print(f"lazy: S3 is left out: {error}")
        return
    server = moto.server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    options = {"key": "k", "secret": "s", "endpoint_url": endpoint, "client_kwargs": {"region_name": "us-east-1"}}
    import fsspec

    fs = fsspec.filesystem("s3", **options)
    fs.mkdir("numio")
    fs.pipe_file("numio/x.npy", path.read_bytes())
    store = obstore.store.S3Store(
        "numio", endpoint=endpoint, access_key_id="k", secret_access_key="s", region="us-east-1",
        client_options={"allow_http": True},
    )  # fmt: skip
    url = "s3://numio/x.npy"

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

    try:
        bench.run("lazy: S3 whole, np.load", 2, lambda: np.asarray(numio.open(url, storage_options=options)), loaded)
        by_store = lambda: np.asarray(numio.open("x.npy", storage_options=store))  # noqa: E731
        bench.run("lazy: S3 whole, obstore", 1, by_store, lambda: obstore.get(store, "x.npy").bytes())
        bench.run("lazy: S3 100 rows", 10, lambda: numio.open(url, storage_options=options)[some], picked)
    finally:
        server.stop()


def main():
    parser = argparse.ArgumentParser(description="numio beside NumPy, from Python")
    parser.add_argument("--mib", type=int, default=512, help="the size of large files")
    parser.add_argument("--quick", action="store_true", help="smaller files and fewer runs")
    parser.add_argument("filters", nargs="*", help="words that names of cases must have")
    args = parser.parse_args()
    print(f"{'case':<34} {'numpy':>11} {'numio':>11} {'ratio':>7}")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), args.mib, args.quick, args.filters)
        for group in (files, saves, archives, objects, texts, lazy, processes):
            group(bench)
        workers(bench)
    sys.exit(not bench.good)


if __name__ == "__main__":
    main()
