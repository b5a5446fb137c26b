//! Targets on the command line: `FILE`, `FILE[SLICE]`, `FILE:MEMBER[SLICE]`, and `-` for standard input.
//!
//! A file's name may itself hold brackets and colons, so the longest beginning that names a file wins.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use numio::lazy::is_url;
use numio::{DynArray, Error, ErrorKind, FileStream, Slice, redact_urls};

use crate::failure::Failure;
use crate::store;

/// The source of the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Stdin,
    File(PathBuf),
    /// An object in a store, or a file on a web server.
    Url(String),
}

impl Input {
    /// An argument that names a file and nothing in it.
    pub fn of(argument: &OsStr) -> Self {
        match argument.to_str() {
            Some("-") => Self::Stdin,
            Some(text) if is_url(text) => Self::Url(text.to_owned()),
            _ => Self::File(argument.into()),
        }
    }

    /// Returns whether it is a regular file, readable again from any offset: no pipe, no device.
    pub fn is_file(&self) -> bool {
        matches!(self, Self::File(path) if path.is_file())
    }

    /// Opens it, and returns the length in bytes of a file.
    ///
    /// # Errors
    /// `Io`; `InvalidInput` for devices, which may have no end.
    pub fn open(&self) -> Result<(Box<dyn Read>, Option<u64>), Error> {
        if let Self::Url(url) = self {
            let (source, length) = store::reader(url)?;
            return Ok((source, Some(length)));
        }
        let open = || -> io::Result<(FileStream, bool)> {
            match self {
                Self::Stdin => Ok((FileStream::from_file(stdin()?)?, io::stdin().is_terminal())),
                Self::File(path) => Ok((FileStream::open(path)?, false)),
                Self::Url(url) => Ok((FileStream::open(url)?, false)),
            }
        };
        let (file, is_terminal) = open().map_err(|error| Error::from(error).with_path(self.name()))?;
        let found = file.file().metadata().map_err(|error| Error::from(error).with_path(self.name()))?;
        if is_device(&found) && !is_terminal {
            let what = "a device, which may have no end: name a file or a pipe";
            return Err(Error::new(ErrorKind::InvalidInput, what).with_path(self.name()));
        }
        // Standard input may be a file that has been read in part.
        let bytes = (found.is_file() && matches!(self, Self::File(_))).then_some(found.len());
        Ok((Box::new(file), bytes))
    }

    /// Reads all of it.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn read(&self) -> Result<Vec<u8>, Error> {
        let (mut source, length) = self.open()?;
        let mut bytes = Vec::new();
        let reserved =
            bytes.try_reserve_exact(length.and_then(|length| usize::try_from(length).ok()).unwrap_or(0));
        let read = reserved.map_err(|_| io::ErrorKind::OutOfMemory.into());
        read.and_then(|()| source.read_to_end(&mut bytes))
            .map_err(|error| Error::from(error).with_path(self.name()))?;
        Ok(bytes)
    }

    /// The name as given on the command line, for tables and messages: of a URL what is not secret.
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::File(path) => path.display().to_string(),
            Self::Url(url) => redact_urls(url).into_owned(),
        }
    }

    /// The name of the file without its directory, and of a URL without its query.
    pub fn file_name(&self) -> &OsStr {
        match self {
            Self::Stdin => OsStr::new("-"),
            Self::File(path) => path.file_name().unwrap_or_default(),
            Self::Url(url) => OsStr::new(store::file_name(url)),
        }
    }
}

/// Standard input as a file, before anything has been read from it.
#[cfg(unix)]
pub(crate) fn stdin() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

/// Standard input as a file, before anything has been read from it.
#[cfg(windows)]
pub(crate) fn stdin() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(io::stdin().as_handle().try_clone_to_owned()?.into())
}

#[cfg(unix)]
fn is_device(found: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    found.file_type().is_char_device() || found.file_type().is_block_device()
}

