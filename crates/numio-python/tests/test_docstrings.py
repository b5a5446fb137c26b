"""The examples in docstrings run."""

import doctest

import pytest

import numio


@pytest.mark.parametrize("name", numio.__all__)
def test_examples(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    public = getattr(numio, name)
    assert public.__doc__
    finder = doctest.DocTestFinder(recurse=False)
    for test in finder.find(public, name, module=False):
        failed, _ = doctest.DocTestRunner().run(test)
        assert failed == 0
