"""Dask arrays from files that stay where they are, and one file from a Dask array: ``numio[dask]``.

Tasks hold a path or a URL and the identity of a file, never elements: workers open it and read the bytes of their chunks.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import itertools
import math
import os
import shutil
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

import dask
import dask.array as da
from dask.array.core import getter, normalize_chunks, slices_from_chunks
from dask.base import tokenize
from dask.highlevelgraph import HighLevelGraph
from dask.utils import parse_bytes

import numio

from ._location import link, local_path, shown, with_link
from ._many import Handle, open_all
from ._store_errors import discreet
from ._stores import file_errors
from ._uploads import FileErrors, Moved, moves

if TYPE_CHECKING:
    from dask.delayed import Delayed

    PathOrUrl = str | os.PathLike[str]

__all__ = ["from_npy", "from_npz", "to_npy", "to_npz"]

def from_npy(
    path_or_urls_or_glob: PathOrUrl | Sequence[PathOrUrl],
    chunks: Any = "auto",
    *,
    axis: int = 0,
    stack: bool = False,
    **options: Any,
) -> da.Array:
    """A Dask array over a `.npy` file, or over many as one array.

    Headers are read now, elements by the workers. Slices of the array read the bytes that they need and no more.

    Parameters
    ----------
    path_or_urls_or_glob : str, path-like, or list of them
        A path or URL as `numio.open` takes it; a pattern such as ``'data/*.npy'``, whose files are sorted as people count
        (``2`` before ``10``); or a list of paths and URLs, in this order.
    chunks : optional
        As in `dask.array.from_array`. With ``'auto'``, or a number of bytes such as ``'64 MiB'``, chunks are contiguous in the
        file: the axis that varies slowest in it is split first, and members of archives are split at multiples of the blocks
        that are decompressed together. Dask's ``array.chunk-size`` is the size for ``'auto'``.
    axis : int, default: 0
        Of several files, the axis along which they follow one another. All other axes are equally long.
    stack : bool, default: False
        Whether files of one shape are stacked along a new axis, at `axis`, instead.
    **options
        Options of `numio.open`, such as ``storage_options`` and ``max_request``.

    Returns
    -------
    array : dask.array.Array
        The array.

    Raises
    ------
    FileNotFoundError
        If a file is not there, or no file matches a pattern.
    ValueError
        If files do not fit each other, or are damaged.

    See Also
    --------
    from_npz, to_npy

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> import numio, numio.dask
    >>> folder = tempfile.mkdtemp()
    >>> for part in range(3):
    ...     numio.save(os.path.join(folder, f'{part}.npy'), np.full((2, 4), part))
    >>> x = numio.dask.from_npy(os.path.join(folder, '*.npy'))
    >>> x.shape, x.chunks, int(x[2:].sum().compute())
    ((6, 4), ((2, 2, 2), (4,)), 24)
    """
    return _combined(path_or_urls_or_glob, None, chunks, axis, stack, options)


def from_npz(
    path: PathOrUrl | Sequence[PathOrUrl],
    name: str,
    chunks: Any = "auto",
    *,
    axis: int = 0,
    stack: bool = False,
    **options: Any,
) -> da.Array:
    """A Dask array over the member `name` of a `.npz` archive, or of many archives as one array.

    Parameters
    ----------
    path : str, path-like, or list of them
        As in `from_npy`.
    name : str
        The name of the array in the archive.
    chunks, axis, stack, **options : optional
        As in `from_npy`. A compressed member that another program wrote has no blocks: each worker decompresses it whole, once,
        as far as the memory that `numio.open` keeps for it reaches.

    Returns
    -------
    array : dask.array.Array
        The array.

    Raises
    ------
    FileNotFoundError, ValueError
        As `from_npy`.
    KeyError
        If an archive has no such member.

    See Also
    --------
    from_npy, to_npz

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> import numio, numio.dask
    >>> path = os.path.join(tempfile.mkdtemp(), 'xy.npz')
    >>> numio.savez(path, x=np.arange(6), y=np.ones(2))
    >>> numio.dask.from_npz(path, 'x', chunks=4).chunks
    ((4, 2),)
    """
    return _combined(path, name, chunks, axis, stack, options)


def _combined(given: Any, member: str | None, chunks: Any, axis: int, stack: bool, options: dict[str, Any]) -> da.Array:
    files, arrays = open_all(given, member, options)
    first = arrays[0]
    if len(arrays) == 1 and not stack:
        # By the chunks that it has: what "auto" means may be set otherwise for the next array.
        aligned = _chunks(chunks, first)
        name = f"numio-{tokenize(first, aligned)}"
        return da.from_array(Handle.of(first), aligned, name=name, asarray=True, fancy=True, inline_array=True, meta=_meta(first))
    ndim = first.ndim + stack
    if not -ndim <= axis < ndim:
        raise ValueError(f"axis {axis} is out of bounds for an array of {ndim} axes")
    axis %= ndim
    along = slice(None) if stack else slice(axis, axis + 1)
    for path, array in zip(files, arrays, strict=True):
        if array.dtype != first.dtype:
            raise ValueError(f"{shown(path)} has dtype {array.dtype}, and {shown(files[0])} has {first.dtype}")
        shape, wanted = list(array.shape), list(first.shape)
        if not stack:
            del shape[along], wanted[along]
        if shape != wanted:
            other = "" if stack else f" but for axis {axis}"
            raise ValueError(f"{shown(path)} has shape {array.shape}, and {shown(files[0])} {first.shape}: they need to be one{other}")
    if not stack:
        # Chunks without elements are nothing that all of Dask's functions take.
        arrays = [array for array in arrays if array.shape[axis]] or arrays[:1]
    whole, parts = _chunks_of_many(chunks, arrays, axis, stack)
    name = f"numio-{tokenize(arrays, whole, axis, stack)}"
    graph: dict[Any, Any] = {}
    position = 0
    for array, part in zip(arrays, parts, strict=True):
        handle = Handle.of(array)
        numbers = [range(len(lengths)) for lengths in part]
        for index, region in zip(itertools.product(*numbers), slices_from_chunks(part), strict=True):
            key = list(index)
            if stack:
                key.insert(axis, position)
                region = (*region[:axis], None, *region[axis:])
            else:
                key[axis] += position
            graph[name, *key] = (getter, handle, region)
        position += 1 if stack else len(part[axis])
    return da.Array(HighLevelGraph.from_collections(name, graph, dependencies=[]), name, whole, meta=_meta(first, ndim))


def _meta(array: numio.LazyArray, ndim: int | None = None) -> np.ndarray[Any, Any]:
    return np.ndarray((0,) * (array.ndim if ndim is None else ndim), array.dtype)


def _limit(chunks: Any) -> int | None:
    """The bytes of a chunk, where that is what was given."""
    if chunks == "auto" if isinstance(chunks, str) else chunks is None:
        return parse_bytes(dask.config.get("array.chunk-size"))
    return parse_bytes(chunks) if isinstance(chunks, str) else None


def _aligned(shape: Sequence[int], itemsize: int, order: str, block: int | None, limit: int) -> tuple[int, ...]:
    """The shape of chunks of up to `limit` bytes that are contiguous in the file."""
    room = max(limit // max(itemsize, 1), 1)
    sizes, inner = [1] * len(shape), 1
    # From the axis that varies fastest to the one that is split.
    for axis in reversed(range(len(shape))) if order == "C" else range(len(shape)):
        length = max(shape[axis], 1)
        if inner * length <= room:
            sizes[axis] = length
            inner *= length
            continue
        size = max(room // inner, 1)
        if block:
            step = block // math.gcd(block, inner * max(itemsize, 1))
            size = max(size - size % step, min(step, length)) if step <= size else size
        sizes[axis] = size
        break
    return tuple(sizes)


def _chunks(chunks: Any, array: numio.LazyArray) -> Any:
    limit = _limit(chunks)
    if limit is None:
        return normalize_chunks(chunks, array.shape, dtype=array.dtype)
    sizes = _aligned(array.shape, array.dtype.itemsize, array.order, array.block_bytes, limit)
    return normalize_chunks(sizes, array.shape, dtype=array.dtype)


def _chunks_of_many(
    chunks: Any, arrays: list[numio.LazyArray], axis: int, stack: bool
) -> tuple[tuple[tuple[int, ...], ...], list[tuple[tuple[int, ...], ...]]]:
    """The chunks of the whole array, and those of each file: none reaches from one file into the next."""
    first = arrays[0]
    if stack:
        if _limit(chunks) is None and isinstance(chunks, tuple) and len(chunks) == first.ndim + 1:
            chunks = (*chunks[:axis], *chunks[axis + 1 :])
        part = _chunks(chunks, first)
        return (*part[:axis], (1,) * len(arrays), *part[axis:]), [part] * len(arrays)
    # Files that differ along one axis only have one size of chunk along the others: that of the largest.
    parts = []
    others = _chunks(chunks, max(arrays, key=lambda array: array.shape[axis]))
    along: list[int] = []
    for array in arrays:
        lengths = others[axis] if array.shape[axis] == sum(others[axis]) else _cut(others[axis], array.shape[axis])
        along.extend(lengths)
        parts.append((*others[:axis], lengths, *others[axis + 1 :]))
    return (*others[:axis], tuple(along), *others[axis + 1 :]), parts


def _cut(lengths: tuple[int, ...], total: int) -> tuple[int, ...]:
    """Lengths of chunks, cut off where there are no more elements."""
    cut: list[int] = []
    for length in lengths:
        left = total - sum(cut)
        if left <= 0:
            break
        cut.append(min(length, left))
    return tuple(cut) or (0,)


def to_npy(
    array: da.Array,
    path: PathOrUrl,
    *,
    compute: bool = True,
    fortran_order: bool = False,
    overwrite: bool = True,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Delayed | None:
    """Write a Dask array to one `.npy` file, each worker its own chunks.

    Workers write into a file next to `path`, on a file system that all of them see, without a lock and in any order. It gets its
    name when all chunks are in it: a file that was there stays until then, and also if a chunk fails.

    In S3, by an ``s3://`` URL and the package s3fs, workers send the parts of one upload, which appears when all of them are there.
    The array is rechunked along its first axis for that, to parts of 64 MiB or more, of which there are 10,000 at most.

    By any other URL of fsspec's that takes files and gives them another name (``gs://``, ``az://``, ``memory://`` and others),
    workers write such parts as hidden files next to the object, and one of them joins these, a few megabytes at a time, under a
    hidden name that is changed at the end.

    Parameters
    ----------
    array : dask.array.Array
        The array. Its shape has to be known; `compute_chunk_sizes` finds out one that is not. Chunks that are contiguous in
        the file, such as those along the first axis, are written fastest.
    path : str or path-like
        Where to: a path or a URL. ``.npy`` is added to a name that does not end so.
    compute : bool, default: True
        Whether to write now; else the result is written when it is computed.
    fortran_order : bool, default: False
        Whether the first index varies fastest in the file.
    overwrite : bool, default: True
        Whether a file of that name is replaced; else `FileExistsError` is raised.
    storage_options : dict, optional
        The arguments of the file system of fsspec, where `path` is a URL.
    **kwargs
        Arguments of ``compute``, such as ``scheduler``.

    Returns
    -------
    written : dask.delayed.Delayed or None
        What is to be computed, with the path as its result, if `compute` is false. If its computation fails, the unfinished
        file stays, under a hidden name that starts with that of `path`.

    Raises
    ------
    FileExistsError
        If the file is there and is not to be replaced.
    ValueError
        If the shape is not known, the elements are Python objects, or `path` is a URL under which no file can be written and renamed,
        such as that of a web server; at URLs, for Fortran order, and where a file is not to be replaced.

    See Also
    --------
    from_npy, to_npz

    Examples
    --------
    >>> import os, tempfile
    >>> import dask.array as da
    >>> import numio, numio.dask
    >>> path = os.path.join(tempfile.mkdtemp(), 'x.npy')
    >>> numio.dask.to_npy(da.arange(10, chunks=3), path, scheduler='threads')
    >>> numio.load(path)
    array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    name = os.fsdecode(path)
    if name.startswith("file://"):
        path = local_path(name)
    elif "://" in name:
        return _uploaded(array, name, fortran_order, overwrite, dict(storage_options or {}), compute, kwargs)
    _check(array)
    target = _target(path, ".npy", overwrite)
    temporary, written = _written(array, target, fortran_order, overwrite)
    done = dask.delayed(_commit, pure=False)(temporary, target, overwrite, written)
    if not compute:
        return done
    _computed(done, [temporary], kwargs)
    return None


