//! Arguments as files: patterns, directories, and what is in them.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use glob::MatchOptions;
use numio::lazy::is_url;
use numio::pickle::Python2Encoding;
use numio::{Error, ErrorKind, FileFormat};

use crate::failure::Failure;
use crate::notes::complain;
use crate::open::{Opening, Subject};
use crate::output::Verdict;
use crate::target::{Input, Target};

/// How far to go into directories.
#[derive(Debug, Args)]
pub struct Walk {
    /// Descend into directories within directories
    #[arg(short, long)]
    pub recursive: bool,
}

impl Walk {
    /// The files and parts of files that arguments name. A pattern (`*`, `?`, `[a-z]`, `**`) that no file is called by is
    /// replaced by the files that match it, and a directory by the arrays and archives in it, by name.
    ///
    /// # Errors
    /// If a directory cannot be read, or has no arrays in it.
    pub fn targets(&self, arguments: &[OsString]) -> Result<Vec<Target>, Failure> {
        once(arguments.iter().map(|argument| Target::of(argument).input))?;
        let mut found = Vec::new();
        for argument in arguments {
            let path = Path::new(argument);
            if path.is_dir() {
                let before = found.len();
                let files = self.directory(path)?;
                found.extend(files.into_iter().map(|file| Target::new(Input::File(file), "")));
                if found.len() == before {
                    let below = if self.recursive { "" } else { "; -r looks into its directories too" };
                    let what = format!("no arrays in this directory{below}");
                    return Err(Error::new(ErrorKind::NotFound, what).with_path(path).into());
                }
                continue;
            }
            match matching(argument) {
                Some(targets) => found.extend(targets),
                None => found.push(Target::of(argument)),
            }
        }
        Ok(found)
    }

    /// As [`targets`](Self::targets), for arguments that name whole files.
    ///
    /// # Errors
    /// As [`targets`](Self::targets).
    pub fn inputs(&self, arguments: &[OsString]) -> Result<Vec<Input>, Failure> {
        once(arguments.iter().map(|argument| Input::of(argument)))?;
        let mut found = Vec::new();
        for argument in arguments {
            if !Path::new(argument).is_dir() && matching(argument).is_none() {
                found.push(Input::of(argument));
                continue;
            }
            let targets = self.targets(std::slice::from_ref(argument))?;
            found.extend(targets.into_iter().filter(Target::is_whole).map(|target| target.input));
        }
        Ok(found)
    }

    fn directory(&self, top: &Path) -> Result<Vec<PathBuf>, Failure> {
        let mut found = Vec::new();
        let mut left = vec![top.to_path_buf()];
        while let Some(directory) = left.pop() {
            let fault = |error: std::io::Error| Error::from(error).with_path(&directory);
            for entry in directory.read_dir().map_err(fault)? {
                let entry = entry.map_err(fault)?;
                // Links to directories could lead anywhere, and are not followed.
                match entry.file_type().map_err(fault)?.is_dir() {
                    true if self.recursive => left.push(entry.path()),
                    true => {}
                    false if is_array(&entry.path()) => found.push(entry.path()),
                    false => {}
                }
            }
        }
        found.sort_unstable();
        Ok(found)
    }
}

/// # Errors
/// `Usage` if standard input, which can be read once, is named twice.
pub fn once(inputs: impl Iterator<Item = Input>) -> Result<(), Failure> {
    match inputs.filter(|input| matches!(input, Input::Stdin)).count() {
        0 | 1 => Ok(()),
        _ => Err(Failure::Usage("- is named twice, and standard input is read once".to_owned())),
    }
}

/// Returns whether a regular file begins as an array or an archive, or is called so.
fn is_array(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    if path.extension().is_some_and(|suffix| suffix == "npy" || suffix == "npz") {
        return true;
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(6).read_to_end(&mut head));
    read.is_ok() && FileFormat::detect(&head) == FileFormat::Npy
}

/// The files that match a pattern, each with what follows the pattern; `None` where there is no pattern, or nothing matches.
pub fn matching(argument: &OsStr) -> Option<Vec<Target>> {
    let text = argument.to_str().filter(|text| text.contains(['*', '?', '[']) && !is_url(text))?;
    if Path::new(text).exists() || Target::of(argument).exists() {
        return None;
    }
    // The longest beginning that matches, as everywhere.
    let breaks = text.char_indices().filter(|(_, char)| matches!(char, '[' | ':'));
    let splits: Vec<(&str, &str)> = breaks.map(|(at, _)| text.split_at(at)).collect();
    for (pattern, rest) in std::iter::once((text, "")).chain(splits.iter().rev().copied()) {
        let files = expanded(pattern).into_iter().filter(|path| path.is_file());
        let found: Vec<Target> = files.map(|path| Target::new(Input::File(path), rest)).collect();
        if !found.is_empty() {
            return Some(found);
        }
    }
    None
}

