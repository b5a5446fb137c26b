"""Objects of harmless classes, in the forms that Python and NumPy write, and others in no form that they write."""

import array
import collections
import datetime
import ipaddress
import pathlib
import pickle
import subprocess
import sys
import time
import types
import zoneinfo

import numpy as np
import pytest

import numio

POOL = np.arange(4, dtype=np.uint32)


def states():
    """Random generators that have been used, so that nothing of their states is as it was at first."""
    for name in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"):
        made = np.random.Generator(getattr(np.random, name)(np.random.SeedSequence(7, spawn_key=(1, 2))))
        made.integers(10, size=3, dtype=np.uint32)
        made.standard_normal(3)
        yield made
        yield made.bit_generator
    legacy = np.random.RandomState(5)
    legacy.standard_normal(3)
    yield legacy
    yield np.random.RandomState(np.random.PCG64(3))
    yield np.random.SeedSequence(123456789123456789).spawn(2)[1]
    yield np.random.SeedSequence([1, 2, 3])
    yield np.random.default_rng()


VALUES = {
    "zones": [zoneinfo.ZoneInfo("Europe/Paris"), zoneinfo.ZoneInfo.no_cache("America/Argentina/Buenos_Aires")],
    "namespaces": [types.SimpleNamespace(), types.SimpleNamespace(a=1, b=[2, None]), types.SimpleNamespace(**{"x y": 1})],
    "arrays": [
        *(array.array(code, [0, 1, 100]) for code in "bBhHiIlLqQfd"),
        array.array("i"),
        array.array("d", [float("inf"), -0.0]),
    ],
    "addresses": [
        ipaddress.ip_address("1.2.3.4"),
        ipaddress.ip_address("::1%eth0"),
        ipaddress.ip_address(2**128 - 1),
        ipaddress.ip_network("10.0.0.0/8"),
        ipaddress.ip_network("fe80::/64"),
        ipaddress.ip_interface("10.0.0.1/8"),
        ipaddress.ip_interface("fe80::1%a/64"),
    ],
    "times": [time.gmtime(0), time.localtime(), time.struct_time(range(9)), time.strptime("2020", "%Y")],
    "chains": [collections.ChainMap(), collections.ChainMap({"a": 1}, {}), collections.ChainMap(collections.OrderedDict())],
    "user types": [
        collections.UserDict({"a": 1}),
        collections.UserDict(),
        collections.UserList([1, [2]]),
        collections.UserString("x"),
    ],
    "polynomials": [
        np.poly1d([1.5, 2, 3], variable="z"),
        *(
            getattr(np.polynomial, name)([1, 2.5, 3], domain=[0, 5], window=[-2, 2])
            for name in ("Polynomial", "Chebyshev", "Legendre", "Laguerre", "Hermite", "HermiteE")
        ),
    ],
    "random": list(states()),
    "records": [np.rec.array([(1, 2.5)])[0], np.rec.array([(1, "a")], names="x,y")],
}  # fmt: skip


def same(ours, theirs):
    assert type(ours) is type(theirs)
    if isinstance(theirs, np.random.Generator):
        assert list(ours.integers(1000, size=50)) == list(theirs.integers(1000, size=50))
        assert list(ours.standard_normal(5)) == list(theirs.standard_normal(5))
    elif isinstance(theirs, np.random.RandomState):
        assert list(ours.standard_normal(5)) == list(theirs.standard_normal(5))
    elif isinstance(theirs, np.random.BitGenerator):
        assert list(ours.random_raw(5)) == list(theirs.random_raw(5))
        assert list(ours.seed_seq.generate_state(4)) == list(theirs.seed_seq.generate_state(4))
    elif isinstance(theirs, np.random.SeedSequence):
        assert list(ours.generate_state(9)) == list(theirs.generate_state(9)) and repr(ours) == repr(theirs)
        assert list(ours.spawn(1)[0].generate_state(2)) == list(theirs.spawn(1)[0].generate_state(2))
    elif isinstance(theirs, (np.poly1d, np.polynomial.polynomial.Polynomial.__bases__[0])):
        assert repr(ours) == repr(theirs) and np.array_equal(ours(np.arange(3.0)), theirs(np.arange(3.0)))
    else:
        assert repr(ours) == repr(theirs)
        # A zone that was kept out of the cache is equal to itself alone.
        if not isinstance(theirs, (np.recarray, zoneinfo.ZoneInfo)):
            assert ours == theirs


