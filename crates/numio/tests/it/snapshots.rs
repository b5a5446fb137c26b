//! Messages of the library as a user reads them, in `snapshots/`.
//!
//! The tests of each format check that a message has the words that matter; here they are read whole.

use std::path::Path;

use numio::lazy::LazyArray;
use numio::npz::{MemberValue, NpzWriter, Sparse};
use numio::text::{Encoding, FromRegex, GenFromTxt, LoadTxt, SaveTxt, Value};
use numio::{
    Appender, Casting, DType, DynArray, Limits, LoadOptions, Loaded, NpzArchive, Order, Slice, SliceItem,
    WriteOptions, literal, npy,
};
use numio_testkit::assert_snapshot;
use numio_testkit::snapshot::{Messages, assert_all_used};

use crate::testdata::{folder, manifest};
use crate::text::hostile::{fill, load};

/// The hostile files of the manifest whose names end so, by number, each with what is wrong with it.
fn hostile(letter: char, suffixes: &[&str]) -> Vec<(String, serde_json::Value)> {
    let number = |name: &str| -> u32 {
        let digits: String =
            name.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    };
    let mut files: Vec<_> = manifest()
        .into_iter()
        .filter(|(name, _)| name.starts_with(&format!("hostile/{letter}")))
        .filter(|(name, _)| suffixes.iter().any(|suffix| name.ends_with(suffix)))
        .collect();
    files.sort_by_key(|(name, _)| number(name));
    assert!(!files.is_empty());
    files
}

/// A file, and what is wrong with it.
fn title(name: &str, entry: &serde_json::Value) -> String {
    format!("{}: {}", name.trim_start_matches("hostile/"), entry["what"].as_str().unwrap())
}

fn finish(messages: Messages) -> String {
    messages.finish(&folder(), "testdata")
}

#[test]
fn bad_npy_files_have_these_messages() {
    let mut messages = Messages::new();
    for (name, entry) in hostile('A', &[".npy"]) {
        match numio::load(folder().join(&name)).and_then(Loaded::into_array) {
            Ok(array) => messages
                .add(title(&name, &entry), format!("is read: {:?} of {}", array.shape(), array.dtype())),
            Err(error) => messages.add(title(&name, &entry), error),
        }
    }
    assert_snapshot!("npy", finish(messages));
}

#[test]
fn bad_archives_have_these_messages() {
    let mut messages = Messages::new();
    for (name, entry) in hostile('Z', &[".npz"]) {
        let path = folder().join(&name);
        let members = |archive: NpzArchive| -> Vec<String> {
            let all = archive.read_all().into_iter();
            all.filter_map(|(_, found)| found.and_then(MemberValue::into_array).err())
                .map(|error| error.to_string())
                .collect()
        };
        let mut said = match NpzArchive::open(path) {
            Ok(archive) => members(archive),
            Err(error) => vec![error.to_string()],
        };
        said.truncate(3);
        let said = if said.is_empty() { "is read".to_owned() } else { said.join("\n") };
        messages.add(title(&name, &entry), said);
    }
    assert_snapshot!("archives", finish(messages));
}

#[test]
fn bad_sparse_matrices_have_these_messages() {
    let mut messages = Messages::new();
    for (name, entry) in hostile('S', &[".npz"]) {
        let archive = NpzArchive::open(folder().join(&name)).unwrap();
        messages.refused(title(&name, &entry), Sparse::read(&archive));
    }
    assert_snapshot!("sparse", finish(messages));
}

#[test]
fn bad_pickles_have_these_messages() {
    let mut messages = Messages::new();
    for (name, entry) in hostile('P', &[".pkl", ".npy"]) {
        // What is read is judged when it is converted: `prints` in the manifest says what comes of it.
        if let Err(error) = numio::load(folder().join(&name)) {
            messages.add(title(&name, &entry), error);
        }
    }
    assert_snapshot!("pickles", finish(messages));
}

#[test]
fn bad_texts_have_these_messages() {
    let mut messages = Messages::new();
    // Those that are large once decompressed take long, and have their test in `text/hostile.rs`.
    for (name, entry) in
        hostile('T', &[".csv", ".txt", "-cut.csv.gz", "-garbage.csv.gz", "-dictionary.csv.xz"])
    {
        let path = folder().join(&name);
        // The order of keys in JSON is not always kept.
        for reader in
            ["loadtxt", "genfromtxt"].into_iter().filter(|reader| entry["text"].get(reader).is_some())
        {
            let read = match reader {
                "loadtxt" => load(&entry["args"]).load(&path),
                _ => fill(&entry["args"]).load(&path),
            };
            let title = format!("{} by {reader}", title(&name, &entry));
            match read {
                Ok(table) => messages.add(title, format!("is read: {:?}", table.array().shape())),
                Err(error) => messages.add(title, error),
            }
        }
    }
    assert_snapshot!("texts", finish(messages));
}

