"""Python objects out of pickles and object arrays, compared with what Python's own unpickler makes of them."""

import collections
import datetime as dt
import decimal
import fractions
import gc
import io
import pathlib
import pickle
import threading
import uuid

import numpy as np
import numpy.ma.mrecords
import pytest

import numio


def object_array(items, shape=None):
    array = np.empty(len(items), object)
    for index, item in enumerate(items):
        array[index] = item
    return array if shape is None else array.reshape(shape)


STRUCTURED = np.dtype([("a", ">i4"), ("b", "O"), ("c", [("d", "O", (2,)), ("e", "U2")])])
ZONE = dt.timezone(dt.timedelta(hours=-5, minutes=30), "x")
VALUES = {
    "none": None,
    "bools": [True, False],
    "ints": [0, -1, 255, 256, 65535, 65536, 2**31, -(2**31), 2**63, 10**40, -(10**400)],
    "floats": [0.0, -0.0, 1.5, float("inf"), 1e-320],
    "complex": 1 - 2j,
    "strs": ["", "a", "caf\xe9", "\u20ac", "\U0001f40d", "\ud800x", "a\nb\\u0041", "\0" * 300],
    "bytes": [b"", b"ab", bytes(range(256)) * 2],
    "bytearrays": [bytearray(), bytearray(b"\xff"), bytearray(1000)],
    "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((), ((),))],
    "lists": [[], [1], [[[]], []], list(range(3000))],
    "dicts": {"b": 1, "a": {}, 1: "x", (1, (2, b"x")): [None], None: 0, 1.5: {"a": 1}},
    "sets": [set(), {1, "a", (2, 3)}, frozenset(), frozenset({frozenset({1}), 2})],
    "ranges": [range(3), range(5, -5, -2), range(10**30)],
    "slices": [slice(None), slice(1, "a", 3)],
    "singletons": [..., NotImplemented],
    "dates": [dt.date(1, 1, 1), dt.date(9999, 12, 31)],
    "times": [dt.time(), dt.time(1, 2, 3, 4, fold=1), dt.time(1, tzinfo=ZONE)],
    "moments": [
        dt.datetime(2020, 2, 29, 1, 2, 3, 999999, fold=1),
        dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc),
        dt.datetime(2020, 1, 1, tzinfo=ZONE),
    ],
    "deltas": [dt.timedelta(-1, 5, 6), dt.timedelta(999999999)],
    "zones": [dt.timezone.utc, ZONE],
    "decimals": [decimal.Decimal(text) for text in ("1.50", "1E+400", "-0", "NaN", "-Infinity")],
    "fractions": [fractions.Fraction(-1, 3), fractions.Fraction(10**50, 7)],
    "uuids": [uuid.UUID(int=2**127), uuid.uuid1()],
    "ordered": collections.OrderedDict([("b", 1), ("a", 2)]),
    "defaults": [collections.defaultdict(list, {1: [2]}), collections.defaultdict(None, {1: 2})],
    "counter": collections.Counter("abracadabra"),
    "deques": [collections.deque([1, 2, 3]), collections.deque([1], 5), collections.deque(maxlen=0)],
    "paths": [pathlib.PurePosixPath("/a/b"), pathlib.PurePosixPath(), pathlib.PureWindowsPath("c:/x")],
    "types": [int, dict, object, np.float64, np.void, collections.OrderedDict],
    "dtypes": [
        np.dtype(text)
        for text in ("?", "<i2", ">f8", "S5", "U7", "V3", "M8[25s]", "m8", "O", "f4,(2,3)i2", "g")
    ]
    + [np.dtype({"names": ["x", "y"], "formats": ["u1", "f8"], "offsets": [3, 8], "itemsize": 24}), STRUCTURED],
    "arrays": [
        np.arange(6.0).reshape(2, 3),
        np.arange(6, dtype=">i4"),
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.arange(24).reshape(2, 3, 4).transpose(1, 0, 2),
        np.array(5),
        np.zeros((0, 3)),
        np.array(["a", "bcd"]),
        np.array(["2020-01-01"], "M8[D]"),
        np.array([(1, 2.5)], [("a", ">i4"), ("b", "f8")]),
    ],
    "object arrays": [
        object_array([1, "a", [2], None]),
        object_array([[1, 2], [3, 4]]),
        object_array(list(range(6)), (2, 3)),
        np.asfortranarray(object_array(list("abcdef"), (2, 3))),
        np.array({}, object),
        np.empty((2, 0), object),
        np.array([(1, [2], (["x", None], "e")), (2, {}, ([b"", 0], "fg"))], STRUCTURED),
    ],
    "subclasses": [
        np.matrix([[1, 2], [3, 4]]),
        np.rec.array([(1, 2.5)], names="a,b"),
        np.rec.array([(1, [2])], [("a", "i4"), ("b", "O")]),
        np.char.array(["a", "bc"]),
    ],
    "scalars": [
        np.True_, np.int8(-1), np.uint64(2**63), np.float16(1.5), np.longdouble("1.1"), np.complex64(1j),
        np.str_("x\xe9"), np.bytes_(b"ab"), np.datetime64("2020-01-01T01", "h"), np.timedelta64(5, "D"),
        np.void(b"abc"), np.array([(1, 2.5)], "i4,f8")[0], np.rec.array([(1, 2.5)])[0],
        np.array([(1, [2])], [("a", "i4"), ("b", "O")])[0],
    ],
    "masked": [
        np.ma.array([1, 2, 3], mask=[0, 1, 0]),
        np.ma.array([1.5, 2], mask=[1, 0], fill_value=-7),
        np.ma.array([[1, "x"], [None, []]], mask=[[0, 1], [1, 0]], dtype=object),
        np.ma.array([(1, 2.0)], mask=[(True, False)], dtype=[("a", "i4"), ("b", "f8")]),
        np.ma.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]).view(numpy.ma.mrecords.mrecarray),
        np.ma.array(np.matrix([[1, 2]]), mask=[[0, 1]]),
    ],
    "masked records alone": [
        np.ma.array([(1, 2.0)], mask=[(True, False)], dtype=[("a", "i4"), ("b", "f8")])[0],
        np.ma.array([(1, 2.0)], mask=[(True, False)], dtype=[("a", "i4"), ("b", "f8")], fill_value=(7, 8))[0],
        np.ma.array([([1, 2], "x")], mask=[([True, False], True)], dtype=[("a", ">i4", (2,)), ("b", "U2")])[0],
        np.ma.array([("x", [1])], mask=[(False, True)], dtype=[("a", "O"), ("b", "O")])[0],
    ],
    "masked constant": np.ma.masked,
}  # fmt: skip


