from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, ClassVar, Literal, TypeAlias

import xarray as xr
from dask.delayed import Delayed
from xarray.backends import BackendEntrypoint

__all__ = ["NumioBackend", "NumioDataset"]

_PathOrUrl: TypeAlias = str | PathLike[str]

class NumioBackend(BackendEntrypoint):
    description: ClassVar[str]
    url: ClassVar[str]
    open_dataset_parameters: ClassVar[tuple[Any, ...] | None]
    def open_dataset(
        self,
        filename_or_obj: Any,
        *,
        drop_variables: str | Iterable[str] | None = None,
        dims: Mapping[str, Sequence[str]] | None = None,
        storage_options: Any = None,
    ) -> xr.Dataset: ...
    def guess_can_open(self, filename_or_obj: Any) -> bool: ...

class NumioDataset:
    def __init__(self, dataset: xr.Dataset) -> None: ...
    def to_npz(
        self,
        path: _PathOrUrl,
        *,
        compression: Literal["stored", "deflate", "zstd"] = "stored",
        **kwargs: Any,
    ) -> Delayed | None: ...
