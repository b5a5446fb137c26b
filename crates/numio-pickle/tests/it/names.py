"""Prints CPython's renames as JSON: `to3` from Python 2's names to Python 3's, `to2` back, as its unpickler and its pickler
go by them, with names that neither renames."""

import json
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING, REVERSE_IMPORT_MAPPING, REVERSE_NAME_MAPPING

OTHERS = [("os", "getcwd"), ("numpy", "ndarray"), ("builtins", "nothing"), ("a.b", "c")]


def renamed(names, modules):
    """Every pair that one of the tables has, and pairs of each module that they have with another name."""
    pairs = {*names, *OTHERS}
    pairs |= {(module, "another") for module in modules} | {(module, "another") for module, _ in names}
    return [[pair, names.get(pair) or (modules.get(pair[0], pair[0]), pair[1])] for pair in sorted(pairs)]


print(json.dumps({
    "to3": renamed(NAME_MAPPING, IMPORT_MAPPING),
    "to2": renamed(REVERSE_NAME_MAPPING, REVERSE_IMPORT_MAPPING),
}))
