//! From a file's first bytes to what is in it (`load` in `numpy/lib/_npyio_impl.py`).

use std::io;
use std::io::{Read, Seek};
use std::path::Path;
use std::sync::Arc;

use crate::format::{Format, not_a_pickle, not_torch, pickle_not_allowed};
use crate::io::{Input, OpenedFile, ReadAt, Stream, open, open_to_write};
use crate::npy::{FromNpy, HEAD, Header, OnHeader, PickledValue};
use crate::npz::{NpzArchive, Options};
use crate::objects::{JOBLIB, ObjectExt, REPR_HOOKS};
use crate::parallel::{RunOptions, check, checkpoint, run_options};
use crate::pickle::{Graph, GraphLoader, Python2Encoding};
use crate::{Container, DynArray, Error, ErrorKind, FileFormat, Limits, MmapMode, Result, compression, npy};

/// Loads whatever NumPy saved.
///
/// The first bytes decide what it is, not the name. Pipes are read too.
///
/// # Errors
/// `Io`; `EndOfStream` for an empty file; `InvalidData`, with the byte, if the bytes are not what they should be;
/// `Unsupported`, `LimitExceeded` or `NotAllowed` if they are, and are not read.
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
/// As [`load`](crate::load()); `InvalidInput` if the file's dtype or rank is another. For an archive, a pickle and what else
/// is no `.npy` file the error says what to call.
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
    let path = path.as_ref();
    npy::read_path(path, &Limits::default()).map_err(|error| not_an_array(error, path))
}

/// What to call instead, if the first bytes of the file are not those of an array.
fn not_an_array(error: Error, path: &Path) -> Error {
    if error.kind() != ErrorKind::InvalidData || error.offset() != Some(0) {
        return error;
    }
    let mut head = Vec::new();
    let read = open(path)
        .ok()
        .filter(|opened| opened.metadata.is_file())
        .and_then(|opened| opened.file.take(FileFormat::HEAD as u64).read_to_end(&mut head).ok());
    let format = FileFormat::detect(&head);
    let instead = match (read, format.advice()) {
        (None, _) | (_, None) if !format.is_zip() && format != FileFormat::Pickle => return error,
        (_, Some(advice)) => advice,
        _ if format.is_zip() => "read a member of it with NpzArchive::open(path)?.read(name), or use load",
        _ => "use load",
    };
    Error::new(ErrorKind::InvalidData, format!("{format} where one array (.npy) is wanted: {instead}"))
        .with_path(path)
        .with_offset(0)
}

/// Loads from a stream, which need not be seekable, whatever NumPy saved: [`LoadOptions::from_reader`] with the defaults. An
/// array whose type is known is read by [`NpyStream::read`](crate::NpyStream::read).
///
/// # Errors
/// As [`load`], with offsets from the stream's position.
///
/// ```
/// let mut bytes = Vec::new();
/// numio::to_writer(&mut bytes, &[1.5, 2.5])?;
/// assert_eq!(numio::from_reader(&bytes[..])?.into_array()?.shape(), [2]);
/// # Ok::<(), numio::Error>(())
/// ```
pub fn from_reader(reader: impl Read) -> Result<Loaded> {
    LoadOptions::new().from_reader(reader)
}

/// Loads from bytes in memory whatever NumPy saved: [`LoadOptions::from_slice`] with the defaults. An array whose type is
/// known is read by [`NpyStream::read`](crate::NpyStream::read).
///
/// # Errors
/// As [`load`].
///
/// ```
/// let mut bytes = Vec::new();
/// numio::to_writer(&mut bytes, &[1.5, 2.5])?;
/// assert_eq!(numio::from_slice(&bytes)?.into_array()?.shape(), [2]);
/// # Ok::<(), numio::Error>(())
/// ```
pub fn from_slice(bytes: &[u8]) -> Result<Loaded> {
    LoadOptions::new().from_slice(bytes)
}

