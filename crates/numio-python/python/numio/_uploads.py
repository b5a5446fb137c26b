"""Objects on their way to a store: written piece by piece, and there whole or not at all.

Each has `write`, `commit`, after which the object is there, and `discard`.
"""

import contextlib
import glob
import io
import queue
import tempfile
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

# The bytes of one request of an object that is read or written whole, and how many of them are under way.
PIECE, PIECES = 8 << 20, 4
# The parts of an upload that have one size, before that is doubled: S3 takes 10,000 of them.
_EQUAL_PARTS = 1000


class FileErrors(io.RawIOBase):
    """An object that is written by another of these classes, within `as_file_errors`, which raises its errors as those of files."""

    def __init__(self, sink, as_file_errors):
        super().__init__()
        self._sink, self._as_file_errors = sink, as_file_errors

    def writable(self):
        return True

    def write(self, data):
        with self._as_file_errors():
            return self._sink.write(data)

    def commit(self):
        with self._as_file_errors():
            self._sink.commit()

    def discard(self):
        self._sink.discard()


class Moved(io.RawIOBase):
    """An object of a file system of fsspec that is written under another name, and gets its own when it is complete."""

    def __init__(self, fs, path):
        super().__init__()
        folder, _, name = path.rpartition("/")
        self._fs, self._path = fs, path
        self._other = f"{folder}/.{name}.{uuid.uuid4().hex}" if folder else f".{name}.{uuid.uuid4().hex}"
        self._file = None

    def writable(self):
        return True

    def write(self, data):
        if self._file is None:
            self._file = self._fs.open(self._other, "wb", block_size=PIECE)
        self._file.write(data)
        return len(data)

    def commit(self):
        try:
            self.write(b"")
            self._file.close()
            self._rename()
        except BaseException:
            self.discard()
            raise
        self._fs.invalidate_cache(self._path)

    def _rename(self):
        if glob.has_magic(self._other):
            # `mv` of most file systems takes names for patterns.
            with contextlib.suppress(NotImplementedError):
                self._fs.cp_file(self._other, self._path)
                self._fs.rm_file(self._other)
                return
        self._fs.mv(self._other, self._path)

    def discard(self):
        file, self._file = self._file, None
        if file is None:
            return
        with contextlib.suppress(Exception):
            if not file.closed and hasattr(file, "discard"):
                # Some have parts that they have sent.
                file.discard()
        # Closing would send the rest.
        with contextlib.suppress(AttributeError):
            file.closed = True
        with contextlib.suppress(Exception):
            self._fs.invalidate_cache(self._other)
            (self._fs.rm_file if glob.has_magic(self._other) else self._fs.rm)(self._other)


def moves(fs):
    """Whether a file system of fsspec gives objects another name."""
    from fsspec.asyn import AsyncFileSystem
    from fsspec.spec import AbstractFileSystem

    names = ("cp_file", "_cp_file", "copy", "_copy", "mv", "_mv_file", "move")
    return any(
        getattr(type(fs), name, None) not in (None, getattr(AbstractFileSystem, name, None), getattr(AsyncFileSystem, name, None))
        for name in names
    )


class Kept(io.RawIOBase):
    """An object that is sent whole, of which a file is written here first."""

    def __init__(self, send):
        super().__init__()
        self._send, self._file = send, tempfile.TemporaryFile(prefix="numio-")

    def writable(self):
        return True

    def write(self, data):
        return self._file.write(data)

    def commit(self):
        try:
            self._file.seek(0)
            self._send(self._file)
        finally:
            self._file.close()

    def discard(self):
        self._file.close()


class _Gathering(io.RawIOBase):
    """Makes pieces of one size of what is written. The first comes when there is more than one."""

    def __init__(self):
        super().__init__()
        self._gathered = bytearray()
        self._piece = PIECE

    def writable(self):
        return True

    def write(self, data):
        data = memoryview(data).cast("B")
        taken = 0
        while taken < len(data):
            if len(self._gathered) == self._piece:
                self._take()
            count = min(self._piece - len(self._gathered), len(data) - taken)
            self._gathered += data[taken : taken + count]
            taken += count
        return taken

    def _take(self):
        piece, self._gathered = bytes(self._gathered), bytearray()
        self.piece(piece)


class Parts(_Gathering):
    """An object of a store that takes uploads in parts, some of which are on their way at a time."""

    def __init__(self, source):
        super().__init__()
        self._source, self._upload, self._etags, self._pool = source, None, [], None
        self._slots = threading.Semaphore(PIECES)

    def piece(self, data):
        if self._upload is None:
            self._upload = self._source.begin()
            self._pool = ThreadPoolExecutor(PIECES, "numio-upload")
        self._slots.acquire()
        number = len(self._etags) + 1

        def send():
            try:
                return self._source._again(lambda: self._source.send(self._upload, number, data))
            finally:
                self._slots.release()

        self._etags.append(self._pool.submit(send))
        if number % _EQUAL_PARTS == 0:
            self._piece *= 2
        # An error stops the rest.
        for sent in self._etags[-2 * PIECES :]:
            if sent.done():
                sent.result()

    def commit(self):
        try:
            if self._upload is None:
                self._source.put(bytes(self._gathered))
                return
            if self._gathered:
                self._take()
            etags = [sent.result() for sent in self._etags]
            self._pool.shutdown()
            self._source.finish(self._upload, etags)
            self._upload = None
        except BaseException:
            self.discard()
            raise

    def discard(self):
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        upload, self._upload = self._upload, None
        if upload is not None:
            with contextlib.suppress(Exception):
                self._source.abort(upload)


class Streamed(_Gathering):
    """An object of a store of obstore, which takes pieces from a thread."""

    def __init__(self, source):
        super().__init__()
        self._source, self._thread, self._fault = source, None, None
        self._queue = queue.Queue(PIECES)

    def piece(self, data):
        if self._thread is None:
            self._thread = threading.Thread(target=self._put, name="numio-upload", daemon=True)
            self._thread.start()
        self._hand(data)

    def _hand(self, item):
        while self._thread.is_alive():
            with contextlib.suppress(queue.Full):
                self._queue.put(item, timeout=0.05)
                return
        if self._fault is not None:
            raise self._fault

    def _put(self):
        def pieces():
            while (data := self._queue.get()) is not None:
                if isinstance(data, BaseException):
                    raise data
                yield data

        try:
            self._source.put(pieces(), use_multipart=True, chunk_size=PIECE, max_concurrency=PIECES)
        except BaseException as raised:
            self._fault = raised

    def commit(self):
        if self._thread is None:
            self._source.put(bytes(self._gathered))
            return
        try:
            self._take()
        except BaseException:
            self.discard()
            raise
        self._end(None)
        if self._fault is not None:
            raise self._fault

    def discard(self):
        if self._thread is not None:
            self._end(InterruptedError("given up"))

    def _end(self, last):
        with contextlib.suppress(BaseException if last is not None else ()):
            self._hand(last)
        self._thread.join()
