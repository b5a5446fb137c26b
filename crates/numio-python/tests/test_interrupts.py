"""Signals that come while numio works: their handlers run at once, and files are as they were."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import numio

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals")

# A signal comes while the call works. The call is made inside of `next`, a function in C, whose end the profile hook sees: it raised
# what the handler raised, or it returned, and the handler ran only then. A call that has ended before the signal came is made again
# with an earlier signal. Two seconds are left for a busy machine; an idle one takes less than 0.2.
PROGRAM = """
import functools, os, signal, sys, time
import numpy as np
import numio

class Stop(Exception):
    pass

signals = []

def stop(*_):
    signals.append(time.perf_counter())
    raise Stop if sys.argv[1] == "SIGALRM" else KeyboardInterrupt

signal.signal(getattr(signal, sys.argv[1]), stop)

def attempt(delay, call, args, kwargs):
    raised = []
    def profile(frame, event, function):
        if event == "c_exception" and signals:
            raised.append(function)

    calls = map(functools.partial.__call__, [functools.partial(call, *args, **kwargs)])
    signals.clear()
    parent, child = os.getpid(), 0
    if sys.argv[1] == "SIGINT":
        child = os.fork()
        if child == 0:
            time.sleep(delay)
            os.kill(parent, signal.SIGINT)
            os._exit(0)
    try:
        start = time.perf_counter()
        if sys.argv[1] == "SIGALRM":
            signal.setitimer(signal.ITIMER_REAL, delay)
        sys.setprofile(profile)
        next(calls)
        sys.setprofile(None)
        time.sleep(60)
    except (Stop, KeyboardInterrupt) as error:
        sys.setprofile(None)
        if child:
            os.waitpid(child, 0)
        return raised and (type(error).__name__, time.perf_counter() - start - delay)

def interrupted(call, *args, **kwargs):
    for delay in (0.3, 0.1, 0.05, 0.02, 0.01):
        heard = attempt(delay, call, args, kwargs)
        if heard:
            print(*heard)
            return
    print("ended before the handler ran")
"""


def check(code, signal_name, tmp_path, **environment):
    """Runs a program whose one long call is interrupted."""
    command = [sys.executable, "-c", PROGRAM + textwrap.dedent(code), signal_name]
    found = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert found.returncode == 0, found.stderr
    name, took = found.stdout.rsplit(maxsplit=1)
    assert name == {"SIGALRM": "Stop", "SIGINT": "KeyboardInterrupt"}[signal_name], found.stdout
    assert float(took) < 0.2 + 2, took


both = pytest.mark.parametrize("signal_name", ["SIGALRM", "SIGINT"])
threads = pytest.mark.parametrize("threads", ["1", "2"])


@both
@threads
@pytest.mark.parametrize(
    "code",
    [
        "interrupted(numio.savetxt, 'a.txt', np.broadcast_to(np.pi, (5_000_000, 4)))",
        "interrupted(numio.savetxt, 'a.txt.gz', np.broadcast_to(np.pi, (5_000_000, 4)))",
        "interrupted(numio.savez_compressed, 'a.npz', np.random.default_rng(0).standard_normal(20_000_000))",
        "interrupted(numio.savez, 'a.npz', **{str(i): np.broadcast_to(1.5, 20_000_000) for i in range(40)})",
        "interrupted(numio.write_npz, 'a.npz', {'a': np.arange(30_000_000)}, compression='zstd', level=19)",
    ],
)
def test_signal_while_writing_leaves_the_old_file(code, signal_name, threads, tmp_path):
    name = next(name for name in ("a.txt.gz", "a.txt", "a.npz", "a.npy") if repr(name) in code)
    (tmp_path / name).write_bytes(b"what was there")
    check(code, signal_name, tmp_path, NUMIO_NUM_THREADS=threads)
    assert os.listdir(tmp_path) == [name]
    assert (tmp_path / name).read_bytes() == b"what was there"


@both
def test_signal_among_many_short_saves_stops_them(signal_name, tmp_path):
    code = """
    import collections, itertools
    saves = map(numio.save, itertools.repeat('a.npy', 20_000), itertools.repeat(np.arange(3)))
    interrupted(collections.deque, saves, 0)
    """
    check(code, signal_name, tmp_path)
    assert np.load(tmp_path / "a.npy").tolist() == [0, 1, 2]
    assert os.listdir(tmp_path) == ["a.npy"]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Files that take long to read."""
    folder = tmp_path_factory.mktemp("inputs")
    rng = np.random.default_rng(0)
    with open(folder / "numbers.txt", "w") as file:
        block = "".join(f"{a:.17e} {b:.17e}\n" for a, b in rng.standard_normal((50_000, 2)))
        for _ in range(60):
            file.write(block)
    with open(folder / "words.csv", "w") as file:
        block = "".join(f"{a},word{a},{a / 7:.6f}\n" for a in range(50_000))
        for _ in range(40):
            file.write(block)
    np.savez_compressed(folder / "noise.npz", a=rng.standard_normal(12_000_000))
    for name, save in (("deflated", numio.savez_compressed), ("stored", numio.savez)):
        save(folder / f"{name}.npz", **{str(at): np.arange(at, at + 3) for at in range(60_000)})
    return folder


