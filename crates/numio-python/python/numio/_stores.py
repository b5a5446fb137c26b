"""Objects in stores and files on web servers, as sources that are read by ranges, many at once.

fsspec is asked first, then obstore, whichever is installed. Every answer says which object it is from: an entity tag that is
another than the first one's is a `StaleFileError`, and an answer that is short or breaks off is asked for again.
"""

import contextlib
import io
import os
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from ._errors import StaleFileError
from ._location import shown, visible
from ._store_errors import BUSY, KEPT, KINDS, PASSING, RETRIED, NoRanges, NoSuffix, Transient, causes, discreet, kind_of, no_ranges, plain
from ._uploads import PIECE, FileErrors, Kept, Moved, Parts, Streamed, moves

# The bytes that are read when an object is opened: all of the header, or of the directory, of any usual file.
_HEAD = 96 << 10
# The most requests under way at once, and the tries of each.
_CONCURRENCY = 32
_TRIES = 5
# Waits between tries, in seconds, are about these times 2, 4, 8.
_PAUSE = 0.1
# Those to a request for the last bytes, by servers that have other ranges, or none.
_NO_SUFFIX = (200, 400, 416, 501)

# The most bytes of an answer of which the server does not say the length: it may have no end.
_UNTOLD = 1 << 30


class _Whole:
    """An answer that is read once, from its start to its end, as a file that cannot seek.

    `read` is a function that gives no more than a number of bytes, and none at the end; `length` is what the server says.
    """

    def __init__(self, location, read, length=None):
        self._location, self._read, self._length = location, read, length
        self._left = b""
        self._count = 0
        # The error of the last reading, if it was one.
        self.fault = None

    def read(self, size=-1):
        if size is None or size < 0:
            return b"".join(iter(lambda: self._some(PIECE), b""))
        return self._some(size)

    def _some(self, size):
        if size and not self._left:
            try:
                self._left = self._next()
            except Exception as raised:
                self.fault = raised
                raise
        found, self._left = self._left[:size], self._left[size:]
        return bytes(found)

    def _next(self):
        """The next bytes of the answer, once what came before has been used."""
        if self._length is None and self._count > _UNTOLD:
            raise OSError(
                f"{shown(self._location)}: the server says no length, and the answer has more than {_UNTOLD} bytes: "
                "save it to a file first"
            )
        found = memoryview(self._read(PIECE))
        self._count += len(found)
        if self._length is not None and self._count > self._length:
            raise OSError(f"{shown(self._location)}: the server says {self._length} bytes, and answers with more")
        if self._length is not None and not found and self._count < self._length:
            raise Transient(f"the answer ends after {self._count} of {self._length} bytes")
        return found


