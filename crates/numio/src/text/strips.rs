//! A file cut into strips of whole lines, which all cores read and work on, and whose results come together in order.
//!
//! Each thread reads its own strips by position, into memory that stays in its core's cache. What one strip cannot be
//! told from its own bytes (a line that is longer than a strip, an error of the disk) is left to whoever reads on from
//! there.

use std::fs::File;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::early::Early;
use crate::Result;
use crate::source::{ReadAt, cores};

/// Less than this is not worth another thread.
const BYTES_PER_THREAD: u64 = 64 << 10;

/// Bytes of a strip: small enough to stay in a core's cache with its rows, and to be handed out evenly.
const STRIP: usize = 64 << 10;

/// Strips are smaller where their rows take more memory than this,
const ROWS: usize = 1 << 20;

/// and no smaller than this.
const LEAST_STRIP: usize = 4 << 10;

/// Files of longer rows are read in order.
const LONGEST_ROW: usize = 1 << 20;

/// How much is read beyond a strip at first, for the end of its last line.
const BEYOND: usize = 4 << 10;

/// How many strips may be done while an earlier one is not.
const AHEAD: usize = 32;

/// The part of a file that is to be read.
pub(super) struct Strips<'f> {
    file: &'f File,
    /// Where it starts, which is the start of a line, and where it ends.
    start: u64,
    end: u64,
    /// Bytes of one strip.
    size: usize,
}

/// What comes after a strip.
pub(super) enum Next<T> {
    /// The next one; this is still to be done for the one before, in any order.
    Go(Option<T>),
    /// Nothing more is wanted.
    Stop(Option<T>),
    /// This strip and all after it are not for strips.
    Leave,
}

/// Calls `make` on the lines of each strip, `merge` on what it made in the order of the file, and `finish` on what is to
/// be done then; all but `merge` on all cores. Where the strips were left early, the result is the place in the file
/// from which on lines are to be read.
///
/// # Errors
/// The first of `merge`.
pub(super) fn run<M: Send, T: Send>(
    strips: &Strips<'_>,
    make: impl Fn(&[u8]) -> M + Sync,
    merge: impl FnMut(M) -> Result<Next<T>> + Send,
    finish: impl Fn(T) + Sync,
) -> Result<Option<u64>> {
    let order = Order { early: Early::new(), done: strips.start, end: None, merge };
    let crew = Crew { strips, taken: AtomicUsize::new(0), order: Mutex::new(order), moved: Condvar::new() };
    let work = || crew.work(&make, &finish);
    let most = (strips.len() / BYTES_PER_THREAD).max(1);
    thread::scope(|scope| {
        for _ in 1..cores().min(usize::try_from(most).unwrap_or(usize::MAX)) {
            // Where the system gives no more threads, those that there are do it all.
            if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    let order = crew.order.into_inner().unwrap_or_else(PoisonError::into_inner);
    match order.end {
        Some(End::Failed(error)) => Err(error),
        Some(End::Left) => Ok(Some(order.done)),
        Some(End::Stopped) | None => Ok(None),
    }
}

/// The threads and what they share.
struct Crew<'s, M, F> {
    strips: &'s Strips<'s>,
    taken: AtomicUsize,
    order: Mutex<Order<M, F>>,
    /// Told whenever `order` has moved on.
    moved: Condvar,
}

/// Results that come as they are done, put back into the order of their strips.
struct Order<M, F> {
    early: Early<Option<(u64, M)>>,
    /// Where the lines that have been merged end.
    done: u64,
    end: Option<End>,
    merge: F,
}

/// Why strips end before the file does.
enum End {
    Stopped,
    Left,
    Failed(crate::Error),
}

impl<M: Send, F> Crew<'_, M, F> {
    fn lock(&self) -> MutexGuard<'_, Order<M, F>> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until strip `index` is not too far ahead of the rest, and says whether it is still wanted.
    fn may_start(&self, index: usize) -> bool {
        let too_far =
            |order: &mut Order<M, F>| order.end.is_none() && index.saturating_sub(order.early.next()) > AHEAD;
        let order = self.moved.wait_while(self.lock(), too_far).unwrap_or_else(PoisonError::into_inner);
        order.end.is_none()
    }

    fn work<T>(&self, make: &impl Fn(&[u8]) -> M, finish: &impl Fn(T))
    where
        F: FnMut(M) -> Result<Next<T>>,
    {
        // If this thread panics, those that wait for it must not.
        let _guard = Guard(self);
        let mut buffer = Vec::new();
        loop {
            let index = self.taken.fetch_add(1, Ordering::Relaxed);
            if index >= self.strips.count() || !self.may_start(index) {
                return;
            }
            let made = self.strips.strip(index, &mut buffer).map(|(end, text)| (end, make(text)));
            let todo = self.lock().add(index, made);
            self.moved.notify_all();
            todo.into_iter().for_each(finish);
        }
    }
}

struct Guard<'c, 's, M, F>(&'c Crew<'s, M, F>);

impl<M, F> Drop for Guard<'_, '_, M, F> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.order.lock().unwrap_or_else(PoisonError::into_inner).end.get_or_insert(End::Stopped);
            self.0.moved.notify_all();
        }
    }
}

