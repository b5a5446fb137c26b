//! The compression of archive members.

use numio::npz::Compression;
use pyo3::PyResult;
use pyo3::exceptions::PyValueError;

/// From the arguments `compression` and `level`, the second of which may be left out.
///
/// # Errors
/// `ValueError` for another method, and for a level that the method does not have.
pub(crate) fn from_args(method: &str, level: Option<i32>) -> PyResult<Compression> {
    let wrong = |text: String| Err(PyValueError::new_err(text));
    match (method, level) {
        ("stored", None) => Ok(Compression::Stored),
        ("stored", Some(level)) => wrong(format!("level={level}: stored members have no level")),
        ("deflate", None) => Ok(Compression::Deflated),
        ("deflate", Some(level @ 0..=12)) => Ok(Compression::DeflatedAt(level)),
        ("deflate", Some(level)) => wrong(format!("level={level}: deflate has levels from 0 to 12")),
        ("zstd", None) => Ok(Compression::Zstd(3)),
        ("zstd", Some(level @ 1..=22)) => Ok(Compression::Zstd(level)),
        ("zstd", Some(level)) => wrong(format!("level={level}: zstd has levels from 1 to 22")),
        _ => wrong(format!("compression must be 'stored', 'deflate' or 'zstd', not {method:?}")),
    }
}
