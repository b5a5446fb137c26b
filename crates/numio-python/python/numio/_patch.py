"""NumPy's own names for numio's functions: `patch` and `unpatch`."""

import importlib
import sys
from _thread import RLock as _RLock
from types import ModuleType
from typing import Any

import numpy

import numio

from . import _trust
from ._original import replaced as _replaced

# The replaced functions, and the modules in which NumPy 1.26 and 2 define them.
_HOMES = {
    "numpy.lib._npyio_impl": ("load", "save", "savez", "savez_compressed", "loadtxt", "savetxt", "genfromtxt", "fromregex"),
    "numpy.lib.npyio": ("load", "save", "savez", "savez_compressed", "loadtxt", "savetxt", "genfromtxt", "fromregex"),
    "numpy.lib.format": ("open_memmap",),
}  # fmt: skip

# SciPy's functions and what takes their place: their names, and the module in which SciPy defines them.
_SCIPY = "scipy.sparse"
_SCIPY_HOME = "scipy.sparse._matrix_io"
_SCIPY_NAMES = ("load_npz", "save_npz")

_lock = _RLock()
# Number of `patch` calls in force that are no contexts, and a counter of `unpatch` calls.
_standing = 0
_generation = 0
# Number of open contexts.
_open = 0
# What the calls of `patch` in force that are no contexts trust.
_trusted: list[tuple[Any, ...]] = []


class Patch:
    """The result of `patch`: a context, at whose end NumPy's functions are back."""

    def __init__(self, trusted: tuple[Any, ...] = ()) -> None:
        self._trusted = trusted
        self._generation: int | None = _generation

    def __enter__(self) -> "Patch":
        """Patch until the block ends, if not for longer."""
        global _standing, _open
        with _lock:
            if self._generation == _generation and _standing:
                # The call of `patch` becomes a context, and no longer counts by itself.
                _standing -= 1
            if self._generation == _generation and self._trusted in _trusted:
                _trusted.remove(self._trusted)
            elif self._trusted:
                _trust.stand(self._trusted)
            self._generation = None
            _open += 1
            _settle()
        return self

    def __exit__(self, *exception: object) -> None:
        """Unpatch, unless another context is open or an earlier call is in force."""
        global _open
        with _lock:
            _open -= 1
            if self._trusted:
                _trust.fall(self._trusted)
            _settle()


def patch(trust: Any = ()) -> "Patch":
    """Make NumPy's functions those of numio, for programs that cannot be edited.

    From here on `numpy.load`, `numpy.save`, `numpy.savez`, `numpy.savez_compressed`, `numpy.lib.format.open_memmap`
    and every other function of NumPy that numio has are numio's, wherever NumPy's modules hold them. What a program has
    taken out of them before (``from numpy import load``) stays NumPy's.

    `scipy.sparse.load_npz` and `scipy.sparse.save_npz` become `load_sparse` and `save_sparse`, at once where SciPy is imported already,
    else when it is: nothing imports it for this. They raise what SciPy's raise, and `ValueError` for indices that lead
    outside of the matrix, which SciPy does not notice.

    While NumPy is patched, `load` with a `mmap_mode` leaves archives as they are: NumPy reads their members, and so programs
    change what they get. Stored members are mapped with mode 'c', and compressed ones are read without a warning. Members
    may be compressed as far as deflate can, so that programs read back what they have saved: see `max_ratio` of `load`.

    Calling it again changes nothing but what is trusted. Any thread may call it, for all of them.

    Parameters
    ----------
    trust : list of str, classes and functions, optional
        What pickles may import and call while NumPy is patched: names, packages and sets, as `trust` takes them.

    Returns
    -------
    Patch
        A context: ``with numio.patch():`` patches until the block ends. Contexts may be nested, or overlap in several
        threads: the last to end unpatches, unless a call of `patch` without ``with`` stands.

    See Also
    --------
    unpatch, trust

    Examples
    --------
    >>> import numpy as np
    >>> import numio
    >>> with numio.patch():
    ...     np.load is numio.load
    True
    >>> np.load is numio.load
    False
    """
    global _standing
    if isinstance(trust, (bool, str)) or trust is None:
        raise TypeError(f"trust must be a list of names such as 'mymodule.MyClass', not {type(trust).__name__}")
    trusted = _trust.checked(trust)
    with _lock:
        made = Patch(trusted)
        if trusted:
            _trusted.append(trusted)
            _trust.stand(trusted)
        _standing += 1
        _settle()
        return made


