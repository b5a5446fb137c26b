//! Advice to the kernel about memory that a vector owns.

#![allow(unsafe_code, reason = "madvise takes a raw range of addresses")]

/// The smallest huge page; also a multiple of every page size that is smaller.
#[cfg(target_os = "linux")]
const HUGE: usize = 2 << 20;

/// Asks for huge pages under `memory`, where it spans any: fresh pages then cost a third of their time. Nothing about
/// the bytes changes, and a kernel that does not do it leaves all as it was.
#[cfg(target_os = "linux")]
pub(crate) fn huge_pages(memory: &mut [u8]) {
    use rustix::mm::{Advice, madvise};

    let skipped = memory.as_ptr().align_offset(HUGE);
    let Some(inner) = memory.get_mut(skipped..) else { return };
    let len = inner.len() / HUGE * HUGE;
    if len > 0 {
        // SAFETY: the range lies inside `memory`, which is borrowed for writing, and this advice never changes what
        // the bytes are.
        let _ = unsafe { madvise(inner.as_mut_ptr().cast(), len, Advice::LinuxHugepage) };
    }
}

/// Other systems decide by themselves.
#[cfg(not(target_os = "linux"))]
pub(crate) fn huge_pages(_: &mut [u8]) {}

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
        }
    }
}
