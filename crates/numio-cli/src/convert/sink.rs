//! Sinks for rows that stay arrays or become JSON.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use numio::compression::{Encoder, decoder};
use numio::npy::{AppendOptions, Header};
use numio::npz::{Compression, Method, NpzArchive, NpzWriter};
use numio::text::Encoding;
use numio::{ArrayLike, AtomicFile, DynArray, Error, ErrorKind, Limits, Order, Result, SliceItem};

use super::arrays::c_bytes;
use super::encoding::{Utf8Text, byte_order_mark};
use super::file_array::{Spool, check};
use super::kind::{Kind, little};
use super::safetensors::{self, Metadata, Planned};
use crate::failure::Failure;
use crate::json;

/// Takes an array chunk by chunk.
pub trait Sink {
    /// Takes the next rows.
    fn push(&mut self, rows: &DynArray) -> Result<(), Failure>;

    /// Ends the output: the new file replaces the old one, or the old one stays.
    fn finish(self: Box<Self>) -> Result<(), Failure>;
}

/// A `.npy` file, whose header is rewritten once the number of rows is known.
#[derive(Debug)]
pub struct NpySink {
    file: BufWriter<AtomicFile>,
    begun: Option<Begun>,
}

#[derive(Debug)]
struct Begun {
    first: DynArray,
    rows: usize,
    head: usize,
}

impl NpySink {
    /// # Errors
    /// `Io`.
    pub fn create(path: &Path) -> Result<Self> {
        Ok(Self::new(AtomicFile::create(path)?))
    }

    /// A file for rows that may be added to one that is there. `None` if it holds something.
    ///
    /// # Errors
    /// As [`AtomicFile::append`].
    pub fn first(path: &Path) -> Result<Option<Self>> {
        let (file, old) = AtomicFile::append(path, APPEND_WAIT)?;
        let size = old.map_or(Ok(0), |old| old.metadata().map(|found| found.len()))?;
        Ok((size == 0).then(|| Self::new(file)))
    }

    fn new(file: AtomicFile) -> Self {
        Self { file: BufWriter::with_capacity(64 << 10, file), begun: None }
    }
}

fn header(like: &DynArray, rows: usize) -> Result<Vec<u8>> {
    let mut shape = like.shape().to_vec();
    if let Some(axis) = shape.first_mut() {
        *axis = rows;
    }
    Ok(Header::new(like.dtype().clone(), shape, Order::C)?.to_bytes())
}

/// # Errors
/// `Unsupported` for rows of Python objects, whose pickle is that of the whole array.
fn refuse_objects(rows: &DynArray) -> Result<()> {
    match rows.dtype().has_objects() {
        true => Err(Error::new(
            ErrorKind::Unsupported,
            "Python objects are saved as they are: leave out --dtype, --shape and --append",
        )),
        false => Ok(()),
    }
}

impl Sink for NpySink {
    fn push(&mut self, rows: &DynArray) -> Result<(), Failure> {
        refuse_objects(rows)?;
        let count = rows.shape().first().copied().unwrap_or(1);
        match &mut self.begun {
            Some(begun) => {
                check(rows, begun.first.dtype(), begun.first.shape())?;
                begun.rows += count;
            }
            None => {
                let head = header(rows, count)?;
                self.file.write_all(&head).map_err(Error::from)?;
                // Only dtype and shape are needed; keep no elements alive.
                let first = DynArray::zeros(rows.dtype().clone(), &like(rows.shape()), Order::C)?;
                self.begun = Some(Begun { first, rows: count, head: head.len() });
            }
        }
        Ok(self.file.write_all(&c_bytes(rows)).map_err(Error::from)?)
    }

    fn finish(self: Box<Self>) -> Result<(), Failure> {
        let Self { file, begun } = *self;
        let file = file.into_inner().map_err(|error| Error::from(error.into_error()))?;
        if let Some(begun) = begun {
            let head = header(&begun.first, begun.rows)?;
            if head.len() != begun.head {
                // NumPy's padding of the header allows for any number of rows.
                return Err(Error::new(ErrorKind::Unsupported, "the header has no room for the rows").into());
            }
            let mut whole = file.file();
            let written = whole.seek(SeekFrom::Start(0)).and_then(|_| whole.write_all(&head));
            written.map_err(Error::from)?;
        }
        file.commit()?;
        Ok(())
    }
}

