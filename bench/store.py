#!/usr/bin/env python3
"""An object store for the benchmarks: serves the files of a folder as S3 does, to whoever asks, on loopback.

    python bench/store.py FOLDER [LATENCY RATE]

Prints its port. Without a latency it answers as fast as it can. With one, each answer begins after that many seconds, and each
connection gets RATE bytes a second: what Amazon documents for S3 is 0.1 to 0.2 s and 85 to 90 MB/s.
"""

import asyncio
import socket
import sys
import time
from pathlib import Path

from aiohttp import web

CHUNK = 1 << 18


def wanted(request, size):
    """The part of a file that a request asks for."""
    part = request.http_range
    if part.start is not None and part.start < 0:
        return max(size + part.start, 0), size
    return part.start or 0, size if part.stop is None else min(part.stop, size)


async def slowly(request, path, latency, rate):
    size = path.stat().st_size
    start, stop = wanted(request, size)
    is_part = "Range" in request.headers
    answer = web.StreamResponse(status=206 if is_part else 200)
    answer.content_length = stop - start
    answer.last_modified = path.stat().st_mtime
    answer.headers["ETag"] = f'"{path.stat().st_mtime_ns:x}"'
    if is_part:
        answer.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    await asyncio.sleep(latency)
    await answer.prepare(request)
    if request.method == "HEAD":
        return answer
    begun = time.monotonic()
    with path.open("rb") as file:
        file.seek(start)
        for at in range(start, stop, CHUNK):
            await answer.write(file.read(min(CHUNK, stop - at)))
            await asyncio.sleep(max(begun + (at + CHUNK - start) / rate - time.monotonic(), 0))
    await answer.write_eof()
    return answer


def main():
    folder, pace = Path(sys.argv[1]), [float(word) for word in sys.argv[2:]]

    async def get(request):
        path = folder / Path(request.match_info["key"]).name
        if not path.is_file():
            return web.Response(status=404)
        return await slowly(request, path, *pace) if pace else web.FileResponse(path, chunk_size=1 << 20)

    app = web.Application()
    app.router.add_get("/{bucket}/{key}", get)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    web.run_app(app, sock=listener, print=None, access_log=None)


if __name__ == "__main__":
    main()
