"""`genfromtxt`."""

import functools
import itertools
import operator
import warnings

import numpy as np
from numpy.lib import _iotools

from . import _numio, _original
from ._location import shown, visible
from ._text import (
    FallBackToNumPy,
    Peeked,
    known_dtype,
    known_encoding,
    listed,
    not_negative,
    numpys,
    source_of,
    unpacked,
    without_slices,
)


def genfromtxt(
    fname,
    dtype=float,
    comments="#",
    delimiter=None,
    skip_header=0,
    skip_footer=0,
    converters=None,
    missing_values=None,
    filling_values=None,
    usecols=None,
    names=None,
    excludelist=None,
    deletechars="".join(sorted(_iotools.NameValidator.defaultdeletechars)),
    replace_space="_",
    autostrip=False,
    case_sensitive=True,
    defaultfmt="f%i",
    unpack=None,
    usemask=False,
    loose=True,
    invalid_raise=True,
    max_rows=None,
    encoding=_original.encoding,
    *,
    ndmin=0,
    like=None,
    fortran=False,
):
    """Load an array from text in which values are missing: `numpy.genfromtxt`, many times as fast.

    Every parameter but `fortran` is NumPy's, and so are the results and the warnings; messages name the row and the column
    too. With `fortran`, floats and complex numbers may be written as Fortran prints them: ``1.0D+05``, ``0.33-104``.
    `usecols` takes slices too: ``slice(2, None)``.

    Examples
    --------
    >>> from io import StringIO
    >>> import numio
    >>> numio.genfromtxt(StringIO("1,2,3\\n4,,6"), delimiter=",", filling_values=0)
    array([[1., 2., 3.],
           [4., 0., 6.]])
    """
    arguments = (
        dtype, comments, delimiter, skip_header, skip_footer, converters, missing_values, filling_values, usecols,
        names, excludelist, deletechars, replace_space, autostrip, case_sensitive, defaultfmt, unpack, usemask, loose,
        invalid_raise, max_rows, encoding, ndmin, like, fortran,
    )  # fmt: skip
    if isinstance(fname, str) and "://" in fname:
        from ._remote import local_copy

        with local_copy(fname) as path:
            if path is not None:
                return _genfromtxt(path, shown(fname), *arguments)
    return _genfromtxt(fname, fname, *arguments)


def _genfromtxt(
    fname, name, dtype, comments, delimiter, skip_header, skip_footer, converters, missing_values, filling_values, usecols,
    names, excludelist, deletechars, replace_space, autostrip, case_sensitive, defaultfmt, unpack, usemask, loose,
    invalid_raise, max_rows, encoding, ndmin, like, fortran,
):  # fmt: skip
    """`genfromtxt` of a file, a copy of one or lines; warnings have `name`."""
    try:
        if converters or like is not None:
            raise FallBackToNumPy
        known = None if dtype is None else _gen_dtype(dtype)
        given = {
            "comments": _text(comments),
            "delimiter": _separator(delimiter),
            "skip_header": max(0, operator.index(skip_header)),
            "skip_footer": max(0, operator.index(skip_footer)),
            **_missing_values(missing_values),
            **_filling_values(filling_values),
            **_names(names),
            "excludelist": _texts(excludelist or []),
            "deletechars": None if deletechars is None else "".join(deletechars),
            "replace_space": replace_space or "",
            "autostrip": bool(autostrip),
            "case": _case(case_sensitive),
            "defaultfmt": defaultfmt,
            "usemask": bool(usemask),
            "loose": bool(loose),
            "invalid_raise": bool(invalid_raise),
            "max_rows": None if max_rows is None else not_negative(max_rows),
            "encoding": known_encoding(None if encoding == "bytes" else encoding),
            "texts_as_bytes": encoding == "bytes",
            "ndmin": not_negative(ndmin),
            "fortran": bool(fortran),
        }
        if given["max_rows"] is not None and (given["skip_footer"] or not given["max_rows"]):
            raise FallBackToNumPy
        if usecols is not None:
            width = {"delimiter": delimiter, "comments": comments, "autostrip": autostrip}
            fname, given["usecols"] = _usecols(usecols, fname, encoding, given, width)
        source, lines = source_of(fname, None if encoding == "bytes" else encoding)
        if given["skip_header"] and not isinstance(source, str):
            source = _with_empty_header(source, given["skip_header"])
        is_numpys = False
    except (FallBackToNumPy, TypeError):
        is_numpys = True
    if is_numpys:
        # Not in the handler above: what NumPy raises has nothing to do with how it was found that it is asked.
        if fortran:
            raise TypeError("fortran=True goes with what numio reads itself: no `like`, URLs or converters")
        with unpacked(fname) as path:
            return _original.genfromtxt(
                path, dtype, comments, delimiter, skip_header, skip_footer, converters, missing_values, filling_values, usecols,
                names, excludelist, deletechars, replace_space, autostrip, case_sensitive, defaultfmt, unpack, usemask, loose,
                invalid_raise, max_rows, encoding, ndmin=ndmin, like=like,
            )  # fmt: skip
    try:
        array, mask, heard = _numio.read_with_gaps(source, known, given, lines)
    except (FileNotFoundError, ValueError) as error:
        raise numpys(error, fname, given, chunks=False) from None
    for kind, said in heard:
        category = UserWarning
        if kind == "empty file":
            said = f'genfromtxt: Empty input file: "{visible(name)}"'
        elif kind == "invalid lines":
            category = _iotools.ConversionWarning
        elif kind == "overflow":
            category = RuntimeWarning
        elif kind == "texts as bytes":
            category = np.exceptions.VisibleDeprecationWarning
        warnings.warn(said, category, stacklevel=3)
    if mask is not None:
        array = array.view(np.ma.MaskedArray)
        array._mask = mask
    if not unpack:
        return array
    if array.dtype.names is None:
        return array.T
    if len(array.dtype.names) == 1:
        return array[array.dtype.names[0]]
    return [array[name] for name in array.dtype.names]


