"""What `numio.save` writes, compared with `numpy.save`: to the byte."""

import io
import os
from pathlib import Path

import numpy as np
import pytest

import numio
from conftest import named
from test_arrays import DTYPES, SHAPES, make


def bytes_of(save, array, **options):
    file = io.BytesIO()
    save(file, array, **options)
    return file.getvalue()


def check(array):
    """Both write the same bytes to a path, to an open file and to a file-like object."""
    assert bytes_of(numio.save, array) == bytes_of(np.save, array)


VIEWS = {
    "itself": lambda a: a,
    "transposed": lambda a: a.T,
    "every other": lambda a: a[::2],
    "backwards": lambda a: a[::-1],
    "last axis backwards": lambda a: a[..., ::-1],
    "broadcast": lambda a: np.broadcast_to(a, (2, *a.shape)),
    "a column": lambda a: a[:, :1],
}


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("order", "CF")
def test_save_of_every_dtype_shape_and_order_writes_numpys_file(dtype, shape, order):
    check(make(dtype, shape, order))


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("dtype", ["u1", "<i2", ">f4", "<f8", "G", "S5", "<U3", DTYPES[29]], ids=str)
def test_save_of_memory_of_any_layout_writes_numpys_file(view, dtype):
    check(view(make(dtype, (6, 5))))
    check(view(make(dtype, (3, 4, 5))))


@pytest.mark.parametrize("dtype", ["V0", [], [("a", "V0")]], ids=str)
def test_save_of_elements_without_bytes_writes_numpys_order(dtype):
    for shape in ((3, 2), (2, 2, 2), (2, 0), (1, 3), ()):
        for order in "CF":
            array = np.zeros(shape, dtype, order)
            check(array)
            check(array.T)
            check(np.asfortranarray(array))


def test_save_of_objects_that_is_refused_warns_as_numpys():
    for dtype in (np.dtypes.StringDType(), np.dtype("O", metadata={"unit": "m"})) if hasattr(np.dtypes, "StringDType") else ():
        for save in (np.save, numio.save):
            with pytest.warns(UserWarning), pytest.raises(ValueError, match="cannot be saved when allow_pickle=False"):
                save(io.BytesIO(), np.zeros(2, dtype), allow_pickle=False)


def test_save_of_megabytes_writes_numpys_file():
    array = np.arange(3_000_000, dtype="i4").reshape(1000, 3000)
    for view in (array, array.T, array[::3, ::7], array[::-1], array[:, 1:]):
        check(view)


@pytest.mark.parametrize(
    "value",
    [1, 1.5, True, 2**70, "text", b"bytes", None, [1, 2], [[1.5], [2]], (), [], ["a", "bc"], [b"a"], {"a": 1}, 1j,
     np.float32(2), np.datetime64("2000-01-01"), range(3), object, [None, {}], np.matrix([[1, 2]]),
     np.array([(1, 2.0)], "i4,f8").view(np.recarray), np.array([(1, 2.0)], "i4,f8")[0], memoryview(b"ab")],
    ids=named,
)  # fmt: skip
def test_save_of_what_is_no_array_yet_writes_numpys_file(value):
    check(value)


@pytest.mark.parametrize(
    "array",
    [np.array([1, "a", None, [2]], object), np.array([[{}, ()], [set(), b"x" * 100_000]], object).T,
     np.array([(1, {"a": 1})], [("n", "i4"), ("o", object)]), np.array(None), np.array([], object),
     np.array([("t", 1)], np.dtype([("o", "O"), ("n", "i4")], align=True)),
     np.array(["x" * 70_000, "y" * 70_000] * 3, object)],
    ids=range(7),
)  # fmt: skip
def test_save_of_python_objects_writes_numpys_file(tmp_path, array):
    check(array)
    np.save(tmp_path / "theirs", array)
    numio.save(tmp_path / "ours", array)
    assert (tmp_path / "ours.npy").read_bytes() == (tmp_path / "theirs.npy").read_bytes()
    for save in (np.save, numio.save):
        with pytest.raises(ValueError, match="Object arrays cannot be saved when allow_pickle=False"):
            save(tmp_path / "refused.npy", array, allow_pickle=False)


@pytest.mark.parametrize("name", ["a", "a.npy", "a.npz", ".npy", "ä b", "a.npy.npy"])
@pytest.mark.parametrize("kind", [str, Path])
def test_save_under_any_name_makes_the_file_that_numpy_makes(tmp_path, name, kind):
    found = {}
    for save in (numio.save, np.save):
        directory = tmp_path / save.__module__.split(".")[0]
        directory.mkdir()
        save(kind(directory / name), np.arange(3))
        found[save] = {path.name: path.read_bytes() for path in directory.iterdir()}
    assert found[numio.save] == found[np.save]


class Fields:
    """Dtypes of which a header says more, or less, than they are."""

    metadata = np.dtype("f8", metadata={"unit": "m"})
    inner = np.dtype([("a", metadata), ("b", "i4", (2,))])
    subarray = np.dtype([("a", (metadata, (2,)))])


