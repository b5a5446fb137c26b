"""Compares what the small verbs print and write with NumPy.

Arguments: the command, and a folder to write to.
"""

import glob
import io
import json
import pickle
import posixpath
import subprocess
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np

NUMIO, FOLDER = sys.argv[1], Path(sys.argv[2])


def run(*arguments, code=0):
    done = subprocess.run([NUMIO, *map(str, arguments)], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == code, done
    return done.stdout if code == 0 else done.stderr


class LongCall:
    def __reduce__(self):
        return posixpath.join, ("a" * 300,)


def same(found, known):
    assert found.dtype == known.dtype and found.shape == known.shape, (found.dtype, known.dtype, found.shape, known.shape)
    assert found.tobytes() == known.tobytes() or found.dtype.hasobject and found.tolist() == known.tolist()


def save(name, array):
    np.save(FOLDER / name, array, allow_pickle=True)


random = np.random.default_rng(5)
x = random.random((30, 4))
save("x.npy", x)
save("f.npy", np.asfortranarray(x))
save("o.npy", np.array([[1, "a"], [None, [2, 3]]], object))
records = np.array([(1, "a", 2.5), (2, "b,c", np.nan)], [("i", "i4"), ("s", "U3"), ("v", "f8")])
save("r.npy", records)
np.savez(FOLDER / "z.npz", x=x, y=np.arange(5), words=np.array(["a", "b"]))

# head and tail
for n in (0, 1, 3, 30, 99):
    for name in ("x.npy", "f.npy", "z.npz:x"):
        with np.printoptions(threshold=sys.maxsize):
            assert run("head", "-n", n, name) == f"{x[:n]}\n"
            assert run("tail", "-n", n, name) == f"{x[-n:] if n else x[:0]}\n"
assert run("head", "x.npy[:, 1]", "-n", "2") == f"{x[:2, 1]}\n"
assert json.loads(run("tail", "--json", "-n", "2", "x.npy")) == x[-2:].tolist()
assert run("head", "x.npy", "f.npy", "-n1").splitlines()[0] == "x.npy"

# show of archives, and --csv
shown = run("show", "z.npz")
assert "x: float64 (30, 4)\n" in shown and "words: <U2" not in shown and "y: int64 (5,)\n[0 1 2 3 4]\n" in shown
assert json.loads(run("show", "--json", "z.npz")) == {"x": x.tolist(), "y": [0, 1, 2, 3, 4], "words": ["a", "b"]}
assert run("show", "--csv", "r.npy") == 'i,s,v\n1,a,2.5\n2,"b,c",nan\n'
assert run("show", "--csv", "z.npz:y") == "0\n1\n2\n3\n4\n"
loaded = np.loadtxt(run("show", "--csv", "x.npy").splitlines(), delimiter=",")
same(loaded, x)

# slice
for text, known in (("[3:20:2, ::-1]", x[3:20:2, ::-1]), ("[0]", x[0]), ("[..., None]", x[..., None]), ("[5, 2]", x[5, 2])):
    run("slice", f"x.npy{text}", "-o", "out.npy", "--force")
    same(np.load(FOLDER / "out.npy"), np.asarray(known))
run("slice", "r.npy['s']", "-o", "new.npz:texts")
same(np.load(FOLDER / "new.npz")["texts"], records["s"])
run("slice", "o.npy[1]", "-o", "out.npy", "--force")
same(np.load(FOLDER / "out.npy", allow_pickle=True), np.array([None, [2, 3]], object))
assert "--force" in run("slice", "x.npy[0]", "-o", "out.npy", code=1)

# cast
for dtype in ("f4", ">f8", "f2", "c16"):
    run("cast", "--dtype", dtype, "x.npy", "-o", "out.npy", "-f")
    same(np.load(FOLDER / "out.npy"), x.astype(dtype))
run("cast", "--dtype", "U", "z.npz:y", "-o", "out.npy", "-f")
assert np.load(FOLDER / "out.npy").tolist() == ["0", "1", "2", "3", "4"]
run("cast", "--dtype", "i4", "x.npy", "-o", "none.npy", code=1)
assert not (FOLDER / "none.npy").exists()
run("cast", "--dtype", "nonsense", "x.npy", "-o", "none.npy", code=2)
run("cast", "--dtype", "[('i','i8'),('s','U3'),('v','f4')]", "r.npy", "-o", "out.npy", "-f")
same(np.load(FOLDER / "out.npy"), records.astype([("i", "i8"), ("s", "U3"), ("v", "f4")]))
# Objects stay what they are, as their pickle is that of the whole array.
run("cast", "--dtype", "O", "o.npy", "-o", "out.npy", "-f")
same(np.load(FOLDER / "out.npy", allow_pickle=True), np.load(FOLDER / "o.npy", allow_pickle=True))
for target in ("none.npy", "none.npz"):
    for options in (["--shape=-1,1"], ["--dtype=O"]):
        assert "Python objects" in run("convert", *options, "o.npy", target, code=1)
        assert not (FOLDER / target).exists()

# cat
dtypes = ["?", "i1", "u1", "i2", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16", "S3", "U2"]
for one in dtypes:
    for two in dtypes:
        a, b = np.zeros(2, one), np.zeros(3, two)
        save("a.npy", a)
        save("b.npy", b)
        try:
            known = np.concatenate([a, b])
        except TypeError:
            known = None
        is_text = np.dtype(one).kind in "SU", np.dtype(two).kind in "SU"
        if known is None or is_text[0] != is_text[1]:
            # NumPy makes texts of numbers there.
            assert "none in common" in run("cat", "a.npy", "b.npy", "-o", "c.npy", "-f", code=1)
            continue
        run("cat", "a.npy", "b.npy", "-o", "c.npy", "-f")
        same(np.load(FOLDER / "c.npy"), known)
units = ["", "[Y]", "[M]", "[W]", "[D]", "[7D]", "[h]", "[90s]", "[2m]", "[ms]", "[ns]"]
times = [(f"{kind}{one}", f"{kind}{two}") for kind in ("M8", "m8") for one in units for two in units]
for one, two in [*times, *((time, dtype) for time in ("m8[s]", "M8[s]") for dtype in [*dtypes[:-2], "M8[D]", "m8[D]"])]:
    # Without a unit, only NaT is a date.
    a, b = (np.array(["NaT", "NaT"], dtype) if dtype == "M8" else np.array([1, 2]).astype(dtype) for dtype in (one, two))
    for parts in ([a, b], [b, a, b]):
        for number, part in enumerate(parts):
            save(f"t{number}.npy", part)
        names = [f"t{number}.npy" for number in range(len(parts))]
        try:
            known = np.concatenate(parts)
            # NumPy moves months to a multiple of days.
            is_moved = one[:2] == two[:2] == "M8" and {one, two} & {"M8[Y]", "M8[M]"} and {one, two} & {"M8[7D]", "M8[90s]", "M8[2m]"}
        except TypeError:
            is_moved = True
        if is_moved:
            assert "none in common" in run("cat", *names, "-o", "c.npy", "-f", code=1), (one, two)
            continue
        run("cat", *names, "-o", "c.npy", "-f")
        same(np.load(FOLDER / "c.npy"), known)
# In the machine's byte order, and without gaps.
gaps = {"names": ["b", "a"], "formats": ["i1", ">f8"], "offsets": [3, 16], "itemsize": 40}
for dtype in (">f8", ">M8[s]", ">U3", [("a", ">i4"), (("Title", "b"), ">f8")], gaps, [("p", [("x", ">i2")]), ("s", ">U2", (2,))]):
    array = np.zeros(3, dtype)
    save("a.npy", array)
    for count in (1, 2):
        run("cat", *["a.npy"] * count, "-o", "c.npy", "-f")
        same(np.load(FOLDER / "c.npy"), np.concatenate([array] * count))
big = random.random((700, 3, 500))
save("a.npy", big)
save("b.npy", np.asfortranarray(big[:, :, ::-1]))
for axis in (0, 1, 2, -1):
    run("cat", "--axis", axis, "a.npy", "b.npy", "a.npy", "-o", "c.npy", "-f")
    same(np.load(FOLDER / "c.npy"), np.concatenate([big, big[:, :, ::-1], big], axis))
save("a.npy", np.zeros((0, 3)))
run("cat", "a.npy", "a.npy", "-o", "c.npy", "-f")
same(np.load(FOLDER / "c.npy"), np.zeros((0, 3)))
save("b.npy", np.zeros((2, 4)))
assert "shape" in run("cat", "a.npy", "b.npy", "-o", "d.npy", code=1) and not (FOLDER / "d.npy").exists()
run("cat", "--axis", "2", "a.npy", "-o", "d.npy", code=2)

# cat of Python objects, which are those of one pickle then: what is shared stays so.
shared = ["shared"]
for shape in ((4,), (2, 3), (2, 2, 2), (0, 3)):
    parts = []
    for number in range(3):
        part = np.empty(shape, object)
        for at in range(part.size):
            values = (at, None, "é", shared, {"a": np.arange(2)}, np.float32(1.5), 10**30, b"x", (number, shared))
            part.flat[at] = values[(at + 3 * number) % len(values)]
        parts.append(part)
        save(f"part{number}.npy", part)
    for axis in range(len(shape)):
        run("cat", "--axis", axis, "part0.npy", "part1.npy", "part2.npy", "-o", "c.npy", "-f")
        joined, known = np.load(FOLDER / "c.npy", allow_pickle=True), np.concatenate(parts, axis)
        assert joined.dtype == object and joined.shape == known.shape and repr(joined.tolist()) == repr(known.tolist())
        lists = [item for item in joined.flat if isinstance(item, list)]
        assert len({id(item) for item in lists}) <= 3
run("cat", "o.npy", "o.npy", "-o", "many.npz:o")
assert np.load(FOLDER / "many.npz", allow_pickle=True)["o"].tolist() == [[1, "a"], [None, [2, 3]]] * 2
save("a.npy", np.array([(1, [2])], [("i", "i4"), ("o", "O")]))
assert "field by field" not in run("cat", "a.npy", "a.npy", "-o", "none.npy", code=1) and not (FOLDER / "none.npy").exists()

# split
for options, known in (
    (["--parts", 4], np.array_split(x, 4)),
    (["--parts", 3, "--axis", 1], np.array_split(x, 3, 1)),
    (["--size", 7], [x[i : i + 7] for i in range(0, 30, 7)]),
    (["--size", 3, "--axis=-1"], [x[:, :3], x[:, 3:]]),
):
    run("split", *options, "x.npy", "parts", "--force")
    for number, part in enumerate(known):
        same(np.load(FOLDER / "parts" / f"x_{number}.npy"), np.ascontiguousarray(part))
run("split", "--size", 2, "o.npy", "objects")
same(np.load(FOLDER / "objects" / "o_0.npy", allow_pickle=True), np.load(FOLDER / "o.npy", allow_pickle=True))
assert "--parts <N>|--size <N>" in run("split", "x.npy", "parts", code=2)
save("rows.npy", np.zeros((2**62, 0), "i1"))
run("split", "--parts", 3, "rows.npy", "rows")
for number, part in enumerate(np.array_split(np.load(FOLDER / "rows.npy"), 3)):
    same(np.load(FOLDER / "rows" / f"rows_{number}.npy"), part)
run("split", "--parts", 4, "x.npy", "parts", code=1)

# members
assert run("list", "z.npz") == "x\ny\nwords\n"
assert json.loads(run("list", "--json", "z.npz"))[0]["members"] == ["x", "y", "words"]
run("add", "z.npz", "r.npy", "first=x.npy[0]", "o.npy")
with np.load(FOLDER / "z.npz", allow_pickle=True) as z:
    assert z.files == ["x", "y", "words", "r", "first", "o"]
    same(z["r"], records)
    same(z["first"], x[0])
    assert z["o"].tolist() == [[1, "a"], [None, [2, 3]]]
before = (FOLDER / "z.npz").read_bytes()
assert "there already" in run("add", "z.npz", "new=x.npy", "y=x.npy", code=1)
assert "no such member" in run("remove", "z.npz", "y", "none", code=1)
assert "there already" in run("rename", "z.npz", "x", "y", code=1)
assert "none.npy" in run("add", "z.npz", "n=x.npy", "m=none.npy", code=1)
assert (FOLDER / "z.npz").read_bytes() == before
run("add", "--force", "--compress", "deflate", "z.npz", "y=x.npy[:, 0]")
run("rename", "z.npz", "words", "texts")
run("remove", "z.npz", "o", "r.npy")
with np.load(FOLDER / "z.npz") as z:
    assert sorted(z.files) == ["first", "texts", "x", "y"]
    same(z["y"], np.ascontiguousarray(x[:, 0]))
    assert z["texts"].tolist() == ["a", "b"]
run("select", "z.npz", "y", "first.npy", "-o", "s.npz")
with np.load(FOLDER / "s.npz") as z:
    assert z.files == ["y", "first"]
assert [info.compress_type for info in np.load(FOLDER / "s.npz").zip.infolist()] == [8, 0]
run("select", "z.npz", "none", "-o", "none.npz", code=1)
run("add", "made.npz", "x.npy")
same(np.load(FOLDER / "made.npz")["x"], x)


# checksum
def checksum(array):
    save("c.npy", array)
    return run("checksum", "c.npy").split()[0]


for dtype in ("?", "i1", "i4", "f2", "f4", "f8", "g", "c8", "U3", "S2", "M8[D]"):
    array = np.array([[0, 1, 2], [3, 4, 5]]).astype(dtype)
    first = checksum(array)
    assert len(first) == 64
    assert checksum(np.asfortranarray(array)) == first
    assert checksum(array.astype(array.dtype.newbyteorder(">"))) == first
    assert checksum(array.reshape(3, 2)) != first
    other = array.copy()
    other[0, 0] = array[0, 1]
    assert checksum(other) != first
np.savez_compressed(FOLDER / "c.npz", a=array)
np.savez(FOLDER / "d.npz", a=array)
assert run("checksum", "c.npz").split() == [first, "c.npz:a"] and run("checksum", "d.npz:a").split()[0] == first
assert checksum(np.array([0.0, np.nan])) == checksum(np.array([-0.0, -np.nan]))
aligned = np.zeros(3, np.dtype([("a", "i1"), ("b", "f8")], align=True))
aligned["b"] = [1, 2, 3]
assert checksum(aligned) == checksum(aligned.astype([("a", "i1"), ("b", "f8")]))
assert checksum(np.array([1, "a"], object)) != checksum(np.array([1, "b"], object))
big = np.asfortranarray(random.random((1000, 300)))
assert checksum(big) == checksum(np.ascontiguousarray(big))

# tree
with open(FOLDER / "t.pkl", "wb") as file:
    pickle.dump({"layers": [x, {"name": "one"}], "n": 3, "o": OrderedDict(a=(1, 2.5))}, file)
tree = run("tree", "t.pkl")
for line in ("t.pkl: dict of 3", "├── 'layers': list of 2", "│   ├── [0]: array float64 (30, 4)", "├── 'n': int 3",
             "└── 'o': OrderedDict of 1", "    └── 'a': tuple of 2", "        └── [1]: float 2.5"):  # fmt: skip
    assert line in tree.splitlines(), tree
assert "... 2 more" in run("tree", "-n", 1, "t.pkl")
# What NumPy makes of masked arrays is no call to those who look, and a long call has its name.
masked = np.ma.array([[1.5, 2.5]], mask=[[True, False]])
(FOLDER / "masked.pkl").write_bytes(pickle.dumps({"m": masked, "c": LongCall()}))
assert run("tree", "masked.pkl").splitlines()[1:] == [
    "├── 'm': masked array float64 (1, 2)", "└── 'c': call posixpath.join(...)"]  # fmt: skip
assert len(run("tree", "--depth", 0, "t.pkl").splitlines()) == 2
parsed = json.loads(run("tree", "--json", "t.pkl"))
assert parsed["type"] == "dict" and parsed["parts"][0]["parts"][0]["shape"] == [30, 4]
assert "x: array float64 (30, 4)" in run("tree", "z.npz")

# files and directories everywhere
assert "x.npy" in run("info", ".") and "parts" not in run("info", ".") and "parts" in run("info", "-r", ".")
assert run("verify", "parts").count(": ok") == 5 and run("verify", "[xf].npy").count(": ok") == 2

# What is not what it should be is told, and the others are gone through.
(FOLDER / "mixed" / "deep").mkdir(parents=True)
for name in ("a", "c", "deep/d", ".hidden"):
    save(f"mixed/{name}.npy", np.arange(3))
np.savez(FOLDER / "mixed" / "z.npz", x=np.arange(2))
(FOLDER / "mixed" / "b.npy").write_text("junk")
for verb in ("head", "tail", "show"):
    files = ["mixed/a.npy", "mixed/b.npy", "mixed/c.npy"]
    done = subprocess.run([NUMIO, verb, *files], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stdout.count("[0 1 2]") == 2, done
    assert done.stderr.startswith("numio: mixed/b.npy: ") and done.stderr.count("\n") == 1, done
# Of directories and patterns, archives are listed.
(FOLDER / "mixed" / "b.npy").unlink()
assert run("list", "mixed") == run("list", "mixed/*") == "x\n"
assert "expected an archive" in run("list", "mixed/a.npy", code=1)
# As for Python's glob and shells, `*` and `**` name no hidden files; links to directories are not followed.
for pattern in ("mixed/*.npy", "mixed/**/*.npy", "**/deep/*.npy", "mix*/[ac].npy", "mixed/.h*", "**/mixed/.h*"):
    known = sorted(glob.glob(pattern, root_dir=FOLDER, recursive=True))
    assert known and [line.split("  ")[1] for line in run("checksum", pattern).splitlines()] == known, pattern
for link in ("one", "two"):
    (FOLDER / "mixed" / link).symlink_to(".", target_is_directory=True)
assert len(run("checksum", "mixed/**/*.npy").splitlines()) == 3
assert run("audit", "mixed/*.npy").count("data only") == 2
# Standard input is read once.
for arguments in (["diff", "-", "-"], ["head", "-", "-"], ["stats", "-", "x.npy", "-"], ["info", "-", "-"], ["cat", "-", "-", "-o", "w.npy"],
                  ["add", "w.npz", "a=-", "b=-"]):  # fmt: skip
    assert run(*arguments, code=2) == "numio: - is named twice, and standard input is read once\n"

# Control characters in names are told as such, each name on a line.
save("line\nend.npy", np.arange(3))
np.savez(FOLDER / "names.npz", **{"a\nb": np.arange(3), "c\td": np.zeros(2, [("x\ny", "i4")])})
assert run("list", "names.npz") == "a\\nb\nc\\td\n"
assert json.loads(run("list", "--json", "names.npz"))[0]["members"] == ["a\nb", "c\td"]
assert "names.npz:a\\nb: int64 (3,)\n" in run("stats", "names.npz") and "  x\\ny: int32\n" in run("stats", "names.npz")
assert run("checksum", "line\nend.npy").endswith("  line\\nend.npy\n")
assert "├── a\\nb: array int64 (3,)\n" in run("tree", "names.npz") and "\na\\nb.npy " in run("info", "names.npz")

# Wrong arguments take one line, as all other errors do.
for arguments, said in (
    (["info", "--jsn", "x.npy"], "unexpected argument '--jsn' found; a similar argument exists: '--json'; see numio info --help"),
    (["info"], "the following required arguments were not provided: <FILE>...; see numio info --help"),
    (["nothing"], "unrecognized subcommand 'nothing'; see numio --help"),
    (["--threads", "x", "head", "x.npy"], "invalid value 'x' for '--threads <N>': expected a whole number; see numio head --help"),
    (["stats", "--quantiles", "x", "x.npy"], "invalid value 'x' for '--quantiles <Q,...>': expected a number; see numio stats --help"),
    (["completions", "sh"], "invalid value 'sh' for '<SHELL>' [possible values: bash, elvish, fish, powershell, zsh]; see numio completions --help"),
    (["head", "-n", "-1", "x.npy"], "unexpected argument '-1' found; it takes no negative number; see numio head --help"),
    (["show", "-[0]"], "unexpected argument '-[' found; a part of standard input stands behind --, as in: numio show -- '-[0]'; see numio show --help"),
    (["show", "-:a"], "unexpected argument '-:' found; a part of standard input stands behind --, as in: numio show -- '-[0]'; see numio show --help"),
    (["show", "\x1b[31m", "--none"], "unexpected argument '--none' found; to pass '--none' as a value, use '-- --none'; see numio show --help"),
):  # fmt: skip
    assert run(*arguments, code=2) == f"numio: {said}\n", (arguments, run(*arguments, code=2))


# Standard output that is closed, or full.
def piped(*arguments):
    done = subprocess.run([NUMIO, *arguments], cwd=FOLDER, capture_output=True, check=False)
    assert done.returncode == 0 and not done.stderr, done
    return done.stdout


save("wide.npy", random.random((3000, 40)))
for arguments in (["show", "--csv", "wide.npy"], ["show", "--json", "wide.npy"], ["convert", "--to", "csv", "wide.npy", "-"], ["stats", "wide.npy"],
                  ["head", "-n", "3000", "wide.npy"], ["cat", "wide.npy", "-o", "-"], ["report", "-o", "-", "wide.npy"],
                  ["select", "z.npz", "x", "-o", "-"], ["--help"], ["--version"]):  # fmt: skip
    for count in (0, 100):
        child = subprocess.Popen([NUMIO, *arguments], cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        child.stdout.read(count)
        child.stdout.close()
        assert (child.stderr.read(), child.wait()) == (b"", 0), (arguments, count)
        child.stderr.close()
    if Path("/dev/full").exists():
        with open("/dev/full", "wb") as full:
            done = subprocess.run([NUMIO, *arguments], cwd=FOLDER, stdout=full, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 1 and done.stderr.count(b"\n") == 1, (arguments, done)
        assert done.stderr.startswith(b"numio: ") and b"No space left" in done.stderr, (arguments, done)

# What cannot be written is named, and not the file that is read.
if Path("/dev/full").exists():
    for arguments in (["slice", "wide.npy"], ["cast", "--dtype", "c16", "wide.npy"], ["cat", "wide.npy", "wide.npy"], ["slice", "o.npy"]):
        error = run(*arguments, "-f", "-o", "/dev/full", code=1)
        assert error.startswith("numio: /dev/full: No space left"), (arguments, error)

# - is standard output wherever a file is written.
for arguments in (["select", "z.npz", "x", "y", "-o", "-"], ["repack", "z.npz", "-o", "-"]):
    with np.load(io.BytesIO(piped(*arguments))) as z:
        same(z["x"], x)
assert piped("report", "-o", "-", "x.npy").startswith(b"<!DOCTYPE html>")
assert "numio pack" in run("add", "-", "x.npy", code=2) and not (FOLDER / "-").exists()

# show --csv by what a file is, not by its name
(FOLDER / "r.dat").write_bytes((FOLDER / "r.npy").read_bytes())
assert run("show", "--csv", "r.dat") == run("show", "--csv", "r.npy")
for file, target, known in (("x.npy", "-", "x.npy"), ("z.npz", "-:y", "z.npz:y")):
    done = subprocess.run([NUMIO, "show", "--csv", "--", target], cwd=FOLDER, input=(FOLDER / file).read_bytes(), capture_output=True, check=True)
    assert done.stdout.decode() == run("show", "--csv", known)
assert run("show", "--csv", "t.pkl", code=2) == "numio: t.pkl: a Python object: --csv prints arrays, and --json prints this\n"

# What a file is not, and what to do with what it is.
assert run("stats", "t.pkl", code=1) == "numio: t.pkl: a Python object: no statistics of that\n"
assert run("plot", "t.pkl", code=1).startswith("numio: t.pkl: expected an array, found a long dict")
for name, text in (("t.csv", b"a,b\n"), ("t.txt", b"1 2\n"), ("latin.csv", b"a,b\n\xe9,1\n"), ("t.jsonl", b"[1]\n")):
    (FOLDER / name).write_bytes(text)
    for verb in ("show", "head", "stats", "tree"):
        said = f"numio: {name}: no array, and {name.split('.')[1]} by its name: `numio convert` makes an array of it\n"
        assert run(verb, name, code=1) == said, (verb, name)
(FOLDER / "text").write_text("1,2,3\n4,5,6\n7,8,9\n")
assert "`numio convert` reads it" in run("show", "text", code=1) and "`numio convert` reads it" in run("info", "text", code=1)
(FOLDER / "magic").write_bytes(b"\x93NUMPX" + (FOLDER / "x.npy").read_bytes()[6:])
assert "the magic string is not correct; expected b'\\x93NUMPY', got b'\\x93NUMPX'" in run("show", "magic", code=1)
assert "No such file" in run("convert", "none.pt:model", "none.npz", code=1)
assert run("show", "--csv", "o.npy", code=1) == "numio: o.npy: object has no text: --json prints it\n"
save("mixed.npy", np.array([(1, "x")], [("a", "i4"), ("o", "O")]))
error = run("show", "--csv", "mixed.npy", code=1)
assert error == "numio: mixed.npy: [('a', '<i4'), ('o', 'O')] has no text: --json prints it\n", error
assert run("show", "--csv", "mixed.npy['a']") == "1\n"

# Options on what is read hold for all that show prints.
save("headed.npy", np.zeros(2, [(f"field number {i}", "f4") for i in range(500)]))
np.savez_compressed(FOLDER / "zeros.npz", z=np.zeros((65 << 20, 1), "u1"))
for form in ([], ["--csv"], ["--json"]):
    assert "--max-header-size" in run("show", *form, "headed.npy", code=1)
    assert "field number 7" in run("show", *form, "--max-header-size", 100_000, "headed.npy") or not form
    assert "--max-ratio" in run("show", *form, "zeros.npz:z[:2]", code=1)
    assert run("show", *form, "--max-ratio", 2000, "zeros.npz:z[:2]").count("0") == 2

# Zeros that NumPy has compressed more than is believed.
np.savez_compressed(FOLDER / "zeros.npz", z=np.zeros(9_000_000))
said = "more than 100 times as many: add --max-ratio if the file is trusted"
for verb in ("show", "stats", "verify"):
    done = subprocess.run([NUMIO, verb, "zeros.npz"], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and said in done.stdout + done.stderr, done
    run(verb, "--max-ratio", "2000", "zeros.npz")
assert run("head", "--max-ratio", 2000, "-n", 2, "zeros.npz:z") == "[0. 0.]\n"

# Whatever is written between fields tells them apart, or is refused.
numbers = np.array([[1.5, -2e-300, np.nan], [np.inf, -np.inf, 1e22], [0.1, 7, -0.0]])
save("numbers.npy", numbers)
refused = set()
for delimiter in [*map(chr, range(1, 127)), "é", "; ", "::", "ab", " - ", "", "1e", "--", "tab", "space", "whitespace", "\\t", "\\n"]:
    done = subprocess.run([NUMIO, "convert", "-f", f"--to-delimiter={delimiter}", "numbers.npy", "numbers.csv"], cwd=FOLDER, capture_output=True, text=True)
    if done.returncode:
        assert done.returncode == 2 and done.stderr.startswith("numio: --to-delimiter: ") and done.stderr.count("\n") == 1, done
        refused.add(delimiter)
        continue
    between = {"tab": "\t", "\\t": "\t", "space": " ", "whitespace": " "}.get(delimiter, delimiter)
    with open(FOLDER / "numbers.csv", newline="") as file:
        rows = [line.split(between) for line in file.read().split("\n")[:-1]]
    same(np.array(rows).astype(float), numbers)
assert refused == {*"0123456789+-.eEjnaifNT()\"\n\r", "", "1e", "--", "\\n"}, refused
assert run("convert", "-f", "--fmt", "%d", "--to-delimiter=-", "c.npy", "numbers.txt") == ""
assert "#" in run("convert", "-f", "--to-delimiter=#", "numbers.npy", "numbers.txt", code=2)
(FOLDER / "page.csv").write_text("<!DOCTYPE html><html>not found</html>")
assert "this is an HTML page" in run("show", "page.csv", code=1)

# A member whose bytes are not those of its CRC goes nowhere, as NumPy reads none of it, whether it is named or the archive is.
np.savez(FOLDER / "crc.npz", x=x, y=np.arange(5))
damaged = bytearray((FOLDER / "crc.npz").read_bytes())
damaged[damaged.index(x.tobytes()) + 3] ^= 1
(FOLDER / "crc.npz").write_bytes(damaged)
try:
    raise AssertionError(np.load(FOLDER / "crc.npz")["x"])
except zipfile.BadZipFile:
    pass
for member in ("crc.npz", "crc.npz:x"):
    for line in ("show", "show --full", "show --json", "stats", "stats --json", "checksum", "diff z.npz:x", "head", "tail", "plot"):
        if member == "crc.npz" and line.split()[0] in ("diff", "head", "tail", "plot"):
            continue
        said = run(*line.split(), member, code=2 if line.startswith("diff") else 1)
        assert "crc.npz: member x.npy: bad CRC-32" in said, (line, member, said)
for line in ("show --csv crc.npz:x", "slice crc.npz:x -o no.npy", "cast --dtype f4 crc.npz:x -o no.npy", "cat x.npy crc.npz:x -o no.npy",
             "split --parts 2 crc.npz:x no", "add no.npz x=crc.npz:x", "convert crc.npz:x no.npy", "convert crc.npz:x no.csv",
             "convert crc.npz:x no.safetensors", "convert crc.npz no.safetensors", "select crc.npz x -o no.npz"):  # fmt: skip
    assert "bad CRC-32" in run(*line.split(), code=1), line
assert not list(FOLDER.glob("no*"))
done = subprocess.run([NUMIO, "tree", "crc.npz"], cwd=FOLDER, capture_output=True, text=True)
assert done.returncode == 1 and "x: unreadable" in done.stdout and "y: array" in done.stdout, done
assert run("stats", "--bins", 0, "crc.npz:y").startswith("crc.npz:y: int64 (5,)")
# Of a large one, what is shown does not need all of it; what is written does.
np.savez(FOLDER / "large.npz", x=np.arange(1 << 18))  # 2 MiB
damaged = bytearray((FOLDER / "large.npz").read_bytes())
damaged[1 << 20] ^= 1
(FOLDER / "large.npz").write_bytes(damaged)
assert run("head", "-n", 2, "large.npz:x") == run("show", "large.npz:x[:2]") == "[0 1]\n"
assert "bad CRC-32" in run("show", "--full", "large.npz:x", code=1) and "bad CRC-32" in run("stats", "large.npz:x", code=1)

# Errors name what they are about.
np.savez(FOLDER / "two.npz", x=x, words=np.array(["a", "b"]))
said = run("stats", "--axis", 0, "two.npz", code=1)
assert said == "numio: two.npz: member words: no statistics along an axis of dtype <U1\n", said
assert run("diff", "x.npy[99]", "x.npy", code=2).startswith("numio: x.npy: index 99 is out of bounds")
assert "r.npy: its shape (2,) and (30, 4) of the first" in run("cat", "x.npy", "r.npy", "-o", "no.npy", code=1)
assert run("unpack", "x.npy", code=1) == "numio: x.npy: expected an archive (.npz), found an array\n"
assert "numio: x.npy/in: Not a directory" in run("unpack", "z.npz", "-d", "x.npy/in", code=1)
if Path("/dev/full").exists():
    for line in ("pack - x.npy", "repack z.npz -o -", "select z.npz x -o -"):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([NUMIO, *line.split()], cwd=FOLDER, stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 1 and done.stderr.startswith("numio: standard output: No space left"), (line, done)
