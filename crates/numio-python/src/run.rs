//! Calls of the library: with the interpreter released, on the number of threads set in Python, and stopped by signals.

use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use numio::CancelToken;
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::reserve;

/// Locks `mutex`, also after a panic of another thread that held it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls the library with the interpreter released. Before it and while it works, Python's signal handlers run (in the main
/// thread), and an exception raised by one of them ends the call and is returned. Before it as well, as short calls may follow one
/// another in a loop of C, as of `dict(npz)`, where no others run them.
///
/// # Errors
/// Those of `work`, or raised by a handler.
pub(crate) fn detached<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> numio::Result<T> + Send,
) -> numio::Result<T> {
    let threads = count(py);
    py.check_signals().map_err(io::Error::other)?;
    py.detach(|| within(threads, work))
}

/// The same if the interpreter has been released already, or is needed all the time.
///
/// # Errors
/// As [`detached`].
pub(crate) fn within<T>(threads: usize, work: impl FnOnce() -> numio::Result<T>) -> numio::Result<T> {
    reserve::renew();
    numio::with_num_threads(threads, || CancelToken::with_check(check()).run(work))
}

/// Calls `work` with the interpreter released and with a token that signals cancel.
///
/// # Errors
/// What a handler of a signal raised.
pub(crate) fn with_token<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&CancelToken) -> T + Send,
) -> PyResult<T> {
    let threads = count(py);
    reserve::renew();
    let done = py.detach(|| {
        let token = CancelToken::with_check(check());
        numio::with_num_threads(threads, || token.run(|| Ok(work(&token))))
    });
    done.map_err(|error| crate::errors::to_python(&error))
}

/// Runs the handlers of signals that have come, unless there is no memory left. Only Python's main thread has any to run; others
/// ask a few times.
fn check() -> impl Fn() -> numio::Result<()> {
    /// This many checks, which are all of a small file, take less time than to find out which thread it is.
    const UNKNOWN: u8 = 4;
    const MAIN: u8 = 254;
    const OTHER: u8 = 255;
    // Up to `UNKNOWN`, the number of checks.
    let thread = AtomicU8::new(0);
    move || {
        if reserve::is_short() {
            return Err(io::Error::from(io::ErrorKind::OutOfMemory).into());
        }
        let known = thread.load(Ordering::Relaxed);
        if known == OTHER {
            return Ok(());
        }
        Python::attach(|py| {
            if known < UNKNOWN {
                thread.store(known + 1, Ordering::Relaxed);
            } else if known == UNKNOWN {
                let is_main = is_main_thread(py)?;
                thread.store(if is_main { MAIN } else { OTHER }, Ordering::Relaxed);
            }
            py.check_signals()
        })
        .map_err(|raised| io::Error::other(raised).into())
    }
}

fn is_main_thread(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import(intern!(py, "threading"))?;
    let main = threading.call_method0(intern!(py, "main_thread"))?;
    threading.call_method0(intern!(py, "current_thread"))?.eq(main)
}

thread_local! {
    /// The number that `threads` has set in this thread; 0 for none.
    static CHOSEN: Cell<usize> = const { Cell::new(0) };
}

/// Makes this thread's own variables. The system's linker allocates them when the first one is used, and aborts the process where
/// there is no memory for them.
pub(crate) fn init_thread() {
    CHOSEN.set(CHOSEN.get());
    // One of the variables that are dropped at the thread's end, for which there is a list.
    let _ = std::thread::current();
    if is_first_thread() {
        grow_stack();
    }
}

/// Has the system map more of the first thread's stack, which it does as pages are touched: where there is no memory left by
/// then, it ends the process. Stacks of other threads are mapped whole.
#[inline(never)]
fn grow_stack() {
    const DEEP: usize = 512 << 10;

    std::hint::black_box(&mut [0_u8; DEEP]);
}

#[cfg(target_os = "linux")]
fn is_first_thread() -> bool {
    let process = std::process::id();
    std::fs::read_link("/proc/thread-self")
        .is_ok_and(|path| path.ends_with(format!("{process}/task/{process}")))
}

