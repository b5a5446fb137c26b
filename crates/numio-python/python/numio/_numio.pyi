"""The types of the module that Rust brings: NumPy's calls."""

from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from os import PathLike
from types import TracebackType
from typing import IO, Any, Final, Literal, Protocol, SupportsIndex, TypeAlias, TypeVar, final, overload
from zipfile import ZipFile

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from typing_extensions import Self

__all__ = [
    "AtomicText",
    "Function",
    "LazyArchiveFile",
    "LazyArrayFile",
    "NewArrayFile",
    "NpzFile",
    "NpzWriter",
    "__version__",
    "append",
    "convert",
    "decompress",
    "discard_pages",
    "empty",
    "get_num_threads",
    "lazy_create",
    "lazy_open",
    "lazy_open_source",
    "load",
    "load_plain",
    "open_memmap",
    "read_text",
    "read_with_gaps",
    "redact_urls",
    "run_command",
    "save",
    "savez",
    "savez_compressed",
    "set_num_threads",
    "threads",
    "write_npz",
    "write_text",
]

_T = TypeVar("_T")

class _Readable(Protocol):
    def read(self, size: int, /) -> Any: ...

class _Writable(Protocol):
    def write(self, data: bytes, /) -> Any: ...

_Path: TypeAlias = str | bytes | PathLike[str] | PathLike[bytes]
_TextPath: TypeAlias = str | PathLike[str]
_LoadMode: TypeAlias = Literal["r", "r+", "c", "readonly", "readwrite", "copyonwrite"]
_MapMode: TypeAlias = _LoadMode | Literal["w+", "write"]
_Compression: TypeAlias = Literal["stored", "deflate", "zstd"]

__version__: Final[str]

def set_num_threads(n: int | None) -> None:
    """Set how many threads a call may use, in the whole process.

    Parameters
    ----------
    n : int or None
        The number, the calling thread included: 1 starts no threads at all. None goes back to the default, which is the
        environment variable ``NUMIO_NUM_THREADS``, or as many as the process may run at once by its affinity and its
        control group. In a daemonic worker process of `multiprocessing` the default is 1.

    See Also
    --------
    threads : The same for a part of a program.

    Examples
    --------
    >>> import numio
    >>> numio.set_num_threads(2)
    >>> numio.get_num_threads()
    2
    >>> numio.set_num_threads(None)
    """
def get_num_threads() -> int:
    """Return how many threads a call from here may use.

    Examples
    --------
    >>> import numio
    >>> with numio.threads(1):
    ...     numio.get_num_threads()
    1
    """
@final
class threads:
    """A context manager: calls in it, from the same thread, use up to `n` threads.

    Parameters
    ----------
    n : int or None
        The number, the calling thread included: 1 starts no threads at all. None keeps what `set_num_threads` says.

    Examples
    --------
    >>> import numpy as np
    >>> import numio
    >>> with numio.threads(1):
    ...     numio.save("alone.npy", np.arange(3))
    """
    def __new__(cls, n: int | None) -> Self: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        *_raised: type[BaseException] | BaseException | TracebackType | None,
    ) -> None: ...

def save(
    file: _TextPath | _Writable, arr: ArrayLike, allow_pickle: bool = True, fix_imports: object = None
) -> None:
    """Save an array to a file in NumPy's ``.npy`` format.

    The bytes are those that `numpy.save` writes. A file given by its path is replaced whole or not at all: after an error
    or on a full disk the old one is still there, and memory maps of it stay valid. Its owner, permissions, access control list and
    attributes are kept, and other hard links keep the old contents. A file that cannot be replaced (a mount point, another's file,
    one in a directory that is not writable) is overwritten, as NumPy does. A program that is killed while it renames the new file can
    leave one named ``.numio-*.tmp``, which the next save into that directory removes.

    Parameters
    ----------
    file : file-like object, str or path-like
        Where to. ``.npy`` is added to a name that does not end so. A file-like object needs nothing but ``write``, and is
        left standing behind the array.
    arr : array_like
        The array. Subclasses of `numpy.ndarray` are saved as they are, without what NumPy does not save of them.
    allow_pickle : bool, default: True
        Whether arrays of Python objects are saved, as a pickle.
    fix_imports : optional
        Deprecated in NumPy 2.1, and without effect since Python 2's days.

    Raises
    ------
    OSError
        If the file cannot be written.
    ValueError
        If the array holds Python objects and `allow_pickle` is false, or has a dtype that no ``.npy`` file describes.
    NotImplementedError
        If it is a `numpy.ma.MaskedArray`, whose mask a ``.npy`` file does not hold.

    Examples
    --------
    >>> import numpy as np
    >>> import numio
    >>> numio.save("123", np.array([[1, 2, 3], [4, 5, 6]]))
    >>> np.load("123.npy")
    array([[1, 2, 3],
           [4, 5, 6]])
    """