class _Source:
    """An object that is read by ranges. `get` reads one, and says the size, the time of modification and the entity tag."""

    def __init__(self, location):
        self.location = location
        self.size = self.modified = self.etag = None
        # Whether what was read whole had been compressed on the way.
        self.is_decoded = False
        self._executor = None

    def identify(self, stamp):
        """Say which object it is, where that is known."""
        self.size, self.modified, self.etag = stamp

    def start(self, from_end=False):
        """Read the first bytes, or the last, and with them the identity."""

        def get():
            data, size, modified, etag = self.get_end(_HEAD) if from_end else self.get(0, _HEAD)
            if len(data) != min(_HEAD, size):
                raise Transient(f"a request for {min(_HEAD, size)} bytes was answered with {len(data)}")
            return data, size, modified, etag

        try:
            data, size, self.modified, self.etag = self._again(get)
        except NoSuffix:
            return self.start()
        if from_end and not size:
            # Some servers say so of a range that they do not know.
            return self.start()
        self.size = size
        return [(size - len(data) if from_end else 0, bytes(data))]

    def read_ranges(self, starts, lengths):
        """The bytes of several ranges, read side by side."""
        if len(starts) == 1:
            return [self._range(starts[0], lengths[0])]
        if self._executor is None:
            self._executor = ThreadPoolExecutor(_CONCURRENCY, "numio-remote")
        return list(self._executor.map(self._range, starts, lengths))

    def _range(self, start, length):
        if length == 0:
            return b""
        return self._again(lambda: self.checked(start, length, *self.get(start, start + length)))

    def checked(self, start, length, data, *identity):
        """The bytes of an answer, if they are all, and of the object that was opened."""
        self.check_answer(start, length, len(data), *identity)
        return data

    def check_answer(self, start, length, count, size, modified, etag):
        """Raise if an answer has another number of bytes than was asked for, or is from another object than the first one."""
        self.check(size, modified, etag)
        if count != length:
            raise Transient(f"a request for {length} bytes from byte {start} on was answered with {count}")

    def check(self, size, modified, etag):
        """Raise if an answer is from another object than the first one."""
        names = ("size", "entity tag", "modification time")
        for name, was, now in zip(names, (self.size, self.etag, self.modified), (size, etag, modified), strict=True):
            if was is not None and now is not None and was != now:
                raise StaleFileError(
                    f"{shown(self.location)}: the file has changed since it was opened: its {name} was {was} and is {now}; open it again"
                )

    def read_whole(self, use, whole):
        """What `use` makes of an answer, and its own error, which is none of the server's."""
        try:
            return use(whole), None
        except Exception as raised:
            if whole.fault is not None:
                raise whole.fault from None
            return None, raised

    def _again_whole(self, get):
        found, raised = self._again(get)
        if raised is not None:
            raise raised
        return found

    def _again(self, get):
        for attempt in range(1, _TRIES + 1):
            try:
                return get()
            except Exception as raised:
                self.judge(raised, attempt)
                time.sleep(self.pause(attempt))
        raise AssertionError

    def judge(self, raised, attempt):
        """Raise an error that another try would not change, or the last one."""
        if attempt < _TRIES and self.is_transient(raised):
            return
        error = self.error_of(raised, attempt)
        if error is raised:
            raise raised
        raise error from raised

    def error_of(self, raised, attempt=1):
        """The error as a program that reads and writes files expects it: of a class of Python's, in one line that names the object."""
        where = shown(self.location)
        if isinstance(raised, Transient):
            return OSError(f"{where}: {visible(raised)}, after {attempt} tries")
        if isinstance(raised, (NoRanges, StaleFileError, NoSuffix)) or (isinstance(raised, KEPT) and not isinstance(raised, OSError)):
            return raised
        text = shown(" ".join(plain(raised).split()))
        if not isinstance(raised, OSError):
            return kind_of(raised)(f"{where}: {type(raised).__name__}: {text}")
        kind = next(cls for cls in type(raised).__mro__ if cls.__module__ == "builtins")
        kind = kind_of(raised) if kind is OSError else kind
        if kind is type(raised) and text == str(raised) and where in text:
            return raised
        error = kind(text if where in text else f"{where}: {text}")
        error.errno = raised.errno
        return error

    @contextlib.contextmanager
    def as_file_errors(self):
        """Raise errors as `error_of` has them."""
        try:
            yield
        except Exception as raised:
            error = self.error_of(raised)
            if error is raised:
                raise
            raise error from raised

    def pieces(self):
        """What is written to the object, which is there when it is committed."""
        return FileErrors(self.sink(), self.as_file_errors)

    def sink(self):
        raise NotImplementedError

    def pause(self, attempt):
        return _PAUSE * 2**attempt * random.uniform(0.5, 1)

    def is_transient(self, raised):
        if isinstance(raised, (Transient, TimeoutError, ConnectionError)):
            return True
        text = "".join(plain(one) for one in causes(raised))
        if RETRIED.search(text):
            return False
        classes = {(cls.__module__.partition(".")[0], cls.__name__) for cls in type(raised).__mro__}
        if not classes.isdisjoint(PASSING):
            return True
        if ("botocore", "ConnectionError") in classes:
            # One that is not made, which it has tried several times, for a minute each.
            return False
        if ("aiohttp", "ClientResponseError") in classes:
            return raised.status in BUSY
        text = plain(raised)
        # What obstore says of an answer; that also names its own timeouts.
        if found := re.search(r"status code: (\d{3})", text):
            return int(found[1]) in BUSY
        if isinstance(raised, (FileNotFoundError, PermissionError, StaleFileError, NoRanges)):
            return False
        return bool(re.search(r"SlowDown|sending request|body error|Internal ?Error|ServiceUnavailable|\b50[0234]\b|reset|timed? ?out|request rate|IncompleteBody", text))


