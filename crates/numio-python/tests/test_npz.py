"""Archives: `NpzFile` compared with NumPy's."""

import bz2
import collections.abc
import copy
import gc
import io
import pickle
import threading
import warnings
import zipfile

import numpy as np
import pytest
from conftest import outcome, parity, same

import numio


@pytest.fixture(params=[np.savez, np.savez_compressed])
def path(request, tmp_path, arrays):
    path = tmp_path / "a.npz"
    request.param(path, **arrays)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("notes.txt", b"no array")
        archive.writestr("named", archive.read("x.npy"))
    return path


def test_archive_has_the_interface_of_npzfile(path):
    with numio.load(path) as ours, np.load(path) as theirs:
        assert ours.files == theirs.files and len(ours) == len(theirs) and list(ours) == list(theirs)
        assert repr(ours) == repr(theirs) and str(ours) == str(theirs)
        assert list(ours.keys()) == list(theirs.keys()) and "x" in ours.keys()
        assert isinstance(ours, collections.abc.Mapping)
        for name in [*theirs.files, "x.npy", "named", "notes.txt"]:
            assert name in ours
            same(ours[name], theirs[name])
            same(ours.get(name), theirs.get(name))
        same(ours.f.x, theirs.f.x)
        assert dir(ours.f) == sorted(dir(theirs.f))
        for (name, value), (wanted, other) in zip(ours.items(), theirs.items(), strict=True):
            assert name == wanted
            same(value, other)
        for value, other in zip(ours.values(), theirs.values(), strict=True):
            same(value, other)
        assert ours.get("none") is None and ours.get("none", 3) == 3
        for key in ("none", "", "x.npy.npy", 5, None, b"x", ("x",), ["x"], {}):
            parity(outcome(ours.__getitem__, key), outcome(theirs.__getitem__, key))
            parity(outcome(lambda key=key: key in ours), outcome(lambda key=key: key in theirs))
        parity(outcome(lambda: ours.f.none), outcome(lambda: theirs.f.none))
        assert ours.fid.name == theirs.fid.name and ours.zip.namelist() == theirs.zip.namelist()
        assert ours.max_header_size == theirs.max_header_size
        assert ours.pickle_kwargs == theirs.pickle_kwargs
        fids = ours.fid, ours.zip
    assert fids[0].closed and fids[1].fp is None
    assert ours.zip is None and ours.fid is None and ours.f is None
    assert repr(ours) == repr(numio.load(path)) and ours.files == theirs.files
    parity(outcome(ours.__getitem__, "x"), outcome(theirs.__getitem__, "x"))
    ours.close()


def test_repr_of_an_archive_shows_the_first_five_names(tmp_path):
    for count in (0, 1, 5, 6):
        path = tmp_path / f"{count}.npz"
        np.savez(path, **{f"a{at}": at for at in range(count)})
        assert repr(numio.load(path)) == repr(np.load(path))
        assert repr(numio.load(io.BytesIO(path.read_bytes()))) == repr(np.load(io.BytesIO(path.read_bytes())))


@pytest.mark.parametrize("wrap", [io.BytesIO, lambda data: io.BufferedReader(io.BytesIO(data))])
def test_archive_from_file_like_objects_gives_its_members(path, wrap):
    stream = wrap(path.read_bytes())
    with numio.load(stream) as ours, np.load(path) as theirs:
        for name in theirs.files:
            same(ours[name], theirs[name])
        assert ours.fid is None
    assert not stream.closed


def test_archive_from_an_open_file_gives_its_members(path):
    with open(path, "rb") as file, np.load(path) as theirs:
        with numio.load(file) as ours:
            for name in theirs.files:
                same(ours[name], theirs[name])
        assert not file.closed


def test_archive_from_what_cannot_seek_gives_its_members(path):
    stream = type("Stream", (), {"read": io.BytesIO(path.read_bytes()).read})()
    with np.load(path) as theirs:
        same(numio.load(stream)["x"], theirs["x"])


