"""NumPy's array files, faster and safe: ``numpy.load`` and its family, built in Rust.

The calls are NumPy's, and so is what they give; see `load`, `save`, `savez`, `open_memmap`, `loadtxt` and `savetxt`.
`patch` makes NumPy's own names mean these, for programs that cannot be edited.
"""

from collections.abc import Mapping as _Mapping
from importlib import import_module as _import_module
from typing import Any as _Any

from numpy.lib.npyio import NpzFile as _NpzFile

from . import _numio, _original
from ._errors import StaleFileError, UntrustedError
from ._load import load
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

# What is imported when it is first asked for, and from where: together these modules take longer than all others.
_LATER = {
    "LazyArchive": "_lazy",
    "LazyArray": "_lazy",
    "close": "_maps",
    "create": "_lazy",
    "fromregex": "_fromregex",
    "genfromtxt": "_genfromtxt",
    "load_sparse": "_sparse",
    "loadtxt": "_loadtxt",
    "memmap": "_maps",
    "open": "_lazy",
    "patch": "_patch",
    "save_sparse": "_sparse",
    "savetxt": "_savetxt",
    "unpatch": "_patch",
}

# `isinstance` checks for NumPy's archive class, or for a mapping, accept numio's.
_Mapping.register(NpzFile)
_NpzFile.register(NpzFile)


def __getattr__(name: str) -> _Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(_import_module(f"{__name__}.{_LATER[name]}"), name)
    if name in ("genfromtxt", "loadtxt", "savetxt"):
        found = _numio.Function(found, getattr(_original, name))
    # One function for all threads that ask at once.
    return globals().setdefault(name, found)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
