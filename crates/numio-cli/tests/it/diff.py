"""Compares what `numio diff` says of pairs of arrays with what numpy.testing says of them.

Arguments: the command, and a folder to write to.
"""

import json
import math
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

NUMIO, FOLDER = sys.argv[1], Path(sys.argv[2])


def numio(*arguments):
    done = subprocess.run([NUMIO, "diff", "--json", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done
    return done.returncode, json.loads(done.stdout)


def figure(message, name):
    found = re.search(rf"Max {name} difference among violations: (.*)", message)
    return None if found is None else found.group(1)


def numpy_says(a, b, *, rtol, atol, equal_nan):
    """The verdict, and the figures that NumPy prints."""
    try:
        with np.errstate(all="ignore"):
            if rtol or atol:
                np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)
            else:
                np.testing.assert_array_equal(a, b, strict=True)
        return True, ""
    except AssertionError as error:
        return False, str(error)


def number(text):
    return math.inf if text in ("inf",) else float(text)


def check(a, b, *, rtol=0.0, atol=0.0, equal_nan=True, figures=True):
    np.save(FOLDER / "a.npy", a)
    np.save(FOLDER / "b.npy", b)
    arguments = ["--rtol", rtol, "--atol", atol] + (["--equal-nan"] if equal_nan else [])
    code, said = numio(*arguments, FOLDER / "a.npy", FOLDER / "b.npy")
    known, message = numpy_says(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)
    where = (a.dtype, b.dtype, rtol, atol, message, said)
    assert (code == 0) == known and said["equal"] == known, where
    (pair,) = said["pairs"]
    counts = re.search(r"Mismatched elements: (\d+) / (\d+)", message)
    if counts and a.ndim:
        assert [pair["mismatches"], pair["elements"]] == [int(count) for count in counts.groups()], where
        positions = [tuple(first["index"]) for first in pair["first"]]
        known_positions = [tuple(json.loads(line)) for line in re.findall(r"^ (\[[\d, ]*\]): ", message, re.MULTILINE)]
        assert positions == known_positions, where
    if known or not figures:
        return
    (field,) = pair["fields"]
    for name, key in (("absolute", "max_absolute"), ("relative", "max_relative")):
        text = figure(message, name)
        if text is None:
            continue
        if field[key] is None:
            assert name == "relative" and text == "inf", where
            continue
        value = field[key]["value"]
        # NumPy prints eight decimals.
        precision = 1e-6 if a.dtype.itemsize > 2 else 2e-3
        assert math.isclose(float(value), number(text), rel_tol=precision, abs_tol=1e-8), (where, key)
        index = tuple(field[key]["index"])
        exact = abs(a[index] - b[index]) if name == "absolute" and a.dtype.kind in "fc" else None
        if exact is not None:
            assert math.isclose(float(exact), float(value), rel_tol=1e-2), (where, index)


random = np.random.default_rng(7)
for dtype in ("f2", "f4", "f8", ">f4", ">f8", "c8", "c16", ">c16"):
    kind = np.dtype(dtype).kind
    for shape in ((7,), (40, 30), (3, 1000, 70)):
        a = (random.random(shape) * 100).astype(dtype)
        if kind == "c":
            a = (a + 1j * random.random(shape)).astype(dtype)
        check(a, a)
        b = a.copy()
        places = random.integers(0, a.size, max(1, a.size // 50))
        b.flat[places] *= 1 + np.asarray(random.random(len(places)) / 100, dtype=a.real.dtype)
        for rtol, atol in ((0, 0), (1e-3, 0), (0, 0.25), (5e-3, 1e-3), (1e-2, 1)):
            check(a, b, rtol=rtol, atol=atol)
        check(np.asfortranarray(a), b, rtol=1e-3)
        check(np.asfortranarray(a), np.asfortranarray(b))
    # Just around the tolerance, calculated in the width of the dtype.
    a = np.linspace(1, 2, 500).astype(dtype)
    for factor in (0.999, 0.9999999, 1, 1.0000001, 1.001):
        for rtol in (1e-3, 1e-6, 0.1):
            check(a + np.asarray(a * rtol * factor, dtype=dtype), a, rtol=rtol, figures=False)

# Long doubles that doubles do not tell apart, and others that doubles do not reach.
for dtype in ("g", ">g", "G", ">G"):
    for scale in ("1", "1e-300", "1e308", "1e4000", "1e-4900"):
        base = (np.arange(1, 200, dtype="g") / 7 * np.longdouble(scale)).astype(dtype)
        for step in (1, 2**20):
            moved = base.copy()
            moved[::3] *= 1 + step * np.finfo("g").eps
            if base.dtype.kind == "c":
                moved[1::3] += 1j * base[1::3].real * step * np.finfo("g").eps
            for rtol, atol in ((0, 0), (3e-20, 0), (1e-17, 0), (1e-9, 0), (0, 1e-18)):
                figures = scale in ("1", "1e-300")
                check(base, moved, rtol=rtol, atol=atol, figures=figures)
                check(moved, base, rtol=rtol, atol=atol, figures=figures)
for dtype in ("?", "i1", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"):
    for other in ("G",) if np.dtype(dtype).kind == "c" else ("g", "G"):
        a = np.array([1, 0, 1, 2**62 + 1 if np.dtype(dtype).itemsize == 8 and np.dtype(dtype).kind in "iu" else 1]).astype(dtype)
        b = a.astype(other)
        b[3] *= 1 + 4 * np.finfo("g").eps
        for rtol in (1e-20, 1e-18, 1e-17, 1e-3):
            check(a, b, rtol=rtol, figures=False)
            check(b, a, rtol=rtol, figures=False)
            check(b[:3], a[:3], rtol=rtol, figures=False)

for kind in "iu":
    for size in (1, 2, 4, 8):
        dtype = np.dtype(f"{kind}{size}")
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
        a = random.integers(low, high, 500, dtype=dtype, endpoint=True)
        check(a, a)
        # NumPy's differences wrap around from half the range on.
        b = (a // 3 * 2 + 1).astype(dtype)
        check(a, b)
        for rtol, atol in ((0.1, 0), (0, 5), (0.5, 0.5)):
            check(a, b, rtol=rtol, atol=atol)
        extremes = np.array([low, high, high - 1, 0, 1], dtype)
        check(extremes, extremes)
        check(extremes, extremes[::-1].copy(), figures=False)
        check(np.array([high], dtype), np.array([high - 1], dtype))
        check(np.array([high], dtype), np.array([high - 1], dtype), rtol=1e-16)
        check(np.array([high], dtype), np.array([high - 1], dtype), atol=0.5)
        # Exactly, where NumPy's arithmetic would wrap around.
        np.save(FOLDER / "a.npy", np.array([low], dtype))
        np.save(FOLDER / "b.npy", np.array([high], dtype))
        _, said = numio(FOLDER / "a.npy", FOLDER / "b.npy")
        assert said["pairs"][0]["fields"][0]["max_absolute"]["value"] == int(high) - int(low)

special = np.array([1.0, np.nan, np.inf, -np.inf, 0.0, -0.0, np.nan])
for dtype in ("f2", "f4", "f8", "c16"):
    for other in (special, special[::-1], np.nan_to_num(special, posinf=np.inf, neginf=-np.inf), special * -1):
        for equal_nan in (True, False):
            for tolerances in ({}, {"rtol": 1e-3}, {"atol": 1.0}, {"atol": math.inf}):
                if not tolerances and not equal_nan:
                    continue
                check(special.astype(dtype), other.astype(dtype), equal_nan=equal_nan, figures=False, **tolerances)
# Infinities are in the same positions, whatever the tolerance.
for dtype in ("f2", "f4", "f8", ">f8", "g", "c16"):
    for one, two in (([np.inf, 1], [2, 1]), ([1, -np.inf], [1, 3]), ([1, 2], [1, np.inf]), ([1, 2], [3, 4]), ([np.inf], [np.inf])):
        check(np.array(one, dtype), np.array(two, dtype), atol=math.inf, figures=False)
np.save(FOLDER / "a.npy", special)
assert numio(FOLDER / "a.npy", FOLDER / "a.npy")[1]["pairs"][0]["mismatches"] == 2
assert numio(FOLDER / "a.npy", FOLDER / "a.npy")[1]["pairs"][0]["fields"][0]["nans"] == 2

# Mixed dtypes: equal within a tolerance, and different without one.
for one in ("?", "i1", "u2", "i4", "u8", "f2", "f4", "f8", "c8"):
    for two in ("i1", "i2", "i8", "f2", "f4", "f8", "c16"):
        a, b = np.array([0, 1, 1, 0]).astype(one), np.array([0, 1, 1, 1]).astype(two)
        check(a, b, rtol=1e-3, figures=False)
        check(a[:3], b[:3], rtol=1e-3, figures=False)
        check(a[:3], b[:3], figures=False)

texts = np.array(["one", "two", "", "größe"])
for a, b in (
    (texts, texts),
    (texts, np.array(["one", "Two", "", "größe"])),
    (texts.astype(">U9"), texts.astype(">U9")),
    (np.array([b"ab", b"c"]), np.array([b"ab", b"d"])),
    (np.array([True, False]), np.array([True, True])),
    (np.array(["2020-01-01", "NaT"], "M8[D]"), np.array(["2020-01-01", "NaT"], "M8[D]")),
    (np.array(["2020-01-01", "NaT"], "M8[D]"), np.array(["2020-01-03", "2020-01-01"], "M8[D]")),
    (np.array([1, 5], "m8[s]"), np.array([1, 4], "m8[s]")),
    (np.array([1, 2, 3]), np.array([1, 2])),
    (np.zeros((0, 3)), np.zeros((0, 3))),
    (np.float64(3), np.float64(3)),
    (np.float64(3), np.float64(4)),
    (np.array([(1, 2.5), (3, 4.5)], "i4,f8"), np.array([(1, 2.5), (3, 4.5)], "i4,f8")),
    (np.array([(1, 2.5), (3, 4.5)], "i4,f8"), np.array([(1, 2.5), (3, 4.75)], "i4,f8")),
    (np.array([1, "a", None, 2.5, [1, 2]], object), np.array([1, "a", None, 2.5, [1, 2]], object)),
    (np.array([1, "a", None], object), np.array([1.0, "b", None], object)),
    (np.array([2**70, True, {"a": 1, "b": 2}], object), np.array([2**70, 1, {"b": 2, "a": 1}], object)),
    (np.arange(3, dtype="i4"), np.arange(3, dtype="i8")),
    (np.arange(3), np.array(["0", "1", "2"])),
):
    check(np.asarray(a), np.asarray(b), figures=False)

fields = np.zeros(100, [("x", "f4"), ("in", [("y", "i8", (2, 2)), ("z", ">f8")])])
other = fields.copy()
other["in"]["y"][7, 1, 0] = 5
other["in"]["z"][[3, 7]] = -1.5
np.save(FOLDER / "a.npy", fields)
np.save(FOLDER / "b.npy", other)
code, said = numio(FOLDER / "a.npy", FOLDER / "b.npy")
(pair,) = said["pairs"]
assert (code, pair["mismatches"], pair["elements"]) == (1, 2, 100)
by_name = {field["name"]: field for field in pair["fields"]}
assert set(by_name) == {"x", "in.y", "in.z"} and by_name["x"]["mismatches"] == 0
assert by_name["in.y"]["max_absolute"] == {"value": 5, "index": [7]}
assert by_name["in.z"]["max_absolute"] == {"value": 1.5, "index": [3]} and by_name["in.z"]["mismatches"] == 2

# By the number of floats between them.
for dtype in ("f2", "f4", "f8"):
    a = np.array([1, -1, 1e-4, 0], dtype)
    b = a.copy()
    for _ in range(3):
        b = np.nextafter(b, np.asarray(10, dtype))
    np.save(FOLDER / "a.npy", a)
    np.save(FOLDER / "b.npy", b)
    for ulp in (1, 2, 3, 4):
        try:
            np.testing.assert_array_max_ulp(a, b, ulp)
            known = 0
        except AssertionError:
            known = 1
        assert numio("--ulp", ulp, FOLDER / "a.npy", FOLDER / "b.npy")[0] == known, (dtype, ulp)

# Python's objects, by `==`; what holds itself, which Python compares for ever, is equal to what holds itself in the same places.
def nested(inner, depth):
    for _ in range(depth):
        outer = np.empty(1, object)
        outer[0] = inner
        inner = outer
    return inner


def objects(*values):
    for name, value in zip("ab", values, strict=True):
        (FOLDER / f"{name}.pkl").write_bytes(pickle.dumps(value, 4))
    return numio(FOLDER / "a.pkl", FOLDER / "b.pkl")[0]


def itself(count, *others):
    value = []
    value.extend([value] * count)
    value.extend(others)
    return value


shared = (1.5, "text")
records = np.zeros(2, [("x", "f8"), ("o", "O")])
for a, b in [
    ([1, [2, {"k": 3}]], [1, [2, {"k": 3}]]),
    ([1, [2, {"k": 3}]], [1, [2, {"k": 4}]]),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ([shared] * 5, [(1.5, "text") for _ in range(5)]),
    ([shared] * 5, [shared] * 4 + [(1.5, "other")]),
    ([(1,)] + [shared] * 3, [(1,)] + [shared] * 2 + [(2.5, "text")]),
    (["a", "b"] * 3, ["a", "b"] * 3),
    ([np.arange(3)] * 2, [np.arange(3), np.arange(3)]),
]:
    known = a == b if not isinstance(a[0] if isinstance(a, list) else a, np.ndarray) else True
    assert objects(a, b) == (not known), (a, b)
for a, b, known in [
    (nested(7, 100), nested(7, 100), 0),
    (nested(7, 100), nested(8, 100), 1),
    (nested(7, 100), nested(7, 101), 1),
    ([records, records], [records, records.copy()], 0),
    ([records], [records[:1]], 1),
    (itself(3), itself(3), 0),
    (itself(3, 1), itself(3, 2), 1),
    (itself(3), itself(2), 1),
]:
    assert objects(a, b) == known, (a, b)
# The order of elements that differ matters to none that follow.
a, b = np.empty(4, object), np.empty(4, object)
a[:] = [shared, [shared, 1], [shared, 1], shared]
b[:] = [shared, [(1.5, "text"), 2], [(1.5, "text"), 1], (1.5, "other")]
np.save(FOLDER / "a.npy", a)
np.save(FOLDER / "b.npy", b)
code, said = numio(FOLDER / "a.npy", FOLDER / "b.npy")
assert (code, said["pairs"][0]["mismatches"]) == (1, sum(x != y for x, y in zip(a, b, strict=True)))
