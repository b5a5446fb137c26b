"""`trust`: names that a pickle may import and call, or the whole file."""

import io
import pickle
import re
import sys
import zipfile

import numpy as np
import pytest
import trusted

import numio


def objects():
    plain = trusted.Plain([1])
    slots, state, items, mapping = trusted.Slots(), trusted.State(), trusted.List([1, 2]), trusted.Dict(a=1)
    slots.a = 5
    state.x = "x"
    items.more, mapping.more = "more", [items]
    yield "Plain", plain, lambda got: got == plain
    yield "Plain", trusted.Plain(), lambda got: vars(got) == {"x": None}
    yield "Plain", trusted.Plain, lambda got: got is trusted.Plain
    yield "Plain.Inner", trusted.Plain.Inner(), lambda got: type(got) is trusted.Plain.Inner
    yield "Plain.Inner", trusted.Plain.Inner, lambda got: got is trusted.Plain.Inner
    name = "Plain.Inner.Innermost"
    yield name, trusted.Plain.Inner.Innermost("a"), lambda got: type(got) is trusted.Plain.Inner.Innermost
    yield "Slots", slots, lambda got: got.a == 5 and not hasattr(got, "b")
    yield "State", state, lambda got: got.state == ("kept", "x")
    yield "New", trusted.New(1, y=2), lambda got: got.args == (1, 2)
    yield "List", items, lambda got: got == [1, 2] and got.more == "more" and type(got) is trusted.List
    yield "Set", trusted.Set([1, 2]), lambda got: got == {1, 2} and type(got) is trusted.Set
    yield "Int", trusted.Int(5), lambda got: got == 5 and type(got) is trusted.Int
    yield "Colour", trusted.Colour.BLUE, lambda got: got is trusted.Colour.BLUE
    yield "Named", trusted.Named.ONE, lambda got: got is trusted.Named.ONE
    yield "Point", trusted.Point(1, [2]), lambda got: got == (1, [2]) and type(got) is trusted.Point
    yield "function", trusted.Reduced(1, 2), lambda got: got == ("called", 1, 2)
    array = np.arange(6).reshape(2, 3).view(trusted.Array)
    yield "Array", array, lambda got: type(got) is trusted.Array and np.array_equal(got, array)


CASES = [(name, value, check, protocol) for name, value, check in objects() for protocol in range(6)]


@pytest.fixture
def load(tmp_path):
    def load(pickled, **named):
        path = tmp_path / "x.pkl"
        path.write_bytes(pickled)
        return numio.load(path, **named)

    return load


@pytest.mark.parametrize(("name", "value", "check", "protocol"), CASES)
def test_trusted_names_are_made_as_python_makes_them(load, name, value, check, protocol):
    try:
        pickled = pickle.dumps([value, value], protocol)
    except (TypeError, ValueError, pickle.PicklingError):
        pytest.skip("Python does not write it in that protocol")
    if b"functools" in pickled:
        pytest.skip("what Python writes calls a partial, and for that trust=True is needed")
    for trust in ([f"trusted.{name}"], (f"trusted.{name}", "x.y"), True):
        got = load(pickled, trust=trust)
        assert check(got[0]) and got[0] is got[1]
    for trust in (False, [], ["trusted.Other", "trusted"], ["Plain"]):
        with pytest.raises(pickle.UnpicklingError, match=r"trusted\.|getattr"):
            load(pickled, trust=trust)


def test_trusted_objects_in_cycles_are_closed(load):
    plain = trusted.Plain()
    items, mapping = trusted.List(), trusted.Dict()
    plain.x = (plain, items, mapping)
    items += [plain, items]
    items.owner = plain
    mapping["self"] = mapping
    names = ["trusted.Plain", "trusted.List", "trusted.Dict"]
    # Before protocol 2 such a list would have to be complete before it is made.
    for protocol in range(2, 6):
        got = load(pickle.dumps(plain, protocol), trust=names)
        assert got.x[0] is got and got.x[1][0] is got and got.x[1][1] is got.x[1]
        assert got.x[1].owner is got and got.x[2]["self"] is got.x[2]


