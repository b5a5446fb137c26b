"""NumPy's own functions, kept from before anyone patches NumPy, and what they are left with."""

import numpy as np

try:
    from numpy.lib import _npyio_impl as _home
except ImportError:  # NumPy 1.26
    from numpy.lib import npyio as _home  # type: ignore[no-redef]

save, savez, savez_compressed = _home.save, _home.savez, _home.savez_compressed
loadtxt, savetxt, genfromtxt = _home.loadtxt, _home.savetxt, _home.genfromtxt


def overridden(values):
    """Whether a value says itself how NumPy's functions treat it (NEP 18): NumPy's own function then asks it."""
    return any(_own(type(value)) for value in values)


def _own(kind):
    own = getattr(kind, "__array_function__", None)
    return own is not None and own is not np.ndarray.__array_function__