def to_npz(
    arrays: Mapping[str, Any],
    path: PathOrUrl,
    *,
    compression: Literal["stored", "deflate", "zstd"] = "stored",
    compute: bool = True,
    overwrite: bool = True,
    **kwargs: Any,
) -> Delayed | None:
    """Write Dask arrays to one `.npz` archive.

    Workers write the chunks of each array into a `.npy` file next to `path`, as `to_npy` does; then one worker makes the archive
    of these files, mapped and not loaded, on all its cores, and removes them. The archive appears whole or not at all.

    Parameters
    ----------
    arrays : mapping of str to array
        The arrays under their names; those that are no Dask arrays are written too.
    path : str or path-like
        Where to. ``.npz`` is added to a name that does not end so.
    compression : {'stored', 'deflate', 'zstd'}, default: 'stored'
        As in `numio.write_npz`.
    compute, overwrite, **kwargs : optional
        As in `to_npy`.

    Returns
    -------
    written : dask.delayed.Delayed or None
        As in `to_npy`.

    Raises
    ------
    FileExistsError, ValueError
        As `to_npy`.

    See Also
    --------
    from_npz, to_npy

    Examples
    --------
    >>> import os, tempfile
    >>> import dask.array as da
    >>> import numio, numio.dask
    >>> path = os.path.join(tempfile.mkdtemp(), 'xy.npz')
    >>> numio.dask.to_npz({'x': da.arange(4, chunks=2), 'y': da.ones(2)}, path, scheduler='threads')
    >>> with numio.load(path) as npz:
    ...     print(npz['x'], npz['y'])
    [0 1 2 3] [1. 1.]
    """
    target = _target(path, ".npz", overwrite)
    parts = {}
    for name, array in arrays.items():
        if not isinstance(name, str):
            raise TypeError(f"names of arrays are text, and this is {name!r}")
        lazy = array if isinstance(array, da.Array) else da.from_array(np.asanyarray(array), chunks=-1)
        parts[name] = _written(lazy, target, False, overwrite)
    temporaries = [temporary for temporary, _ in parts.values()]
    names = list(parts)
    written = [chunks for _, chunks in parts.values()]
    done = dask.delayed(_archived, pure=False)(names, temporaries, written, target, compression, overwrite)
    if not compute:
        return done
    _computed(done, temporaries, kwargs)
    return None


