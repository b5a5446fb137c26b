//! The one error type: the fault and its location.
//!
//! [`Error`] is the size of one pointer. Each module of the crate describes its own faults in a private type that
//! implements [`Cause`]; the location (path, archive member, byte) is added on the way out by the caller that knows it.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::io;
use std::path::{Path, PathBuf};

use numio_pickle::repr::escape_controls;

/// The return type of every fallible call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of fault an [`Error`] is: enough to decide what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system refused: [`Error::io_error`] has its error.
    Io,
    /// There is no more data: the stream is at its end, before an array.
    EndOfStream,
    /// The bytes are not what their format says: malformed, truncated, or contradicting themselves.
    InvalidData,
    /// The bytes are well formed, and mean something this crate does not do.
    Unsupported,
    /// A bound of [`Limits`](crate::Limits) would be passed.
    LimitExceeded,
    /// The file asks for something that the options forbid, such as pickled objects.
    NotAllowed,
    /// The caller's arguments do not fit each other or the file.
    InvalidInput,
    /// A name that was asked for is not there: a member of an archive, a key of a dictionary.
    NotFound,
    /// Text that the chosen encoding cannot carry.
    Encoding,
    /// The call was stopped by its [`CancelToken`](crate::CancelToken).
    Cancelled,
    /// The file is no longer the one that was opened: its size, its modification time or its entity tag is another.
    StaleFile,
}

/// Makes sure of capacity for `more` items whose number a file decides.
///
/// # Errors
/// `Io` of kind `OutOfMemory` if there is no memory for them.
#[inline]
pub(crate) fn reserve<T>(vector: &mut Vec<T>, more: usize) -> Result<()> {
    if vector.capacity() - vector.len() >= more { Ok(()) } else { grow(vector, more) }
}

#[cold]
fn grow<T>(vector: &mut Vec<T>, more: usize) -> Result<()> {
    /// From this many bytes on, growing looks at whether there is as much memory left for small things too, which are not
    /// asked for one by one.
    const LARGE: usize = 1 << 20;
    let no_memory = |error| Error::from(io::Error::from(error));
    vector.try_reserve(more).map_err(no_memory)?;
    if vector.capacity().saturating_mul(size_of::<T>()) >= LARGE {
        headroom(LARGE)?;
    }
    Ok(())
}

/// Makes sure that as many bytes of memory are left, for many small things that are not asked for one by one: each of
/// them would end the process. Takes some microseconds.
///
/// # Errors
/// As [`reserve`].
pub(crate) fn headroom(bytes: usize) -> Result<()> {
    let mut probe = Vec::<u8>::new();
    probe.try_reserve_exact(bytes).map_err(io::Error::from)?;
    // An optimizer may otherwise leave out what is never used.
    std::hint::black_box(probe);
    Ok(())
}

/// A copy of bytes whose number a file decides.
///
/// # Errors
/// As [`reserve`].
pub(crate) fn copy_of(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut copy = Vec::new();
    reserve(&mut copy, bytes.len())?;
    copy.extend_from_slice(bytes);
    Ok(copy)
}

/// As many zero bytes.
///
/// # Errors
/// As [`reserve`].
pub(crate) fn zeros(len: usize) -> Result<Vec<u8>> {
    bytemuck::try_zeroed_vec(len).map_err(|()| Error::from(io::Error::from(io::ErrorKind::OutOfMemory)))
}

/// A fault of one module: its sentence, and its kind. The sentence starts in lower case and has no full stop.
pub(crate) trait Cause: fmt::Display + fmt::Debug + Send + Sync + 'static {
    fn kind(&self) -> ErrorKind;

    /// The container at fault around the array, if any.
    fn container(&self) -> Option<Container> {
        None
    }

    /// The class of Python's exception for it, where the kind does not tell that.
    fn exception(&self) -> Option<ExceptionClass> {
        None
    }

    /// The operating system's error under this fault, where there is one.
    fn io_error(&self) -> Option<&io::Error> {
        None
    }

    /// The row and the column of a text, each from 1, where they are known.
    fn cell(&self) -> (Option<u64>, Option<usize>) {
        (None, None)
    }

    /// The cause, as far as the sentence does not say that already.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.io_error().and_then(std::error::Error::source)
    }
}

