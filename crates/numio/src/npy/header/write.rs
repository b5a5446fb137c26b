//! [`Header`] to bytes (`_write_array_header` and `_wrap_header` in `numpy/lib/_format_impl.py`).

use std::fmt::Write;

use super::{Header, MAGIC};
use crate::npy::error::HeaderError;
use crate::npy::header::Version;
use crate::{Order, Result};

/// The elements' offset is a multiple of this, so that maps of the file have aligned elements.
const ALIGNMENT: usize = 64;

/// Digits for which the growing axis has space.
const GROWTH_DIGITS: usize = 21;

impl Header {
    /// The bytes before the elements, to the byte those that NumPy 2 writes. Their number is a multiple of 64.
    pub fn to_bytes(&self) -> Vec<u8> {
        // A header is made only where its text can be written and fits a version.
        let text = self.text().unwrap_or_default();
        let version = if check_fit(&text, self.version).is_ok() {
            self.version
        } else {
            // Read from a text that was shorter than what NumPy writes.
            oldest_version(&text).unwrap_or(Version::V3)
        };
        wrap(&text, version, padding(&text, version))
    }

    /// The bytes before the elements, in just `len` bytes and this version: how a header is replaced in a file whose
    /// elements start at `len`. `None` if it does not fit.
    pub fn to_bytes_within(&self, len: usize) -> Option<Vec<u8>> {
        let text = self.text().ok()?;
        // The space for growth may be given up.
        let needed = text.trim_end_matches(' ');
        check_encoding(needed, self.version).ok()?;
        let room = len.checked_sub(self.version.prelude_len() + 1)?;
        if room + 1 > self.version.max_text_len() {
            return None;
        }
        let pad = room.checked_sub(encoded_len(needed, self.version))?;
        Some(wrap(needed, self.version, pad))
    }

    /// The dict, and spaces for the growing axis.
    pub(super) fn text(&self) -> Result<String> {
        let mut out = String::with_capacity(160);
        out.push_str("{'descr': ");
        match &self.descr {
            Some(descr) => out.push_str(descr),
            None => self.dtype.push_descr(&mut out)?,
        }
        out.push_str(", 'fortran_order': ");
        out.push_str(if self.order == Order::Fortran { "True" } else { "False" });
        out.push_str(", 'shape': (");
        for (index, axis) in self.shape.iter().enumerate() {
            // Writing to a String does not fail.
            let _ = write!(out, "{}{axis}", if index > 0 { ", " } else { "" });
        }
        out.push_str(if self.shape.len() == 1 { ",), }" } else { "), }" });
        let growing = if self.order == Order::Fortran { self.shape.last() } else { self.shape.first() };
        if let Some(axis) = growing {
            let digits = axis.checked_ilog10().map_or(1, |log| log as usize + 1);
            out.extend(std::iter::repeat_n(' ', GROWTH_DIGITS - digits));
        }
        Ok(out)
    }
}

/// Bytes that `text` takes in the encoding of `version`.
fn encoded_len(text: &str, version: Version) -> usize {
    if version.is_utf8() { text.len() } else { text.chars().count() }
}

/// Spaces between the text and the newline. NumPy pads by a whole 64 where nothing is missing.
fn padding(text: &str, version: Version) -> usize {
    let unpadded = version.prelude_len() + encoded_len(text, version) + 1;
    ALIGNMENT - unpadded % ALIGNMENT
}

fn check_encoding(text: &str, version: Version) -> Result<(), HeaderError> {
    if !version.is_utf8() && text.chars().any(|found| u32::from(found) > 0xff) {
        let why = "a field name has characters outside latin-1";
        return Err(HeaderError::DoesNotFit { version: version.to_tuple(), why });
    }
    Ok(())
}

pub(super) fn check_fit(text: &str, version: Version) -> Result<(), HeaderError> {
    check_encoding(text, version)?;
    if encoded_len(text, version) + padding(text, version) + 1 > version.max_text_len() {
        return Err(HeaderError::DoesNotFit { version: version.to_tuple(), why: "it is too long" });
    }
    Ok(())
}

pub(super) fn oldest_version(text: &str) -> Result<Version, HeaderError> {
    let fits = |version: &Version| check_fit(text, *version).is_ok();
    match Version::ALL.into_iter().find(fits) {
        Some(version) => Ok(version),
        None => check_fit(text, Version::V3).map(|()| Version::V3),
    }
}

fn wrap(text: &str, version: Version, padding: usize) -> Vec<u8> {
    let len = encoded_len(text, version) + padding + 1;
    let mut out = Vec::with_capacity(version.prelude_len() + len);
    out.extend_from_slice(&MAGIC);
    let (major, minor) = version.to_tuple();
    out.extend_from_slice(&[major, minor]);
    match version {
        Version::V1 => out.extend_from_slice(&(len as u16).to_le_bytes()),
        Version::V2 | Version::V3 => out.extend_from_slice(&(len as u32).to_le_bytes()),
    }
    if version.is_utf8() || text.is_ascii() {
        out.extend_from_slice(text.as_bytes());
    } else {
        out.extend(text.chars().map(|found| u32::from(found) as u8));
    }
    out.extend(std::iter::repeat_n(b' ', padding));
    out.push(b'\n');
    out
}
