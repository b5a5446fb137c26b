"""Attacks through sparse matrices in archives, numbered from S1.

As archives of arrays they are in order, and load; the member `good` is in each. As sparse matrices each breaks one rule of its
format, and those that SciPy loads lead its compiled loops out of their arrays.
"""

import struct
from dataclasses import dataclass

from .npy import two
from .npz import DEFLATED, M, ZipAttack, archive

LETTERS = {1: "|i1", 4: "<i4", 8: "<i8"}


def npy(descr, shape, data):
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape!r}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text.encode() + data


def integers(numbers, size=4):
    return npy(LETTERS[size], (len(numbers),), b"".join(n.to_bytes(size, "little", signed=True) for n in numbers))


def floats(count, *shape):
    return npy("<f8", shape or (count,), struct.pack(f"<{count}d", *range(1, count + 1)))


def text(name):
    return npy(f"|S{max(len(name), 1)}", (), name or b"\0")


def members(name, shape, data, **others):
    arrays = {"format": text(name), "shape": integers(shape, 8), "data": data, **others}
    arrays["good"] = floats(2)
    return archive(*(M(f"{name}.npy".encode(), raw=raw, method=DEFLATED) for name, raw in arrays.items()))


@dataclass(frozen=True)
class SparseAttack(ZipAttack):
    """`scipy` is what `scipy.sparse.load_npz` does with it."""

    sparse: str = "InvalidData"
    scipy: str = "loads"

    def entry(self):
        words = {"kind": self.sparse, "words": list(self.words)}
        return super().entry() | {"sparse": words, "scipy": self.scipy}


def attack(number, name, what, data, words, scipy="loads", sparse="InvalidData"):
    return SparseAttack(number, name, what, data, words=words, loads={"good": two("float64")}, numpy="loads",
                        scipy=scipy, sparse=sparse)


def csr(columns=(0, 2), indptr=(0, 1, 2), shape=(2, 3), name=b"csr", **others):
    arrays = {"indices": integers(columns), "indptr": integers(indptr)} | others
    return members(name, shape, floats(2), **arrays)


def coo(row=(0, 1), col=(0, 2), shape=(2, 3), **others):
    return members(b"coo", shape, floats(2), **{"row": integers(row), "col": integers(col)} | others)


def bsr(indices=(0, 1), indptr=(0, 1, 2), shape=(4, 6), data=None):
    return members(b"bsr", shape, floats(12, 2, 2, 3) if data is None else data, indices=integers(indices),
                   indptr=integers(indptr))


def dia(offsets=(0, 1), shape=(3, 3), data=None, size=4):
    return members(b"dia", shape, floats(6, 2, 3) if data is None else data, offsets=integers(offsets, size))


