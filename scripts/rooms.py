#!/usr/bin/env python3
"""Checks how the house is built: the order of the rooms, circles, sizes of files, `unsafe`, and words.

    scripts/rooms.py              check this repository
    scripts/rooms.py --self-test  prove that each check can fail

What a room imports is read from the paths that start with `crate`, `self` or `super`, in `use` lines and in the code.
Names that `lib.rs` re-exports count for the room they come from. Test modules may look anywhere.
"""

import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

# A room imports only from rows above its own; rooms of one row do not know each other.
ORDER = [
    ["error"],
    ["datetime", "limits", "num"],
    ["parallel"],
    ["io"],
    ["compression"],
    ["dtype"],
    ["array"],
    ["objects"],
    ["npy", "text"],
    ["blocks", "npz"],
    ["compare", "format", "stats"],
    ["lazy"],
    ["load", "save"],
]
RANK = {room: rank for rank, row in enumerate(ORDER) for room in row}

# Files that may contain `unsafe`, each with the reason.
UNSAFE = {
    "crates/numio/src/io/mmap.rs": "mapping a file, and telling the kernel how memory will be used",
    "crates/numio/src/io/handles.rs": "asking what file a descriptor of the process is of, and closing one to hear of errors",
    "crates/numio-deflate/src/codec.rs": "libdeflate in C, whose compressors there may be no memory for",
    "crates/numio-pickle/src/memory.rs": "telling the kernel how memory will be used",
    "crates/numio/src/parallel/crew.rs": "lending a job that borrows to threads of the pool",
    "crates/numio/src/npy/memmap.rs": "an entry point that maps, and hands its contract on",
    "crates/numio/src/load.rs": "an entry point that maps, as its options promise",
    "crates/numio/src/npz/map.rs": "maps members where LoadOptions has been given the promise",
    "crates/numio-python/src/memory.rs": "handing memory to NumPy, and borrowing NumPy's",
    "crates/numio-python/src/alloc.rs": "Python objects whose making can fail, strings with surrogates, and quick calls",
    "crates/numio-python/src/reserve.rs": "the module's allocator, which has a reserve for small things",
    "crates/numio-python/src/file.rs": "sharing the descriptor that a Python file has open",
    "crates/numio-python/src/load.rs": "asks for maps, as NumPy's caller does",
    "bench/src/npy.rs": "measures that entry point",
    "crates/numio-cli/src/memory.rs": "the command's allocator, which has a reserve for small things",
    "crates/numio-cli/src/open.rs": "asking for a map of the file that is shown",
    "crates/numio/examples/map.rs": "asks for a map",
    "crates/numio/tests/it/hostile.rs": "tries that entry point",
    "crates/numio/tests/it/npz/maps.rs": "tests that entry point on archives",
    "crates/numio/tests/it/npz/hostile.rs": "tries that entry point on archives",
    "crates/numio/tests/it/map.rs": "tests those entry points",
    "crates/numio/tests/it/writers.rs": "makes a map as other writers make files",
    "crates/numio/tests/alloc.rs": "a global allocator that counts",
}

MOST_LINES = 800

# Words that stand nowhere in the repository: (regular expression, reason).
FORBIDDEN = [
    (r"\bheld against\b", "say compared with, or checked against"),
    (r"\bof ours\b", "name what it belongs to"),
    (r"\bso many bytes\b", "say how many, or this many"),
    (r"\bsheet\b", "an output buffer"),
    (r"\bswollen\b", "say the expansion ratio"),
    (r"\bgiant\b", "say too large, and against which limit"),
    (r"\bunpacker\b", "a decoder"),
    (r"\bMaker\b", "a builder, or a constructor"),
    (r"\bwhat is given\b", "the input, the argument"),
    (r"\bas much as it likes\b", "state the bound"),
    (r"ErrorKind::(?:Eof|Refused|Argument|Missing)\b", "renamed: EndOfStream, NotAllowed, InvalidInput, NotFound"),
    (r"\bMmapMode::(?:Write|Copy)\b", "renamed: Create, CopyOnWrite"),
]

