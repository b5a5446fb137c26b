"""Checks an archive of many members, or of one large one, and writes another with the same contents beside it."""

import sys
import zipfile

import numpy as np

kind, given, own = sys.argv[1:]
with zipfile.ZipFile(given) as archive:
    assert archive.testzip() is None
    print(len(archive.namelist()), max(info.file_size for info in archive.infolist()))
if kind == "many":
    with np.load(given) as found:
        assert found["m0"][0] == 0 and found["m65599"][0] == 65599
    np.savez(own, **{f"m{at}": np.array([at]) for at in range(65_600)})
else:
    with np.load(given) as found:
        assert found["x"].shape == ((1 << 32) + 7,) and found["y"][2] == 3
    # A member whose offset takes zip64 too.
    np.savez(own, x=np.zeros((1 << 32) + 7, "u1"), y=np.array([1, 2, 3]))
