//! From a member's data to its array.

use super::error::Fault;
use super::packed::Packed;
use super::stored::Stored;
use super::unpack::Threads;
use super::zip::Method;
use crate::array::{Buffer, Memory};
use crate::npy::header::{MAGIC, prelude};
use crate::npy::{self, FromNpy, Header};
use crate::{Limits, Result};

/// Up to here a member is unpacked before anyone looks what it is; a larger one's header comes first.
const SMALL: u64 = 64 << 10;

/// What is read of a larger member at first: most headers.
const HEAD: usize = 128;

/// What a member is, by its first bytes.
pub(super) enum Opened {
    /// Not a `.npy` file.
    Bytes(Vec<u8>),
    /// All of a small `.npy` file, its CRC checked.
    Small(Vec<u8>, Header, usize),
    /// The header of a large one, and where its data start.
    Large(Header, usize),
}

impl Packed<'_> {
    /// Reads as much of the member as it takes to know what it is.
    ///
    /// # Errors
    /// As [`unpack`](Self::unpack); what is wrong with the header.
    pub(super) fn open(&self, limits: &Limits, threads: Threads<'_>) -> Result<Opened> {
        if self.entry.size <= SMALL {
            let bytes = self.whole(threads)?;
            return Ok(match bytes.starts_with(&MAGIC) {
                true => {
                    let (header, offset) = Header::parse(&bytes, limits.max_header_chars)?;
                    Opened::Small(bytes, header, offset)
                }
                false => Opened::Bytes(bytes),
            });
        }
        Ok(match self.header(limits)? {
            Some((header, offset)) => Opened::Large(header, offset),
            None => Opened::Bytes(self.whole(threads)?),
        })
    }

    /// The header, if the member is a `.npy` file, and where the data start in it.
    ///
    /// # Errors
    /// What is wrong with it, and with the data so far.
    pub(super) fn header(&self, limits: &Limits) -> Result<Option<(Header, usize)>> {
        let mut head = self.head(HEAD)?;
        if !head.starts_with(&MAGIC) {
            return Ok(None);
        }
        if let Ok(prelude) = prelude(&head)
            && prelude.data_offset() > head.len()
        {
            prelude.check(limits.max_header_chars)?;
            head = self.head(prelude.data_offset())?;
        }
        Header::parse(&head, limits.max_header_chars).map(Some)
    }

    /// All bytes, in memory of their own.
    ///
    /// # Errors
    /// As [`unpack`](Self::unpack).
    pub(super) fn whole(&self, threads: Threads<'_>) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.unpack_into(&mut bytes, 0, threads)?;
        Ok(bytes)
    }

    /// Fills empty memory, and says where in it the bytes after the first `skipped` are.
    fn unpack_into(&self, memory: &mut dyn Memory, skipped: usize, threads: Threads<'_>) -> Result<usize> {
        let size = usize::try_from(self.entry.size)
            .map_err(|_| Fault::TooLarge { size: self.entry.size, limit: usize::MAX as u64 })?;
        memory.grow(size)?;
        let bytes = memory.bytes_mut().get_mut(..size).unwrap_or_default();
        self.unpack(bytes, skipped, threads)
    }

    /// The array of a member that has been opened.
    ///
    /// # Errors
    /// `InvalidInput` where `A` is of another dtype or rank; `InvalidData` where the member is shorter than its array; as
    /// [`unpack`](Self::unpack).
    pub(super) fn array<A: FromNpy>(
        &self,
        opened: Opened,
        limits: &Limits,
        threads: Threads<'_>,
    ) -> Result<A> {
        match opened {
            Opened::Small(bytes, header, offset) => {
                npy::array_at(&bytes.as_slice(), &bytes, header, offset, limits)
            }
            Opened::Large(header, offset) if self.entry.method == Method::Stored => {
                let stored = Stored::new(*self);
                let array = npy::array_at(&stored, &[], header, offset, limits)?;
                stored.check()?;
                Ok(array)
            }
            Opened::Large(header, offset) => {
                if header.shape().contains(&0) || header.dtype().itemsize() == 0 {
                    // Nobody will ask for the bytes of an empty array, and yet they must be sound.
                    self.unpack_into(&mut Buffer::zeroed(0)?, 0, threads)?;
                }
                let unpack = |memory: &mut dyn Memory, skipped| self.unpack_into(memory, skipped, threads);
                npy::array_packed(&unpack, self.entry.size, header, offset, limits)
            }
            Opened::Bytes(_) => Err(Fault::NotNpy.into()),
        }
    }
}
