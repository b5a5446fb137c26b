from collections.abc import Sequence
from os import PathLike
from typing import Any, Protocol

from numpy.typing import ArrayLike

class _Writable(Protocol):
    def write(self, data: Any, /) -> Any: ...

def savetxt(
    fname: str | PathLike[str] | _Writable,
    X: ArrayLike,
    fmt: str | Sequence[str] = "%.18e",
    delimiter: str = " ",
    newline: str = "\n",
    header: str = "",
    footer: str = "",
    comments: str = "# ",
    encoding: str | None = None,
) -> None:
    r"""Save an array of one or two axes as text, one row a line: `numpy.savetxt`, on all cores.

    Every parameter is NumPy's, and so is the text. A file given by its path is replaced whole or not at all; one that ends
    in ``.gz``, ``.bz2``, ``.xz``, ``.lzma`` or ``.zst`` is packed.

    Examples
    --------
    >>> from io import StringIO
    >>> import numio
    >>> text = StringIO()
    >>> numio.savetxt(text, [[1, 2], [3, 4]], fmt="%d")
    >>> text.getvalue()
    '1 2\n3 4\n'
    """
