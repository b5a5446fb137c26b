"""Prints what NumPy makes of dtype strings (`s`) and of descrs (`d`), one a line.

The kind, the text, and either `-` where NumPy refuses it or repr, str, name, itemsize, alignment and descr (`-` where a
header cannot describe it).
"""

import itertools
import random
import warnings

import numpy as np
from numpy._core.numerictypes import sctypeDict
from numpy.lib import _format_impl as impl

ORDERS = ["", "<", ">", "=", "|"]
UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "generic"]


def strings():
    letters = [chr(code) for code in range(0x20, 0x180)]
    sizes = ["", "0", "1", "2", "3", "4", "5", "8", "10", "12", "16", "24", "32", "64", "+4", "-4", " 4", "4 ", "04", "0x4",
             "4.0", "\t8", "\v8", "+ 4", "--4", "2147483647", "2147483648", "536870911", "536870912", "4294967297",
             "9223372036854775807", "9223372036854775808", "99999999999999999999", "-1", "-9223372036854775809", "_4", "4_0", "٤"]
    for order, letter, size in itertools.product(ORDERS, letters, sizes):
        yield order + letter + size
    names = [name for name in sctypeDict if isinstance(name, str)]
    names += ["bool8", "string", "unicode_", "str0", "bytes0", "object0", "void0", "int0", "uint0", "float_", "complex_", "Float64", "FLOAT64",
              "float64 ", " float64", "float80", "float96", "int128", "complex192", "String", "StringDType", "numpy.float64", "np.int8",
              "character", "record", "recarray", "timedelta", "datetime", "M8", "longcomplex", "longfloat", "singlecomplex", "cfloat",
              "integer", "number", "floating", "generic", "inexact", "flexible", "<", ">", "=", "|", "", " ", "<>", "<<f4", "\t", "a,",
              "float64\n", "float64[ns]", "int32[2]", "S[5]", "M8 [s]", "M8[s] ", " M8[s]", "f4\n", "i4;i4", "i4;", "(i4,)", "[i4]"]
    for order, name in itertools.product(ORDERS, names):
        yield order + name
    counts = ["", "1", "2", "25", "2147483647", "2147483648", "-2", "+3", " 3", "3 ", "99999999999999999999", "4294967297"]
    # The count 0, which NumPy takes, makes it divide by zero later; a divisor of 0 makes it do so at once.
    divisors = ["", "/1", "/2", "/3", "/7", "/10", "/12", "/60", "/100", "/1000", "/ 2", "/+2", "/2 ", "/", "/x", "/99999999999999999999"]
    for letter, count, unit, divisor in itertools.product(["M8", ">m8"], counts, UNITS + ["", "x", "S", "B", "\u03bcs", "\u00b5s", "us "], divisors):
        yield f"{letter}[{count}{unit}{divisor}]"
    for unit, divisor in itertools.product(UNITS, itertools.chain(range(1, 1500), [3600, 10080, 86400, 60000, 500000, 1000000, 1000001])):
        yield f"m8[{unit}/{divisor}]"
    for head in ["M8", "m8", "M", "m", "datetime64", "timedelta64", "<datetime64", ">timedelta64", "=M8", "|M8", "M4", "M16", "datetime", "M8 "]:
        for tail in ["", "[s]", "[]", "[", "]", "[s", "s]", "[s]]", "[[s]]", "[s][s]", "[s]x", "x", "[s ]", "[ s]", "[1 s]", "[s/2]x", "8", "[s,1]", "[s]\0"]:
            yield head + tail
    rng = random.Random(7)
    formats = ["f4", "i4", ">f8", "<i2", "S5", "U3", "V2", "M8[s]", "m8[25us]", "?", "b", "float32", "O", "a4", "c", "S", "U", "V", "",
               "M8[us/10]", "T", "x", "c8", "(2,)f4", "g", "=i8", "|u1", "f4 ", "longdouble", "bool_", "i4.", "i4?", "[s]"]
    repeats = ["", "2", "(2,3)", "(2,)", "()", "(2)", "( 2 , 3 )", " 2", "2 ", "(2", "2)", "2,3", "0", "1", "(0,)", "(1,)", "01", "1 2", "(2,,3)",
               "(,)", "-1", "(-1,)", "1000000", "(2147483648,)", "(65536,65536)", "99999999999999999999", " ", "((2,3))", "(2,(3,))", "2.0"]
    separators = [",", ", ", " ,", " , ", ",,", ";", " ", "", ",\t", "\n,", ",\u00a0", "\u00a0"]
    for order, repeat, inner, name in itertools.product(ORDERS, repeats, ORDERS, formats):
        yield order + repeat + inner + name
        yield "f4," + order + repeat + inner + name
    for _ in range(15000):
        count = rng.randrange(1, 5)
        parts = [rng.choice(ORDERS[:1] * 4 + ORDERS) + rng.choice(repeats[:1] * 6 + repeats) + rng.choice(formats) for _ in range(count)]
        text = parts[0] + "".join(rng.choice(separators[:2] * 5 + separators) + part for part in parts[1:])
        yield text + rng.choice(["", "", "", "", ",", ", ", " ", "\n", ",,", " \t"])
    for _ in range(20000):
        yield "".join(rng.choice("<>=|f4i8SU(2,)[s] mM0123,V?.+-") for _ in range(rng.randrange(1, 9)))


