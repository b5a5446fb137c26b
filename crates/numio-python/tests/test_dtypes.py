"""Dtypes in their corners, both ways: elements of no bytes, numbers with fields, metadata, strings of any length."""

import io
import os
import pickle
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from conftest import outcome, parity, same

import numio

# Dtypes whose elements have no bytes, and records with such fields among others.
EMPTY = ["S0", "U0", "V0", [("a", "S0")], [("a", "U0"), ("b", "V0")], [], [("a", []), ("b", "S0")]]
PARTLY_EMPTY = [[("a", "S0"), ("b", "<i4")], [("a", "U0"), ("b", [("c", "V0")]), ("d", ">f8", (2,))]]
SHAPES = [(), (0,), (1,), (3,), (2, 2), (0, 3), (1000,)]


def new(shape, dtype, order="C"):
    """A new array; `np.zeros` makes S1 of S0."""
    return np.ndarray(shape, np.dtype(dtype), order=order)


def npy(descr, shape=(3,), data=bytes(range(64))):
    """A file with this text as its descr."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(11 + len(header)) % 64) + b"\n"
    return b"\x93NUMPY\x01\0" + len(header).to_bytes(2, "little") + header + data


def exact(ours, theirs):
    """The same array to the last flag; without bytes NumPy has one that differs from one way in to the next."""
    if theirs.nbytes:
        same(ours, theirs)
    assert type(ours) is type(theirs) and ours.dtype == theirs.dtype and ours.shape == theirs.shape
    assert ours.flags.c_contiguous == theirs.flags.c_contiguous and ours.flags.writeable == theirs.flags.writeable
    assert ours.dtype.str == theirs.dtype.str and ours.dtype.itemsize == theirs.dtype.itemsize
    assert ours.dtype.type is theirs.dtype.type
    assert repr(ours.dtype) == repr(theirs.dtype)
    assert ours.nbytes == theirs.nbytes


def mapped(path):
    """Maps have the dtype too."""
    found, wanted = numio.load(path, mmap_mode="r"), np.load(path, mmap_mode="r")
    assert type(found) is type(wanted) and repr(found.dtype) == repr(wanted.dtype)
    assert found.shape == wanted.shape and found.nbytes == wanted.nbytes and found.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("dtype", EMPTY + PARTLY_EMPTY, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_elements_of_no_bytes_keep_their_dtype_through_every_way_in(tmp_path, dtype, shape):
    array = new(shape, dtype)
    if array.nbytes:
        array = np.frombuffer(bytes(i % 97 for i in range(array.nbytes)), array.dtype).reshape(shape)
    theirs, ours = tmp_path / "theirs.npy", tmp_path / "ours.npy"
    np.save(theirs, array)
    numio.save(ours, array)
    assert ours.read_bytes() == theirs.read_bytes()
    exact(numio.load(theirs), np.load(theirs))
    exact(numio.load(io.BytesIO(theirs.read_bytes())), np.load(theirs))
    with open(theirs, "rb") as file:
        exact(numio.load(file), np.load(theirs))
    mapped(theirs)
    for savez in (np.savez, np.savez_compressed, numio.savez, numio.savez_compressed):
        path = tmp_path / "both.npz"
        savez(path, x=array)
        with numio.load(path) as found, np.load(path) as wanted:
            exact(found["x"], wanted["x"])
    for protocol in range(6):
        for value in (array, {"x": array}, [array, array], array.dtype):
            data = pickle.dumps(value, protocol)
            found, wanted = numio.load(io.BytesIO(data)), pickle.loads(data)
            if isinstance(value, np.ndarray):
                exact(found, wanted)
            elif isinstance(value, dict):
                exact(found["x"], wanted["x"])
            elif isinstance(value, list):
                exact(found[1], wanted[1])
            else:
                assert repr(found) == repr(wanted) and found.itemsize == wanted.itemsize
        if array.size:
            data = pickle.dumps(array.flat[0], protocol)
            found, wanted = numio.load(io.BytesIO(data)), pickle.loads(data)
            assert type(found) is type(wanted) and found.dtype == wanted.dtype and repr(found) == repr(wanted)


@pytest.mark.parametrize("shape", [(2**62,), (2**63 - 1,), (2**31, 2**31), (2**62, 0)], ids=str)
@pytest.mark.parametrize("descr", ["'|S0'", "'<U0'", "'|V0'", "'S'", "'str'", "[('a', '|S0')]", "[]"])
def test_very_many_elements_of_no_bytes_take_no_memory(shape, descr):
    data = npy(descr, shape, b"")
    exact(numio.load(io.BytesIO(data)), np.load(io.BytesIO(data)))


POISONED = """
import io, pickle, sys, tempfile, os
import numpy as np, numio
sys.path.insert(0, os.path.dirname(sys.argv[1]))
import test_dtypes as t

