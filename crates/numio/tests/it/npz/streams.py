"""Writes arrays as deflated members of every kind of stream that zlib makes, each beside the same array as `.npy`."""

import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np

out = Path(sys.argv[1])
rng = np.random.default_rng(3)
COUNT = 1 << 20
arrays = {
    "noise": (rng.standard_normal(COUNT) * 100).astype("i4"),
    "walk": np.cumsum(rng.integers(-2000, 2000, COUNT)).astype("i4"),
}
options = {
    "level1": (1, 8, zlib.Z_DEFAULT_STRATEGY),
    "level6": (6, 8, zlib.Z_DEFAULT_STRATEGY),
    "level9": (9, 9, zlib.Z_DEFAULT_STRATEGY),
    "tiny_blocks": (6, 1, zlib.Z_DEFAULT_STRATEGY),
    "filtered": (6, 8, zlib.Z_FILTERED),
    "huffman": (6, 8, zlib.Z_HUFFMAN_ONLY),
    "runs": (6, 8, zlib.Z_RLE),
    "fixed": (6, 8, zlib.Z_FIXED),
    "stored": (0, 8, zlib.Z_DEFAULT_STRATEGY),
}


class Flushing:
    """Ends blocks of all kinds in the middle of the data, as programs do that send what they have."""

    def __init__(self):
        self.stream = zlib.compressobj(6, zlib.DEFLATED, -15)

    def compress(self, data):
        kinds = [zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_PARTIAL_FLUSH]
        packed = b""
        for at, start in enumerate(range(0, len(data), 99_991)):
            packed += self.stream.compress(data[start : start + 99_991]) + self.stream.flush(kinds[at % 3])
        return packed

    def flush(self):
        return self.stream.flush()


makers = {
    name: lambda level=level, memory=memory, strategy=strategy: zlib.compressobj(
        level, zlib.DEFLATED, -15, memory, strategy
    )
    for name, (level, memory, strategy) in options.items()
}
makers["flushed"] = Flushing
for kind, array in arrays.items():
    np.save(out / f"{kind}.npy", array)
    for name, make in makers.items():
        zipfile._get_compressor = lambda *_: make()
        np.savez_compressed(out / f"{kind}.{name}.npz", x=array)
