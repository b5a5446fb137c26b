"""`fromregex`."""

import os
import re

import numpy as np
from numpy.lib import _datasource

from ._text import unpacked


def fromregex(file, regexp, dtype, encoding=None):
    """Make a structured array of a regular expression's matches, a field for each group: `numpy.fromregex`.

    Files by their names are found and decompressed as by `loadtxt`.

    Examples
    --------
    >>> from io import StringIO
    >>> import numio
    >>> text = StringIO("1312 foo\\n1534  bar")
    >>> numio.fromregex(text, r"(\\d+)\\s+(...)", [("num", "i8"), ("key", "S3")])
    array([(1312, b'foo'), (1534, b'bar')],
          dtype=[('num', '<i8'), ('key', 'S3')])
    """
    if isinstance(file, str) and "://" in file:
        from ._remote import local_copy

        with local_copy(file) as path:
            if path is not None:
                return fromregex(path, regexp, dtype, encoding)
    if hasattr(file, "read"):
        dtype, content = _structured(dtype), file.read()
    else:
        path = os.fspath(file)
        with unpacked(path) as text, _datasource.open(text, "rt", encoding=encoding) as opened:
            dtype, content = _structured(dtype), opened.read()
    if isinstance(content, bytes) and isinstance(regexp, str):
        regexp = regexp.encode("latin1")
    found = re.compile(regexp).findall(content) if not hasattr(regexp, "match") else regexp.findall(content)
    if found and not isinstance(found[0], tuple):
        # Of one group alone, findall gives no tuples.
        return np.array(found, dtype=dtype[dtype.names[0]]).view(dtype)
    return np.array(found, dtype=dtype)


def _structured(dtype):
    dtype = np.dtype(dtype)
    if dtype.names is None:
        raise TypeError("dtype must be a structured datatype.")
    return dtype
