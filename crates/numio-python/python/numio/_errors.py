"""Exceptions that are numio's own."""

import pickle


class UntrustedError(pickle.UnpicklingError, ImportError):
    """A pickle names something that is not plain data, and nothing was imported or called.

    It is an ``ImportError`` too, as that is what NumPy raises where a name of Python 2 is not found.
    """
