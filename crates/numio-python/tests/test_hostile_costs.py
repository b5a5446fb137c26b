"""Pickles that are cheap to write and dear to load: nested, shared and colliding, each in a process of its own.

Every form that is known, in every way of sharing, at several sizes: what is loaded or refused takes time and memory in
proportion to the file, and dropping it breaks nothing.
"""

import collections
import functools
import json
import pathlib
import pickle
import resource
import subprocess
import sys

import numpy as np
import pytest

import numio

HERE = pathlib.Path(__file__).parent

PROTO = b"\x80\x04"
PRIME = 2**61 - 1

# What SECURITY.md states: bytes for each byte of a pickle that calls build, and bytes besides.
RATIO = 32
LEAST = 32 << 20


def text(value):
    encoded = value.encode()
    return b"X" + len(encoded).to_bytes(4, "little") + encoded


def data(value):
    return b"B" + len(value).to_bytes(4, "little") + value


def number(value):
    if 0 <= value < 1 << 31:
        return b"J" + value.to_bytes(4, "little")
    encoded = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(encoded)]) + encoded


def put(index):
    return b"r" + index.to_bytes(4, "little") + b"0"


def get(index):
    return b"j" + index.to_bytes(4, "little")


def name(module, attribute):
    return b"c" + module.encode() + b"\n" + attribute.encode() + b"\n"


def row(values):
    return b"](" + b"".join(values) + b"e"


def pairs(values):
    return b"}(" + b"".join(values) + b"u"


