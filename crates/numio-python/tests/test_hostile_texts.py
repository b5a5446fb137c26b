"""Texts that mean harm, by NumPy's names: refused by the class of error that NumPy has for them, or read."""

import json
import lzma
from pathlib import Path

import pytest

import numio

FOLDER = Path(__file__).parents[3] / "testdata"
TEXTS = {
    name: entry
    for name, entry in json.loads((FOLDER / "MANIFEST.json").read_text("utf-8")).items()
    if "text" in entry
}
CLASSES = {"InvalidData": (ValueError, EOFError, OSError, lzma.LZMAError), "LimitExceeded": ValueError, "Encoding": UnicodeError}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("reader", ["loadtxt", "genfromtxt"])
def test_hostile_texts_end_as_the_manifest_says(name, reader):
    entry = TEXTS[name]
    wanted = entry["text"].get(reader)
    if wanted is None:
        pytest.skip("not a text for this reader")
    takes = {"loadtxt": {"names"}, "genfromtxt": {"quotechar"}}[reader]
    args = {key: value for key, value in entry["args"].items() if key not in takes}
    if "load" in wanted:
        found = getattr(numio, reader)(FOLDER / name, **args)
        assert list(found.shape) == wanted["load"]["shape"]
        return
    with pytest.raises(CLASSES[wanted["error"]["kind"]]) as caught:
        getattr(numio, reader)(FOLDER / name, **args)
    # Of a name in gzip that does not end, NumPy says that the file does.
    if reader == "loadtxt" and "numpy" in entry and entry["attack"] != "T24":
        assert entry["numpy"] in [kind.__name__ for kind in type(caught.value).__mro__]
