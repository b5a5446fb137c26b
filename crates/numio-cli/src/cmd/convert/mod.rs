//! `numio convert`: arrays from one format into another.

mod check;
#[cfg(feature = "tables")]
mod tables;
mod tensors;
mod text;

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::Path;

use clap::{Args, ValueEnum};
use numio::ObjectExt;
use numio::pickle::Python2Encoding;
use numio::{ArrayLike, DType, DynArray, Error, FileFormat};

use crate::convert::{
    Destination, Format, JsonLines, Kind, NpySink, NpzSink, Out, Reshaped, Rows, Sink, TableSink,
    TextEncoding, Texts, json_sink,
};
use crate::emptiness;
use crate::failure::Failure;
use crate::interrupt;
use crate::notes::complain;
use crate::open::{Extent, LoadedValue, Opening, format_of};
use crate::options::{CompressionArgs, OverwriteArgs};
use crate::output::{Output, Verdict};
use crate::progress;
use crate::store;
use crate::target::{Input, Target};

/// Convert arrays between .npy, .npz, safetensors, Arrow, Parquet, text and JSON lines, and from torch's files
///
/// Formats are told by the names' suffixes: .npy, .npz, .safetensors, .pt and .pth (which are only read), .arrow,
/// .feather, .arrows, .parquet, .csv, .tsv, .txt, .jsonl; text may be compressed: .csv.gz, .bz2, .xz, .lzma, .zst. Files
/// larger than memory pass through in pieces. What is there is replaced only where --force says so, and when the new file is complete.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio convert x.npy x.csv
  numio convert x.npy x.csv.gz
  numio convert --header --dtype auto people.csv people.npy
  numio convert --header --dtype 'U8,f8,i4' people.csv people.npy
  numio convert 'x.npz:weights[:, 0]' weights.txt
  numio convert --compress deflate log.jsonl all.npz:log
  numio convert --to jsonl x.npy - | head
  numio convert model.npz model.safetensors
  numio convert model.safetensors:layer.weight w.npy
  numio convert checkpoint.pt:model model.npz
  numio convert records.npy records.parquet
  numio convert --columns time,temp log.parquet log.npz

  numio convert --header --dtype auto --columns time,temp --missing NA,-999 log.csv log.npy
  numio convert --dtype auto --delimiter ';' --decimal , --thousands . german.csv german.npy
  numio convert --flatten cube.npy cube.csv
  numio convert --shape=-1,28,28 --dtype u1 digits.csv digits.npy

Text: floats are written with the fewest digits that tell them apart, booleans as 0 and 1,
texts in quotes where they need them. It is read as floats unless --dtype says otherwise;
with --dtype auto a column is bool, int64, uint64, float64, complex128, datetime64 or text.
Columns of integers are not rounded by that: integers that no type of 64 bits holds are an error,
or text with --wide-integers text, and so are integers of which some are missing, unless --fill
says what these are. Among numbers with a point, integers are floats as these are. Missing floats
are nan, missing dates NaT, missing texts empty.

JSON lines: one value for each row, as `numio show --json` writes it. Without --dtype it is
read as the type that holds all of it: bool, int64, uint64, float64, text, or records of
those for objects.

Safetensors and torch: all tensors become members of .npz, and back; one is named behind a
colon, and so are those of a dict of torch's. Of a file of torch's nothing is run, and what is
no tensor is refused. BF16 becomes '<V2', as ml_dtypes writes it, and F8 '<V1'; back from there,
--as NAME=F8_E4M3 says which.

