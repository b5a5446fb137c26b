from collections.abc import Callable, Iterable
from os import PathLike
from typing import Any, Literal, Protocol

class _Readable(Protocol):
    def read(self, size: int, /) -> Any: ...

def load(
    file: str | bytes | PathLike[str] | PathLike[bytes] | _Readable,
    mmap_mode: Literal["r", "r+", "c", "readonly", "readwrite", "copyonwrite"] | None = None,
    allow_pickle: bool = True,
    fix_imports: bool = True,
    encoding: Literal["ASCII", "latin1", "bytes"] = "ASCII",
    *,
    max_header_size: int = 10000,
    max_ratio: int = 100,
    trust: bool | Iterable[str | type | Callable[..., Any]] = False,
) -> Any:
    """Load arrays or pickled objects from `.npy`, `.npz` or pickled files.

    Parameters
    ----------
    file : file-like object, str, or path-like
        The file to read, or a URL such as ``s3://bucket/x.npy``: see `open`. A file-like object needs `read`, opened in binary mode; it is left right after what was read,
        so that several arrays in one file load one after another. `seek` is used where there is one.
    mmap_mode : {None, 'r+', 'r', 'c'}, optional
        Map the file instead of reading it. Stored members of an archive are mapped in place; compressed ones are read,
        with a `RuntimeWarning`. 'w+' would empty the file, and is refused.
        If another process makes a mapped file shorter, touching a page that is gone ends this process with SIGBUS. In an
        archive, 'r+' maps a member once at a time, and its checksum is written when the map is flushed or deleted: a
        process that ends before, by a signal or `os._exit`, leaves the old one, which ``numio verify --fix-crc`` makes right.
    allow_pickle : bool, optional
        Whether Python objects are read. Reading them runs nothing that the file names, unless `trust` allows it. Given
        explicitly, true lifts `max_header_size`.
    fix_imports : bool, optional
        Whether names in pickles of Python 2 are those of Python 3.
    encoding : {'ASCII', 'latin1', 'bytes'}, optional
        What strings of Python 2 become.
    max_header_size : int, optional
        The longest header accepted, in characters.
    max_ratio : int, optional
        How many times larger than its compressed bytes a member of more than 64 MiB may be. Zeros become 1,000 times
        smaller; an archive that claims as much of more than that may be a bomb. The default is 100, and 1,032 while NumPy
        is patched (`patch`), which is the most that deflate can do.
    trust : bool or list of str, classes and functions, optional
        What a pickle may import and call besides harmless types: names such as ``'mymodule.MyClass'``, classes
        themselves, all of a package (``'mymodule.*'``), and the sets ``'pandas'``, ``'scipy.sparse'``, ``'sklearn'`` and
        ``'astropy'``; see `trust`, which names them for all loads. True leaves all to Python's own unpickler, which runs
        whatever the file says; False trusts nothing.

    Returns
    -------
    result : ndarray, memmap, NpzFile, or any object
        What the file holds, as `numpy.load` returns it.

    Raises
    ------
    OSError
        If the file cannot be read.
    EOFError
        If there is nothing left in the file.
    pickle.UnpicklingError
        If a pickle is damaged, or names something that is not allowed: all that it would need to be trusted is then in the
        message, and in the attribute `names` of the exception, an `UntrustedError`.
    ValueError
        If the file is damaged, or holds objects and `allow_pickle` is false.

    See Also
    --------
    save, savez, savez_compressed, open_memmap, trust

    Examples
    --------
    >>> import os, tempfile
    >>> import numio
    >>> import numpy as np
    >>> path = os.path.join(tempfile.mkdtemp(), '123.npy')
    >>> numio.save(path, np.array([[1, 2, 3], [4, 5, 6]]))
    >>> numio.load(path)
    array([[1, 2, 3],
           [4, 5, 6]])
    >>> numio.load(path, mmap_mode='r')[1, :]
    memmap([4, 5, 6])
    """