dtypes = t.EMPTY + t.PARTLY_EMPTY + ["S1", "U1", "V1", "S7", "U3", "V300", "?", "i1", ">i4", "f8", "c16", "M8[s]", "g", "O",
    {"names": ["a"], "formats": ["i2"], "offsets": [3], "itemsize": 9}, [("o", "O"), ("s", "S0"), ("x", "V3")]]
shapes = [(), (0,), (3,), (2, 2), (3000,)]
for dtype in dtypes:
    for shape in shapes:
        # All bytes that a file has are zeros; memory that is not written is not.
        array = np.zeros(shape, dtype) if np.dtype(dtype).itemsize else t.new(shape, dtype)
        has_objects = array.dtype.hasobject
        file = io.BytesIO()
        np.save(file, array)
        ways = [numio.load(io.BytesIO(file.getvalue()))]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.npy")
            open(path, "wb").write(file.getvalue())
            ways.append(numio.load(path))
            if not has_objects:
                for mode in ("r", "c", "r+"):
                    # NumPy's copies of a map would leave padding unwritten.
                    mapped = numio.load(path, mmap_mode=mode)
                    assert not any(mapped.tobytes()), (dtype, shape, mode)
                    del mapped
                numio.open_memmap(path, "w+", array.dtype, shape)
                ways.append(numio.load(path))
            for save in (np.savez, np.savez_compressed):
                path = os.path.join(folder, "a.npz")
                save(path, a=array)
                ways.append(numio.load(path)["a"])
        for protocol in (0, 2, 5):
            ways.append(numio.load(io.BytesIO(pickle.dumps(array, protocol))))
            ways.append(numio.load(io.BytesIO(pickle.dumps({"k": array}, protocol)))["k"])
            if array.size:
                value = numio.load(io.BytesIO(pickle.dumps(array.flat[0], protocol)))
                if isinstance(value, np.generic) and not has_objects:
                    # That of a text is as long as the text is.
                    assert not any(value.tobytes()), (dtype, value)
                    assert value.dtype == array.flat[0].dtype, (dtype, value)
        for found in ways:
            assert found.dtype.itemsize == array.dtype.itemsize, (dtype, shape, found.dtype)
            if has_objects:
                # Objects are references; what stands between them is zeros.
                for name in found.dtype.names or ():
                    if not found.dtype[name].hasobject:
                        assert not any(found[name].tobytes()), (dtype, shape)
            else:
                assert not any(found.tobytes()), (dtype, shape, found.tobytes()[:80])
print("clean")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="poisons the allocator of glibc")
@pytest.mark.parametrize("poison", ["1", "85"])
def test_nothing_is_handed_on_that_was_not_written(poison):
    environment = dict(os.environ, PYTHONMALLOC="debug", MALLOC_PERTURB_=poison)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", POISONED, __file__], env=environment, capture_output=True, text=True
    )
    assert done.stdout == "clean\n", done.stderr[-3000:]