Arrow and Parquet, where the build has them: fields of records and members of archives are
columns; one is named behind a colon, log.parquet:temp. Missing floats are nan, missing times
NaT; others are an error, unless --fill says what these are. Times of a zone become UTC.")]
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
    /// through all of a text for one. Under a --header, names of its own are those of columns
    #[arg(long)]
    dtype: Option<String>,
    /// The dtype of one column of text: time=M8[s]; the type of one array of raw bytes in safetensors: w=F8_E4M3. May be
    /// repeated
    #[arg(long = "as", value_name = "NAME=DTYPE")]
    casts: Vec<String>,
    /// Another name for a column of text or of a table. May be repeated
    #[arg(long, value_name = "OLD=NEW")]
    rename: Vec<String>,
    /// The character between two fields of text; or tab, space, whitespace (any run of it)
    #[arg(long, value_name = "CHARACTER")]
    delimiter: Option<String>,
    /// The same for the text that is written; any length
    #[arg(long, value_name = "TEXT")]
    to_delimiter: Option<String>,
    /// The character around fields of text that hold delimiters or line ends; '' for none [default: " in .csv and .tsv]
    #[arg(long, value_name = "CHARACTER")]
    quote: Option<String>,
    /// The first row of text holds the names of the columns
    #[arg(long)]
    header: bool,
    /// A line of units follows the names
    #[arg(long, requires = "header")]
    units: bool,
    /// Leave out this many lines at the start of text
    #[arg(long, value_name = "LINES", default_value_t = 0)]
    skiprows: u64,
    /// Leave out this many rows at the end of text
    #[arg(long, value_name = "ROWS", default_value_t = 0)]
    skip_footer: usize,
    /// What starts a comment in text; # in .txt, nothing in others
    #[arg(long, value_name = "TEXT")]
    comments: Option<String>,
    /// The columns of text or of a table to read: numbers from 0 on (negative ones count from the last), ranges (2:5), names (in
    /// double quotes where they look like another of these), and ! before any of these for all but it
    #[arg(long, alias = "usecols", value_name = "COLUMNS", allow_hyphen_values = true)]
    columns: Option<Vec<String>>,
    /// Texts that stand for missing values, besides empty fields
    #[arg(long, value_name = "TEXTS", value_delimiter = ',', allow_hyphen_values = true)]
    missing: Vec<String>,
    /// What missing values become, in all columns or in one (its name in double quotes where there is a = in it). May be
    /// repeated
    #[arg(long, value_name = "[NAME=]VALUE", allow_hyphen_values = true)]
    fill: Vec<String>,
    /// The decimal mark of numbers in text
    #[arg(long, value_name = "CHARACTER", default_value_t = '.')]
    decimal: char,
    /// What separates groups of three digits in text
    #[arg(long, value_name = "CHARACTER")]
    thousands: Option<char>,
    /// Read numbers as Fortran writes them: 1.0D+05, 0.33-104
    #[arg(long)]
    fortran: bool,
    /// What becomes of integers that no type of 64 bits holds, where the dtype is looked for
    #[arg(long, value_enum, default_value_t = WideIntegers::Error)]
    wide_integers: WideIntegers,
    /// Leave out rows that do not fit, and say on standard error how many and where
    #[arg(long)]
    skip_bad: bool,
    /// Take the fields that a short row does not have for missing ones
    #[arg(long)]
    fill_short: bool,
    /// Say on standard error what --dtype auto found, a line for each column
    #[arg(long)]
    explain: bool,
    /// Write an array of several axes as text or a table with a row for each index of the first
    #[arg(long, conflicts_with = "long")]
    flatten: bool,
    /// Write an array as text with a line for each element, after its indices
    #[arg(long)]
    long: bool,
    /// Put the values into this shape; the first axis may be -1
    #[arg(long, value_name = "AXES", value_delimiter = ',', allow_hyphen_values = true)]
    shape: Option<Vec<isize>>,
    /// Add the rows to the file that is there
    #[arg(long)]
    append: bool,
    /// Report progress on standard error even where that is no terminal
    #[arg(long)]
    progress: bool,
    /// How numbers are written, as NumPy's savetxt takes it: '%.3f'; for columns of their own, once for each
    #[arg(long, value_name = "FORMAT")]
    fmt: Vec<String>,
    /// The encoding of text: utf-8, utf-16, latin1, cp1252, shift_jis and others [default: by the byte order mark, else utf-8]
    #[arg(long, value_name = "ENCODING", value_parser = encoding)]
    encoding: Option<TextEncoding>,
    /// The encoding of Python 2's strings, in pickles and arrays of objects: ASCII, latin1 or bytes
    #[arg(long, value_name = "ENCODING", default_value = "ASCII")]
    pickle_encoding: Python2Encoding,
    #[command(flatten)]
    compression: CompressionArgs,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    #[command(flatten)]
    opening: Opening,
}

/// The treatment of integers that no type of 64 bits holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum WideIntegers {
    /// The line and the column are named
    Error,
    /// The column is read as text
    Text,
}

fn without_format(name: &str, option: &str) -> Failure {
    Failure::Usage(format!("{name}: the name tells no format: add {option}"))
}

