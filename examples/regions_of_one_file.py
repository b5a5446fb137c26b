"""Four processes write the parts of one array, without a lock, into a file that appears when all are done.

    python regions_of_one_file.py
"""

from concurrent.futures import ProcessPoolExecutor

import numpy as np

import numio

ROWS, COLUMNS, PARTS = 400, 300, 4


def fill(x, part):
    """One process's rows: distances from a point of its own."""
    rows = range(part * ROWS // PARTS, (part + 1) * ROWS // PARTS)
    index = np.arange(rows.start, rows.stop)[:, None]
    x[rows.start : rows.stop] = np.hypot(index - 200, np.arange(COLUMNS) - 150)
    return len(rows)


def main():
    """Create the file, and have it filled."""
    with numio.create("distances.npy", (ROWS, COLUMNS), "f4", overwrite=True) as x:
        with ProcessPoolExecutor(PARTS) as pool:
            # The array is sent as the name of the file.
            rows = sum(pool.map(fill, [x] * PARTS, range(PARTS)))
    whole = np.load("distances.npy")
    print(f"distances.npy: {rows} rows, smallest {whole.min()} at {np.unravel_index(whole.argmin(), whole.shape)}")
    assert whole[200, 150] == 0 and whole[0, 0] == 250


if __name__ == "__main__":
    main()
