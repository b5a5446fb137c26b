"""Writes crates/numio-pickle/src/repr/printable.rs: the characters that Python's str.isprintable() says no to.

Run with CPython 3.11 (Unicode 14.0), whose printing numio follows: python scripts/printable.py
"""

import pathlib
import unicodedata

HEAD = f"""\
//! Characters that Python's `str.isprintable` says no to, surrogates included: those of the categories "Other" and
//! "Separator" but the space. Unicode {unicodedata.unidata_version}, as in CPython 3.11.
//!
//! Made by `scripts/printable.py`.

/// First and last of each run, in order.
#[rustfmt::skip]
pub(super) const UNPRINTABLE: &[(u32, u32)] = &[
"""


def runs():
    start = None
    for code in range(0x110001):
        printable = code == 0x110000 or chr(code).isprintable()
        if not printable and start is None:
            start = code
        elif printable and start is not None:
            yield start, code - 1
            start = None


def lines(width=110):
    line = ""
    for first, last in runs():
        item = f"({first}, {last}),"
        if len(line) + len(item) + 5 > width:
            yield f"    {line}\n"
            line = ""
        line += f" {item}" if line else item
    yield f"    {line}\n"


if __name__ == "__main__":
    target = pathlib.Path(__file__).parent.parent / "crates/numio-pickle/src/repr/printable.rs"
    target.write_text(HEAD + "".join(lines()) + "];\n")
