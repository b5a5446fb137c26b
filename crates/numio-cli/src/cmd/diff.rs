//! `numio diff`: which elements of two arrays, archives or directories differ, and how far.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use numio::blocks::BlockSource;
use numio::compare::{CompareOptions, Comparison, Largest, Magnitude, objects_equal};
use numio::pickle::Python2Encoding;
use numio::{DynArray, Error, ErrorKind, NpzArchive, Order, Result};
use serde::Serialize;
use serde_json::Value;

use crate::emptiness;
use crate::failure::{Failure, advice};
use crate::files::once;
use crate::json;
use crate::notes::complain;
use crate::open::{Opening, Subject};
use crate::output::{Output, Style, Verdict};
use crate::progress::Watched;
use crate::target::Target;
use crate::text::{self, Side, Table};

/// Compare two arrays, archives or directories
///
/// Without a tolerance, arrays are equal if their dtypes, shapes and elements are; with one, dtypes may differ, and
/// elements are close by the rule of numpy.testing.assert_allclose: |A - B| <= atol + rtol * |B|. The memory order is
/// told, and never counts. Nothing is printed of what is equal.
///
/// The exit code is 0 if all is equal, 1 if something differs, 2 if something cannot be compared.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio diff a.npy b.npy
  numio diff --rtol 1e-5 --equal-nan results/ expected/
  numio diff 'a.npz:w[0]' b.npz:w
  numio diff --ulp 4 -n 20 a.npz b.npz
  numio diff --json a.npy b.npy | jq '.pairs[0].fields[0].max_absolute'

As a driver of git diff:
  git config diff.numio.command 'numio diff'
  echo '*.npy diff=numio' >> .gitattributes
  echo '*.npz diff=numio' >> .gitattributes
Git passes seven arguments then; the exit code is 0, as git wants it.

JSON: a, b, equal, only_in_a and only_in_b (lists of members or files), errors, and
pairs, a list of what is in both, of which each has
  name (of the member or file), equal,
  dtype, shape, order (each null, or a list of both if they differ),
  comparable, elements, mismatches,
  fields: a list with name, mismatches, nans, max_absolute and max_relative (null, or
    value and index), one for each field of a record, or one in all,
  first: a list of the first that differ, each with index, a, b.")]
pub struct Diff {
    /// Two files, members, slices, archives or directories; - is standard input
    #[arg(required = true, num_args = 2..=9, value_names = ["A", "B"])]
    targets: Vec<OsString>,
    /// The relative tolerance, as a part of the second number
    #[arg(long, value_name = "R", default_value_t = 0.0, value_parser = tolerance)]
    rtol: f64,
    /// The absolute tolerance
    #[arg(long, value_name = "A", default_value_t = 0.0, value_parser = tolerance)]
    atol: f64,
    /// Take NaN for equal to NaN, and NaT to NaT
    #[arg(long)]
    equal_nan: bool,
    /// Take floats for equal that are at most N floats apart
    #[arg(long, value_name = "N", default_value_t = 0)]
    ulp: u64,
    /// Print the first N elements that differ
    #[arg(short, long = "first", value_name = "N", default_value_t = 5)]
    n: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Descend into directories, which is always done
    #[arg(short, hide = true)]
    recursive: bool,
    #[command(flatten)]
    opening: Opening,
}

fn tolerance(text: &str) -> std::result::Result<f64, String> {
    let value = text.parse().map_err(|_| "not a number".to_owned())?;
    if value >= 0.0 { Ok(value) } else { Err("a tolerance is 0 or more".to_owned()) }
}

