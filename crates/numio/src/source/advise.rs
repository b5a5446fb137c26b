//! Advice to the kernel about memory that a vector owns.

#![allow(unsafe_code, reason = "madvise takes a raw range of addresses")]

use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::parallel::{join, num_threads};

/// The smallest huge page; also a multiple of every page size that is smaller.
const HUGE: usize = 2 << 20;

/// Asks for huge pages under `memory`, where it spans any: fresh pages then cost a third of their time. Nothing about
/// the bytes changes, and a kernel that does not do it leaves all as it was.
pub(crate) fn huge_pages(memory: &mut [u8]) {
    advise(memory.as_mut_ptr(), memory.len());
}

/// The same for the room that a vector has left.
pub(crate) fn huge_room<T>(vector: &mut Vec<T>) {
    let room = vector.spare_capacity_mut();
    advise(room.as_mut_ptr().cast(), size_of_val(room));
}

#[cfg(target_os = "linux")]
fn advise(memory: *mut u8, len: usize) {
    use rustix::mm::{Advice, madvise};

    let skipped = memory.align_offset(HUGE);
    let len = len.saturating_sub(skipped) / HUGE * HUGE;
    if len > 0 {
        // SAFETY: the range lies inside the memory that both callers have borrowed for writing, and this advice never
        // changes what the bytes are.
        let _ = unsafe { madvise(memory.wrapping_add(skipped).cast(), len, Advice::LinuxHugepage) };
    }
}

/// Other systems decide by themselves.
#[cfg(not(target_os = "linux"))]
fn advise(_: *mut u8, _: usize) {}

/// Lets the kernel have the whole pages of `memory` back, of which nothing is wanted any more: what is in them may be lost.
#[cfg(target_os = "linux")]
pub(crate) fn give_back(memory: &mut [u8]) {
    use rustix::mm::{Advice, madvise};

    let skipped = memory.as_ptr().align_offset(HUGE);
    let Some(inner) = memory.get_mut(skipped..) else { return };
    let len = inner.len() / HUGE * HUGE;
    if len > 0 {
        // SAFETY: the range lies inside `memory`, which is borrowed for writing; the bytes are then zeros, or in memory that
        // is not anonymous what they were, and both are bytes.
        let _ = unsafe { madvise(inner.as_mut_ptr().cast(), len, Advice::LinuxDontNeed) };
    }
}

/// Other systems keep it until it is freed.
#[cfg(not(target_os = "linux"))]
pub(crate) fn give_back(_: &mut [u8]) {}

/// The huge pages of fresh memory, to be made one ahead of their use. Threads that write to the same fresh page at the same
/// time would each make one, and all but one throw theirs away.
pub(crate) struct Pages<'m> {
    /// Bytes before the first.
    skipped: usize,
    start: usize,
    count: usize,
    next: usize,
    memory: PhantomData<&'m mut [u8]>,
}

/// One of them.
pub(crate) struct Page<'m> {
    start: usize,
    memory: PhantomData<&'m mut [u8]>,
}

impl<'m> Pages<'m> {
    /// The pages of `memory`, and `memory` itself.
    pub(crate) fn of(memory: &'m mut [u8]) -> (Self, &'m mut [u8]) {
        let skipped = memory.as_ptr().align_offset(HUGE).min(memory.len());
        let count = (memory.len() - skipped) / HUGE;
        let start = memory.as_ptr().addr() + skipped;
        (Self { skipped, start, count, next: 0, memory: PhantomData }, memory)
    }

    /// The page after the one of the byte at `used`, where it has not been given out before.
    pub(crate) fn ahead(&mut self, used: usize) -> Option<Page<'m>> {
        let wanted = used.saturating_sub(self.skipped) / HUGE + 1;
        if wanted < self.next {
            return None;
        }
        self.nth(wanted - self.next)
    }
}

/// Those that have not been given out, from the front.
impl<'m> Iterator for Pages<'m> {
    type Item = Page<'m>;

    fn next(&mut self) -> Option<Page<'m>> {
        let at = self.next;
        if at >= self.count {
            return None;
        }
        self.next += 1;
        Some(Page { start: self.start + at * HUGE, memory: PhantomData })
    }
}

impl Page<'_> {
    /// Has the kernel make the page now, and says whether it has. One that it has not is made when it is written.
    #[cfg(target_os = "linux")]
    pub(crate) fn make(self) -> bool {
        use rustix::mm::{Advice, madvise};

        let page = std::ptr::without_provenance_mut::<u8>(self.start);
        // SAFETY: the page lies inside memory that is borrowed as long as this is, and this advice never changes what the
        // bytes are.
        unsafe { madvise(page.cast(), HUGE, Advice::LinuxPopulateWrite) }.is_ok()
    }

    /// Other systems make pages when they are written.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn make(self) -> bool {
        let _ = self.start;
        false
    }
}

/// Does `work` on fresh memory, while a second thread has the kernel make its pages, from the front and ahead of the work.
/// It stops when the work is done, so that work that fails early leaves most of them unmade.
pub(crate) fn with_pages<R>(memory: &mut [u8], work: impl FnOnce(&mut [u8]) -> R) -> R {
    let (pages, memory) = Pages::of(memory);
    let done = AtomicBool::new(false);
    let make = || {
        for page in pages {
            if done.load(Ordering::Relaxed) || !page.make() {
                return;
            }
        }
    };
    let work = || {
        let result = work(memory);
        done.store(true, Ordering::Relaxed);
        result
    };
    join(num_threads(), work, make).0
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn leaves_the_bytes_alone() {
        for len in [0, 1, HUGE - 1, 3 * HUGE + 5] {
            let mut memory = vec![7_u8; len];
            huge_pages(&mut memory);
            assert!(memory.iter().all(|&byte| byte == 7));
            give_back(&mut memory);
            let (mut pages, borrowed) = Pages::of(&mut memory);
            let made: Vec<_> =
                (0..borrowed.len()).step_by(HUGE / 4).filter_map(|at| pages.ahead(at)).collect();
            assert!(made.len() <= len / HUGE);
            borrowed.fill(8);
            made.into_iter().for_each(|page| {
                page.make();
            });
            assert!(borrowed.iter().all(|&byte| byte == 8));
            with_pages(borrowed, |memory| memory.fill(9));
            assert!(memory.iter().all(|&byte| byte == 9));
            memory.reserve_exact(2 * HUGE);
            huge_room(&mut memory);
            assert!(memory.iter().all(|&byte| byte == 9));
        }
    }
}
