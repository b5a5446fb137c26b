"""Files under URLs: arrays and texts loaded from there, and saved piece by piece, whole or not at all."""

import contextlib
import io
import os
import tempfile

from . import _numio
from ._location import is_remote, link, local_path, named, shown, with_link
from ._store_errors import NoRanges, discreet
from ._stores import open_source
from ._uploads import PIECE, PIECES


def open_core(location, storage_options, options, stamp=None):
    """The array or archive at a URL, and its identity; that is `stamp` if it is known, and then is not asked for again."""
    source = open_source(location, storage_options)
    if stamp is not None:
        source.identify(stamp)
        known = []
    else:
        known = source.start(from_end=link(location).endswith((".npz", ".zip")))
    identity = (source.size, source.modified, source.etag)
    return _numio.lazy_open_source(source, location, *identity, known, **options), identity


def _copy(source, file):
    """Write all bytes of an object to a file, read in ranges side by side."""
    known = source.start()
    (_, head), *_ = known or [(0, b"")]
    file.write(head)
    # No list: the size is what the server says.
    starts = range(len(head), source.size, PIECE)
    for first in range(0, len(starts), PIECES):
        some = starts[first : first + PIECES]
        for part in source.read_ranges(some, [min(PIECE, source.size - start) for start in some]):
            file.write(part)


class Upload:
    """What `save` writes to a URL. It is there when `commit` has returned, and not at all otherwise."""

    def __init__(self, location, is_archive):
        # That the packages are there is found before anything is written.
        self._location, target = location, open_source(location, None)
        self._pieces = target.pieces()
        # The writer of archives goes back in its file.
        self._is_kept = is_archive
        # What is written: pieces as they come, or a file that is sent at the end.
        self.file = tempfile.TemporaryFile(prefix="numio-") if self._is_kept else self._pieces

    def commit(self):
        try:
            with discreet(self._location):
                if self._is_kept:
                    self.file.seek(0)
                    _send(self.file, self._pieces)
                else:
                    self._pieces.commit()
        finally:
            self._close()

    def discard(self):
        try:
            self._pieces.discard()
        finally:
            self._close()

    def _close(self):
        if self._is_kept:
            self.file.close()


def _send(file, pieces):
    """Send the rest of a file in pieces."""
    try:
        while data := file.read(PIECE):
            pieces.write(data)
    except BaseException:
        with contextlib.suppress(Exception):
            pieces.discard()
        raise
    pieces.commit()


class _Local:
    """A file of this system, named by a URL."""

    def __init__(self, path):
        self.file = path

    def commit(self):
        pass

    discard = commit


def upload(location, suffix):
    """What is to be at a URL: its `file` is written, and then `commit` or `discard` is called. Nothing for a path."""
    if location.startswith("file://"):
        return _Local(local_path(location))
    if not is_remote(location):
        return None
    name = link(location)
    path, query = _path_and_query(name)
    # A signature is one of all of the URL.
    if suffix and not query and not path.endswith(suffix):
        location = with_link(location, name + suffix)
    return Upload(location, suffix == ".npz")


def _name_of(location):
    """The name of a copy: its suffix says how a text is compressed. Keys of stores are longer than names of files."""
    # Of letters that take four bytes.
    return "text-" + os.path.basename(_path_and_query(link(location))[0])[-50:]


def _path_and_query(location):
    """A URL of a web server without its query, and that; in other URLs a question mark is a letter of the key."""
    if not location.startswith(("http://", "https://")):
        return location, ""
    path, _, query = location.partition("?")
    return path, query


@contextlib.contextmanager
def local_copy(location):
    """The path of a copy of a text, of the same suffix, which says how it is compressed; nothing if no package knows URLs."""
    if not is_remote(location):
        yield local_path(location)
        return
    try:
        source = open_source(location, None)
    except ImportError:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="numio-") as folder:
        path = os.path.join(folder, _name_of(location))
        with open(path, "wb") as file:
            try:
                _copy(source, file)
            except NoRanges:
                source.whole(lambda answer: _refill(file, answer))
        if source.is_decoded and path.endswith(".gz"):
            path = _decoded(path)
        with named(path, location):
            yield path


def _decoded(path):
    """The path of what may have been decompressed on the way, under a name that says so."""
    with open(path, "rb") as file:
        if file.read(2) == b"\x1f\x8b":
            return path
    os.rename(path, f"{path}.text")
    return f"{path}.text"


def _refill(file, answer):
    """Write all of an answer to a file, over what an earlier one has left."""
    file.seek(0)
    file.truncate()
    while data := answer.read(PIECE):
        file.write(data)


@contextlib.contextmanager
def local_target(location):
    """A path whose contents are put to a URL at the end; nothing if no package knows URLs."""
    if not is_remote(location):
        yield local_path(location)
        return
    try:
        target = open_source(location, None)
    except ImportError:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="numio-") as folder:
        path = os.path.join(folder, _name_of(location))
        yield path
        with open(path, "rb") as file, discreet(location):
            _send(file, target.pieces())


def load(location, load_bytes):
    """Load what is at a URL: arrays range by range into their own memory, all else from its bytes by `load_bytes`."""
    if link(location).endswith(".npy"):
        try:
            core, _ = open_core(location, None, {})
            if isinstance(core, _numio.LazyArrayFile):
                return core.read()
        except (NoRanges, ValueError):
            # Python objects, a server without ranges, or what is no array: the bytes decide.
            pass

    def loaded(data):
        try:
            return load_bytes(data)
        except Exception as raised:
            # What reads bytes does not know from where they are.
            if raised.args and isinstance(raised.args[0], str) and shown(location) not in raised.args[0]:
                raised.args = (f"{shown(location)}: {raised.args[0]}", *raised.args[1:])
            raise

    source = open_source(location, None)
    try:
        _copy(source, data := io.BytesIO())
    except NoRanges:
        # An array is read into its own memory as it comes.
        return source.whole(loaded)
    data.seek(0)
    return loaded(data)
