//! From a file's first bytes to what is in it (`load` in `numpy/lib/_npyio_impl.py`).

mod format;
mod loaded;
mod options;
mod part;

use std::fs::OpenOptions;
use std::io::{Read, Seek};
use std::path::Path;

use self::format::{Format, not_a_pickle};
pub use self::loaded::Loaded;
pub use self::options::LoadOptions;
use crate::npy::{self, FromNpy};
use crate::npz::NpzArchive;
use crate::pickle::Graph;
use crate::source::{Input, ReadAt, Stream, open};
use crate::{DynArray, Error, ErrorKind, Limits, MmapMode, Result};

/// Loads whatever NumPy saved.
///
/// The first bytes decide what it is, not the name. Pipes are read too.
///
/// # Errors
/// `Io`; `EndOfStream` for an empty file; `InvalidData`, with the byte, where the bytes are not what they should be; `Unsupported`,
/// `LimitExceeded` or `NotAllowed` where they are, and are not read.
///
/// ```
/// use ndarray::{Ix2, array, s};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("123.npy");
/// numio::save(&path, &array![[1_i64, 2, 3], [4, 5, 6]])?;
/// let x = numio::load(&path)?.into_array()?; // any dtype, any rank
/// assert_eq!(x.shape(), [2, 3]);
/// assert_eq!(x.view::<i64, Ix2>()?.slice(s![1, ..]).sum(), 15); // no copy
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn load(path: impl AsRef<Path>) -> Result<Loaded> {
    LoadOptions::new().load(path)
}

/// Reads a `.npy` file whose dtype and rank are known: into `ndarray`'s `Array`, a `Vec`, or a
/// [`DynArray`](crate::DynArray).
///
/// # Errors
/// As [`load`](crate::load()); `InvalidInput` where the file's dtype or rank is another.
///
/// ```
/// use ndarray::{Array2, array};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("123.npy");
/// numio::save(&path, &array![[1_i64, 2, 3], [4, 5, 6]])?;
/// let a: Array2<i64> = numio::read_npy(&path)?;
/// assert_eq!(a[[1, 2]], 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_npy<A: FromNpy>(path: impl AsRef<Path>) -> Result<A> {
    npy::read_path(path.as_ref(), &Limits::default())
}

impl LoadOptions {
    /// Loads a file.
    ///
    /// # Errors
    /// As [`load`](crate::load()), with the path; `InvalidInput` for a map of what cannot be mapped.
    pub fn load(&self, path: impl AsRef<Path>) -> Result<Loaded> {
        let path = path.as_ref();
        self.run.run(|| self.load_path(path)).map_err(|error| error.with_path(path))
    }

    fn load_path(&self, path: &Path) -> Result<Loaded> {
        if self.mmap == Some(MmapMode::Create) {
            let why = "mode 'w+' would empty the file: make new files with MemmapOptions";
            return Err(Error::new(ErrorKind::InvalidInput, why));
        }
        let (file, pipe) = open(path)?;
        if let Some(pipe) = pipe {
            return self.load_from(pipe);
        }
        let found = file.metadata()?;
        let mut head = [0; npy::HEAD];
        let head = npy::read_head(&file, found.len(), &mut head)?;
        match (Format::of(head), self.mmap) {
            (Format::Npy, Some(mode)) => self.map(path, mode),
            (Format::Npy, None) => self.npy_at(&file, found.len(), head).map(|(loaded, _)| loaded),
            (Format::Pickle, _) => self.pickle_at(&file, found.len()).map(Loaded::Object),
            (Format::Zip, mode) => {
                let file = match mode {
                    Some(MmapMode::ReadWrite) => OpenOptions::new().read(true).write(true).open(path)?,
                    _ => file,
                };
                NpzArchive::from_file(file, path, self.npz()).map(Loaded::Npz)
            }
            (other, _) => Err(other.refusal()),
        }
    }

    fn map(&self, path: &Path, mode: MmapMode) -> Result<Loaded> {
        let mut options = npy::MemmapOptions::new(mode);
        options.limits(self.effective_limits());
        // SAFETY: whoever called `mmap` has promised what this asks for.
        #[expect(unsafe_code, reason = "LoadOptions::mmap is where it was promised")]
        let array = unsafe { options.open(path) }?;
        Ok(Loaded::Array(array))
    }

