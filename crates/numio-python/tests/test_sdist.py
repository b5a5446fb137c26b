"""The source distribution: what is in it can be built, with the versions of dependencies that were tested."""

import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

import pytest

ROOT = pathlib.Path(__file__).parents[3]
MATURIN = shutil.which("maturin", path=str(pathlib.Path(sys.executable).parent))


def packages(lock):
    """Name, version and checksum of each package."""
    parts = lock.read_text().split("[[package]]")[1:]
    return {tuple(re.findall(r'^(?:name|version|checksum) = "(.*)"', part, re.MULTILINE)) for part in parts}


@pytest.mark.skipif(not MATURIN or not shutil.which("cargo"), reason="built by maturin and cargo")
def test_sdist_in_an_empty_environment_can_be_built(tmp_path):
    subprocess.run([MATURIN, "sdist", "--out", tmp_path], cwd=ROOT, check=True, capture_output=True)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        files.extractall(tmp_path)
    (unpacked,) = (path for path in tmp_path.iterdir() if path.is_dir())
    pinned = packages(unpacked / "Cargo.lock")
    assert pinned == packages(ROOT / "Cargo.lock")
    # As pip has maturin call it. The workspace has fewer members here, and so the lock file is brought up to date.
    locked = re.search(r"^locked = true", (unpacked / "pyproject.toml").read_text(), re.MULTILINE)
    command = ["cargo", "metadata", "--format-version=1", "--offline", *(["--locked"] if locked else [])]
    done = subprocess.run(command, cwd=unpacked / "crates/numio-python", check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert packages(unpacked / "Cargo.lock") <= pinned
