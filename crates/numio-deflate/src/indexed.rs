//! One stream on all cores, by the index of its blocks.
//!
//! The index is only believed as far as it is proven. Each part is inflated from its first bit with nothing to refer back
//! to, so the bytes before it in the stream make no difference. Each but the last is followed by a secret mark
//! ([`Segment`]), which a decoder reaches only between two blocks, none of which was the last: so a decoder of the one
//! stream, too, ends the part there and starts the next. The last part is decoded as the end of the stream. By induction,
//! the parts one after the other are what the one stream inflates to.

use std::sync::atomic::{AtomicBool, Ordering};

use crc32fast::Hasher;

use crate::codec::Decompressor;
use crate::error::grow;
use crate::executor::for_each;
use crate::segment::{MARK, Segment};
use crate::{Executor, Part, Result, Source};

/// Inflates each part of `source` on its own, on all cores, the first bytes into `head` and the others into `body`, and
/// returns the CRC-32 of them all. `None` if it is not proven that the parts are the stream: then nothing in `head` and
/// `body` counts.
///
/// [`Inflate`](crate::Inflate) calls this first, and inflates the stream as one where it is not proven.
///
/// # Errors
/// Those of the source and of the executor's check.
pub fn inflate_by_index(
    source: &dyn Source,
    parts: &[Part],
    head: &mut [u8],
    body: &mut [u8],
    executor: &dyn Executor,
) -> Result<Option<u32>> {
    let Some((last, inner)) = parts.split_last() else { return Ok(None) };
    if !covers(parts, source.len()?, (head.len() + body.len()) as u64) {
        return Ok(None);
    }
    if !parts.iter().all(Part::is_small) || parts.first().is_none_or(|first| first.len < head.len()) {
        return Ok(None);
    }
    let mut rest = body;
    let mut front = Some(head);
    let mut work = Vec::with_capacity(parts.len());
    for part in inner.iter().chain([last]) {
        let front = front.take().unwrap_or_default();
        let len = part.len.saturating_sub(front.len()).min(rest.len());
        let (out, after) = std::mem::take(&mut rest).split_at_mut(len);
        rest = after;
        work.push((part, (front, out), None));
    }
    let is_wrong = AtomicBool::new(false);
    let threads = executor.threads().min(parts.len());
    for_each(
        executor,
        threads,
        work.iter_mut().enumerate(),
        PartInflater::new,
        |inflater, (at, (part, out, crc))| {
            if !is_wrong.load(Ordering::Relaxed) {
                let inflated = inflater.inflate(source, part, at == inner.len())?;
                *crc = inflated.and_then(|bytes| {
                    let (front, back) = out;
                    let (first, others) = bytes.split_at_checked(front.len())?;
                    front.copy_from_slice(first);
                    back.get_mut(..others.len())?.copy_from_slice(others);
                    let mut hasher = Hasher::new();
                    hasher.update(bytes);
                    Some(hasher)
                });
                // No use in going on.
                is_wrong.fetch_or(crc.is_none(), Ordering::Relaxed);
            }
            Ok(())
        },
    )?;
    let hashers: Option<Vec<Hasher>> = work.into_iter().map(|(_, _, crc)| crc).collect();
    Ok(hashers.map(|hashers| {
        let mut all = Hasher::new();
        hashers.iter().for_each(|hasher| all.combine(hasher));
        all.finalize()
    }))
}

/// Inflates one part alone. `None` if it does not inflate to as much as the index says, ends elsewhere, or is not
/// [small](Part::is_small).
///
/// That proves the part, not that a decoder of the one stream comes to its start: for that, all parts before it are needed
/// ([`inflate_by_index`]).
///
/// # Errors
/// Those of the source; `OutOfMemory`.
pub fn inflate_part(source: &dyn Source, part: &Part, is_last: bool) -> Result<Option<Vec<u8>>> {
    if !part.is_small() {
        return Ok(None);
    }
    let mut inflater = PartInflater::new();
    let is_whole = inflater.inflate(source, part, is_last)?.is_some();
    let mut out = inflater.out;
    out.truncate(part.len);
    Ok(is_whole.then_some(out))
}

/// Returns true if the parts follow one another from the first byte to the last, and inflate to `len` bytes.
fn covers(parts: &[Part], compressed: u64, len: u64) -> bool {
    let ends = parts.iter().try_fold((0_u64, 0_u64), |(start, done), part| {
        let next = start.checked_add(part.compressed as u64)?;
        (part.start == start).then_some((next, done.checked_add(part.len as u64)?))
    });
    ends == Some((compressed, len))
}

/// The buffers of one thread that inflates parts.
struct PartInflater {
    decompressor: Decompressor,
    segment: Segment,
    /// The decompressed part and the mark, for which the output has no capacity.
    out: Vec<u8>,
}

impl PartInflater {
    fn new() -> Self {
        Self { decompressor: Decompressor::new(), segment: Segment::new(), out: Vec::new() }
    }