def _with_empty_header(lines, count):
    """The lines, of which the first `count` are empty: as in NumPy, what is skipped is not decoded."""
    # No generator of its own: one that ends early would close a file.
    return itertools.chain(("\n" for _ in itertools.islice(lines, count)), lines)


def _gen_dtype(dtype):
    """The dtype; a sequence of types has fields without names of its own."""
    try:
        dtype = np.dtype(dtype)
    except TypeError:
        try:
            formats = [np.dtype(one) for one in dtype]
        except TypeError:
            raise FallBackToNumPy from None
        dtype = np.dtype({"formats": formats, "names": [f"f{index}" for index in range(len(formats))]})
    known = known_dtype(dtype)
    if known.kind in "Mm" and np.datetime_data(known)[0] == "generic":
        raise FallBackToNumPy
    return known


def _text(value):
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("latin1")
    raise FallBackToNumPy


def _texts(values):
    if not all(isinstance(value, str) for value in values):
        raise FallBackToNumPy
    return list(values)


def _separator(delimiter):
    if delimiter is None or isinstance(delimiter, (str, bytes)):
        return _text(delimiter)
    try:
        return [not_negative(width) for width in delimiter]
    except TypeError:
        return not_negative(delimiter)


def _case(case_sensitive):
    if case_sensitive is None or case_sensitive is True:
        return "keep"
    if case_sensitive is False or isinstance(case_sensitive, str) and case_sensitive.startswith("u"):
        return "upper"
    if isinstance(case_sensitive, str) and case_sensitive.startswith("l"):
        return "lower"
    raise FallBackToNumPy


def _missing_values(values):
    given = {"missing_all": [], "missing_each": [], "missing_in": []}
    if isinstance(values, bytes):
        values = values.decode("latin1")
    values = values or ()
    if isinstance(values, dict):
        for key, texts in values.items():
            texts = [str(text) for text in (texts if isinstance(texts, (list, tuple)) else [texts])]
            if key is None:
                given["missing_all"] += texts
            else:
                given["missing_in"].append((_place(key), texts))
    elif isinstance(values, (list, tuple)):
        given["missing_each"] = [str(text) for text in values]
    elif isinstance(values, str):
        given["missing_all"] = values.split(",")
    else:
        given["missing_all"] = [str(values)]
    return given


def _filling_values(values):
    given = {"filling_all": None, "filling_each": [], "filling_in": []}
    if isinstance(values, dict):
        pairs = [(_place(key), _filling(value)) for key, value in values.items()]
        given["filling_in"] = [(place, value) for place, value in pairs if value is not None]
    elif isinstance(values, (list, tuple)):
        given["filling_each"] = [_filling(value) for value in values]
    elif values is not None:
        given["filling_all"] = _filling(values)
    return given


def _filling(value):
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, float, str)) or isinstance(value, int) and abs(value) < 2**63:
        return value
    raise FallBackToNumPy


def _place(key):
    if isinstance(key, str):
        return key
    try:
        return operator.index(key)
    except TypeError:
        raise FallBackToNumPy from None


def _usecols(usecols, fname, encoding, given, marks):
    """The file to read, of which a part may have been read, and the columns by numbers and names."""
    if isinstance(usecols, str):
        return fname, [column.strip() for column in usecols.split(",")]
    peeked = []

    def width():
        comments = [given["comments"]] if given["comments"] else []
        peeked.append(Peeked(fname, encoding, given["skip_header"] + given["names_first"], comments))
        return genfromtxt([peeked[-1].row], dtype=str, encoding=None, **marks).size if peeked[-1].row else 0

    columns = [_place(column) for column in without_slices(listed(usecols), functools.cache(width))]
    return (peeked[-1].source if peeked else fname), columns


def _names(names):
    given = {"names": None, "names_first": names is True, "usecols": None}
    if isinstance(names, str):
        given["names"] = [name.strip() for name in names.split(",")]
    elif names is not None and names is not True:
        if not names:
            raise FallBackToNumPy
        given["names"] = _texts(names)
    return given
