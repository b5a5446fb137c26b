"""Casts every dtype to every other by `same_kind`, and some by `unsafe`, and prints what came of it."""
import json
import random
import warnings

import numpy as np

warnings.simplefilter("ignore")
rng = random.Random(754)


def dtype_of(text):
    return np.dtype(eval(text) if text.startswith("[") else text)


numbers = ["?", "i1", "u1", "<i2", ">i2", "<u2", ">u2", "<i4", ">i4", "<u4", ">u4", "<i8", ">i8", "<u8", ">u8",
           "<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "<f16", ">f16", "<c8", ">c8", "<c16", ">c16", "<c32", ">c32"]
texts = ["S", "S1", "S3", "S40", "U", "<U1", ">U3", "<U40", ">U40", "V", "V3", "V8", "V40"]
times = ["M8", "<M8[s]", ">M8[s]", "M8[Y]", "M8[25D]", "m8", "<m8[s]", ">m8[ns]", "m8[Y]", "m8[M]", "m8[7D]"]
records = ["i4,i4", "i8,>f4", "f8,c16", "f4,", "(2,)i4", "(2,)f8", "(3,)f4", "(2,2)i4", "i4,(2,)f4", "i8,(2,)f8",
           "i4,(2,3)f4", "i2,i2", "S3,U2", "U3,U", "i4,V2",
           "[('a', 'i2'), ('b', [('x', 'i2'), ('y', '>f4', (2,))])]", "[('b', '>i8'), ('a', [('y', 'f8'), ('x', 'f4', (2,))])]",
           "[('p', 'u1'), ('q', [('x', 'u1'), ('y', 'f2')])]", "[('t', 'M8[s]'), ('u', 'm8')]", "[('t', 'M8[ms]'), ('u', 'm8[s]')]",
           "[('t', 'M8'), ('u', 'm8')]"]
every = numbers + texts + times + records + ["O"]

rules = ["no", "equiv", "safe", "same_kind", "unsafe"]


def strictest(source, target):
    """The strictest rule that allows the cast."""
    return next((rule for rule in rules if np.can_cast(dtype_of(source), dtype_of(target), rule)), None)


more = [">U3", ">U", "m8[W]", "m8[25D]", "m8[10D]", "M8[W]", "M8[7D]", "M8[5M]", "M8[3M]", "M8[as]", "M8[D]", "M8[fs]", "M8[2h]", "m8[5M]",
        "M8[30s]", "m8[90m]", "m8[as]", ">m8", "(2,)?", "(2,)>i4", "(2,)S3", "O,O", "[('x', 'i4'), ('y', 'i4')]", "[('a', 'i4')]",
        "[(('t', 'a'), 'i4')]", "[('a', 'S3')]", "[('a', 'V8')]", ">i4,>i4", "i4,>i4", "V12", "V11", "[('a', 'i4', (2,))]"]
for source in every + more:
    for target in every + more:
        print(json.dumps({"from": source, "to": target, "rule": strictest(source, target)}))


def ints(bits):
    edges = [0, 1, 2, 3, 7, 127, 128, 255, 256, 2048, 2049, 2051, 65503, 65504, 65519, 65520, 65535, 65536, 2**24 + 1, 2**24 + 3,
             2**53 + 1, 2**53 + 3, 2**63 - 1, 2**63, 2**63 - 513, 2**63 + 1025, 2**64 - 1, 2**64 - 1025]
    edges += [rng.getrandbits(rng.randint(1, 64)) for _ in range(40)]
    return np.array([edge % 2**bits for edge in edges], f"u{bits // 8}")


def floats(code):
    """Random bits, which give every exponent, and what lies halfway between the numbers of narrower floats."""
    size = np.dtype(code).itemsize
    if code == "f16":
        halves = [np.longdouble(value) for value in floats("f8")]
        wide = [value * (1 + np.longdouble(2) ** -rng.choice([12, 25, 54, 60, 63])) for value in halves]
        powers = [np.longdouble(2) ** rng.randint(-16445, 16383) * np.longdouble(rng.random()) for _ in range(60)]
        return np.array(halves + wide + powers + [np.ldexp(np.longdouble(1), n) for n in (-16445, -16382, 16383)], code)
    values = [0.0, -0.0, 1.0, -1.5, np.inf, -np.inf, np.nan, 65504, 65519.99, 65520, 65536, 2.0**-24, 2.0**-25, 1.5 * 2.0**-25,
              2.0**-149, 2.0**-150, 1.5 * 2.0**-150, 3.4028235677973366e38, 3.4028234e38, 0.1, 1e16, 1e-5, 123456.789]
    values += [1 + 2.0**-11, 1 + 2.0**-11 + 2.0**-50, 1 + 3 * 2.0**-11, 1 + 2.0**-24, 1 + 2.0**-24 + 2.0**-52, 1 + 3 * 2.0**-24]
    with np.errstate(all="ignore"):
        made = np.array(values, "f8").astype(code)
        spread = np.array([(rng.random() - 0.5) * 2.0 ** rng.randint(-150, 130) for _ in range(60)]).astype(code)
    return np.concatenate([made, spread, np.frombuffer(rng.randbytes(40 * size), code)])


def samples(text):
    dtype = dtype_of(text)
    kind, size = dtype.kind, dtype.itemsize
    if kind == "b":
        return np.array([True, False, True])
    if kind in "iu":
        return ints(size * 8).view(f"{kind}{size}").astype(dtype)
    if kind == "f":
        return floats(f"f{size}").astype(dtype)
    if kind == "c":
        parts = floats(f"f{size // 2}")
        parts = parts[: len(parts) // 2 * 2]
        return parts.view(f"c{size}").astype(dtype)
    if kind in "mM":
        return np.array([0, 1, -1, 1234, -9876, -(2**63)]).view(f"{kind}8{text[text.index('['):] if '[' in text else ''}").astype(dtype)
    if kind == "S":
        return np.array([b"", b"a", b"ab", b"a\0b", b"abc", b"x" * 50], dtype)
    if kind == "U":
        return np.array(["", "a", "é", "a\0b", "日本語", "𝄞" * 50], dtype)
    if dtype.names:
        made = np.zeros(7, dtype)
        def fill(field):
            if field.dtype.names:
                for name in field.dtype.names:
                    fill(field[name])
            elif field.dtype.kind in "SU":
                field[...] = rng.choice(["a", "bc", "def"])
            else:
                field[...] = np.array([rng.randint(0, 99) for _ in range(field.size)]).reshape(field.shape).astype(field.dtype)
        for name in dtype.names:
            fill(made[name])
        return made
    if kind == "V":
        return np.frombuffer(rng.randbytes(5 * size), dtype) if size else np.zeros(2, dtype)
    raise ValueError(text)


for source in every:
    if source.startswith("(") or source in ("O", "S", "U", "V"):
        continue
    array = samples(source)
    for target in every:
        if target == "O":
            continue
        case = {"from": source, "to": target, "source": array.tobytes().hex(), "count": len(array)}
        try:
            found = array.astype(dtype_of(target), casting="same_kind")
            case |= {"shape": found.shape, "found": np.ascontiguousarray(found).tobytes().hex(), "dtype": found.dtype.str if found.dtype.names is None else repr(found.dtype.descr)}
        except (TypeError, OverflowError, ValueError):
            # Some pairs fail before the rule is asked. What the rule allows fails only for dates without a unit.
            assert source == "M8" or not np.can_cast(dtype_of(source), dtype_of(target), "same_kind"), (source, target)
            case["found"] = None
        print(json.dumps(case))

values = [
    np.array([True, False]), np.array([3, -1, 300, 2**62]), np.array([3, 2**64 - 1], "u8"), np.array([1.75, -2.5, 0.0, 200.0]),
    np.array([1.75, -2.5, 60000.0], ">f4"), np.array([1.75, -2.5, 0.0, 2.0**60 + 512], "f16"), np.array([1.75 + 3j, 3j, 0]),
    np.array([1.5 + 3j, 0], "c32"), np.array([5, -7, "NaT"], ">m8[s]"), np.array(["2020-01-01", "1969-12-31", "NaT"], "M8[D]"),
    np.array(["2020-01-01T05:06:07"], ">M8[ms]"), np.array(["1", " 2 ", "1_0", "-7", "+5"]), np.array([b"1", b"100", b"-7"]),
    np.array(["1.5", "-inf", "nan", "1e3", " 2.5 ", "1_0.5"]), np.array(["1+2j", "3", "(1-1j)"]), np.array(["", "x", "0"]),
    np.array(["2020-01-01T05:00", "1999-12", "NaT", ""]), np.array(["é"]), np.array([(1.5,), (2.5,)], [("a", "f4")]), np.array(["3"], ">U4"),
]
targets = ["?", "i1", "u1", ">i2", "i4", "u8", ">u8", "i8", "f2", "f4", ">f8", "f16", "c8", ">c16", "c32", "M8[s]", ">M8[D]", "m8[s]", ">m8[ms]",
           "S", "S3", "S30", "U", "U3", ">U30", "V4", "i4,f8", "[('x', '>i2')]"]
for array in values:
    for target in targets:
        case = {"from": array.dtype.str if array.dtype.names is None else repr(array.dtype.descr), "to": target, "forced": array.tobytes().hex(), "count": len(array)}
        if array.dtype.names and target in ("S", "U"):
            continue  # NumPy takes the length of the longest text, and numio that of any.
        if array.dtype.kind in "fc" and dtype_of(target).kind in "iu" and np.max(np.abs(array.real)) > np.iinfo(dtype_of(target)).max:
            continue  # What comes of it depends on the processor.
        if array.dtype.kind in "fc" and dtype_of(target).names and np.max(np.abs(array.real)) > np.iinfo("i2").max:
            continue
        if array.dtype.kind in "fc" and dtype_of(target).kind == "u" and np.min(array.real) < 0:
            continue
        try:
            found = array.astype(dtype_of(target), casting="unsafe")
            case |= {"found": np.ascontiguousarray(found).tobytes().hex(), "dtype": found.dtype.str if found.dtype.names is None else repr(found.dtype.descr)}
        except (TypeError, OverflowError, ValueError, RuntimeError, UnicodeError):
            case["found"] = None
        print(json.dumps(case))
