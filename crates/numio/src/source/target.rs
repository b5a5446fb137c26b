//! Where a save goes: which file stands behind a path, and whether it can be replaced.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::error::Fault;
use crate::{Error, Result};

/// What a path to be written stands for.
#[derive(Debug)]
pub(super) enum Target {
    /// A regular file, or nothing yet: it can be replaced by renaming another over it.
    File { path: PathBuf, old: Option<Metadata> },
    /// A pipe, a terminal, a socket, another process's descriptor: bytes can only be written into it.
    Stream,
}

/// What Linux allows.
const MAX_LINKS: usize = 40;

impl Target {
    /// Follows symbolic links to what `path` stands for; nothing may be there yet.
    ///
    /// # Errors
    /// What the operating system says of the path.
    pub(super) fn of(path: &Path) -> Result<Self> {
        let mut path = path.to_path_buf();
        for _ in 0..MAX_LINKS {
            // Names in these trees (`/dev/stdout` leads there) stand for open descriptors, whose file keeps its place.
            if path.starts_with("/dev/fd") || path.starts_with("/proc") {
                return Ok(Self::Stream);
            }
            let found = match fs::symlink_metadata(&path) {
                Ok(found) => found,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Ok(Self::File { path, old: None });
                }
                Err(error) => return Err(error.into()),
            };
            if found.is_symlink() {
                let next = fs::read_link(&path)?;
                path.pop();
                path.push(next);
            } else if found.is_file() || found.is_dir() {
                return Ok(Self::File { path, old: Some(found) });
            } else {
                return Ok(Self::Stream);
            }
        }
        Err(Error::from(Fault::TooManyLinks))
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn file(target: Target) -> (PathBuf, bool) {
        match target {
            Target::File { path, old } => (path, old.is_some()),
            Target::Stream => panic!("a stream"),
        }
    }

    #[test]
    fn links_are_followed_to_their_end() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "").unwrap();
        symlink("file", at("one")).unwrap();
        symlink(at("one"), at("two")).unwrap();
        symlink("nothing", at("dangling")).unwrap();
        assert_eq!(file(Target::of(&at("two")).unwrap()), (at("file"), true));
        assert_eq!(file(Target::of(&at("dangling")).unwrap()), (at("nothing"), false));
        assert_eq!(file(Target::of(&at("new")).unwrap()), (at("new"), false));
    }

    #[test]
    fn a_circle_of_links_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("round");
        symlink("round", &path).unwrap();
        assert_eq!(
            Target::of(&path).unwrap_err().to_string(),
            "the path leads through more than 40 symbolic links"
        );
    }

    #[test]
    fn descriptors_and_devices_are_streams() {
        for path in ["/dev/null", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
            assert!(matches!(Target::of(Path::new(path)).unwrap(), Target::Stream), "{path}");
        }
    }
}