RGBA = np.dtype((np.uint32, {"r": ("u1", 0), "g": ("u1", 1), "b": ("u1", 2), "a": ("u1", 3)}))
NUMBERS = [
    RGBA,
    np.dtype((np.float64, {"low": ("u4", 0), "high": ("u4", 4)})),
    np.dtype((">u4", [("a", ">u2"), ("b", "u1"), ("c", "u1")])),
    np.dtype((np.complex64, [("re", "f4"), ("im", "f4")])),
    np.dtype(("S4", {"whole": ("u4", 0)})),
    np.dtype((np.uint32, {"a": ("u2", 0, "title"), "b": ("u2", 2)})),
    np.dtype([("pixel", RGBA), ("y", "i2")]),
    np.dtype([("pixels", RGBA, (2,)), ("y", [("z", RGBA)])]),
]


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
def test_numbers_keep_their_fields(tmp_path, dtype):
    array = np.frombuffer(bytes(range(dtype.itemsize * 4)), dtype)
    np.save(tmp_path / "theirs.npy", array)
    numio.save(tmp_path / "ours.npy", array)
    assert (tmp_path / "ours.npy").read_bytes() == (tmp_path / "theirs.npy").read_bytes()
    same(numio.load(tmp_path / "ours.npy"), np.load(tmp_path / "ours.npy"))
    numio.savez(tmp_path / "ours.npz", x=array)
    np.savez(tmp_path / "theirs.npz", x=array)
    both = [zipfile.ZipFile(tmp_path / name).read("x.npy") for name in ("ours.npz", "theirs.npz")]
    assert both[0] == both[1]
    for protocol in range(6):
        for value in (array, dtype, {"x": array[0]}):
            data = pickle.dumps(value, protocol)
            found, wanted = numio.load(io.BytesIO(data)), pickle.loads(data)
            if value is array and dtype.byteorder == ">":
                # NumPy brings the numbers into this machine's byte order, and drops the fields.
                assert (found.view(">u4") == wanted).all()
                continue
            assert repr(found) == repr(wanted)
            if value is array:
                exact(found, wanted)


def test_fields_that_overlap_in_a_number_are_refused_as_by_numpy(tmp_path):
    dtype = np.dtype((np.uint32, {"a": ("u2", 0), "b": ("u2", 1), "c": ("u1", 3)}))
    for save in (numio.save, np.save):
        with pytest.raises(ValueError):
            save(tmp_path / "a.npy", np.zeros(2, dtype))


@pytest.mark.parametrize(
    "dtype",
    [
        np.dtype("f8", metadata={"a": 1}),
        np.dtype(">i4", metadata={"unit": "m", "scale": [1, 2.5, {"x": None}]}),
        np.dtype("M8[s]", metadata={"a": 1}),
        np.dtype("O", metadata={"vlen": str}),
        np.dtype("S5", metadata={"a": 1}),
        np.dtype([("a", "i4"), ("b", "f8")], metadata={"a": 1}),
        np.dtype([("a", np.dtype("i4", metadata={"inner": 2}))]),
        np.dtype([("a", np.dtype("i4", metadata={"inner": 2}), (3,))], metadata={"outer": 1}),
        np.dtype([("a", "i1"), ("b", "i4")], align=True, metadata={"a": 1}),
        np.dtype(RGBA, metadata={"a": 1}),
        np.dtype("f4", metadata={"other": np.dtype("i4", metadata={"deep": 1})}),
    ],
    ids=str,
)
def test_metadata_of_a_dtype_comes_back_out_of_a_pickle(dtype):
    def all_metadata(dtype):
        inner = [] if dtype.names is None else [all_metadata(dtype[name]) for name in dtype.names]
        base = [] if dtype.subdtype is None else [all_metadata(dtype.base)]
        return (repr(dtype.metadata), dtype.isalignedstruct, inner, base)

    array = np.zeros(3, dtype)
    for protocol in range(6):
        for value in (dtype, array, [array, {"k": array}]):
            data = pickle.dumps(value, protocol)
            found, wanted = numio.load(io.BytesIO(data), trust=["builtins.str"]), pickle.loads(data)
            if isinstance(value, list):
                found, wanted = found[1]["k"], wanted[1]["k"]
            found, wanted = getattr(found, "dtype", found), getattr(wanted, "dtype", wanted)
            if isinstance(value, np.dtype):
                found, wanted = numio.load(io.BytesIO(data), trust=["builtins.str"]), pickle.loads(data)
            assert found == wanted and all_metadata(found) == all_metadata(wanted)


