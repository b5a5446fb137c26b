"""What an index is to NumPy, and NumPy's errors for it."""

import numpy as np


def _parts(index):
    return index if isinstance(index, tuple) else (index,)


def has_ellipsis(index):
    return any(item is ... for item in _parts(index))


def is_advanced(index):
    """True if a part of it is an array, or becomes one."""

    def is_basic(item):
        if item is None or item is ... or isinstance(item, slice):
            return True
        return np.ndim(item) == 0 and hasattr(item, "__index__") and not isinstance(item, bool) and getattr(item, "dtype", None) != bool

    return not all(map(is_basic, _parts(index)))


def is_mask(index, ndim):
    """True if it is one mask of as many axes as the array has, of which NumPy writes the elements in their order."""
    mask = index[0] if isinstance(index, tuple) and len(index) == 1 else index
    return isinstance(mask, (np.ndarray, list, bool, np.bool_)) and np.ndim(mask) == ndim and np.asarray(mask).dtype == bool


def are_names(index):
    """True for a list of fields' names."""
    return isinstance(index, list) and bool(index) and all(isinstance(name, str) for name in index)


def misfit(raised, index, value, shape, ndim):
    """NumPy's error where a value does not fit the elements that arrays of integers, or a mask, select."""
    is_shape = isinstance(value, np.ndarray) and str(raised).startswith("could not broadcast input array")
    if not (is_shape and is_advanced(index)):
        return raised
    if is_mask(index, ndim):
        return ValueError(
            f"NumPy boolean array indexing assignment cannot assign {value.size} input values to the {shape[0]} output values"
            " where the mask is true"
        )
    found, wanted = (str(lengths).replace(" ", "") for lengths in (value.shape, tuple(shape)))
    return ValueError(f"shape mismatch: value array of shape {found} could not be broadcast to indexing result of shape {wanted}")


def take_mode(mode):
    """How `numpy.take` understands indices out of bounds: a name, or a number of NumPy's."""
    if isinstance(mode, str) and mode in ("raise", "wrap", "clip"):
        return mode
    try:
        return {1: "wrap", 2: "clip"}[int(np.arange(3).take(4, mode=mode))]
    except IndexError:
        return "raise"


def within(indices, size, mode):
    """The indices between 0 and `size`, as `numpy.take` understands those that are not."""
    if mode == "wrap":
        return indices % max(size, 1)
    if mode == "clip":
        return indices.clip(0, max(size - 1, 0))
    if indices.size and (indices.min() < -size or indices.max() >= size):
        raise IndexError(f"index out of bounds for size {size}")
    return np.where(indices < 0, indices + size, indices)
