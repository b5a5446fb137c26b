#!/usr/bin/env python3
"""Writes the reference of the Python package, from its docstrings, and of the command, from its help.

    scripts/reference.py          write docs/reference/python.md and docs/reference/command.md
    scripts/reference.py --check  fail where they are not what the installed package says

It needs the package: `make python`, and then `.venv/bin/python scripts/reference.py`.
"""

import ast
import inspect
import os
import re
import sys
import tempfile
import textwrap
from pathlib import Path

import numio
from numio import _numio

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "crates/numio-python/python/numio"
OUT = ROOT / "docs/reference"

# Every public name is in one group.
GROUPS = {
    "Arrays": ["load", "save", "append", "convert"],
    "Archives": ["savez", "savez_compressed", "write_npz", "NpzFile", "NpzWriter"],
    "Maps": ["open_memmap", "memmap", "close"],
    "Lazy arrays": ["open", "create", "LazyArray", "LazyArchive"],
    "Text": ["loadtxt", "genfromtxt", "fromregex", "savetxt"],
    "Sparse matrices": ["load_sparse", "save_sparse"],
    "Trust": ["trust", "UntrustedError"],
    "In place of NumPy's functions": ["patch", "unpatch"],
    "Threads": ["set_num_threads", "get_num_threads", "threads"],
    "Other exceptions": ["StaleFileError"],
}
MODULES = {"numio.dask": "dask", "numio.xarray": "xarray", "numio.ray": "ray"}
SECTION = re.compile(r"^(?P<title>[A-Z][A-Za-z ]+)\n-{3,}$", re.MULTILINE)


def signature(function):
    """Parameters and defaults, without types."""
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        return ""
    plain = [each.replace(annotation=inspect.Parameter.empty) for each in found.parameters.values()]
    text = str(found.replace(parameters=plain, return_annotation=inspect.Signature.empty))
    return re.sub(r"<class '(\w+)'>", r"\1", text)


def call(name, shown):
    """A block with a call, in lines that fit next to the navigation."""
    lines = [name]
    for part in re.split(r"(?<=,) (?=[*/\w])", shown):
        if len(lines[-1]) + len(part) > 84:
            lines.append("    " + part)
        else:
            lines[-1] += part if lines == [name] else f" {part}"
    return block("text", "\n".join(lines))


def block(language, text):
    """A block of code."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def parameters(text):
    """A section that lists names, types and descriptions."""
    out = []
    for line in text.strip("\n").splitlines():
        if line and not line.startswith(" "):
            names, colon, kind = line.partition(" : ")
            names = ", ".join(f"`{name}`" for name in names.split(", "))
            out.append(f"- {names}" + (f" (*{kind}*)" if colon else "") + ":")
        else:
            out.append("  " + line.strip() if line.strip() else "")
    return "\n".join(out) + "\n"


def described(doc):
    """A docstring of numpydoc's form."""
    parts = SECTION.split(doc)
    out = [parts[0].strip() + "\n"]
    for title, text in zip(parts[1::2], parts[2::2]):
        text = inspect.cleandoc(text)
        if title == "Examples":
            out.append("**Examples**\n\n" + block("pycon", text))
        elif title in ("Parameters", "Returns", "Raises", "Attributes", "Yields"):
            out.append(f"**{title}**\n\n{parameters(text)}")
        else:
            out.append(f"**{title}**: {text}\n")
    return "\n".join(out)


def public(name, value, level="###"):
    """A function, or a class with its methods."""
    out = [f"{level} `{name}`\n"]
    shown = signature(value) if not (inspect.isclass(value) and issubclass(value, Exception)) else ""
    # What only `open` and its kin make is not called.
    if shown and shown != "(core, source)" and name != "NpzFile":
        out.append(call(f"numio.{name}", shown))
    out.append(described(inspect.getdoc(value)))
    if inspect.isclass(value) and not issubclass(value, Exception):
        for method, member in sorted(vars(value).items()):
            doc = inspect.getdoc(member)
            if method.startswith("_") or not doc or inspect.isdatadescriptor(member) and not isinstance(member, property):
                continue
            shown = "" if isinstance(member, property) else re.sub(r"\((?:\$?self|/)(?:, /)?(?:, )?", "(", signature(member), count=1)
            out.append(f"{level}# `{name}.{method}{shown}`\n\n{described(doc)}")
    return "\n".join(out)


