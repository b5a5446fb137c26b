"""Types keys into `numio view` in a pseudo-terminal, and compares the screen with NumPy.

Arguments: the command, and a folder to write to. Without the package `pyte`, which keeps the screen, only the ways in which it ends are tried.
"""

import atexit
import fcntl
import os
import pickle
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import numpy as np

try:
    import pyte
except ImportError:
    pyte = None

NUMIO, FOLDER = sys.argv[1], Path(sys.argv[2])
os.chdir(FOLDER)
PATIENCE = 60


class Terminal:
    """A child in a terminal of its own, and the screen that it paints."""

    def __init__(self, *arguments, size=(24, 80), stdin=None, leads=True, program=NUMIO):
        self.master, slave = pty.openpty()
        self.slave = slave
        self.resize(*size, tell=False)
        self.before = termios.tcgetattr(slave)
        environment = {**os.environ, "TERM": "xterm-256color"}
        environment.pop("COLUMNS", None)

        def lead():
            os.setsid()
            if leads:
                fcntl.ioctl(1, termios.TIOCSCTTY, 0)

        self.child = subprocess.Popen([program, *map(str, arguments)], stdin=slave if stdin is None else stdin, stdout=slave,
                                      stderr=slave, env=environment, preexec_fn=lead)  # fmt: skip
        atexit.register(self.child.kill)
        self.output = b""
        self.screen = pyte and pyte.Screen(size[1], size[0])
        self.stream = pyte and pyte.ByteStream(self.screen)

    def resize(self, rows, columns, tell=True):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            self.screen.resize(rows, columns)
            os.kill(self.child.pid, signal.SIGWINCH)

    def read(self, seconds=0.05):
        while select.select([self.master], [], [], seconds)[0]:
            try:
                data = os.read(self.master, 1 << 16)
            except OSError:
                return
            if not data:
                return
            self.output += data
            if pyte:
                self.stream.feed(data)

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def until(self, *texts):
        """Waits until all of these are on the screen."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.read()
            shown = "\n".join(self.lines()) if pyte else self.output.decode(errors="replace")
            if all(text in shown for text in texts):
                return self.lines() if pyte else []
            assert self.child.poll() is None, self.output
        raise AssertionError((texts, self.lines() if pyte else self.output))

    def type(self, keys, *texts):
        os.write(self.master, keys.encode())
        return self.until(*texts) if texts else self.read()

    def end(self, code):
        end = time.monotonic() + PATIENCE
        while self.child.poll() is None and time.monotonic() < end:
            self.read()
        self.read()
        assert self.child.wait(1) == code, (self.child.returncode, self.output[-500:])
        # The alternate screen is left, the cursor shown, and lines are edited by the terminal again.
        assert self.output.rindex(b"\x1b[?1049l") > self.output.rindex(b"\x1b[?1049h")
        assert self.output.rindex(b"\x1b[?25h") > self.output.rindex(b"\x1b[?25l")
        assert termios.tcgetattr(self.slave) == self.before
        os.close(self.master)
        os.close(self.slave)


UP, DOWN, RIGHT, LEFT, PGDN, PGUP, HOME, END = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[6~", "\x1b[5~", "\x1b[H", "\x1b[F"


def grid(lines, shape, text, top=0, left=0, minimum=(2, 2)):
    """Checks the labels and cells of the grid, as many as there are, with `text(row, column)`."""
    labels = [int(label) for label in lines[1].split()]
    assert labels == list(range(left, left + len(labels))), lines
    rows = [line.split() for line in lines[2:-2] if line]
    assert len(rows) >= minimum[0] and len(labels) >= minimum[1], lines
    for number, row in enumerate(rows, top):
        assert row == [str(number), *(text(number, column) for column in labels)], (number, row, lines)
    assert rows[-1][0] == str(min(top + len(lines) - 4, shape[0]) - 1)
    return labels


random = np.random.default_rng(9)
x = random.normal(size=(100, 40)).round(3)
x[77, 33] = np.nan
np.save("x.npy", x)

# The ways in which it ends.
for keys, code in (("q", 0), ("\x03", 130)):
    terminal = Terminal("view", "x.npy")
    terminal.until("x.npy")
    terminal.type(keys)
    terminal.end(code)
for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)):
    terminal = Terminal("view", "x.npy")
    terminal.until("x.npy")
    terminal.child.send_signal(number)
    terminal.end(code)

# A terminal that goes away takes it along, whether it is the controlling one or not.
for leads in (True, False):
    terminal = Terminal("view", "x.npy", leads=leads)
    terminal.until("x.npy")
    os.close(terminal.slave)
    os.close(terminal.master)
    start = time.monotonic()
    assert terminal.child.wait(PATIENCE) == 129
    assert time.monotonic() - start < 5

if not pyte:
    sys.exit()

# A grid, moves, and sizes.
terminal = Terminal("view", "x.npy")
lines = terminal.until("x.npy: float64 (100, 40)", "[0, 0] = ")
grid(lines, x.shape, lambda row, column: str(x[row, column]))
lines = terminal.type(DOWN * 3 + RIGHT * 2, f"[3, 2] = {x[3, 2]}")
lines = terminal.type(UP + LEFT, f"[2, 1] = {x[2, 1]}")
lines = terminal.type(PGDN, f"[22, 1] = {x[22, 1]}")
grid(lines, x.shape, lambda row, column: str(x[row, column]), top=20)
lines = terminal.type("G" + END, f"[99, 39] = {x[99, 39]}")
left = int(lines[1].split()[0])
assert grid(lines, x.shape, lambda row, column: str(x[row, column]), top=80, left=left)[-1] == 39
terminal.type("g" + HOME, "[0, 0] = ")
terminal.type("jjlk", f"[1, 1] = {x[1, 1]}")
lines = terminal.type(":50,20\r", f"[50, 20] = {x[50, 20]}")
terminal.type(":-1\r", f"[99, 20] = {x[99, 20]}")
terminal.type(":100\r", "100 is out of axis 0, which has 100")
terminal.type(":a\r", "is no index")
terminal.type(":1,2", "go to index: 1,2_")
terminal.type("\x1b", ": index")
lines = terminal.type("g", "[0, 20]")
for size, minimum in (((40, 132), (36, 10)), ((10, 30), (6, 2)), ((24, 80), (20, 5))):
    terminal.resize(*size)
    deadline = time.monotonic() + PATIENCE
    lines = terminal.lines()
    while not (lines[0].startswith("x.npy: ") and lines[-2].startswith("[0, 20]") and lines[-1].startswith(": index")):
        assert time.monotonic() < deadline, lines
        terminal.read()
        lines = terminal.lines()
    left = int(lines[1].split()[0])
    assert 20 in grid(lines, x.shape, lambda row, column: str(x[row, column]), left=left, minimum=minimum)
terminal.resize(3, 5)
terminal.read(0.3)
terminal.resize(24, 80)
terminal.until("[0, 20]")
# Transposed.
lines = terminal.type("g" + HOME + "t", "[0, 0]")
terminal.read(0.2)
grid(terminal.lines(), x.T.shape, lambda row, column: str(x[column, row]))
terminal.type("t")
# Searches.
terminal.type("/nan\r", "[77, 33] = nan", "found")
terminal.type(f"/{x[50, 5]}\r", "found")
place = np.argwhere(x == x[50, 5])
assert any(f"[{row}, {column}] = {x[50, 5]}" in terminal.lines()[-2] for row, column in place)
terminal.type("/12345\r", "not found")
terminal.type("?", "exchange rows and columns")
terminal.type("\x1b", ": index")
# Statistics of a column.
terminal.type(":0,7\r", "[0, 7]")
lines = terminal.type("d", "column 7", "count", "100", "mean", "median")
for value, index in ((x[:, 7].min(), x[:, 7].argmin()), (x[:, 7].max(), x[:, 7].argmax())):
    assert f"{value} at [{index}]" in "\n".join(lines), lines
terminal.type("\x1b", ": index")
terminal.type("q")
terminal.end(0)

# Axes, of Fortran order and the other byte order.
cube = np.asfortranarray(np.arange(2 * 3 * 4 * 5, dtype=">i4").reshape(2, 3, 4, 5))
np.save("cube.npy", cube)
terminal = Terminal("view", "cube.npy")
lines = terminal.until("(2, 3, 4, 5)", "[0, 0, :, :]", "axis 0")
grid(lines, (4, 5), lambda row, column: str(cube[0, 0, row, column]))
terminal.type("]", "[1, 0, :, :]")
lines = terminal.type("\t]]]", "[1, 2, :, :]", "axis 1")
grid(lines, (4, 5), lambda row, column: str(cube[1, 2, row, column]))
lines = terminal.type("s:, 1, :, -1\r", "[:, 1, :, 4]")
grid(lines, (2, 4), lambda row, column: str(cube[row, 1, column, 4]))
terminal.type("s:, :, :\r", "expected 4 parts")
terminal.type("s:, 9, :, 0\r", "9 is out of axis 1")
terminal.type(":1,2,3,4\r", "[1, 2, 3, 4] = 119", "[:, 2, :, 4]")
terminal.type("/57\r", "= 57")
assert cube[tuple(int(part) for part in terminal.lines()[-2].split(" = ")[0].strip("[]").split(","))] == 57
terminal.type("q")
terminal.end(0)

# Records, dates, texts, Python objects: nothing steers the terminal.
evil = "a\x1b[31m\x07b\u202e\nc"
records = np.zeros(50, [("i", "i8"), ("s\x1b[2J", "U12"), ("t", "M8[D]"), ("in", [("v", "f4", (2,)), ("b", "S3")])])
records["i"] = np.arange(50) ** 3
records["s\x1b[2J"] = evil
records["t"] = np.datetime64("2020-01-01") + np.arange(50)
records["in"]["v"] = 0.5
records["in"]["b"] = b"\x1b"
objects = np.array([evil, None, {"k": [1, 2.5]}], object)
np.savez("z.npz", **{"x": x, "r": records, "o": objects, "f\x1b[5m": np.arange(3)})
np.savez_compressed("c.npz", x=x)
terminal = Terminal("view", "z.npz", size=(24, 100))
lines = terminal.until("z.npz: 4 members", "float64 (100, 40)", "f\\x1b[5m", "int64 (3,)")
terminal.type(DOWN + "\r", "z.npz:r", "s\\x1b[2J", "in.v", "2020-01-01", "a\\x1b[31m\\x07b\\u202e\\nc")
assert "[0.5 0.5]" in "\n".join(terminal.lines()) and r"b'\x1b'" in "\n".join(terminal.lines())
terminal.type(":10\r", "[10]['i'] = 1000")
terminal.type(RIGHT, "['s\\x1b[2J'] = a\\x1b[31m")
terminal.type(RIGHT + "/2020-02-03\r", "[33]['t'] = 2020-02-03")
terminal.type("d", "t", "2020-01-01 at [0]", "2020-02-19 at [49]")
terminal.type("\x1b", ": index")
terminal.type("\x1b", "4 members")
terminal.type(DOWN + "\r", "z.npz:o: object (3,)", "{'k': [1, 2.5]}", "None")
terminal.type("\x1b", "4 members")
terminal.type("k" * 5 + "\r", f"[0, 0] = {x[0, 0]}")
terminal.type("q")
painted = terminal.output
terminal.end(0)
for steering in (b"\x1b[31m", b"\x07", b"\x1b[5m", b"\xe2\x80\xae"):
    assert steering not in painted
terminal = Terminal("view", "c.npz:x")
terminal.until(f"[0, 0] = {x[0, 0]}")
terminal.type("q")
terminal.end(0)
terminal = Terminal("view", "x.npy[5:, 3]")
terminal.until(f"[0] = {x[5, 3]}", "(95,)")
terminal.type(":94\r", f"[94] = {x[99, 3]}")
terminal.type("q")
terminal.end(0)

# No axes, no elements, and what is no array.
np.save("one.npy", np.array(2.5))
np.save("none.npy", np.zeros((0, 3)))
Path("p.pkl").write_bytes(pickle.dumps({"a": 1}))
Path("bad.npy").write_bytes(b"\x93NUMPY\x01\x00")
for name, words in (("one.npy", "= 2.5"), ("none.npy", "no elements")):
    terminal = Terminal("view", name)
    terminal.until(words)
    terminal.type("jlG/1\rtd" + PGDN)
    terminal.read(0.3)
    terminal.type("\x1b")
    terminal.type("q")
    terminal.end(0)
for name, words in (("p.pkl", b"a Python object and no array"), ("bad.npy", b"bad.npy"), ("not.npy", b"not.npy")):
    terminal = Terminal("view", name)
    assert terminal.child.wait(PATIENCE) == 1
    terminal.read()
    assert words in terminal.output and b"1049h" not in terminal.output
with open("x.npy", "rb") as file:
    terminal = Terminal("view", "-", stdin=file)
    terminal.until(f"[0, 0] = {x[0, 0]}")
    terminal.type("q")
    terminal.end(0)

# 10 GiB open at once, of which little is read: the file has a hole for almost all of it.
header = np.lib.format.magic(1, 0)
rows = (10 << 30) // (8 * 1000)
text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, 1000), }}"
text += " " * (118 - len(text) - 1) + "\n"
with open("big.npy", "wb") as file:
    file.write(header + struct.pack("<H", len(text)) + text.encode())
    file.truncate(128 + rows * 8000)
    file.seek(128 + (rows - 1) * 8000)
    file.write(np.arange(1000.0).tobytes())
start = time.monotonic()
terminal = Terminal("view", "big.npy")
terminal.until(f"float64 ({rows}, 1000)", "[0, 0] = 0.0")
terminal.type("G" + END, f"[{rows - 1}, 999] = 999.0")
assert time.monotonic() - start < 20
status = Path(f"/proc/{terminal.child.pid}/status")
if status.exists():
    memory = int(next(line for line in status.read_text().splitlines() if line.startswith("VmHWM")).split()[1])
    assert memory < 100_000, memory
terminal.type(":0,0\r", "[0, 0]")
terminal.type("/nan\r", "searching")
terminal.type("\x1b", "stopped")
terminal.type("q")
terminal.end(0)
os.remove("big.npy")

# Results are about the place where the cursor was when they were asked for.
rows = 4_000_000
with open("far.npy", "wb") as file:
    np.lib.format.write_array_header_1_0(file, {"descr": [("a", "<i8"), ("b", "<i8")], "fortran_order": False, "shape": (rows,)})
    file.truncate(file.tell() + rows * 16)
    file.seek(-16, os.SEEK_END)
    file.write(np.array([5, 6]).tobytes())
terminal = Terminal("view", "far.npy")
terminal.until("[0]['a'] = 0")
lines = terminal.type("d" + RIGHT, "histogram", "[0]['b'] = 0")
assert any(line.endswith(" a") for line in lines) and f"5 at [{rows - 1}]" in "\n".join(lines), lines
terminal.type("\x1b")
terminal.type(LEFT, "[0]['a'] = 0")
terminal.type("/5\r" + RIGHT, "found", f"[{rows - 1}]['a'] = 5")
terminal.type("q")
terminal.end(0)
os.remove("far.npy")

# Letters with Ctrl are not those alone, and a line that is typed is seen where it is typed.
terminal = Terminal("view", "x.npy", size=(10, 40))
terminal.until("[0, 0] = ")
terminal.type("\x11\x04\x0e\x19j", "[1, 0] = ")
assert "column" not in terminal.lines()[1]
terminal.type(":1,1\x15" + "7,4\x083\n", f"[7, 3] = {x[7, 3]}")
terminal.type("/" + "a" * 60 + "end", "…", "aend_")
terminal.type("\x1b", ": index")
# Long panels are scrolled, and messages are seen to their end.
terminal.type("?", "arrows, h j k l", "1 to 6 of 13: arrows")
assert "q quit" not in "\n".join(terminal.lines()[:-1])
terminal.type(PGDN + PGDN, "q                  quit", "8 to 13 of 13: arrows")
terminal.type(UP, "7 to 12 of 13")
terminal.type("\x1b")
terminal.type("]", "there are no other axes")
os.truncate("x.npy", 500)
lines = terminal.type("G", "again")
assert "the file has changed since it was opened: its size was 32128 and is 500; open it again" in " ".join(lines), lines
np.save("x.npy", x)
terminal.type("q")
terminal.end(0)
terminal = Terminal("view", "one.npy")
terminal.until("[()] = 2.5")
terminal.type("q")
terminal.end(0)

# Fields that are arrays, in a file, in memory, and beside Python objects: indexes are of all axes.
sub = np.zeros(3, [("a", "f8", (2, 2)), ("i", "i4")])
sub["a"][2, 1, 0], sub["a"][1, 0, 1] = -7, 9
np.save("sub.npy", sub)
mixed = np.zeros(3, [("a", "f8", (2, 2)), ("o", "O")])
mixed["a"], mixed["o"] = sub["a"], [1, "b", 2]
np.save("mixed.npy", mixed)
np.savez_compressed("sub.npz", sub=sub)
for name in ("sub.npy", "mixed.npy", "sub.npz:sub", "-", "sub.npy[:]"):
    with open("sub.npy", "rb") as file:
        terminal = Terminal("view", name, stdin=file if name == "-" else None)
        terminal.until("[0]['a'] = ")
        lines = "\n".join(terminal.type("d", "histogram"))
        for value, place in ((-7.0, sub["a"].argmin()), (9.0, sub["a"].argmax())):
            assert f"{value} at {[int(part) for part in np.unravel_index(place, (3, 2, 2))]}" in lines, (name, lines)
        terminal.type("\x1b", ": index")
        terminal.type("/-7\r", "[2]['a'] = ", "found")
        terminal.type("/9\r", "[1]['a'] = ", "found")
        terminal.type("/12345\r", "not found")
        if name == "mixed.npy":
            lines = "\n".join(terminal.type(RIGHT + "d", "str"))
            assert re.search("int +2", lines) and re.search("str +1", lines), lines
            terminal.type("\x1b", ": index")
        terminal.type("q")
        terminal.end(0)

# Ctrl-Z, and signals that stop it: the shell has its terminal, and gives it back.
bash = shutil.which("bash")
if bash:
    shell = Terminal("--norc", "-i", program=bash)
    shell.read(0.5)
    shell.type(f"'{NUMIO}' view x.npy\r", "[0, 0] = ")
    raw = termios.tcgetattr(shell.slave)
    children = Path(f"/proc/{shell.child.pid}/task/{shell.child.pid}/children")
    for stop in ["\x1a"] + [signal.SIGTSTP, signal.SIGSTOP] * children.exists():
        if stop == "\x1a":
            shell.type(stop, "Stopped")
        else:
            os.kill(int(children.read_text().split()[0]), stop)
            shell.until("Stopped")
        assert termios.tcgetattr(shell.slave) != raw
        shell.output = b""
        shell.type("fg\r", ": index", "[0, 0] = ")
        shell.type("j", "[1, 0] = ")
        shell.type("k", "[0, 0] = ")
        assert termios.tcgetattr(shell.slave) == raw
    shell.type("\x0c", "[0, 0] = ")
    shell.type("q")
    shell.type("exit\r")
    assert shell.child.wait(PATIENCE) == 0
