"""The documentation: every block of code runs, and what is generated is current."""

import json
import os
import subprocess
import sys
from pathlib import Path

import docs_page
import pytest

import numio

ROOT = docs_page.ROOT
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# The blocks that no test runs, each with a reason in its page.
NOT_RUN = 4


def command():
    """The command: cargo's, which starts faster, unless a source is newer than it; else that of the package."""
    built = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/numio"
    if built.exists():
        sources = [path for name in ("numio", "numio-cli", "numio-deflate", "numio-derive", "numio-pickle") for path in (ROOT / f"crates/{name}").rglob("*.rs")]
        if all(path.stat().st_mtime <= built.stat().st_mtime for path in [*sources, ROOT / "Cargo.lock"]):
            return f'exec "{built.resolve()}" "$@"'
    return f'exec "{sys.executable}" -m numio "$@"'


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The environment of a user who has just installed the package: its command is on the path, and there are no settings."""
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "numio"
    script.write_text(f"#!/bin/sh\n{command()}\n")
    script.chmod(0o755)
    package = os.path.dirname(os.path.dirname(numio.__file__))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NUMIO_", "AWS_"))}
    path = os.pathsep.join([str(folder), os.path.dirname(sys.executable), os.environ["PATH"]])
    found = kept | {"PATH": path, "PYTHONPATH": package, "HOME": str(folder), "NO_COLOR": "1", "COLUMNS": "120"}
    try:
        from moto.server import ThreadedMotoServer
    except ImportError:
        yield found
        return
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield found | docs_page.store_at(f"http://{host}:{port}")
    server.stop()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_of_a_page_run_and_print_what_it_shows(page, tmp_path, environment):
    blocks = [kind for _, kind, _ in docs_page.pieces(page.read_text()) if kind not in docs_page.ELSEWHERE]
    if not blocks:
        return
    runner = [sys.executable, docs_page.__file__, page]
    done = subprocess.run(runner, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    absent = [why for _, why in report["left out"] if why.startswith("without ")]
    assert report["ran"] + len(report["left out"]) == len([kind for kind in blocks if kind in docs_page.RUNNERS])
    if absent:
        pytest.skip(f"{len(absent)} blocks: {absent[0]}")


def test_blocks_that_are_not_run_are_counted():
    reasons = [text for page in PAGES for _, kind, text in docs_page.pieces(page.read_text()) if kind == "not run"]
    assert all(len(reason.split()) > 2 for reason in reasons)
    assert len(reasons) == NOT_RUN, reasons


def script(*arguments):
    """Runs one of the repository's scripts, which says what is wrong."""
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"


def test_reference_equals_what_the_package_says():
    script("scripts/reference.py", "--check")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="reads TOML by tomllib")
def test_links_of_the_pages_lead_somewhere():
    script("scripts/site.py", "--check")
