"""Files under URLs: arrays and texts loaded from there, and saved piece by piece, whole or not at all."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from ._numio import LazyArchiveFile, LazyArrayFile

_Stamp = tuple[int, int | None, str | None]

class Upload:
    """What `save` writes to a URL. It is there when `commit` has returned, and not at all otherwise."""
    file: Any
    def __init__(self, location: str, is_archive: bool) -> None: ...
    def commit(self) -> None: ...
    def discard(self) -> None: ...

def open_core(
    location: str, storage_options: Any, options: dict[str, Any], stamp: _Stamp | None = None
) -> tuple[LazyArrayFile | LazyArchiveFile, _Stamp]:
    """The array or archive at a URL, and its identity; that is `stamp` if it is known, and then is not asked for again."""
def upload(location: str, suffix: str) -> Any:
    """What is to be at a URL: its `file` is written, and then `commit` or `discard` is called. Nothing for a path."""
def local_copy(location: str) -> AbstractContextManager[str | None]:
    """The path of a copy of a text, of the same suffix, which says how it is compressed; nothing if no package knows URLs."""
def local_target(location: str) -> AbstractContextManager[str | None]:
    """A path whose contents are put to a URL at the end; nothing if no package knows URLs."""
def load(location: str, load_bytes: Callable[[io.BytesIO], Any]) -> Any:
    """Load what is at a URL: arrays range by range into their own memory, all else from its bytes by `load_bytes`."""
