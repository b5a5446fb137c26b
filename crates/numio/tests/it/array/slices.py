"""Slices arrays of numbers that count up, and prints what came of it."""
import json
import random

import numpy as np

rng = random.Random(20240521)


def bound(size):
    return rng.choice(["", "None", *map(str, range(-size - 2, size + 3)), "-1", "99", str(2**70), str(-(2**70))])


def part(size):
    kind = rng.random()
    if kind < 0.35:
        return str(rng.randint(-size - 1, size))
    if kind < 0.8:
        step = rng.choice(["", ":", ":-1", ":2", ":-2", ":3", ":-7", ": None", f":{2**63 - 1}", f":{-2**63 + 1}"])
        return f"{bound(size)}:{bound(size)}{step}"
    return rng.choice([":", "...", "None", ": :", "::-1"])


shapes = [(), (0,), (1,), (7,), (3, 4), (5, 1), (2, 0, 3), (2, 3, 4), (4, 1, 2, 3), (2, 2, 2, 2, 2)]
cases = [((3, 4), text) for text in ["", "1", "1,", "[1, 2]", "[1, 2,]", "0:3:0", "..., ...", "1, 2, 3", "None, ..., None", "3", "-4", "1, 4",
         "+1", "- 1", "1_0", "0x1", "01", "00", "1.0", "a", "::::", "[]1", "1 2", ",", "1,,2", str(2**63), str(2**64)]]
cases.append(((1,) * 64, "None"))
cases.append(((1,) * 64, "..., None"))
cases.append(((1,) * 63, "None"))
for _ in range(4000):
    shape = rng.choice(shapes)
    parts = [part(rng.choice(shape)) if shape else part(0) for _ in range(rng.randint(0, len(shape) + 1))]
    cases.append((shape, ", ".join(parts)))

for shape, text in cases:
    size = int(np.prod(shape))
    array = np.arange(size, dtype="u4").reshape(shape)
    case = {"shape": shape, "slice": text}
    inner = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        found = eval(f"array[{inner or '()'}]", {"array": array, "__builtins__": {}})
        case |= {"found": found.shape, "values": np.asarray(found).ravel().tolist()}
    except (IndexError, ValueError) as error:
        case["error"] = str(error)
    except (SyntaxError, NameError, OverflowError):
        case["error"] = None
    print(json.dumps(case))
