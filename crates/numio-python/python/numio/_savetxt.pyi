from collections.abc import Sequence
from os import PathLike
from typing import Any, Protocol

from numpy.typing import ArrayLike

class _Writable(Protocol):
    def write(self, data: Any, /) -> Any: ...

def savetxt(
    fname: str | PathLike[str] | _Writable,
    X: ArrayLike,
    fmt: str | Sequence[str] = "%.18e",
    delimiter: str = " ",
    newline: str = "\n",
    header: str = "",
    footer: str = "",
    comments: str = "# ",
    encoding: str | None = None,
) -> None: ...
