"""Compares what `numio stats` says with NumPy.

Arguments: the command, and a folder to write to.
"""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np

NUMIO, FOLDER = sys.argv[1], Path(sys.argv[2])
QUANTILES = [0.0, 0.1, 0.25, 0.5, 0.999, 1.0]


def stats(array, *options):
    np.save(FOLDER / "a.npy", array)
    command = [NUMIO, "stats", "--json", "--quantiles", ",".join(map(str, QUANTILES)), *options, FOLDER / "a.npy"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done
    (said,) = json.loads(done.stdout)
    assert said["shape"] == list(array.shape) and said["elements"] == array.size
    return said


def close(found, known, tolerance=1e-12, scale=0.0):
    if isinstance(found, str):
        found = float(found.replace("Infinity", "inf"))
    known = float(known)
    if math.isnan(known) or math.isinf(known):
        assert str(found) == str(known), (found, known)
    else:
        assert math.isclose(found, known, rel_tol=tolerance, abs_tol=tolerance * scale), (found, known)


def check(array):
    (field,) = stats(array)["fields"]
    flat = array.ravel()
    wide = flat.astype("f8") if array.dtype.kind == "f" else flat
    numbers = wide[~np.isnan(wide)] if array.dtype.kind == "f" else wide
    assert field["kind"] == "numbers" and field["count"] == flat.size
    assert field["nan"] == flat.size - numbers.size
    assert field["inf"] == (np.isinf(numbers).sum() if array.dtype.kind == "f" else 0)
    assert field["zero"] == (numbers == 0).sum()
    if numbers.size == 0:
        assert field["min"] is None and field["mean"] is None and field["median"] is None
        return
    with np.errstate(all="ignore"):
        for name, where in (("min", np.nanargmin), ("max", np.nanargmax)):
            at = np.unravel_index(where(array), array.shape)
            assert field[name]["index"] == list(map(int, at)), (array.dtype, name, field[name], at)
            value = array[at]
            if array.dtype.kind == "f":
                close(field[name]["value"], value)
            else:
                assert field[name]["value"] == value.item(), (field[name], value)
        scale = float(np.abs(numbers.astype("f8")).max())
        close(field["mean"], np.nanmean(wide, dtype="f8"), scale=scale)
        close(field["std"], np.nanstd(wide, dtype="f8"), scale=scale, tolerance=1e-9)
        for found, quantile in zip(field["quantiles"], QUANTILES, strict=True):
            assert found["quantile"] == quantile
            if np.isfinite(numbers.astype("f8")).all():
                close(found["value"], np.quantile(numbers.astype("f8"), quantile), scale=scale, tolerance=1e-13)
        if np.isfinite(numbers.astype("f8")).all():
            close(field["median"], np.median(numbers.astype("f8")), scale=scale)
    if array.dtype.itemsize <= 2:
        assert field["unique"] == np.unique(numbers).size
    else:
        assert field["unique"] is None
    finite = numbers[np.isfinite(numbers.astype("f8"))]
    if finite.size == 0:
        assert field["histogram"] is None
        return
    try:
        counts, edges = np.histogram(finite.astype("f8"), 20)
    except ValueError:
        # Too close to one another.
        assert field["histogram"] is None
        return
    assert np.allclose(field["histogram"]["edges"], edges)
    assert sum(field["histogram"]["counts"]) == finite.size
    # An element on an edge may be on either side where the edge is rounded otherwise.
    assert np.abs(np.array(field["histogram"]["counts"]) - counts).sum() <= 4, (array.dtype, counts)


random = np.random.default_rng(11)
for dtype in ("?", "i1", "u1", "i2", ">u2", "i4", "u4", "i8", "u8", ">i8", "f2", "f4", "f8", ">f8", "g"):
    kind = np.dtype(dtype).kind
    for shape in ((1,), (10,), (1000, 7), (3, 5, 2000), (200_000,)):
        if kind in "iu":
            limits = np.iinfo(dtype)
            array = random.integers(limits.min, limits.max, shape, np.dtype(dtype).newbyteorder("="), endpoint=True).astype(dtype)
        elif kind == "b":
            array = random.random(shape) < 0.3
        else:
            array = (random.standard_normal(shape) * 5).astype(dtype)
        check(array)
        check(np.asfortranarray(array))
    if kind in "iu":
        check(np.array([np.iinfo(dtype).max, np.iinfo(dtype).min, np.iinfo(dtype).max], dtype))
        check(np.full(70_000, np.iinfo(dtype).max, dtype))
check(np.zeros((0, 3)))
check(np.array(7.5))
check(np.full(5, np.nan))
check(np.array([1.0, np.nan, np.inf, 0.0, -0.0, 2.5]))
check(np.array([np.inf, -np.inf, 1.0]))
check(np.array([-np.inf, np.nan]))
check(np.zeros(100_000))
check(np.full(100_000, 0.1))
# Quantiles next to infinities, of few and of many.
for values in ([np.inf, -0.75, 0.0], [0.0, 1.0, np.inf, np.inf], [-np.inf, 3.0, 5.0, 7.0], [-np.inf, np.inf], [-1e308, 1e308], [-np.inf] * 3):
    for dtype, count in (("f2", 1), ("f4", 1), ("f8", 1), ("f8", 50_001)):
        array = np.sort(np.tile(np.array(values), count)).astype(dtype)
        wide = array.astype("f8")
        (field,) = stats(array)["fields"]
        (along,) = stats(array, "--axis=0")["fields"]
        with np.errstate(all="ignore"):
            for found in (field, along):
                close(found["median"], np.median(wide) if np.isinf(wide).any() else 0.0)
        close(field["quantiles"][0]["value"], wide[0])
        close(field["quantiles"][-1]["value"], wide[-1])
# Ties in either memory order: the first in C order is named.
check(np.asfortranarray(random.integers(0, 3, (300, 500)).astype("f8")))
# More than are kept to be sorted, alike in their first digits.
check(1e6 + random.random(5_000_000))
# Sums of large and small numbers.
check(np.concatenate([[1e16], np.ones(1000), [-1e16]]))
check(1e9 + random.random(100_000))

# Along an axis.
for shape in ((4, 5), (1000, 3), (3, 1000), (5, 6, 70), (2, 40_000)):
    for order in "CF":
        array = np.asarray(random.standard_normal(shape), order=order)
        array[0, 1] = np.nan
        for axis in range(len(shape)):
            for said_axis in (axis, axis - len(shape)):
                said = stats(array, f"--axis={said_axis}")
                assert said["axis"] == axis
                (field,) = said["fields"]
                for name, function in (("min", np.nanmin), ("max", np.nanmax), ("mean", np.nanmean), ("std", np.nanstd),
                                       ("median", np.nanmedian)):  # fmt: skip
                    with np.errstate(all="ignore"):
                        import warnings

                        with warnings.catch_warnings():
                            warnings.simplefilter("ignore")
                            known = function(array, axis=axis)
                    found = np.array(field[name], "f8") if "NaN" not in json.dumps(field[name]) else None
                    if found is not None:
                        assert np.allclose(found, known, rtol=1e-12, atol=1e-13), (shape, axis, name)
                        assert found.shape == known.shape
                assert np.array_equal(field["nan"], np.isnan(array).sum(axis))

# Records, texts, times, complex numbers, objects.
records = np.zeros(50, [("x", "f4"), ("in", [("y", "i8", (2,)), ("s", "U4")]), ("t", "M8[D]")])
records["x"] = random.random(50)
records["in"]["y"] = random.integers(-9, 9, (50, 2))
records["in"]["s"] = random.choice(["a", "bb", "", "größ"], 50)
records["t"] = np.datetime64("2020-01-01") + random.integers(0, 99, 50)
records["t"][3] = "NaT"
fields = {field["name"]: field for field in stats(records)["fields"]}
assert list(fields) == ["x", "in.y", "in.s", "t"]
close(fields["x"]["mean"], records["x"].astype("f8").mean())
assert fields["in.y"]["count"] == 100 and fields["in.y"]["max"]["value"] == records["in"]["y"].max()
texts = records["in"]["s"]
assert fields["in.s"]["kind"] == "texts" and fields["in.s"]["unique"] == np.unique(texts).size
assert fields["in.s"]["empty"] == (texts == "").sum() and fields["in.s"]["longest"] == 4
assert fields["in.s"]["max"] == {"value": max(texts.tolist()), "index": [texts.tolist().index(max(texts.tolist()))]}
times = records["t"]
assert fields["t"]["kind"] == "times" and fields["t"]["nan"] == 1
assert fields["t"]["min"]["value"] == str(times[~np.isnat(times)].min())
# Where numpy.nanargmax names the NaT.
latest = int(np.flatnonzero(times == np.nanmax(times))[0])
assert fields["t"]["max"] == {"value": str(times[latest]), "index": [latest]}
(field,) = stats(np.array([1 + 2j, np.nan, 3 - 1j, 1 - 5j, np.inf, 0]))["fields"]
assert (field["nan"], field["inf"], field["zero"]) == (1, 1, 1)
z = random.standard_normal(5000) + 1j * random.standard_normal(5000)
(field,) = stats(z)["fields"]
close(field["mean"][0], z.mean().real, 1e-11)
close(field["std"], z.std())
assert field["min"]["value"] == [z.min().real, z.min().imag] and field["max"]["index"] == [int(z.argmax())]
np.save(FOLDER / "o.npy", np.array([1, "a", None, "b"], object), allow_pickle=True)
done = subprocess.run([NUMIO, "stats", "--json", FOLDER / "o.npy"], capture_output=True, text=True, check=True)
(field,) = json.loads(done.stdout)[0]["fields"]
assert field["types"][0] == {"type": "str", "count": 2} and field["count"] == 4


def printed(name):
    return subprocess.run([NUMIO, "stats", FOLDER / name], capture_output=True, text=True, check=True).stdout


# Types by their names in Python, which for NumPy's arrays and scalars are not those of the calls in the pickle.
objects = [
    np.arange(3), np.zeros((2, 2), "U3"), np.ma.array([1, 2], mask=[0, 1]), np.float64(1), np.int8(2), np.True_, np.str_("a"), np.bytes_(b"a"),
    np.datetime64(3, "D"), np.timedelta64(4, "s"), np.float32(1), np.float64(2), np.void(b"ab"), np.longdouble(1), np.complex64(1), np.dtype("f8"),
    1, None, "x", {}, np.zeros(1, [("a", "i4")])[0], np.rec.array([(1,)], dtype=[("a", "i4")]),
]  # fmt: skip
array = np.empty(len(objects), object)
array[:] = objects
np.save(FOLDER / "o.npy", array, allow_pickle=True)
known = {}
for value in objects:
    kind = type(value)
    name = kind.__name__ if kind.__module__ == "builtins" else f"numpy.{kind.__name__}"
    name = {"NoneType": "None", "numpy.Float64DType": "numpy.dtype"}.get(name, name)
    known[name] = known.get(name, 0) + 1
done = subprocess.run([NUMIO, "stats", "--json", FOLDER / "o.npy"], capture_output=True, text=True, check=True)
(field,) = json.loads(done.stdout)[0]["fields"]
found = {}
for one in field["types"]:
    name = one["type"]
    # By whichever module they are pickled.
    name = "numpy." + name.rpartition(".")[2] if name.startswith("numpy.") else name
    found[name] = found.get(name, 0) + one["count"]
assert found == known, (field, known)

# A text within a subarray, and bytes without the name of their type.
for dtype in ("S2", "U2", ">U2"):
    subs = np.zeros(3, [("s", dtype, (2, 2))])
    subs["s"] = np.array(["b", "c", "a", "zz"], dtype).reshape(2, 2)
    least, most = (repr(b"a"), repr(b"zz")) if dtype == "S2" else ("a", "zz")
    np.save(FOLDER / "s.npy", subs)
    lines = [line.split() for line in printed("s.npy").splitlines()]
    assert ["min", least, "at", "[0]"] in lines and ["max", most, "at", "[0]"] in lines, lines
    (field,) = stats(subs)["fields"]
    assert [field[end]["value"] for end in ("min", "max")] == ["a", "zz"], field

# The spread of times is told with its unit.
for dtype, unit, step in (("M8[D]", "days", 1), ("m8[25s]", "seconds", 25), ("M8[ns]", "nanoseconds", 1), ("m8", "generic time units", 1)):
    times = np.array([1, 2, 3, 9], "i8").astype(dtype)
    np.save(FOLDER / "t.npy", times)
    (line,) = (line.split(None, 2) for line in printed("t.npy").splitlines() if line.startswith("  std"))
    close(float(line[1]), np.std([1, 2, 3, 9]) * step)
    assert line[2] == unit

# The spread of times does not depend on where a NaT is: beside it all others are alike.
for dtype in ("M8[ns]", "m8[s]", ">M8[us]"):
    for place in (0, 5, 99):
        ticks = 1_700_000_000_000_000_000 + random.integers(0, 1000, 100)
        times = ticks.astype("i8").astype(dtype)
        times[place] = "NaT"
        (field,) = stats(times)["fields"]
        known = np.delete(ticks, place) - ticks.min()
        close(field["std"], known.std())
(field,) = stats(np.array(["NaT", "NaT"], "M8[s]"))["fields"]
assert field["nan"] == 2 and field["std"] is None
first = np.full(3_000_000, "NaT", "M8[ns]")
first[-2:] = np.array([1_700_000_000_000_000_000, 1_700_000_000_000_000_010], "M8[ns]")
(field,) = stats(first)["fields"]
close(field["std"], 5.0)