LIBRARY = "crates/numio/src"

# Crates that others use on their own: no rooms, and no knowledge of numio.
OWN_CRATES = ["crates/numio-deflate/src", "crates/numio-pickle/src"]


def blank(match):
    """Replaces a match by as many line ends as it holds, so that line numbers stay."""
    return "\n" * match.group().count("\n") or " "


def code_of(text, tests=False):
    """The text without comments and literals, and without inline test modules unless asked for."""
    text = re.sub(
        r'//[^\n]*|/\*.*?\*/|\bb?r(#+)".*?"\1|\bb?r"[^"]*"|b?"(?:\\.|[^"\\])*"|b?\'(?:\\[^\n]{1,8}?|[^\\\'\n])\'',
        blank,
        text,
        flags=re.DOTALL,
    )
    if not tests:
        text = re.sub(r"^#\[cfg\(test\)\]\s*mod \w+ \{.*?^\}", blank, text, flags=re.DOTALL | re.MULTILINE)
    return text


def split_tree(text):
    """The parts of a use tree between its outermost commas."""
    depth, part, parts = 0, "", []
    for char in text:
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += char
    return [part.strip() for part in [*parts, part] if part.strip()]


def expand(tree):
    """Every path of a use tree, as (names, the name it goes by)."""
    head, brace, rest = tree.partition("{")
    if brace:
        prefix = [name for name in re.split(r"\s*::\s*", head.strip()) if name]
        for part in split_tree(rest.rpartition("}")[0]):
            for names, alias in expand(part):
                yield prefix + [name for name in names if name != "self"], alias
        return
    path, _, alias = re.split(r"(\s+as\s+)", tree.strip(), maxsplit=1) if " as " in tree else (tree, "", "")
    names = [name for name in re.split(r"\s*::\s*", path.strip()) if name]
    yield names, alias.strip() or (names[-1] if names else "")


class File:
    """One source file of the library as a module."""

    def __init__(self, root, path, source):
        self.path = path.as_posix()
        relative = path.relative_to(source)
        parts = list(relative.with_suffix("").parts)
        if parts[-1] in ("mod", "lib"):
            parts.pop()
        self.module = tuple(parts)
        self.is_face = relative.name in ("mod.rs", "lib.rs")
        self.code = code_of((root / path).read_text())
        self.exports = {}
        self.paths = []
        for found in re.finditer(r"(\bpub(?:\([^)]*\))?\s+)?\buse\s+([^;]+);", self.code):
            for names, alias in expand(" ".join(found[2].split())):
                if found[1]:
                    self.exports[alias] = names
                self.paths.append((names, bool(found[1])))
        body = re.sub(r"\buse\s+[^;]+;", "", self.code)
        for found in re.finditer(r"\b(?:crate|self|super)(?:\s*::\s*\w+)+", body):
            self.paths.append((re.split(r"\s*::\s*", found[0]), False))

    @property
    def is_test(self):
        return "tests" in self.module or "test" in self.module


class House:
    """A crate's files by module, and who imports whom."""

    def __init__(self, root, source=LIBRARY):
        paths = sorted(path.relative_to(root) for path in (root / source).rglob("*.rs"))
        files = [File(root, path, source) for path in paths]
        self.files = {file.module: file for file in files}

    def resolve(self, module, names, seen=()):
        """The file in which a path written in `module` ends, or nothing for paths out of the crate."""
        at = list(module)
        names = list(names)
        if not names:
            return None
        if names[0] == "crate":
            at, names = [], names[1:]
        elif names[0] == "self":
            names = names[1:]
        elif names[0] != "super" and (*at, names[0]) not in self.files:
            return None
        while names and names[0] == "super":
            at, names = at[:-1], names[1:]
        while names and (*at, names[0]) in self.files:
            at.append(names[0])
            names = names[1:]
        file = self.files.get(tuple(at))
        if file is None:
            return None
        if names and names[0] in file.exports and (file.module, names[0]) not in seen:
            via = self.resolve(file.module, file.exports[names[0]], (*seen, (file.module, names[0])))
            return via or file
        return file

    def imports(self):
        """Every (importing file, imported file, is a re-export), tests and the root left out."""
        for file in self.files.values():
            if not file.module or file.is_test:
                continue
            for names, public in file.paths:
                found = self.resolve(file.module, names)
                if found and found.module and found is not file and not found.is_test:
                    yield file, found, public


