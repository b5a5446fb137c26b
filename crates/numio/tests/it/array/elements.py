"""Elements of every dtype in both byte orders, with what Python sees in each."""
import json
import random

import numpy as np

rng = random.Random(80)


def wide(value):
    """A long double's sign and exponent, its mantissa, and its nearest float64, float32 and NumPy's own text."""
    mantissa, top = np.frombuffer(np.array([value], "<f16").tobytes(), "<u8")
    double, single = np.float64(value), np.float32(value)
    return [int(top) & 0xFFFF, int(mantissa), double.tobytes().hex(), single.tobytes().hex(), bool(np.isnan(value))]


def longs():
    values = [0.0, -0.0, 1.0, -2.5, np.inf, -np.inf, np.nan, 0.1, 1e300, 5e-324, 1e-310]
    values = [np.longdouble(value) for value in values]
    for _ in range(400):
        exponent = rng.choice([rng.randint(-16445, 16383), rng.randint(-1080, 1030), rng.randint(-160, 140), 0])
        mantissa = rng.choice([rng.getrandbits(63), rng.getrandbits(63) & ~0x3FF, 0x400, 0xC00, 1 << 39, 3 << 39, (1 << 39) + 1])
        values.append(np.ldexp(np.longdouble(1) + np.longdouble(mantissa) / np.longdouble(2) ** 63, exponent) * rng.choice([1, -1]))
    return values


def emit(dtype, values, seen):
    with np.errstate(all="ignore"):
        for order in "<>":
            array = np.array(values, np.dtype(dtype)).astype(np.dtype(dtype).newbyteorder(order))
            print(json.dumps({"dtype": array.dtype.str, "bytes": array.tobytes().hex(), "seen": [seen(item) for item in array]}))


np.seterr(all="ignore")
emit("?", [True, False, True], bool)
emit("U5", ["", "a", "é\0b", "日本語", "𝄞𝄞𝄞𝄞𝄞", "\0\0x"], str)
emit("S5", [b"", b"a", b"a\0b", b"\xff\xfe", b"12345"], lambda item: bytes(item).hex())
emit("V3", [b"abc", b"a\0\0", b"\0\0\0"], lambda item: item.tobytes().hex())
emit("f16", longs(), wide)
emit("c32", [complex(1, 2), complex(-0.0, np.inf), np.longdouble(1) / 3 + 1j * np.longdouble(2) ** 16000], lambda item: [wide(item.real), wide(item.imag)])
for unit in ["", "Y", "M", "D", "25s", "ns", "as"]:
    code = f"[{unit}]" if unit else ""
    ticks = np.array([0, 1, -1, 2**63 - 1, -(2**63), 1234567890123])
    for kind in "Mm":
        for order in "<>":
            array = ticks.view(f"{kind}8{code}").astype(f"{order}{kind}8{code}")
            print(json.dumps({"dtype": array.dtype.str, "bytes": array.tobytes().hex(), "seen": ticks.tolist()}))
