//! Memory whose size a pickle decides: a lack of it is an error and not an abort.

use std::io;

use crate::{Error, Result};

/// From this many bytes on, growing checks that there is as much memory left for small allocations too, which are not
/// checked one by one.
const LARGE: usize = 1 << 20;

/// Makes sure of capacity for `more` items.
///
/// # Errors
/// `Io` of kind `OutOfMemory` if there is no memory for them.
#[inline]
pub(crate) fn reserve<T>(vector: &mut Vec<T>, more: usize) -> Result<()> {
    if vector.capacity() - vector.len() >= more { Ok(()) } else { grow(vector, more) }
}

#[cold]
fn grow<T>(vector: &mut Vec<T>, more: usize) -> Result<()> {
    let no_memory = |error| Error::from(io::Error::from(error));
    vector.try_reserve(more).map_err(no_memory)?;
    if vector.capacity().saturating_mul(size_of::<T>()) >= LARGE {
        headroom(LARGE)?;
    }
    Ok(())
}

/// Makes sure that as many bytes of memory are left, for many small allocations that are not checked one by one: a failure of
/// any of them would end the process. Takes some microseconds.
///
/// # Errors
/// As [`reserve`].
pub(crate) fn headroom(bytes: usize) -> Result<()> {
    let mut probe = Vec::<u8>::new();
    probe.try_reserve_exact(bytes).map_err(io::Error::from)?;
    // An optimizer may otherwise leave out what is never used.
    std::hint::black_box(probe);
    Ok(())
}

/// A copy of bytes.
///
/// # Errors
/// As [`reserve`].
pub(crate) fn copy_of(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut copy = Vec::new();
    reserve(&mut copy, bytes.len())?;
    copy.extend_from_slice(bytes);
    Ok(copy)
}

/// Pickles of this size and more are worth huge pages, each of which is taken whole.
pub(crate) const HUGE_FROM: usize = 16 << 20;

/// Asks for huge pages under the spare capacity of a vector, if it spans any: fresh pages then cost a third of the time. The
/// bytes do not change, and a kernel without huge pages ignores it.
#[cfg(target_os = "linux")]
pub(crate) fn use_huge_pages<T>(vector: &mut Vec<T>) {
    use rustix::mm::{Advice, madvise};

    /// The smallest huge page; also a multiple of every page size that is smaller.
    const HUGE: usize = 2 << 20;

    let spare = vector.spare_capacity_mut();
    let len = size_of_val(spare);
    let memory = spare.as_mut_ptr().cast::<u8>();
    let skipped = memory.align_offset(HUGE);
    let len = len.saturating_sub(skipped) / HUGE * HUGE;
    if len > 0 {
        // SAFETY: the range lies inside memory that is borrowed for writing, and this advice never changes its bytes.
        #[expect(unsafe_code, reason = "advice to the kernel about memory that the vector owns")]
        let _ = unsafe { madvise(memory.wrapping_add(skipped).cast(), len, Advice::LinuxHugepage) };
    }
}

/// Other systems decide by themselves.
#[cfg(not(target_os = "linux"))]
pub(crate) fn use_huge_pages<T>(_: &mut Vec<T>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn huge_pages_leave_the_bytes_alone() {
        for len in [0, 1, (2 << 20) - 1, 5 << 20] {
            let mut memory = vec![7_u8; len];
            memory.reserve_exact(6 << 20);
            use_huge_pages(&mut memory);
            assert!(memory.iter().all(|&byte| byte == 7));
            memory.extend(std::iter::repeat_n(8, 6 << 20));
            assert_eq!(memory.iter().filter(|&&byte| byte == 8).count(), 6 << 20);
        }
    }

    #[test]
    fn reserving_too_much_is_an_error() {
        let error = reserve(&mut Vec::<u64>::new(), usize::MAX / 8).unwrap_err();
        assert_eq!(error.io_error().unwrap().kind(), io::ErrorKind::OutOfMemory);
    }
}
