"""moto's S3 server with a bucket `numio`. Prints its port, and ends with its standard input."""

import sys
import urllib.request

try:
    from moto.server import ThreadedMotoServer
except ImportError:
    print("moto is not installed", flush=True)
    sys.exit()

server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
host, port = server.get_host_and_port()
request = urllib.request.Request(f"http://{host}:{port}/numio", method="PUT")
urllib.request.urlopen(request, timeout=10).close()
print(port, flush=True)
sys.stdin.read()
server.stop()