@pytest.fixture
def load(tmp_path):
    def load(pickled, **named):
        path = tmp_path / "x.pkl"
        path.write_bytes(pickled)
        return numio.load(path, **named)

    return load


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_every_harmless_form_loads_as_python_does(load, values, protocol):
    for value in values:
        pickled = pickle.dumps(value, protocol)
        same(load(pickled), pickle.loads(pickled))
    # All in one, with what they share.
    pickled = pickle.dumps([values, {"again": values}], protocol)
    got = load(pickled)
    assert all(one is two for one, two in zip(got[0], got[1]["again"], strict=True))


def test_the_audit_knows_every_form(tmp_path):
    paths = []
    aware = datetime.datetime(2026, 3, 29, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Zurich"), fold=1)
    for group, values in {**VALUES, "others": [aware, aware.timetz(), ["PCG64", "Paris", b"P"], pathlib.PurePosixPath("/a")]}.items():
        for protocol in range(6):
            paths.append(tmp_path / f"{group}.{protocol}.pkl")
            paths[-1].write_bytes(pickle.dumps([values, {"again": values}], protocol))
    audited = subprocess.run([sys.executable, "-m", "numio", "audit", *paths], capture_output=True, text=True)
    told = [line for line in audited.stdout.splitlines() if not line.startswith(" ")]
    assert told == [f"{path}: data only" for path in paths], audited.stdout
    assert audited.returncode == 0


@pytest.mark.parametrize(
    "pickled",
    [
        # Another attribute, the same one of another class, one called otherwise, one that is given state, and a zone that leads out.
        b"cbuiltins\ngetattr\n(czoneinfo\nZoneInfo\nVfrom_file\ntR(VUTC\nI01\ntR.",
        b"cbuiltins\ngetattr\n(cos\nsystem\nV_unpickle\ntR(VUTC\nI01\ntR.",
        b"(cbuiltins\ngetattr\nczoneinfo\nZoneInfo\nV_unpickle\no(VUTC\nI01\ntR.",
        b"cbuiltins\ngetattr\n(czoneinfo\nZoneInfo\nV_unpickle\ntR(V../x\nI01\ntR.",
        b"(cbuiltins\ngetattr\np0\n(czoneinfo\nZoneInfo\nV_unpickle\ntR(VUTC\nI01\ntRg0\n(g0\nV__self__\ntRt.",
    ],
)
def test_the_audit_knows_nothing_else(tmp_path, pickled):
    path = tmp_path / "x.pkl"
    path.write_bytes(pickled)
    audited = subprocess.run([sys.executable, "-m", "numio", "audit", path], capture_output=True, text=True)
    assert audited.returncode == 1 and ": dangerous\n" in audited.stdout, audited.stdout


def numpy_1(name, state, make="__generator_ctor"):
    """A generator as NumPy 1.26 pickles it: by the name of its bit generator, and the function that makes that."""
    module = "numpy.random._pickle"
    made = pickle.dumps(state, 2)[2:-1]
    head = f"c{module}\n{make}\n(V{name}\nc{module}\n__bit_generator_ctor\ntR".encode()
    return b"\x80\x02" + head + made + b"b."


def test_forms_of_numpy_1_load(load):
    for name in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"):
        bits = getattr(np.random, name)(3)
        same(load(numpy_1(name, bits.state)), np.random.Generator(bits))
        pickled = b"\x80\x02cnumpy.random._pickle\n__bit_generator_ctor\nV%b\n\x85R" % name.encode()
        got = load(pickled + pickle.dumps(bits.state, 2)[2:-1] + b"b.")
        assert type(got) is type(bits) and repr(got.state) == repr(bits.state)
    legacy = np.random.RandomState(5)
    same(load(numpy_1("MT19937", legacy.get_state(legacy=False), "__randomstate_ctor")), legacy)


def generator_state(**changes):
    """The pickle of a bit generator with another state."""
    name = changes.pop("name", "MT19937")
    state = getattr(np.random, name)(1).state
    for key, value in changes.items():
        (state["state"] if key in state["state"] else state)[key] = value
    made = pickle.dumps((state, None), 4)[2:-1]
    return b"\x80\x04cnumpy.random._pickle\n__bit_generator_ctor\nV%b\n\x85R" % name.encode() + made + b"b."


HOSTILE = {
    "a position behind the numbers": generator_state(pos=625),
    "a position before the numbers": generator_state(pos=-1),
    "a huge position": generator_state(pos=2**31 - 1),
    "too few numbers": generator_state(key=np.zeros(623, np.uint32)),
    "other numbers": generator_state(key=np.zeros(624)),
    "no array of numbers": generator_state(key=[0] * 624),
    "more in the state": generator_state(more=1),
    "another name": generator_state(bit_generator="PCG64"),
    "a buffer's position": generator_state(name="Philox", buffer_pos=5),
    "a buffer's length": generator_state(name="Philox", buffer=np.zeros(3, np.uint64)),
    "a large number": generator_state(name="PCG64", state=2**128),
    "a negative number": generator_state(name="PCG64", inc=-1),
    "a flag of 2": generator_state(name="SFC64", has_uint32=2),
    "a zone that leads out": b"\x80\x02czoneinfo\nZoneInfo._unpickle\nX\x0e\0\0\0../../etc/passK\x01\x86R.",
    "an absolute zone": b"\x80\x02czoneinfo\nZoneInfo._unpickle\nX\x0b\0\0\0/etc/passwdK\x01\x86R.",
    "a zone with a dot": b"\x80\x02czoneinfo\nZoneInfo._unpickle\nX\x04\0\0\0a.pyK\x01\x86R.",
    "a zone by its constructor": b"\x80\x02czoneinfo\nZoneInfo\nX\x03\0\0\0UTC\x85R.",
    "a zone's other attribute": b"\x80\x02cbuiltins\ngetattr\nczoneinfo\nZoneInfo\nX\x09\0\0\0from_file\x86R.",
    "a namespace with arguments": b"\x80\x02ctypes\nSimpleNamespace\nK\x01\x85R.",
    "a namespace with other keys": b"\x80\x02ctypes\nSimpleNamespace\n)R}K\x01K\x02sb.",
    "an array of an unknown kind": b"\x80\x02carray\narray\nX\x01\0\0\0c]\x86R.",
    "an array of bytes": b"\x80\x02carray\narray\nX\x01\0\0\0bU\x03abc\x86R.",
    "an array's unknown format": b"\x80\x03carray\n_array_reconstructor\n(carray\narray\nX\x01\0\0\0bK\x16C\x01atR.",
    "an array of another class": b"\x80\x03carray\n_array_reconstructor\n(cbuiltins\nlist\nX\x01\0\0\0bK\x01C\x01atR.",
    "an address of a list": b"\x80\x02cipaddress\nIPv4Address\n]\x85R.",
    "a time of a list": b"\x80\x02ctime\nstruct_time\n](K\x01K\x02e\x85R.",
    "a chain of a number": b"\x80\x02ccollections\nChainMap\n)\x81}X\x04\0\0\0mapsK\x01sb.",
    "a chain with arguments": b"\x80\x02ccollections\nChainMap\n}\x85R.",
    "a dict of its own": b"\x80\x02ccollections\nUserDict\n)\x81}(X\x04\0\0\0data}X\x01\0\0\0xK\x01ub.",
    "a polynomial's attribute": b"\x80\x02cnumpy\npoly1d\n)\x81}X\x01\0\0\0xK\x01sb.",
    "a polynomial of no array": b"\x80\x02cnumpy\npoly1d\n)\x81}X\x06\0\0\0coeffs]sb.",
    "a seed sequence's class": b"\x80\x02cnumpy.random.bit_generator\n__pyx_unpickle_SeedSequence\nctypes\nSimpleNamespace\n"
    b"K\x01N\x87R.",
}  # fmt: skip


@pytest.mark.parametrize("pickled", HOSTILE.values(), ids=HOSTILE)
def test_what_no_pickler_writes_is_refused(load, pickled):
    with pytest.raises(numio.UntrustedError) as raised:
        load(pickled)
    assert raised.value.names


def test_a_state_that_is_given_twice_is_refused(load):
    pickled = pickle.dumps(types.SimpleNamespace(a=1), 2)
    with pytest.raises(pickle.UnpicklingError):
        load(pickled[:-1] + b"}b.")


def test_damaged_contents_of_harmless_types_raise(load):
    """Forms that are right, with contents that Python itself refuses."""
    for pickled in (
        b"\x80\x02cipaddress\nIPv4Address\nX\x03\0\0\0abc\x85R.",
        b"\x80\x02czoneinfo\nZoneInfo._unpickle\nX\x04\0\0\0NoneK\x01\x86R.",
        b"\x80\x02carray\narray\nX\x01\0\0\0b]K\xffa\x86R.",
        b"\x80\x03carray\n_array_reconstructor\n(carray\narray\nX\x01\0\0\0iK\x08C\x01atR.",
    ):
        with pytest.raises(pickle.UnpicklingError):
            load(pickled)


def test_cycles_through_harmless_types_are_closed(load):
    space = types.SimpleNamespace()
    space.me = [space]
    chain = collections.ChainMap({})
    chain["me"] = chain
    for protocol in range(2, 6):
        got = load(pickle.dumps(space, protocol))
        assert got.me[0] is got
        got = load(pickle.dumps(chain, protocol))
        assert got["me"] is got