/// The shape with the first axis, if any, set to 0.
fn like(shape: &[usize]) -> Vec<usize> {
    let mut shape = shape.to_vec();
    if let Some(rows) = shape.first_mut() {
        *rows = 0;
    }
    shape
}

/// Writes an array whole, once all of its rows have arrived: a member, or a `.npy` file into a pipe.
pub struct NpzSink<'o> {
    target: Whole<'o>,
    rows: BufferedRows,
}

/// The destination of a whole array.
#[allow(
    clippy::large_enum_variant,
    reason = "the variants are built once and matched, not stored in numbers"
)]
pub enum Whole<'o> {
    Npy(&'o mut dyn Write),
    /// After the rows of an existing `.npy` file.
    Appended(PathBuf),
    Member {
        writer: Box<NpzWriter<'static>>,
        name: String,
        to: MemberTarget<'o>,
    },
    /// The only one of a file of safetensors.
    Tensor {
        out: Out<'o>,
        name: String,
        /// Its type, if that is not the one that its dtype has.
        kind: Option<&'static Kind>,
    },
}

/// The archive of a member.
pub enum MemberTarget<'o> {
    At(PathBuf),
    /// An unnamed temporary one, copied into a pipe when it is complete.
    Piped {
        file: File,
        out: &'o mut dyn Write,
    },
}

/// Commands that add to one archive at the same time, as with `xargs -P`, wait this long for each other.
pub const APPEND_WAIT: Duration = Duration::from_secs(60);

enum BufferedRows {
    None,
    /// A single chunk need not be written twice.
    One(DynArray),
    Many(Spool),
}

impl<'o> NpzSink<'o> {
    pub fn npy(out: &'o mut dyn Write) -> Self {
        Self { target: Whole::Npy(out), rows: BufferedRows::None }
    }

    /// Appends rows to a `.npy` file: all of them, or none.
    pub fn append(path: &Path) -> Self {
        Self { target: Whole::Appended(path.to_path_buf()), rows: BufferedRows::None }
    }

    /// Writes the only tensor of a file of safetensors.
    pub fn tensor(out: Out<'o>, name: String, kind: Option<&'static Kind>) -> Self {
        Self { target: Whole::Tensor { out, name, kind }, rows: BufferedRows::None }
    }

    /// Writes a member of an archive into a pipe.
    ///
    /// # Errors
    /// `Io`.
    pub fn piped(out: &'o mut dyn Write, name: String, compression: Compression) -> Result<Self> {
        let file = tempfile::tempfile()?;
        let writer = NpzWriter::new(file.try_clone()?);
        Ok(Self::member(writer, name, MemberTarget::Piped { file, out }, compression))
    }

    /// Writes a member of a new archive; with `adds`, of one that may exist.
    ///
    /// # Errors
    /// As [`NpzWriter::append`].
    pub fn create(path: &Path, name: String, adds: bool, compression: Compression) -> Result<Self> {
        let writer =
            if adds { NpzWriter::append_within(path, APPEND_WAIT)? } else { NpzWriter::create(path)? };
        Ok(Self::member(writer, name, MemberTarget::At(path.to_path_buf()), compression))
    }

    /// Writes a member of an archive in place of the one of that name; the others stay as they are. Without one it is added.
    ///
    /// # Errors
    /// As [`NpzWriter::append`]; those of reading the other members.
    pub fn replace(path: &Path, name: String, compression: Compression) -> Result<Self> {
        let file = format!("{name}.npy");
        let has_member = path.exists() && NpzArchive::open(path)?.members().any(|member| member.name == file);
        if !has_member {
            return Self::create(path, name, true, compression);
        }
        // Begin before reading: members that others add after the reading would be lost.
        let mut writer = NpzWriter::rewrite_within(path, APPEND_WAIT)?;
        let archive = NpzArchive::open(path)?;
        for (at, member) in archive.members().enumerate() {
            let is_hidden = archive.by_name(member.name).map(|member| member.index())? != at;
            if is_hidden || member.name == file {
                continue;
            }
            writer.compression(match member.method {
                Method::Stored => Compression::Stored,
                Method::Zstd => Compression::Zstd(3),
                _ => Compression::Deflated,
            });
            writer.add_bytes(member.name, &archive.by_index(at)?.bytes()?)?;
        }
        Ok(Self::member(writer, name, MemberTarget::At(path.to_path_buf()), compression))
    }

