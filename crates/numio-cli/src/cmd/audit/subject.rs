//! Findings of an audit in one file and its nested content.

use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;
use std::sync::Arc;

use numio::compression::{Codec, decoder};
use numio::npy::Header;
use numio::npy::header::MAGIC;
use numio::npz::{MemberInfo, Method as ZipMethod};
use numio::pickle::{self, Action, AuditBudget, Finding, Verdict as Trust};
use numio::{FileFormat, Limits, NpzArchive};

use super::walk::Candidate;
use crate::failure::advice;
use crate::open::{Found, Opening};

/// Maximum depth of archives within archives, and pickles within pickles, that are looked into.
const MOST_NESTED: usize = 8;

/// Maximum bytes of nested and compressed content on all levels together, on top of 24 for each byte of the file.
const FREE_BYTES: u64 = 16 << 20;

/// The findings in one file.
#[derive(Debug)]
pub(super) struct Subject {
    /// Each with the member it is in: `a.npy`, or `inner.npz/a.npy`.
    pub(super) findings: Vec<(String, Finding)>,
    pub(super) errors: Vec<String>,
    /// True if everything in it could be looked at.
    pub(super) is_read: bool,
    is_broken: bool,
    /// Bytes left for nested content on all levels.
    bytes_left: u64,
    /// Bytes left of compressed arrays whose CRC is checked.
    inflated_left: u64,
    budget: AuditBudget,
    /// The longest header that is read.
    max_header: usize,
}

/// Bytes of a file, or of a part of it: parts share the memory of the whole.
#[derive(Debug, Clone)]
struct Part {
    whole: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        self.whole.get(self.range.clone()).unwrap_or_default()
    }
}

impl From<Vec<u8>> for Part {
    fn from(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Self { whole: Arc::new(bytes), range }
    }
}

impl Part {
    /// A part of this one, without a copy if `bytes` are borrowed from it.
    fn part(&self, bytes: Cow<'_, [u8]>) -> Self {
        let start = match &bytes {
            Cow::Borrowed(bytes) => (bytes.as_ptr() as usize).checked_sub(self.whole.as_ptr() as usize),
            Cow::Owned(_) => None,
        };
        let range = start.map(|start| start..start.saturating_add(bytes.len()));
        match range.filter(|range| self.whole.get(range.clone()).is_some_and(|found| *found == *bytes)) {
            Some(range) => Self { whole: Arc::clone(&self.whole), range },
            None => bytes.into_owned().into(),
        }
    }
}

impl Subject {
    /// `None` for a file found in a directory that holds nothing to load.
    pub(super) fn of(file: &Candidate, opening: &Opening) -> Option<Self> {
        let mut subject = Self {
            findings: Vec::new(),
            errors: Vec::new(),
            is_read: true,
            is_broken: false,
            bytes_left: FREE_BYTES,
            inflated_left: FREE_BYTES,
            budget: AuditBudget::for_len(0),
            max_header: opening.max_header_size(),
        };
        if let Some(error) = &file.error {
            subject.unreadable("", error);
            return Some(subject);
        }
        if subject.is_done_by_head(file, opening) {
            return Some(subject);
        }
        match file.input.read() {
            Ok(bytes) => {
                let len = bytes.len() as u64;
                subject.charge(len);
                let is_meant = file.is_named || has_name(&file.name());
                if !subject.look("", &bytes.into(), MOST_NESTED, is_meant) {
                    return None;
                }
            }
            Err(error) => subject.unreadable("", &error),
        }
        Some(subject)
    }

    /// Sets what a file of `len` bytes may cost.
    fn charge(&mut self, len: u64) {
        self.bytes_left = len.saturating_mul(24).saturating_add(FREE_BYTES);
        self.inflated_left = self.bytes_left;
        self.budget = AuditBudget::for_len(len);
    }

    /// The worst verdict of all findings.
    pub(super) fn verdict(&self) -> Trust {
        let broken = if self.is_broken || !self.is_read { Trust::NeedsTrust } else { Trust::DataOnly };
        self.findings.iter().map(|(_, finding)| finding.verdict).fold(broken, Trust::max)
    }

    /// Handles files that need not be read whole: numbers with nothing after them, archives with nothing before them.
    fn is_done_by_head(&mut self, file: &Candidate, opening: &Opening) -> bool {
        match file.input.is_file().then(|| opening.head(&file.input)) {
            Some(Ok(Found::Npy(head))) => {
                let data = head.data_bytes().and_then(|data| head.data_offset.checked_add(data));
                data.is_some() && data == head.file_bytes
            }
            Some(Ok(Found::Npz { archive, file_bytes })) => {
                let len = file_bytes.unwrap_or(0);
                self.charge(len);
                self.members("", &archive, MOST_NESTED);
                true
            }
            _ => false,
        }
    }

