"""The command ``numio``, which is also ``python -m numio``."""

import platform
import signal
import sys

import numpy

from . import _numio


def main() -> int:
    """Run the command with the arguments of this process, and return its exit code."""
    # Files are left as they were when Ctrl-C comes: the command sees to that by itself.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        # There is none under a Python without a console.
        if stream is not None:
            stream.flush()
    host = f"NumPy {numpy.__version__}, {platform.python_implementation()} {platform.python_version()}"
    return _numio.run_command(["numio", *sys.argv[1:]], host)


if __name__ == "__main__":
    sys.exit(main())