@pytest.mark.parametrize("dtype", [Fields.metadata, Fields.inner, Fields.subarray], ids=str)
def test_metadata_is_dropped_with_a_warning(dtype):
    found = []
    for save in (numio.save, np.save):
        with pytest.warns(UserWarning, match="metadata on a dtype is not saved") as caught:
            found.append(bytes_of(save, np.zeros(3, dtype)))
        assert len(caught) == 1
        assert caught[0].filename == __file__ or save is np.save
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "dtype, version",
    [([(f"field {index:05}", "f8") for index in range(3000)], "2.0"), ([("\N{SNOWMAN}", "i4")], "3.0")],
    ids=["long", "Unicode"],
)
def test_save_of_headers_of_later_versions_writes_numpys_file(dtype, version):
    found = []
    for save in (numio.save, np.save):
        with pytest.warns(UserWarning, match=f"Stored array in format {version}"):
            found.append(bytes_of(save, np.zeros(2, dtype)))
    assert found[0] == found[1]


@pytest.mark.filterwarnings("error")
def test_a_warning_that_is_an_error_comes_before_the_file(tmp_path):
    for dtype in (Fields.metadata, [("\N{SNOWMAN}", "i4")]):
        with pytest.raises(UserWarning):
            numio.save(tmp_path / "a.npy", np.zeros(3, dtype))
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not hasattr(np.dtypes, "StringDType"), reason="a dtype of NumPy 2")
def test_save_of_strings_of_any_length_writes_numpys_file():
    array = np.array(["a", "b" * 100], np.dtypes.StringDType())
    found = []
    for save in (numio.save, np.save):
        with pytest.warns(UserWarning, match="Custom dtypes are saved as python objects"):
            found.append(bytes_of(save, array))
        with pytest.raises(ValueError, match="cannot be saved when allow_pickle=False"):
            bytes_of(save, array, allow_pickle=False)
    assert found[0] == found[1]


def test_save_of_dtypes_of_users_writes_numpys_file():
    rational = pytest.importorskip("numpy._core._rational_tests").rational
    array = np.array([1, 2, 3], dtype=rational)
    assert bytes_of(numio.save, array) == bytes_of(np.save, array)


def test_save_under_a_name_that_is_no_text_makes_that_file():
    surrogate = np.zeros(2, [("\udc80", "i4")])
    assert bytes_of(numio.save, surrogate) == bytes_of(np.save, surrogate)


@pytest.mark.parametrize("title", [5, -1.5, b"t", True, 1j, (1, "x"), [1, [2]], {"a": 1}, {3}, 1 << 200], ids=repr)
def test_titles_that_are_no_text_are_saved_and_loaded_as_by_numpy(title):
    array = np.zeros(2, [((title, "a"), "i4"), (("text", "b"), "u1", (2,))])
    data = bytes_of(np.save, array)
    assert bytes_of(numio.save, array) == data
    objects = np.empty(2, object)
    objects[:] = [array, array.dtype]
    pickled = bytes_of(np.save, objects)
    assert bytes_of(numio.save, objects) == pickled
    for load in (numio.load, np.load):
        found = load(io.BytesIO(data))
        again, dtype = load(io.BytesIO(pickled), allow_pickle=True)
        for one in (found.dtype, again.dtype, dtype):
            assert one == array.dtype and one.fields["a"][2] == title and type(one.fields["a"][2]) is type(title)
            assert dict(one.fields) == dict(array.dtype.fields)


@pytest.mark.parametrize("title", [float("inf"), object(), np.int64(3), frozenset()], ids=["inf", "object", "int64", "frozenset"])
def test_titles_that_no_file_can_have_are_refused(title):
    # NumPy writes their `repr`, and cannot read that.
    array = np.zeros(2, [((title, "a"), "i4")])
    with pytest.raises(ValueError):
        np.load(io.BytesIO(bytes_of(np.save, array)))
    with pytest.raises(TypeError, match="the title of a field is text in a file, or a literal"):
        bytes_of(numio.save, array)


def test_save_of_masked_arrays_ends_as_numpys(tmp_path):
    masked = np.ma.array([1, 2, 3], mask=[0, 1, 0])
    for save in (numio.save, np.save):
        with pytest.raises(NotImplementedError, match="MaskedArray.tofile"):
            save(tmp_path / "a.npy", masked)
    assert bytes_of(numio.save, masked) == bytes_of(np.save, masked)


BAD = {
    "no path": (5, [1]),
    "no name": (None, [1]),
    "bytes": (b"a.npy", [1]),
    "a NUL": ("a\0b.npy", [1]),
    "no directory": ("no/such/a.npy", [1]),
    "a directory": ("directory.npy", [1]),
    "text": (io.StringIO(), [1]),
    "read only": (io.BufferedReader(io.BytesIO()), [1]),
    "ragged": ("a.npy", [[1], [2, 3]]),
    "overlapping": ("a.npy", np.zeros(2, {"names": "ab", "formats": ["i4", "i4"], "offsets": [0, 2]})),
    "no pickle": ("a.npy", [lambda: None]),
    "too few arguments": ("a.npy",),
}


@pytest.mark.parametrize("arguments", BAD.values(), ids=BAD)
def test_save_with_bad_arguments_raises_as_numpy(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    os.mkdir("directory.npy")
    with pytest.raises(Exception) as theirs:
        np.save(*arguments)
    with pytest.raises(Exception) as ours:
        numio.save(*arguments)
    assert isinstance(ours.value, theirs.type), (ours.value, theirs.value)


def test_save_with_arguments_of_any_truth_ends_as_numpys(tmp_path):
    numio.save(file=tmp_path / "a", arr=[1], allow_pickle=0)
    numio.save(tmp_path / "a", [None], 1)
    with pytest.warns(DeprecationWarning, match="fix_imports"):
        numio.save(tmp_path / "a", [1], fix_imports=True)
    with pytest.raises(TypeError):
        numio.save(tmp_path / "a", [1], pickles=True)
