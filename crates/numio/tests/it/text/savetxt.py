"""Saves arrays as text in many formats: a .npy file, the parameters and the text of each, one JSON object a line."""

import io
import itertools
import json
import random

import numpy as np

random.seed(7)


def case(array, **options):
    saved = io.BytesIO()
    np.save(saved, array, allow_pickle=False)
    out = io.StringIO(newline="")
    try:
        np.savetxt(out, array, **options)
    except Exception as error:  # whatever NumPy refuses with
        found = {"error": str(error)}
    else:
        found = {"text": out.getvalue()}
    print(json.dumps({"npy": saved.getvalue().hex(), "options": options, "found": found}))


FLOATS = [
    0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, 1e-5, 1e-4, 123456.789, 999999.5, 1e16, 1e22, 1e23, 5e-324, 1.7976931348623157e308, 0.1, 1 / 3, 2**53 + 2.0,
    9.5, 99.5, 0.05, 1e100, 123456789012345678.0, np.nan, np.inf, -np.inf,
]
FLAGS = ["", "-", "+", " ", "0", "#", "+0", "-0", "#0", "- ", "+#"]
SIZES = ["", "8", "20", ".0", ".3", "8.3", "25.18", ".1"]
for flags, size, letter in itertools.product(FLAGS, SIZES, "eEfFgGdsi"):
    case(np.array([value for value in FLOATS if letter not in "di" or np.isfinite(value)]), fmt=f"%{flags}{size}{letter}")
INTS = [0, 1, -1, 7, 255, -256, 2**31, -(2**63), 2**63 - 1]
for flags, size, letter in itertools.product(FLAGS, SIZES, "diuoxXsefg"):
    case(np.array(INTS), fmt=f"%{flags}{size}{letter}")
for kind in ["?", "i1", "u1", "i2", ">i4", "u8", "f2", "f4", ">f8"]:
    values = np.array([0, 1, 3, 100, 127]).astype(kind)
    for fmt in ["%d", "%s", "%.3f", "%g", "%.18e", "%5s", "%x"]:
        case(values, fmt=fmt)
narrow = np.array([random.getrandbits(32) for _ in range(400)], dtype="u4")
case(narrow.view("f4"), fmt="%s")
case(narrow.astype("u2").view("f2"), fmt="%s")
# Numbers half way between two shortest decimals, of which the one with the even last digit is taken.
case(np.arange(2**11, dtype="f4") / 4 + 2**20, fmt="%s")
case(np.arange(2**11) / 4 + 2.0**50, fmt="%s")
case(np.ldexp(1.0, np.arange(-1074, 1024)), fmt="%s")
halves = np.arange(2**16, dtype="u2").view("f2")
case(halves[np.isfinite(halves)], fmt="%s")
if np.finfo("g").nmant == 63:
    longs = np.array(["0.1", "1e4000", "-3.25", "nan", "-inf", "18446744073709551617", "1e-5", "0", "-0", "123456789.5e300"], "g")
    for fmt in ["%s", "%25s", "%.5e", "%g", "%.18e"]:
        case(longs, fmt=fmt)
    case(np.array(["-3.75", "18446744073709551617", "1e30", "0.5", "-0.5"], "g"), fmt="%d")
    case(longs[:8].reshape(2, 4) * (1 + 2j), fmt="%s")
for fmt in ["%.65536f", "%.65536e", "%#.65536g", "%.1101e", "%.1200g"]:
    case(np.array([0.1, -5e-324, 1e300]), fmt=fmt)
wide = np.array([random.getrandbits(64) for _ in range(4000)], dtype="u8").view("f8")
for fmt in ["%.18e", "%.17e", "%.16e", "%.3e", "%.0e", "%.19e", "%.25e", "%g", "%.17g", "%s", "%.4f", "%f"]:
    case(wide, fmt=fmt)
    case((np.arange(4000) * 0.25 - 300).reshape(-1, 4), fmt=fmt)
for values in [["a", "bc", ""], [b"a", b"it's", b"\xff"], ["é", "𝄞", "'"]]:
    for fmt in ["%s", "%5s", "%-5s|", "%.1s", "%d", "%f"]:
        case(np.array(values), fmt=fmt)
case(np.array(["2020-01-01", "NaT"], dtype="M8[D]"), fmt="%s")
case(np.array(["2020-01-01T01:02:03.5", "NaT"], dtype="M8[ms]"), fmt="%25s")
complexes = np.array([[1 + 2j, -1 - 2j], [complex("nan"), complex("inf-infj")]])
for fmt in ["%.3f", "%g", "%.18e", "%s", "%d", "%f%f%f%f", "%.1f %.1fj | %.1f%+.1fj", "%f%f", ["%.1f%+.1fj"] * 2, ["%f"], "%+.2e"]:
    case(complexes[:1] if fmt == "%d" else complexes, fmt=fmt, delimiter=",")
    case(complexes[:1].astype("c8"), fmt=fmt)
for flags, size in itertools.product(FLAGS, ["", "5", ".0", "4.2"]):
    case(np.array([65, 233, 0x1F600]), fmt=f"%{flags}{size}c")
for values in [[-1], [0x110000], [2**40], [1.0], [True], ["a", "é"], ["ab"], [""], [b"a"]]:
    case(np.array(values), fmt="%c")
case(np.array([[72, 105], [97, 98]], "u1"), fmt=["%c", "%3c|"], delimiter="")
record = np.array([(1, 2.5, "x"), (-3, np.nan, "yz")], dtype="i4,f8,U3")
for fmt in ["%s", "%d %f %s", ["%d", "%.1f", "%s"], ["%d", "%d"], "%d", "%s|%s", "100%% %s", "%d%%"]:
    case(record, fmt=fmt, delimiter=";")
square = np.arange(6.0).reshape(2, 3)
for array in [square, square.T, square[::-1, ::2], square[0], square[:0], square[:, :0], np.array(1.0), np.zeros((1, 1, 1)), np.array([1.0])]:
    for options in [
        {}, {"delimiter": ","}, {"delimiter": " é "}, {"newline": "\r\n"}, {"newline": ""}, {"header": "a"}, {"header": "a\nb", "comments": "//"}, {"footer": "z\ny", "comments": ""},
        {"header": "h", "footer": "f", "newline": "\r\n", "comments": "é"}, {"fmt": "%d, %d, %d"}, {"fmt": ["%d", "%.1f", "%s"]}, {"fmt": "%d %d"}, {"fmt": "x"}, {"fmt": "%"}, {"fmt": "%q"}, {"fmt": "%5"}, {"fmt": "%%"},
    ]:
        case(array, **options)
big = (np.arange(90000) / 7).reshape(-1, 3)
case(big)
case(big.T[:, :2000])