impl NpzArchive {
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
    /// let short = data.with_options(LoadOptions::new().max_header_size(10));
    /// assert!(data.get("a").is_ok() && short.get("a").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_options(&self, options: &LoadOptions) -> Self {
        self.with_read_options(options.npz())
    }
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
        let OpenedFile { file, metadata: found, pipe } = open(path)?;
        if let Some(pipe) = pipe {
            return self.from_reader(pipe);
        }
        let mut head = [0; HEAD];
        let head = npy::read_head(&file, found.len(), &mut head)?;
        match (Format::of(head), self.mmap) {
            (Format::Npy, Some(mode)) => self.map(path, mode),
            (Format::Npy, None) => self.npy_at(&file, found.len(), head).map(|(loaded, _)| loaded),
            (Format::Pickle, _) => self.pickle_or_compressed(&file, found.len(), head),
            (Format::Zip, mode) => {
                let archive = match mode {
                    Some(MmapMode::ReadWrite) => {
                        let file = open_to_write(path)?;
                        let found = file.metadata()?;
                        NpzArchive::from_file(file, &found, &[], path, self.npz())
                    }
                    _ => NpzArchive::from_file(file, &found, head, path, self.npz()),
                };
                archive.map(Loaded::Npz)
            }
            (other, _) => Err(other.refusal()),
        }
    }

    fn map(&self, path: &Path, mode: MmapMode) -> Result<Loaded> {
        let mut options = npy::MemmapOptions::new(mode);
        options.limits(self.effective_limits());
        // SAFETY: the caller of `mmap` has promised what this asks for.
        #[expect(unsafe_code, reason = "LoadOptions::mmap is where it was promised")]
        let array = unsafe { options.open(path) }?;
        Ok(Loaded::Array(array))
    }

    /// The `.npy` file `source` of `size` bytes, the first of which are `head`, and where it ends.
    fn npy_at(&self, source: &dyn ReadAt, size: u64, head: &[u8]) -> Result<(Loaded, u64)> {
        let limits = self.effective_limits();
        let (header, offset) = npy::header_at(source, size, head, limits.max_header_chars)?;
        self.on_header.call(&header);
        if header.dtype().has_objects() {
            npy::refuse_objects(self.allow_pickle != Some(false), offset as u64)?;
            let graph = npy::pickle_at(source, offset as u64, size, &self.loader(), &limits);
            let end = offset as u64 + graph.as_ref().map_or(0, |graph| graph.bytes().len()) as u64;
            return npy::pickled_value(graph, offset as u64, self.keep_pickle_graphs)
                .map(|value| (value.into(), end));
        }
        let array: DynArray = npy::array_at(source, head, header, offset, &limits)?;
        let end = offset as u64 + array.nbytes() as u64;
        Ok((Loaded::Array(array), end))
    }

    /// The next array of a stream of which `first` has been read.
    fn npy_next(&self, stream: &mut dyn Input, first: &[u8]) -> Result<Loaded> {
        let limits = self.effective_limits();
        let header = npy::header_next(stream, first, limits.max_header_chars)?;
        self.on_header.call(&header);
        if header.dtype().has_objects() {
            let offset = stream.offset();
            npy::refuse_objects(self.allow_pickle != Some(false), offset)?;
            let graph = npy::pickle_next(stream, &[], &self.loader(), &limits);
            return npy::pickled_value(graph, offset, self.keep_pickle_graphs).map(Loaded::from);
        }
        npy::array_next(stream, header, &limits).map(Loaded::Array)
    }

    /// Loads the next item of a stream, which need not be seekable. An array leaves the stream right after it, so that
    /// several can be loaded one after another.
    ///
    /// # Errors
    /// As [`load`](crate::load()), with offsets from the stream's position; `EndOfStream` if nothing is left;
    /// `InvalidInput` if a map was asked for.
    pub fn from_reader(&self, reader: impl Read) -> Result<Loaded> {
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
            Format::Pickle if compressed_suffix(&first).is_some() => {
                // Only all of it is known to be whole.
                stream.into_inner().read_to_end(&mut first)?;
                self.pickle_or_compressed(&first.as_slice(), first.len() as u64, &first)
            }
            Format::Pickle => self.pickle_next(&mut stream, &first),
            Format::Zip => {
                // An archive is read from its end.
                stream.into_inner().read_to_end(&mut first)?;
                NpzArchive::in_memory(first, self.npz()).map(Loaded::Npz)
            }
            other => Err(other.refusal()),
        }
    }

    /// Loads from the start of `bytes`.
    ///
    /// # Errors
    /// As [`from_reader`](Self::from_reader).
    pub fn from_slice(&self, bytes: &[u8]) -> Result<Loaded> {
        self.refuse_map()?;
        self.run.run(|| match Format::of(bytes) {
            Format::Npy => self.npy_at(&bytes, bytes.len() as u64, bytes).map(|(loaded, _)| loaded),
            Format::Pickle => self.pickle_or_compressed(&bytes, bytes.len() as u64, bytes),
            Format::Zip => NpzArchive::in_memory(bytes.to_vec(), self.npz()).map(Loaded::Npz),
            other => Err(other.refusal()),
        })
    }

    /// Reads an archive from something that seeks, which [`from_reader`](Self::from_reader) would read whole.
    ///
    /// # Errors
    /// As [`NpzArchive::from_reader`]; `InvalidInput` if a map was asked for.
    pub fn npz_from_reader(&self, reader: impl Read + Seek + Send + 'static) -> Result<NpzArchive> {
        self.refuse_map()?;
        NpzArchive::seekable(reader, self.npz())
    }

    fn pickle_at(&self, source: &dyn ReadAt, size: u64) -> Result<Graph> {
        // Read only where something is wrong.
        let head = || {
            let mut head = vec![0; size.min(FileFormat::HEAD as u64) as usize];
            let read = source.read_exact_at(&mut head, 0);
            read.map_or(Vec::new(), |()| head)
        };
        if self.allow_pickle == Some(false) {
            return Err(pickle_not_allowed(&head()));
        }
        npy::pickle_at(source, 0, size, &self.loader(), &self.limits)
            .map_err(|error| not_a_pickle(error, &head()))
            .and_then(not_torch)
    }

    fn pickle_or_compressed(&self, source: &dyn ReadAt, size: u64, head: &[u8]) -> Result<Loaded> {
        match self.compressed(source, head)? {
            Some(graph) => Ok(Loaded::Object(graph)),
            None => self.pickle_at(source, size).map(Loaded::Object),
        }
    }

    /// The compressed pickle that starts with `head`, as joblib writes it; `None` if it is something else.
    fn compressed(&self, source: &dyn ReadAt, head: &[u8]) -> Result<Option<Graph>> {
        let Some(suffix) = compressed_suffix(head).filter(|_| self.allow_pickle != Some(false)) else {
            return Ok(None);
        };
        let input = Sequential { source, at: 0 };
        let mut input: Box<dyn Read> = match suffix {
            "z" => Box::new(flate2::read::ZlibDecoder::new(input)),
            // A build without that method, or other bytes that only look so.
            _ => match compression::decoder(input, format!("pickle.{suffix}"), &self.limits) {
                Ok(input) => input,
                Err(_) => return Ok(None),
            },
        };
        let mut bytes = vec![0; 2];
        if input.read_exact(&mut bytes).is_err() || !matches!(bytes[..], [0x80, 2..=5]) {
            return Ok(None);
        }
        let limit = self.limits.max_array_bytes;
        let damaged = |error: io::Error| {
            let error = Error::from(error);
            let kind = if error.kind() == ErrorKind::Io { ErrorKind::InvalidData } else { error.kind() };
            error.with_kind(kind).with_context("decompressing the pickle").with_container(Container::Pickle)
        };
        input.take(limit.saturating_sub(1)).read_to_end(&mut bytes).map_err(damaged)?;
        if bytes.len() as u64 > limit {
            let text = format!("the pickle takes more than {limit} bytes when it is decompressed");
            return Err(Error::new(ErrorKind::LimitExceeded, text));
        }
        let graph = self.loader().load(bytes).map_err(|error| not_a_pickle(error.into(), &[]))?;
        Ok(Some(graph.with_repr_hooks(REPR_HOOKS)))
    }

    fn pickle_next(&self, stream: &mut dyn Input, first: &[u8]) -> Result<Loaded> {
        if self.allow_pickle == Some(false) {
            return Err(pickle_not_allowed(first));
        }
        npy::pickle_next(stream, first, &self.loader(), &self.limits)
            .map_err(|error| not_a_pickle(error, first))
            .and_then(not_torch)
            .map(Loaded::Object)
    }
}

