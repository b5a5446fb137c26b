"""Writes into a directory what NumPy makes of every dtype, shape, order and byte order: see npy.rs."""

import itertools
import pathlib
import sys
import warnings

import numpy as np
from numpy.lib import format as npy

SHAPES = [(), (0,), (1,), (7,), (2, 3), (3, 0, 4), (2, 3, 4), (1, 5, 1), (2,) + (1,) * 62 + (2,)]

# Each has a Rust type; the elements are 0, 1, 2, ...
TYPED = ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]


def dtypes():
    scalars = ["?", "i1", "u1", "S1", "S5", "V1", "V7", "S0", "U0", "V0"]
    for order, letter in itertools.product("<>", "i2 i4 i8 u2 u4 u8 f2 f4 f8 g c8 c16 G U1 U9".split()):
        scalars.append(order + letter)
    for order, letter, unit in itertools.product("<>", "Mm", ["", "[Y]", "[D]", "[h]", "[ns]", "[25s]", "[as]"]):
        scalars.append(f"{order}{letter}8{unit}")
    yield from scalars
    yield [("a", "<i4"), ("b", ">f8"), ("c", "S3"), ("d", "?")]
    yield [("p", [("a", "<i2"), ("b", "<f8", (2, 3))]), ("q", ">U2", 2)]
    yield [(("a title", "a"), "<i4"), ("größe", "u1")]
    yield [("größe€", "<i4")]
    yield np.dtype("u1,f8,U3", align=True)
    yield {"names": ["a", "b"], "formats": ["<i4", ">f8"], "offsets": [4, 16], "itemsize": 32}
    yield []
    yield [(f"field_{i}", "<f4") for i in range(300)]


def filled(dtype, shape, rng):
    """An array of arbitrary bytes, as far as the dtype lets them be arbitrary."""
    count = int(np.prod(shape))
    array = np.zeros(count, dtype)
    raw = array.view(np.ndarray)
    if dtype.itemsize:
        raw = np.frombuffer(rng.integers(0, 2, count * dtype.itemsize, dtype="u1").tobytes(), dtype, count)
    return raw.reshape(shape)


def every(folder):
    rng = np.random.default_rng(1)
    for number, spec in enumerate(dtypes()):
        dtype = np.dtype(spec)
        for shape, order in itertools.product(SHAPES, "CF"):
            if dtype.itemsize > 1000 and len(shape) > 1:
                continue
            # Loaded again, these are contiguous in both orders, and NumPy itself writes them otherwise.
            if dtype.itemsize == 0 and order == "F":
                continue
            array = np.asarray(filled(dtype, shape, rng), order=order)
            np.save(folder / f"{number}-{'x'.join(map(str, shape[:4]))}-{len(shape)}-{order}.npy", array)


def typed(folder):
    for letter, shape, order, byte_order in itertools.product(TYPED, SHAPES, "CF", "<>"):
        count = int(np.prod(shape))
        dtype = np.dtype(letter).newbyteorder(byte_order)
        array = np.arange(count).astype(dtype).reshape(shape)
        name = f"{letter}-{'x'.join(map(str, shape[:4]))}-{len(shape)}-{order}-{'le' if byte_order == '<' else 'be'}"
        np.save(folder / f"{name}.npy", np.asarray(array, order=order))


def views(folder):
    """What is saved of arrays that do not stand side by side."""
    base = np.arange(60, dtype="<i4").reshape(3, 4, 5)
    np.save(folder / "step.npy", base[::2, 1:, ::-1])
    np.save(folder / "transposed.npy", base.transpose(2, 0, 1))
    np.save(folder / "reversed.npy", base.T)
    np.save(folder / "row.npy", base[1])
    np.save(folder / "column.npy", base[:, :, 2])
    np.save(folder / "broadcast.npy", np.broadcast_to(base[0, 0], (2, 5)))


def versions(folder):
    array = np.arange(3.0)
    for version in (1, 2, 3):
        with open(folder / f"v{version}.npy", "wb") as file:
            npy.write_array(file, array, version=(version, 0))


def memmaps(folder):
    for number, spec in enumerate(dtypes()):
        for (at, shape), order in itertools.product(enumerate([(3,), (2, 3), (4, 1, 2)]), (False, True)):
            dtype = np.dtype(spec)
            if dtype.itemsize == 0:
                continue
            path = folder / f"{number}-{at}-{'F' if order else 'C'}.npy"
            npy.open_memmap(path, mode="w+", dtype=dtype, shape=shape, fortran_order=order)


def main():
    warnings.simplefilter("ignore")
    job, folder = sys.argv[1:]
    globals()[job](pathlib.Path(folder))


main()
