//! Where the text comes from.

use std::io::Read;
use std::path::Path;

use super::super::encoding::Decoder;
use super::super::open::open;
use super::super::source::Input;
use super::super::table::Table;
use super::error::Fault;
use super::options::GenFromTxt;
use super::read::run;
use crate::{Error, Result};

impl GenFromTxt<'_> {
    /// Reads the file at `path`, as [`LoadTxt::load`](crate::text::LoadTxt::load) finds and unpacks it.
    ///
    /// # Errors
    /// `Io` where the file cannot be read; `InvalidInput` where the parameters do not fit each other or the first line;
    /// `InvalidData` for lines of another number of columns and for fields that are no value; `Encoding` for bytes that are
    /// no text; `LimitExceeded` where a row or the array is too large; `Unsupported` for dtypes that no text gives.
    pub fn load(&mut self, path: impl AsRef<Path>) -> Result<Table> {
        let path = path.as_ref();
        let read = |this: &mut Self| {
            this.check()?;
            let input = open(path, this.encoding, &this.limits)?;
            run(this, Input::Stream(input), Some(path))
        };
        read(self).map_err(|error| error.with_path(path))
    }

    /// Reads all that `input` gives.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn read(&mut self, input: impl Read) -> Result<Table> {
        self.check()?;
        let encoding = self.encoding;
        run(self, Input::Stream(Decoder::new(Box::new(input), encoding)), None)
    }

    /// Reads a text in memory, which is in the [`encoding`](Self::encoding) asked for.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(&mut self, text: impl AsRef<[u8]>) -> Result<Table> {
        self.read(text.as_ref())
    }

    /// Reads lines, each with or without its line end. No more are taken than [`max_rows`](Self::max_rows) rows need, so
    /// that the rest can be read later.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn lines<S: AsRef<str>>(&mut self, lines: impl IntoIterator<Item = S>) -> Result<Table> {
        self.try_lines(lines.into_iter().map(Ok))
    }

    /// Reads lines that may fail to come.
    ///
    /// # Errors
    /// As [`load`](Self::load), and the first error among them.
    pub fn try_lines<S: AsRef<str>>(
        &mut self,
        lines: impl IntoIterator<Item = Result<S, Error>>,
    ) -> Result<Table> {
        self.check()?;
        let lines = lines.into_iter().map(|line| line.map(|line| line.as_ref().as_bytes().to_vec()));
        run(self, Input::Lines(Box::new(lines)), None)
    }

    /// Checks the parameters, before any input is touched.
    fn check(&self) -> Result<(), Fault> {
        if self.ndmin > 2 {
            return Err(Fault::Ndmin(self.ndmin));
        }
        if self.max_rows.is_some() && self.skip_footer > 0 {
            return Err(Fault::FooterAndMost);
        }
        if self.max_rows == Some(0) {
            return Err(Fault::Most);
        }
        match &self.splitter.comments {
            Some(comments) if comments.is_empty() => Err(Fault::EmptySeparator),
            _ => Ok(()),
        }
    }
}