def same(ours, theirs, seen=None):
    """Equal in value and type all the way down, and of the same shape where objects stand in several places."""
    seen = {} if seen is None else seen
    assert type(ours) is type(theirs)
    if id(theirs) in seen:
        assert seen[id(theirs)][0] is ours
        return
    simple = (type(None), bool, int, float, complex, str, bytes, type, dt.timezone)
    if not isinstance(theirs, simple) and not (type(theirs) is tuple and not theirs) and theirs is not np.ma.masked:
        # Both are kept, so that no other object gets the number.
        seen[id(theirs)] = (ours, theirs)
    if isinstance(theirs, np.ma.MaskedArray) and theirs is not np.ma.masked:
        same(np.asarray(ours.data), np.asarray(theirs.data), seen)
        same(np.asarray(ours.mask), np.asarray(theirs.mask))
        assert type(ours.data) is type(theirs.data)
        assert repr(np.asarray(ours.fill_value).tolist()) == repr(np.asarray(theirs.fill_value).tolist())
    elif isinstance(theirs, np.ndarray) and theirs is not np.ma.masked:
        assert ours.dtype == theirs.dtype and ours.dtype.type is theirs.dtype.type
        assert ours.shape == theirs.shape and (not theirs.size or ours.strides == theirs.strides)
        for flag in ("C_CONTIGUOUS", "F_CONTIGUOUS", "WRITEABLE", "ALIGNED"):
            assert ours.flags[flag] == theirs.flags[flag], flag
        if theirs.dtype.hasobject:
            for one, two in zip(ours.ravel().tolist(), theirs.ravel().tolist(), strict=True):
                same(one, two, seen)
        else:
            assert ours.tobytes() == theirs.tobytes()
    elif isinstance(theirs, np.void) and theirs.dtype.names:
        assert ours.dtype == theirs.dtype
        same(ours.item(), theirs.item(), seen)
    elif isinstance(theirs, dict):
        assert len(ours) == len(theirs)
        for one, two in zip(ours.items(), theirs.items(), strict=True):
            same(one[0], two[0], seen)
            same(one[1], two[1], seen)
        if isinstance(theirs, collections.defaultdict):
            assert ours.default_factory is theirs.default_factory
    elif isinstance(theirs, (list, tuple, collections.deque)):
        assert getattr(ours, "maxlen", None) == getattr(theirs, "maxlen", None)
        for one, two in zip(ours, theirs, strict=True):
            same(one, two, seen)
    elif isinstance(theirs, uuid.UUID):
        assert ours == theirs and ours.is_safe == theirs.is_safe
    elif type(theirs) is not object:
        assert repr(ours) == repr(theirs) or ours == theirs


