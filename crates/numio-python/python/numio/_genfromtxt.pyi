from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal, SupportsIndex

from numpy.typing import DTypeLike

def genfromtxt(
    fname: str | PathLike[str] | Iterable[str] | Iterable[bytes],
    dtype: DTypeLike | None = ...,
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
) -> Any: ...
