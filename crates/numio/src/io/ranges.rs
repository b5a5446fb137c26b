//! Many ranges of a file at once.
//!
//! Ranges whose pages are in memory are copied right away, by `preadv2` with `RWF_NOWAIT`. The kernel is asked for those of
//! the others together, by `POSIX_FADV_WILLNEED`, and they are read when all have been asked for: the disk then works on
//! hundreds of them side by side, without a thread for each. Where the pages of many ranges in a row were there, only a few are
//! read so that the call could not wait: a plain `pread` takes 7 % less time.

#[cfg(all(target_os = "linux", not(numio_portable)))]
use std::fs::File;
#[cfg(any(test, all(target_os = "linux", not(numio_portable))))]
use std::io;

/// A buffer to be filled, and the offset of its first byte in the source.
#[derive(Debug)]
pub struct ReadRange<'a> {
    /// The offset of the first byte in the source.
    pub offset: u64,
    /// The buffer, all of which is filled.
    pub buf: &'a mut [u8],
}

/// Longer ranges gain nothing: reading them in order makes the kernel read ahead.
#[cfg(all(target_os = "linux", not(numio_portable)))]
const LONG: usize = 512 << 10;

/// The kernel is asked for ranges with fewer bytes between them as for one: the disk reads on rather than start again.
#[cfg(all(target_os = "linux", not(numio_portable)))]
const NEAR: u64 = 64 << 10;

/// The most ranges that the kernel is asked for before they are read: their pages must not be given up before that.
#[cfg(all(target_os = "linux", not(numio_portable)))]
const AHEAD: usize = 1024;

/// After this many ranges whose pages were in memory, one of `PROBED` is looked at.
#[cfg(all(target_os = "linux", not(numio_portable)))]
const WARM: usize = 64;
#[cfg(all(target_os = "linux", not(numio_portable)))]
const PROBED: usize = 16;