/// A container of arrays, other than a `.npy` file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Container {
    /// A zip archive.
    Zip,
    /// A pickle.
    Pickle,
}

/// The class of the exception that NumPy raises for an error, where another error of the same [`ErrorKind`] is of another
/// class: `numpy.loadtxt` and its family raise whatever the Python code under them does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExceptionClass {
    /// `TypeError`.
    Type,
    /// `IndexError`.
    Index,
    /// `OverflowError`.
    Overflow,
    /// `AttributeError`.
    Attribute,
    /// `EOFError`.
    EndOfFile,
    /// `OSError`.
    Os,
    /// `gzip.BadGzipFile`.
    BadGzipFile,
    /// `zlib.error`.
    Zlib,
    /// `lzma.LZMAError`.
    Lzma,
    /// `numpy.lib._iotools.ConverterError`.
    Converter,
}

/// The reason that a call failed, and its location: the path, the member of an archive, the byte.
///
/// Printing reads from the outside in: `a.npz: member w.npy: byte 10: ` and then what was found and what was wanted.
///
/// ```
/// let error = std::fs::read("no/such/file.npy").map_err(numio::Error::from).unwrap_err().with_path("no/such/file.npy");
/// assert_eq!(error.kind(), numio::ErrorKind::Io);
/// assert!(error.to_string().starts_with("no/such/file.npy: "));
/// ```
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Debug)]
struct Inner {
    cause: Box<dyn Cause>,
    path: Option<PathBuf>,
    member: Option<String>,
    offset: Option<u64>,
}