#[cfg(not(unix))]
fn is_device(_: &Metadata) -> bool {
    false
}

/// One argument, split into its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub input: Input,
    /// The part after the file: `:MEMBER` or `[SLICE]` or both, or empty.
    rest: String,
}

/// One pair of brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Index {
    /// `['name']`: a field of a structured array.
    Field(String),
    /// `[1:, ::2]`: anything else, as given between the brackets.
    Slice(String),
}

impl Index {
    /// The part of an array that it selects.
    ///
    /// # Errors
    /// `Usage` if it is not a slice; the library's if there is no such part.
    pub fn of(&self, array: &DynArray) -> Result<DynArray, Failure> {
        match self {
            Self::Field(name) => Ok(array.field(name)?),
            Self::Slice(text) => {
                let slice: Slice = text.parse().map_err(|error: Error| Failure::Usage(error.to_string()))?;
                Ok(array.slice(&slice)?)
            }
        }
    }
}

impl Target {
    /// A file and what follows it in an argument.
    pub fn new(input: Input, rest: &str) -> Self {
        Self { input, rest: rest.to_owned() }
    }

    /// Returns whether its file exists.
    pub fn exists(&self) -> bool {
        match &self.input {
            Input::File(path) => path.exists(),
            // What is not there is an error when it is read.
            Input::Stdin | Input::Url(_) => true,
        }
    }

    /// Splits an argument, checking which files exist.
    pub fn of(argument: &OsStr) -> Self {
        Self::with(argument, |path| std::fs::metadata(path).is_ok_and(|found| !found.is_dir()))
    }

    fn with(argument: &OsStr, is_file: impl Fn(&Path) -> bool) -> Self {
        let whole = || Self { input: Input::File(PathBuf::from(argument)), rest: String::new() };
        if let Some(text) = argument.to_str().filter(|text| is_url(text)) {
            let (url, rest) = store::split(text);
            return Self { input: Input::Url(url.to_owned()), rest: rest.to_owned() };
        }
        let splits = splits(argument);
        let ends = std::iter::once((argument, "")).chain(splits.iter().rev().copied());
        for (file, rest) in ends {
            if file == "-" {
                return Self { input: Input::Stdin, rest: rest.to_owned() };
            }
            if is_file(Path::new(file)) {
                return Self { input: Input::File(file.into()), rest: rest.to_owned() };
            }
        }
        // No such file: name the one most likely meant, so that the message does.
        match splits.first() {
            Some((file, rest)) if rest.ends_with(']') && !file.is_empty() => {
                Self { input: Input::File(file.into()), rest: (*rest).to_owned() }
            }
            _ => whole(),
        }
    }

    /// Returns whether nothing follows the file.
    pub fn is_whole(&self) -> bool {
        self.rest.is_empty()
    }

    /// The path of a file, if nothing follows it.
    pub fn whole_file(&self) -> Option<&Path> {
        match &self.input {
            Input::File(path) if self.is_whole() => Some(path),
            _ => None,
        }
    }

    /// The name as given on the command line, for tables and messages.
    pub fn name(&self) -> String {
        self.input.name() + &self.rest
    }

    /// The argument that names it.
    pub fn argument(&self) -> OsString {
        let mut argument = match &self.input {
            Input::Stdin => OsString::from("-"),
            Input::File(path) => path.clone().into_os_string(),
            Input::Url(url) => OsString::from(url),
        };
        argument.push(&self.rest);
        argument
    }

    /// Checks that nothing follows the file.
    ///
    /// # Errors
    /// `Usage` if something does.
    pub fn whole(&self) -> Result<(), Failure> {
        match self.rest.as_str() {
            "" => Ok(()),
            rest => Err(Failure::Usage(format!("{}: unexpected {rest:?} after it", self.input.name()))),
        }
    }