ATTACKS = [
    attack("S1", "column-past-the-end", "an index past the last column", csr(columns=(0, 1000)),
           ["indices has 1000 at position 1", "length 3"]),
    attack("S2", "column-negative", "a negative index", csr(columns=(-100, 0)), ["indices has -100 at position 0"]),
    attack("S3", "column-int64", "an index of 64 bits far past the last column",
           csr(**{"indices": integers((0, 2**62), 8)}), [str(2**62), "position 1"]),
    attack("S4", "indptr-decreases", "rows that end before they start", csr(indptr=(0, 2, 1), shape=(2, 3)),
           ["indptr decreases at position 2"]),
    attack("S5", "indptr-negative", "a row that starts before the elements", csr(indptr=(0, -5, 2)),
           ["indptr decreases at position 1"]),
    attack("S6", "indptr-beyond", "a row in the middle that ends after all elements", csr(indptr=(0, 1 << 30, 2)),
           ["indptr decreases at position 2"]),
    attack("S7", "indptr-past-the-end", "a last row that ends after all elements", csr(indptr=(0, 1, 9)),
           ["indptr ends with 9", "2 elements"], scipy="ValueError"),
    attack("S8", "indptr-starts-late", "a first row that does not start at 0", csr(indptr=(1, 1, 2)),
           ["indptr starts with 1"], scipy="ValueError"),
    attack("S9", "indptr-short", "fewer starts of rows than rows", csr(indptr=(0, 2)), ["indptr has 2 elements", "needs 3"],
           scipy="ValueError"),
    attack("S10", "rows-2-62", "a shape of 2^62 rows over 2 elements", csr(shape=(2**62, 3)), [str(2**62 + 1)],
           scipy="ValueError"),
    attack("S11", "lengths", "more indices than elements", csr(columns=(0, 1, 2)), ["indices has 3 elements", "data has 2"],
           scipy="ValueError"),
    attack("S12", "shape-negative", "a negative length", csr(shape=(-2, 3)), ["shape", "-2"], scipy="ValueError"),
    attack("S13", "three-axes", "compressed rows of three axes", csr(shape=(2, 3, 4)), ["2 axes", "this has 3"],
           scipy="ValueError"),
    attack("S14", "indices-float", "indices that are no integers", csr(**{"indices": floats(2)}),
           ["indices has dtype float64"]),
    attack("S15", "csc-row", "compressed columns with an index past the last row",
           csr(columns=(0, 2), indptr=(0, 1, 1, 2), name=b"csc"), ["indices has 2 at position 1", "length 2"]),
    attack("S16", "coo-row", "coordinates with a row past the last", coo(row=(0, 77)), ["row has 77 at position 1"],
           scipy="ValueError"),
    attack("S17", "coo-negative", "coordinates with a negative column", coo(col=(-1, 0)), ["col has -1 at position 0"],
           scipy="ValueError"),
    attack("S18", "coo-lengths", "fewer columns than rows", coo(col=(1,)), ["col has 1 elements", "data has 2"],
           scipy="ValueError"),
    attack("S19", "coords-outside", "coordinates of three axes, one of them past the end",
           members(b"coo", (2, 3, 4), floats(2), coords=npy("<i8", (3, 2), struct.pack("<6q", 0, 1, 0, 2, 0, 4)),
                   _is_array=npy("|b1", (), b"\1")), ["coords has 4 at position 1", "length 4"], scipy="ValueError"),
    attack("S20", "coords-axes", "coordinates of fewer axes than the shape",
           members(b"coo", (2, 3, 4), floats(2), coords=npy("<i8", (2, 2), bytes(32)), _is_array=npy("|b1", (), b"\1")),
           ["coords has 2 elements", "the shape has 3"], scipy="ValueError"),
    attack("S21", "block-column", "blocks with an index past the last column of blocks", bsr(indices=(0, 2)),
           ["indices has 2 at position 1", "length 2"]),
    attack("S22", "block-of-nothing", "blocks of no rows", bsr(data=floats(0, 2, 0, 3)), ["blocks of shape [0, 3]"],
           scipy="ZeroDivisionError"),
    attack("S23", "blocks-do-not-fit", "a shape that is no multiple of a block's", bsr(shape=(5, 6)),
           ["blocks of shape [2, 3]", "[5, 6]"]),
    attack("S24", "block-decreases", "rows of blocks that end before they start", bsr(indptr=(0, 3, 2)),
           ["indptr decreases at position 2"]),
    attack("S25", "diagonal-twice", "two diagonals of one offset", dia(offsets=(1, 1)), ["offsets has 1 twice"],
           scipy="ValueError"),
    attack("S26", "diagonal-least", "an offset whose negative does not exist", dia(offsets=(0, -(2**31))),
           ["offsets has -2147483648 at position 1"]),
    attack("S27", "diagonal-wraps", "an offset of 64 bits that SciPy cuts to another", dia(offsets=(0, 2**32 + 1), size=8),
           ["offsets has 4294967297 at position 1"]),
    attack("S28", "diagonals-lengths", "more offsets than diagonals", dia(offsets=(0, 1, 2)), ["offsets has 3 elements"],
           scipy="ValueError"),
    attack("S29", "unknown", "a format that does not exist", csr(name=b"abc"), ["unknown format 'abc'"], scipy="ValueError"),
    attack("S30", "lil", "a format that is never written", csr(name=b"lil"), ["format lil"], sparse="Unsupported",
           scipy="NotImplementedError"),
    attack("S31", "no-format", "no format", csr().replace(b"format.npy", b"farmot.npy"),
           ["does not contain a sparse array or matrix"], scipy="ValueError"),
    attack("S32", "no-data", "no elements", csr().replace(b"data.npy", b"dada.npy"), ["data is not a file in the archive"],
           sparse="NotFound", scipy="KeyError"),
    attack("S33", "format-of-megabytes", "a name of a format of a mebibyte",
           csr(**{"format": npy("|S1048576", (), bytes(1 << 20))}), ["not the name of a sparse format"], scipy="NotImplementedError"),
]
