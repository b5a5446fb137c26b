//! Opens a file or standard input, and detects its content.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use clap::Args;
use numio::blocks::BlockSource;
use numio::lazy::{LazyArray, LazyContents, LazyOptions};
use numio::npy::header::MAGIC;
use numio::npy::{Header, NpyFile, Prelude};
use numio::npz::MemberValue;
use numio::pickle::{Graph, Python2Encoding};
use numio::{
    DynArray, Error, ErrorKind, FileFormat, Limits, LoadOptions, Loaded, MmapMode, NpzArchive, Result, Slice,
};

use crate::convert::Format;
use crate::failure::Failure;
use crate::store;
use crate::target::{Index, Input, Target};

/// A loaded array or Python object.
#[derive(Debug)]
pub enum LoadedValue {
    Array(DynArray),
    Object(Graph),
}

/// What a target names: a value and the remaining indexes into it, or a whole archive.
#[derive(Debug)]
pub enum Named {
    Value(LoadedValue, Vec<Index>),
    Archive(NpzArchive),
}

/// Arrays at URLs of up to this many bytes are read at once, and kept.
const REMOTE_HELD: usize = 256 << 20;

/// Members of up to this many bytes are checked whatever is looked at in them.
const SMALL: u64 = 1 << 20;

/// The extent to which a member is read. A compressed one is read whole, which checks its CRC; a stored one is mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Its values go somewhere else: its CRC is checked, as NumPy does.
    All,
    /// Some of it is shown: the rest of a large one is left alone.
    Some,
}

impl Extent {
    /// Reads a member.
    ///
    /// # Errors
    /// Those of [`NpzArchive::get`], a CRC that differs among them.
    pub fn of_member(self, archive: &NpzArchive, name: &str) -> Result<MemberValue> {
        let value = archive.get(name)?;
        let is_mapped = value.as_array().is_some() && value.mmap_fallback().is_none();
        let member = archive.by_name(name)?;
        if is_mapped && (self == Self::All || member.info().size <= SMALL) {
            member.verify()?;
        }
        Ok(value)
    }

    /// Of a part of it.
    fn of_part(self, indexes: &[Index]) -> Self {
        if indexes.is_empty() { self } else { Self::Some }
    }
}

/// Something to compare or to describe.
pub enum Subject {
    Array(Box<dyn BlockSource>),
    Object(Graph),
    Archive(NpzArchive),
    /// A member that is neither array nor pickle.
    Bytes(Vec<u8>),
}

impl Subject {
    pub fn of_member(value: MemberValue) -> Result<Self> {
        if let Some(graph) = value.as_object() {
            return Ok(Self::Object(graph.clone()));
        }
        match value.as_bytes() {
            Some(bytes) => Ok(Self::Bytes(bytes.to_vec())),
            None => Ok(Self::Array(Box::new(value.into_array()?))),
        }
    }

    /// The kind of thing it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Array(_) => "an array",
            Self::Object(_) => "a Python object",
            Self::Archive(_) => "an archive",
            Self::Bytes(_) => "no array",
        }
    }

    fn indexed(self, indexes: &[Index]) -> Result<Self, Failure> {
        if indexes.is_empty() {
            return Ok(self);
        }
        let Self::Array(source) = &self else {
            return Err(Failure::Usage(format!("{}: only arrays have slices", self.kind())));
        };
        let mut array =
            source.as_array().cloned().ok_or_else(|| Failure::Usage("no slices here".to_owned()))?;
        for index in indexes {
            array = index.of(&array)?;
        }
        Ok(Self::Array(Box::new(array)))
    }
}

/// The content of a file: an array's header or an archive.
#[derive(Debug)]
pub enum Found {
    Npy(Head),
    Npz {
        archive: NpzArchive,
        /// `None` for pipes.
        file_bytes: Option<u64>,
    },
}

/// The parsed start of a `.npy` file.
#[derive(Debug)]
pub struct Head {
    pub header: Header,
    pub data_offset: u64,
    /// `None` for pipes.
    pub file_bytes: Option<u64>,
}

impl Head {
    /// Number of bytes of the elements. `None` for objects: they are one pickle of any length.
    pub fn data_bytes(&self) -> Option<u64> {
        data_bytes(&self.header)
    }
}

