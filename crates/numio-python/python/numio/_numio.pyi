"""The types of the module that Rust brings: NumPy's calls."""

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from os import PathLike
from types import TracebackType
from typing import IO, Any, Final, Literal, Protocol, SupportsIndex, TypeAlias, TypeVar, final, overload
from zipfile import ZipFile

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from typing_extensions import Self

__all__ = [
    "AtomicText",
    "NpzFile",
    "NpzWriter",
    "__version__",
    "append",
    "close",
    "get_num_threads",
    "load",
    "memmap",
    "open_memmap",
    "read_text",
    "read_with_gaps",
    "save",
    "savez",
    "savez_compressed",
    "set_num_threads",
    "threads",
    "write_npz",
    "write_text",
]

_T = TypeVar("_T")

class _Readable(Protocol):
    def read(self, size: int, /) -> Any: ...

class _Writable(Protocol):
    def write(self, data: bytes, /) -> Any: ...

_Path: TypeAlias = str | bytes | PathLike[str] | PathLike[bytes]
_TextPath: TypeAlias = str | PathLike[str]
_LoadMode: TypeAlias = Literal["r", "r+", "c", "readonly", "readwrite", "copyonwrite"]
_MapMode: TypeAlias = _LoadMode | Literal["w+", "write"]
_Compression: TypeAlias = Literal["stored", "deflate", "zstd"]

__version__: Final[str]

def set_num_threads(n: int | None) -> None: ...
def get_num_threads() -> int: ...
@final
class threads:
    def __new__(cls, n: int | None) -> Self: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        *_raised: type[BaseException] | BaseException | TracebackType | None,
    ) -> None: ...

def load(
    file: _Path | _Readable,
    mmap_mode: _LoadMode | None = None,
    allow_pickle: bool = True,
    fix_imports: bool = True,
    encoding: Literal["ASCII", "latin1", "bytes"] = "ASCII",
    *,
    max_header_size: int = 10000,
    trust: bool | Iterable[str] = False,
) -> Any: ...
def save(
    file: _TextPath | _Writable, arr: ArrayLike, allow_pickle: bool = True, fix_imports: object = None
) -> None: ...
def savez(
    file: _TextPath | _Writable, *args: ArrayLike, allow_pickle: bool = True, **kwds: ArrayLike
) -> None: ...
def savez_compressed(
    file: _TextPath | _Writable, *args: ArrayLike, allow_pickle: bool = True, **kwds: ArrayLike
) -> None: ...
def write_npz(
    file: _TextPath | _Writable,
    mapping: Mapping[str, ArrayLike],
    *,
    compression: _Compression = "stored",
    level: int | None = None,
    allow_pickle: bool = True,
) -> None: ...
def append(file: _TextPath, array: ArrayLike, *, create: bool = False, wait: float | None = None) -> None: ...
def open_memmap(
    filename: _Path,
    mode: _MapMode = "r+",
    dtype: DTypeLike | None = None,
    shape: SupportsIndex | Iterable[SupportsIndex] | None = None,
    fortran_order: bool = False,
    version: tuple[int, int] | None = None,
    *,
    max_header_size: int = 10000,
) -> np.memmap[Any, Any]: ...
def close(array: NDArray[Any]) -> None: ...
@final
class memmap:
    def __new__(
        cls,
        filename: _Path,
        mode: _MapMode = "r+",
        dtype: DTypeLike | None = None,
        shape: SupportsIndex | Iterable[SupportsIndex] | None = None,
        fortran_order: bool = False,
        version: tuple[int, int] | None = None,
        *,
        max_header_size: int = 10000,
    ) -> Self: ...
    def __enter__(self) -> np.memmap[Any, Any]: ...
    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...

@final
class NpzFile(Mapping[str, Any]):
    @property
    def files(self) -> list[str]: ...
    @property
    def f(self) -> Any: ...
    @property
    def zip(self) -> ZipFile | None: ...
    @property
    def fid(self) -> IO[bytes] | None: ...
    @property
    def allow_pickle(self) -> bool: ...
    @allow_pickle.setter
    def allow_pickle(self, value: bool, /) -> None: ...
    @property
    def max_header_size(self) -> int: ...
    @max_header_size.setter
    def max_header_size(self, value: int, /) -> None: ...
    @property
    def pickle_kwargs(self) -> dict[str, Any]: ...
    @pickle_kwargs.setter
    def pickle_kwargs(self, value: dict[str, Any] | None, /) -> None: ...
    def __getitem__(self, key: str, /) -> Any: ...
    def __contains__(self, key: object, /) -> bool: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def keys(self) -> KeysView[str]: ...
    def values(self) -> ValuesView[Any]: ...
    def items(self) -> ItemsView[str, Any]: ...
    @overload
    def get(self, key: str, default: None = None, /) -> Any | None: ...
    @overload
    def get(self, key: str, default: _T, /) -> Any | _T: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...
    def close(self) -> None: ...
    def _repr_html_(self) -> str: ...

@final
class NpzWriter:
    def __new__(
        cls,
        file: _TextPath | _Writable,
        mode: Literal["w", "a"] = "w",
        *,
        compression: _Compression = "stored",
        level: int | None = None,
        allow_pickle: bool = True,
        wait: float | None = None,
    ) -> Self: ...
    @property
    def closed(self) -> bool: ...
    def write(self, name: str, array: ArrayLike) -> None: ...
    def write_bytes(self, name: str, data: bytes) -> None: ...
    def close(self) -> None: ...
    def discard(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None: ...

# What the calls for text are made of. The dictionaries hold their parameters, put in order.
def read_text(
    source: str | Iterator[str | bytes],
    dtype: np.dtype[Any],
    given: dict[str, Any],
    line_encoding: str,
    converters: dict[str, Any] | None,
) -> tuple[NDArray[Any], None, list[tuple[str, str]]]: ...
def read_with_gaps(
    source: str | Iterator[str | bytes], dtype: np.dtype[Any] | None, given: dict[str, Any], line_encoding: str
) -> tuple[NDArray[Any], NDArray[Any] | None, list[tuple[str, str]]]: ...
@final
class AtomicText:
    def __new__(cls, path: _TextPath) -> Self: ...
    def write(self, data: bytes) -> None: ...
    def commit(self) -> None: ...
    def discard(self) -> None: ...

def write_text(target: str | _Writable, array: NDArray[Any], given: dict[str, Any]) -> None: ...
