from ._errors import StaleFileError as StaleFileError
from ._errors import UntrustedError as UntrustedError
from ._fromregex import fromregex as fromregex
from ._genfromtxt import genfromtxt as genfromtxt
from ._lazy import LazyArchive as LazyArchive
from ._lazy import LazyArray as LazyArray
from ._lazy import create as create
from ._lazy import open as open
from ._load import load as load
from ._loadtxt import loadtxt as loadtxt
from ._maps import close as close
from ._maps import memmap as memmap
from ._numio import NpzFile as NpzFile
from ._numio import NpzWriter as NpzWriter
from ._numio import __version__ as __version__
from ._numio import append as append
from ._numio import convert as convert
from ._numio import get_num_threads as get_num_threads
from ._numio import open_memmap as open_memmap
from ._numio import save as save
from ._numio import savez as savez
from ._numio import savez_compressed as savez_compressed
from ._numio import set_num_threads as set_num_threads
from ._numio import threads as threads
from ._numio import write_npz as write_npz
from ._patch import patch as patch
from ._patch import unpatch as unpatch
from ._savetxt import savetxt as savetxt
from ._sparse import load_sparse as load_sparse
from ._sparse import save_sparse as save_sparse
from ._trust import trust as trust

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
