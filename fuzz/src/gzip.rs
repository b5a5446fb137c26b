//! gzip files inflated on several threads compared with flate2: the same bytes, or an error of both. Half of the inputs are
//! files as encoders write them, damaged.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use numio_deflate::{GzipDecoder, Rayon};

/// The most that is inflated.
const MOST: u64 = 8 << 20;

/// Tries one input.
pub fn run(input: &[u8]) {
    let [kind, level, seed, patch @ ..] = input else { return };
    let mut file = patch.to_vec();
    if kind & 1 == 0 {
        // Enough for several blocks in a batch.
        let noise = |at: u32| at.wrapping_mul(2_654_435_761) >> (20 + seed % 8);
        let data: Vec<u8> = (0..u32::from(*kind) << 14).flat_map(|at| noise(at).to_le_bytes()).collect();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(u32::from(level % 10)));
        file = encoder.write_all(&data).and_then(|()| encoder.finish()).expect("memory");
        let at = usize::from(*seed) * file.len() / 256;
        file.iter_mut().skip(at).zip(patch).for_each(|(byte, change)| *byte ^= change);
    }
    let read = |reader: &mut dyn Read| {
        let mut out = Vec::new();
        reader.take(MOST).read_to_end(&mut out).ok().map(|_| out)
    };
    let found = read(&mut GzipDecoder::with_executor(&file[..], Rayon::with_threads(3)));
    let wanted = read(&mut MultiGzDecoder::new(&file[..]));
    // flate2 takes some bytes after the last member for its end.
    if let (Some(found), Some(wanted)) = (found, wanted) {
        assert!(found == wanted);
    }
}
