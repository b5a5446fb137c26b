//! Objects in stores and files on web servers, named by URLs.

use numio::lazy::LazyContents;
use numio::{Error, Limits, Result};

/// Returns whether an argument is a URL rather than a path.
pub fn is_url(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| {
        scheme.starts_with(|first: char| first.is_ascii_lowercase())
            && scheme.chars().all(|char| char.is_ascii_alphanumeric() || "+-.".contains(char))
    })
}

/// Splits a URL from the member and the brackets that follow it.
pub fn split(text: &str) -> (&str, &str) {
    let start = text.find("://").map_or(0, |at| at + 3);
    let path = text.get(start..).and_then(|rest| rest.find('/')).map_or(text.len(), |at| start + at);
    let rest = text.get(path..).unwrap_or_default();
    let member = [".npz:", ".zip:"].iter().filter_map(|end| rest.find(end)).map(|at| at + 4).min();
    let cut = [rest.find('['), member].into_iter().flatten().min();
    text.split_at(cut.map_or(text.len(), |at| path + at))
}

/// Opens the array or the archive at a URL.
///
/// # Errors
/// The library's; `Unsupported` where this command was built without stores.
#[cfg(feature = "object-store")]
pub fn open(url: &str, limits: Limits) -> Result<LazyContents> {
    let mut lazy = numio::lazy::LazyOptions::new();
    lazy.limits(limits);
    numio::lazy::StoreOptions::new().lazy(lazy).open(url)
}

/// Reads all that is at a URL.
///
/// # Errors
/// As [`open`].
#[cfg(feature = "object-store")]
pub fn read(url: &str) -> Result<Vec<u8>> {
    numio::lazy::StoreOptions::new().read(url)
}

#[cfg(not(feature = "object-store"))]
pub fn open(url: &str, _: Limits) -> Result<LazyContents> {
    Err(without(url))
}

#[cfg(not(feature = "object-store"))]
pub fn read(url: &str) -> Result<Vec<u8>> {
    Err(without(url))
}

#[cfg(not(feature = "object-store"))]
fn without(url: &str) -> Error {
    let text = "this command was built without the feature object-store";
    Error::new(numio::ErrorKind::Unsupported, text).with_path(url)
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
            ("s3://b", true, "s3://b", ""),
            ("x.npz:a", false, "", ""),
            ("/x://y", false, "", ""),
        ] {
            assert_eq!(is_url(text), is, "{text}");
            if is {
                assert_eq!(split(text), (url, rest), "{text}");
            }
        }
    }
}
