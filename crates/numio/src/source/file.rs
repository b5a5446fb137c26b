//! Files as sources. Unix's `pread` leaves the file position alone; Windows' `seek_read` moves it, which no reader of
//! ours depends on.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use super::ReadAt;
use crate::parallel::{check, check_now};

impl ReadAt for File {
    #[cfg(unix)]
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, buf, offset)
    }

    #[cfg(windows)]
    fn read_exact_at(&self, mut buf: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !buf.is_empty() {
            match std::os::windows::fs::FileExt::seek_read(self, buf, offset) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    buf = buf.get_mut(read..).unwrap_or_default();
                    offset += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

/// Writes `bytes` at `offset`.
///
/// # Errors
/// What the operating system says.
#[cfg(unix)]
pub(crate) fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

/// Writes `bytes` at `offset`.
///
/// # Errors
/// What the operating system says.
#[cfg(windows)]
pub(crate) fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = bytes.get(written..).unwrap_or_default();
                offset += written as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A pipe, a terminal or another stream of the system. Reading and writing wait, but not longer than it takes to see that
/// the call is cancelled: a pipe may stay open for ever.
#[derive(Debug)]
pub(crate) struct Pipe(File);

/// How long the system is asked to wait in one go.
#[cfg(target_os = "linux")]
const WAIT: std::time::Duration = std::time::Duration::from_millis(40);

/// Opens what is to be read. What is no regular file comes as a stream of the system.
///
/// # Errors
/// What the operating system says.
pub(crate) fn open(path: &Path) -> io::Result<(File, Option<Pipe>)> {
    let mut options = OpenOptions::new();
    options.read(true);
    // A pipe to which nobody writes yet would be waited for while it is opened.
    #[cfg(target_os = "linux")]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, NONBLOCK);
    let file = options.open(path)?;
    let kind = file.metadata()?.file_type();
    let pipe = if kind.is_file() || kind.is_dir() { None } else { Some(Pipe(file.try_clone()?)) };
    Ok((file, pipe))
}

#[cfg(target_os = "linux")]
const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits() as i32;

impl Pipe {
    /// Opens a stream of the system for writing, and waits for a reader of it.
    ///
    /// # Errors
    /// What the operating system says; `Cancelled`.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).truncate(true);
        #[cfg(target_os = "linux")]
        {
            use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};

            options.custom_flags(NONBLOCK);
            let is_fifo = || path.metadata().is_ok_and(|found| found.file_type().is_fifo());
            loop {
                match options.open(path) {
                    Err(error) if error.raw_os_error() == Some(NO_READER) && is_fifo() => {
                        check_now()?;
                        std::thread::sleep(WAIT / 4);
                    }
                    opened => return opened.map(Self),
                }
            }
        }
        #[cfg(not(target_os = "linux"))]
        options.open(path).map(Self)
    }

    pub(crate) fn file(&self) -> &File {
        &self.0
    }

    pub(crate) fn into_file(self) -> File {
        self.0
    }

    /// Does `work` until it neither is interrupted nor would have to wait.
    fn waiting<T>(&self, is_write: bool, mut work: impl FnMut(&File) -> io::Result<T>) -> io::Result<T> {
        loop {
            self.wait(is_write)?;
            match work(&self.0) {
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) =>
                {
                    check_now()?;
                }
                done => return done,
            }
        }
    }

    #[cfg(target_os = "linux")]
    fn wait(&self, is_write: bool) -> io::Result<()> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        let flags = if is_write { PollFlags::OUT } else { PollFlags::IN };
        let timeout = Timespec { tv_sec: 0, tv_nsec: WAIT.as_nanos() as _ };
        loop {
            check()?;
            match poll(&mut [PollFd::new(&self.0, flags)], Some(&timeout)) {
                // Nothing within that time, or a signal.
                Ok(0) | Err(rustix::io::Errno::INTR) => check_now()?,
                Ok(_) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Elsewhere the read itself waits, and is interrupted by signals alone.
    #[cfg(not(target_os = "linux"))]
    fn wait(&self, _: bool) -> io::Result<()> {
        Ok(check()?)
    }
}

/// What Linux says where a pipe is opened to be written that nobody reads.
#[cfg(target_os = "linux")]
const NO_READER: i32 = rustix::io::Errno::NXIO.raw_os_error();

impl Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.waiting(false, |mut file| file.read(buf))
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting(true, |mut file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
