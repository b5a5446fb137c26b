//! Members as they are: their bytes, and whether those are sound.

use std::cell::RefCell;

use super::archive::NpzArchive;
use super::stored::Stored;
use super::unpack::Threads;
use super::zip::Method;
use crate::npy::{Contents, Header};
use crate::{Limits, Result};

impl NpzArchive {
    /// The place of a member in the file's order, by its name with or without `.npy`.
    ///
    /// # Errors
    /// `NotFound` where there is none of that name.
    pub fn position(&self, name: &str) -> Result<usize> {
        self.find(name).ok_or_else(|| self.missing(name))
    }

    /// All bytes of the member at index `at`, an array's header included. A deflated member is read as one stream on one
    /// core, never by the index that [`NpzWriter`](super::NpzWriter) leaves: these are the bytes that every reader sees.
    ///
    /// # Errors
    /// As [`get`](Self::get), but for what is wrong with an array.
    ///
    /// ```
    /// let mut file = std::io::Cursor::new(Vec::new());
    /// numio::savez_to(&mut file, [("a", &[1_u8, 2])])?;
    /// let archive = numio::NpzArchive::from_reader(file)?;
    /// let bytes = archive.bytes_at(archive.position("a")?)?;
    /// assert!(bytes.starts_with(b"\x93NUMPY") && bytes.ends_with(&[1, 2]));
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn bytes_at(&self, at: usize) -> Result<Vec<u8>> {
        self.at(at, |packed| packed.whole(Threads::One(&RefCell::default())))
    }

    /// Reads the member at place `at` through and keeps nothing of it, to see that headers, sizes and CRC are right.
    /// Returns the header of an array; a pickle behind it is not looked into. A stored member takes no memory for this, and a
    /// deflated one is read as one stream, never by an index.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn check_at(&self, at: usize) -> Result<Option<Header>> {
        self.at(at, |packed| {
            let found = packed.header(&Limits::default())?;
            if let Some((header, offset)) = &found
                && !header.dtype().has_objects()
            {
                let contents = Contents::from(header.clone());
                let there = packed.entry.size.saturating_sub(*offset as u64);
                contents.check_found(there, *offset as u64, contents.len()?)?;
            }
            match packed.entry.method {
                Method::Stored => Stored::new(packed).check()?,
                _ => drop(packed.whole(Threads::One(&RefCell::default()))?),
            }
            Ok(found.map(|(header, _)| header))
        })
    }
}