def test_trust_of_a_name_is_of_no_other(load):
    """A trusted class is no way to what hangs on it, nor to its module."""
    for pickled in (
        b"\x8c\x07trusted\x8c\x0ePlain.__init__\x93.",
        b"\x8c\x07trusted\x8c\x1aPlain.__init__.__globals__\x93.",
        b"\x8c\x07trusted\x8c\x02np\x93.",
        b"cbuiltins\ngetattr\n(ctrusted\nPlain\nV__init__\ntR.",
        b"cbuiltins\ngetattr\n(ctrusted\nPlain\nV__subclasses__\ntR.",
        b"cbuiltins\ngetattr\n(cos\nsystem\nV__call__\ntR.",
        b"cbuiltins\ngetattr\n.",
        b"ccopyreg\n__newobj__\n(cos\n_wrap_close\ntR.",
        b"ctrusted\nPlain\n)R}Vx\ncos\nsystem\nsb.",
    ):
        with pytest.raises(pickle.UnpicklingError):
            load(pickled, trust=["trusted.Plain"])


RAISING = [
    (b"ctrusted\nNew\n(I1\ntR.", "trusted.New", TypeError),
    (b"ctrusted\nMissing\n.", "trusted.Missing", AttributeError),
    (b"cno_such_module\nx\n.", "no_such_module.x", ModuleNotFoundError),
]


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize(("pickled", "name", "raised"), RAISING)
def test_what_trusted_code_raises_is_the_cause(load, pickled, name, raised, everything):
    """NumPy makes one exception of whatever befalls a file that is a pickle."""
    with pytest.raises(pickle.UnpicklingError, match="failed to interpret the file as a pickle") as info:
        load(pickled, trust=everything or [name])
    assert type(info.value.__cause__) is raised
    with pytest.raises(pickle.UnpicklingError) as numpys:
        np.load(io.BytesIO(pickled), allow_pickle=True)
    assert type(numpys.value.__cause__) is raised


@pytest.mark.parametrize("pickled", [b"cno_such_module\nx\n.", b"\x80\x02\x82\x01."])
@pytest.mark.parametrize("trust", [True, ["no_such_module.x"]])
def test_error_of_a_trusted_pickle_names_its_file(tmp_path, pickled, trust):
    path = tmp_path / "x.pkl"
    path.write_bytes(pickled)
    with open(path, "rb") as file:
        for source in (path, file):
            with pytest.raises(pickle.UnpicklingError, match=f"^{re.escape(str(path))}: "):
                numio.load(source, trust=trust)


@pytest.mark.parametrize("trust", [["no_such_module.x"], ()])
def test_error_of_an_object_names_file_and_member(tmp_path, trust):
    np.save(tmp_path / "x.npy", np.array([None], object))
    header = (tmp_path / "x.npy").read_bytes()[:128]
    (tmp_path / "x.npy").write_bytes(header + b"\x80\x02\x82\x01.")
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.write(tmp_path / "x.npy", "a.npy")
    with pytest.raises(pickle.UnpicklingError, match=f"^{re.escape(str(tmp_path / 'x.npy'))}: "):
        numio.load(tmp_path / "x.npy", trust=trust)
    with numio.load(tmp_path / "x.npz", trust=trust) as npz:
        for read in (lambda: npz["a"], npz.read_all):
            with pytest.raises(pickle.UnpicklingError, match=f"^{re.escape(str(tmp_path / 'x.npz'))}: member a"):
                read()


def test_what_trusted_code_raises_in_an_array_comes_out(tmp_path):
    np.save(tmp_path / "x.npy", np.array([trusted.Plain(1)], object))
    pickled = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "x.npy").write_bytes(pickled.replace(b"Plain", b"Plaid"))
    for load in (lambda path: numio.load(path, trust=True), lambda path: np.load(path, allow_pickle=True)):
        with pytest.raises(AttributeError, match="Plaid"):
            load(tmp_path / "x.npy")