@pytest.fixture
def load(tmp_path):
    def load(pickled, **named):
        path = tmp_path / "x.npy"
        path.write_bytes(pickled)
        return numio.load(path, **named)

    return load


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_pickles_of_every_type_load_as_python_does(load, value, protocol):
    for one in value if isinstance(value, list) else [value]:
        pickled = pickle.dumps(one, protocol)
        same(load(pickled), pickle.loads(pickled))


@pytest.mark.parametrize("protocol", range(6))
def test_pickle_of_all_types_in_one_loads_as_python_does(load, protocol):
    everything = [VALUES, VALUES, list(VALUES.values())]
    pickled = pickle.dumps(everything, protocol)
    same(load(pickled), pickle.loads(pickled))


def numpys(name):
    """A file that lies beside NumPy's own tests."""
    path = pathlib.Path(np.__file__).parent / "lib" / "tests" / "data" / name
    return path if path.exists() else pytest.skip("this NumPy comes without its tests")


@pytest.mark.parametrize("name", ["py2-objarr.npy", "py2-np0-objarr.npy", "py3-objarr.npy"])
@pytest.mark.parametrize("encoding", ["latin1", "bytes"])
def test_files_of_python_2_load_as_numpy_does(name, encoding):
    same(numio.load(numpys(name), encoding=encoding), np.load(numpys(name), allow_pickle=True, encoding=encoding))


def test_python_2_needs_an_encoding():
    with pytest.raises(UnicodeError, match="pass the encoding 'latin1'"):
        numio.load(numpys("py2-objarr.npy"))
    with pytest.raises(pickle.UnpicklingError, match="pass the encoding 'latin1'"):
        numio.load(io.BytesIO(b"S'\\xe0'\n."))


PYTHON_2 = {
    "strs": b"(lp0\nS'caf\\xe9'\np1\naS'abc'\naU\x02\xff\x00ag1\na.",
    "datetime": b"cdatetime\ndatetime\n(S'\\x07\\xe4\\x01\\x02\\x03\\x04\\x05\\x00\\x00\\x06'\ntR.",
    "names": b"(c__builtin__\nset\n((lI1\natRc__builtin__\nunicode\nc__builtin__\nxrange\n(I0\nI5\nI1\ntRt.",
    "array": b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I2\ntcnumpy\ndtype\n"
    b"(S'i2'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nS'\\x01\\x00\\xff\\xff'\ntb.",
}


@pytest.mark.parametrize("pickled", PYTHON_2.values(), ids=PYTHON_2)
@pytest.mark.parametrize("encoding", ["latin1", "bytes"])
def test_pickles_of_python_2_load_as_python_does(load, pickled, encoding):
    same(load(pickled, encoding=encoding), pickle.loads(pickled, encoding=encoding))


def test_names_are_left_as_they_are_on_request(load):
    with pytest.raises(ImportError):
        load(PYTHON_2["names"], fix_imports=False)


