"""Pickles as Python 2 writes them, as JSON: `hex`, and under each encoding the `repr` of what Python 3 loads, or null where it
fails."""

import datetime as dt
import json
import pickle
import struct


def short(data):
    return b"U" + bytes([len(data)]) + data


def stamp(value):
    """The bytes in which a date or time pickles itself."""
    return value.__reduce_ex__(2)[1][0]


def called(module, name, *args):
    return b"c%s\n%s\n(%stR" % (module.encode(), name.encode(), b"".join(args))


FORMS = [
    b"S'text'", b"S'it\\'s \\x41\\n'", b"S'\\xe9'", short(b"text"), short(b"\xff\x00"), b"T" + struct.pack("<i", 3) + b"a\xe9b",
    b"V\\u20ac",
]
STRINGS = [form + (b"\n" if form[:1] in b"SV" else b"") for form in FORMS]
DATES = [dt.date(2020, 1, 31), dt.date(2001, 2, 3), dt.datetime(2020, 1, 1, 2, 3, 4, 5), dt.datetime(1970, 1, 1), dt.time(1, 2, 3)]

BODIES = [
    *STRINGS,
    b"(lp0\n" + b"".join(string + b"a" for string in STRINGS[:2]),
    b"}" + short(b"key") + b"K\x01s",
    b"}" + short(b"k\xe9y") + short(b"v") + b"s",
    *(called("datetime", type(value).__name__, short(stamp(value))) for value in DATES),
    called("datetime", "timedelta", b"I1\n", b"I2\n", b"I3\n"),
    b"ccopy_reg\n_reconstructor\n(c__builtin__\nobject\nc__builtin__\nobject\nNtR",
    called("__builtin__", "xrange", b"I0\n", b"I10\n", b"I2\n"),
    called("__builtin__", "set", b"(lI1\na"),
    called("__builtin__", "complex", b"F1.0\n", b"F-2.0\n"),
    called("__builtin__", "bytearray", b"Va\\u00e9\n", short(b"latin-1")),
    called("decimal", "Decimal", short(b"1.50")),
    called("collections", "OrderedDict", b"(l(l" + short(b"a") + b"aI1\naa"),
    called("collections", "deque", b"(lI1\naI2\na"),
    called("fractions", "Fraction", short(b"1/3")),
    b"L12345678901234567890L\n", b"I01\n", b"F1.5\n", b"c__builtin__\nNotImplemented\n", b"c__builtin__\nEllipsis\n",
]

cases = []
for body in BODIES:
    for data in (body + b".", b"\x80\x02" + body + b"."):
        found = {"hex": data.hex()}
        for encoding in ("ASCII", "latin1", "bytes"):
            try:
                value = pickle.loads(data, encoding=encoding)
                found[encoding] = "<object object>" if type(value) is object else repr(value)
            except UnicodeDecodeError:
                found[encoding] = None
            except (TypeError, ValueError, AttributeError):
                # What Python 3 makes of it is no value.
                found[encoding] = ""
        cases.append(found)
print(json.dumps(cases))