DTYPE = name("numpy", "dtype")
OBJECT = DTYPE + text("O8") + b"\x89\x88\x87R(K\x03" + text("|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x3ftb"
BYTES = DTYPE + text("u1") + b"\x89\x88\x87R(K\x03" + text("|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
ARRAY = name("numpy._core.multiarray", "_reconstruct") + name("numpy", "ndarray") + b"K\0\x85C\x01b\x87"
MASKED = (
    name("numpy.ma.core", "_mareconstruct")
    + b"("
    + name("numpy.ma", "MaskedArray")
    + name("numpy", "ndarray")
    + b"K\0\x85C\x01bt"
)


def void(size):
    state = b"(K\x03" + text("|") + b"NNN" + number(size) + b"K\x01K\0tb"
    return DTYPE + text(f"V{size}") + b"\x89\x88\x87R" + state


def fields(count):
    """A dtype of that many fields, before its state, and the state."""
    names = [text(f"f{index}") for index in range(count)]
    found = [key + get(90) + number(index) + b"\x86" for index, key in enumerate(names)]
    state = b"(K\x03" + text("|") + b"N(" + b"".join(names) + b"t" + pairs(found) + number(count) + b"K\x01K\x10t"
    return DTYPE + text(f"V{count}") + b"\x89\x88\x87R", state


# -- Nested: how a level is opened and closed.

NESTED = {
    "list": (b"]", b"a"),
    "tuple": (b"", b"\x85"),
    "dict": (b"}K\x01", b"s"),
    "set": (b"\x8f(", b"\x85\x90"),
    "frozenset": (b"(", b"\x91"),
    "deque": (get(0) + b")R", b"a"),
    "deque of a list": (get(0) + b"](", b"e\x85R"),
    "defaultdict": (get(1) + b")RK\x01", b"s"),
    "OrderedDict": (get(2) + b")RK\x01", b"s"),
    "Counter": (get(3) + b"}K\x01", b"s\x85R"),
    "slice": (get(4), b"NN\x87R"),
    "array": (get(6) + get(7) + b"R(K\x01K\x01\x85" + get(5) + b"\x89]", b"atb"),
    "masked array": (get(8) + get(9) + b"R(K\x01K\x01\x85" + get(5) + b"\x89]", b"aC\x01\0Ntb"),
}
NAMES = (
    b"".join(
        name(module, attribute) + put(index)
        for index, (module, attribute) in enumerate(
            [
                ("collections", "deque"),
                ("collections", "defaultdict"),
                ("collections", "OrderedDict"),
                ("collections", "Counter"),
                ("builtins", "slice"),
            ]
        )
    )
    + OBJECT
    + put(5)
    + ARRAY[: ARRAY.index(b"\n", ARRAY.index(b"\n") + 1) + 1]
    + put(6)
    + ARRAY[ARRAY.index(b"\n", ARRAY.index(b"\n") + 1) + 1 :]
    + put(7)
    + MASKED[: MASKED.index(b"\n", MASKED.index(b"\n") + 1) + 1]
    + put(8)
    + MASKED[MASKED.index(b"\n", MASKED.index(b"\n") + 1) + 1 :]
    + put(9)
)


def nested(kind, depth):
    opened, closed = NESTED[kind]
    return PROTO + NAMES + opened * depth + b"N" + closed * depth + b"."


def nested_in_turn(kinds, depth):
    opened = b"".join(NESTED[kind][0] for kind in kinds)
    closed = b"".join(NESTED[kind][1] for kind in reversed(kinds))
    return PROTO + NAMES + opened * depth + b"N" + closed * depth + b"."


def chained(kind, depth):
    """The same out of the memo, all of them in a list too."""
    opened, closed = NESTED[kind]
    chain = bytearray(PROTO + NAMES) + b"](" + opened + b"N" + closed + b"r" + (100).to_bytes(4, "little")
    for index in range(100, 100 + depth):
        chain += opened + get(index) + closed + b"r" + (index + 1).to_bytes(4, "little")
    return bytes(chain) + b"e."


def while_open(depth):
    """Arrays and deques that contain one another before they have their items."""
    made = bytearray(PROTO + NAMES)
    for index in range(depth):
        made += get(0) + b")R" + put(100 + index)
    for index in range(depth - 1):
        made += get(100 + index) + get(101 + index) + b"a0"
    return bytes(made + get(100) + b".")


def arrays_while_open(depth):
    """Each array's state holds the next one, which is given its own state first."""
    made = bytearray(PROTO + NAMES)
    for index in range(depth):
        made += get(6) + get(7) + b"R" + put(100 + index)
    for index in range(depth - 1):
        made += get(100 + index) + b"(K\x01K\x01\x85" + get(5) + b"\x89]" + get(101 + index) + b"atb0"
    made += get(100 + depth - 1) + b"(K\x01K\x01\x85" + get(5) + b"\x89]Natb0"
    return bytes(made + get(100) + b".")


# -- Keys.


def congruent(count):
    return [number(index * PRIME) for index in range(1, count)]


@functools.cache
def in_one_anothers_slots(bits):
    """Integers of different hashes that fill a third of a dict of 2**bits slots, and others that are looked for in the slots of most of
    these: where nothing is left of a hash, a dict goes on from slot `i` to slot `5 * i + 1`.
    """
    size = 1 << bits
    mask = size - 1
    orbit = np.zeros(size // 3, np.int64)
    for step in range(1, len(orbit)):
        orbit[step] = (5 * orbit[step - 1] + 1) & mask
    turn = np.full(size, len(orbit))
    turn[orbit] = np.arange(len(orbit))
    hashes = np.arange(size, size << 7)
    at, perturb = hashes & mask, hashes.copy()
    is_found = turn[at] < len(orbit)
    while perturb.any():
        perturb >>= 5
        at = (5 * at + perturb + 1) & mask
        is_found &= turn[at] < len(orbit)
    looked_for = hashes[is_found & (turn[at] < len(orbit) // 3)][: len(orbit) - 10]
    assert len(looked_for) > len(orbit) // 5
    return [number(int(key)) for key in (*orbit, *looked_for)]


def keys_in(container, keys):
    if container in ("set", "frozenset"):
        return PROTO + (b"\x8f(" + b"".join(keys) + b"\x90." if container == "set" else b"(" + b"".join(keys) + b"\x91.")
    items = b"(" + b"".join(key + b"N" for key in keys) + b"u."
    start = {
        "dict": b"}",
        "OrderedDict": name("collections", "OrderedDict") + b")R",
        "defaultdict": name("collections", "defaultdict") + b")R",
        "Counter": name("collections", "Counter") + b"}",
    }[container]
    if container == "Counter":
        return PROTO + start + items[:-1] + b"\x85R."
    return PROTO + start + items


def tower(width, depth, first):
    """Tuples that hold the one before `width` times, from the memo's index `first` on."""
    made = b"(" + b"K\x01" * width + b"t" + put(first)
    for level in range(1, depth):
        made += b"(" + get(first + level - 1) * width + b"t" + put(first + level)
    return made, first + depth - 1


def towers(container, width, depth):
    (one, a), (two, b) = tower(width, depth, 0), tower(width, depth, 100)
    return PROTO + one + two + keys_in(container, [get(a), get(b)])[2:]


def in_front(container, count):
    """Keys of two: one of two equal tuples of 2^14 leaves, and a number of the same hash as all others."""
    (one, a), (two, b) = tower(2, 14, 0), tower(2, 14, 100)
    keys = [get(a if index % 2 else b) + number(index * PRIME) + b"\x86" for index in range(count)]
    return PROTO + one + two + keys_in(container, keys)[2:]


def same_frozensets(container, count):
    """Frozensets of one hash, which is the exclusive or of their items' (in CPython)."""
    base = [frozenset([index]) for index in range(3000, 3070)]
    vectors, subsets = {}, []
    for at, item in enumerate(base):
        value, used = hash(item) ^ hash(frozenset()), 1 << at
        while value:
            low = value & -value
            if low not in vectors:
                vectors[low] = (value, used)
                break
            value, used = value ^ vectors[low][0], used ^ vectors[low][1]
        if not value:
            subsets.append(used)
    keys = [b"(" + b"".join(number(3000 + at) for at in range(70) if subset >> at & 1) + b"\x91" for subset in subsets]
    return keys_in(container, (keys * count)[:count])


def decimals(count, size):
    """A large number and Decimals of its hash, which Python compares by writing it in decimal digits."""
    large = PRIME * (256**size // PRIME) + 5
    encoded = large.to_bytes(size + 1, "little", signed=True)
    keys = [get(1) + text(str(5 + PRIME * index)) + b"\x85R" for index in range(1, count)]
    return (
        PROTO + name("decimal", "Decimal") + put(1) + b"}(\x8b" + len(encoded).to_bytes(4, "little") + encoded
        + b"N" + b"".join(key + b"N" for key in keys) + b"u."
    )  # fmt: skip


def equal_frozensets(container, size, count):
    """Keys of two: one of two equal frozensets, whose items have one hash, and a number of the same hash as all others."""
    inner = b"(" + b"".join(congruent(size)) + b"\x91"
    keys = [get(index % 2) + number(index * PRIME) + b"\x86" for index in range(count)]
    return PROTO + inner + put(0) + inner + put(1) + keys_in(container, keys)[2:]


# -- Shared.


def shared(function, args, count):
    """A function, called again and again with one tuple of arguments."""
    calls = (get(0) + get(1) + b"R") * count
    return PROTO + function + put(0) + args + put(1) + b"](" + calls + b"e."


def shared_argument(function, arg, count):
    """The same with tuples of their own of one argument."""
    calls = (get(0) + get(1) + b"\x85R") * count
    return PROTO + function + put(0) + arg + put(1) + b"](" + calls + b"e."


def shared_state(before, made, state, count):
    calls = (made + get(1) + b"b") * count
    return PROTO + before + state + put(1) + b"](" + calls + b"e."


class Reduced:
    """Pickled as that call, with that state."""

    def __init__(self, *parts):
        self.parts = parts

    def __reduce__(self):
        return self.parts


def sharings(count):
    """Names and pickles, of which the calls alone would take gigabytes."""
    ints = row([number(index + 1000) for index in range(5000)])
    dicts = pairs([number(index + 1000) + b"K\x01" for index in range(5000)])
    lists = row([row([number(index + 1000), b"K\x01"]) for index in range(3000)])
    inner = row([row([number(index + 1000) for index in range(5000)])])
    long, raw = text("1" * 20_000), data(b"x" * 20_000)
    functions = {
        "deque": (name("collections", "deque"), ints),
        "deque of a list": (name("collections", "deque"), inner),
        "set": (name("builtins", "set"), ints),
        "frozenset": (name("builtins", "frozenset"), ints),
        "Counter": (name("collections", "Counter"), dicts),
        "OrderedDict": (name("collections", "OrderedDict"), lists),
        "bytearray": (name("builtins", "bytearray"), raw),
        "Decimal": (name("decimal", "Decimal"), long),
        "path": (name("pathlib", "PurePosixPath"), text("a" * 20_000)),
    }
    for kind, (function, arg) in functions.items():
        yield f"{kind}, shared arguments", shared(function, arg + b"\x85", count)
        yield f"{kind}, a shared argument", shared_argument(function, arg, count)
    yield "a path of many parts", shared(name("pathlib", "PurePosixPath"), b"(" + text("ab") * 3000 + b"t", count)
    yield "bytes of protocol 2", shared(name("_codecs", "encode"), long + text("latin1") + b"\x86", count)
    yield "bytes of 8 bits", shared(name("_codecs", "encode"), text("é" * 20_000) + text("latin1") + b"\x86", count)
    yield "a large Fraction", shared(name("fractions", "Fraction"), (b"\x8b" + (5000).to_bytes(4, "little") + b"\x11" * 5000) * 2 + b"\x86", count)
    size = 20_000
    buffer = name("numpy._core.numeric", "_frombuffer")
    yield "a buffer", shared(buffer, b"(" + data(b"x" * size) + BYTES + number(size) + b"\x85" + text("C") + b"t", count)
    yield "a buffer of two axes", shared(
        buffer, b"(" + data(b"x" * size) + BYTES + number(2) + number(size // 2) + b"\x86" + text("F") + b"t", count
    )
    scalar = name("numpy._core.multiarray", "scalar")
    yield "a scalar", shared(scalar, void(size) + data(b"x" * size) + b"\x86", count)
    made, state = fields(500)
    before = BYTES + put(90)
    yield "a dtype", shared_state(before + DTYPE + put(80), get(80) + text("V500") + b"\x89\x88\x87R", state, count)
    head = get(6) + get(7) + b"R"
    whole = b"(K\x01" + number(size) + b"\x85" + BYTES + b"\x89" + data(b"x" * size) + b"t"
    yield "an array", shared_state(NAMES, head, whole, count)
    objects = b"(K\x01" + number(5000) + b"\x85" + OBJECT + b"\x89" + ints + b"t"
    yield "an array of objects", shared_state(NAMES, head, objects, count)
    record = b"(K\x01K\0\x85" + made + state + b"b\x89" + data(b"") + b"t"
    yield "arrays of a record", shared_state(before + NAMES, head, record, count)
    masks = b"(K\x01" + number(size) + b"\x85" + BYTES + b"\x89" + data(b"x" * size) + data(b"\0" * size) + b"Nt"
    yield "a masked array", shared_state(NAMES, get(8) + get(9) + b"R", masks, count)
    small = b"(K\x01K\0\x85" + BYTES + b"\x89" + data(b"") + data(b"") + b"Nt"
    yield "small masked arrays", shared_state(NAMES, get(8) + get(9) + b"R", small, count)
    attributes = pairs([text(f"a{index}") + b"N" for index in range(5000)])
    namespace = name("types", "SimpleNamespace") + put(0)
    yield "attributes", shared_state(namespace, get(0) + b")R", attributes, count)
    array = name("array", "_array_reconstructor")
    utf16 = b"(" + name("array", "array") + text("u") + number(18) + data(b"a\0" * 4000) + b"t"
    yield "texts of UTF-16", shared(array, utf16, count)
    swapped = b"(" + name("array", "array") + text("Q") + number(11) + data(b"abcdefgh" * 1000) + b"t"
    yield "numbers of another machine", shared(array, swapped, count)
    zone = name("builtins", "getattr") + name("zoneinfo", "ZoneInfo") + text("_unpickle") + b"\x86R"
    yield "time zones", shared(zone, text("Europe/London") + b"\x89\x86", 20 * count)
    yield "networks", shared(name("ipaddress", "IPv6Network"), text("1:2:3:4:5:6:7::/112") + b"\x85", 20 * count)
    generator = np.random.MT19937(1).__reduce__()
    yield "random generators", pickle.dumps([Reduced(*generator) for _ in range(count)], 2)
    yield "empty deques", shared(name("collections", "deque"), b")", 20 * count)
    yield "empty OrderedDicts", shared(name("collections", "OrderedDict"), b")", 20 * count)


METADATA = b"NNN" + b"J\xff\xff\xff\xff" * 2 + b"K\0"


def with_metadata(metadata):
    return DTYPE + text("u1") + b"\x89\x88\x87R(K\x04" + text("|") + METADATA + metadata + b"tb"


def metadata_tower(levels, width):
    """Records whose fields share a dtype, in whose metadata there is such a record again."""
    made, inner = b"", row([b"]"] * width)
    for _ in range(levels):
        made += with_metadata(b"}" + text("m") + inner + b"s") + put(90)
        record, state = fields(width)
        inner = record + state + b"b"
    return PROTO + made + inner + b"."


def shared_metadata(count):
    """Dtypes that share their metadata, each of which copies it."""
    made = with_metadata(get(1))
    return PROTO + pairs([text(f"m{index}") + b"N" for index in range(2000)]) + put(1) + row([made] * count) + b"."


def metadata_of_metadata(count):
    """Dtypes whose metadata all lead to one list of such dtypes."""
    inner = row([with_metadata(b"}" + text("m") + row([b"]"] * count) + b"s") for _ in range(count)])
    outer = row([with_metadata(b"}" + text("m") + get(1) + b"s") for _ in range(count)])
    return PROTO + inner + put(1) + outer + b"."


def wide_objects():
    """An array of records with an object and a wide field, whose one element is named a thousand times."""
    dtype = np.dtype([("a", "S1000000"), ("b", "O")])
    element = np.array([(b"x", None)], dtype)
    pickled = pickle.dumps(element, 3)
    return pickled


# -- In a process of their own.

LOADER = """
import json, resource, sys, time
import numio, numpy, numpy.ma
for path in sys.argv[1:]:
    start = time.process_time()
    try:
        found = numio.load(path)
        ended = type(found).__name__
        del found
    except Exception as error:
        ended = f"{type(error).__name__}: {error}"
    print(json.dumps([ended, time.process_time() - start]), flush=True)
"""


def peak():
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def load(tmp_path, pickled):
    """How loading ended, the time it took, and the memory that the process took beyond an empty one's."""
    path = tmp_path / "x.pkl"
    path.write_bytes(pickled)
    measure = f"""
import resource
exec({LOADER!r})
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10)
"""
    took = []
    for paths in ([], [str(path)]):
        done = subprocess.run(
            [sys.executable, "-c", measure, *paths], capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, (done.returncode, done.stderr[-1000:])
        *lines, memory = done.stdout.splitlines()
        took.append(int(memory))
    ended, seconds = json.loads(lines[0])
    return ended, seconds, took[1] - took[0]


def check(tmp_path, pickled, *, ratio=RATIO):
    ended, seconds, memory = load(tmp_path, pickled)
    # The graph and what stands in between take some more for each byte.
    assert memory < LEAST + (ratio + 160) * len(pickled) + (16 << 20), (ended, memory)
    assert seconds < 10 + len(pickled) * 3e-5, (ended, seconds)
    assert not ended.startswith(("MemoryError", "RecursionError", "Panic", "RuntimeError", "InternalError")), ended
    return ended


@pytest.mark.parametrize("kind", NESTED)
def test_nested_objects_are_dropped(tmp_path, kind):
    for depth in (50, 200_000):
        ended = check(tmp_path, nested(kind, depth))
        if depth == 50:
            assert "Error" not in ended or (kind == "set" and "unhashable" in ended), ended
    check(tmp_path, chained(kind, 20_000))


@pytest.mark.parametrize("kinds", [("deque", "list"), ("defaultdict", "deque"), ("slice", "tuple"), ("array", "deque", "list")])
def test_objects_nested_in_turn_are_dropped(tmp_path, kinds):
    check(tmp_path, nested_in_turn(kinds, 100_000))


@pytest.mark.parametrize("made", [while_open, arrays_while_open])
def test_objects_nested_while_open_are_dropped(tmp_path, made):
    assert "so deeply" in check(tmp_path, made(150_000))
    assert "Error" not in check(tmp_path, made(100))


@pytest.mark.parametrize("container", ["dict", "set", "frozenset", "OrderedDict", "defaultdict", "Counter"])
def test_keys_are_compared_within_bounds(tmp_path, container):
    for pickled in (
        keys_in(container, congruent(20_000)),
        towers(container, 20, 8),
        in_front(container, 1500),
        same_frozensets(container, 3000),
        equal_frozensets(container, 1500, 3000),
    ):
        assert "repeats its parts" in check(tmp_path, pickled)
    for pickled in (
        keys_in(container, congruent(300)),
        keys_in(container, [number(index * 2**40) for index in range(1, 20_000)]),
        towers(container, 3, 4),
        in_front(container, 3),
        equal_frozensets(container, 100, 30),
    ):
        assert "Error" not in check(tmp_path, pickled)


@pytest.mark.parametrize("container", ["dict", "OrderedDict", "defaultdict", "Counter"])
def test_keys_are_looked_for_within_bounds(tmp_path, container):
    ended, seconds, _ = load(tmp_path, keys_in(container, in_one_anothers_slots(15)))
    assert "repeats its parts" in ended, ended
    assert seconds < 3, seconds
    assert "Error" not in check(tmp_path, keys_in(container, in_one_anothers_slots(10)))


@pytest.mark.parametrize("container", ["dict", "set", "frozenset", "OrderedDict", "defaultdict", "Counter"])
def test_keys_of_programs_are_looked_for_within_bounds(tmp_path, container):
    rng = np.random.default_rng(1)
    many = 50_000
    for keys in (
        range(many), range(-many, 0), range(many, 0, -1), range(0, many << 20, 1 << 20), range(0, many << 44, 1 << 44),
        rng.integers(0, 1 << 62, many).tolist(), (np.arange(many) / 8).tolist(), [1, 2] * many,
        [(index % 300, index // 300) for index in range(many)], [str(index) for index in range(many)],
    ):  # fmt: skip
        made = {key: None for key in keys}
        kinds = {"set": set, "frozenset": frozenset, "OrderedDict": collections.OrderedDict, "Counter": collections.Counter}
        made = collections.defaultdict(None, made) if container == "defaultdict" else kinds.get(container, dict)(made)
        path = tmp_path / "x.pkl"
        path.write_bytes(pickle.dumps(made))
        assert numio.load(path) == made


def test_large_numbers_and_decimals_are_compared_within_bounds(tmp_path):
    for count, size in ((1000, 8000), (400, 60_000)):
        ended, seconds, _ = load(tmp_path, decimals(count, size))
        assert "repeats its parts" in ended, ended
        assert seconds < 4, seconds
    assert "Error" not in check(tmp_path, decimals(10, 1000))


def test_metadata_of_dtypes_is_made_once(tmp_path):
    for pickled in (metadata_tower(2, 30), metadata_tower(4, 60), metadata_of_metadata(1000)):
        check(tmp_path, pickled)
    assert "repeats its parts" in check(tmp_path, shared_metadata(5000))
    for pickled in (metadata_tower(1, 3), shared_metadata(3), metadata_of_metadata(2)):
        assert "Error" not in check(tmp_path, pickled)


def test_metadata_of_dtypes_is_what_python_makes(tmp_path):
    """What dtypes have in their metadata is the object that the rest of the pickle has."""
    import numio

    path = tmp_path / "x.pkl"
    inner = row([b"K\x01"])
    path.write_bytes(PROTO + b"](" + inner + put(1)[:-1] + with_metadata(b"}" + text("m") + get(1) + b"s") + b"e.")
    wanted, found = pickle.loads(path.read_bytes()), numio.load(path)
    assert wanted[0] is wanted[1].metadata["m"]
    assert found[0] is found[1].metadata["m"]
    # In fields of another byte order than the array's own dtype.
    dtype = np.dtype([("a", np.dtype(">i4", metadata={"m": 1})), ("b", "S3")])
    array = np.array([(1, b"x"), (2, b"yz")], dtype)
    for value in (array, [array, dtype["a"], np.array([7], dtype["a"]), array]):
        path.write_bytes(pickle.dumps(value))
        found = numio.load(path)
        assert repr(found) == repr(pickle.loads(path.read_bytes()))
        first = found[0] if isinstance(found, list) else found
        assert first.dtype["a"].metadata == {"m": 1}
        assert first["a"].tolist() == [1, 2]


@pytest.mark.parametrize(("kind", "pickled"), [pytest.param(kind, made, id=kind) for kind, made in sharings(4000)])
def test_what_calls_share_is_paid_for(tmp_path, kind, pickled):
    check(tmp_path, pickled)


@pytest.mark.parametrize(("kind", "pickled"), [pytest.param(kind, made, id=kind) for kind, made in sharings(3)])
def test_a_little_sharing_loads(tmp_path, kind, pickled):
    assert check(tmp_path, pickled) == "list", kind


def test_element_that_is_named_again_and_again_costs_once(tmp_path):
    """Records of a megabyte each, of which a byte of the file is enough."""
    pickled = wide_objects()
    at = pickled.index(b"K\x01\x85") + 1
    assert pickled[at] == 1
    check(tmp_path, pickled)


def test_what_several_objects_share_stays_one(tmp_path):
    """A list that two deques are made of: its items are the same objects in both."""
    import numio

    inner = row([row([b"K\x01"])])
    path = tmp_path / "x.pkl"
    path.write_bytes(shared(name("collections", "deque"), inner + b"\x85", 2))
    found, wanted = numio.load(path), pickle.loads(path.read_bytes())
    assert found == wanted
    assert wanted[0][0] is wanted[1][0]
    assert found[0][0] is found[1][0]


def is_refused(ended):
    """Whether loading ended with an exception: what is no pickle is `NotRecognized`."""
    return "Error" in ended or ended.startswith("NotRecognized")


def test_states_that_refer_to_themselves_end(tmp_path):
    array = ARRAY + b"Rq\x01"
    for state in (
        b"(K\x01h\x01" + BYTES + b"\x89C\x01xt",
        b"(K\x01K\x01\x85h\x01\x89C\x01xt",
        b"(K\x01K\x01\x85" + BYTES + b"h\x01C\x01xt",
        b"(K\x01K\x01\x85" + BYTES + b"\x89h\x01t",
        b"(h\x01K\x01\x85" + BYTES + b"\x89C\x01xt",
        b"h\x01",
    ):
        ended = check(tmp_path, PROTO + array + state + b"b.")
        assert is_refused(ended), ended
    dtype = DTYPE + text("V8") + b"\x89\x88\x87Rq\x01"
    for state in (
        b"(K\x03" + text("|") + b"h\x01K\x02\x85\x86NNK\x08K\x01K\0t",
        b"(K\x03" + text("|") + b"N" + text("a") + b"\x85}" + text("a") + b"h\x01K\0\x86sK\x08K\x01K\0t",
        b"(K\x03" + text("|") + b"NN" + b"h\x01K\x08K\x01K\0t",
        b"(K\x03" + text("|") + b"NNNK\x08K\x01K\0h\x01t",
    ):
        ended = check(tmp_path, PROTO + dtype + state + b"b.")
        assert is_refused(ended) or ended.startswith("void") or "dtype" in ended.lower(), ended
    masked = MASKED + b"Rq\x01"
    for state in (
        b"(K\x01h\x01" + BYTES + b"\x89C\x01xC\x01\0Nt",
        b"(K\x01K\x01\x85" + BYTES + b"\x89C\x01xC\x01\0h\x01t",
        b"(K\x01K\x01\x85" + BYTES + b"\x89C\x01xh\x01Nt",
    ):
        ended = check(tmp_path, PROTO + masked + state + b"b.")
        assert is_refused(ended), ended
    scalar = name("numpy._core.multiarray", "scalar") + OBJECT + b"](h\x01e\x86R"
    check(tmp_path, PROTO + array + b"0" + scalar + b".")