/// The failure for a name of what is read. The first bytes of a file only serve to advise.
fn without_from(input: &Input) -> Failure {
    let found = match input {
        // Of a pipe they would be lost.
        Input::File(path) if path.is_file() => format_of(path).ok(),
        _ => None,
    };
    let option = match found {
        Some(FileFormat::Npy) => "--from npy",
        Some(FileFormat::Zip) => "--from npz",
        Some(FileFormat::Pickle) => {
            let what = format!("{}: a pickle, and no array: `numio show --json` prints it", input.name());
            return Failure::Usage(what);
        }
        _ => "--from",
    };
    without_format(&input.name(), option)
}

impl Convert {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let Some(upload) = store::Upload::of(&self.to_file, self.overwrite.force)? else {
            return self.run_to(&self.to_file, out);
        };
        if self.append {
            let what = "--append adds rows to a file on this machine: objects in stores are written whole";
            return Err(Failure::Usage(what.to_owned()));
        }
        let path = upload.path();
        if self.to.is_none() && Destination::of(path.as_os_str()).format().is_none() {
            return Err(without_format(&self.to_file.to_string_lossy(), "--to"));
        }
        let verdict = self.run_to(path.as_os_str(), out)?;
        upload.send()?;
        Ok(verdict)
    }

    fn run_to(&self, to_file: &OsStr, out: &mut Output) -> Result<Verdict, Failure> {
        let target = Target::of(&self.from_file);
        let from = self.from.or_else(|| match &target.input {
            Input::File(path) => Format::of(path),
            Input::Url(url) => Format::of(Path::new(store::file_name(url))),
            Input::Stdin => None,
        });
        if let (None, Input::File(path)) = (from, &target.input) {
            // A file that is not there has no format, whatever its name.
            path.metadata().map_err(|error| Error::from(error).with_path(path))?;
        }
        let from = from.ok_or_else(|| without_from(&target.input))?;
        let destination = Destination::of(to_file);
        let to = self.to.or_else(|| destination.format());
        let to = to.ok_or_else(|| without_format(&destination.name(), "--to"))?;
        self.check(&destination, to)?;
        match (&destination, to) {
            (Destination::Stdout, Format::Jsonl) => drop(out.json()),
            (Destination::Stdout, _) if to.is_binary() => drop(out.data()?),
            (Destination::Stdout, _) => drop(out.text_data()),
            _ => {}
        }
        let is_auto = self.dtype.as_deref() == Some("auto");
        let dtype = self.dtype.as_deref().filter(|_| !is_auto).map(dtype).transpose();
        let dtype = dtype.map_err(|error| Failure::Usage(format!("--dtype: {error}")))?;
        let fill = self.fill();
        let wide_as_text = self.wide_integers == WideIntegers::Text;
        self.check_uses(from, to)?;
        if !from.is_binary() && dtype.as_ref().is_some_and(DType::has_objects) {
            let what = "--dtype: text has no Python objects: U reads texts of any length";
            return Err(Failure::Usage(what.to_owned()));
        }
        let mut cast = None;
        let mut kind = None;
        // A file can be begun again.
        let may_guess = matches!(destination, Destination::File(_)) && self.shape.is_none();
        let (text_dtype, text_fill) = (dtype.clone(), fill.clone());
        let open_text = |is_again: bool| -> Result<Texts, Failure> {
            let options = self.text_in(from, text_dtype.clone(), is_auto, text_fill.clone())?;
            let texts = Texts::open(&target.input, options, may_guess && !is_again)
                .map_err(|error| error.with_path(target.input.name()))?;
            if !is_again {
                texts.complain_of_names();
            }
            Ok(texts)
        };
        let rows: Box<dyn Rows> = match from {
            Format::Npy | Format::Npz | Format::Safetensors | Format::Pt => {
                let of_input = |failure: Failure| failure.of(&target.input.name());
                if let Some(tensors) = self.all(&target, from, &destination, to).map_err(of_input)? {
                    return self.all_to(&tensors, &target, &destination, to, out);
                }
                let single = self.single(&target, from).map_err(of_input)?;
                kind = single.kind();
                let is_whole = to.is_binary() && !to.is_table() && !self.append;
                if dtype.is_none() && is_whole && self.shape.is_none() {
                    let array = single.open(to).map_err(|error| error.with_path(target.input.name()))?;
                    self.whole(&*array, kind, &target, &destination, to, out)
                        .map_err(|failure| failure.of(&destination.name()))?;
                    single.explain(&target, to);
                    return Ok(Verdict::Good);
                }
                let shape = single.shape();
                emptiness::check(&single.dtype(), &shape, "convert")
                    .map_err(|error| error.with_path(target.input.name()))?;
                cast = dtype;
                single.rows().map_err(|error| error.with_path(target.input.name()))?
            }
            #[cfg(not(feature = "tables"))]
            Format::Arrow | Format::Arrows | Format::Parquet => return Err(without_tables()),
            #[cfg(feature = "tables")]
            Format::Arrow | Format::Arrows | Format::Parquet => {
                let of_input = |failure: Failure| failure.of(&target.input.name());
                let is_plain = dtype.is_none() && self.shape.is_none();
                if to == Format::Npz
                    && is_plain
                    && target.is_whole()
                    && !matches!(destination, Destination::Member { .. })
                {
                    return self.members_of_table(&target, from, &destination, out).map_err(of_input);
                }
                cast = dtype;
                self.table(&target, from).map_err(of_input)?
            }
            Format::Jsonl => {
                target.whole()?;
                let rows = JsonLines::open(&target.input, dtype, fill, self.encoding, wide_as_text);
                Box::new(rows.map_err(|error| error.with_path(target.input.name()))?)
            }
            Format::Csv | Format::Tsv | Format::Txt => {
                target.whole()?;
                Box::new(open_text(false)?)
            }
        };
        let mut rows = match &self.shape {
            Some(shape) => {
                Box::new(Reshaped::new(rows, shape).map_err(|error| Failure::Usage(error.to_string()))?)
            }
            None => rows,
        };
        let kind = if cast.is_some() { None } else { kind };
        let names = [&*target.input.name(), &*destination.name()];
        let sink = self.sink(kind, &target, &destination, from, to, out)?;
        let mut poured = self.pour(&mut *rows, sink, cast.as_ref(), names);
        if rows.is_misguessed() {
            rows = Box::new(open_text(true)?);
            let sink = self.sink(kind, &target, &destination, from, to, out)?;
            poured = self.pour(&mut *rows, sink, cast.as_ref(), names);
        }
        poured?;
        for note in rows.notes() {
            complain(&format!("{}: {note}", target.input.name()));
        }
        Ok(Verdict::Good)
    }

    fn array(&self, target: &Target) -> Result<DynArray, Failure> {
        let found = || {
            let (held, indexes) = self.opening.value(target, self.pickle_encoding, Extent::All)?;
            let mut array = match held {
                LoadedValue::Array(array) => array,
                LoadedValue::Object(graph) => graph.root().as_array()?,
            };
            for index in &indexes {
                array = index.of(&array)?;
            }
            array.expect_scattered_reads();
            Ok(array)
        };
        found().map_err(|failure: Failure| failure.of(&target.input.name()))
    }

    /// Writes an array to a file of arrays, in its own memory order.
    fn whole(
        &self,
        array: &dyn ArrayLike,
        kind: Option<&'static Kind>,
        target: &Target,
        destination: &Destination,
        to: Format,
        out: &mut Output,
    ) -> Result<(), Failure> {
        match (to, destination) {
            (Format::Npy, Destination::File(path)) => {
                let mut file = Out::create(path)?;
                numio::to_writer(&mut file, array)?;
                file.commit()?;
            }
            _ => self.members(kind, target, destination, to, out)?.whole(array)?,
        }
        Ok(())
    }

    /// A sink for a whole array.
    fn members<'o>(
        &self,
        kind: Option<&'static Kind>,
        target: &Target,
        destination: &Destination,
        to: Format,
        out: &'o mut Output,
    ) -> Result<NpzSink<'o>, Failure> {
        let compression = self.compression.compression()?;
        if to == Format::Safetensors {
            let out = match destination {
                Destination::File(path) => Out::create(path)?,
                _ => Out::Stdout(out),
            };
            let (name, kinds) = (member_name(target), self.kinds()?);
            let kind = match kinds.as_slice() {
                [] => kind,
                [(found, kind)] if *found == name => Some(*kind),
                _ => return Err(Failure::Usage(format!("--as: the only array is called {name:?}"))),
            };
            return Ok(NpzSink::tensor(out, name, kind));
        }
        Ok(match destination {
            Destination::Stdout if to == Format::Npy => NpzSink::npy(out),
            Destination::Stdout => NpzSink::piped(out, member_name(target), compression)?,
            Destination::File(path) => NpzSink::create(path, member_name(target), false, compression)?,
            Destination::Member { archive, name } if self.overwrite.force => {
                NpzSink::replace(archive, name.clone(), compression)?
            }
            Destination::Member { archive, name } => {
                NpzSink::create(archive, name.clone(), true, compression)?
            }
        })
    }

    fn sink<'o>(
        &self,
        kind: Option<&'static Kind>,
        target: &Target,
        destination: &Destination,
        from: Format,
        to: Format,
        out: &'o mut Output,
    ) -> Result<Box<dyn Sink + 'o>, Failure> {
        if let (Format::Npy, Destination::File(path)) = (to, destination) {
            let has_rows = || path.metadata().is_ok_and(|found| found.len() > 0);
            let first = match self.append {
                true if has_rows() => None,
                true => NpySink::first(path)?,
                false => Some(NpySink::create(path)?),
            };
            return Ok(match first {
                Some(first) => Box::new(first),
                None => Box::new(NpzSink::append(path)),
            });
        }
        #[cfg(feature = "tables")]
        if to.is_table() {
            return self.table_sink(target, destination, to, out);
        }
        if to.is_binary() {
            return Ok(Box::new(self.members(kind, target, destination, to, out)?));
        }
        let mut line = None;
        let out = match destination {
            Destination::File(path) if self.append => {
                let (out, first) = Out::append(path)?;
                line = first.map(|first| (first, self.header));
                out
            }
            Destination::File(path) => Out::create(path)?,
            Destination::Stdout | Destination::Member { .. } => Out::Stdout(out),
        };
        Ok(match to {
            Format::Jsonl => json_sink(out),
            _ => Box::new(TableSink::new(self.text_out(from, to, line)?, out)),
        })
    }
}

