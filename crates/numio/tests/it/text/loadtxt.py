"""Prints texts, how to read them, and what numpy.loadtxt makes of them: one JSON object a line."""

import itertools
import json
import os
import random
import sys
import tempfile
import warnings

import numpy as np

random.seed(42)
PATH = os.path.join(tempfile.mkdtemp(), "text")


def outcome(source, options):
    options = dict(options)
    if "dtype" in options:
        options["dtype"] = np.dtype(options["dtype"])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            array = np.loadtxt(source, **options)
        except Exception as error:  # whatever NumPy refuses with
            # NumPy does not say which text is no moment where the unit is to be found; numio does.
            kind = "other" if "other than NaT with generic units" in str(error) else type(error).__name__
            return {"error": str(error), "kind": kind}
    heard = [str(warning.message).split(".")[0] for warning in caught]
    heard = [text for text in heard if "representation of timezones" not in text]
    # Texts of unknown length are read 50,000 rows at a time, of which NumPy warns though no one asked for that.
    heard = [text for text in heard if "`max_rows=50000`" not in text or options.get("max_rows") == 50000]
    heard = ["no data" if "contained no data:" in text else text for text in heard]
    # Of an overflow NumPy warns for each value.
    heard = [text for index, text in enumerate(heard) if "overflow" not in text or text not in heard[:index]]
    return {
        "dtype": repr(np.lib.format.dtype_to_descr(array.dtype)),
        "shape": array.shape,
        "data": array.tobytes("A").hex(),
        "warnings": sorted(heard),
    }


def case(text, lines=None, **options):
    """One text, given as str or bytes; or `lines`, given as a list."""
    if options.get("max_rows") == 0 and options.get("dtype") in ("U", "S"):
        # NumPy stumbles here: it joins no arrays at all.
        return
    data = text.encode() if isinstance(text, str) else text
    if lines is None:
        with open(PATH, "wb") as file:
            file.write(data)
        found = outcome(PATH, options)
    else:
        found = outcome(lines, options)
    if "dtype" in options:
        options["dtype"] = repr(np.lib.format.dtype_to_descr(np.dtype(options["dtype"])))
    for key in ("comments", "usecols"):
        if key in options:
            value = options[key]
            options[key] = [] if value is None else [value] if isinstance(value, (str, int)) else list(value)
    print(json.dumps({"text": data.hex(), "lines": lines, "options": options, "found": found}))


NUMBERS = """
0 -0 +0 00 1 -1 +1 127 128 -128 -129 255 256 32767 32768 -32768 65535 65536 2147483647 2147483648 -2147483649
4294967295 4294967296 9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809
18446744073709551615 18446744073709551616 99999999999999999999999 000000000000000000000000000001 1_0 0x10 0b1 1. .5 -.5 . +
- +-1 --1 1e 1e+ 1e5 1E5 1e-5 1e400 -1e400 1e-400 1e99999999999999999999 0e99999999999999999999 1.0 1.5 2.5 0.1
0.30000000000000004 3.4028235677973366e+38 3.4028235e38 65520 65519.99 5.960464477539063e-08 2.98e-8 1e-45 4.9e-324 2e-324
2.4703282292062327e-324 2.4703282292062328e-324 1.7976931348623157e308 1.7976931348623159e308 9007199254740993
9007199254740992.9999 8.5e22 nan NaN -nan +nan nan0 inf -inf +INF Infinity -iNfInItY infinit infx True False x ١ 1\u00a0 \u20001
1j -1j 1+1j 1-1j 1+-1j 1++1j 1-+1j (1) (1j) (1+2j) (1+2j (1+2 1+2j) ((1)) () 1e5+2e-5j nan+infj j 1+j 1+2i 1+2jx 1+2J inf+1j NaT
1\x002 1\x00 é ż 1e5.5 1..2 1-2 1,5 "1" '1' #1 1#2 1e0x 1f 1.0f 1d5 ٣.٥ 1__0 _1 1_ 1_0.0_1 infin_ity 1e1_0
""".split()
SPACED = [" 1", "1 ", " 1 ", "\t1", "1\t", "\x1c1", "1\x0b2", "\x0c1\x0c", "( 1+2j )", " (1 )", "1 +2j", "- 1", " ", "  "]
KINDS = "? i1 u1 i2 u2 i4 u4 >i4 i8 u8 >u8 f2 >f2 f4 f8 >f8 c8 c16 >c16 S S1 S3 U U1 U3 >U2 m8[s]".split()