/// Options for loading.
///
/// ```
/// use numio::LoadOptions;
///
/// let mut bytes = Vec::new();
/// numio::to_writer(&mut bytes, &[1.5, 2.5])?;
/// let array = LoadOptions::new().allow_pickle(false).from_slice(&bytes)?.into_array()?;
/// assert_eq!(array.shape(), [2]);
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    pub(crate) mmap: Option<MmapMode>,
    pub(crate) allow_pickle: Option<bool>,
    pub(crate) encoding: Python2Encoding,
    pub(crate) keep_imports: bool,
    pub(crate) on_header: OnHeader,
    pub(crate) keep_pickle_graphs: bool,
    pub(crate) limits: Limits,
    pub(crate) run: RunOptions,
}

impl LoadOptions {
    /// As [`load`](crate::load()) does it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Maps the file instead of reading it: NumPy's `mmap_mode`. Only for paths. [`MmapMode::Create`] would empty the
    /// file; it is refused, and [`MemmapOptions`](crate::npy::MemmapOptions) makes new files.
    ///
    /// # Safety
    /// While an array that was loaded with these options, or anything made of it, lives, no one may truncate its file,
    /// and no one may change the elements but through that array: see
    /// [`MemmapOptions::open`](crate::npy::MemmapOptions::open). Touching a page that a truncated file no longer has ends
    /// the process with SIGBUS.
    ///
    /// # Members of archives
    /// Only stored members are mapped; the others are read, and say why ([`MmapFallback`](crate::npz::MmapFallback)). With
    /// [`MmapMode::ReadWrite`] a member can be mapped once at a time, and its checksum is brought up to date when the map
    /// is flushed, closed or dropped, unless another has written the file meanwhile. A process that ends before, by a
    /// signal or without running destructors, leaves the old checksum:
    /// [`fix_checksums`](crate::npz::fix_checksums) makes it right.
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