def test_states_of_trusted_arrays_are_checked(load):
    """NumPy itself would make objects of these bytes."""
    function, args, state = np.arange(4).view(trusted.Array).__reduce__()
    for lie in ({2: np.dtype("O")}, {1: (1 << 40,)}, {4: b"short"}):
        parts = tuple(lie.get(index, part) for index, part in enumerate(state))
        reduced = type("Reduced", (), {"__reduce__": lambda self, parts=parts: (function, args, parts)})()
        with pytest.raises(pickle.UnpicklingError):
            load(pickle.dumps(reduced, 4), trust=["trusted.Array"])


def test_trusted_objects_in_object_arrays_load(tmp_path):
    array = np.array([trusted.Plain(1), None, trusted.Colour.RED], object)
    np.save(tmp_path / "x.npy", array)
    names = ["trusted.Plain", "trusted.Colour"]
    for trust in (names, True):
        got = numio.load(tmp_path / "x.npy", trust=trust)
        assert got.dtype == object and list(got) == list(array)
    with pytest.raises(pickle.UnpicklingError, match="trusted.Colour"):
        numio.load(tmp_path / "x.npy", trust=names[:1])


@pytest.mark.parametrize("trust", [5, "trusted.Plain", [5], {"a": 1}.items(), b"x"])
def test_trust_with_wrong_arguments_raises_type_error(load, trust):
    with pytest.raises(TypeError, match="trust must be a bool or a list of names"):
        load(b"N.", trust=trust)


def test_no_module_is_imported_for_a_name_that_is_not_trusted(load):
    sys.modules.pop("this", None)
    with pytest.raises(pickle.UnpicklingError):
        load(b"cthis\ns\n.")
    assert "this" not in sys.modules


@pytest.mark.parametrize("name", ["os\nsystem", "__builtin__\neval", "numpy\nsavetxt", "torch.utils.collect_env\nrun"])
def test_what_the_audit_calls_dangerous_is_not_advised_to_be_trusted(load, name):
    with pytest.raises(pickle.UnpicklingError) as raised:
        load(f"c{name}\n(tR.".encode())
    text = str(raised.value)
    assert "trust=" not in text and "numio audit" in text and name.split("\n")[1] in text


def test_names_do_not_steer_the_terminal(load):
    with pytest.raises(pickle.UnpicklingError) as raised:
        load("ca\x1b[31m\u202e\nb\n(tR.".encode())
    assert "a\\x1b[31m\\u202e.b" in str(raised.value)


def missing(load, pickled):
    with pytest.raises(numio.UntrustedError) as raised:
        load(pickled)
    return raised.value


@pytest.mark.parametrize("protocol", range(6))
def test_one_error_names_all_that_is_missing(load, protocol):
    values = [trusted.Plain(1), trusted.Plain.Inner(), trusted.Slots(), trusted.Colour.RED, trusted.Reduced(1), {"a": [trusted.Int(3)]}]
    try:
        pickled = pickle.dumps(values, protocol)
    except (TypeError, pickle.PicklingError):
        # Slots, before protocol 2.
        del values[2]
        pickled = pickle.dumps(values, protocol)
    raised = missing(load, pickled)
    assert {"trusted.Plain", "trusted.Plain.Inner", "trusted.function", "trusted.Int"} <= set(raised.names)
    assert f"trust={raised.names}" in str(raised) and "x.pkl: " in str(raised)
    got = load(pickled, trust=raised.names)
    assert got[0] == values[0] and type(got[1]) is trusted.Plain.Inner
    # Trusting some of them leaves the others.
    with pytest.raises(numio.UntrustedError) as rest:
        load(pickled, trust=raised.names[:1])
    assert rest.value.names == raised.names[1:]


