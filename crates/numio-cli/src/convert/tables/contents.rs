//! The file of a table, as both readers see it.

use std::fs::File;

use arrow_ipc::Block;
use numio::{ReadAt, Result};

use super::{damaged, zeroed};

/// A file whose size does not change, read at any offset within it.
pub struct Contents {
    file: File,
    size: u64,
}

impl Contents {
    /// # Errors
    /// `Io`.
    pub fn new(file: File) -> Result<Self> {
        Ok(Self { size: ReadAt::len(&file)?, file })
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// # Errors
    /// `Io`.
    pub fn read_exact_at(&self, out: &mut [u8], offset: u64) -> Result<()> {
        Ok(self.file.read_exact_at(out, offset)?)
    }

    /// Fills as much of the buffer as there are bytes, and returns their number.
    ///
    /// # Errors
    /// `Io`.
    pub fn read_up_to(&self, out: &mut [u8], offset: u64) -> Result<usize> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = out.len().min(left);
        self.read_exact_at(out.get_mut(..count).unwrap_or_default(), offset)?;
        Ok(count)
    }

    /// A range of bytes.
    ///
    /// # Errors
    /// `InvalidData` if it is not in the file; `Io`.
    pub fn bytes(&self, offset: u64, length: u64) -> Result<Vec<u8>> {
        let end = offset.checked_add(length).filter(|&end| end <= self.size);
        end.ok_or_else(|| damaged("a part that is not in the file"))?;
        let mut bytes = zeroed(usize::try_from(length).map_err(damaged)?)?;
        self.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }

    /// The metadata of one of Arrow's messages, which is known to be in the file.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub fn message(&self, block: &Block) -> Result<Vec<u8>> {
        self.bytes(block.offset().unsigned_abs(), u64::from(block.metaDataLength().unsigned_abs()))
    }
}
