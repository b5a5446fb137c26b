//! Members read ahead of their turn, while a program goes through an archive in the order of the file.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::iter::FusedIterator;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::Duration;

use crate::npz::archive::{Again, NpzArchive, is_large, splits_well};
use crate::npz::directory::Entry;
use crate::npz::member::MemberValue;
use crate::npz::read::Threads;
use crate::npz::zip::Method;
use crate::parallel::{check, in_background, lock, num_threads};
use crate::{Result, with_num_threads};

/// The most bytes of members that are read and not yet asked for.
const MOST_BYTES: u64 = 128 << 20;

/// Members below this size are read sooner than another thread is told of them.
const SMALLEST: u64 = 128 << 10;

/// The time between looks at the call's cancellation while another thread reads the member that is asked for.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Reads members as [`NpzArchive::get`] does. Once they are asked for in the order of the file, those that come next are
/// decompressed on the other cores meanwhile: compressed members that one core reads alone, as NumPy writes them. At most
/// 128 MiB are read ahead, and dropped when another member is asked for than the next ones. With one thread, and where
/// members are mapped, nothing is read ahead.
///
/// A member that cannot be read is an error when it is asked for, not before.
///
/// ```
/// let mut file = std::io::Cursor::new(Vec::new());
/// numio::npz_to_writer(&mut file, [("a", &[1_u8, 2]), ("b", &[3, 4])])?;
/// let archive = numio::NpzArchive::from_reader(file)?;
/// let ahead = archive.read_ahead();
/// for name in archive.names() {
///     assert_eq!(ahead.get(name)?.into_array()?.shape(), [2]);
/// }
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug)]
pub struct ReadAhead {
    archive: NpzArchive,
    window: Arc<Window>,
}

#[derive(Debug)]
struct Window {
    /// The process that has first gone on to a next member; 0 for none yet. Its threads, and perhaps the lock, are gone in a fork
    /// of it, which reads nothing ahead.
    process: AtomicU32,
    /// As long as there is none, the member after the one that was asked for last: most archives are asked for one member.
    first: AtomicUsize,
    state: Mutex<WindowState>,
    /// Told whenever a member has been read.
    done: Condvar,
}

impl Window {
    /// Notes that `index` is asked for, and returns false where nothing is to be read ahead: it is the first one, or this is a fork
    /// of the process that reads ahead.
    fn is_open(&self, index: usize) -> bool {
        let process = self.process.load(Ordering::Relaxed);
        if process != 0 {
            return process == std::process::id();
        }
        let after = index.saturating_add(1);
        let next = self.first.swap(after, Ordering::Relaxed);
        if next != index && next != after {
            return false;
        }
        let this = std::process::id();
        if self.process.compare_exchange(0, this, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            lock(&self.state).next.get_or_insert(next);
        }
        self.process.load(Ordering::Relaxed) == this
    }
}

#[derive(Debug, Default)]
struct WindowState {
    /// The member after the one that was asked for last.
    next: Option<usize>,
    ahead: BTreeMap<usize, Slot>,
    /// Threads that have been asked to read and have not ended.
    helpers: usize,
    /// Numbers what is being read, so that a result for which nobody waits any more is dropped.
    ticket: u64,
}

#[derive(Debug)]
enum Slot {
    /// To be read by the first thread that is free.
    Waiting,
    /// Being read, under this ticket.
    Running(u64),
    Ready(MemberValue),
}

impl WindowState {
    /// Notes that `index` is asked for, and returns true if it continues a pass through the archive.
    fn advance(&mut self, index: usize) -> bool {
        let again = index.checked_add(1) == self.next;
        let continues = again || self.next == Some(index) || self.ahead.contains_key(&index);
        self.ahead = if continues { self.ahead.split_off(&index) } else { BTreeMap::new() };
        self.next = index.checked_add(1);
        continues
    }

    /// The slot of a member, taken out unless another thread is reading it.
    fn take(&mut self, index: usize) -> Option<Slot> {
        match self.ahead.get(&index) {
            Some(&Slot::Running(ticket)) => Some(Slot::Running(ticket)),
            _ => self.ahead.remove(&index),
        }
    }