for index, (number, kind) in enumerate(itertools.product(NUMBERS, KINDS)):
    case(f"{number}\n", dtype=kind, delimiter=[",", None][index % 2])
for number, kind, delimiter in itertools.product(SPACED, KINDS, [",", " "]):
    case(f"{number}\n", dtype=kind, delimiter=delimiter)

TEXTS = [
    "", "\n", "\n\n", " ", " \n", "#x", "#x\n", "1", "1\n", "1 2", "1 2\n", "1 2\n3 4", "1 2\n3 4\n", "1 2\r\n3 4\r\n", "1 2\r3 4\r",
    "1 2\r\r\n3 4", "1 2\n\n3 4\n", "1 2\n \n3 4\n", "# a\n1 2\n# b\n3 4 # c\n", "1 2#\n3 4", "1 2 #\n3 4", " 1  2 \n\t3\t\t4\t\n", "1,2\n3,4",
    "1, 2\n3 ,4\n", "1,2,\n3,4,", ",1\n,2", "1,,2\n3,,4\n", "1 2 3\n4 5\n", "1 2\n3 4 5\n", "1 2\nx 4\n", "1 2\n3 x", "1,2\n3,x\n", "1;2\n3;4",
    "a b\nc d\n", "\"1\" \"2\"\n\"3\" \"4\"\n", "\"a b\" 1\n\"c\"\"d\" 2\n", "\"a\nb\" 1\nc 2\n", "\"a\r\nb\" 1\nc 2\n", "\"a#b\",1\n\"c,d\",2 #x\n", "\"a\" \n\"b\" \n",
    "a \"b\" \n", "\"\"\n\"\"\n", "\"\",\"\"\n", "\"\" \"\"\n", "\"a\"x\"b\" c\n", "\"ab\nc d", "//1\n1 2//3\n4 5 % 6\n", "1 2\x003\n", "1\u00a02\u20033\n4\u00a05\u20036\n",
    "é ż\n", "1\u20282\n3\u20284\n", "1é2\n3é4\n", "\ufeff1 2\n", "1 2\x853 4\n", "1 2\x0c3 4\n", "1 2\x1c3 4\n", "x y\n1 2\n3 4\n5 6\n7 8", "\n#\n1 2\n\n3 4\n#\n\n5 6\n",
    "1 2\n\n", "1 2\n#", "1 2\n#\n", "1 2\n ", "1 2 3 4\n5 6 7 8\n", "1 2 3 4 5\n6 7 8 9 0", "abc defg\nh i\n", "1.5 2\n2 3.5\n", "1,2\r\n\r\n3,4", "1,2,#\n3,4,#", "1 2,3 4\n5 6,7 8\n",
    "5 2\n#3 4\n", "1+2j 3\n(4-5j) 6j\n", "1\n2\n3\n", "1,\n2,\n", " ,\n , \n", "1\t2\n3\t4\n", "1\t\t2\n", "\t1\t2\n", "1 2 3", "a\nbb\nccc\n", "a\x00\nb\n", "'1' '2'\n",
]
OPTIONS = [
    {}, {"delimiter": ","}, {"delimiter": ";"}, {"delimiter": " "}, {"delimiter": "\t"}, {"delimiter": "é"}, {"delimiter": "\u2028"}, {"delimiter": "1"}, {"delimiter": "\n"},
    {"delimiter": "ab"}, {"delimiter": "#"}, {"comments": None}, {"comments": "%"}, {"comments": ["#", "%"]}, {"comments": "//"}, {"comments": ["//", "#", "%"]}, {"comments": [""]},
    {"comments": "é"}, {"comments": "1"}, {"comments": ["#", ","], "delimiter": ","}, {"quotechar": '"'}, {"quotechar": '"', "delimiter": ","}, {"quotechar": "'"}, {"quotechar": "é"},
    {"quotechar": '"', "comments": None}, {"quotechar": '"', "comments": ["#", "%"]}, {"quotechar": "#"}, {"quotechar": ",", "delimiter": ","}, {"skiprows": 1}, {"skiprows": 2}, {"skiprows": 9},
    {"skiprows": 1, "quotechar": '"'}, {"max_rows": 0}, {"max_rows": 1}, {"max_rows": 2}, {"max_rows": 3}, {"max_rows": 2, "skiprows": 1}, {"max_rows": 1, "quotechar": '"'}, {"usecols": 0}, {"usecols": 1},
    {"usecols": -1}, {"usecols": (1, 0)}, {"usecols": (-1, -2)}, {"usecols": (0, 0, 1)}, {"usecols": 2}, {"usecols": -3}, {"usecols": (0,), "delimiter": ","}, {"usecols": (1,), "quotechar": '"'},
    {"unpack": True}, {"unpack": True, "ndmin": 2}, {"ndmin": 1}, {"ndmin": 2}, {"ndmin": 3}, {"ndmin": 2, "unpack": True, "usecols": 0}, {"ndmin": 2, "max_rows": 0}, {"usecols": (0, 1), "skiprows": 9},
]
DTYPES = ["f8", "i8", "U", "S1"]
RECORDS = [
    "i4,f8", "f4,U3", "(2,)i4,", "i4,(1,)f8", [("a", "i4"), ("b", [("c", "f8"), ("d", ">i2")])], [("a", "U2", (2, 2))], [("only", "f8")],
    np.dtype({"names": ["a", "b"], "formats": ["i4", "u1"], "offsets": [4, 1], "itemsize": 12}), np.dtype("i1,f8", align=True),
]
for index, (text, options) in enumerate(itertools.product(TEXTS, OPTIONS)):
    case(text, dtype=DTYPES[index % 2], **options)
    if "max_rows" in options or index % 2 == 0:
        case(text, dtype=DTYPES[2 + index % 2], **options)
