//! `numio list`, `add`, `remove`, `rename` and `select`: the members of an archive.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use numio::npz::{Compression, Method, NpzWriter};
use numio::{Error, ErrorKind, FileFormat, NpzArchive};
use serde_json::json;

use super::ends::whole_array;
use super::pack::archive_writer;
use crate::convert::APPEND_WAIT;
use crate::failure::Failure;
use crate::files::{Walk, once};
use crate::interrupt;
use crate::notes::complain;
use crate::open::{Extent, Opening};
use crate::options::{CompressionArgs, OverwriteArgs};
use crate::output::{Output, Verdict};
use crate::progress;
use crate::store;
use crate::target::{Input, Target};
use crate::text;

/// Print the names of an archive's members
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio list x.npz
  numio list 'runs/*.npz'
  for name in $(numio list x.npz); do numio head \"x.npz:$name\"; done

Of several archives, names are printed as FILE:NAME. numio info says more of each member.

JSON: a list with an object for each archive: file, and members, a list of names.")]
pub struct List {
    /// Archives, directories or patterns; - is standard input
    #[arg(required = true, value_name = "ARCHIVE")]
    archives: Vec<OsString>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    walk: Walk,
    #[command(flatten)]
    opening: Opening,
}

impl List {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let mut targets = Vec::new();
        for argument in &self.archives {
            let found = self.walk.targets(std::slice::from_ref(argument))?;
            // Of a directory, or of what a pattern matches, the archives.
            let is_named = found.iter().all(|target| target.argument() == *argument);
            targets.extend(found.into_iter().filter(|target| is_named || !is_array(target)));
        }
        let mut verdict = Verdict::Good;
        let mut rows = Vec::new();
        for target in &targets {
            target.whole()?;
            match self.opening.archive(&target.input) {
                Ok(archive) => {
                    let names: Vec<&str> = archive.names().collect();
                    if self.json {
                        rows.push(json!({"file": target.name(), "members": names}));
                        continue;
                    }
                    for name in names {
                        let before = if targets.len() > 1 { target.name() + ":" } else { String::new() };
                        writeln!(out, "{}", text::visible(&format!("{before}{name}")))?;
                    }
                }
                Err(error) => {
                    out.flush()?;
                    complain(&Failure::from(error).of(&target.input.name()));
                    verdict = Verdict::Bad;
                }
            }
        }
        if self.json {
            serde_json::to_writer_pretty(out.json(), &rows).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        Ok(verdict)
    }
}

/// Returns whether a file begins as an array.
fn is_array(target: &Target) -> bool {
    let Input::File(path) = &target.input else { return false };
    // A pipe would be waited for.
    if !path.is_file() {
        return false;
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(6).read_to_end(&mut head));
    read.is_ok() && FileFormat::detect(&head) == FileFormat::Npy
}

/// Add arrays to an archive
///
/// The archive is made if it is not there. All arrays are added, or none. A member that is there is replaced only where
/// --force says so.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio add x.npz y.npy                   as member y
  numio add x.npz weights=run7/w.npy 'first=z.npy[0]'
  numio add --force x.npz w=new.npy       in place of a member w
  zcat w.npy.gz | numio add x.npz w=-")]
pub struct Add {
    /// The archive
    #[arg(value_name = "ARCHIVE")]
    archive: PathBuf,
    /// Files, members or slices, each named after itself unless a name is given; - is standard input
    #[arg(required = true, value_name = "[NAME=]A")]
    arrays: Vec<OsString>,
    #[command(flatten)]
    compression: CompressionArgs,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    #[command(flatten)]
    opening: Opening,
}

