"""A web service that takes `.npy` files from strangers, and answers with what is in them.

    python upload_service.py         tries itself, and stops
    python upload_service.py 8000    serves on this port of this machine

    curl --data-binary @x.npy http://127.0.0.1:8000/
"""

import io
import json
import pickle
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

import numio

MOST = 16 << 20


def described(body):
    """What the answer says of an upload. Raises `ValueError` for what is not accepted."""
    try:
        loaded = numio.load(io.BytesIO(body), allow_pickle=False, max_ratio=10)
    except (ValueError, OSError, EOFError) as error:
        raise ValueError(str(error)) from error
    if not isinstance(loaded, np.ndarray):
        raise ValueError("send one array, and no archive")
    answer = {"dtype": str(loaded.dtype), "shape": loaded.shape}
    if loaded.size and loaded.dtype.kind in "biuf":
        answer |= {"min": loaded.min().item(), "max": loaded.max().item()}
    return answer


class Service(BaseHTTPRequestHandler):
    """One request."""

    timeout = 10

    def do_POST(self):
        """Take a file."""
        length = int(self.headers.get("Content-Length", -1))
        if not 0 <= length <= MOST:
            self.answer(413, {"error": f"send a length of at most {MOST} bytes"})
            return
        try:
            self.answer(200, described(self.rfile.read(length)))
        except ValueError as error:
            self.answer(400, {"error": str(error)})

    def answer(self, status, value):
        """Send JSON."""
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep quiet."""


def ask(url, body):
    """The status and the answer to an upload."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def main():
    """Serve, or try it."""
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Service)
    if len(sys.argv) > 1:
        server.serve_forever()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    np.save(good := io.BytesIO(), np.arange(6.0).reshape(2, 3))
    hostile = pickle.dumps(print, 4)
    for name, body in (("array", good.getvalue()), ("cut", good.getvalue()[:100]), ("page", b"<html>"), ("pickle", hostile)):
        status, answer = ask(url, body)
        print(f"{name}: {status} {answer}")
        assert (status == 200) == (name == "array"), answer
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    main()
