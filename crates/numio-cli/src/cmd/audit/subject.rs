//! What an audit finds in one file, and in what the file holds.

use numio::npy::Header;
use numio::npy::header::MAGIC;
use numio::pickle::{self, Finding, Verdict as Trust};
use numio::{Limits, NpzArchive};

use super::nested;
use super::walk::Candidate;
use crate::open::{Found, Opening};

/// How deep archives within archives, and pickles within pickles, are looked into.
const MOST_NESTED: usize = 8;

/// The findings in one file.
#[derive(Debug)]
pub(super) struct Subject {
    /// Each with the member it is in: `a.npy`, or `inner.npz/a.npy`.
    pub(super) findings: Vec<(String, Finding)>,
    pub(super) errors: Vec<String>,
    /// Whether everything in it could be looked at.
    pub(super) is_read: bool,
    is_broken: bool,
}

impl Subject {
    /// Nothing for a file of a directory that holds nothing to load.
    pub(super) fn of(file: &Candidate, opening: &Opening) -> Option<Self> {
        let mut subject = Self { findings: Vec::new(), errors: Vec::new(), is_read: true, is_broken: false };
        if subject.is_done_by_head(file, opening) {
            return Some(subject);
        }
        match file.input.read() {
            Ok(bytes) => {
                let wanted = file.is_named || nested::has_name(&file.name()) || nested::has_start(&bytes);
                if !wanted && pickle::audit(&bytes).fault.is_some() {
                    return None;
                }
                subject.look("", bytes, MOST_NESTED);
            }
            Err(error) => subject.unreadable("", &error),
        }
        Some(subject)
    }

    /// The worst of it all.
    pub(super) fn verdict(&self) -> Trust {
        let broken = if self.is_broken || !self.is_read { Trust::NeedsTrust } else { Trust::DataOnly };
        self.findings.iter().map(|(_, finding)| finding.verdict).fold(broken, Trust::max)
    }

    /// What need not be read whole: numbers with nothing behind them, and archives with nothing before them.
    fn is_done_by_head(&mut self, file: &Candidate, opening: &Opening) -> bool {
        match file.input.is_file().then(|| opening.head(&file.input)) {
            Some(Ok(Found::Npy(head))) => {
                let data = head.data_bytes().and_then(|data| head.data_offset.checked_add(data));
                data.is_some() && data == head.file_bytes
            }
            Some(Ok(Found::Npz { archive, .. })) => {
                self.members("", &archive, MOST_NESTED);
                true
            }
            _ => false,
        }
    }

    fn unreadable(&mut self, member: &str, error: &numio::Error) {
        self.is_read = false;
        let place = error.offset().map_or(String::new(), |at| format!("byte {at}: "));
        self.complain(member, &format!("{place}{}", error.message()));
    }

    fn complain(&mut self, member: &str, why: &str) {
        let place = if member.is_empty() { String::new() } else { format!("member {member}: ") };
        self.errors.push(format!("{place}{why}"));
    }

    /// Looks at what one after another stands in `bytes`: arrays, archives, pickles.
    fn look(&mut self, member: &str, bytes: Vec<u8>, nested: usize) {
        // What a file starts with does not say what else it is: an archive may stand behind a pickle.
        let archive =
            if nested::ends_archive(&bytes) { NpzArchive::from_bytes(bytes.clone()).ok() } else { None };
        if let Some(archive) = &archive {
            self.members(member, archive, nested);
        }
        if archive.is_some() && bytes.starts_with(b"PK") {
            return;
        }
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let taken = if rest.starts_with(&MAGIC) { self.npy(member, rest, at, nested) } else { None };
            let beyond = archive.is_some() || at > 0;
            let taken = taken.unwrap_or_else(|| self.pickles(member, rest, at, beyond, nested));
            if taken == 0 {
                break;
            }
            at += taken;
        }
    }

    fn members(&mut self, outer: &str, archive: &NpzArchive, nested: usize) {
        for (at, info) in archive.members().enumerate() {
            let name = inside(outer, info.name);
            // Arrays of numbers need no unpacking.
            if let Ok(Some(header)) = archive.header_at(at)
                && !header.dtype().has_objects()
            {
                continue;
            }
            match archive.bytes_at(at) {
                // NumPy hands out other members as bytes; a program may load them all the same.
                Ok(bytes) if nested::has_name(&name) || nested::is_loadable(&bytes) => {
                    self.within(&name, bytes, nested);
                }
                Ok(_) => {}
                Err(error) => self.unreadable(&name, &error),
            }
        }
    }

    /// Looks at what stands in something else.
    fn within(&mut self, member: &str, bytes: Vec<u8>, nested: usize) {
        match nested.checked_sub(1) {
            Some(left) => self.look(member, bytes, left),
            None => {
                self.is_read = false;
                self.complain(member, "it is nested too deep to be looked into");
            }
        }
    }

    /// An array at the start of `bytes`, and how many of them it takes. Nothing where its data are a pickle's turn.
    fn npy(&mut self, member: &str, bytes: &[u8], base: usize, nested: usize) -> Option<usize> {
        let (header, start) = match Header::parse(bytes, Limits::default().max_header_chars) {
            Ok(found) => found,
            Err(error) => {
                self.unreadable(member, &error);
                return Some(bytes.len());
            }
        };
        if header.dtype().has_objects() {
            let data = bytes.get(start..).unwrap_or_default();
            return Some(start + self.pickles(member, data, base + start, false, nested));
        }
        let elements: usize = header.shape().iter().product();
        Some(start.saturating_add(elements.saturating_mul(header.dtype().itemsize())).min(bytes.len()))
    }

    /// The pickles at the start of `bytes`, and how many of them they take. What is `beyond` the first thing in a file
    /// need not be one.
    fn pickles(&mut self, member: &str, bytes: &[u8], base: usize, beyond: bool, nested: usize) -> usize {
        let found = numio::audit(bytes);
        if beyond && found.findings.is_empty() && found.fault.is_some() {
            return 0;
        }
        if let Some(fault) = found.fault {
            self.is_broken = true;
            let place = fault.offset().map_or(String::new(), |at| format!("byte {}: ", base as u64 + at));
            self.complain(member, &format!("{place}{}", fault.message()));
        }
        for mut finding in found.findings {
            finding.offset += base as u64;
            self.findings.push((member.to_owned(), finding));
        }
        let taken = bytes.len() - found.trailing as usize;
        for (at, string) in pickle::byte_strings(bytes.get(..taken).unwrap_or_default()) {
            if nested::is_loadable(&string) {
                let name = inside(member, &format!("bytes at {}", base as u64 + at));
                self.within(&name, string.into_owned(), nested);
            }
        }
        taken
    }
}

fn inside(outer: &str, name: &str) -> String {
    if outer.is_empty() { name.to_owned() } else { format!("{outer}/{name}") }
}
