//! `numio report`: a page on files and arrays.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use numio::blocks::BlockSource;
use numio::npy::header::MAGIC;
use numio::stats::{At, Number, Stats, StatsOptions, Summary};
use numio::{AtomicFile, ErrorKind};

use super::tree::{Bounds, Node};
use super::{audit, stats, verify};
use crate::failure::{Failure, advice};
use crate::files::{Walk, visit};
use crate::interrupt;
use crate::open::{Found, Opening, Subject};
use crate::options::OverwriteArgs;
use crate::output::{Output, Verdict};
use crate::plot::colors::ColorMap;
use crate::plot::scene::{self, Labels};
use crate::plot::svg::{self, Theme};
use crate::plot::{Arrangement, PlotForm, PlotOptions, PlotPlan};
use crate::progress::{self, Watched};
use crate::report::{self, ArrayRow, FileRow, MOST_ROWS, ReportPage};
use crate::target::Input;
use crate::text;

/// Write a page of HTML on files: members, statistics, pictures, verdicts
///
/// One file with all that it needs: it is opened offline, loads nothing, and follows the browser's light or dark colours.
/// It has a table of the arrays, which can be sorted, and for each statistics, a histogram and a picture; the trees of
/// pickles; and what verify and audit say of the files. Nothing in a file is run, by numio or by the browser.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio report -o results.html results.npz
  numio report -r -o all.html runs/
  numio report --title 'Run 7' -f -o run7.html run7/*.npy model.pkl

The exit code is 1 if a file cannot be read, or verify finds it bad; the page is written all the
same, and says so.

Bounds: 5000 rows of each table, 250 arrays with statistics and pictures, 24 MiB of them, 300
characters of any text from a file, 2000 parts of a pickle.")]
pub struct ReportVerb {
    /// Files, members, slices, archives, directories or patterns
    #[arg(required = true, value_name = "A")]
    targets: Vec<OsString>,
    /// The page to write; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The title; without it, the names
    #[arg(long)]
    title: Option<String>,
    /// The colours of values
    #[arg(long, value_enum, default_value_t, value_name = "MAP")]
    colormap: ColorMap,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    #[command(flatten)]
    walk: Walk,
    #[command(flatten)]
    opening: Opening,
}

/// Sizes of pictures in pixels.
const HISTOGRAM: (usize, usize) = (520, 250);
const PICTURE: (usize, usize) = (620, 380);

/// The most fields of a record whose statistics are listed.
const MOST_FIELDS: usize = 64;

impl ReportVerb {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let is_piped = self.output == Path::new("-");
        if !is_piped {
            self.overwrite.check(&self.output)?;
        }
        let mut page = ReportPage::new(&self.title());
        let mut stored = HashMap::new();
        let mut worst = Verdict::Good;
        let mut seen = HashSet::new();
        for target in self.walk.targets(&self.targets)? {
            let name = target.input.name();
            if !seen.insert(name) {
                continue;
            }
            interrupt::check()?;
            let row = self.file(&target.input, &mut stored)?;
            if matches!(row.verified, Some(Err(_))) {
                worst = Verdict::Bad;
            }
            page.files.push(row);
        }
        let visited = visit(&self.targets, &self.walk, &self.opening, &mut |name, member, subject| {
            let full = member.map_or_else(|| name.to_owned(), |member| format!("{name}:{member}"));
            let key = member.map(|member| (name.to_owned(), member.to_owned()));
            let stored = key.and_then(|key| stored.get(&key)).copied();
            self.add(&mut page, &full, stored, &subject)?;
            Ok(Verdict::Good)
        })?;
        let html = page.html();
        if is_piped {
            out.data()?.write_all(html.as_bytes())?;
        } else {
            let mut file = AtomicFile::create(&self.output)?;
            let written = file.write_all(html.as_bytes());
            written.map_err(|error| numio::Error::from(error).with_path(&self.output))?;
            file.commit()?;
        }
        Ok(if visited == Verdict::Good { worst } else { visited })
    }

    fn title(&self) -> String {
        self.title.clone().unwrap_or_else(|| {
            let mut names: Vec<String> =
                self.targets.iter().take(3).map(|name| name.to_string_lossy().into_owned()).collect();
            if self.targets.len() > 3 {
                names.push(format!("{} more", self.targets.len() - 3));
            }
            numio::redact_urls(&names.join(", ")).into_owned()
        })
    }

    /// What verify and audit say; adds the sizes of members in their archive to `stored`.
    fn file(&self, input: &Input, stored: &mut HashMap<(String, String), u64>) -> Result<FileRow, Failure> {
        let name = input.name();
        let mut row = FileRow { name: name.clone(), ..FileRow::default() };
        let Input::File(path) = input else { return Ok(row) };
        row.bytes = path.metadata().ok().map(|found| found.len());
        if !input.is_file() {
            return Ok(row);
        }
        if let Ok(Found::Npz { archive, .. }) = self.opening.head(input) {
            for member in archive.members() {
                let short = member.name.strip_suffix(".npy").unwrap_or(member.name);
                stored.insert((name.clone(), short.to_owned()), member.compressed_size);
                stored.insert((name.clone(), member.name.to_owned()), member.compressed_size);
            }
        }
        if is_verified(input) {
            let found = verify::check(&self.opening, input, false);
            if let Err(error) = &found
                && error.kind() == ErrorKind::Cancelled
            {
                interrupt::check()?;
            }
            row.verified = Some(found.map_err(|error| {
                let message = error.to_string();
                let named = format!("{}: ", numio::escape_controls(&name));
                advice(message.strip_prefix(&named).unwrap_or(&message)).into_owned()
            }));
        }
        let (verdict, mut findings, errors) = audit::of_file(input, &self.opening);
        findings.extend(errors.into_iter().map(|error| format!("unreadable: {error}")));
        row.audited = Some((verdict, findings));
        Ok(row)
    }

    /// Adds a row, and as long as there is room a section.
    fn add(
        &self,
        page: &mut ReportPage,
        name: &str,
        stored: Option<u64>,
        subject: &Subject,
    ) -> Result<(), Failure> {
        if page.arrays.len() >= MOST_ROWS {
            page.left_out += 1;
            return Ok(());
        }
        let mut row = ArrayRow { name: name.to_owned(), stored, ..ArrayRow::default() };
        let mut content = String::new();
        match subject {
            Subject::Array(array) => self.array(page, &mut row, &mut content, name, &**array)?,
            Subject::Object(graph) => {
                row.dtype = "Python object".to_owned();
                row.bytes = Some(graph.bytes().len() as u64);
                if page.has_room() {
                    content += &tree(page.next(), name, subject)?;
                }
            }
            Subject::Bytes(bytes) => {
                row.dtype = "no array".to_owned();
                row.bytes = Some(bytes.len() as u64);
            }
            Subject::Archive(_) => return Ok(()),
        }
        if !content.is_empty() {
            row.section = Some(page.section(name, &content));
        }
        page.arrays.push(row);
        Ok(())
    }

    fn array(
        &self,
        page: &ReportPage,
        row: &mut ArrayRow,
        content: &mut String,
        name: &str,
        array: &dyn BlockSource,
    ) -> Result<(), Failure> {
        let elements = array.shape().iter().product::<usize>();
        row.dtype = array.dtype().to_string();
        row.shape = text::shape(array.shape());
        row.elements = Some(elements);
        row.bytes = Some((elements as u64).saturating_mul(array.dtype().itemsize() as u64));
        if !page.has_room() {
            return Ok(());
        }
        let bytes = row.bytes.unwrap_or(0);
        // Twice for statistics, and once for the picture.
        let bar = progress::bar(bytes.saturating_mul(3));
        bar.set_message(text::visible(name));
        let watched = Watched::new(array, &bar);
        let found = StatsOptions::new().describe(&watched)?;
        summarize(row, &found);
        let size = text::size(bytes);
        let _ = writeln!(
            content,
            "<p>{} {}, {}</p>\n<div class=\"columns\">",
            report::text(&row.dtype),
            report::text(&row.shape),
            report::text(&size)
        );
        for field in found.fields.iter().take(MOST_FIELDS) {
            let lines = stats::field_lines(field);
            let lines: Vec<_> = lines.into_iter().filter(|(name, _)| name != "histogram").collect();
            let caption = if field.name.is_empty() {
                "Statistics".to_owned()
            } else {
                format!("{}: {}", field.name, field.dtype)
            };
            *content += &report::facts(&caption, &lines);
        }
        let has_objects = array.dtype().has_objects();
        let options = |bins: Option<usize>| PlotOptions {
            form: PlotForm::Auto,
            bins,
            complex: None,
            colors: self.colormap,
            most_tiles: 16,
        };
        if elements > 0 {
            let histogram = options(Some(20));
            if let Ok(plan) = PlotPlan::of_stats(&watched, found, &histogram) {
                *content += &picture(&plan, "Histogram", name, HISTOGRAM)?;
            }
            let drawn = options(None);
            match PlotPlan::new(&watched, &drawn) {
                Ok(plan) => *content += &picture(&plan, "Picture", name, PICTURE)?,
                Err(error) if error.kind() == ErrorKind::Unsupported => {
                    let _ = writeln!(
                        content,
                        "<p class=\"soft\">no picture: {}</p>",
                        report::text(&error.message())
                    );
                }
                Err(error) => return Err(error.into()),
            }
        }
        *content += "</div>\n";
        bar.finish_and_clear();
        if has_objects && let Some(array) = array.as_array() {
            *content += &tree(page.next(), name, &Subject::Array(Box::new(array.clone())))?;
        }
        Ok(())
    }
}

/// Returns whether a file is, or claims to be, an array or an archive: of a pickle, verify has nothing to say.
fn is_verified(input: &Input) -> bool {
    let Ok((source, _)) = input.open() else { return true };
    let mut head = Vec::new();
    let is_read = source.take(8).read_to_end(&mut head).is_ok();
    let name = input.name();
    is_read && (head.starts_with(&MAGIC) || head.starts_with(b"PK"))
        || name.ends_with(".npy")
        || name.ends_with(".npz")
}

/// The figures of a table's row, of arrays without fields.
fn summarize(row: &mut ArrayRow, found: &Stats) {
    let [field] = found.fields.as_slice() else { return };
    let (Summary::Numbers(numbers) | Summary::Times(numbers)) = &field.summary else {
        if let Summary::Complex(complex) = &field.summary {
            row.nans = Some(complex.nans);
        }
        return;
    };
    row.nans = Some(numbers.nans);
    let end = |at: &Option<At<Number>>| {
        let told = |value: Number| match value {
            Number::Float(value) => text::digits(value, 8),
            Number::Int(_) => stats::number_text(value, &field.dtype),
        };
        at.as_ref().map(|at| (told(at.value), at.value.to_f64()))
    };
    row.min = end(&numbers.min);
    row.max = end(&numbers.max);
    let is_time = matches!(field.summary, Summary::Times(_));
    let average =
        |mean| if is_time { stats::average_text(mean, &field.dtype) } else { text::digits(mean, 8) };
    row.mean = numbers.mean.map(|mean| (average(mean), mean));
}

/// A figure of HTML.
fn picture(
    plan: &PlotPlan<'_>,
    what: &str,
    name: &str,
    (width, height): (usize, usize),
) -> Result<String, Failure> {
    let arrangement = plan.arrangement();
    let size = match arrangement {
        Arrangement::Stack(count) => (width, height.max(170 * count)),
        Arrangement::Tiles { .. } => (width, width),
        Arrangement::Single { .. } => (width, height),
    };
    let (areas, _) = scene::areas(arrangement, size, false);
    let (across, down) = areas.first().map_or((1, 1), |area| (area.width as usize, area.height as usize));
    let figure = plan.figure(across, down)?;
    let mut scene = scene::arrange(&figure, size, &Labels::default());
    scene.title = format!("{what} of {name}");
    let mut caption =
        if figure.kind == "histogram" { what.to_owned() } else { format!("{what}: {}", figure.kind) };
    if figure.totals.nans > 0 {
        let _ = write!(caption, ", {} nan", figure.totals.nans);
    }
    if figure.totals.infinities > 0 {
        let _ = write!(caption, ", {} inf", figure.totals.infinities);
    }
    for note in &figure.notes {
        let _ = write!(caption, ", {note}");
    }
    let drawn = svg::write(&scene, Theme::Inherited)?;
    Ok(format!("<figure>\n{drawn}<figcaption>{}</figcaption>\n</figure>\n", report::text(&caption)))
}

/// What a pickle holds, folded.
fn tree(number: usize, name: &str, subject: &Subject) -> Result<String, Failure> {
    let mut found = None;
    // The deepest and widest tree that has few enough nodes.
    for (depth, n) in [(12, 100), (8, 20), (5, 10), (3, 10), (1, 10)] {
        let mut left = report::MOST_NODES;
        match (Bounds { depth, n }).subject(subject, None, &mut left) {
            Ok(node) => {
                found = Some(node);
                break;
            }
            Err(Failure::Library(error)) if error.kind() == ErrorKind::LimitExceeded => {}
            Err(failure) => return Err(failure),
        }
    }
    let Some(node) = found else { return Ok(String::new()) };
    let mut out = format!("<h4 id=\"l{number}\">Contents</h4>\n");
    if !node.parts.is_empty() {
        let _ = writeln!(
            out,
            "<p><button type=\"button\" class=\"fold\" aria-expanded=\"false\" aria-controls=\"t{number}\">Unfold all\
             </button></p>"
        );
    }
    let _ = writeln!(out, "<ul class=\"tree\" id=\"t{number}\" aria-labelledby=\"l{number}\">");
    branch(&mut out, &node, Some(name));
    out += "</ul>\n";
    Ok(out)
}

/// Recurses as deep as the tree is: no deeper than its bounds.
fn branch(out: &mut String, node: &Node, name: Option<&str>) {
    let name =
        node.name.as_deref().or(name).map_or_else(String::new, |name| format!("{}: ", report::text(name)));
    let line = format!("{name}{}", report::text(&node.described()));
    if node.parts.is_empty() && !node.is_cut {
        let _ = writeln!(out, "<li>{line}</li>");
        return;
    }
    let _ = write!(out, "<li><details><summary>{line}</summary>\n<ul>\n");
    for part in &node.parts {
        branch(out, part, None);
    }
    if node.is_cut {
        let more = node.length.unwrap_or(0).saturating_sub(node.parts.len());
        let _ = writeln!(out, "<li class=\"soft\">... {more} more</li>");
    }
    out.push_str("</ul>\n</details></li>\n");
}
