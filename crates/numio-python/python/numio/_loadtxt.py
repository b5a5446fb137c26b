"""`loadtxt`."""

import operator
import warnings

import numpy as np

from . import _numio, _original
from ._converters import field_converters
from ._location import shown, visible
from ._text import (
    FallBackToNumPy,
    Peeked,
    has_twin,
    known_encoding,
    listed,
    not_negative,
    numpys,
    source_of,
    unpacked,
    without_slices,
)

_NOT_COUNTED = (
    "Input line {} contained no data and will not be counted towards `max_rows={}`.  This differs from the behaviour in "
    "NumPy <=1.22 which counted lines rather than rows.  If desired, the previous behaviour can be achieved by using "
    "`itertools.islice`.\nPlease see the 1.23 release notes for an example on how to do this.  If you wish to ignore this "
    "warning, use `warnings.filterwarnings`.  This warning is expected to be removed in the future and is given only once "
    "per `loadtxt` call."
)


def loadtxt(
    fname,
    dtype=float,
    comments="#",
    delimiter=None,
    converters=None,
    skiprows=0,
    usecols=None,
    unpack=False,
    ndmin=0,
    encoding=_original.encoding,
    max_rows=None,
    *,
    quotechar=None,
    like=None,
    fortran=False,
):
    """Load an array from text, one row a line: `numpy.loadtxt`, on all cores.

    Every parameter but `fortran` is NumPy's, and so are the results, the warnings and the messages; a file's name stands
    before the message. With `fortran`, floats and complex numbers may be written as Fortran prints them: ``1.0D+05``,
    ``0.33-104``. `usecols` takes slices too, and names of columns, which are in the last line before the first row: one of
    those that `skiprows` leaves out, or a comment. Files that end in ``.gz``, ``.bz2``, ``.xz``, ``.lzma`` or ``.zst`` are unpacked as they are read.
    A URL such as ``s3://bucket/x.txt`` is read as by `open`.

    Examples
    --------
    >>> from io import StringIO
    >>> import numio
    >>> numio.loadtxt(StringIO("0 1\\n2 3"))
    array([[0., 1.],
           [2., 3.]])
    """
    arguments = (dtype, comments, delimiter, converters, skiprows, usecols, unpack, ndmin, encoding, max_rows, quotechar, like, fortran)
    if isinstance(fname, str) and "://" in fname:
        from ._remote import local_copy

        with local_copy(fname) as path:
            if path is not None:
                return _loadtxt(path, shown(fname), *arguments)
    return _loadtxt(fname, fname, *arguments)


def _loadtxt(
    fname, name, dtype, comments, delimiter, converters, skiprows, usecols, unpack, ndmin, encoding, max_rows, quotechar, like, fortran
):  # fmt: skip
    """`loadtxt` of a file, a copy of one or lines; warnings have `name`."""
    try:
        if like is not None and not fortran:
            raise FallBackToNumPy
        known = np.dtype(np.float64 if dtype is None else dtype)
        if known.char == "m" and known == np.dtype("m8"):
            raise FallBackToNumPy
        converted = field_converters(known, converters, encoding == "bytes")
        given = {
            "comments": _comments(comments),
            "delimiter": delimiter.decode("latin1") if isinstance(delimiter, bytes) else delimiter,
            "skiprows": not_negative(skiprows),
            "usecols": None,
            "ndmin": not_negative(ndmin),
            "encoding": known_encoding(None if encoding == "bytes" else encoding),
            "max_rows": None if max_rows is None else not_negative(max_rows),
            "quotechar": quotechar,
            "fortran": bool(fortran),
        }
        _check_marks(given)
        if known.names is not None and usecols is not None and known.names == ():
            raise FallBackToNumPy
        if usecols is not None:
            fname, given["usecols"] = _usecols(usecols, fname, encoding, given)
        source, lines = source_of(fname, None if encoding == "bytes" else encoding)
        is_numpys = False
    except (FallBackToNumPy, TypeError):
        is_numpys = True
    if is_numpys:
        # Not in the handler above: what NumPy raises has nothing to do with how it was found that it is asked.
        if fortran:
            raise TypeError("fortran=True goes with what numio reads itself: no `like`, URLs or objects")
        with unpacked(fname) as path:
            return _original.loadtxt(
                path, dtype, comments, delimiter, converters, skiprows, usecols, unpack, ndmin, encoding, max_rows,
                quotechar=quotechar, like=like,
            )  # fmt: skip
    try:
        if converted is None:
            array, _, heard = _numio.read_text(source, known, given, lines, None)
        else:
            array, _, heard = _numio.read_text(source, converted.read, given, lines, converted.given)
    except (FileNotFoundError, ValueError) as error:
        if error.__cause__ is not None:
            raise
        raise numpys(error, fname, given, chunks=True) from None
    if converted is not None:
        array = converted.finish(array)
    if has_twin(known) and array.dtype == known:
        # The library knows one integer type of each size.
        array = array.view(known)
    for kind, said in heard:
        if kind == "no data":
            said = f'loadtxt: input contained no data: "{visible(name)}"'
        elif kind == "empty line":
            said = _NOT_COUNTED.format(said, max_rows)
        warnings.warn(said, RuntimeWarning if kind == "overflow" else UserWarning, stacklevel=3)
    if not unpack:
        return array
    if array.dtype.names is not None:
        return [array[name] for name in array.dtype.names]
    return array.T


def _comments(comments):
    if comments is None:
        return []
    if isinstance(comments, (str, bytes)):
        comments = [comments]
    comments = [text.decode("latin1") if isinstance(text, bytes) else text for text in comments]
    if not all(isinstance(text, str) for text in comments):
        raise FallBackToNumPy
    return comments


def _usecols(usecols, fname, encoding, given):
    """The file to read, of which a part may have been read, and the columns by their numbers."""
    columns, peeked = listed(usecols), []

    def look():
        if not peeked:
            peeked.append(Peeked(fname, encoding, given["skiprows"], given["comments"], given["quotechar"]))
        return peeked[0]

    def fields(line):
        marks = {"delimiter": given["delimiter"], "quotechar": given["quotechar"], "comments": given["comments"] or None}
        return loadtxt([line], dtype=str, ndmin=1, encoding=None, **marks).tolist() if line.strip() else []

    if any(isinstance(column, str) for column in columns):
        names = [name.strip().strip("\"'") for name in fields(look().header)]
        # Without a line of names, NumPy's error.
        if not names:
            raise FallBackToNumPy
        for at, column in enumerate(columns):
            if isinstance(column, str):
                if column not in names:
                    raise ValueError(f"usecols: there is no column {column!r} in the line of names: {names}")
                columns[at] = names.index(column)
    columns = without_slices(columns, lambda: len(fields(look().row)))
    try:
        columns = [operator.index(column) for column in columns]
    except TypeError:
        raise FallBackToNumPy from None
    if any(abs(column) >= 1 << 62 for column in columns):
        raise FallBackToNumPy
    return (peeked[0].source if peeked else fname), columns


def _check_marks(given):
    """Leaves arguments to NumPy that it raises a `TypeError` for."""
    marks = [mark for mark in (given["delimiter"], given["quotechar"]) if mark is not None]
    for mark in marks:
        if not isinstance(mark, str) or len(mark) != 1:
            raise FallBackToNumPy
    marks += given["comments"]
    for mark in marks:
        if not mark or mark in "\r\n" or given["delimiter"] is None and mark.isspace():
            raise FallBackToNumPy
    if len(set(marks)) != len(marks) or given["ndmin"] > 2:
        raise FallBackToNumPy
