//! `numio convert`: arrays from one format into another.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::Path;

use clap::Args;
use numio::pickle::Encoding;
use numio::{DType, DynArray, Error, literal};

use crate::convert::{
    Arrays, Destination, Format, JsonLines, NpySink, NpzSink, Out, Rows, Sink, TableSink, TextIn, TextOut,
    Texts, is_packed, json_sink,
};
use crate::failure::Failure;
use crate::open::{Held, Opening};
use crate::output::{Output, Verdict};
use crate::overwriting::Overwriting;
use crate::packing::Packing;
use crate::progress;
use crate::target::{Input, Target};

/// Convert arrays between .npy, .npz, text and JSON lines
///
/// Formats are told by the names' suffixes: .npy, .npz, .csv, .tsv, .txt, .jsonl; text may be packed: .csv.gz, .bz2, .xz,
/// .lzma, .zst. Files larger than memory pass through in pieces. What is there is replaced only where --force says so, and when the new file
/// is complete.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio convert x.npy x.csv
  numio convert x.npy x.csv.gz
  numio convert --header --dtype auto people.csv people.npy
  numio convert --header --dtype 'U8,f8,i4' people.csv people.npy
  numio convert 'x.npz:weights[:, 0]' weights.txt
  numio convert --compress deflate log.jsonl all.npz:log
  numio convert --to jsonl x.npy - | head

Text: floats are written with the fewest digits that tell them apart, booleans as 0 and 1,
texts in quotes where they need them. It is read as floats unless --dtype says otherwise;
with --dtype auto a column is int64, uint64, float64 or text, and empty fields are nan.

JSON lines: one value for each row, as `numio show --json` writes it. Without --dtype it is
read as the type that holds all of it: bool, int64, uint64, float64, text, or records of
those for objects.")]
pub struct Convert {
    /// The array: a file, a member of an archive, a part of either; - is standard input
    #[arg(value_name = "FROM[:MEMBER][SLICE]")]
    from_file: OsString,
    /// The file to write, or a member to add to an archive; - is standard output
    #[arg(value_name = "TO[:MEMBER]")]
    to_file: OsString,
    /// What is read, whatever the name says
    #[arg(long, value_enum)]
    from: Option<Format>,
    /// What is written, whatever the name says
    #[arg(long, value_enum)]
    to: Option<Format>,
    /// The dtype of the elements, in NumPy's notation: f4, 'U8,f8,i4', "[('x', '<f8'), ('y', 'U5')]"; or auto, to look
    /// through all of a text for one
    #[arg(long)]
    dtype: Option<String>,
    /// What stands between two fields of text
    #[arg(long, value_name = "TEXT")]
    delimiter: Option<String>,
    /// The same for what is written, where text is made of text
    #[arg(long, value_name = "TEXT")]
    to_delimiter: Option<String>,
    /// The first row of text holds the names of the columns
    #[arg(long)]
    header: bool,
    /// Leave out so many lines at the start of text
    #[arg(long, value_name = "LINES", default_value_t = 0)]
    skiprows: u64,
    /// What starts a comment in text; # in .txt, nothing in others
    #[arg(long, value_name = "TEXT")]
    comments: Option<String>,
    /// The columns of text to read, from 0 on; negative ones count from the last
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', allow_hyphen_values = true)]
    usecols: Option<Vec<isize>>,
    /// How numbers are written, as NumPy's savetxt takes it: '%.3f'; for columns of their own, once for each
    #[arg(long, value_name = "FORMAT")]
    fmt: Vec<String>,
    /// What strings of Python 2 are, in pickles and arrays of objects: ASCII, latin1 or bytes
    #[arg(long, value_name = "ENCODING", default_value = "ASCII")]
    encoding: Encoding,
    #[command(flatten)]
    packing: Packing,
    #[command(flatten)]
    overwriting: Overwriting,
    #[command(flatten)]
    opening: Opening,
}

