"""NumPy's array files, faster and safe: ``numpy.load`` and its family, built in Rust.

The calls are NumPy's, and so is what they give; see `load`, `save`, `savez`, `open_memmap`, `loadtxt` and `savetxt`.
`patch` makes NumPy's own names mean these, for programs that cannot be edited.
"""

from collections.abc import Mapping as _Mapping

from numpy.lib.npyio import NpzFile as _NpzFile

from ._errors import UntrustedError
from ._fromregex import fromregex
from ._genfromtxt import genfromtxt
from ._loadtxt import loadtxt
from ._numio import (
    NpzFile,
    NpzWriter,
    __version__,
    append,
    close,
    get_num_threads,
    load,
    memmap,
    open_memmap,
    save,
    savez,
    savez_compressed,
    set_num_threads,
    threads,
    write_npz,
)
from ._patch import patch, unpatch
from ._savetxt import savetxt

__all__ = [
    "NpzFile",
    "NpzWriter",
    "UntrustedError",
    "__version__",
    "append",
    "close",
    "fromregex",
    "genfromtxt",
    "get_num_threads",
    "load",
    "loadtxt",
    "memmap",
    "open_memmap",
    "patch",
    "save",
    "savetxt",
    "savez",
    "savez_compressed",
    "set_num_threads",
    "threads",
    "unpatch",
    "write_npz",
]

# Whoever asks whether something is an archive of NumPy's, or a mapping, is told that this is one.
_Mapping.register(NpzFile)
_NpzFile.register(NpzFile)