impl<M, F> Order<M, F> {
    fn add<T>(&mut self, index: usize, made: Option<(u64, M)>) -> Vec<T>
    where
        F: FnMut(M) -> Result<Next<T>>,
    {
        let mut todo = Vec::new();
        self.early.hold(index, made);
        while self.end.is_none()
            && let Some(made) = self.early.take()
        {
            let Some((done, made)) = made else {
                self.end = Some(End::Left);
                break;
            };
            match (self.merge)(made) {
                Ok(Next::Go(then)) => todo.extend(then),
                Ok(Next::Stop(then)) => {
                    todo.extend(then);
                    self.end = Some(End::Stopped);
                }
                Ok(Next::Leave) => {
                    self.end = Some(End::Left);
                    break;
                }
                Err(error) => {
                    self.end = Some(End::Failed(error));
                    break;
                }
            }
            self.done = done;
        }
        todo
    }
}

impl<'f> Strips<'f> {
    /// The strips of what is in `file` from `start` on, where a line starts; `first` are the first lines there, and each row
    /// takes so many bytes of memory. `None` where rows are too long for strips.
    pub(super) fn new(file: &'f File, start: u64, first: &[u8], row_size: usize) -> Option<Self> {
        let end = file.metadata().map_or(start, |data| data.len());
        let lines = memchr::memchr_iter(b'\n', first).count().max(1);
        let row_len = (first.len() / lines).max(1);
        let size = STRIP.min(ROWS / row_size.max(1) * row_len).max(LEAST_STRIP).max(8 * row_len);
        (row_len <= LONGEST_ROW && start < end).then_some(Self { file, start, end, size })
    }

    /// About how many lines there are, and some more: those of a few places, and the first, stand for all.
    pub(super) fn lines(&self, first: &[u8]) -> u64 {
        const PLACES: u64 = 16;
        let lines_in = |text: &[u8]| memchr::memchr_iter(b'\n', text).count();
        let mut sample = vec![0; 4 << 10];
        let (mut lines, mut bytes) = (0, 0);
        if self.len() >= PLACES * 4 * sample.len() as u64 {
            for index in 0..PLACES {
                let at = self.start + self.len() / PLACES * index;
                if self.file.read_exact_at(&mut sample, at).is_ok() {
                    lines += lines_in(&sample);
                    bytes += sample.len();
                }
            }
        }
        let density = |lines: usize, bytes: usize| lines as f64 / bytes.max(1) as f64;
        let density = density(lines, bytes).max(density(lines_in(first), first.len()));
        (density * self.len() as f64 * 1.125) as u64 + 64
    }

    fn len(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    fn count(&self) -> usize {
        usize::try_from(self.len().div_ceil(self.size as u64)).unwrap_or(usize::MAX)
    }

    /// The lines that start in strip `index`, and where they end in the file. `None` where that is not to be found out
    /// nearby, or reading fails.
    fn strip<'b>(&self, index: usize, buffer: &'b mut Vec<u8>) -> Option<(u64, &'b [u8])> {
        let start = self.start + index as u64 * self.size as u64;
        let end = start.saturating_add(self.size as u64).min(self.end);
        // The byte before tells whether a line starts where the strip does.
        let from = if index == 0 { start } else { start - 1 };
        let has = usize::try_from(end - from).ok()?;
        let mut beyond = BEYOND;
        loop {
            let len = usize::try_from(self.end.min(end + beyond as u64) - from).ok()?;
            if buffer.len() < len {
                buffer.resize(len, 0);
            }
            self.file.read_exact_at(buffer.get_mut(..len)?, from).ok()?;
            let text = buffer.get(..len)?;
            let last = if end == self.end {
                Some(len)
            } else {
                memchr::memchr(b'\n', text.get(has - 1..)?).map(|at| has + at)
            };
            match last {
                Some(last) => {
                    let first = match index {
                        0 => 0,
                        // Without an end of line, the strip lies within one that is not its own.
                        _ => memchr::memchr(b'\n', text.get(..last)?).map_or(last, |at| at + 1),
                    };
                    return Some((from + last as u64, buffer.get(first..last)?));
                }
                None if beyond < self.size => beyond = self.size,
                None => return None,
            }
        }
    }
}
