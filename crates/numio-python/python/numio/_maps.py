"""Memory maps: arrays over Python's own `mmap.mmap`, as `numpy.memmap` builds them, and closing them.

The library opens the file and reads its header; Python's ``mmap`` maps the file, so that everything that is done with the
maps of `numpy.memmap` (``array._mmap``, joblib's and Dask's way of sending a file name instead of data) works with these.
"""

import sys
import weakref
from _thread import get_ident as _get_ident

import numpy as np

from . import _numio

# The code of a function keeps its variables in the frame; a module or a class has a dictionary.
_CO_OPTIMIZED = 1
# From Python 3.13 on, `f_locals` of a function reads the frame itself. Before, it is a copy, which keeps variables alive.
_COPIES_LOCALS = sys.version_info < (3, 13)
# From Python 3.14 on, references that a frame only borrows are not counted.
_COUNTS_EXACTLY = sys.version_info < (3, 14)


# Classes derived from ndarray may give the name another meaning.
_base = np.ndarray.base.__get__

_ref = weakref.ref
# The maps that are alive, by weak references to them, and of each a weak reference to its array, or None once it was closed. A
# dictionary's own `pop` is what a reference calls when its map is gone: a `WeakKeyDictionary` would run Python code for each map.
_mapped = {}
_member_map = None
_memmap, _new_array = np.memmap, np.ndarray.__new__
_IS_NUMPY_1 = np.__version__.startswith("1.")
_mmap = None


