"""A panic of the library is an ordinary exception, at every way into it."""

import gc
import os
import subprocess
import sys

import numpy as np
import pytest

import numio
from numio._errors import InternalError

# What PyO3 raises for a panic. Where Rust meets it as an exception of Python's, it panics anew, and so does numio here.
(PANIC,) = InternalError.__subclasses__()


class Panics:
    """A path, file or array that panics wherever it is asked for something."""

    def _panic(self, *args, **kwargs):
        raise PANIC("out of cheese")

    __fspath__ = __array__ = read = write = seek = tell = __bool__ = keys = items = __hash__ = _panic
    __eq__ = __iter__ = _panic


def archive(tmp_path):
    numio.savez(tmp_path / "a.npz", a=np.arange(3))
    return numio.load(tmp_path / "a.npz")


def writer(tmp_path):
    return numio.NpzWriter(tmp_path / "b.npz")


CALLS = {
    "load": lambda _: numio.load(Panics()),
    "load, an argument": lambda path: numio.load(path, allow_pickle=Panics()),
    "save": lambda _: numio.save(Panics(), np.arange(1000)),
    "save, an array": lambda path: numio.save(path / "c.npy", Panics()),
    "savez": lambda _: numio.savez(Panics(), np.arange(1000)),
    "savez_compressed": lambda _: numio.savez_compressed(Panics(), a=np.arange(1000)),
    "write_npz": lambda path: numio.write_npz(path / "c.npz", {"a": Panics()}),
    "append": lambda _: numio.append(Panics(), [1]),
    "open_memmap": lambda path: numio.open_memmap(path / "c.npy", "w+", shape=Panics()),
    "memmap": lambda _: numio.memmap(Panics()),
    "NpzWriter": lambda _: numio.NpzWriter(Panics()),
    "NpzWriter.write": lambda path: writer(path).write("a", Panics()),
    "NpzFile[]": lambda path: archive(path)[Panics()],
    "in NpzFile": lambda path: Panics() in archive(path),
    "NpzFile.get": lambda path: archive(path).get(Panics()),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_panic_is_an_ordinary_exception(tmp_path, name, capfd):
    with pytest.raises(RuntimeError, match="^numio: internal error: .*out of cheese") as raised:
        CALLS[name](tmp_path)
    assert raised.type is PANIC and issubclass(PANIC, Exception)
    assert gc.isenabled()
    # The machine works on.
    numio.save(tmp_path / "after.npy", np.arange(3))
    assert numio.load(tmp_path / "after.npy").tolist() == [0, 1, 2]


def test_panic_while_writing_leaves_nothing_behind(tmp_path, capfd):
    numio.save(tmp_path / "a.npz", [1])
    with pytest.raises(InternalError):
        numio.savez(tmp_path / "a.npz", a=np.arange(1000), b=Panics())
    assert os.listdir(tmp_path) == ["a.npz.npy"]


def test_program_goes_on_after_a_panic(tmp_path):
    code = f"""
import sys
sys.path.insert(0, {os.path.dirname(__file__)!r})
from test_panics import Panics, numio
try:
    numio.load(Panics())
except Exception as error:
    print(error)
print("on")
"""
    out = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert out.returncode == 0 and out.stdout.startswith("numio: internal error: "), out.stdout
    assert out.stdout.endswith("on\n")
