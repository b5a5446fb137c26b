"""NumPy's array files, faster and safe: ``numpy.load`` and its family, built in Rust."""

from ._numio import NpzWriter, append, load, save, savez, savez_compressed, write_npz
from ._patch import patch, unpatch

__all__ = ["NpzWriter", "append", "load", "patch", "save", "savez", "savez_compressed", "unpatch", "write_npz"]
