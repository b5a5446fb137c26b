"""Members of an archive that are read in order, or all at once: the next ones are decompressed on other cores meanwhile."""

import gc
import os
import subprocess
import sys
import textwrap
import threading
import zipfile

import numpy as np
import pytest

import numio


def arrays(count=10, size=36_000):
    """Small and large members, of several kinds, and two that hold objects."""
    rng = np.random.default_rng(0)
    made = {}
    for at in range(count):
        length = size if at % 3 else 10 * (at + 1)
        made[f"m{at}"] = rng.integers(0, 1000, length).astype(["i4", "f8", ">i8"][at % 3])
    made["objects"] = np.array([{"a": [1, 2]}, None, "x"] * 12_000, dtype=object)
    made["records"] = np.zeros(20_000, [("a", "i4"), ("b", "U3")])
    return made


def equal(found, wanted):
    assert found.dtype == wanted.dtype and found.shape == wanted.shape
    assert found.tobytes() == wanted.tobytes() if found.dtype != object else found.tolist() == wanted.tolist()


@pytest.fixture(scope="module", params=["savez_compressed", "savez", "numio", "other methods"])
def archive(request, tmp_path_factory):
    """An archive, and its members as NumPy reads them."""
    path = tmp_path_factory.mktemp("archive") / "a.npz"
    members = arrays()
    if request.param == "other methods":
        with zipfile.ZipFile(path, "w") as file:
            for at, (name, array) in enumerate(members.items()):
                info = zipfile.ZipInfo(name + ".npy")
                info.compress_type = [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED][at % 4]
                with file.open(info, "w") as member:
                    np.lib.format.write_array(member, array)
    else:
        save = {"savez_compressed": np.savez_compressed, "savez": np.savez, "numio": numio.savez_compressed}
        save[request.param](path, **members)
    with np.load(path, allow_pickle=True) as npz:
        return path, dict(npz)


def ways():
    """Ways through an archive, as names and members in the order in which they are read."""

    def backwards(npz):
        return [(name, npz[name]) for name in reversed(npz.files)]

    def every_other(npz):
        return [(name, npz[name]) for name in npz.files[::2]]

    def twice(npz):
        return [(name, npz[name]) for name in npz.files for _ in range(2)]

    def mixed(npz):
        order = np.random.default_rng(1).permutation(len(npz.files) * 3) % len(npz.files)
        return [(npz.files[at], npz[npz.files[at]]) for at in order]

    def restarted(npz):
        first = [(name, npz[name]) for name in npz.files[:5]]
        return first + list(npz.items())

    return {
        "dict": lambda npz: dict(npz).items(),
        "items": lambda npz: npz.items(),
        "values": lambda npz: zip(npz.files, npz.values()),
        "keys": lambda npz: [(name, npz[name]) for name in npz],
        "full names": lambda npz: [(name, npz[name + ".npy"]) for name in npz],
        "f": lambda npz: [(name, getattr(npz.f, name)) for name in npz.files],
        "backwards": backwards,
        "every other": every_other,
        "twice": twice,
        "mixed": mixed,
        "restarted": restarted,
        "read_all": lambda npz: npz.read_all().items(),
        "read_all of some": lambda npz: npz.read_all(["m5", "objects", "m0", "m1"]).items(),
        "read_all twice": lambda npz: npz.read_all(iter(["m5", "m5", "m1"])).items(),
    }


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("way", ways())
def test_members_read_in_every_way_are_numpys(archive, way, threads):
    path, wanted = archive
    with numio.threads(threads), numio.load(path) as npz:
        found = list(ways()[way](npz))
    for name, array in found:
        equal(array, wanted[name])
    if way in ("dict", "items", "read_all"):
        assert [name for name, _ in found] == list(wanted)
    if way.startswith("read_all of"):
        assert [name for name, _ in found] == ["m5", "objects", "m0", "m1"]


def test_read_all_refuses_before_it_reads(archive):
    with numio.load(archive[0]) as npz:
        with pytest.raises(KeyError, match="nothing is not a file in the archive"):
            npz.read_all(["m0", "nothing"])
        with pytest.raises(KeyError):
            npz.read_all([1])
        with pytest.raises(TypeError):
            npz.read_all([[]])
        with pytest.raises(TypeError, match="iterable"):
            npz.read_all("m0")
        assert npz.read_all([]) == {}
    with pytest.raises(ValueError, match="closed"):
        npz.read_all()


