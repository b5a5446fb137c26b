"""Compares what `numio convert` makes of texts with what pandas, Python's csv and json, and NumPy make of them.

Arguments: the command, and a folder to write to.
"""

import csv
import io
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np

try:
    import pandas as pd
except ImportError:
    print("no pandas: texts are not compared")
    sys.exit()

NUMIO, FOLDER = sys.argv[1], Path(sys.argv[2])
os.chdir(FOLDER)


def convert(*arguments, text=None, code=0):
    """What is said on standard error; the array is in x.npy."""
    data = text.encode() if isinstance(text, str) else text
    done = subprocess.run([NUMIO, "convert", "--force", *arguments], input=data, capture_output=True, check=False)
    assert done.returncode == code, (arguments, text, done)
    return done.stderr.decode()


def read(text, *options, source="csv"):
    convert("--from", source, *options, "-", "x.npy", text=text)
    return np.load("x.npy")


def refused(text, *options, source="csv", code=1):
    """The one line that is said; nothing is written, and nothing that was there is changed."""
    Path("x.npy").write_bytes(b"old")
    before = sorted(os.listdir())
    complaint = convert("--from", source, *options, "-", "x.npy", text=text, code=code)
    assert Path("x.npy").read_bytes() == b"old" and sorted(os.listdir()) == before
    assert complaint.startswith("numio: ") and complaint.count("\n") == 1, complaint
    return complaint


AUTO, HEADER = ("--dtype", "auto"), ("--header", "--dtype", "auto")

# ---- Line ends within quotes

texts = ["a\r\nb", "c\rd", "e\nf", "\r", "\n", "\r\n", "plain", 'q"\r\n"']
frame = pd.DataFrame({"t": texts, "n": range(len(texts))})
for line_end in ("\n", "\r\n"):
    written = frame.to_csv(index=False, lineterminator=line_end, quoting=csv.QUOTE_NONNUMERIC)
    known = pd.read_csv(io.StringIO(written, newline=""))["t"].tolist()
    assert known == texts == [row[0] for row in csv.reader(io.StringIO(written, newline=""))][1:]
    for options in (HEADER, ("--header", "--dtype", "U9,i8"), (*HEADER, "--missing", "NA")):
        assert read(written, *options)["t"].tolist() == texts, options
np.save("t.npy", np.array(texts))
for suffix in ("csv", "tsv", "jsonl", "csv.gz"):
    convert("t.npy", f"t.{suffix}")
    convert("--dtype", "U9", f"t.{suffix}", "x.npy")
    assert np.load("x.npy").tolist() == texts, suffix
lines = "\n".join(map(json.dumps, texts))
assert read(lines, source="jsonl").tolist() == [json.loads(line) for line in lines.split("\n")]
assert read("\n".join(json.dumps({"t": text}) for text in texts), source="jsonl")["t"].tolist() == texts

# ---- What numio writes comes back by itself

for array in (
    np.array(["2020-01-02", "NaT", "1969-12-31"], "M8[D]"),
    np.array(["NaT", "2020-01-02T03:04:05.123456789"], "M8[ns]"),
    np.array([complex("nan+infj"), 1 + 2j, complex("-inf-nanj"), complex(-0.0, 1e-5)]),
    np.array([[complex("inf+nanj")], [1j]]).reshape(1, 2),
):
    np.save("a.npy", array)
    convert("a.npy", "a.csv")
    convert(*AUTO, "a.csv", "x.npy")
    back = np.load("x.npy")
    assert back.dtype == array.dtype and repr(back.tolist()) == repr(array.tolist()), (array, back)
# Words are none of these.
for words in (["infj", "nanj"], ["NaT", "nothing"], ["NaT", "NaT"]):
    assert read("\n".join(words), *AUTO).tolist() == words

# ---- Dates

for text in ("2020-01-02 \n 2020-01-03\n", "2020-01-02T03:04 ,1\n,2\n"):
    found = read(text, *AUTO)
    found = found["f0"] if found.dtype.names else found
    known = pd.to_datetime(pd.read_csv(io.StringIO(text), header=None)[0].str.strip()).to_numpy()
    assert np.array_equal(found.astype("M8[s]"), known.astype("M8[s]"), equal_nan=True)
