use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use super::*;
use crate::io::ReadRange;

/// A source of which each read is counted, with the bytes that it brings.
struct Counted {
    bytes: Vec<u8>,
    requests: AtomicUsize,
    total: AtomicUsize,
}

impl ReadAt for Counted {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.requests.fetch_add(1, Relaxed);
        self.total.fetch_add(buf.len(), Relaxed);
        self.bytes.read_exact_at(buf, offset)
    }

    fn read_ranges(&self, ranges: &mut [ReadRange<'_>]) -> io::Result<()> {
        ranges.iter_mut().try_for_each(|range| self.read_exact_at(range.buf, range.offset))
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.len() as u64)
    }
}

fn counted(bytes: Vec<u8>) -> Arc<Counted> {
    Arc::new(Counted { bytes, requests: AtomicUsize::new(0), total: AtomicUsize::new(0) })
}

fn open(source: &Arc<Counted>, options: &LazyOptions) -> LazyContents {
    let stamp = FileStamp::new(source.bytes.len() as u64, None, None);
    options.open_source(Arc::clone(source) as Arc<dyn ReadAt>, "memory://x", stamp, Vec::new()).unwrap()
}

#[test]
fn requests_are_as_few_as_the_options_say() {
    let mut bytes = Vec::new();
    let rows = ndarray::Array2::from_shape_fn((4000, 1024), |(row, column)| (row * 7 + column) as f64);
    crate::to_writer(&mut bytes, &rows).unwrap();
    let source = counted(bytes);
    let LazyContents::Array(x) = open(&source, LazyOptions::new().max_gap(8192)) else { panic!() };
    assert_eq!(source.requests.load(Relaxed), 1);
    let slice = |text: &str| x.slice(&text.parse::<crate::Slice>().unwrap()).unwrap();
    for (text, requests, bytes) in [
        // Rows of 8 KiB next to each other; with a row between them, too far apart; in parts of 8 MiB.
        ("1000:1100", 1, 100 * 8192),
        ("1000:1010:2", 5, 5 * 8192),
        ("1000:1010:-1", 0, 0),
        ("1010:1000:-1", 1, 10 * 8192),
        ("100:2100", 2, 2000 * 8192),
        // Columns are nearer than the gap.
        ("100:300, 5", 1, 199 * 8192 + 8),
        // The head has been read, and yet the file may be another by now.
        ("0, :100", 1, 800),
    ] {
        source.requests.store(0, Relaxed);
        source.total.store(0, Relaxed);
        let found = slice(text);
        let whole = DynArray::from_array(&rows).unwrap();
        let wanted = whole.slice(&text.parse::<crate::Slice>().unwrap()).unwrap();
        assert_eq!(found.shape(), wanted.shape(), "{text}");
        assert_eq!(found.to_bytes(), wanted.to_bytes(), "{text}");
        assert_eq!(source.requests.load(Relaxed), requests, "{text}");
        assert_eq!(source.total.load(Relaxed), bytes, "{text}");
    }
}

/// NumPy's order: masks, then integers and ranges from left to right, then arrays of integers.
#[test]
fn of_several_errors_of_an_index_the_first_is_numpys() {
    let mut bytes = Vec::new();
    crate::to_writer(&mut bytes, &ndarray::Array2::<u8>::zeros((4, 5))).unwrap();
    let LazyContents::Array(x) = open(&counted(bytes), &LazyOptions::new()) else { panic!() };
    let no_step = || IndexItem::Basic(SliceItem::Range { start: None, stop: None, step: 0 });
    let at = |index| IndexItem::Basic(SliceItem::Index(index));
    let (mask, integers) = (|| IndexItem::from(vec![true; 3]), || IndexItem::from(vec![9]));
    for (index, wanted) in [
        ([no_step(), at(5)], "slice step cannot be zero"),
        ([at(4), no_step()], "index 4 is out of bounds for axis 0 with size 4"),
        ([no_step(), mask()], "boolean index did not match indexed array along axis 1"),
        ([at(4), mask()], "boolean index did not match indexed array along axis 1"),
        ([integers(), no_step()], "slice step cannot be zero"),
        ([integers(), at(5)], "index 5 is out of bounds for axis 1 with size 5"),
        ([integers(), at(4)], "index 9 is out of bounds for axis 0 with size 4"),
    ] {
        let error = x.get(&index).unwrap_err().to_string();
        assert!(error.contains(wanted), "{index:?}: {error}");
    }
    let error = x.get(&[no_step(), at(0), at(0)]).unwrap_err().to_string();
    assert!(error.contains("too many indices"), "{error}");
}