def descrs():
    types = ["'<f8'", "'S'", "'S3'", "'V'", "'V4'", "'U'", "'U2'", "'O'", "'M8[s]'", "'f4,i2'", "'2f4'", "'T9'", "('<i4', (2,))", "('<i4', 2)", "('S', 5)",
             "[('k', '<i2')]", "[]", "[('', 'V3')]", "([('k', 'i1')], (2, 2))", "('<i4',)", "()", "None", "1", "b'f4'", "('f4', (2,), 1)", "(('f4', 2), 3)",
             "['f4']", "[['k', 'f4']]", "('S', 0)", "('V', 3)", "(('S', 5), 2)"]
    shapes = ["2", "(2,)", "(2, 3)", "()", "[]", "[2]", "[2, 3]", "0", "1", "(0,)", "(1,)", "-1", "(-1,)", "(2, -1)", "2.0", "(2.0,)", "True", "(True,)", "'x'",
              "2147483647", "2147483648", "(2147483647,)", "(2147483648,)", "9223372036854775808", "(9223372036854775808,)", "(65536, 65536)",
              "(65536, 65536, 0)", "(0, 65536, 65536)", "(46341, 46341)", "((2,),)", "(2147483647, 0, 2147483647)", "536870911", "536870912",
              "268435455", "268435456", "(" + "1, " * 32 + ")", "(" + "1, " * 64 + ")", "(" + "1, " * 65 + ")", "(2147483647, 2147483647, 2147483647, 0)",
              "(0, 2147483648)", "(2147483647, 2147483647, 0)", "(2, 2147483647, 2147483647, 0)", "(3, 2147483647, 2147483647, 0)", "{}", "{1}", "b'2'", "(None,)"]
    names = ["'a'", "''", "('t', 'a')", "('', 'a')", "('t', '')", "('', '')", "(None, 'a')", "(None, '')", "('a', 'a')", "['t', 'a']", "()", "('a',)", "('t', 'a', 'b')",
             "1", "None", "b'a'", "('t', 1)", "(1, 'a')", "(('t', 'u'), 'a')", "'\\x00'", "'é'", "'a b'", "'f0'"]
    yield from types
    for type_, shape in itertools.product(types, shapes):
        yield f"({type_}, {shape})"
        yield f"[{type_}, {shape}]"
        yield f"[('a', {type_}, {shape}), ('b', 'u1')]"
        yield f"[('', {type_}, {shape}), ('b', 'u1')]"
    for name, type_ in itertools.product(names, types):
        yield f"[({name}, {type_})]"
        yield f"[[{name}, {type_}]]"
        yield f"[({name}, {type_}, (2,)), ('b', 'u1')]"
    for first, second in itertools.product(names, names):
        yield f"[({first}, 'u1'), ({second}, 'S3')]"
    for text in ["[('a', 'S2147483647')]", "[('a', 'S2147483647'), ('b', 'u1')]", "[('a', 'S2147483647'), ('', 'V1')]", "[('', 'V2147483647'), ('', 'V2147483647')]",
                 "[('a', 'f8', (268435455,)), ('b', 'V7')]", "[('a', 'f8', (268435455,)), ('b', 'V8')]", "[('a', [('b', [('c', '<f4')])])]", "[('a',)]", "[()]",
                 "[('a', 'f4', 2, 3)]", "[1]", "[None]", "['']", "[[]]", "[['a']]", "('f4', 'f4')", "('f4', None)", "('f4', {})", "(('f4', 2), ())", "..."]:
        yield text
    rng = random.Random(11)
    for _ in range(4000):
        yield descr(rng, 3, names, types, shapes)


def descr(rng, level, names, types, shapes):
    if level == 0 or rng.randrange(3) == 0:
        return rng.choice(types[:10])
    fields = []
    for index in range(rng.randrange(4)):
        name = rng.choice(names) if rng.randrange(4) == 0 else rng.choice([f"'n{index}'", f"('t{index}', 'n{index}')", "''"])
        field = descr(rng, level - 1, names, types, shapes)
        fields.append(f"({name}, {field}, {rng.choice(shapes)})" if rng.randrange(4) == 0 else f"({name}, {field})")
    return "[" + ", ".join(fields) + "]"


def layouts():
    """Records by C's alignment: `a` aligned, `n` aligned ones within an aligned one, `m` within a packed one."""
    formats = ["?", "i1", "u2", "<i4", ">i8", "f2", "f4", "f8", "g", "c8", "c16", "G", "S", "S3", "U", "U1", ">U2", "V", "V5", "O", "M8[s]", ">m8", "(3,)f2", "(2,2)S1", "(0,)f8"]
    for first, second in itertools.product(formats, formats):
        yield f"{first},{second}"
    rng = random.Random(5)
    for _ in range(1500):
        yield ",".join(rng.choice(formats) for _ in range(rng.randrange(3, 7)))


def within(text, align):
    inner = np.dtype(text, align=True)
    return np.dtype([("x", "u1"), ("y", inner), ("z", inner, (2,))], align=align)


def report(kind, text, make):
    try:
        dtype = make()
    except BaseException:
        print(kind, text.encode().hex(), "-")
        return
    try:
        described = repr(impl.dtype_to_descr(dtype)) if dtype.subdtype is None else "-"
    except ValueError:
        described = "-"
    texts = [repr(dtype), str(dtype), dtype.name, str(dtype.itemsize), str(dtype.alignment), described]
    print(kind, text.encode().hex(), *(part.encode().hex() for part in texts))


def main():
    warnings.simplefilter("ignore")
    for text in dict.fromkeys(strings()):
        report("s", text, lambda: np.dtype(text))
    for text in dict.fromkeys(layouts()):
        report("a", text, lambda: np.dtype(text, align=True))
        report("n", text, lambda: within(text, True))
        report("m", text, lambda: within(text, False))
    for text in dict.fromkeys(descrs()):
        report("d", text, lambda: impl.descr_to_dtype(eval(text)))


main()
