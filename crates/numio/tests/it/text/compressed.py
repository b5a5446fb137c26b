"""Writes packed texts to a folder and prints what numpy.loadtxt makes of each; or reads back those that numio wrote."""

import bz2
import gzip
import json
import lzma
import os
import random
import sys

import numpy as np

FOLDER = sys.argv[2]
ROWS = "".join(f"{row} {row / 4!r}\n" for row in range(20_000)).encode()
HALVES = ROWS[: len(ROWS) // 2], ROWS[len(ROWS) // 2 :]


def alone(data, **more):
    filters = [{"id": lzma.FILTER_LZMA1, "preset": 6, **more}]
    return lzma.compress(data, format=lzma.FORMAT_ALONE, filters=filters)


def far(at):
    """A stream that ends `at` bytes before a multiple of 64 KiB, and behind it one of either format."""
    letters = random.Random(0).choices("abcdefghijklmnopqrstuvwxyz", k=200_000)
    wanted = (1 << 16) - at
    count = wanted
    while (missing := wanted - len(first := alone(f"1 2\n#{''.join(letters[:count])}\n".encode()))) != 0:
        count += missing
    return first + (alone(b"3 4\n") if at % 2 else lzma.compress(b"3 4\n"))


FILES = {
    "one.gz": gzip.compress(ROWS),
    "two.gz": gzip.compress(HALVES[0]) + gzip.compress(HALVES[1]),
    "zeros.gz": gzip.compress(HALVES[0]) + b"\0" * 100_000 + gzip.compress(HALVES[1]) + b"\0" * 7,
    "empty.gz": b"",
    "nothing.gz": gzip.compress(b""),
    "short.gz": gzip.compress(b"1 2\n3 4"),
    "cut.gz": gzip.compress(ROWS)[:-1000],
    "cut-end.gz": gzip.compress(ROWS)[:-3],
    "garbage.gz": gzip.compress(ROWS) + b"garbage",
    "plain.gz": ROWS,
    "one.bz2": bz2.compress(ROWS),
    "two.bz2": bz2.compress(HALVES[0]) + bz2.compress(HALVES[1]),
    "cut.bz2": bz2.compress(ROWS)[:-1000],
    "plain.bz2": ROWS,
    "one.xz": lzma.compress(ROWS),
    "two.xz": lzma.compress(HALVES[0]) + lzma.compress(HALVES[1]),
    "cut.xz": lzma.compress(ROWS)[:-1000],
    "one.lzma": lzma.compress(ROWS),
    "alone.lzma": alone(ROWS),
    "alone.xz": alone(ROWS),
    "two-alone.lzma": alone(HALVES[0]) + alone(HALVES[1]),
    "alone-and.lzma": alone(HALVES[0]) + lzma.compress(HALVES[1]),
    "and-alone.xz": lzma.compress(HALVES[0]) + alone(HALVES[1]),
    "garbage-alone.lzma": alone(ROWS) + b"\xff" * 20,
    "zero.lzma": alone(HALVES[0]) + alone(HALVES[1], lc=0, lp=0, pb=0, dict_size=1 << 20),
    # Heads that lie across the end of a buffer.
    **{f"far-{at}.xz": far(at) for at in (1, 2, 5, 12)},
    "cut-alone.lzma": alone(ROWS)[:-1000],
    "upper.GZ": b"1 2\n",
    "hidden.txt.gz": gzip.compress(ROWS),
}

if sys.argv[1] == "make":
    for name, data in FILES.items():
        path = os.path.join(FOLDER, name)
        with open(path, "wb") as file:
            file.write(data)
        # DataSource finds the packed file under the plain file's name.
        asked = path.removesuffix(".gz") if name.startswith("hidden") else path
        try:
            array = np.loadtxt(asked)
            found = {"shape": array.shape, "sum": float(array.sum())}
        except Exception as error:
            found = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps({"path": asked, "found": found}))
else:
    for name in sorted(os.listdir(FOLDER)):
        array = np.loadtxt(os.path.join(FOLDER, name))
        print(name, *array.shape, float(array.sum()))