def savez(
    file: _TextPath | _Writable, *args: ArrayLike, allow_pickle: bool = True, **kwds: ArrayLike
) -> None:
    """Save several arrays to a ``.npz`` archive, uncompressed.

    Any reader of zip archives reads it. Elements start at multiples of 64 bytes, so that `numio.load` can map them. An
    archive given by its path is replaced whole or not at all, as by `save`.

    Parameters
    ----------
    file : file-like object, str or path-like
        Where to. ``.npz`` is added to a name that does not end so. A file-like object needs nothing but ``write``.
    *args : array_like
        Arrays without names become ``arr_0``, ``arr_1``, and so on.
    allow_pickle : bool, default: True
        Whether arrays of Python objects are saved, as pickles.
    **kwds : array_like
        Arrays under their names.

    Raises
    ------
    OSError
        If the file cannot be written.
    ValueError
        If an array holds Python objects and `allow_pickle` is false, has a dtype that no ``.npy`` file describes, or the
        name of one without.

    See Also
    --------
    savez_compressed : the same, compressed.
    write_npz : names that are no Python names, and other compressions.
    NpzWriter : arrays one by one.

    Examples
    --------
    >>> import numpy as np
    >>> import numio
    >>> numio.savez("xy", np.arange(3), y=np.array([0.5]))
    >>> with np.load("xy.npz") as data:
    ...     print(sorted(data.files), data["y"])
    ['arr_0', 'y'] [0.5]
    """
def savez_compressed(
    file: _TextPath | _Writable, *args: ArrayLike, allow_pickle: bool = True, **kwds: ArrayLike
) -> None:
    """Save several arrays to a compressed ``.npz`` archive.

    As `savez`, but deflated, on all cores. Any reader of zip archives reads it.

    Parameters
    ----------
    file : file-like object, str or path-like
        Where to. ``.npz`` is added to a name that does not end so. A file-like object needs nothing but ``write``.
    *args : array_like
        Arrays without names become ``arr_0``, ``arr_1``, and so on.
    allow_pickle : bool, default: True
        Whether arrays of Python objects are saved, as pickles.
    **kwds : array_like
        Arrays under their names.

    Raises
    ------
    OSError, ValueError
        As `savez`.

    Examples
    --------
    >>> import os
    >>> import numpy as np
    >>> import numio
    >>> numio.savez_compressed("zeros", zeros=np.zeros(100_000))
    >>> os.path.getsize("zeros.npz") < 2_000
    True
    """
def write_npz(
    file: _TextPath | _Writable,
    mapping: Mapping[str, ArrayLike],
    *,
    compression: _Compression = "stored",
    level: int | None = None,
    allow_pickle: bool = True,
) -> None:
    """Write the arrays of a mapping to a ``.npz`` archive.

    As `savez`, for names of any text, and with every compression that archives have.

    Parameters
    ----------
    file : file-like object, str or path-like
        Where to. ``.npz`` is added to a name that does not end so. A file-like object needs nothing but ``write``.
    mapping : mapping of str to array_like
        The arrays under their names.
    compression : {'stored', 'deflate', 'zstd'}, default: 'stored'
        How to pack the members. NumPy reads ``'zstd'`` on Python 3.14 and later.
    level : int, optional
        How hard to try: 0 to 12 for ``'deflate'``, which by default finds for each array what makes it no larger than NumPy
        would; 1 to 22 for ``'zstd'``, 3 by default.
    allow_pickle : bool, default: True
        Whether arrays of Python objects are saved, as pickles.

    Raises
    ------
    OSError, ValueError
        As `savez`; `ValueError` too for another compression or level.

    Examples
    --------
    >>> import numpy as np
    >>> import numio
    >>> weights = {"layer 0/bias": np.zeros(3), "file": np.ones(2)}
    >>> numio.write_npz("weights", weights, compression="deflate", level=6)
    >>> with np.load("weights.npz") as data:
    ...     print(data.files)
    ['layer 0/bias', 'file']
    """
