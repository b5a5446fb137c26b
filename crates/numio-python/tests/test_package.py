"""The package itself: what it says of itself, `patch`, doctests, threads, other interpreters."""

import inspect
import subprocess
import sys
import sysconfig

import numpy as np
import pytest

import numio


def test_names():
    for name in numio.__all__:
        assert getattr(numio, name) is not None
        assert name.startswith("_") or getattr(numio, name).__doc__


def test_signatures_are_numpys():
    for name, other in (("savez", np.savez), ("savez_compressed", np.savez_compressed),
                        ("open_memmap", np.lib.format.open_memmap)):  # fmt: skip
        assert str(inspect.signature(getattr(numio, name))) == str(inspect.signature(other))
    ours, theirs = inspect.signature(numio.load).parameters, inspect.signature(np.load).parameters
    assert list(ours)[: len(theirs)] == list(theirs)


@pytest.mark.skipif(sys.version_info < (3, 12) and not hasattr(sys, "_is_gil_enabled"), reason="easier to make from 3.12 on")
def test_other_interpreters_are_refused():
    code = "import numio"
    program = f"""
import numio
try:
    import _interpreters as interpreters
    made = interpreters.create('legacy')
    failed = interpreters.exec(made, {code!r})
except ImportError:
    import _xxsubinterpreters as interpreters
    made = interpreters.create(isolated=False)
    try:
        failed = interpreters.run_string(made, {code!r})
    except Exception as error:
        failed = error
assert 'ImportError' in str(failed) or 'does not support' in str(failed), failed
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_import_is_light():
    code = (
        "import sys, numpy; before = set(sys.modules); import numio;"
        "print(*sorted(name for name in set(sys.modules) - before if not name.startswith('numio')))"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert set(out.split()) <= {"threading", "_weakrefset"}, out


def test_the_module_works_without_the_gil():
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        assert not sys._is_gil_enabled()
