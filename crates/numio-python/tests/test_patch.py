"""`numio.patch`: NumPy's names for numio's functions, and back again."""

import subprocess
import sys
import threading

import numpy as np
import pytest

import numio
from numio import _patch

NAMES = ["load", "save", "savez", "savez_compressed", "loadtxt", "savetxt", "genfromtxt", "fromregex"]


def holdings():
    """Every name of every module of NumPy's under which a function is that may be replaced."""
    names = {name for names in _patch._HOMES.values() for name in names}
    return {
        (module.__name__, name): vars(module)[name]
        for module in _patch._modules()
        for name in names
        if name in vars(module)
    }


@pytest.fixture(autouse=True)
def unpatched():
    before = holdings()
    yield
    numio.unpatch()
    assert holdings() == before


def patched():
    found = {name: getattr(np, name) is getattr(numio, name) for name in NAMES}
    assert len(set(found.values())) == 1
    return found["load"]


def test_patch_lasts_until_unpatch():
    before = holdings()
    assert not patched()
    numio.patch()
    numio.patch()
    assert patched()
    after = holdings()
    for place, function in before.items():
        name = place[1]
        assert after[place] is getattr(numio, name, function), place
    numio.unpatch()
    assert holdings() == before
    numio.unpatch()
    assert holdings() == before


def test_patch_replaces_functions_wherever_numpy_keeps_them():
    numio.patch()
    home = sys.modules.get("numpy.lib._npyio_impl") or sys.modules["numpy.lib.npyio"]
    assert home.load is numio.load and home.savez is numio.savez
    if hasattr(numio, "open_memmap"):
        assert np.lib.format.open_memmap is numio.open_memmap


def test_patch_contexts_nest_and_can_be_used_again():
    with numio.patch() as context:
        assert patched()
        with numio.patch():
            assert patched()
        assert patched()
        with context:
            assert patched()
        assert patched()
    assert not patched()
    with context:
        assert patched()
    assert not patched()


def test_patch_context_ends_with_an_exception():
    with pytest.raises(ZeroDivisionError), numio.patch():
        1 / 0
    assert not patched()


def test_patch_context_within_a_patch_leaves_it():
    numio.patch()
    with numio.patch():
        pass
    assert patched()
    numio.unpatch()
    with numio.patch():
        numio.patch()
    assert patched()
    with numio.patch():
        numio.unpatch()
        assert patched()
    assert not patched()
    made = numio.patch()
    numio.unpatch()
    assert not patched()
    with made:
        assert patched()
    assert not patched()


def test_patch_contexts_that_overlap_in_threads_end_with_the_last():
    both, checked, done = threading.Barrier(2), threading.Event(), []

    def outlasts():
        with numio.patch():
            both.wait()
            checked.wait(10)
            done.append(patched())

    thread = threading.Thread(target=outlasts)
    thread.start()
    with numio.patch():
        both.wait()
    assert patched()
    checked.set()
    thread.join()
    assert done == [True] and not patched()


def test_patch_by_threads_at_once_ends_unpatched():
    def work():
        for _ in range(200):
            with numio.patch():
                assert patched()

    threads = [threading.Thread(target=work) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not patched()


def test_what_others_put_in_place_stays():
    def mine(file):
        return "mine"

    theirs = np.load
    try:
        numio.patch()
        np.load = mine
        numio.unpatch()
        assert np.load is mine and np.save is not numio.save
        numio.patch()
        assert np.load is numio.load
        numio.unpatch()
        assert np.load is mine
    finally:
        np.load = theirs


def test_modules_imported_under_a_patch_are_restored():
    program = """
import numpy, sys, numio
with numio.patch():
    import numpy.matlib
    assert numpy.matlib.load is numio.load
assert numpy.matlib.load is numpy.load is not numio.load
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True)


def test_objects_in_the_place_of_modules_are_left_alone(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy.no_module", object())
    monkeypatch.setitem(sys.modules, "numpy.blocked", None)
    with numio.patch():
        assert patched()
    assert not patched()


def test_loader_of_scipy_tells_what_others_tell():
    program = """
import copy, importlib.util, numio
def told():
    loader = importlib.util.find_spec("scipy.sparse").loader
    copy.copy(loader)
    return loader.get_filename("scipy.sparse"), loader.is_package("scipy.sparse"), loader.get_source("scipy.sparse")[:10]
wanted = told()
with numio.patch():
    assert told() == wanted
    import scipy.sparse
    assert told() == wanted and type(scipy.sparse.__loader__).__module__ != "numio._patch"
    assert scipy.sparse.load_npz.__module__.startswith("numio")
"""
    pytest.importorskip("scipy")
    subprocess.run([sys.executable, "-c", program], check=True)


def test_program_that_cannot_be_edited_is_patched_from_outside(tmp_path):
    with numio.patch():
        np.save(tmp_path / "a", [1, 2])
        np.savez(tmp_path / "a", x=[1])
        assert np.load(tmp_path / "a.npy").tolist() == [1, 2]
