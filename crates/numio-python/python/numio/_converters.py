"""Fields of a text that only Python can convert: values of converters, objects, raw bytes.

The library reads the text, and hands such fields to Python one by one. NumPy writes each value into an array of one
element of the column's dtype, whose bytes go back to the library. Objects are gathered in a list: the library's array
holds their indexes in that list, which `FieldConverters.finish` replaces with the objects.
"""

import math
import operator

import numpy as np

from ._text import FallBackToNumPy, is_known

# Numbers that the library reads on every system.
_NUMBERS = frozenset("?bBhHiIlLqQefdFD")

# Dtypes that NumPy finds from the values: it reads objects, and casts them.
_OPEN = {np.dtype("S"), np.dtype("U"), np.dtype("M8")}


class FieldConverters:
    """The converters for the fields of one text."""

    def __init__(self, dtype, converters, takes_bytes):
        self._cast = dtype if dtype in _OPEN else None
        self._dtype = np.dtype(object) if self._cast is not None else dtype
        self._objects = []
        self.read = _without_objects(self._dtype)
        single, columns = _functions(converters)
        self.given = {
            "all": single,
            "columns": columns,
            "takes_bytes": takes_bytes,
            "makes_bytes": self._cast is not None and self._cast.kind == "S",
            "cells": [_cell(dtype) for dtype in _leaves(self._dtype)],
            "objects": self._objects,
        }

    def finish(self, array):
        """The final array, from the one that the library has built."""
        if self._dtype.hasobject:
            objects = np.fromiter(self._objects, object, len(self._objects))
            if self._dtype.names is None and objects.size == array.size:
                array = objects.reshape(array.shape)  # They have come in order.
            else:
                numbers, array = array, np.zeros(array.shape, self._dtype)
                _put(objects, numbers, array)
        return array if self._cast is None else array.astype(self._cast)


def field_converters(dtype, converters, takes_bytes):
    """The converters of fields; None if the library reads all of them."""
    if converters is None and dtype.char in _NUMBERS:
        return None
    leaves = list(_leaves(dtype))
    if dtype.subdtype is not None or not leaves or not dtype.itemsize and dtype not in _OPEN and dtype.kind != "V":
        raise FallBackToNumPy
    if not all(leaf.kind in "OV" or is_known(leaf) for leaf in leaves):
        raise FallBackToNumPy
    if converters is None:
        if any(leaf.kind == "O" for leaf in leaves):
            raise FallBackToNumPy  # NumPy is faster at making nothing but Python objects.
        if not any(leaf.kind == "V" for leaf in leaves):
            return None
    return FieldConverters(dtype, converters, takes_bytes)


def _functions(converters):
    """The function for all columns, and those for single ones. Arguments that NumPy refuses are left to it."""
    if converters is None or callable(converters):
        return converters, []
    if not isinstance(converters, dict) or not all(callable(function) for function in converters.values()):
        raise FallBackToNumPy
    columns = [(operator.index(column), function) for column, function in converters.items()]
    if any(abs(column) >= 1 << 62 for column, _ in columns):
        raise FallBackToNumPy
    return None, columns


def _leaves(dtype):
    """The dtypes of the values of one element, in order."""
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        for _ in range(math.prod(shape)):
            yield from _leaves(base)
    elif dtype.names is not None:
        for name in dtype.names:
            yield from _leaves(dtype.fields[name][0])
    else:
        yield dtype


def _cell(dtype):
    if dtype.hasobject:
        return None
    element = np.zeros(1, dtype)
    return {
        "element": element,
        "bytes": element.view("u1") if dtype.itemsize else np.zeros(0, "u1"),
        "is_read": dtype.kind != "V",
        "code": "U" if dtype.kind == "U" else {np.dtype("f8"): "d", np.dtype("i8"): "l"}.get(dtype),
    }


def _without_objects(dtype):
    """The dtype with list indexes in place of objects."""
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return np.dtype((_without_objects(base), shape))
    if dtype.names is not None:
        formats = [_without_objects(dtype.fields[name][0]) for name in dtype.names]
        offsets = [dtype.fields[name][1] for name in dtype.names]
        return np.dtype({"names": dtype.names, "formats": formats, "offsets": offsets, "itemsize": dtype.itemsize})
    return np.dtype("u8") if dtype.hasobject else dtype


def _put(objects, numbers, array):
    """Fills `array` with `numbers`, and object fields with the objects at those indexes."""
    if array.dtype.names is not None:
        for name in array.dtype.names:
            _put(objects, numbers[name], array[name])
    elif array.dtype.hasobject:
        array[...] = objects.take(numbers.reshape(-1).view("i8")).reshape(numbers.shape)
    else:
        array[...] = numbers