def test_archive_in_threads_is_read_side_by_side(tmp_path):
    path = tmp_path / "a.npz"
    wanted = {f"a{at}": np.arange(50_000) + at for at in range(8)}
    np.savez_compressed(path, **wanted)
    failed = []

    def read(npz, start):
        for at in range(24):
            name = f"a{(start + at) % 8}"
            if not np.array_equal(npz[name], wanted[name]):
                failed.append(name)

    for npz in (numio.load(path), numio.load(io.BufferedReader(io.BytesIO(path.read_bytes())))):
        threads = [threading.Thread(target=read, args=(npz, start)) for start in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failed


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_of_other_methods_are_read(tmp_path, method):
    path, member = tmp_path / "a.npz", io.BytesIO()
    np.save(member, np.arange(1000))
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a.npy", member.getvalue())
    same(numio.load(path)["a"], np.load(path)["a"])


def test_maps_of_stored_members_are_in_place(tmp_path, arrays):
    path = tmp_path / "a.npz"
    members = {name: value for name, value in arrays.items() if np.size(value)}
    np.savez(path, **members)
    with numio.load(path, mmap_mode="r") as npz:
        for name, value in members.items():
            found = npz[name]
            assert type(found) is np.memmap and found.filename == path and found.mode == "r"
            same(np.array(found, order="A", subok=False), np.array(value, order="A"))
            assert path.read_bytes()[found.offset :].startswith(np.asarray(value).tobytes("A"))


def test_maps_of_members_write_through_with_their_checksum(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, a=np.zeros(1000), b=np.ones(3))
    with numio.load(path, mmap_mode="r+") as npz:
        a = npz["a"]
        a[:] = np.arange(1000)
        a.flush()
        assert zipfile.ZipFile(path).testzip() is None
        a[0] = 7
        del a
    assert zipfile.ZipFile(path).testzip() is None
    assert np.load(path)["a"][0] == 7 and np.load(path)["a"][5] == 5


def test_compressed_members_are_read_with_a_warning(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, a=np.arange(5))
    npz = numio.load(path, mmap_mode="r")
    with pytest.warns(RuntimeWarning, match="not mapped") as found:
        same(npz["a"], np.arange(5))
    assert found[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning):
            npz["a"]


def test_damaged_member_raises_as_numpy(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, a=np.arange(1000), b=np.arange(3))
    data = bytearray(path.read_bytes())
    data[500] ^= 1
    path.write_bytes(data)
    with numio.load(path) as ours, np.load(path) as theirs:
        parity(outcome(ours.__getitem__, "a"), outcome(theirs.__getitem__, "a"))
        with pytest.raises(zipfile.BadZipFile, match=r"member a.npy: ") as raised:
            ours["a"]
        assert str(path) in str(raised.value)
        same(ours["b"], theirs["b"])
    for length in (4, 10, 100, len(data) - 1, len(data) - 30):
        path.write_bytes(data[:length])
        parity(outcome(numio.load, path), outcome(np.load, path))
        parity(outcome(numio.load, io.BytesIO(data[:length])), outcome(np.load, io.BytesIO(data[:length])))


def test_archives_by_the_thousand_leak_no_files(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, a=np.arange(5))
    for _ in range(1100):
        numio.load(path)["a"]
        numio.load(path).f.a


def test_html_of_an_archive_is_a_table_of_members(path):
    html = numio.load(path)._repr_html_()
    for text in ("<td>x</td>", "<td>float64</td>", "<td>(3, 4)</td>", "<td>notes.txt</td>", "<td>(2,)</td>"):
        assert text in html


def test_archive_equals_nothing_else_and_has_no_hash(path):
    npz = numio.load(path)
    assert (npz == 3) is False
    with pytest.raises(TypeError):
        hash(npz)


def test_attributes_of_an_archive_can_be_set(tmp_path):
    objects = np.array([None, "é"])
    np.savez(tmp_path / "a.npz", a=np.zeros(3, [("x" * 500, "i4")]), o=objects)
    for load in (numio.load, np.load):
        with load(tmp_path / "a.npz", allow_pickle=False) as data:
            with pytest.raises(ValueError, match="allow_pickle=False"):
                data["o"]
            data.allow_pickle = True
            assert data.allow_pickle is True and data["o"].tolist() == objects.tolist()
            data.allow_pickle = False
            data.max_header_size = 100
            with pytest.raises(ValueError, match="large"):
                data["a"]
            data.max_header_size = 1000
            assert data.max_header_size == 1000 and len(data["a"]) == 3
            data.pickle_kwargs = {"encoding": "latin1", "fix_imports": False}
            assert data.pickle_kwargs == {"encoding": "latin1", "fix_imports": False}
    data = numio.load(tmp_path / "a.npz")
    for wrong in ({"encoding": "utf-8"}, {"encoding": 3}):
        with pytest.raises((ValueError, TypeError)):
            data.pickle_kwargs = wrong
    data.close()
    data.allow_pickle = True


def test_encoding_set_by_attribute_reads_python_2(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, o=np.array([None]))
    pickled = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I1\nt"
    pickled += b"cnumpy\ndtype\n(S'O8'\nI0\nI1\ntR(I3\nS'|'\nNNNI-1\nI-1\nI63\ntbI00\n(lS'\\xe9'\natb."
    with zipfile.ZipFile(path) as archive:
        member = archive.read("o.npy")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("o.npy", member[: member.index(b"\n") + 1] + pickled)
    for load in (numio.load, np.load):
        with load(path, allow_pickle=True) as data:
            with pytest.raises(UnicodeError):
                data["o"]
            data.pickle_kwargs = {"encoding": "latin1"}
            assert data["o"].tolist() == ["é"]


def test_pickled_archive_opens_again_by_its_path(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    np.savez(path, a=np.arange(1000), o=np.array([None, 1], object))
    monkeypatch.chdir(tmp_path)
    npz = numio.load("a.npz", mmap_mode="r", allow_pickle=False, max_header_size=500)
    npz.note = "mine"
    assert vars(npz) == {"note": "mine"}
    monkeypatch.chdir("/")
    for again in (pickle.loads(pickle.dumps(npz)), copy.copy(npz), copy.deepcopy(npz)):
        assert again.note == "mine" and again.files == npz.files and again.max_header_size == 500
        assert type(again["a"]) is np.memmap and not again.allow_pickle
        with pytest.raises(ValueError):
            again["o"]
    again = copy.copy(npz)
    npz.close()
    assert again["a"].sum() == 499500
    with pytest.raises(ValueError):
        pickle.dumps(npz)
    with open(path, "rb") as file:
        by_file = numio.load(file)
        with pytest.raises(TypeError, match="path"):
            pickle.dumps(by_file)
        same(copy.copy(by_file)["a"], np.arange(1000))


def test_pickled_archive_says_that_the_file_has_changed(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, a=np.arange(10))
    pickled = pickle.dumps(numio.load(path))
    assert pickle.loads(pickled)["a"].sum() == 45
    np.savez(path, a=np.arange(11))
    with pytest.raises(ValueError, match="a.npz.*changed"):
        pickle.loads(pickled)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        pickle.loads(pickled)


def test_names_of_a_closed_archive_stay(path):
    ours, theirs = numio.load(path), np.load(path)
    ours.close()
    theirs.close()
    for name in ("x", "x.npy", "named", "notes.txt", "none", 3, b"x", "\ud800", ("x",), ["x"]):
        parity(outcome(lambda name=name: name in ours), outcome(lambda name=name: name in theirs))
    assert list(ours) == list(theirs) and len(ours) == len(theirs) and list(ours.keys()) == list(theirs.keys())


def test_closed_archive_leaves_nothing_open(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for use in (lambda npz: npz.zip, lambda npz: npz.fid, lambda npz: (npz.zip, npz.fid, copy.copy(npz).zip)):
            for _ in range(3):
                npz = numio.load(path)
                assert use(npz)
                del npz
                gc.collect()


def test_archive_in_a_notebook_completes_names_and_shows_sizes(tmp_path):
    np.savez(tmp_path / "a.npz", small=np.zeros(3), large=np.zeros(1 << 20))
    npz = numio.load(tmp_path / "a.npz")
    assert npz._ipython_key_completions_() == ["small", "large"]
    assert "<td>152 B</td>" in npz._repr_html_() and "<td>8.0 MiB</td>" in npz._repr_html_()


@pytest.mark.parametrize("local, central", [(b"good", b"good"), (b"evil", b"good")])
def test_what_follows_a_nul_in_a_name_is_the_same_in_both_headers(local, central):
    with zipfile.ZipFile(buffer := io.BytesIO(), "w") as archive:
        archive.writestr("a.npyXgood", b"hello")
    data = buffer.getvalue().replace(b"a.npyXgood", b"a.npy\0" + local, 1).replace(b"a.npyXgood", b"a.npy\0" + central, 1)
    found = []
    for load in (np.load, numio.load):
        with load(io.BytesIO(data)) as npz:
            assert npz.files == ["a"]
            try:
                found.append(npz["a"])
            except zipfile.BadZipFile:
                found.append("refused")
    assert found == (["refused"] * 2 if local != central else [b"hello"] * 2)