#[test]
fn an_archive_is_known_by_its_directory_where_that_has_been_read() {
    let mut bytes = io::Cursor::new(Vec::new());
    let mut writer = crate::npz::NpzWriter::new(&mut bytes);
    for number in 0..3000 {
        writer.add(&format!("a name of some length {number}"), &[number]).unwrap();
    }
    writer.finish().unwrap();
    let archive = bytes.into_inner();
    let mut array = Vec::new();
    crate::to_writer(&mut array, &[1_u8; 100_000]).unwrap();
    let mut both = array.clone();
    both.extend_from_slice(&archive);
    for (bytes, name, is_archive, most) in [
        (&archive, "memory://x.npz", true, 2),
        (&archive, "memory://x", true, 3),
        (&array, "memory://x.npz", false, 2),
        (&array, "memory://x.npy", false, 1),
        // A file that starts as an array is one, whatever comes behind.
        (&both, "memory://x.npz", false, 4),
    ] {
        let source = counted(bytes.clone());
        let stamp = FileStamp::new(bytes.len() as u64, None, None);
        let found =
            LazyOptions::new().open_source(Arc::clone(&source) as Arc<dyn ReadAt>, name, stamp, Vec::new());
        match found.unwrap() {
            LazyContents::Archive(found) => {
                assert!(is_archive);
                let value = found.array("a name of some length 1500").unwrap().read().unwrap();
                assert_eq!(value.to_vec::<i32>(Order::C).unwrap(), [1500]);
            }
            LazyContents::Array(found) => assert!(!is_archive && found.shape() == [100_000]),
        }
        // And two for the member.
        let requests = source.requests.load(Relaxed);
        assert!(requests <= most + if is_archive { 2 } else { 0 }, "{name}: {requests} requests");
    }
}

#[test]
fn a_deflated_member_is_read_by_its_blocks() {
    let array = ndarray::Array1::from_shape_fn(2_000_000, |at| (at as u64).pow(2) % 65_521);
    let mut bytes = io::Cursor::new(Vec::new());
    let mut writer = crate::npz::NpzWriter::new(&mut bytes);
    writer.compression(crate::npz::Compression::DeflatedAt(1));
    writer.add("x", &array).unwrap();
    writer.finish().unwrap();
    let source = counted(bytes.into_inner());
    for cache in [0, 64 << 20] {
        let LazyContents::Archive(archive) = open(&source, LazyOptions::new().cache_bytes(cache)) else {
            panic!()
        };
        let x = archive.array("x").unwrap();
        let block = x.block_bytes().unwrap();
        assert!(block < 2 << 20, "{block}");
        source.requests.store(0, Relaxed);
        source.total.store(0, Relaxed);
        for _ in 0..2 {
            let found = x.slice(&"1000000:1000010".parse::<crate::Slice>().unwrap()).unwrap();
            let wanted: Vec<u64> = array.iter().skip(1_000_000).take(10).copied().collect();
            assert_eq!(found.to_vec::<u64>(Order::C).unwrap(), wanted);
        }
        let requests = if cache == 0 { 2 } else { 1 };
        assert_eq!(source.requests.load(Relaxed), requests);
        assert!(source.total.load(Relaxed) < 2 * (2 * block));
        let ends = x.get(&[IndexItem::from(vec![-1, 0, 1_234_567])]).unwrap();
        assert_eq!(ends.to_vec::<u64>(Order::C).unwrap(), [1_999_999, 0, 1_234_567].map(|at| array[at]));
        assert_eq!(x.read().unwrap().to_vec::<u64>(Order::C).unwrap(), array.to_vec());
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_changes_is_stale() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.npy");
    crate::save(&path, &[1_u8, 2, 3]).unwrap();
    for change in [
        &|| crate::save(&path, &[4_u8, 5, 6]).unwrap(),
        &|| std::fs::write(&path, std::fs::read(&path).unwrap()).unwrap(),
        &|| std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(129).unwrap(),
    ] as [&dyn Fn(); 3]
    {
        crate::save(&path, &[1_u8, 2, 3]).unwrap();
        let x = LazyArray::open(&path).unwrap();
        assert_eq!(x.read().unwrap().to_vec::<u8>(Order::C).unwrap(), [1, 2, 3]);
        std::thread::sleep(std::time::Duration::from_millis(20));
        change();
        let error = x.slice(&[SliceItem::ALL]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StaleFile, "{error}");
        assert!(error.to_string().contains("has changed since it was opened"), "{error}");
    }
}

#[test]
fn what_has_no_offsets_is_refused() {
    let mut bytes = Vec::new();
    crate::to_writer(&mut bytes, &[1_u8, 2, 3]).unwrap();
    let stamp = |bytes: &[u8]| FileStamp::new(bytes.len() as u64, None, None);
    let open = |bytes: &[u8]| {
        let source: Arc<dyn ReadAt> = counted(bytes.to_vec());
        LazyOptions::new().open_source(source, "memory://x", stamp(bytes), Vec::new()).unwrap_err()
    };
    let error = open(&bytes[..130]);
    assert_eq!(error.to_string(), "memory://x: the file ends after 130 bytes, and its array after 131");
    let objects = Header::new(DType::parse("O").unwrap(), vec![1], Order::C).unwrap().to_bytes();
    assert_eq!(open(&objects).kind(), ErrorKind::InvalidInput);
    assert_eq!(open(b"").kind(), ErrorKind::EndOfStream);
}