def test_metadata_within_metadata_ends():
    dtype = np.dtype("i4")
    for _ in range(60):
        dtype = np.dtype("i4", metadata={"inner": dtype})
    with pytest.raises(pickle.UnpicklingError):
        numio.load(io.BytesIO(pickle.dumps(dtype)))


@pytest.mark.parametrize("writable", [True, False])
@pytest.mark.parametrize("dtype", ["f8", ">f8", "S3", [("a", "i4")], "M8[s]"], ids=str)
def test_arrays_that_are_read_only_stay_so(writable, dtype):
    array = np.zeros((2, 3), dtype)
    array.flags.writeable = writable
    for protocol in range(6):
        for value in (array, {"x": array}, array.T):
            data = pickle.dumps(value, protocol)
            found, wanted = numio.load(io.BytesIO(data)), pickle.loads(data)
            if isinstance(value, dict):
                found, wanted = found["x"], wanted["x"]
            assert found.flags.writeable == wanted.flags.writeable
            same(found, wanted)


@pytest.mark.parametrize("letter", "qQlLpPnN")
def test_long_long_is_told_from_long(letter):
    for data in (
        b"cnumpy\ndtype\n(V" + letter.encode() + b"\nI00\nI01\ntR.",
        b"cnumpy\ndtype\n(V" + letter.encode() + b"\nI00\nI01\ntR(I3\nV<\nNNNI-1\nI-1\nI0\ntb.",
    ):
        assert numio.load(io.BytesIO(data)).char == pickle.loads(data).char


ODD_DESCRS = [
    "[]", "[('a', [])]", "[('', '|V0')]", "[('', '|V4')]", "[('a', [], (3,))]", "[('a', '<i4'), ('b', [])]",
    "('V4', {'a': ('<i2', 0), 'b': ('<i2', 2)})", "('V4', {'b': ('<i2', 0), 'a': ('<i2', 2)})",
    "('V', {'a': ('<i2', 2)})", "('V4', {'a': ('<i2', 0)})", "('V4', [('a', '<i2')])", "('V4', [('a', '<i4')])",
    "('V4', {'names': ['a'], 'formats': ['<i2'], 'itemsize': 4})", "('V4', {})", "('V', {})", "{}", "{'a': '<i2'}",
    "('<f8', None)", "('<i8', None)", "('V8', None)", "('V', None)", "('V4', None)", "('<f4', None)",
    "('V8', {'names': ['a'], 'formats': [None]})", "(('<f8', None), (2,))", "[('a', '<f8', None)]", "[('a', {})]",
    "('V8', {'names': ['q'], 'formats': ['<i4'], 'offsets': [2], 'itemsize': 8})", "('V0', {'a': ('<i2', 0)})",
    "('V4', {'names': ['a', 'b'], 'formats': ['<i2', '<i2'], 'titles': ['x', 'y']})",
    "('V8', {'names': ('a', 'b'), 'formats': ('i1', 'i4'), 'aligned': True})",
    "('V4', {'a': ('<i2', 0, 'title'), 'b': ('<i2', 2)})", "('V4', {'a': (('<i2', (2,)), 0)})",
    "('V4', {'a': ('<i2', -1)})", "('V4', {'a': ('<i2', 3)})", "('V4', {1: ('<i2', 0)})", "('V4', {'a': '<i2'})",
    "('V4', {'a': ('O', 0)})", "('O', '<i8')", "('<i8', 'O')", "('<i4', '<i4')", "('<i4', '<f4')", "('<i4', '<i8')",
    "('S', '<i4')", "('U', '<i4')", "('V4', '<i4')", "('V2', 'i1,i1')", "([('a', '<i4')], 'V4')",
    "([('a', '<i4')], {'b': ('<i4', 0)})", "('V', 3)", "('S', 3)", "('V', (2,))", "('V4', [])", "('V', [])",
    "[('a', ('V4', {'x': ('<i2', 2)}))]", "[('a', ('V4', {'x': ('<i2', 0), 'y': ('<i2', 2)})), ('b', '<i2')]",
    "[('a', 'V4', {'x': ('<i4', 0)})]", "{'names': ['a'], 'formats': ['<i4']}", "'V4,i2'", "'|S0,i2'", "'S'", "'U'", "'V'",
    "'bytes'", "'str'", "'void'", "[('a', 'V')]", "'<V2'", "'>V2'", "'=V2'", "'<S3'", "'=S3'",
    "[((1, 'a'), '<i4')]", "[((b't', 'a'), '<i4')]", "[((1.5, 'a'), '<i4'), ((1.5, 'b'), '<i2')]", "[((None, 'a'), '<i4')]",
    "[(((1, 'x'), 'a'), '<i4', (2,))]", "[(([1, {}], 'a'), '<i4')]", "[((True, 'a'), '<i4'), ((1, 'b'), '<i2')]",
    "[('x', [((-1, 'a'), '<i4')])]", "[((2j, ''), '<i4')]", "[((1, 1), '<i4')]", "[(('t', 1), '<i4')]", "[((1, 'a', 'b'), '<i4')]",
    "('V4', [((1, 'a'), '<i4')])", "('V4', {'names': ['a'], 'formats': ['<i4'], 'titles': [1]})", "('V4', {'a': ('<i4', 0, b't')})",
]  # fmt: skip