#[test]
fn loadtxt_refuses_with_these_messages() {
    let mut messages = Messages::new();
    let of = |dtype: &str| DType::parse(dtype).unwrap();
    let mut limits = Limits::default();
    limits.max_row_bytes = 100;
    limits.max_row_fields = 10;
    limits.max_array_bytes = 64;
    messages.refused("a comment of no characters", LoadTxt::new().comments([""]).parse("1"));
    messages.refused(
        "a comment that is the delimiter",
        LoadTxt::new().comments([",", "#"]).delimiter(",").parse("1"),
    );
    messages.refused(
        "several comments and quotes",
        LoadTxt::new().comments(["#", "%"]).quotechar('"').parse("1"),
    );
    messages.refused("a newline as the delimiter", LoadTxt::new().delimiter("\n").parse("1"));
    messages
        .refused("a quote that is the delimiter", LoadTxt::new().delimiter("|").quotechar('|').parse("1"));
    messages.refused("a delimiter of two characters", LoadTxt::new().delimiter("::").parse("1"));
    messages.refused("three axes", LoadTxt::new().ndmin(3).parse("1"));
    messages.refused("a subarray", LoadTxt::new().dtype(of("2i4")).parse("1"));
    messages.refused(
        "columns that are not the fields",
        LoadTxt::new().dtype(of("i4, f8")).usecols([0]).parse("1 2"),
    );
    messages.refused(
        "a converter of no column",
        LoadTxt::new().converter(7, |_| Ok(Value::from(1))).parse("1 2"),
    );
    messages.refused("a field that is no number", LoadTxt::new().parse("1 2\n3 x\n"));
    messages.refused(
        "a field that is no integer",
        LoadTxt::new().dtype(of("i4")).delimiter(",").parse("1,2.5\n"),
    );
    messages.refused("a row that is shorter", LoadTxt::new().parse("1 2\n3\n"));
    messages.refused("a row without the column", LoadTxt::new().usecols([1]).parse("1 2\n3\n"));
    messages.refused("a row that is no record", LoadTxt::new().dtype(of("i4, f8")).parse("1 2 3\n"));
    messages.refused("a line with a line end", LoadTxt::new().lines(["1\n2"]));
    messages.refused("an unknown encoding", "latin-9".parse::<Encoding>());
    messages
        .refused("bytes that are not ASCII", LoadTxt::new().encoding(Encoding::Ascii).parse(b"1\n\xff\n"));
    messages.refused(
        "UTF-16 without a mark",
        LoadTxt::new().encoding("utf-16".parse().unwrap()).parse(b"1\n2\n"),
    );
    messages.refused("a row that is too long", LoadTxt::new().limits(limits.clone()).parse("1".repeat(101)));
    messages
        .refused("a row of too many fields", LoadTxt::new().limits(limits.clone()).parse("1 ".repeat(11)));
    messages.refused("more rows than memory", LoadTxt::new().limits(limits).parse("1\n".repeat(9)));
    messages.refused("no such file", LoadTxt::new().load("none.txt"));
    assert_snapshot!("loadtxt", finish(messages));
}

