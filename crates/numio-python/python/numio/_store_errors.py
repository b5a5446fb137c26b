"""What the errors of packages that read stores and web servers say, and which of Python's classes they become."""

import contextlib
import re

from ._errors import StaleFileError
from ._location import shown, visible

# The classes of errors by the status of an answer.
KINDS = {401: PermissionError, 403: PermissionError, 404: FileNotFoundError}
# The answers of web servers after which another try may succeed.
BUSY = (408, 429, 500, 502, 503, 504)
# The classes of errors of connections, by the packages that have them.
PASSING = {
    ("aiohttp", "ClientConnectionError"), ("aiohttp", "ClientPayloadError"), ("botocore", "HTTPClientError"),
    ("botocore", "IncompleteReadError"), ("urllib3", "HTTPError"), ("http", "HTTPException"),
}  # fmt: skip

# Said by errors of requests that a package has made again already: numio's own tries would multiply with them.
RETRIED = re.compile(r"after \d+ retries|reached max retries")

# The classes of errors that stay what they are, or what they are derived from.
KEPT = (OSError, ImportError, ValueError, TypeError, NotImplementedError, MemoryError)


class Transient(OSError):
    """An answer that may be another when it is asked for again."""


class NoSuffix(OSError):
    """A store that has no requests for the last bytes."""


def plain(raised):
    """What an error says; obstore's go on with all that it knows of the request."""
    return str(raised).partition("\n\nDebug source")[0]


def causes(raised):
    """An error, and those that it came from."""
    found = [raised]
    while (cause := found[-1].__cause__ or found[-1].__context__) is not None and cause not in found:
        found.append(cause)
    return found


def kind_of(raised):
    """The class of Python's for the error of a package, by its name or by the answer's status, which some have."""
    kinds = {"PermissionDeniedError": 403, "UnauthenticatedError": 401, "NotFoundError": 404}
    for one in causes(raised):
        answer = getattr(one, "response", None)
        found = answer.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(answer, dict) else None
        status = kinds.get(type(one).__name__) or found or getattr(one, "status_code", None) or getattr(one, "code", None)
        if isinstance(status, int) and status in KINDS:
            return KINDS[status]
    return OSError


class NoRanges(OSError):
    """A server that answers a request for a range with all of the file."""


def no_ranges(location):
    return NoRanges(f"{shown(location)}: the server does not answer requests for ranges of the file: `numio.load` reads it whole")


@contextlib.contextmanager
def discreet(location):
    """Raise errors that other packages raise without what is secret in a URL."""
    try:
        yield
    except Exception as raised:
        text = shown(raised)
        if shown(location) == visible(location) or all(shown(one) == visible(one) for one in causes(raised)):
            raise
        own = (NoRanges, StaleFileError)
        known = (cls for cls in type(raised).__mro__ if cls in own or cls.__module__ == "builtins" and issubclass(cls, KEPT))
        # The original, and what it came from, would show it in the traceback.
        raise next(known, OSError)(text) from None