@pytest.mark.parametrize("descr", ODD_DESCRS)
@pytest.mark.parametrize("shape", [(), (3,), (0,)], ids=str)
def test_odd_headers_are_read_as_by_numpy(tmp_path, descr, shape):
    path = tmp_path / "a.npy"
    path.write_bytes(npy(descr, shape))
    wanted, error = outcome(np.load, path)
    if error is not None or wanted.nbytes:
        parity(outcome(numio.load, path), outcome(np.load, path))
    if error is None:
        exact(numio.load(path), wanted)
        mapped(path)


@pytest.mark.parametrize(
    "data",
    [
        b"I0x10\n.", b"I1_000\n.", b"I010\n.", b"I0o10\n.", b"I0b11\n.", b"I 5\n.", b"I5 \n.", b"I5\r\n.", b"I+5\n.",
        b"I-0x10\n.", b"I00\n.", b"I01\n.", b"I02\n.", b"I00\r\n.", b"I01\r\n.", b"I99999999999999999999\n.", b"I5L\n.",
        b"I\n.", b"I-\n.", b"I1__0\n.", b"I_1\n.", b"I1_\n.", b"I0X1f\n.", b"I08\n.", b"I0_0\n.", b"I0x\n.", b"I0x_1\n.",
        b"I000\n.", b"I-01\n.", b"I\x0b5\n.", b"I+1\n.", b"I 1\n.", b"I--1\n.", b"I0b102\n.", b"I\xd9\xa3\n.",
        b"L5L\n.", b"L0x10L\n.", b"L1_0L\n.", b"L5\n.", b"L5\r\n.", b"L5L\r\n.", b"L010L\n.", b"L 5L\n.", b"L5 L\n.",
        b"L00L\n.", b"LL\n.", b"L\n.", b"L0o17L\n.", b"L5LL\n.", b"L0x1FL\n.", b"L-0b1\n.", b"L-00L\n.",
        b"F1.5\n.", b"F1.5\r\n.", b"F 1.5\n.", b"F1.5 \n.", b"F1_0.5\n.", b"Fnan\n.", b"Finf\n.", b"F-Infinity\n.",
        b"F0x1p3\n.", b"F1e400\n.", b"F-1e400\n.", b"F+1.\n.", b"F.5\n.", b"F\n.", b"F1e\n.", b"FNAN\n.", b"F1e5\n.",
        b"Finfinit\n.", b"Fnan(1)\n.", b"F1d5\n.", b"F-nan\n.", b"F+nan\n.", b"F-\n.", b"F1,5\n.", b"F1e-400\n.",
        b"S'a'\r\n.", b"S'a' \n.", b"S 'a'\n.", b"S\"a\"\n.", b"S'a\n.", b"Sa\n.", b"S''\n.", b"S'\n.", b"S'\\x4'\n.",
        b"Va\r\n.", b"V\\u0041\n.", b"V\\x41\n.", b"V\\ud800\n.", b"V\\u00\n.", b"V\\U00110000\n.", b"V\\\n.",
        b"Np0\r\n0g0\r\n.", b"Np 0\n0g0\n.", b"Np0x1\n0g1\n.", b"Np1_0\n0g10\n.", b"Np+1\n0g1\n.", b"Np-1\n0g-1\n.",
        b"Np01\n0g1\n.", b"Np\n0g\n.",
    ],
)  # fmt: skip
def test_lines_of_protocol_0_are_read_as_by_python(data):
    found, raised = outcome(numio.load, io.BytesIO(data))
    wanted, expected = outcome(pickle.loads, data)
    assert (raised is None) == (expected is None), (found, raised, wanted, expected)
    assert repr(found) == repr(wanted)


