"""The examples in docstrings run."""

import doctest
import pathlib
import subprocess
import sys

import pytest

import numio


@pytest.mark.parametrize("name", numio.__all__)
def test_examples_in_docstrings_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    public = getattr(numio, name)
    assert public.__doc__
    finder = doctest.DocTestFinder(recurse=False)
    for test in finder.find(public, name, module=False):
        failed, _ = doctest.DocTestRunner().run(test)
        assert failed == 0


def test_stubs_have_the_docstrings_of_the_package():
    script = pathlib.Path(__file__).parents[3] / "scripts/stub_docstrings.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run scripts/stub_docstrings.py: {done.stdout}{done.stderr}"
