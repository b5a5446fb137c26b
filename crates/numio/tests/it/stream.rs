//! Arrays out of streams that cannot be sought: slow readers, pipes, sockets.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;

use ndarray::{Array2, ArrayD};
use numio::npy::NpyStream;
use numio::{ErrorKind, Limits, LoadOptions, Loaded};

/// Gives one byte at a time.
struct Drip<R>(R);

impl<R: Read> Read for Drip<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let end = buf.len().min(1);
        self.0.read(&mut buf[..end])
    }
}

/// Three arrays and what comes after them.
fn three() -> Vec<u8> {
    let mut bytes = Vec::new();
    numio::to_writer(&mut bytes, &[1.5, 2.5]).unwrap();
    numio::to_writer(&mut bytes, &[0_u8; 0]).unwrap();
    numio::to_writer(&mut bytes, &Array2::<i32>::ones((300, 400))).unwrap();
    bytes
}

fn check_three(reader: impl Read) {
    let mut reader = NpyStream::new(reader);
    assert_eq!(reader.read::<Vec<f64>>().unwrap(), [1.5, 2.5]);
    assert!(reader.read::<Vec<u8>>().unwrap().is_empty());
    assert_eq!(reader.read::<Array2<i32>>().unwrap(), Array2::<i32>::ones((300, 400)));
    assert_eq!(reader.offset(), three().len() as u64);
    let error = reader.read::<Vec<f64>>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::EndOfStream);
    assert_eq!(error.message(), "no data left in file");
}

#[test]
fn arrays_come_one_after_another() {
    check_three(&three()[..]);
    check_three(Drip(&three()[..]));
    let bytes = three();
    let shapes: Vec<Vec<usize>> =
        NpyStream::new(&bytes[..]).map(|array| array.unwrap().shape().to_vec()).collect();
    assert_eq!(shapes, [vec![2], vec![0], vec![300, 400]]);
}

#[test]
fn load_leaves_the_stream_right_after_the_array() {
    let bytes = three();
    let mut rest = &bytes[..];
    let options = LoadOptions::new();
    for shape in [vec![2], vec![0], vec![300, 400]] {
        assert_eq!(options.from_reader(&mut rest).unwrap().into_array().unwrap().shape(), shape);
    }
    assert_eq!(options.from_reader(&mut rest).unwrap_err().kind(), ErrorKind::EndOfStream);
}

#[test]
fn a_stream_that_ends_inside_says_at_which_byte() {
    let bytes = three();
    let first = 128 + 16;
    for cut in [1, 5, 9, 40, 127, 128, 140] {
        let mut reader = NpyStream::new(&bytes[..first + cut]);
        reader.read::<Vec<f64>>().unwrap();
        if cut == 128 {
            assert!(reader.read::<Vec<u8>>().unwrap().is_empty());
        } else if cut < 128 {
            let error = reader.read::<Vec<u8>>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidData, "{cut}: {error}");
            assert_eq!(error.offset(), Some((first + cut) as u64), "{error}");
        }
    }
}

#[test]
fn a_claim_costs_nothing_until_bytes_come() {
    let header = numio::npy::Header::new(numio::DType::FLOAT64, vec![1 << 50], numio::Order::C).unwrap();
    let bytes = [header.to_bytes(), vec![0; 100_000]].concat();
    let error = LoadOptions::new().from_reader(&bytes[..]).unwrap_err();
    assert_eq!(error.offset(), Some(bytes.len() as u64));
    assert!(error.to_string().contains("could only read 12500 elements"), "{error}");
    assert_eq!(NpyStream::new(&bytes[..]).read::<Vec<f64>>().unwrap_err().kind(), ErrorKind::InvalidData);
}

#[test]
fn the_limit_on_memory_is_the_callers() {
    let mut limits = Limits::default();
    limits.max_array_bytes = 16;
    let bytes = three();
    let mut reader = NpyStream::with_limits(&bytes[..], limits.clone());
    reader.read::<Vec<f64>>().unwrap();
    reader.read::<Vec<u8>>().unwrap();
    assert_eq!(reader.read::<Array2<i32>>().unwrap_err().kind(), ErrorKind::LimitExceeded);
    limits.max_array_bytes = 15;
    let error = LoadOptions::new().limits(limits).from_slice(&bytes).unwrap_err();
    assert_eq!(
        error.to_string(),
        "an array of 16 bytes; the limit is 15: raise Limits::max_array_bytes to read it"
    );
}

#[test]
fn arrays_from_sockets_are_read() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let writer = thread::spawn(move || TcpStream::connect(address).unwrap().write_all(&three()).unwrap());
    check_three(listener.accept().unwrap().0);
    writer.join().unwrap();
}

#[cfg(unix)]
#[test]
fn pipes_are_loaded_and_saved_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let array = Array2::<f64>::ones((200, 300));
    let saved = array.clone();
    let name = path.clone();
    let writer = thread::spawn(move || numio::save(&name, &saved).unwrap());
    let Loaded::Array(loaded) = numio::load(&path).unwrap() else { panic!("no array") };
    writer.join().unwrap();
    assert_eq!(loaded.to_array::<f64, ndarray::Ix2>().unwrap(), array);
    let name = path.clone();
    let writer = thread::spawn(move || numio::save(&name, &[1, 2, 3]).unwrap());
    assert_eq!(numio::read_npy::<ArrayD<i32>>(&path).unwrap().as_slice().unwrap(), [1, 2, 3]);
    writer.join().unwrap();
    // Nobody writes to it any more: what wants a file says so, and does not wait.
    let refused = [
        numio::NpyFile::open(&path).map(drop),
        numio::NpzArchive::open(&path).map(drop),
        numio::LazyArray::open(&path).map(drop),
        numio::npy::append(&path, &[1]).map(drop),
        numio::npy::MemmapOptions::new(numio::MmapMode::Read).open_file(&path).map(drop),
    ];
    for error in refused.map(Result::unwrap_err) {
        assert!(error.to_string().contains("pipe: not a regular file"), "{error}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "a pipe gets no suffix and no sibling");
}

#[test]
#[cfg(unix)]
fn directories_are_refused_with_the_error_of_the_system() {
    let dir = tempfile::tempdir().unwrap();
    let map = |mode| numio::npy::MemmapOptions::new(mode).open_file(dir.path()).map(drop);
    let refused = [
        numio::NpyFile::open(dir.path()).map(drop),
        numio::NpzArchive::open(dir.path()).map(drop),
        numio::LazyArray::open(dir.path()).map(drop),
        numio::npy::append(dir.path(), &[1]).map(drop),
        map(numio::MmapMode::Read),
        map(numio::MmapMode::CopyOnWrite),
        map(numio::MmapMode::ReadWrite),
    ];
    for error in refused.map(Result::unwrap_err) {
        assert_eq!(error.io_error().map(io::Error::kind), Some(io::ErrorKind::IsADirectory), "{error}");
    }
}
