"""Writes packed texts to a folder and prints what numpy.loadtxt makes of each; or reads back those that numio wrote."""

import bz2
import gzip
import json
import lzma
import os
import random
import sys
import zlib

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


def with_length(data, length=None):
    """A stream that says its length, and has a mark at its end all the same."""
    stream = alone(data)
    return stream[:5] + (len(data) if length is None else length).to_bytes(8, "little") + stream[13:]


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def lzip(data, version=1, crc=0, size=0, length=0):
    """A member of lzip, of whose end some numbers are wrong."""
    stream = alone(data, dict_size=1 << 16)[13:]
    numbers = (zlib.crc32(data) ^ crc).to_bytes(4, "little") + (len(data) + size).to_bytes(8, "little")
    ends = b"" if version == 0 else (26 + len(stream) + length).to_bytes(8, "little")
    return b"LZIP" + bytes([version, 16]) + stream + numbers + ends


NOTHING = alone(b"") * 3 + with_length(b"") * 2 + bytes(18)
SMALL = alone(b"3 4\n" * 9)
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
    "length.lzma": with_length(HALVES[0]) + alone(HALVES[1]),
    "length-and.lzma": with_length(HALVES[0]) + lzma.compress(HALVES[1]),
    "length-twice.lzma": with_length(HALVES[0]) + with_length(HALVES[1]),
    "length-short.lzma": with_length(ROWS, len(ROWS) - 10) + SMALL,
    "length-long.lzma": with_length(ROWS, len(ROWS) + 10) + SMALL,
    "nothing-first.lzma": NOTHING + alone(ROWS),
    "nothing-between.xz": lzma.compress(HALVES[0]) + NOTHING + alone(HALVES[1]) + NOTHING,
    "nothing-bzip2.bz2": bz2.compress(HALVES[0]) + alone(b"") + bz2.compress(HALVES[1]),
    "literals.lzma": alone(ROWS) + b"\x05" + SMALL[1:],
    "literals-first.lzma": b"\x05" + SMALL[1:],
    # Damage by which the later stream is none, ends early, or is an error; and some that only its check finds. The last bytes of LZMA have
    # others behind them: without, to numio a wrong end is one that is missing.
    **{f"damage-{at}.lzma": alone(ROWS) + flipped(SMALL, at) + SMALL for at in range(13, len(SMALL))},
    **{f"damage-{at}.xz": lzma.compress(ROWS) + flipped(lzma.compress(b"3 4\n"), at) for at in range(0, 60, 3)},
    **{f"damage-{at}.bz2": bz2.compress(ROWS) + flipped(bz2.compress(b"3 4\n"), at) for at in range(0, 40, 3)},
    "damage-far.lzma": alone(HALVES[0]) + flipped(alone(HALVES[1]), len(alone(HALVES[1])) - 400),
    "upper.GZ": b"1 2\n",
    "hidden.txt.gz": gzip.compress(ROWS),
}

try:
    lzma.decompress(lzip(b"1"))
except lzma.LZMAError:
    """liblzma before 5.4 reads none."""
else:
    FILES |= {
        "one-lzip.xz": lzip(ROWS),
        "two-lzip.xz": lzip(HALVES[0]) + lzip(HALVES[1], version=0),
        "xz-lzip.xz": lzma.compress(HALVES[0]) + lzip(HALVES[1]),
        "lzip-all.lzma": lzip(b"") + alone(HALVES[0]) + lzip(HALVES[1][:8]) + lzma.compress(HALVES[1][8:]),
        "lzip-garbage.xz": lzip(ROWS) + b"LZIP is no more",
        "lzip-crc.xz": lzip(ROWS, crc=1),
        "lzip-size.xz": lzip(ROWS, size=1),
        "lzip-length.xz": lzip(ROWS, length=1),
        "lzip-cut.xz": lzip(ROWS)[:-1],
        "lzip-dictionary.xz": lzip(ROWS).replace(b"\1\x10", b"\1\x2c", 1),
        "lzip-version.xz": lzip(ROWS).replace(b"LZIP\1", b"LZIP\2", 1),
        **{f"lzip-damage-{at}.xz": lzma.compress(ROWS) + flipped(lzip(b"3 4\n"), at) for at in range(0, len(lzip(b"3 4\n")), 2)},
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