    fn member(
        mut writer: NpzWriter<'static>,
        name: String,
        to: MemberTarget<'o>,
        compression: Compression,
    ) -> Self {
        writer.compression(compression);
        Self { target: Whole::Member { writer: Box::new(writer), name, to }, rows: BufferedRows::None }
    }

    /// Takes a whole array, in its own memory order.
    ///
    /// # Errors
    /// As [`NpzWriter::add`].
    pub fn whole(self, array: &dyn ArrayLike) -> Result<()> {
        match self.target {
            Whole::Tensor { mut out, name, kind } => {
                let (dtype, shape) = (array.dtype(), array.shape());
                let kind = match kind {
                    Some(kind) => kind.check(&dtype),
                    None => Kind::of(&dtype, array.descr().as_deref()),
                };
                let kind = kind.map_err(|error| error.with_context(name.clone()))?;
                let planned = [Planned { name, kind, shape }];
                out.write_all(&safetensors::header(&planned, &Metadata::new())?.0)?;
                safetensors::write(&mut out, array)?;
                out.commit()
            }
            Whole::Npy(out) => numio::to_writer(out, array),
            Whole::Appended(path) => AppendOptions::new().wait(APPEND_WAIT).append(path, array),
            Whole::Member { mut writer, name, to } => {
                writer.add(&name, array)?;
                writer.finish()?;
                if let MemberTarget::Piped { mut file, out } = to {
                    file.seek(SeekFrom::Start(0))?;
                    io::copy(&mut file, out)?;
                }
                Ok(())
            }
        }
    }
}

impl Sink for NpzSink<'_> {
    fn push(&mut self, rows: &DynArray) -> Result<(), Failure> {
        if matches!(self.target, Whole::Npy(_) | Whole::Member { .. }) {
            refuse_objects(rows)?;
        }
        let little = match &self.target {
            // Rows in a temporary file are copied as they are.
            Whole::Tensor { .. } => Some(little(rows.dtype())),
            _ => None,
        };
        let cast =
            little.filter(|little| little != rows.dtype()).map(|little| rows.cast(&little)).transpose()?;
        let rows = cast.as_ref().unwrap_or(rows);
        self.rows = match std::mem::replace(&mut self.rows, BufferedRows::None) {
            BufferedRows::None => BufferedRows::One(rows.clone()),
            BufferedRows::One(first) => {
                let beside = match &self.target {
                    Whole::Member { to: MemberTarget::At(path), .. } => Some(path.as_path()),
                    Whole::Appended(path) => Some(path.as_path()),
                    Whole::Npy(_) | Whole::Member { .. } | Whole::Tensor { .. } => None,
                };
                let mut spool = Spool::new(beside, &first)?;
                spool.push(rows)?;
                BufferedRows::Many(spool)
            }
            BufferedRows::Many(mut spool) => {
                spool.push(rows)?;
                BufferedRows::Many(spool)
            }
        };
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), Failure> {
        match std::mem::replace(&mut self.rows, BufferedRows::None) {
            // Sources produce at least one chunk.
            BufferedRows::None => {}
            BufferedRows::One(array) => self.whole(&array)?,
            BufferedRows::Many(spool) => self.whole(&spool.finish()?)?,
        }
        Ok(())
    }
}

/// Text output to a file or to standard output.
#[allow(
    clippy::large_enum_variant,
    reason = "the variants are built once and matched, not stored in numbers"
)]
pub enum Out<'o> {
    Stdout(&'o mut dyn Write),
    /// Compressed as its name says.
    File(BufWriter<Encoder<AtomicFile>>),
    /// The same, for rows after a text that is not UTF-8: they may have no characters but ASCII's.
    AsciiFile(BufWriter<Encoder<AtomicFile>>),
}

