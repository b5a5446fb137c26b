"""Values of every type that pickles carry, and their pickles: each protocol, by the C and by the Python pickler."""

import collections
import datetime as dt
import decimal
import enum
import fractions
import io
import pathlib
import pickle
import re
import uuid


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a, self.b = 1, [2]


class WithNew(tuple):
    def __new__(cls, a, *, b):
        return super().__new__(cls, (a, b))

    def __getnewargs_ex__(self):
        return (self[0],), {"b": self[1]}


class Titled(dict):
    pass


class Listed(list):
    pass


class Colour(enum.Enum):
    RED = 1


def cyclic_list():
    value = [1]
    value.append(value)
    return value


def cyclic_dict():
    value = {"a": []}
    value["a"].append(value)
    return value


def cyclic_tuple():
    value = ([],)
    value[0].append(value)
    return value


def shared():
    inner, text = [1], "shared text"
    return [inner, inner, text, text, (inner,), (inner,)]


def attributes(value, **given):
    value.__dict__.update(given)
    return value


SCALARS = [
    None, True, False,
    0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, -2**31, 2**31, 2**63 - 1, -2**63, 2**64, -2**200, 10**300,
    0.0, -0.0, 1.5, 1e16, 1e-5, 5e-324, float("inf"), float("-inf"), float("nan"), 0.1,
    1j, 1.5 - 2j, complex(float("nan"), -0.0),
    "", "a", "it's", '"', "'\"", "tab\t nl\n cr\r nul\0 bs\\ \x1a", "é", "€", "\U0001f600", "\ud800", "a\udfffb",
    "\u2028\xad\x7f\x80\xa0", "x" * 300, "é" * 70000,
    b"", b"a", b"it's", bytes(range(256)), b"x" * 300, b"\xff" * 70000,
    bytearray(), bytearray(b"abc\xff"), bytearray(b"'" * 300),
    Ellipsis, NotImplemented,
]

CONTAINERS = [
    (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((), ((),)),
    [], [1], [1, 2], [[]], list(range(2500)), [[] for _ in range(2100)], [str(n) for n in range(1500)],
    {}, {"a": 1}, {"a": 1, 2: [3]}, {n: str(n) for n in range(2500)}, {(1, 2): {}, None: True, 1.5: b""},
    set(), {1}, frozenset(), frozenset([1]), {None}, {(1, 2)},
    range(5), range(-3, 100, 7), slice(None), slice(1, None, -2),
    cyclic_list(), cyclic_dict(), cyclic_tuple(), shared(),
    [{"id": n, "name": f"name {n}", "v": [n / 3, n]} for n in range(50)],
]

STANDARD = [
    dt.date(2020, 1, 31), dt.date.min, dt.date.max,
    dt.time(1, 2), dt.time(1, 2, 3), dt.time(1, 2, 3, 400), dt.time(1, 2, fold=1),
    dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 1, 1, 2, 3, 456789), dt.datetime(2020, 12, 31, 1, 2, fold=1),
    dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc), dt.time(1, tzinfo=dt.timezone(dt.timedelta(hours=-3))),
    dt.timedelta(0), dt.timedelta(1), dt.timedelta(-1, 5, 7), dt.timedelta(seconds=1), dt.timedelta(microseconds=-1),
    dt.timezone.utc, dt.timezone(dt.timedelta(minutes=90)), dt.timezone(dt.timedelta(hours=1), "CET"),
    decimal.Decimal("1.50"), decimal.Decimal("-Infinity"), decimal.Decimal("NaN"), decimal.Decimal("1E+400"),
    fractions.Fraction(1, 3), fractions.Fraction(-7),
    uuid.UUID("12345678-1234-5678-1234-567812345678"), uuid.UUID(int=0),
    collections.OrderedDict(), collections.OrderedDict([("b", 1), ("a", [2])]),
    collections.defaultdict(list, {"a": [1]}), collections.defaultdict(None, {1: 2}), collections.defaultdict(int),
    collections.Counter(), collections.Counter("abca"),
    collections.deque(), collections.deque([1, 2]), collections.deque([1, 2, 3], maxlen=3),
    collections.deque(maxlen=0),
    pathlib.PurePosixPath("/a/b"), pathlib.PurePosixPath("."), pathlib.PureWindowsPath("c:/x/y"),
]

# No one but Python can say how these print.
OPAQUE = [
    object(), Plain(a=1, b=[2]), Plain(), Slotted(), WithNew(1, b=2), Titled(a=1), attributes(Titled(b=2), x=3),
    Listed([1, 2]), Colour.RED, [Colour.RED, Colour.RED], attributes(Listed(), me=1),
    len, print, dict.fromkeys, int, type(None), Plain, ValueError("no"), OSError(2, "gone"), KeyError,
    attributes(collections.OrderedDict(a=1), extra=5), dt.timezone, collections.Counter,
    memoryview, re.compile("a+"),
]

CLEAR = SCALARS + CONTAINERS + STANDARD


def python_dumps(value, protocol, **options):
    out = io.BytesIO()
    pickle._Pickler(out, protocol, **options).dump(value)
    return out.getvalue()


def pickles(values, protocols=range(6)):
    """Every distinct pickle of each value: protocols, and both picklers, with the place of the value."""
    for place, value in enumerate(values):
        seen = set()
        for protocol in protocols:
            for dumps in pickle.dumps, python_dumps:
                try:
                    data = dumps(value, protocol)
                except (pickle.PicklingError, TypeError, RecursionError, UnicodeEncodeError):
                    continue
                if data not in seen:
                    seen.add(data)
                    yield place, protocol, data
