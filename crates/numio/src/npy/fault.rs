//! What goes wrong between a header and its data.

use std::fmt;

use crate::error::Cause;
use crate::{DType, ErrorKind};

#[derive(Debug)]
pub(crate) enum Fault {
    /// Nothing stands where an array could start.
    NoData,
    /// Fewer elements than the header says.
    Short { shape: Vec<usize>, wanted: usize, found: usize },
    /// More bytes than [`Limits::alloc_bytes`](crate::Limits::alloc_bytes).
    TooLarge { bytes: usize, limit: u64 },
    /// Python objects where only plain elements can be.
    Objects { dtype: DType, doing: &'static str },
    /// A Rust type of another rank.
    Rank { shape: Vec<usize>, wanted: usize },
    /// Elements without bytes, whose number no input justifies.
    NoBytes { dtype: DType },
}

impl Cause for Fault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoData => ErrorKind::Eof,
            Self::Short { .. } => ErrorKind::Format,
            Self::TooLarge { .. } => ErrorKind::Limit,
            Self::Objects { .. } | Self::Rank { .. } | Self::NoBytes { .. } => ErrorKind::Argument,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoData => f.write_str("no data left in file"),
            Self::Short { shape, wanted, found } => write!(
                f,
                "failed to read all data for array: expected {} = {wanted} elements, could only read {found} \
                 elements (file seems not fully written?)",
                Tuple(shape)
            ),
            Self::TooLarge { bytes, limit } => {
                write!(
                    f,
                    "an array of {bytes} bytes; the limit is {limit}: raise Limits::alloc_bytes to read it"
                )
            }
            Self::Objects { dtype, doing } => {
                write!(f, "an array of dtype {dtype} holds Python objects and cannot be {doing}: use load")
            }
            Self::Rank { shape, wanted } => write!(
                f,
                "an array of shape {} where one of {wanted} axes is wanted: use an array of {} axes, or IxDyn",
                Tuple(shape),
                shape.len()
            ),
            Self::NoBytes { dtype } => {
                write!(f, "elements of dtype {dtype} take no bytes and cannot be read by type: use load")
            }
        }
    }
}

/// A shape as Python prints it.
pub(crate) struct Tuple<'a>(pub(crate) &'a [usize]);

impl fmt::Display for Tuple<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (at, axis) in self.0.iter().enumerate() {
            write!(f, "{}{axis}", if at == 0 { "" } else { ", " })?;
        }
        f.write_str(if self.0.len() == 1 { ",)" } else { ")" })
    }
}