impl Convert {
    /// Feeds all rows to the sink.
    fn pour(
        &self,
        rows: &mut dyn Rows,
        mut sink: Box<dyn Sink + '_>,
        cast: Option<&DType>,
        [from, to]: [&str; 2],
    ) -> Result<(), Failure> {
        let written = |failure| match failure {
            // A pipe's reader may close it.
            Failure::Output(error) if error.kind() != ErrorKind::BrokenPipe => {
                Error::from(error).with_path(to).into()
            }
            other => other.of(to),
        };
        let (total, _) = rows.progress();
        let bar = progress::bar(total.unwrap_or(0));
        let mut lines = (self.progress && bar.is_hidden() && !interrupt::is_embedded())
            .then(|| progress::Lines::new(total));
        while let Some(mut piece) = rows.next().map_err(|failure| failure.of(from))? {
            interrupt::check()?;
            if !crate::is_left(crate::CONVERTING) {
                return Err(Error::from(std::io::Error::from(ErrorKind::OutOfMemory)).into());
            }
            if let Some(dtype) = cast {
                piece = piece.cast(dtype).map_err(|error| error.with_path(from))?;
            }
            sink.push(&piece).map_err(written)?;
            let read = rows.progress().1;
            bar.set_position(read);
            if let Some(line) = lines.as_mut().and_then(|lines| lines.at(read, false)) {
                complain(&line);
            }
        }
        sink.finish().map_err(written)?;
        bar.finish_and_clear();
        if let Some(line) = lines.as_mut().and_then(|lines| lines.at(rows.progress().1, true)) {
            complain(&line);
        }
        Ok(())
    }
}

