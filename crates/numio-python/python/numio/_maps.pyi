from os import PathLike
from types import TracebackType
from typing import Any, Literal, SupportsIndex, final
from collections.abc import Iterable

import numpy as np
from numpy.typing import DTypeLike, NDArray

def build(
    filename: object,
    fileno: int,
    mode: str,
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    order: Literal["C", "F"],
    offset: int,
    nbytes: int,
    checksum: object,
) -> np.memmap[Any, Any]:
    """Map a part of an open file, as `numpy.memmap` does.

    `filename` is the attribute of that name; the array has `nbytes` bytes from `offset` of the file on. `checksum`, where
    there is one, belongs to a member of an archive, and is brought up to date when the map is flushed and when it is gone.
    """
def close(array: NDArray[Any]) -> None:
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
@final
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
    def __init__(
        self,
        filename: str | bytes | PathLike[str] | PathLike[bytes],
        mode: Literal["r", "r+", "c", "w+", "readonly", "readwrite", "copyonwrite", "write"] = "r+",
        dtype: DTypeLike | None = None,
        shape: SupportsIndex | Iterable[SupportsIndex] | None = None,
        fortran_order: bool = False,
        version: tuple[int, int] | None = None,
        *,
        max_header_size: int = 10000,
        preallocate: bool = False,
    ) -> None: ...
    def __enter__(self) -> np.memmap[Any, Any]: ...
    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
