//! Archives: opened at once, read member by member.

use std::cell::RefCell;
use std::fs::{File, Metadata};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use numio_deflate::{BlockIndex, Part};

use crate::io::{OpenedFile, ReadAt, Seekable};
use crate::npy::{Contents, FromNpy, Header, PickledValue};
use crate::npz::directory::{Directory, Entry};
use crate::npz::error::Fault;
use crate::npz::member::{Front, MemberData, MemberInfo, MemberValue, MmapFallback, Stored, Value};
use crate::npz::read::{Opened, Threads};
use crate::npz::zip::{Method, flags};
use crate::npz::{InMemory, OpenedArchive, Options, Shared, Source, WritableMaps};
use crate::parallel::{for_each_with, num_threads};
use crate::{DynArray, Error, ErrorKind, Limits, Result, npy};

/// A `.npz` archive: names, and arrays that are read when they are asked for.
///
/// Opening reads the directory at the archive's end and nothing else. All calls take `&self` and may come from several
/// threads at once; clones share the open file, which is closed with the last of them.
///
/// Names mean members as in NumPy: `w` is the member `w` or, if there is none, `w.npy`; of several members of one
/// name the last counts.
///
/// ```
/// use ndarray::{Array1, array};
/// use numio::NpzArchive;
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("123.npz");
/// numio::savez(&path, [("a", &array![1.5, 2.5]), ("b", &array![3.0])])?;
///
/// let data = NpzArchive::open(&path)?;
/// assert_eq!(data.names().collect::<Vec<_>>(), ["a", "b"]);
/// let a: Array1<f64> = data.read("a")?; // when the type is known
/// let b = data.get("b")?.into_array()?; // when it is not
/// assert_eq!((a.sum(), b.shape()), (4.0, &[1][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct NpzArchive {
    shared: Arc<Shared>,
}

