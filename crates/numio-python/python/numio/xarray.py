"""Archives as xarray's datasets: ``xr.open_dataset("a.npz", engine="numio")``, and ``ds.numio.to_npz(path)``: ``numio[xarray]``.

A `.npz` archive names arrays and nothing else, so that the rest of a dataset is in members of its own, which are
arrays too and which every NumPy reads:

================  ==============================================================================
member            contents
================  ==============================================================================
``x``             the variable ``x``
``x.dims``        the names of its dimensions, as an array of text
``x.attrs``       its attributes, as JSON in one text
``.coords``       the names of those variables that are coordinates
``.attrs``        the attributes of the dataset, as JSON in one text
================  ==============================================================================

In archives without them an array ``x`` of one axis has the dimension ``x``, which makes it that dimension's coordinate where others have
it; the axes of others are ``x_0``, ``x_1`` and so on. The option ``dims`` names them otherwise.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

import xarray as xr
from xarray.backends import BackendArray, BackendEntrypoint
from xarray.core import indexing

import numio

from ._location import is_remote, local_path, shown
from ._many import Handle

if TYPE_CHECKING:
    from dask.delayed import Delayed

    PathOrUrl = str | os.PathLike[str]

__all__ = ["NumioBackend", "NumioDataset"]

_DIMS, _ATTRS, _COORDS = ".dims", ".attrs", ".coords"


class _Array(BackendArray):
    """A lazy array, as xarray indexes one."""

    def __init__(self, array: numio.LazyArray | Handle) -> None:
        self._array = array
        self.shape = array.shape
        self.dtype = array.dtype

    def __getitem__(self, key: Any) -> Any:
        support = indexing.IndexingSupport.OUTER_1VECTOR
        return indexing.explicit_indexing_adapter(key, self.shape, support, self._get)

    def _get(self, key: tuple[Any, ...]) -> Any:
        # With `...` what is left of the axes is an array: a scalar has this machine's byte order, and texts their own length.
        return self._array[(*key, ...)]

    def __dask_tokenize__(self) -> Any:
        return self._array.__dask_tokenize__()


class NumioBackend(BackendEntrypoint):
    """The engine ``"numio"`` of `xarray.open_dataset`, for `.npz` archives.

    The directory of the archive and the headers of its members are read; elements when they are asked for, in ranges. With ``chunks={}``
    variables are Dask arrays, split at the blocks of compressed members.
    """

    description = "Open .npz archives lazily, from files and object stores"
    url = "https://github.com/numio-rs/numio"
    open_dataset_parameters = ("filename_or_obj", "drop_variables", "dims", "storage_options")

    def open_dataset(
        self,
        filename_or_obj: Any,
        *,
        drop_variables: str | Iterable[str] | None = None,
        dims: Mapping[str, Sequence[str]] | None = None,
        storage_options: Any = None,
    ) -> xr.Dataset:
        """Open an archive as a dataset.

        Parameters
        ----------
        filename_or_obj : str or path-like
            A path or URL as `numio.open` takes it.
        drop_variables : str or iterable of str, optional
            Variables that are left out.
        dims : mapping of str to sequence of str, optional
            The dimensions of variables, in place of those that the archive names.
        storage_options : optional
            As in `numio.open`.

        Returns
        -------
        dataset : xarray.Dataset
            The dataset. Members that are no arrays are left out.

        Raises
        ------
        ValueError
            If it is no archive, or dimensions do not fit an array.
        """
        archive = numio.open(filename_or_obj, storage_options=storage_options)
        if not isinstance(archive, numio.LazyArchive):
            raise ValueError(f"{shown(filename_or_obj)}: an array, and no archive of them")
        # A process may have no more than so many files open: those of a dataset of thousands are opened when they are read.
        is_open_kept = is_remote(os.fsdecode(filename_or_obj), storage_options)
        dropped = {drop_variables} if isinstance(drop_variables, str) else set(drop_variables or ())
        names = set(archive)
        variables, coords = {}, _names(archive, _COORDS) if _COORDS in names else []
        for name in archive:
            if name in dropped or name in (_COORDS, _ATTRS) or _belongs(name, names):
                continue
            array = archive[name]
            if not isinstance(array, numio.LazyArray):
                continue
            axes = _dims(archive, names, name, array, dims or {})
            attrs = _attrs(archive, name + _ATTRS) if name + _ATTRS in names else {}
            lazy = _Array(array if is_open_kept else Handle.of(array))
            variable = xr.Variable(axes, indexing.LazilyIndexedArray(lazy), attrs)
            if array.block_bytes and array.ndim:
                row = max(array.nbytes // max(array.shape[0], 1), 1)
                rows = -(-array.block_bytes // row)
                variable.encoding["preferred_chunks"] = dict(zip(axes, (min(rows, array.shape[0]), *array.shape[1:]), strict=True))
            variables[name] = variable
        attrs = _attrs(archive, _ATTRS) if _ATTRS in names else {}
        dataset = xr.Dataset(variables, attrs=attrs).set_coords([name for name in coords if name in variables])
        if is_open_kept:
            dataset.set_close(archive.close)
        else:
            archive.close()
        return dataset

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """True for names that end in ``.npz``."""
        return isinstance(filename_or_obj, (str, os.PathLike)) and os.fspath(filename_or_obj).endswith(".npz")


def _belongs(name: str, names: set[str]) -> bool:
    """Whether a member describes a variable."""
    return any(name.endswith(end) and name[: -len(end)] in names for end in (_DIMS, _ATTRS))


def _names(archive: numio.LazyArchive, member: str) -> list[str]:
    array = archive[member]
    if not isinstance(array, numio.LazyArray) or array.ndim != 1 or (array.dtype.kind != "U" and array.size):
        raise ValueError(f"the member {member} is no list of names")
    return [str(name) for name in np.asarray(array)]


def _attrs(archive: numio.LazyArchive, member: str) -> dict[str, Any]:
    array = archive[member]
    if not isinstance(array, numio.LazyArray) or array.ndim or array.dtype.kind != "U":
        raise ValueError(f"the member {member} is no text")
    attrs = json.loads(str(np.asarray(array)))
    if not isinstance(attrs, dict):
        raise ValueError(f"the member {member} is no JSON of attributes")
    return attrs


def _dims(
    archive: numio.LazyArchive,
    names: set[str],
    name: str,
    array: numio.LazyArray,
    given: Mapping[str, Sequence[str]],
) -> list[str]:
    if name in given:
        found = given[name]
        axes = [found] if isinstance(found, str) else list(found)
    elif name + _DIMS in names:
        axes = _names(archive, name + _DIMS)
    elif array.ndim == 1:
        axes = [name]
    else:
        axes = [f"{name}_{axis}" for axis in range(array.ndim)]
    if len(axes) != array.ndim:
        raise ValueError(f"{name}: {len(axes)} dimensions {axes} for an array of shape {array.shape}")
    return axes


@xr.register_dataset_accessor("numio")
class NumioDataset:
    """``ds.numio``: a dataset's way into an archive. Importing `numio.xarray`, or opening a dataset with its engine, adds it."""

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset

    def to_npz(
        self,
        path: PathOrUrl,
        *,
        compression: Literal["stored", "deflate", "zstd"] = "stored",
        **kwargs: Any,
    ) -> Delayed | None:
        """Write the dataset to a `.npz` archive, which ``open_dataset(path, engine="numio")`` gives back.

        Parameters
        ----------
        path : str or path-like
            Where to. ``.npz`` is added to a name that does not end so. It may be a URL if no variable is a Dask array; the variables are
            in memory together then.
        compression : {'stored', 'deflate', 'zstd'}, default: 'stored'
            As in `numio.write_npz`.
        **kwargs
            Where variables are Dask arrays, arguments of `numio.dask.to_npz`: workers write their chunks, and the dataset is
            never in memory as a whole.

        Returns
        -------
        written : dask.delayed.Delayed or None
            With ``compute=False``, what is to be computed, as `numio.dask.to_npz` returns it.

        Raises
        ------
        OSError
            If the file cannot be written.
        TypeError
            If a variable, a dimension or an attribute has no text as its name, or an attribute is nothing that JSON has.
        ValueError
            If a variable holds Python objects other than text, or its name is one that describes another, or another's with ``.npy``.
        """
        members = self._members()
        if any(type(array).__module__.startswith("dask.") for array in members.values()):
            from numio import dask

            return dask.to_npz(members, path, compression=compression, **kwargs)
        if kwargs:
            raise TypeError(f"no variable is a Dask array, and these are arguments for those: {', '.join(kwargs)}")
        target = local_path(os.fspath(path))
        if is_remote(target):
            values = {name: array.values if isinstance(array, xr.Variable) else array for name, array in members.items()}
            numio.write_npz(target, values, compression=compression)
        else:
            target = target if target.endswith(".npz") else target + ".npz"
            with numio.NpzWriter(target, compression=compression) as writer:
                for name, array in members.items():
                    # One variable is in memory at a time.
                    writer.write(name, array.values if isinstance(array, xr.Variable) else array)
        return None

    def _members(self) -> dict[str, Any]:
        dataset = self._dataset
        for name in (*dataset.dims, *dataset.attrs, *itertools.chain.from_iterable(one.attrs for one in dataset.variables.values())):
            if not isinstance(name, str):
                raise TypeError(f"names of dimensions and attributes are text, and this is {name!r}")
        members: dict[str, Any] = {}
        for name, variable in dataset.variables.items():
            if not isinstance(name, str):
                raise TypeError(f"names of variables are text, and this is {name!r}")
            if name.startswith(".") or any(name.endswith(end) for end in (_DIMS, _ATTRS)):
                raise ValueError(f"{name}: names like this are those of members that describe variables")
            if name.endswith(".npy") and name.removesuffix(".npy") in dataset.variables:
                raise ValueError(f"{name}: in an archive this is the variable {name.removesuffix('.npy')}, too")
            # Of objects it is not known before they are there how long a text is.
            lazy = getattr(variable, "chunks", None) is not None and not variable.dtype.hasobject
            members[name] = variable.data if lazy else _plain(name, variable)
            members[name + _DIMS] = np.array([str(dim) for dim in variable.dims], "U")
            if variable.attrs:
                members[name + _ATTRS] = np.array(json.dumps(variable.attrs, default=_jsonable))
        if dataset.coords:
            members[_COORDS] = np.array([str(name) for name in dataset.coords], "U")
        if dataset.attrs:
            members[_ATTRS] = np.array(json.dumps(dataset.attrs, default=_jsonable))
        return members


def _plain(name: str, variable: Any) -> Any:
    """What is written of a variable: itself, which is loaded later; text that is in objects, as text."""
    if isinstance(variable.dtype, np.dtype) and not variable.dtype.hasobject:
        return variable
    # Those of pandas are numbers or objects, as `values` says.
    values = np.asarray(variable.values)
    if not values.dtype.hasobject:
        return values
    if values.dtype.names or not all(isinstance(value, str) for value in values.flat):
        raise ValueError(f"{name}: its elements are Python objects, of which archives hold text only")
    return values.astype(object).astype("U")


def _jsonable(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"attributes are what JSON has, and this is {value!r}")
