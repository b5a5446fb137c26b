"""Writes pickles N.pkl and the JSON N.json of their values, by the table in the documentation of Object::to_json."""

import collections
import datetime
import decimal
import fractions
import json
import pathlib
import pickle
import sys
import uuid

import corpus


def plain(value):
    """The value in types that Python's json knows, which writes them as numio does."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        special = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
        return special.get(repr(value), value)
    if isinstance(value, complex):
        return [plain(value.real), plain(value.imag)]
    if isinstance(value, dict):
        return {key(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, collections.deque)):
        return [plain(item) for item in value]
    if isinstance(value, (bytes, bytearray)):
        return value.decode("latin1")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (decimal.Decimal, fractions.Fraction, uuid.UUID)):
        return str(value)
    if isinstance(value, pathlib.PurePath):
        return value.as_posix()
    return repr(value)


def key(name):
    return name if isinstance(name, (str, bool, int, float, type(None))) else repr(name)


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    count = 0
    for place, _, data in corpus.pickles(corpus.CLEAR, [0, 2, 4, 5]):
        try:
            text = json.dumps(plain(pickle.loads(data)), ensure_ascii=False, separators=(",", ":"))
        except RecursionError:
            text = "the value contains itself"
        if any(0xD800 <= ord(c) < 0xE000 for c in text):
            text = json.dumps(plain(pickle.loads(data)), separators=(",", ":"))
        (target / f"{count}.pkl").write_bytes(data)
        (target / f"{count}.json").write_text(text, "utf-8", newline="")
        count += 1
    print(count)