def _import_mmap():
    """Import ``mmap``, which Python loads for itself only where it needs one."""
    global _mmap, _GRANULARITY, _ACCESS, _DEFAULTS
    import mmap

    _GRANULARITY = mmap.ALLOCATIONGRANULARITY
    _ACCESS = {"r": mmap.ACCESS_READ, "c": mmap.ACCESS_COPY, "r+": mmap.ACCESS_WRITE}
    # Of what stands between length and access. Arguments by name take longer.
    _DEFAULTS = (None,) if sys.platform == "win32" else (mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
    _mmap = mmap.mmap


def build(filename, fileno, mode, dtype, shape, order, offset, nbytes, checksum):
    """Map a part of an open file, as `numpy.memmap` does.

    `filename` is the attribute of that name; the array has `nbytes` bytes from `offset` of the file on. `checksum`, where
    there is one, belongs to a member of an archive, and is brought up to date when the map is flushed and when it is gone.
    """
    if _mmap is None:
        _import_mmap()
    start = offset - offset % _GRANULARITY
    length = offset - start + nbytes
    if length == 0:
        # To `mmap`, no length means all of the file. The bytes before an array without elements always exist.
        start -= _GRANULARITY
        length = _GRANULARITY
    if checksum is None:
        pages = _mmap(fileno, length, *_DEFAULTS, _ACCESS[mode], start)
    else:
        pages = _member_map_type()(fileno, length, *_DEFAULTS, _ACCESS[mode], start)
        pages._checksum = checksum
    # NumPy 1.26 gives a text without a size its own size when it makes the array, but not when it changes the dtype.
    bare = "V0" if _IS_NUMPY_1 and dtype.itemsize == 0 and dtype.kind in "SU" else dtype
    array = _new_array(_memmap, shape, bare, pages, offset - start, None, order)
    if bare is not dtype:
        array.dtype = dtype
    array._mmap, array.filename, array.offset, array.mode = pages, filename, offset, mode
    _mapped[_ref(pages, _mapped.pop)] = _ref(array)
    return array


def _member_map_type():
    """The class of maps of members, built when it is first needed: importing ``mmap`` takes time."""
    global _member_map
    if _member_map is None:
        import mmap

        class MemberMap(mmap.mmap):
            """A member of an archive, mapped for writing. The archive's CRC-32 of it follows at each flush and at the end."""

            def flush(self, *args):
                done = super().flush(*args)
                self._checksum.update()
                return done

            def close(self):
                super().close()
                self._checksum.close()

        _member_map = MemberMap
    return _member_map


def close(array):
    """Write what a mapped array holds to its file, and let go of the file now.

    The array has no elements afterwards. Views of it that arrays or variables refer to are found, and prevent it. What has
    taken its address in other ways, a ``memoryview``, an object of ``ctypes``, or an array inside an array of objects, is
    not found, and reads zeros from then on.

    Parameters
    ----------
    array : numpy.memmap
        An array that numio has mapped, not a view of one.

    Raises
    ------
    BufferError
        If views of the array are alive. The file stays mapped.

    See Also
    --------
    memmap, open_memmap

    Examples
    --------
    >>> import os, tempfile
    >>> import numio
    >>> path = os.path.join(tempfile.mkdtemp(), 'a.npy')
    >>> numio.save(path, [1, 2, 3])
    >>> array = numio.load(path, mmap_mode='r+')
    >>> view = array[1:]
    >>> numio.close(array)
    Traceback (most recent call last):
        ...
    BufferError: views of the array are alive: drop them before closing it
    >>> del view
    >>> numio.close(array)
    """
    pages = getattr(array, "_mmap", None)
    # Other programs may give the attribute to anything.
    key = _ref(pages) if isinstance(pages, _mmap or ()) else None
    if key not in _mapped:
        raise TypeError("expected an array that numio has mapped")
    mapped = _mapped[key]
    if mapped is None:
        return
    if mapped() is not array:
        raise ValueError("this is a view: close the array that it is a view of")
    if not pages.closed:
        references = sys.getrefcount(array)
        if references > 1 and _is_viewed(array, references - 1):
            raise BufferError("views of the array are alive: drop them before closing it")
        pages.flush()
        if array.nbytes == 0:
            pages.close()  # No element's address is known to anyone.
        else:
            _numio.discard_pages(array)
        if isinstance(pages, _member_map or ()):
            pages._checksum.close()
    _mapped[key] = None
    _numio.empty(array)


class memmap:
    """A memory-mapped array for the length of a ``with`` block.

    What is opened and how is as in `open_memmap`. The block's end closes the file as `close` does.

    Parameters
    ----------
    filename : str or path-like
        The file.
    mode : {'r+', 'r', 'w+', 'c'}, optional
        'w+' makes a new file.
    dtype : data-type, optional
        If another process makes the file shorter, touching a page that is gone ends this process with SIGBUS.
        Of a new file.
    shape : int or tuple of int
        Of a new file.
    fortran_order : bool, optional
        Whether the first index of a new file varies fastest.
    version : tuple of two int, optional
        The version of a new file.
    max_header_size : int, optional
        The longest header accepted, in characters.
    preallocate : bool, optional
        Whether a new file takes its space on the disk at once.

    Raises
    ------
    BufferError
        At the block's end, if views of the array are alive.

    Examples
    --------
    >>> import os, tempfile
    >>> import numio
    >>> path = os.path.join(tempfile.mkdtemp(), 'a.npy')
    >>> with numio.memmap(path, 'w+', shape=3) as array:
    ...     array[:] = 1, 2, 3
    >>> numio.load(path)
    array([1., 2., 3.])
    """

    __module__ = "numio"
    __slots__ = ("_array",)

    def __init__(
        self,
        filename,
        mode="r+",
        dtype=None,
        shape=None,
        fortran_order=False,
        version=None,
        *,
        max_header_size=10000,
        preallocate=False,
    ):
        self._array = _numio.open_memmap(
            filename, mode, dtype, shape, fortran_order, version, max_header_size=max_header_size, preallocate=preallocate
        )

    def __enter__(self):
        if self._array is None:
            raise ValueError("already closed")
        return self._array

    def __exit__(self, kind, value, traceback):
        array, self._array = self._array, None
        try:
            if array is not None:
                close(array)
        except Exception:
            # An exception that ends the block tells more.
            if kind is None:
                raise


def _is_viewed(array, references):
    """True if there is a view of an array to which its user has `references` references."""
    # `close`, and the end of a block, have the array in one variable each.
    frame, known = sys._getframe(1).f_back, 1
    if frame is not None and frame.f_code is memmap.__exit__.__code__:
        frame, known = frame.f_back, 2
    values = _variables(array, frame, references - known if _COUNTS_EXACTLY else -1)
    if values is None:
        return False
    import gc

    # Every view can be reached from a variable of a function that runs, or from an object that the collector knows.
    pending = [values, gc.get_referents(*gc.get_objects())]
    while pending:
        for value in pending.pop():
            if isinstance(value, np.ndarray):
                if _is_view(value, array):
                    return True
            elif type(value) in (tuple, dict) and not gc.is_tracked(value):
                # The collector forgets containers that can be part of no cycle.
                pending.append(gc.get_referents(value))
    return False


def _variables(array, innermost, references):
    """The values of all variables of code that runs, from `innermost` outwards; None if `references` of them are the array."""
    if references == 0:
        return None
    values, found, seen = [], 0, set()
    frame, others = innermost, None
    while True:
        if frame is None:
            if others is None:
                others = sys._current_frames()
                others.pop(_get_ident(), None)
            if not others:
                return values
            _, frame = others.popitem()
        code, names = frame.f_code, frame.f_locals
        if code.co_flags & _CO_OPTIMIZED:
            # A cell is one reference, however many functions share it.
            cells = code.co_cellvars + code.co_freevars
            for name, value in names.items():
                found += value is array and name not in cells
            values.extend(names.values())
            if _COPIES_LOCALS and sys.getrefcount(names) <= 3:
                names.clear()  # The frame's copy, which nobody else looks at.
        elif id(names) not in seen:
            seen.add(id(names))
            found += sum(value is array for value in names.values())
            values.extend(names.values())
        # Most often all of them are in the first frames.
        if found == references:
            return None
        frame = frame.f_back


def _is_view(value, array):
    """True if `value`, an array, shows memory of `array`."""
    while True:
        value = value.obj if isinstance(value, memoryview) else _base(value)
        if value is array:
            return True
        if not isinstance(value, (np.ndarray, memoryview)):
            return False
