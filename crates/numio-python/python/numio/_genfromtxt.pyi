from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal, SupportsIndex, TypeVar, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray

_ScalarT = TypeVar("_ScalarT", bound=np.generic)

@overload
def genfromtxt(
    fname: str | PathLike[str] | Iterable[str] | Iterable[bytes],
    dtype: type[float] = ...,
    comments: str | bytes | None = "#",
    delimiter: str | bytes | int | Iterable[int] | None = None,
    skip_header: SupportsIndex = 0,
    skip_footer: SupportsIndex = 0,
    converters: Mapping[int | str, Callable[[Any], Any]] | None = None,
    missing_values: Any = None,
    filling_values: Any = None,
    usecols: str | SupportsIndex | slice | Sequence[str | SupportsIndex | slice] | None = None,
    names: Literal[True] | str | Collection[str] | None = None,
    excludelist: Sequence[str] | None = None,
    deletechars: str | Iterable[str] | None = ...,
    replace_space: str = "_",
    autostrip: bool = False,
    case_sensitive: bool | Literal["upper", "lower"] | None = True,
    defaultfmt: str = "f%i",
    unpack: bool | None = None,
    usemask: bool = False,
    loose: bool = True,
    invalid_raise: bool = True,
    max_rows: SupportsIndex | None = None,
    encoding: str | None = None,
    *,
    ndmin: Literal[0, 1, 2] = 0,
    like: Any = None,
    fortran: bool = False,
) -> NDArray[np.float64]:
    r"""Load an array from text in which values are missing: `numpy.genfromtxt`, many times as fast.

    Every parameter but `fortran` is NumPy's, and so are the results and the warnings; messages name the row and the column
    too. With `fortran`, floats and complex numbers may be written as Fortran prints them: ``1.0D+05``, ``0.33-104``.
    `usecols` takes slices too: ``slice(2, None)``.

    Examples
    --------
    >>> from io import StringIO
    >>> import numio
    >>> numio.genfromtxt(StringIO("1,2,3\n4,,6"), delimiter=",", filling_values=0)
    array([[1., 2., 3.],
           [4., 0., 6.]])
    """
@overload
def genfromtxt(
    fname: str | PathLike[str] | Iterable[str] | Iterable[bytes],
    dtype: type[_ScalarT] | np.dtype[_ScalarT],
    comments: str | bytes | None = "#",
    delimiter: str | bytes | int | Iterable[int] | None = None,
    skip_header: SupportsIndex = 0,
    skip_footer: SupportsIndex = 0,
    converters: Mapping[int | str, Callable[[Any], Any]] | None = None,
    missing_values: Any = None,
    filling_values: Any = None,
    usecols: str | SupportsIndex | Sequence[str | SupportsIndex] | None = None,
    names: Literal[True] | str | Collection[str] | None = None,
    excludelist: Sequence[str] | None = None,
    deletechars: str | Iterable[str] | None = ...,
    replace_space: str = "_",
    autostrip: bool = False,
    case_sensitive: bool | Literal["upper", "lower"] | None = True,
    defaultfmt: str = "f%i",
    unpack: bool | None = None,
    usemask: bool = False,
    loose: bool = True,
    invalid_raise: bool = True,
    max_rows: SupportsIndex | None = None,
    encoding: str | None = None,
    *,
    ndmin: Literal[0, 1, 2] = 0,
    like: Any = None,
    fortran: bool = False,
) -> NDArray[_ScalarT]: ...
@overload
def genfromtxt(
    fname: str | PathLike[str] | Iterable[str] | Iterable[bytes],
    dtype: DTypeLike | None,
    comments: str | bytes | None = "#",
    delimiter: str | bytes | int | Iterable[int] | None = None,
    skip_header: SupportsIndex = 0,
    skip_footer: SupportsIndex = 0,
    converters: Mapping[int | str, Callable[[Any], Any]] | None = None,
    missing_values: Any = None,
    filling_values: Any = None,
    usecols: str | SupportsIndex | Sequence[str | SupportsIndex] | None = None,
    names: Literal[True] | str | Collection[str] | None = None,
    excludelist: Sequence[str] | None = None,
    deletechars: str | Iterable[str] | None = ...,
    replace_space: str = "_",
    autostrip: bool = False,
    case_sensitive: bool | Literal["upper", "lower"] | None = True,
    defaultfmt: str = "f%i",
    unpack: bool | None = None,
    usemask: bool = False,
    loose: bool = True,
    invalid_raise: bool = True,
    max_rows: SupportsIndex | None = None,
    encoding: str | None = None,
    *,
    ndmin: Literal[0, 1, 2] = 0,
    like: Any = None,
    fortran: bool = False,
) -> NDArray[Any]: ...
