"""Compares what `numio convert` makes of Arrow's files and of Parquet with what pyarrow reads and writes.

Arguments: the command, and a folder to write to.
"""

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np

try:
    import pyarrow as pa
    import pyarrow.feather
    import pyarrow.ipc
    import pyarrow.parquet as pq
except ImportError:
    print("no pyarrow: tables are not compared")
    sys.exit()

NUMIO, FOLDER = sys.argv[1], Path(sys.argv[2])
os.chdir(FOLDER)
SUFFIXES = ("arrow", "arrows", "parquet")


def run(*arguments, code=0, **options):
    done = subprocess.run([NUMIO, "convert", "--force", *map(str, arguments)], capture_output=True, check=False, **options)
    assert done.returncode == code, (arguments, done)
    return done.stderr.decode() if code or not done.stdout else done.stdout


def refused(*arguments):
    complaint = run(*arguments, code=1)
    assert complaint.count("\n") == 1 and "panicked" not in complaint, complaint
    return complaint


def read(path):
    if path.endswith(".parquet"):
        return pq.read_table(path)
    if path.endswith(".arrow"):
        with pa.OSFile(path) as file:
            return pa.ipc.open_file(file).read_all()
    with pa.OSFile(path) as file:
        return pa.ipc.open_stream(file).read_all()


def write(table, path, **options):
    if path.endswith(".parquet"):
        return pq.write_table(table, path, **options)
    new = pa.ipc.new_file if path.endswith(".arrow") else pa.ipc.new_stream
    with pa.OSFile(path, "wb") as file, new(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=options.get("row_group_size"))


def same(found, known):
    assert found.dtype == known.dtype and found.shape == known.shape, (found.dtype, known.dtype, found.shape, known.shape)
    assert found.tobytes() == known.tobytes(), (found, known)


def loaded(path):
    with np.load(path) as npz:
        return {name: npz[name] for name in npz.files}


# ---- NumPy's dtypes as pyarrow reads them

random = np.random.default_rng(5)
ROWS = 1000
PLAIN = ("?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8")
columns = {name: (random.random(ROWS) * 100).astype(name) for name in PLAIN}
columns["f8"][3] = np.nan
columns |= {f"big {name}": columns[name].astype(">" + name) for name in PLAIN[3:]}
for unit in ("s", "ms", "us", "ns"):
    ticks = random.integers(-(10**9), 10**9, ROWS)
    columns[f"M8[{unit}]"] = ticks.astype(f"M8[{unit}]")
    columns[f"m8[{unit}]"] = ticks.astype(f">m8[{unit}]")
    columns[f"M8[{unit}]"][5] = columns[f"m8[{unit}]"][7] = "NaT"
columns["M8[D]"] = random.integers(-(10**5), 10**5, ROWS).astype("M8[D]")
columns["M8[D]"][::9] = "NaT"
columns["größe \"x\"\n,"] = np.array([chr(0x4E00 + i) * (i % 7) for i in range(ROWS)])
columns[">U"] = np.array(["\U0001f600a\0b"] * ROWS, ">U9")
columns["S"] = np.array([b"\xff\0x" * (i % 3) for i in range(ROWS)])
columns["V"] = np.frombuffer(random.bytes(ROWS * 3), "V3")
records = np.zeros(ROWS, [(name, values.dtype) for name, values in columns.items()])
for name, values in columns.items():
    records[name] = values
np.save("records.npy", records)
np.savez_compressed("records.npz", **columns)


def known(name, values, is_parquet=False):
    """A column as pyarrow makes it of an array; of what it makes nothing or lists of, here by hand."""
    values = values.astype(values.dtype.newbyteorder("="))
    if values.dtype.kind == "V":
        return pa.array([bytes(value) for value in values], pa.binary(values.itemsize))
    if values.dtype.kind == "S":
        return pa.array(values.tolist(), pa.binary())
    if values.dtype.kind == "U":
        return pa.array(values.tolist(), pa.string())
    if is_parquet and values.dtype == "M8[s]":
        values = values.astype("M8[ms]")
    return pa.array(values)


