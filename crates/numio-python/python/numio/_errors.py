"""Exceptions that are of NumPy's class, and of the class that fits."""

import pickle
import zipfile


class UntrustedError(pickle.UnpicklingError, ImportError):
    """A pickle names something that is not plain data, and nothing was imported or called.

    It is an ``ImportError`` too, as that is what NumPy raises where a name of Python 2 is not found.
    """


class BadZipFile(zipfile.BadZipFile, ValueError):
    """A damaged archive: what ``zipfile`` raises, and a `ValueError` too."""


class ClosedFile(ValueError, AttributeError):
    """An archive that has been closed: what ``zipfile`` raises, and what ``numpy.load``'s does."""