    /// The `.npy` file `source` of `size` bytes, the first of which are `head`, and where it ends.
    fn npy_at(&self, source: &dyn ReadAt, size: u64, head: &[u8]) -> Result<(Loaded, u64)> {
        let limits = self.effective_limits();
        let (header, offset) = npy::header_at(source, size, head, limits.max_header_chars)?;
        header.note_python2(self.python2.as_ref());
        if header.dtype().has_objects() {
            npy::refuse_objects(self.allow_pickle != Some(false), offset as u64)?;
            let graph = npy::pickle_at(source, offset as u64, size, &self.loader(), &limits);
            let end = offset as u64 + graph.as_ref().map_or(0, |graph| graph.pickle().len()) as u64;
            return npy::held(graph, offset as u64, self.keep_pickle_graphs).map(|held| (held.into(), end));
        }
        let array: DynArray = npy::array_at(source, head, header, offset, &limits)?;
        let end = offset as u64 + array.nbytes() as u64;
        Ok((Loaded::Array(array), end))
    }

    /// The next array of a stream of which `first` has been read.
    fn npy_next(&self, stream: &mut dyn Input, first: &[u8]) -> Result<Loaded> {
        let limits = self.effective_limits();
        let header = npy::header_next(stream, first, limits.max_header_chars)?;
        header.note_python2(self.python2.as_ref());
        if header.dtype().has_objects() {
            let offset = stream.offset();
            npy::refuse_objects(self.allow_pickle != Some(false), offset)?;
            let graph = npy::pickle_next(stream, &[], &self.loader(), &limits);
            return npy::held(graph, offset, self.keep_pickle_graphs).map(Loaded::from);
        }
        npy::array_next(stream, header, &limits).map(Loaded::Array)
    }

    /// Loads what comes next in a stream, which need not be seekable. An array leaves the stream right after it, so that
    /// several come one after another.
    ///
    /// # Errors
    /// As [`load`](crate::load()), with offsets from where the stream stood; `EndOfStream` where nothing comes any more;
    /// `InvalidInput` where a map was asked for.
    pub fn load_from(&self, reader: impl Read) -> Result<Loaded> {
        self.refuse_map()?;
        self.run.run(|| self.load_stream(reader))
    }

    fn load_stream(&self, reader: impl Read) -> Result<Loaded> {
        let mut stream = Stream::new(reader);
        let mut first = Vec::new();
        // Not a byte more than it takes to know, for a pickle may be short.
        while Format::may_start(&first) && {
            let mut byte = [0];
            let count = stream.fill(&mut byte)?;
            first.extend(byte.get(..count).unwrap_or_default());
            count == 1
        } {}
        match Format::of(&first) {
            Format::Npy => self.npy_next(&mut stream, &first),
            Format::Pickle => self.pickle_next(&mut stream, &first),
            Format::Zip => {
                // An archive is read from its end.
                stream.into_inner().read_to_end(&mut first)?;
                NpzArchive::in_memory(first, self.npz()).map(Loaded::Npz)
            }
            other => Err(other.refusal()),
        }
    }

    /// Loads what stands at the start of `bytes`.
    ///
    /// # Errors
    /// As [`load_from`](Self::load_from).
    pub fn load_bytes(&self, bytes: &[u8]) -> Result<Loaded> {
        self.refuse_map()?;
        self.run.run(|| match Format::of(bytes) {
            Format::Npy => self.npy_at(&bytes, bytes.len() as u64, bytes).map(|(loaded, _)| loaded),
            Format::Pickle => self.pickle_at(&bytes, bytes.len() as u64).map(Loaded::Object),
            Format::Zip => NpzArchive::in_memory(bytes.to_vec(), self.npz()).map(Loaded::Npz),
            other => Err(other.refusal()),
        })
    }

    /// Reads an archive from something that seeks, which [`load_from`](Self::load_from) would read whole.
    ///
    /// # Errors
    /// As [`NpzArchive::from_reader`]; `InvalidInput` where a map was asked for.
    pub fn load_npz_from(&self, reader: impl Read + Seek + Send + 'static) -> Result<NpzArchive> {
        self.refuse_map()?;
        NpzArchive::seekable(reader, self.npz())
    }

    /// The same open archive, whose members are read by these options from here on.
    ///
    /// ```
    /// use ndarray::array;
    /// use numio::LoadOptions;
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("a.npz");
    /// numio::savez(&path, [("a", &array![1, 2])])?;
    /// let data = numio::NpzArchive::open(&path)?;
    /// let short = LoadOptions::new().max_header_size(10).archive(&data);
    /// assert!(data.get("a").is_ok() && short.get("a").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn archive(&self, archive: &NpzArchive) -> NpzArchive {
        archive.with_options(self.npz())
    }

    fn pickle_at(&self, source: &dyn ReadAt, size: u64) -> Result<Graph> {
        self.allow_pickle_file()?;
        npy::pickle_at(source, 0, size, &self.loader(), &self.limits).map_err(not_a_pickle)
    }

    fn pickle_next(&self, stream: &mut dyn Input, first: &[u8]) -> Result<Loaded> {
        self.allow_pickle_file()?;
        npy::pickle_next(stream, first, &self.loader(), &self.limits)
            .map(Loaded::Object)
            .map_err(not_a_pickle)
    }
}
