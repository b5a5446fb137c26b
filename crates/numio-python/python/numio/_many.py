"""Many files as one array, for Dask and Ray: which they are, and what tasks carry of each."""

from __future__ import annotations

import glob
import importlib
import os
import re
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

import numio

from ._location import is_remote, local_path, shown, with_link
from ._stores import file_errors

# Headers that are read at the same time.
_OPENERS = 32


class Handle:
    """A lazy array as tasks hold it: what opens it again, and is not opened where a task only passes through.

    The scheduler of `dask.distributed` unpickles graphs, and may not even see the file.
    """

    __slots__ = ("_opens", "dtype", "ndim", "shape", "token")

    # Dask looks for a task behind the first argument of its getters, by this name.
    key = None

    def __init__(self, opens: Any, shape: tuple[int, ...], dtype: np.dtype[Any], token: str) -> None:
        self._opens, self.shape, self.dtype, self.ndim, self.token = opens, shape, dtype, len(shape), token

    @classmethod
    def of(cls, array: numio.LazyArray) -> Handle:
        return cls(array.__reduce__(), array.shape, array.dtype, repr((array.__dask_tokenize__(), array.__reduce__()[1])))

    def __reduce__(self) -> Any:
        # The arguments are strings and numbers; the call that opens them waits for an index.
        return Handle, (self._opens, self.shape, self.dtype, self.token)

    def __dask_tokenize__(self) -> Any:
        return self.token

    def __getitem__(self, index: Any) -> Any:
        key = (os.getpid(), self.token)
        with _lock:
            array = _open_arrays.pop(key, None)
            if array is not None:
                # To the end: the first is the one that was used longest ago.
                _open_arrays[key] = array
        if array is None:
            opens, arguments = self._opens
            array = opens(*arguments)
            with _lock:
                _open_arrays[key] = array
                while len(_open_arrays) > _MOST_OPEN:
                    del _open_arrays[next(iter(_open_arrays))]
        # An array of no axes stays one: a scalar has this machine's byte order, and texts their own length.
        return array[index if index != () else ...]


# Arrays that tasks of this process have opened, so that those of one file read its header once.
_open_arrays: dict[tuple[int, str], numio.LazyArray] = {}
_MOST_OPEN = 64
_lock = threading.Lock()


def open_all(given: Any, member: str | None, options: dict[str, Any]) -> tuple[list[str], list[numio.LazyArray]]:
    """The files that a path, a pattern or a list means, and the array of each, of which the header was read."""
    files = _files(given, options.get("storage_options"))

    def opened(path: str) -> numio.LazyArray:
        found = numio.open(path, **options)
        if member is None:
            if not isinstance(found, numio.LazyArray):
                raise ValueError(f"{shown(path)}: an archive of arrays: name one of them in from_npz")
            return found
        if isinstance(found, numio.LazyArray):
            raise ValueError(f"{shown(path)}: an array, and no archive of them: see from_npy")
        array = found[member]
        if not isinstance(array, numio.LazyArray):
            raise ValueError(f"{shown(path)}: the member {shown(member)} is no array")
        return array

    def described(path: str) -> numio.LazyArray:
        array = opened(path)
        if is_remote(path, options.get("storage_options")):
            return array
        # As it is unpickled: a process may have no more than so many files open, by default 1,024 on Linux.
        reopen, arguments = array.__reduce__()
        return reopen(*arguments)

    if len(files) == 1:
        return files, [opened(files[0])]
    with ThreadPoolExecutor(min(_OPENERS, len(files))) as pool:
        return files, list(pool.map(described, files))


def _files(given: Any, storage_options: Any) -> list[str]:
    """The paths and URLs that a path, a pattern or a list of them means; one that is alone is in a list too."""
    if isinstance(given, (str, bytes, os.PathLike)):
        return _matches(os.fsdecode(given), storage_options)
    files = [path for one in given for path in _matches(os.fsdecode(one), storage_options)]
    if not files:
        raise ValueError("no files: an array needs one at least")
    return files


def _matches(name: str, storage_options: Any) -> list[str]:
    if is_remote("", storage_options):
        return _matches_in(name, storage_options)
    name = local_path(name)
    is_url = "://" in name
    if not glob.has_magic(name) or (not is_url and os.path.exists(name)):
        return [name]
    if is_url:
        if name.startswith(("http://", "https://")):
            # `?` starts a query there.
            return [name]
        fsspec = importlib.import_module("fsspec")
        options = storage_options if isinstance(storage_options, Mapping) else {}
        with file_errors(name):
            system, _, paths = fsspec.get_fs_token_paths(name, storage_options=options)
        found = [with_link(name, system.unstrip_protocol(path)) for path in paths]
    else:
        found = glob.glob(name)
    if not found:
        raise FileNotFoundError(f"{shown(name)}: no file matches this pattern")
    return _counted(found)


def _matches_in(name: str, store: Any) -> list[str]:
    """As `_matches`, in a file system or a store that was given."""
    if not glob.has_magic(name):
        return [name]
    if not hasattr(store, "glob"):
        raise ValueError(f"{shown(name)}: only file systems of fsspec know patterns: give the names")
    with file_errors(name):
        found = [name] if store.exists(name) else store.glob(name)
    if not found:
        raise FileNotFoundError(f"{shown(name)}: no file matches this pattern")
    return _counted([str(path) for path in found])


def _counted(names: list[str]) -> list[str]:
    """Sorted as people count: `part-2` before `part-10`."""
    # Every second part is a number: characters such as `²` are digits, and no numbers.
    return sorted(names, key=lambda path: [int(part) if at % 2 else part for at, part in enumerate(re.split(r"(\d+)", path))])
