//! One deflated member on all cores, by the index of where its parts start.
//!
//! The index is only believed as far as it is proven. Each part is inflated from its first bit with nothing to look back
//! to, so the bytes before it in the stream make no difference. Each but the last is followed by a secret mark
//! ([`Segment`]), which a decoder reaches only between two blocks, none of which was the last: so a decoder of the one
//! stream, too, ends the part there and starts the next. The last part is decoded as the end of the stream. By induction,
//! the parts one after the other are what the one stream inflates to.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use crc32fast::Hasher;

#[cfg(any(test, fuzzing))]
use crate::deflate::Index;
use crate::deflate::{Decompressor, MARK, Part, Segment};
#[cfg(any(test, fuzzing))]
use crate::npz::directory::Directory;
use crate::npz::member::MemberData;
#[cfg(any(test, fuzzing))]
use crate::npz::zip::{End, Method, NewLocal, NewRecord};
use crate::parallel::{for_each_with, num_threads};

/// Parts that inflate to more than this are left to one core: each thread has memory for one.
const LARGEST_PART: usize = 128 << 20;

/// Inflates each part on its own, on all cores, the first bytes into `head` and the others into `body`, and gives the CRC
/// of them all. Nothing where it is not proven that the parts are the stream.
///
/// # Errors
/// Those of the source.
pub(crate) fn inflate(
    data: &MemberData<'_>,
    parts: &[Part],
    head: &mut [u8],
    body: &mut [u8],
) -> io::Result<Option<u32>> {
    let Some((last, inner)) = parts.split_last() else { return Ok(None) };
    if parts.iter().any(|part| part.len > LARGEST_PART || part.compressed > LARGEST_PART)
        || parts.first().is_none_or(|first| first.len < head.len())
    {
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
    let threads = num_threads().min(parts.len());
    for_each_with(
        threads,
        work.iter_mut().enumerate(),
        Inflater::new,
        |inflater, (at, (part, out, crc))| {
            if !is_wrong.load(Ordering::Relaxed) {
                let inflated = inflater.part(data, part, at == inner.len())?;
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
            Ok::<_, io::Error>(())
        },
    )?;
    let hashers: Option<Vec<Hasher>> = work.into_iter().map(|(_, _, crc)| crc).collect();
    Ok(hashers.map(|hashers| {
        let mut all = Hasher::new();
        hashers.iter().for_each(|hasher| all.combine(hasher));
        all.finalize()
    }))
}

/// Inflates one part alone. Nothing where it does not inflate to as much as the index says, or ends elsewhere.
///
/// That proves the part, not that a decoder of the one stream comes to its start: for that, all parts before it are needed,
/// and for the CRC all of them.
///
/// # Errors
/// Those of the source; `Io` of kind `OutOfMemory`.
pub(crate) fn inflate_part(data: &MemberData<'_>, part: &Part, is_last: bool) -> io::Result<Option<Vec<u8>>> {
    if part.len > LARGEST_PART || part.compressed > LARGEST_PART {
        return Ok(None);
    }
    let mut inflater = Inflater::new();
    let Some(len) = inflater.part(data, part, is_last)?.map(<[u8]>::len) else { return Ok(None) };
    inflater.out.truncate(len);
    Ok(Some(inflater.out))
}

/// Inflates `stream` by `index`, the bytes of an archive's `np` field, if it is proven that the one stream inflates to
/// the same `len` bytes. Only for the fuzz target and its corpus: a CRC must not come before the proof there.
#[cfg(any(test, fuzzing))]
pub fn inflate_by_index(stream: &[u8], index: &[u8], len: usize) -> Option<Vec<u8>> {
    let parts = Index::parts(index, stream.len() as u64, len as u64)?;
    let (name, method, crc, compressed, size) = ("x", Method::Deflated, 0, stream.len() as u64, len as u64);
    let mut archive = NewLocal { name, method, crc, compressed, size, zip64: false }.to_bytes(None);
    archive.extend_from_slice(stream);
    let start = archive.len() as u64;
    let mut records = Vec::new();
    let (name, extra) = (name.to_owned(), Vec::new());
    NewRecord { name, method, crc, compressed, size, local: 0, extra }.put(&mut records);
    let size = records.len() as u64;
    End { count: 1, zip64: false, size, offset: start, at: start }.put(&[], &mut records);
    archive.extend(records);
    let limits = crate::Limits { max_compression_ratio: u64::MAX, ..Default::default() };
    let source = &&archive[..];
    let directory = Directory::read(source, &limits).ok()?;
    let data = MemberData::find(source, &directory, directory.entries.first()?, &limits).ok()?;
    let mut out = vec![0; len];
    inflate(&data, &parts, &mut [], &mut out).ok()??;
    Some(out)
}

/// The buffers of one thread that inflates parts.
struct Inflater {
    decompressor: Decompressor,
    segment: Segment,
    /// The decompressed part and the mark, for which the array has no space.
    out: Vec<u8>,
}

impl Inflater {
    fn new() -> Self {
        Self { decompressor: Decompressor::new(), segment: Segment::new(), out: Vec::new() }
    }

    /// Inflates the part. Returns nothing where that is not as much as the index says, or the part ends elsewhere.
    fn part(&mut self, data: &MemberData<'_>, part: &Part, is_last: bool) -> io::Result<Option<&[u8]>> {
        let read = |bytes: &mut [u8], at: u64| data.source.read_exact_at(bytes, data.start + at);
        let from = part.start.saturating_mul(8);
        let to = from.saturating_add((part.compressed as u64).saturating_mul(8));
        self.segment.take(from, to, read)?;
        let room = part.len + MARK;
        self.out.try_reserve(room.saturating_sub(self.out.len()))?;
        self.out.resize(room, 0);
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
#[path = "../../../../fuzz/src/index.rs"]
mod fuzz;
#[cfg(test)]
#[path = "../../../../fuzz/src/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::deflate;
    use crate::deflate::Index;
    use crate::npz::directory::Directory;

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
    fn stream(noise: &mut Noise) -> (Vec<u8>, Index, usize) {
        let count = 2 + noise.below(3);
        let block = 20 + noise.below(400);
        let mut index = Index { block: block as u32, compressed: Vec::new() };
        let (mut bytes, mut len) = (Vec::new(), 0);
        for at in 0..count {
            let last = at + 1 == count;
            let part_len = if last { 1 + noise.below(block) } else { block };
            let data = noise.data(part_len);
            len += data.len();
            let mut compressor = deflate::compressor([0, 1, 6, 12][noise.below(4)]);
            // Now and then a part has an end of its own.
            let mut part = deflate::compress(&mut compressor, &data, last || noise.below(20) == 0);
            if noise.below(10) == 0 {
                // A stored block that contains blocks.
                part = [&[0, part.len() as u8, 0, !part.len() as u8, 0xff], &part[..]].concat();
            }
            index.compressed.push(part.len() as u32);
            bytes.extend(part);
        }
        (bytes, index, len)
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
        let Some(parts) = Index::parts(index, stream.len() as u64, len as u64) else { return false };
        let archive = &crate::npz::split::tests::archive(stream, &vec![0; len])[..];
        let limits = Limits::default();
        let directory = Directory::read(&archive, &limits).unwrap();
        let Ok(data) = MemberData::find(&archive, &directory, &directory.entries[0], &limits) else {
            return false;
        };
        let (mut head, mut body) = (vec![0; len.min(7)], vec![0; len - len.min(7)]);
        let Some(crc) = inflate(&data, &parts, &mut head, &mut body).unwrap() else { return false };
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
            let (mut stream, mut index, len) = stream(&mut noise);
            match noise.below(4) {
                0 => {}
                1 => mutate(&mut noise, &mut stream),
                2 => {
                    // Parts that start elsewhere.
                    let at = noise.below(index.compressed.len());
                    index.compressed[at] = noise.below(stream.len()) as u32;
                }
                _ => index.block = 1 + noise.below(len) as u32,
            }
            let mut index = index.to_bytes();
            if noise.below(4) == 0 {
                let at = 2 + noise.below(index.len() - 2);
                index[at] ^= 1 << noise.below(8);
            }
            agreed += usize::from(agrees(&stream, &index, len, &format!("round {round}")));
        }
        assert!(agreed > rounds * 100, "{agreed}");
    }

    #[test]
    fn the_corpus_of_the_fuzz_target_gives_what_the_streams_give() {
        replay::replay("index", fuzz::run);
    }
}
