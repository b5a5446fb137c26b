"""Prints three elements of an archive whose members were changed through maps, once every checksum has been checked."""

import sys
import zipfile

import numpy as np

with open(sys.argv[1], "rb") as file:
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
    found = np.lib.npyio.NpzFile(file)
    print(found["zeros"][0], found["zeros"][1], found["edge"][4])
