//! Every `.npy` file of the manifest, read in every way: it gives the array that NumPy sees in it, or the
//! error that is written down for it.

use std::path::Path;

use numio::pickle::Python2Encoding;
use numio::{DynArray, Error, LoadOptions, MmapMode, Order, Result};
use serde_json::Value;

use crate::testdata::{folder, manifest};

type Way = (&'static str, fn(&Path) -> Result<DynArray>);

const WAYS: [Way; 4] = [
    ("path", |path| options().load(path)?.into_array()),
    ("stream", |path| {
        let file = std::fs::File::open(path)?;
        options().from_reader(file).map_err(|error| error.with_path(path))?.into_array()
    }),
    ("bytes", |path| {
        let bytes = std::fs::read(path)?;
        options().from_slice(&bytes).map_err(|error| error.with_path(path))?.into_array()
    }),
    ("map", |path| {
        // SAFETY: nothing changes the files of `testdata/` while tests run.
        #[expect(unsafe_code, reason = "a map is one of the ways")]
        unsafe { options().mmap(MmapMode::Read).load(path) }?.into_array()
    }),
];

/// What Python 2 pickled beside NumPy's tests is text outside ASCII.
fn options() -> LoadOptions {
    let mut options = LoadOptions::new();
    options.encoding(Python2Encoding::Latin1);
    options
}

fn check(entry: &Value, path: &Path, read: Result<DynArray>) -> Result<(), String> {
    match (entry.get("load"), entry.get("error"), read) {
        (Some(wanted), _, Ok(array)) => check_array(wanted, &array),
        (_, Some(wanted), Err(error)) if !is_of_objects(&error) => check_error(wanted, path, &error),
        (_, _, Ok(array)) => Err(format!("loaded as {} {:?}", array.dtype(), array.shape())),
        // Archives have tests of their own.
        (None, None, _) => Ok(()),
        // Objects are not mapped, and archives come with their own room.
        (_, _, Err(error)) if is_of_objects(&error) => Ok(()),
        (_, _, Err(error)) => Err(error.to_string()),
    }
}

fn is_of_objects(error: &Error) -> bool {
    let said = error.message();
    said.contains("not read yet") || said.contains("holds Python objects and cannot be memory-mapped")
}

fn check_array(wanted: &Value, array: &DynArray) -> Result<(), String> {
    let order = if array.order() == Order::C { "C" } else { "F" };
    let found = serde_json::json!({
        "dtype": array.dtype().to_string(),
        "shape": array.shape(),
        "order": order,
    });
    if found == *wanted { Ok(()) } else { Err(found.to_string()) }
}

fn check_error(wanted: &Value, path: &Path, error: &Error) -> Result<(), String> {
    let said = error.to_string();
    let words = wanted["words"].as_array().unwrap();
    let has_words = words.iter().all(|word| said.contains(word.as_str().unwrap()));
    let names_path = said.starts_with(&format!("{}: ", path.display()));
    if has_words && names_path && format!("{:?}", error.kind()) == wanted["kind"] {
        Ok(())
    } else {
        Err(format!("{:?}: {said}", error.kind()))
    }
}

#[test]
fn npy_files_in_every_way_give_what_the_manifest_says() {
    let mut wrong = String::new();
    for (name, entry) in manifest().into_iter().filter(|(name, _)| name.ends_with(".npy")) {
        let path = folder().join(&name);
        for (way, read) in WAYS {
            if let Err(found) = check(&entry, &path, read(&path)) {
                wrong += &format!("{name} by {way}: {found}\n    wanted {entry}\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
