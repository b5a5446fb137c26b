//! `numio.load`, and loading the members of an archive that it opens.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use numio::npy::MemmapOptions;
use numio::{Error, ErrorKind, FileFormat, Limits, LoadOptions, Loaded, MmapMode, ReadAt};
use pyo3::exceptions::{PyEOFError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBool;

use crate::arguments::{DEFAULT_RATIO, encoding_name, encoding_of, header_size, ratio, warn_of_python2};
use crate::file::{Access, Behind, Input, Reader, announce_given, peek};
use crate::npz::NpzFile;
use crate::objects::{self, PickleOrigin, Trust};
use crate::settings::Settings;
use crate::{array, errors, memmap, run};

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// `numio.load`, whose docstring and defaults are in Python.
///
/// `as_numpy` is set while NumPy's own names mean numio's functions: members of archives are then mapped for reading only, as
/// programs expect that are written for NumPy, which reads them.
#[pyfunction]
#[pyo3(
    signature = (file, mmap_mode=None, allow_pickle=None, fix_imports=None, encoding=None, *, max_header_size=None, max_ratio=None, trust=None, as_numpy=false),
    text_signature = "(file, mmap_mode=None, allow_pickle=True, fix_imports=True, encoding='ASCII', *, max_header_size=10000, max_ratio=100, trust=False)"
)]
#[expect(clippy::too_many_arguments, reason = "NumPy's")]
pub(crate) fn load<'py>(
    py: Python<'py>,
    file: &Bound<'py, PyAny>,
    mmap_mode: Option<&Bound<'py, PyAny>>,
    allow_pickle: Option<&Bound<'py, PyAny>>,
    fix_imports: Option<&Bound<'py, PyAny>>,
    encoding: Option<&str>,
    max_header_size: Option<&Bound<'py, PyAny>>,
    max_ratio: Option<&Bound<'py, PyAny>>,
    trust: Option<&Bound<'py, PyAny>>,
    as_numpy: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let encoding = encoding.unwrap_or("ASCII");
    let mut options = LoadOptions::new();
    options.encoding(encoding_of(encoding)?);
    let allowed = allow_pickle.map(Bound::is_truthy).transpose()?;
    if let Some(allowed) = allowed {
        options.allow_pickle(allowed);
    }
    let fix_imports = fix_imports.map_or(Ok(true), Bound::is_truthy)?;
    options.fix_imports(fix_imports).keep_pickle_graphs(true);
    let max_header_size = max_header_size.map_or(Ok(10_000), header_size)?;
    options.max_header_size(max_header_size);
    let max_ratio = max_ratio.map_or(Ok(DEFAULT_RATIO), ratio)?;
    options.max_compression_ratio(max_ratio);
    let mode = match mmap_mode {
        Some(mode) if mode.is_truthy()? => Some(memmap::mode_of(mode.extract()?)?),
        _ => None,
    };
    if mode == Some(MmapMode::Create) {
        let text = "mode 'w+' would empty the file: make new files with open_memmap";
        return Err(PyValueError::new_err(text));
    }
    let python2 = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&python2);
    options.on_header(move |header| {
        flag.fetch_or(header.is_from_python2(), Ordering::Relaxed);
        array::note_header(header);
    });
    let settings = Settings {
        options,
        python2,
        mode,
        trust_given: trust.map(|given| Arc::new(given.clone().unbind())),
        trust: Trust::from_arg(trust.unwrap_or(PyBool::new(py, false).as_any()))?
            .reading(encoding, fix_imports),
        allow_pickle: allowed.unwrap_or(true),
        is_allowed: allowed,
        as_numpy,
        encoding: encoding_name(encoding)?,
        fix_imports,
        max_header_size,
        max_ratio,
    };
    let (not_said, python2) = (settings.is_allowed.is_none(), Arc::clone(&settings.python2));
    let loaded = match Input::from_arg(file)? {
        Input::Path(path) => load_path(settings, file, &path),
        Input::Object(object) => load_object(settings, &object),
    };
    match loaded {
        Err(raised) if not_said => Err(errors::as_both(py, raised)),
        Ok(loaded) => {
            warn_of_python2(py, &python2, 2)?;
            Ok(loaded)
        }
        raised => raised,
    }
}

