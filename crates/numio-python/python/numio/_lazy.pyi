"""`open` and `create`: arrays that stay in their file."""

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from types import TracebackType
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from typing_extensions import Self

from . import _numio

__all__ = ["LazyArchive", "LazyArray", "create", "open"]


def open(path_or_url: str | PathLike[str], mode: Literal['r', 'r+']='r', *, storage_options: Any=None, max_gap: int | None=None, max_request: int | None=None, cache_bytes: int | None=None, max_header_size: int | None=None, max_ratio: int | None=None) -> LazyArray | LazyArchive:
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

def create(path: str | PathLike[str], shape: int | Sequence[int], dtype: DTypeLike=float, *, fortran_order: bool=False, overwrite: bool=False) -> LazyArray:
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

class LazyArray:
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
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    order: Literal["C", "F"]
    def __init__(self, core: _numio.LazyArrayFile, source: Any) -> None: ...
    @property
    def ndim(self) -> int:
        """The number of axes."""
    @property
    def size(self) -> int:
        """The number of elements."""
    @property
    def nbytes(self) -> int:
        """The number of bytes of all elements."""
    @property
    def itemsize(self) -> int:
        """The number of bytes of an element."""
    @property
    def block_bytes(self) -> int | None:
        """The number of bytes that are decompressed together, in a member that is read by blocks."""
    @property
    def name(self) -> str:
        """The path, absolute, or the URL, with the member's name after it in brackets if there is one."""
    def __len__(self) -> int: ...
    def __bool__(self) -> bool: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __getitem__(self, index: Any) -> Any: ...
    def __setitem__(self, index: Any, value: ArrayLike) -> None: ...
    def __contains__(self, value: object) -> bool: ...
    def __getitems__(self, indices: Sequence[int]) -> list[Any]: ...
    def __array__(self, dtype: DTypeLike | None=None, copy: bool | None=None) -> NDArray[Any]: ...
    def astype(self, dtype: DTypeLike, order: Literal['K', 'A', 'C', 'F']='K', casting: Any='unsafe', subok: bool=True, copy: bool=True) -> NDArray[Any]:
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
    def take(self, indices: ArrayLike, axis: int | None=None, out: NDArray[Any] | None=None, mode: Literal["raise", "wrap", "clip"]="raise") -> Any:
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
    def blocks(self, rows: int | None=None, bytes: int | None=None) -> Iterator[NDArray[Any]]:
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
    def close(self) -> None:
        """Close the file. One that `create` made gets its name, if it is closed in the process that made it."""
    def discard(self) -> None:
        """Close the file, and discard it if `create` made it in this process: what was under its name stays."""
    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None: ...
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: Any) -> Self: ...
    def __dask_tokenize__(self) -> tuple[Any, ...]: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def __repr__(self) -> str: ...

class LazyArchive(Mapping[str, Any]):
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
    @property
    def files(self) -> list[str]:
        """The names of the members, without ``.npy``."""
    def __init__(self, core: _numio.LazyArchiveFile, source: Any) -> None: ...
    def __getitem__(self, name: str) -> Any: ...
    def __contains__(self, name: object) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
    def close(self) -> None:
        """Close the archive. Arrays of it stay open."""
    def __enter__(self) -> Self: ...
    def __exit__(self, *raised: object) -> None: ...
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: Any) -> Self: ...
    def __dask_tokenize__(self) -> tuple[Any, ...]: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def __repr__(self) -> str: ...

