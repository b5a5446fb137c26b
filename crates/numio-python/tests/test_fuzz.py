"""Pickles that fuzzing has found worth keeping, and random changes of them, built by the package under Python's debug allocator."""

import os
import pathlib
import subprocess
import sys

import pytest

FUZZ = pathlib.Path(__file__).resolve().parents[3] / "fuzz"

# Loads the corpora, and then changes of them for some seconds. The input at hand stands in the file `current`, for a
# parent to find it if this process ends.
CHILD = r"""
import io, pathlib, random, resource, sys, time
import numpy as np, numio
from numio._errors import InternalError

corpora, current, seconds, seed = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
inputs = [path.read_bytes() for path in sorted(pathlib.Path(corpora).glob("*/*"))]
dice = random.Random(seed)

# Pieces that random bytes seldom make: NumPy's and Python's own forms.
import collections, datetime, decimal, fractions, pickle, uuid
values = [
    np.arange(6).reshape(2, 3), np.array(["a", None], object), np.float64(1), np.datetime64("2020", "D"), np.dtype("f4,U2"),
    np.ma.masked_array([1, 2], [0, 1]), collections.deque([1], 3), collections.OrderedDict(a=1), collections.Counter("ab"),
    collections.defaultdict(list, a=[1]), datetime.datetime(2020, 1, 2), decimal.Decimal("1.5"), fractions.Fraction(1, 3),
    uuid.UUID(int=1), bytearray(b"x"), frozenset([1]), {1, 2}, slice(1, 2), range(3), complex(1, 2), 2**70, -1.5, "\ud800",
]
inputs += [pickle.dumps(value, protocol) for value in values for protocol in range(6)]

def load(data):
    with open(current, "wb") as file:
        file.write(data)
    try:
        numio.load(io.BytesIO(data))
    except InternalError:
        raise
    except Exception:
        pass

def changed():
    data = bytearray(dice.choice(inputs))
    for _ in range(dice.choice([1, 1, 2, 5])):
        at, kind = dice.randrange(len(data) + 1), dice.randrange(6)
        if kind == 0 and data:
            data[at % len(data)] ^= 1 << dice.randrange(8)
        elif kind == 1 and data:
            data[at % len(data)] = dice.choice(b"()]}e0123acdgijlopqrstubN.\x80\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x93\x94\x97")
        elif kind == 2:
            other = dice.choice(inputs)
            start = dice.randrange(len(other) + 1)
            data[at:at] = other[start : start + dice.randrange(40)]
        elif kind == 3:
            del data[at : at + dice.randrange(8)]
        elif kind == 4:
            data[at:at] = data[max(0, at - dice.randrange(30)) : at] * dice.randrange(1, 4)
        else:
            data = data[:-1] + dice.choice(inputs)
    return bytes(data)

for data in inputs:
    load(data)
end, count = time.monotonic() + seconds, 0
while time.monotonic() < end:
    load(changed())
    count += 1
print(count)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of memory")
def test_pickles_of_the_corpora_and_changes_of_them_are_built_or_refused(tmp_path):
    if not FUZZ.is_dir():
        pytest.skip("no corpora: the tests are not run from the repository")
    seconds, seed = os.environ.get("NUMIO_FUZZ_SECONDS", "3"), os.environ.get("NUMIO_FUZZ_SEED", "1")
    current = tmp_path / "current"
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(FUZZ / "corpus"), str(current), seconds, seed],
        env={**os.environ, "PYTHONMALLOC": "debug", "PYTHONFAULTHANDLER": "1"},
        capture_output=True,
        text=True,
        timeout=float(seconds) + 120,
    )
    assert done.returncode == 0, f"{done.stderr[-2000:]}\n{current.read_bytes()!r}"
