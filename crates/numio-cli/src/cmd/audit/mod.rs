//! `numio audit`: what loading files with Python would run.

mod codec;
mod extent;
mod shelf;
mod subject;
mod tar;
mod walk;

use std::ffi::OsString;
use std::io::{self, Write};

use clap::{Args, ValueEnum};
use numio::pickle::{Finding, Verdict as Trust};
use serde::Serialize;

use self::subject::Subject;
use self::walk::{Candidate, Entry};
use crate::failure::Failure;
use crate::open::Opening;
use crate::output::{Output, Verdict};
use crate::target::Input;
use crate::text;

/// Say what loading files with Python would import, call and change, and whether that is safe
///
/// Looks into .npy and .npz files, pickles, directories of them, and what is nested in them, compressed or not; of a
/// directory, every file is looked at, whatever its name. Nothing is run. The exit code is 1 if a file is not data
/// only, or cannot be looked at as a whole.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio audit model.pkl
  numio audit downloads/
  numio audit --fail-on dangerous --json models/ > audit.json

Verdicts:
  data only     values of plain types; nothing else would be run
  needs trust   code that this audit does not know, or a file that breaks off
  dangerous     a known way to run what the file says, or to hide it from other readers
  skipped       in a directory: neither array, archive nor pickle, or no regular file

JSON: a list with one object for each file: file, verdict, errors, and findings,
a list with member, act, name, verdict, reason, offset, count.

In a pipeline: exit code 0 means that every file is data only (with --fail-on dangerous, that
none is known to be dangerous), 1 that one is not or cannot be read, 2 that the command line
is wrong. Skipped files do not count.")]
pub struct Audit {
    /// Files, directories or patterns; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<OsString>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// The verdict from which on the exit code is 1
    #[arg(long, value_enum, default_value_t = FailOn::NeedsTrust)]
    fail_on: FailOn,
    #[command(flatten)]
    opening: Opening,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    NeedsTrust,
    Dangerous,
}

#[derive(Debug, Serialize)]
struct AuditRow {
    file: String,
    verdict: String,
    errors: Vec<String>,
    findings: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    #[serde(skip_serializing_if = "String::is_empty")]
    member: String,
    act: String,
    name: String,
    verdict: String,
    reason: &'static str,
    offset: u64,
    count: u64,
    #[serde(skip)]
    text: String,
}

impl Audit {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let bound = match self.fail_on {
            FailOn::NeedsTrust => Trust::NeedsTrust,
            FailOn::Dangerous => Trust::Dangerous,
        };
        let mut verdict = Verdict::Good;
        let mut rows = Vec::new();
        let mut skipped = 0;
        for entry in walk::files(&self.files) {
            let row = match entry {
                Entry::File(file) => match Subject::of(&file, &self.opening) {
                    Some(subject) => {
                        if subject.verdict() >= bound || !subject.is_read {
                            verdict = Verdict::Bad;
                        }
                        AuditRow::new(file.name(), &subject)
                    }
                    None => AuditRow::skipped(file.name(), "neither array, archive nor pickle"),
                },
                Entry::Skipped(path, why) => AuditRow::skipped(path.display().to_string(), why),
            };
            skipped += usize::from(row.verdict == SKIPPED);
            if self.json {
                rows.push(row);
            } else {
                row.print(out)?;
            }
        }
        if self.json {
            serde_json::to_writer_pretty(out.json(), &rows).map_err(io::Error::from)?;
            writeln!(out)?;
        } else if skipped > 0 {
            writeln!(out, "{skipped} {} skipped", if skipped == 1 { "file" } else { "files" })?;
        }
        Ok(verdict)
    }
}

/// The verdict on one file, each finding on a line, and what could not be looked at.
pub(super) fn of_file(input: &Input, opening: &Opening) -> (String, Vec<String>, Vec<String>) {
    let file = Candidate { input: input.clone(), is_named: true, error: None };
    let row = match Subject::of(&file, opening) {
        Some(subject) => AuditRow::new(file.name(), &subject),
        None => AuditRow::skipped(file.name(), "neither array, archive nor pickle"),
    };
    let told = |line: &Line| {
        let member = if line.member.is_empty() { String::new() } else { format!("member {}: ", line.member) };
        format!("{}: {member}{}", line.verdict, line.text)
    };
    (row.verdict, row.findings.iter().map(told).collect(), row.errors)
}

/// Printed in place of a verdict if there is nothing to judge.
const SKIPPED: &str = "skipped";

impl AuditRow {
    fn new(file: String, subject: &Subject) -> Self {
        let findings = subject.findings.iter().map(|(member, finding)| Line::new(member, finding)).collect();
        Self { file, verdict: subject.verdict().to_string(), errors: subject.errors.clone(), findings }
    }

    fn skipped(file: String, why: &str) -> Self {
        Self { file, verdict: SKIPPED.to_owned(), errors: vec![why.to_owned()], findings: Vec::new() }
    }

    fn print(&self, out: &mut Output) -> io::Result<()> {
        if self.verdict == SKIPPED {
            return writeln!(out, "{}: {SKIPPED}, {}", text::visible(&self.file), self.errors.join(", "));
        }
        writeln!(out, "{}: {}", text::visible(&self.file), self.verdict)?;
        for line in &self.findings {
            let member =
                if line.member.is_empty() { String::new() } else { format!("member {}: ", line.member) };
            writeln!(
                out,
                "  {:<11}  {}{}",
                line.verdict,
                text::visible(&member),
                text::one_line(&line.text)
            )?;
        }
        for error in &self.errors {
            writeln!(out, "  {:<11}  {}", "unreadable", text::one_line(error))?;
        }
        out.flush()
    }
}

impl Line {
    fn new(member: &str, finding: &Finding) -> Self {
        Self {
            member: member.to_owned(),
            act: finding.action.to_string(),
            name: finding.name.clone(),
            verdict: finding.verdict.to_string(),
            reason: finding.reason,
            offset: finding.offset,
            count: finding.count,
            text: finding.to_string(),
        }
    }
}