#[cfg(not(target_os = "linux"))]
fn is_first_thread() -> bool {
    false
}

/// Number of threads that a call may use.
pub(crate) fn count(py: Python<'_>) -> usize {
    in_worker(py);
    match CHOSEN.get() {
        // Even the default is handed on as a number, so that the library has a pool of just as many threads.
        0 => numio::num_threads(),
        chosen => chosen,
    }
}

/// Sets the number of threads to 1 in a process that is one of many workers: a daemonic one of `multiprocessing`.
fn in_worker(py: Python<'_>) {
    if !ASKED.load(Ordering::Relaxed)
        && !ASKED.swap(true, Ordering::Relaxed)
        && is_daemon(py).unwrap_or(false)
    {
        numio::set_num_threads(1);
    }
}

/// True once it is known what this process is.
static ASKED: AtomicBool = AtomicBool::new(false);

/// Has Python say when it has forked: to ask for the process's number in each call takes longer than the call's other work.
///
/// # Errors
/// Errors raised by Python.
pub(crate) fn watch_forks(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let Some(register) = py.import("os")?.getattr_opt("register_at_fork")? else { return Ok(()) };
    let named = PyDict::new(py);
    named.set_item("after_in_child", wrap_pyfunction!(forked, module)?)?;
    register.call((), Some(&named)).map(drop)
}

/// Called in the child of a fork.
#[pyfunction]
fn forked() {
    ASKED.store(false, Ordering::Relaxed);
}

fn is_daemon(py: Python<'_>) -> PyResult<bool> {
    let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
    // If it has not been imported, this process does not use it.
    let module = modules.call_method1(intern!(py, "get"), ("multiprocessing.process",))?;
    if module.is_none() {
        return Ok(false);
    }
    let process = module.call_method0(intern!(py, "current_process"))?;
    process.getattr(intern!(py, "daemon"))?.is_truthy()
}

/// A number of threads from Python.
fn number(threads: Option<&Bound<'_, PyAny>>) -> PyResult<usize> {
    let Some(threads) = threads.filter(|threads| !threads.is_none()) else { return Ok(0) };
    match threads.extract::<usize>() {
        Ok(0) | Err(_) if threads.extract::<i128>().is_ok() => {
            Err(PyValueError::new_err(format!("the number of threads must be positive, not {threads}")))
        }
        count => count,
    }
}

#[doc = include_str!("doc/set_num_threads.txt")]
#[pyfunction]
#[pyo3(signature = (n))]
pub(crate) fn set_num_threads(py: Python<'_>, n: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    // Before the number, so that this does not come later and undo it.
    in_worker(py);
    numio::set_num_threads(number(n)?);
    Ok(())
}

#[doc = include_str!("doc/get_num_threads.txt")]
#[pyfunction]
pub(crate) fn get_num_threads(py: Python<'_>) -> usize {
    count(py)
}

#[doc = include_str!("doc/threads.txt")]
#[pyclass(name = "threads", module = "numio")]
pub(crate) struct Threads {
    count: usize,
    /// The previous setting, for each time that it was entered.
    outer: Vec<usize>,
}

#[pymethods]
impl Threads {
    #[new]
    #[pyo3(signature = (n))]
    fn new(n: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        Ok(Self { count: number(n)?, outer: Vec::new() })
    }

    fn __enter__(mut slf: PyRefMut<'_, Self>) -> PyRefMut<'_, Self> {
        let outer = CHOSEN.replace(slf.count);
        slf.outer.push(outer);
        slf
    }

    #[pyo3(signature = (*_raised))]
    fn __exit__(&mut self, _raised: &Bound<'_, PyTuple>) {
        if let Some(outer) = self.outer.pop() {
            CHOSEN.set(outer);
        }
    }

    fn __repr__(&self) -> String {
        match self.count {
            0 => "numio.threads(None)".to_owned(),
            count => format!("numio.threads({count})"),
        }
    }
}