def append(file: _TextPath, array: ArrayLike, *, create: bool = False, wait: float | None = None) -> None:
    """Append an array to the one in a ``.npy`` file, where it stands.

    It grows along the first axis; along the last, if it is in Fortran order. Only the new elements and a few digits of the
    header are written. A crash, even of the machine, leaves the file as it was or with all of the new elements. Only one
    program at a time can append to a file.

    Parameters
    ----------
    file : str or path-like
        A ``.npy`` file, under just this name.
    array : array_like
        Of the file's dtype, and of its shape but for the axis that grows.
    create : bool, default: False
        Whether a file that is not there is made, in C order, so that it grows along its first axis. Of programs that make one
        file at the same time, the others append to that of the first.
    wait : float, optional
        How many seconds to wait for others that append to the file; ``float("inf")`` for as long as it takes. By default there is
        an error at once.

    Raises
    ------
    OSError
        If the file is not there or cannot be written, or was replaced meanwhile.
    BlockingIOError
        If another appends to it for longer than `wait` (an `OSError`, with ``errno.EAGAIN``).
    ValueError
        If dtype or shape do not fit, or the file is damaged, has no axes or holds Python objects.

    Examples
    --------
    >>> import numpy as np
    >>> import numio
    >>> numio.save("log.npy", np.array([1, 2]))
    >>> numio.append("log.npy", np.array([3]))
    >>> np.load("log.npy")
    array([1, 2, 3])
    """
def open_memmap(
    filename: _Path,
    mode: _MapMode = "r+",
    dtype: DTypeLike | None = None,
    shape: SupportsIndex | Iterable[SupportsIndex] | None = None,
    fortran_order: bool = False,
    version: tuple[int, int] | None = None,
    *,
    max_header_size: int = 10000,
    preallocate: bool = False,
) -> np.memmap[Any, Any]:
    """Open or make a `.npy` file as a memory-mapped array: `numpy.lib.format.open_memmap`.

    A file that is shorter than its header says is refused in every mode; with 'r+' NumPy makes it longer.
    If another process makes the file shorter, touching a page that is gone ends this process with SIGBUS.

    Parameters
    ----------
    filename : str or path-like
        The file.
    mode : {'r+', 'r', 'w+', 'c'}, optional
        'w+' makes a new file of zeros, which replaces an old one when it is complete, as by `save`.
    dtype : data-type, optional
        Of a new file; by default float64.
    shape : int or tuple of int
        Of a new file.
    fortran_order : bool, optional
        Whether the first index of a new file varies fastest.
    version : tuple of two int, optional
        The version of a new file; by default the oldest that holds it.
    max_header_size : int, optional
        The longest header accepted, in characters.
    preallocate : bool, optional
        Whether a new file takes its space on the disk at once. Without it, as in NumPy, the disk is used as elements are
        written, and a disk that is full by then ends the program with a bus error; with it, `OSError` is raised here.

    Returns
    -------
    array : numpy.memmap
        An array over an `mmap.mmap`, as NumPy's.

    See Also
    --------
    memmap, close, load

    Examples
    --------
    >>> import os, tempfile
    >>> import numio
    >>> path = os.path.join(tempfile.mkdtemp(), 'big.npy')
    >>> array = numio.open_memmap(path, 'w+', dtype='f4', shape=(1000, 3))
    >>> array[7] = 1, 2, 3
    >>> array.flush()
    >>> numio.load(path)[7]
    array([1., 2., 3.], dtype=float32)
    """