    /// The part after the file of a single array: brackets only.
    ///
    /// # Errors
    /// `Usage` if a member is named too, or the brackets do not close.
    pub fn indexes(&self) -> Result<Vec<Index>, Failure> {
        match self.rest.starts_with(':') {
            true => Err(Failure::Usage(format!(
                "{}: it is no archive, so it has no member {:?}",
                self.input.name(),
                self.rest
            ))),
            false => indexes(&self.rest),
        }
    }

    /// The named member, without brackets and suffix; for naming another after it.
    pub fn member_named(&self) -> Option<&str> {
        let named = self.rest.strip_prefix(':')?;
        let name = named.split('[').next().unwrap_or(named);
        Some(name.strip_suffix(".npy").unwrap_or(name))
    }

    /// The part after an archive: a member, and brackets. Names may hold brackets too: the longest existing one wins.
    ///
    /// # Errors
    /// `Usage` if no member is named, or the brackets do not close.
    pub fn member(&self, is_there: impl Fn(&str) -> bool) -> Result<(&str, Vec<Index>), Failure> {
        let Some(named) = self.rest.strip_prefix(':') else {
            let what = "an archive: name a member, as in x.npz:member[0]; `numio info` lists them";
            return Err(Failure::Usage(format!("{}: {what}", self.input.name())));
        };
        let cuts = named.rmatch_indices('[').filter_map(|(at, _)| named.split_at_checked(at));
        let mut splits = std::iter::once((named, "")).chain(cuts.clone());
        let found = splits.find(|(name, _)| is_there(name));
        let mut cuts = cuts;
        let shortest = cuts.next_back().filter(|_| named.ends_with(']'));
        let (name, rest) = found.or(shortest).unwrap_or((named, ""));
        Ok((name, indexes(rest)?))
    }
}

/// The places where a file's name may end: before each colon and bracket. A name that is no text ends where text follows.
#[cfg(unix)]
fn splits(argument: &OsStr) -> Vec<(&OsStr, &str)> {
    use std::os::unix::ffi::OsStrExt;
    let bytes = argument.as_bytes();
    let breaks = bytes.iter().enumerate().filter(|(_, byte)| matches!(byte, b'[' | b':'));
    let split = |at: usize| {
        let (file, rest) = bytes.split_at_checked(at)?;
        Some((OsStr::from_bytes(file), std::str::from_utf8(rest).ok()?))
    };
    breaks.filter_map(|(at, _)| split(at)).collect()
}

/// The places where a file's name may end: before each colon and bracket.
#[cfg(not(unix))]
fn splits(argument: &OsStr) -> Vec<(&OsStr, &str)> {
    let Some(text) = argument.to_str() else { return Vec::new() };
    let breaks = text.char_indices().filter(|(_, char)| matches!(char, '[' | ':'));
    breaks.map(|(at, _)| text.split_at(at)).map(|(file, rest)| (OsStr::new(file), rest)).collect()
}

/// Splits `[...][...]`. Quotes hide brackets.
fn indexes(text: &str) -> Result<Vec<Index>, Failure> {
    let malformed =
        || Failure::Usage(format!("{text:?}: expected a slice such as [1, :] or a field such as ['name']"));
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[').ok_or_else(malformed)?;
        let end = closing(inner).ok_or_else(malformed)?;
        let (index, after) = inner.split_at(end);
        found.push(match field(index.trim()) {
            Some(name) => Index::Field(name.to_owned()),
            None => Index::Slice(index.to_owned()),
        });
        rest = after.strip_prefix(']').ok_or_else(malformed)?;
    }
    Ok(found)
}

/// The offset at which the bracket opened before `text` closes.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    text.char_indices().find_map(|(at, char)| {
        match (quote, char) {
            (None, ']') => return Some(at),
            (None, '\'' | '"') => quote = Some(char),
            (Some(open), _) if open == char => quote = None,
            _ => {}
        }
        None
    })
}

