"""What `numio.load` gives for a `.npy` file, compared with `numpy.load`."""

import math

import numpy as np
import pytest
from conftest import same

import numio

DTYPES = [
    "?", "i1", "u1", "<i2", ">i2", "<i4", ">u4", "<i8", ">u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "g",
    "<c8", ">c8", "<c16", "G", "S5", "<U3", ">U3", "V7", "<M8[s]", ">M8[25us]", "M8", "<m8[D]", "m8",
    [("a", "<i4"), ("b", ">f8", (2, 3)), ("c", [("d", "S2"), ("e", "<U1")])],
    {"names": ["x", "y"], "formats": ["u1", "<f8"], "offsets": [3, 8], "itemsize": 24},
    np.dtype([("x", "u1"), ("y", "<f8")], align=True),
    [(("Title", "x"), "<i2"), ("y", "?")],
]  # fmt: skip
SHAPES = [(), (0,), (1,), (7,), (3, 4), (2, 0, 3), (2, 3, 4), (1000,)]


def make(dtype, shape, order="C"):
    """An array of that dtype whose elements are made of small bytes that differ."""
    dtype = np.dtype(dtype)
    count = math.prod(shape)
    data = (np.arange(count * dtype.itemsize) % 2).astype("u1").tobytes()
    return np.asarray(np.ndarray(shape, dtype, data), order=order)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("order", "CF")
def test_load_of_every_dtype_shape_and_order_equals_numpys(tmp_path, dtype, shape, order):
    path = tmp_path / "a.npy"
    np.save(path, make(dtype, shape, order))
    same(numio.load(path), np.load(path))


def test_loaded_array_owns_its_memory(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(100_000))
    array = numio.load(path)
    array[:] = 1
    view = array[10:]
    del array
    assert view.sum() == 99_990
