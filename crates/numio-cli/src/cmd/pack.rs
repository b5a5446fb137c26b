//! `numio pack`: `.npy` files into a `.npz` archive.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use numio::npz::NpzWriter;

use crate::failure::Failure;
use crate::open::{Found, Opening};
use crate::options::{CompressionArgs, OverwriteArgs};
use crate::output::{self, Output, Verdict};
use crate::progress;
use crate::store;
use crate::target::Input;
use crate::text;

/// Put .npy files into a .npz archive
///
/// An archive that is there is replaced only where --force says so, and when the new one is complete.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio pack all.npz x.npy y.npy            members x and y
  numio pack all.npz weights=run7/w.npy     a member by another name
  zcat w.npy.gz | numio pack all.npz w=-    a member from standard input
  numio pack --compress deflate all.npz x.npy")]
pub struct Pack {
    /// The archive to write; - is standard output
    #[arg(value_name = "ARCHIVE")]
    archive: PathBuf,
    /// The arrays, each named after its file unless a name is given; - is standard input
    #[arg(required = true, value_name = "[NAME=]FILE")]
    files: Vec<OsString>,
    #[command(flatten)]
    compression: CompressionArgs,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    #[command(flatten)]
    opening: Opening,
}

impl Pack {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let compression = self.compression.compression()?;
        let named: Vec<(String, Input)> =
            self.files.iter().map(|file| named(file)).collect::<Result<_, _>>()?;
        let size = |input: &Input| match input {
            Input::File(path) => path.metadata().map_or(0, |found| found.len()),
            Input::Stdin | Input::Url(_) => 0,
        };
        let bar = progress::bar(named.iter().map(|(_, input)| size(input)).sum());
        let upload = store::Upload::of(self.archive.as_os_str(), self.overwrite.force)?;
        let mut writer = match &upload {
            Some(upload) => NpzWriter::create(upload.path())?,
            None => archive_writer(&self.archive, &self.overwrite, out)?,
        };
        writer.compression(compression).on_progress(|bytes| bar.inc(bytes));
        for (name, input) in named {
            bar.set_message(text::visible(&name));
            self.add(&mut writer, &name, &input)?;
        }
        writer.finish()?;
        if let Some(upload) = upload {
            upload.send()?;
        }
        bar.finish_and_clear();
        Ok(Verdict::Good)
    }

    fn add(&self, writer: &mut NpzWriter<'_>, name: &str, input: &Input) -> Result<(), Failure> {
        let archive = || Failure::Usage(format!("{}: an archive itself: unpack it first", input.name()));
        let at_input = |error: numio::Error| error.with_path(input.name());
        if input.is_file() {
            let Found::Npy(head) = self.opening.head(input)? else { return Err(archive()) };
            if !head.header.dtype().has_objects() {
                return Ok(writer.add(name, &self.opening.array(input)?)?);
            }
        }
        // A pipe can be read only once, and a pickle is copied unchanged.
        let bytes = input.read()?;
        if bytes.starts_with(b"PK") {
            return Err(archive());
        }
        let (header, _) = self.opening.header(&bytes).map_err(at_input)?;
        if header.dtype().has_objects() {
            writer.add_bytes(&format!("{name}.npy"), &bytes)?;
        } else {
            writer.add(name, &self.opening.array_in(&bytes).map_err(at_input)?)?;
        }
        Ok(())
    }
}

/// Standard output, by whose name its faults go: those of an archive would be taken for a file's.
struct Named(File);

impl Named {
    fn of(error: io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("standard output: {error}"))
    }
}

impl Write for Named {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(Self::of)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(Self::of)
    }
}

/// Begins an archive: on standard output where it is called `-`, else in a file that appears when it is complete.
pub(super) fn archive_writer(
    path: &Path,
    overwrite: &OverwriteArgs,
    out: &mut Output,
) -> Result<NpzWriter<'static>, Failure> {
    if path == Path::new("-") {
        out.data()?;
        return Ok(NpzWriter::streaming(BufWriter::with_capacity(1 << 20, output::file().map(Named)?)));
    }
    overwrite.check(path)?;
    Ok(NpzWriter::create(path)?)
}

/// The name and the file of one argument. An existing file wins over a `NAME=`.
fn named(argument: &OsStr) -> Result<(String, Input), Failure> {
    let split = argument.to_str().and_then(|text| text.split_once('='));
    // A URL may have the sign in its query.
    let split = split.filter(|(name, _)| !name.contains("://"));
    if let Some((name, file)) = split.filter(|(name, _)| !name.is_empty() && !Path::new(argument).exists()) {
        return Ok((name.to_owned(), Input::of(file.as_ref())));
    }
    let input = Input::of(argument);
    let path = Path::new(input.file_name());
    let stem = if path.extension() == Some("npy".as_ref()) { path.file_stem() } else { path.file_name() };
    let name = stem.and_then(OsStr::to_str).map(str::to_owned);
    let nameless = || Failure::Usage(format!("{}: give it a name: NAME=FILE", input.name()));
    if argument == "-" {
        return Err(nameless());
    }
    let name = name.ok_or_else(nameless)?;
    Ok((name, input))
}