/// What is in both.
#[derive(Debug, Default, Serialize)]
struct Pair {
    name: String,
    equal: bool,
    dtype: Option<[String; 2]>,
    shape: Option<[Vec<usize>; 2]>,
    order: Option<[&'static str; 2]>,
    comparable: bool,
    elements: usize,
    mismatches: usize,
    fields: Vec<Field>,
    first: Vec<First>,
    /// What differs that is no array.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Debug, Serialize)]
struct Field {
    name: String,
    mismatches: usize,
    nans: usize,
    max_absolute: Option<Extreme>,
    max_relative: Option<Extreme>,
}

#[derive(Debug, Serialize)]
struct Extreme {
    value: Value,
    index: Vec<usize>,
    #[serde(skip)]
    text: String,
}

#[derive(Debug, Serialize)]
struct First {
    index: Vec<usize>,
    a: Value,
    b: Value,
    #[serde(skip)]
    texts: [String; 2],
}

#[derive(Debug, Default, Serialize)]
struct Report {
    a: String,
    b: String,
    equal: bool,
    only_in_a: Vec<String>,
    only_in_b: Vec<String>,
    errors: Vec<String>,
    pairs: Vec<Pair>,
}

impl Diff {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        match self.targets.as_slice() {
            [a, b] => {
                let (a, b) = (Target::of(a), Target::of(b));
                once([&a, &b].into_iter().map(|target| target.input.clone()))?;
                let report = self.report(&a, &b).map_err(trouble)?;
                self.print(&report, out)?;
                out.flush()?;
                report.errors.iter().for_each(|error| complain(error));
                match (report.errors.first(), report.equal) {
                    (Some(_), _) => Ok(Verdict::Trouble),
                    (None, true) => Ok(Verdict::Good),
                    (None, false) => Ok(Verdict::Bad),
                }
            }
            [path, old, _, _, new, _, _, rest @ ..] => {
                let path = PathBuf::from(path);
                let renamed = rest.first().map_or_else(|| path.clone(), PathBuf::from);
                self.git(&path, old.as_ref(), &renamed, new.as_ref(), out).map_err(trouble)
            }
            _ => {
                let what = "two things to compare, or the seven arguments that git passes".to_owned();
                Err(Failure::Usage(what))
            }
        }
    }

    /// Prints what `git diff` shows of one file.
    fn git(
        &self,
        path: &Path,
        old: &Path,
        renamed: &Path,
        new: &Path,
        out: &mut Output,
    ) -> Result<Verdict, Failure> {
        let names = [format!("a/{}", path.display()), format!("b/{}", renamed.display())];
        let [one, two] = &names;
        writeln!(out, "numio diff {} {}", text::visible(one), text::visible(two))?;
        let is_none = |path: &Path| path == Path::new("/dev/null");
        if is_none(old) || is_none(new) {
            let (what, path) = if is_none(old) { ("new", new) } else { ("deleted", old) };
            writeln!(out, "{what} file: {}", text::visible(&self.described(path)))?;
            return Ok(Verdict::Good);
        }
        let [a, b] = [old, new].map(|path| Target::of(path.as_os_str()));
        match self.report(&a, &b) {
            Ok(mut report) => {
                [report.a, report.b] = names;
                self.print(&report, out)?;
                for error in &report.errors {
                    writeln!(out, "{}", text::one_line(error))?;
                }
            }
            Err(Failure::Output(error)) => return Err(error.into()),
            // An old version that is no array must not keep the rest from being shown.
            Err(failure) => writeln!(out, "{}", text::one_line(&failure.to_string()))?,
        }
        Ok(Verdict::Good)
    }

    fn described(&self, path: &Path) -> String {
        match self.open(&Target::of(path.as_os_str())) {
            Ok(Subject::Array(array)) => format!("{} {}", array.dtype(), text::shape(array.shape())),
            Ok(Subject::Archive(archive)) => {
                format!("an archive of {}", archive.names().collect::<Vec<_>>().join(", "))
            }
            Ok(subject) => subject.kind().to_owned(),
            Err(failure) => failure.to_string(),
        }
    }

    fn open(&self, target: &Target) -> Result<Subject, Failure> {
        let found = self.opening.subject(target, Python2Encoding::Latin1);
        found.map_err(|failure| failure.of(&target.input.name()))
    }

    fn report(&self, a: &Target, b: &Target) -> Result<Report, Failure> {
        let mut report = Report { a: a.name(), b: b.name(), ..Report::default() };
        let is_directory = |target: &Target| target.whole_file().is_some_and(Path::is_dir);
        match (is_directory(a), is_directory(b)) {
            (true, true) => self.directories(a, b, &mut report)?,
            (false, false) => {
                let subjects = (self.open(a)?, self.open(b)?);
                self.subjects("", &subjects.0, &subjects.1, &mut report)?;
            }
            (a_is, _) => {
                let (one, two) = if a_is { (a, b) } else { (b, a) };
                let what = format!("{} is a directory, and {} is not", one.name(), two.name());
                return Err(Failure::Usage(what));
            }
        }
        let is_missing = !report.only_in_a.is_empty() || !report.only_in_b.is_empty();
        report.equal = !is_missing && report.errors.is_empty() && report.pairs.iter().all(|pair| pair.equal);
        Ok(report)
    }

    fn subjects(&self, name: &str, a: &Subject, b: &Subject, report: &mut Report) -> Result<(), Failure> {
        let plain = |equal: bool, note: String| Pair {
            name: name.to_owned(),
            equal,
            comparable: true,
            note: (!equal).then_some(note),
            ..Pair::default()
        };
        let pair = match (a, b) {
            (Subject::Archive(a), Subject::Archive(b)) => return self.archives(name, a, b, report),
            (Subject::Array(a), Subject::Array(b)) => self.arrays(name, &**a, &**b)?,
            (Subject::Object(a), Subject::Object(b)) => {
                plain(objects_equal(a.root(), b.root(), self.equal_nan)?, "the objects differ".to_owned())
            }
            (Subject::Bytes(a), Subject::Bytes(b)) => plain(a == b, "the bytes differ".to_owned()),
            _ => plain(false, format!("{} and {}", a.kind(), b.kind())),
        };
        report.pairs.push(pair);
        Ok(())
    }

    fn arrays(&self, name: &str, a: &dyn BlockSource, b: &dyn BlockSource) -> Result<Pair, Failure> {
        let total = [a, b]
            .map(|source| (source.shape().iter().product::<usize>() * source.dtype().itemsize()) as u64);
        let bar = crate::progress::bar(total.iter().sum());
        bar.set_message(text::visible(name));
        let mut options = CompareOptions::new();
        options.rtol(self.rtol).atol(self.atol).ulp(self.ulp).equal_nan(self.equal_nan).first(self.n);
        let found = options.compare(&Watched::new(a, &bar), &Watched::new(b, &bar))?;
        bar.finish_and_clear();
        Pair::of(name, &found)
    }

    fn archives(
        &self,
        name: &str,
        a: &NpzArchive,
        b: &NpzArchive,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let slash = if name.is_empty() { "" } else { ":" };
        let names = |archive: &NpzArchive| archive.names().map(str::to_owned).collect::<BTreeSet<_>>();
        let (of_a, of_b) = (names(a), names(b));
        let full = |member: &String| format!("{name}{slash}{member}");
        report.only_in_a.extend(of_a.difference(&of_b).map(full));
        report.only_in_b.extend(of_b.difference(&of_a).map(full));
        let mut seen = BTreeSet::new();
        // In the order of the first, and of several members of one name the last, which NumPy reads.
        for member in a.names().filter(|member| of_b.contains(*member)) {
            if !seen.insert(member) {
                continue;
            }
            let full = full(&member.to_owned());
            let read = |archive: &NpzArchive, side: &str| {
                let value = archive.get(member).and_then(Subject::of_member);
                value.map_err(|error| Failure::from(error.with_path(side)))
            };
            let sides = [report.a.clone(), report.b.clone()];
            let done = read(a, &sides[0]).and_then(|one| {
                let two = read(b, &sides[1])?;
                self.subjects(&full, &one, &two, report)
            });
            note(done, report)?;
        }
        Ok(())
    }

    fn directories(&self, a: &Target, b: &Target, report: &mut Report) -> Result<(), Failure> {
        let (Some(top_a), Some(top_b)) = (a.whole_file(), b.whole_file()) else { return Ok(()) };
        let (of_a, of_b) = (files(top_a)?, files(top_b)?);
        let shown = |path: &PathBuf| path.display().to_string();
        report.only_in_a.extend(of_a.difference(&of_b).map(shown));
        report.only_in_b.extend(of_b.difference(&of_a).map(shown));
        for path in of_a.intersection(&of_b) {
            let open = |top: &Path| {
                let target = Target::of(top.join(path).as_os_str());
                let subject = self.open(&target);
                // Files of other kinds are compared byte by byte.
                match subject {
                    Err(Failure::Library(error)) if !is_array_file(&top.join(path)) => {
                        let bytes = target.input.read();
                        bytes.map(Subject::Bytes).map_err(|_| Failure::from(error))
                    }
                    subject => subject,
                }
            };
            let done = open(top_a).and_then(|one| {
                let two = open(top_b)?;
                self.subjects(&shown(path), &one, &two, report)
            });
            note(done, report)?;
        }
        Ok(())
    }

    fn print(&self, report: &Report, out: &mut Output) -> Result<(), Failure> {
        if self.json {
            serde_json::to_writer_pretty(out.json(), report).map_err(io::Error::from)?;
            writeln!(out)?;
            return Ok(());
        }
        let (a, b) = (text::visible(&report.a), text::visible(&report.b));
        for (side, names) in [(&a, &report.only_in_a), (&b, &report.only_in_b)] {
            for name in names {
                writeln!(out, "only in {side}: {}", text::visible(name))?;
            }
        }
        for pair in &report.pairs {
            pair.print(out, &a, &b)?;
        }
        Ok(())
    }
}

/// Turns an error of the library into one that ends with exit code 2.
fn trouble(failure: Failure) -> Failure {
    match failure {
        Failure::Library(error) => Failure::Trouble(error),
        other => other,
    }
}

/// Keeps an error of one member or file, so that the others are compared as well.
fn note(done: Result<(), Failure>, report: &mut Report) -> Result<(), Failure> {
    match done {
        Err(Failure::Library(error)) if error.kind() != ErrorKind::Cancelled => {
            report.errors.push(advice(&error.to_string()).into_owned());
            Ok(())
        }
        done => done,
    }
}

/// The regular files below a directory, by their paths from there. Links to directories are not followed.
fn files(top: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut left = vec![top.to_path_buf()];
    while let Some(directory) = left.pop() {
        let fault = |error: io::Error| Error::from(error).with_path(&directory);
        for entry in directory.read_dir().map_err(fault)? {
            let entry = entry.map_err(fault)?;
            let path = entry.path();
            if entry.file_type().map_err(fault)?.is_dir() {
                left.push(path);
            } else if path.is_file()
                && let Ok(inner) = path.strip_prefix(top)
            {
                found.insert(inner.to_path_buf());
            }
        }
    }
    Ok(found)
}

/// Returns whether a file's name says that it is an array or an archive.
fn is_array_file(path: &Path) -> bool {
    path.extension().is_some_and(|suffix| suffix == "npy" || suffix == "npz")
}

/// The most bytes printed of an element's text.
const MOST_CHARS: usize = 4096;

impl Pair {
    fn of(name: &str, found: &Comparison) -> Result<Self, Failure> {
        let order = |order: Order| if order == Order::C { "C" } else { "F" };
        let extreme = |largest: &Largest| Extreme {
            value: match largest.value {
                // More than 64 bits hold is between the ends of 64 bits, and a text.
                Magnitude::Int(value) => {
                    u64::try_from(value).map_or_else(|_| value.to_string().into(), Value::from)
                }
                Magnitude::Float(value, _) => json::float_value(value),
            },
            index: largest.index.clone(),
            text: largest.value.to_string(),
        };
        let mut fields = Vec::new();
        for field in &found.fields {
            fields.push(Field {
                name: field.name.clone(),
                mismatches: field.mismatches,
                nans: field.nans,
                max_absolute: field.max_absolute.as_ref().map(extreme),
                max_relative: field.max_relative.as_ref().map(extreme),
            });
        }
        let mut first = Vec::new();
        for mismatch in &found.first {
            let texts = [&mismatch.a, &mismatch.b].map(|element| text::at_most(element, MOST_CHARS));
            let value = |element: &DynArray, text: &str| match emptiness::is_long(element) {
                true => Ok(text.into()),
                false => json::array_value(element),
            };
            first.push(First {
                index: mismatch.index.clone(),
                a: value(&mismatch.a, &texts[0])?,
                b: value(&mismatch.b, &texts[1])?,
                texts,
            });
        }
        Ok(Self {
            name: name.to_owned(),
            equal: found.is_equal(),
            dtype: found.dtypes.as_ref().map(|(a, b)| [a.to_string(), b.to_string()]),
            shape: found.shapes.clone().map(|(a, b)| [a, b]),
            order: found.orders.map(|(a, b)| [order(a), order(b)]),
            comparable: found.is_comparable,
            elements: found.elements,
            mismatches: found.mismatches,
            fields,
            first,
            note: None,
        })
    }

