"""A cache of arrays on the disk, which several programs may share.

    python cached_results.py

A result is an archive under the hash of its arguments. It appears whole or not at all, so a program that finds it may use it: there is no
lock, and no half file after a crash.
"""

import functools
import hashlib
import json
import os

import numpy as np

import numio


def cached(folder):
    """A decorator for functions of JSON's values that return a dict of arrays."""

    def decorate(function):
        @functools.wraps(function)
        def call(**arguments):
            key = json.dumps([function.__qualname__, arguments], sort_keys=True)
            path = os.path.join(folder, hashlib.sha256(key.encode()).hexdigest()[:16] + ".npz")
            try:
                # Stored members are mapped: only what is looked at is read.
                archive = numio.load(path, mmap_mode="r", allow_pickle=False)
            except FileNotFoundError:
                os.makedirs(folder, exist_ok=True)
                numio.write_npz(path, function(**arguments))
                archive = numio.load(path, mmap_mode="r", allow_pickle=False)
            return {name: archive[name] for name in archive.files}

        return call

    return decorate


calls = 0


@cached("cache")
def waves(*, frequency, samples):
    """Something that takes long."""
    global calls
    calls += 1
    time = np.linspace(0, 1, samples)
    return {"time": time, "signal": np.sin(2 * np.pi * frequency * time)}


def main():
    """Ask twice for one thing, and once for another."""
    first = waves(frequency=3, samples=1000)
    again = waves(frequency=3, samples=1000)
    waves(frequency=5, samples=1000)
    print(f"3 results, {calls} calculated, in {len(os.listdir('cache'))} files")
    assert calls == 2 and np.array_equal(first["signal"], again["signal"])


if __name__ == "__main__":
    main()