    /// Inflates the part. `None` if that is not as much as the index says, or the part ends elsewhere.
    fn inflate(&mut self, source: &dyn Source, part: &Part, is_last: bool) -> Result<Option<&[u8]>> {
        let from = part.start.saturating_mul(8);
        let to = from.saturating_add((part.compressed as u64).saturating_mul(8));
        self.segment.take(from, to, |bytes: &mut [u8], at: u64| source.read_exact_at(bytes, at))?;
        grow(&mut self.out, part.len + MARK)?;
        let stream = self.segment.alone();
        // The last part has an end of its own.
        let stream = if is_last { stream.get(..part.compressed).unwrap_or_default() } else { stream };
        let Ok(inflated) = self.decompressor.deflate_decompress(stream, &mut self.out) else {
            return Ok(None);
        };
        let len = if is_last { Some(inflated) } else { self.segment.without_mark(&self.out, inflated) };
        Ok(self.out.get(..part.len).filter(|_| len == Some(part.len)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::compress;
    use crate::codec::compressor;
    use crate::{BlockIndex, Rayon};

    struct Noise(u64);

    impl Noise {
        fn below(&mut self, bound: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % bound
        }

        /// Data that compress a little, so that blocks are of all kinds.
        fn data(&mut self, len: usize) -> Vec<u8> {
            let letters = 1 + self.below(200);
            (0..len).map(|_| self.below(letters) as u8).collect()
        }
    }

    /// A stream of parts, some of which are wrong, and an index that would have them.
    fn stream(noise: &mut Noise) -> (Vec<u8>, u32, Vec<u32>, usize) {
        let count = 2 + noise.below(3);
        let block = 20 + noise.below(400);
        let mut lens = Vec::new();
        let (mut bytes, mut len) = (Vec::new(), 0);
        for at in 0..count {
            let last = at + 1 == count;
            let part_len = if last { 1 + noise.below(block) } else { block };
            let data = noise.data(part_len);
            len += data.len();
            let mut compressor = compressor([0, 1, 6, 12][noise.below(4)]);
            // Now and then a part has an end of its own.
            let mut part = compress(&mut compressor, &data, last || noise.below(20) == 0).unwrap();
            if noise.below(10) == 0 {
                // A stored block that contains blocks.
                part = [&[0, part.len() as u8, 0, !part.len() as u8, 0xff], &part[..]].concat();
            }
            lens.push(part.len() as u32);
            bytes.extend(part);
        }
        (bytes, block as u32, lens, len)
    }

    fn mutate(noise: &mut Noise, bytes: &mut Vec<u8>) {
        for _ in 0..noise.below(3) {
            let at = noise.below(bytes.len());
            match noise.below(4) {
                0 => bytes[at] ^= 1 << noise.below(8),
                1 => bytes[at] = noise.below(256) as u8,
                2 => drop(bytes.remove(at)),
                _ => {
                    let to = noise.below(bytes.len());
                    let moved = bytes[at..].iter().take(9).copied().collect::<Vec<u8>>();
                    bytes.splice(to..to, moved);
                }
            }
            if bytes.is_empty() {
                bytes.push(0);
            }
        }
    }

    fn agrees(stream: &[u8], index: &[u8], len: usize, what: &str) -> bool {
        let parts =
            BlockIndex::from_bytes(index).and_then(|index| index.parts(stream.len() as u64, len as u64));
        let Some(parts) = parts else { return false };
        let (mut head, mut body) = (vec![0; len.min(7)], vec![0; len - len.min(7)]);
        let executor = Rayon::with_threads(2);
        let found = inflate_by_index(&stream, &parts, &mut head, &mut body, &executor).unwrap();
        let by_part = parts
            .iter()
            .enumerate()
            .map(|(at, part)| inflate_part(&stream, part, at + 1 == parts.len()).unwrap());
        let by_part: Option<Vec<Vec<u8>>> = by_part.collect();
        assert_eq!(by_part.is_some(), found.is_some(), "{what}: the parts one by one");
        let Some(crc) = found else { return false };
        assert!(
            by_part.unwrap_or_default().concat() == [&head[..], &body].concat(),
            "{what}: the parts one by one"
        );
        let mut wanted = vec![0; len];
        let inflated = Decompressor::new().deflate_decompress(stream, &mut wanted);
        assert_eq!(inflated, Ok(len), "{what}: the stream is none, and the index says that it is");
        assert!([head, body].concat() == wanted, "{what}: other bytes by the index");
        assert_eq!(crc, crc32fast::hash(&wanted), "{what}");
        true
    }

    /// An index gives the bytes of the one stream, whatever either says: no CRC is looked at here, since an attacker
    /// can make it fit. `NUMIO_ROUNDS` makes it longer.
    #[test]
    fn an_index_gives_what_the_stream_gives_or_nothing() {
        let rounds = std::env::var("NUMIO_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1);
        let mut noise = Noise(3);
        let mut agreed = 0;
        for round in 0..rounds * 1000 {
            let (mut stream, mut block, mut lens, len) = stream(&mut noise);
            match noise.below(4) {
                0 => {}
                1 => mutate(&mut noise, &mut stream),
                2 => {
                    // Parts that start elsewhere.
                    let at = noise.below(lens.len());
                    lens[at] = noise.below(stream.len()) as u32;
                }
                _ => block = 1 + noise.below(len) as u32,
            }
            let mut index = BlockIndex::new(block);
            lens.iter().for_each(|&len| index.push(len));
            let mut index = index.to_bytes();
            if noise.below(4) == 0 {
                let at = 2 + noise.below(index.len() - 2);
                index[at] ^= 1 << noise.below(8);
            }
            agreed += usize::from(agrees(&stream, &index, len, &format!("round {round}")));
        }
        assert!(agreed > rounds * 100, "{agreed}");
    }
}
