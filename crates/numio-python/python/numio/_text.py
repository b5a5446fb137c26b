"""Text: helpers shared by its functions.

The library handles all arguments that it can; the others go to NumPy's own functions: ``like``, which is Python's by
nature, URLs, encodings and characters that the library does not know, and for `genfromtxt` converters and columns of
objects and raw bytes, for there they decide step by step what the columns are.
"""

import codecs
import contextlib
import itertools
import operator
import os

import numpy as np
from numpy.lib import _datasource

from . import _numio
from ._location import named, visible

# Python's names of the encodings that the library knows, as `codecs` has them.
_ENCODINGS = {
    "utf-8", "utf-8-sig", "iso8859-1", "ascii", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be",
}  # fmt: skip


class FallBackToNumPy(Exception):
    """The arguments are for NumPy's own function."""


def known_encoding(name):
    """The library's name of an encoding; that of the locale if none is given."""
    import locale  # Python loads it for itself only where it needs one

    name = name or locale.getpreferredencoding(False)
    if name == "UTF-8":
        return "utf-8"
    try:
        known = codecs.lookup(name).name
    except (LookupError, TypeError):
        raise FallBackToNumPy from None
    if known not in _ENCODINGS:
        raise FallBackToNumPy
    return "latin1" if known == "iso8859-1" else known


def known_dtype(dtype):
    """The dtype, if text is read as such by the library."""
    dtype = np.dtype(dtype)
    # For an integer type that has no entry in its table of converters, NumPy reads floats.
    if not is_known(dtype) or dtype.subdtype is not None or has_twin(dtype):
        raise FallBackToNumPy
    return dtype


def is_known(dtype):
    if dtype.names is not None:
        # Titles are among the fields too, and an element without bytes has no memory to be read to.
        return dtype.itemsize > 0 and all(is_known(dtype.fields[name][0]) for name in dtype.names)
    if dtype.subdtype is not None:
        return is_known(dtype.subdtype[0])
    if dtype.char in "gG":
        return _is_extended()
    return dtype.kind in "?biufcSUMm"


def has_twin(dtype):
    """True for integers, or records of them, of which NumPy has two types of one size, as `long` and `long long`, and this is the rarer."""
    if dtype.names is not None:
        return any(has_twin(dtype.fields[name][0]) for name in dtype.names)
    if dtype.subdtype is not None:
        return has_twin(dtype.subdtype[0])
    return dtype.kind in "iu" and dtype.num != np.dtype(f"{dtype.kind}{dtype.itemsize}").num


def _is_extended():
    """True if long doubles are those that the library knows, of 80 bits."""
    return np.finfo(np.longdouble).nmant == 63


def not_negative(value):
    try:
        value = operator.index(value)
    except TypeError:
        raise FallBackToNumPy from None
    if value < 0:
        raise FallBackToNumPy
    return value


def source_of(fname, encoding):
    """A path, or an iterator of lines; and the encoding of lines that are bytes."""
    if isinstance(fname, os.PathLike):
        fname = os.fspath(fname)
    if isinstance(fname, str):
        if "://" in fname or is_escaped(fname):
            raise FallBackToNumPy
        return fname, "utf-8"
    if isinstance(fname, bytes):
        raise FallBackToNumPy
    return iter(fname), encoding or getattr(fname, "encoding", None) or "latin1"