class _Async(_Source):
    """An object that a file system of fsspec with an event loop reads. Requests run in that loop, all of a call at once."""

    def __init__(self, location, fs):
        super().__init__(location)
        self.fs = fs

    def run(self, coroutine):
        from fsspec.asyn import sync

        return sync(self.fs.loop, coroutine)

    def read_ranges(self, starts, lengths):
        if len(starts) == 1:
            return [self._range(starts[0], lengths[0])]

        async def one(index):
            data, _ = await _joined(partial(self._range_async, starts[index], lengths[index]))
            return data

        return self.run(lambda: _side_by_side(len(starts), one))

    def begin_ranges(self, starts, lengths, pieces):
        """Begin to read ranges: `pieces.add(index, offset, data)` is called with each piece as it comes, from the first of a range on
        again where an answer breaks off, and at last `pieces.close()`. Returns what `end_ranges` takes.
        """

        async def begin():
            import asyncio

            read = _side_by_side(len(starts), lambda index: self._range_async(starts[index], lengths[index], partial(pieces.add, index)))
            task = asyncio.ensure_future(read)
            task.add_done_callback(lambda _: pieces.close())
            return task

        return self.run(begin)

    def end_ranges(self, task):
        """Raise the error of reading ranges, if there was one; reading them is given up if they are not all there yet."""
        if task.done():
            task.result()
        else:
            self.fs.loop.call_soon_threadsafe(task.cancel)

    async def _range_async(self, start, length, add):
        import asyncio

        for attempt in range(1, _TRIES + 1):
            try:
                return self.check_answer(start, length, *await self.fetch(f"bytes={start}-{start + length - 1}", add))
            except Exception as raised:
                self.judge(raised, attempt)
                await asyncio.sleep(self.pause(attempt))
        raise AssertionError

    def get(self, start, stop):
        return self.run(lambda: self._fetch_joined(f"bytes={start}-{stop - 1}"))

    def get_end(self, length):
        return self.run(lambda: self._fetch_joined(f"bytes=-{length}"))

    async def _fetch_joined(self, wanted):
        data, (_, *identity) = await _joined(partial(self.fetch, wanted))
        return data, *identity

    async def fetch(self, wanted, add):
        """Call `add(offset, data)` with each piece of an answer; returns their number of bytes, and the identity."""
        raise NotImplementedError


async def _joined(request):
    """The bytes that `request(add)` adds, from the first on again where an answer breaks off, and what it returns."""
    parts = []

    def add(offset, data):
        if not offset:
            parts.clear()
        parts.append(data)

    found = await request(add)
    return b"".join(parts), found


async def _side_by_side(count, request):
    """What a number of requests return, of which only some are under way at once."""
    import asyncio

    limit = asyncio.Semaphore(_CONCURRENCY)

    async def one(index):
        async with limit:
            return await request(index)

    return await asyncio.gather(*map(one, range(count)))


async def _pass_on(read, wanted, add):
    """Pass on the pieces of an answer, if they are no more than was asked for; returns their number of bytes."""
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    most = int(last) - int(first) + 1 if first else int(last)
    count = 0
    while part := await read(most + 1 - count):
        if count + len(part) > most:
            raise Transient(f"a request for {wanted} was answered with more than {most} bytes")
        add(count, part)
        count += len(part)
    return count


