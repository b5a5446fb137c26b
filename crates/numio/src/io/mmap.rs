//! Memory maps of files: the only module that asks the kernel for one.

#![allow(
    unsafe_code,
    reason = "another process may change a mapped file, and madvise takes a raw range of addresses"
)]

use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::marker::PhantomData;

use memmap2::{Mmap, MmapMut, MmapOptions};

/// Checks that the first `len` bytes of `file` can be mapped for reading and writing: that the process has the addresses, and the file
/// system maps.
///
/// # Errors
/// Errors of the operating system.
pub(crate) fn check_mappable(file: &File, len: u64) -> io::Result<()> {
    let len = usize::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory)?;
    // SAFETY: no byte of it is touched before it is gone.
    unsafe { MmapOptions::new().len(len).map_mut(file) }.map(drop)
}

/// The access that a memory map has to its file: NumPy's `mmap_mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MmapMode {
    /// `r`: read only.
    Read,
    /// `r+`: changes go to the file, which must exist.
    ReadWrite,
    /// `w+`: the file is made anew, or emptied, and changes go to it. Only where a dtype and a shape are given.
    Create,
    /// `c`: changes stay in memory, the file is left alone.
    CopyOnWrite,
}

/// A mapped range of a file.
#[derive(Debug)]
pub(crate) struct Map {
    pages: Pages,
    /// The offset of its start in the file.
    offset: u64,
    follow: Option<Box<dyn Follow>>,
    /// True if the bytes were handed out to be changed.
    touched: bool,
}

#[derive(Debug)]
enum Pages {
    Read(Mmap),
    Shared(MmapMut),
    Private(MmapMut),
}

/// Something elsewhere in a file that must follow a change of a mapped range: a checksum.
pub(crate) trait Follow: Debug + Send + Sync {
    /// Brings it up to date with the range's `bytes`.
    ///
    /// # Errors
    /// Errors of the operating system.
    fn follow(&self, bytes: &[u8]) -> io::Result<()>;
}

impl Map {
    /// Maps `len` bytes of `file` from `offset` on. `offset` need not be a multiple of the page size.
    ///
    /// # Safety
    /// While the map lives, nothing may truncate the file, and nothing may change the mapped bytes but this map.
    pub(crate) unsafe fn new(file: &File, mode: MmapMode, offset: u64, len: usize) -> io::Result<Self> {
        let mut options = MmapOptions::new();
        options.offset(offset).len(len);
        let pages = match mode {
            // SAFETY: the caller keeps the file as it is.
            MmapMode::Read => Pages::Read(unsafe { options.map(file)? }),
            // SAFETY: the caller keeps the file as it is.
            MmapMode::ReadWrite | MmapMode::Create => Pages::Shared(unsafe { options.map_mut(file)? }),
            // SAFETY: the caller keeps the file as it is.
            MmapMode::CopyOnWrite => Pages::Private(unsafe { options.map_copy(file)? }),
        };
        Ok(Self { pages, offset, follow: None, touched: false })
    }

    /// After changes, at each flush and at the end, `follow` is called too.
    pub(crate) fn followed_by(mut self, follow: Box<dyn Follow>) -> Self {
        self.follow = Some(follow);
        self
    }