for source in ("records.npy", "records.npz"):
    for suffix in SUFFIXES:
        run(source, f"x.{suffix}")
        table = read(f"x.{suffix}")
        assert table.column_names == list(columns), table.column_names
        for name, values in columns.items():
            wanted = known(name, values, suffix == "parquet")
            found = table[name].combine_chunks()
            assert found.type == wanted.type, (name, found.type, wanted.type)
            # NaN is not null, and not equal to itself.
            if values.dtype.kind == "f":
                same(found.to_numpy(), wanted.to_numpy(zero_copy_only=False))
                assert found.null_count == 0
            else:
                assert found.equals(wanted), (name, found, wanted)
        # Back: all but the byte order, the seconds of Parquet, and the length of texts, which is that of the longest.
        run(f"x.{suffix}", "back.npy")
        run(f"x.{suffix}", "back.npz")
        back, members = np.load("back.npy"), loaded("back.npz")
        assert back.dtype.names == tuple(columns) == tuple(members)
        for name, values in columns.items():
            dtype = values.dtype.newbyteorder("=")
            if suffix == "parquet" and dtype == "M8[s]":
                dtype = np.dtype("M8[ms]")
            if dtype.kind in "US":
                dtype = np.array(values.tolist()).dtype
            same(np.ascontiguousarray(back[name]), values.astype(dtype))
            same(members[name], values.astype(dtype))

# ---- Codecs, and what else reads them

for codec, options in (("SNAPPY", []), ("ZSTD", ["--compress=zstd", "--level=9"]), ("GZIP", ["--compress=deflate"])):
    run(*options, "records.npy", "x.parquet")
    assert pq.ParquetFile("x.parquet").metadata.row_group(0).column(0).compression == codec
run("--compress=stored", "records.npy", "x.parquet")
assert pq.ParquetFile("x.parquet").metadata.row_group(0).column(0).compression == "UNCOMPRESSED"
run("records.npy", "x.feather")
stored = os.path.getsize("x.feather")
run("--compress=zstd", "records.npy", "x.feather")
assert os.path.getsize("x.feather") < stored
assert pa.feather.read_table("x.feather").num_rows == ROWS
assert "compressed by zstd, or stored" in run("--compress=deflate", "records.npy", "x.arrow", code=2)
simple = pa.table({"i": pa.array(range(5000), pa.int32()), "t": [f"text {i % 10}" for i in range(5000)]})
plain = np.array(list(zip(range(5000), [f"text {i % 10}" for i in range(5000)], strict=True)), [("i", "i4"), ("t", "U6")])
for codec in ("snappy", "gzip", "zstd", "lz4", "none"):
    for more in ({}, {"data_page_version": "2.0", "use_dictionary": False}, {"row_group_size": 700}):
        write(simple, "y.parquet", compression=codec, **more)
        run("y.parquet", "y.npy")
        same(np.load("y.npy"), plain)
for codec in ("lz4", "zstd", "uncompressed"):
    pa.feather.write_feather(simple, "y.feather", compression=codec, chunksize=700)
    run("y.feather", "y.npy")
    same(np.load("y.npy"), plain)

# ---- What pyarrow writes