@final
class NpzFile(Mapping[str, Any]):
    """A dictionary-like object over a `.npz` archive, whose members are read when they are asked for.

    `load` makes it. Several threads may read at once, and then do so side by side.
    Where it maps members, a file that another process makes shorter ends this process with SIGBUS once a page that is gone
    is touched.

    Attributes
    ----------
    files : list of str
        The names of the members, without ``.npy``.
    f : BagObj
        The members as attributes: ``npz.f.x`` is ``npz['x']``.
    zip : zipfile.ZipFile
        The archive as Python's `zipfile` sees it, opened when it is first asked for.
    fid : file or None
        The file under `zip`, where the archive was given by its path.
    allow_pickle : bool
        Whether members that hold Python objects are read.
    max_header_size : int
        The longest header of a member accepted.
    max_ratio : int
        How many times larger than its compressed bytes a member of more than 64 MiB may be.
    pickle_kwargs : dict
        How pickles of Python 2 are read: ``encoding`` and ``fix_imports``.

    The last four can be set, for members that are read from then on.

    Examples
    --------
    >>> import os, tempfile
    >>> import numio
    >>> import numpy as np
    >>> path = os.path.join(tempfile.mkdtemp(), 'xy.npz')
    >>> numio.savez(path, x=np.arange(3), y=np.ones(2))
    >>> with numio.load(path) as npz:
    ...     print(npz.files, npz['x'], npz.f.y)
    ['x', 'y'] [0 1 2] [1. 1.]
    """
    @property
    def files(self) -> list[str]: ...
    @property
    def f(self) -> Any: ...
    @property
    def zip(self) -> ZipFile | None: ...
    @property
    def fid(self) -> IO[bytes] | None: ...
    @property
    def allow_pickle(self) -> bool: ...
    @allow_pickle.setter
    def allow_pickle(self, value: bool, /) -> None: ...
    @property
    def max_header_size(self) -> int: ...
    @max_header_size.setter
    def max_header_size(self, value: int, /) -> None: ...
    @property
    def max_ratio(self) -> int: ...
    @max_ratio.setter
    def max_ratio(self, value: int, /) -> None: ...
    @property
    def pickle_kwargs(self) -> dict[str, Any]: ...
    @pickle_kwargs.setter
    def pickle_kwargs(self, value: dict[str, Any] | None, /) -> None: ...
    def __getitem__(self, key: str, /) -> Any: ...
    def __contains__(self, key: object, /) -> bool: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def keys(self) -> KeysView[str]:
        """A set-like view of the names."""
    def values(self) -> ValuesView[Any]:
        """A view of the members; each is read when it is reached."""
    def items(self) -> ItemsView[str, Any]:
        """A set-like view of names and members."""
    def read_all(self, names: Iterable[str] | None = None) -> dict[str, Any]:
        """Reads many members at once, on all cores, which is faster than one after another.

        Parameters
        ----------
        names : iterable of str, optional
            The members to read; by default all of them.

        Returns
        -------
        dict
            The members by their names, in the order of `names`, by default that of the file. Members that are mapped are in it as
            maps.

        Raises
        ------
        KeyError
            For a name without a member, before anything is read.
        ValueError, OSError, ...
            Where members cannot be read, what ``npz[name]`` raises for the first of them.

        Examples
        --------
        >>> import os, tempfile
        >>> import numio
        >>> path = os.path.join(tempfile.mkdtemp(), 'xyz.npz')
        >>> numio.savez(path, x=[1], y=[2], z=[3])
        >>> with numio.load(path) as npz:
        ...     print(npz.read_all(['z', 'x']))
        {'z': array([3]), 'x': array([1])}
        """
    @overload
    def get(self, key: str, default: None = None, /) -> Any | None:
        """The member of that name, or `default` if there is none."""
    @overload
    def get(self, key: str, default: _T, /) -> Any | _T: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...
    def close(self) -> None:
        """Close the file. Arrays that were read or mapped stay."""
    def __copy__(self) -> Self: ...
    def _ipython_key_completions_(self) -> list[str]: ...
    def _repr_html_(self) -> str: ...

