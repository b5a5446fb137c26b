//! Memory that runs out between two small allocations, which Rust has no error for: it aborts the program.
//!
//! The library reserves what a file decides by fallible means, and says so where there is no memory. What is left are the small
//! things that every program makes: a name, a path, an entry in a table. For these [`Frugal`] keeps a reserve. The first small
//! allocation that fails is served from it, and from then on the command stops at its next check, as by Ctrl-C, with an error
//! and without temporary files. Where even the reserve is used up, the program ends at once, with exit code 1 and a
//! message, and not by a signal.
//!
//! Where something larger is allocated all the same without an error of its own, Rust aborts the program: that signal ends it with
//! the same exit code and message.
//!
//! Decoders of other crates take memory by what a file claims, in one allocation, and have no error either: while they run, any
//! allocation that fails ends the program in this way.

#![allow(unsafe_code, reason = "a global allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
#[cfg(unix)]
use std::io::Write;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

/// Allocations up to this size have no error of their own: what a file decides is larger, or grows larger later.
const SMALL: usize = 64 << 10;

/// The size of the reserve.
const RESERVE: usize = 4 << 20;

/// The reserve, until it is given up.
static KEPT: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());

/// Whether a small allocation has failed.
static IS_SHORT: AtomicBool = AtomicBool::new(false);

/// The system's allocator, which ends the program with a message where small things cannot be allocated. For the command's own
/// process alone: a program around it has an allocator of its own.
#[derive(Debug)]
pub struct Frugal;

/// True once an allocation has failed.
static HAS_FAILED: AtomicBool = AtomicBool::new(false);

impl Frugal {
    /// Takes the reserve, as long as there is memory for it, and sees to it that no lack of memory ends the program by a signal.
    pub fn keep_reserve(&self) {
        #[cfg(unix)]
        // SAFETY: a call of `write`, and one that ends the process, which handlers of signals may do.
        let _ = unsafe {
            signal_hook::low_level::register(signal_hook::consts::SIGABRT, || {
                if HAS_FAILED.load(Ordering::Relaxed) {
                    say_so();
                    signal_hook::low_level::exit(1);
                }
            })
        };
        // SAFETY: the layout is that of bytes, and not empty.
        let reserve = unsafe { System.alloc(RESERVE_LAYOUT) };
        free(KEPT.swap(reserve, Ordering::AcqRel));
    }
}

/// The number of calls of [`ending_where_short`].
static FOREIGN: AtomicUsize = AtomicUsize::new(0);

/// Runs code that has no error for memory that runs out. Any allocation that fails meanwhile ends the program with a message.
#[cfg(feature = "tables")]
pub(crate) fn ending_where_short<R>(work: impl FnOnce() -> R) -> R {
    struct Running;

    impl Drop for Running {
        fn drop(&mut self) {
            FOREIGN.fetch_sub(1, Ordering::AcqRel);
        }
    }

    FOREIGN.fetch_add(1, Ordering::AcqRel);
    let _running = Running;
    work()
}

/// Returns whether an allocation of this size has no error of its own.
fn is_without_error(size: usize) -> bool {
    size <= SMALL || FOREIGN.load(Ordering::Acquire) > 0
}

/// Returns whether the reserve has been needed.
pub(crate) fn is_short() -> bool {
    IS_SHORT.load(Ordering::Relaxed)
}

const RESERVE_LAYOUT: Layout = match Layout::from_size_align(RESERVE, 16) {
    Ok(layout) => layout,
    Err(_) => panic!("not a layout"),
};

fn free(reserve: *mut u8) {
    if !reserve.is_null() {
        // SAFETY: `keep_reserve` has allocated it with this layout, and whoever swaps it out of `KEPT` is the only one to have it.
        unsafe { System.dealloc(reserve, RESERVE_LAYOUT) };
    }
}

/// Gives up the reserve, and calls `again`; ends the program if that fails too.
fn once_more(again: impl Fn() -> *mut u8) -> *mut u8 {
    IS_SHORT.store(true, Ordering::Relaxed);
    free(KEPT.swap(ptr::null_mut(), Ordering::AcqRel));
    let found = again();
    if found.is_null() {
        end();
    }
    found
}

/// Ends the program with a message, without another allocation.
fn end() -> ! {
    static IS_ENDING: AtomicBool = AtomicBool::new(false);
    if IS_ENDING.swap(true, Ordering::AcqRel) {
        std::process::abort();
    }
    #[cfg(unix)]
    say_so();
    std::process::exit(1)
}

/// Prints the message, without another allocation.
#[cfg(unix)]
fn say_so() {
    use std::fs::File;
    use std::mem::ManuallyDrop;
    use std::os::fd::FromRawFd;

    // SAFETY: it is not closed when this is dropped. Standard error has a lock, which this thread may have.
    let mut error = ManuallyDrop::new(unsafe { File::from_raw_fd(2) });
    let _ = error.write_all(crate::OUT_OF_MEMORY);
}

/// The result of an allocation, tried once more where it failed and that would have no error.
fn checked(found: *mut u8, size: usize, again: impl Fn() -> *mut u8) -> *mut u8 {
    if !found.is_null() {
        return found;
    }
    HAS_FAILED.store(true, Ordering::Relaxed);
    if is_without_error(size) { once_more(again) } else { found }
}

// SAFETY: every call goes to the system's allocator with the caller's own arguments, so that its contract is kept.
unsafe impl GlobalAlloc for Frugal {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's arguments.
        let allocate = || unsafe { System.alloc(layout) };
        checked(allocate(), layout.size(), allocate)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's arguments.
        let allocate = || unsafe { System.alloc_zeroed(layout) };
        checked(allocate(), layout.size(), allocate)
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's arguments; a call that fails has left the block as it was.
        let allocate = || unsafe { System.realloc(at, layout, size) };
        checked(allocate(), size, allocate)
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's arguments.
        unsafe { System.dealloc(at, layout) };
    }
}
