"""`fromregex`."""

import os
import re

import numpy as np
from numpy.lib import _datasource


def fromregex(file, regexp, dtype, encoding=None):
    """Make a structured array of a regular expression's matches, a field for each group: `numpy.fromregex`.

    Examples
    --------
    >>> from io import StringIO
    >>> import numio
    >>> text = StringIO("1312 foo\\n1534  bar")
    >>> numio.fromregex(text, r"(\\d+)\\s+(...)", [("num", "i8"), ("key", "S3")])
    array([(1312, b'foo'), (1534, b'bar')],
          dtype=[('num', '<i8'), ('key', 'S3')])
    """
    own = not hasattr(file, "read")
    if own:
        file = _datasource.open(os.fspath(file), "rt", encoding=encoding)
    try:
        dtype = np.dtype(dtype)
        if dtype.names is None:
            raise TypeError("dtype must be a structured datatype.")
        content = file.read()
    finally:
        if own:
            file.close()
    if isinstance(content, bytes) and isinstance(regexp, str):
        regexp = regexp.encode("latin1")
    found = re.compile(regexp).findall(content) if not hasattr(regexp, "match") else regexp.findall(content)
    if found and not isinstance(found[0], tuple):
        # Of one group alone, findall gives no tuples.
        return np.array(found, dtype=dtype[dtype.names[0]]).view(dtype)
    return np.array(found, dtype=dtype)
