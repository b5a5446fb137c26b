//! What only arrays over memory maps can do.

use std::sync::Arc;

use super::{Data, DynArray};
use crate::{Error, ErrorKind, Result};

impl DynArray {
    /// Whether the elements stand in a mapped file rather than in memory.
    pub fn is_mapped(&self) -> bool {
        matches!(self.data, Data::Mapped(_))
    }

    /// The byte of the mapped file at which the map starts: that of the first element, for an array that is no slice.
    pub fn map_offset(&self) -> Option<u64> {
        match &self.data {
            Data::Mapped(map) => Some(map.offset()),
            Data::Owned(_) => None,
        }
    }

    /// Waits until what was written to a mapped file is on the disk. Other programs see it at once, even without this.
    /// Arrays in memory have nothing to wait for.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn flush(&self) -> Result<()> {
        match &self.data {
            Data::Mapped(map) => Ok(map.flush()?),
            Data::Owned(_) => Ok(()),
        }
    }

    /// Flushes, and lets go of the file at once though the array stays: its elements read as zeros from then on, and
    /// changes of them go nowhere. For those who have handed the address of an element to others.
    ///
    /// # Errors
    /// `InvalidInput` where clones or slices of this array use the map too; what the operating system says, `Unsupported`
    /// on others than Linux. The file stays mapped then.
    pub fn unmap(&mut self) -> Result<()> {
        let Data::Mapped(map) = &mut self.data else { return Ok(()) };
        let map = Arc::get_mut(map).ok_or_else(|| Error::new(ErrorKind::InvalidInput, SHARED))?;
        Ok(map.blank()?)
    }

    /// Flushes and unmaps now, with a word on whether that worked. Dropping the last array over a map unmaps it too.
    ///
    /// # Errors
    /// `InvalidInput` where clones or slices of this array still use the map, which then stays; what the operating system
    /// says of the flush.
    pub fn close(self) -> Result<()> {
        self.flush()?;
        let Data::Mapped(map) = self.data else { return Ok(()) };
        let alone = Arc::into_inner(map).is_some();
        if alone { Ok(()) } else { Err(Error::new(ErrorKind::InvalidInput, SHARED)) }
    }
}

const SHARED: &str = "the memory map is shared: drop its clones and slices before closing it";
