"""Where memory does not suffice, `MemoryError` is raised: the process neither ends nor panics."""

import subprocess
import sys

import pytest

# Each format with a payload of some megabytes whose size the file decides.
MAKE = """
import io, os, pickle, sys, zipfile
import numpy as np

def made(kind, folder):
    array = np.arange(1 << 20, dtype="f8")
    path = os.path.join(folder, kind)
    if kind.startswith("text"):
        np.savetxt(path + ".txt", array[:150_000].reshape(-1, 3) / 7, fmt="%.6f"); return path + ".txt"
    if kind == "npy":
        np.save(path + ".npy", array); return path + ".npy"
    if kind == "swapped":
        np.save(path + ".npy", array.astype(">f8")); return path + ".npy"
    if kind == "stored":
        np.savez(path + ".npz", x=array); return path + ".npz"
    if kind == "deflated":
        np.savez_compressed(path + ".npz", x=array); return path + ".npz"
    if kind == "member":
        with zipfile.ZipFile(path + ".npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("raw.bin", os.urandom(1 << 20) * 8)
        return path + ".npz"
    value = {
        "pickled": lambda: array,
        "bytes": lambda: b"x" * (8 << 20),
        "bytearray": lambda: bytearray(8 << 20),
        "string": lambda: "x" * (8 << 20),
        "numbers": lambda: list(range(1000, 200_000)),
        "floats": lambda: [i / 7 for i in range(200_000)],
        "strings": lambda: [f"text {i}" for i in range(100_000)],
        "records": lambda: [{"id": i, "name": f"n{i}", "at": (i, i / 2)} for i in range(30_000)],
        "shared": lambda: [[i, i] * 2 for i in range(50_000)],
        "objects": lambda: np.array([f"text {i}" for i in range(100_000)], object),
    }.get(kind)
    if value:
        if kind == "objects":
            np.save(path + ".npy", value()); return path + ".npy"
        with open(path + ".pkl", "wb") as file:
            pickle.dump(value(), file, 2 if kind == "shared" else 5)
        return path + ".pkl"

if __name__ == "__main__":
    print(made(sys.argv[1], sys.argv[2]))
"""

KINDS = [
    "npy", "swapped", "stored", "deflated", "member", "pickled", "bytes", "bytearray", "string", "numbers", "floats",
    "strings", "records", "shared", "objects", "text loadtxt", "text loadtxt str", "text genfromtxt",
    "text genfromtxt auto", "text fromregex", "text savetxt", "text savetxt gz", "text savez_compressed",
]  # fmt: skip

# In one process for all sizes: a child of it, forked for each, gets a limit of its own.
TRY = r"""
import errno, os, resource, sys
import numpy as np, numio
path, kind = sys.argv[1], sys.argv[2]

array = np.arange(1 << 19, dtype="f8").reshape(-1, 4)
numbers = r"(\d+\.\d+) (\d+\.\d+)"
texts = {
    "text loadtxt": lambda: numio.loadtxt(path),
    "text loadtxt str": lambda: numio.loadtxt(path, dtype=str),
    "text genfromtxt": lambda: numio.genfromtxt(path),
    "text genfromtxt auto": lambda: numio.genfromtxt(path, dtype=None, encoding="utf-8"),
    "text fromregex": lambda: numio.fromregex(path, numbers, [("a", "f8"), ("b", "f8")]),
    "text savetxt": lambda: numio.savetxt(path + ".out", array),
    "text savetxt gz": lambda: numio.savetxt(path + ".out.gz", array[:20_000]),
    "text savez_compressed": lambda: numio.savez_compressed(path + ".npz", x=array, y=array[::2]),
}

def load():
    if kind in texts:
        return texts[kind]()
    value = numio.load(path)
    return value[value.files[0]] if hasattr(value, "files") else value

# Memory that this thread's heap has free, and those of other threads have not: what suffices here does not suffice there.
spare = [bytes(1000) for _ in range(30_000)]
del spare

used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
counts = {}
for step in range(40):
    # From nothing to spare up to more than enough.
    room = int((1 << 20) * 1.15 ** step) - (1 << 20)
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_AS, (used + room, used + room))
        try:
            load()
            code = 0
        except MemoryError:
            code = 1
        except OSError as error:
            # Python's own calls of the system say so.
            code = 1 if error.errno == errno.ENOMEM else 2
        except BaseException as error:
            os.write(2, f"{room}: {error!r}\n".encode()[:400])
            code = 2
        os._exit(code)
    _, status = os.waitpid(child, 0)
    outcome = {0: "loaded", 256: "MemoryError"}.get(status, f"status {status} at {room}")
    counts[outcome] = counts.get(outcome, 0) + 1
print(counts)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS and /proc")
@pytest.mark.parametrize("kind", KINDS)
def test_too_little_memory_is_a_memory_error(tmp_path, kind):
    made = subprocess.run(
        [sys.executable, "-c", MAKE, kind, str(tmp_path)], capture_output=True, text=True, check=True
    )
    done = subprocess.run([sys.executable, "-c", TRY, made.stdout.strip(), kind], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert set(eval(done.stdout)) == {"loaded", "MemoryError"}, done.stdout + done.stderr


# Peaks of the children's memory: what a level of nesting takes.
NESTED = """
import resource, subprocess, sys
def peak(path):
    subprocess.run([sys.executable, "-m", "numio", "show", path], stdout=subprocess.DEVNULL, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
few, many = peak(sys.argv[1]), peak(sys.argv[2])
print((many - few) * 1024)
"""


@pytest.mark.parametrize("opened, closed", [(b"h\0", b"\x85R"), (b"h\1)R", b"a"), (b"h\0)R", b"b"), (b"", b"\x85")])
def test_nested_calls_take_little_memory(tmp_path, opened, closed):
    """There may be a level for every four bytes of the file."""
    names, levels = b"cx\ny\nq\x000ccollections\ndeque\nq\x010", 200_000
    for name, count in (("few", 1000), ("many", levels)):
        (tmp_path / name).write_bytes(names + opened * count + b"N" + closed * count + b".")
    script = [sys.executable, "-c", NESTED, tmp_path / "few", tmp_path / "many"]
    grown = int(subprocess.run(script, capture_output=True, text=True, check=True).stdout)
    assert grown < 92 * levels, grown / levels
