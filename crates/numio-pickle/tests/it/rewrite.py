"""Writes pickles N.pkl into a directory, with the protocol and the pickler of each in N.by; or compares with each N.pkl
what another program made of it in protocol P, as N.P.

    rewrite.py write DIRECTORY
    rewrite.py compare DIRECTORY
"""

import pathlib
import pickle
import sys

import corpus


def write(target):
    count = 0
    for place, value in enumerate(corpus.CLEAR + corpus.OPAQUE):
        for protocol in range(6):
            for name, dumps in ("c", pickle.dumps), ("python", corpus.python_dumps):
                try:
                    data = dumps(value, protocol)
                except (pickle.PicklingError, TypeError, RecursionError, UnicodeEncodeError):
                    continue
                (target / f"{count}.pkl").write_bytes(data)
                (target / f"{count}.by").write_text(f"{protocol} {name}")
                count += 1
    print(count)


def canonical(data):
    """A pickle of what the pickle holds: equal values, shared alike, give equal ones."""
    return pickle.dumps(pickle.loads(data), 4)


def compare(target):
    count = 0
    for original in target.glob("*.pkl"):
        wanted = canonical(original.read_bytes())
        for protocol in range(2, 6):
            rewritten = target / f"{original.stem}.{protocol}"
            if not rewritten.exists():
                continue
            data = rewritten.read_bytes()
            assert data[:2] == bytes([0x80, protocol]), (original, protocol)
            try:
                found = canonical(data)
            except Exception as error:
                raise AssertionError(f"{original} in protocol {protocol}: {data!r:.500}") from error
            assert found == wanted, f"{original} in protocol {protocol}: {original.read_bytes()!r:.500} {data!r:.500}"
            count += 1
    print(count)


if __name__ == "__main__":
    {"write": write, "compare": compare}[sys.argv[1]](pathlib.Path(sys.argv[2]))
