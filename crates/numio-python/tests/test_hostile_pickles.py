"""Pickles that would run code, take all memory or break the interpreter: nothing happens but an error."""

import collections
import functools
import io
import json
import operator
import os
import pathlib
import pickle
import subprocess
import sys
import time
import types

import numpy as np
import pytest

import numio

HERE = pathlib.Path(__file__).parent


class Calls:
    """Pickles as a call, with whatever else an object may be given."""

    def __init__(self, *reduced):
        self.reduced = reduced

    def __reduce__(self):
        return self.reduced


def state_of(array, **other):
    """An array whose pickled state is another one."""
    function, args, state = array.__reduce__()
    state = list(state)
    for index, value in other.items():
        state[int(index[1:])] = value
    return Calls(function, args, tuple(state))


def dtype_state(dtype, **other):
    function, args, state = np.dtype(dtype).__reduce__()
    state = list(state)
    for index, value in other.items():
        state[int(index[1:])] = value
    return Calls(function, args, tuple(state))


def shell(path):
    return f"echo ran > {path}"


def attacks(canary):
    """Names and pickles: run by Python's own unpickler, many of them leave the file `canary` behind."""
    command = shell(canary)
    code = f"open({str(canary)!r}, 'w').close()"
    reconstruct = np.array([1]).__reduce__()[0]
    objects = {
        "os.system": Calls(os.system, (command,)),
        "eval": Calls(eval, (code,)),
        "exec": Calls(exec, (code,)),
        "partial": Calls(functools.partial(os.system, command), ()),
        "partial as a value": functools.partial(os.system, command),
        "attrgetter": operator.attrgetter("system"),
        "methodcaller": operator.methodcaller("system", command),
        "map": Calls(map, (os.system, [command])),
        "subprocess": Calls(subprocess.Popen, (["sh", "-c", command],)),
        "code in a class": Calls(type, ("X", (), {"__del__": len})),
        "a Counter of a call": Calls(collections.Counter, (Calls(os.system, (command,)),)),
        "an OrderedDict given a state": Calls(collections.OrderedDict, (), {"__class__": dict}),
        "an OrderedDict given __dict__": Calls(collections.OrderedDict, (), {"__dict__": {"x": 1}}),
        "a deque given a state": Calls(collections.deque, (), {"append": os.system}),
        "a defaultdict of os.system": collections.defaultdict(os.system),
        "a defaultdict of a partial": collections.defaultdict(functools.partial(os.system, command)),
        "a defaultdict of eval": Calls(collections.defaultdict, (eval,)),
        "bytearray of a size": Calls(bytearray, (1 << 40,)),
        "bytes of a size": Calls(bytes, (1 << 40,)),
        "a list of a range": Calls(list, (range(10**12),)),
        "a deque of a range": Calls(collections.deque, (range(10**12),)),
        "a set of a range": Calls(set, (range(10**12),)),
        "an empty array of a size": Calls(np.ndarray, ((1 << 40,),)),
        "_reconstruct of a size": Calls(reconstruct, (np.ndarray, (1 << 40,), b"b")),
        "_reconstruct of another class": Calls(reconstruct, (dict, (0,), b"b"), (1, 2)),
        "an array given __class__": Calls(reconstruct, (np.ndarray, (0,), b"b"), {"__class__": np.matrix}),
        "an array given text": Calls(reconstruct, (np.ndarray, (0,), b"b"), "state"),
        "an array of pointers": state_of(np.arange(4), _2=np.dtype("O"), _4=b"A" * 32),
        "an array with too few bytes": state_of(np.arange(4), _4=b"A" * 8),
        "an array with another shape": state_of(np.arange(4), _1=(1 << 40,)),
        "an array with a negative axis": state_of(np.arange(4), _1=(-1,)),
        "an array with a shape of text": state_of(np.arange(4), _1="abc"),
        "an object array with a short list": state_of(np.array([None, 1]), _4=[1]),
        "a dtype with another itemsize": dtype_state("S5", _5=1 << 30),
        "a dtype with flags": dtype_state("V8", _7=0x3F),
        "a dtype with fields out of reach": dtype_state("i4,i4", _4={"f0": (np.dtype("i4"), 0), "f1": (np.dtype("i4"), 1 << 40)}),
        "a dtype given a dict": Calls(np.dtype, ("f8", False, True), {"__class__": 1}),
        "np.load": Calls(np.load, (str(canary),)),
        "np.fromfile": Calls(np.fromfile, (str(canary),)),
        "a frame": Calls(sys._getframe, ()),
        "import": Calls(__import__, ("antigravity",)),
        "getattr": Calls(getattr, (dict, "fromkeys")),
        "a module": Calls(types.ModuleType, ("x",)),
        "a simple namespace": Calls(types.SimpleNamespace, ({"x": 1},)),
        "an IO object": Calls(io.FileIO, (str(canary), "w")),
        "a UUID with a hook": Calls(__import__("copyreg").__newobj__, (__import__("uuid").UUID,), {"int": 1, "hook": 2}),
    }  # fmt: skip
    for name, value in objects.items():
        for protocol in (0, 2, 4):
            try:
                yield f"{name}, protocol {protocol}", pickle.dumps(value, protocol)
            except (TypeError, pickle.PicklingError, OverflowError):
                continue
    line = command.encode()
    yield "os.system, dropped", b"cos\nsystem\n(V" + line + b"\ntR0N."
    yield "posix.system by STACK_GLOBAL", b"\x8c\x05posix\x8c\x06system\x93\x8c" + bytes([len(line)]) + line + b"\x85R."
    yield "INST", b"(V" + line + b"\nios\nsystem\n."
    yield "OBJ", b"(cos\nsystem\nV" + line + b"\no."
    yield "a name with dots", b"\x8c\x08builtins\x8c\x0dint.__class__\x93."
    yield "a way through a harmless class", b"\x8c\x07decimal\x8c\x1cDecimal.__init__.__globals__\x93."
    yield "f2py", b"cnumpy.f2py.diagnose\nrun\n)R."
    yield "f2py by attribute", b"cnumpy.f2py\ncrackfortran.os.system\n(V" + line + b"\ntR."
    yield "numpy.testing", b"cnumpy.testing._private.utils\nrunstring\n(V" + code.encode() + b"\n}tR."
    yield "BUILD on a class", b"ccollections\nCounter\n}V__init__\ncos\nsystem\nsb0N."
    yield "BUILD on a class, harmless names", b"ccollections\nCounter\n}Vx\nI1\nsb."
    yield "BUILD on a function", b"ccopyreg\n_reconstructor\n}V__code__\nNsb."
    yield "BUILD on a list", b"]}V__class__\nNsb."
    yield "SETITEM on a class", b"ccollections\nCounter\nI1\nI2\ns."
    yield "APPEND on a class", b"cbuiltins\nlist\nI1\na."
    yield "a state given twice", b"cnumpy\ndtype\n(Vf8\ntR(I3\nV<\nNNNI-1\nI-1\nI0\ntb(I3\nV>\nNNNI-1\nI-1\nI0\ntb."
    yield "a call of what a call gives", b"cbuiltins\ngetattr\n(cos\nsystem\nV__call__\ntR(V" + line + b"\ntR."
    yield "an extension", b"\x82\x01)R."
    yield "a persistent object", b"Px\n."
    yield "a number in decimal of a million digits", b"L" + b"9" * 1_000_000 + b"L\n."
    yield "a Fraction as text", b"cfractions\nFraction\n(V1e99999999\ntR."
    yield "a Decimal that is long to hash", b"}cdecimal\nDecimal\n(V1E+999999999999\ntRNs."
    yield "a memo of two billion", b"Nr\xff\xff\xff\x7f0h\0."
    yield "a list as a key", b"}]Ns."
    yield "a tuple that stands in itself", b"(I1\n2\x85q\0h\0t."


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    canary = folder / "canary"
    names, paths = [], []
    for name, pickled in attacks(canary):
        path = folder / f"{len(paths)}.pkl"
        path.write_bytes(pickled)
        names.append(name)
        paths.append(str(path))
    done = subprocess.run(
        [sys.executable, HERE / "canary.py", *paths], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(names)
    return canary, dict(zip(names, lines, strict=True))


# What Python loads without harm, and so does numio.
HARMLESS = {"a Decimal that is long to hash", "a memo of two billion", "a tuple that stands in itself"}


def test_hostile_pickles_run_nothing(outcomes):
    canary, lines = outcomes
    assert len(lines) > 100
    assert not canary.exists()
    for name, line in lines.items():
        assert line["events"] == [], name
        assert line["modules"] == [], name
        assert line["changed"] == [], name


def test_hostile_pickles_are_all_refused(outcomes):
    _, lines = outcomes
    for name, line in lines.items():
        if name in HARMLESS:
            continue
        wanted = ("UnpicklingError", "TypeError: unhashable", "ValueError: Exceeds the limit")
        assert line["ended"].startswith(wanted), (name, line["ended"])


def test_refusal_of_a_pickle_says_what_to_do(tmp_path):
    path = tmp_path / "x.pkl"
    path.write_bytes(b"cos\nsystem\n(Vls\ntR.")
    with pytest.raises(pickle.UnpicklingError, match=r"names 'os\.system'.*numio audit") as caught:
        numio.load(path)
    assert isinstance(caught.value, ImportError)
    assert "trust=" not in str(caught.value)
    path.write_bytes(b"csome\nThing\n(Vls\ntR.")
    with pytest.raises(pickle.UnpicklingError, match=r"'some\.Thing'.*trust=\['some\.Thing'\].*trust=True"):
        numio.load(path)


def load(tmp_path, pickled):
    path = tmp_path / "x.pkl"
    path.write_bytes(pickled)
    start = time.process_time()
    try:
        return numio.load(path)
    finally:
        assert time.process_time() - start < 20


def test_keys_whose_halves_are_shared_are_refused(tmp_path):
    """2^60 steps to hash: each tuple holds the one before twice."""
    halves = b")" + b"2\x86" * 60
    for pickled in (b"}" + halves + b"Ns.", b"\x8f(" + halves + b"\x90.", b"(" + halves + b"\x91."):
        with pytest.raises(pickle.UnpicklingError, match="repeats its parts"):
            load(tmp_path, pickled)


def test_keys_that_are_hashed_again_and_again_are_refused(tmp_path):
    """A tuple of a million halves is the key of a million dicts."""
    key = b")" + b"2\x86" * 20 + b"q\0"
    with pytest.raises(pickle.UnpicklingError, match="repeats its parts"):
        load(tmp_path, key + b"0](" + b"}h\0Ns" * 100_000 + b"e.")
    large = b"\x8b" + (1_000_000).to_bytes(4, "little") + b"\x01" * 1_000_000 + b"q\0"
    with pytest.raises(pickle.UnpicklingError, match="repeats its parts"):
        load(tmp_path, large + b"0](" + b"}h\0Ns" * 100_000 + b"e.")


def test_keys_that_are_nested_deep_are_refused(tmp_path):
    for depth in (600, 1_000_000):
        deep = b")" + b"\x85" * depth
        for pickled in (b"}" + deep + b"Ns.", b"\x8f(" + deep + b"\x90.", b"(" + deep + b"\x91."):
            with pytest.raises(pickle.UnpicklingError, match="nested more than 500 levels"):
                load(tmp_path, pickled)
    deep = b")" + b"\x85" * 400
    assert len(load(tmp_path, b"}" + deep + b"Ns.")) == 1


def test_parts_that_are_copied_again_and_again_are_refused(tmp_path):
    million = b"C" + bytes([250]) + b"x" * 250
    long = b"B" + (1_000_000).to_bytes(4, "little") + b"x" * 1_000_000 + b"q\0"
    with pytest.raises(pickle.UnpicklingError, match="repeats its parts"):
        load(tmp_path, long + b"0](" + b"cbuiltins\nbytearray\nq\x01h\0\x85R0h\x01h\0\x85R" * 10_000 + b"e.")
    items = b"](" + b"N" * 100_000 + b"eq\0"
    with pytest.raises(pickle.UnpicklingError, match="repeats its parts"):
        load(tmp_path, items + b"0ccollections\ndeque\nq\x010](" + b"h\x01h\0\x85R" * 10_000 + b"e.")
    assert len(load(tmp_path, million + b".")) == 250


def test_arrays_in_arrays_by_the_million_are_refused(tmp_path):
    depth = 100_000
    head = b"cnumpy._core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\x01b\x87R(K\x01K\x01\x85" + (
        b"cnumpy\ndtype\nX\x02\0\0\0O8\x89\x88\x87R(K\x03X\x01\0\0\0|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x3ftb\x89]"
    )
    tail = b"atb"
    with pytest.raises(pickle.UnpicklingError, match="nested so deeply"):
        load(tmp_path, head * depth + b"N" + tail * depth + b".")
    # The same, each out of the memo.
    chain = b"](" + head + b"N" + tail + b"q\0"
    for index in range(300):
        chain += head + b"j" + index.to_bytes(4, "little") + tail + b"r" + (index + 1).to_bytes(4, "little")
    with pytest.raises(pickle.UnpicklingError, match="nested so deeply"):
        load(tmp_path, chain + b"e.")
    found = load(tmp_path, head * 150 + b"N" + tail * 150 + b".")
    for _ in range(150):
        found = found[0]
    assert found is None


def test_slices_in_slices_by_the_million_are_refused(tmp_path):
    depth = 1_000_000
    with pytest.raises(pickle.UnpicklingError, match="nested so deeply"):
        load(tmp_path, b"cbuiltins\nslice\nq\x000" + b"h\0N" * depth + b"N" + b"N\x87R" * depth + b".")


@pytest.mark.parametrize("allowed", ["set", "frozenset", "bytearray", "complex", "range", "slice", "object"])
def test_harmless_types_in_other_forms_are_refused(tmp_path, allowed):
    for args in (b"(I1\nI2\nI3\nI4\nI5\nt", b"(cos\nsystem\nt", b"(Vx\nt"):
        with pytest.raises(pickle.UnpicklingError):
            load(tmp_path, b"cbuiltins\n" + allowed.encode() + b"\n" + args + b"R.")
