"""Arrays with what NumPy prints for them, under many print options.

    print_cases.py OUT [ROUNDS [SEED]]    ROUNDS multiplies the number of random cases; default 1

Each case is five chunks, each after its length as a little-endian u64: the options as `name=value` lines, an array as a
.npy file, an index into it, and what repr and str give for the indexed array.
"""

import io
import itertools
import random
import sys

import numpy as np
import print_floats
from print_floats import REGIMES

SIZED = [(), (1,), (2,), (5,), (13,), (2, 3), (3, 1, 2), (2, 2, 2, 2), (1, 1, 1, 1, 1)]
EMPTY = [(0,), (0, 3), (3, 0), (2, 0, 2)]
LARGE = [(1001,), (1000,), (7, 200), (200, 7), (11, 13, 17), (1, 1500), (7, 6, 8, 9), (501, 2, 2)]
UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"]

OPTIONS = {
    "precision": [0, 1, 2, 3, 5, 8, 12, 17, 20, 30],
    "threshold": [0, 1, 4, 10, 100, 1000, sys.maxsize],
    "edgeitems": [0, 1, 2, 3, 5],
    "linewidth": [0, 1, 10, 20, 40, 75, 120, 1000],
    "suppress": [False, True],
    "nanstr": ["nan", "NaN", "-", "not a number", "ñ"],
    "infstr": ["inf", "Infinity", "-", "∞"],
    "sign": ["-", "+", " "],
    "floatmode": ["fixed", "unique", "maxprec", "maxprec_equal"],
}

path, rounds, seed = (*sys.argv[1:], *["1", "2026"][len(sys.argv) - 2 :])
rounds = int(rounds)
rng = np.random.default_rng(int(seed))
choose = random.Random(int(seed))
print_floats.seed(int(seed) + 1)
out = open(path, "wb")


def chunk(data):
    out.write(len(data).to_bytes(8, "little") + data)


def text(value):
    # Rust's strings hold no lone surrogates.
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in value).encode()


def case(array, index="...", **options):
    stream = io.BytesIO()
    np.save(stream, array)
    # A file does not keep everything, whether a record is aligned for one; what was read back is what prints.
    stream.seek(0)
    array = np.load(stream, allow_pickle=True)
    view = eval(f"array[{index}]")
    with np.printoptions(**options):
        printed = [repr(view), str(view)]
    chunk("\n".join(f"{name}={value}" for name, value in options.items()).encode())
    chunk(stream.getvalue())
    chunk(index.encode())
    for value in printed:
        chunk(text(value))


def random_options(most=3):
    names = choose.sample(list(OPTIONS), choose.randint(0, most))
    return {name: choose.choice(OPTIONS[name]) for name in names}


def shaped(make, shape):
    """An array of that shape from `make(size)`, in C or Fortran order."""
    array = make(int(np.prod(shape))).reshape(shape)
    return np.asfortranarray(array) if choose.random() < 0.2 else array


# Floats -------------------------------------------------------------------------------------------------------------


def floats():
    for code, regime in itertools.product("efdg", REGIMES):
        for shape in SIZED:
            case(shaped(lambda size: regime(code, size), shape))
        for _ in range(24 * rounds):
            case(shaped(lambda size: regime(code, size), choose.choice(SIZED)), **random_options())
    for code, mode in itertools.product("efdg", OPTIONS["floatmode"]):
        for precision, sign, suppress in itertools.product([0, 4, 8, 25], "-+ ", [False, True]):
            regime = choose.choice(REGIMES)
            options = {"floatmode": mode, "precision": precision, "sign": sign, "suppress": suppress}
            case(regime(code, choose.randint(1, 9)), **options)


def complexes():
    for code, part in zip("FDG", "fdg"):
        for real, imaginary in itertools.product(REGIMES, REGIMES):
            for _ in range(rounds):
                shape = choose.choice(SIZED)
                array = np.zeros(shape, code)
                array.real = shaped(lambda size: real(part, size), shape)
                array.imag = shaped(lambda size: imaginary(part, size), shape)
                case(array, **random_options(choose.choice([0, 3])))
        parts = [0.0, -0.0, 1, -2.5, np.nan, np.inf, -np.inf, 1e-7, 1e6, 1e16, 999999]
        for real, imaginary in itertools.product(parts, parts):
            case(np.array(complex(real, imaginary)).astype(code))


# Other scalars ------------------------------------------------------------------------------------------------------


