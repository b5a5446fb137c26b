"""`load_sparse` and `save_sparse`: SciPy's sparse matrices in archives."""

import importlib

from . import _numio, _original
from ._load import load
from ._location import shown

_savez = _numio.Function(_numio.savez, _original.savez)
_savez_compressed = _numio.Function(_numio.savez_compressed, _original.savez_compressed)


def load_sparse(file, *, max_ratio=None):
    """Load a sparse matrix or array that `scipy.sparse.save_npz` or `save_sparse` wrote.

    Members are read on all cores, and checked: lengths that do not fit each other, an ``indptr`` that decreases, or an index
    outside of the shape is an error here, where SciPy's compiled loops would read and write outside of their arrays.

    Parameters
    ----------
    file : file-like object, str or path-like
        The archive.
    max_ratio : int, optional
        How many times larger than its compressed bytes a member of more than 64 MiB may be, as for `load`: elements that are
        all ones, for example, become 1,000 times smaller.

    Returns
    -------
    result : csr_array, csc_array, coo_array, bsr_array or dia_array, or the matrix of that format
        As `scipy.sparse.load_npz` returns it.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is no sparse matrix, or one whose indices are wrong.
    KeyError
        If an array of it is missing.
    NotImplementedError
        If it is of a format that SciPy does not write.
    ImportError
        If there is no SciPy.

    See Also
    --------
    save_sparse

    Examples
    --------
    >>> import os, tempfile
    >>> import numio
    >>> import scipy.sparse
    >>> path = os.path.join(tempfile.mkdtemp(), 'eye.npz')
    >>> numio.save_sparse(path, scipy.sparse.eye_array(3, format='csr'))
    >>> numio.load_sparse(path).toarray()
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """
    options = {} if max_ratio is None else {"max_ratio": max_ratio}
    loaded = load(file, allow_pickle=False, **options)
    if not isinstance(loaded, _numio.NpzFile):
        raise ValueError(f"The file {shown(file)} does not contain a sparse array or matrix.")
    with loaded:
        return _made(loaded)


def _load_npz(file):
    # As in SciPy, an array in the file is no context, and so a TypeError.
    with load(file, allow_pickle=False) as loaded:
        return _made(loaded)


def _made(npz):
    sparse = importlib.import_module("scipy.sparse")
    name, is_array, shape, arrays = npz._sparse()
    kind = getattr(sparse, f"{name}_array" if is_array else f"{name}_matrix")
    data = arrays.pop("data")
    if name == "coo":
        parts = arrays["coords"] if "coords" in arrays else (arrays["row"], arrays["col"])
        return kind((data, parts), shape=shape)
    return kind((data, *arrays.values()), shape=shape)


def save_sparse(file, matrix, compressed=True):
    """Save a sparse matrix or array as `scipy.sparse.save_npz` does.

    The archive has the members that SciPy's has, and SciPy reads it. It is deflated on all cores, and one given by its path is
    replaced whole or not at all.

    Parameters
    ----------
    file : file-like object, str or path-like
        Where to. ``.npz`` is added to a name that does not end so.
    matrix : spmatrix or sparray
        Of format ``csr``, ``csc``, ``coo``, ``bsr`` or ``dia``.
    compressed : bool, default: True
        Whether the archive is deflated.

    Raises
    ------
    OSError
        If the file cannot be written.
    NotImplementedError
        If the matrix is of another format.

    See Also
    --------
    load_sparse

    Examples
    --------
    >>> import numio
    >>> import scipy.sparse
    >>> numio.save_sparse('eye', scipy.sparse.eye_array(3, format='csr'))
    >>> scipy.sparse.load_npz('eye.npz').nnz
    3
    """
    arrays = {}
    if matrix.format in ("csc", "csr", "bsr"):
        arrays.update(indices=matrix.indices, indptr=matrix.indptr)
    elif matrix.format == "dia":
        arrays.update(offsets=matrix.offsets)
    elif matrix.format == "coo":
        if matrix.ndim == 2:
            arrays.update(row=matrix.row, col=matrix.col)
        else:
            arrays.update(coords=matrix.coords)
    else:
        raise NotImplementedError(f"Save is not implemented for sparse matrix of format {matrix.format}.")
    arrays.update(format=matrix.format.encode("ascii"), shape=matrix.shape, data=matrix.data)
    sparse = importlib.import_module("scipy.sparse")
    if isinstance(matrix, getattr(sparse, "sparray", ())):
        arrays.update(_is_array=True)
    (_savez_compressed if compressed else _savez)(file, **arrays)


def _save_npz(file, matrix, compressed=True):
    save_sparse(file, matrix, compressed)


# Under `patch` these are SciPy's by their names too.
_load_npz.__name__ = _load_npz.__qualname__ = "load_npz"
_save_npz.__name__ = _save_npz.__qualname__ = "save_npz"
load_sparse.__module__ = save_sparse.__module__ = "numio"
