//! `numio show`: what an array holds, as NumPy prints it.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};

use clap::{Args, Parser};
use numio::pickle::{Object, Python2Encoding, Value};
use numio::{DType, DynArray, Error, ErrorKind, Limits, NpzArchive, ObjectExt, PrintOptions};

use crate::convert::Format;
use crate::emptiness;
use crate::failure::Failure;
use crate::files::{Walk, noted};
use crate::json;
use crate::open::{Extent, LoadedValue, Named, Opening, Subject};
use crate::output::{Output, Style, Verdict};
use crate::target::{Index, Input, Target};
use crate::text;

/// Print an array as NumPy prints it, a pickle as Python prints it, or a part of either
///
/// Reads only what it prints of arrays: a slice of a file larger than memory takes no longer than one of a small file.
/// Of pickles nothing is run: what numio does not know stands as the call that would make it. Of an archive, all members
/// are printed shortly.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio show x.npy
  numio show 'x.npy[1, :]'                a row
  numio show 'x.npy[..., ::-1, None]'     any of NumPy's basic indexes
  numio show \"x.npy['name'][:10]\"         a field of a structured array
  numio show 'x.npz:name[0]'              a member of an archive
  numio show \"model.pkl['layers'][0]\"      an item of Python's dicts and lists
  numio show --full --precision 3 x.npy   every element, three decimals
  numio show x.npz                        all members, shortly
  numio show --json x.npy | jq length
  numio show --csv people.npy             as numio convert writes it, with names of fields
  zcat x.npy.gz | numio show -- '-[0]'

A file whose name itself holds brackets is found as it is.

JSON: nested lists, as ndarray.tolist() gives them. What JSON has no word for:
  nan, inf, -inf     \"NaN\", \"Infinity\", \"-Infinity\"
  complex            [real, imaginary]
  datetime64         ISO 8601 text, or \"NaT\"
  timedelta64        the number of units, or \"NaT\"
  bytes, void        text with one character from U+0000 to U+00FF for each byte
  records            objects
  archives           an object with a value for each member
  Python objects     see `Object::to_json` in the library's documentation")]
pub struct Show {
    /// The array or pickle: a file or - for standard input, and indexes in brackets
    #[arg(required = true, value_name = "FILE[:MEMBER][SLICE]")]
    targets: Vec<OsString>,
    /// Print every element, however many there are
    #[arg(long)]
    full: bool,
    /// Print floats with this many decimals
    #[arg(long, value_name = "DIGITS", value_parser = clap::value_parser!(u8).range(..=100))]
    precision: Option<u8>,
    /// Print as Python's repr, with the dtype
    #[arg(long)]
    repr: bool,
    /// Print JSON, all of it
    #[arg(long, conflicts_with_all = ["full", "precision", "repr"])]
    json: bool,
    /// Print text with commas, all of it
    #[arg(long, conflicts_with_all = ["full", "precision", "repr", "json"])]
    csv: bool,
    /// What strings of Python 2 are: ASCII, latin1 or bytes
    #[arg(long, value_name = "ENCODING", default_value = "ASCII")]
    encoding: Python2Encoding,
    #[command(flatten)]
    walk: Walk,
    #[command(flatten)]
    opening: Opening,
}