/// The paths that a pattern matches, by name. As in shells, hidden ones only match where the pattern has their point, and `**`
/// follows no links to directories, which could lead back.
fn expanded(pattern: &str) -> Vec<PathBuf> {
    let found = |pattern: &str| {
        let paths = glob::glob(pattern).into_iter().flatten().filter_map(Result::ok);
        paths.filter(|path| is_shown(path, pattern)).collect::<Vec<_>>()
    };
    let stripped = pattern.strip_prefix("./").unwrap_or(pattern);
    let Some(deep) = stripped.split('/').position(|part| part == "**") else { return found(pattern) };
    let pattern = stripped;
    let Ok(whole) = glob::Pattern::new(pattern) else { return Vec::new() };
    let before = pattern.split('/').take(deep).collect::<Vec<_>>().join("/");
    let mut left = match (deep, before.is_empty()) {
        (0, _) => vec![PathBuf::new()],
        (_, true) => vec![PathBuf::from("/")],
        (_, false) => found(&before),
    };
    let options = MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let mut matched = Vec::new();
    while let Some(directory) = left.pop() {
        let named = if directory.as_os_str().is_empty() { Path::new(".") } else { &directory };
        let Ok(entries) = named.read_dir() else { continue };
        for entry in entries.filter_map(Result::ok) {
            let path = directory.join(entry.file_name());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                left.push(path);
            } else if whole.matches_path_with(&path, options) {
                matched.push(path);
            }
        }
    }
    matched.sort_unstable();
    matched.dedup();
    matched
}

/// Returns whether each hidden part of a path is one by the pattern that it matches, part by part.
fn is_shown(path: &Path, pattern: &str) -> bool {
    let hides = |part: &OsStr| part.as_encoded_bytes().first() == Some(&b'.');
    let parts = path.iter().rev().zip(Path::new(pattern).iter().rev());
    parts.into_iter().all(|(part, own)| !hides(part) || hides(own))
}

/// Complains about a file that is not what it should be, so that others are gone through as well.
///
/// # Errors
/// All others.
pub fn noted(done: Result<Verdict, Failure>, name: &str, verdict: &mut Verdict) -> Result<(), Failure> {
    match done {
        Ok(Verdict::Good) => Ok(()),
        Ok(worse) => {
            *verdict = worse;
            Ok(())
        }
        // Not where the output's reader went away, or the user stopped it.
        Err(failure @ Failure::Library(_)) if failure.code() == 1 => {
            complain(&failure.of(name));
            *verdict = Verdict::Bad;
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}

/// What to do with something: its file, its member (of an archive), and itself.
pub type Each<'a> = dyn FnMut(&str, Option<&str>, Subject) -> Result<Verdict, Failure> + 'a;

/// Opens what each argument names, and calls `each` with the name, the member (of an archive), and what it is. What cannot
/// be opened is told on standard error, and the others are gone through as well.
///
/// # Errors
/// Those of [`Walk::targets`]; wrong arguments; errors of output.
pub fn visit(
    arguments: &[OsString],
    walk: &Walk,
    opening: &Opening,
    each: &mut Each<'_>,
) -> Result<Verdict, Failure> {
    let mut verdict = Verdict::Good;
    let mut note = |done: Result<Verdict, Failure>, name: &str| noted(done, name, &mut verdict);
    for target in walk.targets(arguments)? {
        let name = target.name();
        match opening.subject(&target, Python2Encoding::Latin1) {
            Ok(Subject::Archive(archive)) => {
                for member in archive.names() {
                    let value = archive.get(member).and_then(Subject::of_member);
                    let done =
                        value.map_err(Failure::from).and_then(|subject| each(&name, Some(member), subject));
                    let done = done.map_err(|failure| match failure {
                        Failure::Library(error) => Failure::Library(error.with_member(member)),
                        other => other,
                    });
                    note(done, &target.input.name())?;
                }
            }
            subject => note(subject.and_then(|subject| each(&name, None, subject)), &target.input.name())?,
        }
    }
    Ok(verdict)
}
