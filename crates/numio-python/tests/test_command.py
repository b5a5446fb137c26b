"""The command from Python: ``python -m numio`` and the script ``numio``."""

import importlib.metadata
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import numio


def run(*arguments, **options):
    command = [sys.executable, "-m", "numio", *map(os.fspath, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)


def test_show_of_arrays_prints_what_numpy_prints(tmp_path):
    x = np.arange(6).reshape(2, 3)
    np.save(tmp_path / "x.npy", x)
    done = run("show", tmp_path / "x.npy")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{x}\n", "")


def test_version_of_the_package_names_numpy_and_threads():
    done = run("--version", env={**os.environ, "NUMIO_NUM_THREADS": "3"})
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and lines[0].startswith("numio ") and lines[1].startswith("library numio ")
    assert lines[2].startswith("command, features: ") and "tables" not in lines[2]
    assert lines[3].startswith(f"NumPy {np.__version__}, ") and lines[4] == "3 threads"


def test_command_with_bad_input_has_the_commands_exit_codes(tmp_path):
    (tmp_path / "bad.npy").write_bytes(b"no array")
    for arguments, code in [(["info", "none.npy"], 1), (["show", "bad.npy"], 1), (["none"], 2), ([], 2), (["--help"], 0)]:
        done = run(*arguments, cwd=tmp_path)
        assert done.returncode == code, done
        assert bool(done.stderr) == bool(code)


def test_url_in_the_package_is_refused_with_advice(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(3))
    url = "s3://bucket/x.npy"
    for arguments in (["info", url], ["show", f"{url}[0]"], ["verify", url], ["convert", tmp_path / "x.npy", url]):
        done = run(*arguments)
        assert done.returncode == 1 and f"{url}: " in done.stdout + done.stderr
        assert "cargo install numio-cli" in done.stdout + done.stderr and "numio.open" in done.stdout + done.stderr
    assert "object-store" not in run("--version").stdout


def test_file_name_that_is_no_text_is_read(tmp_path):
    name = os.fsdecode(b"\xff.npy")
    np.save(tmp_path / "x.npy", np.arange(3))
    try:
        os.rename(tmp_path / "x.npy", tmp_path / name)
    except OSError:
        pytest.skip("the file system takes no such name")
    assert run("show", tmp_path / name).stdout == "[0 1 2]\n"


def test_command_in_a_pipe_reads_and_writes(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(3))
    with open(tmp_path / "x.npy", "rb") as file:
        assert run("show", "-", stdin=file).stdout == "[0 1 2]\n"
    done = run("convert", "--to", "csv", tmp_path / "x.npy", "-")
    assert done.stdout == "0\n1\n2\n"


def test_plot_of_an_array_draws_a_picture(tmp_path):
    images = pytest.importorskip("PIL.Image", reason="decodes the picture")
    np.save(tmp_path / "x.npy", np.eye(3))
    assert run("plot", "-o", tmp_path / "x.png", "--size", "400x300", tmp_path / "x.npy").returncode == 0
    with images.open(tmp_path / "x.png") as picture:
        assert picture.size == (400, 300)
    done = run("plot", tmp_path / "x.npy")
    assert done.returncode == 0 and "█" in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
def test_convert_at_ctrl_c_stops_and_leaves_no_file(tmp_path):
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


def test_convert_between_formats_keeps_the_arrays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arrays = {"a": np.arange(6, dtype=">i4").reshape(2, 3), "b": np.linspace(0, 1, 5)}
    np.savez("x.npz", **arrays)
    assert numio.convert("x.npz", tmp_path / "x.safetensors") is None
    numio.convert("x.safetensors", "y.npz", compress="deflate", level=9)
    with np.load("y.npz") as found:
        for name, array in arrays.items():
            assert np.array_equal(found[name], array)
    numio.convert("x.npz:b[1:]", "b.csv", fmt="%.2f", force=False)
    assert np.array_equal(np.loadtxt("b.csv"), arrays["b"][1:])
    (tmp_path / "t.dat").write_text("n;x;y\n1;2,5;3\n")
    numio.convert("t.dat", "t.npy", from_="csv", header=True, dtype="auto", delimiter=";", decimal=",", columns=["x", "n"], rename=None)
    assert np.load("t.npy").tolist() == [(2.5, 1)] and np.load("t.npy").dtype.names == ("x", "n")


def test_convert_takes_the_values_of_python(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("a,b,c\n1,x,2.5\n,,3\n")
    for options, wanted in [
        ({"dtype": "auto", "fill": {"a": -1, "b": "?"}}, np.array([(1, "x", 2.5), (-1, "?", 3)], "i8,U1,f8")),
        ({"dtype": [("a", "f4"), ("b", "U3"), ("c", "f8")], "fill": {"a": 0}}, np.array([(1, "x", 2.5), (0, "", 3)], "f4,U3,f8")),
        ({"dtype": "auto", "fill": {"a": 0}, "as_": {"c": np.float32, "a": int}, "rename": {"b": "d"}}, np.array([(1, "x", 2.5), (0, "", 3)], "i8,U1,f4")),
        ({"dtype": "auto", "columns": slice(1, None)}, np.array([("x", 2.5), ("", 3)], "U1,f8")),
        ({"dtype": float, "columns": slice(-1, None)}, np.array([2.5, 3])),
        ({"dtype": str, "columns": [0, 2]}, np.array([["1", "2.5"], ["", "3"]])),
    ]:
        numio.convert("t.csv", "t.npy", force=True, header=True, **options)
        found = np.load("t.npy")
        assert found.tolist() == wanted.tolist(), options
        assert [found.dtype[name] for name in found.dtype.names or ()] == [wanted.dtype[name] for name in wanted.dtype.names or ()]
    (tmp_path / "u.csv").write_text("a=b,n\n,\nx,1\ny,?\n")
    with pytest.warns(UserWarning, match="1 row") as notes:
        numio.convert("u.csv", "u.npy", header=True, dtype="U1,i8", skip_bad=True, fill={'"a=': "?", "n": 0}, rename={"a=b": '"a='})
    assert len(notes) == 1 and "line 4" in str(notes[0].message)
    assert np.load("u.npy").tolist() == [("?", 0), ("x", 1)] and np.load("u.npy").dtype.names == ('"a=', "n")
    with pytest.raises(ValueError, match="no steps"):
        numio.convert("t.csv", "u.npy", header=True, columns=slice(None, None, 2))
    with pytest.raises(TypeError):
        numio.convert("t.csv", "u.npy", header=True, dtype=object())


def test_convert_raises_what_the_command_says(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    np.save("c.npy", np.zeros(3, complex))
    np.save("x.npy", np.arange(3))
    (tmp_path / "bad.npy").write_bytes(b"no array")
    (tmp_path / "bad.safetensors").write_bytes(b"\xff" * 20)
    for source, target, options in [
        ("c.npy", "c.safetensors", {}),
        ("bad.npy", "c.csv", {}),
        ("bad.safetensors", "c.npz", {}),
        ("x.npy", "c.npy", {}),
        ("x.npy", "x.nothing", {}),
        ("x.npy", "x.csv", {"no_such": True}),
        ("x.npy", "x.csv", {"encoding": "utf-8"}),
        ("x.npy", "x.csv", {"level": "many"}),
    ]:
        with pytest.raises(ValueError) as raised:
            numio.convert(source, target, **options)
        arguments = [f"--{name.replace('_', '-')}" + ("" if value is True else f"={value}") for name, value in options.items()]
        done = run("convert", *arguments, source, target, cwd=tmp_path)
        assert done.returncode in (1, 2)
        assert str(raised.value) == done.stderr.splitlines()[0].removeprefix("numio: ").removeprefix("error: ")
    with pytest.raises(FileNotFoundError) as raised:
        numio.convert("none.npy", "y.npy")
    assert raised.value.filename == "none.npy"
    with pytest.raises(FileNotFoundError):
        numio.convert("x.npy", "none/y.npy")
    with pytest.raises(ValueError, match="works on files"):
        numio.convert("-", "y.npy", from_="npy")
    for source, target in [("x.npy", "x.parquet"), ("x.npy", "x.feather"), ("x.arrows", "x.csv")]:
        with pytest.raises(ValueError, match="no Arrow and no Parquet: .* in Python, pyarrow reads and writes them"):
            numio.convert(source, target)
    assert sorted(os.listdir()) == ["bad.npy", "bad.safetensors", "c.npy", "x.npy"]
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
def test_convert_at_a_signal_raises_what_the_handler_raised(tmp_path):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).random(4_000_000))

    class Woken(Exception):
        pass

    def wake(number, frame):
        raise Woken

    before = signal.signal(signal.SIGALRM, wake)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        start = time.monotonic()
        with pytest.raises(Woken):
            numio.convert(tmp_path / "x.npy", tmp_path / "x.csv.xz")
        assert time.monotonic() - start < 20
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert os.listdir(tmp_path) == ["x.npy"]


def test_installed_package_has_the_script():
    try:
        scripts = importlib.metadata.distribution("numio").entry_points
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("numio is not installed here, only on the path")
    (script,) = scripts.select(group="console_scripts", name="numio")
    assert script.load()
    program = os.path.join(os.path.dirname(sys.executable), "numio")
    done = subprocess.run([program, "-V"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("numio ")