    /// Sets whether Python objects may be read. Default: true, for reading them runs nothing. With false, files that
    /// hold any are refused before a byte of them is read. An explicit true also says that the file is trusted, and
    /// lifts [`max_header_size`](Self::max_header_size).
    pub fn allow_pickle(&mut self, allow: bool) -> &mut Self {
        self.allow_pickle = Some(allow);
        self
    }

    /// Sets what the strings of Python 2 become. Default: [`Python2Encoding::Ascii`], under which only ASCII is read.
    pub fn encoding(&mut self, encoding: Python2Encoding) -> &mut Self {
        self.encoding = encoding;
        self
    }

    /// Sets whether names in pickles of Python 2 are mapped to those of Python 3. Default: true.
    pub fn fix_imports(&mut self, yes: bool) -> &mut Self {
        self.keep_imports = !yes;
        self
    }

    /// Sets whether Python objects are returned as the graph of their pickle, arrays of objects too: for those who make
    /// other objects of them. Default: false.
    ///
    /// ```
    /// use numio::{LoadOptions, ObjectExt};
    ///
    /// // np.array([None, 'a'], object) in a file: header and pickle
    /// let header = b"\x93NUMPY\x01\0\x3b\0{'descr': '|O', 'fortran_order': False, 'shape': (2,), }  \n";
    /// let pickle = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I2\ntcnumpy\ndtype\n\
    ///     (S'O8'\nI00\nI01\ntR(I3\nS'|'\nNNNI-1\nI-1\nI63\ntbI00\n(lp0\nNaS'a'\natb.";
    /// let bytes = [&header[..], pickle].concat();
    /// let graph = LoadOptions::new().keep_pickle_graphs(true).from_slice(&bytes)?.into_object()?;
    /// assert_eq!(graph.root().as_array()?.shape(), [2]);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn keep_pickle_graphs(&mut self, yes: bool) -> &mut Self {
        self.keep_pickle_graphs = yes;
        self
    }

    /// The longest `.npy` header accepted, in characters. Default: 10,000.
    pub fn max_header_size(&mut self, chars: usize) -> &mut Self {
        self.limits.max_header_chars = chars;
        self
    }

    /// Sets the maximum ratio of size to compressed size for members of more than 64 MiB. Default: 100.
    pub fn max_compression_ratio(&mut self, ratio: u64) -> &mut Self {
        self.limits.max_compression_ratio = ratio;
        self
    }

    /// Calls `call` with each header of a `.npy` file that is read, those of an archive's members too: for those who want to
    /// know how a dtype was written ([`Header::spelled_descr`]), or to warn as NumPy does ([`Header::is_from_python2`]).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// let mut bytes = Vec::new();
    /// numio::to_writer(&mut bytes, &[1.5, 2.5])?;
    /// let count = Arc::new(AtomicU64::new(0));
    /// let counted = Arc::clone(&count);
    /// let mut options = numio::LoadOptions::new();
    /// options.on_header(move |header| {
    ///     assert_eq!(header.shape(), [2]);
    ///     counted.fetch_add(1, Ordering::Relaxed);
    /// });
    /// options.from_slice(&bytes)?;
    /// assert_eq!(count.load(Ordering::Relaxed), 1);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn on_header(&mut self, call: impl Fn(&Header) + Send + Sync + 'static) -> &mut Self {
        self.on_header = OnHeader::new(call);
        self
    }

    /// All bounds at once, that of the header among them.
    pub fn limits(&mut self, limits: Limits) -> &mut Self {
        self.limits = limits;
        self
    }

    run_options!(run);

    /// The limits with what an explicit `allow_pickle(true)` lifts.
    pub(crate) fn effective_limits(&self) -> Limits {
        let mut limits = self.limits.clone();
        if self.allow_pickle == Some(true) {
            limits.max_header_chars = usize::MAX;
        }
        limits
    }

    pub(crate) fn refuse_map(&self) -> Result<()> {
        match self.mmap {
            Some(_) => {
                Err(Error::new(ErrorKind::InvalidInput, "only a file given by its path can be memory-mapped"))
            }
            None => Ok(()),
        }
    }

    /// The options for reading an archive's members.
    pub(crate) fn npz(&self) -> Options {
        Options {
            mmap: self.mmap,
            allow_pickle: self.allow_pickle != Some(false),
            keep_pickle_graphs: self.keep_pickle_graphs,
            loader: self.loader(),
            limits: self.effective_limits(),
            on_header: self.on_header.clone(),
            run: self.run.clone(),
        }
    }

    pub(crate) fn loader(&self) -> GraphLoader {
        let mut loader = GraphLoader::new();
        loader
            .encoding(self.encoding)
            .fix_imports(!self.keep_imports)
            .limits(&self.limits)
            .checkpoint(checkpoint)
            .inline_format(JOBLIB);
        loader
    }
}

