"""NumPy's side of the benchmarks: reads jobs, one a line, and answers with the seconds that each took.

A job first prepares what it needs and gives back what is to be timed; the result is thrown away after the clock has
stopped, as on the Rust side.
"""

import functools
import importlib.util
import sys
import time

import numpy as np

loaded = functools.cache(np.load)


def load(path):
    return lambda: np.load(path)


def map_(path):
    return lambda: np.load(path, mmap_mode="r")


def save(path, source):
    array = loaded(source)
    return lambda: np.save(path, array)


def load_objects(path):
    return lambda: np.load(path, allow_pickle=True)


def load_all(path):
    def run():
        with np.load(path) as archive:
            return {name: archive[name] for name in archive.files}

    return run


def savez(path, source):
    array = loaded(source)
    return lambda: np.savez(path, x=array)


def savez_compressed(path, source):
    array = loaded(source)
    return lambda: np.savez_compressed(path, x=array)


def archive(path, kind):
    """Makes the archive that a case reads."""
    rng = np.random.default_rng(0)

    def integers(mib):
        return (rng.standard_normal(mib << 18) * 100).astype("i4")

    arrays = {
        "one": lambda: {"x": integers(32)},
        "sixteen": lambda: {f"x{at}": integers(8) for at in range(16)},
        "tiny": lambda: {f"x{at}": np.arange(10) + at for at in range(2000)},
    }[kind]()
    save = np.savez if kind == "tiny" else np.savez_compressed
    return lambda: save(path, **arrays)


def array(path):
    """Makes the array that a case compresses."""
    values = (np.random.default_rng(0).standard_normal(32 << 18) * 100).astype("i4")
    return lambda: np.save(path, values)


def objects(path, what, count):
    """Makes the object array that a case loads."""
    make = {
        "dicts": lambda at: {"id": at, "name": f"name {at}", "v": [at / 7, at]},
        "strings": lambda at: f"s{at}",
        "arrays": lambda at: np.arange(8) + at / 7,
    }[what]
    values = np.empty(int(count), object)
    for at in range(len(values)):
        values[at] = make(at)
    return lambda: np.save(path, values)


# How each text is to be read: parameters of loadtxt and genfromtxt.
TEXTS = {
    "commas": {"delimiter": ","},
    "integers": {"delimiter": ",", "dtype": "i8"},
    "columns": {"delimiter": ",", "usecols": (3, 50, 97)},
    "records": {"delimiter": ",", "dtype": "U8,i8,f8,S4"},
    "blanks": {},
}


def loadtxt(path, kind):
    return lambda: np.loadtxt(path, **TEXTS[kind])


def genfromtxt(path, kind):
    return lambda: np.genfromtxt(path, **TEXTS[kind])


def savetxt(path, source, fmt):
    array = loaded(source)
    return lambda: np.savetxt(path, array, fmt, delimiter=",")


def has(name):
    """Ends this process where a reader is not installed."""
    if importlib.util.find_spec(name) is None:
        sys.exit()
    return lambda: None


def polars(path):
    import polars

    return lambda: polars.read_csv(path, has_header=False)


def pyarrow(path):
    import pyarrow.csv

    options = pyarrow.csv.ReadOptions(autogenerate_column_names=True)
    return lambda: pyarrow.csv.read_csv(path, read_options=options)


def pandas(path):
    import pandas

    return lambda: pandas.read_csv(path, header=None)


JOBS = {
    "loadtxt": loadtxt,
    "genfromtxt": genfromtxt,
    "savetxt": savetxt,
    "has": has,
    "polars": polars,
    "pyarrow": pyarrow,
    "pandas": pandas,
    "load": load,
    "map": map_,
    "save": save,
    "load_objects": load_objects,
    "load_all": load_all,
    "savez": savez,
    "savez_compressed": savez_compressed,
    "archive": archive,
    "array": array,
    "objects": objects,
}

for line in sys.stdin:
    job, *arguments = line.rstrip("\n").split("\t")
    timed = JOBS[job](*arguments)
    start = time.perf_counter()
    result = timed()
    took = time.perf_counter() - start
    del result
    print(took, flush=True)
