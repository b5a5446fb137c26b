"""What NumPy prints where `numio show` is run with the arguments in a file: a JSON list of texts."""

import json
import re
import sys
from pathlib import Path

import numpy as np

folder, cases = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8"))


def text(arguments):
    target = next(argument for argument in arguments if argument.startswith("npy/"))
    file, indexes = re.fullmatch(r"(npy/[\w-]+\.npy)(.*)", target).groups()
    array = np.load(folder / file, allow_pickle=True)
    value = eval("array" + indexes, {"array": array})
    options = {}
    if "--full" in arguments:
        options["threshold"] = sys.maxsize
    if "--precision" in arguments:
        options["precision"] = int(arguments[arguments.index("--precision") + 1])
    with np.printoptions(**options):
        return repr(value) if "--repr" in arguments else str(value)


print(json.dumps([text(arguments) for arguments in cases]))