    /// The offset of its start in the file.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.pages {
            Pages::Read(map) => map,
            Pages::Shared(map) | Pages::Private(map) => map,
        }
    }

    /// The bytes to change, or nothing for a read-only map.
    pub(crate) fn bytes_mut(&mut self) -> Option<&mut [u8]> {
        match &mut self.pages {
            Pages::Read(_) => None,
            Pages::Shared(map) => {
                self.touched = true;
                Some(map)
            }
            Pages::Private(map) => Some(map),
        }
    }

    /// Has the system read no pages around those that are touched. Should it not, all is as before.
    pub(crate) fn expect_scattered_reads(&self) {
        #[cfg(unix)]
        let _ = match &self.pages {
            Pages::Read(map) => map.advise(memmap2::Advice::Random),
            Pages::Shared(map) | Pages::Private(map) => map.advise(memmap2::Advice::Random),
        };
    }

    /// Waits until changes are on the disk; nothing to do where there can be none.
    pub(crate) fn flush(&self) -> io::Result<()> {
        self.catch_up()?;
        match &self.pages {
            Pages::Shared(map) => map.flush(),
            Pages::Read(_) | Pages::Private(_) => Ok(()),
        }
    }

    /// Flushes, then replaces the mapping with zeros and lets go of the file.
    ///
    /// # Errors
    /// Errors of the operating system; `Unsupported` if no system call does this at once.
    pub(crate) fn blank(&mut self) -> io::Result<()> {
        self.flush()?;
        #[cfg(target_os = "linux")]
        {
            use rustix::mm::{MapFlags, ProtFlags};
            let protection = match &self.pages {
                Pages::Read(_) => ProtFlags::READ,
                Pages::Shared(_) | Pages::Private(_) => ProtFlags::READ | ProtFlags::WRITE,
            };
            let bytes = self.bytes();
            let (start, page) = (bytes.as_ptr().addr(), rustix::param::page_size());
            let before = start % page;
            let len = (before + bytes.len()).next_multiple_of(page);
            let whole = bytes.as_ptr().wrapping_sub(before).cast_mut().cast();
            // SAFETY: the pages are those of this map, from the one in which it starts to the one in which it ends, and
            // no one borrows their bytes, for `self` is borrowed mutably. They stay readable, and writable if they were.
            unsafe {
                rustix::mm::mmap_anonymous(whole, len, protection, MapFlags::PRIVATE | MapFlags::FIXED)?;
            }
            self.follow = None;
            self.touched = false;
            Ok(())
        }
        #[cfg(not(target_os = "linux"))]
        Err(io::ErrorKind::Unsupported.into())
    }

    fn catch_up(&self) -> io::Result<()> {
        match &self.follow {
            Some(follow) if self.touched => follow.follow(self.bytes()),
            _ => Ok(()),
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // Callers that want to know of a failure call `flush` before.
        let _ = self.catch_up();
    }
}

/// The smallest huge page; also a multiple of every page size that is smaller.
const HUGE: usize = 2 << 20;

/// Asks for huge pages under `memory`, where it spans any: fresh pages then cost a third of their time. Nothing about
/// the bytes changes, and a kernel that does not do it leaves all as it was.
#[cfg(target_os = "linux")]
pub(crate) fn huge_pages(memory: &mut [u8]) {
    use rustix::mm::{Advice, madvise};

    let skipped = memory.as_ptr().align_offset(HUGE);
    let len = memory.len().saturating_sub(skipped) / HUGE * HUGE;
    if len > 0 {
        // SAFETY: the range lies inside `memory`, which is borrowed for writing, and this advice never changes its bytes.
        let _ =
            unsafe { madvise(memory.as_mut_ptr().wrapping_add(skipped).cast(), len, Advice::LinuxHugepage) };
    }
}

/// Other systems decide by themselves.
#[cfg(not(target_os = "linux"))]
pub(crate) fn huge_pages(_: &mut [u8]) {}

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
pub(crate) struct AdvisePages<'m> {
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

impl<'m> AdvisePages<'m> {
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
impl<'m> Iterator for AdvisePages<'m> {
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

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use crate::io::mmap::*;

    #[test]
    fn advice_on_a_map_leaves_the_bytes_alone() {
        for len in [0, 1, HUGE - 1, 3 * HUGE + 5] {
            let mut memory = vec![7_u8; len];
            huge_pages(&mut memory);
            assert!(memory.iter().all(|&byte| byte == 7));
            give_back(&mut memory);
            let (mut pages, borrowed) = AdvisePages::of(&mut memory);
            let made: Vec<_> =
                (0..borrowed.len()).step_by(HUGE / 4).filter_map(|at| pages.ahead(at)).collect();
            assert!(made.len() <= len / HUGE);
            borrowed.fill(8);
            made.into_iter().for_each(|page| {
                page.make();
            });
            assert!(borrowed.iter().all(|&byte| byte == 8));
        }
    }
}
