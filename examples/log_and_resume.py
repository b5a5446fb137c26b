"""A simulation that logs its state row by row, and goes on where it stopped.

    python log_and_resume.py [FILE]

Started again, it reads the last row of the log, however long that is, and continues. Killing it leaves a log of whole rows.
"""

import os
import sys

import numpy as np

import numio


def last_row(path):
    """The last row of the log, which is read alone; or the start."""
    if not os.path.exists(path):
        return np.array([0.0, 1.0, 0.0])
    return numio.open(path)[-1]


def advance(row, step=0.01):
    """A swing: time, position, speed."""
    time, position, speed = row
    speed -= position * step
    return np.array([time + step, position + speed * step, speed])


def run(path, steps):
    """Log some steps, a hundred rows at a time."""
    row, waiting = last_row(path), []
    for _ in range(steps):
        row = advance(row)
        waiting.append(row)
        if len(waiting) == 100:
            numio.append(path, np.array(waiting), create=True)
            waiting = []
    if waiting:
        numio.append(path, np.array(waiting), create=True)


def main():
    """Two runs, of which the second continues the first."""
    path = sys.argv[1] if len(sys.argv) > 1 else "swing.npy"
    for _ in range(2):
        run(path, 250)
        log = numio.load(path, mmap_mode="r")
        print(f"{path}: {len(log)} rows, t = {log[-1, 0]:.2f}")
    assert np.allclose(np.diff(log[:, 0]), 0.01)


if __name__ == "__main__":
    main()
