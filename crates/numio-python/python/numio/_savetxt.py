"""`savetxt`."""

import io
import os
import re

import numpy as np

from . import _numio, _original
from ._text import FallBackToNumPy, is_escaped, is_known, known_encoding


# Conversions that the library prints as Python does.
_CONVERSION = re.compile(r"%(?:%|[-+ 0#]*\d*(?:\.\d*)?[hlL]?[diuoxXeEfFgGs])")


def savetxt(fname, X, fmt="%.18e", delimiter=" ", newline="\n", header="", footer="", comments="# ", encoding=None):
    """Save an array of one or two axes as text, one row a line: `numpy.savetxt`, on all cores.

    Every parameter is NumPy's, and so is the text. A file given by its path is replaced whole or not at all; one that ends
    in ``.gz``, ``.bz2``, ``.xz``, ``.lzma`` or ``.zst`` is packed.

    Examples
    --------
    >>> from io import StringIO
    >>> import numio
    >>> text = StringIO()
    >>> numio.savetxt(text, [[1, 2], [3, 4]], fmt="%d")
    >>> text.getvalue()
    '1 2\\n3 4\\n'
    """
    if isinstance(fname, str) and "://" in fname:
        from ._remote import local_target

        with local_target(fname) as path:
            if path is not None:
                return savetxt(path, X, fmt, delimiter, newline, header, footer, comments, encoding)
    try:
        if isinstance(fname, os.PathLike):
            fname = os.fspath(fname)
        is_path = isinstance(fname, str)
        if not is_path and not hasattr(fname, "write") or is_path and ("://" in fname or is_escaped(fname)):
            raise FallBackToNumPy
        array = np.asarray(X)
        if not is_path and encoding is not None and known_encoding(encoding)[3:] in ("-8-sig", "-16", "-32"):
            raise FallBackToNumPy  # NumPy writes a mark before each row.
        if not _is_printed(array) or not isinstance(fmt, (str, list, tuple)):
            raise FallBackToNumPy
        texts = {"delimiter": delimiter, "newline": newline, "header": header, "footer": footer, "comments": comments}
        given = {
            "fmt": fmt if isinstance(fmt, str) else list(fmt),
            "encoding": known_encoding(encoding) if is_path else "utf-8",
            **texts,
        }
        if not all(isinstance(text, str) for text in (*texts.values(), *given["fmt"])):
            raise FallBackToNumPy
        formats = [fmt] if isinstance(fmt, str) else fmt
        if any("%" in _CONVERSION.sub("", one) for one in formats):
            raise FallBackToNumPy  # Characters, representations and mappings are Python's, and so are mistakes.
        is_numpys = False
    except FallBackToNumPy:
        is_numpys = True
    if is_numpys:
        # Not in the handler above: what NumPy raises has nothing to do with how it was found that it is asked.
        return _by_numpy(fname, X, fmt, delimiter, newline, header, footer, comments, encoding)
    try:
        _numio.write_text(fname if is_path else _Text(fname, encoding or "latin1"), array, given)
    except AttributeError as error:
        # One of the library's own, not of a file object's method: NumPy shows the formats as they are.
        if isinstance(fmt, str) or error.__traceback__.tb_next is not None:
            raise
        raise AttributeError(f"fmt has wrong shape.  {fmt}") from None
    except UnicodeError as error:
        if not is_path or type(error) is not UnicodeError:
            raise
        is_numpys = True
    if is_numpys:
        # NumPy comes to the same character, and tells where it is in its line.
        _by_numpy(fname, X, fmt, delimiter, newline, header, footer, comments, encoding)


def _by_numpy(fname, X, fmt, delimiter, newline, header, footer, comments, encoding):
    """NumPy's own function, but for files given by their path, which it empties before it knows whether it can write."""
    path = os.fspath(fname) if isinstance(fname, os.PathLike) else fname
    if not isinstance(path, str) or "://" in path:
        return _original.savetxt(fname, X, fmt, delimiter, newline, header, footer, comments, encoding)
    file = _AtomicFile(path)
    try:
        text = io.TextIOWrapper(file, encoding=encoding)
        _original.savetxt(text, X, fmt, delimiter, newline, header, footer, comments, encoding)
        text.flush()
        file.commit()
    finally:
        file.discard()


class _AtomicFile(io.RawIOBase):
    """Bytes on their way into a file that appears whole or not at all."""

    def __init__(self, path):
        self._file, self._written = _numio.AtomicText(path), 0

    def writable(self):
        return True

    def seekable(self):
        # Where a text starts is told by `tell`, and there `utf-16` and `utf-32` have a byte order mark.
        return True

    def tell(self):
        return self._written

    def write(self, data):
        self._written += len(data)
        # What a text that is given up still has buffered comes when it is collected.
        if self._file is not None:
            self._file.write(bytes(data))
        return len(data)

    def commit(self):
        self._file.commit()

    def discard(self):
        self._file.discard()
        self._file = None


def _is_printed(array):
    """True if the library prints such elements as Python does."""
    if array.dtype.names is not None:
        kinds = [array.dtype.fields[name][0] for name in array.dtype.names]
        return array.ndim == 1 and all(kind.kind in "?biufSUMm" and is_known(kind) for kind in kinds)
    return is_known(array.dtype) and array.dtype.kind != "V"


class _Text:
    """Takes UTF-8, and hands it on as text, or as bytes to files that take only these."""

    def __init__(self, file, encoding):
        self._file, self._encoding, self._is_text = file, encoding, None

    def write(self, data):
        text = bytes(data).decode()
        if self._is_text is None:
            try:
                self._file.write(text)
                self._is_text = True
                return
            except TypeError:
                self._is_text = False
        self._file.write(text if self._is_text else text.encode(self._encoding))
