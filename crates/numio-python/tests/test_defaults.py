"""What calls without options give: NumPy's defaults, which are others before NumPy 2."""

import inspect
import io

import numpy as np
import pytest
from conftest import named, outcome, parity

import numio

TEXTS = {"letters": ["1 a", "2 b"], "beyond ASCII": ["1 é", "2 bc"], "names": ["x y", "1 a"]}
CALLS = [
    lambda module, text: module.genfromtxt(text, dtype=None),
    lambda module, text: module.genfromtxt(text, dtype=None, names=True),
    lambda module, text: module.genfromtxt(text, dtype=str),
    lambda module, text: module.genfromtxt(text, converters={1: lambda field: type(field) is bytes}),
    lambda module, text: module.loadtxt(text, dtype=str),
    lambda module, text: module.loadtxt(text, dtype="S"),
    lambda module, text: module.loadtxt(text, dtype=object).tolist(),
    lambda module, text: module.loadtxt(text, converters=lambda field: type(field) is bytes),
    lambda module, text: module.loadtxt(text, converters={0: float, 1: lambda field: len(field.decode("latin1"))}),
]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("call", CALLS, ids=map(str, range(len(CALLS))))
def test_encoding_that_is_not_given_is_numpys(name, call, tmp_path):
    text, path = "\n".join(TEXTS[name]), tmp_path / "text"
    path.write_text(text, encoding="utf-8")
    for source in (lambda: TEXTS[name], lambda: io.StringIO(text), lambda: io.BytesIO(text.encode("latin1")), lambda: path):
        theirs = outcome(call, np, source())
        parity(outcome(call, numio, source()), theirs)
        with numio.patch():
            parity(outcome(call, np, source()), theirs)


@pytest.mark.parametrize("name", ["loadtxt", "genfromtxt", "savetxt"])
def test_defaults_are_numpys(name):
    ours, theirs = inspect.signature(getattr(numio, name)), inspect.signature(getattr(np, name))
    found = {key: named(ours.parameters[key].default) for key in theirs.parameters}
    assert found == {key: named(parameter.default) for key, parameter in theirs.parameters.items()}


@pytest.mark.skipif(not hasattr(np, "recfromtxt"), reason="gone from NumPy 2")
def test_readers_of_records_under_a_patch_are_numpys():
    for name, text in (("recfromtxt", ["1 a", "2 b"]), ("recfromcsv", ["X,y", "1,a", "2,b"])):
        theirs = getattr(np, name)(text)
        with numio.patch():
            ours = getattr(np, name)(text)
        assert type(ours) is type(theirs) is np.recarray
        assert ours.dtype == theirs.dtype and ours.tolist() == theirs.tolist()
