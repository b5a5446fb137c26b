"""Texts by regular expressions: an empty array of the dtype, and the array or NumPy's words, one JSON object a line."""

import io
import json
import random
import warnings

import numpy as np

random.seed(9)
warnings.simplefilter("ignore")


def saved(array):
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue().hex()


def case(text, pattern, dtype):
    dtype = np.dtype(dtype)
    try:
        found = {"npy": saved(np.fromregex(io.StringIO(text), pattern, dtype))}
    except Exception as error:  # whatever NumPy refuses with
        found = {"error": str(error)}
    print(json.dumps({"text": text, "pattern": pattern, "dtype": saved(np.zeros(0, dtype)), "found": found}))


case("1312 foo\n1534  bar\n444   qux", r"(\d+)\s+(...)", [("num", "i8"), ("key", "S3")])
case("1.34 foo,2.5 bar", r"(?P<a>[\d.]+) (\w+)", "f8,U2")
for text in ["", "12", "1 2", "x"]:
    for pattern in [r"\d", r"(\d)", r"(\d)(x)?", r"(x)|(\d)", r"(?:\d)", r"^(\d)", r"(?m)^(\d)$", r"(\d)\b"]:
        for dtype in ["i4,U1", [("a", "i4")], [("a", "U3")], [("a", "S1"), ("b", "S2")]]:
            # Of one group and several fields NumPy makes other elements of the same bytes.
            if len(np.dtype(dtype)) == max(np.lib._npyio_impl.re.compile(pattern).groups, 1) or text == "":
                case(text, pattern, dtype)
# An empty match follows another match at once.
for text in ["", "12 3", "aab b", "é1\n", "a"]:
    for pattern in [r"\d*", r"a*", r"(\w*)(b?)", r"b|a*", r"\b", r"(\d*)", r"(?m)^\w*", r"x?"]:
        case(text, pattern, "U3,U3" if "(b" in pattern else [("a", "U3")])
case("1 a", r"(\d) (a)", "i4,U1,f8")
case("1 a", r"(\d) (a)", [("a", "i4")])
case("a", "(a)", "U1")
case("é ü", r"(\w) (\w)", "U1,U1")
case("٣", r"(\d)", [("a", "U1")])
VALUES = [
    "1", "-7", " 8 ", "+9", "1_1", "_1", "1.5", "-.5e3", "nan", "inf", "-Infinity", "300", "-129", "70000", "4294967296", "18446744073709551615",
    "99999999999999999999", "0x10", "1+2j", "j", "(3-1j)", "", "True", "2020-02-30", "2020-02-29", "NaT", "2020-01-01T05", "é", "𝄞a", "abcdef", "'\"",
]
KINDS = ["?", "i1", "u1", ">i2", "u2", "i4", "u4", "i8", "u8", "f2", ">f4", "f8", "c8", ">c16", "S3", "U2", ">U4", "M8[D]", "M8[s]", "m8[s]", ("i4", (2,)), ("U3", (2, 2))]
for value in VALUES:
    for kind in KINDS:
        if value.isdigit() and len(value) > 19 and "M8" in kind:
            continue  # a year past 64 bits, of which NumPy makes another
        if isinstance(kind, str):  # of one subarray alone NumPy makes an axis more
            case(f"<{value}>", "<(.*)>", [("a", kind)])
        case(f"<{value}>x", "<(.*)>(x)", [("a", kind), ("b", "U1")])
rows = [f"{random.random()!r};{random.getrandbits(31)};n{row}" for row in range(3000)]
case("\n".join(rows), r"([\d.e-]+);(\d+);(\w+)", "f8,i4,U6")
