"""`open` and `create`: arrays that stay in their file."""

import math
import operator
import os
from collections.abc import Mapping

import numpy as np

from . import _numio
from ._indexes import are_names, has_ellipsis, is_advanced, is_mask, misfit, take_mode, within
from ._location import is_remote, local_path, redacted, shown, visible

__all__ = ["LazyArchive", "LazyArray", "create", "open"]


class _Source:
    """Where an array comes from: what is pickled, and what opens it again."""

    __slots__ = ("location", "member", "mode", "options", "stamp", "storage_options")

    def __init__(self, location, member, mode, stamp, storage_options, options):
        self.location, self.member, self.mode = location, member, mode
        self.stamp, self.storage_options, self.options = stamp, storage_options, options

    def key(self):
        return (self.location, self.member, self.mode, self.stamp)

    @property
    def store(self):
        """What `location` is a name in: one name is another object in another store, or to someone else."""
        options = self.storage_options
        return None if isinstance(options, Mapping) and not options else options

    def __eq__(self, other):
        return self.key() == other.key() and self.store == other.store

    def __hash__(self):
        return hash(self.key())

    def with_member(self, member):
        return _Source(self.location, member, self.mode, self.stamp, self.storage_options, self.options)


def _open_core(location, mode, storage_options, options, stamp=None):
    """The array or archive at a path or URL, and the identity that it has."""
    if is_remote(location, storage_options):
        from . import _remote

        if mode != "r":
            raise ValueError(f"{shown(location)}: objects in a store are written whole: see save")
        return _remote.open_core(location, storage_options, options, stamp)
    core = _numio.lazy_open(local_path(location), mode == "r+", **options)
    return core, (core.stamp() if isinstance(core, _numio.LazyArchiveFile) else core.handle()[2:5])


def open(
    path_or_url,
    mode="r",
    *,
    storage_options=None,
    max_gap=None,
    max_request=None,
    cache_bytes=None,
    max_header_size=None,
    max_ratio=None,
):
    """Open an array of which elements are read when they are indexed.

    Of a `.npy` file the header is read, of a `.npz` archive its directory.

    Parameters
    ----------
    path_or_url : str or path-like
        The file, or a URL such as ``s3://bucket/x.npy`` or ``https://example.org/x.npy``. URLs need fsspec and the package for
        their protocol (``numio[fsspec]``), or obstore (``numio[obstore]``).
    mode : {'r', 'r+'}, optional
        With 'r+' elements of a `.npy` file can be written too: ``x[2:4, ::2] = block``. They are written at their offsets at
        once, and no other byte is touched, so that several processes can write to one file where their elements are not the
        same.
    storage_options : dict or store, optional
        Arguments for the file system or the store behind a URL; or an fsspec file system or a store of obstore, in which
        `path_or_url` is a path.
    max_gap : int, optional
        Ranges with fewer bytes between them are read as one: by default 4 KiB for files and 1 MiB for URLs.
    max_request : int, optional
        Longer ranges are read in parts of as many bytes, side by side: by default 8 MiB.
    cache_bytes : int, optional
        The most decompressed bytes of an archive's members that are kept for the next read: by default 256 MiB.
    max_header_size : int, optional
        The longest header accepted, in characters.
    max_ratio : int, optional
        How many times larger than its compressed bytes a member of more than 64 MiB may be: by default 100.

    Returns
    -------
    array : LazyArray or LazyArchive
        The array; or a mapping of names to arrays for an archive.

    Raises
    ------
    OSError
        If the file cannot be read.
    StaleFileError
        When elements are read, if the file has changed since it was opened.
    ValueError
        If the file is damaged, or holds Python objects.

    See Also
    --------
    create, load, open_memmap

    Examples
    --------
    >>> import os, tempfile
    >>> import numio
    >>> import numpy as np
    >>> path = os.path.join(tempfile.mkdtemp(), 'x.npy')
    >>> numio.save(path, np.arange(12).reshape(4, 3))
    >>> x = numio.open(path)
    >>> x.shape, x.dtype
    ((4, 3), dtype('int64'))
    >>> x[1:, [0, -1]]
    array([[ 3,  5],
           [ 6,  8],
           [ 9, 11]])
    """
    if mode not in ("r", "r+"):
        raise ValueError(f"mode must be 'r' or 'r+', not {mode!r}")
    location = path_or_url if isinstance(path_or_url, str) else os.fsdecode(path_or_url)
    named = {
        "max_gap": max_gap,
        "max_request": max_request,
        "cache_bytes": cache_bytes,
        "max_header_size": max_header_size,
        "max_ratio": max_ratio,
    }
    options = {name: value for name, value in named.items() if value is not None}
    core, stamp = _open_core(location, mode, storage_options, options)
    if not is_remote(location, storage_options):
        location = os.path.abspath(local_path(location))
    source = _Source(location, None, mode, tuple(stamp), storage_options, options)
    if isinstance(core, _numio.LazyArchiveFile):
        return LazyArchive(core, source)
    return LazyArray(core, source)