impl NpzArchive {
    /// Opens the archive at `path`.
    ///
    /// # Errors
    /// `Io`; `InvalidData` where it is no zip archive, or its directory is malformed; `LimitExceeded` for more members than allowed;
    /// `Unsupported` for an archive in several files.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let open = || match crate::io::open(path)? {
            OpenedFile { file, metadata, pipe: None } => {
                crate::io::refuse_directory(&file, &metadata)?;
                Self::from_file(file, &metadata, &[], path, Options::default())
            }
            _ => {
                let why = "not a regular file: read it as a stream, with load";
                Err(Error::new(ErrorKind::InvalidInput, why))
            }
        };
        open().map_err(|error| error.with_path(path))
    }

    /// Reads an archive from something that seeks. Positions count from its start, whatever its position.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_reader(reader: impl Read + Seek + Send + 'static) -> Result<Self> {
        Self::seekable(reader, Options::default())
    }

    /// Reads an archive in memory.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    ///
    /// ```
    /// // An archive of no members: its end record alone.
    /// let bytes = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    /// assert!(numio::NpzArchive::from_bytes(bytes)?.is_empty());
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn from_bytes(bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Result<Self> {
        Self::in_memory(bytes, Options::default())
    }

    /// The archive in a file that has just been opened: `head` are its first bytes, as many as are in memory.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(crate) fn from_file(
        file: File,
        metadata: &Metadata,
        head: &[u8],
        path: &Path,
        options: Options,
    ) -> Result<Self> {
        let directory = Directory::read_of(&file, metadata.len(), head, &options.limits)?;
        let opened = OpenedArchive {
            path: path.to_path_buf(),
            size: metadata.len(),
            changed: metadata.modified().ok(),
        };
        Ok(Self::made(Source::File(file), Some(opened), directory, options))
    }

    pub(crate) fn seekable(reader: impl Read + Seek + Send + 'static, options: Options) -> Result<Self> {
        Self::new(Source::Other(Box::new(Seekable::new(reader))), options)
    }

    pub(crate) fn at_any(source: Arc<dyn ReadAt>, options: Options) -> Result<Self> {
        Self::new(Source::Other(Box::new(source)), options)
    }

    pub(crate) fn in_memory(
        bytes: impl AsRef<[u8]> + Send + Sync + 'static,
        options: Options,
    ) -> Result<Self> {
        Self::new(Source::Other(Box::new(InMemory(bytes))), options)
    }

    fn new(source: Source, options: Options) -> Result<Self> {
        let directory = Directory::read(source.get(), &options.limits)?;
        Ok(Self::made(source, None, directory, options))
    }

    fn made(source: Source, opened: Option<OpenedArchive>, directory: Directory, options: Options) -> Self {
        let (source, directory) = (Arc::new(source), Arc::new(directory));
        let writable = WritableMaps::default();
        Self { shared: Arc::new(Shared { source, opened, directory, writable, options }) }
    }

    /// The same open archive, whose members are read by other options.
    pub(crate) fn with_read_options(&self, options: Options) -> Self {
        let Shared { source, opened, directory, writable, .. } = &*self.shared;
        let (source, opened, directory) = (Arc::clone(source), opened.clone(), Arc::clone(directory));
        let writable = writable.clone();
        Self { shared: Arc::new(Shared { source, opened, directory, writable, options }) }
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Returns true if there are no members.
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// The names in the order of the file, without `.npy`: NumPy's `files`.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries().iter().map(|entry| entry.name.strip_suffix(".npy").unwrap_or(&entry.name))
    }

    /// The members as the directory describes them, in the order of the file.
    pub fn members(&self) -> impl ExactSizeIterator<Item = MemberInfo<'_>> {
        self.entries().iter().map(info)
    }

    /// Returns true if there is a member for `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The file's path, if the archive was opened by one.
    pub fn path(&self) -> Option<&Path> {
        self.shared.opened.as_ref().map(|opened| &*opened.path)
    }

    /// Size and modification time of the file when it was opened, if the archive was opened by its path.
    #[doc(hidden)]
    pub fn identity(&self) -> Option<(u64, Option<SystemTime>)> {
        self.shared.opened.as_ref().map(|opened| (opened.size, opened.changed))
    }

    /// The open file itself, if the archive was opened by its path: for those who map stored members by other means. It is
    /// open for writing where members were to be mapped for writing.
    pub fn file(&self) -> Option<&File> {
        match &*self.shared.source {
            Source::File(file) => Some(file),
            Source::Other(_) => None,
        }
    }

    /// Reads a member, and no other: an array, the values of a pickle that holds something else, or the bytes of what is
    /// no `.npy` file.
    ///
    /// # Errors
    /// `NotFound` where there is none of that name; `InvalidData` where the member is damaged, or its CRC or sizes are not
    /// what the directory says; `Unsupported` where it is encrypted or compressed in a way that is not read; `LimitExceeded`;
    /// `NotAllowed` for Python objects where they are not allowed; `Io`. The error names the member.
    pub fn get(&self, name: &str) -> Result<MemberValue> {
        self.by_name(name)?.value()
    }

    /// Reads an array whose dtype and rank are known, as [`numio::read_npy`](crate::read_npy()) does.
    ///
    /// # Errors
    /// As [`get`](Self::get); `InvalidInput` where the member has another dtype or rank, or is no array.
    pub fn read<A: FromNpy>(&self, name: &str) -> Result<A> {
        self.by_name(name)?.read()
    }

    /// The member for `name`, of which nothing has been read.
    ///
    /// # Errors
    /// `NotFound` where there is none of that name.
    pub fn by_name(&self, name: &str) -> Result<NpzMember<'_>> {
        let index = self.find(name).ok_or_else(|| self.missing(name))?;
        self.by_index(index)
    }

    /// The member at `index` in the order of the file: the only way to one that another of its name hides.
    ///
    /// # Errors
    /// `NotFound` where there are fewer.
    pub fn by_index(&self, index: usize) -> Result<NpzMember<'_>> {
        let entry = self.entries().get(index).ok_or_else(|| self.missing(&index.to_string()))?;
        Ok(NpzMember { archive: self, index, entry })
    }

    pub(super) fn options(&self) -> &Options {
        &self.shared.options
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.shared.directory.entries
    }

    pub(super) fn member(&self, at: usize, threads: Threads<'_>, again: Again) -> Result<MemberValue> {
        self.at(at, |data| self.open_member(at, data, threads, again))
    }

    fn open_member(
        &self,
        at: usize,
        data: MemberData<'_>,
        threads: Threads<'_>,
        again: Again,
    ) -> Result<MemberValue> {
        let Options { mmap, limits, .. } = &self.shared.options;
        let stored = data.entry.method == Method::Stored;
        let copied = again == Again::Copied && self.shared.writable.has(at);
        if let (Some(mode), true) = (mmap, stored && !copied)
            && let Some((header, offset)) = data.header(limits)?
            && !header.dtype().has_objects()
        {
            self.shared.options.on_header.call(&header);
            let array = Shared::map(&self.shared, at, data, header, offset, *mode)?;
            return Ok(MemberValue::new(Value::Array(array), None));
        }
        let opened = data.open(limits, threads)?;
        if let Opened::Small(_, header, _) | Opened::Large(header, _) = &opened {
            self.shared.options.on_header.call(header);
        }
        let unmappable = match &opened {
            _ if !stored => MmapFallback::Compressed(data.entry.method),
            _ if copied => MmapFallback::Writable,
            Opened::Bytes(_) => MmapFallback::Bytes,
            Opened::Small(..) | Opened::Large(..) => MmapFallback::Objects,
        };
        let value = match opened {
            Opened::Bytes(bytes) => Value::Bytes(bytes),
            Opened::Small(bytes, header, offset) if header.dtype().has_objects() => {
                self.objects(&bytes, offset)?
            }
            Opened::Large(header, offset) if header.dtype().has_objects() => {
                npy::refuse_objects(self.shared.options.allow_pickle, offset as u64)?;
                self.objects(&data.whole(threads)?, offset)?
            }
            opened => Value::Array(data.array(opened, limits, threads)?),
        };
        Ok(MemberValue::new(value, mmap.map(|_| unmappable)))
    }

    /// The value of the pickle that starts at `offset` of a member's bytes.
    fn objects(&self, bytes: &[u8], offset: usize) -> Result<Value> {
        let Options { allow_pickle, keep_pickle_graphs, loader, limits, .. } = &self.shared.options;
        let start = offset as u64;
        npy::refuse_objects(*allow_pickle, start)?;
        let graph = npy::pickle_at(&bytes, start, bytes.len() as u64, loader, limits);
        Ok(match npy::pickled_value(graph, start, *keep_pickle_graphs)? {
            PickledValue::Array(array) => Value::Array(array),
            PickledValue::Other(graph) => Value::Object(graph),
        })
    }

    /// Returns true if a member's local header is at the start of the file.
    pub(crate) fn starts_with_member(&self) -> bool {
        self.entries().iter().any(|entry| entry.local == Some(0))
    }

    /// A member as those need it who read ranges of it.
    ///
    /// # Errors
    /// As [`by_name`](Self::by_name) and [`NpzMember::header`].
    pub(crate) fn located(&self, index: usize) -> Result<Located> {
        self.at(index, |data| {
            let entry = data.entry;
            let index = BlockIndex::from_bytes(&entry.index);
            let parts = index.and_then(|index| index.parts(entry.compressed, entry.size));
            Ok(Located {
                header: data.header(&self.shared.options.limits)?,
                start: data.start,
                method: entry.method,
                compressed: entry.compressed,
                size: entry.size,
                parts: parts.filter(|_| entry.method == Method::Deflated),
            })
        })
    }

    /// All bytes of a member, decompressed on all cores.
    ///
    /// # Errors
    /// As [`NpzMember::bytes`].
    pub(crate) fn decompressed(&self, index: usize) -> Result<Vec<u8>> {
        self.at(index, |data| data.whole(Threads::All))
    }

    /// Writes `len` bytes of a member, from `skipped` on, and checks the CRC of all of it.
    ///
    /// # Errors
    /// As [`NpzMember::bytes`]; those of `out`.
    pub(crate) fn copy_to(&self, index: usize, skipped: u64, len: u64, out: &mut dyn Write) -> Result<()> {
        self.at(index, |data| data.copy_to(skipped, len, out))
    }

    /// One part of a deflated member, as [`numio_deflate::inflate_part`] inflates it.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn inflate_part(&self, index: usize, part: &Part, is_last: bool) -> Result<Option<Vec<u8>>> {
        self.at(index, |data| Ok(numio_deflate::inflate_part(&data, part, is_last)?))
    }

    /// Works on the data of a member, and says which one if that fails.
    pub(super) fn at<T>(&self, at: usize, work: impl FnOnce(MemberData<'_>) -> Result<T>) -> Result<T> {
        let shared = &self.shared;
        let entry = self.entries().get(at).ok_or_else(|| self.missing(&at.to_string()))?;
        let source = shared.source.get();
        let front = match &*shared.source {
            Source::File(_) => Front::read(source, entry),
            // Each read may be a request, whose bytes count.
            Source::Other(_) => None,
        };
        let source = front.as_ref().map_or(source, |front| front);
        let data = MemberData::find(source, &shared.directory, entry, &shared.options.limits);
        let done = data.and_then(|data| shared.options.run.run(|| work(data)));
        done.map_err(|error| self.place(error.with_member(&entry.name)))
    }

    /// The index of the member that `name` means: of that very name, else with `.npy` after it.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let directory = &self.shared.directory;
        directory.find(name, "").or_else(|| directory.find(name, ".npy"))
    }

    pub(super) fn missing(&self, name: &str) -> Error {
        self.place(Fault::Missing { name: name.to_owned() }.into())
    }

    fn place(&self, error: Error) -> Error {
        match self.path() {
            Some(path) => error.with_path(path),
            None => error,
        }
    }
}

