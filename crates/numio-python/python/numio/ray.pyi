from collections.abc import Sequence
from os import PathLike
from typing import Any, TypeAlias

__all__ = ["read_npy"]

_PathOrUrl: TypeAlias = str | PathLike[str]

def read_npy(
    path_or_urls_or_glob: _PathOrUrl | Sequence[_PathOrUrl],
    *,
    column: str = "data",
    rows_per_block: int | None = None,
    member: str | None = None,
    override_num_blocks: int | None = None,
    concurrency: int | None = None,
    ray_remote_args: dict[str, Any] | None = None,
    **options: Any,
) -> Any: ...