    /// Fills up what is read ahead of the members in `range`.
    fn plan(&mut self, entries: &[Entry], range: Range<usize>) {
        let mut bytes = 0;
        for (index, entry) in entries.iter().enumerate().take(range.end).skip(range.start) {
            if !is_worth_it(entry) {
                continue;
            }
            bytes += entry.size;
            if bytes > MOST_BYTES {
                return;
            }
            self.ahead.entry(index).or_insert(Slot::Waiting);
        }
    }

    /// The first member that waits for a thread, which is the caller from now on.
    fn claim(&mut self) -> Option<(usize, u64)> {
        let index =
            self.ahead.iter().find_map(|(&index, slot)| matches!(slot, Slot::Waiting).then_some(index))?;
        self.ticket += 1;
        self.ahead.insert(index, Slot::Running(self.ticket));
        Some((index, self.ticket))
    }
}

/// Returns true for a member that one core decompresses, in a time that is worth telling another thread of it.
fn is_worth_it(entry: &Entry) -> bool {
    let splits = splits_well(entry) && is_large(entry);
    entry.method != Method::Stored && (SMALLEST..=MOST_BYTES).contains(&entry.size) && !splits
}

/// The result of a member that is being read: put into its slot when it is there, or taken out when it is not.
struct ReadingSlot<'a> {
    window: &'a Window,
    index: usize,
    ticket: u64,
    value: Option<MemberValue>,
}

impl Drop for ReadingSlot<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.window.state);
        if matches!(state.ahead.get(&self.index), Some(&Slot::Running(ticket)) if ticket == self.ticket) {
            match self.value.take() {
                Some(value) => state.ahead.insert(self.index, Slot::Ready(value)),
                // Whoever asks for it reads it again, and gets the error as its own.
                None => state.ahead.remove(&self.index),
            };
        }
        drop(state);
        self.window.done.notify_all();
    }
}

impl ReadAhead {
    pub(super) fn new(archive: NpzArchive) -> Self {
        let window = Window {
            process: AtomicU32::new(0),
            first: AtomicUsize::new(usize::MAX),
            state: Mutex::default(),
            done: Condvar::new(),
        };
        Self { archive, window: Arc::new(window) }
    }

    /// Takes the first member for the next one that is asked for.
    pub fn rewind(&self) {
        match self.window.process.load(Ordering::Relaxed) {
            0 => self.window.first.store(0, Ordering::Relaxed),
            process if process == std::process::id() => lock(&self.window.state).next = Some(0),
            _ => {}
        }
    }

    /// The archive whose members these are.
    pub fn archive(&self) -> &NpzArchive {
        &self.archive
    }

    /// The member for `name`, as [`NpzArchive::get`] has it.
    ///
    /// # Errors
    /// As [`NpzArchive::get`].
    pub fn get(&self, name: &str) -> Result<MemberValue> {
        let index = self.archive.find(name).ok_or_else(|| self.archive.missing(name))?;
        self.by_index(index)
    }

    /// The member at `index` in the order of the file.
    ///
    /// # Errors
    /// As [`NpzMember::value`](crate::npz::NpzMember::value); `NotFound` where there are fewer.
    pub fn by_index(&self, index: usize) -> Result<MemberValue> {
        // The archive's token stops waiting too.
        self.archive.options().run.run(|| self.read(index))
    }

    fn read(&self, index: usize) -> Result<MemberValue> {
        let threads = num_threads();
        let read = || self.archive.member(index, Threads::All, Again::Refused);
        if threads < 2 || self.archive.options().mmap.is_some() || !self.window.is_open(index) {
            return read();
        }
        let mut state = lock(&self.window.state);
        if !state.advance(index) {
            drop(state);
            return read();
        }
        let found = state.take(index);
        let after = index.saturating_add(1);
        state.plan(self.archive.entries(), after..after.saturating_add(2 * threads));
        self.call_helpers(&mut state, threads);
        let is_alone = state.ahead.is_empty();
        drop(state);
        match found {
            Some(Slot::Ready(value)) => Ok(value),
            Some(Slot::Running(_)) => self.wait(index),
            // The other cores have work of their own.
            _ if !is_alone => self.read_alone(index),
            _ => read(),
        }
    }

