"""Prints many numbers by Python's `%` alone. Arguments: a folder, and how many numbers of each kind. Each kind has a `.npy`
file there, and each format a text; what belongs together is printed, one a line: array, format, text."""

import pathlib
import sys

import numpy as np

folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
random = np.random.default_rng(11)


def bits(kind):
    """Any bits, and those of smaller numbers."""
    wide = random.integers(0, 2**64, count, "u8", endpoint=False) >> random.integers(0, 64, count, "u8")
    return wide.astype(f"u{kind[1]}")


def doubles():
    """Numbers of every size, those half way between two texts with their neighbours, and what is least and most."""
    whole = random.integers(-(2**52), 2**52, count).astype("f8")
    halves = np.ldexp(np.trunc(whole / 2.0 ** random.integers(0, 50, count)), -random.integers(0, 24, count))
    tens = random.choice([-1.0, 1.0], count) * 10.0 ** random.integers(-30, 25, count) * random.integers(1, 100, count)
    near = np.nextafter(np.concatenate([halves, tens]), random.choice([-np.inf, np.inf], 2 * count))
    fives = (random.integers(-(10**9), 10**9, count) + 0.5) / 10.0 ** random.integers(0, 12, count)
    some = random.uniform(-2000, 2000, count)
    anything = np.concatenate([bits("f8").view("f8"), random.integers(0, 2**64, count, "u8").view("f8")])
    ends = [0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -0.9, 2.0**63, 2.0**64, -(2.0**64), np.nextafter(2.0**64, 0), 5e-324, 1e300, 2.0**-11, 2.0**-12, 9.9999995]
    return np.concatenate([halves, tens, near, fives, some, anything, ends])


def write(name, values, formats):
    np.save(folder / f"{name}.npy", values)
    for at, format in enumerate(formats):
        line = format + "\n"
        (folder / f"{name}.{at}").write_text("".join([line % value for value in values.tolist()]))
        print(f"{name}.npy\t{format}\t{name}.{at}")


FLOATS = ["%.6f", "%.0f", "%.1f", "%.3f", "%.8f", "%.9f", "%.12f", "%.18f", "%12.4F", "%60.2f", "%.18e", "%.0e", "%.6E", "%25.8e"]
WHOLE = ["%d", "%i", "%12u"]
wide = doubles()
write("f8", np.concatenate([wide, [np.nan, -np.nan, np.inf, -np.inf]]), FLOATS)
write("f8 whole", wide[np.isfinite(wide)], WHOLE)
for kind in ["f2", "f4"]:
    narrow = bits(kind).view(kind)
    write(kind, narrow, FLOATS)
    write(f"{kind} whole", narrow[np.isfinite(narrow)], WHOLE)
for kind in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
    ends = np.iinfo(kind)
    values = np.concatenate([bits(kind).view(kind), np.array([ends.min, ends.max, 0, 1], kind)])
    tens = [10**power + more for power in range(20) for more in (-1, 0) if 10**power <= ends.max]
    write(kind, np.concatenate([values, np.array(tens, kind)]), [*WHOLE, "%s", "%7s", "%.6f", "%.18e", "%30.0f"])
