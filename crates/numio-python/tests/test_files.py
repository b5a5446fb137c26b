"""Whatever can be given as `file`."""

import bz2
import gzip
import io
import lzma
import os
import pathlib
import pickle
import socket
import subprocess
import sys
import tempfile
import threading
import zipfile
import zlib

import numpy as np
import pytest
from conftest import outcome, parity, same

import numio

ARRAY = np.arange(60_000.0).reshape(3, -1)


def saved(*arrays):
    stream = io.BytesIO()
    for array in arrays:
        np.save(stream, array)
    return stream.getvalue()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.npy"
    path.write_bytes(saved(ARRAY))
    return path


@pytest.mark.parametrize("kind", [str, pathlib.Path, os.fsencode, lambda path: type("P", (), {"__fspath__": lambda self: str(path)})()])
def test_load_of_any_kind_of_path_equals_numpys(path, kind):
    same(numio.load(kind(path)), np.load(kind(path)))


@pytest.mark.parametrize("wrong", [3, None, 2.5, ["a.npy"], object(), b"no/such", "no/such", "a\0b", "", "/"])
def test_load_of_what_is_no_path_raises_as_numpy(wrong):
    parity(outcome(numio.load, wrong), outcome(np.load, wrong))


def test_load_of_a_missing_file_names_it(tmp_path):
    with pytest.raises(FileNotFoundError) as found:
        numio.load(tmp_path / "none.npy")
    assert found.value.filename == str(tmp_path / "none.npy") and found.value.errno == 2


class Least:
    """The least that NumPy takes: `read(n)` and `seek`, which say nothing of where they stand."""

    def __init__(self, data):
        self.inner = io.BytesIO(data)

    def read(self, size):
        assert size > 0
        return self.inner.read(min(size, 7000))

    def seek(self, offset, whence=0):
        self.inner.seek(offset, whence)


def unbuffered(data):
    file = tempfile.TemporaryFile(buffering=0)
    file.write(data)
    file.seek(0)
    return file


def buffered(data):
    file = tempfile.TemporaryFile()
    file.write(data)
    file.seek(0)
    return file


def reader(data):
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(data)
    opened = open(file.name, "rb")
    os.unlink(file.name)
    return opened


def gzipped(data):
    return gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(data)))


STREAMS = [
    io.BytesIO, Least, unbuffered, buffered, reader, gzipped, lambda data: io.BufferedReader(gzipped(data)),
    lambda data: bz2.BZ2File(io.BytesIO(bz2.compress(data))), lambda data: io.BufferedReader(io.BytesIO(data)),
]  # fmt: skip


@pytest.mark.parametrize("make", STREAMS)
def test_arrays_load_one_after_another(make):
    wanted = [ARRAY, np.arange(3), np.zeros((0, 2)), np.float64(1.5), np.asfortranarray(ARRAY.astype(">f4")), np.arange(3)]
    stream = make(saved(*wanted))
    for array in wanted:
        same(numio.load(stream), np.load(io.BytesIO(saved(array))))
    with pytest.raises(EOFError):
        numio.load(stream)


@pytest.mark.parametrize("make", [unbuffered, buffered, reader, io.BytesIO, gzipped])
def test_load_from_a_stream_leaves_what_follows(make):
    stream = make(b"before" + saved(ARRAY) + b"after")
    assert stream.read(6) == b"before"
    same(numio.load(stream), ARRAY)
    assert stream.read() == b"after"


def test_load_of_a_file_open_for_writing_too_reads_it(tmp_path):
    with open(tmp_path / "a", "w+b") as file:
        np.save(file, ARRAY)
        file.seek(0)
        same(numio.load(file), ARRAY)
        assert file.tell() == 128 + ARRAY.nbytes


def test_load_from_a_pipe_and_a_socket_reads_the_array():
    ours, theirs = socket.socketpair()
    data = saved(ARRAY, np.arange(3))
    sender = threading.Thread(target=lambda: (theirs.sendall(data), theirs.close()))
    sender.start()
    with ours, ours.makefile("rb") as stream:
        same(numio.load(stream), ARRAY)
        same(numio.load(stream), np.arange(3))
    sender.join()
    read, write = os.pipe()
    with open(read, "rb") as stream, open(write, "wb") as sink:
        sink.write(saved(np.arange(3)))
        sink.close()
        same(numio.load(stream), np.arange(3))


class Odd:
    """A file-like object whose `read` misbehaves from a byte on."""

    def __init__(self, how, after, data):
        self.how, self.after, self.inner = how, after, io.BytesIO(data)

    def read(self, size=-1):
        if self.inner.tell() >= self.after:
            return self.how(self.inner, size)
        return self.inner.read(min(size, self.after - self.inner.tell()))

    def seek(self, *args):
        return self.inner.seek(*args)


