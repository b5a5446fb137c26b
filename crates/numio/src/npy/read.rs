//! Whole arrays, once their header is known.

use std::path::Path;

use super::body::{Body, Unpack};
use super::contents::Contents;
use super::head::{HEAD, header_at, header_next, read_head};
use super::{FromNpy, Header};
use crate::source::{Input, ReadAt, Stream, open};
use crate::{Error, Limits, Result};

/// The array of `header` whose data start at `offset` of `source`, the first bytes of which are `head`.
///
/// # Errors
/// `InvalidData` where the source ends before the array does; else as [`NpyFile::read`](super::NpyFile::read).
pub(crate) fn array_at<A: FromNpy>(
    source: &dyn ReadAt,
    head: &[u8],
    header: Header,
    offset: usize,
    limits: &Limits,
) -> Result<A> {
    let contents = Contents::from(header);
    let len = contents.len_within(limits)?;
    let in_head = offset.checked_add(len).is_some_and(|end| end <= head.len());
    let source: &dyn ReadAt = if in_head { &head } else { source };
    contents.check_whole(source, offset as u64, len)?;
    A::from_body(contents, Body::At { source, offset: offset as u64 }, len)
}

/// Checks that the array of `header`, whose data start at `offset`, ends within `size` bytes, and says how many its data
/// are.
///
/// # Errors
/// `InvalidData` where it does not; `LimitExceeded` where it passes the address space.
pub(crate) fn check_whole(header: &Header, offset: usize, size: u64) -> Result<usize> {
    let contents = Contents::from(header.clone());
    let len = contents.len()?;
    contents.check_found(size.saturating_sub(offset as u64), offset as u64, len)?;
    Ok(len)
}

/// The array of `header` whose data start at `offset` of the `size` bytes that `unpack` gives.
///
/// # Errors
/// As [`array_at`]; else what `unpack` says.
pub(crate) fn array_packed<A: FromNpy>(
    unpack: Unpack<'_>,
    size: u64,
    header: Header,
    offset: usize,
    limits: &Limits,
) -> Result<A> {
    let contents = Contents::from(header);
    let len = contents.len_within(limits)?;
    contents.check_found(size.saturating_sub(offset as u64), offset as u64, len)?;
    A::from_body(contents, Body::Packed { unpack, offset }, len)
}

/// The array of `header` whose data come next.
///
/// # Errors
/// As [`Reader::read`](super::Reader::read).
pub(crate) fn array_next<A: FromNpy>(stream: &mut dyn Input, header: Header, limits: &Limits) -> Result<A> {
    let contents = Contents::from(header);
    let len = contents.len_within(limits)?;
    A::from_body(contents, Body::Stream(stream), len)
}

/// The array in the file at `path`, which may be a pipe.
///
/// # Errors
/// As [`NpyFile::open`](super::NpyFile::open) and [`NpyFile::read`](super::NpyFile::read).
pub(crate) fn read_path<A: FromNpy>(path: &Path, limits: &Limits) -> Result<A> {
    let read = || {
        let (file, pipe) = open(path)?;
        let found = file.metadata()?;
        if let Some(pipe) = pipe {
            let mut stream = Stream::new(pipe);
            let header = header_next(&mut stream, b"", limits.max_header_chars)?;
            return array_next(&mut stream, header, limits);
        }
        let mut head = [0; HEAD];
        let head = read_head(&file, found.len(), &mut head)?;
        let (header, offset) = header_at(&file, found.len(), head, limits.max_header_chars)?;
        array_at(&file, head, header, offset, limits)
    };
    read().map_err(|error: Error| error.with_path(path))
}
