"""Datasets in archives, through the engine that xarray finds by its entry point."""

import importlib.metadata
import importlib.util
import os
import pickle

import numpy as np
import pytest

import numio

xr = pytest.importorskip("xarray")
pytest.importorskip("dask.array")


@pytest.fixture(autouse=True)
def engine():
    points = importlib.metadata.entry_points(group="xarray.backends")
    if "numio" not in points.names:
        pytest.skip("the package is not installed: no entry points")


def dataset():
    rng = np.random.default_rng(1)
    return xr.Dataset(
        {
            "temperature": (("time", "lat", "lon"), rng.random((4, 3, 2)).astype("f4"), {"units": "K", "levels": [1, 2]}),
            "count": (("lat",), np.arange(3, dtype=">i2")),
            "name": (("lat",), np.array(["a", "bc", ""])),
            "scalar": ((), np.float64(2.5)),
        },
        coords={
            "time": np.array(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"], "M8[ns]"),
            "lat": [10.0, 20.0, 30.0],
            "area": (("lat", "lon"), rng.random((3, 2))),
        },
        attrs={"title": "größe", "n": np.int32(3)},
    )


@pytest.mark.parametrize("compression", ["stored", "deflate"])
def test_dataset_there_and_back_is_the_same(tmp_path, compression):
    import numio.xarray  # noqa: F401

    ds = dataset()
    ds.numio.to_npz(tmp_path / "a", compression=compression)
    found = xr.open_dataset(tmp_path / "a.npz", engine="numio")
    xr.testing.assert_identical(found.load(), ds.assign_attrs(n=3))
    assert all(found[name].dtype == ds[name].dtype for name in ds.variables)
    with np.load(tmp_path / "a.npz") as npz:
        np.testing.assert_array_equal(npz["temperature"], ds["temperature"])
        assert npz["temperature.dims"].tolist() == ["time", "lat", "lon"]


@pytest.mark.parametrize("dtype", [">i4", "<U5", "S4", "M8[ns]", "?"])
def test_variables_without_axes_keep_their_dtype(tmp_path, dtype):
    import numio.xarray  # noqa: F401

    ds = xr.Dataset({"s": ((), np.array(1).astype(dtype)), "v": (("x",), np.arange(3).astype(dtype))})
    ds.numio.to_npz(tmp_path / "a.npz")
    for chunks in (None, {}):
        with xr.open_dataset(tmp_path / "a.npz", engine="numio", chunks=chunks) as opened:
            for known, found in ((ds["s"], opened["s"]), (ds["v"][1], opened["v"][1])):
                assert found.dtype == known.dtype and found.values.dtype == known.values.dtype
                assert found.values == known.values


def test_dataset_opened_is_lazy_and_indexed_as_xarray_does(tmp_path, monkeypatch):
    import numio.xarray  # noqa: F401

    ds = dataset()
    ds.numio.to_npz(tmp_path / "a.npz")
    asked = []
    real = numio.LazyArray.__getitem__
    found = xr.open_dataset(tmp_path / "a.npz", engine="numio")
    monkeypatch.setattr(numio.LazyArray, "__getitem__", lambda self, index: asked.append(index) or real(self, index))
    assert found["temperature"].shape == (4, 3, 2) and not asked
    points = xr.DataArray([0, 1, 3], dims="points"), xr.DataArray([2, 0, 1], dims="points")
    for pick in (
        lambda ds: ds["temperature"][1:3, 0],
        lambda ds: ds["temperature"].isel(time=[3, 0], lon=[1, 0]),
        lambda ds: ds["temperature"].isel(time=points[0], lat=points[1]),
        lambda ds: ds["temperature"].sel(lat=20.0),
        lambda ds: ds["temperature"][::-1, ::-2].mean("lon"),
        lambda ds: ds["temperature"].where(ds["lat"] > 15),
    ):
        xr.testing.assert_identical(pick(found).load(), pick(ds))
    assert asked


def test_dataset_in_chunks_is_written_and_read(tmp_path):
    import numio.xarray  # noqa: F401

    ds = dataset()
    ds.chunk({"time": 2, "lat": 1}).numio.to_npz(tmp_path / "a.npz", scheduler="threads")
    found = xr.open_dataset(tmp_path / "a.npz", engine="numio", chunks={"time": 1})
    assert found["temperature"].chunks == ((1, 1, 1, 1), (3,), (2,))
    xr.testing.assert_identical(found.compute(), ds.assign_attrs(n=3))
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]
    big = xr.Dataset({"x": (("a", "b"), np.random.default_rng(2).random((40_000, 32)))})
    big.numio.to_npz(tmp_path / "b.npz", compression="deflate")
    found = xr.open_dataset(tmp_path / "b.npz", engine="numio", chunks={})
    block = numio.open(tmp_path / "b.npz")["x"].block_bytes
    assert found["x"].chunks[0][0] == -(-block // (32 * 8)) and found["x"].chunks[1] == (32,)
    xr.testing.assert_identical(found.compute(), big)


@pytest.mark.skipif(importlib.util.find_spec("resource") is None, reason="no limit of open files here")
def test_datasets_of_more_files_than_a_process_may_open(tmp_path):
    import resource

    import numio.xarray  # noqa: F401

    for number in range(200):
        part = xr.Dataset({"x": ("a", np.arange(3) + number)}, coords={"a": np.arange(3) + 3 * number})
        part.numio.to_npz(tmp_path / f"{number}.npz")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Those that are open now, and the 64 that are kept.
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/dev/fd")) + 100, limits[1]))
    try:
        parts = [xr.open_dataset(tmp_path / f"{number}.npz", engine="numio") for number in range(200)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    whole = xr.concat(parts, "a")
    assert whole["x"].values.tolist() == [number + at for number in range(200) for at in range(3)]
    for found in (parts[0], pickle.loads(pickle.dumps(parts[0]))):
        with found:
            assert found["x"].values.tolist() == [0, 1, 2]


def test_archive_of_anyone_opens_as_a_dataset(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.arange(3), y=np.arange(4), z=np.ones((3, 4)), t=np.float32(1))
    found = xr.open_dataset(tmp_path / "a.npz")
    assert {name: found[name].dims for name in found.variables} == {"x": ("x",), "y": ("y",), "z": ("z_0", "z_1"), "t": ()}
    found = xr.open_dataset(tmp_path / "a.npz", engine="numio", dims={"z": ("x", "y")}, drop_variables="t")
    assert found["z"].sel(x=2, y=[1, 3]).values.tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match=r"z: 1 dimensions \['x'\] for an array of shape \(3, 4\)"):
        xr.open_dataset(tmp_path / "a.npz", engine="numio", dims={"z": ["x"]})
    np.save(tmp_path / "a.npy", np.arange(3))
    with pytest.raises(ValueError, match="no archive"):
        xr.open_dataset(tmp_path / "a.npy", engine="numio")


def test_members_that_describe_nothing_are_variables(tmp_path):
    good = {"x": np.arange(3), "x.dims": np.array(["t"]), "x.attrs": np.array("{}")}
    for bad, said in (
        ({"x.dims": np.arange(1)}, "no list of names"),
        ({"x.dims": np.array(["a", "b"])}, "2 dimensions"),
        ({"x.attrs": np.array("[1]")}, "no JSON of attributes"),
        ({"x.attrs": np.arange(2)}, "no text"),
        ({".coords": np.array(3)}, "no list of names"),
    ):
        numio.write_npz(tmp_path / "a.npz", good | bad)
        with pytest.raises(ValueError, match=said):
            xr.open_dataset(tmp_path / "a.npz", engine="numio")


def test_dataset_is_written_later_and_to_urls(tmp_path):
    import numio.xarray  # noqa: F401

    dataset = xr.Dataset({"x": (("a", "b"), np.arange(12).reshape(3, 4))}, coords={"a": [1, 2, 3]}, attrs={"title": "t"})
    later = dataset.chunk({"a": 2}).numio.to_npz(tmp_path / "later.npz", compute=False)
    assert list(tmp_path.iterdir()) == []
    later.compute(scheduler="threads")
    dataset.numio.to_npz(f"file://{tmp_path}/plain")
    dataset.chunk({"a": 2}).numio.to_npz(f"file://{tmp_path}/chunks.npz", scheduler="threads")
    urls = [f"memory://{tmp_path.name}/x.npz"] if importlib.util.find_spec("fsspec") else []
    for url in urls:
        dataset.numio.to_npz(url, compression="deflate")
    for path in (*(tmp_path / f"{name}.npz" for name in ("later", "plain", "chunks")), *urls):
        xr.testing.assert_identical(xr.open_dataset(path, engine="numio").load(), dataset)


def test_dataset_that_no_archive_holds_raises(tmp_path):
    import pandas as pd

    import numio.xarray  # noqa: F401

    text = xr.Dataset({"x": ("a", np.array(["one", "two"], object))})
    text.numio.to_npz(tmp_path / "a.npz")
    assert xr.open_dataset(tmp_path / "a.npz", engine="numio")["x"].values.tolist() == ["one", "two"]
    # In chunks it is text as well, beside numbers that the workers write.
    chunked = text.assign(y=("a", [1, 2])).chunk({"a": 1})
    chunked.numio.to_npz(tmp_path / "a.npz")
    found = xr.open_dataset(tmp_path / "a.npz", engine="numio")
    assert found["x"].values.tolist() == ["one", "two"] and found["y"].values.tolist() == [1, 2]
    with pytest.raises(ValueError, match="Python objects"):
        chunked.assign(x=("a", np.array([None, 1], object))).chunk({"a": 1}).numio.to_npz(tmp_path / "b.npz")
    for strings in ([np.array(["one", "two"], np.dtypes.StringDType())] if hasattr(np.dtypes, "StringDType") else []):
        for dataset in (xr.Dataset({"x": ("a", strings)}), xr.Dataset({"x": ("a", strings)}).chunk({"a": 1})):
            dataset.numio.to_npz(tmp_path / "a.npz")
            assert xr.open_dataset(tmp_path / "a.npz", engine="numio")["x"].values.tolist() == ["one", "two"]
    for bad, error, said in (
        (xr.Dataset({"x": ("a", np.array([None, 1], object))}), ValueError, "Python objects"),
        (xr.Dataset({"x": ("a", np.array([(1, "a")], [("n", "i4"), ("o", object)]))}), ValueError, "Python objects"),
        (xr.Dataset({"x": ("a", pd.period_range("2020", periods=2, freq="D"))}), ValueError, "Python objects"),
        (xr.Dataset({"x.dims": 1}), ValueError, "describe variables"),
        (xr.Dataset({"x": 1, "x.npy": 2}), ValueError, "the variable x, too"),
        (xr.Dataset({1: ("a", [1])}), TypeError, "names of variables"),
        (xr.Dataset({"x": ((1,), [1])}), TypeError, "names of dimensions"),
        (xr.Dataset({"x": ("a", [1], {1: 2})}), TypeError, "names of dimensions and attributes"),
        (xr.Dataset({"x": 1}, attrs={1: 2}), TypeError, "names of dimensions and attributes"),
        (xr.Dataset({"x": 1}, attrs={"f": object()}), TypeError, "what JSON has"),
    ):
        with pytest.raises(error, match=said):
            bad.numio.to_npz(tmp_path / "b.npz")
        assert not (tmp_path / "b.npz").exists()
    # Numbers of pandas are NumPy's.
    xr.Dataset({"x": ("a", pd.array([1, 2], dtype="Int64"))}).numio.to_npz(tmp_path / "a.npz")
    assert xr.open_dataset(tmp_path / "a.npz", engine="numio")["x"].dtype == np.int64
    with pytest.raises(TypeError, match="no variable is a Dask array"):
        text.numio.to_npz(tmp_path / "b.npz", scheduler="sync")
