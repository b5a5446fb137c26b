"""The command from Python: ``python -m numio`` and the script ``numio``."""

import importlib.metadata
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest


def run(*arguments, **options):
    command = [sys.executable, "-m", "numio", *map(os.fspath, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)


def test_it_prints_what_numpy_prints(tmp_path):
    x = np.arange(6).reshape(2, 3)
    np.save(tmp_path / "x.npy", x)
    done = run("show", tmp_path / "x.npy")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{x}\n", "")


def test_version_names_numpy_and_threads():
    done = run("--version", env={**os.environ, "NUMIO_NUM_THREADS": "3"})
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and lines[0].startswith("numio ") and lines[1].startswith("library numio ")
    assert lines[2].startswith(f"NumPy {np.__version__}, ") and lines[3] == "3 threads"


def test_exit_codes(tmp_path):
    (tmp_path / "bad.npy").write_bytes(b"no array")
    for arguments, code in [(["info", "none.npy"], 1), (["show", "bad.npy"], 1), (["none"], 2), ([], 2), (["--help"], 0)]:
        done = run(*arguments, cwd=tmp_path)
        assert done.returncode == code, done
        assert bool(done.stderr) == bool(code)


def test_names_that_are_no_text(tmp_path):
    name = os.fsdecode(b"\xff.npy")
    np.save(tmp_path / "x.npy", np.arange(3))
    try:
        os.rename(tmp_path / "x.npy", tmp_path / name)
    except OSError:
        pytest.skip("the file system takes no such name")
    assert run("show", tmp_path / name).stdout == "[0 1 2]\n"


def test_pipes(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(3))
    with open(tmp_path / "x.npy", "rb") as file:
        assert run("show", "-", stdin=file).stdout == "[0 1 2]\n"
    done = run("convert", "--to", "csv", tmp_path / "x.npy", "-")
    assert done.stdout == "0\n1\n2\n"


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
def test_ctrl_c(tmp_path):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).random(4_000_000))
    before = sorted(os.listdir(tmp_path))
    command = [sys.executable, "-m", "numio", "convert", tmp_path / "x.npy", tmp_path / "x.csv.xz"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as child:
        time.sleep(1.5)
        child.send_signal(signal.SIGINT)
        start = time.monotonic()
        complaint = child.communicate(timeout=30)[1]
    assert (child.returncode, complaint) == (130, b"")
    assert time.monotonic() - start < 10
    assert sorted(os.listdir(tmp_path)) == before


def test_the_package_has_the_script():
    try:
        scripts = importlib.metadata.distribution("numio").entry_points
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("numio is not installed here, only on the path")
    (script,) = scripts.select(group="console_scripts", name="numio")
    assert script.load()
    program = os.path.join(os.path.dirname(sys.executable), "numio")
    done = subprocess.run([program, "-V"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("numio ")
