"""Attacks through pickles, numbered from P1.

Python runs what a pickle says, so nothing here does harm where Python reads it: it asks for the working directory where
another would ask for a shell. What Python would spend minutes or gigabytes on is not tried with it.

Larger ones are made by the tests: a million nested values of each kind, every truncation and every flipped bit of real
pickles (`crates/numio-pickle/tests/it/hostile.rs`), and states of NumPy's objects that lie (`objects/hostile.py` of numio's own).
"""

import pickle
import struct
from dataclasses import dataclass

import numpy as np
from numpy._core.multiarray import _reconstruct, scalar

from . import Attack


@dataclass(frozen=True)
class PickleAttack(Attack):
    """The pickle gives the error; or it `prints` so, or, where that ends with `...`, starts so and goes on for ever."""

    suffix: str = ".pkl"
    prints: str = None
    numpy: str = "UnpicklingError"
    is_tried: bool = True
    """Whether Python may be shown the file."""

    def entry(self):
        entry = super().entry()
        if self.prints is not None:
            del entry["error"]
            entry["prints"] = self.prints
        if not self.is_tried:
            del entry["numpy"]
        return entry


class Made:
    """An object that is pickled as it is told."""

    def __init__(self, *parts):
        self.parts = parts

    def __reduce__(self):
        return self.parts


def error(number, name, what, data, words=(), **more):
    data = pickle.dumps(data, 3) if isinstance(data, Made) else data
    return PickleAttack(number, name, what, data, words=list(words), **more)


def prints(number, name, what, data, text, numpy="loads", **more):
    return PickleAttack(number, name, what, data, prints=text, numpy=numpy, **more)


def untried(number, name, what, data, text, numpy):
    return prints(number, name, what, data, text, numpy, is_tried=False)


BROKEN = [
    error("P1", "empty", "no bytes at all", b"", kind="EndOfStream", numpy="EOFError"),
    error("P2", "no-stop", "ends before its STOP", b"\x80\x04N", ["byte 3", "STOP"]),
    error("P3", "half-number", "ends inside a number", b"\x80\x04J\x01\x02", ["byte 2", "BININT", "4", "2"]),
    error("P4", "two-gib", "claims 2 GiB in ten bytes", b"\x80\x04B\xff\xff\xff\x7fabc",
          ["byte 2", "BINBYTES", "2147483647", "3"]),
    error("P5", "eight-exbi", "claims 2^63 bytes in ten", b"\x8e" + struct.pack("<Q", 1 << 63) + b".",
          ["byte 0", "BINBYTES8", "9223372036854775808", "1"]),
    error("P6", "negative", "a string of length -1", b"T\xff\xff\xff\xff.", ["byte 0", "BINSTRING", "-1"]),
    error("P7", "endless-line", "a line without its end", b"I12345", ["byte 0", "INT", "newline"]),
    error("P8", "frame-of-2-64", "a frame of 2^64 - 1 bytes", b"\x80\x04\x95" + b"\xff" * 8 + b"N.",
          ["byte 2", "FRAME", "18446744073709551615"]),
    error("P9", "frame-crossed", "an instruction that goes on past its frame", b"\x80\x04\x95" + struct.pack("<Q", 2) + b"NM\0\0.",
          ["byte 12", "BININT2", "frame"], numpy="loads"),
    error("P10", "frame-in-frame", "a frame inside a frame", b"\x95" + struct.pack("<Q", 11) + b"N\x95" + struct.pack("<Q", 1) + b"N.",
          ["byte 10", "FRAME"], numpy="loads"),
    error("P11", "opcode-255", "an opcode that does not exist", b"\x80\x04N\xff.", ["byte 3", "0xff"]),
    error("P12", "protocol-255", "a protocol that does not exist", b"\x80\xffN.", ["byte 0", "PROTO", "255"], kind="Unsupported"),
    error("P13", "underflow", "calls what is not there", b"\x80\x04R.", ["byte 2", "REDUCE"]),
    error("P14", "below-a-mark", "takes what lies below a mark", b"N(.", ["byte 2", "STOP"]),
    error("P15", "no-mark", "wants a mark that is not there", b"Nt.", ["byte 1", "TUPLE", "mark"]),
    error("P16", "odd", "a key without its value", b"}(Nu.", ["byte 3", "SETITEMS"]),
    error("P17", "no-memo", "fetches what was never stored", b"h\x05.", ["byte 0", "BINGET", "5"]),
    error("P18", "append-to-none", "appends to None", b"NNa.", ["byte 2", "APPEND", "None"]),
    error("P19", "append-to-tuple", "appends to a tuple", b")Na.", ["byte 2", "APPEND", "tuple"]),
    error("P20", "not-utf-8", "a string that is not UTF-8", b"X\x02\0\0\0\xc3\x28.", ["byte 0", "BINUNICODE", "UTF-8"]),
    error("P21", "number-for-a-name", "a number for the name of a module", b"\x80\x04K\x01K\x02\x93.", ["byte 6", "STACK_GLOBAL"]),
    error("P22", "arguments", "arguments that are no tuple", b"cos\ngetcwd\nNR.", ["byte 12", "REDUCE", "None"]),
    error("P23", "named-arguments", "named arguments that are no dict", b"\x80\x04\x8c\x02os\x8c\x06getcwd\x93)N\x92.",
          ["byte 17", "NEWOBJ_EX", "None"]),
    error("P24", "no-buffer", "a buffer that did not travel with it", b"\x80\x05\x97.", ["byte 2", "NEXT_BUFFER"], kind="InvalidInput"),
    error("P25", "not-a-number", "text for a number", b"Ix1\n.", ["byte 0", "INT", "x1"]),
]