@both
@threads
@pytest.mark.parametrize(
    "code",
    [
        "interrupted(numio.loadtxt, FOLDER + '/numbers.txt')",
        "interrupted(numio.loadtxt, open(FOLDER + '/numbers.txt'))",
        "interrupted(numio.loadtxt, list(open(FOLDER + '/numbers.txt')))",
        "interrupted(numio.loadtxt, FOLDER + '/words.csv', delimiter=',', dtype='i8,U20,f8')",
        "interrupted(numio.genfromtxt, FOLDER + '/numbers.txt')",
        "interrupted(numio.genfromtxt, FOLDER + '/words.csv', delimiter=',', dtype=None, encoding='utf-8')",
        "interrupted(lambda: [numio.load(FOLDER + '/noise.npz')['a'] for _ in range(100)])",
        "interrupted(numio.fromregex, FOLDER + '/numbers.txt', r'(\\S+) (\\S+)', 'f8,f8')",
        # Short calls in a loop of C, in which no others look for signals.
        "interrupted(dict, numio.load(FOLDER + '/deflated.npz'))",
        "interrupted(dict, numio.load(FOLDER + '/stored.npz'))",
        "interrupted(dict, numio.load(FOLDER + '/stored.npz', mmap_mode='r'))",
    ],
)
def test_signal_while_reading_stops_it(code, signal_name, threads, inputs, tmp_path):
    check(code.replace("FOLDER", repr(str(inputs))), signal_name, tmp_path, NUMIO_NUM_THREADS=threads)


@both
@pytest.mark.parametrize(
    "code",
    [
        "data = np.array([{'k': i, 'v': [i]} for i in range(400_000)], dtype=object); interrupted(numio.save, 'a.npy', data)",
        "np.save('a.npy', np.array([{'k': i, 'v': [i, str(i)]} for i in range(400_000)], dtype=object));"
        "interrupted(lambda: [numio.load('a.npy') for _ in range(100)])",
    ],
)
def test_signal_while_objects_are_built_stops_it(code, signal_name, tmp_path):
    check(code, signal_name, tmp_path)


@both
@pytest.mark.parametrize(
    "code",
    [
        # Nobody opens the other end; somebody does and writes nothing; somebody writes a part.
        "os.mkfifo('p'); interrupted(numio.load, 'p')",
        "os.mkfifo('p'); other = os.open('p', os.O_RDWR); interrupted(numio.load, 'p')",
        "os.mkfifo('p'); other = os.open('p', os.O_RDWR); os.write(other, b'\\x93NUM'); interrupted(numio.load, 'p')",
        "os.mkfifo('p'); other = os.open('p', os.O_RDWR); os.write(other, b'1 2\\n3'); interrupted(numio.loadtxt, 'p')",
        "os.mkfifo('p'); interrupted(numio.genfromtxt, 'p')",
        "os.mkfifo('p'); interrupted(numio.save, 'p', np.arange(3))",
        "os.mkfifo('p'); other = os.open('p', os.O_RDWR); interrupted(numio.save, 'p', np.arange(1_000_000))",
        "os.mkfifo('p'); interrupted(numio.savez, 'p', np.arange(3))",
        "os.mkfifo('p'); interrupted(numio.NpzWriter, 'p')",
        "r, w = os.pipe(); interrupted(numio.load, open(r, 'rb'))",
        "r, w = os.pipe(); interrupted(numio.loadtxt, open(r))",
    ],
)
def test_signal_at_a_pipe_that_stays_open_stops_it(code, signal_name, tmp_path):
    check(code, signal_name, tmp_path)


