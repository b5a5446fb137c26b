"""What the tests share: the same call on NumPy and on numio."""

import re
import warnings

import numpy as np
import pytest


def same(ours, theirs):
    """Whether two results of `load` are one to their user."""
    assert type(ours) is type(theirs)
    if not isinstance(theirs, np.ndarray):
        assert ours == theirs
        return
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
    assert ours.dtype.isalignedstruct == theirs.dtype.isalignedstruct
    assert ours.tobytes("A") == theirs.tobytes("A")
    for flag in ("C_CONTIGUOUS", "F_CONTIGUOUS", "WRITEABLE", "ALIGNED"):
        assert ours.flags[flag] == theirs.flags[flag], flag


def outcome(call, *args, **kwargs):
    """What a call gives: its result, or the exception it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return call(*args, **kwargs), None
        except Exception as error:
            return None, error


def parity(ours, theirs):
    """Equal results, or exceptions of which ours is caught by whoever catches NumPy's."""
    (found, raised), (wanted, expected) = ours, theirs
    if expected is None:
        assert raised is None, repr(raised)
        same(found, wanted)
    else:
        assert raised is not None, f"NumPy raises {expected!r}, numio gives {found!r}"
        assert isinstance(raised, type(expected)), f"NumPy raises {expected!r}, numio {raised!r}"


def named(value):
    """The name of a parameter: its text without addresses, so that all processes that share the tests know them by one name."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


@pytest.fixture
def arrays():
    """Some small arrays by name."""
    return {
        "x": np.arange(12.0).reshape(3, 4),
        "y": np.array(["one", "two"]),
        "z": np.asfortranarray(np.arange(6, dtype=">i2").reshape(2, 3)),
        "empty": np.zeros((0, 3)),
        "point": np.float32(2.5),
    }
