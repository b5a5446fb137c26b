"""Rows of `.npy` files as a dataset of Ray: ``numio[ray]``."""

from __future__ import annotations

import functools
import importlib
import math
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ._many import Handle, open_all
from ._location import shown

if TYPE_CHECKING:
    PathOrUrl = str | os.PathLike[str]

__all__ = ["read_npy"]

# The most bytes of a block that a task yields, unless `rows_per_block` says otherwise: Ray's own target is 128 MiB.
_BLOCK = 64 << 20


def read_npy(
    path_or_urls_or_glob: PathOrUrl | Sequence[PathOrUrl],
    *,
    column: str = "data",
    rows_per_block: int | None = None,
    member: str | None = None,
    override_num_blocks: int | None = None,
    concurrency: int | None = None,
    ray_remote_args: dict[str, Any] | None = None,
    **options: Any,
) -> Any:
    """A dataset of Ray whose rows are those of `.npy` files, along their first axis.

    Headers are read now, rows by the tasks, each in one range; nothing of the data passes through the client.

    Parameters
    ----------
    path_or_urls_or_glob : str, path-like, or list of them
        A path or URL as `numio.open` takes it, a pattern, or a list of them, as in `numio.dask.from_npy`. All arrays have one dtype and,
        but for the number of rows, one shape.
    column : str, default: 'data'
        The name of the column. Structured arrays have a column for each of their fields instead.
    rows_per_block : int, optional
        The number of rows of a block; by default as many as take 64 MiB.
    member : str, optional
        The name of an array, where the files are `.npz` archives.
    override_num_blocks, concurrency, ray_remote_args : optional
        As in `ray.data.read_datasource`.
    **options
        Options of `numio.open`, such as ``storage_options`` and ``max_request``.

    Returns
    -------
    dataset : ray.data.Dataset
        The dataset.

    Raises
    ------
    ImportError
        If there is no Ray.
    FileNotFoundError
        If a file is not there, or no file matches a pattern.
    ValueError
        If files do not fit each other, are damaged, or have no rows.
    """
    data = importlib.import_module("ray.data")
    files, arrays = open_all(path_or_urls_or_glob, member, options)
    first = arrays[0]
    for path, array in zip(files, arrays, strict=True):
        if not array.shape:
            raise ValueError(f"{shown(path)}: a single value has no rows")
        if array.dtype != first.dtype or array.shape[1:] != first.shape[1:]:
            raise ValueError(
                f"{shown(path)} has rows of shape {array.shape[1:]} and dtype {array.dtype}, and {shown(files[0])} of {first.shape[1:]} and {first.dtype}"
            )
    if first.dtype.names == ():
        raise ValueError(f"{shown(files[0])}: its records have no fields, of which there would be columns")
    row = max(math.prod(first.shape[1:]) * first.dtype.itemsize, 1)
    rows = max(_BLOCK // row, 1) if rows_per_block is None else rows_per_block
    if rows < 1:
        raise ValueError("a block has one row or more")
    source = _datasource()(files, [Handle.of(array) for array in arrays], column, rows)
    return data.read_datasource(
        source, override_num_blocks=override_num_blocks, concurrency=concurrency, ray_remote_args=ray_remote_args
    )


@functools.cache
def _datasource() -> Any:
    """The class of the source, which is made when Ray is there."""
    data: Any = importlib.import_module("ray.data")
    metadata_of: Any = importlib.import_module("ray.data.block").BlockMetadata

    class NumioDatasource(data.Datasource):
        """Ranges of rows of files."""

        def __init__(self, files: list[str], handles: list[Handle], column: str, rows: int) -> None:
            super().__init__()
            self._parts = [
                (path, handle, start, min(start + rows, handle.shape[0]))
                for path, handle in zip(files, handles, strict=True)
                for start in range(0, handle.shape[0], rows)
            ]
            self._column = column
            first = handles[0]
            self._row = math.prod(first.shape[1:]) * first.dtype.itemsize

        def get_name(self) -> str:
            return "Numio"

        def estimate_inmemory_data_size(self) -> int:
            return sum((stop - start) * self._row for _, _, start, stop in self._parts)

        def get_read_tasks(self, parallelism: int, per_task_row_limit: int | None = None, data_context: Any = None) -> list[Any]:
            count = max(min(parallelism, len(self._parts)), 1)
            tasks = []
            for number in range(count):
                parts = self._parts[number * len(self._parts) // count : (number + 1) * len(self._parts) // count]
                if not parts:
                    continue
                rows = sum(stop - start for _, _, start, stop in parts)
                named = list(dict.fromkeys(path for path, *_ in parts))
                metadata = metadata_of(num_rows=rows, size_bytes=rows * self._row, input_files=named, exec_stats=None)
                ranges = [(handle, start, stop) for _, handle, start, stop in parts]
                read = functools.partial(_blocks, ranges, self._column)
                tasks.append(data.ReadTask(read, metadata, per_task_row_limit=per_task_row_limit))
            return tasks

    return NumioDatasource


def _blocks(ranges: list[tuple[Handle, int, int]], column: str) -> Iterable[Any]:
    accessor: Any = importlib.import_module("ray.data.block").BlockAccessor
    for handle, start, stop in ranges:
        yield accessor.batch_to_block(_columns(np.asarray(handle[start:stop]), column))


def _columns(block: np.ndarray[Any, Any], column: str) -> dict[str, np.ndarray[Any, Any]]:
    # Ray takes the bytes of a tensor for numbers of this machine, whatever order the dtype says they have.
    block = block.astype(block.dtype.newbyteorder("="), copy=False)
    names = block.dtype.names
    if names is None:
        return {column: _whole_texts(block)}
    return {name: _whole_texts(np.ascontiguousarray(block[name])) for name in names}


def _whole_texts(column: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The column, as objects where Arrow would take the first NUL within a text for its end."""
    if column.ndim != 1 or column.dtype.kind not in "SU" or not column.size or not column.itemsize:
        return column
    units = np.ascontiguousarray(column).view(f"u{1 if column.dtype.kind == 'S' else 4}").reshape(len(column), -1)
    lengths = np.char.str_len(column)
    return column.astype(object) if (np.count_nonzero(units, axis=1) != lengths).any() else column
