"""NumPy's own functions, taken before anyone patches NumPy: the fallback for arguments that only Python can handle."""

from types import ModuleType as _ModuleType
from typing import Any as _Any

import numpy as _numpy

try:
    from numpy.lib import _npyio_impl as _home
except ImportError:  # NumPy 1.26
    from numpy.lib import npyio as _home  # type: ignore[no-redef]

save, savez, savez_compressed = _home.save, _home.savez, _home.savez_compressed
loadtxt, savetxt, genfromtxt = _home.loadtxt, _home.savetxt, _home.genfromtxt
# The default of `encoding` when text is read. Before NumPy 2, converters and columns of text get bytes.
encoding = "bytes" if _numpy.__version__.startswith("1.") else None

# What is patched now, and by which original function: (module, name) -> function. Empty while nothing is.
replaced: dict[tuple[_ModuleType, str], _Any] = {}
