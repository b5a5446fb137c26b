"""NumPy's array files, faster and safe: ``numpy.load`` and its family, built in Rust."""

from ._numio import NpzWriter, append, load, save, savez, savez_compressed, write_npz

__all__ = ["NpzWriter", "append", "load", "save", "savez", "savez_compressed", "write_npz"]