    fn print(&self, out: &mut Output, a: &str, b: &str) -> Result<(), Failure> {
        if self.equal && self.dtype.is_none() && self.order.is_none() {
            return Ok(());
        }
        let name =
            if self.name.is_empty() { String::new() } else { format!(": {}", text::visible(&self.name)) };
        write!(out, "{a} {b}{name}: ")?;
        match self.equal {
            true => out.styled(Style::Good, "equal")?,
            false => out.styled(Style::Bad, "differ")?,
        }
        writeln!(out)?;
        if let Some(note) = &self.note {
            writeln!(out, "  {note}")?;
        }
        if let Some([one, two]) = &self.dtype {
            writeln!(out, "  dtype: {} and {}", text::visible(one), text::visible(two))?;
        }
        if let Some([one, two]) = &self.shape {
            writeln!(out, "  shape: {} and {}", text::shape(one), text::shape(two))?;
        }
        if let Some([one, two]) = &self.order {
            writeln!(out, "  order: {one} and {two}")?;
        }
        if !self.comparable {
            writeln!(out, "  their elements cannot be compared")?;
        }
        if self.mismatches == 0 {
            return Ok(());
        }
        let percent = 100.0 * self.mismatches as f64 / self.elements.max(1) as f64;
        writeln!(
            out,
            "  Mismatched elements: {} / {} ({}%)",
            self.mismatches,
            self.elements,
            text::digits(percent, 3)
        )?;
        for field in self.fields.iter().filter(|field| field.mismatches > 0) {
            let mut indent = "  ";
            if !field.name.is_empty() {
                writeln!(out, "  field {}: {}", text::visible(&field.name), field.mismatches)?;
                indent = "    ";
            }
            for (what, extreme) in [("absolute", &field.max_absolute), ("relative", &field.max_relative)] {
                if let Some(extreme) = extreme {
                    writeln!(out, "{indent}Max {what} difference: {} at {:?}", extreme.text, extreme.index)?;
                }
            }
            if field.nans > 0 {
                writeln!(out, "{indent}Not a number in one or both: {}", field.nans)?;
            }
        }
        if !self.first.is_empty() {
            let mut table = Table::new(&[("  index", Side::Left), (a, Side::Right), (b, Side::Right)]);
            for first in &self.first {
                let [one, two] = first.texts.clone();
                table.row([format!("  {:?}", first.index), one, two]);
            }
            table.print(out)?;
            if self.mismatches > self.first.len() {
                writeln!(out, "  and {} more", self.mismatches - self.first.len())?;
            }
        }
        Ok(())
    }
}