@pytest.mark.skipif(int(np.__version__[0]) < 2, reason="compares with words and ways of NumPy 2")
def test_untrusted_error_says_where(load, tmp_path):
    pickled = pickle.dumps([1, trusted.Plain(), trusted.Colour.RED], 2)
    text = str(missing(load, pickled))
    for name in (b"Plain", b"Colour"):
        at = pickled.index(b"ctrusted\n" + name)
        assert f"'trusted.{name.decode()}' (byte {at})" in text
    np.savez(tmp_path / "x.npz", a=np.array([trusted.Plain()], object), b=np.arange(3))
    with numio.load(tmp_path / "x.npz") as npz:
        with pytest.raises(numio.UntrustedError) as raised:
            npz["a"]
        assert list(npz["b"]) == [0, 1, 2]
    text = str(raised.value)
    assert text.startswith(f"{tmp_path / 'x.npz'}: member a: ") and raised.value.names == ["trusted.Plain"]
    np.save(tmp_path / "x.npy", np.array([trusted.Plain()], object))
    whole = (tmp_path / "x.npy").read_bytes()
    with pytest.raises(numio.UntrustedError) as raised:
        numio.load(tmp_path / "x.npy")
    byte = int(str(raised.value).split("(byte ")[1].split(")")[0])
    assert 128 < byte < len(whole) and whole.find(b"trusted") < byte <= whole.find(b"trusted") + 20


def test_dangerous_names_are_named_beside_others_and_none_is_advised(load):
    raised = missing(load, b"(ctrusted\nPlain\n)Rcos\nsystem\nt.")
    assert raised.names == ["trusted.Plain", "os.system"]
    assert "trust=" not in str(raised) and "numio audit" in str(raised)


def test_calls_of_plain_types_load_once_they_are_trusted(load):
    for pickled, wanted in ((b"cbuiltins\nlist\n((I1\nI2\nttR.", [1, 2]), (b"cbuiltins\nint\n(V12\ntR.", 12)):
        raised = missing(load, pickled)
        assert load(pickled, trust=raised.names) == wanted


def test_trust_of_classes_themselves_loads_them(load):
    pickled = pickle.dumps([trusted.Plain(1), trusted.Plain.Inner(), trusted.Reduced(1)], 4)
    got = load(pickled, trust=[trusted.Plain, trusted.Plain.Inner, trusted.function])
    assert got[0] == trusted.Plain(1) and got[2] == ("called", 1)
    with pytest.raises(numio.UntrustedError):
        load(pickled, trust=[trusted.Plain])
    assert load(b"cbuiltins\nlist\n(tR.", trust=[list]) == []


@pytest.mark.parametrize("protocol", range(6))
def test_trust_of_a_package_loads_its_names(load, protocol):
    values = [trusted.Plain(1), trusted.Plain.Inner(), trusted.Colour.RED, trusted.Reduced(1)]
    pickled = pickle.dumps(values, protocol)
    got = load(pickled, trust=["trusted.*"])
    assert got[0] == values[0] and got[2] is trusted.Colour.RED
    for trust in (["trust.*"], ["trusted.Plain.*"], ["*"], [".*"], ["trusted*"]):
        with pytest.raises(numio.UntrustedError):
            load(pickled, trust=trust)


@pytest.mark.parametrize(
    "name",
    # What a module has only imported; what hides in it; what is known to be dangerous.
    ["trusted\nnp", "trusted\nnp.load", "trusted\nenum.sys", "trusted\ncollections.namedtuple", "trusted\nPlain.__init__",
     "trusted\nfunction.__globals__"],
)  # fmt: skip
def test_a_package_is_only_what_is_its_own(load, name):
    module, name = name.split("\n")
    pickled = f"\x80\x04\x8c{chr(len(module))}{module}\x8c{chr(len(name))}{name}\x93.".encode("latin1")
    with pytest.raises(numio.UntrustedError):
        load(pickled, trust=["trusted.*"])


def test_a_package_does_not_cover_what_is_dangerous(load):
    for name in ("numpy\nload", "numpy.testing._private.utils\nrunstring", "builtins\neval", "builtins\ngetattr"):
        with pytest.raises(numio.UntrustedError):
            load(f"c{name}\n(tR.".encode(), trust=["numpy.*", "builtins.*"])


