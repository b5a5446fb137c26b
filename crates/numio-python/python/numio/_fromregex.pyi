from os import PathLike
from re import Pattern
from typing import Any, Protocol, TypeVar, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray

_ScalarT = TypeVar("_ScalarT", bound=np.generic)

class _Readable(Protocol):
    def read(self) -> Any: ...

@overload
def fromregex(
    file: str | PathLike[str] | _Readable,
    regexp: str | bytes | Pattern[Any],
    dtype: type[_ScalarT] | np.dtype[_ScalarT],
    encoding: str | None = None,
) -> NDArray[_ScalarT]:
    r"""Make a structured array of a regular expression's matches, a field for each group: `numpy.fromregex`.

    Files by their names are found and decompressed as by `loadtxt`.

    Examples
    --------
    >>> from io import StringIO
    >>> import numio
    >>> text = StringIO("1312 foo\n1534  bar")
    >>> numio.fromregex(text, r"(\d+)\s+(...)", [("num", "i8"), ("key", "S3")])
    array([(1312, b'foo'), (1534, b'bar')],
          dtype=[('num', '<i8'), ('key', 'S3')])
    """
@overload
def fromregex(
    file: str | PathLike[str] | _Readable,
    regexp: str | bytes | Pattern[Any],
    dtype: DTypeLike,
    encoding: str | None = None,
) -> NDArray[Any]: ...
