//! Findings of an audit in one file and its nested content.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use numio::npy::Header;
use numio::npy::header::MAGIC;
use numio::npz::{MemberInfo, Method as ZipMethod};
use numio::pickle::{self, Action, AuditBudget, Finding, Verdict as Trust};
use numio::{FileFormat, NpzArchive};

use super::codec::{self, WholeFileCodec};
use super::extent::{ArrayExtent, ends_archive, file_ends_archive, file_is_tar, holds_directory};
use super::shelf::{self, ValueRanges};
use super::tar;
use super::walk::Candidate;
use crate::failure::advice;
use crate::open::{Found, Opening};

/// Maximum depth of archives within archives, and pickles within pickles, that are looked into.
const MOST_NESTED: usize = 8;

/// The blocks of a database in which each value starts one.
const BLOCK: usize = 512;

/// Maximum bytes of nested and compressed content on all levels together, on top of 24 for each byte of the file.
const FREE_BYTES: u64 = 16 << 20;

/// The number of bytes that take as long as to begin with a string, which may have fewer.
const LOOK: u64 = 64;

/// Maximum bytes of compressed content within a file, on top of one for each of the file.
const FREE_COMPRESSED: u64 = 1 << 20;

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
    /// Bytes left of compressed content within the file, which is decompressed.
    compressed_left: u64,
    /// True if a directory tells where the values of a shelf are.
    has_ranges: bool,
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
    /// The bytes of this one in `range`.
    fn sub(&self, range: Range<usize>) -> Self {
        let at = |offset: usize| self.range.start.saturating_add(offset).min(self.range.end);
        Self { whole: Arc::clone(&self.whole), range: at(range.start)..at(range.end) }
    }

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
            compressed_left: FREE_COMPRESSED,
            has_ranges: false,
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
                let part = bytes.into();
                let ranges = shelf::ranges(&file.input, len);
                if !subject.look_by_ranges("", &part, MOST_NESTED, is_meant, ranges) {
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
        self.compressed_left = len.saturating_add(FREE_COMPRESSED);
        self.budget = AuditBudget::for_len(len);
    }

    /// The worst verdict of all findings.
    pub(super) fn verdict(&self) -> Trust {
        let broken = if self.is_broken || !self.is_read { Trust::NeedsTrust } else { Trust::DataOnly };
        self.findings.iter().map(|(_, finding)| finding.verdict).fold(broken, Trust::max)
    }

    /// Handles files that need not be read whole: numbers with nothing after them, archives with nothing before them. Neither is if it is
    /// a tar archive as well, with the header of its first member between the other's own parts.
    fn is_done_by_head(&mut self, file: &Candidate, opening: &Opening) -> bool {
        if !file.input.is_file() || file_is_tar(&file.input) || shelf::ranges(&file.input, 0).is_some() {
            return false;
        }
        match opening.head(&file.input) {
            Ok(Found::Npy(head)) => {
                let data = head.data_bytes().and_then(|data| head.data_offset.checked_add(data));
                // Readers of archives find one at the end of the elements, too.
                data.is_some() && data == head.file_bytes && !file_ends_archive(&file.input)
            }
            Ok(Found::Npz { archive, file_bytes }) => {
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

    /// Charges for decompressing bytes, of which so many have not been paid for: there may be a stream, and a decoder to set up, every few
    /// bytes. `false`, after a complaint, if the budget is exceeded.
    fn affords_decoder(&mut self, member: &str, codec: WholeFileCodec, bytes: &[u8], unpaid: u64) -> bool {
        let had_some = self.compressed_left > 0;
        let setup = codec.setup().saturating_mul(codec.streams(bytes));
        let left = self.compressed_left.checked_sub(unpaid.saturating_add(setup));
        self.compressed_left = left.unwrap_or(0);
        if left.is_none() && had_some {
            self.pass_over(
                member,
                "more is compressed in the file than its size justifies: not looked into, nor what follows",
            );
        }
        left.is_some()
    }

    /// Examines `part`: consecutive arrays, archives and pickles, compressed or not. Unless it `is_meant` to be loaded,
    /// it need not contain any; returns `false` then.
    fn look(&mut self, member: &str, part: &Part, nested: usize, is_meant: bool) -> bool {
        let bytes = part.as_ref();
        let before = self.errors.len();
        // The first bytes do not rule out other formats: an archive may follow a pickle, and a tar archive start as anything.
        let archive = ends_archive(bytes).then(|| NpzArchive::from_bytes(part.clone()));
        let is_zip = bytes.starts_with(b"PK");
        let mut is_something = tar::is_tar(bytes);
        if is_something {
            self.tar(member, part, nested);
        }
        match &archive {
            Some(Ok(archive)) => {
                self.members(member, archive, nested);
                is_something = true;
            }
            // A directory without these bytes is none to any reader.
            Some(Err(error)) if is_zip || holds_directory(bytes) => {
                self.unreadable(member, error);
                is_something = true;
            }
            _ => {}
        }
        if archive.is_some() && is_something && is_zip {
            return true;
        }
        if let Some(name) = codec::closed(bytes) {
            self.pass_over(
                member,
                &format!("compressed by {name}, which numio does not open: not looked into"),
            );
            return true;
        }
        if let Some(codec) = WholeFileCodec::of(bytes)
            && let Some(is_loadable) = self.compressed(member, codec, bytes, nested, is_meant)
        {
            // Some start as a pickle may.
            let is_item = codec.is_guess() && self.items(member, part, nested, false);
            return is_loadable || is_something || is_item;
        }
        is_something |= self.items(member, part, nested, is_meant && !is_something);
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

    /// Examines consecutive arrays and pickles from the first byte on; returns whether there is any. The first is looked for in any
    /// case if it `is_meant` to be there.
    fn items(&mut self, member: &str, part: &Part, nested: usize, is_meant: bool) -> bool {
        let bytes = part.as_ref();
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let taken = if rest.starts_with(&MAGIC) { self.npy(member, part, at, nested) } else { None };
            // Bytes after the first item in a file need not be another item.
            let taken = taken.or_else(|| self.pickles(member, part, at, nested, is_meant && at == 0));
            let Some(taken) = taken.filter(|taken| *taken > 0) else { break };
            at += taken;
            // Databases of pickles fill each up to the length of a block, as Python's `dbm.dumb` does. Where their directory is at hand,
            // it tells more: values that were longer once have left something behind them.
            let next = at.checked_next_multiple_of(BLOCK).unwrap_or(at);
            if !self.has_ranges && bytes.get(at..next).is_some_and(|gap| gap.iter().all(|byte| *byte == 0)) {
                at = next;
            }
        }
        at > 0
    }

    fn members(&mut self, outer: &str, archive: &NpzArchive, nested: usize) {
        for (at, info) in archive.members().enumerate() {
            let name = inside(outer, info.name);
            let ranges = self.ranges_in(archive, info.name, info.size);
            // Arrays of numbers need not be looked into, unless something follows them.
            if ranges.is_none()
                && let Ok(Some(header)) = archive.by_index(at).and_then(|member| member.header())
                && !header.dtype().has_objects()
                && let Some(data) = data_bytes(&header)
                && info.size <= data.saturating_add(MOST_HEADER)
                && self.is_array_alone(&name, archive, at, &info)
            {
                continue;
            }
            if info.size == 0 {
                // Readers that go on to the end of the data would find what the directory denies.
                self.check_empty(&name, archive, at);
                continue;
            }
            if !self.affords(&name, info.size) {
                continue;
            }
            let Some(left) = self.deeper(&name, nested) else { continue };
            match archive.by_index(at).and_then(|member| member.bytes()) {
                // NumPy returns other members as bytes; a program may still load them.
                Ok(bytes) => {
                    self.look_by_ranges(&name, &bytes.into(), left, has_name(&name), ranges);
                }
                Err(error) => self.unreadable(&name, &error),
            }
        }
    }

    /// The ranges of the values in a member of an archive, if a directory of them is another member.
    fn ranges_in(&mut self, archive: &NpzArchive, name: &str, size: u64) -> Option<ValueRanges> {
        let directory = archive.by_name(&shelf::directory(name)?).ok()?;
        let most = shelf::most_text(size);
        if directory.info().size > most || !self.affords(name, directory.info().size) {
            return Some(ValueRanges::Odd("its directory is larger than itself"));
        }
        match directory.bytes() {
            Ok(text) => shelf::in_text(&text, most),
            Err(_) => Some(ValueRanges::Odd("its directory cannot be read")),
        }
    }

    /// Checks the CRC of an array of numbers: readers that do not look at it go on with other bytes than those that do. Returns
    /// `false` if something follows the elements.
    fn is_array_alone(&mut self, name: &str, archive: &NpzArchive, at: usize, info: &MemberInfo<'_>) -> bool {
        let is_paid = info.method == ZipMethod::Stored || self.pays_to_inflate(info.size);
        let mut extent = ArrayExtent::new(self.max_header, is_paid);
        let read = archive.by_index(at).and_then(|member| member.write_to(&mut extent));
        if extent.bytes().is_some_and(|bytes| bytes > info.size) {
            self.pass_over(name, "it ends before the elements that its header tells of");
        }
        if extent.bytes().is_none_or(|bytes| bytes != info.size) || extent.holds_archive() {
            return false;
        }
        if !is_paid {
            self.complain(name, "larger than what it is compressed to justifies: its CRC is not checked");
        } else if let Err(error) = read {
            self.unreadable(name, &error);
        }
        true
    }

    /// Checks the CRC of a member that the directory calls empty.
    fn check_empty(&mut self, name: &str, archive: &NpzArchive, at: usize) {
        if let Err(error) = archive.by_index(at).and_then(|member| member.verify()) {
            self.unreadable(name, &error);
        }
    }

    /// Charges for inflating numbers, which are not looked at.
    fn pays_to_inflate(&mut self, bytes: u64) -> bool {
        let left = self.inflated_left.checked_sub(bytes);
        self.inflated_left = left.unwrap_or(self.inflated_left);
        left.is_some()
    }

    /// As [`look`](Self::look), and of a shelf also at the values, wherever its directory tells that they are.
    fn look_by_ranges(
        &mut self,
        member: &str,
        part: &Part,
        nested: usize,
        is_meant: bool,
        ranges: Option<ValueRanges>,
    ) -> bool {
        let had_ranges = std::mem::replace(&mut self.has_ranges, ranges.is_some());
        let mut is_something = self.look(member, part, nested, is_meant);
        self.has_ranges = had_ranges;
        let ranges = match ranges {
            None => Vec::new(),
            Some(ValueRanges::Known(ranges)) => ranges,
            Some(ValueRanges::Odd(why)) => {
                self.pass_over(member, &format!("a shelf that is not looked into as a whole: {why}"));
                return true;
            }
        };
        for range in ranges {
            let value = part.sub(range.clone());
            let name = inside(member, &format!("(value at {})", range.start));
            if !self.affords(&name, value.as_ref().len() as u64 + LOOK) {
                return true;
            }
            let Some(left) = self.deeper(&name, nested) else { return true };
            is_something |= self.look(&name, &value, left, false);
        }
        is_something
    }

    fn tar(&mut self, outer: &str, part: &Part, nested: usize) {
        let mut directories = HashMap::new();
        for found in tar::members(part.as_ref()) {
            if let tar::TarEntry::Member(name, range) = found
                && name.ends_with(".dir")
            {
                directories.insert(name, range);
            }
        }
        for found in tar::members(part.as_ref()) {
            let (own_name, range) = match found {
                tar::TarEntry::Member(name, range) => (name, range),
                tar::TarEntry::Odd(why) => {
                    self.pass_over(
                        outer,
                        &format!("a tar archive that is not looked into as a whole: {why}"),
                    );
                    continue;
                }
            };
            let name = inside(outer, &own_name);
            if !self.affords(&name, range.len() as u64) {
                continue;
            }
            let Some(left) = self.deeper(&name, nested) else { continue };
            // Many members may have one name, and so one directory.
            let directory = shelf::directory(&own_name).and_then(|name| directories.get(&name));
            let ranges = match directory {
                Some(directory) if !self.affords(&name, directory.len() as u64) => continue,
                Some(directory) => {
                    let most = shelf::most_text(range.len() as u64);
                    shelf::in_text(part.sub(directory.clone()).as_ref(), most)
                }
                None => None,
            };
            self.look_by_ranges(&name, &part.sub(range), left, has_name(&name), ranges);
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
        codec: WholeFileCodec,
        bytes: &[u8],
        nested: usize,
        is_meant: bool,
    ) -> Option<bool> {
        let name = inside(member, &format!("({})", codec.name()));
        // The file as a whole is decompressed whatever its size.
        let unpaid = if nested < MOST_NESTED { bytes.len() as u64 } else { 0 };
        if !self.affords_decoder(&name, codec, bytes, unpaid) {
            return if codec.is_guess() { None } else { Some(true) };
        }
        let (plain, error) = codec.decompress(bytes, self.bytes_left);
        let is_certain = error.as_ref().is_none_or(|error| codec.is_certain(error));
        if plain.is_empty() && codec.is_guess() && (error.is_none() || !is_certain) {
            return None;
        }
        if !self.affords(&name, plain.len() as u64) {
            return Some(true);
        }
        let left = self.deeper(&name, nested);
        let is_meant = is_meant && is_certain;
        let is_loadable = left.is_some_and(|left| self.look(&name, &plain.into(), left, is_meant));
        match error {
            Some(error) if is_loadable || is_certain => {
                self.unreadable(&name, &error);
                Some(true)
            }
            Some(_) => None,
            None => Some(is_loadable),
        }
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
        // Bytes that were not looked at may be anything.
        let is_cut =
            found.fault.as_ref().is_some_and(|fault| fault.kind() == pickle::ErrorKind::LimitExceeded);
        if !is_meant && !is_pickle && !is_cut {
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
            shorten(&mut finding.name);
            self.findings.push((member.to_owned(), finding));
        }
        let taken = bytes.len().saturating_sub(usize::try_from(found.trailing).unwrap_or(usize::MAX));
        let pickles = bytes.get(..taken).unwrap_or_default();
        for (offset, string) in pickle::byte_strings(pickles) {
            if self.budget.steps == 0 {
                break;
            }
            let may_do = || {
                has_start(&string)
                    || string.iter().any(names_something)
                    || match WholeFileCodec::of(&string) {
                        Some(WholeFileCodec::Lzma) => starts_item_in_lzma(&string),
                        codec => codec.is_some(),
                    }
            };
            if string.len() < 4 || !may_do() {
                continue;
            }
            let name = inside(member, &format!("bytes at {}", at as u64 + offset));
            if !self.affords(&name, string.len() as u64 + LOOK) {
                break;
            }
            match nested.checked_sub(1) {
                Some(left) => drop(self.look(&name, &part.part(string), left, false)),
                None if has_start(&string) => drop(self.deeper(&name, 0)),
                None => {}
            }
        }
        Some(taken)
    }
}

/// Cuts off what is no name any more: a small file may become one of many megabytes.
fn shorten(name: &mut String) {
    const MOST: usize = 1000;

    if let Some((end, _)) = name.char_indices().nth(MOST) {
        name.truncate(end);
        name.push_str("...");
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
        || codec::closed(bytes).is_some()
        || ends_archive(bytes)
        || tar::is_tar(bytes)
}

/// Returns whether bytes that start as LZMA give something loadable, as far as a few of them tell. Of arrays of small numbers half
/// start so, and give nothing or what is none.
fn starts_item_in_lzma(bytes: &[u8]) -> bool {
    const ENOUGH: u64 = 64;

    let (plain, _) = WholeFileCodec::Lzma.decompress(bytes, ENOUGH);
    let mut instructions = pickle::Decoder::new(&plain);
    let is_pickle = instructions.by_ref().all(|instruction| instruction.is_ok());
    // The last one may be cut off here.
    let is_cut = || plain.get(instructions.offset()).and_then(|code| pickle::Op::of(*code)).is_some();
    !plain.is_empty() && (has_start(&plain) || is_pickle || is_cut())
}

/// Returns whether `bytes` start with a pickle's protocol.
fn is_marked(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80, 0..=5, ..])
}

/// Opcodes without which a pickle does nothing.
fn names_something(byte: &u8) -> bool {
    matches!(byte, b'c' | b'i' | b'P' | b'Q' | 0x82..=0x84 | 0x93)
}

/// Returns whether a file's name suggests that it is meant to be loaded.
fn has_name(name: &str) -> bool {
    const SUFFIXES: [&str; 10] =
        [".npy", ".npz", ".pkl", ".pickle", ".p", ".pk", ".pt", ".pth", ".joblib", ".dump"];
    let name = name.to_ascii_lowercase();
    SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}
