"""What a call on a small file takes: its system calls, which are most of its time."""

import os
import re
import shutil
import subprocess
import sys
import threading

import numpy as np
import pytest

import numio

WARM = 3

CALLS = {
    "numio.load('a.npy')": "openat statx pread64 close",
    "numio.load(directory / 'a.npy')": "openat statx pread64 close",
    "numio.load(io.BytesIO(data))": "",
    "numio.load('a.npy', mmap_mode='r')": "statx openat statx pread64 newfstatat fcntl mmap close close munmap",
    "numio.open_memmap('a.npy', 'r')": "openat statx pread64 newfstatat fcntl mmap close close munmap",
    "numio.load('z.npz')['a']": "openat statx pread64 pread64 close",
}


def traces():
    strace = shutil.which("strace")
    return bool(strace) and subprocess.run([strace, "-q", "-o", "/dev/null", "true"], check=False).returncode == 0


@pytest.mark.skipif(not traces(), reason="strace is not there, or may not trace")
@pytest.mark.parametrize("call", CALLS)
def test_calls_on_small_files_take_few_system_calls(call, tmp_path):
    np.save(tmp_path / "a.npy", np.arange(10.0))
    np.savez(tmp_path / "z.npz", a=np.arange(10.0))
    program = f"""
import io, os, pathlib, numio
directory = pathlib.Path({str(tmp_path)!r})
os.chdir(directory)
data = (directory / "a.npy").read_bytes()
for _ in range({WARM}): {call}
os.path.exists("/begin")
{call}
os.path.exists("/end")
"""
    log = tmp_path / "log"
    subprocess.run(["strace", "-o", log, sys.executable, "-c", program], check=True)
    inside = re.search(r'"/begin".*?\n(.*?)[^\n]*"/end"', log.read_text(), re.DOTALL)[1]
    calls = re.findall(r"^(\w+)\(", inside, re.MULTILINE)
    # A relative path is made whole by Python for a map, and by the library for an archive that may be pickled.
    assert [name for name in calls if name != "getcwd"] == CALLS[call].split()


@pytest.mark.parametrize(
    "path", ["a.npy", "./a.npy", "{}/a.npy", "{}//a.npy", "/{}/a.npy", "{}/./a.npy", "{}/d/../a.npy", "{}/d/..//a.npy"]
)
def test_maps_have_the_file_name_that_numpys_have(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d").mkdir()
    np.save("a.npy", np.arange(3))
    path = path.format(tmp_path)
    for given in (path, os.fsencode(path)):
        wanted = np.memmap(given, np.int64, "r", 128).filename
        assert numio.load(given, mmap_mode="r").filename == wanted
        assert numio.open_memmap(given, "r").filename == wanted


def test_a_map_is_closed_by_a_thread_that_runs_nothing_else(tmp_path):
    numio.save(tmp_path / "a.npy", np.arange(3))
    array = numio.load(tmp_path / "a.npy", mmap_mode="r+")
    ended = []

    def hook(raised):
        ended.append(raised.exc_type)

    before, threading.excepthook = threading.excepthook, hook
    try:
        thread = threading.Thread(target=numio.close, args=(array,))
        thread.start()
        thread.join()
    finally:
        threading.excepthook = before
    assert ended == [] and array.size == 0


def test_a_pass_through_an_archive_reads_ahead_in_the_process_that_makes_it(tmp_path):
    members = {str(at): np.full(100_000, at) for at in range(8)}
    np.savez_compressed(tmp_path / "z.npz", **members)
    with numio.load(tmp_path / "z.npz") as npz:
        assert npz["3"][0] == 3
        child = os.fork()
        if child == 0:
            same = all((npz[name] == member).all() for name, member in members.items())
            os._exit(0 if same else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        for name, member in members.items():
            np.testing.assert_array_equal(npz[name], member)
        # The threads that read ahead are the parent's now.
        child = os.fork()
        if child == 0:
            same = all((npz[name] == member).all() for name, member in members.items())
            os._exit(0 if same else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
