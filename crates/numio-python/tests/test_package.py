"""The package itself: what it says of itself, `patch`, doctests, threads, other interpreters."""

import inspect
import subprocess
import sys
import sysconfig

import numpy as np
import pytest

import numio


def test_names_of_the_package_are_there_and_documented():
    for name in numio.__all__:
        assert getattr(numio, name) is not None
        assert name.startswith("_") or getattr(numio, name).__doc__


def test_signatures_are_numpys():
    for name, other in (("savez", np.savez), ("savez_compressed", np.savez_compressed)):
        assert str(inspect.signature(getattr(numio, name))) == str(inspect.signature(other))
    for name, other in (("load", np.load), ("open_memmap", np.lib.format.open_memmap)):
        ours, theirs = inspect.signature(getattr(numio, name)).parameters, inspect.signature(other).parameters
        assert list(ours)[: len(theirs)] == list(theirs)
    # Programs read these, and set them.
    assert len(numio.load.__defaults__) == len(np.load.__defaults__)
    assert numio.load.__kwdefaults__ == np.load.__kwdefaults__
    assert repr(numio.load.__defaults__) == "(None, True, True, 'ASCII')"


def test_defaults_that_programs_set(tmp_path, monkeypatch):
    np.save(tmp_path / "a.npy", np.array([None, 1]), allow_pickle=True)
    np.save(tmp_path / "b.npy", np.arange(3))
    for module in (np, numio):
        monkeypatch.setattr(module.load, "__defaults__", (None, False, True, "ASCII"))
        with pytest.raises(ValueError):
            module.load(tmp_path / "a.npy")
        monkeypatch.setattr(module.load, "__defaults__", (None, True, True, "ASCII"))
        assert module.load(tmp_path / "a.npy").tolist() == [None, 1]
        monkeypatch.setattr(module.load, "__defaults__", (None, False, True, "ASCII"))
        monkeypatch.setattr(module.load, "__kwdefaults__", {"max_header_size": 10})
        with pytest.raises(ValueError):
            module.load(tmp_path / "b.npy")
        monkeypatch.setitem(module.load.__kwdefaults__, "max_header_size", 1000)
        assert module.load(tmp_path / "b.npy").tolist() == [0, 1, 2]
    with pytest.raises(TypeError, match="unexpected keyword argument 'truts'"):
        numio.load(tmp_path / "b.npy", truts=True)


def test_functions_of_the_package_import_nothing_late(tmp_path):
    # A handler that raises in the middle of a process's first call, wherever that is: no panic, and nothing else.
    np.save(tmp_path / "a.npy", np.arange(3))
    np.savez(tmp_path / "a.npz", a=np.arange(3))
    (tmp_path / "a.txt").write_text("1 2\n")
    code = (
        "import sys, builtins, numio, numpy as np\n"
        "from numpy.lib.npyio import NpzFile\n"
        "path, kind, skip = sys.argv[1], sys.argv[2], int(sys.argv[3])\n"
        "real, count = builtins.__import__, 0\n"
        "def interrupted(name, *rest):\n"
        "    global count\n"
        "    count += 1\n"
        "    if count > skip:\n"
        "        builtins.__import__ = real\n"
        "        raise KeyboardInterrupt\n"
        "    return real(name, *rest)\n"
        "call = compile(kind, 'call', 'eval')\n"
        "builtins.__import__ = interrupted\n"
        "try:\n"
        "    found = eval(call, {'numio': numio, 'path': path, 'open': open})\n"
        "    print('done')\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    calls = [
        ("a.npy", "numio.load(path)"), ("a.npy", "numio.load(open(path, 'rb'))"), ("a.npy", "numio.load(path, 'r')"),
        ("a.npz", "numio.load(path)['a']"), ("a.npz", "numio.load(open(path, 'rb'))['a']"), ("a.txt", "numio.loadtxt(path)"),
    ]  # fmt: skip
    for name, call in calls:
        for skip in range(3):
            done = subprocess.run(
                [sys.executable, "-c", code, tmp_path / name, call, str(skip)], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0 and done.stdout.strip() in ("done", "interrupted"), (call, skip, done.stderr)


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


def test_import_of_the_package_loads_nothing_else():
    code = (
        "import sys, numpy; before = set(sys.modules); import numio;"
        "print(*sorted(name for name in set(sys.modules) - before if not name.startswith('numio')))"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert set(out.split()) <= {"threading", "_weakrefset"}, out


def test_the_module_works_without_the_gil():
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        assert not sys._is_gil_enabled()