@final
class NpzWriter:
    """Write a ``.npz`` archive array by array, without holding them all.

    As a context manager it completes the archive at the end of the block, and gives it up if the block raises. A file
    given by its path appears, or takes the old one's place, only when the archive is complete.

    Parameters
    ----------
    file : file-like object, str or path-like
        Where to. ``.npz`` is added to a name that does not end so. A file-like object needs nothing but ``write``, and
        keeps what was written of an archive that is given up.
    mode : {'w', 'a'}, default: 'w'
        A new archive, or one that starts with the members of the old one, if there is one.
    compression : {'stored', 'deflate', 'zstd'}, default: 'stored'
        How to pack the members. NumPy reads ``'zstd'`` on Python 3.14 and later.
    level : int, optional
        How hard to try: 0 to 12 for ``'deflate'``, which by default finds for each array what makes it no larger than NumPy
        would; 1 to 22 for ``'zstd'``, 3 by default.
    allow_pickle : bool, default: True
        Whether arrays of Python objects are saved, as pickles.
    wait : float, optional
        With mode ``'a'``, how many seconds to wait for others that append to the archive; ``float("inf")`` for as long as it takes.
        By default there is a `BlockingIOError` at once, an `OSError` with ``errno.EAGAIN``. The archive is locked until it is closed,
        and of programs that make one archive at the same time, the others append to that of the first.

    Examples
    --------
    >>> import numpy as np
    >>> import numio
    >>> with numio.NpzWriter("runs", compression="deflate") as writer:
    ...     for run in range(3):
    ...         writer.write(f"run{run}", np.full(4, run))
    >>> with numio.NpzWriter("runs", mode="a") as writer:
    ...     writer.write("mean", 1.0)
    >>> with np.load("runs.npz") as data:
    ...     print(data.files, data["run2"])
    ['run0', 'run1', 'run2', 'mean'] [2 2 2 2]
    """
    def __new__(
        cls,
        file: _TextPath | _Writable,
        mode: Literal["w", "a"] = "w",
        *,
        compression: _Compression = "stored",
        level: int | None = None,
        allow_pickle: bool = True,
        wait: float | None = None,
    ) -> Self: ...
    @property
    def closed(self) -> bool:
        """Whether it has been closed or discarded."""
    def write(self, name: str, array: ArrayLike) -> None:
        """Add an array to the archive.

        Parameters
        ----------
        name : str
            Its name, without ``.npy``.
        array : array_like
            The array.

        Raises
        ------
        OSError
            If the file cannot be written. The archive cannot be completed then.
        ValueError
            If there is an array of that name, the name holds a NUL, the array is of Python objects and `allow_pickle` is
            false, or the archive is closed.
        """
    def write_bytes(self, name: str, data: bytes) -> None:
        """Add bytes to the archive, as a member that is no array.

        Parameters
        ----------
        name : str
            Its name, just as it is.
        data : bytes
            What it holds.
        """
    def close(self) -> None:
        """Complete the archive, and put it in its place; nothing is done if it is closed, or another process has opened it."""
    def discard(self) -> None:
        """Give the archive up: a file that was there stays as it was."""
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None: ...

# What the package is built on.
@final
class Function:
    """A function under NumPy's name, for NumPy's `numpy._ArrayFunctionDispatcher`.

    Calling it calls `_implementation`, unless an argument has a way of its own (`__array_function__`): NumPy's function
    then asks it, under NumPy's name. Libraries keep tables of functions that they know. So that those find it however they
    were built, before a patch or after it, this function and NumPy's are equal and have one hash.
    """
    _implementation: Callable[..., Any]
    def __new__(cls, implementation: Callable[..., Any], numpys: Callable[..., Any]) -> Self: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __get__(self, instance: object, owner: type | None = None, /) -> Any: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

