//! All members of an archive at once, on all cores.

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use super::archive::NpzArchive;
use super::directory::Entry;
use super::member::Member;
use super::unpack::Threads;
use super::zip::Method;
use crate::Result;
use crate::source::cores;

/// From this size on, a member that can be split is worth all cores for itself.
const LARGE: u64 = 8 << 20;

impl NpzArchive {
    /// Reads every member, on all cores, and gives each with its name in the order of the file. A damaged member does
    /// not keep the others from being read. Members that another of the same name hides are among them.
    ///
    /// ```
    /// use ndarray::array;
    ///
    /// let mut bytes = std::io::Cursor::new(Vec::new());
    /// numio::savez_to(&mut bytes, [("a", &array![1, 2]), ("b", &array![3, 4])])?;
    /// for (name, member) in numio::NpzArchive::from_reader(bytes)?.read_all() {
    ///     println!("{name}: {:?}", member?.into_array()?.shape());
    /// }
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn read_all(&self) -> Vec<(&str, Result<Member>)> {
        let mut found: Vec<(&str, Option<Result<Member>>)> = self.names().map(|name| (name, None)).collect();
        let mut apart = Vec::new();
        let alone = self.entries().iter().filter(|entry| is_large(entry)).count() < cores();
        for (at, (slot, entry)) in found.iter_mut().zip(self.entries()).enumerate() {
            if cores() > 1 && is_large(entry) && (alone || splits_well(entry)) {
                slot.1 = Some(self.member(at, Threads::All));
            } else {
                apart.push((at, &mut slot.1));
            }
        }
        let threads = cores().min(apart.len());
        let next = Mutex::new(apart.into_iter());
        let run = || {
            let held = RefCell::default();
            loop {
                let taken = next.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some((at, slot)) = taken else { break };
                *slot = Some(self.member(at, Threads::One(&held)));
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                // Where the system gives no more threads, those that there are do it all.
                if std::thread::Builder::new().spawn_scoped(scope, run).is_err() {
                    break;
                }
            }
            run();
        });
        let read = |at, member: Option<_>| member.unwrap_or_else(|| self.member(at, Threads::All));
        found.into_iter().enumerate().map(|(at, (name, member))| (name, read(at, member))).collect()
    }
}

/// Whether a member is worth several cores.
fn is_large(entry: &Entry) -> bool {
    matches!(entry.method, Method::Stored | Method::Deflated) && entry.size >= LARGE
}

/// Whether several cores read a member as fast as as many members.
fn splits_well(entry: &Entry) -> bool {
    entry.method == Method::Stored || !entry.index.is_empty()
}
