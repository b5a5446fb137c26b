#!/usr/bin/env python3
"""Draws the pictures of the documentation with numio's own command, into `docs/pictures/`.

    scripts/pictures.py            with the command of the package that is installed (`make python`)
    scripts/pictures.py NUMIO      with that program

The arrays are the same at each run, and so are the pictures.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"


def arrays():
    """Arrays in which there is something to see: a spike and a gap in a million points, and a field with a hole."""
    rng = np.random.default_rng(0)
    x = np.linspace(0, 20, 1_000_000)
    line = np.sin(x) * np.exp(-x / 10) + rng.normal(0, 0.02, x.size)
    line[500_000] = 3
    line[700_000:720_000] = np.nan
    field = rng.normal(size=(300, 400)).cumsum(0).cumsum(1)
    field[50:60, 100:200] = np.nan
    return {"line": line, "field": field}


def main():
    command = sys.argv[1:] or [sys.executable, "-m", "numio"]
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, array in arrays().items():
            path = Path(folder) / f"{name}.npy"
            np.save(path, array)
            subprocess.run([*command, "plot", "--force", "--size", "720x480", "-o", PICTURES / f"{name}.png", path.name], cwd=folder, check=True)


if __name__ == "__main__":
    main()
