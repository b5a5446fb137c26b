"""A web server of the files in a folder, whose faults are asked for. Prints its port, and ends with its standard input.

`/ranges/NAME` answers requests for ranges and takes files, `/whole/NAME` knows nothing of ranges. These are buckets to clients of S3 and of
Google's, and containers to those of Azure. `/login/WAY/NAME` is for `me` with the password `p@ss:w`, and `/moved/WAY/NAME` is at another
host, which must not see a password. `/control/count` gives the numbers of requests and of bytes sent since it was last asked, and
`/control/faults/A,B,C` says what goes wrong with the next requests.
"""

import base64
import functools
import hashlib
import http.server
import re
import sys
import threading
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

FOLDER = Path(sys.argv[1])
# What servers answer that do not know a kind of range.
UNKNOWN = ("200", "400", "416", "501")
REFUSALS = {"500": "InternalError", "503": "SlowDown", "429": "TooManyRequests", "403": "AccessDenied"}


@functools.lru_cache(8)
def content(path, *_):
    """The bytes of a file, and their hash; anew where the file is another by now."""
    data = Path(path).read_bytes()
    return data, hashlib.md5(data).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    requests = sent = 0
    faults = []

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=(), length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            if not self.path.startswith("/control/"):
                # Before a client can have the answer, and ask for the numbers.
                with Handler.lock:
                    Handler.sent += len(body)
            self.wfile.write(body)

    def control(self, words):
        text = ""
        with Handler.lock:
            if words[0] == "count":
                text = f"{Handler.requests} {Handler.sent}"
                Handler.requests = Handler.sent = 0
            else:
                Handler.faults = [word for word in words[1].split(",") if word]
        self.answer(200, text.encode())

    def do_HEAD(self):
        self.do_GET()

    def do_PUT(self):
        way, _, name = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if way != "ranges":
            return self.answer(405)
        (FOLDER / name).write_bytes(data)
        return self.answer(201, headers=[("ETag", f'"{hashlib.md5(data).hexdigest()}"')])

    def do_GET(self):
        way, _, name = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        if way == "control":
            return self.control(name.split("/"))
        login = self.headers.get("Authorization")
        if way == "moved":
            return self.answer(302, headers=[("Location", f"http://localhost:{self.server.server_address[1]}/{name}")])
        if way == "login":
            if login != "Basic " + base64.b64encode(b"me:p@ss:w").decode():
                return self.answer(401)
            way, _, name = name.partition("/")
        elif login and self.headers.get("Host", "").startswith("localhost"):
            return self.answer(400)
        with Handler.lock:
            Handler.requests += 1
            fault = Handler.faults.pop(0) if Handler.faults else None
        file = FOLDER / name
        if way not in ("ranges", "whole") or not file.is_file():
            return self.answer(404)
        if fault in REFUSALS:
            return self.answer(int(fault), f"<Error><Code>{REFUSALS[fault]}</Code></Error>".encode())
        if fault == "reset":
            self.close_connection = True
            return None
        if fault == "slow":
            time.sleep(10)
        data, tag = content(str(file), file.stat().st_mtime_ns, file.stat().st_size)
        tag = "another" if fault == "etag" else tag
        headers = [("ETag", f'"{tag}"'), ("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT")]
        if fault in UNKNOWN:
            return self.answer(int(fault), data if fault == "200" else b"", headers)
        wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range") or self.headers.get("x-ms-range") or "")
        if way == "whole" or not wanted:
            return self.answer(200, data, headers)
        first, last = wanted.groups()
        start = int(first) if first else max(len(data) - int(last), 0)
        stop = min(int(last) + 1, len(data)) if first and last else len(data)
        if start >= len(data):
            return self.answer(416)
        body = data[start:stop]
        if fault == "other":
            start += 1
        headers.append(("Content-Range", f"bytes {start}-{start + len(body) - 1}/{len(data)}"))
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
threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
server.serve_forever(0.05)
