//! Memory that bytes are read into: an array's buffer, or a vector's.

use std::io;

use super::buffer::Buffer;
use crate::Result;
use crate::source::huge_pages;

/// Memory for bytes. Lengths are in bytes; memory made of larger things is rounded up to whole ones.
pub trait Memory {
    /// Keeps the bytes, and adds zeros until there are `len`, if there are fewer.
    ///
    /// # Errors
    /// `OutOfMemory`.
    fn grow(&mut self, len: usize) -> io::Result<()>;

    /// All of it.
    fn bytes_mut(&mut self) -> &mut [u8];

    /// Drops all but the `len` bytes from `start` on, and says where those stand then: memory that can be used from
    /// anywhere leaves them where they are.
    fn keep(&mut self, start: usize, len: usize) -> usize;
}

/// Work on bytes that have just come and are still in the cache. It is given pieces that start at an element, or at a
/// multiple of 64 KiB of the memory.
pub(crate) type Then<'a> = &'a (dyn Fn(&mut [u8]) + Sync);

/// Where the bytes of elements come from, for [`Element::read`](super::Element::read).
pub struct Fill<'a> {
    fill: &'a mut FillFn<'a>,
    /// Where the next byte stands in the file, where that is known.
    pub(crate) offset: Option<u64>,
}

type FillFn<'a> = dyn FnMut(&mut dyn Memory, usize, Then<'_>) -> Result<()> + 'a;

impl<'a> Fill<'a> {
    pub(crate) fn new(fill: &'a mut FillFn<'a>, offset: Option<u64>) -> Self {
        Self { fill, offset }
    }

    /// Brings the next `len` bytes into `memory`, which grows to them if it is smaller.
    pub(crate) fn read(&mut self, memory: &mut dyn Memory, len: usize, then: Then<'_>) -> Result<()> {
        (self.fill)(memory, len, then)?;
        self.offset = self.offset.map(|offset| offset.saturating_add(len as u64));
        Ok(())
    }
}

impl std::fmt::Debug for Fill<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fill")
    }
}

impl Memory for Buffer {
    fn grow(&mut self, len: usize) -> io::Result<()> {
        let kept = self.bytes().len();
        if len <= kept {
            return Ok(());
        }
        let mut grown = Self::zeroed(len)?;
        if let Some(head) = grown.bytes_mut().get_mut(..kept) {
            head.copy_from_slice(self.bytes());
        }
        *self = grown;
        Ok(())
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes_mut()
    }

    fn keep(&mut self, start: usize, _: usize) -> usize {
        start
    }
}

impl<T: bytemuck::Pod> Memory for Vec<T> {
    fn grow(&mut self, len: usize) -> io::Result<()> {
        let count = len.div_ceil(size_of::<T>().max(1));
        if self.is_empty() {
            // Zeros from the system, which gives pages only when they are written.
            *self = bytemuck::try_zeroed_vec(count).map_err(|()| io::ErrorKind::OutOfMemory)?;
            huge_pages(bytemuck::cast_slice_mut(self));
        } else if count > self.len() {
            self.try_reserve_exact(count - self.len())?;
            self.resize(count, T::zeroed());
        }
        Ok(())
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(self)
    }

    fn keep(&mut self, start: usize, len: usize) -> usize {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(self);
        let end = start.saturating_add(len).min(bytes.len());
        if start > 0 {
            bytes.copy_within(start.min(end)..end, 0);
        }
        self.truncate(len.div_ceil(size_of::<T>().max(1)));
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mut memory: impl Memory) {
        for (old, new) in [(0, 64), (64, 192), (192, 5 << 20)] {
            memory.grow(new).unwrap();
            assert_eq!(memory.bytes_mut().len(), new);
            assert!(memory.bytes_mut()[old..].iter().all(|&byte| byte == 0));
            assert!(memory.bytes_mut()[..old].iter().all(|&byte| byte == 7));
            memory.bytes_mut().fill(7);
        }
        memory.bytes_mut()[128..192].fill(9);
        let start = memory.keep(128, 64);
        assert!(memory.bytes_mut()[start..start + 64].iter().all(|&byte| byte == 9));
    }

    #[test]
    fn grows_with_zeros_and_keeps_the_rest() {
        check(Buffer::zeroed(0).unwrap());
        check(Vec::<u8>::new());
        check(Vec::<f64>::new());
        check(Vec::<u128>::new());
        let mut threes = Vec::<[u8; 3]>::new();
        threes.grow(4).unwrap();
        assert_eq!(threes.bytes_mut().len(), 6);
    }
}
