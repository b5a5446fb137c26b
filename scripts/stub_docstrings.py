#!/usr/bin/env python3
"""Puts the docstrings of the installed package into its stubs, where editors look for them.

    scripts/stub_docstrings.py          write them
    scripts/stub_docstrings.py --check  fail where they are not what the package says
"""

import ast
import importlib
import inspect
import sys
import textwrap
from pathlib import Path

STUBS = Path(__file__).parents[1] / "crates/numio-python/python/numio"


def documented(stub, module):
    """The text of a stub with the docstrings of the module's functions and classes, and of their methods."""
    lines = stub.splitlines(keepends=True)
    edits, seen = [], set()

    def visit(nodes, owner):
        for node in nodes:
            if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or (owner, node.name) in seen:
                continue
            if node.name.startswith("_"):
                continue
            seen.add((owner, node.name))
            doc = inspect.getdoc(getattr(owner, node.name, None))
            old = ast.get_docstring(node, clean=False)
            if doc:
                edits.append((node, doc, old is not None))
            if isinstance(node, ast.ClassDef):
                visit(node.body, getattr(owner, node.name, None))

    visit(ast.parse(stub).body, module)
    for node, doc, has_doc in sorted(edits, key=lambda edit: -edit[0].body[0].lineno):
        indent = " " * (node.col_offset + 4)
        quotes = 'r"""' if "\\" in doc else '"""'
        text = textwrap.indent(f'{quotes}{doc}', indent, lambda line: line.strip() != "")
        text += "\n" + indent + '"""\n' if "\n" in doc else '"""\n'
        first = node.body[0]
        if has_doc:
            lines[first.lineno - 1 : first.end_lineno] = [text]
        elif isinstance(node, ast.FunctionDef):
            # The body is `...` behind the colon.
            last = first.end_lineno - 1
            head, colon, _ = lines[last].rpartition(": ...")
            lines[last : last + 1] = [head + ":\n", text] if colon else [lines[last], text]
        else:
            start = min(at.lineno for at in [first, *getattr(first, "decorator_list", [])]) - 1
            lines[start:start] = [text]
    return "".join(lines)


def main():
    stale = []
    for path in sorted(STUBS.glob("_*.pyi")):
        if path.stem == "__init__":
            continue
        old = path.read_text()
        new = documented(old, importlib.import_module(f"numio.{path.stem}"))
        if new != old:
            stale.append(path.name)
            if "--check" not in sys.argv:
                path.write_text(new)
    if stale:
        print(*stale, sep="\n")
    return bool(stale) and "--check" in sys.argv


if __name__ == "__main__":
    sys.exit(main())
