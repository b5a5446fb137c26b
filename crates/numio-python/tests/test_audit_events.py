"""Python's audit hooks learn of every file that numio opens by its path, as they do with NumPy (PEP 578)."""

import subprocess
import sys

import numpy as np
import pytest

PROGRAM = """
import sys

import numpy as np

import numio
import numio.dask, numio._genfromtxt, numio._fromregex, numio._loadtxt, numio._savetxt, numio._lazy, numio._sparse

opened = []
refused = None


def watch(event, args):
    if event == "open" and isinstance(args[0], str) and args[0].startswith(FOLDER):
        # zipfile opens new archives for reading, too.
        opened.append((args[0][len(FOLDER):], args[1].replace("w+", "w")))
        if refused is not None:
            raise PermissionError(refused)


FOLDER = sys.argv[1] + "/"
sys.addaudithook(watch)


def seen(call):
    opened.clear()
    call()
    return list(dict.fromkeys(opened))
"""

# What is called, with `np` or `numio` as `module`.
ALIKE = [
    ("load", "module.load(FOLDER + 'a.npy')"),
    ("load of a path object", "module.load(__import__('pathlib').Path(FOLDER + 'a.npy'))"),
    ("load of an archive", "module.load(FOLDER + 'a.npz')['x']"),
    ("load of a pickle", "module.load(FOLDER + 'a.pkl', allow_pickle=True)"),
    ("map", "module.load(FOLDER + 'a.npy', 'r')"),
    ("copy on write", "module.load(FOLDER + 'a.npy', 'c')"),
    ("save", "module.save(FOLDER + 'b', [1])"),
    ("savez", "module.savez(FOLDER + 'c', [1])"),
    ("savez_compressed", "module.savez_compressed(FOLDER + 'c.npz', [1])"),
    ("savetxt", "module.savetxt(FOLDER + 'd.txt', [1])"),
    ("savetxt of objects", "module.savetxt(FOLDER + 'd.txt', np.array([1, 2], object), fmt='%s')"),
    ("loadtxt", "module.loadtxt(FOLDER + 'a.txt')"),
    ("loadtxt with converters", "module.loadtxt(FOLDER + 'a.txt', converters=float)"),
    ("genfromtxt", "module.genfromtxt(FOLDER + 'a.txt')"),
    ("fromregex", "module.fromregex(FOLDER + 'a.txt', '([0-9.]+)', [('x', float)])"),
]

# What NumPy does not have, or opens several times in other ways: the names and modes that are told.
OWN = [
    ("numio.load(FOLDER + 'a.npy', 'r+')", [("a.npy", "r+")]),
    ("numio.open_memmap(FOLDER + 'a.npy', 'r')", [("a.npy", "r")]),
    ("numio.open_memmap(FOLDER + 'a.npy', 'r+')", [("a.npy", "r+")]),
    ("numio.open_memmap(FOLDER + 'e.npy', 'w+', shape=(3,))", [("e.npy", "w")]),
    ("numio.open(FOLDER + 'a.npy')[:2]", [("a.npy", "r")]),
    ("numio.open(FOLDER + 'a.npz')['x'][:2]", [("a.npz", "r")]),
    ("numio.open(FOLDER + 'a.npy', 'r+')", [("a.npy", "r+")]),
    ("numio.create(FOLDER + 'f.npy', (3,), 'f4').close()", [("f.npy", "w")]),
    ("numio.append(FOLDER + 'a.npy', [1.0])", [("a.npy", "r+")]),
    ("numio.NpzWriter(FOLDER + 'g.npz').close()", [("g.npz", "w")]),
    ("numio.NpzWriter(FOLDER + 'a.npz', 'a').close()", [("a.npz", "r+")]),
    ("numio.convert(FOLDER + 'a.npy', FOLDER + 'h.csv')", [("a.npy", "r"), ("h.csv", "w")]),
    ("__import__('pickle').loads(__import__('pickle').dumps(numio.load(FOLDER + 'a.npz')))", [("a.npz", "r")]),
]


def run(folder, program):
    done = subprocess.run([sys.executable, "-c", PROGRAM + program, folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(3.0))
    np.savez(tmp_path / "a.npz", x=np.arange(3.0))
    np.savetxt(tmp_path / "a.txt", np.arange(3.0))
    (tmp_path / "a.pkl").write_bytes(__import__("pickle").dumps({"a": 1}))
    return str(tmp_path)


def test_hooks_learn_of_the_files_that_they_do_with_numpy(folder):
    calls = {name: f"lambda module: {call}" for name, call in ALIKE}
    program = "\n".join(
        f"of_numpy, of_numio = [seen(lambda: ({call})(module)) for module in (np, numio)]\n"
        f"assert of_numpy == of_numio, ({name!r}, of_numpy, of_numio)"
        for name, call in calls.items()
    )
    run(folder, program)


def test_hooks_learn_of_files_that_only_numio_opens(folder):
    run(folder, "\n".join(f"found = seen(lambda: {call})\nassert found == {told}, ({call!r}, found)" for call, told in OWN))


def test_a_hook_that_raises_prevents_the_call(folder):
    """And no file is made or changed by it."""
    program = """
import os
def state():
    return {name: open(os.path.join(FOLDER, name), 'rb').read() for name in sorted(os.listdir(FOLDER))}
def tried(call):
    global refused
    refused = 'by the hook'
    try:
        call()
    except PermissionError as error:
        assert str(error) == 'by the hook', error
    else:
        raise AssertionError('not refused')
    finally:
        refused = None
before = state()
"""
    program += "\n".join(f"tried(lambda: {call.replace('module.', 'numio.')})" for _, call in ALIKE)
    program += "\n" + "\n".join(f"tried(lambda: {call})" for call, _ in OWN if "pickle" not in call)
    run(folder, program + "\nassert state() == before")
