"""Pickles of which parts stand elsewhere, as JSON: buffers beside them, objects by a name, globals by a number. With `check`
and what another program made of them (lines of hexadecimal) on standard input, compares.

    beside.py write
    beside.py check
"""

import copyreg
import io
import json
import pickle
import sys
from decimal import Decimal

import numpy as np

CODES = [1, 255, 256, 65535, 65536, 2**31 - 1]


class Named:
    """An object that is kept elsewhere."""


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        return "kept" if isinstance(value, Named) else None


class Unpickler(pickle.Unpickler):
    def persistent_load(self, name):
        return f"loaded {name}"


def named(protocol):
    out = io.BytesIO()
    Pickler(out, protocol).dump([Named(), 1])
    return out.getvalue()


def buffers():
    array = np.arange(3.0)
    readonly = np.arange(4, dtype="i2")
    readonly.flags.writeable = False
    value = [array, readonly, pickle.PickleBuffer(b"bytes"), pickle.PickleBuffer(bytearray(b"array")), array]
    beside = []
    data = pickle.dumps(value, 5, buffer_callback=beside.append)
    return data, [bytes(buffer.raw()) for buffer in beside]


def numbered(code):
    copyreg.add_extension("decimal", "Decimal", code)
    data = pickle.dumps(Decimal("1.50"), 2)
    copyreg.remove_extension("decimal", "Decimal", code)
    return data


def write():
    data, beside = buffers()
    print(json.dumps({
        "named": [named(protocol).hex() for protocol in range(6)],
        "buffers": [data.hex(), [buffer.hex() for buffer in beside]],
        "numbered": [[code, numbered(code).hex()] for code in CODES],
    }))


def check():
    given = json.load(sys.stdin)
    for data in given["named"]:
        assert Unpickler(io.BytesIO(bytes.fromhex(data))).load() == ["loaded kept", 1], data
    for data in given["buffers"]:
        first, second, *plain, again = pickle.loads(bytes.fromhex(data))
        assert first is again and first.tolist() == [0.0, 1.0, 2.0] and first.flags.writeable
        assert second.dtype == "i2" and second.tolist() == [0, 1, 2, 3] and not second.flags.writeable
        assert plain == [b"bytes", bytearray(b"array")]
    for code, data in given["numbered"]:
        copyreg.add_extension("decimal", "Decimal", code)
        assert pickle.loads(bytes.fromhex(data)) == Decimal("1.50")
        copyreg.remove_extension("decimal", "Decimal", code)
    print("equal")


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]]()
