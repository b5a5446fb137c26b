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
) -> np.memmap[Any, Any]: ...
def close(array: NDArray[Any]) -> None: ...
@final
class memmap:
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
