"""Converters and objects in `numio.loadtxt`, compared with NumPy's own."""

import io
import traceback
from fractions import Fraction

import numpy as np
import pytest
from test_text import check, outcome

import numio
from numio import _original


def cause(call, *args, **kwargs):
    """The class and the words of what stands behind the exception that a call raises."""
    try:
        call(*args, **kwargs)
    except Exception as error:
        return error.__cause__ and traceback.format_exception_only(error.__cause__), error.__suppress_context__


def fail(field):
    raise KeyError(field)


def percent(field):
    return float(field.strip("%")) / 100


def length(field):
    return type(field)(field) * 2 if isinstance(field, bytes) else len(field)


TEXTS = {
    "numbers": "1 2 3\n4 5 6\n",
    "percents": "1% 2% 3%\n4% 5% x\n",
    "one field": "7",
    "texts": "a é 日本\nbb c 7\n",
    "nothing": "",
    "comment": "# é\n1 2 3\n",
    "ragged": "1 2 3\n4 5\n",
    "commas": "1,,3\n4, 5,6\n",
    "quoted": '"1 2" 3 4\n5 "6""7" 8\n',
    "many": "".join(f"{row} {row}.5 x{row}\n" for row in range(5000)),
}
OF_READERS = ("ValueError: could not convert string to float", "ValueError: complex()", "ValueError: invalid literal for long double", "ValueError: Error parsing datetime", "UnicodeEncodeError")
CONVERTERS = {
    "none": None,
    "float": float,
    "str": str,
    "int for the last": {-1: int},
    "one for each": {0: float, 1: str, 2: lambda field: 7},
    "percent": percent,
    "percent of the first": {0: percent},
    "length": length,
    "list": lambda field: [field, 1],
    "array": lambda field: np.array([1, 2]),
    "scalar array": lambda field: np.array(2.5),
    "none at all": lambda field: None,
    "NaN": lambda field: np.float32("nan"),
    "fraction": lambda field: Fraction(1, 3),
    "huge": lambda field: 10**30,
    "big": lambda field: 300,
    "complex": lambda field: 1 + 2j,
    "bytes": lambda field: field.encode() if isinstance(field, str) else field,
    "date": lambda field: np.datetime64("2020-01-02T03"),
    "failing": fail,
    "failing in the second": {1: fail},
    "no such column": {5: float},
    "far below": {-9: float},
    "the same column twice": {0: float, -3: str},
    "no key": {"a": float},
    "no function": {0: 5},
    "a list": [float],
    "by name": {np.int8(1): float, True: str},
    "empty": {},
    "exiting": lambda field: (_ for _ in ()).throw(ZeroDivisionError("no")),
}
ARGUMENTS = [
    {}, {"dtype": object}, {"dtype": "i1"}, {"dtype": "f4", "ndmin": 2}, {"dtype": "G"}, {"dtype": ">f8"}, {"dtype": bool}, {"dtype": str}, {"dtype": "S"}, {"dtype": "U3"},
    {"dtype": "S2"}, {"dtype": "M8"}, {"dtype": "M8[h]"}, {"dtype": "V3"}, {"dtype": "V"}, {"dtype": "i4,O,O"}, {"dtype": "O,f8,U2", "unpack": True}, {"dtype": "f8,V2,g"},
    {"dtype": [("a", "O", (2,)), ("b", [("c", "f4"), ("d", "O")])], "usecols": (0, 1, 2, 1)}, {"dtype": np.dtype({"names": ["x", "y", "z"], "formats": ["O", "i1", "O"], "offsets": [16, 1, 32], "itemsize": 48})},
    {"encoding": "bytes"}, {"encoding": "bytes", "dtype": object}, {"encoding": "bytes", "dtype": "S"}, {"encoding": "latin1", "dtype": object}, {"usecols": 1}, {"usecols": (2, 0), "dtype": object},
    {"usecols": (-1, 0, -1), "dtype": "O,U2,f8"}, {"usecols": (0, 0), "dtype": object}, {"usecols": 9, "dtype": object}, {"delimiter": ",", "dtype": object}, {"quotechar": '"', "dtype": object}, {"max_rows": 1, "dtype": object},
    {"skiprows": 1, "dtype": object}, {"comments": ["#", "é"], "dtype": object}, {"dtype": object, "ndmin": 2, "unpack": True}, {"dtype": "nonsense"}, {"dtype": [], "converters": float},
]  # fmt: skip


@pytest.fixture(autouse=True)
def count(monkeypatch):
    """How often NumPy's own function is called."""
    calls = []
    own = _original.loadtxt
    monkeypatch.setattr(_original, "loadtxt", lambda *args, **kwargs: (calls.append(1), own(*args, **kwargs))[1])
    return calls


@pytest.mark.parametrize("converters", CONVERTERS)
@pytest.mark.parametrize("text", TEXTS)
def test_loadtxt_with_every_converter_ends_as_numpys(text, converters):
    # Of a text that is read in several parts a few are enough.
    for arguments in ARGUMENTS[::12] if text == "many" else ARGUMENTS:
        named = {"converters": CONVERTERS[converters], **arguments}
        ours, theirs = (outcome(module.loadtxt, io.StringIO(TEXTS[text]), **named) for module in (numio, np))
        if CONVERTERS[converters] is None and arguments.get("dtype") == "M8" and ours[0] is theirs[0] is ValueError:
            continue  # NumPy says what casting objects to dates says, and numio where the field is that is no date.
        check(ours, theirs)
        ours, theirs = (cause(module.loadtxt, io.StringIO(TEXTS[text]), **named) for module in (numio, np))
        # Of fields that no converter has seen NumPy's own readers have a cause for some dtypes, which says nothing more.
        if theirs and theirs[0] and (ours[0] or not theirs[0][0].startswith(OF_READERS)):
            assert ours == theirs, arguments


def test_loadtxt_with_converters_is_served_by_the_library(count):
    for arguments in [{"converters": percent}, {"dtype": object, "converters": length}, {"converters": {0: fail}}, {"dtype": "S", "converters": length}]:
        outcome(numio.loadtxt, io.StringIO(TEXTS["percents"]), **arguments)
    assert not count


def test_converter_of_bytes_gets_latin_1(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("é 1\n", encoding="utf-8")
    seen = []
    for module in (numio, np):
        module.loadtxt(path, converters=lambda field: seen.append(field) or 0, encoding="bytes")
        module.loadtxt(path, converters=lambda field: seen.append(field) or 0, encoding=None)
    assert seen[:4] == seen[4:] == [b"\xe9", b"1", "é", "1"]


def test_converter_of_a_path_or_lines_raises_as_numpy(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("1 2\n3 x\n")
    for source in (path, str(path), open(path, "rb"), path.read_text().splitlines(), (line for line in ["1 2", "3 x"])):
        with pytest.raises(ValueError, match=r"could not convert string 'x' to float64 at row 1, column 2\.$") as caught:
            numio.loadtxt(source, converters=float)
        assert isinstance(caught.value.__cause__, ValueError)

    def lines():
        yield "1 2"
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        numio.loadtxt(lines(), converters=float)


def test_converter_that_gives_objects_keeps_them():
    made = [object() for _ in range(6)]
    left = iter(made)
    array = numio.loadtxt(io.StringIO(TEXTS["numbers"]), dtype=object, converters=lambda field: next(left))
    assert all(found is wanted for found, wanted in zip(array.flat, made, strict=True))
