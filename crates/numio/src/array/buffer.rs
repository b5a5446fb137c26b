//! The memory of an array that owns its elements: zeroed, and aligned to 64 bytes.

use bytemuck::{Pod, Zeroable};
use memmap2::MmapMut;

/// One cache line, the unit of small buffers and the alignment of all.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// From this size on, pages come from the kernel untouched and, where it can, huge: zeroing and small pages would cost
/// more than reading the file does.
const MAPPED_FROM: usize = 1 << 20;

/// The smallest huge page. A large buffer starts at a multiple of it, so that no page at its ends is small that need not
/// be: the kernel aligns only what is a multiple of it in length.
const HUGE: usize = 2 << 20;

/// Owned bytes, all zero at first, aligned to 64.
pub(crate) struct Buffer {
    lines: Lines,
    len: usize,
}

enum Lines {
    Small(Vec<Line>),
    /// The bytes start at the given place of the map.
    Large(MmapMut, usize),
}

impl Buffer {
    /// `len` zero bytes. The kernel gives the pages of a large buffer only when they are written.
    ///
    /// # Errors
    /// `OutOfMemory` where the address space does not hold `len` bytes.
    pub(crate) fn zeroed(len: usize) -> std::io::Result<Self> {
        let lines = if len < MAPPED_FROM {
            Lines::Small(vec![Line::zeroed(); len.div_ceil(size_of::<Line>())])
        } else {
            // Room that is never touched costs addresses, not memory.
            let spare = if len < HUGE { 0 } else { HUGE };
            let map = MmapMut::map_anon(len.checked_add(spare).ok_or(std::io::ErrorKind::OutOfMemory)?)?;
            let start = map.as_ptr().align_offset(HUGE).min(spare);
            #[cfg(target_os = "linux")]
            // Advice only: a kernel without huge pages still gives the memory. The rest is no whole page, and would take one.
            let _ = map.advise_range(memmap2::Advice::HugePage, start, len / HUGE * HUGE);
            Lines::Large(map, start)
        };
        Ok(Self { lines, len })
    }

    /// As [`zeroed`](Self::zeroed), but the program ends where memory does not suffice, as it does for a `Vec`.
    pub(crate) fn zeroed_or_abort(len: usize) -> Self {
        let in_vec =
            |_| Self { lines: Lines::Small(vec![Line::zeroed(); len.div_ceil(size_of::<Line>())]), len };
        Self::zeroed(len).unwrap_or_else(in_vec)
    }

    /// A copy of `bytes`.
    ///
    /// # Errors
    /// As [`zeroed`](Self::zeroed).
    pub(crate) fn copy_of(bytes: &[u8]) -> std::io::Result<Self> {
        let mut buffer = Self::zeroed(bytes.len())?;
        buffer.bytes_mut().copy_from_slice(bytes);
        Ok(buffer)
    }

    /// Leaves out all bytes from `len` on.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        let all = match &self.lines {
            Lines::Small(lines) => bytemuck::cast_slice(lines),
            Lines::Large(map, start) => map.get(*start..).unwrap_or_default(),
        };
        all.get(..self.len).unwrap_or(all)
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        let all = match &mut self.lines {
            Lines::Small(lines) => bytemuck::cast_slice_mut(lines),
            Lines::Large(map, start) => map.get_mut(*start..).unwrap_or_default(),
        };
        let len = self.len.min(all.len());
        all.split_at_mut(len).0
    }
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Buffer({} bytes)", self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_zeroed_and_aligned_at_every_size() {
        for len in
            [0, 1, 63, 64, 65, MAPPED_FROM - 1, MAPPED_FROM, MAPPED_FROM + 1, HUGE - 1, HUGE, 2 * HUGE + 1]
        {
            let mut buffer = Buffer::zeroed(len).unwrap();
            assert_eq!(buffer.bytes().len(), len);
            assert!(buffer.bytes().iter().all(|&byte| byte == 0));
            assert!(buffer.bytes().is_empty() || buffer.bytes().as_ptr().addr().is_multiple_of(64));
            assert!(len < HUGE || buffer.bytes().as_ptr().addr().is_multiple_of(HUGE));
            buffer.bytes_mut().fill(7);
            assert_eq!(Buffer::copy_of(buffer.bytes()).unwrap().bytes(), buffer.bytes());
        }
    }
}
