//! Compressed texts, and a large deflated member that is inflated from several offsets at once: the first byte says which.

use std::io::Write;
use std::sync::OnceLock;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use numio::text::LoadTxt;
use numio::{DynArray, LoadOptions, Loaded};

const SUFFIXES: [&str; 5] = ["txt.gz", "txt.bz2", "txt.xz", "txt.lzma", "txt.zst"];

/// An archive as NumPy makes it, with one stream that tells nothing of its blocks; and where the stream lies.
fn archive() -> &'static (Vec<u8>, std::ops::Range<usize>, DynArray) {
    static MADE: OnceLock<(Vec<u8>, std::ops::Range<usize>, DynArray)> = OnceLock::new();
    MADE.get_or_init(|| {
        let values = (0..2_000_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 22) as i32).collect();
        let mut member = Vec::new();
        numio::to_writer(&mut member, &ndarray::Array1::from_vec(values)).expect("memory");
        let array =
            LoadOptions::new().from_slice(&member).and_then(Loaded::into_array).expect("what was saved");
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        let packed = encoder.write_all(&member).and_then(|()| encoder.finish()).expect("memory");
        let mut fields = vec![20, 0, 0, 0, 8, 0, 0, 0, 33, 0];
        for number in [crc32fast::hash(&member), packed.len() as u32, member.len() as u32] {
            fields.extend_from_slice(&number.to_le_bytes());
        }
        fields.extend_from_slice(&[5, 0, 0, 0]);
        let mut bytes = [b"PK\x03\x04", &fields[..], b"a.npy"].concat();
        let start = bytes.len();
        bytes.extend_from_slice(&packed);
        let end = bytes.len();
        bytes.extend([b"PK\x01\x02\x14\0", &fields[..], &[0; 14], b"a.npy"].concat());
        let size = (bytes.len() - end) as u32;
        bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
        bytes.extend([size.to_le_bytes(), (end as u32).to_le_bytes()].concat());
        bytes.extend_from_slice(&[0; 2]);
        (bytes, start..end, array)
    })
}

/// Tries one input.
pub fn run(bytes: &[u8]) {
    let Some((&how, rest)) = bytes.split_first() else { return };
    if let Some(suffix) = SUFFIXES.get(usize::from(how)) {
        let path = std::env::temp_dir().join(format!("numio-fuzz-{}.{suffix}", std::process::id()));
        std::fs::write(&path, rest).expect("a place for temporary files");
        let _ = LoadTxt::new().load(&path);
        return;
    }
    let (whole, stream, array) = archive();
    let Some((&place, patch)) = rest.split_first_chunk::<4>() else { return };
    let mut bytes = whole.clone();
    let place = stream.start + u32::from_le_bytes(place) as usize % stream.len();
    for (byte, change) in bytes[place..stream.end].iter_mut().zip(patch) {
        *byte ^= change;
    }
    if let Ok(Loaded::Npz(archive)) = LoadOptions::new().from_slice(&bytes)
        && let Ok(found) = archive.get("a").and_then(|member| member.into_array())
    {
        assert!(found.identical(array), "another array of the same CRC");
    }
}
