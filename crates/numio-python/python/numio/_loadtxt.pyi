from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal, SupportsIndex, TypeVar, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray

_Converter = Callable[[Any], Any]

_ScalarT = TypeVar("_ScalarT", bound=np.generic)

@overload
def loadtxt(
    fname: str | PathLike[str] | Iterable[str] | Iterable[bytes],
    dtype: type[float] | None = ...,
    comments: str | bytes | Iterable[str | bytes] | None = "#",
    delimiter: str | bytes | None = None,
    converters: Mapping[int, _Converter] | _Converter | None = None,
    skiprows: SupportsIndex = 0,
    usecols: SupportsIndex | str | slice | Sequence[SupportsIndex | str | slice] | None = None,
    unpack: bool = False,
    ndmin: Literal[0, 1, 2] = 0,
    encoding: str | None = None,
    max_rows: SupportsIndex | None = None,
    *,
    quotechar: str | None = None,
    like: Any = None,
    fortran: bool = False,
) -> NDArray[np.float64]:
    r"""Load an array from text, one row a line: `numpy.loadtxt`, on all cores.

    Every parameter but `fortran` is NumPy's, and so are the results, the warnings and the messages; a file's name stands
    before the message. With `fortran`, floats and complex numbers may be written as Fortran prints them: ``1.0D+05``,
    ``0.33-104``. `usecols` takes slices too, and names of columns, which are in the last line before the first row: one of
    those that `skiprows` leaves out, or a comment. Files that end in ``.gz``, ``.bz2``, ``.xz``, ``.lzma`` or ``.zst`` are unpacked as they are read.
    A URL such as ``s3://bucket/x.txt`` is read as by `open`.

    Examples
    --------
    >>> from io import StringIO
    >>> import numio
    >>> numio.loadtxt(StringIO("0 1\n2 3"))
    array([[0., 1.],
           [2., 3.]])
    """
@overload
def loadtxt(
    fname: str | PathLike[str] | Iterable[str] | Iterable[bytes],
    dtype: type[_ScalarT] | np.dtype[_ScalarT],
    comments: str | bytes | Iterable[str | bytes] | None = "#",
    delimiter: str | bytes | None = None,
    converters: Mapping[int, _Converter] | _Converter | None = None,
    skiprows: SupportsIndex = 0,
    usecols: SupportsIndex | Sequence[SupportsIndex] | None = None,
    unpack: bool = False,
    ndmin: Literal[0, 1, 2] = 0,
    encoding: str | None = None,
    max_rows: SupportsIndex | None = None,
    *,
    quotechar: str | None = None,
    like: Any = None,
    fortran: bool = False,
) -> NDArray[_ScalarT]: ...
@overload
def loadtxt(
    fname: str | PathLike[str] | Iterable[str] | Iterable[bytes],
    dtype: DTypeLike | None,
    comments: str | bytes | Iterable[str | bytes] | None = "#",
    delimiter: str | bytes | None = None,
    converters: Mapping[int, _Converter] | _Converter | None = None,
    skiprows: SupportsIndex = 0,
    usecols: SupportsIndex | Sequence[SupportsIndex] | None = None,
    unpack: bool = False,
    ndmin: Literal[0, 1, 2] = 0,
    encoding: str | None = None,
    max_rows: SupportsIndex | None = None,
    *,
    quotechar: str | None = None,
    like: Any = None,
    fortran: bool = False,
) -> NDArray[Any]: ...
