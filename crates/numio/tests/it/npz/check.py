"""Holds archives that numio wrote against the .npy files they were made from: by NumPy, by zipfile, by unzip, and by a
reader that goes from local header to local header, as cnpy does."""

import io
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np


def local_headers(data):
    """What such a reader finds: name, method, data. It believes the sizes in the local headers."""
    at = 0
    while data[at : at + 4] == b"PK\3\4":
        method, name_len, extra_len = (struct.unpack_from("<H", data, at + offset)[0] for offset in (8, 26, 28))
        flags = struct.unpack_from("<H", data, at + 6)[0]
        compressed, size = struct.unpack_from("<II", data, at + 18)
        assert flags & 8 == 0
        name = data[at + 30 : at + 30 + name_len].decode()
        start = at + 30 + name_len + extra_len
        yield name, method, size, start, data[start : start + compressed]
        at = start + compressed
    assert data[at : at + 4] in (b"PK\1\2", b"PK\5\6"), "members stand side by side"


def same(one, other):
    return (
        one.dtype == other.dtype
        and one.shape == other.shape
        and one.flags.f_contiguous == other.flags.f_contiguous
        and one.tobytes() == other.tobytes()
    )


arrays = {path.stem: np.load(path) for path in Path(sys.argv[1]).glob("*.npy")}
for path in map(Path, sys.argv[2:]):
    with np.load(path) as found:
        assert sorted(found.files) == sorted(arrays), (path, found.files)
        for name, array in arrays.items():
            assert same(found[name], array), (path, name)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for info in archive.infolist():
            assert info.date_time == (1980, 1, 1, 0, 0, 0) and info.create_system == 3
    unzip = subprocess.run(["unzip", "-tqq", path], capture_output=True, text=True)
    assert unzip.returncode == 0 and not unzip.stdout + unzip.stderr, unzip
    for name, method, size, start, data in local_headers(path.read_bytes()):
        if method == 0:
            assert start % 64 == 0, (path, name)
        raw = data if method == 0 else zlib.decompress(data, -15)
        assert len(raw) == size, (path, name)
        assert same(np.load(io.BytesIO(raw)), arrays[name.removesuffix(".npy")]), (path, name)
    print(path.name)
