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
        from urllib.request import url2pathname

        # A file has neither queries nor fragments: marks of those that are not escaped are of its name.
        return url2pathname(location.removeprefix("file://").removeprefix("localhost"))
    return location


def link(location):
    """The link of a chain of URLs that names the object: the first with a path, as in ``zip://x.npy::s3://bucket/a.zip``."""
    return next((link for link in location.split("::") if "://" in link), location)


def with_link(location, name):
    """The same chain of URLs with another name of the object."""
    return location.replace(link(location), name, 1)


def visible(text):
    """The text of a file's name, which does not steer a terminal: controls and marks of direction are escaped."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(text))


def shown(location):
    """As `visible`, for a URL: without its query, which is the signature of a signed URL, and without a password."""
    return redacted(visible(location))


def redacted(location):
    """The location, for a `repr`, without what a URL keeps secret. Paths may have bytes that are no text."""
    return _numio.redact_urls(location) if "://" in location else location


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
