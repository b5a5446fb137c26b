//! A Python object that reads ranges, as a source of the library's.

use std::io;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use numio::{ReadAt, ReadRange};
use numpy::PyUntypedArray;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyList};

use crate::memory;
use crate::run::lock;

/// As many bytes are worth it to copy each piece while the next is received.
const LARGE: usize = 1 << 20;

/// The longest time that a signal waits for its handler.
const SIGNALS: Duration = Duration::from_millis(50);

/// A Python object that reads ranges.
pub(crate) struct PythonSource {
    object: Py<PyAny>,
    size: u64,
}

impl PythonSource {
    /// The source of `size` bytes that `object` reads.
    pub(crate) fn new(object: &Bound<'_, PyAny>, size: u64) -> Self {
        Self { object: object.clone().unbind(), size }
    }

    fn fill(&self, py: Python<'_>, ranges: &mut [ReadRange<'_>]) -> PyResult<()> {
        let object = self.object.bind(py);
        let starts = PyList::new(py, ranges.iter().map(|range| range.offset))?;
        let lengths = PyList::new(py, ranges.iter().map(|range| range.buf.len()))?;
        if ranges.iter().map(|range| range.buf.len()).sum::<usize>() >= LARGE
            && object.hasattr(intern!(py, "begin_ranges"))?
        {
            return fill_by_pieces(object, (starts, lengths), ranges);
        }
        let mut found = object.call_method1(intern!(py, "read_ranges"), (starts, lengths))?.try_iter()?;
        for range in ranges {
            let answer = found.next().ok_or_else(|| short(range, 0))??;
            if let Ok(bytes) = answer.cast::<PyBytes>() {
                copy(range, bytes.as_bytes())?;
            } else {
                static FROM_BUFFER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
                let from_buffer = FROM_BUFFER.import(py, "numpy", "frombuffer")?;
                let bytes = from_buffer.call1((answer, intern!(py, "u1")))?;
                let bytes = bytes.cast_into::<PyUntypedArray>()?;
                let (bytes, start) = memory::borrow(&bytes)?;
                copy(range, bytes.get(start..).unwrap_or_default())?;
            }
        }
        Ok(())
    }
}

impl ReadAt for PythonSource {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_ranges(&mut [ReadRange { offset, buf }])
    }

    fn read_ranges(&self, ranges: &mut [ReadRange<'_>]) -> io::Result<()> {
        let past = |range: &ReadRange<'_>| {
            range.offset.checked_add(range.buf.len() as u64).is_none_or(|end| end > self.size)
        };
        if ranges.iter().any(past) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Python::attach(|py| self.fill(py, ranges).map_err(io::Error::other))
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.size)
    }
}

fn copy(range: &mut ReadRange<'_>, bytes: &[u8]) -> PyResult<()> {
    if bytes.len() != range.buf.len() {
        return Err(short(range, bytes.len()));
    }
    range.buf.copy_from_slice(bytes);
    Ok(())
}

/// The error of an answer with another number of bytes than was asked for.
fn short(range: &ReadRange<'_>, found: usize) -> PyErr {
    let text = format!(
        "a request for {} bytes from byte {} on was answered with {found}",
        range.buf.len(),
        range.offset
    );
    PyOSError::new_err(text)
}

/// A piece of the range of this index, from an offset in it on.
struct Piece {
    index: usize,
    offset: usize,
    bytes: PyBackedBytes,
}

/// Takes the pieces, from any thread.
#[pyclass(frozen)]
struct Pieces {
    /// `None` once there are no more, or they are not wanted any more.
    sender: Mutex<Option<Sender<Piece>>>,
}

impl Pieces {
    fn sender(&self) -> std::sync::MutexGuard<'_, Option<Sender<Piece>>> {
        lock(&self.sender)
    }
}

#[pymethods]
impl Pieces {
    fn add(&self, index: usize, offset: usize, bytes: PyBackedBytes) -> PyResult<()> {
        let sent = self.sender().as_ref().map(|sender| sender.send(Piece { index, offset, bytes }));
        match sent {
            Some(Ok(())) => Ok(()),
            _ => Err(PyValueError::new_err("the ranges are not read any more")),
        }
    }

    fn close(&self) {
        *self.sender() = None;
    }
}

/// Fills the ranges with pieces while `object` receives others.
fn fill_by_pieces(
    object: &Bound<'_, PyAny>,
    (starts, lengths): (Bound<'_, PyList>, Bound<'_, PyList>),
    ranges: &mut [ReadRange<'_>],
) -> PyResult<()> {
    let py = object.py();
    let (sender, received) = channel();
    let pieces = Bound::new(py, Pieces { sender: Mutex::new(Some(sender)) })?;
    let task = object.call_method1(intern!(py, "begin_ranges"), (starts, lengths, &pieces))?;
    let mut filling = Filling { ends: vec![0; ranges.len()], ranges };
    let filled = filling.fill(py, received);
    pieces.get().close();
    // An answer that was refused is why its range is not complete.
    let ended = object.call_method1(intern!(py, "end_ranges"), (task,));
    filled?;
    ended?;
    filling.check()
}

/// Ranges that are filled by pieces.
struct Filling<'r, 'b> {
    ranges: &'r mut [ReadRange<'b>],
    /// The number of bytes of each that are there.
    ends: Vec<usize>,
}

impl Filling<'_, '_> {
    /// Copies pieces until there are no more.
    fn fill(&mut self, py: Python<'_>, mut received: Receiver<Piece>) -> PyResult<()> {
        loop {
            let (filling, received) = (&mut *self, &mut received);
            let may_go_on = py.detach(move || -> PyResult<bool> {
                let begun = Instant::now();
                while begun.elapsed() < SIGNALS {
                    match received.recv_timeout(SIGNALS) {
                        Ok(piece) => filling.add(&piece)?,
                        Err(RecvTimeoutError::Timeout) => break,
                        Err(RecvTimeoutError::Disconnected) => return Ok(false),
                    }
                }
                Ok(true)
            });
            if !may_go_on? {
                return Ok(());
            }
            py.check_signals()?;
        }
    }

    /// Those of a range follow each other, and may begin again.
    fn add(&mut self, Piece { index, offset, bytes }: &Piece) -> PyResult<()> {
        let (Some(range), Some(end)) = (self.ranges.get_mut(*index), self.ends.get_mut(*index)) else {
            return Err(PyValueError::new_err("there are fewer ranges"));
        };
        let target = range.buf.get_mut(*offset..).and_then(|rest| rest.get_mut(..bytes.len()));
        match target {
            Some(target) if *offset == 0 || offset == end => target.copy_from_slice(bytes),
            _ => return Err(PyValueError::new_err("a piece does not go on where the one before it ends")),
        }
        *end = offset + bytes.len();
        Ok(())
    }

    fn check(&self) -> PyResult<()> {
        let mut both = self.ranges.iter().zip(&self.ends);
        match both.find(|(range, end)| range.buf.len() != **end) {
            Some((range, end)) => Err(short(range, *end)),
            None => Ok(()),
        }
    }
}