/// A member in the archive's file, and what it takes to read a part of it.
pub(crate) struct Located {
    /// The header of an array, and the offset of the elements in the decompressed bytes.
    pub(crate) header: Option<(Header, usize)>,
    /// The offset of its data in the file.
    pub(crate) start: u64,
    pub(crate) method: Method,
    pub(crate) compressed: u64,
    pub(crate) size: u64,
    /// The parts of a deflated stream, as its index has them.
    pub(crate) parts: Option<Vec<Part>>,
}

/// The treatment of a member that is to be mapped and is mapped for writing already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// An error.
    Refused,
    /// A copy of its data in the file.
    Copied,
}

/// NumPy's: the path, and the first five names.
impl std::fmt::Debug for NpzArchive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.path().map_or("object".into(), Path::to_string_lossy);
        let names: Vec<&str> = self.names().take(5).collect();
        let more = if self.len() > names.len() { "..." } else { "" };
        write!(f, "NpzFile '{path}' with keys: {}{more}", names.join(", "))
    }
}

/// From this size on, a member that can be split is worth all cores for itself.
const LARGE: u64 = 8 << 20;

impl NpzArchive {
    /// Reads every member, on all cores, and gives each with its name in the order of the file. A damaged member does
    /// not keep the others from being read. Members that another of the same name hides are among them. Where members are
    /// mapped, one that is mapped for writing already is read into memory.
    ///
    /// ```
    /// use ndarray::array;
    ///
    /// let mut bytes = std::io::Cursor::new(Vec::new());
    /// numio::npz_to_writer(&mut bytes, [("a", &array![1, 2]), ("b", &array![3, 4])])?;
    /// for (name, member) in numio::NpzArchive::from_reader(bytes)?.read_all() {
    ///     println!("{name}: {:?}", member?.into_array()?.shape());
    /// }
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn read_all(&self) -> Vec<(&str, Result<MemberValue>)> {
        let all: Vec<usize> = (0..self.len()).collect();
        self.names().zip(self.read_members(&all)).collect()
    }