def _total(wanted, content_range, count, location):
    """The size of the whole, from the header `Content-Range`, which has to be that of the range that was asked for."""
    found = re.fullmatch(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19})", content_range or "")
    if not found:
        raise no_ranges(location)
    first, last, size = map(int, found.groups())
    start = wanted.removeprefix("bytes=").partition("-")[0]
    if (first != int(start) if start else last != size - 1) or last - first + 1 != count:
        raise Transient(f"a request for {wanted} was answered with {count} bytes of {content_range}")
    return size


class _S3(_Async):
    """An object of S3, by the file system of `s3fs`, whose own calls do not tell which object an answer is from."""

    def __init__(self, location, fs):
        super().__init__(location, fs)
        self.bucket, self.key, version = fs.split_path(location)
        # A file system that is not told of versions drops them.
        self.version = version or location.partition("?versionId=")[2]

    async def fetch(self, wanted, add):
        version = {"VersionId": self.version} if self.version else {}
        try:
            found = await self.fs._call_s3("get_object", Bucket=self.bucket, Key=self.key, Range=wanted, **version)
        except OSError as raised:
            if "InvalidRange" in repr(raised) or "InvalidRange" in repr(raised.__cause__) or "not satisfiable" in str(raised):
                return 0, 0, None, None
            raise
        async with found["Body"] as body:
            content = getattr(body, "content", None)
            if content is None:
                data = await body.read()
                add(0, data)
                count = len(data)
            else:
                count = await _pass_on(content.read, wanted, add)
        size = _total(wanted, found.get("ContentRange"), count, self.location) if found.get("ContentRange") else found["ContentLength"]
        return count, size, _nanoseconds(found.get("LastModified")), found.get("ETag")

    def sink(self):
        if self.version:
            raise ValueError(f"{shown(self.location)}: a version of an object is not written, and the URL names one")
        return Parts(self)

    def call(self, method, **arguments):
        return self.run(lambda: self.fs._call_s3(method, Bucket=self.bucket, Key=self.key, **arguments))

    # What an upload in parts asks for.
    def begin(self):
        return self.call("create_multipart_upload")["UploadId"]

    def send(self, upload, number, data):
        return self.call("upload_part", UploadId=upload, PartNumber=number, Body=data)["ETag"]

    def finish(self, upload, etags):
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
        self.call("complete_multipart_upload", UploadId=upload, MultipartUpload={"Parts": parts})
        self.fs.invalidate_cache(self.location)

    def abort(self, upload):
        self.call("abort_multipart_upload", UploadId=upload)

    def put(self, data):
        self.fs.pipe_file(self.location, data)


