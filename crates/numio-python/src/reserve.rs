//! Memory that runs out between two small allocations, which Rust has no error for: it would abort Python.
//!
//! The library reserves what a file decides by fallible means, and `MemoryError` says where there is no memory. What is left are
//! small things and the buffers of threads. For these the module's allocator keeps a reserve: address space that is never
//! touched, so that it takes no memory before it is needed. The first such allocation that fails is served from it, and from
//! then on the call stops at its next check, as by a signal, with `MemoryError`. The next call takes a new reserve.

#![allow(unsafe_code, reason = "a global allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// Larger allocations have errors of their own.
const LARGEST: usize = 1 << 20;

const RESERVE: usize = 8 << 20;

const LAYOUT: Layout = match Layout::from_size_align(RESERVE, 16) {
    Ok(layout) => layout,
    Err(_) => panic!("not a layout"),
};

/// The reserve, until it is given up.
static KEPT: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());

/// Whether an allocation has failed since the reserve was taken.
static IS_SHORT: AtomicBool = AtomicBool::new(false);

/// The system's allocator, with a reserve.
struct Reserving;

#[global_allocator]
static ALLOCATOR: Reserving = Reserving;

/// Takes a reserve where there is none, as long as there is memory for it.
pub(crate) fn renew() {
    if !KEPT.load(Ordering::Relaxed).is_null() {
        return;
    }
    // SAFETY: the layout is that of bytes, and not empty.
    let reserve = unsafe { System.alloc(LAYOUT) };
    if !reserve.is_null() {
        IS_SHORT.store(false, Ordering::Relaxed);
        free(KEPT.swap(reserve, Ordering::AcqRel));
    }
}

/// Returns whether the reserve has been needed since it was taken.
pub(crate) fn is_short() -> bool {
    IS_SHORT.load(Ordering::Relaxed)
}

fn free(reserve: *mut u8) {
    if !reserve.is_null() {
        // SAFETY: `renew` has allocated it with this layout, and only one thread swaps it out of `KEPT`.
        unsafe { System.dealloc(reserve, LAYOUT) };
    }
}

/// The result of `allocate`, of `size` bytes; where that fails, once more without the reserve.
fn served(size: usize, allocate: impl Fn() -> *mut u8) -> *mut u8 {
    let found = allocate();
    if !found.is_null() || size > LARGEST {
        return found;
    }
    IS_SHORT.store(true, Ordering::Relaxed);
    free(KEPT.swap(ptr::null_mut(), Ordering::AcqRel));
    allocate()
}

// SAFETY: every call goes to the system's allocator with the caller's own arguments, so that its contract is kept.
unsafe impl GlobalAlloc for Reserving {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's arguments.
        served(layout.size(), || unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's arguments.
        served(layout.size(), || unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's arguments; a call that fails has left the block as it was.
        served(size, || unsafe { System.realloc(at, layout, size) })
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's arguments.
        unsafe { System.dealloc(at, layout) };
    }
}
