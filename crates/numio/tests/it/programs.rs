//! Small programs as people write them around an array library, each in the words of the public interface alone.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayD, ArrayView2, Ix1, Ix2, IxDyn, array, s};
use num_complex::Complex;
use numio::{
    Compression, DType, DynArray, Element, ErrorKind, FileFormat, FixedStr, FromNpy, Item, LoadOptions,
    Loaded, NpyFile, NpyStream, NpzArchive, NpzWriter, Slice, WriteOptions,
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[test]
fn program_generic_over_elements_and_ranks_works() -> Outcome {
    fn sum<T: Element + Copy + std::iter::Sum>(path: &Path) -> numio::Result<T> {
        Ok(numio::read_npy::<ArrayD<T>>(path)?.iter().copied().sum())
    }
    fn both<A: FromNpy>(path: &Path, bytes: &[u8]) -> numio::Result<(A, A)> {
        Ok((numio::read_npy(path)?, NpyStream::new(bytes).read()?))
    }
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("a.npy");
    numio::save(&path, &array![[1.5, 2.5], [3.0, 4.0]])?;
    assert_eq!(sum::<f64>(&path)?, 11.0);
    let (one, other): (Array2<f64>, _) = both(&path, &std::fs::read(&path)?)?;
    assert_eq!(one, other);
    Ok(())
}

#[test]
fn program_with_a_dtype_known_at_run_time_works() -> Outcome {
    fn mean(array: &DynArray) -> numio::Result<f64> {
        let values: ArrayD<f64> = array.cast_to()?;
        Ok(values.mean().unwrap_or(f64::NAN))
    }
    let dir = tempfile::tempdir()?;
    for (name, array) in
        [("u1", DynArray::from(array![1_u8, 2, 3])), ("f4", DynArray::from(array![1.0_f32, 2.0, 3.0]))]
    {
        let path = dir.path().join(name);
        numio::save(&path, &array)?;
        let read = numio::load(path.with_extension("npy"))?.into_array()?;
        assert_eq!((read.dtype(), mean(&read)?), (array.dtype(), 2.0));
    }
    Ok(())
}

#[test]
fn program_with_bytes_of_a_request_works() -> Outcome {
    let mut body = Vec::new();
    numio::to_writer(&mut body, &array![[1_i64, 2], [3, 4]].t())?;
    assert_eq!(FileFormat::detect(&body), FileFormat::Npy);
    let array = numio::from_slice(&body)?.into_array()?;
    assert_eq!(array.view::<i64, Ix2>()?, array![[1, 3], [2, 4]]);
    let mut archive = Cursor::new(Vec::new());
    numio::npz_to_writer(&mut archive, [("x", array)])?;
    let archive = NpzArchive::from_bytes(archive.into_inner())?;
    assert_eq!(archive.read::<Array2<i64>>("x")?, array![[1, 3], [2, 4]]);
    Ok(())
}

#[test]
fn program_with_a_file_compiled_in_works() -> Outcome {
    static TABLE: &[u8] = include_bytes!("../../../../testdata/npy/123.npy");
    assert_eq!(numio::from_slice(TABLE)?.into_array()?.to_array::<i64, Ix2>()?, array![[1, 2, 3], [4, 5, 6]]);
    Ok(())
}

#[test]
fn program_with_streams_that_cannot_seek_works() -> Outcome {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    numio::to_writer(&mut packed, &[0.5_f32; 1000])?;
    let packed = packed.finish()?;
    let read: Vec<f32> = NpyStream::new(BufReader::new(flate2::read::GzDecoder::new(&packed[..]))).read()?;
    assert_eq!(read, [0.5; 1000]);
    // The bytes after the array are left for others.
    let mut bytes = Vec::new();
    numio::to_writer(&mut bytes, &[1_u8, 2])?;
    bytes.extend(b"rest");
    let mut stream = NpyStream::new(&bytes[..]);
    assert_eq!(stream.read::<Vec<u8>>()?, [1, 2]);
    let mut rest = String::new();
    stream.into_inner().read_to_string(&mut rest)?;
    assert_eq!(rest, "rest");
    Ok(())
}

#[test]
fn program_with_several_arrays_in_one_file_works() -> Outcome {
    let mut file = tempfile::tempfile()?;
    for step in 0..3 {
        WriteOptions::new().to_file(&file, &Array1::from_elem(step, step as u16))?;
    }
    file.seek(SeekFrom::Start(0))?;
    let sizes: Vec<usize> =
        NpyStream::new(file).map(|array| array.map(|array| array.size())).collect::<Result<_, _>>()?;
    assert_eq!(sizes, [0, 1, 2]);
    Ok(())
}

#[test]
fn program_with_members_in_a_map_works() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("state.npz");
    let mut writer = NpzWriter::create(&path)?;
    writer.add("weights", &Array2::<f32>::ones((3, 4)))?;
    writer.compression(Compression::Deflated).add("names", &["a", "bc"])?;
    writer.add("step", &17_i64)?;
    writer.add("flags", &vec![true, false])?;
    writer.add_bytes("about.txt", b"not an array")?;
    writer.finish()?;
    let archive = NpzArchive::open(&path)?;
    let state: BTreeMap<&str, DynArray> = archive
        .read_all()
        .into_iter()
        .filter_map(|(name, member)| Some((name, member.ok()?.into_array().ok()?)))
        .collect();
    assert_eq!(state.keys().copied().collect::<Vec<_>>(), ["flags", "names", "step", "weights"]);
    assert_eq!(state["step"].item(&[])?.as_i64(), Some(17));
    assert_eq!(state["names"].item(&[1])?.as_str(), Some("bc"));
    let error = archive.get("missing").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(archive.by_name("about.txt")?.bytes()?, b"not an array");
    Ok(())
}

