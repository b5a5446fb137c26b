"""NumPy's own tests of its files, as they are shipped with it, with numio's functions in NumPy's place."""

import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

HERE = pathlib.Path(__file__).parent
NUMPYS = pathlib.Path(np.__file__).parent / "lib" / "tests"


def exceptions():
    """The names of tests, with the reason why numio does not pass each."""
    lines = (HERE / "numpy_exceptions.txt").read_text().splitlines()
    pairs = (line.split("|") for line in lines if line and not line.startswith("#"))
    return {name.strip(): reason.strip() for name, reason in pairs}


@pytest.mark.parametrize("name", ["test_format.py", "test_io.py", "test_loadtxt.py"])
def test_numpys_own_tests_pass_with_numios_functions(name):
    if not (NUMPYS / name).exists():
        pytest.skip("this NumPy comes without its tests")
    known = exceptions()
    command = [
        sys.executable, "-m", "pytest", "-q", "-rfE", "-m", "not slow", "--no-header", "--tb=short", "-p", "numpy_patched", "-p", "no:cacheprovider",
        "--noconftest", "-c", os.devnull, "--rootdir", str(NUMPYS), "-W", "ignore::pytest.PytestUnknownMarkWarning",
        str(NUMPYS / name),
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, env=environment, check=False)
    assert re.search(r"\d+ passed", done.stdout), done.stdout[-3000:] + done.stderr[-3000:]
    failed = re.findall(r"^(?:FAILED|ERROR) \S*?::(\S+)", done.stdout, re.MULTILINE)
    surprises = [test for test in failed if test not in known]
    assert not surprises, "\n".join([*surprises, done.stdout[-6000:]])
    collected = (NUMPYS / name).read_text()
    mine = [test for test in known if f"def {test.split('::')[-1]}(" in collected]
    passed = [test for test in mine if test not in failed]
    assert not passed, f"they pass now, and need no exception: {passed}"
