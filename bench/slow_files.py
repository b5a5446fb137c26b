#!/usr/bin/env python3
"""A folder as a network's file system shows it: each request for up to 128 KiB of a file is answered after some milliseconds.

    python bench/slow_files.py FOLDER MOUNTPOINT MILLISECONDS

Needs mfusepy and libfuse, and the right to mount.
"""

import errno
import os
import sys
import time

import mfusepy


class SlowFiles(mfusepy.Operations):
    """The files of a folder, to be read."""

    use_ns = True

    def __init__(self, folder, pause):
        self.folder, self.pause = folder, pause

    def _path(self, path):
        return os.path.join(self.folder, path.lstrip("/"))

    def getattr(self, path, fh=None):
        try:
            found = os.lstat(self._path(path))
        except OSError as error:
            raise mfusepy.FuseOSError(error.errno or errno.EIO) from error
        times = {"st_mtime": found.st_mtime_ns, "st_ctime": found.st_ctime_ns}
        return times | {key: getattr(found, key) for key in ("st_mode", "st_size", "st_nlink", "st_uid", "st_gid")}

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(self._path(path))]

    def open(self, path, flags):
        return os.open(self._path(path), os.O_RDONLY)

    def read(self, path, size, offset, fh):
        time.sleep(self.pause)
        return os.pread(fh, size, offset)

    def release(self, path, fh):
        os.close(fh)
        return 0


if __name__ == "__main__":
    folder, mountpoint, pause = sys.argv[1:]
    mfusepy.FUSE(SlowFiles(os.path.abspath(folder), float(pause) / 1000), mountpoint, foreground=True, ro=True)
