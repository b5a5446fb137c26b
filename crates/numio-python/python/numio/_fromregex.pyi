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
) -> NDArray[_ScalarT]: ...
@overload
def fromregex(
    file: str | PathLike[str] | _Readable,
    regexp: str | bytes | Pattern[Any],
    dtype: DTypeLike,
    encoding: str | None = None,
) -> NDArray[Any]: ...
