//! `numio head` and `numio tail`: the first and the last rows.

use std::ffi::OsString;
use std::io::Write;

use clap::Args;
use numio::pickle::Python2Encoding;
use numio::{DynArray, ObjectExt, PrintOptions, SliceItem};

use crate::emptiness;
use crate::failure::Failure;
use crate::files::{Walk, noted};
use crate::json;
use crate::open::{Extent, LoadedValue, Opening};
use crate::output::{Output, Style, Verdict};
use crate::target::Target;
use crate::text;

/// Print the first rows of an array
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio head x.npy
  numio head -n 3 'x.npz:w[:, :5]'
  numio head --json x.npy | jq '.[0]'

JSON: nested lists, as of numio show.")]
pub struct Head {
    #[command(flatten)]
    rows: RowsArgs,
}

/// Print the last rows of an array
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio tail log.npy
  numio tail -n 1 --json log.npy

JSON: nested lists, as of numio show.")]
pub struct Tail {
    #[command(flatten)]
    rows: RowsArgs,
}

#[derive(Debug, Args)]
struct RowsArgs {
    /// Files, members, slices, directories or patterns; - is standard input
    #[arg(required = true, value_name = "A")]
    targets: Vec<OsString>,
    /// The number of rows
    #[arg(short, long = "rows", value_name = "N", default_value_t = 10)]
    n: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    walk: Walk,
    #[command(flatten)]
    opening: Opening,
}

impl Head {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        self.rows.run(out, |n, _| SliceItem::Range { start: None, stop: Some(n as isize), step: 1 })
    }
}

impl Tail {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        self.rows.run(out, |n, rows| SliceItem::Range {
            start: Some(rows.saturating_sub(n) as isize),
            stop: None,
            step: 1,
        })
    }
}

impl RowsArgs {
    fn run(&self, out: &mut Output, range: impl Fn(usize, usize) -> SliceItem) -> Result<Verdict, Failure> {
        let targets = self.walk.targets(&self.targets)?;
        let are_many = targets.len() > 1;
        if self.json {
            out.json();
        }
        let mut verdict = Verdict::Good;
        for (at, target) in targets.iter().enumerate() {
            if are_many && !self.json {
                if at > 0 {
                    writeln!(out)?;
                }
                out.styled(Style::Strong, &text::visible(&target.name()))?;
                writeln!(out)?;
            }
            let done = self.one(out, target, &range);
            out.flush()?;
            noted(done.map(|()| Verdict::Good), &target.input.name(), &mut verdict)?;
        }
        Ok(verdict)
    }

    fn one(
        &self,
        out: &mut Output,
        target: &Target,
        range: &impl Fn(usize, usize) -> SliceItem,
    ) -> Result<(), Failure> {
        if let Some((array, indexes)) = self.opening.remote_array(target)?
            && indexes.is_empty()
            && let Some(&rows) = array.shape().first()
        {
            return self.print(out, &array.slice(&[range(self.n.min(rows), rows)])?);
        }
        let array = whole_array(&self.opening, target, Extent::Some)?;
        match array.shape().first() {
            Some(&rows) => self.print(out, &array.slice(&[range(self.n.min(rows), rows)])?),
            None => self.print(out, &array),
        }
    }

    fn print(&self, out: &mut Output, array: &DynArray) -> Result<(), Failure> {
        if self.json {
            json::write(out, array)?;
        } else {
            emptiness::check_corners(array)?;
            let mut options = PrintOptions::new();
            // As many rows as were asked for, unless each is long itself.
            if array.shape().iter().skip(1).product::<usize>() <= 1000 && array.dtype().itemsize() > 0 {
                options.threshold(usize::MAX);
            }
            write!(out, "{}", array.display(&options))?;
        }
        Ok(writeln!(out)?)
    }
}

/// The array that a target names, slices included; of files, only what is looked at is read.
pub(super) fn whole_array(opening: &Opening, target: &Target, extent: Extent) -> Result<DynArray, Failure> {
    let (held, indexes) = opening.value(target, Python2Encoding::Latin1, extent)?;
    let mut array = match held {
        LoadedValue::Array(array) => array,
        LoadedValue::Object(graph) => graph.root().as_array()?,
    };
    for index in &indexes {
        array = index.of(&array)?;
    }
    Ok(array)
}
