//! CRC-32 over memory, large ranges on all cores.

use crc32fast::Hasher;

use crate::source::cores;

/// What one thread takes at a time; below that, starting it would cost more.
const SHARE: usize = 4 << 20;

/// The CRC of `bytes`, to go on from.
pub(super) fn hash(bytes: &[u8]) -> Hasher {
    let shares: Vec<&[u8]> = bytes.chunks(SHARE).collect();
    let group = shares.len().div_ceil(cores()).max(1);
    let hash_all = |shares: &[&[u8]]| {
        let mut hasher = Hasher::new();
        shares.iter().for_each(|share| hasher.update(share));
        hasher
    };
    let mut groups = shares.chunks(group);
    let first = groups.next().unwrap_or_default();
    std::thread::scope(|scope| {
        let others: Vec<_> = groups
            .map(|group| (group, std::thread::Builder::new().spawn_scoped(scope, move || hash_all(group))))
            .collect();
        let mut all = hash_all(first);
        for (group, thread) in others {
            // Where the system gives no more threads, this one does it.
            let hashed = thread.ok().and_then(|thread| thread.join().ok()).unwrap_or_else(|| hash_all(group));
            all.combine(&hashed);
        }
        all
    })
}

/// The CRC of `parts`, one after the other.
pub(super) fn hash_all(parts: [&[u8]; 2]) -> u32 {
    let mut all = Hasher::new();
    parts.iter().for_each(|part| all.combine(&hash(part)));
    all.finalize()
}

/// The CRC of `parts`, taken on a thread of its own while `work` is done.
///
/// # Errors
/// Those of `work`.
pub(super) fn hash_beside<E>(parts: [&[u8]; 2], work: impl FnOnce() -> Result<(), E>) -> Result<u32, E> {
    let in_turn = move || {
        let mut all = Hasher::new();
        parts.iter().for_each(|part| all.update(part));
        all.finalize()
    };
    std::thread::scope(|scope| {
        let beside = std::thread::Builder::new().spawn_scoped(scope, in_turn);
        work()?;
        // Where the system gives no more threads, this one does it.
        Ok(beside.ok().and_then(|thread| thread.join().ok()).unwrap_or_else(in_turn))
    })
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
            assert_eq!(hash(&bytes[..len]).finalize(), wanted, "{len}");
            assert_eq!(hash_all([parts.0, parts.1]), wanted, "{len}");
            assert_eq!(hash_beside([parts.0, parts.1], || Ok::<_, ()>(())), Ok(wanted), "{len}");
        }
    }
}
