"""`trust`: names that pickles may import and call, for all loads or for a block."""

from _thread import allocate_lock as _allocate_lock
from collections.abc import Iterable, Iterator
from contextvars import ContextVar, Token
from typing import Any

_WRONG = "trust must be a bool or a list of names such as 'mymodule.MyClass', not {}"
_lock = _allocate_lock()
# What calls of `trust` have named, each in one tuple.
_standing: list[tuple[Any, ...]] = []
# Whether `trust` has ever named anything.
is_used = False
# What the blocks around this code have named.
_here: ContextVar[tuple[Any, ...]] = ContextVar("numio.trust", default=())


def checked(names: Iterable[Any]) -> tuple[Any, ...]:
    """The names, those in lists and other collections too."""
    return tuple(_flat(names))


def _flat(names: Iterable[Any]) -> Iterator[Any]:
    for name in names:
        if isinstance(name, str) or (hasattr(name, "__module__") and hasattr(name, "__qualname__")):
            yield name
        elif isinstance(name, (list, tuple, set, frozenset)):
            yield from _flat(name)
        else:
            raise TypeError(_WRONG.format(type(name).__name__))


def stand(names: tuple[Any, ...]) -> None:
    """Trust the names in all loads from here on."""
    global is_used
    is_used = True
    with _lock:
        _standing.append(names)


def fall(names: tuple[Any, ...]) -> None:
    """Take back one `stand` of just this tuple."""
    with _lock:
        for index, known in enumerate(_standing):
            if known is names:
                del _standing[index]
                return


def merged(given: Any = ()) -> Any:
    """What a load trusts that is given `given`."""
    if isinstance(given, (bool, str)) or given is None or not (_standing or _here.get()):
        return given
    if not isinstance(given, Iterable):
        return given
    with _lock:
        known = [name for names in _standing for name in names]
    return [*given, *known, *_here.get()]


class trust:
    """Trust names in all loads from here on, or with ``with`` in those of a block.

    A pickle may then import and call what has such a name, besides the types that are known to be harmless, as if each
    `load` were given it by its own `trust`. A load that is given ``trust=False`` trusts nothing.

    Parameters
    ----------
    *names : str, class or function, or list of them
        Each is a name such as ``'mymodule.MyClass'``; a class or function itself; a package, as in ``'pandas.*'``, which
        stands for all classes and functions of its own, but those that are known to be dangerous; or the name of a set that
        numio knows: ``'pandas'``, ``'scipy.sparse'``, ``'sklearn'`` or ``'astropy'``. These sets are the classes in which
        those packages keep data, under the names that they have in any of their versions.

    See Also
    --------
    load, patch

    Notes
    -----
    A call holds for all threads of the process, until `close` is called on what it returns. A block holds for the code in
    it, as context variables do: not for other threads, and not for tasks that were made before.

    Examples
    --------
    >>> import numio
    >>> known = numio.trust('mymodule.MyClass')
    >>> known.close()
    >>> with numio.trust('scipy.sparse', 'mymodule.*'):
    ...     pass
    """

    def __init__(self, *names: Any) -> None:
        self._names = checked(names)
        self._tokens: list[Token[tuple[Any, ...]]] = []
        stand(self._names)

    def __enter__(self) -> "trust":
        """Trust the names until the block ends, and no longer everywhere."""
        fall(self._names)
        self._tokens.append(_here.set((*_here.get(), *self._names)))
        return self

    def __exit__(self, *exception: object) -> None:
        """End the block."""
        _here.reset(self._tokens.pop())

    def close(self) -> None:
        """Trust the names no longer."""
        fall(self._names)

    def __repr__(self) -> str:
        return f"numio.trust({', '.join(map(repr, self._names))})"


trust.__module__ = "numio"
