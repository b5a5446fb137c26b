from typing import IO, Any

from ._numio import _TextPath, _Writable

def load_sparse(file: _TextPath | IO[bytes], *, max_ratio: int | None = None) -> Any:
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
def save_sparse(file: _TextPath | _Writable, matrix: Any, compressed: bool = True) -> None:
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