    /// Reads the members for these names as [`read_all`](Self::read_all) does, and gives them in the order of the names.
    ///
    /// # Errors
    /// `NotFound` where there is no member for a name; nothing is read then.
    ///
    /// ```
    /// let mut file = std::io::Cursor::new(Vec::new());
    /// numio::npz_to_writer(&mut file, [("a", &[1_u8, 2]), ("b", &[3, 4]), ("c", &[5, 6])])?;
    /// let archive = numio::NpzArchive::from_reader(file)?;
    /// let found: Vec<_> = archive.read_many(["c", "a"])?.into_iter().collect::<Result<_, _>>()?;
    /// assert_eq!(found[0].as_array().and_then(|array| array.as_bytes()), Some(&[5, 6][..]));
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn read_many<N: AsRef<str>>(
        &self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Vec<Result<MemberValue>>> {
        let index = |name: N| self.find(name.as_ref()).ok_or_else(|| self.missing(name.as_ref()));
        let which: Vec<usize> = names.into_iter().map(index).collect::<Result<_>>()?;
        Ok(self.read_members(&which))
    }

    pub(super) fn name_at(&self, index: usize) -> Option<&str> {
        let entry = self.entries().get(index)?;
        Some(entry.name.strip_suffix(".npy").unwrap_or(&entry.name))
    }

    fn read_members(&self, which: &[usize]) -> Vec<Result<MemberValue>> {
        self.options().run.within(|| self.read_side_by_side(which))
    }

    fn read_side_by_side(&self, which: &[usize]) -> Vec<Result<MemberValue>> {
        let mut found: Vec<Option<Result<MemberValue>>> = which.iter().map(|_| None).collect();
        let mut apart = Vec::new();
        let entries = || which.iter().filter_map(|&at| self.entries().get(at));
        let alone = entries().filter(|entry| is_large(entry)).count() < num_threads();
        for ((&at, slot), entry) in which.iter().zip(&mut found).zip(entries()) {
            if num_threads() > 1 && is_large(entry) && (alone || splits_well(entry)) {
                *slot = Some(self.member(at, Threads::All, Again::Copied));
            } else {
                apart.push((at, slot));
            }
        }
        let threads = num_threads().min(apart.len());
        let read = |buffer: &mut RefCell<Vec<u8>>, (at, slot): (usize, &mut Option<Result<MemberValue>>)| {
            *slot = Some(self.member(at, Threads::One(buffer), Again::Copied));
            Ok::<_, Error>(())
        };
        // Members that were cancelled before their turn return that error below.
        let _ = for_each_with(threads, apart.into_iter(), RefCell::default, read);
        let read =
            |at, member: Option<_>| member.unwrap_or_else(|| self.member(at, Threads::All, Again::Copied));
        which.iter().zip(found).map(|(&at, member)| read(at, member)).collect()
    }
}

/// Returns true if a member is worth several cores.
pub(super) fn is_large(entry: &Entry) -> bool {
    matches!(entry.method, Method::Stored | Method::Deflated) && entry.size >= LARGE
}

/// Returns true if several cores read one member as fast as they read several.
pub(super) fn splits_well(entry: &Entry) -> bool {
    entry.method == Method::Stored || !entry.index.is_empty()
}

fn info(entry: &Entry) -> MemberInfo<'_> {
    MemberInfo {
        name: &entry.name,
        method: entry.method,
        size: entry.size,
        compressed_size: entry.compressed,
        crc: entry.crc(),
        encrypted: entry.flags & (flags::ENCRYPTED | flags::STRONG) != 0,
    }
}

