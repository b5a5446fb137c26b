//! `.npy` files: load, save, map.

use std::cell::RefCell;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2, ShapeBuilder};
use npyz::WriterBuilder;
use numio::{LoadOptions, MmapMode};

use crate::harness::{Candidate, Case, bounded, candidate, median, row};
use crate::peak;
use crate::python::Python;
use crate::settings::Settings;

/// The files that the cases read, all of the same numbers.
struct Files {
    dir: tempfile::TempDir,
}

impl Files {
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

/// Runs every case whose name the settings ask for.
pub fn run(settings: &Settings) {
    let files = Files { dir: settings.temporary() };
    let python = RefCell::new(Python::start());
    let (rows, columns) = (settings.mib * 1024 / 8, 1024 / 8 * 1024 / 128);
    let array = Array2::from_shape_fn((rows, columns), |(row, column)| (row * columns + column) as f64);
    if settings.wants("load") {
        load_large(settings, &files, &python, &array);
        load_tiny(settings, &files, &python);
    }
    if settings.wants("save") {
        save(settings, &files, &python, &array);
    }
    if settings.wants("map") {
        map(settings, &files, &python, &array);
    }
    if settings.wants("peak") {
        peak_memory(&files, &array);
    }
}

/// NumPy at `job`, where it is there.
pub fn numpy<'a>(
    python: &'a RefCell<Option<Python>>,
    job: &'static str,
    paths: Vec<PathBuf>,
) -> Vec<Candidate<'a>> {
    if python.borrow().is_none() {
        return Vec::new();
    }
    let run = move || {
        let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
        python.borrow_mut().as_mut().expect("it was there").run(job, &paths)
    };
    vec![Candidate { name: "numpy", run: Box::new(run) }]
}

fn load_large(settings: &Settings, files: &Files, python: &RefCell<Option<Python>>, array: &Array2<f64>) {
    let fortran = array.t().as_standard_layout().reversed_axes().to_owned();
    let swapped = array.mapv(|item| f64::from_bits(item.to_bits().swap_bytes()));
    for (name, wanted) in [("native", 4.0), ("big-endian", 3.0), ("Fortran", 3.0)] {
        let path = files.path(name);
        match name {
            "Fortran" => ndarray_npy::write_npy(&path, &fortran).expect("a file"),
            _ => ndarray_npy::write_npy(&path, if name == "native" { array } else { &swapped })
                .expect("a file"),
        }
        if name == "big-endian" {
            relabel(&path);
        }
        let what = format!("load {} MiB f8 {name}", settings.mib);
        Case {
            name: &what,
            ours: candidate("numio", || numio::read_npy::<Array2<f64>>(&path).expect("ours")),
            rust: vec![
                candidate("ndarray-npy", || {
                    ndarray_npy::read_npy::<_, Array2<f64>>(&path).expect("ndarray-npy")
                }),
                candidate("npyz", || read_npyz(&path)),
            ],
            other: numpy(python, "load", vec![path.clone()]),
            wanted,
            wanted_of_other: None,
        }
        .run(settings.rounds(9));
        let read = numio::read_npy::<Array2<f64>>(&path).expect("ours");
        assert!(read == array, "{name} does not read as it was written");
        std::fs::remove_file(&path).expect("the file");
    }
}

/// Makes the little-endian file at `path` a big-endian one: its bytes have been swapped already.
fn relabel(path: &Path) {
    use std::os::unix::fs::FileExt;

    let file = File::options().read(true).write(true).open(path).expect("the file");
    let mut head = [0; 64];
    file.read_exact_at(&mut head, 0).expect("a header");
    let at = head.windows(3).position(|text| text == b"<f8").expect("a descr");
    file.write_all_at(b">", at as u64).expect("a byte");
}

/// As npyz's documentation reads an array into `ndarray`.
fn read_npyz(path: &Path) -> Array2<f64> {
    let file = npyz::NpyFile::new(BufReader::new(File::open(path).expect("the file"))).expect("npyz");
    let shape: Vec<usize> = file.shape().iter().map(|&axis| axis as usize).collect();
    let fortran = file.order() == npyz::Order::Fortran;
    let data = file.into_vec::<f64>().expect("npyz");
    Array2::from_shape_vec((shape[0], shape[1]).set_f(fortran), data).expect("npyz's shape")
}