#[test]
fn genfromtxt_refuses_with_these_messages() {
    let mut messages = Messages::new();
    let of = |dtype: &str| DType::parse(dtype).unwrap();
    messages.refused("three axes", GenFromTxt::new().ndmin(3).parse("1"));
    messages.refused(
        "a footer and a greatest number of rows",
        GenFromTxt::new().skip_footer(1).max_rows(1).parse("1"),
    );
    messages.refused("no rows at most", GenFromTxt::new().max_rows(0).parse("1"));
    messages.refused("a comment of no characters", GenFromTxt::new().comments("").parse("1"));
    messages.refused("lines of other numbers of columns", GenFromTxt::new().parse("1 2\n3\n4 5 6\n"));
    messages.refused("a field that is no number", GenFromTxt::new().loose(false).parse("1 2\n3 x\n"));
    messages.refused("a number that does not fit", GenFromTxt::new().dtype(of("i1")).parse("1\n300\n"));
    messages.refused(
        "a column of no name",
        GenFromTxt::new().usecols(["c"]).names_from_first_line().parse("a b\n1 2\n"),
    );
    messages.refused("a name where columns have none", GenFromTxt::new().usecols(["c"]).parse("1 2\n"));
    messages.refused("more fields than columns", GenFromTxt::new().dtype(of("i4, i4, i4")).parse("1 2\n"));
    messages.refused(
        "a format for names without a number",
        GenFromTxt::new().dtype(None).defaultfmt("f").parse("1 a\n"),
    );
    messages.refused("Python objects", GenFromTxt::new().dtype(of("O")).parse("1\n"));
    messages.refused(
        "a converter that fails",
        GenFromTxt::new()
            .dtype(None)
            .converter(0, |field| {
                field
                    .parse::<i64>()
                    .map(Value::from)
                    .map_err(|error| numio::Error::new(numio::ErrorKind::InvalidData, error.to_string()))
            })
            .parse("1\nx\n"),
    );
    assert_snapshot!("genfromtxt", finish(messages));
}

#[cfg(feature = "regex")]
#[test]
fn fromregex_refuses_with_these_messages() {
    let mut messages = Messages::new();
    let of = |dtype: &str| DType::parse(dtype).unwrap();
    messages.refused("no expression", FromRegex::new("(", &of("i4, i4")));
    messages.refused("a look-ahead", FromRegex::new("(?=a)", &of("i4, i4")));
    messages.refused("a dtype that is not structured", FromRegex::new("(a)", &of("f8")));
    messages
        .refused("more groups than fields", FromRegex::new("(.)(.)(.)", &of("i4, i4")).unwrap().parse("123"));
    messages.refused(
        "a group that is no number",
        FromRegex::new("(.)(.)", &of("i4, i4")).unwrap().parse("12\n1x\n"),
    );
    let mut limits = Limits::default();
    limits.max_array_bytes = 1000;
    let mut reader = FromRegex::new("(.)(.)", &of("i4, i4")).unwrap();
    messages.refused("more rows than memory", reader.limits(limits).parse("1".repeat(2000)));
    assert_snapshot!("fromregex", finish(messages));
}

#[test]
fn savetxt_refuses_with_these_messages() {
    let mut messages = Messages::new();
    let numbers = DynArray::from_array(&vec![vec![1.5, 2.5]]).unwrap();
    let save = |fmt: &str, array: &DynArray| SaveTxt::new().fmt(fmt).write(Vec::new(), array);
    messages
        .refused("three axes", save("%f", &DynArray::zeros(DType::FLOAT64, &[1, 1, 1], Order::C).unwrap()));
    messages.refused("a format of three columns", save("%f %f %f", &numbers));
    messages.refused("an unknown conversion", save("%y", &numbers));
    messages.refused("a format without an end", save("%", &numbers));
    messages.refused("a width that is too large", save("%999999999f", &numbers));
    messages.refused("text by a format of numbers", save("%d", &DynArray::from_array(&vec!["a"]).unwrap()));
    messages
        .refused("not a number as an integer", save("%d", &DynArray::from_array(&vec![f64::NAN]).unwrap()));
    messages.refused(
        "an infinity as an integer",
        save("%d", &DynArray::from_array(&vec![f64::INFINITY]).unwrap()),
    );
    messages.refused(
        "a character outside the encoding",
        SaveTxt::new()
            .fmt("%s")
            .encoding(Encoding::Ascii)
            .write(Vec::new(), &DynArray::from_array(&vec!["é"]).unwrap()),
    );
    assert_snapshot!("savetxt", finish(messages));
}

#[test]
fn bad_dtypes_and_literals_have_these_messages() {
    let mut messages = Messages::new();
    for text in [
        "",
        "x8",
        "i3",
        "(2,i4",
        "U99999999999",
        "M8[lightyear]",
        "M8[0s]",
        "{'names': ['a']}",
        "[('a', 'i4'), ('a', 'i4')]",
        "[('a', 'i4', (-1,))]",
        "(2, 3",
        "f8 f8",
    ] {
        messages.refused(format!("DType::parse({text:?})"), DType::parse(text));
    }
    for text in
        ["", "{", "(1, 2", "'abc", "1 2", "__import__('os')", "{1: 2, **x}", "[1, 2}", "0x", "1e999999"]
    {
        match literal::parse(text, literal::Dialect::Python3) {
            Ok(_) => messages.add(format!("literal::parse({text:?})"), "is read"),
            Err(error) => messages.add(format!("literal::parse({text:?})"), error),
        }
    }
    assert_snapshot!("dtypes", finish(messages));
}

