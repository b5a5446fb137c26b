//! The index of a deflate stream compared with the stream: what is inflated by it is what any decoder of the stream gives,
//! whatever either says.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use numio_deflate::{BlockIndex, Rayon, inflate_by_index};

/// A stream of parts of `block` bytes, of which none looks back into another, and the lengths of all but the last.
fn stream_of(data: &[u8], block: usize) -> (Vec<u8>, Vec<u32>) {
    let (mut stream, mut lens) = (Vec::new(), Vec::new());
    let count = data.len().div_ceil(block);
    for (at, part) in data.chunks(block).enumerate() {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
        encoder.write_all(part).expect("memory");
        if at + 1 < count {
            // Ends at a whole byte, and not the stream.
            encoder.flush().expect("memory");
            stream.extend_from_slice(encoder.get_ref());
            lens.push(encoder.get_ref().len() as u32);
        } else {
            stream.extend(encoder.finish().expect("memory"));
        }
    }
    (stream, lens)
}

/// Tries one input.
pub fn run(input: &[u8]) {
    let [kind, block, flips, rest @ ..] = input else { return };
    let block = usize::from(*block) + 1;
    let (mut stream, lens) = if kind & 1 == 0 {
        stream_of(rest, block)
    } else {
        let count = usize::from(kind >> 1 & 3);
        let Some((lens, stream)) = rest.split_at_checked(2 * count) else { return };
        let lens = lens.chunks(2).map(|len| u16::from_le_bytes([len[0], len[1]]).into()).collect();
        (stream.to_vec(), lens)
    };
    for flip in 0..flips & 3 {
        let at = (usize::from(*flips) * 31 + usize::from(flip) * 97) % stream.len().max(1);
        stream.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (flip & 7));
    }
    let mut whole = Vec::new();
    if DeflateDecoder::new(&stream[..]).take(1 << 20).read_to_end(&mut whole).is_err() || whole.is_empty() {
        return;
    }
    let mut index = b"n1".to_vec();
    index.extend((block as u32).to_le_bytes());
    index.extend(lens.iter().flat_map(|len: &u32| len.to_le_bytes()));
    let parts =
        BlockIndex::from_bytes(&index).and_then(|index| index.parts(stream.len() as u64, whole.len() as u64));
    let Some(parts) = parts else { return };
    let mut found = vec![0; whole.len()];
    let crc =
        inflate_by_index(&stream, &parts, &mut [], &mut found, &Rayon::with_threads(2)).expect("memory");
    if let Some(crc) = crc {
        assert!(found == whole && crc == crc32fast::hash(&whole));
    }
}
