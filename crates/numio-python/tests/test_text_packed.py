"""Compressed texts that are cut or damaged: the exceptions are NumPy's, class for class."""

import bz2
import gzip
import lzma

import numpy as np
import pytest
from test_text import outcome

import numio

TEXT = "".join(f"{row} {row * 0.37}\n" for row in range(20000)).encode()


def flipped(packed, place, mask=0xFF):
    packed = bytearray(packed)
    packed[place] ^= mask
    return bytes(packed)


GZIP, BZIP2, XZ = gzip.compress(TEXT), bz2.compress(TEXT), lzma.compress(TEXT)
FILES = {
    "half.gz": GZIP[: len(GZIP) // 2],
    "no end.gz": GZIP[:-4],
    "half a head.gz": GZIP[:5],
    "checksum.gz": flipped(GZIP, -8),
    "length.gz": flipped(GZIP, -2),
    "magic.gz": flipped(GZIP, 0),
    "method.gz": flipped(GZIP, 2),
    "block.gz": GZIP[:10] + b"\xff" + GZIP[11:],
    "more.gz": GZIP + b"more",
    "zeros.gz": GZIP + bytes(9),
    "two.gz": GZIP + GZIP,
    "two, the second cut.gz": GZIP + GZIP[:-9],
    "nothing.gz": b"",
    "half.bz2": BZIP2[: len(BZIP2) // 2],
    "magic.bz2": flipped(BZIP2, 0),
    "checksum.bz2": flipped(BZIP2, 10),
    "more.bz2": BZIP2 + b"more",
    "two.bz2": BZIP2 + BZIP2,
    "two, the second cut.bz2": BZIP2 + BZIP2[:-9],
    "nothing.bz2": b"",
    "half.xz": XZ[: len(XZ) // 2],
    "magic.xz": flipped(XZ, 0),
    "head.xz": flipped(XZ, 8, 1),
    "body.xz": flipped(XZ, len(XZ) // 2),
    "foot.xz": flipped(XZ, -1),
    "more.xz": XZ + b"more than twelve bytes",
    "two.xz": XZ + XZ,
    "two, the second cut.xz": XZ + XZ[:-9],
    "nothing.xz": b"",
    "nothing.lzma": b"",
}
CALLS = {
    "loadtxt": {},
    "genfromtxt": {},
    "fromregex": {"regexp": r"(\d+) (\S+)", "dtype": [("a", "i8"), ("b", "f8")]},
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", FILES)
def test_damaged_compressed_text_raises_what_numpy_raises(tmp_path, name, call):
    path = tmp_path / name
    path.write_bytes(FILES[name])
    ours, theirs = (outcome(getattr(module, call), path, **CALLS[call]) for module in (numio, np))
    if isinstance(theirs[0], type):
        assert ours[0] is theirs[0], (ours, theirs)
    else:
        assert ours == theirs