/// [`load`] with nothing but NumPy's arguments, in their order: a call with names takes a good part of the time that a small file
/// takes.
#[pyfunction]
#[pyo3(signature = (file, mmap_mode, allow_pickle, fix_imports, encoding, max_header_size, /))]
pub(crate) fn load_plain<'py>(
    py: Python<'py>,
    file: &Bound<'py, PyAny>,
    mmap_mode: Option<&Bound<'py, PyAny>>,
    allow_pickle: Option<&Bound<'py, PyAny>>,
    fix_imports: Option<&Bound<'py, PyAny>>,
    encoding: Option<&str>,
    max_header_size: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    load(py, file, mmap_mode, allow_pickle, fix_imports, encoding, max_header_size, None, None, false)
}

fn is_regular(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.is_file())
}

/// The file at `path`, where it is a regular one: a pipe would be waited for, and what was in it has been read.
fn regular(path: &Path) -> Option<std::fs::File> {
    is_regular(path).then(|| std::fs::File::open(path).ok())?
}

fn load_path<'py>(
    mut settings: Settings,
    file: &Bound<'py, PyAny>,
    path: &Path,
) -> PyResult<Bound<'py, PyAny>> {
    let py = file.py();
    announce_given(file, path, settings.mode.map_or(Access::Read, Access::from))?;
    if let Some(mode) = settings.mode
        && is_regular(path)
    {
        let mut limits = Limits::default();
        // As in the library, an explicit true means that the file is trusted.
        limits.max_header_chars =
            if settings.is_allowed == Some(true) { usize::MAX } else { settings.max_header_size };
        let opened = run::detached(py, || MemmapOptions::new(mode).limits(limits).open_file(path));
        let is_last = |error: &Error| {
            error.kind() == ErrorKind::Cancelled || regular(path).is_some_and(|file| holds_array(&file, 0))
        };
        match opened {
            Ok(opened) => return memmap::map_existing(file, &opened, mode, &settings.python2),
            Err(error) if is_last(&error) => return Err(errors::to_python(&error)),
            // It is no array.
            Err(_) => {}
        }
    }
    if settings.as_numpy && settings.mode.is_some() {
        // NumPy reads members, which its users then change without changing the file.
        settings.mode = Some(MmapMode::CopyOnWrite);
    }
    if let Some(mode) = settings.mode {
        map(&mut settings, mode);
    }
    let loaded = run::detached(py, || settings.options.load(path)).map_err(|error| {
        let start = || regular(path).map_or([0; MAGIC.len()], |file| start_of(&file, 0));
        raised(&settings, py, &error, start)
    })?;
    match loaded {
        Loaded::Npz(archive) => NpzFile::of_path(file, archive, settings),
        other => {
            let is_array = || regular(path).is_some_and(|file| holds_array(&file, 0));
            let mapped = match settings.mode {
                Some(mode) => Some((
                    std::fs::File::options().read(true).write(mode == MmapMode::ReadWrite).open(path)?,
                    mode,
                )),
                None => None,
            };
            let map =
                mapped.as_ref().map(|(of, mode)| objects::MapFile { filename: file, file: of, mode: *mode });
            object_of(&settings, py, other, Some(path), map, is_array)
        }
    }
}

#[expect(unsafe_code, reason = "as with NumPy, who maps a file answers for what else happens to it")]
fn map(settings: &mut Settings, mode: MmapMode) {
    // SAFETY: NumPy's contract is the caller's, whose files these are: no one may truncate them while they are mapped.
    unsafe { settings.options.mmap(mode) };
}

fn load_object<'py>(settings: Settings, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let (source, at): (Arc<dyn ReadAt>, u64) = match Behind::of(object)? {
        Behind::File(file, at) => (Arc::new(file), at),
        Behind::Bytes(bytes, at) => (Arc::new(bytes), at),
        Behind::Unknown => return load_stream(settings, object),
    };
    if settings.mode.is_some() && holds_array(&source, at) {
        return Err(unmappable(object));
    }
    let loaded = run::detached(py, || settings.options.from_reader_at(source.clone(), at));
    let (loaded, end) = loaded.map_err(|error| raised(&settings, py, &error, || start_of(&source, at)))?;
    if let Loaded::Npz(archive) = loaded {
        return NpzFile::of_object(object, archive, settings);
    }
    object.call_method1(intern!(py, "seek"), (end,))?;
    let name = name_for(&loaded, object);
    object_of(&settings, py, loaded, name.as_deref(), None, || holds_array(&source, at))
}

