"""What the pickles in a folder would need to be loaded, without loading any.

    python look_into_pickles.py [FOLDER]
"""

import collections
import pickle
import sys
from pathlib import Path

import numpy as np

import numio


def needs(path):
    """The names that a file needs to be trusted; nothing if it loads as it is."""
    try:
        loaded = numio.load(path)
        if isinstance(loaded, numio.NpzFile):
            for name in loaded.files:
                loaded[name]
    except numio.UntrustedError as error:
        return error.names
    return []


def example(folder):
    """Some files, of which one would run a command."""
    folder.mkdir()
    (folder / "plain.pkl").write_bytes(pickle.dumps({"rate": 0.1}))
    (folder / "model.pkl").write_bytes(b"cos\nsystem\n(S'echo you have been had'\ntR.")
    numio.save(folder / "tree.npy", np.array([collections.Counter("aab"), Path], dtype=object))
    numio.savez(folder / "numbers.npz", x=np.arange(3))


def main():
    """List the files of a folder."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "pickles")
    if len(sys.argv) == 1:
        example(folder)
    found = {}
    for path in sorted(folder.iterdir()):
        try:
            found[path.name] = needs(path)
        except (ValueError, OSError, EOFError, pickle.UnpicklingError) as error:
            print(f"{path.name}: {error}")
            continue
        print(f"{path.name}: {', '.join(found[path.name]) or 'plain data'}")
    if len(sys.argv) == 1:
        assert found["model.pkl"] == ["os.system"] and found["plain.pkl"] == found["numbers.npz"] == []


if __name__ == "__main__":
    main()