impl Add {
    pub fn run(&self) -> Result<Verdict, Failure> {
        store::refuse(&self.archive)?;
        if self.archive == Path::new("-") {
            let what = "-: members are added to a file: numio pack writes an archive to standard output";
            return Err(Failure::Usage(what.to_owned()));
        }
        let compression = self.compression.compression()?;
        let named: Vec<(String, Target)> =
            self.arrays.iter().map(|array| named(array)).collect::<Result<_, _>>()?;
        once(named.iter().map(|(_, target)| target.input.clone()))?;
        let mut seen = HashSet::new();
        if let Some((twice, _)) = named.iter().find(|(name, _)| !seen.insert(name.clone())) {
            return Err(Failure::Usage(format!("two arrays called {twice}: give one another name, NAME=A")));
        }
        let replaced = |archive: &NpzArchive| -> Vec<String> {
            named.iter().map(|(name, _)| name.clone()).filter(|name| archive.contains(name)).collect()
        };
        let old = match self.archive.exists() {
            true => Some(open(&self.opening, &self.archive)?),
            false => None,
        };
        let clashes = old.as_ref().map(replaced).unwrap_or_default();
        if let Some(name) = clashes.first().filter(|_| !self.overwrite.force) {
            let error = Error::new(ErrorKind::InvalidInput, "there already: --force replaces it");
            return Err(error.with_member(name).with_path(&self.archive).into());
        }
        let mut writer = match clashes.is_empty() {
            true => NpzWriter::append_within(&self.archive, APPEND_WAIT)?,
            false => {
                let writer = NpzWriter::rewrite_within(&self.archive, APPEND_WAIT)?;
                // Others may have added to it meanwhile.
                let old = open(&self.opening, &self.archive)?;
                copied(writer, &old, |name| {
                    (!clashes.iter().any(|clash| is_named(name, clash))).then(|| name.to_owned())
                })?
            }
        };
        writer.compression(compression);
        for (name, target) in &named {
            interrupt::check()?;
            let array = whole_array(&self.opening, target, Extent::All)
                .map_err(|failure| failure.of(&target.input.name()))?;
            writer.add(name, &array)?;
        }
        writer.finish()?;
        Ok(Verdict::Good)
    }
}

/// Remove members from an archive
///
/// The others stay as they are, and so does the archive if one of the names is not there.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio remove x.npz scratch
  numio remove x.npz run1 run2.npy")]
pub struct Remove {
    /// The archive
    #[arg(value_name = "ARCHIVE")]
    archive: PathBuf,
    /// The members, with or without .npy
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    opening: Opening,
}

impl Remove {
    pub fn run(&self) -> Result<Verdict, Failure> {
        store::refuse(&self.archive)?;
        let writer = NpzWriter::rewrite_within(&self.archive, APPEND_WAIT)?;
        let archive = open(&self.opening, &self.archive)?;
        for name in &self.names {
            check(&archive, name, &self.archive)?;
        }
        let stays = |name: &str| !self.names.iter().any(|removed| is_named(name, removed));
        copied(writer, &archive, |name| stays(name).then(|| name.to_owned()))?.finish()?;
        Ok(Verdict::Good)
    }
}

/// Rename a member of an archive
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio rename x.npz arr_0 weights")]
pub struct Rename {
    /// The archive
    #[arg(value_name = "ARCHIVE")]
    archive: PathBuf,
    /// The member, with or without .npy
    old: String,
    /// Its new name
    new: String,
    #[command(flatten)]
    opening: Opening,
}

impl Rename {
    pub fn run(&self) -> Result<Verdict, Failure> {
        store::refuse(&self.archive)?;
        let writer = NpzWriter::rewrite_within(&self.archive, APPEND_WAIT)?;
        let archive = open(&self.opening, &self.archive)?;
        check(&archive, &self.old, &self.archive)?;
        if archive.contains(&self.new) && !is_named(&self.old, &self.new) {
            let what = "there already: remove it first";
            let error = Error::new(ErrorKind::InvalidInput, what).with_member(&self.new);
            return Err(error.with_path(&self.archive).into());
        }
        let renamed = |name: &str| {
            if !is_named(name, &self.old) {
                return Some(name.to_owned());
            }
            let is_array = name.ends_with(".npy") && !self.new.ends_with(".npy");
            Some(if is_array { format!("{}.npy", self.new) } else { self.new.clone() })
        };
        copied(writer, &archive, renamed)?.finish()?;
        Ok(Verdict::Good)
    }
}