impl Show {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        if self.json {
            out.json();
        }
        let targets = self.walk.targets(&self.targets)?;
        let mut verdict = Verdict::Good;
        for (at, target) in targets.iter().enumerate() {
            if targets.len() > 1 && !self.json && !self.csv {
                if at > 0 {
                    writeln!(out)?;
                }
                out.styled(Style::Strong, &text::visible(&target.name()))?;
                writeln!(out)?;
            }
            let done = self.one(out, target);
            out.flush()?;
            noted(done.map(|()| Verdict::Good), &target.input.name(), &mut verdict)?;
        }
        Ok(verdict)
    }

    fn one(&self, out: &mut Output, target: &Target) -> Result<(), Failure> {
        if self.csv {
            return as_csv(out, &self.opening, target);
        }
        let name = target.input.name();
        let shown = match self.opening.named(target, self.encoding, self.extent())? {
            Named::Value(LoadedValue::Array(array), indexes) => self.indexed(out, array, &indexes),
            Named::Value(LoadedValue::Object(graph), indexes) => self.object(out, graph.root(), &indexes),
            Named::Archive(archive) if self.json => self.archive_json(out, &archive),
            Named::Archive(archive) => {
                return self.archive(out, &archive).map_err(|failure| failure.of(&name));
            }
        };
        shown.map_err(|failure| failure.of(&name))?;
        Ok(writeln!(out)?)
    }

    fn extent(&self) -> Extent {
        if self.full || self.json { Extent::All } else { Extent::Some }
    }

    /// Prints a few elements of each member.
    fn archive(&self, out: &mut Output, archive: &NpzArchive) -> Result<(), Failure> {
        if let Some(note) = text::foreign(archive) {
            writeln!(out, "{note}\n")?;
        }
        for (at, name) in archive.names().enumerate() {
            if at > 0 {
                writeln!(out)?;
            }
            out.styled(Style::Strong, &text::visible(name))?;
            let value = self.extent().of_member(archive, name)?;
            if let Some(array) = value.as_array() {
                writeln!(
                    out,
                    ": {} {}",
                    text::visible(&array.dtype().to_string()),
                    text::shape(array.shape())
                )?;
                if self.full {
                    self.array(out, array, true)?;
                } else {
                    let mut options = PrintOptions::new();
                    options.threshold(SHORT).edgeitems(2);
                    if let Some(digits) = self.precision {
                        options.precision(digits.into());
                    }
                    match self.repr {
                        true => write!(out, "{:?}", array.display(&options))?,
                        false => write!(out, "{}", array.display(&options))?,
                    }
                }
            } else if let Some(graph) = value.as_object() {
                writeln!(out, ":")?;
                self.object(out, graph.root(), &[])?;
            } else if let Some(bytes) = value.as_bytes() {
                write!(out, ": {}, no array", text::size(bytes.len() as u64))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    fn archive_json(&self, out: &mut Output, archive: &NpzArchive) -> Result<(), Failure> {
        write!(out, "{{")?;
        for (at, name) in archive.names().enumerate() {
            if at > 0 {
                write!(out, ",")?;
            }
            serde_json::to_writer(&mut *out, name).map_err(io::Error::from)?;
            write!(out, ":")?;
            let value = self.extent().of_member(archive, name)?;
            if let Some(array) = value.as_array() {
                self.array(out, array, true)?;
            } else if let Some(graph) = value.as_object() {
                self.object(out, graph.root(), &[])?;
            } else {
                let bytes = value.as_bytes().unwrap_or_default();
                let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
                serde_json::to_writer(&mut *out, &text).map_err(io::Error::from)?;
            }
        }
        Ok(write!(out, "}}")?)
    }

    /// Prints the part of an array that indexes select, or something in a Python object that is one element.
    fn indexed(&self, out: &mut Output, mut array: DynArray, indexes: &[Index]) -> Result<(), Failure> {
        for (at, index) in indexes.iter().enumerate() {
            let rest = indexes.get(at..).unwrap_or_default();
            // An object found by an index can be indexed further; an array without axes itself cannot.
            if at > 0
                && array.ndim() == 0
                && let Ok(object) = first_object(&array)
            {
                return self.object(out, object, rest);
            }
            array = index.of(&array)?;
        }
        match first_object(&array) {
            Ok(object)
                if array.ndim() == 0 && !indexes.is_empty() && (self.repr || object.as_str().is_err()) =>
            {
                self.object(out, object, &[])
            }
            _ => self.array(out, &array, indexes.is_empty()),
        }
    }

    fn object(&self, out: &mut Output, object: Object<'_>, indexes: &[Index]) -> Result<(), Failure> {
        let mut object = object;
        for (at, index) in indexes.iter().enumerate() {
            if let Ok(array) = object.as_array() {
                return self.indexed(out, array, indexes.get(at..).unwrap_or_default());
            }
            object = select_object(object, index)?;
        }
        if let Ok(array) = object.as_array() {
            return self.array(out, &array, true);
        }
        if let Ok(scalar) = object.as_scalar()
            && !self.repr
        {
            return self.array(out, &scalar, false);
        }
        // A small pickle can describe an endless text.
        let mut limits = Limits::default();
        let (most, each) = if self.full { (MOST_CHARS_IN_FULL, 1 << 12) } else { (MOST_CHARS, 64) };
        let in_proportion = (object.graph().bytes().len() as u64).saturating_mul(each);
        limits.max_repr_chars = most.saturating_add(in_proportion).min(limits.max_repr_chars);
        let write = |text: &mut dyn fmt::Write| match self.json {
            true => object.write_json(&limits, text),
            false => object.write_repr(&limits, text),
        };
        // Nothing is printed of what has no text. A long one is found a second time rather than kept.
        let mut start = Start::default();
        write(&mut start).map_err(Error::from).map_err(|error| match error.kind() {
            ErrorKind::LimitExceeded => {
                let what = format!(
                    "its text is longer than {} characters: print a part of it",
                    limits.max_repr_chars
                );
                Error::new(ErrorKind::LimitExceeded, what)
            }
            _ => error,
        })?;
        if start.is_whole() {
            return Ok(out.write_all(start.text.as_bytes())?);
        }
        let mut printed = Printed { out, failure: None };
        let written = write(&mut printed);
        match printed.failure {
            Some(failure) => Err(failure.into()),
            None => Ok(written.map_err(Error::from)?),
        }
    }

    fn array(&self, out: &mut Output, array: &DynArray, is_whole: bool) -> Result<(), Failure> {
        array.expect_scattered_reads();
        if self.json {
            return json::write(out, array);
        }
        match self.full {
            true => emptiness::check(array.dtype(), array.shape(), "print")?,
            false => emptiness::check_corners(array)?,
        }
        let mut options = PrintOptions::new();
        if self.full {
            options.threshold(usize::MAX);
        }
        if let Some(digits) = self.precision {
            options.precision(digits.into());
        }
        let printed = array.display(&options);
        if self.repr {
            write!(out, "{printed:?}")?;
        } else if is_whole || array.ndim() > 0 {
            write!(out, "{printed}")?;
        } else {
            // Indexes down to one element give a scalar. NumPy prints that of an array without axes the same way, but
            // for bytes.
            let text = printed.to_string();
            let bytes = text.strip_prefix("np.bytes_(").and_then(|rest| rest.strip_suffix(')'));
            out.write_all(bytes.unwrap_or(&text).as_bytes())?;
        }
        Ok(())
    }
}

/// A text of which no more is kept than its start.
#[derive(Default)]
struct Start {
    text: String,
    len: usize,
}

impl Start {
    const MOST: usize = 4 << 20;

    fn is_whole(&self) -> bool {
        self.text.len() == self.len
    }
}

impl fmt::Write for Start {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.is_whole() {
            match self.len + text.len() <= Self::MOST {
                true => self.text.push_str(text),
                false => self.text = String::new(),
            }
        }
        self.len += text.len();
        Ok(())
    }
}

/// Text on its way to the output, which keeps the reason why that fails.
struct Printed<'a> {
    out: &'a mut Output,
    failure: Option<io::Error>,
}