def string_dtypes():
    """Every kind of StringDType, none where NumPy has none."""
    if not hasattr(np, "dtypes") or not hasattr(np.dtypes, "StringDType"):
        return []
    new = np.dtypes.StringDType
    missing = [{}, {"na_object": None}, {"na_object": float("nan")}, {"na_object": np.nan}, {"na_object": "NA"}]
    return [new(coerce=coerce, **named) for coerce in (True, False) for named in missing]


def strings(dtype):
    """Arrays of that dtype."""
    values = ["a", "", "x" * 300, "ü\U0001f600", "tail\0zero"]
    if hasattr(dtype, "na_object"):
        values[1] = dtype.na_object
    row = np.array(values, dtype)
    return {
        "row": row, "none": row[:0], "point": np.array("x", dtype), "rows": np.array([row, row]),
        "fortran": np.array([row, row], order="F"), "steps": row[::2], "empty": np.empty((0, 3), dtype),
    }  # fmt: skip


def alike(found, wanted):
    """The same array of strings."""
    assert type(found) is type(wanted) and found.dtype == wanted.dtype and found.shape == wanted.shape
    assert repr(found) == repr(wanted)
    assert [repr(value) for value in found.flat] == [repr(value) for value in wanted.flat]
    for flag in ("C_CONTIGUOUS", "F_CONTIGUOUS", "WRITEABLE"):
        assert found.flags[flag] == wanted.flags[flag]


@pytest.mark.filterwarnings("ignore:Custom dtypes")
@pytest.mark.parametrize("dtype", string_dtypes(), ids=str)
@pytest.mark.parametrize("kind", ["row", "none", "point", "rows", "fortran", "steps", "empty"])
def test_strings_of_any_length_come_back(tmp_path, dtype, kind):
    array = strings(dtype)[kind]
    for save in (np.save, numio.save):
        path = tmp_path / "a.npy"
        save(path, array)
        alike(numio.load(path), np.load(path, allow_pickle=True))
    for savez in (np.savez, np.savez_compressed, numio.savez, numio.savez_compressed):
        path = tmp_path / "a.npz"
        savez(path, x=array)
        with numio.load(path) as found, np.load(path, allow_pickle=True) as wanted:
            alike(found["x"], wanted["x"])
    for protocol in range(6):
        for value in (array, {"x": array}, [array, array], dtype):
            data = pickle.dumps(value, protocol)
            found, wanted = numio.load(io.BytesIO(data)), pickle.loads(data)
            if isinstance(value, dict):
                found, wanted = found["x"], wanted["x"]
            elif isinstance(value, list):
                assert found[0] is found[1]
                found, wanted = found[1], wanted[1]
            if isinstance(value, np.ndarray):
                alike(found, wanted)
            else:
                assert repr(found) == repr(wanted)


