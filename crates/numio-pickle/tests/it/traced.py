"""Prints pickles, in every spelling that CPython's unpicklers take, and what each of them looks up and calls.

Nothing of the pickles is run: every name is that of a class which only takes notes.
"""

import io
import json
import pickle
import random
import resource
import struct
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

NAMES = [("os", "system"), ("pkg", "Thing"), ("__builtin__", "eval"), ("collections", "deque"), ("commands", "getoutput"),
         ("pkg.sub", "Outer.Inner"), ("decimal", "Decimal"), ("posix", "popen")]  # fmt: skip


def names_of(module, name):
    """A name by itself, and as Python 3 calls it."""
    module3, name3 = NAME_MAPPING.get((module, name)) or (IMPORT_MAPPING.get(module, module), name)
    return sorted({f"{module}.{name}", f"{module3}.{name3}"})


def stub(notes, module, name):
    class Meta(type):
        def __call__(cls, *args, **kwargs):
            notes.add(("calls", tuple(names_of(module, name))))
            return super().__call__()

    class Stub(tuple, metaclass=Meta):
        def __new__(cls, *args, **kwargs):
            notes.add(("calls", tuple(names_of(module, name))))
            return tuple.__new__(cls, ())

        def __call__(self, *args):
            notes.add(("calls", ("what another call gives",)))
            return self

        def __setstate__(self, state):
            pass

        def append(self, item):
            pass

        def extend(self, items):
            pass

        def add(self, item):
            pass

        def __setitem__(self, key, value):
            pass

        def __hash__(self):
            return 1

    return Stub


def watched(base, data, notes):
    class Watched(base):
        def find_class(self, module, name):
            notes.add(("imports", tuple(names_of(module, name))))
            return stub(notes, module, name)

        def persistent_load(self, pid):
            notes.add(("asks for", ("a persistent object",)))
            return ()

    return Watched(data)


def load_all(base, data, shares_memo, notes):
    file = io.BytesIO(data)
    unpickler = watched(base, file, notes)
    for _ in range(4):
        try:
            unpickler.load()
        except (Exception, MemoryError):
            return
        if not shares_memo:
            unpickler = watched(base, file, notes)


def text(random):
    module, name = random.choice(NAMES)
    return random.choice([module, name, "x", "latin1"])


def string(random, value):
    """A text in one of the many ways to write it."""
    data = value.encode()
    escaped = "".join(f"\\x{byte:02x}" if random.random() < 0.3 else chr(byte) for byte in data).encode()
    raw = "".join(f"\\u{byte:04x}" if random.random() < 0.3 else chr(byte) for byte in data).encode()
    return random.choice([
        b"S'" + escaped + b"'\n", b'S"' + data + b'"\n', b"V" + raw + b"\n", b"T" + struct.pack("<i", len(data)) + data,
        b"U" + bytes([len(data)]) + data, b"X" + struct.pack("<I", len(data)) + data, b"\x8c" + bytes([len(data)]) + data,
        b"\x8d" + struct.pack("<Q", len(data)) + data,
    ])  # fmt: skip


def integer(random):
    return random.choice([b"I5\n", b"I0x10\n", b"I 7\n", b"I1_0\n", b"I01\n", b"I0b1\n", b"L5L\n", b"L0x5L\n", b"L-3\n", b"F1.5\n", b"F1_0.5\n",
                          b"Finf\n", b"F 2\n", b"K\x05", b"\x8a\x01\x05", b"I010\n", b"I5\x00junk\n", b"F1.5\x00\n", b"L1e5\n"])  # fmt: skip


def index(random, n):
    return random.choice([b"%d", b" %d", b"+%d", b"%d ", b"0%d", b"%d\x00x"]) % n


def glob(random):
    module, name = random.choice(NAMES)
    return random.choice([
        lambda: b"c" + module.encode() + b"\n" + name.encode() + b"\n",
        lambda: string(random, module) + string(random, name) + b"\x93",
        lambda: string(random, module) + b"\x94" + string(random, name) + b"\x940" + b"0h\x00h\x01\x93",
    ])()  # fmt: skip


def value(random, depth=0):
    kind = random.randrange(13 if depth < 4 else 4)
    inner = lambda: value(random, depth + 1)  # noqa: E731
    if kind < 2:
        return string(random, text(random))
    if kind == 2:
        return integer(random)
    if kind == 3:
        return random.choice([b"N", b"]", b"}", b")", b"\x8f", b"\x88", glob(random)])
    if kind == 4:
        return b"(" + b"".join(inner() for _ in range(random.randrange(4))) + random.choice([b"t", b"l"])
    if kind == 5:
        args = random.choice([b")", b"(" + inner() + b"t", inner() + b"\x85", b"]" + inner() + b"a", inner()])
        return glob(random) + args + random.choice([b"R", b"R", b"\x81"])
    if kind == 6:
        module, name = random.choice(NAMES)
        return b"(" + inner() + b"i" + module.encode() + b"\n" + name.encode() + b"\n"
    if kind == 7:
        return b"(" + glob(random) + inner() + b"o"
    if kind == 8:
        return glob(random) + b")" + random.choice([b"}", b"(d", inner()]) + b"\x92"
    if kind == 9:
        number = random.randrange(300)
        put = random.choice([b"p" + index(random, number) + b"\n", b"r" + struct.pack("<I", number)])
        get = random.choice([b"g" + index(random, number) + b"\n", b"j" + struct.pack("<I", number)])
        return inner() + put + b"0" + get
    if kind == 10:
        return inner() + random.choice([b"(" + inner() + b"e", inner() + b"a", inner() + inner() + b"s", b"(u", inner() + b"b", b"(\x90", b"2R"])
    if kind == 11:
        return random.choice([b"Pname\n", inner() + b"Q"])
    return inner() + random.choice([b"0", b"(0", b"(N1"]) + inner()


def pickles():
    source = random.Random(11)
    for n in range(2500):
        body = b""
        for _ in range(source.choice([1, 1, 1, 2, 3])):
            one = value(source) + b"."
            if source.random() < 0.4:
                one = source.choice([b"\x80\x02", b"\x80\x03", b"\x80\x04"]) + one
            elif source.random() < 0.2:
                one = b"\x80\x04\x95" + struct.pack("<Q", len(one)) + one
            body += one
        if source.random() < 0.3:
            at = source.randrange(len(body))
            body = source.choice([
                body[:at], body[:at] + bytes([source.randrange(256)]) + body[at + 1 :], body[:at] + body[at + 1 :],
                body[:at] + body[source.randrange(len(body)) :],
            ])  # fmt: skip
        yield body


if __name__ == "__main__":
    # An index of the memo can claim any memory.
    resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))
    asked = []
    for data in pickles():
        notes = set()
        for base in (pickle.Unpickler, pickle._Unpickler):
            for shares_memo in (False, True):
                load_all(base, data, shares_memo, notes)
        asked.append((data.hex(), sorted((act, names) for act, names in notes)))
    print(json.dumps(asked))