/// The contents of a file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Loaded {
    /// One array, of a `.npy` file.
    Array(DynArray),
    /// The members of a `.npz` file, not read yet.
    Npz(NpzArchive),
    /// Whatever else Python pickled: nothing of it was run.
    Object(Graph),
}

impl Loaded {
    /// The array, that of a pickle too.
    ///
    /// # Errors
    /// `InvalidInput` if it is something else; `InvalidData` if the pickle of an array contradicts itself.
    pub fn into_array(self) -> Result<DynArray> {
        match self {
            Self::Array(array) => Ok(array),
            Self::Npz(_) => Err(self.other("an array")),
            Self::Object(graph) => graph.root().as_array(),
        }
    }

    /// The archive.
    ///
    /// # Errors
    /// `InvalidInput` if it is something else.
    ///
    /// ```
    /// use ndarray::{Array1, array};
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("123.npz");
    /// numio::savez_compressed(&path, [("a", &array![1.5, 2.5]), ("b", &array![3.0])])?;
    /// let data = numio::load(&path)?.into_npz()?; // lazy
    /// let b: Array1<f64> = data.read("b")?;
    /// assert_eq!(b, array![3.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_npz(self) -> Result<NpzArchive> {
        match self {
            Self::Npz(archive) => Ok(archive),
            Self::Array(_) | Self::Object(_) => Err(self.other("an archive (.npz)")),
        }
    }

    /// The values of a pickle.
    ///
    /// # Errors
    /// `InvalidInput` if it is something else.
    ///
    /// ```
    /// let loaded = numio::LoadOptions::new().from_slice(b"\x80\x04]\x94(K\x01K\x02e.")?;
    /// let graph = loaded.into_object()?;
    /// assert_eq!(format!("{:?}", graph.root()), "[1, 2]");
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn into_object(self) -> Result<Graph> {
        match self {
            Self::Object(graph) => Ok(graph),
            Self::Array(_) | Self::Npz(_) => Err(self.other("a pickle")),
        }
    }

    fn other(&self, wanted: &str) -> Error {
        let found = match self {
            Self::Array(_) => "an array",
            Self::Npz(_) => "an archive (.npz)",
            Self::Object(_) => "a pickle",
        };
        Error::new(ErrorKind::InvalidInput, format!("expected {wanted}, found {found}"))
    }
}

