from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Literal, TypeAlias

import dask.array as da
from dask.delayed import Delayed

__all__ = ["from_npy", "from_npz", "to_npy", "to_npz"]

_PathOrUrl: TypeAlias = str | PathLike[str]

def from_npy(
    path_or_urls_or_glob: _PathOrUrl | Sequence[_PathOrUrl],
    chunks: Any = "auto",
    *,
    axis: int = 0,
    stack: bool = False,
    **options: Any,
) -> da.Array: ...
def from_npz(
    path: _PathOrUrl | Sequence[_PathOrUrl],
    name: str,
    chunks: Any = "auto",
    *,
    axis: int = 0,
    stack: bool = False,
    **options: Any,
) -> da.Array: ...
def to_npy(
    array: da.Array,
    path: _PathOrUrl,
    *,
    compute: bool = True,
    fortran_order: bool = False,
    overwrite: bool = True,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Delayed | None: ...
def to_npz(
    arrays: Mapping[str, Any],
    path: _PathOrUrl,
    *,
    compression: Literal["stored", "deflate", "zstd"] = "stored",
    compute: bool = True,
    overwrite: bool = True,
    **kwargs: Any,
) -> Delayed | None: ...
