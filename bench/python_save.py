#!/usr/bin/env python3
"""Saving from Python: numio beside NumPy, in turn in one process.

    bench/python_save.py [--quick] [case ...]

Prints medians, and how many times faster numio is. `--quick` saves an eighth as much.
"""

import argparse
import os
import statistics
import tempfile
import time

import numpy as np

import numio

CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def into(folder, *arrays, **named):
    """What saves by a function to a file of its own."""
    return lambda save: lambda: save(f"{folder}/{save.__module__[:5]}", *arrays, **named)


def compare(name, ours, theirs, rounds, unit="ms"):
    """Medians of both in turn, after one run of each."""
    times = {ours: [], theirs: []}
    for round in range(rounds + 1):
        for function in times:
            start = time.perf_counter()
            function()
            if round:
                times[function].append(time.perf_counter() - start)
    scale = {"ms": 1e3, "µs": 1e6}[unit]
    mine, numpys = (statistics.median(found) * scale for found in times.values())
    print(f"{name:34} {mine:9.1f} {unit} {numpys:9.1f} {unit} {numpys / mine:7.2f}x", flush=True)


@case
def save(folder, size):
    array = np.ones(size // 8)
    run = into(folder, array)
    compare(f"save {size >> 20} MiB of f8", run(numio.save), run(np.save), 5)


@case
def save_small(folder, size):
    array = np.arange(10)

    def many(save):
        return lambda: [save(f"{folder}/{save.__module__}", array) for _ in range(200)]

    compare("save 10 elements, 200 times", many(numio.save), many(np.save), 5)


@case
def save_file(folder, size):
    array = np.ones(size // 8)

    def opened(save):
        def run():
            with open(f"{folder}/{save.__module__}", "wb") as file:
                save(file, array)

        return run

    compare(f"save {size >> 20} MiB to an open file", opened(numio.save), opened(np.save), 5)


@case
def save_strided(folder, size):
    array = np.ones((size // 8 // 1024, 2048))[:, ::2]
    run = into(folder, array)
    compare(f"save {size >> 20} MiB, every other f8", run(numio.save), run(np.save), 3)


@case
def savez(folder, size):
    arrays = {f"a{index}": np.ones(size // 8 // 4) for index in range(4)}
    run = into(folder, **arrays)
    compare(f"savez {size >> 20} MiB in 4 arrays", run(numio.savez), run(np.savez), 3)


@case
def savez_compressed(folder, size):
    count = size // 16 // 4
    array = (np.random.default_rng(0).standard_normal(count) * 100).astype("i4")
    run = into(folder, array)
    name = f"savez_compressed {size >> 24} MiB of i4"
    compare(name, run(numio.savez_compressed), run(np.savez_compressed), 1 if size >> 29 else 3)
    mine, numpys = (os.path.getsize(f"{folder}/{name}.npz") for name in ("numio", "numpy"))
    print(f"{'':34} {mine / 1e6:9.2f} MB {numpys / 1e6:9.2f} MB")


@case
def objects(folder, size):
    array = np.array([{"id": index, "name": f"n{index}"} for index in range(200_000)], object)
    run = into(folder, array)
    compare("save 200,000 dicts", run(numio.save), run(np.save), 3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("case", nargs="*", choices=[[], *CASES], metavar="case")
    options = parser.parse_args()
    print(f"{'':34} {'numio':>12} {'numpy ' + np.__version__:>12}")
    for name in options.case or CASES:
        with tempfile.TemporaryDirectory(dir=".") as folder:
            CASES[name](folder, 64 << 20 if options.quick else 512 << 20)


if __name__ == "__main__":
    main()