/// One member of an archive, found and not yet read.
///
/// ```
/// let mut file = std::io::Cursor::new(Vec::new());
/// numio::npz_to_writer(&mut file, [("a", &[1_u8, 2])])?;
/// let archive = numio::NpzArchive::from_reader(file)?;
/// let member = archive.by_name("a")?;
/// assert_eq!(member.header()?.map(|header| header.shape().to_vec()), Some(vec![2]));
/// assert_eq!(member.read::<Vec<u8>>()?, [1, 2]);
/// let bytes = member.bytes()?;
/// assert!(bytes.starts_with(b"\x93NUMPY") && bytes.ends_with(&[1, 2]));
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct NpzMember<'a> {
    archive: &'a NpzArchive,
    index: usize,
    entry: &'a Entry,
}

impl<'a> NpzMember<'a> {
    /// Its index in the order of the file.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its name, method, sizes and CRC, as the directory has them.
    pub fn info(&self) -> MemberInfo<'a> {
        info(self.entry)
    }

    /// Reads it: an array, the values of a pickle that is something else, or the bytes of what is no `.npy` file.
    ///
    /// # Errors
    /// As [`NpzArchive::get`], but for its name.
    pub fn value(&self) -> Result<MemberValue> {
        self.archive.member(self.index, Threads::All, Again::Refused)
    }

    /// Reads it as an array of any dtype.
    ///
    /// # Errors
    /// As [`value`](Self::value); `InvalidInput` where it is no array.
    pub fn array(&self) -> Result<DynArray> {
        self.value()?.into_array()
    }

    /// Reads an array whose dtype and rank are known, as [`numio::read_npy`](crate::read_npy()) does.
    ///
    /// # Errors
    /// As [`value`](Self::value); `InvalidInput` where it has another dtype or rank, or is no array.
    pub fn read<A: FromNpy>(&self) -> Result<A> {
        self.archive.at(self.index, |data| {
            let limits = &self.archive.options().limits;
            data.array(data.open(limits, Threads::All)?, limits, Threads::All)
        })
    }

    /// The header of an array: its dtype and shape, without decompressing the rest. Nothing for a member that is no array.
    ///
    /// # Errors
    /// As [`value`](Self::value); no CRC is checked.
    pub fn header(&self) -> Result<Option<Header>> {
        let limits = &self.archive.options().limits;
        self.archive.at(self.index, |data| Ok(data.header(limits)?.map(|(header, _)| header)))
    }

    /// All its bytes, an array's header included. A deflated member is read as one stream on one core, never by the index
    /// that [`NpzWriter`](crate::npz::NpzWriter) leaves: these are the bytes that every reader sees.
    ///
    /// # Errors
    /// As [`value`](Self::value), but for what is wrong with an array.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        self.archive.at(self.index, |data| data.whole(Threads::One(&RefCell::default())))
    }

    /// Writes all its bytes to `out`, up to a mebibyte at a time, and checks the CRC at the end: as [`bytes`](Self::bytes), with little of
    /// it in memory.
    ///
    /// ```
    /// let mut file = std::io::Cursor::new(Vec::new());
    /// numio::npz_to_writer(&mut file, [("a", &[1_u8, 2])])?;
    /// let archive = numio::NpzArchive::from_reader(file)?;
    /// let mut bytes = Vec::new();
    /// archive.by_name("a")?.write_to(&mut bytes)?;
    /// assert!(bytes.starts_with(b"\x93NUMPY") && bytes.ends_with(&[1, 2]));
    /// # Ok::<(), numio::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes), with the bytes up to there written; those of `out`.
    pub fn write_to(&self, out: &mut dyn Write) -> Result<()> {
        self.archive.copy_to(self.index, 0, self.entry.size, out)
    }

    /// Reads it through and keeps nothing of it, to see that headers, sizes and CRC are right. Returns the header of an
    /// array; a pickle behind it is not looked into. A stored member takes no memory for this, and a deflated one is read
    /// as one stream, never by an index.
    ///
    /// # Errors
    /// As [`value`](Self::value).
    pub fn verify(&self) -> Result<Option<Header>> {
        self.archive.at(self.index, |data| {
            let found = data.header(&Limits::default())?;
            if let Some((header, offset)) = &found
                && !header.dtype().has_objects()
            {
                let contents = Contents::from(header.clone());
                let there = data.entry.size.saturating_sub(*offset as u64);
                contents.check_found(there, *offset as u64, contents.len()?)?;
            }
            match data.entry.method {
                Method::Stored => Stored::new(data).check()?,
                _ => drop(data.whole(Threads::One(&RefCell::default()))?),
            }
            Ok(found.map(|(header, _)| header))
        })
    }

    /// The offset of its data in the file. Those of a stored array are its header and its elements.
    ///
    /// # Errors
    /// As [`header`](Self::header).
    pub fn data_offset(&self) -> Result<u64> {
        self.archive.at(self.index, |data| Ok(data.start))
    }
}
