//! Large texts in files and in memory, which all cores read in chunks, compared with the same text read as one stream.

use numio::text::{GenFromTxt, LoadTxt, Table};
use numio::{DType, Error, Limits};

/// Rows of a text: `row` writes each.
fn text(rows: usize, row: impl Fn(usize) -> String) -> Vec<u8> {
    (0..rows).flat_map(|index| row(index).into_bytes()).collect()
}

fn integers(index: usize) -> String {
    format!("{},{},{}\n", index * 7919, -(index as i64), index % 13)
}

fn said(read: Result<Table, Error>) -> Result<(DType, Vec<usize>, Vec<u8>, String), String> {
    let table = read.map_err(|error| error.to_string())?;
    let array = table.array();
    let warnings = format!("{:?}", table.warnings());
    Ok((array.dtype().clone(), array.shape().to_vec(), array.as_bytes().unwrap().to_vec(), warnings))
}

/// All ways of reading say the same, whatever it is.
fn check(name: &str, text: &[u8], set: impl Fn(&mut LoadTxt<'_>)) -> Result<(), String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text.csv");
    std::fs::write(&path, text).unwrap();
    let mut loader = LoadTxt::new();
    set(loader.delimiter(","));
    let chunks = said(loader.load(&path)).map_err(|error| {
        let (before, after) = error.split_once(": ").unwrap();
        assert!(before.ends_with("text.csv"), "{name}: {error}");
        after.to_owned()
    });
    let stream = said(loader.read(text));
    for found in [&chunks, &said(loader.parse(text))] {
        match (found, &stream) {
            (Ok(found), Ok(stream)) => {
                assert_eq!((&found.0, &found.1, &found.3), (&stream.0, &stream.1, &stream.3), "{name}");
                assert!(found.2 == stream.2, "{name}: other elements");
            }
            _ => assert!(*found == stream, "{name}: {:?} {:?}", found.as_ref().err(), stream.as_ref().err()),
        }
    }
    chunks.map(|_| ())
}

#[test]
fn loadtxt_of_a_file_in_chunks_reads_what_a_stream_gives() {
    let dtype = |name: &str| DType::parse(name).unwrap();
    let whole = text(100_000, integers);
    let i8 = |loader: &mut LoadTxt<'_>| {
        loader.dtype(DType::INT64);
    };
    check("integers", &whole, i8).unwrap();
    check("floats", &whole, |_| {}).unwrap();
    check("no end", whole.trim_ascii_end(), i8).unwrap();
    check("returns", &text(100_000, |row| integers(row).replace('\n', "\r\n")), i8).unwrap();
    check("only returns", &text(100_000, |row| integers(row).replace('\n', "\r")), i8).unwrap();
    check("comments", &text(100_000, |row| format!("{}# {row} é\n", integers(row))), i8).unwrap();
    check("blank lines", &text(100_000, |row| format!("{}\n \n", integers(row))), i8).unwrap_err();
    check("empty lines", &text(100_000, |row| format!("{}\n\n", integers(row))), i8).unwrap();
    check(
        "shorter and shorter",
        &text(60_000, |row| format!("{row:0>width$}\n", width = 1 + (60_000 - row) / 500)),
        i8,
    )
    .unwrap();
    check(
        "long, then short",
        &text(90_000, |row| format!("{row:0>width$}\n", width = if row < 5000 { 300 } else { 5 })),
        i8,
    )
    .unwrap();
    check(
        "rows longer than chunks",
        &text(4, |row| format!("{}\n", vec![row.to_string(); 500_000].join(","))),
        i8,
    )
    .unwrap();
    check(
        "one long row",
        &text(
            30_000,
            |row| if row == 20_000 { format!("{}1,2,3\n", " ".repeat(700_000)) } else { integers(row) },
        ),
        i8,
    )
    .unwrap();
    check("texts of any length", &whole, |loader| {
        loader.dtype(dtype("U"));
    })
    .unwrap();
    check("records", &text(50_000, |row| format!("name{row},{row},{row}.5,aé\n")), |loader| {
        loader.dtype(dtype("U6, i4, f8, U3"));
    })
    .unwrap();
    check("columns", &text(50_000, |row| format!("é{row},{row},{row}.5,a\n")), |loader| {
        loader.usecols([2, 1]);
    })
    .unwrap();
    for rows in [1, 3000, 99_999, 100_000, 200_000] {
        check("the first rows", &whole, |loader| {
            i8(loader);
            loader.max_rows(rows).skiprows(7);
        })
        .unwrap();
    }
}