def unpatch() -> None:
    """Give NumPy its own functions back, however often `patch` was called.

    While a block ``with numio.patch():`` runs, they are given back at its end. A function that something else has
    put in place of numio's stays.

    See Also
    --------
    patch

    Examples
    --------
    >>> import numpy as np
    >>> import numio
    >>> numio.patch()  # doctest: +ELLIPSIS
    <numio._patch.Patch object at 0x...>
    >>> numio.unpatch()
    >>> np.load is numio.load
    False
    """
    global _standing, _generation
    with _lock:
        for trusted in _trusted:
            _trust.fall(trusted)
        _trusted.clear()
        _standing = 0
        _generation += 1
        _settle()


def _settle() -> None:
    """Patch or unpatch according to the counts."""
    wanted = _standing + _open > 0
    if wanted and not _replaced:
        _replace()
        _replace_scipy()
        sys.meta_path.insert(0, _finder)
    elif not wanted and _replaced:
        if _finder in sys.meta_path:
            sys.meta_path.remove(_finder)
        _restore()


class _Finder:
    """Waits for the import of SciPy's sparse matrices while NumPy is patched."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if fullname != _SCIPY:
            return None
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            spec = None if finder is self or find is None else find(fullname, path, target)
            if spec is not None:
                if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader)
                return spec
        return None


class _Loader:
    """Another loader, after which SciPy's functions are replaced."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        # What else programs ask a loader for, such as where its module is.
        if name == "_loader":
            raise AttributeError(name)
        return getattr(self._loader, name)

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # The module is to know its own loader only.
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        with _lock:
            if _replaced:
                _replace_scipy()


_finder = _Finder()


def _ours() -> dict[str, Any]:
    """numio's function under each name that it has."""
    from . import _sparse

    names = {name for names in _HOMES.values() for name in names}
    ours = {name: getattr(numio, name) for name in names if hasattr(numio, name)}
    return ours | {name: getattr(_sparse, f"_{name}") for name in _SCIPY_NAMES}


def _modules(package: str = "numpy") -> list[ModuleType]:
    """The modules of a package as far as they are imported. Other objects in their place are left alone."""
    return [
        module
        for name, module in list(sys.modules.items())
        if (name == package or name.startswith(f"{package}.")) and isinstance(module, ModuleType)
    ]


def _replace() -> None:
    ours = {name: function for name, function in _ours().items() if name not in _SCIPY_NAMES}
    # NumPy's functions, and those that another patch may have put under the public name.
    theirs = {name: [getattr(numpy, name, None)] for name in ours}
    for home, names in _HOMES.items():
        try:
            module = importlib.import_module(home)
        except ImportError:
            continue
        for name in names:
            if name in ours:
                theirs[name].append(vars(module).get(name))
    for module in _modules():
        for name, function in ours.items():
            found = vars(module).get(name)
            if found is not None and any(found is known for known in theirs[name]):
                _replaced[module, name] = found
                setattr(module, name, function)


def _replace_scipy() -> None:
    from . import _sparse

    home = sys.modules.get(_SCIPY_HOME)
    if home is None:
        return
    theirs = {name: vars(home).get(name) for name in _SCIPY_NAMES}
    for module in _modules(_SCIPY):
        for name, function in theirs.items():
            if function is not None and vars(module).get(name) is function:
                _replaced[module, name] = function
                setattr(module, name, getattr(_sparse, f"_{name}"))


def _restore() -> None:
    ours = _ours()
    for (module, name), theirs in _replaced.items():
        if vars(module).get(name) is ours.get(name):
            setattr(module, name, theirs)
    # Modules that were imported meanwhile have taken numio's.
    public = {name: theirs for (module, name), theirs in _replaced.items()}
    for module in _modules() + _modules(_SCIPY):
        for name, theirs in public.items():
            if (module, name) not in _replaced and vars(module).get(name) is ours.get(name):
                setattr(module, name, theirs)
    _replaced.clear()