@pytest.mark.skipif(not string_dtypes(), reason="NumPy has no StringDType")
def test_strings_that_are_none_are_refused():
    dtype = np.dtypes.StringDType()
    data = pickle.dumps(np.array(["a", "b"], dtype), 2)
    assert b"X\x01\0\0\0b" in data
    for value in (b"K\x05", b"]", b"}", b"N", b"cbuiltins\nint\n"):
        broken = data.replace(b"X\x01\0\0\0b", value)
        with pytest.raises(pickle.UnpicklingError):
            numio.load(io.BytesIO(broken))


MASKED = [
    lambda: np.ma.array([1, "a", None], object, mask=[1, 0, 0]),
    lambda: np.ma.array([[1, "a"], [None, [2]]], object, mask=[[1, 0], [0, 0]]),
    lambda: np.ma.array([1, "a"], object, mask=[0, 1], fill_value="?"),
    lambda: np.ma.array([], object),
    lambda: np.ma.array([(1, "x"), (2, None)], [("a", "i4"), ("b", "O")], mask=[(1, 0), (0, 1)]),
    lambda: np.ma.array([(1, "x")], [("a", "i4"), ("b", "O")]),
    lambda: np.ma.array([((1, "x"), 2)], [("a", [("b", "i4"), ("c", "O")]), ("d", "f8")]),
]


@pytest.mark.filterwarnings("ignore:Custom dtypes")
@pytest.mark.parametrize("shown", [False, True])
@pytest.mark.parametrize("index", range(len(MASKED) + 3))
def test_masked_arrays_with_objects_are_saved_and_loaded(tmp_path, index, shown):
    if index < len(MASKED):
        array = MASKED[index]()
    elif not string_dtypes():
        pytest.skip("NumPy has no StringDType")
    else:
        dtype = [np.dtypes.StringDType(), np.dtypes.StringDType(na_object=None), np.dtypes.StringDType()][
            index - len(MASKED)
        ]
        array = np.ma.array(["a", "b", "c"], dtype, mask=[1, 0, 0])
        array = array.reshape(3, 1) if index == len(MASKED) + 2 else array
    if shown:
        # Gives it a fill value of its own.
        repr(array)
    for save in (np.save, numio.save):
        path = tmp_path / "a.npy"
        save(path, array)
        check_masked(numio.load(path), np.load(path, allow_pickle=True))
    numio.savez(tmp_path / "a.npz", x=array)
    with numio.load(tmp_path / "a.npz") as ours, np.load(tmp_path / "a.npz", allow_pickle=True) as theirs:
        check_masked(ours["x"], theirs["x"])
    for protocol in range(6):
        data = pickle.dumps(array, protocol)
        check_masked(numio.load(io.BytesIO(data)), pickle.loads(data))


def check_masked(found, wanted):
    """The same masked array."""
    assert type(found) is type(wanted) and found.dtype == wanted.dtype and found.shape == wanted.shape
    assert repr(found) == repr(wanted) and repr(found.data) == repr(wanted.data)
    assert (found.mask == wanted.mask).all() and repr(found.fill_value) == repr(wanted.fill_value)


LONG_LONG = ["'q'", "'<q'", "'>Q'", "'longlong'", "[('a', '<q'), ('b', '>Q', (2,)), ('q', '<i8')]", "[('a', [('b', 'Q')])]"]
NAMED_PARTS = [
    "('<u4', {'r': ('u1', 0), 'b': ('u1', 3)})", "('<i8', [('a', '<i4'), ('b', '<i4')])", "('S4', [('a', 'S2'), ('b', 'S2')])",
    "[('x', ('<u4', [('a', '<i2'), ('b', '<i2')])), ('y', '<q')]",
]  # fmt: skip


