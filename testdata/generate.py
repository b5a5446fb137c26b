#!/usr/bin/env python3
"""Writes the files of `testdata/`, their `MANIFEST.json`, and the table of attacks in `docs/attacks.md`.

    python testdata/generate.py          write them
    python testdata/generate.py --check  write them elsewhere and say what differs

Needs NumPy 2. The same files come out wherever it runs. What stands in `numpy/` was written by others and is kept, not
made: see `numpy/README.md`.
"""

import hashlib
import json
import re
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ATTACKS_PAGE = HERE.parent / "docs" / "attacks.md"
sys.path.insert(0, str(HERE))

from attacks import npy as npy_attacks  # noqa: E402
from attacks import npz as npz_attacks  # noqa: E402
from attacks import pickle as pickle_attacks  # noqa: E402
from attacks import sparse as sparse_attacks  # noqa: E402
from attacks import text as text_attacks  # noqa: E402
from real import npy as npy_files  # noqa: E402

ATTACKS = [
    *npy_attacks.ATTACKS, *npz_attacks.ATTACKS, *pickle_attacks.ATTACKS, *text_attacks.ATTACKS, *sparse_attacks.ATTACKS
]
WRITERS = [npy_files]


def array_entry(path):
    """What NumPy says of a file: the expectation that numio is held to."""
    with open(path, "rb") as file:
        version = np.lib.format.read_magic(file)
        if version == (3, 0):
            array = np.load(path, allow_pickle=False)
            shape, fortran, dtype = array.shape, array.flags.fnc, array.dtype
        else:
            read = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}[version[0]]
            shape, fortran, dtype = read(file, max_header_size=1 << 20)
    return {"dtype": str(dtype), "shape": list(shape), "order": "F" if fortran else "C"}


def write(folder):
    """Writes everything into `folder` and gives the manifest's entries."""
    warnings.simplefilter("ignore")  # NumPy remarks on version 3.0 and on Python 2's headers
    entries = {}
    for writer in WRITERS:
        for name, (what, save) in writer.FILES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            save(path)
            entries[name] = {"what": what, "made_by": f"testdata/{writer.__name__.replace('.', '/')}.py"}
            if path.suffix == ".npy":
                entries[name]["load"] = array_entry(path)
    for attack in ATTACKS:
        path = folder / attack.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(attack.data)
        entries[attack.path] = attack.entry()
    for path in sorted((HERE / "numpy").glob("*.np[yz]")):
        entries[f"numpy/{path.name}"] = {"what": "kept beside NumPy's own tests", "made_by": "testdata/numpy/README.md"}
        if path.suffix == ".npy":
            entries[f"numpy/{path.name}"]["load"] = array_entry(path)
    for name, entry in entries.items():
        data = (folder / name if (folder / name).exists() else HERE / name).read_bytes()
        entry["bytes"] = len(data)
        entry["sha256"] = hashlib.sha256(data).hexdigest()
    lines = [f" {json.dumps(name)}: {json.dumps(entry, ensure_ascii=False)}" for name, entry in entries.items()]
    (folder / "MANIFEST.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return entries


def attacks_page():
    """The text of `docs/attacks.md` with its table of attacks made anew."""
    rows = ["| | file | what it does | numio | NumPy |", "|---|---|---|---|---|"]
    for attack in ATTACKS:
        entry = attack.entry()
        fails = "error" in entry.get("text", {}).get("loadtxt", entry)
        answer = f"`{attack.kind}`" if fails else "loads"
        theirs = attack.numpy
        if "sparse" in entry:
            answer, theirs = f"`{entry['sparse']['kind']}`", f"SciPy: {entry['scipy']}"
        rows.append(f"| {attack.number} | `{attack.path}` | {attack.what} | {answer} | {theirs} |")
    between = r"(<!-- attacks: [^\n]*-->\n).*?(<!-- end -->)"
    table = "\n".join(rows)
    return re.sub(between, lambda found: f"{found[1]}{table}\n{found[2]}", ATTACKS_PAGE.read_text("utf-8"), flags=re.DOTALL)


def check():
    """Every difference between what stands here and what would be written."""
    numbers = [attack.number for attack in ATTACKS]
    yield from (f"attack {number} occurs twice" for number in set(numbers) if numbers.count(number) > 1)
    if attacks_page() != ATTACKS_PAGE.read_text("utf-8"):
        yield "docs/attacks.md: the table of attacks differs"
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        entries = write(made)
        for path in sorted(path for path in made.rglob("*") if path.is_file()):
            here = HERE / path.relative_to(made)
            if not here.exists():
                yield f"{path.relative_to(made)}: missing"
            elif here.read_bytes() != path.read_bytes():
                yield f"{path.relative_to(made)}: differs"
        kept = {"numpy", "attacks", "real"}
        for path in sorted(path for path in HERE.rglob("*") if path.is_file()):
            name = path.relative_to(HERE).as_posix()
            if "/" in name and name.split("/")[0] not in kept and name not in entries:
                yield f"{name}: nothing makes it"


def main():
    if "--check" not in sys.argv:
        print(f"{len(write(HERE))} files")
        ATTACKS_PAGE.write_text(attacks_page(), "utf-8")
        return
    found = list(check())
    print("\n".join(found) or "testdata: no difference")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