CODE = [
    prints("P26", "call", "calls a function", b"cos\ngetcwd\n)R.", "os.getcwd()"),
    prints("P27", "hidden-call", "calls one whose names come from the memo", b"\x80\x04\x8c\x06getcwd\x94\x8c\x02os\x94\x93.".replace(
        b"\x93", b"0h\x01h\x00\x93)R"), "os.getcwd()"),
    prints("P28", "call-of-a-call", "calls what a call gives", b"cbuiltins\ngetattr\n(cos\npath\nVbasename\ntR(Va/b\ntR.",
           "builtins.getattr(<global 'os.path'>, 'basename')('a/b')"),
    prints("P29", "old-names", "calls by a name of Python 2", b"cposixpath\nbasename\n(Va/b\ntR.", "posixpath.basename('a/b')"),
    prints("P30", "instance", "calls by INST", b"(Va/b\niposixpath\nbasename\n.", "posixpath.basename('a/b')"),
    prints("P31", "changes-a-class", "sets an attribute of a class for the whole process",
           b"ccollections\nCounter\nN}Vnumio\nK\x01s\x86b.", "<global 'collections.Counter'>"),
    prints("P32", "after-stop", "bytes after the STOP", b"N.cos\ngetcwd\n)R.", "None"),
]

COST = [
    prints("P33", "nested-20000", "20,000 lists in one another", b"]" * 20000 + b"a" * 19999 + b".", "[[[[[[[[...",
           numpy="loads"),
    prints("P34", "billion-laughs", "lists that hold each other ten times, nine deep",
           b"](" + b"Vha\n" * 10 + b"e" + b"".join(b"q%c](" % at + b"h%c" % at * 10 + b"e" for at in range(9)) + b".",
           "[[[[[[[[[['ha', 'ha', ..."),
    prints("P35", "itself", "a list in itself", b"]q\x00h\x00a.", "[[...]]"),
    untried("P36", "far-memo", "stores under the index 2^31 - 1, in nine bytes", b"\x80\x04Nr\xff\xff\xff\x7f.", "None",
            "takes gigabytes"),
    untried("P37", "key-of-halves", "a key of tuples that share their halves, 60 deep",
            b"}N" + b"".join(b"\x85" if at == 0 else b"2\x86" for at in range(60)) + b"Ns.",
            "{((((((((((...", "hashes for ever"),
    untried("P38", "large-bytearray", "asks for 16 GiB in a call", b"cbuiltins\nbytearray\n(L17179869184L\ntR.",
            "builtins.bytearray(17179869184)", "takes 16 GiB"),
    untried("P39", "large-fraction", "asks for a number of 10^8 digits in a call", b"cfractions\nFraction\n(V1e99999999\ntR.",
            "fractions.Fraction('1e99999999')", "computes for hours"),
    untried("P40", "long-deque", "asks for a deque of 10^10 numbers in a call",
            b"ccollections\ndeque\n(cbuiltins\nrange\n(I0\nL10000000000L\nI1\ntRtR.",
            "collections.deque(range(0, 10000000000))", "takes all memory"),
    prints("P41", "many-digits", "an integer of 10,000 digits, which Python does not convert", b"L1" + b"0" * 9999 + b"L\n.",
           "10000000...", numpy="UnpicklingError"),
]