for index, (text, options) in enumerate(itertools.product(TEXTS, OPTIONS)):
    dtype = RECORDS[index % len(RECORDS)]
    # NumPy leaves gaps between fields as it found the memory: such records are compared where all bytes are given.
    gaps = sum(np.dtype(dtype)[name].itemsize for name in np.dtype(dtype).names) != np.dtype(dtype).itemsize
    if options.get("unpack") or gaps:
        continue
    case(text, dtype=dtype, **options)

LINES = [
    [], [""], ["1 2"], ["1 2\n", "3 4"], ["1 2\r\n", "3 4\r"], ["1 2\n\n"], ["1 2\n3"], ["1 2 #\n3", "4 5"], ["1 2", "", "# x", "3 4"], ['"a', 'b"'], ['"a\n', 'b" c'], ['"a" b\nc'], ['"a', "b", 'c" d', "e f"],
    ["a", '"b'], ["1 2", "3 4", "5 6", "7 8"], ["1 2\r3"], ["\n", "1 2"], ["#\n\n1", "2 3"], ['"a\nb" c', "d e"], ["1 2//\n3", "4 5"],
]
for lines, options, dtype in itertools.product(LINES, OPTIONS, ["f8", "U", "U2"]):
    case("", lines=lines, dtype=dtype, **options)

