"""Runs the code blocks of one page of the documentation, from top to bottom, in the folder that it is started in.

    python docs_page.py PAGE.md
    python docs_page.py --write PAGE.md     and put into the page what is printed

Blocks of ``python`` share one namespace; ``pycon`` is compared as doctest does it; ``sh`` must succeed; of ``console``
the output is compared, line by line, where a line ``...`` is any number of lines. Comments of HTML steer it:

    <!-- setup                     Python code that readers need not see, run where it is
    ... -->
    <!-- needs: MODULE, s3 -->     the rest of the page is run only where the module is there; s3 is a store with the bucket "bucket"
    <!-- not run: REASON -->       the next block is not run

The last line of the output is JSON: how many blocks ran, and what did not and why.
"""

import difflib
import doctest
import importlib.util
import json
import os
import re
import subprocess
import sys
import types
from pathlib import Path

ROOT = Path(__file__).parents[3]
# Rust is tested by `numio-docs`; the others are no programs.
ELSEWHERE = {"rust", "text", "toml", "json", "yaml"}
PIECE = re.compile(
    r"^<!-- setup\n(?P<setup>.*?)^-->$"
    r"|^<!-- (?P<mark>needs|not run): (?P<why>.+?) -->$"
    r"|^(?P<fence>`{3,})(?P<language>[^\n]*)\n(?P<code>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)


def pieces(text):
    """Line, kind and text of each block and of each comment that steers the run."""
    for found in PIECE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if found["setup"] is not None:
            yield line, "setup", found["setup"]
        elif found["mark"]:
            yield line, found["mark"], found["why"]
        else:
            yield line, found["language"].partition(",")[0].strip(), found["code"]


def store_at(url):
    """The variables by which every package finds a store of S3's kind."""
    named = {"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    return named | {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ALLOW_HTTP": "true"}


def start_store():
    """An empty bucket in the store that the environment names, or in one that is started on loopback."""
    if "AWS_ENDPOINT_URL" not in os.environ:
        from moto.server import ThreadedMotoServer

        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        os.environ.update(store_at(f"http://{host}:{port}"))
    import s3fs

    store = s3fs.S3FileSystem()
    if store.exists("bucket"):
        store.rm("bucket", recursive=True)
    store.mkdir("bucket")


def missing(needs):
    """The first of some modules that is not installed."""
    for name in needs.split(", "):
        wanted = ["moto", "flask", "s3fs"] if name == "s3" else [name]
        for module in wanted:
            if importlib.util.find_spec(module) is None:
                return module
    if "s3" in needs.split(", "):
        start_store()
    return None


class Session(doctest.DocTestRunner):
    """Runs a session, and keeps what was printed where it is not what is shown."""

    def __init__(self):
        super().__init__(optionflags=doctest.ELLIPSIS, verbose=False)
        self.printed = []

    def report_failure(self, out, test, example, got):
        super().report_failure(out, test, example, got)
        self.printed.append((example, got))


def python(code, line, page, namespace):
    """Runs code whose lines have the numbers of the page."""
    exec(compile("\n" * line + code, str(page), "exec"), namespace)
    return code


def pycon(code, line, page, namespace):
    """Compares a session with what it shows."""
    test = doctest.DocTestParser().get_doctest(code, {}, page.name, str(page), line)
    test.globs = namespace
    session = Session()
    failed, tried = session.run(test, clear_globs=False)
    if not tried or failed > len(session.printed):
        raise AssertionError(f"{page}:{line}: the session fails")
    lines = code.splitlines(keepends=True)
    for example, got in reversed(session.printed):
        start = example.lineno + example.source.count("\n")
        lines[start : start + example.want.count("\n")] = got
    return "".join(lines)


def shell(code):
    """What a command prints, and its exit code."""
    done = subprocess.run(["bash", "-c", code], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout, done.returncode


def sh(code, line, page, _):
    """Runs a script that must succeed."""
    out, status = shell("set -euo pipefail\n" + code)
    if status:
        raise AssertionError(f"{page}:{line}: exit code {status}\n{out}")
    return code


def console(code, line, page, _):
    """Runs each command, and compares its output with the lines behind it."""
    before, *commands = re.split(r"^\$ ", code, flags=re.MULTILINE)
    if before:
        raise AssertionError(f"{page}:{line}: a console block starts with a command")
    session = ""
    for command in commands:
        command, _, wanted = command.partition("\n")
        while command.endswith("\\"):
            more, _, wanted = wanted.partition("\n")
            command = f"{command}\n{more}"
        printed = "".join(text.rstrip() + "\n" for text in shell(command)[0].splitlines())
        pattern = "".join(r"(?:.*\n)*" if text == "..." else re.escape(text) + "\n" for text in wanted.splitlines())
        session += f"$ {command}\n" + (wanted if re.fullmatch(pattern, printed) else printed)
    return session


RUNNERS = {"python": python, "pycon": pycon, "sh": sh, "console": console}


def main(page, write):
    """Run the page, and print what came of it."""
    # The module that pickles of classes in the page name.
    sys.modules["__main__"] = module = types.ModuleType("__main__")
    namespace = module.__dict__
    namespace["TESTDATA"] = ROOT / "testdata"
    ran, left_out, skip, absent = 0, [], None, None
    old = new = page.read_text()
    for line, kind, text in pieces(old):
        if kind == "needs":
            absent = absent or missing(text)
        elif kind == "not run":
            skip = text
        elif kind in ELSEWHERE:
            assert skip is None, f"{page}:{line}: a {kind} block is not run anyway"
        elif kind == "setup":
            if not absent:
                python(text, line, page, namespace)
        elif kind not in RUNNERS:
            raise AssertionError(f"{page}:{line}: {kind or 'a block without a language'}")
        elif skip or absent:
            left_out.append([line, skip or f"without {absent}"])
            skip = None
        else:
            found = RUNNERS[kind](text, line, page, namespace)
            if found != text and not write:
                different = "".join(difflib.unified_diff(text.splitlines(True), found.splitlines(True), "shown", "printed"))
                raise AssertionError(f"{page}:{line}: what is shown is not what is printed\n{different}")
            new = new.replace(text, found, 1)
            ran += 1
    if write:
        page.write_text(new)
    sys.stdout.flush()
    print(json.dumps({"ran": ran, "left out": left_out}), flush=True)
    # Threads of servers and of event loops end with the process.
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[-1]), "--write" in sys.argv)
