"""Dtypes of `ml_dtypes`, beside NumPy: in files as NumPy writes them, in pickles by name."""

import io
import pickle
import subprocess
import sys

import numpy as np
import pytest

import numio

ml_dtypes = pytest.importorskip("ml_dtypes")

NAMES = [
    name
    for name in dir(ml_dtypes)
    if name.startswith(("bfloat16", "float8_", "float6_", "float4_")) or name in ("int2", "int4", "uint2", "uint4")
]


def dtypes(name):
    plain = np.dtype(getattr(ml_dtypes, name))
    yield plain
    yield np.dtype([("a", plain), ("b", "<i4")])
    yield np.dtype([("a", [("b", plain, (2,))]), ("c", "U3")])


def saved(save, *args, **kwargs):
    out = io.BytesIO()
    save(out, *args, **kwargs)
    return out.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_files_of_ml_dtypes_are_numpys(name):
    for dtype in dtypes(name):
        array = np.zeros((2, 3), dtype)
        assert saved(numio.save, array) == saved(np.save, array)
        assert saved(numio.save, np.asfortranarray(array)) == saved(np.save, np.asfortranarray(array))
    plain = np.ones(5, getattr(ml_dtypes, name))
    with numio.load(io.BytesIO(saved(numio.savez, a=plain))) as npz:
        with np.load(io.BytesIO(saved(np.savez, a=plain))) as wanted:
            try:
                expected = wanted["a"]
            except ValueError:
                # NumPy gives some a text that it does not read itself.
                with pytest.raises(ValueError):
                    npz["a"]
            else:
                assert npz["a"].dtype == expected.dtype and npz["a"].tobytes() == expected.tobytes()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("protocol", range(6))
def test_pickles_of_ml_dtypes_load_as_python_does(name, protocol):
    for dtype in dtypes(name):
        array = np.zeros((2, 3), dtype)
        for value in (dtype, array, np.asfortranarray(array), array[0, 0], [array, array], {"a": array[:0]}):
            pickled = pickle.dumps(value, protocol)
            got, wanted = numio.load(io.BytesIO(pickled)), pickle.loads(pickled)
            assert type(got) is type(wanted) and repr(got) == repr(wanted)
    kept = np.array([getattr(ml_dtypes, name)(1), None, getattr(ml_dtypes, name)], object)
    got = numio.load(io.BytesIO(saved(np.save, kept)))
    assert got.tolist() == kept.tolist() and type(got[0]) is type(kept[0])


@pytest.mark.parametrize("name", NAMES)
def test_new_maps_keep_ml_dtypes(name, tmp_path):
    for dtype in dtypes(name):
        ours = numio.open_memmap(tmp_path / "a.npy", "w+", dtype=dtype, shape=(3,))
        try:
            theirs = np.lib.format.open_memmap(tmp_path / "b.npy", "w+", dtype=dtype, shape=(3,))
        except (TypeError, ValueError):
            continue
        assert ours.dtype == theirs.dtype == dtype
        if dtype.names is None:
            ours[:] = theirs[:] = [0, 1, 1]
            ours.flush()
            theirs.flush()
        assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()


def test_states_that_say_more_are_refused():
    function, args, state = np.dtype(ml_dtypes.bfloat16).__reduce__()
    for change in ({5: 1 << 20}, {1: ">"}, {3: ("a",)}, {7: 1}, {2: (np.dtype("i1"), (2,))}):
        parts = tuple(change.get(index, part) for index, part in enumerate(state))
        reduced = type("Reduced", (), {"__reduce__": lambda self, parts=parts: (function, args, parts)})()
        with pytest.raises(pickle.UnpicklingError):
            numio.load(io.BytesIO(pickle.dumps(reduced, 4)))


def test_what_is_not_imported_needs_trust():
    pickled = pickle.dumps(np.ones(3, ml_dtypes.bfloat16), 4)
    program = f"""
import io, sys, numio
try:
    numio.load(io.BytesIO({pickled!r}))
except numio.UntrustedError as error:
    assert "ml_dtypes" not in sys.modules
    print(error.names, numio.load(io.BytesIO({pickled!r}), trust=error.names).dtype)
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert found.stdout.strip() == "['ml_dtypes.bfloat16'] bfloat16", found.stderr