class _Http(_Async):
    """A file on a web server, by the session of fsspec's file system."""

    async def fetch(self, wanted, add):
        session = await self.fs.set_session()
        named = dict(self.fs.kwargs)
        headers = {**named.pop("headers", {}), "Range": wanted, "Accept-Encoding": "identity"}
        async with session.get(self.fs.encode_url(self.location), headers=headers, **named) as found:
            if wanted.startswith("bytes=-") and found.status in _NO_SUFFIX:
                raise NoSuffix(found.status)
            if found.status == 416:
                told = re.fullmatch(r"bytes \*/(\d{1,19})", found.headers.get("Content-Range", ""))
                if wanted.startswith("bytes=0-") and not (told and int(told[1]) == 0) and not await self.is_empty(session, named):
                    # Not that there is no first byte.
                    raise no_ranges(self.location)
                return 0, 0, None, None
            if found.status in BUSY:
                raise Transient(f"the server answers {found.status} {visible(found.reason)}")
            self.raise_refused(found)
            # Of what is compressed on the way, a range is one of the compressed bytes.
            if found.status != 206 or found.headers.get("Content-Encoding", "identity") != "identity":
                raise no_ranges(self.location)
            count = await _pass_on(found.content.read, wanted, add)
            size = _total(wanted, found.headers.get("Content-Range"), count, self.location)
            etag, modified = found.headers.get("ETag"), found.headers.get("Last-Modified")
            return count, size, _http_time(modified), etag

    async def is_empty(self, session, named):
        """Whether all of the file is nothing."""
        headers = {**self.fs.kwargs.get("headers", {}), "Accept-Encoding": "identity"}
        async with session.get(self.fs.encode_url(self.location), headers=headers, **named) as found:
            self.raise_refused(found)
            return not await found.content.read(1)

    def raise_refused(self, answer):
        """Raise if a server does not do what it was asked for."""
        if answer.status >= 400:
            raise KINDS.get(answer.status, OSError)(f"{shown(self.location)}: the server answers {answer.status} {visible(answer.reason)}")

    def whole(self, use):
        """What `use` makes of all of the file, which it reads from one answer."""

        async def ask():
            session = await self.fs.set_session()
            named = dict(self.fs.kwargs)
            headers = {**named.pop("headers", {}), "Accept-Encoding": "identity"}
            return await session.get(self.fs.encode_url(self.location), headers=headers, **named)

        def get():
            answer = self.run(ask)
            try:
                if answer.status in BUSY:
                    raise Transient(f"the server answers {answer.status} {visible(answer.reason)}")
                self.raise_refused(answer)
                # An answer that is compressed on the way has another length. Servers say that of files, too, whose name ends with `.gz`.
                self.is_decoded = answer.headers.get("Content-Encoding", "identity") != "identity"
                length = None if self.is_decoded else answer.content_length
                whole = _Whole(self.location, lambda size: self.run(lambda: answer.content.read(size)), length)
                return self.read_whole(use, whole)
            finally:
                # Not to wait for the rest.
                self.fs.loop.call_soon_threadsafe(answer.close)

        return self._again_whole(get)

    def sink(self):
        return Kept(self.put_file)

    def put_file(self, file):
        """Send a file by one request."""

        async def send():
            session = await self.fs.set_session()
            named = dict(self.fs.kwargs)
            headers = {**named.pop("headers", {}), "Content-Length": str(os.fstat(file.fileno()).st_size)}
            async with session.put(self.fs.encode_url(self.location), data=file, headers=headers, **named) as answer:
                self.raise_refused(answer)

        self.run(send)


def _http_time(text):
    if text is None:
        return None
    from email.utils import parsedate_to_datetime

    try:
        return _nanoseconds(parsedate_to_datetime(text))
    except ValueError:
        return None


def _nanoseconds(when):
    """A time in nanoseconds since 1970, where it is one."""
    if when is None or isinstance(when, str):
        return None
    if isinstance(when, (int, float)):
        return round(when * 1e9)
    return round(when.timestamp()) * 10**9


# The identities of files of which caches have some blocks, by the cache and the path.
_partial = {}