values = {
    "dictionary": pa.array(["a", "bc", "bc", "a"]).dictionary_encode(),
    "numbers": pa.array([1.5, 2.5, None, 1.5]).dictionary_encode(),
    "large": pa.array(["é", "", "xyz", "y"], pa.large_string()),
    "bytes": pa.array([b"", b"ab", b"\xff", b"c"], pa.large_binary()),
    "float": pa.array([1.5, None, float("nan"), 2.5], pa.float32()),
    "half": pa.array(np.array([1, 2, 3, 4], "f2"), mask=np.array([False, True, False, False])),
    "time": pa.array([0, None, 5, -1], pa.timestamp("us")),
    "utc": pa.array([0, None, 5, -1], pa.timestamp("ms", "UTC")),
    "span": pa.array([0, None, 5, -1], pa.duration("ms")),
    "date": pa.array([0, None, 5, -1], pa.date32()),
    "truth": pa.array([True, False, True, True]),
    "pair": pa.array([[1, 2], [3, 4], [5, 6], [7, 8]], pa.list_(pa.int16(), 2)),
    "struct": pa.array([{"a": 1, "b": "x"}, {"a": 2, "b": "yz"}, {"a": 3, "b": ""}, {"a": 4, "b": "w"}]),
    "nothing": pa.nulls(4),
}
table = pa.table(values)
expected = {
    "dictionary": np.array(["a", "bc", "bc", "a"]),
    "numbers": np.array([1.5, 2.5, np.nan, 1.5]),
    "large": np.array(["é", "", "xyz", "y"]),
    "bytes": np.array([b"", b"ab", b"\xff", b"c"]),
    "float": np.array([1.5, np.nan, np.nan, 2.5], "f4"),
    "half": np.array([1, np.nan, 3, 4], "f2"),
    "time": np.array([0, "NaT", 5, -1], "M8[us]"),
    "utc": np.array([0, "NaT", 5, -1], "M8[ms]"),
    "span": np.array([0, "NaT", 5, -1], "m8[ms]"),
    "date": np.array([0, "NaT", 5, -1], "M8[D]"),
    "truth": np.array([True, False, True, True]),
    "pair": np.array([[1, 2], [3, 4], [5, 6], [7, 8]], "i2"),
    "struct": np.array([(1, "x"), (2, "yz"), (3, ""), (4, "w")], [("a", "i8"), ("b", "U2")]),
    "nothing": np.full(4, np.nan),
}
for suffix in SUFFIXES:
    path = f"z.{suffix}"
    for size in (None, 3):
        write(table, path, **({"row_group_size": size} if size else {}))
        run(path, "z.npz")
        found = loaded("z.npz")
        assert list(found) == list(values)
        for name, wanted in expected.items():
            same(found[name], wanted)
        run(path, "z.npy")
        whole = np.load("z.npy")
        for name, wanted in expected.items():
            same(np.ascontiguousarray(whole[name]), wanted)
    # One column, some of them, other names.
    run(f"{path}:pair", "one.npy")
    same(np.load("one.npy"), expected["pair"])
    run("--columns", "utc,large,0", "--rename", "large=text", path, "some.npy")
    some = np.load("some.npy")
    assert some.dtype.names == ("utc", "text", "dictionary")
    same(np.ascontiguousarray(some["text"]), expected["large"])
    run("--columns", "!struct,!pair", path, "some.csv")
    assert "there is no column \"nosuch\"" in refused(f"{path}:nosuch", "one.npy")
    # A pipe.
    with open(path, "rb") as file:
        run("--from", suffix, "-", "one.npz", stdin=file)
    same(loaded("one.npz")["large"], expected["large"])
    piped = run("--to", suffix, "--from", "npy", "z.npy", "-")
    with open(f"piped.{suffix}", "wb") as file:
        file.write(piped)
    assert read(f"piped.{suffix}")["large"].to_pylist() == expected["large"].tolist()

zoned = pa.table({"t": pa.array([0, 3600], pa.timestamp("s", "Europe/Zurich"))})
write(zoned, "zoned.arrow")
assert "column \"t\": times of the zone Europe/Zurich are in UTC" in run("zoned.arrow", "zoned.npy")
same(np.load("zoned.npy")["t"], np.array([0, 3600], "M8[s]"))

# ---- Missing values

gaps = pa.table({
    "n": pa.array([1, None, 3]),
    "b": pa.array([True, None, False]),
    "s": pa.array(["a", None, "b"]),
    "l": pa.array([[1, None], None, [5, 6]], pa.list_(pa.int8(), 2)),
})
for suffix in SUFFIXES:
    path = f"gaps.{suffix}"
    write(gaps, path)
    for name, words in (
        ("n", "column \"n\", row 1: null among int64: --fill n=-1 fills it"),
        ("b", "row 1: null among booleans: --fill b=false fills it"),
        ("s", "row 1: null among texts: --fill s='' fills it"),
        ("l", "row 0: null among int8: --fill l=-1 fills it"),
    ):
        assert words in refused("--columns", name, path, "gaps.npy"), words
        assert words in refused(f"{path}:{name}", "gaps.npy"), words
    run("--fill=-1", "--fill", "b=true", "--fill", "s=missing", path, "gaps.npz")
    found = loaded("gaps.npz")
    same(found["n"], np.array([1, -1, 3]))
    same(found["b"], np.array([True, True, False]))
    same(found["s"], np.array(["a", "missing", "b"]))
    same(found["l"], np.array([[1, -1], [-1, -1], [5, 6]], "i1"))
    assert "--fill n=x: int64 has no such value" in refused("--fill", "n=x", "--columns", "n", path, "gaps.npy")

