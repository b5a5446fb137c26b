"""Writes records with Python objects in them."""
import pathlib
import sys

import numpy as np

records = np.array([("x", 1), (None, -2)], [("a", "O"), ("b", "i4")])
np.save(pathlib.Path(sys.argv[1]) / "records.npy", records)
