"""The options and the files of `make bench`: what cannot be run is told before anything is built."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[3] / "bench" / "run.py"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--baseline", "no-such-commit"], "argument --baseline: no-such-commit: neither a commit of this clone"),
        (["--baseline", "missing.json"], "argument --baseline: missing.json: No such file or directory"),
        (["--baseline", "text.json"], "argument --baseline: text.json: not a file that a run has written"),
        (["--baseline", "other.json"], "argument --baseline: other.json: not a file that a run has written"),
        (["--baseline", "rows.json"], "argument --baseline: rows.json: not a file that a run has written"),
        (["--out", "folder"], "argument --out: folder: a folder"),
        (["--out", "text.json/a.json"], "argument --out: text.json: File exists"),
        (["--mib", "0"], "argument --mib: 0: expected a number of MiB above 0"),
    ],
)
def test_option_that_cannot_be_is_refused_at_once(tmp_path, options, text):
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.json").write_text("text")
    (tmp_path / "other.json").write_text(json.dumps({"cases": []}))
    (tmp_path / "rows.json").write_text(json.dumps({"rows": [{"language": "rust", "case": "load", "peer": "numpy"}]}))
    command = [sys.executable, RUN, *options]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert found.returncode == 2
    assert found.stderr.splitlines()[-1].startswith(f"run.py: error: {text}"), found.stderr


def test_figure_of_an_earlier_run_is_replaced(tmp_path):
    spec = importlib.util.spec_from_file_location("bench_run", RUN)
    run = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(run)
    results = tmp_path / "results.json"
    first = run.drawn([{"ratio": 2.0}, {"ratio": 5.0}], results).read_bytes()
    second = run.drawn([{"ratio": 2.0}, {"ratio": 0.5}, {"ratio": 3.0}], results).read_bytes()
    assert second != first