def integers():
    for code in "bBhHiIlL":
        info = np.iinfo(code)
        for shape in SIZED + LARGE:
            whole = shaped(lambda size: rng.integers(info.min, info.max, size, dtype=code, endpoint=True), shape)
            small = shaped(lambda size: rng.integers(0, 100, size).astype(code), shape)
            ends = shaped(lambda size: rng.choice(np.array([info.min, info.max, 0, 1], code), size), shape)
            for array in (whole, small, ends) if len(shape) < 2 else (whole,):
                case(array)
                for _ in range(rounds):
                    case(array, **random_options())


def booleans():
    for shape in SIZED + LARGE:
        case(shaped(lambda size: rng.random(size) < 0.5, shape))
        case(shaped(lambda size: rng.random(size) < 0.5, shape), **random_options())


def ticks(size):
    """Ticks from a second to the ends of 64 bits."""
    values = rng.integers(-(2**63), 2**63 - 1, size, dtype="i8")
    return values >> rng.integers(0, 63, size)


def times():
    nat = np.iinfo("i8").min
    edge = np.array([nat, nat + 1, nat + 2, 2**63 - 1, 0, -1, 1, 2**62, -(2**62)], "i8")
    for kind, unit, count in itertools.product("Mm", UNITS, [1, 25, 2**31 - 1]):
        code = f"{kind}8[{count}{unit}]"
        case(edge.view(code))
        for value in edge:
            case(np.array(value).view(code))
        for shape in SIZED:
            values = ticks(max(1, int(np.prod(shape))))
            case(values.view(code).reshape(shape))
            values[rng.random(values.size) < 0.3] = nat
            case(values.view(code).reshape(shape), **random_options())
        case(np.arange(1500, dtype="i8").view(code))
    for day in range(-800_000, 800_000, 7919):
        case(np.array([day, day + 1]).view("M8[D]"))
    case(ticks(20).view("m8"))
    case(np.array(7).view("m8"))
    case(np.array([nat, nat]).view("M8"))
    case(np.array(nat).view("M8"))
    case(np.array(nat).view("m8"))


TEXTS = [
    "", "a", "it's", '"', "it's \"so\"", "\\", "tab\tline\nreturn\r", "\0inside\0", "\x7f\x80\xa0\xad\xff", "é", "e\u0301",
    "日本語", "\u2028\u2029\u200b", "\ud800", "\U0001f600", "\ue000", "\U0010ffff", "a long text that fills most of a line",
    "word " * 30, "x" * 100, " ", "  trailing  ",
]  # fmt: skip


def texts():
    for shape in SIZED + [(30,), (1001,)]:
        for _ in range(2 * rounds):
            case(shaped(lambda size: np.array(choose.choices(TEXTS, k=size), "U200"), shape), **random_options())
            case(shaped(lambda size: np.array(choose.choices("abc", k=size), "U1"), shape))
            data = [value.encode("latin1", "ignore") for value in TEXTS]
            case(shaped(lambda size: np.array(choose.choices(data, k=size), "S200"), shape), **random_options())
            raw = rng.integers(0, 256, int(np.prod(shape)) * 5, dtype="u1")
            case(raw.view("S5").reshape(shape))
            case(raw.view("V5").reshape(shape), **random_options())
    for value in TEXTS:
        case(np.array(value))
        case(np.array([value, value]))
    case(np.array(TEXTS), linewidth=30)
    # Every code point that UTF-8 has; those that Python does not print differ between versions of Unicode.
    points = "".join(chr(code) for code in range(1, 0x110000) if not 0xD800 <= code <= 0xDFFF)
    for start in range(0, len(points), 50_000):
        case(np.array([points[start : start + 50_000]]))
    for code in ("V0", "S0", "U0"):
        case(np.zeros(3, np.dtype(code)))
        case(np.zeros((), np.dtype(code)))


# Records ------------------------------------------------------------------------------------------------------------

SCALARS = ["?", "i1", "u8", "<i4", ">i2", "f2", "<f4", "f8", ">f8", "g", "c8", "c16", "S3", "U2", "V2", "M8[D]", "m8[us]"]
NAMES = ["a", "b", "x y", "it's", "é", "long_name_of_a_field", "", "f0"]


def random_dtype(depth):
    fields = []
    for name in choose.sample(NAMES, choose.randint(1, 5)):
        kind = choose.random()
        base = random_dtype(depth - 1) if depth > 0 and kind < 0.3 else np.dtype(choose.choice(SCALARS))
        if kind > 0.7:
            base = np.dtype((base, choose.choice([(1,), (2,), (2, 2), (3, 1), (7,), (0,), (2, 0)])))
        fields.append((name or "f", base) if choose.random() < 0.9 else ((f"title of {name}", name or "f"), base))
    names = [name if isinstance(name, str) else name[1] for name, _ in fields]
    if len(set(names)) < len(names):
        return random_dtype(depth)
    return np.dtype(fields, align=choose.random() < 0.2)


