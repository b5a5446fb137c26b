"""Other interpreters and threads: refused, or safe."""

import importlib
import sys
import textwrap

import pytest


def run_in_another(code):
    """Runs code in an interpreter of its own, and gives what it raised."""
    if sys.version_info >= (3, 14):
        interpreters = importlib.import_module("concurrent.interpreters")
        with pytest.raises(interpreters.ExecutionFailed) as raised:
            interpreters.create().exec(code)
        return str(raised.value)
    name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    interpreters = pytest.importorskip(name)
    made = interpreters.create()
    if sys.version_info >= (3, 13):
        return str(interpreters.exec(made, code))
    with pytest.raises(interpreters.RunFailedError) as raised:
        interpreters.run_string(made, code)
    return str(raised.value)


def test_another_interpreter_is_refused():
    import numio._numio  # noqa: F401

    code = textwrap.dedent(f"""
        import sys
        sys.path[:] = {sys.path!r}
        import numio._numio
        raise SystemError("imported")
    """)
    said = run_in_another(code)
    assert "ImportError" in said and "SystemError" not in said


@pytest.mark.skipif(not hasattr(sys, "_is_gil_enabled"), reason="this Python always has a lock")
def test_free_threading_is_declared():
    before = sys._is_gil_enabled()
    import numio._numio  # noqa: F401

    assert sys._is_gil_enabled() == before
