//! Which files an audit looks at.

use std::ffi::OsString;
use std::path::Path;

use crate::target::Input;

/// A file to look at, and whether it was named or found in a directory.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) input: Input,
    pub(super) is_named: bool,
}

impl Candidate {
    pub(super) fn name(&self) -> String {
        self.input.name()
    }
}

/// The files named, and those in the directories named, by name. Links in directories are not followed.
pub(super) fn files(arguments: &[OsString]) -> Vec<Candidate> {
    let mut found = Vec::new();
    for argument in arguments {
        let path = Path::new(argument);
        if path.is_dir() {
            // A directory that cannot be listed is reported like a file that cannot be read.
            descend(path, &mut found);
        } else {
            found.push(Candidate { input: Input::of(argument), is_named: true });
        }
    }
    found
}

fn descend(top: &Path, found: &mut Vec<Candidate>) {
    let mut left = vec![top.to_path_buf()];
    while let Some(path) = left.pop() {
        let Ok(kind) = path.symlink_metadata() else { continue };
        if kind.is_dir() || path == top {
            match path.read_dir() {
                Ok(entries) => {
                    let mut entries: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
                    entries.sort_unstable_by(|a, b| b.cmp(a));
                    left.extend(entries);
                }
                Err(_) => found.push(Candidate { input: Input::File(path), is_named: true }),
            }
        } else if kind.is_file() {
            found.push(Candidate { input: Input::File(path), is_named: false });
        }
    }
}
