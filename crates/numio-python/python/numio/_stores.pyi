"""Objects in stores and files on web servers, as sources that are read by ranges, many at once."""

from contextlib import AbstractContextManager
from typing import Any

class NoRanges(OSError):
    """A server that answers a request for a range with all of the file."""

def open_source(location: str, storage_options: Any) -> Any:
    """The source for a URL, or for a path in a store that was given."""
def file_errors(location: str) -> AbstractContextManager[None]:
    """Raise the errors of packages as `_Source.error_of` has them."""
def discreet(location: str) -> AbstractContextManager[None]:
    """Raise errors that other packages raise without what is secret in a URL."""