for far in ("9999-12-31T23:59:59.999999999", "1677-01-01T00:00:00.000000001"):
    try:
        pd.Series([far]).astype("M8[ns]")
        raise AssertionError(far)
    except pd.errors.OutOfBoundsDatetime:
        pass
    assert read(f"2020-01-01\n{far}\n", *AUTO).tolist() == ["2020-01-01", far]
    said = convert("--from=csv", *AUTO, "--explain", "-", "x.npy", text=f"2020-01-01\n{far}\n")
    assert "line 2 is not in the range of datetime64[ns]" in said, said
assert read("9999-12-31\n0001-01-01T00:00:00.000001\n", *AUTO).dtype == "M8[us]"

# ---- Names

table = "a,b,c\n1,2.5,x\n3,4.5,y\n"
for renames in ({"a": "b", "b": "a"}, {"a": "z"}, {"a": "b", "b": "c", "c": "a"}):
    known = pd.read_csv(io.StringIO(table)).rename(columns=renames)
    options = [f"--rename={old}={new}" for old, new in renames.items()]
    found = read(table, *HEADER, *options)
    assert list(found.dtype.names) == list(known.columns), (renames, found.dtype)
    for name in known.columns:
        assert found[name].tolist() == known[name].tolist()
    assert read(table, *HEADER, *options, "--columns=a").dtype.names == (renames["a"],)
assert 'no column "z"' in refused(table, *HEADER, "--rename=z=y")

# A number beyond the last column is a name.
table = "place,2010,2011\nx,1,2\ny,3,4\n"
known = pd.read_csv(io.StringIO(table))
assert read(table, *HEADER, "--columns=2011,place").tolist() == list(known[["2011", "place"]].itertuples(index=False, name=None))
assert read(table, *HEADER, "--columns=!2010").dtype.names == ("place", "2011")
assert "--columns: 1 are chosen, and the dtype has 2 values" in refused("0,1,2\n", "--dtype=i4,f8", "--columns=2:")
assert 'no column "2012"' in refused(table, *HEADER, "--columns=!2012")

# Blanks around what stands between commas are none of it.
table = "a,b\n1,NA\n-999,2\n"
known = pd.read_csv(io.StringIO(table), na_values=["-999"])
found = read(table, *HEADER, "--missing=NA, -999", "--fill=nan", "--columns=a, b")
for name in known.columns:
    assert np.array_equal(found[name], known[name], equal_nan=True), found

# A name in quotes is no number, range or list.
table = '"a,b",0,!x,2:3\n1,2,3,4\n'
for name in pd.read_csv(io.StringIO(table)).columns:
    found = read(table, *HEADER, f'--columns="{name}"')
    assert found.dtype.names == (name,) and found[name].tolist() == pd.read_csv(io.StringIO(table))[name].tolist()
assert read(table, *HEADER, '--columns=!"a,b",!"0"').tolist() == [(3, 4)]