/// Fills the buffers from `file`, those first whose bytes are in memory.
///
/// # Errors
/// `UnexpectedEof`; errors of the operating system.
#[cfg(all(target_os = "linux", not(numio_portable)))]
pub(super) fn read_scattered(file: &File, ranges: &mut [ReadRange<'_>]) -> io::Result<()> {
    use std::os::unix::fs::FileExt;

    use crate::parallel::check;

    // Ranges in a row whose pages were in memory.
    let mut warm = 0_usize;
    for ranges in ranges.chunks_mut(AHEAD) {
        let mut cold: Vec<(&mut ReadRange<'_>, usize)> = Vec::new();
        check()?;
        for range in ranges {
            if warm >= WARM && !warm.is_multiple_of(PROBED) && range.buf.len() <= LONG {
                file.read_exact_at(range.buf, range.offset)?;
                warm += 1;
                continue;
            }
            let copied = if range.buf.len() > LONG { 0 } else { copy_cached(file, range)? };
            if copied < range.buf.len() {
                cold.push((range, copied));
                warm = 0;
            } else {
                warm += 1;
            }
        }
        // A single range gains nothing.
        if cold.len() > 1 {
            let wanted = |(range, copied): &(&mut ReadRange<'_>, usize)| {
                let from = range.offset.saturating_add(*copied as u64);
                (from, range.offset.saturating_add(range.buf.len() as u64))
            };
            let mut spans = cold.iter().map(wanted);
            let mut span = spans.next().unwrap_or_default();
            for (from, to) in spans {
                if from >= span.0 && from < span.1.saturating_add(NEAR) && to - span.0 <= LONG as u64 {
                    span.1 = span.1.max(to);
                } else {
                    ask_for(file, span);
                    span = (from, to);
                }
            }
            ask_for(file, span);
        }
        for (range, copied) in cold {
            let rest = range.buf.get_mut(copied..).unwrap_or_default();
            file.read_exact_at(rest, range.offset.saturating_add(copied as u64))?;
        }
    }
    Ok(())
}

/// Copies as many of the first bytes as are in memory, and returns their number.
#[cfg(all(target_os = "linux", not(numio_portable)))]
fn copy_cached(file: &File, range: &mut ReadRange<'_>) -> io::Result<usize> {
    use rustix::io::{Errno, ReadWriteFlags, preadv2};

    let wanted = range.buf.len();
    let bufs = &mut [io::IoSliceMut::new(range.buf)];
    match preadv2(file, bufs, range.offset, ReadWriteFlags::NOWAIT) {
        Ok(copied) => Ok(copied.min(wanted)),
        // Nothing there, or a file system or a kernel that cannot tell.
        Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::INTR | Errno::PERM) => {
            Ok(0)
        }
        Err(error) => Err(error.into()),
    }
}

/// Asks the kernel for bytes that will be read soon. It may refuse: reading works all the same.
#[cfg(all(target_os = "linux", not(numio_portable)))]
fn ask_for(file: &File, (from, to): (u64, u64)) {
    let len = std::num::NonZero::new(to.saturating_sub(from).min(LONG as u64));
    let _ = rustix::fs::fadvise(file, from, len, rustix::fs::Advice::WillNeed);
}

/// The file by a descriptor of its own, which the kernel reads ahead for, where the byte at `offset` is not in memory. A file
/// whose path has gone, or that may not be opened again, has no other descriptor.
#[cfg(all(target_os = "linux", not(numio_portable)))]
pub(super) fn reopened_where_cold(file: &File, offset: u64) -> Option<File> {
    use std::os::fd::AsRawFd;

    use rustix::io::{Errno, ReadWriteFlags, preadv2};

    let mut byte = [0];
    match preadv2(file, &mut [io::IoSliceMut::new(&mut byte)], offset, ReadWriteFlags::NOWAIT) {
        // A network's file system may be unable to tell.
        Err(Errno::AGAIN | Errno::OPNOTSUPP) => {}
        _ => return None,
    }
    let opened = File::open(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()?;
    let _ = rustix::fs::fadvise(&opened, 0, None, rustix::fs::Advice::Sequential);
    Some(opened)
}

/// As [`ReadAt::read_if_cached`](crate::ReadAt::read_if_cached).
#[cfg(all(target_os = "linux", not(numio_portable)))]
pub(super) fn read_if_cached(file: &File, buf: &mut [u8], offset: u64) -> Option<bool> {
    let wanted = buf.len();
    match copy_cached(file, &mut ReadRange { offset, buf }) {
        Ok(copied) if copied == wanted => Some(true),
        Ok(_) if is_remote(file) => None,
        Ok(_) => Some(false),
        Err(_) => None,
    }
}

/// The numbers of file systems whose bytes come over a network, or from a program as those of FUSE do (`linux/magic.h` and the
/// systems' own sources).
#[cfg(all(target_os = "linux", not(numio_portable)))]
const REMOTE: [u32; 11] = [
    0x0000_6969, // NFS
    0x0000_517b, // SMB
    0xff53_4d42, // CIFS
    0xfe53_4d42, // SMB 2 and 3
    0x6573_5546, // FUSE
    0x00c3_6400, // Ceph
    0x0bd0_0bd0, // Lustre
    0x4750_4653, // GPFS
    0x1983_0326, // BeeGFS
    0x5346_414f, // AFS
    0x0102_1997, // 9P
];

/// Returns whether waiting for bytes of a file is waiting for another machine.
#[cfg(all(target_os = "linux", not(numio_portable)))]
fn is_remote(file: &File) -> bool {
    rustix::fs::fstatfs(file).is_ok_and(|found| REMOTE.contains(&(found.f_type as u32)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::ReadAt;

    #[test]
    fn scattered_ranges_of_a_file_are_those_of_its_bytes() {
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        file.sync_all().unwrap();
        for is_cold in [false, true] {
            #[cfg(all(target_os = "linux", not(numio_portable)))]
            if is_cold {
                rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
            }
            let offsets = (0..2500).map(|at: usize| at * 6_367 % 2_900_000);
            let mut found: Vec<(usize, Vec<u8>)> = offsets.map(|at| (at, vec![0; at % 5000])).collect();
            found.push((7, vec![0; 2_000_000]));
            let ranges = found.iter_mut().map(|(at, buf)| ReadRange { offset: *at as u64, buf });
            file.read_ranges(&mut ranges.collect::<Vec<_>>()).unwrap();
            for (at, buf) in found {
                assert!(buf == bytes[at..at + buf.len()], "{at} {is_cold}");
            }
        }
        let mut buf = [0; 8];
        let mut past = [ReadRange { offset: 2_999_995, buf: &mut buf }];
        assert_eq!(file.read_ranges(&mut past).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
