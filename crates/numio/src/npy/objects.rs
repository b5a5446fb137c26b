//! The pickle that stands in place of elements where these are Python objects.
//!
//! Its length is written nowhere. The shape in the header is not looked at: the array is the one in the pickle, as in
//! NumPy.

use std::io::{self, Read};

use super::fault::Fault;
use crate::objects::{TEXTS, find_array};
use crate::pickle::{Graph, Loader};
use crate::source::{Input, ReadAt, huge_pages, read_parallel};
use crate::{DynArray, Error, ErrorKind, Limits, Result};

/// Loads the pickle from `offset` on in `source` of `size` bytes.
///
/// # Errors
/// As [`Loader::load`]; `LimitExceeded` where what is left of the source takes more memory than allowed.
pub(crate) fn pickle_at(
    source: &dyn ReadAt,
    offset: u64,
    size: u64,
    loader: &Loader,
    limits: &Limits,
) -> Result<Graph> {
    let left = size.saturating_sub(offset);
    let wanted = usize::try_from(left).unwrap_or(usize::MAX);
    if left > limits.max_array_bytes {
        return Err(Error::from(Fault::TooLarge { bytes: wanted, limit: limits.max_array_bytes }).at(offset));
    }
    let mut bytes: Vec<u8> =
        bytemuck::try_zeroed_vec(wanted).map_err(|()| io::Error::from(io::ErrorKind::OutOfMemory))?;
    huge_pages(&mut bytes);
    read_parallel(source, offset, &mut bytes, &|_| {})?;
    let graph = loader.load(bytes).map_err(|error| error.shifted(offset))?;
    Ok(graph.with_texts(TEXTS))
}

/// Loads the pickle that comes next, of which `first` has been read.
///
/// # Errors
/// As [`Loader::read`]; `LimitExceeded` where it takes more memory than allowed.
pub(crate) fn pickle_next(
    stream: &mut dyn Input,
    first: &[u8],
    loader: &Loader,
    limits: &Limits,
) -> Result<Graph> {
    let offset = stream.offset() - first.len() as u64;
    let mut reader = Bounded { stream, left: limits.max_array_bytes, over: false };
    let loaded = loader.read(first.chain(&mut reader));
    let loaded = if reader.over {
        let bytes = usize::try_from(limits.max_array_bytes).unwrap_or(usize::MAX).saturating_add(1);
        Err(Fault::TooLarge { bytes, limit: limits.max_array_bytes }.into())
    } else {
        loaded
    };
    let graph = loaded.map_err(|error: Error| error.shifted(offset))?;
    Ok(graph.with_texts(TEXTS))
}

/// As many bytes of a stream as may be kept.
struct Bounded<'a> {
    stream: &'a mut dyn Input,
    left: u64,
    over: bool,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.fill(buf)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => {
                self.over = true;
                return Err(io::ErrorKind::OutOfMemory.into());
            }
        }
        Ok(count)
    }
}

/// Refuses the pickle of an object array, at `offset`, before it is read, where it is not allowed.
///
/// # Errors
/// `NotAllowed`.
pub(crate) fn refuse_objects(allowed: bool, offset: u64) -> Result<()> {
    match allowed {
        true => Ok(()),
        false => {
            let why = "object arrays cannot be loaded when allow_pickle=False";
            Err(Error::new(ErrorKind::NotAllowed, why).at(offset))
        }
    }
}

/// What an object array's pickle holds.
pub(crate) enum Held {
    /// An array, as a rule.
    Array(DynArray),
    /// Whatever else it may be.
    Other(Graph),
}

/// What the pickle holds that was loaded from `offset` on; its graph as it is if that is wanted.
///
/// # Errors
/// `InvalidData` where there is none, or its array contradicts itself.
pub(crate) fn held(graph: Result<Graph>, offset: u64, as_graph: bool) -> Result<Held> {
    let graph = match graph {
        // The header said that there would be one.
        Err(error) if error.kind() == ErrorKind::EndOfStream => {
            let text = error.message();
            return Err(error.reworded(ErrorKind::InvalidData, text).at(offset));
        }
        graph => graph?,
    };
    if as_graph {
        return Ok(Held::Other(graph));
    }
    let array = find_array(graph.root()).map_err(|error| error.shifted(offset))?;
    Ok(array.map_or(Held::Other(graph), Held::Array))
}