# ---- Refused by name

for column, words in (
    (pa.array([Decimal("1.5")]), "column \"c\": NumPy has no dtype for Decimal128(2, 1), exact decimal numbers"),
    (pa.array([[1], [1, 2]]), "NumPy has no dtype for lists of any length"),
    (pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int8())), "NumPy has no dtype for maps"),
    (pa.array([1], pa.time64("us")), "NumPy has no dtype for Time64"),
    (pa.array([{"x": [1]}]), "column \"c.x\": NumPy has no dtype for lists of any length"),
    (pa.array(["a\0"]), "column \"c\": row 0: a text that ends in a zero"),
):
    for suffix in SUFFIXES:
        table = pa.table({"ok": pa.array(range(len(column))), "c": column})
        write(table, f"bad.{suffix}")
        assert words in refused(f"bad.{suffix}", "bad.npy"), (words, suffix)
        run("--columns", "!c", f"bad.{suffix}", "bad.npy")
        os.remove("bad.npy")
for array, words in (
    (np.zeros(2, "c16"), "column \"bad\": Arrow and Parquet have no type for complex128"),
    (np.zeros(2, "g"), "no type for " + np.dtype("g").name),
    (np.array([None, 1]), "no type for object"),
    (np.zeros(2, "M8[h]"), "no type for datetime64[h]"),
    (np.zeros(2, [("a", "i4"), ("b", [("c", "c8")])]), "column \"b.c\": Arrow and Parquet have no type for complex64"),
    (np.array(["\ud800"]), "row 0: a text with U+D800, which is no character"),
    (np.array([2**40], "M8[D]"), "row 0: a time too far from 1970"),
    (np.array(1.5), "a table has one or two axes, of records one, and the array 0"),
    (np.zeros((2, 3, 4)), "add --flatten"),
):
    np.save("bad.npy", array, allow_pickle=True)
    for suffix in SUFFIXES:
        assert words in refused("bad.npy", f"never.{suffix}"), words
        assert not os.path.exists(f"never.{suffix}")
for arrays, words in (
    ({"a": np.zeros(3), "b": np.zeros(4)}, "b.npy: 4 rows, where \"a\" has 3"),
    ({"a": np.zeros(3), "b": np.array(1)}, "an array without axes"),
    ({"a": np.zeros(3), "b": np.zeros(3, "c8")}, "no type for complex64"),
    ({}, "no arrays"),
):
    np.savez("bad.npz", **arrays)
    assert words.split(":")[-1] in refused("bad.npz", "never.parquet"), words
    assert not os.path.exists("never.parquet")

# ---- Shapes

