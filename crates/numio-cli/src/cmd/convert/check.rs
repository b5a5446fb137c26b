//! Options that do not fit together, refused before anything is done.

use numio::compression::Codec;

#[cfg(not(feature = "tables"))]
use crate::cmd::convert::without_tables;
use crate::cmd::convert::{Convert, WideIntegers};
use crate::convert::{Destination, Format};
use crate::failure::Failure;

impl Convert {
    /// Refuses options that have no effect on these formats.
    pub(super) fn check_uses(&self, from: Format, to: Format) -> Result<(), Failure> {
        if from.is_binary() && self.encoding.is_some() {
            let what = "--encoding is that of the text that is read, and text is written in UTF-8: strings of Python 2 have --pickle-encoding";
            return Err(Failure::Usage(what.to_owned()));
        }
        let (reads_text, writes_text) = (from.is_text(), to.is_text());
        let reads_rows = reads_text || from == Format::Jsonl;
        let has_tensors = [from, to].contains(&Format::Safetensors);
        for (option, is_given, has_effect, what) in [
            ("--dtype auto", self.dtype.as_deref() == Some("auto"), reads_rows, "reading text"),
            ("--as", !self.casts.is_empty(), reads_text || has_tensors, "reading text, and for safetensors"),
            ("--rename", !self.rename.is_empty(), reads_text || from.is_table(), "reading text and tables"),
            ("--columns", self.columns.is_some(), reads_text || from.is_table(), "reading text and tables"),
            ("--delimiter", self.delimiter.is_some(), reads_text || writes_text, "text"),
            ("--to-delimiter", self.to_delimiter.is_some(), writes_text, "writing text"),
            ("--quote", self.quote.is_some(), reads_text, "reading text"),
            ("--header", self.header, reads_text || writes_text, "text"),
            ("--units", self.units, reads_text, "reading text"),
            ("--skiprows", self.skiprows > 0, reads_text, "reading text"),
            ("--skip-footer", self.skip_footer > 0, reads_text, "reading text"),
            ("--comments", self.comments.is_some(), reads_text, "reading text"),
            ("--missing", !self.missing.is_empty(), reads_text, "reading text"),
            (
                "--fill",
                !self.fill.is_empty(),
                reads_rows || from.is_table(),
                "reading text, JSON lines and tables",
            ),
            ("--decimal", self.decimal != '.', reads_text, "reading text"),
            ("--thousands", self.thousands.is_some(), reads_text, "reading text"),
            ("--fortran", self.fortran, reads_text, "reading text"),
            (
                "--wide-integers",
                self.wide_integers != WideIntegers::Error,
                reads_rows,
                "reading text and JSON lines",
            ),
            ("--skip-bad", self.skip_bad, reads_text, "reading text"),
            ("--fill-short", self.fill_short, reads_text, "reading text"),
            ("--explain", self.explain, reads_text, "reading text"),
            ("--flatten", self.flatten, writes_text || to.is_table(), "writing text and tables"),
            ("--long", self.long, writes_text || to.is_table(), "writing text"),
            ("--fmt", !self.fmt.is_empty(), writes_text, "writing text"),
        ] {
            if is_given && !has_effect {
                let names = format!("{} to {}", from.name(), to.name());
                return Err(Failure::Usage(format!(
                    "{option} is for {what}: it changes nothing from {names}"
                )));
            }
        }
        Ok(())
    }

    /// Checks all options before anything is done.
    pub(super) fn check(&self, destination: &Destination, to: Format) -> Result<(), Failure> {
        let compression = self.compression.compression()?;
        match destination {
            #[cfg(not(feature = "tables"))]
            _ if to.is_table() => Err(without_tables()),
            _ if to == Format::Pt => {
                let what =
                    "files of torch are only read: write .safetensors, which torch's users load as well";
                Err(Failure::Usage(what.to_owned()))
            }
            _ if self.append && to == Format::Safetensors => Err(Failure::Usage(
                "--append adds rows to one array, and safetensors holds several".to_owned(),
            )),
            _ if to.is_table() && self.append => {
                Err(Failure::Usage("--append: tables of Arrow and Parquet are written whole".to_owned()))
            }
            _ if to.is_table() && self.long => Err(Failure::Usage(
                "--long is for text: --flatten makes columns of all other axes".to_owned(),
            )),
            _ if to != Format::Npz && !to.is_table() && compression != numio::npz::Compression::Stored => {
                Err(Failure::Usage("--compress is for members of .npz, and for tables".to_owned()))
            }
            Destination::File(path) if to.is_binary() && Codec::from_path(path).is_some() => {
                let what = "only text is compressed as a whole: members of .npz are by --compress";
                Err(Failure::Usage(format!("{}: {what}", path.display())))
            }
            Destination::Member { archive, .. } if to != Format::Npz => {
                Err(Failure::Usage(format!("{}: members are of .npz", archive.display())))
            }
            Destination::File(_) | Destination::Member { .. } if self.append && to == Format::Npz => {
                Err(Failure::Usage(
                    "--append adds rows to one array: a member is added by FILE.npz:NAME".to_owned(),
                ))
            }
            Destination::File(_) if self.append => Ok(()),
            Destination::File(path) => self.overwrite.check(path),
            Destination::Member { .. } | Destination::Stdout => Ok(()),
        }
    }
}