# The header of what is written has the names of all fields, and each value is found again by its own.
for fields in (
    [("f", "i4")], [("f", "i4"), ("f0", "i4")], [("f", "i4", (2,)), ("g", "i4")],
    [("v0", "i4"), ("v", "i4", (2,))], [("p.x", "i4"), ("p", [("x", "i4")])],
):  # fmt: skip
    records = np.arange(np.dtype(fields).itemsize // 4 * 3, dtype="i4").view(fields)
    np.save("a.npy", records)
    convert("--header", "a.npy", "a.csv")
    convert("--header", "--dtype", str(np.lib.format.dtype_to_descr(records.dtype)), "a.csv", "x.npy")
    found = np.load("x.npy")
    assert found.dtype == records.dtype and found.tobytes() == records.tobytes(), (fields, found)
np.save("a.npy", np.array([(1, 2)], [("f", "i4"), ("g", "i4")]))
convert("--header", "a.npy", "a.csv")
assert pd.read_csv("a.csv").columns.tolist() == ["f", "g"]

# ---- Decimal marks

for text in ("1,5;2\n3,25;4\n", "1.5;2\n2,5;3\n", "1.234;2\n"):
    for options, own in (((), {}), (("--thousands", "'"), {"thousands": "'"})):
        known = pd.read_csv(io.StringIO(text), sep=";", decimal=",", header=None, **own)
        found = read(text, *AUTO, "--delimiter", ";", "--decimal", ",", *options)
        columns = [found[name] for name in found.dtype.names] if found.dtype.names else list(found.T)
        for column, wanted in zip(columns, (known[0], known[1]), strict=True):
            assert (column.dtype.kind == "U") == (wanted.dtype.kind not in "if"), (text, column, wanted)
            assert column.tolist() == wanted.tolist(), (text, column, wanted)
assert "the decimal mark is ," in refused("1.5;2\n", "--delimiter", ";", "--decimal", ",")
assert read("1.234,5;2020-01-01T00:00:00.5\n", *AUTO, "--delimiter=;", "--decimal=,", "--thousands=.")[0].item()[0] == 1234.5
for mark in ("5", "e", "-"):
    assert "--decimal" in refused("1\n", *AUTO, "--decimal", mark, code=2)

# ---- Footers and units

for text in ("1,2\n3,4\nTotal,6\n", "1,2\n3,4\n\n\nTotal,6\n\n\n", "1,2\n3,4\n# sum\nTotal,6\n# end\n", "1,2\n3,4\nTotal,6\n#", "1,2\r\n3,4\r\n\r\nT,6\r\n\r\n"):
    for quote in ('"', ""):
        for count in (1, 2, 3, 9):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                known = np.genfromtxt(io.StringIO(text), delimiter=",", skip_footer=count, dtype="i8")
            found = read(text, "--dtype=i8", "--comments=#", f"--quote={quote}", f"--skip-footer={count}")
            assert found.ravel().tolist() == known.ravel().tolist(), (text, count, found, known)
assert read('1,2\n3,4\n"Total\n\n6",x\n\n', "--dtype=i8", "--skip-footer=1").tolist() == [[1, 2], [3, 4]]
for units in ("s,m\n", "\ns,m\n", "\n\r\n s,m\n"):
    assert read(f"a,b\n{units}1,2\n", *HEADER, "--units").tolist() == [(1, 2)]

# ---- Rows that do not fit

table = "a,b\nx,1\n\"y\nz\",bad\n3,4\n1\nq,5\n"
assert "line 3, column 2 (b)" in refused(table, "--header", "--dtype=U3,i4")
said = convert("--from=csv", "--header", "--dtype=U3,i4", "--skip-bad", "-", "x.npy", text=table)
assert np.load("x.npy").tolist() == [("x", 1), ("3", 4), ("q", 5)]
assert "left out 2 rows: line 3, column 2" in said and "; line 6: 1 fields" in said and "leaves the row out" not in said, said
# A first row with a field too many is a bad one, and not one whose first column has no name.
assert read("a,b\n1,2,3\n4,5\n6,7\n", *HEADER, "--skip-bad").tolist() == [(4, 5), (6, 7)]
assert read("a,b\n1,2,3\n4,5,6\n", *HEADER, "--skip-bad").dtype.names == ("f0", "a", "b")
# Each bad row costs the same however many there are.
said = convert("--from=csv", "--header", "--dtype=i4", "--skip-bad", "-", "x.npy", text="a\n1\n" + "x\n" * 40_000 + "2\n")
assert "left out 40000 rows: line 3," in said and np.load("x.npy").tolist() == [1, 2]

# ---- Fills

assert read("a,b\nx,1\n,2\n", *HEADER, "--fill=a=none")["a"].tolist() == ["x", "none"]
assert read("a,b\nx,1\n,2\n", *HEADER, "--fill=-1").tolist() == [("x", 1), ("", 2)]
for options in (HEADER, ("--header", "--dtype=i8,f8"), ("--dtype", "i8,f8", "--skiprows=1")):
    assert "--fill: " in refused("a,b\n1,2\n", *options, "--fill=z=3"), options
assert "--fill: " in refused('{"a": 1}', "--fill=z=3", source="jsonl")
assert "--fill x is no float64" in refused("a\n1.5\nNA\n", *HEADER, "--missing=NA", "--fill=x")
assert "--fill 99999999999999999999 is no int64" in refused("a,b\n1,2\n,3\n", *HEADER, "--fill=99999999999999999999")

# A number is no date, but for a year.
table = "d,n\n2020-01-02,1\n,\n"
for fill in ("-1", "0", "-999", "1.5"):
    assert f"--fill {fill} is no datetime64[D]" in refused(table, *HEADER, f"--fill={fill}"), fill
    line = '{"d":null}'
    assert f"--fill {fill} is no datetime64[D]" in refused(line, "--dtype", "[('d','M8[D]')]", f"--fill={fill}", source="jsonl")
found = read(table, *HEADER, "--fill=-1", "--fill=d=NaT")
known = pd.read_csv(io.StringIO(table), parse_dates=["d"])
assert np.isnat(found["d"]).tolist() == known["d"].isna().tolist() and found["n"].tolist() == known["n"].fillna(-1).tolist()
assert str(read(table, *HEADER, "--fill=n=0", "--fill=d=1900")["d"][1]) == "1900-01-01"

# Fields of records within records have fills of their own, or that of the record.
nested = "[('a',[('b','i4'),('c','f8')]),('n','i4')]"
lines = '{"a":{"b":null,"c":1.5},"n":1}\n{"a":{"b":2},"n":2}\n{"a":null,"n":3}\n'
for fills, wanted in (
    (["a.b=-1", "a.c=0"], [((-1, 1.5), 1), ((2, 0), 2), ((-1, 0), 3)]),
    (["a=7"], [((7, 1.5), 1), ((2, 7), 2), ((7, 7), 3)]),
    (["9", "a.b=-1"], [((-1, 1.5), 1), ((2, 9), 2), ((-1, 9), 3)]),
):
    assert read(lines, "--dtype", nested, *(f"--fill={fill}" for fill in fills), source="jsonl").tolist() == wanted, fills
assert 'key "a.b": null' in refused(lines, "--dtype", nested, source="jsonl")
assert '--fill: there is no column "b", only a, a.b, a.c, n' in refused(lines, "--dtype", nested, "--fill=b=1", source="jsonl")

# ---- What text cannot be

for options in (("--dtype=O",), ("--dtype=O,i8",), ("--dtype", "[('a','O'),('b','i8')]"), (*HEADER, "--as=a=O")):
    assert "no Python objects" in refused("a,b\nx,1\n", *options, code=2)
assert "no Python objects" in refused("1\n", "--dtype=O", source="jsonl", code=2)
assert "line 3: 3 fields, where the header has 2 names" in refused("a,b\n1,2\n3,4,5\n6,7\n", *HEADER)
assert 'line 2, key "a": 16699327784941023797 and the other' in refused('{"a":-5}\n{"a":16699327784941023797}', source="jsonl")
complaint = refused(pd.DataFrame({"a": [1, 2]}).to_json(orient="records"), source="jsonl")
assert "lines=True" in complaint, complaint
assert read(pd.DataFrame({"a": [1, 2]}).to_json(orient="records", lines=True), source="jsonl")["a"].tolist() == [1, 2]
assert "line 1: no JSON at column 4" in refused("[1,2\n", source="jsonl")
# What Python's json writes of floats that JSON does not have.
values = [{"a": float("nan"), "b": "NaN: \"Infinity\" \\\\ NaN"}, {"a": float("-inf"), "b": "x"}, {"a": float("inf"), "b": "\\\""}, {"a": 0.5, "b": ""}]
found = read("\n".join(map(json.dumps, values)), source="jsonl")
assert repr(found["a"].tolist()) == repr([value["a"] for value in values])
assert found["b"].tolist() == [value["b"] for value in values]
assert repr(read("[NaN, -Infinity]\n[Infinity , 1]", source="jsonl").tolist()) == "[[nan, -inf], [inf, 1.0]]"
for line in ("{NaN: 1}", "{NaN : 1}", "[NaNs]", "[-NaN]", "[nan]", "[+Infinity]", "NaN NaN"):
    assert "line 1: no JSON at column" in refused(line, source="jsonl"), line
# Lists without values, and a key that names nothing.
for row, shape in (('{"a":[]}', (0,)), ('{"a":[[],[]],"b":[]}', (2, 0))):
    found = read(f"{row}\n{row}\n", source="jsonl")
    assert found.shape == (2,) and found["a"].shape == (2, *shape), found
assert read("[]\n[]\n[]", source="jsonl").shape == (3, 0)
assert "a key is empty" in refused('{"": 1}', source="jsonl")

# ---- Formats

records = np.array([(1.5, "x,y", 7), (-2.25, 'q"\nr', 8)], [("f", "f8"), ("t", "U5"), ("n", "i4")])
np.save("a.npy", records)
for formats, numbers in ((("%.1f", "%s", "%d"), [["1.5", "7"], ["-2.2", "8"]]), (("%s",), [["1.5", "7"], ["-2.25", "8"]]),
                         (("%8.3f", "%s", "%03d"), [["   1.500", "007"], ["  -2.250", "008"]])):  # fmt: skip
    convert("--header", *(f"--fmt={one}" for one in formats), "a.npy", "a.csv")
    names, *rows = csv.reader(io.StringIO(Path("a.csv").read_text(), newline=""))
    assert names == ["f", "t", "n"] and [row[1] for row in rows] == records["t"].tolist(), rows
    assert [[row[0], row[2]] for row in rows] == numbers, rows
np.save("a.npy", np.array([[1.5, 2.25], [np.nan, -0.0]]))
convert("--long", "--fmt=%.2f", "a.npy", "a.csv")
assert Path("a.csv").read_text() == "0,0,1.50\n0,1,2.25\n1,0,nan\n1,1,-0.00\n"
assert "--fmt: 2 formats for 1 columns" in convert("--long", "--fmt=%d", "--fmt=%d", "a.npy", "b.csv", code=1)

# ---- Integers at the borders

border = 2**64 - 1
for lines, source in ((f"-0\n{border}\n-00\n", "csv"), (f"-0\n{border}\n", "jsonl")):
    found = read(lines, *(AUTO if source == "csv" else ()), source=source)
    assert found.dtype == "u8" and found.tolist() == [int(line) for line in lines.split()], found
said = convert("--from=csv", *AUTO, "--wide-integers=text", "--explain", "-", "x.npy", text=f"1\n{border + 1}\n")
assert np.load("x.npy").tolist() == ["1", str(border + 1)]
assert f"f0: <U20: {border + 1} in line 2 goes into no type of 64 bits" in said, said

# ---- Texts without a length

table = "id,n\n007,1\n12345,2\n"
known = pd.read_csv(io.StringIO(table), dtype={"id": str})
for code, wanted in (("U", known["id"].tolist()), ("S", known["id"].str.encode("ascii").tolist())):
    found = read(table, *HEADER, f"--as=id={code}")
    assert found["id"].tolist() == wanted and found["id"].dtype == f"{code}5", found
assert 'column "id" is a text without a length' in refused(table, "--header", "--dtype=U,i4")
assert 'column "id" is a text without a length' in refused(table, "--header", "--dtype=U9,i4", "--as=id=U")
assert 'column "a" is a text without a length' in refused('{"a":"abc"}', "--dtype", "[('a','U')]", source="jsonl")

# ---- Options that would change nothing

np.save("n.npy", np.arange(6.0).reshape(2, 3))
Path("n.jsonl").write_text('{"a":1,"b":2}\n')
Path("n.csv").write_text("1,2\n")
for source, target, options in (
    ("n.npy", "o.npy", ["--columns=0", "--header", "--delimiter=;", "--skiprows=1", "--fortran", "--flatten", "--fmt=%d", "--fill=0",
                        "--dtype=auto", "--rename=a=b", "--as=a=f4", "--missing=NA", "--decimal=,", "--skip-bad", "--explain"]),
    ("n.npy", "o.csv", ["--columns=0", "--quote='", "--comments=#", "--skip-footer=1", "--thousands='", "--fill-short"]),
    ("n.jsonl", "o.npy", ["--columns=a", "--rename=a=b", "--as=a=f4", "--skiprows=1", "--skip-bad", "--missing=NA", "--to-delimiter=;"]),
    ("n.csv", "o.npy", ["--to-delimiter=;", "--long", "--fmt=%d"]),
    ("n.csv", "o.jsonl", ["--flatten", "--fmt=%d"]),
):  # fmt: skip
    for option in options:
        complaint = convert(option, source, target, code=2)
        kinds = f"{source.rsplit('.')[1]} to {target.rsplit('.')[1]}"
        assert complaint.startswith(f"numio: {option.split('=')[0]}") and kinds in complaint, complaint
        assert complaint.count("\n") == 1 and not Path(target).exists()

# ---- Rows appended to a text

for first, more, options in (
    ("a,b\n1,2\n", "b,a\n3,4\n", HEADER),
    ("a,b\n1,2\n", "a,c\n3,4\n", HEADER),
    ("a,b\n1,2\n", "a,b,c\n3,4,5\n", HEADER),
    ("1,2\n", "3,4,5\n", AUTO),
    ("1,2\n", "3\n", AUTO),
):
    Path("log.csv").write_text(first)
    complaint = convert("--append", "--from=csv", *options, "-", "log.csv", text=more, code=1)
    assert complaint.startswith("numio: log.csv: ") and "its first line" in complaint, complaint
    assert Path("log.csv").read_text() == first
for first, more, options in (
    ("a,b\n1,2\n", "a,b\n3,4\n", HEADER),
    ('\ufeffa,"b,c"\r\n1,2\r\n', 'a,"b,c"\n3,4\n', HEADER),
    ("1,2", "3,4\n", AUTO),
    ("", "a,b\n3,4\n", HEADER),
    ('"x\ny",2\n', "z,4\n", AUTO),
):
    Path("log.csv").write_bytes(first.encode())
    convert("--append", "--from=csv", *options, "-", "log.csv", text=more)
    rows = list(csv.reader(io.StringIO(Path("log.csv").read_bytes().decode("utf-8-sig"), newline="")))
    known = [list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))) for text in (first, more)]
    assert rows == known[0] + known[1][1 if first and options == HEADER else 0 :], rows
