"""Archives as `zipfile` writes and reads them.

    zipfile_cases.py write DIRECTORY  writes some in every way that NumPy and `zipfile` have
    zipfile_cases.py read FILE        reads archives one after another, each behind its length, and prints a line for each

A line is `-` for an archive that does not open, else the members in order: name in hexadecimal, `=`, and the bytes' length
and CRC-32, or `-` where they cannot be read.
"""

import io
import struct
import sys
import zipfile
import zlib
from pathlib import Path


class Pipe(io.RawIOBase):
    """What cannot go back."""

    def __init__(self):
        self.data = b""

    def writable(self):
        return True

    def write(self, data):
        self.data += bytes(data)
        return len(data)


def by_zipfile(file, members, comment=b"", **options):
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, data, force in members:
            with archive.open(name, "w", force_zip64=force) as member:
                member.write(data)
        archive.comment = comment


def write(folder):
    import numpy as np

    arrays = {"a": np.arange(3), "b": np.zeros(40), "ü": np.array(["x"]), "o": np.array([None], dtype=object)}
    np.savez(folder / "savez.npz", **arrays)
    np.savez_compressed(folder / "compressed.npz", **arrays)
    np.savez(folder / "none.npz")
    members = [("a.npy", b"first" * 5, False), ("notes.txt", b"", False), ("a.npy", b"second" * 9, True)]
    for name, options in [
        ("stored", {}),
        ("deflated", {"compression": zipfile.ZIP_DEFLATED}),
        ("bzip2", {"compression": zipfile.ZIP_BZIP2}),
        ("lzma", {"compression": zipfile.ZIP_LZMA}),
        ("comment", {"comment": b"a comment that says little"}),
    ]:
        by_zipfile(folder / f"{name}.npz", members, **options)
        pipe = Pipe()
        by_zipfile(pipe, members, **options)
        (folder / f"{name}-pipe.npz").write_bytes(pipe.data)
    # The limits at which zip64 starts, brought down: small archives with all its records.
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 40, 1
    by_zipfile(folder / "zip64.npz", members)
    by_zipfile(folder / "zip64-comment.npz", members, comment=b"and a comment")
    whole = (folder / "zip64.npz").read_bytes()
    (folder / "zip64-prefix.npz").write_bytes(b"PK\3\4 something else first" + whole)
    zipfile.ZIP64_LIMIT = (1 << 31) - 1
    by_zipfile(folder / "zip64-count.npz", members)
    (folder / "prefix.npz").write_bytes(b"PK\3\4" + b"\0" * 90 + (folder / "savez.npz").read_bytes())


def said(data):
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception:
        return "-"
    line = [""]
    for info in archive.infolist():
        try:
            found = archive.open(info).read()
            said = f"{len(found)}:{zlib.crc32(found)}"
        except Exception:
            said = "-"
        line.append(info.filename.encode("utf-8", "surrogatepass").hex() + "=" + said)
    return " ".join(line)


def read(path):
    data, at = path.read_bytes(), 0
    while at < len(data):
        (length,) = struct.unpack_from("<L", data, at)
        print(said(data[at + 4 : at + 4 + length]))
        at += 4 + length


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](Path(sys.argv[2]))