def check_order(house):
    for file in house.files.values():
        if file.module and file.module[0] not in RANK:
            yield f"{file.path}: the room `{file.module[0]}` has no place in the order"
    for file, found, _ in house.imports():
        here, there = file.module[0], found.module[0]
        if here != there and here in RANK and there in RANK and RANK[there] >= RANK[here]:
            yield f"{file.path}: `{here}` imports `{there}` ({found.path}), which is not to its left"


def check_circles(house):
    """A face and its files may know each other; two other files of a room may not."""
    edges = {}
    for file, found, _ in house.imports():
        if file.module[0] == found.module[0] and not file.is_face and not found.is_face:
            edges.setdefault(file.path, set()).add(found.path)
    done = set()

    def walk(path, trail):
        if path in trail:
            circle = trail[trail.index(path) :]
            yield "a circle: " + " -> ".join([*circle, path])
            return
        if path in done:
            return
        for found in sorted(edges.get(path, ())):
            yield from walk(found, [*trail, path])
        done.add(path)

    for path in sorted(edges):
        yield from walk(path, [])


def check_files(root, paths, allowed):
    for path in paths:
        name = path.as_posix()
        try:
            text = (root / path).read_text()
        except UnicodeDecodeError:
            continue
        if path.suffix in (".rs", ".py") and text.count("\n") > MOST_LINES:
            yield f"{name}: {text.count(chr(10))} lines, the most is {MOST_LINES}: there is a second room in it"
        if path.suffix == ".rs":
            code = code_of(text, tests=True)
            if name not in allowed and re.search(r"\bunsafe\b", code):
                yield f"{name}: `unsafe` outside the files listed in scripts/rooms.py"
            if name.startswith((LIBRARY, *OWN_CRATES)) and re.search(r"\b(?:e?print(?:ln)?|dbg)!", code_of(text)):
                yield f"{name}: the library never prints"
        for word, reason in FORBIDDEN:
            found = re.search(word, text)
            if found and name != "scripts/rooms.py":
                yield f"{name}: {found[0]!r}: {reason}"
    for name in allowed:
        if Path(name) not in paths:
            yield f"{name}: listed for `unsafe`, and not there"


def lines_of(root, file):
    """How many lines a file has without its inline tests."""
    lines = (root / file.path).read_text().splitlines()
    return next((at for at, line in enumerate(lines) if line.startswith("#[cfg(test)]")), len(lines))


def check_own_crates(root):
    """A crate of its own imports nothing of numio."""
    for source in OWN_CRATES:
        house = House(root, source)
        yield from check_circles(house)
        for file in house.files.values():
            if re.search(r"\bnumio::", file.code):
                yield f"{file.path}: knows of numio"


def measure(root, house, name):
    """The sizes of a crate's files, and the small ones that exactly one other file imports."""
    files = [file for file in house.files.values() if not file.is_test]
    sizes = {file.path: lines_of(root, file) for file in files}
    importers = {}
    for file, found, _ in house.imports():
        importers.setdefault(found.path, set()).add(file.path)
    small = [file for file in files if sizes[file.path] < 80 and not file.is_face and len(importers.get(file.path, ())) == 1]
    yield f"{name}: {len(files)} files, median {statistics.median(sizes.values()):.0f} lines, largest {max(sizes.values())}"
    yield f"{name}: {len(small)} files of fewer than 80 lines that one other imports"
    yield from (f"  {file.path}: {sizes[file.path]} lines" for file in small)