class _FileSystem(_Source):
    """An object of any other file system of fsspec. Ranges are read by `cat_ranges`, and the identity is asked for after it."""

    def __init__(self, location, fs, path):
        super().__init__(location)
        self.fs, self.path, self._cache_is_known = fs, path, False

    def identity(self):
        found = self._again(self._info)
        if found.get("size") is None:
            raise no_ranges(self.location)
        times = (found.get(name) for name in ("mtime", "LastModified", "last_modified", "updated", "created"))
        modified = next((when for when in map(_nanoseconds, times) if when is not None), None)
        return found["size"], modified, found.get("ETag") or found.get("etag")

    def _info(self):
        from fsspec.implementations.cached import CachingFileSystem

        try:
            return self.fs.info(self.path)
        except FileNotFoundError:
            # A cache in front of a web server asks for the list of the folder, which few of them have.
            if not isinstance(self.fs, CachingFileSystem):
                raise
            return self.fs.fs.info(self.path)

    def start(self, from_end=False):
        # What was known of an earlier one is not its identity.
        self.size, self.modified, self.etag = self.identity_now()
        length = min(_HEAD, self.size)
        first = self.size - length if from_end else 0
        return [(first, bytes(self.read_ranges([first], [length])[0]))] if length else []

    def read_ranges(self, starts, lengths):
        found = [b""] * len(starts)
        missing = [at for at, length in enumerate(lengths) if length]
        if missing and not self._cache_is_known:
            self.pass_by()
            self._cache_is_known = True

        def get():
            nonlocal missing
            stops = [starts[at] + lengths[at] for at in missing]
            answers = self.fs.cat_ranges([self.path] * len(missing), [starts[at] for at in missing], stops, on_error="return")
            left, fault = [], None
            for at, answer in zip(missing, answers, strict=True):
                if isinstance(answer, BaseException):
                    left, fault = [*left, at], answer
                elif len(answer) != lengths[at]:
                    text = f"a request for {lengths[at]} bytes from byte {starts[at]} on was answered with {len(answer)}"
                    left, fault = [*left, at], Transient(text)
                else:
                    found[at] = answer
            missing = left
            if fault is not None:
                self.check(*self.identity_now())
                raise fault

        if missing:
            self._again(get)
        self.check(*self.identity_now())
        return found

    def pass_by(self):
        """Read past a cache in front of the store that has blocks of an earlier object: they would be read together with this one."""
        from fsspec.implementations.cached import CachingFileSystem

        if not isinstance(self.fs, CachingFileSystem):
            return
        copy, identity = (self.fs.storage[-1], self.path), (self.size, self.modified, self.etag)
        # A copy of which nothing else is known is all of one object.
        if isinstance(found := self.fs._check_file(self.path), tuple):
            is_other = found[0].get("uid") != self.fs.fs.ukey(self.path)
            # To a web server's file system a URL is one file for ever.
            is_one = found[0].get("blocks") is True or not hasattr(type(self.fs.fs), "set_session")
            if is_other or not (is_one or _partial.get(copy) == identity):
                self.fs = self.fs.fs
                return
        if len(_partial) > 10_000:
            _partial.clear()
        _partial[copy] = identity

    def identity_now(self):
        self.fs.invalidate_cache(self.path)
        size, modified, etag = self.identity()
        return size, modified, etag

    def sink(self):
        if moves(self.fs):
            return Moved(self.fs, self.path)
        return Kept(lambda file: self.fs.pipe_file(self.path, file.read()))

    def whole(self, use):
        return use(io.BytesIO(self._again(lambda: self.fs.cat_file(self.path))))


def _obstore():
    """The package, where it answers: its threads are not there in a fork of a process that has used it."""
    global _obstore_process
    import obstore

    if _obstore_process not in (None, os.getpid()):
        raise OSError("obstore was used before this process was forked, and would wait for ever: start processes by 'spawn' or 'forkserver'")
    _obstore_process = os.getpid()
    return obstore


# The process that has used obstore.
_obstore_process = None


class _Obstore(_Source):
    """An object of a store of obstore."""

    def __init__(self, location, store, path):
        super().__init__(location)
        self.store, self.path = store, path

    def _get(self, wanted):
        obstore = _obstore()
        try:
            found = obstore.get(self.store, self.path, options={"range": wanted})
        except FileNotFoundError:
            raise
        except Exception as raised:
            text = str(raised)
            if re.search(r"InvalidRange|Range Not Satisfiable|\b416 ", text):
                if wanted == (0, _HEAD) and obstore.get(self.store, self.path).meta["size"]:
                    # Not that there is no first byte.
                    raise no_ranges(self.location) from raised
                return b"", 0, None, None
            if isinstance(wanted, dict) and re.search(r"uffix|artial|Range request not supported|status code: (400|501)", text):
                raise NoSuffix(text) from raised
            if "artial" in text or "Range request not supported" in text:
                raise no_ranges(self.location) from raised
            raise
        meta = found.meta
        data = memoryview(found.bytes())
        return data, meta["size"], _nanoseconds(meta["last_modified"]), meta["e_tag"]

    def get(self, start, stop):
        return self._get((start, stop))

    def get_end(self, length):
        return self._get({"suffix": length})

    def sink(self):
        return Streamed(self)

    def put(self, data, **named):
        _obstore().put(self.store, self.path, data, **named)

    def whole(self, use):
        obstore = _obstore()

        def get():
            answer = obstore.get(self.store, self.path)
            parts = iter(answer.stream(min_chunk_size=PIECE))
            return self.read_whole(use, _Whole(self.location, lambda _: next(parts, b""), answer.meta["size"]))

        return self._again_whole(get)