/// As [`Head::data_bytes`].
pub fn data_bytes(header: &Header) -> Option<u64> {
    // No header's shape exceeds the address space.
    let elements: usize = header.shape().iter().product();
    (!header.dtype().has_objects()).then(|| (elements * header.dtype().itemsize()) as u64)
}

/// The format of a file, by its first bytes.
///
/// # Errors
/// Errors of the operating system.
pub fn format_of(path: &Path) -> io::Result<FileFormat> {
    let mut head = Vec::new();
    File::open(path)?.take(FileFormat::HEAD as u64).read_to_end(&mut head)?;
    Ok(FileFormat::detect(&head))
}

/// The error for a file that is no array, whose name says what it is where its first bytes do not.
fn by_name(error: Error, path: &Path) -> Error {
    let is_of_data =
        matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::Unsupported | ErrorKind::Encoding);
    let format = match Format::of(path) {
        None | Some(Format::Npy | Format::Npz | Format::Pt) => return error,
        Some(_) if !is_of_data => return error,
        Some(format) => format.name(),
    };
    let Ok(found) = format_of(path) else { return error };
    if !matches!(found, FileFormat::Text | FileFormat::Json) && found.advice().is_some() {
        return error;
    }
    let what = format!("no array, and {format} by its name: `numio convert` makes an array of it");
    Error::new(ErrorKind::InvalidData, what).with_path(path)
}

/// Options for reading files.
#[derive(Debug, Args)]
pub struct Opening {
    /// Accept .npy headers of up to this many characters
    #[arg(long, value_name = "CHARS", default_value_t = 10_000)]
    max_header_size: usize,
    /// Accept compressed members above 64 MiB that become up to this many times larger [default: 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_ratio: Option<u64>,
}

