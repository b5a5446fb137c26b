//! Real files, cut short at every byte and with every bit flipped: an error or an array, never a panic.

use numio::{ErrorKind, LoadOptions};

use crate::testdata::{folder, manifest};

/// The smaller real files, by name.
fn small_files() -> impl Iterator<Item = (String, Vec<u8>)> {
    let real = manifest().into_iter().filter(|(name, _)| name.starts_with("npy/"));
    real.map(|(name, _)| {
        let bytes = std::fs::read(folder().join(&name)).unwrap();
        (name, bytes)
    })
    .filter(|(_, bytes)| bytes.len() < 400)
}

#[test]
fn every_truncation_is_an_error_or_a_whole_array() {
    for (name, bytes) in small_files() {
        let whole = LoadOptions::new().from_slice(&bytes).and_then(|loaded| loaded.into_array());
        for end in 0..bytes.len() {
            let error =
                match LoadOptions::new().from_slice(&bytes[..end]).and_then(|loaded| loaded.into_array()) {
                    // A file of two arrays holds the first one for a while.
                    Ok(array) => {
                        assert_eq!(Some(&array), whole.as_ref().ok(), "{name} cut to {end}");
                        continue;
                    }
                    Err(error) => error,
                };
            let wanted = match end {
                0 => ErrorKind::EndOfStream,
                _ => ErrorKind::InvalidData,
            };
            let is_unread =
                error.kind() == ErrorKind::Unsupported && error.message().contains("not read yet");
            assert!(error.kind() == wanted || is_unread, "{name} cut to {end}: {error:?}");
        }
    }
}

#[test]
fn every_flipped_bit_is_an_error_or_an_array() {
    let mut arrays = 0;
    let mut errors = 0;
    for (_, bytes) in small_files() {
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                match LoadOptions::new().from_slice(&flipped).and_then(|loaded| loaded.into_array()) {
                    Ok(_) => arrays += 1,
                    Err(_) => errors += 1,
                }
            }
        }
    }
    // Flips in the data change values; flips in the header mostly are faults.
    assert!(arrays > 1000 && errors > 1000, "{arrays} arrays, {errors} errors");
}
