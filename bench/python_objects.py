"""Object arrays from Python: `numio.load` beside `numpy.load`, in turn and in one process.

    python bench/python_objects.py [--rounds N] [--scale F]

Needs numio installed, as `make test-python` does it. Prints the median time of each, and how many times faster numio is.
"""

import argparse
import gc
import os
import statistics
import tempfile
import time

import numpy as np

import numio


def object_array(items):
    array = np.empty(len(items), object)
    for index, item in enumerate(items):
        array[index] = item
    return array


def cases(scale):
    """Names, arrays, and the least ratio that counts as done."""
    count = int(200_000 * scale)
    dicts = [{"id": i, "name": f"name{i}", "v": [i * 0.5, i]} for i in range(count)]
    yield f"{count:,} dicts", object_array(dicts), 2.5
    count = int(1_000_000 * scale)
    yield f"{count:,} short strings", object_array([f"s{i}" for i in range(count)]), 1.0
    lengths = np.random.default_rng(0).integers(1, 20, int(20_000 * scale))
    yield f"{len(lengths):,} ragged arrays", object_array([np.arange(float(n)) for n in lengths]), 1.3


def timed(load):
    gc.collect()
    start = time.perf_counter()
    found = load()
    seconds = time.perf_counter() - start
    del found
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args()
    print(f"{'':24} {'numpy':>10} {'numio':>10} {'ratio':>7} {'wanted':>7}")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "objects.npy")
        for name, array, wanted in cases(options.scale):
            np.save(path, array)
            del array
            numpys, ours = [], []
            for _ in range(options.rounds):
                numpys.append(timed(lambda: np.load(path, allow_pickle=True)))
                ours.append(timed(lambda: numio.load(path)))
            theirs, mine = statistics.median(numpys), statistics.median(ours)
            print(f"{name:24} {theirs * 1e3:7.1f} ms {mine * 1e3:7.1f} ms {theirs / mine:6.2f}x {wanted:6.1f}x")


if __name__ == "__main__":
    main()