    fn unreadable(&mut self, member: &str, error: &numio::Error) {
        self.is_read = false;
        let place = error.offset().map_or(String::new(), |at| format!("byte {at}: "));
        self.complain(member, &advice(&format!("{place}{}", error.message())));
    }

    fn complain(&mut self, member: &str, why: &str) {
        let place = if member.is_empty() { String::new() } else { format!("member {member}: ") };
        self.errors.push(format!("{place}{why}"));
    }

    /// Reports that something is not looked into, and so not known to be data.
    fn pass_over(&mut self, member: &str, why: &str) {
        self.is_read = false;
        self.complain(member, why);
    }

    /// Charges for looking at nested bytes; `false`, after a complaint, if the budget is exceeded.
    fn affords(&mut self, member: &str, bytes: u64) -> bool {
        let left = self.bytes_left.checked_sub(bytes);
        self.bytes_left = left.unwrap_or(0);
        if left.is_none() {
            self.pass_over(member, "more is nested in the file than its size justifies: not looked into");
        }
        left.is_some()
    }

    /// Examines `part`: consecutive arrays, archives and pickles, compressed or not. Unless it `is_meant` to be loaded,
    /// it need not contain any; returns `false` then.
    fn look(&mut self, member: &str, part: &Part, nested: usize, is_meant: bool) -> bool {
        let bytes = part.as_ref();
        let before = self.errors.len();
        // The first bytes do not rule out other formats: an archive may follow a pickle.
        let archive = ends_archive(bytes).then(|| NpzArchive::from_bytes(part.clone()));
        let is_zip = bytes.starts_with(b"PK");
        let mut is_something = false;
        match &archive {
            Some(Ok(archive)) => {
                self.members(member, archive, nested);
                is_something = true;
            }
            Some(Err(error)) if is_zip => {
                self.unreadable(member, error);
                is_something = true;
            }
            _ => {}
        }
        if is_something && is_zip {
            return true;
        }
        if let Some((_, name)) = CLOSED.iter().find(|(magic, _)| bytes.starts_with(magic)) {
            self.pass_over(
                member,
                &format!("compressed by {name}, which numio does not open: not looked into"),
            );
            return true;
        }
        if let Some(method) = WholeFileCodec::of(bytes)
            && let Some(is_loadable) = self.compressed(member, method, bytes, nested, is_meant)
        {
            return is_loadable || is_something;
        }
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let taken = if rest.starts_with(&MAGIC) { self.npy(member, part, at, nested) } else { None };
            // Bytes after the first item in a file need not be another item.
            let is_meant = is_meant && at == 0 && !is_something;
            let taken = taken.or_else(|| self.pickles(member, part, at, nested, is_meant));
            let Some(taken) = taken.filter(|taken| *taken > 0) else { break };
            is_something = true;
            at += taken;
        }
        if bytes.is_empty() && is_meant {
            self.pass_over(member, "there is nothing in it");
        }
        let format = FileFormat::detect(bytes.get(..FileFormat::HEAD).unwrap_or(bytes));
        if (self.errors.len() > before || format == FileFormat::TorchLegacy)
            && let Some(advice) = format.advice()
        {
            // Only the words: it has been examined as what a pickle's reader would take it for.
            self.complain(member, &format!("it starts as {format} does: {advice}"));
        }
        is_something || is_meant
    }

    fn members(&mut self, outer: &str, archive: &NpzArchive, nested: usize) {
        for (at, info) in archive.members().enumerate() {
            let name = inside(outer, info.name);
            // Arrays of numbers need not be looked into, unless something follows them.
            if let Ok(Some(header)) = archive.by_index(at).and_then(|member| member.header())
                && !header.dtype().has_objects()
                && let Some(data) = data_bytes(&header)
                && info.size <= data.saturating_add(MOST_HEADER)
                && (info.size.saturating_sub(data)).is_multiple_of(64)
            {
                self.check(&name, archive, at, &info);
                continue;
            }
            if info.size == 0 {
                // Readers that go on to the end of the data would find what the directory denies.
                self.check(&name, archive, at, &info);
                continue;
            }
            if !self.affords(&name, info.size) {
                continue;
            }
            let Some(left) = self.deeper(&name, nested) else { continue };
            match archive.by_index(at).and_then(|member| member.bytes()) {
                // NumPy returns other members as bytes; a program may still load them.
                Ok(bytes) => {
                    self.look(&name, &bytes.into(), left, has_name(&name));
                }
                Err(error) => self.unreadable(&name, &error),
            }
        }
    }

    /// Checks the CRC of an array of numbers, or of nothing: readers that do not look at it go on with other bytes than those that
    /// do.
    fn check(&mut self, name: &str, archive: &NpzArchive, at: usize, info: &MemberInfo<'_>) {
        if info.method != ZipMethod::Stored {
            let Some(left) = self.inflated_left.checked_sub(info.size) else {
                self.complain(name, "larger than what it is compressed to justifies: its CRC is not checked");
                return;
            };
            self.inflated_left = left;
        }
        if let Err(error) = archive.by_index(at).and_then(|member| member.verify()) {
            self.unreadable(name, &error);
        }
    }

    /// The number of levels left below this one; `None`, after a complaint, at the deepest.
    fn deeper(&mut self, member: &str, nested: usize) -> Option<usize> {
        let left = nested.checked_sub(1);
        if left.is_none() {
            self.pass_over(member, "it is nested too deep to be looked into");
        }
        left
    }

    /// Examines content compressed as a whole; `None` if it only starts like that.
    fn compressed(
        &mut self,
        member: &str,
        method: WholeFileCodec,
        bytes: &[u8],
        nested: usize,
        is_meant: bool,
    ) -> Option<bool> {
        let mut plain = Vec::new();
        let most = self.bytes_left;
        let mut limits = Limits::default();
        limits.max_compression_ratio = u64::MAX;
        let read = match method.suffix() {
            Some(suffix) => decoder(bytes, format!("x.{suffix}"), &limits)
                .map_err(std::io::Error::other)
                .and_then(|decoder| decoder.take(most.saturating_add(1)).read_to_end(&mut plain)),
            None => {
                flate2::read::ZlibDecoder::new(bytes).take(most.saturating_add(1)).read_to_end(&mut plain)
            }
        };
        if plain.is_empty() && method.is_guess() {
            return None;
        }
        let name = inside(member, &format!("({})", method.name()));
        if !self.affords(&name, plain.len() as u64) {
            return Some(true);
        }
        let left = self.deeper(&name, nested);
        let is_loadable = left.is_some_and(|left| self.look(&name, &plain.into(), left, is_meant));
        if let Err(error) = read
            && (is_loadable || is_meant)
        {
            self.unreadable(&name, &numio::Error::from(error));
        }
        Some(is_loadable)
    }

    /// Examines an array at byte `at`, with its pickle if it has objects, and returns the number of bytes it takes.
    fn npy(&mut self, member: &str, part: &Part, at: usize, nested: usize) -> Option<usize> {
        let bytes = part.as_ref().get(at..).unwrap_or_default();
        let (header, start) = match Header::parse(bytes, self.max_header) {
            Ok(found) => found,
            Err(error) => {
                self.unreadable(member, &error);
                return Some(bytes.len());
            }
        };
        if header.dtype().has_objects() {
            return Some(start + self.pickles(member, part, at + start, nested, true).unwrap_or(0));
        }
        let data = data_bytes(&header).and_then(|data| usize::try_from(data).ok()).unwrap_or(usize::MAX);
        Some(start.saturating_add(data).min(bytes.len()))
    }

    /// Audits the pickles at byte `at`, and returns the number of bytes they take; `None` if they do nothing, unless
    /// one is meant to be there.
    fn pickles(
        &mut self,
        member: &str,
        part: &Part,
        at: usize,
        nested: usize,
        is_meant: bool,
    ) -> Option<usize> {
        let bytes = part.as_ref().get(at..).unwrap_or_default();
        let is_marked = is_marked(bytes);
        // A pickle without its usual start counts if it does something.
        if !is_meant && !is_marked && !bytes.iter().any(names_something) {
            return None;
        }
        let found = numio::audit_within(bytes, &mut self.budget);
        // A string that starts with a P is not a pickle that asks for an object.
        let does = |finding: &Finding| {
            !matches!(finding.action, Action::Import | Action::Ask) || finding.verdict == Trust::Dangerous
        };
        let is_pickle = match &found.fault {
            None => is_marked || !found.findings.is_empty(),
            Some(_) => found.findings.iter().any(does) || is_marked && !found.findings.is_empty(),
        };
        if !is_meant && !is_pickle {
            return None;
        }
        if let Some(fault) = found.fault {
            self.is_broken = true;
            let place =
                fault.offset().map_or(String::new(), |offset| format!("byte {}: ", at as u64 + offset));
            self.complain(member, &format!("{place}{}", fault.message()));
        }
        for mut finding in found.findings {
            finding.offset += at as u64;
            self.findings.push((member.to_owned(), finding));
        }
        let taken = bytes.len().saturating_sub(usize::try_from(found.trailing).unwrap_or(usize::MAX));
        let pickles = bytes.get(..taken).unwrap_or_default();
        for (offset, string) in pickle::byte_strings(pickles) {
            if string.len() < 4 || !(has_start(&string) || string.iter().any(names_something)) {
                continue;
            }
            let name = inside(member, &format!("bytes at {}", at as u64 + offset));
            if !self.affords(&name, string.len() as u64) {
                break;
            }
            match nested.checked_sub(1) {
                Some(left) => {
                    self.look(&name, &part.part(string), left, false);
                }
                None if has_start(&string) => drop(self.deeper(&name, 0)),
                None => {}
            }
        }
        Some(taken)
    }
}