impl Convert {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let target = Target::of(&self.from_file);
        let unknown = |name: &str, option: &str| {
            Failure::Usage(format!("{name}: the name tells no format: add {option}"))
        };
        let from = self.from.or_else(|| match &target.input {
            Input::File(path) => Format::of(path),
            Input::Stdin => None,
        });
        let from = from.ok_or_else(|| unknown(&target.input.name(), "--from"))?;
        let destination = Destination::of(&self.to_file);
        let to = self.to.or_else(|| destination.format());
        let to = to.ok_or_else(|| unknown(&destination.name(), "--to"))?;
        self.check(&destination, to)?;
        let is_auto = self.dtype.as_deref() == Some("auto");
        let dtype = self.dtype.as_deref().filter(|_| !is_auto).map(dtype).transpose();
        let dtype = dtype.map_err(|error| Failure::Usage(format!("--dtype: {error}")))?;
        let mut cast = None;
        let rows: Box<dyn Rows> = match from {
            Format::Npy | Format::Npz => {
                let array = self.array(&target)?;
                if dtype.is_none() && to.is_binary() {
                    self.whole(&array, &target, &destination, to, out)
                        .map_err(|failure| failure.of(&destination.name()))?;
                    return Ok(Verdict::Good);
                }
                cast = dtype;
                Box::new(Arrays::new(array))
            }
            Format::Jsonl => {
                target.whole()?;
                let rows = JsonLines::open(&target.input, dtype);
                Box::new(rows.map_err(|error| error.with_path(target.input.name()))?)
            }
            Format::Csv | Format::Tsv | Format::Txt => {
                target.whole()?;
                let rows = Texts::open(&target.input, self.text_in(from, dtype, is_auto));
                Box::new(rows.map_err(|error| error.with_path(target.input.name()))?)
            }
        };
        let sink = self.sink(&target, &destination, from, to, out)?;
        pour(rows, sink, cast.as_ref(), &target.input.name(), &destination.name())?;
        Ok(Verdict::Good)
    }

    /// Nothing is done before all of it makes sense.
    fn check(&self, destination: &Destination, to: Format) -> Result<(), Failure> {
        let compression = self.packing.compression()?;
        match destination {
            _ if to != Format::Npz && compression != numio::npz::Compression::Stored => {
                Err(Failure::Usage("--compress is for members of .npz".to_owned()))
            }
            Destination::File(path) if to.is_binary() && is_packed(path) => {
                let what = "only text is packed as a whole: .npz packs members by --compress";
                Err(Failure::Usage(format!("{}: {what}", path.display())))
            }
            Destination::Member { archive, .. } if to != Format::Npz => {
                Err(Failure::Usage(format!("{}: members are of .npz", archive.display())))
            }
            Destination::File(path) => Ok(self.overwriting.check(path)?),
            Destination::Member { .. } | Destination::Stdout => Ok(()),
        }
    }

    fn array(&self, target: &Target) -> Result<DynArray, Failure> {
        let found = || {
            let (held, indexes) = self.opening.value(target, self.encoding)?;
            let mut array = match held {
                Held::Array(array) => array,
                Held::Object(graph) => graph.root().as_array()?,
            };
            for index in &indexes {
                array = index.of(&array)?;
            }
            Ok(array)
        };
        found().map_err(|failure: Failure| failure.of(&target.input.name()))
    }

    fn text_in(&self, from: Format, dtype: Option<DType>, is_auto: bool) -> TextIn {
        let comments = if from == Format::Txt { "#" } else { "" };
        TextIn {
            dtype: dtype.or_else(|| (!is_auto).then_some(DType::FLOAT64)),
            delimiter: self.delimiter.clone().or_else(|| from.delimiter().map(str::to_owned)),
            quote: from.is_quoted().then_some('"'),
            comments: self.comments.clone().unwrap_or_else(|| comments.to_owned()),
            skip_rows: self.skiprows,
            has_header: self.header,
            columns: self.usecols.clone(),
        }
    }

    fn text_out(&self, from: Format, to: Format) -> TextOut {
        let given = if from.delimiter().is_some() || from == Format::Txt { &None } else { &self.delimiter };
        let delimiter = self.to_delimiter.as_ref().or(given.as_ref());
        TextOut {
            delimiter: delimiter.cloned().unwrap_or_else(|| to.delimiter().unwrap_or(" ").to_owned()),
            is_quoted: to.is_quoted(),
            comments: if to == Format::Txt { "# ".to_owned() } else { String::new() },
            has_header: self.header,
            formats: self.fmt.clone(),
        }
    }

    /// An array into a file of arrays, in its own order.
    fn whole(
        &self,
        array: &DynArray,
        target: &Target,
        destination: &Destination,
        to: Format,
        out: &mut Output,
    ) -> Result<(), Failure> {
        match (to, destination) {
            (Format::Npy, Destination::File(path)) => {
                let mut file = Out::create(path)?;
                numio::save_to(&mut file, array)?;
                file.commit()?;
            }
            _ => self.members(target, destination, to, out)?.whole(array)?,
        }
        Ok(())
    }

    /// What takes a whole array.
    fn members<'o>(
        &self,
        target: &Target,
        destination: &Destination,
        to: Format,
        out: &'o mut Output,
    ) -> Result<NpzSink<'o>, Failure> {
        let compression = self.packing.compression()?;
        Ok(match destination {
            Destination::Stdout if to == Format::Npy => NpzSink::npy(out),
            Destination::Stdout => NpzSink::piped(out, member_name(target), compression)?,
            Destination::File(path) => NpzSink::create(path, member_name(target), false, compression)?,
            Destination::Member { archive, name } => {
                NpzSink::create(archive, name.clone(), true, compression)?
            }
        })
    }

    fn sink<'o>(
        &self,
        target: &Target,
        destination: &Destination,
        from: Format,
        to: Format,
        out: &'o mut Output,
    ) -> Result<Box<dyn Sink + 'o>, Failure> {
        if let (Format::Npy, Destination::File(path)) = (to, destination) {
            return Ok(Box::new(NpySink::create(path)?));
        }
        if to.is_binary() {
            return Ok(Box::new(self.members(target, destination, to, out)?));
        }
        let out = match destination {
            Destination::File(path) => Out::create(path)?,
            Destination::Stdout | Destination::Member { .. } => Out::Stdout(out),
        };
        Ok(match to {
            Format::Jsonl => json_sink(out),
            _ => Box::new(TableSink::new(self.text_out(from, to), out)),
        })
    }
}

