"""`load`."""

from . import _numio, _original, _trust
from ._location import is_remote, local_path, shown, visible


class _True:
    """The default True, distinct from an explicit one. Programs look at the defaults of `load`, and set them."""

    def __repr__(self):
        return "True"


_ALLOWED = _True()
_load_plain = _numio.load_plain
# Options that NumPy does not have: programs that set `__kwdefaults__` leave these out.
_OPTIONS = {"max_ratio", "trust"}
# The most that deflate can do: 258 bytes in two bits.
_DEFLATE_RATIO = 1032


# Programs that were written for NumPy set `__defaults__` and `__kwdefaults__`: these have NumPy's parameters, and no others.
def load(file, mmap_mode=None, allow_pickle=_ALLOWED, fix_imports=True, encoding="ASCII", *, max_header_size=10000, **options):
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
    # Most calls, in as few steps as Python can do it.
    if not (options or _trust.is_used or _original.replaced or (isinstance(file, str) and "://" in file)):
        allowed = None if allow_pickle is _ALLOWED else allow_pickle
        return _load_plain(file, mmap_mode, allowed, fix_imports, encoding, max_header_size)
    if not options.keys() <= _OPTIONS:
        (name, *_) = options.keys() - _OPTIONS
        raise TypeError(f"load() got an unexpected keyword argument {name!r}")
    if isinstance(file, str) and "://" in file:
        from . import _remote

        if not is_remote(file):
            file = local_path(file)
        elif mmap_mode is not None:
            raise ValueError(f"{shown(file)}: a URL is not mapped: `numio.open` reads parts of it")
        else:
            numpys = {"allow_pickle": allow_pickle, "fix_imports": fix_imports, "encoding": encoding}
            return _remote.load(file, lambda data: load(data, max_header_size=max_header_size, **numpys, **options))
    if (trusted := _trust.merged(options.get("trust", ()))) != ():
        options["trust"] = trusted
    if _original.replaced:
        # Programs that were written for NumPy cannot say more, and read what they have saved themselves.
        options.setdefault("max_ratio", _DEFLATE_RATIO)
    return _numio.load(
        file,
        mmap_mode,
        None if allow_pickle is _ALLOWED else allow_pickle,
        fix_imports,
        encoding,
        max_header_size=max_header_size,
        as_numpy=bool(_original.replaced),
        **options,
    )


# The signature that is shown.
load.__wrapped__ = _numio.load
load.__module__ = "numio"


def _reopen(path, size, changed, arguments):
    """Open an archive again that was pickled, if it is still the same file."""
    npz = _numio.load(path, **arguments)
    if not isinstance(npz, _numio.NpzFile) or npz._origin() != (size, changed):
        raise ValueError(f"{visible(path)}: the file has changed since the archive that was pickled was opened")
    return npz
