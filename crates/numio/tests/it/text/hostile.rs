//! Texts that mean harm or are broken, numbered as in `docs/attacks.md`: by path, from a stream and in memory, each reader says
//! the same, where and what. The words are NumPy's where it has them.

use std::io::Write;
use std::time::{Duration, Instant};

use numio::text::{Encoding, FromRegex, GenFromTxt, LoadTxt, SaveTxt};
use numio::{DType, DynArray, ErrorKind, Limits, Result};
use serde_json::Value;

use crate::testdata::{folder, manifest};

/// The longest that one file may take, on a slow machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// Every text of the manifest, with its name.
fn texts() -> impl Iterator<Item = (String, Value)> {
    manifest().into_iter().filter(|(_, entry)| entry.get("text").is_some())
}

pub fn load(args: &Value) -> LoadTxt<'static> {
    let mut reader = LoadTxt::new();
    let text = |key: &str| args[key].as_str();
    if let Some(delimiter) = text("delimiter") {
        reader.delimiter(delimiter);
    }
    if let Some(dtype) = text("dtype") {
        reader.dtype(dtype.parse().unwrap());
    }
    if let Some(encoding) = text("encoding") {
        reader.encoding(encoding.parse().unwrap());
    }
    if let Some(quote) = text("quotechar") {
        reader.quotechar(quote.parse().unwrap());
    }
    if let Some(columns) = args["usecols"].as_array() {
        reader.usecols(columns.iter().map(|column| column.as_i64().unwrap() as isize));
    }
    reader
}

pub fn fill(args: &Value) -> GenFromTxt<'static> {
    let mut reader = GenFromTxt::new();
    let text = |key: &str| args[key].as_str();
    if let Some(delimiter) = text("delimiter") {
        reader.delimiter(delimiter);
    }
    if let Some(dtype) = text("dtype") {
        reader.dtype(dtype.parse::<DType>().unwrap());
    }
    if let Some(encoding) = text("encoding") {
        reader.encoding(encoding.parse().unwrap());
    }
    if args["names"] == true {
        reader.names_from_first_line();
    }
    reader
}

/// What comes of a file by each way of reading it; what is packed is read by its path alone.
fn found(name: &str, reader: &str, args: &Value) -> Vec<Result<DynArray>> {
    let path = folder().join(name);
    let mut found = match reader {
        "loadtxt" => vec![load(args).load(&path)],
        _ => vec![fill(args).load(&path)],
    };
    let is_plain = path.extension() == Some("csv".as_ref());
    if is_plain {
        let bytes = std::fs::read(&path).unwrap();
        found.extend(match reader {
            "loadtxt" => [load(args).read(&bytes[..]), load(args).parse(&bytes)],
            _ => [fill(args).read(&bytes[..]), fill(args).parse(&bytes)],
        });
    }
    found.into_iter().map(|table| table.map(numio::text::Table::into_array)).collect()
}

fn check(wanted: &Value, found: &Result<DynArray>) -> bool {
    match (wanted.get("load"), wanted.get("error"), found) {
        (Some(load), _, Ok(array)) => {
            let shape = load["shape"] == serde_json::json!(array.shape());
            shape && load["dtype"].as_str().is_none_or(|dtype| dtype == array.dtype().to_string())
        }
        (_, Some(wanted), Err(error)) => {
            let said = error.to_string();
            let words = wanted["words"].as_array().unwrap();
            words.iter().all(|word| said.contains(word.as_str().unwrap()))
                && wanted["kind"] == format!("{:?}", error.kind())
        }
        _ => false,
    }
}

