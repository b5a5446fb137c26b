#!/usr/bin/env python3
"""Runs the fuzz targets one after the other, from their corpora and the files of `testdata/`.

    scripts/fuzz.py                      every target for a minute (`make fuzz`)
    scripts/fuzz.py --minutes 20 npz zip these targets, 20 minutes each
    scripts/fuzz.py --keep               and bring what they have found worth keeping into `fuzz/corpus/`

Needs cargo-fuzz (`cargo install cargo-fuzz --locked`) and a nightly toolchain (`rustup toolchain install nightly`). Exits with
1 if a target has a finding; its input is then in `fuzz/artifacts/`, and `cargo +nightly fuzz run TARGET FILE` tries it again.
"""

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FUZZ = ROOT / "fuzz"
WORK = FUZZ / "target" / "corpus"

# The files of testdata that each target starts from, and the bytes before them that say how they are read.
EVERY = ["*/*.npy", "*/*.npz", "*/*.pkl"]
SEEDS = {
    "append": (["*/*.npy", "*/*.npz"], [b"\0", b"\1"]),
    "audit": (EVERY, [b""]),
    "compressed": (["hostile/*.gz", "hostile/*.bz2", "hostile/*.xz", "hostile/*.zst"], [b"\0", b"\1", b"\2", b"\4"]),
    "convert": ([*EVERY, "hostile/*.csv"], [bytes([how]) for how in (0, 1, 2, 4, 5, 10, 25, 27, 52)]),
    "genfromtxt": (["hostile/*.csv"], [b"\0\0", b"\x0f\0"]),
    "gzip": (["hostile/*.gz"], [b"\1\0\0", b"\2\6\x80"]),
    "index": ([], [b""]),
    "npy": (["*/*.npy"], [b""]),
    "npz": (["*/*.npz"], [b""]),
    "pickle": (["*/*.pkl"], [b""]),
    "regex": (["hostile/*.csv"], [b"([0-9]+)\n", b"(?P<x>\\w*),(?i:a|b)+\n"]),
    "show": (EVERY, [b""]),
    "text": (["hostile/*.csv"], [b"\0", b"\x0b"]),
    "zip": (["*/*.npz"], [b""]),
}

# Texts as long as the command makes them: their changes take seconds each under ASan, and leave no time for others.
SLOW = {"show": {"P37-key-of-halves.pkl", "endless-text"}}

# Longer inputs are slow to try, and seldom say more.
MOST_BYTES = 4096
# Bounds of what is kept of one target: bytes of one input and of all, and their number.
KEEP_BYTES, KEEP_TOTAL, KEEP_COUNT = 1024, 32 << 10, 80

LIMITS = ["-rss_limit_mb=2048", "-timeout=25"]


def build(target):
    subprocess.run(["cargo", "+nightly", "fuzz", "build", target], cwd=ROOT, check=True)
    (binary,) = FUZZ.glob(f"target/*/release/{target}")
    return binary


def seed(target):
    """Fills the directory in which a target works with its corpus and its seeds."""
    work = WORK / target
    work.mkdir(parents=True, exist_ok=True)
    corpus = FUZZ / "corpus" / target
    slow = SLOW.get(target, set())
    for path in corpus.glob("*") if corpus.is_dir() else ():
        if path.name not in slow:
            shutil.copy(path, work)
    patterns, prefixes = SEEDS[target]
    for pattern in patterns:
        for path in (ROOT / "testdata").glob(pattern):
            if path.name in slow:
                continue
            data = path.read_bytes()
            for prefix in prefixes if len(data) <= MOST_BYTES else ():
                data_with_prefix = prefix + data
                (work / hashlib.sha1(data_with_prefix).hexdigest()).write_bytes(data_with_prefix)
    return work


def run(target, minutes):
    """Returns whether there is no finding, and prints what libFuzzer says at its end."""
    binary, work = build(target), seed(target)
    artifacts = FUZZ / "artifacts" / target
    artifacts.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={round(minutes * 60)}", f"-max_len={MOST_BYTES}", "-print_final_stats=1", "-close_fd_mask=1"]
    command = [binary, work, *LIMITS, *options, f"-artifact_prefix={artifacts}/"]
    start = time.monotonic()
    ran = subprocess.run(command, cwd=FUZZ, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    said = ran.stderr.decode(errors="replace")
    executions = re.findall(r"stat::number_of_executed_units: +(\d+)", said)
    edges = re.findall(r" cov: (\d+) ", said)
    last = lambda found: found[-1] if found else "?"  # noqa: E731
    print(f"{target}: {last(executions)} executions, {last(edges)} edges, {(time.monotonic() - start) / 60:.1f} minutes, exit code {ran.returncode}", flush=True)
    if ran.returncode:
        print(said[-4000:], flush=True)
    return ran.returncode == 0


def keep(target):
    """Replaces a target's corpus by the smallest inputs that reach what all of them reach, within bounds."""
    binary = build(target)
    least = WORK / f"{target}.least"
    shutil.rmtree(least, ignore_errors=True)
    least.mkdir()
    options = ["-set_cover_merge=1", f"-max_len={KEEP_BYTES}", "-close_fd_mask=3", *LIMITS]
    subprocess.run([binary, *options, least, WORK / target], cwd=FUZZ, check=True, stderr=subprocess.DEVNULL)
    corpus = FUZZ / "corpus" / target
    # Inputs that once were findings stay: they have names.
    for path in corpus.glob("*"):
        if re.fullmatch(r"[0-9a-f]{40}", path.name):
            path.unlink()
    corpus.mkdir(parents=True, exist_ok=True)
    total = 0
    for path in sorted(least.iterdir(), key=lambda path: path.stat().st_size)[:KEEP_COUNT]:
        total += path.stat().st_size
        if total > KEEP_TOTAL:
            break
        shutil.copy(path, corpus)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"any of {', '.join(SEEDS)}")
    parser.add_argument("--minutes", type=float, default=1, help="for each target")
    parser.add_argument("--keep", action="store_true", help="minimise what was found into fuzz/corpus")
    arguments = parser.parse_args()
    unknown = set(arguments.targets) - set(SEEDS)
    if unknown:
        parser.error(f"no target: {', '.join(sorted(unknown))}")
    is_good = True
    for target in arguments.targets or SEEDS:
        is_good &= run(target, arguments.minutes) if arguments.minutes > 0 else True
        if arguments.keep:
            keep(target)
    sys.exit(not is_good)


if __name__ == "__main__":
    main()