#[test]
fn wrong_calls_have_these_messages() {
    let mut messages = Messages::new();
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let grid = DynArray::from_array(&vec![vec![1_i32, 2, 3], vec![4, 5, 6]]).unwrap();
    numio::save(at("grid.npy"), &grid).unwrap();
    numio::savez(at("two.npz"), [("a", &grid), ("b", &grid)]).unwrap();

    messages.refused("to_array of another type", grid.to_array::<f64, ndarray::Ix2>());
    messages.refused("to_array of another number of axes", grid.to_array::<i32, ndarray::Ix1>());
    messages.refused("read_npy of another type", numio::read_npy::<Vec<f32>>(at("grid.npy")));
    messages.refused("slice beyond the end", grid.slice(&[SliceItem::Index(2)]));
    messages.refused("slice of too many axes", grid.slice(&[SliceItem::Index(0); 3]));
    messages.refused("a slice that is none", "1:2:3:4".parse::<Slice>());
    messages.refused("a step of zero", "::0".parse::<Slice>());
    messages.refused("item beyond the end", grid.item(&[0, 3]));
    messages.refused("a field of no record", grid.field("x"));
    messages.refused("cast that loses", grid.cast_with(&DType::parse("i1").unwrap(), Casting::Safe));
    messages.refused("cast of a text", DynArray::from_array(&vec!["a"]).unwrap().cast(&DType::INT64));
    messages.refused("cast to objects", grid.cast(&DType::OBJECT));
    messages.refused("bytes of another length", DynArray::from_bytes(DType::INT64, &[2], &[0; 15]));
    messages.refused("ragged rows", numio::save(at("x.npy"), &vec![vec![1], vec![], vec![2]]));
    messages.refused("no such folder", numio::save(at("none/x.npy"), &grid));
    messages.refused("no such file", numio::load(at("none.npy")));
    messages.refused("a folder", numio::load(dir.path()));
    messages.refused("append of another dtype", npy::append(at("grid.npy"), &vec![vec![1.5, 2.5, 3.5]]));
    messages.refused("append of another shape", npy::append(at("grid.npy"), &vec![vec![1_i32, 2]]));
    messages.refused("append to no file", Appender::open(at("none.npy")));
    messages.refused("a member that is not there", NpzArchive::open(at("two.npz")).unwrap().get("c"));
    messages.refused("an archive that is none", NpzArchive::open(at("grid.npy")));
    messages.refused("two members of one name", numio::savez(at("x.npz"), [("a", &grid), ("a", &grid)]));
    messages.refused(
        "a member's name with NUL",
        NpzWriter::new(std::io::Cursor::new(Vec::new())).add("a\0b", &grid),
    );
    messages.refused("objects that may not be pickled", {
        let objects = numio::load(folder().join("npy/objects.npy")).unwrap().into_array().unwrap();
        WriteOptions::new().allow_pickle(false).to_writer(Vec::new(), &objects)
    });
    messages.refused(
        "objects that may not be read",
        LoadOptions::new().allow_pickle(false).load(folder().join("npy/objects.npy")),
    );
    messages.refused("a header that version 1 cannot hold", {
        let fields = (0..10_000).map(|n| (format!("field-{n}"), DType::INT64));
        let wide = numio::Record::packed(fields).map(DType::from).unwrap();
        WriteOptions::new()
            .version(npy::Version::V1)
            .to_writer(Vec::new(), &DynArray::zeros(wide, &[1], Order::C).unwrap())
    });
    messages.refused("a file that is larger than allowed", {
        let mut limits = Limits::default();
        limits.max_array_bytes = 10;
        LoadOptions::new().limits(limits).load(at("grid.npy"))
    });
    messages.refused(
        "a lazy index beyond the end",
        LazyArray::open(at("grid.npy")).unwrap().slice(&[SliceItem::Index(5)]),
    );
    let said = messages.finish(&folder(), "testdata");
    assert_snapshot!("calls", said.replace(dir.path().to_str().unwrap(), "folder"));
}

#[test]
fn every_snapshot_has_a_test() {
    assert_all_used(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots"),
        include_str!("snapshots.rs"),
    );
}