fn inside(outer: &str, name: &str) -> String {
    if outer.is_empty() { name.to_owned() } else { format!("{outer}/{name}") }
}

/// The longest version 1 header: a member that exceeds its data by no more is not suspicious.
const MOST_HEADER: u64 = (1 << 16) + 10;

fn data_bytes(header: &Header) -> Option<u64> {
    let mut bytes = header.dtype().itemsize() as u64;
    for axis in header.shape() {
        bytes = bytes.checked_mul(*axis as u64)?;
    }
    Some(bytes)
}

/// Returns whether `bytes` start like something loadable: an array, an archive, a pickle of protocol 2 or later, or
/// one of them compressed.
fn has_start(bytes: &[u8]) -> bool {
    let compressed = WholeFileCodec::of(bytes).is_some_and(|method| !method.is_guess());
    bytes.starts_with(&MAGIC)
        || bytes.starts_with(b"PK\x03\x04")
        || is_marked(bytes)
        || compressed
        || CLOSED.iter().any(|(magic, _)| bytes.starts_with(magic))
        || ends_archive(bytes)
}

/// Returns whether `bytes` start with a pickle's protocol.
fn is_marked(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80, 0..=5, ..])
}

/// Opcodes without which a pickle does nothing.
fn names_something(byte: &u8) -> bool {
    matches!(byte, b'c' | b'i' | b'P' | b'Q' | 0x82..=0x84 | 0x93)
}