/// Copy members of an archive into another one
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio select x.npz weights bias -o small.npz")]
pub struct Select {
    /// The archive; - is standard input
    #[arg(value_name = "ARCHIVE")]
    archive: OsString,
    /// The members, with or without .npy, in the order that they will have
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// The archive to write; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    #[command(flatten)]
    opening: Opening,
}

impl Select {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let input = Input::of(&self.archive);
        let archive = self.opening.archive(&input).map_err(|error| Failure::from(error).of(&input.name()))?;
        let mut seen = HashSet::new();
        for name in &self.names {
            check(&archive, name, Path::new(&input.name()))?;
            if !seen.insert(name.strip_suffix(".npy").unwrap_or(name)) {
                return Err(Failure::Usage(format!("{name} is named twice")));
            }
        }
        let mut writer = archive_writer(&self.output, &self.overwrite, out)?;
        for name in &self.names {
            interrupt::check()?;
            let member = archive.by_name(name)?;
            writer.compression(compression(member.info().method));
            writer.add_bytes(member.info().name, &member.bytes()?)?;
        }
        writer.finish()?;
        Ok(Verdict::Good)
    }
}

fn open(opening: &Opening, path: &Path) -> Result<NpzArchive, Failure> {
    let archive = opening.archive(&Input::File(path.to_path_buf()));
    archive.map_err(|error| Failure::from(error).of(&path.display().to_string()))
}

/// Returns whether a member of this name is the one called so, with or without `.npy`.
fn is_named(member: &str, name: &str) -> bool {
    member == name || member.strip_suffix(".npy") == Some(name) || Some(member) == name.strip_suffix(".npy")
}

fn check(archive: &NpzArchive, name: &str, path: &Path) -> Result<(), Failure> {
    if archive.contains(name) {
        return Ok(());
    }
    let error = Error::new(ErrorKind::NotFound, "no such member: `numio list` names those that there are");
    Err(error.with_member(name).with_path(path).into())
}

/// Copies the members to which `name` gives a new name, their bytes as they are. Of several members of one name, the last
/// is copied, which NumPy reads.
fn copied(
    mut writer: NpzWriter<'static>,
    archive: &NpzArchive,
    name: impl Fn(&str) -> Option<String>,
) -> Result<NpzWriter<'static>, Failure> {
    let bar = progress::bar(archive.members().map(|member| member.size).fold(0, u64::saturating_add));
    for (at, member) in archive.members().enumerate() {
        interrupt::check()?;
        bar.set_message(text::visible(member.name));
        let is_read = archive.by_name(member.name).map(|found| found.index())? == at;
        if let Some(name) = name(member.name).filter(|_| is_read) {
            writer.compression(compression(member.method));
            writer.add_bytes(&name, &archive.by_index(at).and_then(|member| member.bytes())?)?;
        }
        bar.inc(member.size);
    }
    bar.finish_and_clear();
    Ok(writer)
}

/// The compression that writes members of this kind; what cannot be written is deflated.
fn compression(method: Method) -> Compression {
    match method {
        Method::Stored => Compression::Stored,
        Method::Zstd => Compression::Zstd(3),
        _ => Compression::Deflated,
    }
}

/// The name and the source of one argument. An existing file wins over a `NAME=`.
fn named(argument: &OsStr) -> Result<(String, Target), Failure> {
    let split = argument.to_str().and_then(|text| text.split_once('='));
    if let Some((name, array)) = split
        && !name.is_empty()
        && !Target::of(argument).exists()
    {
        return Ok((name.to_owned(), Target::of(array.as_ref())));
    }
    let target = Target::of(argument);
    let nameless = || Failure::Usage(format!("{}: give it a name: NAME=A", target.name()));
    if target.input == Input::Stdin {
        return Err(nameless());
    }
    if let Some(member) = target.member_named() {
        return Ok((member.to_owned(), target));
    }
    let path = PathBuf::from(target.input.file_name());
    let stem = if path.extension() == Some("npy".as_ref()) { path.file_stem() } else { path.file_name() };
    let name = stem.and_then(OsStr::to_str).map(str::to_owned).ok_or_else(nameless)?;
    Ok((name, target))
}
