#!/usr/bin/env python3
"""Builds the wheel and the source distribution, checks what they say of themselves, and installs the wheel in an empty environment of every
Python from 3.10 on that this machine has. `make wheels` runs it.

    scripts/wheels.py               build in target/wheels, and try
    scripts/wheels.py --try FOLDER  try the wheel that is in a folder

It needs maturin, twine and cffconvert (requirements-release.txt).
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
OLDEST = (3, 10)
TRIAL = """
import sys, numpy as np, numio
numio.save("a.npy", np.arange(6).reshape(2, 3))
assert np.load("a.npy").tolist() == numio.load("a.npy", mmap_mode="r").tolist() == [[0, 1, 2], [3, 4, 5]]
numio.savez_compressed("a.npz", x=np.zeros(1000))
assert not numio.open("a.npz")["x"][...].any()
print(f"CPython {sys.version.split()[0]}, NumPy {np.__version__}: numio {numio.__version__}")
"""


def run(*command, **options):
    """Runs a command, which must succeed."""
    done = subprocess.run([str(part) for part in command], check=False, capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def program(name):
    """A program that was installed next to this Python."""
    return shutil.which(name, path=str(Path(sys.executable).parent)) or name


def pythons():
    """One Python of each version that is found: on the path, and among those of pyenv."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    folders += sorted(Path.home().glob(".pyenv/versions/*/bin"))
    # Where GitHub's runners have theirs.
    folders += sorted(Path(os.environ.get("RUNNER_TOOL_CACHE", "/none")).glob("Python/*/*/bin"))
    folders += sorted(Path(os.environ.get("RUNNER_TOOL_CACHE", "/none")).glob("Python/*/x64"))
    candidates = [Path(sys.executable)]
    found = [path for folder in folders for path in [*folder.glob("python3.*"), *folder.glob("python.exe")]]
    candidates += [path for path in found if re.fullmatch(r"python(3\.\d+)?(\.exe)?", path.name)]
    say = "import sys, venv, ensurepip; print(*sys.version_info[:2], getattr(sys, '_is_gil_enabled', lambda: True)())"
    known = {}
    for path in candidates:
        done = subprocess.run([path, "-c", say], check=False, capture_output=True, text=True)
        if done.returncode == 0:
            major, minor, has_gil = done.stdout.split()
            version = (int(major), int(minor))
            # The stable ABI is not that of builds without the interpreter lock.
            if version >= OLDEST and has_gil == "True":
                known.setdefault(version, path)
    return known


def attempt(python, wheel, folder):
    """Installs the wheel in an empty environment, and uses it there."""
    run(python, "-m", "venv", folder / "venv")
    programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    run(programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", wheel)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    print(run(programs / "python", "-c", TRIAL, cwd=folder, env=environment), end="", flush=True)
    run(programs / "numio", "verify", "a.npy", "a.npz", cwd=folder, env=environment)
    run(programs / "python", "-m", "numio", "info", "a.npy", cwd=folder, env=environment)


def build(out):
    """Builds the wheel and the source distribution."""
    shutil.rmtree(out, ignore_errors=True)
    maturin = program("maturin")
    run(maturin, "build", "--profile", "dist", "--locked", "--out", out, cwd=ROOT)
    run(maturin, "sdist", "--out", out, cwd=ROOT)


def main():
    out = ROOT / "target/wheels"
    if sys.argv[1:2] == ["--try"]:
        out = Path(sys.argv[2]).resolve()
    else:
        build(out)
    (wheel,) = out.glob("numio-*.whl")
    print(run(sys.executable, "-m", "twine", "check", "--strict", *sorted(out.iterdir())), end="", flush=True)
    run(program("cffconvert"), "--validate", "--infile", ROOT / "CITATION.cff")
    print(f"{wheel.name}: {wheel.stat().st_size / 2**20:.1f} MiB", flush=True)
    for python in dict(sorted(pythons().items())).values():
        with tempfile.TemporaryDirectory() as folder:
            attempt(python, wheel, Path(folder))


if __name__ == "__main__":
    main()
