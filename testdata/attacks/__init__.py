"""Files that mean harm, and what must come of each.

Every attack is written down here with its answer, by hand: from the format's rules and from what NumPy does, never from
what numio happens to say. `testdata/generate.py` writes the files into `testdata/hostile/` and the answers into
`testdata/MANIFEST.json`, which the tests walk.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Attack:
    """One file and its answer: an error of a kind whose message holds some words, or an array."""

    number: str
    name: str
    what: str
    data: bytes
    suffix: str = ".npy"
    kind: str = "InvalidData"
    words: tuple = ()
    loads: dict = None
    numpy: str = "ValueError"
    """What NumPy does: the name of an exception, `loads`, or the signal it dies of."""

    @property
    def path(self):
        return f"hostile/{self.number}-{self.name}{self.suffix}"

    def entry(self):
        answer = {"load": self.loads} if self.loads else {"error": {"kind": self.kind, "words": list(self.words)}}
        return {"attack": self.number, "what": self.what, **answer, "numpy": self.numpy}
