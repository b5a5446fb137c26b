//! All members of an archive at once, on all cores.

use std::cell::RefCell;

use super::archive::{Again, NpzArchive};
use super::directory::Entry;
use super::member::Member;
use super::unpack::Threads;
use super::zip::Method;
use crate::parallel::{for_each_with, num_threads};
use crate::{Error, Result};

/// From this size on, a member that can be split is worth all cores for itself.
const LARGE: u64 = 8 << 20;

impl NpzArchive {
    /// Reads every member, on all cores, and gives each with its name in the order of the file. A damaged member does
    /// not keep the others from being read. Members that another of the same name hides are among them. Where members are
    /// mapped, one that is mapped for writing already is read into memory.
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
        self.options().run.within(|| self.read_members())
    }

    fn read_members(&self) -> Vec<(&str, Result<Member>)> {
        let mut found: Vec<(&str, Option<Result<Member>>)> = self.names().map(|name| (name, None)).collect();
        let mut apart = Vec::new();
        let alone = self.entries().iter().filter(|entry| is_large(entry)).count() < num_threads();
        for (at, (slot, entry)) in found.iter_mut().zip(self.entries()).enumerate() {
            if num_threads() > 1 && is_large(entry) && (alone || splits_well(entry)) {
                slot.1 = Some(self.member(at, Threads::All, Again::Copied));
            } else {
                apart.push((at, &mut slot.1));
            }
        }
        let threads = num_threads().min(apart.len());
        let read = |held: &mut RefCell<Vec<u8>>, (at, slot): (usize, &mut Option<Result<Member>>)| {
            *slot = Some(self.member(at, Threads::One(held), Again::Copied));
            Ok::<_, Error>(())
        };
        // What is cancelled before its turn says so below.
        let _ = for_each_with(threads, apart.into_iter(), RefCell::default, read);
        let read =
            |at, member: Option<_>| member.unwrap_or_else(|| self.member(at, Threads::All, Again::Copied));
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