#[test]
fn program_with_an_archive_shared_by_threads_works() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("many.npz");
    numio::savez(&path, numio::positional((0..8).map(|n| vec![n; 100])))?;
    let archive = Arc::new(NpzArchive::open(&path)?);
    let sums: Vec<i32> = std::thread::scope(|scope| {
        let read = |at: usize| {
            let archive = Arc::clone(&archive);
            scope.spawn(move || {
                archive.read::<Vec<i32>>(&format!("arr_{at}")).map(|values| values.iter().sum())
            })
        };
        let threads: Vec<_> = (0..8).map(read).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Result<_, _>>()
    })?;
    assert_eq!(sums, [0, 100, 200, 300, 400, 500, 600, 700]);
    Ok(())
}

#[test]
fn program_with_rows_in_batches_works() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("large.npy");
    numio::save(&path, &Array2::from_shape_fn((1003, 4), |(i, j)| (4 * i + j) as u32))?;
    let file = NpyFile::open(&path)?;
    let rows = file.header().shape()[0];
    let mut total = 0_u64;
    for start in (0..rows).step_by(100) {
        let batch: Array2<u32> = file.rows(start..rows.min(start + 100))?;
        total += batch.iter().map(|&value| u64::from(value)).sum::<u64>();
    }
    assert_eq!(total, (0..4012).sum::<u64>());
    let column = file.slice(&"::250, 1".parse::<Slice>()?)?;
    assert_eq!(column.to_array::<u32, Ix1>()?.to_vec(), [1, 1001, 2001, 3001, 4001]);
    Ok(())
}

#[test]
fn program_with_complex_half_and_big_endian_numbers_works() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("z.npy");
    let spectrum = array![Complex::new(1.0_f32, -1.0), Complex::new(0.0, 2.0)];
    numio::save(&path, &spectrum)?;
    assert_eq!(numio::read_npy::<Array1<Complex<f32>>>(&path)?, spectrum);
    numio::save(&path, &[half::f16::from_f32(0.5)])?;
    assert_eq!(numio::read_npy::<Vec<half::f16>>(&path)?[0].to_f32(), 0.5);
    let big = DynArray::from_bytes(DType::parse(">i4")?, &[2], &[0, 0, 0, 1, 0, 0, 1, 0])?;
    numio::save(&path, &big)?;
    assert_eq!(numio::read_npy::<Vec<i32>>(&path)?, [1, 256]);
    Ok(())
}

#[derive(Element, Debug, Clone, PartialEq)]
struct Sighting {
    when: numio::Datetime64,
    species: FixedStr<12>,
    count: u16,
}

#[test]
fn program_with_records_by_column_works() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("birds.npy");
    let sighting = |when: &str, species: &str, count| -> numio::Result<Sighting> {
        let second = numio::TimeUnit::one(numio::DatetimeUnit::Second);
        let when = when.parse::<numio::Datetime64>()?.to_unit(second)?;
        Ok(Sighting { when, species: species.parse()?, count })
    };
    let seen = vec![sighting("2024-05-01T06:10", "Kingfisher", 1)?, sighting("2024-05-02", "Swift", 40)?];
    numio::save(&path, &seen)?;
    let table = numio::load(&path)?.into_array()?;
    assert_eq!(table.dtype().to_string(), "[('when', '<M8[s]'), ('species', '<U12'), ('count', '<u2')]");
    assert_eq!(table.field("count")?.to_array::<u16, Ix1>()?.sum(), 41);
    assert_eq!(numio::read_npy::<Vec<Sighting>>(&path)?, seen);
    Ok(())
}