def load_plain(
    file: _Path | _Readable,
    mmap_mode: str | None,
    allow_pickle: bool | None,
    fix_imports: bool,
    encoding: str,
    max_header_size: int,
    /,
) -> Any:
    """[`load`] with nothing but NumPy's arguments, in their order: a call with names takes a good part of the time that a small file
    takes.
    """
def load(
    file: _Path | _Readable,
    mmap_mode: str | None = None,
    allow_pickle: bool = True,
    fix_imports: bool = True,
    encoding: str = "ASCII",
    *,
    max_header_size: int = 10000,
    max_ratio: int = 100,
    trust: bool | Iterable[str] = False,
) -> Any:
    """`numio.load`, whose docstring and defaults are in Python.

    `as_numpy` is set while NumPy's own names mean numio's functions: members of archives are then mapped for reading only, as
    programs expect that are written for NumPy, which reads them.
    """
def discard_pages(array: NDArray[Any]) -> None:
    """Puts zeros where `array`, which is all of a mapped part of a file, has its pages, and so lets go of the file. Whoever
    still has the address of an element reads zeros.

    # Errors
    `TypeError` for an array that is not over an `mmap.mmap`; `OSError` where the system refuses, and on systems that cannot
    do this at once. The file stays mapped then.
    """
def empty(array: NDArray[Any]) -> None:
    """Leaves `array`, whose memory is gone, without elements."""

# What the calls for text are made of. The dictionaries hold their parameters, put in order.
def read_text(
    source: str | Iterator[str | bytes],
    dtype: np.dtype[Any],
    given: dict[str, Any],
    line_encoding: str,
    converters: dict[str, Any] | None,
) -> tuple[NDArray[Any], None, list[tuple[str, str]]]:
    """Reads a text that the package has found to be for the library."""
def read_with_gaps(
    source: str | Iterator[str | bytes], dtype: np.dtype[Any] | None, given: dict[str, Any], line_encoding: str
) -> tuple[NDArray[Any], NDArray[Any] | None, list[tuple[str, str]]]:
    """Reads a text with missing values that the package has found to be for the library."""
@final
class AtomicText:
    """A file that NumPy's own function writes text to: it appears whole, compressed as its name says, or not at all."""
    def __new__(cls, path: _TextPath) -> Self: ...
    def write(self, data: bytes) -> None:
        """Writes all of `data`."""
    def commit(self) -> None:
        """Puts the file in place. Without this nothing is left of it."""
    def discard(self) -> None:
        """Gives the file up, if it was not put in place."""

def decompress(path: _TextPath, target: _TextPath) -> None:
    """Writes the text in a compressed file to a file of its own, for NumPy's functions, which do not know all compressions."""
def write_text(target: str | _Writable, array: NDArray[Any], given: dict[str, Any]) -> None:
    """Writes an array that the package has found to be for the library."""

def convert(source: str | PathLike[str], target: str | PathLike[str], **options: Any) -> None:
    """Convert arrays from one format into another: the command ``numio convert``.

    Formats are told by the names: ``.npy``, ``.npz``, ``.safetensors``, ``.csv``, ``.tsv``, ``.txt``, ``.jsonl``, texts also compressed
    (``.csv.gz``), and ``.pt`` and ``.pth``, which are only read and of which nothing is run. Parquet and Arrow are left to pyarrow; the
    command of its own, not that of this package, has them. Files larger than memory pass through in pieces. The new file is there when it
    is complete, or the old one stays.

    Arrays that are not compressed are mapped while they are read: another process that makes the source
    shorter meanwhile ends this one with SIGBUS.

    Parameters
    ----------
    source : str or path
        The file; ``x.npz:name`` is a member, ``x.npy[0, :]`` a part.
    target : str or path
        The file to write; ``x.npz:name`` adds a member.
    **options
        Those of ``numio convert --help``, with ``_`` for ``-``: ``force=True``, ``dtype="f4"``, ``compress="zstd"``. Python's own words
        have a ``_`` behind them (``from_="csv"``, ``as_="w=F8_E4M3"``); lists are for options that may be repeated, and dicts for those
        of single columns (``fill={"n": 0}``). ``dtype`` is what `numpy.dtype` takes, or ``"auto"``; ``columns`` takes slices. ``progress``
        goes nowhere.

    Warns
    -----
    UserWarning
        Of what the command would note on standard error: rows that ``skip_bad`` has left out, names that were changed, what
        ``explain`` tells.

    Raises
    ------
    ValueError
        If a file is not what it should be, the target has no type for a dtype, or the options make no sense; the message is the
        command's.
    OSError
        If a file cannot be read or written.

    Examples
    --------
    >>> import numpy as np
    >>> import numio
    >>> np.savez("model.npz", weight=np.ones((2, 3), "f4"), bias=np.zeros(2))
    >>> numio.convert("model.npz", "model.safetensors")
    >>> numio.convert("model.safetensors:bias", "bias.csv", force=True)
    >>> print(open("bias.csv").read().split())
    ['0.0', '0.0']
    """