def create(path, shape, dtype=float, *, fortran_order=False, overwrite=False):
    """Create a `.npy` file whose elements are written in regions: a `LazyArray` of zeros.

    Until it is closed the file is a temporary one next to `path`, which then gets that name: the file appears whole, or what
    was there stays. Other processes can write too: the array is pickled as the name of the temporary file. Close it where it
    was created, when all of them are done.

    Parameters
    ----------
    path : str or path-like
        The file.
    shape : int or tuple of int
        The shape of the array.
    dtype : data-type, optional
        The type of the elements, by default float64.
    fortran_order : bool, optional
        Whether the first index varies fastest.
    overwrite : bool, optional
        Whether a file of that name is replaced; else `FileExistsError` is raised.

    Returns
    -------
    array : LazyArray
        The array, open for reading and writing. As a context manager it is closed at the end; if an exception is raised, the
        new file is discarded.

    See Also
    --------
    open, save, open_memmap

    Examples
    --------
    >>> import os, tempfile
    >>> import numio
    >>> path = os.path.join(tempfile.mkdtemp(), 'x.npy')
    >>> with numio.create(path, (4, 3), 'f4') as x:
    ...     x[1:3] = [[1, 2, 3], [4, 5, 6]]
    >>> numio.load(path)
    array([[0., 0., 0.],
           [1., 2., 3.],
           [4., 5., 6.],
           [0., 0., 0.]], dtype=float32)
    """
    location = os.fsdecode(path)
    if is_remote(location):
        raise ValueError(f"{shown(location)}: objects in a store are written whole: see save")
    descr = np.dtype(dtype)
    try:
        lengths = (operator.index(shape),)
    except TypeError:
        # An array of them, too.
        lengths = tuple(map(operator.index, shape))
    if any(length < 0 for length in lengths):
        raise ValueError("negative dimensions are not allowed")
    new = _numio.lazy_create(local_path(location), lengths, descr, fortran_order, overwrite)
    core = new.array()
    handle = core.handle()
    source = _Source(os.fsdecode(handle[0]), None, "r+", handle[2:5], None, {})
    array = LazyArray(core, source)
    array._new, array._maker = new, os.getpid()
    return array