def _target(path: PathOrUrl, suffix: str, overwrite: bool) -> str:
    name = local_path(os.fsdecode(path))
    if "://" in name:
        raise ValueError(f"{shown(name)}: an archive is made on a file system that all workers see: give a path, and copy it then")
    name = name if name.endswith(suffix) else name + suffix
    if not overwrite and os.path.exists(name):
        raise FileExistsError(f"{name}: the file is there already")
    # Through links: what they point to is replaced, as by `save`.
    return os.path.realpath(name)


def _written(array: da.Array, target: str, fortran_order: bool, overwrite: bool) -> tuple[str, Any]:
    """The name of the file that chunks are written into, and the tasks that write them."""
    _check(array)
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name}.{uuid.uuid4().hex}.npy")
    created = dask.delayed(_create, pure=False)(temporary, array.shape, array.dtype, fortran_order, target, overwrite)
    chunks = tuple((1,) * count for count in array.numblocks)
    meta = np.empty((0,) * array.ndim, np.int64)
    write: Any = _write
    written = array.map_blocks(write, created, dtype=np.int64, chunks=chunks, meta=meta, name=f"numio-write-{uuid.uuid4().hex}")
    return temporary, written.to_delayed().ravel().tolist()


def _check(array: da.Array) -> None:
    if not isinstance(array, da.Array):
        raise TypeError(f"a Dask array is written, and this is {type(array).__name__}: see numio.save")
    if any(math.isnan(length) for length in array.shape):
        raise ValueError(f"the shape {array.shape} is not known: call compute_chunk_sizes first")
    if array.dtype.hasobject:
        raise ValueError("the elements are Python objects, which have no regions in a file")


