"""Datasets of Ray over files, on a local Ray."""

import numpy as np
import pytest

import numio

ray = pytest.importorskip("ray")
pytest.importorskip("ray.data")
import numio.ray as nr  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def cluster():
    ray.init(num_cpus=2, include_dashboard=False, object_store_memory=200 << 20, log_to_driver=False, logging_level="error")
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield
    ray.shutdown()


def test_read_of_many_files_gives_their_rows(tmp_path):
    parts = [np.random.default_rng(n).random((n + 3, 4)) for n in range(11)]
    for number, part in enumerate(parts):
        numio.save(tmp_path / f"part-{number}.npy", part)
    rows = nr.read_npy(tmp_path / "part-*.npy", rows_per_block=2)
    assert rows.count() == sum(map(len, parts))
    found = np.stack([row["data"] for row in rows.take_all()])
    order = np.lexsort(found.T)
    wanted = np.concatenate(parts)
    np.testing.assert_array_equal(found[order], wanted[np.lexsort(wanted.T)])
    total = rows.map_batches(lambda batch: {"sum": batch["data"].sum(1)}).sum("sum")
    assert total == pytest.approx(wanted.sum())


def test_read_of_blocks_fields_and_members_gives_them(tmp_path):
    array = np.zeros(10, [("a", "i4"), ("b", "f8")])
    array["a"] = range(10)
    numio.save(tmp_path / "a.npy", array)
    rows = nr.read_npy(tmp_path / "a.npy", rows_per_block=4, override_num_blocks=3)
    assert sorted(row["a"] for row in rows.take_all()) == list(range(10))
    numio.savez_compressed(tmp_path / "a.npz", x=np.arange(6).reshape(3, 2), y=np.arange(2))
    rows = nr.read_npy(tmp_path / "a.npz", member="x", column="x")
    assert sorted(row["x"].tolist() for row in rows.take_all()) == [[0, 1], [2, 3], [4, 5]]


def in_order(rows, name="data"):
    """The values of a column, by the column of their numbers."""
    return [row[name] for row in sorted(rows.take_all(), key=lambda row: row["number"])]


@pytest.mark.parametrize("dtype", [">i2", ">u8", ">f2", ">f8", ">M8[s]", ">U3", ">c16"])
def test_rows_of_the_other_byte_order_are_the_same_numbers(tmp_path, dtype):
    records = np.zeros(9, [("number", ">i4"), ("one", dtype), ("data", dtype, (2, 3))])
    records["number"] = range(9)
    records["one"] = records["number"].astype(dtype)
    records["data"] = np.arange(54).reshape(9, 2, 3).astype(dtype)
    numio.save(tmp_path / "a.npy", records)
    rows = nr.read_npy(tmp_path / "a.npy", rows_per_block=4)
    assert np.array_equal(np.array(in_order(rows)), records["data"])
    assert np.array_equal(np.array(in_order(rows, "one")), records["one"])
    numio.save(tmp_path / "b.npy", records["data"][:1])
    (row,) = nr.read_npy(tmp_path / "b.npy").take_all()
    assert np.array_equal(row["data"], records["data"][0])


@pytest.mark.parametrize("texts", [[b"a\0b", b"\0\0c", b"", b"\xff"], ["a\0b", "\0\0c", "", "\u00e9"]])
def test_texts_with_nul_in_them_are_whole(tmp_path, texts):
    records = np.array(list(enumerate(texts)), [("number", "i4"), ("data", type(texts[0]), 4)])
    numio.save(tmp_path / "a.npy", records)
    # One block has such a text, the other has none, and the column is of one type.
    rows = nr.read_npy(tmp_path / "a.npy", rows_per_block=2)
    assert in_order(rows) == texts


def test_read_of_files_that_do_not_fit_raises(tmp_path):
    numio.save(tmp_path / "a.npy", np.zeros((2, 3)))
    numio.save(tmp_path / "b.npy", np.zeros((2, 4)))
    numio.save(tmp_path / "c.npy", np.float64(1))
    with pytest.raises(ValueError, match="b.npy has rows of shape"):
        nr.read_npy([tmp_path / "a.npy", tmp_path / "b.npy"])
    with pytest.raises(ValueError, match="no rows"):
        nr.read_npy(tmp_path / "c.npy")
    with pytest.raises(FileNotFoundError):
        nr.read_npy(tmp_path / "none-*.npy")
    np.save(tmp_path / "d.npy", np.zeros(3, []))
    with pytest.raises(ValueError, match="d.npy: its records have no fields"):
        nr.read_npy(tmp_path / "d.npy")


def test_read_of_a_file_that_changes_raises(tmp_path):
    numio.save(tmp_path / "a.npy", np.zeros((20, 3)))
    rows = nr.read_npy(tmp_path / "a.npy", rows_per_block=5)
    numio.save(tmp_path / "a.npy", np.zeros((21, 3)))
    with pytest.raises(Exception, match="has changed since it was opened"):
        rows.take_all()