class _Handle:
    """An open file that is compared, hashed and pickled by its source, and opened again on the other side.

    That is done when it is first used there: an exception while arguments are unpickled ends a worker of `multiprocessing` or of
    `concurrent.futures`, and its pool with it, or leaves it waiting.
    """

    __slots__ = ()

    @classmethod
    def _unopened(cls, source):
        made = cls.__new__(cls)
        made._core, made._source, made._is_closed, made._process = None, source, False, None
        return made

    def _open(self):
        core = self._core
        # Connections of URLs do not pass through a fork.
        if core is None or (self._process is not None and self._process != os.getpid()):
            self._check_open()
            core = self._core = self._checked(_core_again(self._source))
            # Not before: after an error, the next use is to open it again, too.
            self._process = _process_of(self._source)
        return core

    def _check_open(self):
        if self._is_closed:
            raise ValueError(f"the {self._kind} has been closed")

    def _checked(self, core):
        return core

    def _close(self):
        self._core, self._is_closed = None, True

    def __copy__(self):
        return type(self)(self._open(), self._source)

    def __deepcopy__(self, memo):
        return self.__copy__()

    def __eq__(self, other):
        return isinstance(other, type(self)) and self._source == other._source

    def __hash__(self):
        return hash(self._source)

    def __dask_tokenize__(self):
        return (f"numio.{type(self).__name__}", *self._source.key(), *_store_token(self._source.store))

    def __reduce__(self):
        self._check_open()
        source = self._source
        return _reopen, (*source.key(), source.storage_options, source.options, self._described())

    def _described(self):
        """What is known of it without opening it."""
        return ()


def _process_of(source):
    """The process in which an open file can be used, if it is only one."""
    return os.getpid() if is_remote(source.location, source.storage_options) else None


def _store_token(store):
    """What tells a store from others, as a tuple that Dask tokenizes alike in every process."""
    if store is None:
        return ()
    if isinstance(store, Mapping) or hasattr(store, "__dask_tokenize__"):
        return (store,)
    # The arguments that a store of obstore is made of, which come in any order in its pickle; one in memory has none.
    made_of = store.__getnewargs_ex__() if hasattr(store, "__getnewargs_ex__") else id(store)
    return (type(store).__qualname__, made_of)