/// A dtype as NumPy takes it: text, or a list of fields.
fn dtype(text: &str) -> numio::Result<DType> {
    match text.trim_start().starts_with('[') {
        true => DType::from_descr(&literal::parse(text.trim(), literal::Dialect::Python3)?.literal),
        false => DType::parse(text),
    }
}

/// Everything that comes goes into the sink.
fn pour(
    mut rows: Box<dyn Rows>,
    mut sink: Box<dyn Sink + '_>,
    cast: Option<&DType>,
    from: &str,
    to: &str,
) -> Result<(), Failure> {
    let written = |failure| match failure {
        // A pipe's reader may go away.
        Failure::Output(error) if error.kind() != ErrorKind::BrokenPipe => {
            Error::from(error).with_path(to).into()
        }
        other => other.of(to),
    };
    let (total, _) = rows.progress();
    let bar = progress::bar(total.unwrap_or(0));
    while let Some(mut piece) = rows.next().map_err(|failure| failure.of(from))? {
        if let Some(dtype) = cast {
            piece = piece.cast(dtype).map_err(|error| error.with_path(from))?;
        }
        sink.push(&piece).map_err(written)?;
        bar.set_position(rows.progress().1);
    }
    sink.finish().map_err(written)?;
    bar.finish_and_clear();
    Ok(())
}

/// The name of a member that is given none: the one it was read from, or the file's.
fn member_name(target: &Target) -> String {
    let of_file = |path: &Path| {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or("arr_0");
        name.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or("arr_0").to_owned()
    };
    match (target.member_named(), &target.input) {
        (Some(name), _) => name.to_owned(),
        (None, Input::File(path)) => of_file(path),
        (None, Input::Stdin) => "arr_0".to_owned(),
    }
}