def run_command(arguments: list[str], host: str) -> int:
    """Runs the ``numio`` command and returns its exit code.

    Parameters
    ----------
    arguments : list of str
        The arguments, the first of which is the program's name.
    host : str
        A line for ``numio --version``.

    The interpreter is released meanwhile. Output goes to the process's own standard output, not to ``sys.stdout``.
    """

@final
class LazyArrayFile:
    """An open array. `numio.LazyArray` is the class of which users know."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> np.dtype[Any]: ...
    @property
    def order(self) -> Literal["C", "F"]: ...
    @property
    def nbytes(self) -> int: ...
    @property
    def data_offset(self) -> int: ...
    @property
    def block_bytes(self) -> int | None: ...
    def handle(self) -> tuple[str, str | None, int, int | None, str | None, bool]:
        """Location, member, size, modification time, entity tag, and whether it can be written."""
    def field(self, name: str) -> LazyArrayFile: ...
    def read(self) -> NDArray[Any]: ...
    def get(self, index: Any) -> Any: ...
    def selection(self, index: Any) -> tuple[tuple[int, ...], Literal["C", "F"]]:
        """The shape and order of what an index selects."""
    def set(self, index: Any, block: Any) -> None:
        """Writes `block`, which has the shape and order that `selection` gives."""

@final
class LazyArchiveFile:
    """An open archive."""

    def names(self) -> list[str]: ...
    def contains(self, name: str) -> bool: ...
    def member(self, name: str) -> LazyArrayFile | bytes:
        """The array, or the bytes, of a member."""
    def stamp(self) -> tuple[int, int | None, str | None]:
        """Size, modification time and entity tag of the file when it was opened."""

@final
class NewArrayFile:
    """A file that is being written."""

    def array(self) -> LazyArrayFile: ...
    def commit(self) -> None:
        """Gives the file its name."""
    def discard(self) -> None:
        """Leaves what was there before."""

def lazy_open(
    path: Any,
    write: bool = False,
    *,
    max_gap: int | None = None,
    max_request: int | None = None,
    cache_bytes: int | None = None,
    max_header_size: int | None = None,
    max_ratio: int | None = None,
) -> LazyArrayFile | LazyArchiveFile:
    """Opens a file of the system."""

def lazy_open_source(
    source: Any,
    location: str,
    size: int,
    modified: int | None,
    etag: str | None,
    known: list[tuple[int, bytes]],
    *,
    max_gap: int | None = None,
    max_request: int | None = None,
    cache_bytes: int | None = None,
    max_header_size: int | None = None,
    max_ratio: int | None = None,
) -> LazyArrayFile | LazyArchiveFile:
    """Opens what a Python object reads: `source.read_ranges(starts, lengths)` gives a buffer for each. If it has
    `source.begin_ranges(starts, lengths, pieces)`, that is called for many bytes, and `source.end_ranges` with what it returned once it
    has called `pieces.close()`; before it calls `pieces.add(index, offset, data)`.
    """

def redact_urls(text: str) -> str:
    """A text in which URLs are without what they keep secret."""

def lazy_create(
    path: Any, shape: Any, dtype: np.dtype[Any], fortran_order: bool = False, overwrite: bool = False
) -> NewArrayFile:
    """Creates a file that is written in regions."""
