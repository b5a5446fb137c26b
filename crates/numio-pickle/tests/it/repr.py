"""Writes pickles N.pkl and the repr N.repr of what Python loads from them into a directory."""

import itertools
import pathlib
import pickle
import sys

import corpus

if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    count = 0
    every_character = "".join(map(chr, range(0x110000)))
    every = corpus.pickles([every_character], [0, 4])
    for _, _, data in itertools.chain(corpus.pickles(corpus.CLEAR), every):
        (target / f"{count}.pkl").write_bytes(data)
        (target / f"{count}.repr").write_text(repr(pickle.loads(data)), "utf-8", newline="")
        count += 1
    print(count)
