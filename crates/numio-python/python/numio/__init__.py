"""NumPy's array files, faster and safe: ``numpy.load`` and its family, built in Rust.

The calls are NumPy's, and so is what they give; see `load`, `save`, `savez`, `open_memmap`, `loadtxt` and `savetxt`.
`patch` makes NumPy's own names mean these, for programs that cannot be edited.
"""

from collections.abc import Mapping as _Mapping

from numpy.lib.npyio import NpzFile as _NpzFile

from . import _numio, _original
from ._errors import StaleFileError, UntrustedError
from ._fromregex import fromregex
from ._genfromtxt import genfromtxt as _genfromtxt
from ._lazy import LazyArchive, LazyArray, create, open
from ._load import load
from ._loadtxt import loadtxt as _loadtxt
from ._maps import close, memmap
from ._numio import (
    NpzFile,
    NpzWriter,
    __version__,
    append,
    convert,
    get_num_threads,
    open_memmap,
    set_num_threads,
    threads,
    write_npz,
)
from ._patch import patch, unpatch
from ._savetxt import savetxt as _savetxt
from ._sparse import load_sparse, save_sparse
from ._trust import trust

__all__ = [
    "LazyArchive",
    "LazyArray",
    "NpzFile",
    "NpzWriter",
    "StaleFileError",
    "UntrustedError",
    "__version__",
    "append",
    "close",
    "convert",
    "create",
    "fromregex",
    "genfromtxt",
    "get_num_threads",
    "load",
    "load_sparse",
    "loadtxt",
    "memmap",
    "open",
    "open_memmap",
    "patch",
    "save",
    "save_sparse",
    "savetxt",
    "savez",
    "savez_compressed",
    "set_num_threads",
    "threads",
    "trust",
    "unpatch",
    "write_npz",
]

save = _numio.Function(_numio.save, _original.save)
savez = _numio.Function(_numio.savez, _original.savez)
savez_compressed = _numio.Function(_numio.savez_compressed, _original.savez_compressed)
loadtxt = _numio.Function(_loadtxt, _original.loadtxt)
savetxt = _numio.Function(_savetxt, _original.savetxt)
genfromtxt = _numio.Function(_genfromtxt, _original.genfromtxt)

# `isinstance` checks for NumPy's archive class, or for a mapping, accept numio's.
_Mapping.register(NpzFile)
_NpzFile.register(NpzFile)
