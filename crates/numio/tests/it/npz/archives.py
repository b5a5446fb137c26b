"""Writes the arrays of a directory as archives, in every way that Python has."""

import io
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np

arrays, out = Path(sys.argv[1]), Path(sys.argv[2])
files = sorted(arrays.glob("*.npy"))
loaded = {path.stem: np.load(path) for path in files}
np.savez(out / "savez.npz", **loaded)
np.savez_compressed(out / "savez_compressed.npz", **loaded)


def by_zipfile(name, method, **more):
    with zipfile.ZipFile(out / name, "w", method, **more) as archive:
        for path in files:
            archive.write(path, path.name)


by_zipfile("stored.npz", zipfile.ZIP_STORED)
by_zipfile("fast.npz", zipfile.ZIP_DEFLATED, compresslevel=1)
by_zipfile("best.npz", zipfile.ZIP_DEFLATED, compresslevel=9)
by_zipfile("bzip2.npz", zipfile.ZIP_BZIP2)
by_zipfile("lzma.npz", zipfile.ZIP_LZMA)


class Pipe(io.RawIOBase):
    """Cannot seek, so that zipfile puts sizes and CRCs after the data."""

    def __init__(self, path):
        self.file = open(path, "wb")

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)


for name, method in ("descriptors.npz", zipfile.ZIP_DEFLATED), ("stored_descriptors.npz", zipfile.ZIP_STORED):
    pipe = Pipe(out / name)
    with zipfile.ZipFile(pipe, "w", method) as archive:
        for path in files:
            with archive.open(path.name, "w", force_zip64=path.stem == "small") as member:
                member.write(path.read_bytes())
    pipe.file.close()

# A program before the archive, and a long comment after it.
body = (out / "savez_compressed.npz").read_bytes()
(out / "prefixed.npz").write_bytes(b"#!/bin/sh\nexit\n" * 100 + body)
(out / "commented.npz").write_bytes(body)
with zipfile.ZipFile(out / "commented.npz", "a") as archive:
    archive.comment = b"c" * 60_000
# Zip64 at the end of an archive that does not need it.
end = body[-22:]
count, size, offset = struct.unpack("<HII", end[10:20])
record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(body) - 22, 1)
plain = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
(out / "zip64.npz").write_bytes(body[:-22] + record + locator + plain)
for path in out.glob("*.npz"):
    with np.load(path) if path.name != "prefixed.npz" else np.lib.npyio.NpzFile(open(path, "rb")) as archive:
        assert sorted(archive.files) == sorted(loaded), path
