//! Which bytes are worth a look: what a program might load.

use numio::npy::Header;
use numio::npy::header::MAGIC;
use numio::pickle::Verdict as Trust;
use numio::{Limits, NpzArchive};

/// Whether the first bytes are those of what loads: an array, an archive, a pickle of protocol 2 or later.
pub(super) fn has_start(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC) || ends_archive(bytes) || is_marked(bytes)
}

/// Whether bytes in a file are loadable themselves. Bytes that only start as if they were do not count.
pub(super) fn is_loadable(bytes: &[u8]) -> bool {
    if bytes.starts_with(&MAGIC) {
        return Header::parse(bytes, Limits::default().max_header_chars).is_ok();
    }
    if ends_archive(bytes) && NpzArchive::from_bytes(bytes.to_vec()).is_ok() {
        return true;
    }
    // A pickle without its usual start counts if it does something.
    let names_something = |byte: &u8| matches!(byte, b'c' | b'i' | b'P' | b'Q' | 0x82..=0x84 | 0x93);
    if !is_marked(bytes) && !bytes.iter().any(names_something) {
        return false;
    }
    let found = numio::audit(bytes);
    match (found.fault.is_none(), found.findings.is_empty()) {
        (true, is_plain) => !is_plain || is_marked(bytes),
        (false, is_plain) => !is_plain && (is_marked(bytes) || found.verdict() == Trust::Dangerous),
    }
}

/// Whether an archive's end record stands where it must: in the last 64 KiB and a little.
pub(super) fn ends_archive(bytes: &[u8]) -> bool {
    let tail = bytes.len().saturating_sub((1 << 16) + 22);
    bytes.get(tail..).is_some_and(|tail| tail.windows(4).any(|four| four == b"PK\x05\x06"))
}

/// Whether a file is by its name meant to be loaded.
pub(super) fn has_name(name: &str) -> bool {
    const SUFFIXES: [&str; 10] =
        [".npy", ".npz", ".pkl", ".pickle", ".p", ".pk", ".pt", ".pth", ".joblib", ".dump"];
    let name = name.to_ascii_lowercase();
    SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// Whether a pickle's protocol stands first.
fn is_marked(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80, 0..=5, ..])
}