def fill(array):
    """Random values in every field."""
    dtype = array.dtype
    if dtype.names is not None:
        for name in dtype.names:
            fill(array[name])
    elif dtype.kind in "fc":
        values = np.zeros(array.shape, dtype.newbyteorder("="))
        flat = values.reshape(-1)
        part = dtype.char.lower()
        for half in (flat.real, flat.imag) if dtype.kind == "c" else (flat,):
            half[...] = choose.choice(REGIMES[1:])({"f": "f", "d": "d", "g": "g", "e": "e"}[part], half.size)
        array[...] = values
    elif dtype.kind in "iu":
        array[...] = rng.integers(0, 100, array.shape).astype(dtype)
    elif dtype.kind in "Mm":
        array[...] = rng.integers(-1000, 100000, array.shape).astype(dtype)
    elif dtype.kind in "SU":
        array[...] = np.array(choose.choices(["", "a", "ab", "'\""], k=array.size), dtype).reshape(array.shape)
    elif dtype.kind == "b":
        array[...] = rng.random(array.shape) < 0.5
    elif array.size:
        array[...] = rng.bytes(dtype.itemsize)


def records():
    for round in range(600 * rounds):
        shape = choose.choice(SIZED + EMPTY)
        array = np.zeros(shape, random_dtype(2))
        fill(array)
        case(array, **(random_options() if round % 2 else {}))
    for scalar in SCALARS:
        for shape in SIZED:
            array = np.zeros(shape, [("value", scalar)])
            fill(array)
            case(array, **random_options())
    array = np.zeros(2000, "f4,(3,2)f8,S5")
    fill(array)
    case(array)
    case(array[0:1][0])
    deep = np.zeros(3, [("a", "i4", (20, 60)), ("b", "?")])
    fill(deep)
    for edge in (0, 1, 3):
        case(deep, threshold=100, edgeitems=edge)
    case(np.zeros(2, {"names": ["a", "b"], "formats": ["i4", "f4"], "offsets": [4, 16], "itemsize": 32}))
    case(np.zeros(2, []))


# Objects ------------------------------------------------------------------------------------------------------------

OBJECTS = [
    None, True, 0, -(10**30), 1.5, -0.0, 1e16, 1e-5, float("nan"), 2 - 3j, "", "it's", "two\nlines", "日本語", b"", b"\x00'",
    [], [1, [2, "x"]], (), (1,), (1, 2.5, None), {}, {"a": 1, 2: [3]}, {7}, frozenset(), ["long", "list", "of", "words"] * 4,
]  # fmt: skip


def objects():
    for value in OBJECTS:
        array = np.empty((), object)
        array[()] = value
        case(array)
    for shape in SIZED + EMPTY + [(40,), (1001,), (20, 60)]:
        for _ in range(4 * rounds):
            array = np.empty(shape, object)
            for index in np.ndindex(shape):
                array[index] = choose.choice(OBJECTS)
            case(array, **random_options())
            record = np.zeros(shape, [("number", "f4"), ("object", "O"), ("two", "O", (2,))])
            record["object"] = array
            case(record, **random_options())


# Layout -------------------------------------------------------------------------------------------------------------


def layouts():
    for shape in LARGE + EMPTY:
        for code in ["?", "i8", ">i4", "f4", "f8", "c16", "S3", "U2", "V3", "M8[s]", "f4,i2"]:
            array = np.zeros(shape, code)
            fill(array)
            case(array)
            for _ in range(rounds):
                case(array, **random_options())
    for index in ["::-1", "1:, ::2", "..., ::-3", "::-1, ::-1", "1", "..., None, 0", ":0"]:
        for code in ["?", ">i8", "f4", "c16", "S3", "U2", "M8[s]", "f4,(2,3)i2"]:
            array = np.zeros((5, 7, 40), code)
            fill(array)
            case(array, index)
            case(np.asfortranarray(array), index, **random_options())
    for ndim in (10, 32, 63, 64):
        case(np.arange(1.0).reshape((1,) * ndim))
        case(np.arange(24).reshape((2, 3) + (1,) * (ndim - 3) + (4,)))
        case(np.zeros((1,) * (ndim - 1) + (0,)))
    for length, width, code in itertools.product([1, 2, 9, 40], range(0, 45), ["i8", "f4", "U3"]):
        array = np.zeros(length, code)
        fill(array)
        case(array, linewidth=width)
    for edge, threshold, size in itertools.product(range(5), range(12), range(1, 12)):
        case(np.arange(size) ** 3, edgeitems=edge, threshold=threshold)
        case(np.arange(size * 3).reshape(size, 3) ** 2, edgeitems=edge, threshold=threshold)


for make in (floats, complexes, integers, booleans, times, texts, records, objects, layouts):
    make()
