//! From a file's first bytes to what is in it (`load` in `numpy/lib/_npyio_impl.py`).

mod format;
mod loaded;
mod part;

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek};
use std::path::Path;

use self::format::{Format, not_a_pickle};
pub use self::loaded::Loaded;
use crate::npy::{self, FromNpy};
use crate::npz::{NpzArchive, Options};
use crate::pickle::{Encoding, Graph, Loader};
use crate::source::{Input, ReadAt, Stream};
use crate::{DynArray, Error, ErrorKind, Limits, MmapMode, Result};

/// Loads whatever NumPy saved.
///
/// The first bytes decide what it is, not the name. Pipes are read too.
///
/// # Errors
/// `Io`; `Eof` for an empty file; `Format`, with the byte, where the bytes are not what they should be; `Unsupported`,
/// `Limit` or `Refused` where they are, and are not read.
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
/// As [`load`](crate::load()); `Argument` where the file's dtype or rank is another.
///
/// ```
/// use ndarray::{Array2, array};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("123.npy");
/// numio::save(&path, &array![[1_i64, 2, 3], [4, 5, 6]])?;
/// let a: Array2<i64> = numio::read(&path)?;
/// assert_eq!(a[[1, 2]], 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read<A: FromNpy>(path: impl AsRef<Path>) -> Result<A> {
    npy::read_path(path.as_ref(), &Limits::default())
}

/// How to load.
///
/// ```
/// use numio::LoadOptions;
///
/// let mut bytes = Vec::new();
/// numio::save_to(&mut bytes, &[1.5, 2.5])?;
/// let array = LoadOptions::new().allow_pickle(false).load_bytes(&bytes)?.into_array()?;
/// assert_eq!(array.shape(), [2]);
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    mmap: Option<MmapMode>,
    allow_pickle: Option<bool>,
    encoding: Encoding,
    keep_imports: bool,
    as_graphs: bool,
    limits: Limits,
}

impl LoadOptions {
    /// As [`load`](crate::load()) does it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Maps the file instead of reading it: NumPy's `mmap_mode`. Only for paths. [`MmapMode::Write`] would empty the
    /// file; it is refused, and [`MemmapOptions`](crate::npy::MemmapOptions) makes new files.
    ///
    /// # Safety
    /// While an array that was loaded with these options, or anything made of it, lives, no one may truncate its file,
    /// and no one may change the elements but through that array: see
    /// [`MemmapOptions::open`](crate::npy::MemmapOptions::open).
    ///
    /// ```
    /// use numio::{LoadOptions, MmapMode};
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("big.npy");
    /// numio::save(&path, &[1.5, 2.5])?;
    /// // SAFETY: no one else has this file.
    /// let big = unsafe { LoadOptions::new().mmap(MmapMode::Read).load(&path) }?.into_array()?;
    /// assert!(big.is_mapped());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[expect(unsafe_code, reason = "whoever asks for a map answers for what else happens to the file")]
    pub unsafe fn mmap(&mut self, mode: MmapMode) -> &mut Self {
        self.mmap = Some(mode);
        self
    }

    /// Whether Python objects may be read. Default: true, for reading them runs nothing. With false, files that hold
    /// any are refused before a byte of them is read. An explicit true also says that the file is trusted, and lifts
    /// [`max_header_size`](Self::max_header_size).
    pub fn allow_pickle(&mut self, allow: bool) -> &mut Self {
        self.allow_pickle = Some(allow);
        self
    }

    /// What the strings of Python 2 become. Default: [`Encoding::Ascii`], under which only ASCII is read.
    pub fn encoding(&mut self, encoding: Encoding) -> &mut Self {
        self.encoding = encoding;
        self
    }

    /// Whether names in pickles of Python 2 are those of Python 3. Default: true.
    pub fn fix_imports(&mut self, yes: bool) -> &mut Self {
        self.keep_imports = !yes;
        self
    }

