"""What a release says of itself, and the workflow that makes it."""

import importlib.metadata
import pathlib
import re

import pytest

import numio

ROOT = pathlib.Path(__file__).parents[3]
WORKFLOW = ROOT / ".github/workflows/release.yml"


def test_versions_in_all_files_agree():
    cargo = (ROOT / "Cargo.toml").read_text()
    version = re.search(r'^version = "(.*)"', cargo, re.MULTILINE)[1]
    assert version == numio.__version__
    assert set(re.findall(r'path = "crates/[^"]*", version = "=?(.*?)"', cargo)) == {version}
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()


def test_oldest_versions_in_all_files_agree():
    rust = re.search(r'^rust-version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
    project = (ROOT / "pyproject.toml").read_text()
    python = re.search(r'requires-python = ">=(.*)"', project)[1]
    numpy = re.search(r'"numpy>=(.*?)"', project)[1]
    assert re.search(rf"^numpy=={re.escape(numpy)}\.", (ROOT / "requirements-oldest.txt").read_text(), re.MULTILINE)
    assert f"abi3-py{python.replace('.', '')}" in (ROOT / "Cargo.toml").read_text()
    policy = (ROOT / "docs/releases.md").read_text()
    for name, version in (("Rust", rust), ("CPython", python), ("NumPy", numpy)):
        assert f"| {name} | {version} |" in policy


def test_metadata_of_the_package_is_complete():
    try:
        installed = importlib.metadata.distribution("numio")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the package is run from its folder")
    if pathlib.Path(str(installed.locate_file("numio/__init__.py"))) != pathlib.Path(numio.__file__):
        pytest.skip("the package is run from its folder")
    metadata = installed.metadata
    assert metadata["Description-Content-Type"].startswith("text/markdown")
    urls = dict(url.split(", ") for url in metadata.get_all("Project-URL"))
    assert {"Source", "Documentation", "Changelog", "Issues"} <= set(urls)
    assert "Typing :: Typed" in metadata.get_all("Classifier")


def test_the_workflow_is_minimal_and_pinned():
    yaml = pytest.importorskip("yaml")
    workflow = yaml.safe_load(WORKFLOW.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    # In YAML 1.1 the key `on` is true.
    assert set(workflow[True]) == {"push", "workflow_dispatch"} and set(workflow[True]["push"]) == {"tags"}
    writers = {}
    for name, job in workflow["jobs"].items():
        writers[name] = {key for key, value in job.get("permissions", {}).items() if value == "write"}
        if writers[name]:
            assert job["if"] == "github.ref_type == 'tag'", name
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"[\w.-]+/[\w.-]+@v\d+\.\d+\.\d+", step["uses"]), step["uses"]
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"] == {"persist-credentials": False}
    assert {name: found for name, found in writers.items() if found} == {
        "pypi": {"id-token"}, "crates": {"id-token"}, "github": {"contents"},
    }  # fmt: skip
    targets = {entry["target"] for entry in workflow["jobs"]["wheels"]["strategy"]["matrix"]["include"]}
    assert {"x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "x86_64-pc-windows-msvc"} < targets
    for script in re.findall(r"\bscripts/[\w.]+", WORKFLOW.read_text()):
        assert (ROOT / script).exists(), script
