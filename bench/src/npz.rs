//! `.npz` files: members stored and deflated, large and many.
//!
//! Everyone reads what NumPy wrote; without NumPy there are no cases.

use std::cell::RefCell;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::{Duration, Instant};

use ndarray::{Array1, Ix1, OwnedRepr};
use ndarray_npy::{NpzReader, NpzWriter};
use numio::NpzArchive;

use crate::harness::{Candidate, Case, bounded, candidate};
use crate::npy::numpy;
use crate::peak;
use crate::python::Python;
use crate::settings::Settings;
use npyz::WriterBuilder;

/// Runs every case, if the settings ask for this group.
pub fn run(settings: &Settings) {
    if !settings.wants("npz") {
        return;
    }
    let dir = settings.temporary();
    let path = |name: &str| dir.path().join(name);
    let Some(mut python) = Python::start() else { return };
    for kind in ["one", "sixteen", "tiny"] {
        python.run("archive", &[&path(kind), Path::new(kind)]);
    }
    python.run("array", &[&path("array.npy")]);
    let python = RefCell::new(Some(python));
    // NumPy has put its suffix to the names.
    let [one, sixteen, tiny] = ["one", "sixteen", "tiny"].map(|kind| path(&format!("{kind}.npz")));
    let integers: Array1<i32> = numio::read_npy(path("array.npy")).expect("ours");
    let ours = path("ours.npz");
    numio::savez_compressed(&ours, [("x", &integers)]).expect("ours");
    stored(settings, &python, &path("stored.npz"));
    deflated(settings, &python, "inflate 32 MiB of NumPy's", &one, 2.4);
    deflated(settings, &python, "inflate 32 MiB of numio", &ours, 4.0);
    many(settings, &python, "inflate 16 of 8 MiB", &sixteen, 4.0, all_of::<i32>);
    many(settings, &python, "load 2000 tiny members", &tiny, 10.0, all_of::<i64>);
    save(settings, &python, &path("large.npy"), &path("saved.npz"));
    compress(settings, &python, &path("array.npy"), &integers, &path("packed.npz"));
    for (what, file) in [("member", &one), ("typed member", &one), ("member", &ours)] {
        let packed = std::fs::metadata(file).expect("the file").len();
        let over = peak::of_child(what, file) as f64 - (integers.len() * 4) as f64 - packed as f64;
        let name = format!("peak of {what}, over both");
        bounded(&name, over / f64::from(1 << 20), 4.0, "MiB");
    }
}

fn ndarray_npy<T: ndarray_npy::ReadableElement>(path: &Path, name: &str) -> Array1<T> {
    let mut archive = NpzReader::new(File::open(path).expect("the file")).expect("ndarray-npy");
    archive.by_name::<OwnedRepr<T>, Ix1>(name).expect("ndarray-npy")
}

fn npyz<T: npyz::Deserialize>(
    archive: &mut npyz::npz::NpzArchive<std::io::BufReader<File>>,
    name: &str,
) -> Vec<T> {
    let member = archive.by_name(name).expect("npyz").expect("the member");
    member.into_vec().expect("npyz")
}

fn stored(settings: &Settings, python: &RefCell<Option<Python>>, path: &Path) {
    let array = Array1::from_iter((0..settings.mib << 17).map(|at| at as f64));
    let large = path.with_file_name("large.npy");
    numio::save(&large, &array).expect("ours");
    python.borrow_mut().as_mut().expect("NumPy").run("savez", &[path, &large]);
    Case {
        name: &format!("load {} MiB stored", settings.mib),
        ours: candidate("numio", || {
            NpzArchive::open(path).expect("ours").read::<Array1<f64>>("x").expect("ours")
        }),
        rust: vec![
            candidate("ndarray-npy", || ndarray_npy::<f64>(path, "x")),
            candidate("npyz", || npyz::<f64>(&mut npyz::npz::NpzArchive::open(path).expect("npyz"), "x")),
        ],
        other: numpy(python, "load_all", vec![path.to_path_buf()]),
        wanted: 2.0,
        wanted_of_other: Some(4.0),
    }
    .run(settings.rounds(5));
    std::fs::remove_file(path).expect("the file");
}

fn deflated(settings: &Settings, python: &RefCell<Option<Python>>, name: &str, path: &Path, wanted: f64) {
    Case {
        name,
        ours: candidate("numio", || {
            NpzArchive::open(path).expect("ours").read::<Array1<i32>>("x").expect("ours")
        }),
        rust: vec![
            candidate("ndarray-npy", || ndarray_npy::<i32>(path, "x")),
            candidate("npyz", || npyz::<i32>(&mut npyz::npz::NpzArchive::open(path).expect("npyz"), "x")),
        ],
        other: numpy(python, "load_all", vec![path.to_path_buf()]),
        wanted: 2.0,
        wanted_of_other: Some(wanted),
    }
    .run(settings.rounds(11));
}