for encoding in ("utf-16", "utf-16-be", "utf-32", "utf-32-be"):
    first = ("" if encoding in ("utf-16", "utf-32") else "\ufeff") + "a,b\n1,2\n"
    Path("log.csv").write_bytes(first.encode(encoding))
    complaint = convert("--append", "--from=csv", *HEADER, "-", "log.csv", text="a,b\n3,4\n", code=1)
    assert complaint.startswith("numio: log.csv: --append: ") and Path("log.csv").read_bytes() == first.encode(encoding)

# ---- Lines that are left out, rows that are filled up, and raw bytes

for line_end in ("\n", "\r\n", "\r"):
    rows = [str(at) for at in range(200_000)]
    text = line_end.join(rows)
    for skipped in (0, 1, 77_777, 199_999, 200_000, 200_001, 2**64 - 1):
        assert read(text, "--dtype=i8", f"--skiprows={skipped}").tolist() == list(range(min(skipped, 200_000), 200_000))
    # A line that an error names is counted from the file's first.
    text = line_end.join([*rows[:150_000], "x", *rows])
    assert "line 150001, column 1: " in refused(text, "--dtype=i8", "--skiprows=149990")
# One long row among short ones: 400 KB would become 160 GB.
bomb = "," * 100_000 + "\n" + "1\n" * 200_000
for dtype in ("f8", "i4"):
    assert "--fill-short would make " in refused(bomb, "--fill-short", "--fill=0", f"--dtype={dtype}")
assert read("1,2,3\n4\n5,6\n", "--fill-short", "--fill=0", "--dtype=i8").tolist() == [[1, 2, 3], [4, 0, 0], [5, 6, 0]]
for dtype in ("V4", "i4,V1000000000", "[('a','i4'),('b','V2',3)]"):
    assert "is raw bytes, which a text has none of" in refused("1,2\n", "--dtype", dtype)