/// Returns whether there is an archive's end record within its maximum distance from the end: 64 KiB and a little.
fn ends_archive(bytes: &[u8]) -> bool {
    let tail = bytes.len().saturating_sub((1 << 16) + 22);
    bytes.get(tail..).is_some_and(|tail| tail.windows(4).any(|four| four == b"PK\x05\x06"))
}

/// Returns whether a file's name suggests that it is meant to be loaded.
fn has_name(name: &str) -> bool {
    const SUFFIXES: [&str; 10] =
        [".npy", ".npz", ".pkl", ".pickle", ".p", ".pk", ".pt", ".pth", ".joblib", ".dump"];
    let name = name.to_ascii_lowercase();
    SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// The first bytes of compressed files that numio does not open, and their method: joblib writes the first.
const CLOSED: [(&[u8], &str); 3] = [
    (&[0x04, 0x22, 0x4d, 0x18], "lz4"),
    (&[0x02, 0x21, 0x4c, 0x18], "lz4"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
];

/// Compression of a whole file, as joblib, pandas and people apply it to pickles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WholeFileCodec {
    Marked(Codec),
    /// The older LZMA format, which has no mark.
    Lzma,
    Zlib,
}

impl WholeFileCodec {
    /// Detects the codec by the first bytes.
    fn of(bytes: &[u8]) -> Option<Self> {
        if let Some(codec) = Codec::detect(bytes) {
            return Some(Self::Marked(codec));
        }
        match bytes {
            [0x5d, 0, 0, _, _, ..] => Some(Self::Lzma),
            [first @ 0x78, second, ..]
                if (u16::from(*first) << 8 | u16::from(*second)).is_multiple_of(31) =>
            {
                Some(Self::Zlib)
            }
            _ => None,
        }
    }

    /// Returns whether other files start like that as well.
    fn is_guess(self) -> bool {
        matches!(self, Self::Zlib | Self::Lzma | Self::Marked(Codec::Bzip2))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Marked(codec) => codec.name(),
            Self::Lzma => "lzma",
            Self::Zlib => "zlib",
        }
    }

    /// The suffix by which the library knows it.
    fn suffix(self) -> Option<&'static str> {
        match self {
            Self::Marked(codec) => Some(codec.suffix()),
            Self::Lzma => Some("lzma"),
            Self::Zlib => None,
        }
    }
}
