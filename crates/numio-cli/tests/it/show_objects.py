"""The str and repr of what indexes find in files: JSON. Without an index, a pickle's str is its repr."""

import json
import sys
from pathlib import Path

import numpy as np

found = []
for path, index in json.loads(Path(sys.argv[1]).read_text("utf-8")):
    value = eval("loaded" + index, {"loaded": np.load(path, allow_pickle=True)})
    is_array = isinstance(value, (np.ndarray, np.generic))
    found.append([str(value) if is_array else repr(value), repr(value)])
print(json.dumps(found))
