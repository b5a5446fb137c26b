//! What files are, from their first bytes alone.

use std::fs::File;
use std::io::{self, Read};

use numio::npy::{Header, Prelude};
use numio::{Error, ErrorKind, NpzArchive, Result};

use super::Opening;
use crate::target::Input;

/// What a file holds.
#[derive(Debug)]
pub enum Found {
    Npy(Head),
    Npz {
        archive: NpzArchive,
        /// Nothing for pipes.
        file_bytes: Option<u64>,
    },
}

/// What the first bytes of a `.npy` file say.
#[derive(Debug)]
pub struct Head {
    pub header: Header,
    pub data_offset: u64,
    /// Nothing for pipes.
    pub file_bytes: Option<u64>,
}

impl Head {
    /// How many bytes the elements take. Nothing for objects: they are one pickle, as long as it happens to be.
    pub fn data_bytes(&self) -> Option<u64> {
        data_bytes(&self.header)
    }
}

/// As [`Head::data_bytes`].
pub fn data_bytes(header: &Header) -> Option<u64> {
    // No header has a shape past the address space.
    let elements: usize = header.shape().iter().product();
    (!header.dtype().has_objects()).then(|| (elements * header.dtype().itemsize()) as u64)
}

impl Opening {
    /// Reads an array's header, or an archive's directory, and nothing after it.
    pub fn head(&self, input: &Input) -> Result<Found> {
        let read = || match input {
            Input::Stdin => {
                let mut stdin = io::stdin().lock();
                let first = first_bytes(&mut stdin)?;
                if !is_zip(&first) {
                    return self.npy(first, stdin, None);
                }
                let mut bytes = first;
                stdin.read_to_end(&mut bytes)?;
                Ok(Found::Npz { archive: self.archive_in(&bytes)?, file_bytes: None })
            }
            Input::File(path) => {
                let mut file = File::open(path)?;
                let found = file.metadata()?;
                let file_bytes = found.is_file().then_some(found.len());
                let first = first_bytes(&mut file)?;
                if is_zip(&first) {
                    return Ok(Found::Npz { archive: self.archive(input)?, file_bytes });
                }
                self.npy(first, file, file_bytes)
            }
        };
        read().map_err(|error: Error| error.with_path(input.name()))
    }

    /// The header that starts with `bytes`. What is not there takes no memory, whatever length the file claims.
    fn npy(&self, mut bytes: Vec<u8>, rest: impl Read, file_bytes: Option<u64>) -> Result<Found> {
        if bytes.is_empty() {
            return Err(Error::new(ErrorKind::EndOfStream, "no data left in file"));
        }
        if let [0x80, protocol @ 2..=5, ..] = bytes.as_slice() {
            let what = format!(
                "neither .npy nor .npz: it starts as a pickle of protocol {protocol}, which show, audit and dis read"
            );
            return Err(Error::new(ErrorKind::InvalidData, what).at(0));
        }
        let prelude = Prelude::read(&bytes)?;
        prelude.check(self.max_header_size)?;
        let missing = prelude.data_offset().saturating_sub(bytes.len());
        rest.take(missing as u64).read_to_end(&mut bytes)?;
        let (header, offset) = Header::parse(&bytes, self.max_header_size)?;
        Ok(Found::Npy(Head { header, data_offset: offset as u64, file_bytes }))
    }
}

/// As many bytes as it takes to know the length of any header.
fn first_bytes(source: &mut impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(12).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// An archive without members starts with its end.
fn is_zip(first: &[u8]) -> bool {
    first.starts_with(b"PK\x03\x04") || first.starts_with(b"PK\x05\x06")
}
