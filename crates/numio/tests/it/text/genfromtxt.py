"""Prints texts, how to read them, and what numpy.genfromtxt makes of them: one JSON object a line."""

import itertools
import json
import warnings

import numpy as np
import numpy.ma as ma

seen = set()

CONVERTERS = {
    "double": lambda field: 2 * float(field),
    "whole": lambda field: int(field),
    "upper": lambda field: field.upper(),
    "is_one": lambda field: field == "1",
}


def outcome(lines, options):
    options = dict(options)
    if options.get("dtype") is not None:
        options["dtype"] = np.dtype(options["dtype"])
    if "converters" in options:
        options["converters"] = {column: CONVERTERS[name] for column, name in options["converters"].items()}
    for key in ("excludelist", "names", "usecols"):
        if isinstance(options.get(key), list):
            options[key] = list(options[key])  # NumPy writes into what it is given
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            array = np.genfromtxt(lines, **options)
        except Exception as error:  # whatever NumPy refuses with
            return {"error": str(error), "kind": type(error).__name__}
    # Of an overflow NumPy warns for each value.
    heard = list(dict.fromkeys(str(warning.message) for warning in caught))
    heard = [text for text in heard if text != "invalid value encountered in cast"]
    if options.get("usemask"):
        # Masked arrays cast a filling of 1e20 to half floats, whatever is in the text.
        heard = [text for text in heard if "overflow" not in text]
    heard = ["genfromtxt: Empty input file" if "Empty input" in text else text for text in heard]
    if isinstance(array, list):
        return {"columns": len(array)}
    mask = None
    if options.get("usemask"):
        mask = np.ascontiguousarray(ma.getmaskarray(array)).tobytes().hex()
        array = array.data
    return {
        "dtype": repr(np.lib.format.dtype_to_descr(array.dtype)),
        "shape": array.shape,
        "data": np.ascontiguousarray(array).tobytes().hex(),
        "mask": mask,
        "warnings": heard,
    }


def stumbles(text, found, options):
    """Whether NumPy fails where it means to go on: numio reads these."""
    error = found.get("error", "")
    return (
        # An integer in a column of text, of which the dtype is to be found.
        "Converting 'np.integer'" in error
        # No rows are left of a column of text.
        or "max() arg is an empty sequence" in error
        # A missing value that the dtype does not hold, and that only the mask asks for.
        or options.get("usemask") and "Python integer -999" in error
        # A missing value beside a nested record.
        or "Cannot compare structured" in error
        # Bytes of Latin-1 read as UTF-8.
        or found.get("kind") == "UnicodeDecodeError"
        # A column of objects: its converter fails at the first value, and no other is given.
        or "O" in found.get("dtype", "")
        # Long doubles, whose padding may be anything.
        or "f16" in found.get("dtype", "")
        # Years beyond 64 bits, which NumPy wraps around.
        or "M8" in found.get("dtype", "") and ("922337203685477580" in text or "99999999999999999999" in text)
    )


def case(text, **options):
    key = (text, repr(sorted(options.items(), key=lambda item: item[0])))
    if key in seen:
        return
    seen.add(key)
    found = outcome(text.splitlines(keepends=True), options)
    if stumbles(text, found, options):
        return
    if options.get("dtype") is not None:
        options["dtype"] = repr(np.lib.format.dtype_to_descr(np.dtype(options["dtype"])))
    print(json.dumps({"text": text, "options": options, "found": found}))


FIELDS = [
    "1", "-7", "+3", "1.5", "-.5e3", "nan", "inf", "-Infinity", "1e400", "", " ", "N/A", "-999", "-999.0", "abc", "True", "false", "TRUE", "1j", "1+2j",
    "(1-2j)", "j", "1_000", "1__0", "0x10", "300", "-129", "4294967296", "9223372036854775807", "9223372036854775808", "99999999999999999999", "é", "ż", "١", "-٣.٥", "１_２", "1?", "(٢)",
    "2011-05-06", "NaT", "2011-05-06T07", " 12 ", "1.", ".", "1e", "???", "00012", "1 2", "0.1", "65504", "3.4e38",
]
KINDS = "? i1 u1 i2 i4 u4 i8 u8 >i4 >f8 f2 f4 f8 c8 c16 S2 S6 U2 U6 >U3 M8[D] M8[h] m8[s]".split()

