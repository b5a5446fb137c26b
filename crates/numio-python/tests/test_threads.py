"""How many threads numio starts, counted in processes of their own."""

import os
import subprocess
import sys
import textwrap

import pytest

import numio

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts the threads that Linux lists")

CALLS = """
import os, sys
import numpy as np
import numio

def started():
    return len(os.listdir("/proc/self/task")) - before

def work():
    a = np.arange(700_000, dtype="f8")
    numio.save("a.npy", a)
    assert np.array_equal(numio.load("a.npy"), a)
    numio.savez_compressed("a.npz", a=a)
    assert np.array_equal(numio.load("a.npz")["a"], a)
    np.savez_compressed("theirs.npz", a=a * 2.5 % 1000)
    assert np.array_equal(numio.load("theirs.npz")["a"], a * 2.5 % 1000)
    numio.savetxt("a.txt", a[:30_000])
    assert np.array_equal(numio.loadtxt("a.txt"), a[:30_000])
    assert np.array_equal(numio.genfromtxt("a.txt"), a[:30_000])
    assert numio.genfromtxt("a.txt", dtype=None).shape == (30_000,)
    numio.savetxt("a.txt.gz", a[:30_000])
    assert np.array_equal(numio.loadtxt("a.txt.gz"), a[:30_000])

before = len(os.listdir("/proc/self/task"))
"""


def run(code, tmp_path, **environment):
    """What a program prints that starts with `CALLS`."""
    program = CALLS + textwrap.dedent(code)
    environment = {**os.environ, **environment}
    command = [sys.executable, "-c", program]
    found = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.split()


def test_one_thread_starts_none(tmp_path):
    for code in [
        "numio.set_num_threads(1); work(); print(started())",
        "with numio.threads(1): work()\nprint(started())",
    ]:
        assert run(code, tmp_path) == ["0"]
    assert run("work(); print(started())", tmp_path, NUMIO_NUM_THREADS="1") == ["0"]


@pytest.mark.parametrize("count", [2, 3, 5])
def test_the_number_set_is_the_most_that_work(count, tmp_path):
    wanted = [str(count - 1)]
    assert run(f"numio.set_num_threads({count}); work(); print(started())", tmp_path) == wanted
    assert run(f"with numio.threads({count}): work()\nprint(started())", tmp_path) == wanted
    assert run("work(); print(started())", tmp_path, NUMIO_NUM_THREADS=str(count)) == wanted


def test_affinity_bounds_the_default(tmp_path):
    code = """
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    import time; time.sleep(0.2)
    work(); print(started(), numio.get_num_threads())
    """
    assert run(code, tmp_path) == ["0", "1"]


def test_a_daemonic_worker_works_alone(tmp_path):
    code = """
    import multiprocessing

    def worker(_):
        alone = numio.get_num_threads()
        work()
        # What the worker itself sets counts.
        numio.set_num_threads(2)
        return alone, len(os.listdir("/proc/self/task")), numio.get_num_threads()

    numio.set_num_threads(3)
    work()
    with multiprocessing.get_context("fork").Pool(1) as pool:
        print(*pool.map(worker, [0])[0])
    """
    assert run(code, tmp_path)[0] == "1"
    assert run(code, tmp_path)[2] == "2"


def test_forked_processes_have_threads_of_their_own(tmp_path):
    code = """
    numio.set_num_threads(3)
    work()
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            work()
            # The main thread, and two that help.
            os._exit(len(os.listdir("/proc/self/task")))
        children.append(child)
        # One after the other: they write the same files.
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    work()
    # Others may have ended theirs where they saw the fork.
    names = [open(f"/proc/self/task/{task}/comm").read() for task in os.listdir("/proc/self/task")]
    print(sum(name.startswith("numio") for name in names))
    """
    assert run(code, tmp_path) == ["3", "3", "2"]


def test_a_process_forked_before_and_while_others_work_goes_on(tmp_path):
    code = """
    import threading
    stop = False

    def busy(name):
        while not stop:
            numio.savez_compressed(f"{name}.npz", a=np.arange(100_000))

    threads = [threading.Thread(target=busy, args=(name,)) for name in "xyz"]
    for thread in threads:
        thread.start()
    for _ in range(4):
        child = os.fork()
        if child == 0:
            try:
                work()
            finally:
                os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    stop = True
    for thread in threads:
        thread.join()
    print("done")
    """
    assert run(code, tmp_path) == ["done"]


def test_calls_from_many_threads_share_the_helpers(tmp_path):
    code = """
    from concurrent.futures import ThreadPoolExecutor

    def one(index):
        a = np.arange(700_000) + index
        numio.save(f"{index}.npy", a)
        return np.array_equal(numio.load(f"{index}.npy"), a)

    numio.set_num_threads(3)
    with ThreadPoolExecutor(6) as pool:
        before += 6
        assert all(pool.map(one, range(12)))
        print(started() <= 2)
    """
    assert run(code, tmp_path) == ["True"]


def test_the_context_manager_ends_and_nests():
    outside = numio.get_num_threads()
    with numio.threads(3) as context:
        assert numio.get_num_threads() == 3
        with context, numio.threads(1):
            assert numio.get_num_threads() == 1
        assert numio.get_num_threads() == 3
        with numio.threads(None):
            assert numio.get_num_threads() == outside
    assert numio.get_num_threads() == outside
    assert repr(context) == "numio.threads(3)"


@pytest.mark.parametrize("bad", [0, -1, -(10**30)])
def test_numbers_that_are_none_are_refused(bad):
    for call in (numio.threads, numio.set_num_threads):
        with pytest.raises((ValueError, OverflowError)):
            call(bad)
    with pytest.raises(TypeError):
        numio.set_num_threads("two")