def tracked(root):
    """The files of the repository, whether committed yet or not."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=root, check=True, capture_output=True, text=True).stdout
    return [Path(name) for name in names.split("\0") if name and (root / name).is_file()]


def check(root, paths, allowed):
    house = House(root)
    own = check_own_crates(root)
    return sorted({*check_order(house), *check_circles(house), *own, *check_files(root, paths, allowed)})


# Each: what stands in which file, and a word of the complaint; nothing for a house that is in order.
CASES = [
    ({"array/mod.rs": "use crate::dtype::DType;\n/// [`crate::npz`]\nfn f() {}"}, None),
    ({"array/mod.rs": "use crate::{\n    Error,\n    npy::{self, Header as H},\n};"}, "`array` imports `npy`"),
    ({"array/mod.rs": "fn f() { crate::npy::load() }"}, "`array` imports `npy`"),
    ({"lib.rs": "pub use npy::Header;", "array/mod.rs": "use crate::Header;"}, "`array` imports `npy`"),
    ({"lib.rs": "pub use self::npy::Header;", "array/mod.rs": "use crate::Header;"}, "`array` imports `npy`"),
    ({"npy/mod.rs": "use crate::text::X;", "text/mod.rs": ""}, "`npy` imports `text`"),
    ({"kitchen.rs": ""}, "no place in the order"),
    ({"array/mod.rs": "#[cfg(test)]\nmod tests {\n    use crate::npy::X;\n}\n"}, None),
    ({"array/mod.rs": "", "array/tests.rs": "use crate::npy::X;"}, None),
    ({"dtype/mod.rs": "pub use self::a::A;", "dtype/a.rs": "use super::D;"}, None),
    ({"dtype/mod.rs": "", "dtype/a.rs": "use super::b::B;", "dtype/b.rs": "use super::a::A;"}, "a circle"),
    (
        {"dtype/mod.rs": "pub use self::a::A;", "dtype/a.rs": "use super::b::B;", "dtype/b.rs": "use super::A;"},
        "a circle",
    ),
    ({"dtype/mod.rs": "x\n" * (MOST_LINES + 1)}, "lines, the most is"),
    ({"dtype/mod.rs": "unsafe fn f() {}"}, "`unsafe` outside"),
    ({"dtype/mod.rs": "// unsafe\nfn f() { g(\"unsafe \\\" unsafe\", '\"', 'x') }"}, None),
    ({"dtype/mod.rs": 'fn f() { println!("x") }'}, "never prints"),
]


def self_test():
    rooms = ["lib.rs", "npy/mod.rs", "dtype/mod.rs", "error.rs", "io/mod.rs", "io/map.rs"]
    allowed = {f"{LIBRARY}/io/map.rs": "mapping a file"}
    for files, word in CASES:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name, text in {**dict.fromkeys(rooms, ""), **files}.items():
                path = root / ("" if name.startswith("bench/") else LIBRARY) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            found = check(root, [path.relative_to(root) for path in root.rglob("*") if path.is_file()], allowed)
        if bool(found) != bool(word) or not all(word in line for line in found):
            sys.exit(f"self-test: {files} gave {found}, wanted {word!r}")
    print(f"rooms: {len(CASES)} cases of the self-test passed")


def main():
    if "--self-test" in sys.argv:
        return self_test()
    root = Path(__file__).resolve().parent.parent
    paths = tracked(root)
    found = check(root, paths, UNSAFE)
    print("\n".join(found) or f"rooms: {len(paths)} files in order")
    print("\n".join(measure(root, House(root), "library")))
    for source in OWN_CRATES:
        print("\n".join(measure(root, House(root, source), source.split("/")[1])))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
