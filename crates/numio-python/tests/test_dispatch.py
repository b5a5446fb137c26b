"""What says itself how NumPy's functions treat it: `__array_function__`, NEP 18."""

import copy
import inspect
import io
import pickle

import numpy as np
import pytest

import numio

ARRAY = np.arange(3)


class Duck:
    """Notes what it is asked."""

    def __init__(self):
        self.asked = []

    def __array_function__(self, function, types, args, kwargs):
        self.asked.append((function, args, kwargs))

    def __array__(self, *args, **kwargs):
        raise AssertionError("it was made an array")


class Sub(np.ndarray):
    """NumPy's way, by name: no way of its own."""


class Own(np.ndarray):
    """A way of its own, which is NumPy's."""

    def __array_function__(self, function, types, args, kwargs):
        return super().__array_function__(function, types, args, kwargs)


CALLS = {
    "save": lambda save, duck: save("file", duck),
    "save, with pickles or without": lambda save, duck: save("file", duck, allow_pickle=False),
    "savez": lambda savez, duck: savez("file", ARRAY, duck),
    "savez, by name": lambda savez, duck: savez("file", ARRAY, a=ARRAY, b=duck),
    "savez_compressed": lambda savez, duck: savez("file", a=duck),
    "savetxt": lambda savetxt, duck: savetxt("file", duck),
}


@pytest.mark.parametrize("name", CALLS)
def test_patched_function_asks_as_numpys_does(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    function = name.split(",")[0]
    ours, theirs = Duck(), Duck()
    original = getattr(np, function)
    with numio.patch():
        CALLS[name](getattr(np, function), ours)
    CALLS[name](original, theirs)
    (asked, args, kwargs), (wanted, wanted_args, wanted_kwargs) = *ours.asked, *theirs.asked
    # By the function under which it knows how: that of NumPy.
    assert asked is wanted is original
    assert len(args) + len(kwargs) >= len(wanted_args) + len(wanted_kwargs)
    assert list(tmp_path.iterdir()) == []


def test_subclass_without_dispatch_is_saved_by_numio(tmp_path):
    for array in (ARRAY.view(Sub), ARRAY.view(np.recarray), [1, 2], 3):
        numio.save(tmp_path / "a", array)
        numio.savez(tmp_path / "a", a=array)
        assert np.array_equal(np.load(tmp_path / "a.npy").squeeze(), np.squeeze(np.asarray(array)))


def test_subclass_of_objects_without_pickles_is_refused(tmp_path):
    array = np.array([None, {}]).view(Own)
    numio.savez(tmp_path / "a", a=array)
    assert np.load(tmp_path / "a.npz", allow_pickle=True)["a"].tolist() == [None, {}]
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
        with pytest.raises(ValueError, match="allow_pickle=False"):
            numio.savez(tmp_path / "b", a=array, allow_pickle=False)


class Tabled(np.ndarray):
    """Knows functions by a table, as astropy, unyt and pint do."""

    table: dict = {}

    def __array_function__(self, function, types, args, kwargs):
        if function in self.table:
            return self.table[function](*args, **kwargs)
        return super().__array_function__(function, types, args, kwargs)


NAMES = ["save", "savez", "savez_compressed", "savetxt", "loadtxt", "genfromtxt"]


def found_in_tables(tmp_path):
    """What each function answers an array of the table's kind."""
    array, text, file = np.arange(3.0).view(Tabled), io.StringIO("1 2\n"), tmp_path / "out"
    calls = {name: (file, array) for name in NAMES[:4]}
    found = {name: getattr(np, name)(*args) for name, args in calls.items()}
    for name in NAMES[4:]:
        found[name] = getattr(np, name)(text, like=array)
    return found


@pytest.mark.parametrize("built", ["before", "after"])
@pytest.mark.parametrize("patched", [False, True])
def test_tables_that_libraries_build(built, patched, tmp_path, monkeypatch):
    if patched and built == "after":
        numio.patch()
    monkeypatch.setattr(Tabled, "table", {getattr(np, name): lambda *_, name=name, **__: name for name in NAMES})
    assert len(Tabled.table) == len(NAMES)
    try:
        if patched:
            numio.patch()
        assert found_in_tables(tmp_path) == {name: name for name in NAMES}
    finally:
        numio.unpatch()
    # A table that was built under a patch holds when it is gone.
    assert found_in_tables(tmp_path) == {name: name for name in NAMES}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_functions_are_like_numpys(name):
    ours, theirs = getattr(numio, name), getattr(np, name)
    assert ours == theirs and theirs == ours and hash(ours) == hash(theirs) and not ours != theirs
    assert ours is not theirs and ours != np.load and {theirs: 1}[ours] == {ours: 1}[theirs] == 1
    assert ours.__name__ == theirs.__name__ and ours.__module__ == "numio" and ours.__doc__
    assert pickle.loads(pickle.dumps(ours)) is ours and copy.deepcopy(ours) is ours
    assert callable(ours._implementation)
    parameters = inspect.signature(ours).parameters
    assert [*parameters][:2] == [*inspect.signature(theirs).parameters][:2]
    bound = type("Class", (), {"function": ours})().function
    assert bound.__func__ is ours


def test_implementation_of_a_function_asks_nobody(tmp_path):
    duck = np.arange(3.0).view(Tabled)
    numio.save._implementation(tmp_path / "a.npy", duck)
    assert np.load(tmp_path / "a.npy").tolist() == [0, 1, 2]


@pytest.mark.parametrize("name", ["loadtxt", "genfromtxt"])
def test_functions_of_python_have_what_those_have(name):
    ours, theirs = getattr(numio, name), getattr(np, name)
    assert ours.__code__.co_name == theirs.__code__.co_name == name
    assert len(ours.__defaults__) == len(theirs.__defaults__)
    assert theirs.__kwdefaults__.keys() <= ours.__kwdefaults__.keys()
    assert ours.__annotations__ == theirs.__annotations__ == {}
    assert inspect.getsource(ours).startswith(f"def {name}(") and type(ours.__globals__) is dict