def test_read_all_of_a_mapped_archive_gives_maps(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, a=np.arange(5), b=np.ones((2, 3)))
    with numio.load(path, mmap_mode="r") as npz:
        found = npz.read_all()
    assert all(isinstance(array, np.memmap) for array in found.values())
    assert found["a"].tolist() == [0, 1, 2, 3, 4] and found["b"].shape == (2, 3)


def test_read_all_from_an_open_file_gives_its_members(archive):
    path, wanted = archive
    with open(path, "rb") as file, numio.load(file) as npz:
        for found in (npz.read_all(), dict(npz)):
            assert list(found) == list(wanted)
            for name, array in found.items():
                equal(array, wanted[name])


def damage(path, name):
    """Changes a byte in the middle of a member's data."""
    with zipfile.ZipFile(path) as file:
        info = file.getinfo(name + ".npy")
    with open(path, "r+b") as file:
        file.seek(info.header_offset + 30 + len(info.filename) + info.compress_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 0xFF]))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_an_error_stays_with_its_member(tmp_path, threads):
    path = tmp_path / "a.npz"
    members = {f"m{at}": np.random.default_rng(at).standard_normal(60_000) for at in range(8)}
    np.savez_compressed(path, **members)
    damage(path, "m3")
    with numio.threads(threads), numio.load(path) as npz:
        for _ in range(2):
            for name in npz.files:
                if name == "m3":
                    with pytest.raises(Exception, match="m3"):
                        npz[name]
                else:
                    equal(npz[name], members[name])
        with pytest.raises(Exception, match="m3"):
            npz.read_all()
        kept = [name for name in npz.files if name != "m3"]
        assert list(npz.read_all(kept)) == kept


def test_settings_that_change_on_the_way_hold_from_then_on(tmp_path):
    path = tmp_path / "a.npz"
    objects = {f"o{at}": np.array([{"k": at}] * 60_000, dtype=object) for at in range(6)}
    np.savez_compressed(path, **objects)
    with numio.threads(2), numio.load(path) as npz:
        names = npz.files
        for name in names[:3]:
            equal(npz[name], objects[name])
        npz.allow_pickle = False
        for name in names[3:]:
            with pytest.raises(ValueError, match="allow_pickle"):
                npz[name]


def test_archive_closed_or_dropped_on_the_way_ends(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, **{f"m{at}": np.random.default_rng(at).standard_normal(200_000) for at in range(8)})
    for _ in range(20):
        npz = numio.load(path)
        first = [npz[name] for name in npz.files[:3]]
        npz.close()
        with pytest.raises(ValueError, match="closed"):
            npz["m4"]
        del npz
        gc.collect()
        assert len(first) == 3


def test_many_threads_share_an_archive(tmp_path):
    path = tmp_path / "a.npz"
    members = {f"m{at}": np.random.default_rng(at).standard_normal(40_000) for at in range(12)}
    np.savez_compressed(path, **members)
    failed = []

    def go(npz):
        try:
            for name, array in npz.items():
                equal(array, members[name])
        except BaseException as error:
            failed.append(error)

    with numio.load(path) as npz:
        threads = [threading.Thread(target=go, args=(npz,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert not failed and not any(thread.is_alive() for thread in threads)


def run(program, folder, **environment):
    command = [sys.executable, "-c", textwrap.dedent(program)]
    found = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_fork_on_the_way_goes_on(tmp_path):
    members = {f"m{at}": np.random.default_rng(at).standard_normal(200_000) for at in range(10)}
    np.savez_compressed(tmp_path / "a.npz", **members)
    program = """
        import os, numpy as np, numio
        wanted = dict(np.load("a.npz"))
        npz = numio.load("a.npz")
        names = npz.files
        for name in names[:3]:
            npz[name]
        child = os.fork()
        for name in names[3:]:
            assert np.array_equal(npz[name], wanted[name])
        if child:
            assert os.waitpid(child, 0)[1] == 0
            print("fine")
        else:
            os._exit(0)
    """
    for threads in ("1", "2", "4"):
        assert run(program, tmp_path, NUMIO_NUM_THREADS=threads) == "fine\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_what_is_read_ahead_is_bounded(tmp_path):
    member = np.zeros(4 << 20)
    np.savez_compressed(tmp_path / "a.npz", **{f"m{at}": member for at in range(12)})
    # Members are of 32 MiB: two that are given out, four read ahead, and what decompressing takes.
    program = """
        import time, numio
        def now():
            return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) >> 10
        with numio.threads(16), numio.load("a.npz", max_ratio=10**6) as npz:
            before = now()
            first, second = npz["m0"], npz["m1"]
            time.sleep(1.5)
            print(now() - before)
    """
    assert int(run(program, tmp_path)) < 64 + 128 + 48