impl fmt::Write for Printed<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.out.write_all(text.as_bytes()).map_err(|error| {
            self.failure = Some(error);
            fmt::Error
        })
    }
}

/// Members of more elements than this are printed in part.
const SHORT: usize = 20;

/// Prints an array as `numio convert --to csv` writes it: records under the names of their fields.
fn as_csv(out: &mut Output, opening: &Opening, target: &Target) -> Result<(), Failure> {
    let mut arguments: Vec<OsString> = ["numio", "convert", "--to=csv"].map(OsString::from).into();
    let is_member = target.member_named().is_some();
    let is_known = match &target.input {
        Input::File(path) => matches!(Format::of(path), Some(Format::Npy | Format::Npz)),
        Input::Stdin | Input::Url(_) => false,
    };
    if !is_known {
        arguments.push(if is_member { "--from=npz" } else { "--from=npy" }.into());
    }
    arguments.extend(opening.arguments());
    let table = |dtype: &DType, axes: usize| match dtype.has_objects() {
        true => {
            let what = format!("{dtype} has no text: --json prints it");
            Err(Error::new(ErrorKind::Unsupported, what).with_path(target.name()))
        }
        false => Ok((dtype.as_record().is_some(), axes)),
    };
    // A pipe can be read only once.
    if target.input != Input::Stdin {
        // Of a whole array at a URL, the header is enough.
        let subject = match opening.remote_array(target)? {
            Some((array, indexes)) if indexes.is_empty() => Subject::Array(Box::new(array)),
            _ => opening.subject(target, Python2Encoding::Latin1)?,
        };
        let (is_record, axes) = match subject {
            Subject::Array(array) => table(array.dtype(), array.shape().len())?,
            Subject::Object(graph) => match graph.root().as_array() {
                Ok(array) => table(array.dtype(), array.ndim())?,
                Err(_) => {
                    let what = "a Python object: --csv prints arrays, and --json prints this";
                    return Err(Failure::Usage(format!("{}: {what}", target.name())));
                }
            },
            Subject::Archive(_) => {
                target.member(|_| false)?;
                (false, 1)
            }
            Subject::Bytes(_) => (false, 1),
        };
        if is_record {
            arguments.push("--header".into());
        }
        if !matches!(axes, 1 | 2) {
            arguments.push("--flatten".into());
        }
    }
    arguments.extend(["--".into(), target.argument(), "-".into()]);
    match crate::Cli::try_parse_from(arguments) {
        Ok(cli) => cli.command.run(out).map(drop),
        Err(error) => Err(Failure::Usage(error.to_string())),
    }
}