impl From<PickledValue> for Loaded {
    fn from(value: PickledValue) -> Self {
        match value {
            PickledValue::Array(array) => Self::Array(array),
            PickledValue::Other(graph) => Self::Object(graph),
        }
    }
}

impl LoadOptions {
    /// Loads from `offset` of `source`, and returns the end too: several arrays may follow one another in one file. An
    /// archive is read from its end, and so takes all of the source.
    ///
    /// # Errors
    /// As [`from_reader`](Self::from_reader), with offsets from the start of the source.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use numio::{LoadOptions, ReadAt};
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("two.npy");
    /// let mut file = std::fs::File::create(&path)?;
    /// numio::to_writer(&mut file, &[1, 2])?;
    /// numio::to_writer(&mut file, &[3])?;
    ///
    /// let source: Arc<dyn ReadAt> = Arc::new(std::fs::File::open(&path)?);
    /// let (first, end) = LoadOptions::new().from_reader_at(source.clone(), 0)?;
    /// let (second, _) = LoadOptions::new().from_reader_at(source, end)?;
    /// assert_eq!((first.into_array()?.size(), second.into_array()?.size()), (2, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_reader_at(&self, source: Arc<dyn ReadAt>, offset: u64) -> Result<(Loaded, u64)> {
        self.refuse_map()?;
        self.run.run(|| self.load_part(source, offset))
    }

    fn load_part(&self, source: Arc<dyn ReadAt>, offset: u64) -> Result<(Loaded, u64)> {
        let size = source.len()?;
        let part = Part { source: &*source, start: offset };
        let left = size.saturating_sub(offset);
        let mut head = [0; HEAD];
        let (head, _) = head.split_at_mut(left.min(HEAD as u64) as usize);
        part.read_exact_at(head, 0)?;
        let loaded = match Format::of(head) {
            Format::Npy => self.npy_at(&part, left, head),
            Format::Pickle => match self.compressed(&part, head)? {
                Some(graph) => Ok((Loaded::Object(graph), left)),
                None => self.pickle_at(&part, left).map(|graph| {
                    let end = graph.bytes().len() as u64;
                    (Loaded::Object(graph.with_file_offset(offset)), end)
                }),
            },
            Format::Zip => {
                return NpzArchive::at_any(source, self.npz()).map(|archive| (Loaded::Npz(archive), size));
            }
            other => Err(other.refusal()),
        };
        loaded.map(|(loaded, end)| (loaded, offset + end)).map_err(|error: Error| error.shifted(offset))
    }
}

/// The suffix of the compressions that joblib knows, by the first bytes of a file; `None` for all others.
fn compressed_suffix(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x1f, 0x8b, ..] => Some("gz"),
        [b'x', 0x01 | 0x5e | 0x9c | 0xda, ..] => Some("z"),
        [b'B', b'Z', b'h', ..] => Some("bz2"),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some("xz"),
        // The older LZMA, with its usual properties.
        [0x5d, 0, 0, ..] => Some("lzma"),
        _ => None,
    }
}

/// Reads a source from its start on.
struct Sequential<'a> {
    source: &'a dyn ReadAt,
    at: u64,
}

impl Read for Sequential<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        check().map_err(io::Error::other)?;
        let left = self.source.len()?.saturating_sub(self.at);
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(out.len());
        let out = out.get_mut(..count).unwrap_or_default();
        self.source.read_exact_at(out, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// The part of a source from a position on.
struct Part<'a> {
    source: &'a dyn ReadAt,
    start: u64,
}

impl ReadAt for Part<'_> {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        let at = self.start.checked_add(offset).ok_or(io::ErrorKind::UnexpectedEof)?;
        self.source.read_exact_at(buf, at)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.source.len()?.saturating_sub(self.start))
    }
}
