"""What says itself how NumPy's functions treat it: `__array_function__`, NEP 18."""

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
def test_numpys_function_asks(name, tmp_path, monkeypatch):
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


def test_others_are_saved_here(tmp_path):
    for array in (ARRAY.view(Sub), ARRAY.view(np.recarray), [1, 2], 3):
        numio.save(tmp_path / "a", array)
        numio.savez(tmp_path / "a", a=array)
        assert np.array_equal(np.load(tmp_path / "a.npy").squeeze(), np.squeeze(np.asarray(array)))


def test_without_pickles(tmp_path):
    array = np.array([None, {}]).view(Own)
    numio.savez(tmp_path / "a", a=array)
    assert np.load(tmp_path / "a.npz", allow_pickle=True)["a"].tolist() == [None, {}]
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
        with pytest.raises(ValueError, match="allow_pickle=False"):
            numio.savez(tmp_path / "b", a=array, allow_pickle=False)