for encoding in ["utf-8", "utf-8-sig", "latin1", "ascii", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"]:
    for data in [b"1 2\n3 4\n", "é ż\n".encode(encoding, "replace"), "1 2\r\n3 4".encode(encoding), b"\xff\xfe1\x00", b"\xe9 b\n", b"a \xc3", b"\xd8\x00\xdc", "a 𝄞\n".encode("utf-16"), b"a\x00b"]:
        for dtype in ["U", "f8", "S2"]:
            case(data, dtype=dtype, encoding=encoding)

MOMENTS = [
    "2020-01-01", "2021-05", "1970", "2020-01-01T12", "2020-01-01T12:30:15.123456789", "NaT", "nat", "", "2020-13-01", "x", " 2020-01-01", "2020-01-01 ", "2020-01-01T12:00Z",
    "2000-02-29", "2001-02-29", "-0044-03-15", "9999-12-31T23:59:59", "20200101", "2020-1-1", "1969-12-31T23:59:59.999",
]
for text in MOMENTS + ["\n".join(pair) for pair in itertools.product(MOMENTS[:7], repeat=2)]:
    for kind in ["M8", "M8[D]", "M8[s]", "M8[25s]", "M8[Y]", ">M8[ms]", "M8[D],"]:
        case(text, dtype=kind, delimiter=",")

# Floats of every size and length, halves between two doubles among them.
floats = np.array([random.getrandbits(64) for _ in range(3000)], dtype="u8").view("f8")
for form in ["{!r}", "{:.18e}", "{:.3g}", "{:.16e}", "{:.40e}", "{:.0f}"]:
    case("".join(form.format(float(value)) + "\n" for value in floats if np.isfinite(value)), dtype="f8")
    case("".join(form.format(float(value)) + "\n" for value in floats if np.isfinite(value)), dtype="f4")
halves = []
for value in floats[:200]:
    value = abs(float(value))
    if np.isfinite(value) and 1e-300 < value < 1e300:
        from decimal import Decimal, getcontext

        getcontext().prec = 1200
        middle = (Decimal(value) + Decimal(float(np.nextafter(value, np.inf)))) / 2
        halves += [f"{middle:.1000e}", f"{middle:.1000e}".replace("e", "1e", 1), f"{middle * (1 - Decimal(10) ** -900):.1000e}"]
case("\n".join(halves), dtype="f8")

# Texts of many pieces.
rows = [f"{i},{i * 0.37!r},{-i}" for i in range(30000)]
case("\n".join(rows), delimiter=",")
mixed = list(rows)
for at in range(7, 30000, 1000):
    mixed[at] += " # comment"
    mixed[at + 1] = "# " + mixed[at + 1]
    mixed[at + 2] = ""
    mixed[at + 3] = " " + mixed[at + 3].replace(",", " ,\t")
for options in [{}, {"max_rows": 25000}, {"skiprows": 16000}, {"usecols": (2, 0)}, {"dtype": "f8,U9,i8"}, {"dtype": "U"}, {"quotechar": '"'}, {"comments": ["#", "//"]}]:
    case("\n".join(mixed), delimiter=",", **options)
    if "max_rows" in options or not options:
        case("\r\n".join(mixed), delimiter=",", **options)
for at, bad in [(27000, "1,2"), (27000, "1,x,3"), (12, "1,2,3,4")]:
    wrong = list(mixed)
    wrong[at] = bad
    for options in [{}, {"max_rows": 26000}, {"dtype": "f8,f8,i8"}, {"usecols": (2,)}, {"usecols": (-1, 1)}]:
        case("\n".join(wrong), delimiter=",", **options)
quoted = [f'"a\n{i}", "{i}"' for i in range(25000)]
for options in [{}, {"skiprows": 24999}, {"max_rows": 20000}]:
    case("\n".join(quoted), delimiter=",", quotechar='"', dtype="U9", **options)
sys.stdout.flush()