fn load_tiny(settings: &Settings, files: &Files, python: &RefCell<Option<Python>>) {
    let path = files.path("tiny.npy");
    let array = Array1::from_iter((0..10).map(f64::from));
    numio::save(&path, &array).expect("ours");
    // One run is too short for the clock.
    const TIMES: u32 = 200;
    let many = |name, run: &dyn Fn()| {
        let start = std::time::Instant::now();
        (0..TIMES).for_each(|_| run());
        let _: &str = name;
        start.elapsed() / TIMES
    };
    let path = &path;
    Case {
        name: "load 10 f8",
        ours: Candidate {
            name: "numio",
            run: Box::new(move || {
                many("numio", &|| drop(numio::read_npy::<Array1<f64>>(path).expect("ours")))
            }),
        },
        rust: vec![
            Candidate {
                name: "ndarray-npy",
                run: Box::new(move || {
                    many("ndarray-npy", &|| {
                        drop(ndarray_npy::read_npy::<_, Array1<f64>>(path).expect("ndarray-npy"))
                    })
                }),
            },
            Candidate {
                name: "npyz",
                run: Box::new(move || {
                    many("npyz", &|| {
                        let file = BufReader::new(File::open(path).expect("the file"));
                        drop(npyz::NpyFile::new(file).expect("npyz").into_vec::<f64>().expect("npyz"))
                    })
                }),
            },
        ],
        other: numpy(python, "load", vec![path.clone()]),
        wanted: 1.0,
        wanted_of_other: None,
    }
    .run(settings.rounds(101));
}

fn save(settings: &Settings, files: &Files, python: &RefCell<Option<Python>>, array: &Array2<f64>) {
    let path = files.path("saved.npy");
    let source = files.path("source.npy");
    numio::save(&source, array).expect("ours");
    // Everyone writes a file that is not there yet.
    let fresh = |write: &dyn Fn(&Path)| {
        let _ = std::fs::remove_file(&path);
        let start = std::time::Instant::now();
        write(&path);
        start.elapsed()
    };
    let fresh = &fresh;
    let what = format!("save {} MiB f8", settings.mib);
    let mut other = numpy(python, "save", vec![path.clone(), source.clone()]);
    if let Some(numpy) = other.pop() {
        let Candidate { name, mut run } = numpy;
        let path = path.clone();
        let run = Box::new(move || {
            let _ = std::fs::remove_file(&path);
            run()
        });
        other.push(Candidate { name, run });
    }
    Case {
        name: &what,
        ours: Candidate {
            name: "numio",
            run: Box::new(move || fresh(&|path| numio::save(path, array).expect("ours"))),
        },
        rust: vec![
            Candidate {
                name: "ndarray-npy",
                run: Box::new(move || {
                    fresh(&|path| ndarray_npy::write_npy(path, array).expect("ndarray-npy"))
                }),
            },
            Candidate { name: "npyz", run: Box::new(move || fresh(&|path| write_npyz(path, array))) },
        ],
        other,
        wanted: 1.2,
        wanted_of_other: None,
    }
    .run(settings.rounds(9));
    assert!(numio::read_npy::<Array2<f64>>(&source).expect("ours") == array, "not read as it was written");
}

fn write_npyz(path: &Path, array: &Array2<f64>) {
    let file = BufWriter::new(File::create(path).expect("a file"));
    let shape: Vec<u64> = array.shape().iter().map(|&axis| axis as u64).collect();
    let options = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(file);
    let mut writer = options.begin_nd().expect("npyz");
    writer.extend(array.iter()).expect("npyz");
    writer.finish().expect("npyz");
}

fn map(settings: &Settings, files: &Files, python: &RefCell<Option<Python>>, array: &Array2<f64>) {
    let path = files.path("map.npy");
    numio::save(&path, array).expect("ours");
    let open = || {
        // SAFETY: nothing else writes this file.
        unsafe { LoadOptions::new().mmap(MmapMode::Read).load(&path) }.expect("ours")
    };
    let times = |run: &mut dyn FnMut() -> std::time::Duration| {
        median((0..settings.rounds(1001)).map(|_| run()).collect()).as_secs_f64() * 1e6
    };
    let ours = times(&mut candidate("numio", open).run);
    if let Some(numpy) = python.borrow_mut().as_mut() {
        let theirs = times(&mut || numpy.run("map", &[&path]));
        row("open a map", ("numpy", theirs / 1e6), ours / 1e6, "s", None);
    }
    bounded("open a map", ours, 20.0, "us");
}

fn peak_memory(files: &Files, array: &Array2<f64>) {
    let path = files.path("peak.npy");
    numio::save(&path, array).expect("ours");
    let bytes = array.len() as u64 * 8;
    for how in ["read", "load"] {
        let over = (peak::of_child(how, &path) as f64 - bytes as f64) / f64::from(1 << 20);
        bounded(&format!("peak of {how}, over array"), over, 1.0, "MiB");
    }
    let _ = std::io::stdout().flush();
}