class LazyArray(_Handle):
    """An array in a file or an object store, of which elements are read when they are indexed.

    `open` makes it. Indexes are NumPy's: integers, slices, ``...``, ``np.newaxis``, arrays of integers, masks, and names of fields;
    the result is a new ``ndarray`` that equals what NumPy gives for the whole array. Only the bytes that the index needs are
    read, near ones together and far ones side by side.

    It can be pickled, as its name and the identity of the file, hashed, and used after a fork; what is unpickled opens the file
    again when it is first used, and raises `StaleFileError` if that has changed.

    Attributes
    ----------
    shape : tuple of int
        The number of elements along each axis.
    dtype : numpy.dtype
        The type of the elements.
    ndim, size, nbytes : int
        The number of axes, of elements, and of their bytes.
    order : {'C', 'F'}
        Which index varies fastest in the file.

    Examples
    --------
    >>> import os, tempfile
    >>> import numio
    >>> import numpy as np
    >>> path = os.path.join(tempfile.mkdtemp(), 'x.npy')
    >>> numio.save(path, np.arange(12.).reshape(4, 3))
    >>> x = numio.open(path)
    >>> x[::-2, 1]
    array([10.,  4.])
    >>> float(np.asarray(x).sum())
    66.0
    >>> [block.sum() for block in x.blocks(rows=2)]
    [np.float64(15.0), np.float64(51.0)]
    """

    __module__ = "numio"
    _kind = "array"
    _new = _maker = None

    def __init__(self, core, source):
        self._core = core
        self._source = source
        self._process = _process_of(source)
        self._is_closed = False
        self.shape = core.shape
        self.dtype = core.dtype
        self.order = core.order

    @property
    def ndim(self):
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self):
        """The number of elements."""
        size = 1
        for length in self.shape:
            size *= length
        return size

    @property
    def nbytes(self):
        """The number of bytes of all elements."""
        return self.size * self.dtype.itemsize

    @property
    def itemsize(self):
        """The number of bytes of an element."""
        return self.dtype.itemsize

    @property
    def block_bytes(self):
        """The number of bytes that are decompressed together, in a member that is read by blocks."""
        return self._open().block_bytes

    @property
    def name(self):
        """The path, absolute, or the URL, with the member's name after it in brackets if there is one."""
        source = self._source
        return source.location if source.member is None else f"{source.location}[{source.member}]"

    def _described(self):
        return (self.shape, self.dtype, self.order)

    def _checked(self, core):
        # A file that is written to may be another of the same size.
        if (core.shape, core.dtype, core.order) != self._described():
            from ._errors import StaleFileError

            raise StaleFileError(f"{shown(self._source.location)}: the file has changed since it was opened: it is another array")
        return core

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __bool__(self):
        return bool(np.asarray(self))

    def __iter__(self):
        if not self.shape:
            raise TypeError("iteration over a 0-d array")
        for block in self.blocks():
            yield from block

    def __getitem__(self, index):
        if isinstance(index, str):
            return self._field(index).read()
        if are_names(index):
            return self._open().read()[index]
        return self._open().get(index)

    def __setitem__(self, index, value):
        if are_names(index):
            self._set_fields(index, value)
            return
        core = self._open()
        if isinstance(index, str):
            core, index = self._field(index), ...
        shape, order = core.selection(index)
        if not isinstance(value, np.ndarray) and is_advanced(index):
            # What is assigned to arrays of integers may have more axes of one element in front.
            value = np.asarray(value, core.dtype)
        if isinstance(value, np.ndarray) and value.ndim > 1 and is_mask(index, self.ndim):
            raise TypeError(
                f"NumPy boolean array indexing assignment requires a 0 or 1-dimensional input, input has {value.ndim} dimensions"
            )
        block = value
        fits = isinstance(value, np.ndarray) and value.dtype == core.dtype and value.shape == shape and value is not np.ma.masked
        if core.dtype.subdtype is not None or not core.dtype.itemsize:
            # As a field, for the order is that of the elements: what is in one of them is in C order. And of texts of no characters NumPy
            # makes those of one elsewhere.
            block = np.empty(shape, [("value", core.dtype)], order)
            block["value"] = value
        elif not (fits and value.flags.f_contiguous if order == "F" else fits and value.flags.c_contiguous):
            # `numpy.empty` makes dates without a unit of this machine's byte order, whatever theirs is.
            block = np.ndarray(shape, core.dtype, order=order)
            try:
                # A single element takes other values than an array without axes.
                block[... if shape or has_ellipsis(index) else ()] = value
            except ValueError as raised:
                raise misfit(raised, index, value, shape, self.ndim) from None
        core.set(index, block)

    def _field(self, name):
        core = self._open()
        if name not in (self.dtype.fields or ()):
            # NumPy's error for such an index.
            np.empty(0, self.dtype)[name]
        return core.field(name)

    def _set_fields(self, names, value):
        """Write some fields of all elements: one value for each, or records whose fields are taken in order."""
        records = np.empty(self.shape, self.dtype)[names]
        records[...] = value
        for name in names:
            self[name] = records[name]

    def __contains__(self, value):
        # What has as many axes is broadcast over the rows too.
        if np.ndim(value) >= self.ndim:
            return value in self._open().read()
        return any(value in block for block in self.blocks())

    def __getitems__(self, indices):
        """The rows at these indices, read together: what PyTorch's ``DataLoader`` asks for."""
        return list(self._open().get(np.asarray(indices) if len(indices) else np.empty(0, np.intp)))

    def __array__(self, dtype=None, copy=None):
        if copy is False:
            raise ValueError("the elements are in a file: an array of them is always a copy")
        found = self._open().read()
        return found if dtype is None else found.astype(dtype, copy=False)

    def astype(self, dtype, order="K", casting="unsafe", subok=True, copy=True):
        """Read all elements, converted to another type.

        Parameters
        ----------
        dtype : data-type
            The type.
        order, casting : optional
            As in `numpy.ndarray.astype`.
        subok, copy : optional
            Without effect, for functions of arrays: what is read is a new array always.

        Returns
        -------
        array : ndarray
            The elements.
        """
        return self._open().read().astype(dtype, order=order, casting=casting, copy=False)

    def take(self, indices, axis=None, out=None, mode="raise"):
        """Read the elements at some indices along an axis, as `numpy.take` does.

        Parameters
        ----------
        indices : array-like of int
            The indices, in any order.
        axis : int, optional
            The axis; by default indices count in the flattened array.
        out : ndarray, optional
            Where the elements are put.
        mode : {"raise", "wrap", "clip"}, optional
            What becomes of indices that are out of bounds: an error, the index modulo the length, or the nearest one.

        Returns
        -------
        array : ndarray
            The elements, or `out`.
        """
        if axis is not None:
            axis = operator.index(axis)
        if out is not None and not isinstance(out, np.ndarray):
            raise TypeError("output must be an array")
        mode = take_mode(mode)
        shape = self.shape or (1,)
        if axis is not None and not -len(shape) <= axis < len(shape):
            raise np.exceptions.AxisError(axis, len(shape))
        # NumPy takes lists of anything that is a number, and masks as the numbers 0 and 1.
        casting = "same_kind" if isinstance(indices, (np.ndarray, np.generic)) else "unsafe"
        found = np.asarray(indices).astype(np.intp, casting=casting)
        if axis is None:
            before, length, after = (), self.size, ()
        else:
            axis %= len(shape)
            before, length, after = shape[:axis], shape[axis], shape[axis + 1 :]
        result = before + found.shape + after
        is_empty = not math.prod(result)
        if out is not None:
            if out.shape != result:
                raise ValueError("output array does not match result of ndarray.take")
            if not np.can_cast(out.dtype, self.dtype):
                raise TypeError(f"Cannot cast array data from {out.dtype!r} to {self.dtype!r} according to the rule 'safe'")
        if not length and not is_empty:
            raise IndexError("cannot do a non-empty take from an empty axes.")
        if 0 in before:
            # None is looked at.
            found = np.zeros(found.shape, np.intp)
            length = max(length, 1)
        found = within(found, length, mode)
        if is_empty:
            taken = np.ndarray(result, self.dtype)
        elif not self.shape:
            taken = np.asarray(self).take(found, axis)
        else:
            index = np.unravel_index(found, self.shape) if axis is None else (*(slice(None),) * axis, found)
            taken = self._open().get(index)
        if out is None:
            return taken
        np.copyto(out, taken, casting="unsafe")
        return out

    def blocks(self, rows=None, bytes=None):
        """Read the array in blocks along its first axis, one after another.

        Parameters
        ----------
        rows : int, optional
            The number of rows of a block; the last one has the rest.
        bytes : int, optional
            The most bytes of a block instead, at least one row; by default 64 MiB.

        Yields
        ------
        block : ndarray
            The rows.
        """
        if rows is not None and bytes is not None:
            raise TypeError("a block has a number of rows, or of bytes")
        if not self.shape:
            yield np.asarray(self)
            return
        if rows is None:
            row = max(self.nbytes // max(self.shape[0], 1), 1)
            rows = max((64 << 20 if bytes is None else bytes) // row, 1)
        if rows < 1:
            raise ValueError("a block has one row or more")
        for start in range(0, self.shape[0], rows):
            yield self[start : start + rows]

    def close(self):
        """Close the file. One that `create` made gets its name, if it is closed in the process that made it."""
        self._close()
        if self._is_maker():
            self._new.commit()

    def discard(self):
        """Close the file, and discard it if `create` made it in this process: what was under its name stays."""
        self._close()
        if self._is_maker():
            self._new.discard()

    def _is_maker(self):
        """Whether `create` made the file for this handle; a fork of the process has a copy of it, as an unpickled one is."""
        return self._new is not None and self._maker == os.getpid()

    def __enter__(self):
        return self

    def __exit__(self, kind, raised, trace):
        if kind is None:
            self.close()
        else:
            self.discard()

    def __repr__(self):
        return f"<LazyArray {redacted(self.name)!r}, shape={self.shape}, dtype={self.dtype}>"


class LazyArchive(_Handle, Mapping):
    """A `.npz` archive whose members are lazy arrays: a mapping of names, of which the directory has been read.

    `open` makes it. A member that is no array is the bytes of it. Stored members are read by ranges. Deflated ones that numio has
    written are read by their blocks, of which only those are decompressed that are needed; other members are decompressed
    whole, once, and kept up to `cache_bytes`.

    Attributes
    ----------
    files : list of str
        The names of the members, without ``.npy``.

    Examples
    --------
    >>> import os, tempfile
    >>> import numio
    >>> import numpy as np
    >>> path = os.path.join(tempfile.mkdtemp(), 'xy.npz')
    >>> numio.savez(path, x=np.arange(3), y=np.ones((2, 2)))
    >>> z = numio.open(path)
    >>> z.files, z['y'].shape, z['x'][-1]
    (['x', 'y'], (2, 2), np.int64(2))
    """

    __module__ = "numio"
    _kind = "archive"
    _files = None

    def __init__(self, core, source):
        self._core = core
        self._source = source
        self._process = _process_of(source)
        self._is_closed = False
        self._files = core.names()

    @property
    def files(self):
        """The names of the members, without ``.npy``."""
        if self._files is None:
            self._files = self._open().names()
        return self._files

    def __getitem__(self, name):
        core = self._open()
        if not isinstance(name, str) or not core.contains(name):
            raise KeyError(f"{name} is not a file in the archive")
        found = core.member(name)
        if isinstance(found, bytes):
            return found
        return LazyArray(found, self._source.with_member(name))

    def __contains__(self, name):
        return isinstance(name, str) and self._open().contains(name)

    def __iter__(self):
        return iter(self.files)

    def __len__(self):
        return len(self.files)

    def close(self):
        """Close the archive. Arrays of it stay open."""
        self._close()

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        self.close()

    def __repr__(self):
        if self._files is None:
            # It shows itself without opening the file.
            return f"<LazyArchive {redacted(self._source.location)!r}>"
        first = visible(", ".join(self.files[:5]))
        more = "..." if len(self.files) > 5 else ""
        return f"<LazyArchive {redacted(self._source.location)!r} with keys: {first}{more}>"


# Archives that handles of members have opened here, so that those of many members open each once.
_archives = {}
_MOST_ARCHIVES = 32


def _reopen(location, member, mode, stamp, storage_options, options, described=None):
    """What was pickled. It is opened when it is first used."""
    source = _Source(location, member, mode, stamp, storage_options, options)
    if described is None:
        # A pickle of numio 0.2.0.
        core = _core_again(source)
        return LazyArchive(core, source) if isinstance(core, _numio.LazyArchiveFile) else LazyArray(core, source)
    if not described:
        return LazyArchive._unopened(source)
    array = LazyArray._unopened(source)
    array.shape, array.dtype, array.order = described
    return array


def _core_again(source):
    """Open a file again, if it is still the same."""
    location, member, mode, stamp = source.key()
    archive = source if member is None else source.with_member(None)
    key = (os.getpid(), *archive.key(), repr(source.options))
    found = _archives.get(key) if member is not None else None
    if found is None or found._source != archive:
        try:
            core, now = _open_core(location, mode, source.storage_options, source.options, stamp)
        except (ValueError, EOFError):
            if not is_remote(location, source.storage_options):
                # What is wrong with another file is not what is told of it.
                found = os.stat(local_path(location))
                _check(location, mode, stamp, (found.st_size, found.st_mtime_ns, None))
            raise
        _check(location, mode, stamp, tuple(now))
        if member is None:
            return core
        found = LazyArchive(core, archive)
        while len(_archives) >= _MOST_ARCHIVES:
            _archives.pop(next(iter(_archives)), None)
        _archives[key] = found
    return found[member]._open()


def _check(location, mode, stamp, now):
    """Raise if the identity of a file is another than it was."""
    from ._errors import StaleFileError

    names = ("size", "modification time", "entity tag")
    for name, was, is_ in zip(names, stamp, now, strict=True):
        if was is None or is_ is None or (mode == "r+" and name != "size"):
            continue
        if was != is_:
            raise StaleFileError(
                f"{shown(location)}: the file has changed since it was opened: its {name} was {was} and is {is_}; open it again"
            )