@pytest.mark.parametrize("protocol", range(6))
def test_cycles_through_containers_are_closed(load, protocol):
    items = []
    both = (items, {"both": items})
    items.append(both)
    got = load(pickle.dumps(both, protocol))
    assert got[0][0] is got and got[1]["both"] is got[0]
    got = load(pickle.dumps(items, protocol))
    assert got[0][0] is got
    array = np.empty((2, 2), object)
    array[0, 1] = array[1, 0] = array
    got = load(pickle.dumps(array, protocol))
    assert got[0, 1] is got and got[1, 0] is got and got[0, 0] is None
    for make in (collections.OrderedDict, lambda: collections.defaultdict(list)):
        mapping = make()
        mapping["self"] = mapping
        got = load(pickle.dumps(mapping, protocol))
        assert got["self"] is got and type(got) is type(mapping)
    queue = collections.deque()
    queue.append(queue)
    got = load(pickle.dumps(queue, protocol))
    assert got[0] is got


@pytest.mark.parametrize("protocol", range(6))
def test_tuples_that_wait_for_each_other_are_refused(load, protocol):
    one, two, three = [], [], {}
    inner = (one, two)
    outer = (three, inner, one)
    one += [outer, inner, (inner, outer)]
    two += [(one, (outer, inner)), three]
    three.update(a=(two, inner), b=outer)
    for root in (one, two, three, inner, outer):
        got, wanted = [load(pickle.dumps([root, outer], protocol)), pickle.loads(pickle.dumps([root, outer], protocol))]
        outer_got = got[1]
        assert type(got[0]) is type(wanted[0])
        assert outer_got[2] is outer_got[1][0]
        assert outer_got[2][0] is outer_got and outer_got[2][1] is outer_got[1]
        assert outer_got[2][2][0] is outer_got[1] and outer_got[2][2][1] is outer_got
        assert outer_got[1][1][0][1][0] is outer_got and outer_got[1][1][1] is outer_got[0]
        assert outer_got[0]["b"] is outer_got and outer_got[0]["a"][1] is outer_got[1]


def test_objects_that_are_shared_stay_shared(load):
    name, items = "some name", [1]
    value = [{"name": name, "items": items} for _ in range(100)]
    got = load(pickle.dumps(value, 4))
    assert all(one["items"] is got[0]["items"] and one["name"] is got[0]["name"] for one in got)
    keys = [next(iter(one)) for one in got]
    assert all(key is keys[0] for key in keys)


def test_lists_nested_deep_load(load):
    depth = 1_000_000
    got = load(b"]" * depth + b"a" * (depth - 1) + b".")
    for _ in range(depth - 1):
        (got,) = got
    assert got == []
    got = load(b"(" * depth + b"t" * depth + b".")
    for _ in range(depth - 1):
        (got,) = got
    assert got == ()


def test_object_arrays_in_files_and_records_load(tmp_path):
    for array in VALUES["object arrays"] + [object_array([{"id": i, "v": [i, str(i)]} for i in range(5000)])]:
        np.save(tmp_path / "x.npy", array)
        same(numio.load(tmp_path / "x.npy"), np.load(tmp_path / "x.npy", allow_pickle=True))


def test_pickles_are_refused_where_they_are_not_allowed(tmp_path, load):
    np.save(tmp_path / "a.npy", object_array([1]))
    with pytest.raises(ValueError, match="object arrays cannot be loaded when allow_pickle=False"):
        numio.load(tmp_path / "a.npy", allow_pickle=False)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load(pickle.dumps([1]), allow_pickle=False)


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_collector_is_as_it_was_after_a_load(load, enabled):
    (gc.enable if enabled else gc.disable)()
    try:
        load(pickle.dumps([[1]] * 10))
        assert gc.isenabled() == enabled
        with pytest.raises(pickle.UnpicklingError):
            load(b"]\x8c\x02os\x8c\x06system\x93a.")
        with pytest.raises(pickle.UnpicklingError, match="unhashable"):
            load(b"\x8f(]\x90.")
        assert gc.isenabled() == enabled
    finally:
        gc.enable()


def test_threads_that_load_objects_get_their_own(tmp_path):
    array = object_array([{"id": i, "v": [i, str(i)]} for i in range(2000)])
    np.save(tmp_path / "x.npy", array)
    failed = []

    def work():
        try:
            for _ in range(10):
                same(numio.load(tmp_path / "x.npy"), array)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed and gc.isenabled()