def is_escaped(path):
    """True if a path cannot be handed on as text."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return True
    return False


def listed(usecols):
    """The columns as a list: one alone is one of them."""
    if isinstance(usecols, (slice, str)):
        return [usecols]
    try:
        return list(usecols)
    except TypeError:
        return [usecols]


def without_slices(columns, width):
    """The columns one by one; `width` returns the number of all. As of a list, slices take those that are there."""
    found = []
    for column in columns:
        if isinstance(column, slice):
            found.extend(range(width())[column])
        else:
            found.append(column)
    return found


@contextlib.contextmanager
def unpacked(fname):
    """A file that NumPy can open: of one in ``.zst``, which it does not know, a copy of the text in it."""
    path = os.fspath(fname) if isinstance(fname, os.PathLike) else fname
    if not isinstance(path, str) or not path.endswith(".zst") or "://" in path:
        yield fname
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="numio-") as folder:
        copy = os.path.join(folder, "text")
        _numio.decompress(path, copy)
        with named(copy, path):
            yield copy


class Peeked:
    """The lines of a text, the first of which have been looked at: those that are skipped, and up to the first row."""

    def __init__(self, fname, encoding, skipped, comments, quote=None):
        encoding = None if encoding == "bytes" else encoding
        if isinstance(fname, (str, os.PathLike)):
            path = os.fspath(fname)
            if isinstance(path, bytes) or "://" in path:
                raise FallBackToNumPy
            if os.path.exists(path) and not os.path.isfile(path):
                fname = self._read_once(path, encoding)
        if isinstance(fname, (str, os.PathLike)):
            with unpacked(path) as text, _datasource.open(text, "rt", encoding=encoding) as file:
                self.header, self.row = self._look(file, skipped, comments, quote)
            self.source = fname
        else:
            lines, seen = iter(fname), []
            texts = self._texts(lines, seen, encoding or getattr(fname, "encoding", None) or "latin1")
            self.header, self.row = self._look(texts, skipped, comments, quote)
            self.source = _Again(seen, lines, getattr(fname, "encoding", None))

    @staticmethod
    def _read_once(path, encoding):
        """The lines of a pipe, which gives nothing a second time."""
        with _datasource.open(path, "rt", encoding=encoding) as file:
            yield from file

    @staticmethod
    def _texts(lines, seen, encoding):
        """The lines as texts, each of which is kept in `seen`."""
        for line in lines:
            seen.append(line)
            # What cannot be decoded is for the reader of all lines to say.
            yield line.decode(encoding, "replace") if isinstance(line, bytes) else line

    @staticmethod
    def _look(lines, skipped, comments, quote):
        """The line before the first row, which may be a comment; and that row, all its lines. Without either, empty texts."""
        header = ""
        for number, text in enumerate(lines):
            if number == 0:
                # A byte order mark is no part of a name.
                text = text.removeprefix("\ufeff")
            start = next((mark for mark in comments if text.lstrip().startswith(mark)), None)
            if number < skipped or start is not None:
                if text.strip():
                    header = text.lstrip().removeprefix(start or "").strip()
            elif text.strip():
                # A quoted field may go on in the next lines.
                while quote and text.count(quote) % 2 and (more := next(lines, "")):
                    text += more
                return header, text
        return header, ""


class _Again:
    """An iterable of lines, some of which have been read."""

    def __init__(self, seen, rest, encoding):
        self._lines = itertools.chain(seen, rest)
        if encoding is not None:
            self.encoding = encoding

    def __iter__(self):
        return self._lines


def numpys(error, fname, given, chunks):
    """NumPy's error for the library's error. Its `loadtxt` reads files in chunks, and `genfromtxt` by lines."""
    if isinstance(error, FileNotFoundError):
        return FileNotFoundError(f"{visible(fname)} not found.").with_traceback(error.__traceback__)
    return undecodable(error, fname, given, chunks) if type(error) is UnicodeError else error


def undecodable(error, fname, given, chunks):
    """Python's error for bytes that are not in the encoding, as reading the file the way NumPy does raises it."""
    # A pipe is not read again.
    if not isinstance(fname, (str, bytes, os.PathLike)) or not os.path.isfile(fname):
        return error
    try:
        with unpacked(fname) as path, _datasource.open(os.fspath(path), "rt", encoding=given["encoding"]) as file:
            while file.read(1 << 14) if chunks else file.readline():
                pass
    except UnicodeDecodeError as raised:
        lines, tail = _before_fault(fname, given["encoding"])
        delimiter = given["delimiter"]
        if isinstance(delimiter, str):
            column = tail.count(delimiter) + 1
        else:
            column = len(tail.split()) + (not tail or tail[-1].isspace())
        reason = f"{raised.reason} ({visible(fname)}, row {lines + 1}, column {column})"
        return UnicodeDecodeError(raised.encoding, raised.object, raised.start, raised.end, reason)
    except (OSError, UnicodeError):
        pass
    return error


def _before_fault(fname, encoding):
    """The number of lines before the bytes that are not in the encoding, and what stands before them in their line."""
    # A text file forgets what it has decoded before bytes that end too early.
    decoder, lines, tail, data = codecs.getincrementaldecoder(encoding)(), 0, "", b"more"
    with unpacked(fname) as path, _datasource.open(os.fspath(path), "rb") as file:
        while data:
            data = file.read(1 << 16)
            try:
                text = tail + decoder.decode(data, final=not data)
            except UnicodeDecodeError as raised:
                text = tail + raised.object[: raised.start].decode(raised.encoding, "replace")
                data = b""
            # The line feed of a pair may come next.
            held = "\r" if data and text.endswith("\r") else ""
            text = text[: len(text) - len(held)].replace("\r\n", "\n").replace("\r", "\n")
            lines += text.count("\n")
            tail = text[text.rfind("\n") + 1 :] + held
    return lines, tail
