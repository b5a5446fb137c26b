//! CRC-32 over memory, large ranges on all cores.

use crc32fast::Hasher;

use crate::parallel::{join, map, num_threads};
use crate::{Error, Result};

/// The bytes that one thread takes at a time; below that, starting it would cost more.
const SHARE: usize = 4 << 20;

/// The CRC of `bytes`, to go on from.
///
/// # Errors
/// `Cancelled`.
pub(super) fn hash(bytes: &[u8]) -> Result<Hasher> {
    let shares = map(num_threads(), bytes.chunks(SHARE), |share| {
        let mut hasher = Hasher::new();
        hasher.update(share);
        Ok::<_, Error>(hasher)
    })?;
    let mut all = Hasher::new();
    shares.iter().for_each(|share| all.combine(share));
    Ok(all)
}

/// The CRC of `parts`, one after the other.
///
/// # Errors
/// `Cancelled`.
pub(super) fn hash_all(parts: [&[u8]; 2]) -> Result<u32> {
    let mut all = Hasher::new();
    for part in parts {
        all.combine(&hash(part)?);
    }
    Ok(all.finalize())
}

/// The CRC of `parts`, taken on another thread while `work` is done.
///
/// # Errors
/// Those of `work`.
pub(super) fn hash_beside<E>(parts: [&[u8]; 2], work: impl FnOnce() -> Result<(), E>) -> Result<u32, E> {
    let in_turn = move || {
        let mut all = Hasher::new();
        parts.iter().for_each(|part| all.update(part));
        all.finalize()
    };
    let (done, crc) = join(num_threads(), work, in_turn);
    done.map(|()| crc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_make_the_same_as_the_whole() {
        let bytes: Vec<u8> = (0..3 * SHARE + 5).map(|at| (at % 253) as u8).collect();
        for len in [0, 1, SHARE - 1, SHARE, SHARE + 1, 3 * SHARE + 5] {
            let wanted = crc32fast::hash(&bytes[..len]);
            let parts = bytes[..len].split_at(len / 3);
            assert_eq!(hash(&bytes[..len]).unwrap().finalize(), wanted, "{len}");
            assert_eq!(hash_all([parts.0, parts.1]).unwrap(), wanted, "{len}");
            assert_eq!(hash_beside([parts.0, parts.1], || Ok::<_, ()>(())), Ok(wanted), "{len}");
        }
    }
}
