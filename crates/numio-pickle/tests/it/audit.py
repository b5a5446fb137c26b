"""Writes pickles N.pkl, and to N.globals what CPython's unpickler asks for while loading each, into a directory."""

import io
import pathlib
import pickle
import sys

import corpus


class Watched(pickle.Unpickler):
    def __init__(self, data):
        super().__init__(io.BytesIO(data))
        self.asked = set()

    def find_class(self, module, name):
        # The unpickler has translated Python 2's names only in what it then imports.
        found = super().find_class(module, name)
        self.asked.add((module, name))
        return found


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    count = 0
    for _, protocol, data in corpus.pickles(corpus.CLEAR + corpus.OPAQUE):
        watched = Watched(data)
        watched.load()
        asked = watched.asked
        if protocol < 3:
            from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

            asked = {
                NAME_MAPPING.get(pair) or (IMPORT_MAPPING.get(pair[0], pair[0]), pair[1]) for pair in asked
            }
        (target / f"{count}.pkl").write_bytes(data)
        (target / f"{count}.globals").write_text("\n".join(sorted(map(".".join, asked))))
        count += 1
    print(count, len(list(corpus.pickles(corpus.CLEAR))))
