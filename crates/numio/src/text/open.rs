//! Files of text, plain or compressed, and the other inputs of a text.

use std::io;
use std::path::Path;

use super::encoding::{Decoder, Encoding};
use super::error::TextError;
use crate::compression::{self, Codec, SUFFIXES};
use crate::io::OpenedFile;
use crate::{Limits, Result};

/// The methods of a builder that read a text: from a file, a reader, memory and lines. The builder has `checked`, which
/// checks the parameters before any input is touched, and `table`, which reads the input.
macro_rules! text_inputs {
    ($(#[$of_load:meta])* load $(#[$of_lines:meta])* lines) => {
        $(#[$of_load])*
        pub fn load(&mut self, path: impl AsRef<std::path::Path>) -> Result<Table> {
            let path = path.as_ref();
            self.checked()
                .and_then(|checked| {
                    let text = crate::text::open::open(path, self.encoding, &self.limits)?;
                    self.table(checked, TextInput::Stream(text), Some(path))
                })
                .map_err(|error| error.with_path(path))
        }

        /// Reads all that `input` gives.
        ///
        /// # Errors
        /// As [`load`](Self::load).
        pub fn read(&mut self, input: impl std::io::Read) -> Result<Table> {
            let checked = self.checked()?;
            let text = crate::text::encoding::Decoder::new(Box::new(input), self.encoding);
            self.table(checked, TextInput::Stream(text), None)
        }

        /// Reads a text in memory, which is in the [`encoding`](Self::encoding) asked for.
        ///
        /// # Errors
        /// As [`load`](Self::load).
        pub fn parse(&mut self, text: impl AsRef<[u8]>) -> Result<Table> {
            let checked = self.checked()?;
            let text = crate::text::encoding::Decoder::of_memory(text.as_ref(), self.encoding);
            self.table(checked, TextInput::Stream(text), None)
        }

        $(#[$of_lines])*
        pub fn lines<S: AsRef<str>>(&mut self, lines: impl IntoIterator<Item = S>) -> Result<Table> {
            self.try_lines(lines.into_iter().map(Ok))
        }

        /// Reads lines that may fail to come.
        ///
        /// # Errors
        /// As [`lines`](Self::lines), and the first error among them.
        pub fn try_lines<S: AsRef<str>>(
            &mut self,
            lines: impl IntoIterator<Item = Result<S, Error>>,
        ) -> Result<Table> {
            let checked = self.checked()?;
            let lines = lines.into_iter().map(|line| line.map(|line| line.as_ref().as_bytes().to_vec()));
            self.table(checked, TextInput::Lines(Box::new(lines)), None)
        }
    };
}

pub(crate) use text_inputs;

/// The text at `path`, or at `path` with the suffix of a compressed file where there is only that.
///
/// # Errors
/// `Io` where the file cannot be opened; `Unsupported` where it is compressed in a format whose feature is off.
pub(crate) fn open(path: &Path, encoding: Encoding, limits: &Limits) -> Result<Decoder<'static>> {
    let (OpenedFile { file, metadata, pipe }, codec) = match crate::io::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && Codec::from_path(path).is_none() => {
            compressed_sibling(path).ok_or(error)?
        }
        opened => (opened?, Codec::from_path(path)),
    };
    match (codec, pipe) {
        (Some(codec), pipe) => {
            let decoded = match pipe {
                Some(pipe) => compression::decode(codec, pipe, limits),
                None => compression::decode(codec, file, limits),
            };
            // The first bytes are read already.
            Ok(Decoder::new(decoded.map_err(|error| TextError::of_io(error, 1))?, encoding))
        }
        (None, Some(pipe)) => Ok(Decoder::new(Box::new(pipe), encoding)),
        (None, None) => Ok(Decoder::of_file(file, metadata.len(), encoding)),
    }
}

fn compressed_sibling(path: &Path) -> Option<(OpenedFile, Option<Codec>)> {
    SUFFIXES.iter().find_map(|(suffix, codec)| {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(suffix);
        Some((crate::io::open(name.as_ref()).ok()?, Some(*codec)))
    })
}
