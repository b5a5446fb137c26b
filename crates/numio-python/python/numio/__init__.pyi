from ._errors import UntrustedError as UntrustedError
from ._fromregex import fromregex as fromregex
from ._genfromtxt import genfromtxt as genfromtxt
from ._load import load as load
from ._loadtxt import loadtxt as loadtxt
from ._maps import close as close
from ._maps import memmap as memmap
from ._numio import NpzFile as NpzFile
from ._numio import NpzWriter as NpzWriter
from ._numio import __version__ as __version__
from ._numio import append as append
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
from ._trust import trust as trust

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
    "trust",
    "unpatch",
    "write_npz",
]