fn load_stream<'py>(settings: Settings, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let first = peek(object, MAGIC.len())?;
    if first.as_ref().is_some_and(Vec::is_empty) {
        return Err(PyEOFError::new_err("no data left in file"));
    }
    let is_array = first.as_deref() == Some(&MAGIC[..]);
    if settings.mode.is_some() && is_array {
        return Err(unmappable(object));
    }
    let mut reader = Reader::new(object, Vec::new());
    let is_zip = first.as_ref().is_some_and(|first| starts_archive(first));
    let loaded = run::detached(py, || match is_zip {
        true => settings.options.npz_from_reader(reader).map(Loaded::Npz),
        false => settings.options.from_reader(reader.by_ref()),
    });
    let start = || first.as_deref().and_then(|first| first.try_into().ok()).unwrap_or(*MAGIC);
    match loaded.map_err(|error| raised(&settings, py, &error, start))? {
        Loaded::Npz(archive) => NpzFile::of_object(object, archive, settings),
        other => {
            let name = name_for(&other, object);
            object_of(&settings, py, other, name.as_deref(), None, || is_array)
        }
    }
}

/// The exception for an error of a whole file, which starts with `start`.
fn raised(
    settings: &Settings,
    py: Python<'_>,
    error: &Error,
    start: impl FnOnce() -> [u8; MAGIC.len()],
) -> PyErr {
    let raised = errors::to_python(error);
    if settings.is_allowed == Some(false) || error.kind() == ErrorKind::Io {
        return raised;
    }
    let start = start();
    if start == *MAGIC || starts_archive(&start) {
        return raised;
    }
    errors::not_recognized(py, raised, settings.is_allowed == Some(true))
}

/// `is_array` tells, for loaded objects, an array from a pickle: their errors differ.
fn object_of<'py>(
    settings: &Settings,
    py: Python<'py>,
    loaded: Loaded,
    path: Option<&Path>,
    map: Option<objects::MapFile<'_, 'py>>,
    is_array: impl FnOnce() -> bool,
) -> PyResult<Bound<'py, PyAny>> {
    match loaded {
        Loaded::Array(found) => array::of_file(py, found),
        Loaded::Object(graph) => {
            let origin = PickleOrigin { path, member: None };
            // What was decompressed is nowhere in the file.
            let map = map.filter(|_| graph.file_offset().is_some());
            match objects::graph_to_python(py, graph.root(), &settings.trust, origin, map) {
                Ok(object) => Ok(object.into_bound(py)),
                Err(raised) if is_array() => Err(raised),
                Err(raised) => Err(errors::not_a_pickle(py, raised, &origin.prefix())),
            }
        }
        _ => Err(PyValueError::new_err("the file holds what this version of numio does not know")),
    }
}

/// The path that a file object says it was opened by, for errors of Python objects: only these may have any.
fn name_for(loaded: &Loaded, object: &Bound<'_, PyAny>) -> Option<PathBuf> {
    if matches!(loaded, Loaded::Array(_)) {
        return None;
    }
    object.getattr("name").ok()?.extract::<String>().ok().map(PathBuf::from)
}

fn holds_array(source: &dyn ReadAt, at: u64) -> bool {
    start_of(source, at) == *MAGIC
}

/// The first bytes, or zeros if there are fewer.
fn start_of(source: &dyn ReadAt, at: u64) -> [u8; MAGIC.len()] {
    let mut start = [0; MAGIC.len()];
    match source.read_exact_at(&mut start, at) {
        Ok(()) => start,
        Err(_) => [0; MAGIC.len()],
    }
}

fn starts_archive(start: &[u8]) -> bool {
    FileFormat::detect(start).is_zip()
}

/// NumPy's two errors for mapping an object that has no path.
fn unmappable(object: &Bound<'_, PyAny>) -> PyErr {
    match crate::file::is_file(object) {
        Ok(true) => PyValueError::new_err(
            "Filename must be a string or a path-like object.  Memmap cannot use existing file handles.",
        ),
        _ => match object.get_type().name() {
            Ok(name) => {
                PyTypeError::new_err(format!("expected str, bytes or os.PathLike object, not {name}"))
            }
            Err(error) => error,
        },
    }
}
