#!/usr/bin/env python3
"""Runs the benchmarks in Rust and in Python, and gives one table and one file of JSON.

    python bench/run.py [--baseline COMMIT|FILE.json] [--out FILE.json] [--mib N] [--quick] [FILTER...]

Every row is a case and a peer: what the peer took, what numio took, and how many times as fast numio is; the goal, where there
is one, is for the reader to judge. `--baseline COMMIT` builds numio of that commit below `target/bench/`, runs the same cases
with it and shows by how much each figure has changed; `--baseline FILE.json` compares with an earlier run. The exit code is 0
unless something failed.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"
OUT = ROOT / "target" / "bench"


def commands(bench, cargo_target, options):
    """The two programs, the one in Rust with cargo's progress on standard error."""
    target = ["--target-dir", cargo_target] if cargo_target else []
    cargo = ["cargo", "run", "--release", "--locked", *target, "--manifest-path", bench / "Cargo.toml", "--"]
    return [("rust", [*cargo, *options]), ("python", [sys.executable, bench / "python.py", *options])]


def run(bench, options, *, cargo_target=None, package=None):
    """Yields the rows of both programs as they come. Ends the whole with an error where one fails."""
    environment = {**os.environ, "NUMIO_PYTHON": os.environ.get("NUMIO_PYTHON", sys.executable)}
    if package:
        environment["PYTHONPATH"] = str(package)
    for language, command in commands(bench, cargo_target, options):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
            for line in child.stdout:
                if line.startswith("{"):
                    yield {"language": language, **json.loads(line)}
                else:
                    print(line, end="", file=sys.stderr)
        if child.returncode:
            sys.exit(f"the benchmarks in {language} failed with exit code {child.returncode}")


def key(row):
    return row["language"], row["case"], row["peer"]


def shown(value, unit):
    if unit != "s":
        return f"{value:.3g} {unit}"
    for factor, name in ((1, "s"), (1e3, "ms"), (1e6, "us")):
        if value * factor >= 1 or factor == 1e6:
            return f"{value * factor:.3g} {name}"


def line(row, before):
    """A row of the table; a change below 1 is a figure that has become smaller, which is faster."""
    goal = f"{row['goal']:g}" if row["goal"] is not None else ""
    change = f"{row['value'] / before['value']:>8.2f}" if before else ""
    values = (shown(row["peer_value"], row["unit"]), shown(row["value"], row["unit"]))
    return f"{row['case']:<36} {row['peer']:<12} {values[0]:>10} {values[1]:>10} {row['ratio']:>8.2f} {goal:>6}{change}"


def baseline(text):
    """A commit by its short name, or the rows of an earlier run by their keys: what is not there is told before anything is built."""
    file = Path(text)
    if file.suffix == ".json":
        try:
            return {key(row): {**row, "value": float(row["value"])} for row in json.loads(file.read_text())["rows"]}
        except OSError as error:
            raise argparse.ArgumentTypeError(f"{text}: {error.strerror}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise argparse.ArgumentTypeError(f"{text}: not a file that a run has written with --out") from error
    command = ["git", "rev-parse", "--quiet", "--short", "--verify", f"{text}^{{commit}}"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode:
        raise argparse.ArgumentTypeError(f"{text}: neither a commit of this clone nor a file whose name ends in .json")
    return found.stdout.strip()


def size(text):
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text}: expected a number of MiB above 0")
    return int(text)


def of_commit(commit, options):
    """The rows of another commit, whose library and package are built for them. The cases are those of this checkout."""
    tree, package = OUT / commit / "tree", OUT / commit / "package"
    if not tree.exists():
        subprocess.run(["git", "worktree", "add", "--detach", tree, commit], cwd=ROOT, check=True)
    shutil.rmtree(tree / "bench")
    shutil.copytree(BENCH, tree / "bench", ignore=shutil.ignore_patterns("target", "__pycache__"))
    # The library's dependencies may have been others.
    subprocess.run(["cargo", "update", "--workspace", "--quiet", "--manifest-path", tree / "bench" / "Cargo.toml"], check=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--upgrade"]
    subprocess.run([*pip, "--target", package, tree], check=True)
    try:
        return list(run(tree / "bench", options, cargo_target=OUT / commit / "target", package=package))
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=ROOT, check=True)


def drawn(rows, folder):
    """Draws the ratios in the order of the table, by the command that was measured."""
    import numpy as np

    import numio

    with tempfile.TemporaryDirectory() as temporary:
        ratios = Path(temporary) / "ratio.npy"
        numio.save(ratios, np.array([row["ratio"] for row in rows]))
        picture = folder.with_suffix(".svg")
        done = subprocess.run([sys.executable, "-m", "numio", "plot", "--force", ratios, "-o", picture], check=False)
    return picture if done.returncode == 0 else None


def machine():
    import numpy as np

    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False)
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "commit": commit.stdout.strip(),
        "cpus": cpus,
        "load_before": os.getloadavg() if hasattr(os, "getloadavg") else None,
        "numpy": np.__version__,
        "platform": platform.platform(),
        "python": platform.python_version(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--baseline", type=baseline, metavar="COMMIT|FILE.json", help="what to compare with")
    parser.add_argument("--out", type=Path, default=OUT / "results.json", help="the file of JSON")
    parser.add_argument("--mib", type=size, default=512, help="the size of large files")
    parser.add_argument("--quick", action="store_true", help="smaller files and fewer runs")
    parser.add_argument("filters", nargs="*", help="words that names of cases, or of groups, must have")
    args = parser.parse_args()
    options = ["--mib", str(args.mib), *(["--quick"] if args.quick else []), *args.filters]
    try:
        # Now, and not after all of it has run.
        args.out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"argument --out: {error.filename}: {error.strerror}")
    if args.out.is_dir():
        parser.error(f"argument --out: {args.out}: a folder, and not the name of a file")
    about, before = machine(), args.baseline or {}
    if isinstance(before, str):
        before = {key(row): row for row in of_commit(before, options)}
    print(f"{'case':<36} {'peer':<12} {'peer':>10} {'numio':>10} {'ratio':>8} {'goal':>6}{'  change' if before else ''}")
    rows = []
    for row in run(BENCH, options):
        rows.append(row)
        print(line(row, before.get(key(row))), flush=True)
    if not rows:
        sys.exit(f"no case ran: none has {' or '.join(map(repr, args.filters))} in its name, or what it needs is missing")
    args.out.write_text(json.dumps({**about, "baseline": list(before.values()), "rows": rows}, indent=1) + "\n")
    print(f"{args.out}: {len(rows)} rows", file=sys.stderr)
    if picture := drawn(rows, args.out):
        print(picture, file=sys.stderr)


if __name__ == "__main__":
    main()
