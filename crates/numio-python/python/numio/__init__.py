"""NumPy's array files, faster and safe: ``numpy.load`` and its family, built in Rust."""

from ._numio import load

__all__ = ["load"]
