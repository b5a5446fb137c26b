//! Saving to `.npy` (`save` in `numpy/lib/_npyio_impl.py`).

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

use crate::io::{AtomicFile, reserve};
use crate::npy::write::Outgoing;
use crate::npy::{RowWriter, WriteOptions};
use crate::npz::{Compression, NpzWriter};
use crate::{ArrayLike, Result};

/// Saves `array` to a `.npy` file, byte for byte as NumPy does. `.npy` is added to a name that does not end so.
///
/// The file appears whole or not at all: a new one is written in the same directory, and replaces the old one when it is
/// complete. So after an error, a full disk or a crash of the program the old file is still there, and maps of it stay valid.
/// Owner, permissions, access control lists and attributes are kept, a symbolic link is followed, and other hard links keep the
/// old contents. A file that cannot be replaced is overwritten, as NumPy does: see [`AtomicFile`](crate::AtomicFile). Pipes and devices
/// are written directly, under just the name
/// given. [`WriteOptions::sync`] guards against power failures too.
///
/// # Errors
/// `Io` with the path, where the directory does not let a new file be made or the disk is full; `InvalidInput` for a dtype
/// that no `.npy` file has.
///
/// ```
/// use ndarray::array;
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("123");
/// numio::save(&path, &array![[1_i64, 2, 3], [4, 5, 6]])?; // writes 123.npy
/// assert_eq!(std::fs::metadata(path.with_extension("npy"))?.len(), 128 + 6 * 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn save(path: impl AsRef<Path>, array: &(impl ArrayLike + ?Sized)) -> Result<()> {
    WriteOptions::new().save(path, array)
}

/// Writes `array` as a `.npy` file would hold it, from the current position of `writer`.
///
/// # Errors
/// The writer's errors; `InvalidInput` for a dtype that no `.npy` file has.
///
/// ```
/// let mut bytes = Vec::new();
/// numio::to_writer(&mut bytes, &[1.0, 2.0])?;
/// assert!(bytes.starts_with(b"\x93NUMPY\x01\x00"));
/// # Ok::<(), numio::Error>(())
/// ```
pub fn to_writer(writer: impl Write, array: &(impl ArrayLike + ?Sized)) -> Result<()> {
    WriteOptions::new().to_writer(writer, array)
}

/// Saves rows as they come, whose number need not be known, to a `.npy` file, and returns how many there were. Each is an
/// array of one shape, or a number. `.npy` is added to a name that does not end so; the file appears whole or not at all.
///
/// # Errors
/// As [`save`]; `InvalidInput` for rows of different dtypes or shapes, and if there are none: [`RowWriter`] can be told of
/// what dtype they would have been.
///
/// ```
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("squares.npy");
/// let squares = (0..).map(|n| [n, n * n]).take_while(|[_, square]| *square < 50);
/// assert_eq!(numio::save_rows(&path, squares)?, 8);
/// assert_eq!(numio::read_npy::<Vec<[i32; 2]>>(&path)?[7], [7, 49]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn save_rows<R: ArrayLike>(path: impl AsRef<Path>, rows: impl IntoIterator<Item = R>) -> Result<usize> {
    WriteOptions::new().save_rows(path, rows)
}

/// Saves arrays under names to a `.npz` archive, as they are. `.npz` is added to a name that does not end so.
///
/// Names given twice are refused. Arrays without names get NumPy's by [`positional`]. The file appears whole or not at all,
/// as with [`save`]. For levels of compression, and for arrays that come one by one, see
/// [`NpzWriter`](crate::npz::NpzWriter).
///
/// # Errors
/// As [`save`]; `InvalidInput` for two arrays of one name.
///
/// ```
/// use ndarray::array;
/// use numio::ArrayLike;
///
/// let directory = tempfile::tempdir()?;
/// let (x, y) = (array![[1, 2], [3, 4]], array![0.5]);
/// let arrays: [(&str, &dyn ArrayLike); 2] = [("x", &x), ("y", &y)];
/// numio::savez(directory.path().join("xy"), arrays)?; // writes xy.npz
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn savez<N: AsRef<str>, A: ArrayLike>(
    path: impl AsRef<Path>,
    arrays: impl IntoIterator<Item = (N, A)>,
) -> Result<()> {
    save_members(path.as_ref(), arrays, Compression::Stored)
}

/// Saves arrays under names to a compressed `.npz` archive: as [`savez`], but deflated, on all cores.
///
/// # Errors
/// As [`savez`].
///
/// ```
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("zeros.npz");
/// numio::savez_compressed(&path, [("zeros", vec![0.0; 100_000])])?;
/// assert!(std::fs::metadata(&path)?.len() < 2_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn savez_compressed<N: AsRef<str>, A: ArrayLike>(
    path: impl AsRef<Path>,
    arrays: impl IntoIterator<Item = (N, A)>,
) -> Result<()> {
    save_members(path.as_ref(), arrays, Compression::Deflated)
}

/// Writes arrays under names as a `.npz` archive would hold them, from the current position of `writer`.
///
/// # Errors
/// The writer's errors; as [`savez`].
pub fn npz_to_writer<N: AsRef<str>, A: ArrayLike>(
    writer: impl Write + Seek + Send,
    arrays: impl IntoIterator<Item = (N, A)>,
) -> Result<()> {
    fill_archive(NpzWriter::new(writer), arrays)
}