fn first_object(array: &DynArray) -> numio::Result<Object<'_>> {
    let nothing = || Error::new(ErrorKind::InvalidInput, "no object there");
    array.objects()?.next().ok_or_else(nothing)
}

/// The most characters of a Python object's text, on top of some for each byte of its pickle.
const MOST_CHARS: u64 = 1 << 22;
/// The same with `--full`.
const MOST_CHARS_IN_FULL: u64 = 1 << 24;

/// An item of a list or a tuple, or the value of a key.
fn select_object<'g>(object: Object<'g>, index: &Index) -> Result<Object<'g>, Failure> {
    let text = match index {
        Index::Field(key) => return Ok(object.get(key)?),
        Index::Slice(text) => text.trim(),
    };
    let usage = || Failure::Usage(format!("[{text}]: of Python's objects, an item [0] or a key ['name']"));
    let number: i64 = text.parse().map_err(|_| usage())?;
    let found = match object.value() {
        Value::List(items) | Value::Tuple(items) | Value::Deque { items, .. } => {
            let count = items.len() as i64;
            let place = if number < 0 { number.checked_add(count) } else { Some(number) };
            place.and_then(|place| items.get(usize::try_from(place).ok()?))
        }
        Value::Dict(dict)
        | Value::OrderedDict(dict)
        | Value::Counter(dict)
        | Value::DefaultDict { dict, .. } => {
            dict.iter().find(|(key, _)| key.as_i64().is_ok_and(|key| key == number)).map(|(_, value)| value)
        }
        _ => return Err(usage()),
    };
    found.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no [{number}]")).into())
}
