//! Headers, from where bytes come.

use std::fs::File;
use std::io;

use super::body::fill_growing;
use super::fault::Fault;
use super::{Header, Prelude, Version, header::prelude};
use crate::source::{Input, ReadAt};
use crate::{Error, Result};

/// What is read of a file at first: most headers, and all of a small array.
pub(crate) const HEAD: usize = 1024;

/// The first bytes of a file of `size`.
///
/// # Errors
/// What the operating system says.
pub(crate) fn read_head<'a>(file: &File, size: u64, head: &'a mut [u8; HEAD]) -> io::Result<&'a [u8]> {
    let (head, _) = head.split_at_mut(size.min(HEAD as u64) as usize);
    file.read_exact_at(head, 0)?;
    Ok(head)
}

/// The header of the file `source`, of `size` bytes and `head` for its first ones, and where its data start.
///
/// # Errors
/// `EndOfStream` for an empty file; else as [`Header::parse`].
pub(crate) fn header_at(
    source: &dyn ReadAt,
    size: u64,
    head: &[u8],
    max_chars: usize,
) -> Result<(Header, usize)> {
    parsed_at(source, size, head, max_chars, Header::parse)
}

/// The same for an array that is mapped.
///
/// # Errors
/// As [`header_at`].
pub(super) fn header_to_map_at(
    source: &dyn ReadAt,
    size: u64,
    head: &[u8],
    max_chars: usize,
) -> Result<(Header, usize)> {
    parsed_at(source, size, head, max_chars, Header::parse_to_map)
}

fn parsed_at(
    source: &dyn ReadAt,
    size: u64,
    head: &[u8],
    max_chars: usize,
    parse: fn(&[u8], usize) -> Result<(Header, usize)>,
) -> Result<(Header, usize)> {
    if size == 0 {
        return Err(Error::from(Fault::NoData).at(0));
    }
    match prelude(head) {
        Ok(prelude) if prelude.data_offset() > head.len() && size > head.len() as u64 => {
            prelude.check(max_chars)?;
            let wanted = usize::try_from(size).unwrap_or(usize::MAX).min(prelude.data_offset());
            let mut bytes = vec![0; wanted];
            source.read_exact_at(&mut bytes, 0)?;
            parse(&bytes, max_chars)
        }
        _ => parse(head, max_chars),
    }
}

/// The next header of a stream of which `first`, at most the magic, has been read already.
///
/// # Errors
/// `EndOfStream` where the stream ends before it; else as [`Header::parse`], at offsets from the start of the stream.
pub(crate) fn header_next(stream: &mut dyn Input, first: &[u8], max_chars: usize) -> Result<Header> {
    let start = stream.offset() - first.len() as u64;
    let mut head = first.to_vec();
    // Never a byte more than the header takes: what follows is someone else's.
    read_to(stream, &mut head, Version::V1.prelude_len())?;
    if head.is_empty() {
        return Err(Error::from(Fault::NoData).at(start));
    }
    let parse = |stream: &mut dyn Input, head: &mut Vec<u8>| {
        read_to(stream, head, Version::read(head)?.prelude_len())?;
        let prelude = Prelude::read(head)?;
        prelude.check(max_chars)?;
        let mut text = Vec::new();
        let found = fill_growing(stream, prelude.text_len, &mut text, &|_| {})?;
        head.extend(text.get(..found).unwrap_or_default());
        Ok(Header::parse(head, max_chars)?.0)
    };
    parse(stream, &mut head).map_err(|error: Error| error.shifted(start))
}

/// Reads on until `head` has `len` bytes or the stream ends.
fn read_to(stream: &mut dyn Input, head: &mut Vec<u8>, len: usize) -> Result<()> {
    let have = head.len();
    head.resize(len.max(have), 0);
    let came = stream.fill(head.get_mut(have..).unwrap_or_default())?;
    head.truncate(have + came);
    Ok(())
}
