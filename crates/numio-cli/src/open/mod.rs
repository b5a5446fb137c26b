//! From a file or standard input to what is in it.

mod head;

pub use self::head::{Found, Head, data_bytes};

use clap::Args;
use numio::npy::Header;
use numio::npy::header::MAGIC;
use numio::pickle::{Encoding, Graph};
use numio::{DynArray, Error, ErrorKind, LoadOptions, Loaded, MmapMode, NpzArchive, Result};

use crate::failure::Failure;
use crate::target::{Index, Input, Target};

/// What can be looked at.
#[derive(Debug)]
pub enum Held {
    Array(DynArray),
    Object(Graph),
}

/// How files are read.
#[derive(Debug, Args)]
pub struct Opening {
    /// Accept .npy headers of up to this many characters
    #[arg(long, value_name = "CHARS", default_value_t = 10_000)]
    max_header_size: usize,
}

impl Opening {
    fn options(&self) -> LoadOptions {
        let mut options = LoadOptions::new();
        options.max_header_size(self.max_header_size);
        options
    }

    /// The array or the Python object that a target names, and the indexes into it that are left; of a file, only those
    /// pages are read that are looked at.
    pub fn value(&self, target: &Target, encoding: Encoding) -> Result<(Held, Vec<Index>), Failure> {
        let held = match self.load(&target.input, encoding)? {
            Loaded::Npz(archive) => {
                let (name, indexes) = target.member(|name| archive.contains(name))?;
                let member = archive.get(name)?;
                let held = match member.as_object() {
                    Some(graph) => Held::Object(graph.clone()),
                    None => Held::Array(member.into_array().map_err(|error| error.with_member(name))?),
                };
                return Ok((held, indexes));
            }
            Loaded::Object(graph) => Held::Object(graph),
            loaded => Held::Array(loaded.into_array()?),
        };
        Ok((held, target.indexes()?))
    }

    /// The array in a file that is known to be one.
    pub fn array(&self, input: &Input) -> Result<DynArray> {
        self.load(input, Encoding::Ascii)?.into_array().map_err(|error| error.with_path(input.name()))
    }

    fn load(&self, input: &Input, encoding: Encoding) -> Result<Loaded> {
        let mut options = self.options();
        options.encoding(encoding);
        match input {
            Input::Stdin => options.load_bytes(&input.read()?).map_err(|error| error.with_path("-")),
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
        }
    }

    /// The archive in a file that is known to be one.
    pub fn archive(&self, input: &Input) -> Result<NpzArchive> {
        match input {
            Input::Stdin => self.archive_in(&input.read()?).map_err(|error| error.with_path("-")),
            Input::File(path) => self.lenient().load(path)?.into_npz(),
        }
    }

    fn archive_in(&self, bytes: &[u8]) -> Result<NpzArchive> {
        self.lenient().load_bytes(bytes)?.into_npz()
    }

    /// For checking objects, and not for looking at them: any string of Python 2 will do.
    pub fn lenient(&self) -> LoadOptions {
        let mut options = self.options();
        options.encoding(Encoding::Latin1);
        options
    }

    /// The header at the start of `bytes`, and the offset of what follows it.
    pub fn header(&self, bytes: &[u8]) -> Result<(Header, usize)> {
        Header::parse(bytes, self.max_header_size)
    }

    /// A pickle, or the one behind the header of a `.npy` file of objects, and the byte of the file (or of the member) at
    /// which it starts.
    pub fn pickle(&self, target: &Target) -> Result<(Vec<u8>, u64), Failure> {
        let bytes = target.input.read()?;
        let pickle = if bytes.starts_with(b"PK\x03\x04") {
            let archive = NpzArchive::from_bytes(bytes)?;
            let (name, indexes) = target.member(|name| archive.contains(name))?;
            if !indexes.is_empty() {
                return Err(Failure::Usage("a pickle is printed whole: leave the brackets out".to_owned()));
            }
            let bytes = archive.position(name).and_then(|at| archive.bytes_at(at))?;
            self.pickle_in(bytes).map_err(|error| error.with_member(name))
        } else {
            target.whole()?;
            self.pickle_in(bytes)
        };
        Ok(pickle.map_err(|error| error.with_path(target.input.name()))?)
    }

    fn pickle_in(&self, mut bytes: Vec<u8>) -> Result<(Vec<u8>, u64)> {
        if !bytes.starts_with(&MAGIC) {
            return Ok((bytes, 0));
        }
        let (header, start) = self.header(&bytes)?;
        if !header.dtype().has_objects() {
            let what = format!("no pickle: an array of dtype {}", header.dtype());
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        bytes.drain(..start);
        Ok((bytes, start as u64))
    }
}
