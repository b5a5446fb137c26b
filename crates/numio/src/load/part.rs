//! Loading from the middle of what can be read at any position.

use std::io;
use std::sync::Arc;

use super::format::Format;
use super::{LoadOptions, Loaded};
use crate::npy::HEAD;
use crate::npz::NpzArchive;
use crate::source::ReadAt;
use crate::{Error, Result};

impl LoadOptions {
    /// Loads what stands at `offset` of `source`, and says where it ends: several arrays may stand one after another in
    /// one file. An archive is read from its end, and so takes all of the source.
    ///
    /// # Errors
    /// As [`load_from`](Self::load_from), with offsets from the start of the source.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use numio::{LoadOptions, ReadAt};
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("two.npy");
    /// let mut file = std::fs::File::create(&path)?;
    /// numio::save_to(&mut file, &[1, 2])?;
    /// numio::save_to(&mut file, &[3])?;
    ///
    /// let source: Arc<dyn ReadAt> = Arc::new(std::fs::File::open(&path)?);
    /// let (first, end) = LoadOptions::new().load_at(source.clone(), 0)?;
    /// let (second, _) = LoadOptions::new().load_at(source, end)?;
    /// assert_eq!((first.into_array()?.size(), second.into_array()?.size()), (2, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn load_at(&self, source: Arc<dyn ReadAt>, offset: u64) -> Result<(Loaded, u64)> {
        self.refuse_map()?;
        self.run.run(|| self.load_part(source, offset))
    }

    fn load_part(&self, source: Arc<dyn ReadAt>, offset: u64) -> Result<(Loaded, u64)> {
        let size = source.len()?;
        let part = Part { source: &*source, start: offset };
        let left = size.saturating_sub(offset);
        let mut head = [0; HEAD];
        let (head, _) = head.split_at_mut(left.min(HEAD as u64) as usize);
        part.read_exact_at(head, 0)?;
        let loaded = match Format::of(head) {
            Format::Npy => self.npy_at(&part, left, head),
            Format::Pickle => self.pickle_at(&part, left).map(|graph| {
                let end = graph.pickle().len() as u64;
                (Loaded::Object(graph), end)
            }),
            Format::Zip => {
                return NpzArchive::at_any(source, self.npz()).map(|archive| (Loaded::Npz(archive), size));
            }
            other => Err(other.refusal()),
        };
        loaded.map(|(loaded, end)| (loaded, offset + end)).map_err(|error: Error| error.shifted(offset))
    }
}

/// What stands behind a position of a source.
struct Part<'a> {
    source: &'a dyn ReadAt,
    start: u64,
}

impl ReadAt for Part<'_> {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        let at = self.start.checked_add(offset).ok_or(io::ErrorKind::UnexpectedEof)?;
        self.source.read_exact_at(buf, at)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.source.len()?.saturating_sub(self.start))
    }
}
