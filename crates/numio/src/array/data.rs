//! What holds an array's bytes: memory of its own, shared until someone writes, or a mapped file.

use std::sync::Arc;

use super::buffer::Buffer;
use crate::source::Map;
use crate::{Error, ErrorKind, Result};

/// The bytes under one or more arrays.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    /// Shared by clones and slices; copied when one of them writes.
    Owned(Arc<Buffer>),
    /// A mapped file, shared by clones and slices, never copied: a write must reach the file or fail.
    Mapped(Arc<Map>),
}

impl Data {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Owned(buffer) => buffer.bytes(),
            Self::Mapped(map) => map.bytes(),
        }
    }

    /// The bytes to change: a copy first where memory is shared.
    ///
    /// # Errors
    /// `InvalidInput` where the bytes are those of a map that is read-only or has other arrays over it.
    pub(crate) fn bytes_mut(&mut self) -> Result<&mut [u8]> {
        match self {
            Self::Owned(buffer) => {
                if Arc::get_mut(buffer).is_none() {
                    *buffer = Arc::new(Buffer::copy_of(buffer.bytes())?);
                }
                let unique = Arc::get_mut(buffer).ok_or_else(|| refused("the array's memory is shared"))?;
                Ok(unique.bytes_mut())
            }
            Self::Mapped(map) => Arc::get_mut(map)
                .ok_or_else(|| {
                    refused("the memory map is shared: drop its clones and slices before writing")
                })?
                .bytes_mut()
                .ok_or_else(|| refused("the memory map is read-only: map it with mode 'r+' or 'c' to write")),
        }
    }
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}
