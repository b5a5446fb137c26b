"""Loads the files it is given in a process that watches itself: nothing may run but what `numio.load` is made of.

Prints one line of JSON for each file: how the load ended, the audit events that tell of anything run, and the modules
that were imported on the way.
"""

import json
import sys

import numpy  # noqa: F401
import numpy.ma.mrecords  # noqa: F401

import numio

# What harmless types need, so that a later import is one that a pickle caused.
import collections, copyreg, gc, datetime, decimal, fractions, pathlib, pickle, uuid  # noqa: E401, F401, I001

WATCHED = (
    "exec", "compile", "import", "os.", "subprocess.", "socket.", "ctypes.", "shutil.", "urllib.", "ftplib.", "smtplib.",
    "winreg.", "webbrowser.", "pty.", "sqlite3.", "code.", "builtins.", "object.__setattr__", "pickle.find_class", "syslog.",
)  # fmt: skip

seen = []
watching = False


def watch(event, args):
    if watching and event.startswith(WATCHED):
        seen.append(f"{event} {args!r:.100}")
    elif watching and event == "open" and args[0] not in allowed:
        seen.append(f"{event} {args!r:.100}")


allowed = sys.argv[1:]
classes = [collections.Counter, collections.OrderedDict, fractions.Fraction, numpy.ndarray, numpy.matrix, uuid.UUID]
before_classes = [dict(vars(cls)) for cls in classes]
sys.addaudithook(watch)
for path in allowed:
    seen.clear()
    before = set(sys.modules)
    watching = True
    try:
        found = numio.load(path)
        ended = "loaded"
    except BaseException as error:
        ended = f"{type(error).__name__}: {error}"
        if isinstance(error, pickle.UnpicklingError):
            ended = f"UnpicklingError, {ended}"
    watching = False
    changed = [cls.__name__ for cls, old in zip(classes, before_classes) if dict(vars(cls)) != old]
    new = sorted(set(sys.modules) - before)
    print(json.dumps({"ended": ended, "events": list(seen), "modules": new, "changed": changed}), flush=True)