impl Error {
    /// An error of the caller's own making, for use in implementations of this crate's traits.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::from(Message { kind, text: message.into() })
    }

    /// The kind of fault.
    pub fn kind(&self) -> ErrorKind {
        self.inner.cause.kind()
    }

    /// The pickle or the zip archive, if that is at fault rather than an array in it: Python has exceptions of their
    /// own for those.
    pub fn container(&self) -> Option<Container> {
        self.inner.cause.container()
    }

    /// The file in which it happened, if there was a file.
    pub fn path(&self) -> Option<&Path> {
        self.inner.path.as_deref()
    }

    /// The member of the archive in which it happened, if there was one.
    pub fn member(&self) -> Option<&str> {
        self.inner.member.as_deref()
    }

    /// The byte at which it happened, counted from the start of the file (or of the member).
    pub fn offset(&self) -> Option<u64> {
        self.inner.offset
    }

    /// The row of a text at which it happened, where that is known. Rows count from 1, and lines that are skipped, blank or comments
    /// are none. Of [`FromRegex`](crate::text::FromRegex), it is the number of the match.
    ///
    /// ```
    /// use numio::text::LoadTxt;
    ///
    /// let error = LoadTxt::new().delimiter(",").parse("# x, y\n1,2\n3,four\n").unwrap_err();
    /// assert_eq!((error.row(), error.column()), (Some(2), Some(2)));
    /// ```
    pub fn row(&self) -> Option<u64> {
        self.inner.cause.cell().0
    }

    /// The column of a text at which it happened, where that is known. Columns count from 1. Of
    /// [`FromRegex`](crate::text::FromRegex), it is the number of the group.
    pub fn column(&self) -> Option<usize> {
        self.inner.cause.cell().1
    }

    /// The operating system's error, where there is one.
    pub fn io_error(&self) -> Option<&io::Error> {
        self.inner.cause.io_error()
    }

    /// The class of the exception that NumPy raises for it, where the kind does not tell that.
    ///
    /// ```
    /// use numio::text::LoadTxt;
    /// use numio::{DType, ExceptionClass};
    ///
    /// let dtype = DType::parse("i4,f8")?;
    /// let error = LoadTxt::new().dtype(dtype).usecols([0]).parse("1 2").unwrap_err();
    /// assert_eq!(error.exception(), Some(ExceptionClass::Type));
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn exception(&self) -> Option<ExceptionClass> {
        self.inner.cause.exception()
    }

    /// The sentence alone: what was found and what was wanted, without the location.
    pub fn message(&self) -> String {
        escape_controls(&redact_urls(&self.inner.cause.to_string())).into_owned()
    }

    /// Puts text and a colon before the sentence. The kind and the causes stay.
    ///
    /// ```
    /// use numio::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::InvalidData, "no number").with_context("line 3").with_path("a.txt");
    /// assert_eq!(error.to_string(), "a.txt: line 3: no number");
    /// assert_eq!(error.kind(), ErrorKind::InvalidData);
    /// ```
    #[must_use]
    pub fn with_context(self, words: impl Into<String>) -> Self {
        self.wrapped(|context| context.words = Some(words.into()))
    }

    /// The same fault where it is of another kind: what is the caller's fault elsewhere may be the file's here.
    #[must_use]
    pub(crate) fn with_kind(self, kind: ErrorKind) -> Self {
        if self.kind() == kind { self } else { self.wrapped(|context| context.kind = Some(kind)) }
    }

    /// The same fault as one of what contains the array.
    #[must_use]
    pub(crate) fn with_container(self, container: Container) -> Self {
        self.wrapped(|context| context.container = Some(container))
    }

    fn wrapped(mut self, change: impl FnOnce(&mut ErrorContext)) -> Self {
        let cause = std::mem::replace(&mut self.inner.cause, Box::new(Nothing));
        let mut context = ErrorContext { words: None, kind: None, container: None, cause };
        change(&mut context);
        self.inner.cause = Box::new(context);
        self
    }

    /// Names the file. The innermost name wins.
    #[must_use]
    pub fn with_path(mut self, path: impl AsRef<Path>) -> Self {
        self.inner.path.get_or_insert_with(|| path.as_ref().to_path_buf());
        self
    }

    /// Names the member of an archive. The innermost name wins.
    #[must_use]
    pub fn with_member(mut self, member: &str) -> Self {
        self.inner.member.get_or_insert_with(|| member.to_owned());
        self
    }

    /// Says at which byte; an offset that is already known stays.
    #[must_use]
    pub fn with_offset(mut self, offset: u64) -> Self {
        self.inner.offset.get_or_insert(offset);
        self
    }

    /// As [`with_offset`](Self::with_offset).
    #[must_use]
    pub(crate) fn at(self, offset: u64) -> Self {
        self.with_offset(offset)
    }

    /// Gives the offset another meaning, or forgets it.
    #[must_use]
    pub(crate) fn relocated(mut self, to: impl FnOnce(u64) -> Option<u64>) -> Self {
        self.inner.offset = self.inner.offset.and_then(to);
        self
    }

    /// Moves the offset, known relative to a part, by the offset of that part.
    #[must_use]
    pub fn shifted(self, base: u64) -> Self {
        self.moved(|offset| offset.saturating_add(base))
    }

    /// Makes the offset, if one is known, another.
    #[must_use]
    pub(crate) fn moved(mut self, place: impl FnOnce(u64) -> u64) -> Self {
        self.inner.offset = self.inner.offset.map(place);
        self
    }
}

impl<C: Cause> From<C> for Error {
    fn from(cause: C) -> Self {
        Self { inner: Box::new(Inner { cause: Box::new(cause), path: None, member: None, offset: None }) }
    }
}

/// An error of this crate that was passed through `std::io` comes out as it went in.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        error.downcast::<Self>().unwrap_or_else(|error| Self::from(Os(error)))
    }
}

/// For implementations of traits whose errors are `std::io`'s: it comes out of them as it went in.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { cause, path, member, offset } = &*self.inner;
        // Callers quote names and texts of files; none of them may steer a terminal.
        let mut out = Escaping(f);
        if let Some(path) = path {
            write!(out, "{}: ", redact_urls(&path.to_string_lossy()))?;
        }
        if let Some(member) = member {
            write!(out, "member {member}: ")?;
        }
        if let Some(offset) = offset {
            write!(out, "byte {offset}: ")?;
        }
        write!(out, "{}", redact_urls(&cause.to_string()))
    }
}

