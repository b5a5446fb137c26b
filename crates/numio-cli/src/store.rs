//! Objects in stores and files on web servers, named by URLs.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use numio::lazy::{LazyContents, LazyOptions, is_url};
use numio::{Error, ErrorKind, Result};
use tempfile::TempDir;

use crate::failure::Failure;

/// Splits a URL from the member and the brackets that follow it.
pub fn split(text: &str) -> (&str, &str) {
    let start = text.find("://").map_or(0, |at| at + 3);
    let path = text.get(start..).and_then(|rest| rest.find('/')).map_or(text.len(), |at| start + at);
    let rest = text.get(path..).unwrap_or_default();
    let is_archive = |name: &str| name.ends_with(".npz") || name.ends_with(".zip");
    // A member comes after the archive's suffix, or after the query of a signed URL.
    let member = rest.match_indices(':').map(|(at, _)| at).find(|&at| {
        let before = rest.get(..at).unwrap_or_default();
        is_archive(before.split('?').next().unwrap_or(before))
    });
    let cut = [rest.find('['), member].into_iter().flatten().min();
    text.split_at(cut.map_or(text.len(), |at| path + at))
}

/// The name of the file that a URL names, without the query.
pub fn file_name(url: &str) -> &str {
    // Elsewhere these are letters of a key.
    let is_web = url.starts_with("http://") || url.starts_with("https://");
    let path = if is_web { url.split(['?', '#']).next().unwrap_or(url) } else { url };
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(feature = "object-store")]
fn options() -> numio::lazy::StoreOptions {
    let mut options = numio::lazy::StoreOptions::new();
    options.download(true);
    options
}

/// Opens the array or the archive at a URL.
///
/// # Errors
/// The library's; `Unsupported` where this command was built without stores.
#[cfg(feature = "object-store")]
pub fn open(url: &str, lazy: LazyOptions) -> Result<LazyContents> {
    options().lazy(lazy).open(url)
}

/// Reads what is at a URL from its start, and returns its size too.
///
/// # Errors
/// As [`open`].
#[cfg(feature = "object-store")]
pub fn reader(url: &str) -> Result<(Box<dyn Read>, u64)> {
    let reader = options().reader(url)?;
    let size = reader.size();
    Ok((Box::new(reader), size))
}

/// Returns whether there is an object at a URL.
///
/// # Errors
/// As [`open`].
#[cfg(feature = "object-store")]
fn exists(url: &str) -> Result<bool> {
    options().exists(url)
}

/// Writes the object at a URL, which appears whole or not at all.
///
/// # Errors
/// As [`open`].
#[cfg(feature = "object-store")]
fn write(url: &str, mut file: File) -> Result<()> {
    let mut writer = options().create(url)?;
    writer.expect_bytes(file.metadata()?.len());
    std::io::copy(&mut file, &mut writer)?;
    writer.finish()
}

#[cfg(not(feature = "object-store"))]
pub fn open(url: &str, _: LazyOptions) -> Result<LazyContents> {
    Err(without(url))
}

#[cfg(not(feature = "object-store"))]
pub fn reader(url: &str) -> Result<(Box<dyn Read>, u64)> {
    Err(without(url))
}

#[cfg(not(feature = "object-store"))]
fn exists(url: &str) -> Result<bool> {
    Err(without(url))
}

#[cfg(not(feature = "object-store"))]
fn write(url: &str, _: File) -> Result<()> {
    Err(without(url))
}

#[cfg(not(feature = "object-store"))]
fn without(url: &str) -> Error {
    let text = "this build of the command reads no URLs: that of `cargo install numio-cli` does, and so does numio.open \
                in Python";
    Error::new(ErrorKind::Unsupported, text).with_path(url)
}

/// Checks that a file to be written or changed in place is one of this machine.
///
/// # Errors
/// `Usage` for a URL.
pub fn refuse(path: &Path) -> Result<(), Failure> {
    match path.to_str().filter(|text| is_url(text)) {
        Some(url) => {
            let what = "this command writes files on this machine: name one, and copy it to the store then";
            Err(Failure::Usage(format!("{url}: {what}")))
        }
        None => Ok(()),
    }
}

/// The most letters of the name of a file that is written here first, of up to four bytes each.
const MOST_LETTERS: usize = 50;

/// A file that is written here first, and then goes to a URL.
pub struct Upload {
    url: String,
    folder: TempDir,
}

impl Upload {
    /// Where `argument` is a URL, the upload to it.
    ///
    /// # Errors
    /// `InvalidInput` where an object is there already, which `force` replaces; `Usage` for a member of an archive at a URL.
    pub fn of(argument: &OsStr, force: bool) -> Result<Option<Self>, Failure> {
        let Some(url) = argument.to_str().filter(|text| is_url(text)) else { return Ok(None) };
        let (whole, rest) = split(url);
        if !rest.is_empty() {
            let what = "a member is added to an archive on this machine: convert there, and upload it";
            return Err(Failure::Usage(format!("{whole}: {what}")));
        }
        if !force && exists(url)? {
            let what = "there already: --force replaces it";
            return Err(Error::new(ErrorKind::InvalidInput, what).with_path(url).into());
        }
        let folder = tempfile::tempdir().map_err(Error::from)?;
        Ok(Some(Self { url: url.to_owned(), folder }))
    }

    /// The file to write.
    pub fn path(&self) -> PathBuf {
        let name = file_name(&self.url);
        // Its suffix says the format. Keys of stores are longer than names of files.
        let start = name.char_indices().rev().nth(MOST_LETTERS - 1).map_or(0, |(at, _)| at);
        self.folder.path().join(name.get(start..).unwrap_or(name))
    }

    /// Sends the file.
    ///
    /// # Errors
    /// The library's.
    pub fn send(self) -> Result<()> {
        let sent = File::open(self.path()).map_err(Error::from).and_then(|file| write(&self.url, file));
        sent.map_err(|error| error.with_path(&self.url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_told_from_paths_and_split() {
        for (text, is, url, rest) in [
            ("s3://b/x.npy", true, "s3://b/x.npy", ""),
            ("s3://b/x.npy[5, :10]", true, "s3://b/x.npy", "[5, :10]"),
            ("http://h:80/a.npz:w[0]", true, "http://h:80/a.npz", ":w[0]"),
            ("http://[::1]:80/a.npy[0]", true, "http://[::1]:80/a.npy", "[0]"),
            ("s3://b/a:b.npy", true, "s3://b/a:b.npy", ""),
            ("https://h/a.npz?sig=x%3A:w[0]", true, "https://h/a.npz?sig=x%3A", ":w[0]"),
            ("https://h/a.npy?sig=x:y", true, "https://h/a.npy?sig=x:y", ""),
            ("s3://b", true, "s3://b", ""),
            ("x.npz:a", false, "", ""),
            ("/x://y", false, "", ""),
        ] {
            assert_eq!(is_url(text), is, "{text}");
            if is {
                assert_eq!(split(text), (url, rest), "{text}");
            }
        }
        assert_eq!(file_name("https://h/d/a.npy?x=/y"), "a.npy");
        assert_eq!(file_name("s3://b/d/a?b#c.npy"), "a?b#c.npy");
    }
}
