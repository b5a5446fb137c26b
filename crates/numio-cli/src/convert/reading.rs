//! Text files, decompressed and decoded, with their read progress.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use numio::compression::{Codec, decoder};
use numio::text::Encoding;
use numio::{FileStream, Limits, Result};

use super::encoding::{TextEncoding, byte_order_mark};
use crate::store;
use crate::target::{self, Input};

/// A text being read from a file.
pub struct Reading {
    pub text: Box<dyn Read>,
    /// Number of bytes in the file, if it is known.
    pub total: Option<u64>,
    /// Number of those that have been read.
    pub read: Rc<Cell<u64>>,
}

impl Reading {
    /// Opens a file or standard input, decompressed by its name or else by its first bytes.
    ///
    /// # Errors
    /// `Io`; `InvalidData` if a compressed file does not start as one.
    pub fn open(input: &Input) -> Result<Self> {
        match input {
            Input::Stdin => Self::new(Box::new(FileStream::from_file(target::stdin()?)?), None, None),
            Input::Url(url) => {
                let (source, total) = input.open()?;
                Self::new(source, total, Some(store::file_name(url).to_owned()))
            }
            Input::File(path) => {
                let file = FileStream::open(path)?;
                let total =
                    file.file().metadata().ok().filter(std::fs::Metadata::is_file).map(|found| found.len());
                let name = path.to_string_lossy().into_owned();
                Self::new(Box::new(file), total, Some(name))
            }
        }
    }

    /// Copies an input that cannot be read twice to an unnamed temporary file.
    ///
    /// # Errors
    /// `Io`.
    pub fn keep(input: &Input) -> Result<File> {
        let mut kept = tempfile::tempfile()?;
        match input {
            Input::Stdin => io::copy(&mut FileStream::from_file(target::stdin()?)?, &mut kept)?,
            Input::Url(_) => io::copy(&mut input.open()?.0, &mut kept)?,
            Input::File(path) => io::copy(&mut FileStream::open(path)?, &mut kept)?,
        };
        Ok(kept)
    }

    /// Reads the kept file from its start.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn of_kept(file: &File) -> Result<Self> {
        let mut file = file.try_clone()?;
        let total = file.metadata().ok().map(|found| found.len());
        file.seek(SeekFrom::Start(0))?;
        Self::new(Box::new(file), total, None)
    }

    /// Where the `name` tells no compression, the first bytes do.
    fn new(input: Box<dyn Read>, total: Option<u64>, name: Option<String>) -> Result<Self> {
        let read = Rc::new(Cell::new(0));
        let mut input = Counted { input, read: read.clone() };
        let text = match name.filter(|name| Codec::from_path(name).is_some()) {
            Some(name) => decoder(input, name, &Limits::default())?,
            None => {
                let mut start = Vec::new();
                (&mut input).take(Codec::HEAD as u64).read_to_end(&mut start)?;
                let name =
                    Codec::detect(&start).map_or("x".to_owned(), |codec| format!("x.{}", codec.suffix()));
                decoder(io::Cursor::new(start).chain(input), name, &Limits::default())?
            }
        };
        Ok(Self { text, total, read })
    }

    /// Converts the text to UTF-8 from `encoding`, or from the one that its byte order mark indicates.
    ///
    /// # Errors
    /// `Io`.
    pub fn decoded(self, encoding: Option<TextEncoding>) -> Result<Self> {
        let mut input = self.text;
        let mut start = Vec::new();
        (&mut input).take(4).read_to_end(&mut start)?;
        let encoding = match (encoding, byte_order_mark(&start)) {
            // In all of these, the mark is not text.
            (None | Some(TextEncoding::Own(Encoding::Utf8)), Some(Encoding::Utf8Sig)) => {
                TextEncoding::Own(Encoding::Utf8Sig)
            }
            (Some(asked), _) => asked,
            (None, marked) => TextEncoding::Own(marked.unwrap_or_default()),
        };
        let whole = io::Cursor::new(start).chain(input);
        Ok(Self { text: encoding.decode(whole), ..self })
    }
}

struct Counted {
    input: Box<dyn Read>,
    read: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = self.input.read(out)?;
        self.read.set(self.read.get() + len as u64);
        Ok(len)
    }
}