class _Discreet:
    """A source whose URL has a signature or a password in it, which no error shows."""

    def __init__(self, source):
        self._source = source

    def __getattr__(self, name):
        found = getattr(self._source, name)
        if not callable(found):
            return found

        def call(*arguments, **named):
            with discreet(self._source.location):
                return found(*arguments, **named)

        return call


def file_errors(location):
    """Raise the errors of packages as `_Source.error_of` has them."""
    return _Source(location).as_file_errors()


def open_source(location, storage_options):
    """The source for a URL, or for a path in a store that was given."""
    if not isinstance(location, str) or shown(location) == visible(location):
        return _plain_source(location, storage_options)
    with discreet(location):
        return _Discreet(_plain_source(location, storage_options))


def _plain_source(location, storage_options):
    if storage_options is not None and not hasattr(storage_options, "keys"):
        if hasattr(storage_options, "cat_ranges"):
            if getattr(storage_options, "_pid", os.getpid()) != os.getpid():
                # Its event loop did not pass through the fork.
                make, arguments = storage_options.__reduce__()
                storage_options = make(*arguments)
            return _of_file_system(location, storage_options)
        return _Obstore(location, storage_options, location)
    options = dict(storage_options or {})
    missing = []
    try:
        import fsspec
    except ImportError:
        missing.append("fsspec")
    else:
        try:
            fs, path = fsspec.core.url_to_fs(location, **options)
        except ImportError as error:
            missing.append(str(error))
        else:
            return _of_file_system(location, fs, path)
    try:
        import obstore.store
    except ImportError:
        missing.append("obstore")
        text = f"{shown(location)}: URLs need fsspec and the package for their protocol (numio[fsspec]), or obstore (numio[obstore])"
        raise ImportError(f"{text}: {'; '.join(missing)}") from None
    scheme, _, rest = location.partition("://")
    host, _, path = rest.partition("/")
    if scheme == "memory":
        raise ImportError(f"{shown(location)}: {'; '.join(missing)}")
    base = f"{scheme}://{host}"
    if scheme in ("http", "https"):
        base, path, options = _web(scheme, host, path, options)
    try:
        store = obstore.store.from_url(base, **options)
    except Exception as raised:
        raise ValueError(f"{shown(location)}: {shown(' '.join(plain(raised).split()))}") from raised
    return _Obstore(location, store, path)


def _web(scheme, host, path, options):
    """The base, the path in it and the arguments of a store of obstore for a web server, whose paths have neither escapes nor queries."""
    import base64
    from urllib.parse import unquote, unquote_to_bytes

    path, _, query = path.partition("?")
    login, _, host = host.rpartition("@")
    client = dict(options.get("client_options") or {})
    if scheme == "http":
        client.setdefault("allow_http", True)
    if login:
        # It would be dropped.
        header = b"Basic " + base64.b64encode(unquote_to_bytes(login if ":" in login else f"{login}:"))
        client["default_headers"] = {"authorization": header, **(client.get("default_headers") or {})}
    return f"{scheme}://{host}/{'?' if query else ''}{query}", unquote(path), {**options, "client_options": client}


def _of_file_system(location, fs, path=None):
    path = fs._strip_protocol(location) if path is None else path
    protocols = (fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol
    # Of its class: a cache in front of it passes its attributes on.
    if hasattr(type(fs), "_call_s3"):
        return _S3(location if "://" in location else f"s3://{path}", fs)
    if ("http" in protocols or "https" in protocols) and hasattr(fs, "set_session") and hasattr(fs, "encode_url"):
        return _Http(location, fs)
    return _FileSystem(location, fs, path)