def raising(inner, size):
    raise ZeroDivisionError("mine")


ODD = {
    "too much": lambda inner, size: inner.read(size) + b"more than was asked for",
    "too little": lambda inner, size: b"",
    "None": lambda inner, size: None,
    "text": lambda inner, size: "text",
    "a number": lambda inner, size: 3,
    "raises": raising,
}


@pytest.mark.parametrize("how", ODD)
@pytest.mark.parametrize("after", [0, 3, 6, 8, 9, 10, 60, 128, 1000, 128 + ARRAY.nbytes - 1])
def test_load_from_an_object_that_misbehaves_raises_as_numpy(how, after):
    data = saved(ARRAY)
    ours = outcome(numio.load, Odd(ODD[how], after, data))
    if how == "raises" and after == 3:
        # NumPy takes a short first read for the end.
        assert isinstance(ours[1], ZeroDivisionError)
    elif how in ("too little", "raises"):
        parity(ours, outcome(np.load, Odd(ODD[how], after, data)))
    else:
        # NumPy reads on for ever after too much, and elsewhere raises what adding to bytes happens to raise.
        assert isinstance(ours[1], (TypeError, ValueError)), ours


def test_views_of_bytes_are_bytes():
    odd = Odd(lambda inner, size: bytearray(inner.read(size)), 5, saved(ARRAY))
    same(numio.load(odd), ARRAY)
    odd = Odd(lambda inner, size: memoryview(inner.read(size)), 5, saved(ARRAY))
    same(numio.load(odd), ARRAY)


def test_load_from_a_text_file_raises_type_error(path):
    with open(path, encoding="latin1") as stream:
        with pytest.raises(TypeError, match="binary mode"):
            numio.load(stream)


@pytest.mark.parametrize("length", [0, 1, 3, 6, 7, 10, 50, 127, 128, 129, 1000])
def test_load_of_a_truncated_file_raises_as_numpy(tmp_path, length):
    path = tmp_path / "a.npy"
    path.write_bytes(saved(ARRAY)[:length])
    parity(outcome(numio.load, path), outcome(np.load, path))
    parity(outcome(numio.load, path, "r"), outcome(np.load, path, "r"))
    with open(path, "rb") as file:
        ours = outcome(numio.load, file)
        file.seek(0)
        parity(ours, outcome(np.load, file))


def test_load_of_a_long_header_raises_as_numpy_unless_allowed(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.zeros(1, [(f"a_long_name_of_a_field_{n}", "f8") for n in range(500)]))
    for kwargs in ({}, {"allow_pickle": False}, {"max_header_size": 200_000}, {"max_header_size": 2**70}):
        kwargs = {"allow_pickle": False, **kwargs}
        parity(outcome(numio.load, path, **kwargs), outcome(np.load, path, **kwargs))
    with pytest.raises(ValueError, match="Header info length"):
        numio.load(path)
    same(numio.load(path, allow_pickle=True), np.load(path, allow_pickle=True))


@pytest.mark.parametrize("encoding", ["ASCII", "latin1", "bytes", "utf8", "ascii", ""])
def test_load_with_any_encoding_ends_as_numpys(path, encoding):
    parity(outcome(numio.load, path, encoding=encoding), outcome(np.load, path, encoding=encoding))


def test_load_of_garbage_raises_as_numpy(tmp_path):
    path = tmp_path / "a.npy"
    path.write_bytes(b"garbage, and more of it")
    parity(outcome(numio.load, path), outcome(np.load, path, allow_pickle=True))
    parity(outcome(numio.load, path, allow_pickle=False), outcome(np.load, path, allow_pickle=False))


def test_load_with_wrong_arguments_raises_type_error():
    for args in ((), (1, 2, 3, 4, 5, 6), ("a", None, True, True, 5)):
        assert type(outcome(numio.load, *args)[1]) is TypeError
    with pytest.raises(TypeError):
        numio.load("a", no_such=1)


NOT_FILES_OF_ARRAYS = [b"a,b\n1,2\n", b"\x89PNG\r\n\x1a\n....", b"\x00" * 20, b"<html></html>", b"\x80\x04\x95\x05\x00", b"x"]


@pytest.mark.parametrize("data", NOT_FILES_OF_ARRAYS)
def test_load_of_other_formats_names_what_they_are(tmp_path, data):
    path = tmp_path / "a"
    path.write_bytes(data)
    unbuffered = open(path, "rb", buffering=0)
    reader = type("Reader", (), {"read": io.BytesIO(data).read})()
    for file in (path, io.BytesIO(data), open(path, "rb"), unbuffered, reader):
        for mode in (None, "r") if file is not reader else (None,):
            with pytest.raises(ValueError) as raised:
                numio.load(file, mode)
            assert isinstance(raised.value, pickle.UnpicklingError)
            if hasattr(file, "seek"):
                file.seek(0)
    for allow in (True, False):
        parity(outcome(numio.load, path, allow_pickle=allow), outcome(np.load, path, allow_pickle=allow))


