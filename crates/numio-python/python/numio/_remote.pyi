"""Objects in stores and files on web servers: read by ranges, many at once, and written whole."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO
from typing import Any

from ._numio import LazyArchiveFile, LazyArrayFile

_Stamp = tuple[int, int | None, str | None]

class Upload(BytesIO):
    """The bytes of a file that `save` writes to a URL. They are there when all of them are."""
    def __init__(self, location: str) -> None: ...
    def commit(self) -> None: ...

def open_core(
    location: str, storage_options: Any, options: dict[str, Any], stamp: _Stamp | None = None
) -> tuple[LazyArrayFile | LazyArchiveFile, _Stamp]:
    """The array or archive at a URL, and its identity; that is `stamp` if it is known, and then is not asked for again."""
def read_whole(location: str, storage_options: Any = None) -> bytes:
    """All bytes of an object, read in ranges side by side if the server takes them."""
def upload(location: str, suffix: str) -> Upload | None:
    """The object to which what is to be at a URL is written; nothing if it is a path of this system."""
def local_copy(location: str) -> AbstractContextManager[str | None]:
    """The path of a copy of a text, of the same suffix, which says how it is compressed; nothing if no package knows URLs."""
def local_target(location: str) -> AbstractContextManager[str | None]:
    """A path whose contents are put to a URL at the end; nothing if no package knows URLs."""
def load(location: str, load_bytes: Callable[[BytesIO], Any]) -> Any:
    """Load what is at a URL: arrays range by range into their own memory, all else from its bytes by `load_bytes`."""
