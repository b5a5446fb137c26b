//! What a malformed file costs: never more memory at once than 64 KiB and the file's own size.
//!
//! A program of its own, for its allocator counts.

#![allow(unsafe_code, reason = "a global allocator is unsafe; this one only counts")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;

use ndarray::ArrayD;
use numio::npy::NpyStream;
use numio::{DynArray, LoadOptions, NpzArchive};

/// The system's allocator, and how much each thread holds of it.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(more: isize) {
    HELD.set(HELD.get() + more);
    MOST.set(MOST.get().max(HELD.get()));
}

// SAFETY: every call goes to the system's allocator as it came; counting touches no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Old and new stand side by side while it is moved.
        count(size as isize);
        count(-(layout.size() as isize));
        // SAFETY: the caller's.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The most that `work` held at once.
fn most_of(work: impl FnOnce()) -> isize {
    let before = HELD.get();
    MOST.set(before);
    work();
    MOST.get() - before
}

fn check(what: &str, bytes: &[u8], path: &Path) {
    // A pickle's value of one or two bytes, a list in a list say, takes a node of the graph; and what is no `.npy`, a text
    // say, is taken for a pickle.
    let times = if what.contains(".npy") { 1 } else { 24 };
    // A decoder's window and tables: pickles may be compressed.
    let decoder = match bytes {
        [0x1f, 0x8b, ..] => 128 << 10,
        [b'B', b'Z', b'h', ..] | [0xfd, b'7', b'z', ..] | [0x5d, 0, 0, ..] => 16 << 20,
        _ => 0,
    };
    let allowed = (64 << 10) + decoder + times * bytes.len() as isize;
    // Some file systems write a file that is emptied and filled again to the disk at once, and a new one later.
    let _ = std::fs::remove_file(path);
    std::fs::write(path, bytes).unwrap();
    let options = LoadOptions::new();
    let ways: [(&str, &dyn Fn()); 6] = [
        ("load", &|| drop(numio::load(path))),
        ("from_slice", &|| drop(options.from_slice(bytes))),
        ("from_reader", &|| drop(options.from_reader(bytes))),
        ("read floats", &|| drop(numio::read_npy::<ArrayD<f64>>(path))),
        ("read texts", &|| drop(numio::read_npy::<Vec<String>>(path))),
        ("stream of floats", &|| drop(NpyStream::new(bytes).read::<Vec<f64>>())),
    ];
    for (how, work) in ways {
        let most = most_of(work);
        assert!(most <= allowed, "{what}: {how} held {most} bytes, and the file has {}", bytes.len());
    }
    // A whole array of its own is what a stream of this size gives.
    let most = most_of(|| drop(NpyStream::new(bytes).read::<DynArray>()));
    assert!(most <= allowed + bytes.len() as isize, "{what}: {most}");
}

/// What opening an archive and reading each member takes. No member of the hostile ones that loads is large.
fn check_archive(what: &str, bytes: &[u8], path: &Path) {
    let open = most_of(|| drop(NpzArchive::open(path)));
    // The end of the file, where the directory is, in pieces that are looked at on their own.
    let allowed = (128 << 10) + 4 * bytes.len() as isize;
    assert!(open <= allowed, "{what}: opening held {open} bytes, and the file has {}", bytes.len());
    let Ok(archive) = NpzArchive::open(path) else { return };
    // What bzip2 takes to unpack a byte.
    let allowed = allowed + (4 << 20);
    for at in 0..archive.len() {
        for (how, work) in [
            ("get", &(|| drop(archive.by_index(at).and_then(|member| member.value()))) as &dyn Fn()),
            ("header", &|| drop(archive.by_index(at).and_then(|member| member.header()))),
        ] {
            let most = most_of(work);
            assert!(most <= allowed, "{what}: {how} of member {at} held {most} bytes");
        }
    }
}

fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(folder);
    let paths = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| (path.display().to_string(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn hostile_files_allocate_no_more_than_their_size() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    for (what, bytes) in files("hostile") {
        if what.ends_with(".npz") {
            std::fs::write(&path, &bytes).unwrap();
            check_archive(&what, &bytes, &path);
        } else {
            check(&what, &bytes, &path);
        }
    }
}

#[test]
fn damaged_files_allocate_no_more_than_their_size() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    for (what, mut bytes) in files("npy").into_iter().filter(|(_, bytes)| bytes.len() < 400) {
        for end in (0..bytes.len()).step_by(3) {
            check(&format!("{what} cut at {end}"), &bytes[..end], &path);
        }
        for at in 8..bytes.len().min(128) {
            let good = bytes[at];
            for flip in [0x02, 0x10, 0xc0] {
                bytes[at] = good ^ flip;
                check(&format!("{what} byte {at} ^ {flip:#x}"), &bytes, &path);
            }
            bytes[at] = good;
        }
    }
}

#[test]
fn streams_allocate_what_has_come_and_no_more() {
    let header = numio::npy::Header::new(numio::DType::FLOAT64, vec![1 << 40], numio::Order::C).unwrap();
    let bytes = [header.to_bytes(), vec![7; 300 << 10]].concat();
    // Twice what has come, and while that grows, what it grew from.
    let most = most_of(|| drop(NpyStream::new(&bytes[..]).read::<Vec<f64>>()));
    assert!(most < 4 * bytes.len() as isize, "{most}");
}
