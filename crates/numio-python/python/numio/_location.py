"""Names of files and of objects in stores, and how messages show them."""

import contextlib
from collections.abc import Mapping

from . import _numio


def is_remote(location, storage_options=None):
    """Whether it is a URL, or a path in a store that was given."""
    if storage_options is not None and not isinstance(storage_options, Mapping):
        return True
    return isinstance(location, str) and "://" in location and not location.startswith("file://")


def local_path(location):
    if isinstance(location, str) and location.startswith("file://"):
        from urllib.parse import urlsplit
        from urllib.request import url2pathname

        return url2pathname(urlsplit(location).path)
    return location


def visible(text):
    """The text of a file's name, which does not steer a terminal: controls and marks of direction are escaped."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(text))


def shown(location):
    """As `visible`, for a URL: without its query, which is the signature of a signed URL, and without a password."""
    return _numio.redact_urls(visible(location))


@contextlib.contextmanager
def named(path, location):
    """Name the URL in errors, and not the copy of it, which is gone when they are read."""
    try:
        yield
    except Exception as raised:

        def told(text):
            return text.replace(visible(path), shown(location)) if isinstance(text, str) else text

        raised.args = tuple(map(told, raised.args))
        if isinstance(raised, UnicodeDecodeError):
            raised.reason = told(raised.reason)
        elif isinstance(raised, OSError) and raised.filename is not None:
            # One that is set, even to None, takes the place of the text.
            raised.filename = told(raised.filename)
        raise