/// A text in which URLs are without what they keep secret: the query, which is the signature of a signed URL, and the password.
/// Errors print URLs so.
///
/// ```
/// let text = numio::redact_urls("GET https://me:pw@host/x.npy?X-Amz-Signature=1f: no answer");
/// assert_eq!(text, "GET https://me:…@host/x.npy?…: no answer");
/// ```
pub fn redact_urls(text: &str) -> Cow<'_, str> {
    const SCHEME_END: &str = "://";
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(SCHEME_END) {
        let (scheme, after) = rest.split_at(at + SCHEME_END.len());
        let is_end = |char: char| char.is_whitespace() || matches!(char, '"' | '\'' | '<' | '>' | '`');
        let (url, later) = after.split_at(after.find(is_end).unwrap_or(after.len()));
        // What ends a clause is not part of the URL.
        let (url, end) = url.split_at(url.trim_end_matches([':', ',', ';', ')', '.']).len());
        let host_end = url.find(['/', '?']).unwrap_or(url.len());
        let (host, path) = url.split_at(host_end);
        shown.push_str(scheme);
        match host.rsplit_once('@') {
            Some((user, host)) => {
                let name = user.split_once(':').map(|(name, _)| format!("{name}:…"));
                let is_web = scheme.ends_with("http://") || scheme.ends_with("https://");
                // Elsewhere a name before the host is that of a container.
                let user = name.unwrap_or_else(|| if is_web { "…".to_owned() } else { user.to_owned() });
                shown.extend([user.as_str(), "@", host]);
            }
            None => shown.push_str(host),
        }
        match path.split_once('?') {
            Some((path, query)) if !query.starts_with('…') => shown.extend([path, "?…"]),
            _ => shown.push_str(path),
        }
        shown.push_str(end);
        rest = later;
    }
    if rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// Writes text on, with its controls escaped.
struct Escaping<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_str(&escape_controls(text))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.kind())
    }
}

/// The message has all that is known, including the operating system's message. So the source is the cause of that:
/// reports that print an error and its sources, one after another, say nothing twice.
impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner.cause.source()
    }
}

/// A fault, and what is said of it by who met it on its way.
#[derive(Debug)]
struct ErrorContext {
    /// Before the sentence.
    words: Option<String>,
    kind: Option<ErrorKind>,
    container: Option<Container>,
    cause: Box<dyn Cause>,
}

impl Cause for ErrorContext {
    fn kind(&self) -> ErrorKind {
        self.kind.unwrap_or_else(|| self.cause.kind())
    }

    fn container(&self) -> Option<Container> {
        self.container.or_else(|| self.cause.container())
    }

    fn exception(&self) -> Option<ExceptionClass> {
        self.cause.exception()
    }

    fn io_error(&self) -> Option<&io::Error> {
        self.cause.io_error()
    }

    fn cell(&self) -> (Option<u64>, Option<usize>) {
        self.cause.cell()
    }

    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.source()
    }
}

impl fmt::Display for ErrorContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(words) = &self.words {
            write!(f, "{words}: ")?;
        }
        self.cause.fmt(f)
    }
}

/// Placeholder for a cause while it is moved.
#[derive(Debug)]
struct Nothing;

impl Cause for Nothing {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidData
    }
}

impl fmt::Display for Nothing {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

#[derive(Debug)]
struct Os(io::Error);

impl Cause for Os {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Io
    }

    fn io_error(&self) -> Option<&io::Error> {
        Some(&self.0)
    }
}

impl fmt::Display for Os {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.kind() {
            // The standard library's words for it are about a buffer.
            io::ErrorKind::UnexpectedEof if self.0.get_ref().is_none() => {
                f.write_str("ends too early: was it cut off meanwhile?")
            }
            _ => self.0.fmt(f),
        }
    }
}

/// An error of [`numio_pickle`], as one of the pickle in a file.
#[derive(Debug)]
struct Pickle(numio_pickle::Error);