/// The longest first line that is looked at.
const FIRST_LINE: usize = 16 << 20;

impl Out<'_> {
    /// # Errors
    /// `Io`.
    pub fn create(path: &Path) -> Result<Self> {
        // Some encoders write at once.
        let file = Encoder::new(AtomicFile::create(path)?, path).map_err(|error| error.with_path(path))?;
        Ok(Self::File(BufWriter::with_capacity(1 << 20, file)))
    }

    /// Copies the existing text, for more to be written after it; the copy replaces it when complete. Also returns the first
    /// line, or what fits into memory of it; `None` where there is no text.
    ///
    /// # Errors
    /// As [`AtomicFile::append`]; `InvalidData` if a compressed file is damaged; `Unsupported` if it begins with the byte order mark
    /// of UTF-16 or UTF-32, among which rows in UTF-8 would not be read.
    pub fn append(path: &Path) -> Result<(Self, Option<Vec<u8>>)> {
        Self::append_to(path).map_err(|error| error.with_path(path))
    }

    fn append_to(path: &Path) -> Result<(Self, Option<Vec<u8>>)> {
        let (file, old) = AtomicFile::append(path, APPEND_WAIT)?;
        let mut out = BufWriter::with_capacity(1 << 20, Encoder::new(file, path)?);
        let old = match old {
            Some(old) if old.metadata()?.len() > 0 => old,
            _ => return Ok((Self::File(out), None)),
        };
        let mut text = Utf8Text::default();
        let mut line = Vec::new();
        let mut is_first = true;
        let mut old = decoder(old, path, &Limits::default())?;
        let mut last = b'\n';
        let mut piece = vec![0; 1 << 16];
        loop {
            let count = match old.read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                count => count?,
            };
            let Some(found) = piece.get(..count).filter(|found| !found.is_empty()) else { break };
            if is_first {
                let end = memchr::memchr(b'\n', found);
                line.extend_from_slice(found.get(..end.unwrap_or(count)).unwrap_or_default());
                is_first = end.is_none() && line.len() < FIRST_LINE;
                if let Some(Encoding::Utf16 | Encoding::Utf32) = byte_order_mark(&line) {
                    let what = "--append: rows are added in UTF-8, and the file is in UTF-16 or UTF-32: iconv -t utf-8 converts it";
                    return Err(Error::new(ErrorKind::Unsupported, what));
                }
            }
            last = found.last().copied().unwrap_or(last);
            text.push(found);
            out.write_all(found)?;
        }
        if last != b'\n' {
            out.write_all(b"\n")?;
        }
        Ok((if text.is_valid() { Self::File(out) } else { Self::AsciiFile(out) }, Some(line)))
    }

    /// # Errors
    /// `Io`.
    pub fn commit(self) -> Result<()> {
        match self {
            Self::Stdout(_) => Ok(()),
            Self::File(file) | Self::AsciiFile(file) => {
                let file = file.into_inner().map_err(|error| Error::from(error.into_error()))?;
                file.finish()?.commit().map(drop)
            }
        }
    }
}

impl Write for Out<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::AsciiFile(_) if !bytes.is_ascii() => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "--append: rows are added in UTF-8, and the file is in another encoding, in which they would be other \
                 characters: iconv -f latin1 -t utf-8 converts a file in Latin-1",
            )),
            Self::File(file) | Self::AsciiFile(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::File(file) | Self::AsciiFile(file) => file.flush(),
        }
    }
}

/// A JSON value for each row.
struct JsonSink<'o>(Out<'o>);

/// Writes each row as a JSON value on its own line.
pub fn json_sink(out: Out<'_>) -> Box<dyn Sink + '_> {
    Box::new(JsonSink(out))
}

impl Sink for JsonSink<'_> {
    fn push(&mut self, rows: &DynArray) -> Result<(), Failure> {
        let Some(&count) = rows.shape().first() else {
            json::write(&mut self.0, rows)?;
            return Ok(self.0.write_all(b"\n")?);
        };
        for row in 0..count {
            json::write(&mut self.0, &rows.slice(&[SliceItem::Index(row as isize)])?)?;
            self.0.write_all(b"\n")?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), Failure> {
        Ok(self.0.commit()?)
    }
}
