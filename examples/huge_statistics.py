"""Mean and spread of each column of a file that need not fit into memory.

    python huge_statistics.py [FILE]

The rows pass through in blocks; a member of an archive (a.npz:name) and a URL work too.
"""

import sys

import numpy as np

import numio


def opened(name):
    """A lazy array: a file, or a member of an archive."""
    path, colon, member = name.rpartition(":")
    if colon and path.endswith(".npz"):
        return numio.open(path)[member]
    return numio.open(name)


def summary(x, rows=1000):
    """Mean and standard deviation along the first axis."""
    total = sum(block.sum(0, dtype="f8") for block in x.blocks(rows=rows))
    mean = total / len(x)
    squares = sum(((block - mean) ** 2).sum(0) for block in x.blocks(rows=rows))
    return mean, np.sqrt(squares / len(x))


def main():
    """Summarise the file, or one that is made here."""
    name = sys.argv[1] if len(sys.argv) > 1 else "huge.npz:x"
    if len(sys.argv) == 1:
        numio.savez_compressed("huge.npz", x=np.random.default_rng(0).normal(5, 2, (20_000, 3)).astype("f4"))
    mean, spread = summary(opened(name))
    print(f"{name}: mean {np.round(mean, 2)}, spread {np.round(spread, 2)}")
    if len(sys.argv) == 1:
        with np.load("huge.npz") as archive:
            assert np.allclose(mean, archive["x"].mean(0, dtype="f8")) and np.allclose(spread, archive["x"].std(0, dtype="f8"))


if __name__ == "__main__":
    main()