def test_a_pipe_is_not_waited_for_where_it_will_not_do(tmp_path):
    """Nobody writes to it, so that a call that opened it as a file would never end."""
    code = """
    os.mkfifo("p.npz")
    for call in (
        numio.open, lambda path: numio.open(path, "r+"), lambda path: numio.load(path, mmap_mode="r"), numio.open_memmap,
        lambda path: numio.append(path, np.zeros(3)), lambda path: numio.load(path, mmap_mode="r+"), lambda path: numio.memmap(path),
    ):
        try:
            call("p.npz")
        except (OSError, ValueError) as error:
            assert "p.npz" in str(error), error
        else:
            raise AssertionError(call)
    # What is in the pipe is no array; it is not asked again.
    import threading
    for text, wanted in ((b"nonsense", ValueError), (b"cos\\nsystem\\n.", ValueError), (b"\\x93NUMPY", ValueError), (b"PK", ValueError)):
        threading.Thread(target=lambda: open("p.npz", "wb").write(text)).start()
        try:
            numio.load("p.npz")
        except wanted:
            pass
        else:
            raise AssertionError(text)
    """
    command = [sys.executable, "-c", "import os\nimport numpy as np\nimport numio\n" + textwrap.dedent(code)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=tmp_path)
    assert found.returncode == 0, found.stderr


def test_a_terminal_is_read_to_its_first_end_of_file(tmp_path):
    """As a program at a terminal reads until Ctrl-D."""
    import pty

    ours, its = pty.openpty()
    code = "import numpy, numio\nassert numio.loadtxt('/dev/stdin').tolist() == [[1, 2], [3, 4]]"
    with subprocess.Popen([sys.executable, "-c", code], stdin=its, cwd=tmp_path) as child:
        try:
            os.write(ours, b"1 2\n3 4\n\x04")
            assert child.wait(timeout=30) == 0
        finally:
            child.kill()
            os.close(ours)
            os.close(its)


def test_an_interrupt_in_a_converter_comes_out(inputs, tmp_path):
    code = f"interrupted(numio.loadtxt, {str(inputs / 'numbers.txt')!r}, converters={{0: lambda s: float(s)}})"
    check(code, "SIGINT", tmp_path)
    code = """
    open("a.txt", "w").write("1 2\\n" * 100)
    def convert(text):
        os.kill(os.getpid(), signal.SIGINT)
        return float(text)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        numio.loadtxt("a.txt", converters=convert)
    except KeyboardInterrupt:
        print("KeyboardInterrupt 0")
    """
    check(code, "SIGINT", tmp_path)


def test_a_handler_may_use_numio_and_go_on(tmp_path):
    program = PROGRAM + textwrap.dedent("""
    seen = []
    def handler(*_):
        numio.save("in.npy", np.arange(5))
        seen.append(numio.load("in.npy").sum())
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
    a = np.random.default_rng(0).standard_normal(4_000_000)
    numio.savez_compressed("a.npz", a=a)
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert seen and set(seen) == {10}, seen
    assert np.array_equal(np.load("a.npz")["a"], a)
    """)
    found = subprocess.run([sys.executable, "-c", program, "SIGALRM"], cwd=tmp_path, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    assert sorted(os.listdir(tmp_path)) == ["a.npz", "in.npy"]


def test_calls_in_other_threads_are_left_alone(tmp_path):
    program = PROGRAM + textwrap.dedent("""
    import threading
    a = np.random.default_rng(0).standard_normal(3_000_000)
    thread = threading.Thread(target=numio.savez_compressed, args=("a.npz", a))
    thread.start()
    interrupted(time.sleep, 10)
    thread.join()
    assert np.array_equal(np.load("a.npz")["arr_0"], a)
    """)
    found = subprocess.run([sys.executable, "-c", program, "SIGALRM"], cwd=tmp_path, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("Stop")