def test_load_from_a_file_open_for_writing_raises_as_numpy(tmp_path):
    for mode in ("wb", "ab", "xb"):
        for buffering in (-1, 0):
            path = tmp_path / f"{mode}{buffering}"
            with open(path, mode, buffering=buffering) as file:
                parity(outcome(numio.load, file), outcome(np.load, file))
                with pytest.raises(io.UnsupportedOperation):
                    numio.load(file)


@pytest.mark.skipif(int(np.__version__[0]) < 2, reason="compares with words and ways of NumPy 2")
@pytest.mark.parametrize("damage", ["cut", "cut within", "emptied", "overwritten"])
@pytest.mark.parametrize("allow", [None, True])
def test_load_of_a_damaged_pickle_raises_as_numpy(tmp_path, damage, allow):
    stream = io.BytesIO()
    np.save(stream, np.array([None, {1: 2}, "x" * 50], object), allow_pickle=True)
    data = stream.getvalue()
    data = {"cut": data[:-1], "cut within": data[:-40], "emptied": data[:128], "overwritten": data[:200] + b"\xff" + data[201:]}[damage]
    (tmp_path / "a.npy").write_bytes(data)
    (tmp_path / "a.pkl").write_bytes(data[128:] or b"\x80\x04")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("a.npy", data)
    named = {} if allow is None else {"allow_pickle": allow}
    for name in ("a.npy", "a.npz", "a.pkl"):
        for file in (tmp_path / name, open(tmp_path / name, "rb"), io.BytesIO((tmp_path / name).read_bytes())):
            with pytest.raises(pickle.UnpicklingError) as raised:
                found = numio.load(file, **named)
                found["a"]
            assert isinstance(raised.value, ValueError) == (allow is None)


