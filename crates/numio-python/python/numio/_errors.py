"""Exceptions that are of NumPy's class, and of the class that fits."""

import pickle


class UntrustedError(pickle.UnpicklingError, ImportError, ValueError):
    """A pickle names something that is not plain data, and nothing was imported or called.

    It is an ``ImportError`` too, as that is what NumPy raises where a name of Python 2 is not found, and a ``ValueError``, as
    that is what NumPy raises where pickles are not allowed.

    Attributes
    ----------
    names : list of str
        All names in the pickle that are neither plain data nor trusted, as `load` takes them for its `trust`.
    """

    names: list[str] = []


class NotRecognized(pickle.UnpicklingError, ValueError):
    """A file that is neither an array nor an archive nor a pickle that can be read.

    NumPy allows no pickles unless it is told to, and raises a ``ValueError`` then; with pickles allowed, an
    ``UnpicklingError``. Where the caller did not say which, this is both.
    """


class StaleFileError(OSError):
    """The file is no longer the one that was opened: its size, its modification time or its entity tag is another.

    Opening it again gives an array over what is there now.
    """

    __module__ = "numio"


class ClosedFile(ValueError, AttributeError):
    """An archive that has been closed: what ``zipfile`` raises, and what ``numpy.load``'s does."""


class InternalError(RuntimeError):
    """A mistake in numio itself: what a panic of the library is raised as."""

    # The class that takes this one for its base must keep the same memory layout.
    __slots__ = ()

    def __str__(self) -> str:
        return f"numio: internal error: {super().__str__()}"


def __getattr__(name: str) -> type[Exception]:
    """Make `BadZipFile` when it is first raised, for importing ``zipfile`` takes longer than all of numio."""
    if name != "BadZipFile":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import zipfile

    text = "A damaged archive: what ``zipfile`` raises, and a `ValueError` too."
    made = type(name, (zipfile.BadZipFile, ValueError), {"__doc__": text, "__module__": __name__})
    globals()[name] = made
    return made
