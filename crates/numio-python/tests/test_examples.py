"""The programs and notebooks of `examples/` run.

A notebook's cells are run here as a kernel runs them, one after another in one module: installing Jupyter would take longer
than all of them.
"""

import ast
import json
import os
import pathlib
import subprocess
import sys
import types

import pytest

import numio

FOLDER = pathlib.Path(__file__).parents[3] / "examples"
PROGRAMS = sorted(FOLDER.glob("*.py"))
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def test_examples_in_the_folder_are_all_listed():
    text = (FOLDER / "README.md").read_text()
    assert PROGRAMS and NOTEBOOKS
    for path in PROGRAMS + NOTEBOOKS:
        assert f"({path.name})" in text


def run(folder, *arguments):
    """Runs a program in a folder, where it must print something, and warn of nothing."""
    environment = os.environ | {"PYTHONPATH": os.path.dirname(os.path.dirname(numio.__file__))}
    command = [sys.executable, "-W", "error", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and done.stdout and not done.stderr, done.stdout + done.stderr


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_example_programs_run(program, tmp_path):
    run(tmp_path, program)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_example_notebooks_run(notebook, tmp_path):
    run(tmp_path, __file__, notebook)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_example_notebooks_have_no_output(notebook):
    text = notebook.read_text()
    found = json.loads(text)
    assert (found["nbformat"], found["nbformat_minor"]) == (4, 5)
    assert found["metadata"]["kernelspec"]["name"] == "python3"
    for cell in found["cells"]:
        assert cell["cell_type"] in ("code", "markdown") and cell["id"] and cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
    assert text == json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def main(notebook):
    """Run the cells, and print what the last expression of each gives."""
    sys.modules["__main__"] = module = types.ModuleType("__main__")
    for number, cell in enumerate(json.loads(pathlib.Path(notebook).read_text())["cells"], 1):
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, f"cell {number}", "exec"), module.__dict__)
        if last is not None:
            print(repr(eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), module.__dict__)))


if __name__ == "__main__":
    main(sys.argv[1])