#[test]
fn program_with_every_element_works() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("x.npy");
    numio::save(&path, &["a", "b"].map(String::from))?;
    let array = numio::load(&path)?.into_array()?;
    let texts: Vec<String> = array
        .items()
        .map(|item| match item? {
            Item::Str(text) => Ok(text),
            other => Ok(format!("{other:?}")),
        })
        .collect::<numio::Result<_>>()?;
    assert_eq!(texts, ["a", "b"]);
    Ok(())
}

#[test]
fn views_strides_and_orders_are_kept() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("v.npy");
    let image = Array2::from_shape_fn((6, 4), |(i, j)| (i * 4 + j) as u8);
    let part: ArrayView2<'_, u8> = image.slice(s![..;2, 1..3]);
    numio::save(&path, &part)?;
    assert_eq!(numio::read_npy::<Array2<u8>>(&path)?, part);
    numio::save(&path, &image.t())?;
    assert!(numio::load(&path)?.into_array()?.view::<u8, Ix2>()?.t().is_standard_layout());
    numio::save(&path, &image.into_dyn())?;
    assert_eq!(numio::read_npy::<ArrayD<u8>>(&path)?.shape(), [6, 4]);
    assert_eq!(numio::load(&path)?.into_array()?.view::<u8, IxDyn>()?.len(), 24);
    Ok(())
}

#[test]
fn program_with_files_of_any_kind_works() -> Outcome {
    let dir = tempfile::tempdir()?;
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes);
    numio::save(dir.path().join("a.npy"), &[1])?;
    numio::savez(dir.path().join("a.npz"), [("x", [1])])?;
    write("a.pkl", b"\x80\x04]\x94(K\x01K\x02e.")?;
    write("a.csv", b"x,y\n1,2\n")?;
    write("empty", b"")?;
    let mut kinds = Vec::new();
    for name in ["a.npy", "a.npz", "a.pkl", "a.csv", "empty"] {
        kinds.push(match numio::load(dir.path().join(name)) {
            Ok(Loaded::Array(_)) => "array".to_owned(),
            Ok(Loaded::Npz(archive)) => format!("archive of {}", archive.len()),
            Ok(Loaded::Object(graph)) => format!("{:?}", graph.root()),
            Ok(_) => "something else".to_owned(),
            Err(error) => format!("{:?}", error.kind()),
        });
    }
    assert_eq!(kinds, ["array", "archive of 1", "[1, 2]", "InvalidData", "EndOfStream"]);
    let wrong = |name: &str| numio::read_npy::<Vec<i32>>(dir.path().join(name)).unwrap_err().message();
    assert!(wrong("a.npz").contains("NpzArchive::open"), "{}", wrong("a.npz"));
    assert!(wrong("a.pkl").contains("use load"), "{}", wrong("a.pkl"));
    assert!(wrong("a.csv").contains("use loadtxt"), "{}", wrong("a.csv"));
    let error = NpzArchive::open(dir.path().join("a.npy")).unwrap_err();
    assert!(error.message().contains("read_npy"), "{error}");
    Ok(())
}

#[test]
fn reports_of_a_whole_chain_say_nothing_twice() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("a.npy");
    std::fs::write(&path, b"\x93NUMPY\x01\0")?;
    let archive = dir.path().join("a.npz");
    std::fs::write(&archive, b"PK\x03\x04 and nothing more")?;
    let errors = [
        numio::load(dir.path().join("none.npy")).err().unwrap(),
        numio::load(&path).err().unwrap(),
        numio::load(&archive).err().unwrap(),
        numio::load(dir.path()).err().unwrap(),
        numio::save(dir.path().join("no/such/directory/a"), &[1]).unwrap_err(),
        numio::read_npy::<Vec<u8>>(&path).unwrap_err(),
        numio::text::LoadTxt::new().load(dir.path().join("none.txt")).err().unwrap(),
        NpzWriter::append(&archive).err().unwrap(),
    ];
    for error in errors {
        // As `{:#}` of anyhow prints it.
        let mut chain = vec![error.to_string()];
        let mut next = std::error::Error::source(&error);
        while let Some(source) = next {
            chain.push(source.to_string());
            next = source.source();
        }
        for (at, said) in chain.iter().enumerate() {
            assert!(!chain[..at].iter().any(|before| before.contains(said.as_str())), "{chain:?}");
        }
    }
    Ok(())
}