def letters(dtype):
    """The letter of each part: `==` does not tell C's `long` from `long long`."""
    if dtype.subdtype is not None:
        return letters(dtype.subdtype[0])
    if dtype.names is not None:
        return [dtype.char, *((name, letters(dtype[name])) for name in dtype.names)]
    return dtype.char


@pytest.mark.parametrize("descr", LONG_LONG + NAMED_PARTS)
def test_headers_say_more_than_the_bytes(tmp_path, descr):
    path, archive = tmp_path / "a.npy", tmp_path / "a.npz"
    path.write_bytes(npy(descr, (2,)))
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.npy", path.read_bytes())
    wanted = np.load(path)
    with open(path, "rb") as file:
        found = [numio.load(path), numio.load(file), numio.load(io.BytesIO(path.read_bytes())), numio.load(path, mmap_mode="r")]
    with numio.load(archive) as npz, numio.load(archive, mmap_mode="r") as maps:
        found += [npz["a"], np.asarray(maps["a"])]
    found += [numio.open(path)[...], np.asarray(numio.open(path))]
    for ours in found:
        assert letters(ours.dtype) == letters(wanted.dtype) and repr(ours.dtype) == repr(wanted.dtype)
        assert ours.tobytes() == wanted.tobytes()
    # The next file in the same thread has its own dtype.
    path.write_bytes(npy("'<i8'", (2,)))
    assert numio.load(path).dtype.char == "l"


@pytest.mark.parametrize("name", ["\ud800", "a\udcffé", "\udfff\U0001f600"], ids=ascii)
def test_field_names_with_lone_surrogates(tmp_path, name):
    dtype = np.dtype([(name, "<i4"), ("b", "<f8")])
    array = np.array([(1, 2.5), (3, 4.5)], dtype)
    path = tmp_path / "a.npy"
    files = []
    for module in [numio, np]:
        module.save(path, array)
        files.append(path.read_bytes())
    assert files[0] == files[1]
    same(numio.load(path), np.load(path))
    same(numio.load(io.BytesIO(files[0])), array)
    mapped(path)
    numio.savez(tmp_path / "a.npz", array)
    same(np.load(tmp_path / "a.npz")["arr_0"], array)
    made = numio.open_memmap(tmp_path / "m.npy", "w+", dtype=dtype, shape=(2,))
    assert made.dtype == dtype
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        same(numio.load(io.BytesIO(pickle.dumps(array, protocol))), array)
    objects = np.array([("x", 1)], [(name, object), ("b", "<i4")])
    numio.save(path, objects)
    same(numio.load(path), np.load(path, allow_pickle=True))
    # These characters mean surrogates in Rust, which has none.
    with pytest.raises(TypeError, match=r"U\+10F800"):
        numio.save(path, np.zeros(1, [("\U0010f800", "i4")]))


@pytest.mark.skipif(int(np.__version__[0]) < 2, reason="NumPy 1.26 has other flags")
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["S0", "U0", "V0", "f8"])
def test_flags_of_arrays_and_maps(tmp_path, dtype, order):
    for shape in [(2, 3), (3,), (0, 3), (1, 1), ()]:
        path = tmp_path / "a.npy"
        np.save(path, np.ndarray(shape, dtype, order=order) if dtype != "f8" else np.zeros(shape, order=order))
        ways = [
            lambda module: module.load(path),
            lambda module: module.load(open(path, "rb")),
            lambda module: module.load(path, mmap_mode="r"),
            lambda module: module.load(path, mmap_mode="c"),
            lambda module: (np.lib.format if module is np else module).open_memmap(
                tmp_path / "b.npy", "w+", dtype=dtype, shape=shape, fortran_order=order == "F"
            ),
        ]
        for number, way in enumerate(ways):
            ours, theirs = way(numio), way(np)
            flags = [(x.flags.c_contiguous, x.flags.f_contiguous, x.flags.writeable) for x in [ours, theirs]]
            # An array of no bytes that is read has no order of its own.
            if isinstance(theirs, np.memmap) or order == "C" or theirs.itemsize:
                assert flags[0] == flags[1], (number, shape)