def tower(first):
    """Tuples that hold the one before 20 times, 8 deep, stored from that index on."""
    levels = [b"(" + b"K\1" * 20 + b"tq%c0" % first]
    levels += [b"(" + b"h%c" % level * 20 + b"tq%c0" % (level + 1) for level in range(first, first + 7)]
    return b"".join(levels)


SHARED = [
    untried("P58", "keys-of-towers", "two equal keys of tuples that hold each other 20 times, 8 deep",
            tower(0) + tower(100) + b"}(h\x07NhkNu.", "{((((((((1, 1, ...", "compares for ever"),
    untried("P59", "congruent-keys", "2,000 keys of one hash",
            b"}(" + b"".join(b"\x8a\x0a" + (n * (2**61 - 1)).to_bytes(10, "little") + b"N" for n in range(1, 2001)) + b"u.",
            "{2305843009213693951: None, ...", "takes quadratic time"),
    untried("P60", "shared-arguments", "2,000 deques of one list of 2,000 numbers, which stands in one tuple of arguments",
            b"ccollections\ndeque\nq\0" b"0](" + b"M\0\1" * 2000 + b"e\x85q\1" b"0](" + b"h\0h\1R" * 2000 + b"e.",
            "[deque([256, 256, ...", "takes memory that the file has not paid for"),
    prints("P61", "nested-deques", "5,000 deques in one another, which Python drops by recursion: it dies of 106,000",
           b"ccollections\ndeque\nq\0" b"0" + b"h\0)R" * 5000 + b"N" + b"a" * 5000 + b".", "deque([deque([..."),
    error("P62", "shape-of-itself", "an array whose shape is the array",
          b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntVb\ntRq\1(I1\nh\1cnumpy\ndtype\n(Vi8\nI00\nI01\ntRI00\nV\ntb.",
          ["shape"], numpy="UnpicklingError"),
    untried("P63", "nested-arrays", "3,000 arrays of objects in one another, which whoever compares them by recursion dies of",
            b"cnumpy\ndtype\n(X\2\0\0\0O8I00\nI01\ntR(K\3X\1\0\0\0|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x3ftbq\0" b"0"
            b"cnumpy.core.multiarray\n_reconstruct\nq\1" b"0(cnumpy\nndarray\nK\0\x85X\1\0\0\0btq\2" b"0K\1\x85q\3" b"0"
            b"](N" + b"h\1h\2R(K\1h\3h\0I00\n]" * 3000 + b"N" + b"atb" * 3000 + b"e.", "[None, ...",
            "dies when they are dropped"),
    prints("P64", "itself-many-times", "a list that holds itself 40,000 times", b"]q\0(" + b"h\0" * 40000 + b"e.", "[[...], [...], ..."),
    untried("P65", "key-of-itself", "a dict that is its own key and its own value", b"}q\0h\0h\0s.", "{{...}: {...}}", "TypeError"),
    prints("P66", "text-many-times", "a list that holds one text of 20,000 characters 40,000 times",
           b"X" + struct.pack("<I", 20000) + b"a" * 20000 + b"q\0" b"0](" + b"h\0" * 40000 + b"e.", "['aaaaaaaaaaaaaaa..."),
]

F8 = np.dtype("f8")
OBJECT = np.dtype("O")


def dtype(spec="f8", state=(3, "<", None, None, None, -1, -1, 0)):
    return Made(np.dtype, (spec, False, True), state)


def array(*state):
    return Made(_reconstruct, (np.ndarray, (0,), b"b"), state)


def record(size=4, flags=16, fields=None, spec="V4"):
    return dtype(spec, (3, "|", None, ("a",), {"a": (np.dtype("i4"), 0)} if fields is None else fields, size, 1, flags))


STATES = [
    error("P42", "objects-over-bytes", "an array of pointers over raw bytes", array(1, (2,), OBJECT, False, b"\x41" * 16),
          ["elements", "list"]),
    error("P43", "few-bytes", "fewer bytes than the shape has", array(1, (2,), F8, False, bytes(15)), ["15 bytes", "16"]),
    error("P44", "many-bytes", "more bytes than the shape has", array(1, (2,), F8, False, bytes(17)), ["17 bytes", "16"]),
    error("P45", "negative-shape", "an axis of -1", array(1, (-1,), F8, False, b""), ["shape", "-1"]),
    error("P46", "overflow", "a shape whose bytes overflow 64 bits", array(1, (2**62, 2**62), F8, False, b"")),
    error("P47", "few-objects", "fewer objects than the shape has", array(1, (3,), OBJECT, False, [1, 2]), ["2 elements", "3"],
          numpy="loads, with holes", is_tried=False),
    error("P48", "state-dict", "a dict for the state of a dtype", array(1, (2,), dtype(state={"a": 1}), False, bytes(16)), ["dtype state"]),
    error("P49", "state-short", "a dtype whose state is short", array(1, (2,), dtype(state=(3, "<")), False, bytes(16)), ["dtype state"]),
    error("P50", "itemsize", "a dtype whose itemsize lies", array(1, (2,), dtype("S8", (3, "|", None, None, None, 4, 1, 0)), False, bytes(16)),
          ["itemsize"]),
    error("P51", "itemsize-huge", "a dtype of 2^40 bytes", array(1, (0,), dtype("S8", (3, "|", None, None, None, 2**40, 1, 0)), False, b""),
          ["itemsize"], numpy="loads, as another", is_tried=False),
    error("P52", "references-denied", "a record with a pointer that says it has none",
          array(1, (1,), record(8, 16, {"a": (OBJECT, 0)}, "V8"), False, b"\x41" * 8), ["flags"],
          numpy="loads, and follows the pointer", is_tried=False),
    error("P53", "references-claimed", "floats that say they are pointers",
          array(1, (1,), dtype(state=(3, "<", None, None, None, -1, -1, 63)), False, [1]), ["flags"],
          numpy="loads, and follows the pointer", is_tried=False),
    error("P54", "field-outside", "a field that lies outside its record",
          array(1, (1,), record(fields={"a": (np.dtype("i4"), 1)}), False, bytes(4)),
          numpy="loads, and reads past the end", is_tried=False),
    error("P55", "field-before", "a field before its record",
          array(1, (1,), record(fields={"a": (np.dtype("i4"), -8)}), False, bytes(4)), ["offset", "-8"],
          numpy="loads, and reads before the start", is_tried=False),
    error("P56", "record-small", "a record smaller than its field", array(1, (1,), record(2, spec="V2"), False, bytes(2)),
          numpy="loads, and reads past the end", is_tried=False),
    error("P57", "tick-of-nothing", "a time unit divided by 0",
          array(1, (1,), dtype("M8", (4, "<", None, None, None, -1, -1, 0, (None, (b"s", 1, 0, 1)))), False, bytes(8)), ["time unit"]),
]

ATTACKS = [*BROKEN, *CODE, *COST, *STATES, *SHARED]
