//! How to load.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::npz::Options;
use crate::parallel::{RunOptions, run_options};
use crate::pickle::{Encoding, Loader};
use crate::{Error, ErrorKind, Limits, MmapMode, Result};

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
    pub(super) mmap: Option<MmapMode>,
    pub(super) allow_pickle: Option<bool>,
    pub(super) encoding: Encoding,
    pub(super) keep_imports: bool,
    pub(super) python2: Option<Arc<AtomicBool>>,
    pub(super) keep_pickle_graphs: bool,
    pub(super) limits: Limits,
    pub(super) run: RunOptions,
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
    /// Only stored members are mapped; the others are read, and say why ([`NotMapped`](crate::npz::NotMapped)). With
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
    /// let graph = LoadOptions::new().keep_pickle_graphs(true).load_bytes(&bytes)?.into_object()?;
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

    /// How many times larger than its compressed bytes a member of more than 64 MiB may be. Default: 100.
    pub fn max_compression_ratio(&mut self, ratio: u64) -> &mut Self {
        self.limits.max_compression_ratio = ratio;
        self
    }

    /// Sets `flag` when a header is read that is not Python 3's ([`Header::is_from_python2`]), of which NumPy warns. It stays
    /// set until the caller clears it.
    ///
    /// [`Header::is_from_python2`]: crate::npy::Header::is_from_python2
    pub fn note_python2(&mut self, flag: Arc<AtomicBool>) -> &mut Self {
        self.python2 = Some(flag);
        self
    }

    /// All bounds at once, that of the header among them.
    pub fn limits(&mut self, limits: Limits) -> &mut Self {
        self.limits = limits;
        self
    }

    run_options!(run);

    /// The limits with what an explicit `allow_pickle(true)` lifts.
    pub(super) fn effective_limits(&self) -> Limits {
        let mut limits = self.limits.clone();
        if self.allow_pickle == Some(true) {
            limits.max_header_chars = usize::MAX;
        }
        limits
    }

    pub(super) fn refuse_map(&self) -> Result<()> {
        match self.mmap {
            Some(_) => {
                Err(Error::new(ErrorKind::InvalidInput, "only a file given by its path can be memory-mapped"))
            }
            None => Ok(()),
        }
    }

    /// How the members of an archive are read.
    pub(super) fn npz(&self) -> Options {
        Options {
            mmap: self.mmap,
            allow_pickle: self.allow_pickle != Some(false),
            keep_pickle_graphs: self.keep_pickle_graphs,
            loader: self.loader(),
            limits: self.effective_limits(),
            python2: self.python2.clone(),
            run: self.run.clone(),
        }
    }

    pub(super) fn allow_pickle_file(&self) -> Result<()> {
        match self.allow_pickle {
            Some(false) => {
                let why = "this file contains pickled (object) data, which cannot be loaded when allow_pickle=False";
                Err(Error::new(ErrorKind::NotAllowed, why))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn loader(&self) -> Loader {
        let mut loader = Loader::new();
        loader.encoding(self.encoding).fix_imports(!self.keep_imports).limits(self.limits.clone());
        loader
    }
}