impl Cause for Pickle {
    fn kind(&self) -> ErrorKind {
        match self.0.kind() {
            numio_pickle::ErrorKind::Io => ErrorKind::Io,
            numio_pickle::ErrorKind::EndOfStream => ErrorKind::EndOfStream,
            numio_pickle::ErrorKind::Unsupported => ErrorKind::Unsupported,
            numio_pickle::ErrorKind::LimitExceeded => ErrorKind::LimitExceeded,
            numio_pickle::ErrorKind::NotAllowed => ErrorKind::NotAllowed,
            numio_pickle::ErrorKind::InvalidInput => ErrorKind::InvalidInput,
            numio_pickle::ErrorKind::NotFound => ErrorKind::NotFound,
            numio_pickle::ErrorKind::Encoding => ErrorKind::Encoding,
            numio_pickle::ErrorKind::Cancelled => ErrorKind::Cancelled,
            _ => ErrorKind::InvalidData,
        }
    }

    fn container(&self) -> Option<Container> {
        self.0.is_pickle_fault().then_some(Container::Pickle)
    }

    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.0)
    }
}

impl fmt::Display for Pickle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message())
    }
}

/// Kind, offset and cause stay. An error of this crate that was passed through [`numio_pickle`] comes out as it went in.
impl From<numio_pickle::Error> for Error {
    fn from(error: numio_pickle::Error) -> Self {
        let (offset, op) = (error.offset(), error.opcode());
        let found = match error.downcast::<Self>() {
            Ok(found) => match op {
                Some(op) => found.with_context(op),
                None => found,
            },
            Err(error) => match error.into_io_error() {
                Ok(error) => Self::from(error),
                Err(error) => Self::from(Pickle(error)),
            },
        };
        match offset {
            Some(offset) => found.at(offset),
            None => found,
        }
    }
}

/// For implementations of the traits of [`numio_pickle`]: it comes out of them as it went in.
impl From<Error> for numio_pickle::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::Io | ErrorKind::StaleFile => numio_pickle::ErrorKind::Io,
            ErrorKind::EndOfStream => numio_pickle::ErrorKind::EndOfStream,
            ErrorKind::InvalidData => numio_pickle::ErrorKind::InvalidData,
            ErrorKind::Unsupported => numio_pickle::ErrorKind::Unsupported,
            ErrorKind::LimitExceeded => numio_pickle::ErrorKind::LimitExceeded,
            ErrorKind::NotAllowed => numio_pickle::ErrorKind::NotAllowed,
            ErrorKind::InvalidInput => numio_pickle::ErrorKind::InvalidInput,
            ErrorKind::NotFound => numio_pickle::ErrorKind::NotFound,
            ErrorKind::Encoding => numio_pickle::ErrorKind::Encoding,
            ErrorKind::Cancelled => numio_pickle::ErrorKind::Cancelled,
        };
        Self::other(kind, error)
    }
}

#[derive(Debug)]
struct Message {
    kind: ErrorKind,
    text: String,
}

impl Cause for Message {
    fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_is_one_word_wide() {
        assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
    }