def of_source(module):
    """The functions and classes of a module whose package may be missing, from its source."""
    tree = ast.parse((PACKAGE / f"{module}.py").read_text())
    out = [ast.get_docstring(tree) + "\n"]
    wanted = next(ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "__all__")
    for node in tree.body:
        if getattr(node, "name", None) not in wanted:
            continue
        methods = [node] if isinstance(node, ast.FunctionDef) else [each for each in node.body if isinstance(each, ast.FunctionDef)]
        if isinstance(node, ast.ClassDef):
            out.append(f"### `{node.name}`\n\n{described(ast.get_docstring(node))}")
        for each in methods:
            doc = ast.get_docstring(each)
            if each.name.startswith("_") or not doc:
                continue
            for argument in [*each.args.args, *each.args.kwonlyargs, each.args.vararg, each.args.kwarg]:
                if argument is not None:
                    argument.annotation = None
            shown = re.sub(r"^self(, )?", "", ast.unparse(each.args))
            owner = f"numio.{module}" if each is node else node.name
            level = "###" if each is node else "####"
            out.append(f"{level} `{each.name}`\n\n" + call(f"{owner}.{each.name}", f"({shown})") + "\n" + described(doc))
    return "\n".join(out)


HEAD = "<!-- Written by scripts/reference.py. -->\n"


def python_page():
    """The reference of the package."""
    listed = {name for names in GROUPS.values() for name in names} | {"__version__"}
    if listed != set(numio.__all__):
        raise SystemExit(f"scripts/reference.py: in one of GROUPS and __all__ only: {listed ^ set(numio.__all__)}")
    out = [HEAD, "# Python reference\n", "Every public name of the package `numio`; `numio.__version__` is its version.\n"]
    for title, names in GROUPS.items():
        out.append(f"## {title}\n")
        out += [public(name, getattr(numio, name)) for name in names]
    for title, module in MODULES.items():
        out.append(f"## `{title}`\n\n{of_source(module)}")
    return "\n".join(out)


def help_of(*verb):
    """What `--help` prints."""
    sys.stdout.flush()
    before = os.dup(1)
    with tempfile.TemporaryFile() as printed:
        os.dup2(printed.fileno(), 1)
        try:
            _numio.run_command(["numio", *verb, "--help"], "")
        finally:
            os.dup2(before, 1)
            os.close(before)
        printed.seek(0)
        return printed.read().decode()


def options(text):
    """A list of arguments or options, with the values that they take."""
    out = []
    for line in text.splitlines():
        if re.match(r" {2,6}[-<\[]", line):
            out.append(f"- `{line.strip()}`\n")
        elif match := re.match(r" {10}- (\S+?)(?::\s+(.*))?$", line):
            out.append(f"    - `{match[1]}`" + (f": {match[2]}" if match[2] else ""))
        elif line.strip():
            said = line.strip()
            out.append(f"    {said}\n" if not said.startswith("[") else f"    `{said}`\n")
    return "\n".join(out) + "\n"


def verb_section(verb):
    """One verb, from its help."""
    head, _, rest = help_of(verb).partition("\nUsage: ")
    usage, _, rest = rest.partition("\n")
    summary, *more = head.strip().split("\n\n")
    out = [f"## `numio {verb}`\n", f"{summary}.\n"]
    out += [paragraph.strip() + "\n" for paragraph in more]
    out.append(block("text", usage))
    for part in re.split(r"\n(?=[A-Z][a-z]+:\n)", rest.strip("\n")):
        title, _, body = part.partition(":\n")
        if title in ("Arguments", "Options"):
            out.append(f"**{title}**\n\n{options(body)}")
        elif title == "Examples":
            out.append("**Examples**\n\n" + block("text", textwrap.dedent(body.strip("\n"))))
        else:
            out.append(block("text", part))
    return "\n".join(out)


def command_page():
    """The reference of the command."""
    commands = help_of().partition("Commands:\n")[2].partition("\n\n")[0]
    verbs = [line.split()[0] for line in commands.splitlines() if re.match(r"  \w", line)]
    out = [HEAD, "# Command reference\n", "What `numio VERB --help` prints. [The command](../command.md) explains it.\n"]
    out += [verb_section(verb) for verb in verbs if verb != "help"]
    return "\n".join(out)


def main():
    stale = []
    for name, text in (("python.md", python_page()), ("command.md", command_page())):
        page = OUT / name
        text = re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"
        if not page.exists() or page.read_text() != text:
            stale.append(name)
            if "--check" not in sys.argv:
                page.parent.mkdir(exist_ok=True)
                page.write_text(text)
    if stale:
        print(*stale, sep="\n")
    return bool(stale) and "--check" in sys.argv


if __name__ == "__main__":
    sys.exit(main())
