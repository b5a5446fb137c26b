//! What a member of an archive is, and what it holds.

use std::fmt;

use super::error::Fault;
use super::zip::{Method, is_plain_name};
use crate::pickle::Graph;
use crate::{DynArray, Result};

/// What a member holds.
#[must_use]
#[derive(Clone)]
pub struct Member {
    value: Value,
    warning: Option<NotMapped>,
}

#[derive(Clone)]
pub(super) enum Value {
    Array(DynArray),
    Object(Graph),
    Bytes(Vec<u8>),
}

impl Member {
    pub(super) fn new(value: Value, warning: Option<NotMapped>) -> Self {
        Self { value, warning }
    }

    /// The array, if it is one.
    pub fn as_array(&self) -> Option<&DynArray> {
        match &self.value {
            Value::Array(array) => Some(array),
            Value::Object(_) | Value::Bytes(_) => None,
        }
    }

    /// The values of a pickle, where a `.npy` file holds one that is no array.
    pub fn as_object(&self) -> Option<&Graph> {
        match &self.value {
            Value::Object(graph) => Some(graph),
            Value::Array(_) | Value::Bytes(_) => None,
        }
    }

    /// The bytes, if it is no `.npy` file.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.value {
            Value::Bytes(bytes) => Some(bytes),
            Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// The array.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else.
    pub fn into_array(self) -> Result<DynArray> {
        match self.value {
            Value::Array(array) => Ok(array),
            Value::Object(graph) => graph.root().as_array(),
            Value::Bytes(_) => Err(Fault::NotNpy.into()),
        }
    }

    /// The values of a pickle.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else.
    pub fn into_object(self) -> Result<Graph> {
        match self.value {
            Value::Object(graph) => Ok(graph),
            Value::Array(_) | Value::Bytes(_) => Err(Fault::NotPickle.into()),
        }
    }

    /// The bytes.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else.
    pub fn into_bytes(self) -> Result<Vec<u8>> {
        match self.value {
            Value::Bytes(bytes) => Ok(bytes),
            Value::Array(_) | Value::Object(_) => Err(Fault::IsNpy.into()),
        }
    }

    /// Why it is in memory though a map was asked for.
    pub fn warning(&self) -> Option<NotMapped> {
        self.warning
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::Array(array) => write!(f, "Array({}, {:?})", array.dtype(), array.shape()),
            Value::Object(graph) => write!(f, "Object({:?})", graph.root()),
            Value::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
        }
    }
}

/// Why a member was read into memory where a map was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotMapped {
    /// It is packed: what stands in the file are not its elements.
    Packed(Method),
    /// It holds Python objects, which are made when they are read.
    Objects,
    /// It is no array.
    Bytes,
    /// It is mapped for writing already, and all members were asked for.
    Writable,
}

impl fmt::Display for NotMapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Packed(method) => write!(
                f,
                "read into memory, not mapped: the member is {method}; save it with savez, or `numio repack` it"
            ),
            Self::Objects => f.write_str("read into memory, not mapped: the member holds Python objects"),
            Self::Bytes => f.write_str("read into memory, not mapped: the member is no array"),
            Self::Writable => {
                f.write_str("read into memory, not mapped: the member is mapped for writing already")
            }
        }
    }
}

/// What the archive's directory says of a member. Nothing of the member itself was read for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberInfo<'a> {
    /// Its name in the archive, `.npy` included.
    pub name: &'a str,
    /// How it is packed.
    pub method: Method,
    /// How many bytes it unpacks to, header included.
    pub size: u64,
    /// How many bytes it takes in the archive.
    pub compressed_size: u64,
    /// The CRC-32 of what it unpacks to.
    pub crc: u32,
    /// Whether it is encrypted, and so not read.
    pub encrypted: bool,
}

impl MemberInfo<'_> {
    /// Whether the name is a plain relative path, with nothing in it that leads out of a directory into which it is
    /// unpacked: no `..`, no drive, no leading slash.
    pub fn is_plain_path(&self) -> bool {
        is_plain_name(self.name)
    }
}
