//! Files of text, unpacked, and how far they have been read.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

use numio::text::unpack;
use numio::{Limits, Result};

/// A text on its way out of a file.
pub struct Reading {
    pub text: Box<dyn Read>,
    /// How many bytes the file has, if that is known.
    pub total: Option<u64>,
    /// How many of these have been read.
    pub read: Rc<Cell<u64>>,
}

impl Reading {
    /// # Errors
    /// `Io`; `InvalidData` where a packed file does not start as one.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path)?;
        let total = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|found| found.len());
        let read = Rc::new(Cell::new(0));
        let text = unpack(Counted { file, read: read.clone() }, path, &Limits::default())?;
        Ok(Self { text, total, read })
    }

    /// What can be read, of so many bytes, if that is known.
    pub fn of(input: impl Read + 'static, total: Option<u64>) -> Self {
        let read = Rc::new(Cell::new(0));
        Self { text: Box::new(Counted { file: input, read: read.clone() }), total, read }
    }
}

struct Counted<R> {
    file: R,
    read: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = self.file.read(out)?;
        self.read.set(self.read.get() + len as u64);
        Ok(len)
    }
}