def test_trust_in_the_registry_lasts_until_it_is_closed(load):
    pickled = pickle.dumps(trusted.Plain(1), 4)
    known = numio.trust("trusted.Plain")
    try:
        assert load(pickled) == trusted.Plain(1)
        assert load(pickled, trust=["x.y"]) == trusted.Plain(1)
        with pytest.raises(numio.UntrustedError):
            load(pickled, trust=False)
    finally:
        known.close()
    missing(load, pickled)
    for names in ([trusted.Plain], ["trusted.*"], [["trusted.Plain", "x.y"]], ["x.y", trusted.Plain]):
        with numio.trust(*names) as entered:
            assert load(pickled) == trusted.Plain(1)
            with entered:
                pass
            assert load(pickled) == trusted.Plain(1)
        missing(load, pickled)
    with pytest.raises(ZeroDivisionError), numio.trust(trusted.Plain):
        raise ZeroDivisionError
    missing(load, pickled)
    for wrong in (True, 5, None, b"x", [5]):
        with pytest.raises(TypeError, match="trust must be a bool or a list of names"):
            numio.trust(wrong)


def test_trust_in_a_block_is_for_its_own_thread(load):
    import threading

    pickled = pickle.dumps(trusted.Plain(1), 4)
    ended = []

    def work():
        try:
            load(pickled)
        except numio.UntrustedError:
            ended.append("refused")

    with numio.trust(trusted.Plain):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert ended == ["refused"]


def test_members_are_read_by_what_was_trusted_when_the_archive_was_opened(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.array([trusted.Plain(1)], object))
    with numio.trust("trusted.*"):
        npz = numio.load(tmp_path / "x.npz")
    assert npz["a"][0] == trusted.Plain(1)
    with pytest.raises(numio.UntrustedError):
        numio.load(tmp_path / "x.npz")["a"]


def test_patch_trusts_too(load, tmp_path):
    pickled = pickle.dumps(trusted.Plain(1), 4)
    (tmp_path / "y.pkl").write_bytes(pickled)
    with numio.patch(trust=["trusted.Plain"]):
        assert np.load(tmp_path / "y.pkl") == trusted.Plain(1)
        with numio.patch(), pytest.raises(numio.UntrustedError):
            np.load(tmp_path / "y.pkl", trust=False)
        assert np.load(tmp_path / "y.pkl") == trusted.Plain(1)
    missing(load, pickled)
    numio.patch(trust=[trusted.Plain])
    try:
        assert np.load(tmp_path / "y.pkl", allow_pickle=True) == trusted.Plain(1)
    finally:
        numio.unpatch()
    missing(load, pickled)
    for wrong in (True, "trusted.Plain", None, [5]):
        with pytest.raises(TypeError, match="trust must be"):
            numio.patch(trust=wrong)


def test_arrays_of_trusted_dtypes_load(load):
    """A name whose objects NumPy's functions make."""
    ml_dtypes = pytest.importorskip("ml_dtypes")
    array = np.array([1, 2.5], ml_dtypes.bfloat16)
    for protocol in range(6):
        for value in (array, array.view(trusted.Array), np.ma.array(array), array.dtype, array[0]):
            pickled = pickle.dumps(value, protocol)
            got = load(pickled, trust=["ml_dtypes.bfloat16", trusted.Array])
            assert type(got) is type(value) and repr(got) == repr(pickle.loads(pickled))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("enum", "bltns.eval"), ("numpy", "testing._private.utils.runstring"), ("numpy.ma.core", "np.testing._private.utils.runstring"),
        ("numpy", "ma.core.np.fromfile"), ("numpy._core", "records.fromfile"), ("random", "_os.system"), ("numpy", "_core.multiarray.fromfile"),
        ("xml", "etree.ElementTree.parse"), ("tokenize", "open"),
    ],
)  # fmt: skip
def test_a_package_does_not_mean_what_is_reached_through_its_modules(load, module, name):
    import xml.etree.ElementTree  # noqa: F401, as whoever parses anything does

    def text(one):
        return b"X" + len(one).to_bytes(4, "little") + one.encode()

    named = b"\x80\x04" + text(module) + text(name) + b"\x93"
    try:
        assert callable(pickle.loads(named + b"."))
    except (AttributeError, ImportError):
        pytest.skip("this Python or NumPy has no such name")
    for trust in ((), [f"{module}.*"], [f"{module.partition('.')[0]}.*"]):
        with pytest.raises(numio.UntrustedError, match=f"{name.rpartition('.')[2]}' \\(byte") as found:
            load(named + text("1 + 1") + b"\x85R.", trust=trust)
        assert "if you trust that name" not in str(found.value)
