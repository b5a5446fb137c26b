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


@pytest.mark.parametrize("options", [
    {}, {"usecols": slice(1, None)}, {"usecols": [slice(0, -1)]}, {"converters": {0: lambda text: 3.0}}, {"dtype": object}, {"encoding": "cp1252"},
    {"dtype": "U5", "encoding": "cp1252"}, {"like": np.zeros(1)}, {"encoding": "utf-16"}, {"encoding": "nonsense"}, {"dtype": "V3"},
    {"usecols": ["b"]},
], ids=lambda options: ",".join(options) or "plain")  # fmt: skip
@pytest.mark.parametrize("name", ["loadtxt", "genfromtxt"])
def test_zstd_texts_are_those_of_files_whatever_reads_them(tmp_path, name, options):
    names = {"names": True} if name == "genfromtxt" and options.get("usecols") == ["b"] else {}
    numio.savetxt(tmp_path / "a.txt", [[1, 2, 3], [4, 5, 6]], fmt="%d", header="a b c")
    numio.savetxt(tmp_path / "a.txt.zst", [[1, 2, 3], [4, 5, 6]], fmt="%d", header="a b c")
    call = getattr(numio, name)
    plain = outcome(call, tmp_path / "a.txt", **options, **names)
    packed = outcome(call, tmp_path / "a.txt.zst", **options, **names)
    assert repr(packed).replace("a.txt.zst", "a.txt") == repr(plain)


def test_fromregex_finds_files_as_loadtxt_does(tmp_path):
    dtype = [("a", "i4"), ("b", "U3")]
    for file in ("a.txt", "a.txt.gz", "a.txt.zst"):
        numio.savetxt(tmp_path / file, np.array([(1, "é"), (2, "b")], dtype), fmt="%s", encoding="utf-8")
        for source in (tmp_path / file, str(tmp_path / file), (tmp_path / file).as_uri()):
            read = numio.fromregex(source, r"(\d) (\S)", dtype, encoding="utf-8")
            assert read.tolist() == [(1, "é"), (2, "b")], source
    with pytest.raises(FileNotFoundError, match=r"none\.txt\.zst"):
        numio.fromregex(tmp_path / "none.txt.zst", r"(\d) (\S)", dtype)
    with pytest.raises(TypeError, match="structured"):
        numio.fromregex(tmp_path / "a.txt.zst", r"(\d) (\S)", "i4")