for suffix in SUFFIXES:
    np.save("line.npy", np.arange(5.0))
    run("line.npy", f"line.{suffix}")
    assert read(f"line.{suffix}").to_pydict() == {"line": [0, 1, 2, 3, 4]}
    run(f"line.{suffix}:line", "back.npy")
    same(np.load("back.npy"), np.arange(5.0))
    grid = np.asfortranarray(np.arange(6, dtype=">i2").reshape(2, 3))
    np.save("grid.npy", grid)
    run("grid.npy", f"grid.{suffix}")
    assert read(f"grid.{suffix}").to_pydict() == {"f0": [0, 3], "f1": [1, 4], "f2": [2, 5]}
    np.save("cube.npy", np.arange(8).reshape(2, 2, 2))
    run("--flatten", "cube.npy", f"cube.{suffix}")
    assert read(f"cube.{suffix}").to_pydict() == {f"f{i}": [i, i + 4] for i in range(4)}
    # Members and fields of several axes are lists.
    wide = {"a": np.arange(3), "b": np.arange(18, dtype="i1").reshape(3, 2, 3)}
    np.savez("wide.npz", **wide)
    run("wide.npz", f"wide.{suffix}")
    assert read(f"wide.{suffix}").to_pydict() == {name: array.tolist() for name, array in wide.items()}
    run(f"wide.{suffix}", "back.npz")
    for name, array in loaded("back.npz").items():
        same(array, wide[name])
    nested = np.zeros(2, [("p", [("x", "f4", (2,)), ("y", "?")]), ("q", "u2", (2, 2))])
    nested["p"]["x"], nested["q"] = [[1, 2], [3, 4]], [[[1, 2], [3, 4]]] * 2
    np.save("nested.npy", nested)
    run("nested.npy", f"nested.{suffix}")
    assert read(f"nested.{suffix}").to_pylist()[1] == {"p": {"x": [3, 4], "y": False}, "q": [[1, 2], [3, 4]]}
    run(f"nested.{suffix}", "back.npy")
    same(np.load("back.npy"), nested)
    # No rows, no columns.
    np.save("none.npy", np.zeros(0, [("a", "i4"), ("b", "U3")]))
    run("none.npy", f"none.{suffix}")
    assert read(f"none.{suffix}").num_rows == 0 and read(f"none.{suffix}").column_names == ["a", "b"]
    run(f"none.{suffix}", "back.npy")
    same(np.load("back.npy"), np.zeros(0, [("a", "i4"), ("b", "U1")]))
    run(f"none.{suffix}", "back.npz")
    same(loaded("back.npz")["a"], np.zeros(0, "i4"))
    write(pa.table({}), f"none.{suffix}")
    run(f"none.{suffix}", "back.npy")
    assert np.load("back.npy").dtype.names == ()
    run(f"none.{suffix}", "back.npz")
    assert loaded("back.npz") == {}
    write(pa.table({"a": pa.array([], pa.int32()), "b": pa.array([], pa.string())}), f"none.{suffix}")
    run(f"none.{suffix}", "back.npy")
    same(np.load("back.npy"), np.zeros(0, [("a", "i4"), ("b", "U1")]))
    assert "--fill z: there is no such column" in refused("--fill=z=1", f"none.{suffix}", "back.npy")
    # Names that are there twice.
    if suffix != "parquet":
        write(pa.table([pa.array([1]), pa.array([2]), pa.array([3])], ["a", "a", ""]), f"twice.{suffix}")
        assert "column 2 is called \"a_1\"" in run(f"twice.{suffix}", "twice.npy")
        assert np.load("twice.npy").dtype.names == ("a", "a_1", "f2")
    # Texts and rows of JSON pass through.
    with open("people.csv", "w") as file:
        file.write("name,n\nann,1\nbo,2\n")
    run("--header", "--dtype=auto", "people.csv", f"people.{suffix}")
    assert read(f"people.{suffix}").to_pylist() == [{"name": "ann", "n": 1}, {"name": "bo", "n": 2}]
    run(f"people.{suffix}", "people.jsonl")
    assert Path("people.jsonl").read_text() == '{"name":"ann","n":1}\n{"name":"bo","n":2}\n'
    run("--dtype=U3,f4", f"people.{suffix}", "people.npy")
    assert np.load("people.npy").dtype == np.dtype("U3,f4")
    assert "--append: tables" in run("--append", "line.npy", f"line.{suffix}", code=2)
    assert "--long is for text" in run("--long", "line.npy", f"line.{suffix}", code=2)

# ---- Many batches

large = np.zeros(300_000, [("i", "i8"), ("t", "U8"), ("x", "f8", (4,))])
large["i"] = np.arange(len(large))
large["t"] = [f"t{i % 1000}" for i in range(len(large))]
large["x"] = random.random((len(large), 4))
np.save("large.npy", large)
np.savez_compressed("large.npz", **{name: large[name] for name in large.dtype.names})
for suffix in SUFFIXES:
    for source in ("large.npy", "large.npz"):
        run(source, f"large.{suffix}")
        table = read(f"large.{suffix}")
        assert table["i"].to_pylist() == list(range(len(large)))
        assert np.array_equal(table["x"].combine_chunks().flatten().to_numpy(), large["x"].ravel())
    run(f"large.{suffix}", "back.npy")
    back = np.load("back.npy")
    assert back.dtype["t"] == "U4" and all(np.array_equal(back[name], large[name]) for name in large.dtype.names)
