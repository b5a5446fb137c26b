"""NumPy's side of the benchmarks: reads jobs, one a line, and answers with the seconds that each took.

A job first prepares what it needs and gives back what is to be timed; the result is thrown away after the clock has
stopped, as on the Rust side.
"""

import functools
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


JOBS = {"load": load, "map": map_, "save": save}

for line in sys.stdin:
    job, *arguments = line.rstrip("\n").split("\t")
    timed = JOBS[job](*arguments)
    start = time.perf_counter()
    result = timed()
    took = time.perf_counter() - start
    del result
    print(took, flush=True)