#[test]
fn program_with_an_error_type_of_its_own_works() -> Outcome {
    #[derive(Debug)]
    enum Failure {
        Missing,
        Array(numio::Error),
    }
    impl From<numio::Error> for Failure {
        fn from(error: numio::Error) -> Self {
            let missing = error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound);
            if missing { Self::Missing } else { Self::Array(error) }
        }
    }
    fn read(path: &Path) -> Result<Vec<f64>, Failure> {
        Ok(numio::read_npy(path)?)
    }
    let dir = tempfile::tempdir()?;
    assert!(matches!(read(&dir.path().join("none.npy")), Err(Failure::Missing)));
    numio::save(dir.path().join("i.npy"), &[1_i8])?;
    match read(&dir.path().join("i.npy")) {
        Err(Failure::Array(error)) => assert_eq!(error.kind(), ErrorKind::InvalidInput),
        other => panic!("{other:?}"),
    }
    let through_io: std::io::Error = numio::load(dir.path()).err().unwrap().into();
    assert!(numio::Error::from(through_io).path().is_some());
    Ok(())
}

#[test]
fn program_with_a_growing_log_works() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("log.npy");
    for run in 0..3_i32 {
        let mut log = numio::Appender::open_or_create(&path)?;
        for step in 0..2 {
            log.push(&[[run, step]])?;
        }
        log.finish()?;
    }
    assert_eq!(numio::read_npy::<Vec<[i32; 2]>>(&path)?, [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]]);
    Ok(())
}

#[test]
fn program_with_limits_refuses_files_of_strangers() -> Outcome {
    let mut limits = numio::Limits::default();
    limits.max_array_bytes = 1 << 10;
    let mut bytes = Vec::new();
    numio::to_writer(&mut bytes, &vec![0_u8; 2000])?;
    let error = LoadOptions::new().limits(limits).allow_pickle(false).from_slice(&bytes).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    Ok(())
}

#[test]
fn a_call_that_is_cancelled_leaves_the_old_file() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("a.npy");
    numio::save(&path, &[1])?;
    let token = numio::CancelToken::new();
    token.cancel();
    let error = WriteOptions::new().cancel(&token).save(&path, &vec![0.0; 1 << 20]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(numio::read_npy::<Vec<i32>>(&path)?, [1]);
    Ok(())
}

#[test]
fn program_with_text_there_and_back_works() -> Outcome {
    let table = numio::text::LoadTxt::new().delimiter(",").skiprows(1).parse("x,y\n1,2.5\n3,4\n")?;
    assert_eq!(table.to_array::<f64, Ix2>()?, array![[1.0, 2.5], [3.0, 4.0]]);
    let mut out = Vec::new();
    numio::text::SaveTxt::new().fmt("%g").delimiter(" ").write(&mut out, &array![[1.0, 2.5]])?;
    assert_eq!(out, b"1 2.5\n");
    Ok(())
}

#[test]
fn program_with_an_array_type_of_its_own_works() -> Outcome {
    /// A grey image.
    struct Image {
        width: usize,
        pixels: Vec<u8>,
    }
    impl numio::ArrayLike for Image {
        fn dtype(&self) -> DType {
            DType::UINT8
        }
        fn shape(&self) -> Vec<usize> {
            vec![self.pixels.len() / self.width, self.width]
        }
        fn order(&self) -> numio::Order {
            numio::Order::C
        }
        fn as_bytes(&self) -> Option<&[u8]> {
            Some(&self.pixels)
        }
        fn write_to(&self, out: &mut dyn Write) -> std::io::Result<()> {
            out.write_all(&self.pixels)
        }
    }
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("image.npy");
    numio::save(&path, &Image { width: 2, pixels: vec![1, 2, 3, 4] })?;
    assert_eq!(numio::read_npy::<Array2<u8>>(&path)?, array![[1, 2], [3, 4]]);
    let mut file = File::open(&path)?;
    let mut magic = [0; 6];
    file.read_exact(&mut magic)?;
    assert_eq!(magic, numio::npy::header::MAGIC);
    Ok(())
}