    fn read_alone(&self, index: usize) -> Result<MemberValue> {
        let scratch = RefCell::default();
        with_num_threads(1, || self.archive.member(index, Threads::One(&scratch), Again::Refused))
    }

    /// Has other threads read what waits.
    fn call_helpers(&self, state: &mut WindowState, threads: usize) {
        let waiting = state.ahead.values().filter(|slot| matches!(slot, Slot::Waiting)).count();
        while state.helpers < waiting.min(threads - 1) {
            let (archive, window) = (self.archive.clone(), Arc::downgrade(&self.window));
            if !in_background(threads, move || help(&archive, &window)) {
                return;
            }
            state.helpers += 1;
        }
    }

    /// Waits for a member that another thread reads, and reads others meanwhile.
    fn wait(&self, index: usize) -> Result<MemberValue> {
        loop {
            let mut state = lock(&self.window.state);
            match state.take(index) {
                Some(Slot::Ready(value)) => return Ok(value),
                Some(Slot::Running(_)) => {}
                Some(Slot::Waiting) | None => {
                    drop(state);
                    return self.read_alone(index);
                }
            }
            if let Some((other, ticket)) = state.claim() {
                drop(state);
                let mut reading = ReadingSlot { window: &self.window, index: other, ticket, value: None };
                reading.value = self.read_alone(other).ok();
                drop(reading);
            } else {
                let waited = self.window.done.wait_timeout(state, LOOK_EVERY);
                drop(waited.unwrap_or_else(PoisonError::into_inner));
            }
            check()?;
        }
    }
}

/// Reads what waits until nothing does, or nobody is there who could ask for it.
fn help(archive: &NpzArchive, window: &Weak<Window>) {
    /// Counts a helper out, after a panic too.
    struct Leave<'a>(&'a Weak<Window>);

    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            if let Some(window) = self.0.upgrade() {
                lock(&window.state).helpers -= 1;
            }
        }
    }

    let _leave = Leave(window);
    let scratch = RefCell::default();
    loop {
        let Some(window) = window.upgrade() else { return };
        let Some((index, ticket)) = lock(&window.state).claim() else { return };
        let mut reading = ReadingSlot { window: &window, index, ticket, value: None };
        let read = || archive.member(index, Threads::One(&scratch), Again::Refused);
        reading.value = with_num_threads(1, read).ok();
    }
}

/// The members of an archive with their names, in the order of the file; those that come next are read ahead on the other
/// cores. [`NpzArchive::iter`] makes it.
#[derive(Debug)]
pub struct Members<'a> {
    archive: &'a NpzArchive,
    ahead: ReadAhead,
    left: Range<usize>,
}

impl<'a> Members<'a> {
    pub(super) fn new(archive: &'a NpzArchive) -> Self {
        let ahead = archive.read_ahead();
        ahead.rewind();
        Self { archive, ahead, left: 0..archive.len() }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, Result<MemberValue>);

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.left.next()?;
        Some((self.archive.name_at(index)?, self.ahead.by_index(index)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl ExactSizeIterator for Members<'_> {}

impl FusedIterator for Members<'_> {}

impl NpzArchive {
    /// The members with their names, in the order of the file, each read when it is its turn, and those after it meanwhile on
    /// the other cores: see [`ReadAhead`].
    ///
    /// ```
    /// let mut file = std::io::Cursor::new(Vec::new());
    /// numio::npz_to_writer(&mut file, [("a", &[1_u8, 2]), ("b", &[3, 4])])?;
    /// for (name, member) in &numio::NpzArchive::from_reader(file)? {
    ///     println!("{name}: {:?}", member?.into_array()?.shape());
    /// }
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn iter(&self) -> Members<'_> {
        Members::new(self)
    }

    /// Reads members by name, and ahead of their turn where they are asked for in the order of the file.
    pub fn read_ahead(&self) -> ReadAhead {
        ReadAhead::new(self.clone())
    }
}

impl<'a> IntoIterator for &'a NpzArchive {
    type Item = (&'a str, Result<MemberValue>);
    type IntoIter = Members<'a>;

    fn into_iter(self) -> Members<'a> {
        self.iter()
    }
}
