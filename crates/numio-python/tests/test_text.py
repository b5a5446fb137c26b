"""`numio.loadtxt`, `genfromtxt`, `savetxt` and `fromregex`, compared with NumPy's own."""

import bz2
import gzip
import io
import lzma
import os
import threading
import traceback
import warnings

import numpy as np
import pytest

import numio
from conftest import named

# Each way of giving a text; all but the paths are made anew for each reader.
SOURCES = {
    "path": lambda path, text: str(path),
    "path-like": lambda path, text: path,
    "text file": lambda path, text: io.StringIO(text),
    "binary file": lambda path, text: io.BytesIO(text.encode("latin1")),
    "lines": lambda path, text: text.splitlines(),
    "lines of bytes": lambda path, text: [line.encode("latin1") for line in text.splitlines(True)],
    "generator": lambda path, text: (line for line in text.splitlines(True)),
    "open file": lambda path, text: open(path, encoding="utf-8"),
}


def elements(array):
    """What stands in an array, but for the padding of long doubles."""
    if array.dtype.hasobject:
        return repr(array.tolist())
    is_long = any(dtype.char in "gG" for dtype in [array.dtype, *(array.dtype[name] for name in array.dtype.names or ())])
    return repr(array.tolist()) if is_long else array.tobytes()


def outcome(call, *args, **kwargs):
    """What comes of a call: an array's parts or an exception's, and the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = call(*args, **kwargs)
        except Exception as error:
            return type(error), str(error)
    heard = [(warning.category, str(warning.message).split("<")[0]) for warning in caught]
    # NumPy reads texts of unknown length in chunks of 50,000 rows, and warns of what nobody asked for.
    heard = [(category, said) for category, said in heard if category is not ResourceWarning and "`max_rows=50000`" not in said]
    arrays = found if isinstance(found, list) else [found]
    parts = [
        (type(array), array.dtype, array.shape, elements(array), np.ma.getmaskarray(array).tobytes(), array.flags.writeable)
        for array in arrays
    ]
    return isinstance(found, list), parts, heard


def check(ours, theirs):
    if isinstance(theirs[0], type) and issubclass(theirs[0], Exception):
        assert ours[0] is theirs[0], (ours, theirs)
        if "not all arguments converted" in theirs[1] and "Mismatch between array dtype" in ours[1]:
            return  # Of complex numbers NumPy lets Python's own sentence through.
        assert theirs[1].split("\n")[0].split('" at position')[0] in ours[1], (ours, theirs)
    else:
        assert ours == theirs


TEXTS = {
    "plain": "1 2 3\n4 5 6\n",
    "commas": "1,2,3\n4,5,6\n",
    "one row": "1 2 3",
    "one column": "1\n2\n3\n",
    "comments": "# a\n1 2 # b\n% c\n3 4\n",
    "texts": "a 1 2.5\nbc 3 4.5\n",
    "empty": "",
    "blank lines": "\n1 2\n\n3 4\n",
    "ragged": "1 2\n3\n",
    "no number": "1 2\n3 x\n",
    "quoted": '"a b" 1\n"c" 2\n',
    "latin": "é 1\nü 2\n",
}
LOADTXT = [
    {}, {"delimiter": ","}, {"delimiter": b","}, {"dtype": int}, {"dtype": None}, {"dtype": "f4", "ndmin": 2}, {"dtype": "U3,i4,f8"}, {"dtype": str},
    {"dtype": object}, {"dtype": "S"}, {"comments": None}, {"comments": ["#", "%"]}, {"comments": b"#"}, {"comments": "#", "delimiter": "#"}, {"skiprows": 1}, {"skiprows": -1},
    {"skiprows": 1.5}, {"usecols": 0}, {"usecols": (1, 0)}, {"usecols": [-1]}, {"usecols": 7}, {"usecols": 1.5}, {"unpack": True},
    {"unpack": True, "dtype": "U3,i4,f8"}, {"ndmin": 3}, {"max_rows": 1}, {"max_rows": 0}, {"max_rows": 2}, {"max_rows": -1}, {"quotechar": '"', "dtype": "U5,i4"}, {"quotechar": "ab"},
    {"delimiter": "ab"}, {"delimiter": "\n"}, {"converters": float}, {"converters": {0: lambda field: float(field) * 2}}, {"converters": {0: int}, "encoding": "bytes"}, {"encoding": "latin1", "dtype": str},
    {"encoding": "ascii", "dtype": str}, {"encoding": "cp1252", "dtype": str}, {"encoding": "nonsense"}, {"encoding": "bytes"}, {"dtype": "g"}, {"dtype": ">G"}, {"dtype": "U3,g,G"}, {"dtype": "V4"}, {"dtype": "M8[D]"}, {"dtype": "m8"}, {"dtype": "nonsense"}, {"dtype": [("a", "f8", (2,)), ("b", "f8")]},
]  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("options", LOADTXT, ids=named)
def test_loadtxt_of_every_text_ends_as_numpys(tmp_path, source, options):
    for name, text in TEXTS.items():
        path = tmp_path / "a.txt"
        path.write_text(text, "utf-8")
        ours = outcome(numio.loadtxt, SOURCES[source](path, text), **options)
        theirs = outcome(np.loadtxt, SOURCES[source](path, text), **options)
        if theirs[0] is RuntimeError:  # NumPy does not know what to do with no chunks at all.
            continue
        check(ours, theirs)


GENFROMTXT = [
    {}, {"delimiter": ","}, {"delimiter": b","}, {"delimiter": 2}, {"delimiter": (2, 2)}, {"dtype": None}, {"dtype": None, "encoding": "bytes"}, {"dtype": None, "encoding": None},
    {"dtype": int, "filling_values": 9}, {"dtype": (str, int, float)}, {"dtype": "g"}, {"dtype": ">G", "delimiter": ","}, {"dtype": "U3,g,g", "usemask": True}, {"dtype": object}, {"dtype": "M8"}, {"names": True}, {"names": True, "dtype": None}, {"names": "a, b, c"}, {"names": ["x", "y", "z"], "delimiter": ","},
    {"names": True, "case_sensitive": False}, {"names": True, "case_sensitive": "odd"}, {"usecols": 0}, {"usecols": (1, 0)}, {"usecols": "a,b", "names": "a,b,c"}, {"usecols": "nope", "names": "a,b,c"}, {"skip_header": 1}, {"skip_footer": 1},
    {"max_rows": 1}, {"max_rows": 0}, {"max_rows": 1, "skip_footer": 1}, {"usemask": True}, {"usemask": True, "missing_values": "3", "names": "a,b,c"}, {"usemask": True, "missing_values": {0: "1", None: "x"}}, {"missing_values": 3, "usemask": True}, {"filling_values": {1: 4}},
    {"filling_values": [1, None, 2]}, {"filling_values": np.float32(2)}, {"invalid_raise": False}, {"loose": False}, {"unpack": True}, {"unpack": True, "names": True}, {"ndmin": 2}, {"ndmin": 5},
    {"converters": {0: lambda field: 7.0}}, {"converters": {1: lambda field: None}, "dtype": None}, {"comments": None}, {"autostrip": True, "delimiter": ","}, {"deletechars": None, "names": True}, {"excludelist": ["a"], "names": "a,b,c"}, {"encoding": "nonsense"}, {"encoding": "latin1", "dtype": str},
]  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("options", GENFROMTXT, ids=named)
def test_genfromtxt_of_every_text_ends_as_numpys(tmp_path, source, options):
    for name, text in TEXTS.items():
        path = tmp_path / "a.txt"
        path.write_text(text, "utf-8")
        options = {key: list(value) if isinstance(value, list) else value for key, value in options.items()}
        ours = outcome(numio.genfromtxt, SOURCES[source](path, text), **options)
        theirs = outcome(np.genfromtxt, SOURCES[source](path, text), **options)
        if options.get("delimiter") == (2, 2) and source == "lines" and name == "blank lines":
            continue  # Without its end an empty line has no fields to NumPy, and with its end it has two.
        if "np.integer" in str(theirs[1]):  # NumPy stumbles over integers in a column of text.
            continue
        check(ours, theirs)


ARRAYS = [
    np.arange(6.0).reshape(2, 3), np.arange(4), np.array([[1 + 2j, 3 - 4j]]), np.array(["a", "bc"]), np.array([b"a"]), np.array([(1, "a")], "i4,U2"), np.array([[True, False]]),
    np.array(7), np.zeros((2, 2, 2)), np.array([object()]), np.array([1.5, np.nan, np.inf]), np.arange(6).reshape(2, 3).T, np.arange(10)[::2], np.array(["2011-01-01"], "M8[D]"), np.array([1.0], "g"), [[1, 2], [3, 4]],
]  # fmt: skip
SAVETXT = [
    {}, {"fmt": "%d"}, {"fmt": "%s"}, {"fmt": "%.2f"}, {"fmt": ["%d", "%s"]}, {"fmt": ("%d", "%d", "%d")}, {"fmt": "%d %d"}, {"fmt": 3}, {"fmt": "%z"}, {"delimiter": ","}, {"newline": "\r\n", "fmt": "%s"}, {"header": "a\nb", "fmt": "%s"},
    {"footer": "é", "comments": "% ", "fmt": "%s"}, {"encoding": "latin1", "header": "é", "fmt": "%s"}, {"encoding": "utf-16", "fmt": "%s"}, {"encoding": "ascii", "header": "é"},
    {"delimiter": b","}, {"newline": b"\n", "fmt": "%s"}, {"header": b"h", "fmt": "%s"}, {"footer": b"f", "fmt": "%s"}, {"comments": b"#", "fmt": "%s"}, {"delimiter": b",", "fmt": "%d %d"}, {"fmt": b"%d"},
]  # fmt: skip


@pytest.mark.parametrize("array", ARRAYS, ids=named)
@pytest.mark.parametrize("options", SAVETXT, ids=named)
def test_savetxt_of_every_array_ends_as_numpys(tmp_path, array, options):
    def to_path(call):
        path = tmp_path / call.__module__.split(".")[0]
        call(path, array, **options)
        return np.frombuffer(path.read_bytes(), "u1")

    def to(make):
        def run(call):
            file = make()
            call(file, array, **options)
            written = file.getvalue()
            return np.frombuffer(written.encode() if isinstance(written, str) else written, "u1")

        return run

    for way in (to_path, to(io.StringIO), to(io.BytesIO)):
        ours, theirs = outcome(way, numio.savetxt), outcome(way, np.savetxt)
        assert (ours[0] is UnicodeEncodeError) == (theirs[0] is UnicodeEncodeError)
        check(ours, theirs)


@pytest.mark.parametrize("suffix, unpack", [("gz", gzip.open), ("bz2", bz2.open), ("xz", lzma.open), ("lzma", lzma.open)])
def test_compressed_texts_are_written_and_read(tmp_path, suffix, unpack):
    array = np.arange(3000.0).reshape(-1, 3)
    path = tmp_path / f"a.txt.{suffix}"
    numio.savetxt(path, array)
    with unpack(path) as file:
        assert np.array_equal(np.loadtxt(file), array)
    assert np.array_equal(np.loadtxt(path), array)
    for call in (numio.loadtxt, numio.genfromtxt):
        assert np.array_equal(call(path), array)
        assert np.array_equal(call(tmp_path / "a.txt"), array)
    with pytest.raises(FileNotFoundError, match="no.txt not found."):
        numio.loadtxt(tmp_path / "no.txt")


def test_reading_goes_on_where_it_stopped():
    text = io.StringIO("1 2\n3 4\n5 6\n7 8\n")
    assert numio.loadtxt(text, max_rows=1).tolist() == [1, 2]
    assert numio.genfromtxt(text, max_rows=2).tolist() == [[3, 4], [5, 6]]
    assert text.read() == "7 8\n"


def test_what_an_iterator_raises_comes_out():
    def lines():
        yield "1 2"
        raise KeyError("of the caller's")

    for call in (numio.loadtxt, numio.genfromtxt):
        with pytest.raises(KeyError, match="of the caller's"):
            call(lines())


def test_fromregex_of_every_source_ends_as_numpys(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("1312 foo\n1534  bar\n444   qux")
    for regexp, dtype in [(r"(\d+)\s+(...)", [("num", "i8"), ("key", "S3")]), (r"(\d+)", [("num", "f8")]), (r"x(\d+)", [("num", "f8")]), (r"(\d+)", "f8")]:
        for source in (lambda: path, lambda: str(path), lambda: open(path), lambda: open(path, "rb")):
            check(outcome(numio.fromregex, source(), regexp, dtype), outcome(np.fromregex, source(), regexp, dtype))


@pytest.mark.parametrize("dtype", ["f2", "f4", ">f4", "c8", "f8", "g", ">g", "G", [("a", "g")], [("a", "f2")], [("a", "f4")]], ids=str)
@pytest.mark.parametrize("text", ["1e300", "70000", "1e39", "inf", "1", "1e5000", "-1e5000", "1e-5000", "1e-4945", "0e99999", "nan"])
def test_overflow_is_warned_of(dtype, text):
    for name in ["loadtxt", "genfromtxt"]:
        kinds = []
        for module in [numio, np]:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                found = getattr(module, name)(io.StringIO(f"{text}\n{text}"), dtype=dtype)
            # Not the bytes: NumPy leaves the gaps in long doubles as they were.
            kinds.append(({(warning.category, str(warning.message)) for warning in caught}, repr(found.tolist())))
        assert kinds[0] == kinds[1], (name, dtype, text)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "utf-8-sig"])
@pytest.mark.parametrize("before", [0, 1, 5000])
def test_bytes_that_are_no_text_raise_as_numpy(tmp_path, encoding, before):
    path = tmp_path / "x.csv"
    path.write_bytes(b"1,2\n" * before + b"3,\xff4\n5,6\n")
    for name in ["loadtxt", "genfromtxt"]:
        with pytest.raises(UnicodeDecodeError) as theirs:
            getattr(np, name)(path, delimiter=",", encoding=encoding)
        with pytest.raises(UnicodeDecodeError) as ours:
            getattr(numio, name)(path, delimiter=",", encoding=encoding)
        ours, theirs = ours.value, theirs.value
        assert (ours.encoding, ours.object, ours.start, ours.end) == (
            theirs.encoding, theirs.object, theirs.start, theirs.end)  # fmt: skip
        assert ours.reason.startswith(theirs.reason)
        assert f"row {before + 1}, column 2)" in ours.reason


@pytest.mark.parametrize(
    "text, options",
    [
        ("0x10 1\n0x1.8p3 2\n", {"dtype": None}),
        ("nan(123) x\n1 y\n", {"dtype": None}),
        ("1+2j\n0x10\n", {"dtype": None}),
        (["123456", "", "123456"], {"delimiter": [1, 2, 4], "dtype": None}),
        (["12345ab", "1234567\n"], {"delimiter": [1, 2, 9], "dtype": "U9"}),
        (["12345ab", "1234567\n"], {"delimiter": 3, "dtype": "U9"}),
        (["1\r2 3", "4 5 6"], {}),
        (["a\rb,c\n", "d,e"], {"delimiter": ",", "dtype": "U9"}),
        (["1,2\r3", "4,5\r\n"], {"delimiter": ",", "dtype": None}),
        (["# a\rb", "1 2"], {}),
        (["1\n2", "3 4"], {}),
        (["", "1 2", "", "3 4", ""], {}),
    ],
    ids=named,
)
def test_genfromtxt_of_odd_lines_ends_as_numpys(text, options):
    kinds = [str.__str__, str.encode] if isinstance(text, list) else [io.StringIO, lambda text: io.BytesIO(text.encode())]
    for kind in kinds:
        make = (lambda: [kind(line) for line in text]) if isinstance(text, list) else (lambda: kind(text))
        check(outcome(numio.genfromtxt, make(), **options), outcome(np.genfromtxt, make(), **options))


def test_numbers_of_fortran_are_read_where_asked_for():
    text = "1.0D+05 0.33-104\n-1.5d3 2\n"
    wanted = [[1e5, 0.33e-104], [-1500, 2]]
    assert numio.loadtxt(io.StringIO(text), fortran=True).tolist() == wanted
    assert numio.genfromtxt(io.StringIO(text), fortran=True).tolist() == wanted
    assert numio.genfromtxt(io.StringIO(text), dtype=None, fortran=True).tolist() == wanted
    with pytest.raises(ValueError, match="1.0D"):
        numio.loadtxt(io.StringIO(text))


@pytest.mark.parametrize("dtype", ["F", "D", "G"])
@pytest.mark.parametrize("text", ["(1-2j)", "1-2j", "-0-0j", "nan-infj", "1+nanj", "1", "b"])
def test_genfromtxt_of_complex_numbers_reads_signs_as_numpy(dtype, text):
    for lines, options in (([text, text], {"dtype": dtype}), ([f"x,{text}"], {"dtype": f"U3,{dtype}", "delimiter": ","})):
        ours, theirs = [outcome(module.genfromtxt, lines, **options) for module in [numio, np]]
        check(ours, theirs)


def test_usecols_with_slices_selects_columns():
    text = "0 1 2 3 4\n5 6 7 8 9\n"
    whole = np.arange(10).reshape(2, 5)
    for read in [numio.loadtxt, numio.genfromtxt]:
        assert read(io.StringIO(text), usecols=slice(1, 4)).tolist() == whole[:, 1:4].tolist()
        assert read(io.StringIO(text), usecols=[0, slice(-3, -1)]).tolist() == whole[:, [0, 2, 3]].tolist()
        for columns in [slice(1, None), slice(None), slice(None, None, 2), slice(-2, None), slice(1, -1), slice(None, None, -1)]:
            assert read(io.StringIO(text), usecols=columns).tolist() == whole[:, columns].tolist(), columns
        assert read(text.splitlines(), usecols=[0, slice(3, None)]).tolist() == whole[:, [0, 3, 4]].tolist()
    assert numio.loadtxt(['"a,b",1,2'], dtype=str, delimiter=",", quotechar='"', usecols=slice(0, -1)).tolist() == ["a,b", "1"]
    named = numio.genfromtxt(["x,y,z", "1,2,3"], delimiter=",", names=True, usecols=slice(1, None))
    assert named.dtype.names == ("y", "z")


def test_usecols_with_slices_takes_the_columns_that_are_there():
    text = "0 1 2\n5 6 7\n"
    whole = np.array([[0, 1, 2], [5, 6, 7]])
    for read in [numio.loadtxt, numio.genfromtxt]:
        for columns in [slice(1, 9), slice(-9, 2), slice(1, 10**12)]:
            assert read(io.StringIO(text), usecols=columns).tolist() == whole[:, columns].tolist(), columns


def test_usecols_with_slices_counts_the_columns_of_a_row_of_several_lines(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('"a\n\nb",2,3\nx,4,5\n')
    for source in [path, open(path), open(path, "rb"), path.read_text().splitlines(keepends=True)]:
        found = numio.loadtxt(source, delimiter=",", quotechar='"', usecols=slice(1, None))
        assert found.tolist() == [[2, 3], [4, 5]]


def test_usecols_with_names_knows_byte_order_marks_and_encodings(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeffZürich,b\n1,2\n".encode())
    for source in [path, open(path, "rb"), open(path, encoding="utf-8")]:
        found = numio.loadtxt(source, delimiter=",", skiprows=1, encoding="utf-8", usecols="Zürich")
        assert found.tolist() == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a pipe")
def test_text_from_a_pipe_is_read_once(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def piped(call, data):
        writer = threading.Thread(target=path.write_bytes, args=(data,))
        writer.start()
        try:
            return call()
        finally:
            writer.join()

    rows = np.arange(60_000).reshape(-1, 3)
    data = b"# a,b,c\n" + b"".join(b"%d,%d,%d\n" % tuple(row) for row in rows.tolist())
    for columns in ["b", [1], slice(1, 2)]:
        found = piped(lambda columns=columns: numio.loadtxt(path, dtype=int, delimiter=",", usecols=columns), data)
        assert np.array_equal(found, rows[:, 1]), columns
    found = piped(lambda: numio.genfromtxt(path, dtype=int, delimiter=",", usecols=slice(1, None)), data)
    assert np.array_equal(found, rows[:, 1:])
    for read in [numio.loadtxt, numio.genfromtxt]:
        with pytest.raises(UnicodeError):
            piped(lambda read=read: read(path, delimiter=",", encoding="utf-8"), b"1,2\n\xff\n")


@pytest.mark.parametrize("data, encoding", [(b"1,2\n3,\xc3", "utf-8"), ("1,2\n3,4\n".encode("utf-16")[:-1], "utf-16"), (b"1,2\r\n" * 40_000 + b"3,\xe2\x82", "utf-8")])
def test_bytes_that_end_too_early_are_named_with_their_row_and_column(tmp_path, data, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    whole = data[: len(data) - len(data) % 2] if encoding == "utf-16" else data
    before = whole.decode(encoding, "ignore").splitlines()
    for name in ["loadtxt", "genfromtxt"]:
        with pytest.raises(UnicodeDecodeError) as theirs:
            getattr(np, name)(path, delimiter=",", encoding=encoding)
        with pytest.raises(UnicodeDecodeError) as ours:
            getattr(numio, name)(path, delimiter=",", encoding=encoding)
        assert ours.value.args[:4] == theirs.value.args[:4]
        assert f"row {len(before)}, column {before[-1].count(',') + 1})" in ours.value.reason


def test_usecols_with_names_selects_columns(tmp_path):
    path = tmp_path / "t.csv"
    for head, options in [("time, temp,rh\n", {"skiprows": 1}), ("# made by hand\n# time,temp,rh\n", {})]:
        path.write_text(head + "1,2,3\n4,5,6\n")
        for source in [path, str(path), open(path), open(path, "rb"), path.read_text().splitlines()]:
            found = numio.loadtxt(source, delimiter=",", usecols=["rh", 0], **options)
            assert found.tolist() == [[3, 1], [6, 4]]
        assert numio.loadtxt(path, delimiter=",", usecols="temp", **options).tolist() == [2, 5]
        with pytest.raises(ValueError, match=r"no column 'wind'.*'temp'"):
            numio.loadtxt(path, delimiter=",", usecols="wind", **options)
    with pytest.raises(TypeError):
        numio.loadtxt(["1 2"], usecols="a")


@pytest.mark.parametrize("fmt", ["%c", "%r", "%a", "%*d", "%(a)s", "%5c|", "%q", "%", "%d %c", "%-3r"])
@pytest.mark.parametrize("array", [[65, 0x20AC], [1.5, 2.5], ["a", "b"], ["ab"], [-1], [0x110000], [True]], ids=named)
def test_savetxt_with_pythons_formats_prints_as_numpy(array, fmt):
    found = []
    for savetxt in [numio.savetxt, np.savetxt]:
        out = io.StringIO()
        try:
            savetxt(out, array, fmt=fmt)
            found.append(out.getvalue())
        except Exception as error:
            found.append((type(error), str(error)))
    assert found[0] == found[1]


# Beginnings of the messages of other exceptions than ValueError.
SENTENCES = [
    "Python int", "int too big", "list index out of range", "list assignment index out of range", "Converter #1",
    "cannot convert float infinity", "Mismatch between array dtype", "If a structured dtype is used", "damaged gzip file",
]  # fmt: skip


@pytest.mark.parametrize("footer", [0, 1])
@pytest.mark.parametrize("dtype", ["i4", "u1", "f8", "i4,u1", bool])
def test_strict_reading_names_numpys_first_error(dtype, footer):
    """Values are parsed column by column, and then made elements of."""
    rng = np.random.default_rng(5)
    words = ["1", "2.5", "nan", "x", "True", "1e400", "300", "-1", "9999999999999999999999", ""]
    for _ in range(150):
        text = "".join(",".join(rng.choice(words, 2)) + "\n" for _ in range(rng.integers(1, 5)))
        options = {"delimiter": ",", "dtype": dtype, "loose": False, "skip_footer": footer}
        ours, theirs = (outcome(call, io.StringIO(text), **options) for call in (numio.genfromtxt, np.genfromtxt))
        assert ours[0] is theirs[0], (text, ours, theirs)
        if isinstance(theirs[1], str) and theirs[1].startswith("Cannot convert string"):
            assert ours[1].startswith(theirs[1]), (text, ours, theirs)


@pytest.mark.parametrize("text", SENTENCES)
def test_no_field_chooses_the_class_of_an_error(tmp_path, text):
    """What a file says is in the message, and must not be taken for the sentence of the error."""
    path = tmp_path / "a.txt"
    path.write_text(f"1,{text}\n", "utf-8")
    for call in ("loadtxt", "genfromtxt"):
        for options in ({"comments": None}, {"comments": None, "dtype": int}, {"comments": None, "dtype": "i1,m8[s]"}):
            if call == "genfromtxt":
                options = {**options, "loose": False}
            for source in (path, [f"1,{text}"]):
                ours = outcome(getattr(numio, call), source, delimiter=",", **options)
                theirs = outcome(getattr(np, call), source, delimiter=",", **options)
                assert ours[0] is theirs[0], (call, options, ours, theirs)
    array = np.array([text], object)
    for module in (np, numio):
        with pytest.raises(TypeError):
            module.savetxt(io.StringIO(), array, fmt="%d")


def test_defaults_take_the_place_of_texts_that_bytes_do_not_hold():
    for lines in (["\u20ac|1", "2|3"], ["\u20ac\u20ac\u20ac\u20ac|1", "2|3"], ["\u20ac|12345", "2|3"]):
        for options in ({}, {"filling_values": "longer than these"}, {"filling_values": ""}):
            ours = numio.genfromtxt(lines, dtype="S", delimiter="|", **options)
            theirs = np.genfromtxt(lines, dtype="S", delimiter="|", **options)
            assert ours.dtype == theirs.dtype and ours.tolist() == theirs.tolist()


@pytest.mark.parametrize("comments", [["#", "%"], "//", "#", ["ab"]], ids=str)
def test_line_ends_behind_comments_end_lines_as_in_numpy(comments):
    for text in ("1 2\r", "1 2\r# c\r3 4\r", "1 2#c\r3 4\n", "1 2 // a\rb\n3 4\n", "1 2\r\n// a\r\n", "1 2ab\r3 4\n", "1 2\r3 4#\n"):
        for source in (lambda: io.StringIO(text), lambda: [text], lambda: io.BytesIO(text.encode())):
            ours = outcome(numio.loadtxt, source(), comments=comments)
            check(ours, outcome(np.loadtxt, source(), comments=comments))


@pytest.mark.parametrize("filling", [float("nan"), 1e300, 1.5, "z", "", "5", "NaT", 10**30, True, None], ids=named)
def test_fillings_of_every_kind_end_as_numpys(filling):
    for dtype in ("i4,m8[s]", "i4,?", "i4,M8[D]", "i4,U2", "i4,f4"):
        ours, theirs = (
            outcome(module.genfromtxt, ["1 x"], dtype=dtype, filling_values={1: filling}, missing_values={1: "x"})
            for module in (numio, np)
        )
        assert ours[0] is theirs[0], (dtype, ours, theirs)
        if not isinstance(ours[0], type):
            check(ours, theirs)


def test_columns_that_cost_nothing_are_none_to_write():
    """Files of 128 bytes may have any number of columns, if there are no rows or elements have no bytes."""
    for array in (np.zeros((0, 2**40)), np.zeros((0, 2**40), "c16"), np.zeros((0, 2**40), "S3")):
        out = io.StringIO()
        numio.savetxt(out, array, fmt="%s" if array.dtype.kind == "S" else "%.18e", header="x")
        assert out.getvalue() == "# x\n"
        with pytest.raises(ValueError):
            numio.savetxt(out, array, fmt="%s %s")
    header = "{'descr': '|S0', 'fortran_order': False, 'shape': (1, %d)}\n" % 2**45
    file = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
    array = numio.load(io.BytesIO(file))
    assert (array.itemsize, array.shape) == (0, (1, 2**45))
    with pytest.raises(MemoryError):
        numio.savetxt(io.StringIO(), array, fmt="%s")


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("dtype", ["q", "Q", ">q", "l", "L", "p", [("a", "q"), ("b", "l")], [("a", [("b", "Q")]), ("c", "f8")], ("q", (2,))])
@pytest.mark.parametrize("text", ["1 2\n3 4\n", "4e2 3.5\n1 2\n", "x 1\n2 3\n", "", "1,2\n"])
@pytest.mark.parametrize("options", [{}, {"usecols": (1, 0)}, {"delimiter": ","}, {"ndmin": 2}, {"converters": {0: lambda _: 7}}], ids=lambda options: "-".join(options))
def test_both_integer_types_of_a_size_stay_what_they_are(dtype, text, options):
    def types(array):
        kinds = [array.dtype] if array.dtype.names is None else [array.dtype[name] for name in array.dtype.names]
        return [kind.num for kind in kinds]

    for name in ("loadtxt", "genfromtxt"):
        theirs = outcome(getattr(np, name), io.StringIO(text), dtype=dtype, **options)
        found = outcome(getattr(numio, name), io.StringIO(text), dtype=dtype, **options)
        check(found, theirs)
        if isinstance(theirs[0], bool):
            ours, theirs = (getattr(module, name)(io.StringIO(text), dtype=dtype, **options) for module in (numio, np))
            assert types(ours) == types(theirs)


@pytest.mark.parametrize("encoding", ["bytes", None, "utf-8", "ascii", "latin1"])
@pytest.mark.parametrize("lines", [[b"\xff bad", b"1,2", b"3,4"], [b"\xe9\n", b"\xff\n", b"1,2\n"], ["\udcff", "1,2", "3,4"], ["a\nb", "1,2"]])
def test_header_that_is_skipped_is_not_decoded(lines, encoding):
    sources = [lambda: lines, lambda: iter(lines)]
    if all(isinstance(line, bytes) for line in lines):
        sources.append(lambda: io.BytesIO(b"\n".join(line.rstrip() for line in lines)))
    for source in sources:
        for options in ({"skip_header": 1}, {"skip_header": 2}, {"skip_header": 9}, {"skip_header": 1, "max_rows": 1}):
            options = {"delimiter": ",", "encoding": encoding, **options}
            check(outcome(numio.genfromtxt, source(), **options), outcome(np.genfromtxt, source(), **options))
    with io.StringIO("head\n1 2\n3 4\n") as file:
        assert numio.genfromtxt(file, skip_header=1, max_rows=1).tolist() == [1, 2]
        assert numio.genfromtxt(file).tolist() == [3, 4]


@pytest.mark.parametrize(
    "call",
    [
        lambda module, path: module.loadtxt(["1"], delimiter="ab"),
        lambda module, path: module.loadtxt(["1"], skiprows=-1),
        lambda module, path: module.loadtxt(["1"], dtype="nothing"),
        lambda module, path: module.loadtxt([1]),
        lambda module, path: module.loadtxt(["x"], dtype=object, converters=float),
        lambda module, path: module.genfromtxt(["1"], converters={0: lambda field: 1 / 0}),
        lambda module, path: module.genfromtxt(["1"], dtype="nothing"),
        lambda module, path: module.savetxt(path, ["a"]),
        lambda module, path: module.savetxt(path, ["a"], fmt="%d"),
        lambda module, path: module.savetxt(path, [1], fmt=3),
        lambda module, path: module.savetxt(path, [1], fmt="%r %r"),
        lambda module, path: module.savetxt(path, ["\u65e5"], fmt="%s", encoding="latin1"),
    ],
)
def test_errors_that_numpy_raises_come_after_no_others(call, tmp_path):
    """What a user reads of an error is that error, and not how numio came to ask NumPy."""
    shown = {}
    for module in (np, numio):
        with pytest.raises(Exception) as raised:  # noqa: PT011, of every class
            call(module, tmp_path / "x.txt")
        shown[module] = "".join(traceback.format_exception(raised.value))
    assert "FallBackToNumPy" not in shown[numio]
    assert shown[numio].count("Traceback") <= shown[np].count("Traceback")


@pytest.mark.parametrize("text", ["1, ,2", "1,\t ,2", " , ", ",1", "1,\x0b,\x0c"])
def test_white_space_alone_is_a_long_double_as_in_numpy(text):
    for dtype in (np.longdouble, "g,g,g", ">g"):
        check(outcome(numio.loadtxt, [text], dtype, delimiter=","), outcome(np.loadtxt, [text], dtype, delimiter=","))
        for options in ({}, {"autostrip": True}, {"loose": False}, {"missing_values": " ", "filling_values": 7, "usemask": True}):
            options = {"dtype": dtype, "delimiter": ",", **options}
            check(outcome(numio.genfromtxt, [text], **options), outcome(np.genfromtxt, [text], **options))


@pytest.mark.parametrize("options", [{"dtype": str}, {}, {"ndmin": 1}, {"ndmin": 2}, {"unpack": True}], ids=str)
def test_rows_of_no_columns_are_no_data_where_numpy_says_so(options):
    for lines in ([], ["1 2"], ["1 2", "3 4"]):
        check(outcome(numio.loadtxt, lines, usecols=(), **options), outcome(np.loadtxt, lines, usecols=(), **options))


@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", "g", "m8[s]", "F"])
def test_bytes_in_messages_are_numpys(dtype):
    for text in ("é,b", "x", "ÿ 1\0"):
        options = {"dtype": dtype, "names": ["a", "b"], "delimiter": "|"}
        check(outcome(numio.genfromtxt, [text], **options), outcome(np.genfromtxt, [text], **options))
