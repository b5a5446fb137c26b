//! Arrays and archives that grow: the first byte says which, the rest is the file. What was there stays, and what was added comes
//! behind it; a failure changes nothing.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use numio::npz::NpzWriter;
use numio::{DynArray, LoadOptions, Loaded, NpzArchive, SliceItem, npy};
use tempfile::TempDir;

/// A directory of this process.
fn directory() -> &'static Path {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    MADE.get_or_init(|| tempfile::tempdir().expect("a directory for temporary files")).path()
}

fn array_in(bytes: &[u8]) -> Option<DynArray> {
    LoadOptions::new().from_slice(bytes).and_then(Loaded::into_array).ok()
}

/// Tries one input.
pub fn run(bytes: &[u8]) {
    let Some((&kind, bytes)) = bytes.split_first() else { return };
    match kind & 1 {
        0 => rows(bytes),
        _ => member(bytes),
    }
}

/// Appends an array to itself.
fn rows(bytes: &[u8]) {
    let Some(array) = array_in(bytes).filter(|array| !array.dtype().has_objects()) else { return };
    let path = directory().join("a.npy");
    fs::write(&path, bytes).expect("a directory for temporary files");
    let appended = npy::append(&path, &array);
    let after = fs::read(&path).expect("it is there");
    let found = array_in(&after).expect("an array stays one");
    if appended.is_err() {
        assert!(found.identical(&array));
        return;
    }
    assert_eq!(found.dtype(), array.dtype());
    // One axis is twice as long, the first or the last: or all are as they were, where that axis has no length.
    let Some(axis) = (0..array.ndim()).find(|&axis| found.shape()[axis] != array.shape()[axis]) else {
        assert!(found.identical(&array) && array.shape().contains(&0));
        return;
    };
    let rows = array.shape()[axis] as isize;
    for start in [0, rows] {
        let range = |start, stop| SliceItem::Range { start, stop, step: 1 };
        let mut items = vec![range(None, None); array.ndim()];
        items[axis] = range(Some(start), Some(start + rows));
        let half = found.slice(&items).expect("it is within");
        assert!(half.shape() == array.shape() && half.to_bytes() == array.to_bytes());
    }
}

/// Adds a member to an archive.
fn member(bytes: &[u8]) {
    let path = directory().join("a.npz");
    fs::write(&path, bytes).expect("a directory for temporary files");
    let append = || {
        let mut writer = NpzWriter::append(&path)?;
        writer.add("numio fuzz", &[7_u8, 8, 9])?;
        writer.finish()
    };
    let appended = append();
    let after = fs::read(&path).expect("it is there");
    if appended.is_err() {
        assert!(after == bytes);
        return;
    }
    let archive = NpzArchive::from_bytes(after).expect("an archive stays one");
    let new: Vec<u8> = archive.read("numio fuzz").expect("what was added");
    assert_eq!(new, [7, 8, 9]);
    let Ok(old) = NpzArchive::from_bytes(bytes.to_vec()) else { return };
    assert_eq!(archive.len(), old.len() + 1);
    for (at, info) in old.members().enumerate().filter(|(_, info)| info.size < 1 << 20) {
        let read = |archive: &NpzArchive| archive.by_index(at).and_then(|member| member.bytes()).ok();
        assert_eq!(archive.members().nth(at).map(|info| info.name), Some(info.name));
        if let Some(old) = read(&old) {
            assert_eq!(read(&archive), Some(old), "{}", info.name);
        }
    }
}
