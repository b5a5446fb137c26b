"""A web server of the files in a folder: with ranges under `ranges/`, without under `whole/`, failing at first under `faults/`.

Prints its port. `/count` gives the number of requests since it was last asked for. The same answers are those of an S3 server
whose bucket is one of the three.
"""

import hashlib
import http.server
import re
import sys
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

FOLDER = Path(sys.argv[1])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    requests = 0
    # What goes wrong with the next requests under `faults/`.
    faults = ["500", "503", "cut", "short"] * 2

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=(), length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = unquote(urlsplit(self.path).path).lstrip("/")
        if path == "count":
            found, Handler.requests = Handler.requests, 0
            return self.answer(200, str(found).encode())
        Handler.requests += 1
        way, _, name = path.partition("/")
        file = FOLDER / name
        if way not in ("ranges", "whole", "faults") or not file.is_file():
            return self.answer(404)
        fault = Handler.faults.pop(0) if way == "faults" and Handler.faults else None
        if fault in ("500", "503"):
            return self.answer(int(fault), b"<Error><Code>SlowDown</Code></Error>")
        data = file.read_bytes()
        headers = [("ETag", f'"{hashlib.md5(data).hexdigest()}"')]
        wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if way == "whole" or not wanted:
            return self.answer(200, data, headers)
        first, last = wanted.groups()
        start = int(first) if first else max(len(data) - int(last), 0)
        stop = min(int(last) + 1, len(data)) if first and last else len(data)
        if start >= len(data):
            return self.answer(416)
        body = data[start:stop]
        headers.append(("Content-Range", f"bytes {start}-{stop - 1}/{len(data)}"))
        if fault in ("cut", "short"):
            self.answer(206, body[: len(body) // 2], headers, len(body) if fault == "cut" else None)
            self.close_connection = True
            return None
        return self.answer(206, body, headers)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
# The test closes the input when it is done.
threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
server.serve_forever(0.05)