FORMATS = {
    "a Git LFS pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n", "git lfs pull"),
    "an HTML page": (b"<!DOCTYPE html>\n<html></html>", "download"),
    "a JSON file": (b'{"message": "Not Found"}', "JSON"),
    "a gzip file": (gzip.compress(b"1 2 3"), "gunzip"),
    "a bzip2 file": (bz2.compress(b"1 2 3"), "bunzip2"),
    "an xz file": (lzma.compress(b"1 2 3"), "unxz"),
    "an LZMA file": (lzma.compress(b"1 2 3", lzma.FORMAT_ALONE), "unlzma"),
    "a zlib file": (zlib.compress(b"1 2 3"), "zlib.decompress"),
    "a Zstandard file": (b"\x28\xb5\x2f\xfd\x04\x58\x09\0\0" + b"x" * 20, "unzstd"),
    "an HDF5 file": (b"\x89HDF\r\n\x1a\n" + bytes(60), "h5py"),
    "a MATLAB file": (b"MATLAB 5.0 MAT-file, Platform: GLNXA64".ljust(124) + b"\0\1IM", "loadmat"),
    "a file of R": (gzip.compress(b"X\n\0\0\0\3\0\4\3\1\0\3\5\0\0\0\0\5UTF-8" + bytes(30)), "pyreadr"),
    "an HDF4 file": (b"\x0e\3\x13\1" + bytes(40), "pyhdf"),
    "a DICOM file": (bytes(128) + b"DICM\2\0\0\0UL" + bytes(20), "pydicom"),
    "a ROOT file": (b"root\0\0\xf3\xc4\0\0\0\x64" + bytes(20), "uproot"),
    "an IDX file": (b"\0\0\x08\3\0\0\0\2\0\0\0\3\0\0\0\3" + bytes(18), "idx2numpy"),
    "a WAV file": (b"RIFF$\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0", "scipy.io.wavfile"),
    "a program or a library": (b"\x7fELF\2\1\1" + bytes(40), "no array"),
    "a Parquet file": (b"PAR1\x15\0\x15\x10" + bytes(40), "pyarrow"),
    "an Arrow file": (b"ARROW1\0\0" + bytes(40), "pyarrow"),
    "a safetensors file": ((14).to_bytes(8, "little") + b'{"__metadata":{}}'[:14] + bytes(20), "safetensors"),
    "a PNG image": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(20), "images"),
    "a GIF image": (b"GIF89a\1\0\1\0" + bytes(20), "images"),
    "a FITS file": (b"SIMPLE  =                    T".ljust(2880), "astropy"),
    "a NIfTI file": ((348).to_bytes(4, "little") + bytes(340) + b"n+1\0", "nibabel"),
    "a 7-Zip archive": (b"7z\xbc\xaf\x27\x1c\0\4" + bytes(40), "7z x"),
    "an SQLite database": (b"SQLite format 3\0" + bytes(40), "sqlite3"),
    "a text file": (b"# a table\n1.0 2.0\n", "loadtxt"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_refusal_of_a_file_says_what_it_is(tmp_path, name):
    data, advice = FORMATS[name]
    path = tmp_path / "a.npy"
    path.write_bytes(data)
    calls = [
        lambda: numio.load(path),
        lambda: numio.load(path, mmap_mode="r"),
        lambda: numio.load(path, allow_pickle=False),
        lambda: numio.load(open(path, "rb")),
        lambda: numio.load(io.BytesIO(data)),
        lambda: numio.open(path),
    ]
    for call in calls:
        with pytest.raises(ValueError) as raised:
            call()
        assert name in str(raised.value) and advice in str(raised.value), str(raised.value)
    # `audit` looks into what is compressed.
    is_compressed = data[:2] == b"\x1f\x8b" or name.split()[1] in {"gzip", "bzip2", "xz", "LZMA", "zlib", "Zstandard", "7-Zip"}
    for verb in ["info", "show", "verify"] if is_compressed else ["info", "show", "verify", "audit"]:
        said = subprocess.run([sys.executable, "-m", "numio", verb, path], capture_output=True, text=True)
        assert said.returncode == 1
        # The command reads texts itself.
        told = "numio convert" if name == "a text file" and verb != "audit" else advice
        assert name in said.stdout + said.stderr and told in said.stdout + said.stderr, (verb, said)


@pytest.mark.parametrize("protocol", range(2, 6))
def test_a_file_of_old_torch_is_named(tmp_path, protocol):
    # As torch.save wrote it before version 1.6: four pickles, and the elements (`_legacy_save` in torch/serialization.py).
    parts = [0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True}, {"w": [1]}, ["7"]]
    data = b"".join(pickle.dumps(part, protocol) for part in parts) + bytes(range(24))
    path = tmp_path / "model.pt"
    path.write_bytes(data)
    said = "a PyTorch file of before version 1.6.*torch.load"
    for call in (
        lambda: numio.load(path),
        lambda: numio.load(path, allow_pickle=True),
        lambda: numio.load(open(path, "rb")),
        lambda: numio.load(io.BytesIO(data)),
        lambda: numio.open(path),
    ):
        with pytest.raises(pickle.UnpicklingError if call.__code__.co_names[-1] != "open" else ValueError, match=said):
            call()
    with pytest.raises(ValueError, match=said):
        numio.load(path, allow_pickle=False)
    for verb in ["info", "show", "verify", "audit"]:
        run = subprocess.run([sys.executable, "-m", "numio", verb, path], capture_output=True, text=True)
        assert run.returncode == (verb != "audit") and "torch.load" in run.stdout + run.stderr, (verb, run)
    # Its number alone, a little changed, is a number.
    assert numio.load(io.BytesIO(pickle.dumps(parts[0] + 1, protocol))) == parts[0] + 1


# A matrix of MATLAB 4 has no magic: scipy writes them, in both byte orders.
@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", "i2", "u2", "u1", "c16", ">f8"])
def test_matlab_4_is_told_from_other_numbers(dtype):
    scipy_io = pytest.importorskip("scipy.io")
    stream = io.BytesIO()
    scipy_io.savemat(stream, {"some_name": np.ones((3, 4), dtype)}, format="4")
    with pytest.raises(ValueError, match="a MATLAB file.*loadmat"):
        numio.load(io.BytesIO(stream.getvalue()))
    for head in (bytes(40), np.arange(20, dtype=dtype).tobytes(), np.zeros(20, dtype).tobytes()):
        with pytest.raises(ValueError) as raised:
            numio.load(io.BytesIO(head))
        assert "MATLAB" not in str(raised.value)


def test_an_archive_of_torch_is_named(tmp_path):
    path = tmp_path / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", b"\x80\x02}q\0.")
        archive.writestr("model/version", b"3\n")
    for file in [path, str(path), io.BytesIO(path.read_bytes())]:
        with pytest.warns(UserWarning, match="PyTorch archive.*torch.load"):
            assert numio.load(file).files == ["model/data.pkl", "model/version"]
    for verb in ["info", "show", "verify"]:
        said = subprocess.run([sys.executable, "-m", "numio", verb, path], capture_output=True, text=True)
        assert said.returncode == 0 and "a PyTorch archive" in said.stdout and "torch.load" in said.stdout, said
