from os import PathLike
from re import Pattern
from typing import Any, Protocol

from numpy.typing import DTypeLike, NDArray

class _Readable(Protocol):
    def read(self) -> Any: ...

def fromregex(
    file: str | PathLike[str] | _Readable,
    regexp: str | bytes | Pattern[Any],
    dtype: DTypeLike,
    encoding: str | None = None,
) -> NDArray[Any]: ...
