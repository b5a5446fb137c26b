//! `numio verify`: whether files are sound.

use std::ffi::OsString;
use std::io::Write;

use clap::Args;
use numio::npy::Header;
use numio::npy::header::MAGIC;
use numio::{Error, ErrorKind, Loaded, NpzArchive, Result};
use serde_json::json;

use crate::failure::{Failure, advice};
use crate::files::Walk;
use crate::open::{Found, Opening, data_bytes};
use crate::output::{Output, Verdict};
use crate::progress;
use crate::target::Input;
use crate::text;

/// Check that files are sound: structure, headers, sizes, and the CRC of every member
///
/// Prints one line for each file. The exit code is 1 if any is bad.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio verify x.npy y.npz
  numio verify data/*.npz && echo all is well
  numio verify --fix-crc results.npz

JSON: a list with an object for each file: file, ok, and text, what it is or what is wrong.")]
pub struct Verify {
    /// Files, directories or patterns; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<OsString>,
    /// Make the checksums of uncompressed members right first, after a process that wrote to them through a map was killed
    #[arg(long)]
    fix_crc: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    walk: Walk,
    #[command(flatten)]
    opening: Opening,
}

impl Verify {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let mut verdict = Verdict::Good;
        let mut rows = Vec::new();
        for input in self.walk.inputs(&self.files)? {
            let name = text::visible(&input.name());
            let found = check(&self.opening, &input, self.fix_crc).map_err(|error| {
                let message = error.to_string();
                let named = format!("{}: ", numio::escape_controls(&input.name()));
                advice(message.strip_prefix(&named).unwrap_or(&message)).into_owned()
            });
            if found.is_err() {
                verdict = Verdict::Bad;
            }
            if self.json {
                let is_sound = found.is_ok();
                let told = found.unwrap_or_else(|error| error);
                rows.push(json!({"file": input.name(), "ok": is_sound, "text": told}));
                continue;
            }
            match found {
                Ok(what) => writeln!(out, "{name}: ok, {what}")?,
                Err(error) => writeln!(out, "{name}: bad: {}", text::one_line(&error))?,
            }
            out.flush()?;
        }
        if self.json {
            serde_json::to_writer_pretty(out.json(), &rows).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        Ok(verdict)
    }
}

/// What a file is, in words, if it is sound.
pub(super) fn check(opening: &Opening, input: &Input, fix_crc: bool) -> Result<String> {
    let options = opening.lenient();
    if let Input::File(path) = input
        && path.is_file()
    {
        return match opening.head(input)? {
            Found::Npy(head) => {
                let file = head.file_bytes.unwrap_or_default();
                npy(&head.header, head.data_offset, file, || options.load(path))
            }
            Found::Npz { archive, .. } if fix_crc => {
                drop(archive);
                let fixed = numio::npz::fix_checksums(path)?;
                let what = npz(&NpzArchive::open(path)?)?;
                Ok(match fixed.is_empty() {
                    true => what,
                    false => format!("{what}, made the checksums right of {}", fixed.join(", ")),
                })
            }
            Found::Npz { archive, .. } => npz(&archive),
        };
    }
    if let Input::Url(_) = input {
        if fix_crc {
            let what = "--fix-crc writes to files on this machine";
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        return match opening.head(input)? {
            Found::Npy(head) => {
                let file = head.file_bytes.unwrap_or_default();
                npy(&head.header, head.data_offset, file, || options.from_slice(&input.read()?))
            }
            Found::Npz { archive, .. } => npz(&archive),
        };
    }
    let bytes = input.read()?;
    if bytes.starts_with(&MAGIC) {
        let (header, offset) = opening.header(&bytes)?;
        npy(&header, offset as u64, bytes.len() as u64, || options.from_slice(&bytes))
    } else {
        npz(&options.from_slice(&bytes)?.into_npz()?)
    }
}

fn npy(header: &Header, offset: u64, file: u64, load: impl FnOnce() -> Result<Loaded>) -> Result<String> {
    let what = format!("{} {}", header.dtype(), text::shape(header.shape()));
    let Some(data) = data_bytes(header) else {
        // Objects can only be checked by reading them.
        return load()?.into_array().map(|_| what);
    };
    let there = file.saturating_sub(offset);
    match there.checked_sub(data) {
        None => {
            let what = format!("the file ends here: expected {data} bytes of data, found {there}");
            Err(Error::new(ErrorKind::InvalidData, what).with_offset(file))
        }
        Some(0) => Ok(what),
        Some(more) => Ok(format!("{what}, {more} bytes follow")),
    }
}

fn npz(archive: &NpzArchive) -> Result<String> {
    let total = archive.members().map(|member| member.size).fold(0, u64::saturating_add);
    let bar = progress::bar(total);
    for (at, member) in archive.members().enumerate() {
        bar.set_message(text::visible(member.name));
        let header = archive.by_index(at).and_then(|member| member.verify())?;
        if header.is_some_and(|header| header.dtype().has_objects()) {
            drop(archive.by_index(at).and_then(|member| member.value())?);
        }
        bar.inc(member.size);
    }
    let members = if archive.len() == 1 { "member" } else { "members" };
    let note = text::foreign(archive).map_or(String::new(), |note| format!(", {note}"));
    Ok(format!("{} {members}, {}{note}", archive.len(), text::size(total)))
}
