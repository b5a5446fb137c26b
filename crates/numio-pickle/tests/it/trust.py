"""Prints hexadecimal pickles, a line each: of objects whose classes only Python makes, in the forms of its own pickler, by every
protocol and both picklers; then, after an empty line, of the same calls with one part that no pickler writes."""

import array
import collections
import datetime
import ipaddress
import pickle
import time
import types
import zoneinfo

KNOWN = [
    array.array("i", [1, -2, 3]),
    array.array("d", [1.5]),
    array.array("u", "aé"),
    collections.ChainMap({"a": 1}, {}),
    collections.UserDict(a=1),
    collections.UserList([1, 2]),
    collections.UserString("text"),
    ipaddress.ip_address("1.2.3.4"),
    ipaddress.ip_address("fe80::1%eth0"),
    ipaddress.ip_interface("10.0.0.1/8"),
    ipaddress.ip_network("2001:db8::/32"),
    time.gmtime(0),
    types.SimpleNamespace(),
    types.SimpleNamespace(a=1, b=[2]),
    *([zoneinfo.ZoneInfo("UTC")] if "UTC" in zoneinfo.available_timezones() else []),
]


class Call:
    """An object that pickles as this call, with this state."""

    def __init__(self, function, args, state=None):
        self.parts = (function, args) if state is None else (function, args, state)

    def __reduce__(self):
        return self.parts


OTHERS = [
    Call(array.array, ("i", [1.5])),
    Call(array.array, ("x", [1])),
    Call(array.array, ("i", [1]), {"a": 1}),
    Call(ipaddress.IPv4Address, ([],)),
    Call(ipaddress.IPv4Address, (1 << 200,)),
    Call(ipaddress.IPv4Address, ("1" * 1000,)),
    Call(types.SimpleNamespace, (), {1: 2}),
    Call(types.SimpleNamespace, (1,)),
    Call(time.struct_time, ((1,) * 8, {})),
    Call(time.struct_time, ((1,) * 9, {"tm_more": 1})),
    Call(zoneinfo.ZoneInfo._unpickle, ("../../etc/passwd", 1)),
    Call(zoneinfo.ZoneInfo._unpickle, ("/etc/passwd", 1)),
    Call(collections.UserList, ([1],)),
]

for known in (True, False):
    for value in KNOWN if known else OTHERS:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            print(pickle.dumps(value, protocol).hex())
            print(pickle._dumps(value, protocol).hex())
    print()