/// How one of the peers reads all members of an archive, and how many elements that were.
fn all_of<T: npyz::Deserialize + ndarray_npy::ReadableElement>(path: &Path, peer: &str) -> usize {
    let names: Vec<String> = NpzArchive::open(path).expect("ours").names().map(str::to_owned).collect();
    let start = |name: &String| name.clone();
    match peer {
        "npyz" => {
            let mut archive = npyz::npz::NpzArchive::open(path).expect("npyz");
            names.iter().map(start).map(|name| npyz::<T>(&mut archive, &name).len()).sum()
        }
        _ => {
            let mut archive = NpzReader::new(File::open(path).expect("the file")).expect("ndarray-npy");
            let mut read = |name: &String| archive.by_name::<OwnedRepr<T>, Ix1>(name).expect("ndarray-npy");
            names.iter().map(|name| read(name).len()).sum()
        }
    }
}

fn many(
    settings: &Settings,
    python: &RefCell<Option<Python>>,
    name: &str,
    path: &Path,
    wanted: f64,
    others: fn(&Path, &str) -> usize,
) {
    let read_all = || {
        let archive = NpzArchive::open(path).expect("ours");
        let arrays = archive.read_all().into_iter().map(|(_, member)| member.expect("ours").into_array());
        arrays.collect::<numio::Result<Vec<_>>>().expect("arrays")
    };
    Case {
        name,
        ours: candidate("numio", read_all),
        rust: vec![
            candidate("ndarray-npy", || others(path, "ndarray-npy")),
            candidate("npyz", || others(path, "npyz")),
        ],
        other: numpy(python, "load_all", vec![path.to_path_buf()]),
        wanted: 2.0,
        wanted_of_other: Some(wanted),
    }
    .run(settings.rounds(7));
}

/// Everyone writes a file that is not there yet.
fn fresh<'a>(name: &'static str, path: &'a Path, write: impl Fn(&Path) + 'a) -> Candidate<'a> {
    let run = move || {
        let _ = std::fs::remove_file(path);
        let start = Instant::now();
        write(path);
        start.elapsed()
    };
    Candidate { name, run: Box::new(run) }
}

fn save(settings: &Settings, python: &RefCell<Option<Python>>, source: &Path, path: &Path) {
    let array: Array1<f64> = numio::read_npy(source).expect("ours");
    let array = &array;
    Case {
        name: &format!("savez {} MiB", settings.mib),
        ours: fresh("numio", path, move |path| numio::savez(path, [("x", array)]).expect("ours")),
        rust: vec![
            fresh("ndarray-npy", path, move |path| {
                let mut writer = NpzWriter::new(File::create(path).expect("a file"));
                writer.add_array("x", array).expect("ndarray-npy");
                writer.finish().expect("ndarray-npy");
            }),
            fresh("npyz", path, move |path| {
                write_npyz(path, array.as_slice().expect("an array"), npyz::zip::CompressionMethod::Stored);
            }),
        ],
        other: numpy_fresh(python, "savez", source, path),
        wanted: 2.0,
        wanted_of_other: Some(3.0),
    }
    .run(settings.rounds(5));
}

fn compress(
    settings: &Settings,
    python: &RefCell<Option<Python>>,
    source: &Path,
    array: &Array1<i32>,
    path: &Path,
) {
    Case {
        name: "savez_compressed 32 MiB",
        ours: fresh("numio", path, move |path| numio::savez_compressed(path, [("x", array)]).expect("ours")),
        rust: vec![
            fresh("ndarray-npy", path, move |path| {
                let mut writer = NpzWriter::new_compressed(File::create(path).expect("a file"));
                writer.add_array("x", array).expect("ndarray-npy");
                writer.finish().expect("ndarray-npy");
            }),
            fresh("npyz", path, move |path| {
                let items = array.as_slice().expect("an array");
                write_npyz(path, items, npyz::zip::CompressionMethod::Deflated);
            }),
        ],
        other: numpy_fresh(python, "savez_compressed", source, path),
        wanted: 2.0,
        wanted_of_other: Some(15.0),
    }
    .run(settings.rounds(3));
    let size = |write: &mut dyn FnMut()| {
        write();
        std::fs::metadata(path).expect("the file").len() as f64 / f64::from(1 << 20)
    };
    let theirs = size(&mut || {
        python.borrow_mut().as_mut().expect("NumPy").run("savez_compressed", &[path, source]);
    });
    let ours = size(&mut || numio::savez_compressed(path, [("x", array)]).expect("ours"));
    bounded("size of that", ours, theirs, "MiB")
}

fn write_npyz<T: npyz::AutoSerialize + Copy>(path: &Path, items: &[T], method: npyz::zip::CompressionMethod) {
    let file = BufWriter::new(File::create(path).expect("a file"));
    let mut archive = npyz::npz::NpzWriter::new(file);
    let options = npyz::zip::write::FileOptions::default().compression_method(method).large_file(true);
    let member = archive.array("x", options).expect("npyz").default_dtype().shape(&[items.len() as u64]);
    let mut writer = member.begin_nd().expect("npyz");
    writer.extend(items.iter().copied()).expect("npyz");
    writer.finish().expect("npyz");
}

fn numpy_fresh<'a>(
    python: &'a RefCell<Option<Python>>,
    job: &'static str,
    source: &Path,
    path: &'a Path,
) -> Vec<Candidate<'a>> {
    let source = source.to_path_buf();
    let run = move || -> Duration {
        let _ = std::fs::remove_file(path);
        python.borrow_mut().as_mut().expect("NumPy").run(job, &[path, &source])
    };
    vec![Candidate { name: "numpy", run: Box::new(run) }]
}
