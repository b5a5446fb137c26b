"""What still has the address of a mapped element when the map is closed: it is told, or reads zeros, and never crashes."""

import ctypes
import subprocess
import sys

import numpy as np
import pytest

import numio

SIZE = 1000


class Interface:
    """An array of another library that shares the memory."""

    def __init__(self, array):
        self.array, self.__array_interface__ = array, array.__array_interface__


# What `close` sees.
VIEWS = {
    "asarray": np.asarray,
    "slice": lambda array: array[10:],
    "dtype": lambda array: array.view("u1"),
    "shape": lambda array: array.reshape(10, -1),
    "transposed": lambda array: array.T,
    "frombuffer": lambda array: np.frombuffer(array),
}
# What it does not see.
OTHERS = {
    "memoryview": memoryview,
    "part of one": lambda array: memoryview(array)[5:],
    "bytes of one": lambda array: memoryview(array).cast("B"),
    "ctypes": lambda array: (ctypes.c_double * SIZE).from_buffer(array),
    "pointer": lambda array: array.ctypes.data_as(ctypes.POINTER(ctypes.c_double)),
    "interface": lambda array: np.asarray(Interface(array)),
    "flat": lambda array: array.flat,
}


def mapped(tmp_path, mode):
    numio.save(tmp_path / "a.npy", np.arange(1.0, SIZE + 1))
    return numio.load(tmp_path / "a.npy", mode)


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
@pytest.mark.parametrize("name", VIEWS)
def test_close_with_views_raises_and_keeps_the_map(tmp_path, mode, name):
    array = mapped(tmp_path, mode)
    view = VIEWS[name](array)
    with pytest.raises(BufferError):
        numio.close(array)
    assert array[0] == 1 and view is not None
    del view
    numio.close(array)


def use(path):
    """Closes under each of the others, and reads and writes through it."""
    for mode in ("r+", "c"):
        for name, make in OTHERS.items():
            array = mapped(path, mode)
            other = make(array)
            numio.close(array)
            assert other[3] == 0, name
            other[3] = 1
            assert other[3] == 1, name
            assert np.load(path / "a.npy")[3] == 4, name
            del array, other


def test_closed_map_reads_zeros_through_other_views(tmp_path):
    code = "import pathlib, sys; sys.path.insert(0, sys.argv[2]); import test_close; test_close.use(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, tmp_path, __file__.rpartition("/")[0]], check=True)