impl Opening {
    fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        limits.max_header_chars = self.max_header_size;
        limits.max_compression_ratio = self.max_ratio.unwrap_or(limits.max_compression_ratio);
        limits
    }

    /// These options, as arguments of another verb.
    pub fn arguments(&self) -> Vec<OsString> {
        let size = format!("--max-header-size={}", self.max_header_size);
        let ratio = self.max_ratio.map(|ratio| format!("--max-ratio={ratio}"));
        std::iter::once(size).chain(ratio).map(OsString::from).collect()
    }

    fn options(&self) -> LoadOptions {
        let mut options = LoadOptions::new();
        options.limits(self.limits());
        options
    }

    /// Options for arrays that stay in their file.
    pub fn lazy(&self) -> LazyOptions {
        let mut options = LazyOptions::new();
        options.limits(self.limits());
        options
    }

    /// The array or the archive at a URL; nothing for what is read whole: Python objects, and files that are damaged.
    pub fn remote(&self, url: &str) -> Result<Option<LazyContents>> {
        match store::open(url, self.lazy()) {
            Ok(found) => Ok(Some(found)),
            // Reading all of it says what it is.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::EndOfStream
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The array that a target at a URL names, of which the header has been read, and the indexes into it. Nothing for what
    /// is read whole, and for files.
    pub fn remote_array(&self, target: &Target) -> Result<Option<(LazyArray, Vec<Index>)>, Failure> {
        match &target.input {
            Input::Url(url) => Self::array_at(self.remote(url)?, target),
            _ => Ok(None),
        }
    }

    fn array_at(
        contents: Option<LazyContents>,
        target: &Target,
    ) -> Result<Option<(LazyArray, Vec<Index>)>, Failure> {
        match contents {
            Some(LazyContents::Array(array)) => Ok(Some((array, target.indexes()?))),
            Some(LazyContents::Archive(archive)) if !target.is_whole() => {
                let (name, indexes) = target.member(|name| archive.archive().contains(name))?;
                match archive.array(name) {
                    Ok(array) => Ok(Some((array, indexes))),
                    Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(None),
                    Err(error) => Err(error.into()),
                }
            }
            _ => Ok(None),
        }
    }

    /// What a target at a URL names. Of an array, the part that the first index selects is read, and the others are returned.
    fn remote_named(&self, url: &str, target: &Target) -> Result<Option<Named>, Failure> {
        let contents = match self.remote(url)? {
            Some(LazyContents::Archive(archive)) if target.is_whole() => {
                return Ok(Some(Named::Archive(archive.archive().clone())));
            }
            contents => contents,
        };
        let Some((array, mut indexes)) = Self::array_at(contents, target)? else { return Ok(None) };
        let found = match indexes.first() {
            None => array.read()?,
            Some(Index::Field(name)) => array.field(name)?.read()?,
            Some(Index::Slice(text)) => {
                let slice: Slice = text.parse().map_err(|error: Error| Failure::Usage(error.to_string()))?;
                array.slice(&slice)?
            }
        };
        let rest = if indexes.is_empty() { Vec::new() } else { indexes.split_off(1) };
        Ok(Some(Named::Value(LoadedValue::Array(found), rest)))
    }

    fn remote_head(&self, url: &str) -> Result<Found> {
        match self.remote(url)? {
            Some(LazyContents::Archive(archive)) => {
                let file_bytes = Some(archive.stamp().size);
                Ok(Found::Npz { archive: archive.archive().clone(), file_bytes })
            }
            Some(LazyContents::Array(array)) => {
                let (header, data_offset) = (array.header().clone(), array.data_offset());
                Ok(Found::Npy(Head { header, data_offset, file_bytes: Some(array.handle().stamp.size) }))
            }
            _ => {
                let (mut source, file_bytes) = store::reader(url)?;
                let mut bytes = first_bytes(&mut source)?;
                if is_zip(&bytes) {
                    source.read_to_end(&mut bytes)?;
                    return Ok(Found::Npz {
                        archive: self.archive_in(&bytes)?,
                        file_bytes: Some(file_bytes),
                    });
                }
                self.npy(bytes, source, Some(file_bytes))
            }
        }
    }

    /// The array or Python object that a target names, and the remaining indexes into it. Only the pages of a file that
    /// are looked at are read.
    pub fn value(
        &self,
        target: &Target,
        encoding: Python2Encoding,
        extent: Extent,
    ) -> Result<(LoadedValue, Vec<Index>), Failure> {
        match self.named(target, encoding, extent)? {
            Named::Value(held, indexes) => Ok((held, indexes)),
            Named::Archive(archive) => {
                let (name, _) = target.member(|name| archive.contains(name))?;
                Err(Failure::Usage(format!("{}: no member {name:?}", target.input.name())))
            }
        }
    }

    /// As [`value`](Self::value), or a whole archive.
    pub fn named(
        &self,
        target: &Target,
        encoding: Python2Encoding,
        extent: Extent,
    ) -> Result<Named, Failure> {
        if let Input::Url(url) = &target.input
            && let Some(found) = self.remote_named(url, target)?
        {
            return Ok(found);
        }
        let held = match self.load(&target.input, encoding)? {
            Loaded::Npz(archive) if target.is_whole() => return Ok(Named::Archive(archive)),
            Loaded::Npz(archive) => {
                let (name, indexes) = target.member(|name| archive.contains(name))?;
                let member = extent.of_part(&indexes).of_member(&archive, name)?;
                let held = match member.as_object() {
                    Some(graph) => LoadedValue::Object(graph.clone()),
                    None => LoadedValue::Array(member.into_array().map_err(|error| error.with_member(name))?),
                };
                return Ok(Named::Value(held, indexes));
            }
            Loaded::Object(graph) => LoadedValue::Object(graph),
            loaded => LoadedValue::Array(loaded.into_array()?),
        };
        Ok(Named::Value(held, target.indexes()?))
    }

    /// What a target names, to be worked through piece by piece: of a `.npy` file, and of a large array at a URL, only a part is in
    /// memory at any time.
    pub fn subject(&self, target: &Target, encoding: Python2Encoding) -> Result<Subject, Failure> {
        if let Some(path) = target.whole_file()
            && path.is_file()
        {
            match self.head(&target.input) {
                Ok(Found::Npy(head)) if !head.header.dtype().has_objects() => {
                    let file = NpyFile::with_limits(path, self.limits())?;
                    file.check()?;
                    return Ok(Subject::Array(Box::new(file)));
                }
                Ok(Found::Npz { archive, .. }) => return Ok(Subject::Archive(archive)),
                // Whatever it is, reading it says.
                _ => {}
            }
        }
        if let Some((array, indexes)) = self.remote_array(target)?
            && indexes.is_empty()
        {
            // Some work goes through an array several times, and asks for small blocks.
            return Ok(Subject::Array(match array.nbytes() <= REMOTE_HELD {
                true => Box::new(array.read()?),
                false => Box::new(array),
            }));
        }
        if let Input::Url(_) = &target.input {
            return match self.named(target, encoding, Extent::All)? {
                Named::Value(LoadedValue::Array(array), indexes) => {
                    Subject::Array(Box::new(array)).indexed(&indexes)
                }
                Named::Value(LoadedValue::Object(graph), indexes) => Subject::Object(graph).indexed(&indexes),
                Named::Archive(archive) => Ok(Subject::Archive(archive)),
            };
        }
        Ok(match self.load(&target.input, encoding)? {
            Loaded::Npz(archive) if target.is_whole() => Subject::Archive(archive),
            Loaded::Npz(archive) => {
                let (name, indexes) = target.member(|name| archive.contains(name))?;
                let value = Extent::All.of_part(&indexes).of_member(&archive, name);
                let value = value.map_err(|error| error.with_path(target.input.name()))?;
                Subject::of_member(value)?.indexed(&indexes)?
            }
            Loaded::Object(graph) => Subject::Object(graph).indexed(&target.indexes()?)?,
            loaded => Subject::Array(Box::new(loaded.into_array()?)).indexed(&target.indexes()?)?,
        })
    }

    /// The array in the bytes of a file that is known to be an array.
    pub fn array_in(&self, bytes: &[u8]) -> Result<DynArray> {
        self.options().from_slice(bytes)?.into_array()
    }

    /// The array in a file that is known to be an array.
    pub fn array(&self, input: &Input) -> Result<DynArray> {
        self.load(input, Python2Encoding::Ascii)?.into_array().map_err(|error| error.with_path(input.name()))
    }

    fn load(&self, input: &Input, encoding: Python2Encoding) -> Result<Loaded> {
        self.load_any(input, encoding).map_err(|error| match input {
            Input::File(path) => by_name(error, path),
            Input::Stdin | Input::Url(_) => error,
        })
    }

    fn load_any(&self, input: &Input, encoding: Python2Encoding) -> Result<Loaded> {
        let mut options = self.options();
        options.encoding(encoding);
        match input {
            Input::Url(_) => {
                options.from_slice(&input.read()?).map_err(|error| error.with_path(input.name()))
            }
            Input::File(path) if path.is_dir() => options.load(path),
            Input::File(_) | Input::Stdin if !input.is_file() => {
                options.from_slice(&input.read()?).map_err(|error| error.with_path(input.name()))
            }
            Input::Stdin => options.from_slice(&input.read()?),
            Input::File(path) => {
                let mut mapped = options.clone();
                // SAFETY: the map lives as long as one command prints. Should someone truncate the file meanwhile, the
                // system ends the command with a signal; should someone write to it, the old or the new is printed.
                #[expect(unsafe_code, reason = "only pages that are printed are read")]
                let loaded = unsafe { mapped.mmap(MmapMode::Read).load(path) };
                // Objects cannot be mapped; other faults of the file are reported by reading it as well.
                loaded.or_else(|_| options.load(path))
            }
        }
    }

    /// The archive in a file that is known to be an archive.
    pub fn archive(&self, input: &Input) -> Result<NpzArchive> {
        match input {
            Input::File(path) if path.is_file() => self.lenient().load(path)?.into_npz(),
            Input::Url(url) => match self.remote(url)? {
                Some(LazyContents::Archive(archive)) => Ok(archive.archive().clone()),
                _ => self.archive_in(&input.read()?),
            },
            _ => self.archive_in(&input.read()?),
        }
    }

    /// The archive in an open file.
    pub fn archive_of(&self, file: File) -> Result<NpzArchive> {
        NpzArchive::from_reader(file)
    }

    fn archive_in(&self, bytes: &[u8]) -> Result<NpzArchive> {
        self.lenient().from_slice(bytes)?.into_npz()
    }

    /// Options to check objects, not to show them: any Python 2 string is accepted.
    pub fn lenient(&self) -> LoadOptions {
        let mut options = self.options();
        options.encoding(Python2Encoding::Latin1);
        options
    }

    /// Reads an array's header or an archive's directory, and nothing after it; an archive in a pipe is read whole.
    pub fn head(&self, input: &Input) -> Result<Found> {
        let read = || {
            if let Input::Url(url) = input {
                return self.remote_head(url);
            }
            let (mut source, file_bytes) = input.open()?;
            let mut bytes = first_bytes(&mut source)?;
            if !is_zip(&bytes) {
                return self.npy(bytes, source, file_bytes);
            }
            let archive = if file_bytes.is_some() {
                self.archive(input)?
            } else {
                source.read_to_end(&mut bytes)?;
                self.archive_in(&bytes)?
            };
            Ok(Found::Npz { archive, file_bytes })
        };
        read().map_err(|error: Error| error.with_path(input.name()))
    }

    /// The header that starts with `bytes`. Missing bytes take no memory, whatever length the file claims.
    fn npy(&self, mut bytes: Vec<u8>, rest: impl Read, file_bytes: Option<u64>) -> Result<Found> {
        if bytes.is_empty() {
            return Err(Error::new(ErrorKind::EndOfStream, "no data left in file"));
        }
        let mut rest = rest;
        if FileFormat::detect(&bytes) != FileFormat::Npy {
            rest.by_ref().take(FileFormat::HEAD as u64).read_to_end(&mut bytes)?;
            let format = FileFormat::detect(&bytes);
            if let ([0x80, protocol @ 2..=5, ..], FileFormat::Pickle) = (bytes.as_slice(), format) {
                let what = format!(
                    "neither .npy nor .npz: it starts as a pickle of protocol {protocol}, which show, tree, audit and dis read"
                );
                return Err(Error::new(ErrorKind::InvalidData, what).with_offset(0));
            }
            if let Some(advice) = format.advice() {
                let what = format!("neither .npy nor .npz: this is {format}: {advice}");
                return Err(Error::new(ErrorKind::InvalidData, what).with_offset(0));
            }
        }
        let prelude = Prelude::read(&bytes)?;
        prelude.check(self.max_header_size)?;
        let missing = prelude.data_offset().saturating_sub(bytes.len());
        rest.take(missing as u64).read_to_end(&mut bytes)?;
        let (header, offset) = Header::parse(&bytes, self.max_header_size)?;
        Ok(Found::Npy(Head { header, data_offset: offset as u64, file_bytes }))
    }

    pub fn max_header_size(&self) -> usize {
        self.max_header_size
    }

    /// The header at the start of `bytes`, and the offset of its end.
    pub fn header(&self, bytes: &[u8]) -> Result<(Header, usize)> {
        Header::parse(bytes, self.max_header_size)
    }

    /// A pickle, or the one after the header of a `.npy` file of objects, and its offset in the file or the member.
    pub fn pickle(&self, target: &Target) -> Result<(Vec<u8>, u64), Failure> {
        let bytes = target.input.read()?;
        let pickle = if is_zip(&bytes) {
            let archive =
                NpzArchive::from_bytes(bytes).map_err(|error| error.with_path(target.input.name()))?;
            if archive.is_empty() {
                let error =
                    Error::new(ErrorKind::NotFound, "an archive without members: there is no pickle in it");
                return Err(error.with_path(target.input.name()).into());
            }
            let (name, indexes) = target.member(|name| archive.contains(name))?;
            if !indexes.is_empty() {
                return Err(Failure::Usage("a pickle is printed whole: leave the brackets out".to_owned()));
            }
            let bytes = archive.by_name(name)?.bytes()?;
            self.pickle_in(bytes).map_err(|error| error.with_member(name))
        } else {
            target.whole()?;
            self.pickle_in(bytes)
        };
        Ok(pickle.map_err(|error| error.with_path(target.input.name()))?)
    }

    fn pickle_in(&self, mut bytes: Vec<u8>) -> Result<(Vec<u8>, u64)> {
        if !bytes.starts_with(&MAGIC) {
            return Ok((bytes, 0));
        }
        let (header, start) = self.header(&bytes)?;
        if !header.dtype().has_objects() {
            let what = format!("no pickle: an array of dtype {}", header.dtype());
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        bytes.drain(..start);
        Ok((bytes, start as u64))
    }
}

/// Reads enough bytes to know the length of any header.
fn first_bytes(source: &mut impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(12).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_zip(first: &[u8]) -> bool {
    FileFormat::detect(first).is_zip()
}