# Every field as every kind, alone and between others.
for field, kind in itertools.product(FIELDS, KINDS):
    for loose in (True, False):
        case(f"{field},1\n2,{field}\n", dtype=kind, delimiter=",", loose=loose)
    case(f"1,{field}\n", dtype=[("a", "f8"), ("b", kind)], delimiter=",", missing_values=["N/A", "-999"], usemask=True)
    case(f"{field},3\n", dtype=kind, delimiter=",", filling_values=7, missing_values="N/A,-999", usemask=True)
for one, other in itertools.product(FIELDS, FIELDS):
    case(f"{one},{other},1\n{other},2,{one}\n", dtype=None, delimiter=",", encoding=None)
    case(f"{one},1\n{other},2\n", dtype=None, delimiter=",", encoding=None, usemask=True, missing_values="N/A")

TEXTS = [
    "", "\n", "#\n", "1", "1\n", "1 2\n", "1 2\n3 4\n", "1 2\n3 4", " 1  2 \n\t3\t4\t\n", "# a b\n1 2\n3 4\n", "a b\n1 2\n3 4\n", "a,b,c\n1,2,3\n4,5,6\n", "#a,b,c\n1,2,3\n4,5,6\n",
    "# a,b,c # x\n1,2,3 # y\n,5,\n", "1,2,3\n4,,6\n,,\n7,8,9\n", "1,2\n3\n4,5\n6,7,8\n", "1 2 3\n4 5\n6 7 8\n9\n", "1,2,3\n4,5,6\n7,8,9\n10,11,12\n13,14,15\n", "x y z\n1 2 3\n4 5 6\n7 8 9\n# end\n",
    "1,2\n\n3,4\n\n", "1, 2,abc\n3, 4,de \n", "A,B,A\n1,2,3\n", "gender age weight\nM 64.0 75.0\nF 25.0 60.0\n", "1;2\n3;4\n", "123456789\n   4  7 9\n   4567 9\n", "1 2 3 # c\n# c\n4 5 6\n", "True 1 a\nFalse 2 b\n",
    "1,-999,3\n-999,5,6\n", "return,file x,!!\n1,2,3\n", "date,v\n2011-01-01,1\n2011-01-02,x\n", "1,2,3,\n4,5,6,\n", "1\n2\n3\n", "1 2 3\n4 5 6\n7 8\nfoot er\nlast\n", "é,ż\n1,2\n", "a\n1\n2\n", "1.5 2 1j\n3 4 5\n", "x\n", "1,1e5,x\n,,\n",
]
OPTIONS = [
    {}, {"delimiter": ","}, {"delimiter": ";"}, {"delimiter": ""}, {"delimiter": ", "}, {"delimiter": 3}, {"delimiter": (4, 3, 2)}, {"delimiter": 0}, {"delimiter": [1, 2], "comments": None}, {"comments": None, "delimiter": ","},
    {"comments": "e"}, {"comments": ""}, {"names": True}, {"names": True, "delimiter": ","}, {"names": "a,b,c", "delimiter": ","}, {"names": "a, b"}, {"names": ["x", "x", "y"], "delimiter": ","}, {"names": "a,b,c,d", "delimiter": ","},
    {"names": True, "comments": None}, {"names": True, "delimiter": ",", "case_sensitive": False}, {"names": True, "case_sensitive": "lower"}, {"names": True, "delimiter": ",", "deletechars": "a", "replace_space": "-"},
    {"names": True, "delimiter": ",", "excludelist": ["a", "b"]}, {"names": True, "skip_header": 1}, {"skip_header": 1, "delimiter": ","}, {"skip_header": 3}, {"skip_header": 100}, {"skip_footer": 1}, {"skip_footer": 2, "delimiter": ","},
    {"skip_footer": 3, "invalid_raise": False}, {"skip_footer": 100}, {"max_rows": 1}, {"max_rows": 2, "delimiter": ","}, {"max_rows": 0}, {"max_rows": 1, "skip_footer": 1}, {"max_rows": 2, "names": True, "delimiter": ","},
    {"usecols": (0,)}, {"usecols": (1, 0), "delimiter": ","}, {"usecols": -1, "delimiter": ","}, {"usecols": (0, 2), "names": "a,b,c", "delimiter": ","}, {"usecols": ("c", "a"), "names": True, "delimiter": ","}, {"usecols": "a,b", "names": True, "delimiter": ","},
    {"usecols": (5,)}, {"usecols": (0, 1), "names": "p,q", "delimiter": ","}, {"usecols": "nope", "names": True}, {"invalid_raise": False}, {"invalid_raise": False, "delimiter": ","}, {"usemask": True, "delimiter": ","},
    {"usemask": True, "missing_values": "-999", "delimiter": ","}, {"usemask": True, "missing_values": {0: "-999", 1: "5", "b": "x"}, "names": "a,b,c", "delimiter": ","}, {"usemask": True, "missing_values": ("1", "2"), "names": True, "delimiter": ","},
    {"filling_values": 0, "delimiter": ","}, {"filling_values": (1, 2), "delimiter": ","}, {"filling_values": {0: 5, 2: -1}, "delimiter": ","}, {"filling_values": -1.5, "delimiter": ",", "usemask": True}, {"autostrip": True, "delimiter": ","},
    {"unpack": True, "delimiter": ","}, {"ndmin": 1}, {"ndmin": 2, "delimiter": ","}, {"ndmin": 3}, {"ndmin": 2, "unpack": True}, {"defaultfmt": "v_%02i", "delimiter": ","}, {"loose": False, "delimiter": ","}, {"loose": False, "missing_values": "N/A", "delimiter": ","},
    {"usecols": (2, 0), "usemask": True, "delimiter": ","}, {"names": True, "delimiter": ",", "usemask": True, "skip_footer": 1}, {"encoding": "bytes", "delimiter": ","},
]
DTYPES = ["f8", "i8", None, "U", "S3", "i4", "c16", "?"]
RECORDS = [
    "i4,f8", "i4,f8,S2", "f8,f8,f8", [("a", "i8"), ("b", "U4"), ("c", "f4")], [("a", "i4"), ("b", [("c", "f8"), ("d", "i2")])], [("a", "f8", (3,))], [("a b", "f8"), ("file", "f8")], "U,i4", "M8[D],f8",
]
for text, options, dtype in itertools.product(TEXTS, OPTIONS, DTYPES[:3]):
    case(text, dtype=dtype, **options)
for index, (text, options) in enumerate(itertools.product(TEXTS, OPTIONS)):
    case(text, dtype=DTYPES[3 + index % 5], **options)
    if not options.get("unpack"):
        case(text, dtype=RECORDS[index % len(RECORDS)], **options)

for text, name, dtype in itertools.product(TEXTS, CONVERTERS, ["f8", "i8", None, "i4,f8,S2", [("a", "f8"), ("b", "U2"), ("c", "f4")]]):
    for options in (
        {"converters": {1: name}, "delimiter": ","},
        {"converters": {0: name, 2: "double"}, "delimiter": ",", "filling_values": 3},
        {"converters": {"b": name}, "names": True, "delimiter": ","},
        {"converters": {2: name, 1: name}, "usecols": (2, 0), "delimiter": ",", "usemask": True},
        {"converters": {0: name}, "loose": False, "missing_values": "-999", "skip_footer": 1, "delimiter": ","},
    ):
        case(text, dtype=dtype, **options)

# The only field of a record is bytes, which have no characters outside Latin-1.
for kind, loose in itertools.product(["f8", "?", "M8[D]", "i4"], (True, False)):
    if (kind, loose) != ("i4", True):
        case("ż\n1\n", dtype=[("a", kind)], loose=loose)