#[test]
fn loadtxt_of_a_bad_file_in_chunks_says_what_a_stream_says() {
    let integers_but = |place: usize, other: &str| {
        text(100_000, |row| if row == place { other.to_owned() } else { integers(row) })
    };
    for place in [0, 1, 9000, 77_777, 99_999] {
        for other in ["1,2\n", "1,2,3,4\n", "1,x,3\n", "1,2,99999999999999999999\n", ",,\n", "1,2,\n"] {
            let text = integers_but(place, other);
            let options = |loader: &mut LoadTxt<'_>| {
                loader.dtype(DType::INT64);
            };
            assert!(check(other, &text, options).is_err() || place == 0, "{place} {other}");
            let columns = |loader: &mut LoadTxt<'_>| {
                loader.usecols([0, 2]);
            };
            let _ = check(other, &text, columns);
        }
        let mut bytes = integers_but(place, "1,2,3\n");
        bytes.extend_from_slice(b"1,2,\xff\n1,x,3\n");
        let error = check("no text", &bytes, |_| {}).unwrap_err();
        assert!(error.contains("0xff"), "{error}");
        let mut bytes = integers_but(place, "1,x,3\n");
        bytes.extend_from_slice(b"1,2,\xff\n");
        check("no text after an error", &bytes, |_| {}).unwrap_err();
        check("no text in another column", &bytes, |loader| {
            loader.usecols([0, 2]);
        })
        .unwrap_err();
    }
}

#[test]
fn loadtxt_beyond_the_limit_of_memory_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text.csv");
    std::fs::write(&path, text(100_000, integers)).unwrap();
    let mut limits = Limits::default();
    limits.max_array_bytes = 1 << 20;
    let error = LoadTxt::new().delimiter(",").limits(limits).load(&path).unwrap_err().to_string();
    assert!(error.contains("the limit is 1048576"), "{error}");
}

#[test]
fn genfromtxt_of_a_file_in_chunks_reads_what_a_stream_gives() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text.csv");
    let both = |name: &str, text: &[u8], set: &dyn Fn(&mut GenFromTxt<'_>)| {
        std::fs::write(&path, text).unwrap();
        let mut loader = GenFromTxt::new();
        set(loader.delimiter(","));
        let chunks = said(loader.load(&path)).map_err(|error| error.split_once(": ").unwrap().1.to_owned());
        let stream = said(loader.read(text));
        for found in [&chunks, &said(loader.parse(text))] {
            assert!(*found == stream, "{name}: {:?} {:?}", found.as_ref().err(), stream.as_ref().err());
        }
        chunks.map(|_| ())
    };
    let whole = text(60_000, integers);
    both("floats", &whole, &|_| {}).unwrap();
    both("returns", &text(60_000, |row| integers(row).replace('\n', "\r\n")), &|_| {}).unwrap();
    both("only returns", &text(60_000, |row| integers(row).replace('\n', "\r")), &|_| {}).unwrap();
    both("missing", &text(60_000, |row| if row % 9 == 0 { ",,#é\n".into() } else { integers(row) }), &|_| {})
        .unwrap();
    both("found", &whole, &|loader| {
        loader.dtype(None);
    })
    .unwrap();
    both("footer", &whole, &|loader| {
        loader.skip_footer(50_000).skip_header(3);
    })
    .unwrap();
    both("names", &[b"a,b,c\n", &whole[..]].concat(), &|loader| {
        loader.names_from_first_line();
    })
    .unwrap();
    both("mask", &whole, &|loader| {
        loader.usemask(true);
    })
    .unwrap();
    for place in [1, 7000, 59_999] {
        let ragged = text(60_000, |row| if row == place { "1,2\n".to_owned() } else { integers(row) });
        let error = both("ragged", &ragged, &|_| {}).unwrap_err();
        assert!(error.contains(&format!("Line #{} ", place + 1)), "{error}");
        both("no text", &[&ragged[..], b"1,\xff,3\n"].concat(), &|_| {}).unwrap_err();
    }
}
