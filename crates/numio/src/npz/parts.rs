//! One deflated member on all cores, by the index of where its parts start.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use crc32fast::Hasher;
use libdeflater::Decompressor;

use super::packed::Packed;
use crate::deflate::Part;
use crate::parallel::{for_each_with, num_threads};

/// What is inflated beside the array and copied into it: the first part, if it is no longer than this.
const MOST_BESIDE: usize = 4 << 20;

/// Inflates each part on its own, on all cores, the first bytes into `head` and the others into `body`, and gives the CRC
/// of them all. Nothing where a part is not what the index says.
///
/// # Errors
/// Those of the source.
pub(super) fn inflate(
    packed: &Packed<'_>,
    parts: &[Part],
    head: &mut [u8],
    body: &mut [u8],
) -> io::Result<Option<u32>> {
    let Some(first) = parts.first() else { return Ok(None) };
    let mut beside = Vec::new();
    let mut rest = body;
    let mut front: &mut [u8] = &mut [];
    if !head.is_empty() {
        let Some(len) = first.len.checked_sub(head.len()).filter(|_| first.len <= MOST_BESIDE) else {
            return Ok(None);
        };
        beside.resize(first.len, 0);
        (front, rest) = rest.split_at_mut(len.min(rest.len()));
    }
    let mut firsts = Some(&mut beside[..]).filter(|beside| !beside.is_empty());
    let mut work = Vec::with_capacity(parts.len());
    for part in parts {
        let out = firsts.take().unwrap_or_else(|| {
            let len = part.len.min(rest.len());
            let (out, after) = std::mem::take(&mut rest).split_at_mut(len);
            rest = after;
            out
        });
        work.push((part, out, None));
    }
    let is_wrong = AtomicBool::new(false);
    let threads = num_threads().min(parts.len());
    for_each_with(threads, work.iter_mut(), Inflater::default, |inflater, (part, out, crc)| {
        if !is_wrong.load(Ordering::Relaxed) {
            *crc = inflater.part(packed, part, out)?;
            // No use in going on.
            is_wrong.fetch_or(crc.is_none(), Ordering::Relaxed);
        }
        Ok::<_, io::Error>(())
    })?;
    let hashers: Option<Vec<Hasher>> = work.into_iter().map(|(_, _, crc)| crc).collect();
    if let Some((first, others)) = beside.split_at_checked(head.len())
        && others.len() == front.len()
    {
        head.copy_from_slice(first);
        front.copy_from_slice(others);
    }
    Ok(hashers.map(|hashers| {
        let mut all = Hasher::new();
        hashers.iter().for_each(|hasher| all.combine(hasher));
        all.finalize()
    }))
}

/// What one thread needs to inflate parts.
#[derive(Default)]
struct Inflater {
    decompressor: Decompressor,
    /// The part's bytes in the archive.
    packed: Vec<u8>,
}

/// An empty last block in fixed codes: what a part needs to be a stream of its own.
const END: [u8; 2] = [0x03, 0x00];

impl Inflater {
    /// Fills `out`, and gives its CRC. Nothing where the part does not inflate to just that.
    fn part(&mut self, packed: &Packed<'_>, part: &Part, out: &mut [u8]) -> io::Result<Option<Hasher>> {
        self.packed.resize(part.compressed, 0);
        packed.source.read_exact_at(&mut self.packed, packed.start + part.start)?;
        self.packed.extend_from_slice(&END);
        let inflated = self.decompressor.deflate_decompress(&self.packed, out);
        Ok((inflated == Ok(part.len)).then(|| {
            let mut hasher = Hasher::new();
            hasher.update(out);
            hasher
        }))
    }
}