/// The refusal of a build without tables, such as that in the Python package.
#[cfg(not(feature = "tables"))]
fn without_tables() -> Failure {
    let what = "this build of numio has no Arrow and no Parquet: the released command has them (the feature tables of \
                numio-cli); in Python, pyarrow reads and writes them";
    Failure::Usage(what.to_owned())
}

/// A dtype as NumPy takes it: text, or a list of fields.
pub(super) fn dtype(text: &str) -> numio::Result<DType> {
    match text.trim_start().starts_with('[') {
        true => DType::from_descr(text.trim()),
        false => DType::parse(text),
    }
}

/// A text's encoding by its name.
fn encoding(text: &str) -> Result<TextEncoding, String> {
    text.parse().map_err(|error: Error| format!("{error}; iconv -t utf-8 converts others"))
}

/// The default name of a member: that of the member it was read from, or the file's.
fn member_name(target: &Target) -> String {
    let of_file = |path: &Path| {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or("arr_0");
        name.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or("arr_0").to_owned()
    };
    match (target.member_named(), &target.input) {
        (Some(name), _) => name.to_owned(),
        (None, Input::File(path)) => of_file(path),
        (None, Input::Url(url)) => of_file(Path::new(store::file_name(url))),
        (None, Input::Stdin) => "arr_0".to_owned(),
    }
}
