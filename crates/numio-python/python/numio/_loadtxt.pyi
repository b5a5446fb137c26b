from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal, SupportsIndex

from numpy.typing import DTypeLike

_Converter = Callable[[Any], Any]

def loadtxt(
    fname: str | PathLike[str] | Iterable[str] | Iterable[bytes],
    dtype: DTypeLike | None = ...,
    comments: str | bytes | Iterable[str | bytes] | None = "#",
    delimiter: str | bytes | None = None,
    converters: Mapping[int, _Converter] | _Converter | None = None,
    skiprows: SupportsIndex = 0,
    usecols: SupportsIndex | slice | Sequence[SupportsIndex | slice] | None = None,
    unpack: bool = False,
    ndmin: Literal[0, 1, 2] = 0,
    encoding: str | None = None,
    max_rows: SupportsIndex | None = None,
    *,
    quotechar: str | None = None,
    like: Any = None,
    fortran: bool = False,
) -> Any: ...