/// The name between quotes.
fn field(text: &str) -> Option<&str> {
    let between = |quote| text.strip_prefix(quote)?.strip_suffix(quote).filter(|name| !name.contains(quote));
    between('\'').or_else(|| between('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(argument: &str, files: &[&str]) -> (String, String) {
        let target =
            Target::with(OsStr::new(argument), |path| files.iter().any(|file| path == Path::new(file)));
        (target.input.name(), target.rest)
    }

    #[test]
    fn the_longest_name_of_a_file_wins() {
        for (argument, files, file, rest) in [
            ("x.npy", &["x.npy"][..], "x.npy", ""),
            ("x.npy[1, :]", &["x.npy"], "x.npy", "[1, :]"),
            ("x.npy[1, :]", &["x.npy", "x.npy[1, :]"], "x.npy[1, :]", ""),
            ("x[1].npy[0]", &["x[1].npy"], "x[1].npy", "[0]"),
            ("x[1].npy", &["x[1].npy", "x"], "x[1].npy", ""),
            ("x.npy['a:b'][0]", &["x.npy"], "x.npy", "['a:b'][0]"),
            ("x.npz:w[0]", &["x.npz"], "x.npz", ":w[0]"),
            ("x:y.npz:w", &["x:y.npz", "x"], "x:y.npz", ":w"),
            ("-", &[], "-", ""),
            ("-[0]", &["-[0]"], "-[0]", ""),
            ("-[0]", &[], "-", "[0]"),
            ("none.npy[0]", &[], "none.npy", "[0]"),
            ("none.npy", &[], "none.npy", ""),
            ("none:x", &[], "none:x", ""),
            ("", &[], "", ""),
        ] {
            assert_eq!(split(argument, files), (file.to_owned(), rest.to_owned()), "{argument}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_text_have_members_and_slices() {
        use std::os::unix::ffi::OsStrExt;
        let file = OsStr::from_bytes(b"n\xff[0].npz");
        for rest in ["", "[1]", ":w", ":w[1, :]", ":\u{e9}[0]"] {
            let argument = [file.as_bytes(), rest.as_bytes()].concat();
            let target = Target::with(OsStr::from_bytes(&argument), |path| path.as_os_str() == file);
            assert_eq!(target, Target::new(Input::File(file.into()), rest), "{rest}");
        }
    }

    #[test]
    fn the_longest_name_of_a_member_wins() {
        let found = |rest: &str, members: &[&str]| {
            let target = Target { input: Input::Stdin, rest: rest.to_owned() };
            let (name, indexes) = target.member(|name| members.contains(&name)).unwrap();
            (name.to_owned(), indexes.len())
        };
        for (rest, members, name, indexes) in [
            (":w", &["w"][..], "w", 0),
            (":w[0][1]", &["w"], "w", 2),
            (":w[0][1]", &["w", "w[0]"], "w[0]", 1),
            (":w[0]", &["w", "w[0]"], "w[0]", 0),
            (":a:b[0]", &["a:b"], "a:b", 1),
            (":none[0]", &[], "none", 1),
            (":none", &[], "none", 0),
        ] {
            assert_eq!(found(rest, members), (name.to_owned(), indexes), "{rest}");
        }
    }

    #[test]
    fn brackets_in_a_target_are_slices_and_fields() {
        let field = |name: &str| Index::Field(name.to_owned());
        let slice = |text: &str| Index::Slice(text.to_owned());
        for (text, found) in [
            ("", vec![]),
            ("[1, ::2]", vec![slice("1, ::2")]),
            ("['a'][0]", vec![field("a"), slice("0")]),
            ("[\"it's\"]", vec![field("it's")]),
            ("['a]b']", vec![field("a]b")]),
            ("[]", vec![slice("")]),
        ] {
            assert_eq!(indexes(text).unwrap(), found, "{text}");
        }
        for text in ["[", "[1", "1]", "[1]x", "[1]]", "['a]"] {
            let message = indexes(text).unwrap_err().to_string();
            assert!(message.contains("expected a slice such as [1, :]"), "{message}");
        }
    }
}
