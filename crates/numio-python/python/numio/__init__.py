"""NumPy's array files, faster and safe: ``numpy.load`` and its family, built in Rust."""

from ._numio import append, load, save, savez, savez_compressed, write_npz

__all__ = ["append", "load", "save", "savez", "savez_compressed", "write_npz"]