#[test]
fn every_reader_says_what_the_manifest_says_wherever_the_text_comes_from() {
    let mut wrong = String::new();
    for (name, entry) in texts() {
        for (reader, wanted) in entry["text"].as_object().unwrap() {
            let start = Instant::now();
            for found in found(&name, reader, &entry["args"]) {
                if !check(wanted, &found) {
                    let found = found.map(|array| (array.dtype().name(), array.shape().to_vec()));
                    wrong += &format!("{name} by {reader}: {found:.300?}\n    wanted {wanted}\n");
                }
            }
            assert!(start.elapsed() < PATIENCE, "{name} by {reader}: {:?}", start.elapsed());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn errors_of_texts_name_the_file() {
    for (name, entry) in texts().filter(|(_, entry)| entry["text"]["loadtxt"].get("error").is_some()) {
        if entry["what"].as_str().unwrap().starts_with("a line of 280 MB") {
            continue;
        }
        let path = folder().join(&name);
        assert_eq!(load(&entry["args"]).load(&path).unwrap_err().path(), Some(&*path), "{name}");
    }
}

/// What is no text, no such packing or too much is so to expressions too.
#[test]
fn fromregex_of_what_is_no_text_is_refused() {
    let reader = FromRegex::new(r"(\d),(.)", &DType::parse("i4,U1").unwrap()).unwrap();
    let is_plain = |entry: &Value| {
        let words = entry["text"]["loadtxt"]["error"]["words"].to_string();
        words.contains("convert") || words.contains("columns") || words.contains("fields")
    };
    for (name, entry) in texts().filter(|(_, entry)| entry["args"].get("dtype").is_none()) {
        let start = Instant::now();
        let found = reader.clone().encoding(encoding(&entry)).load(folder().join(&name));
        assert!(start.elapsed() < PATIENCE, "{name}: {:?}", start.elapsed());
        let wanted = &entry["text"]["loadtxt"];
        if wanted.get("error").is_none() || is_plain(&entry) {
            found.unwrap();
        } else if !name.contains("endless-line") {
            assert_eq!(wanted["error"]["kind"], format!("{:?}", found.unwrap_err().kind()), "{name}");
        }
    }
}

fn encoding(entry: &Value) -> Encoding {
    entry["args"]["encoding"].as_str().map_or(Encoding::Utf8, |name| name.parse().unwrap())
}

/// T6 as large as it was promised: 2 GiB without a line end from a reader, half a GiB from a file, with the default limits.
#[test]
fn line_of_2_gib_is_refused_in_little_memory() {
    let line = || std::io::Read::take(std::io::repeat(b'1'), 2 << 30);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    // A hole in a file takes no room on the disk, and reads as NULs.
    std::fs::File::create(&path).unwrap().set_len(1 << 29).unwrap();
    for error in [
        LoadTxt::new().read(line()).unwrap_err(),
        GenFromTxt::new().read(line()).unwrap_err(),
        LoadTxt::new().load(&path).unwrap_err(),
        GenFromTxt::new().load(&path).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
    }
    let reader = FromRegex::new("(2)", &DType::parse("i4,").unwrap()).unwrap();
    assert_eq!(reader.load(&path).unwrap().shape(), [0]);
}

#[test]
fn limits_of_texts_are_the_callers() {
    let mut limits = Limits::default();
    (limits.max_row_bytes, limits.max_row_fields, limits.max_text_ratio) = (1000, 20, 50);
    let text = |text: String, words: &str| {
        let errors = [
            LoadTxt::new().delimiter(",").limits(limits.clone()).parse(&text).unwrap_err(),
            GenFromTxt::new().delimiter(",").limits(limits.clone()).parse(&text).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
            assert!(error.to_string().contains(words), "{error}");
        }
    };
    text("1".repeat(5000), "longer than 1000 bytes: expected a line end, or raise `limits.max_row_bytes`");
    text(
        "1,".repeat(20) + "1\n",
        "row 1 has more than 20 fields: expected a line end, or raise `limits.max_row_fields`",
    );
    assert!(LoadTxt::new().delimiter(",").limits(limits.clone()).parse("1,".repeat(19) + "1\n").is_ok());
}

/// The rows of a file are guessed from samples, which lines without data can mislead: a guess is no reason to fail.
#[test]
fn a_million_lines_without_data_are_no_million_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    let text = "1 ".repeat(5000) + "\n" + &"\n".repeat(4_000_000) + &"1 ".repeat(5000) + "\n";
    std::fs::write(&path, text).unwrap();
    assert_eq!(LoadTxt::new().load(&path).unwrap().array().shape(), [2, 5000]);
    assert_eq!(GenFromTxt::new().load(&path).unwrap().array().shape(), [2, 5000]);
}

/// A writer that is full after some bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0 == 0 {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        let len = bytes.len().min(self.0);
        self.0 -= len;
        Ok(len)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn savetxt_on_a_full_disk_leaves_the_old_file() {
    let array = ndarray::Array2::from_elem((20_000, 4), 0.1);
    for room in [0, 10, 600_000] {
        let error = SaveTxt::new().write(Full(room), &array).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    }
    #[cfg(target_os = "linux")]
    {
        let error = SaveTxt::new().save("/dev/full", &array).unwrap_err();
        assert!(error.to_string().starts_with("/dev/full: "), "{error}");
    }
    // The last block has a character that the encoding does not have.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.txt");
    std::fs::write(&path, "old").unwrap();
    let mut saver = SaveTxt::new();
    let failed = saver.footer("é").encoding(Encoding::Ascii).save(&path, &array);
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Encoding);
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
