//! Selection of the files to audit.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use numio::Error;

use crate::files::matching;
use crate::target::Input;

/// A file to look at, and whether it was named or found in a directory.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) input: Input,
    pub(super) is_named: bool,
    /// The reason it cannot be looked at.
    pub(super) error: Option<Error>,
}

impl Candidate {
    pub(super) fn name(&self) -> String {
        self.input.name()
    }
}

/// An entry found in a directory or named as an argument.
#[derive(Debug)]
pub(super) enum Entry {
    File(Candidate),
    /// Not a regular file: its path, and its kind.
    Skipped(PathBuf, &'static str),
}

/// The named files, and those in the named directories, by name. Links in directories are followed to files, but not
/// to directories, which could be anywhere.
pub(super) fn files(arguments: &[OsString]) -> Vec<Entry> {
    let mut found = Vec::new();
    for argument in arguments {
        let path = Path::new(argument);
        if path.is_dir() {
            descend(path, &mut found);
        } else {
            let named = |input| Entry::File(Candidate { input, is_named: true, error: None });
            match matching(argument) {
                Some(targets) => found.extend(targets.into_iter().map(|target| named(target.input))),
                None => found.push(named(Input::of(argument))),
            }
        }
    }
    found
}

fn descend(top: &Path, found: &mut Vec<Entry>) {
    let mut left = vec![top.to_path_buf()];
    while let Some(path) = left.pop() {
        let unreadable = |path: PathBuf, error: std::io::Error| {
            Entry::File(Candidate { input: Input::File(path), is_named: true, error: Some(error.into()) })
        };
        let kind = match path.symlink_metadata() {
            Ok(kind) => kind,
            Err(error) => {
                found.push(unreadable(path, error));
                continue;
            }
        };
        if kind.is_dir() || path == top {
            match path.read_dir().and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect()) {
                Ok(entries) => {
                    let mut entries: Vec<PathBuf> = entries;
                    entries.sort_unstable_by(|a, b| b.cmp(a));
                    left.extend(entries);
                }
                Err(error) => found.push(unreadable(path, error)),
            }
            continue;
        }
        let meant = if kind.is_symlink() { fs::metadata(&path).ok() } else { Some(kind) };
        found.push(match meant {
            Some(meant) if meant.is_file() => {
                Entry::File(Candidate { input: Input::File(path), is_named: false, error: None })
            }
            Some(meant) if meant.is_dir() => Entry::Skipped(path, "a link to a directory"),
            Some(_) => Entry::Skipped(path, "no regular file"),
            None => Entry::Skipped(path, "a link to nothing"),
        });
    }
}
