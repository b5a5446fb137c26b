from collections.abc import Iterable
from os import PathLike
from typing import Any, Literal, Protocol

class _Readable(Protocol):
    def read(self, size: int, /) -> Any: ...

def load(
    file: str | bytes | PathLike[str] | PathLike[bytes] | _Readable,
    mmap_mode: Literal["r", "r+", "c", "readonly", "readwrite", "copyonwrite"] | None = None,
    allow_pickle: bool = True,
    fix_imports: bool = True,
    encoding: Literal["ASCII", "latin1", "bytes"] = "ASCII",
    *,
    max_header_size: int = 10000,
    max_ratio: int = 100,
    trust: bool | Iterable[str] = False,
) -> Any: ...
