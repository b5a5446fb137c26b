"""Writes pickles N.pkl of many kinds into a directory: to be cut short and to have their bits turned."""

import collections
import datetime
import decimal
import pathlib
import sys

import corpus

VALUES = [
    [None, True, 1, -1, 70000, 2**70, 1.5, "text", "\ud800", b"bytes", bytearray(b"x"), (1, 2, 3, 4), [1, [2]]],
    {"a": {1: (2,)}, (1,): {3}, 1.5: frozenset([4])},
    [datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc), decimal.Decimal("1.5"), corpus.Plain(a=1), 1j],
    [collections.OrderedDict(a=1), collections.deque([1], 3), corpus.WithNew(1, b=2), corpus.Titled(a=1), print],
    corpus.cyclic_list(), corpus.cyclic_dict(), corpus.shared(),
]

if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    count = 0
    for _, _, data in corpus.pickles(VALUES):
        (target / f"{count}.pkl").write_bytes(data)
        count += 1
    print(count)
