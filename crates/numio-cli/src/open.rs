//! From a file or standard input to an array.

use std::fs::File;
use std::io::{self, Read};

use clap::Args;
use numio::npy::header::MAGIC;
use numio::npy::{Header, Prelude};
use numio::{DynArray, Error, ErrorKind, LoadOptions, MmapMode, Result};

use crate::failure::Failure;
use crate::target::{Input, Target};

/// How files are read.
#[derive(Debug, Args)]
pub struct Opening {
    /// Accept .npy headers of up to this many characters
    #[arg(long, value_name = "CHARS", default_value_t = 10_000)]
    max_header_size: usize,
}

/// What the first bytes of a `.npy` file say.
#[derive(Debug)]
pub struct Head {
    pub header: Header,
    pub data_offset: u64,
    /// Nothing for pipes.
    pub file_bytes: Option<u64>,
}

impl Opening {
    /// Reads the header, and nothing after it.
    pub fn head(&self, input: &Input) -> Result<Head> {
        let read = || match input {
            Input::Stdin => Ok((read_header(io::stdin().lock(), self.max_header_size)?, None)),
            Input::File(path) => {
                let file = File::open(path)?;
                let found = file.metadata()?;
                let len = found.is_file().then_some(found.len());
                Ok((read_header(file, self.max_header_size)?, len))
            }
        };
        let ((header, offset), file_bytes) = read().map_err(|error: Error| error.with_path(input.name()))?;
        Ok(Head { header, data_offset: offset as u64, file_bytes })
    }

    /// The whole array; of a file, only those pages are read that are looked at.
    pub fn array(&self, input: &Input) -> Result<DynArray> {
        let mut options = LoadOptions::new();
        options.max_header_size(self.max_header_size);
        let loaded = match input {
            Input::Stdin => options.load_from(io::stdin().lock()).map_err(|error| error.with_path("-")),
            Input::File(path) if !path.is_file() => options.load(path),
            Input::File(path) => {
                let mut mapped = options.clone();
                // SAFETY: the map lives as long as one command prints. Should someone truncate the file meanwhile, the
                // system ends the command with a signal; should someone write to it, the old or the new is printed.
                #[expect(unsafe_code, reason = "only pages that are printed are read")]
                let loaded = unsafe { mapped.mmap(MmapMode::Read).load(path) };
                // Objects cannot be mapped; what is wrong with a file, reading it says as well.
                loaded.or_else(|_| options.load(path))
            }
        };
        loaded?.into_array().map_err(|error| error.with_path(input.name()))
    }

    /// A pickle, or the one behind the header of a `.npy` file of objects, and the byte of the file at which it starts.
    pub fn pickle(&self, target: &Target) -> Result<(Vec<u8>, u64), Failure> {
        target.whole()?;
        let read = || {
            let bytes = match &target.input {
                Input::Stdin => {
                    let mut bytes = Vec::new();
                    io::stdin().lock().read_to_end(&mut bytes)?;
                    bytes
                }
                Input::File(path) => std::fs::read(path)?,
            };
            if !bytes.starts_with(&MAGIC) {
                return Ok((bytes, 0));
            }
            let (header, start) = Header::parse(&bytes, self.max_header_size)?;
            if !header.dtype().has_objects() {
                let what = format!("no pickle: an array of dtype {}", header.dtype());
                return Err(Error::new(ErrorKind::Argument, what));
            }
            Ok((bytes.get(start..).unwrap_or_default().to_vec(), start as u64))
        };
        Ok(read().map_err(|error| error.with_path(target.input.name()))?)
    }
}

/// The header at the start of a source, and where the data starts. What is not there takes no memory, whatever length
/// the file claims.
fn read_header(mut source: impl Read, limit: usize) -> Result<(Header, usize)> {
    let mut bytes = Vec::new();
    source.by_ref().take(12).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Err(Error::new(ErrorKind::Eof, "no data left in file"));
    }
    let prelude = Prelude::read(&bytes)?;
    prelude.check(limit)?;
    let missing = prelude.data_offset().saturating_sub(bytes.len());
    source.take(missing as u64).read_to_end(&mut bytes)?;
    Header::parse(&bytes, limit)
}