    #[test]
    fn errors_of_pickles_keep_kind_offset_and_cause() {
        let error = Error::from(numio_pickle::load(b"\x80\x04K\x01b.").unwrap_err());
        assert_eq!((error.kind(), error.offset()), (ErrorKind::InvalidData, Some(4)));
        assert_eq!(error.container(), Some(Container::Pickle));
        assert_eq!(error.to_string(), "byte 4: BUILD: wants more items than the stack holds");
        let stop = || -> numio_pickle::Result<()> {
            let inner = io::Error::other(Outer(io::Error::other("someone took it")));
            Err(Error::from(inner).with_context("row 1").into())
        };
        let long = [vec![b'N'; 1 << 14], vec![b'.']].concat();
        let error = Error::from(numio_pickle::GraphLoader::new().checkpoint(stop).load(long).unwrap_err());
        assert_eq!(error.to_string(), "row 1: the disk is gone");
        assert_eq!((error.kind(), error.container()), (ErrorKind::Io, None));
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "someone took it");
        let error = Error::from(numio_pickle::Error::from(io::Error::from(io::ErrorKind::OutOfMemory)));
        assert_eq!(error.io_error().unwrap().kind(), io::ErrorKind::OutOfMemory);
    }

    #[test]
    fn a_file_that_ends_early_is_said_to() {
        let mut buffer = [0; 2];
        let found = io::Read::read_exact(&mut &b"a"[..], &mut buffer).unwrap_err();
        for early in [found, io::ErrorKind::UnexpectedEof.into()] {
            let error = Error::from(early).with_path("a.npy");
            assert_eq!(error.to_string(), "a.npy: ends too early: was it cut off meanwhile?");
            assert_eq!(error.io_error().unwrap().kind(), io::ErrorKind::UnexpectedEof);
        }
        let error = Error::from(io::Error::new(io::ErrorKind::UnexpectedEof, "no more rows"));
        assert_eq!(error.to_string(), "no more rows");
    }

    #[test]
    fn error_passes_through_io_errors_unchanged() {
        let error = Error::new(ErrorKind::LimitExceeded, "too much").with_offset(3);
        let error = Error::from(io::Error::other(error));
        assert_eq!((error.kind(), error.offset()), (ErrorKind::LimitExceeded, Some(3)));
        assert_eq!(Error::from(io::Error::other("disk")).kind(), ErrorKind::Io);
    }

    #[derive(Debug)]
    struct Outer(io::Error);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the disk is gone")
        }
    }

    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn context_keeps_kind_container_and_causes() {
        let error = Error::from(io::Error::other(Outer(io::Error::other("someone took it"))));
        let error =
            error.with_offset(3).with_context("line 3").with_container(Container::Pickle).with_path("a");
        assert_eq!(error.to_string(), "a: byte 3: line 3: the disk is gone");
        assert_eq!((error.kind(), error.container()), (ErrorKind::Io, Some(Container::Pickle)));
        assert!(error.io_error().unwrap().get_ref().unwrap().is::<Outer>());
        assert_eq!(error.with_kind(ErrorKind::InvalidData).kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn a_chain_of_sources_says_nothing_twice() {
        let error =
            Error::from(io::Error::other(Outer(io::Error::other("someone took it")))).with_context("row 1");
        let mut chain = vec![error.to_string()];
        let mut next = std::error::Error::source(&error);
        while let Some(source) = next {
            chain.push(source.to_string());
            next = source.source();
        }
        assert_eq!(chain, ["row 1: the disk is gone", "someone took it"]);
        let error = Error::from(io::Error::from_raw_os_error(2));
        assert!(std::error::Error::source(&error).is_none() && error.io_error().is_some());
    }

    #[test]
    fn error_with_context_reads_outermost_first() {
        let error = Error::new(ErrorKind::InvalidData, "expected a tuple of integers, found 'x'")
            .with_offset(4)
            .shifted(6);
        let error = error.with_member("w.npy").with_path("a.npz").with_path("outer");
        assert_eq!(
            error.to_string(),
            "a.npz: member w.npy: byte 10: expected a tuple of integers, found 'x'"
        );
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert_eq!(error.offset(), Some(10));
    }

    #[test]
    fn urls_are_shown_without_what_is_secret() {
        for (text, shown) in [
            ("no URL, though ? and : // are in it", "no URL, though ? and : // are in it"),
            ("s3://bucket/x.npy", "s3://bucket/x.npy"),
            ("https://h/x.npy?sig=a%2Fb&x=1", "https://h/x.npy?…"),
            ("https://h/x.npy?…:w[0]", "https://h/x.npy?…:w[0]"),
            ("https://h?sig=a: 403, https://h/y?b=c.", "https://h?…: 403, https://h/y?…."),
            ("send (http://h:80/x?sig=a)", "send (http://h:80/x?…)"),
            ("url='https://me:pw@h/x?y'", "url='https://me:…@h/x?…'"),
            ("https://token@h/x", "https://…@h/x"),
            (
                "abfss://container@account.dfs.core.windows.net/x",
                "abfss://container@account.dfs.core.windows.net/x",
            ),
            ("s3://h/a b?c", "s3://h/a b?c"),
        ] {
            assert_eq!(redact_urls(text), shown);
            assert_eq!(redact_urls(shown), shown);
            let error = Error::new(ErrorKind::InvalidData, format!("{text} !")).with_path(text);
            assert_eq!(error.to_string(), format!("{shown}: {shown} !"));
            assert_eq!(error.message(), format!("{shown} !"));
        }
    }
}