    /// Whether what holds Python objects comes as the graph of its pickle, arrays of objects too: for those who make
    /// other objects of them. Default: false.
    ///
    /// ```
    /// use numio::LoadOptions;
    ///
    /// // np.array([None, 'a'], object) in a file: header and pickle
    /// let header = b"\x93NUMPY\x01\0\x3b\0{'descr': '|O', 'fortran_order': False, 'shape': (2,), }  \n";
    /// let pickle = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I2\ntcnumpy\ndtype\n\
    ///     (S'O8'\nI00\nI01\ntR(I3\nS'|'\nNNNI-1\nI-1\nI63\ntbI00\n(lp0\nNaS'a'\natb.";
    /// let bytes = [&header[..], pickle].concat();
    /// let graph = LoadOptions::new().as_graphs(true).load_bytes(&bytes)?.into_object()?;
    /// assert_eq!(graph.root().as_array()?.shape(), [2]);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn as_graphs(&mut self, yes: bool) -> &mut Self {
        self.as_graphs = yes;
        self
    }

    /// The longest `.npy` header accepted, in characters. Default: 10,000.
    pub fn max_header_size(&mut self, chars: usize) -> &mut Self {
        self.limits.header_chars = chars;
        self
    }

    /// All bounds at once, that of the header among them.
    pub fn limits(&mut self, limits: Limits) -> &mut Self {
        self.limits = limits;
        self
    }

    /// Loads a file.
    ///
    /// # Errors
    /// As [`load`](crate::load()), with the path; `Argument` for a map of what cannot be mapped.
    pub fn load(&self, path: impl AsRef<Path>) -> Result<Loaded> {
        let path = path.as_ref();
        self.load_path(path).map_err(|error| error.with_path(path))
    }

    fn load_path(&self, path: &Path) -> Result<Loaded> {
        if self.mmap == Some(MmapMode::Write) {
            let why = "mode 'w+' would empty the file: make new files with MemmapOptions";
            return Err(Error::new(ErrorKind::Argument, why));
        }
        let file = File::open(path)?;
        let found = file.metadata()?;
        if !found.is_file() {
            return self.load_from(file);
        }
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
        let (header, offset) = npy::header_at(source, size, head, limits.header_chars)?;
        if header.dtype().has_objects() {
            npy::refuse_objects(self.allow_pickle != Some(false), offset as u64)?;
            let graph = npy::pickle_at(source, offset as u64, size, &self.loader(), &limits);
            let end = offset as u64 + graph.as_ref().map_or(0, |graph| graph.pickle().len()) as u64;
            return npy::held(graph, offset as u64, self.as_graphs).map(|held| (held.into(), end));
        }
        let array: DynArray = npy::array_at(source, head, header, offset, &limits)?;
        let end = offset as u64 + array.nbytes() as u64;
        Ok((Loaded::Array(array), end))
    }

    /// The next array of a stream of which `first` has been read.
    fn npy_next(&self, stream: &mut dyn Input, first: &[u8]) -> Result<Loaded> {
        let limits = self.effective_limits();
        let header = npy::header_next(stream, first, limits.header_chars)?;
        if header.dtype().has_objects() {
            let offset = stream.offset();
            npy::refuse_objects(self.allow_pickle != Some(false), offset)?;
            let graph = npy::pickle_next(stream, &[], &self.loader(), &limits);
            return npy::held(graph, offset, self.as_graphs).map(Loaded::from);
        }
        npy::array_next(stream, header, &limits).map(Loaded::Array)
    }

    /// The limits with what an explicit `allow_pickle(true)` lifts.
    fn effective_limits(&self) -> Limits {
        let mut limits = self.limits.clone();
        if self.allow_pickle == Some(true) {
            limits.header_chars = usize::MAX;
        }
        limits
    }

    /// Loads what comes next in a stream, which need not be seekable. An array leaves the stream right after it, so that
    /// several come one after another.
    ///
    /// # Errors
    /// As [`load`](crate::load()), with offsets from where the stream stood; `Eof` where nothing comes any more;
    /// `Argument` where a map was asked for.
    pub fn load_from(&self, reader: impl Read) -> Result<Loaded> {
        self.refuse_map()?;
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
        match Format::of(bytes) {
            Format::Npy => self.npy_at(&bytes, bytes.len() as u64, bytes).map(|(loaded, _)| loaded),
            Format::Pickle => self.pickle_at(&bytes, bytes.len() as u64).map(Loaded::Object),
            Format::Zip => NpzArchive::in_memory(bytes.to_vec(), self.npz()).map(Loaded::Npz),
            other => Err(other.refusal()),
        }
    }

    /// Reads an archive from something that seeks, which [`load_from`](Self::load_from) would read whole.
    ///
    /// # Errors
    /// As [`NpzArchive::from_reader`]; `Argument` where a map was asked for.
    pub fn load_npz_from(&self, reader: impl Read + Seek + Send + 'static) -> Result<NpzArchive> {
        self.refuse_map()?;
        NpzArchive::seekable(reader, self.npz())
    }

    fn refuse_map(&self) -> Result<()> {
        match self.mmap {
            Some(_) => {
                Err(Error::new(ErrorKind::Argument, "only a file given by its path can be memory-mapped"))
            }
            None => Ok(()),
        }
    }

    /// How the members of an archive are read.
    fn npz(&self) -> Options {
        Options {
            mmap: self.mmap,
            allow_pickle: self.allow_pickle != Some(false),
            as_graphs: self.as_graphs,
            loader: self.loader(),
            limits: self.effective_limits(),
        }
    }

    fn allow_pickle_file(&self) -> Result<()> {
        match self.allow_pickle {
            Some(false) => {
                let why = "this file contains pickled (object) data, which cannot be loaded when allow_pickle=False";
                Err(Error::new(ErrorKind::Refused, why))
            }
            _ => Ok(()),
        }
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

    fn loader(&self) -> Loader {
        let mut loader = Loader::new();
        loader.encoding(self.encoding).fix_imports(!self.keep_imports).limits(self.limits.clone());
        loader
    }
}
