"""Prints what `numpy.loadtxt` makes of texts with objects in the dtype: dtype, text, and the array's `repr`."""

import json

import numpy as np

CASES = [
    ("O", "1 abc\né 'x'\n"),
    ("O", ""),
    ("O", "a"),
    ("O", "a b c"),
    ("i4,O", "1 abc\n2 é\n"),
    ("O,f8,O", "a 1 b\nc 2 a\n"),
    ("U2,(2,)O,i1", "ab c d 1\nef g h 2\n"),
]

for dtype, text in CASES:
    array = np.loadtxt(text.splitlines(), dtype=dtype)
    print(json.dumps([dtype, text, repr(array)]))