def _create(
    path: str, shape: tuple[int, ...], dtype: np.dtype[Any], fortran_order: bool, target: str, overwrite: bool
) -> tuple[str, int]:
    """Make the file of a call, and say which one it is: 0 where it was there already."""
    if not overwrite and os.path.exists(target):
        raise FileExistsError(f"{target}: the file is there already")
    # Dask repeats a task whose result was lost with a worker. The name is this call's alone, so that a file under it is the one
    # that others have written chunks into.
    made = uuid.uuid4().int >> 65
    try:
        numio.create(path, shape, dtype, fortran_order=fortran_order).close()
    except FileExistsError:
        made = 0
    except OSError as raised:
        # Users know the name that they gave.
        raised.filename = target
        raise
    if path in _discarded:
        # Another task failed while this one ran.
        _discard([path])
    return path, made


def _write(block: Any, created: tuple[str, int], block_info: Any = None) -> Any:
    path, made = created
    location = block_info[0]["array-location"]
    block = _fitting(block, tuple(stop - start for start, stop in location))
    if block.size:
        target = numio.open(path, "r+")
        assert isinstance(target, numio.LazyArray)
        target[tuple(slice(start, stop) for start, stop in location)] = block
        target.close()
    return np.full((1,) * block.ndim, made)


def _fitting(block: Any, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """The elements of a block, of which there are as many as the array says: fewer would be repeated, as in any assignment."""
    found = np.asarray(block)
    if found.shape != shape:
        raise ValueError(f"a block has shape {found.shape}, and the array says {shape}: tell Dask the chunks of what a function returns")
    return found


def _commit(temporary: str, target: str, overwrite: bool, written: Any) -> str:
    try:
        _check_chunks(written, target)
        _renamed(temporary, target, overwrite)
    except BaseException:
        _unlink([temporary])
        raise
    return target


def _check_chunks(written: list[np.ndarray[Any, Any]], target: str) -> None:
    """Raise if chunks are in different files.

    A worker that is lost after the file has got its name takes the results of its tasks with it. Dask repeats those, and they
    make a new file, in which the chunks are missing that other workers have written.
    """
    if len({int(made.item()) for made in written} - {0}) > 1:
        raise OSError(f"{target}: a worker was lost after it had written the file: it is as it was then; compute it again")


def _renamed(temporary: str, target: str, overwrite: bool) -> None:
    if overwrite:
        with contextlib.suppress(OSError):
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
        return
    # A link is made only where there is no file.
    os.link(temporary, target)
    os.unlink(temporary)


def _archived(
    names: list[str], temporaries: list[str], written: Any, target: str, compression: Any, overwrite: bool
) -> str:
    try:
        if not overwrite and os.path.exists(target):
            raise FileExistsError(f"{target}: the file is there already")
        for chunks in written:
            _check_chunks(chunks, target)
        with numio.NpzWriter(target, compression=compression) as writer:
            for name, temporary in zip(names, temporaries, strict=True):
                writer.write(name, numio.load(temporary, mmap_mode="r"))
    finally:
        # All chunks are written. The task may be computed again, and then makes these files again.
        _unlink(temporaries)
    return target


# The files of calls that have failed, and the parts of theirs. Dask's threads go on with the tasks that they have begun.
_discarded: set[str] = set()


def _discard(temporaries: Iterable[str]) -> bool:
    _discarded.update(temporaries)
    return _unlink(temporaries)


def _unlink(temporaries: Iterable[str]) -> bool:
    """Remove files, and say whether all were there."""
    are_all = True
    for path in temporaries:
        try:
            os.unlink(path)
        except FileNotFoundError:
            are_all = False
    return are_all


def _computed(done: Delayed, temporaries: list[str], kwargs: dict[str, Any]) -> None:
    try:
        done.compute(**kwargs)
    except BaseException:
        # Here first, for there may be no worker left.
        with contextlib.suppress(Exception):
            if not _discard(temporaries):
                dask.delayed(_discard, pure=False)(temporaries).compute(**kwargs)
        raise


# Parts of an upload: their least number of bytes, where S3 takes 5 MiB, and the most of them.
_PART, _MOST_PARTS = 64 << 20, 10_000


def _uploaded(
    array: da.Array,
    url: str,
    fortran_order: bool,
    overwrite: bool,
    options: dict[str, Any],
    compute: bool,
    kwargs: dict[str, Any],
) -> Delayed | None:
    _check(array)
    if fortran_order or not overwrite:
        raise ValueError(f"{shown(url)}: in an object store arrays are in C order, and replace what is there")
    url = url if link(url).endswith(".npy") else with_link(url, link(url) + ".npy")
    with discreet(url):
        system = _system(url, options)[0]
    # Of its class: a cache in front of it passes its attributes on.
    by_parts = hasattr(type(system), "call_s3")
    if not by_parts and not moves(system):
        kind = "/".join([system.protocol] if isinstance(system.protocol, str) else system.protocol)
        raise ValueError(
            f"{shown(url)}: {kind} takes no uploads in parts, and gives no file another name: write to a path or to an object store"
        )
    if array.ndim:
        row = max(array.nbytes // max(array.shape[0], 1), 1)
        least = max(_PART, -(-array.nbytes // (_MOST_PARTS - 1)))
        array = array.rechunk({0: max(-(-least // row), 1), **dict.fromkeys(range(1, array.ndim), -1)})
    blocks, header = array.to_delayed().ravel().tolist(), _header(array)
    shapes = itertools.product(*array.chunks)
    begin, send_one, finish, abort = (_begin, _send, _finish, _abort) if by_parts else (_name_parts, _put_part, _join_parts, _drop_parts)
    # Begun here where it is computed here, so that it is known which to take back.
    upload = begin(url, options) if compute else dask.delayed(begin, pure=False)(url, options)
    send = dask.delayed(send_one, pure=False)
    parts = [
        send(block, shape, b"" if number > 1 else header, url, options, upload, number, array.dtype)
        for number, (block, shape) in enumerate(zip(blocks, shapes, strict=True), 1)
    ]
    done = dask.delayed(finish, pure=False)(url, options, upload, parts)
    if not compute:
        return done
    try:
        with discreet(url):
            done.compute(**kwargs)
    except BaseException:
        with contextlib.suppress(Exception):
            abort(url, options, upload)
        raise
    return None


def _system(url: str, options: dict[str, Any]) -> tuple[Any, str]:
    """The file system of a URL, and the path there."""
    try:
        fsspec = importlib.import_module("fsspec")
        system, path = fsspec.core.url_to_fs(url, **options)
    except ImportError as raised:
        raise ImportError(f"{shown(url)}: URLs need fsspec and the package for their protocol (numio[fsspec]): {raised}") from None
    return system, path


def _header(array: da.Array) -> bytes:
    described = {"descr": np.lib.format.dtype_to_descr(array.dtype), "fortran_order": False, "shape": array.shape}
    for write in (np.lib.format.write_array_header_1_0, np.lib.format.write_array_header_2_0):
        header = io.BytesIO()
        with contextlib.suppress(ValueError):
            write(header, described)
            return header.getvalue()
    raise ValueError(f"no header describes the dtype {array.dtype}")


def _s3(url: str, options: dict[str, Any], method: str, **arguments: Any) -> Any:
    s3fs = importlib.import_module("s3fs")
    system = s3fs.S3FileSystem(**options)
    bucket, key, _ = system.split_path(url)
    if "?versionId=" in url:
        raise ValueError(f"{shown(url)}: a version of an object is not written, and the URL names one")
    with file_errors(url):
        return system.call_s3(method, Bucket=bucket, Key=key, **arguments)


def _begin(url: str, options: dict[str, Any]) -> str:
    return str(_s3(url, options, "create_multipart_upload")["UploadId"])


def _send(
    block: Any, shape: tuple[int, ...], before: bytes, url: str, options: dict[str, Any], upload: str, number: int, dtype: np.dtype[Any]
) -> dict[str, Any]:
    data = before + _fitting(block, shape).astype(dtype, copy=False).tobytes()
    answer = _s3(url, options, "upload_part", UploadId=upload, PartNumber=number, Body=data)
    return {"PartNumber": number, "ETag": answer["ETag"]}


def _finish(url: str, options: dict[str, Any], upload: str, parts: list[dict[str, Any]]) -> str:
    _s3(url, options, "complete_multipart_upload", UploadId=upload, MultipartUpload={"Parts": parts})
    return url


def _abort(url: str, options: dict[str, Any], upload: str) -> None:
    _s3(url, options, "abort_multipart_upload", UploadId=upload)


# The same where a store has no uploads in parts: they are files next to the object.
_JOINED = 8 << 20


def _name_parts(url: str, options: dict[str, Any]) -> str:
    folder, _, name = _system(url, options)[1].rpartition("/")
    return f"{folder}/.{name}.{uuid.uuid4().hex}" if folder else f".{name}.{uuid.uuid4().hex}"


def _put_part(
    block: Any, shape: tuple[int, ...], before: bytes, url: str, options: dict[str, Any], parts: str, number: int, dtype: np.dtype[Any]
) -> tuple[str, int]:
    data = before + _fitting(block, shape).astype(dtype, copy=False).tobytes()
    part = f"{parts}.{number}"
    system, _ = _system(url, options)
    with file_errors(url):
        system.pipe_file(part, data)
    if parts in _discarded:
        # Another task failed while this one ran.
        _remove(system, [part])
    return part, len(data)


def _join_parts(url: str, options: dict[str, Any], parts: str, sent: list[tuple[str, int]]) -> str:
    system, path = _system(url, options)
    joined = FileErrors(Moved(system, path), lambda: file_errors(url))
    try:
        for part, size in sent:
            system.invalidate_cache(part)
            for start in range(0, size, _JOINED):
                with file_errors(url):
                    data = system.cat_file(part, start=start, end=min(start + _JOINED, size))
                if len(data) != min(_JOINED, size - start):
                    raise OSError(f"{shown(url)}: a part of the array is not what was written")
                joined.write(data)
    except BaseException:
        joined.discard()
        raise
    joined.commit()
    _remove(system, [part for part, _ in sent])
    return url


def _drop_parts(url: str, options: dict[str, Any], parts: str) -> None:
    _discarded.add(parts)
    system, _ = _system(url, options)
    folder, _, name = parts.rpartition("/")
    system.invalidate_cache(folder)
    found = system.ls(folder, detail=False)
    _remove(system, [path for path in found if path.rpartition("/")[2].startswith(f"{name}.")])


def _remove(system: Any, paths: list[str]) -> None:
    for path in paths:
        with contextlib.suppress(Exception):
            system.rm_file(path)
