"""Classes that pickles of `test_trust.py` name."""

import collections
import enum

import numpy as np


class Plain:
    def __init__(self, x=None):
        self.x = x

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None

    class Inner:
        class Innermost(str):
            pass


class Slots:
    __slots__ = ("a", "b")


class State:
    def __getstate__(self):
        return ("kept", self.x)

    def __setstate__(self, state):
        self.state = state


class New:
    def __new__(cls, x, *, y):
        self = super().__new__(cls)
        self.args = (x, y)
        return self

    def __getnewargs_ex__(self):
        return (self.args[0],), {"y": self.args[1]}


class List(list):
    pass


class Dict(dict):
    pass


class Set(set):
    pass


class Int(int):
    pass


class Colour(enum.Enum):
    RED = 1
    BLUE = "blue"


class Named(enum.Enum):
    __reduce_ex__ = enum.pickle_by_enum_name if hasattr(enum, "pickle_by_enum_name") else enum.Enum.__reduce_ex__
    ONE = 1


Point = collections.namedtuple("Point", "x y")


class Array(np.ndarray):
    pass


def function(*args):
    return ("called", *args)


class Reduced:
    def __init__(self, *args):
        self.args = args

    def __reduce__(self):
        return function, self.args