/// Arrays with the names that NumPy gives to those without: `arr_0`, `arr_1`, ...
///
/// ```
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("a.npz");
/// numio::savez(&path, numio::positional([vec![1, 2], vec![3]]))?;
/// assert!(numio::load(&path)?.into_npz()?.contains("arr_1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn positional<A: ArrayLike>(arrays: impl IntoIterator<Item = A>) -> impl Iterator<Item = (String, A)> {
    arrays.into_iter().enumerate().map(|(at, array)| (format!("arr_{at}"), array))
}

fn save_members<N: AsRef<str>, A: ArrayLike>(
    path: &Path,
    arrays: impl IntoIterator<Item = (N, A)>,
    compression: Compression,
) -> Result<()> {
    let mut writer = NpzWriter::create(with_suffix(path, ".npz"))?;
    writer.compression(compression);
    fill_archive(writer, arrays)
}

fn fill_archive<N: AsRef<str>, A: ArrayLike>(
    mut writer: NpzWriter<'_>,
    arrays: impl IntoIterator<Item = (N, A)>,
) -> Result<()> {
    for (name, array) in arrays {
        writer.add(name.as_ref(), &array)?;
    }
    writer.finish()
}

impl WriteOptions {
    /// As [`save`](crate::save()).
    ///
    /// # Errors
    /// As [`save`](crate::save()); `NotAllowed` for Python objects if they are not allowed; `InvalidInput` if the
    /// header does not fit the version asked for.
    pub fn save(&self, path: impl AsRef<Path>, array: &(impl ArrayLike + ?Sized)) -> Result<()> {
        let path = with_suffix(path.as_ref(), ".npy");
        self.run.run(|| self.save_at(&path, &array)).map_err(|error| error.with_path(path))
    }

    fn save_at(&self, path: &Path, array: &dyn ArrayLike) -> Result<()> {
        let outgoing = Outgoing::new(array, self)?;
        let mut file = AtomicFile::create(path)?;
        file.reserve((outgoing.header.len() as u64).saturating_add(outgoing.len as u64))?;
        outgoing.write(&mut file)?;
        file.commit_with(self.sync)?;
        Ok(())
    }

    /// As [`save_rows`](crate::save_rows()).
    ///
    /// # Errors
    /// As [`save_rows`](crate::save_rows()).
    pub fn save_rows<R: ArrayLike>(
        &self,
        path: impl AsRef<Path>,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<usize> {
        let mut writer = RowWriter::create_with(with_suffix(path.as_ref(), ".npy"), self)?;
        rows.into_iter().try_for_each(|row| writer.push(&row))?;
        writer.finish()
    }

    /// As [`to_writer`](crate::to_writer()).
    ///
    /// # Errors
    /// As [`to_writer`](crate::to_writer()); `InvalidInput` if the header does not fit the version asked for.
    pub fn to_writer(&self, mut writer: impl Write, array: &(impl ArrayLike + ?Sized)) -> Result<()> {
        self.run.run(|| {
            Outgoing::new(&array, self)?.write(&mut writer)?;
            Ok(writer.flush()?)
        })
    }

    /// Writes an array into an open file, from its current position, and leaves the position after the array: as
    /// [`to_writer`](Self::to_writer), but the file system is asked for the space first. On a full disk nothing is written
    /// then, and large arrays are written faster.
    ///
    /// # Errors
    /// As [`to_writer`](Self::to_writer).
    ///
    /// ```
    /// use std::io::{Seek, SeekFrom};
    ///
    /// let mut file = tempfile::tempfile()?;
    /// for array in [[1, 2], [3, 4]] {
    ///     numio::WriteOptions::new().to_file(&file, &array)?;
    /// }
    /// file.seek(SeekFrom::Start(0))?;
    /// let first: ndarray::Array1<i32> = numio::LoadOptions::new().from_reader(&file)?.into_array()?.to_array()?;
    /// assert_eq!(first.to_vec(), [1, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_file(&self, file: &File, array: &(impl ArrayLike + ?Sized)) -> Result<()> {
        self.run.run(|| self.save_in(file, &array))
    }

    fn save_in(&self, mut file: &File, array: &dyn ArrayLike) -> Result<()> {
        let outgoing = Outgoing::new(array, self)?;
        // A file without a position, such as a pipe, has no space to reserve.
        if let Ok(at) = file.stream_position() {
            reserve(file, at, (outgoing.header.len() as u64).saturating_add(outgoing.len as u64))?;
        }
        Ok(outgoing.write(&mut file)?)
    }
}

/// The path at which a file is saved: `path` with `suffix`, unless it ends so, or is the name of a pipe or a device.
///
/// ```
/// use std::path::Path;
///
/// assert_eq!(numio::with_suffix(Path::new("a"), ".npz"), Path::new("a.npz"));
/// ```
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let name: &OsStr = path.as_os_str();
    let has_suffix = name.as_encoded_bytes().ends_with(suffix.as_bytes());
    let is_stream = || path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir());
    if has_suffix || is_stream() {
        return path.to_path_buf();
    }
    let mut name = name.to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_is_added_once_and_only_to_files() {
        for (given, wanted) in [("a", "a.npy"), ("a.npy", "a.npy"), ("a.npz", "a.npz.npy"), (".npy", ".npy")]
        {
            assert_eq!(with_suffix(Path::new(given), ".npy"), Path::new(wanted));
        }
        #[cfg(unix)]
        assert_eq!(with_suffix(Path::new("/dev/null"), ".npy"), Path::new("/dev/null"));
        assert_eq!(with_suffix(Path::new("/dev"), ".npy"), Path::new("/dev.npy"));
    }
}
