//! `numio man`: the manual pages.

use std::io::Write;

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man as Page;

use crate::Cli;
use crate::failure::Failure;
use crate::output::{Output, Verdict};

/// Print a manual page, for man to show
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio man | man -l -
  numio man show | man -l -
  numio man diff > ~/.local/share/man/man1/numio-diff.1")]
pub struct Man {
    /// The verb; the page of the whole command where none is named
    verb: Option<String>,
}

impl Man {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let mut cli = Cli::command();
        cli.build();
        let command = match &self.verb {
            None => cli,
            Some(verb) => {
                let found =
                    cli.get_subcommands().find(|known| known.get_name() == verb && !known.is_hide_set());
                let unknown = || Failure::Usage(format!("no such verb: {verb}; `numio --help` lists them"));
                let found = found.ok_or_else(unknown)?.clone();
                found.version(env!("CARGO_PKG_VERSION")).display_name(format!("numio-{verb}"))
            }
        };
        out.text_data().write_all(page(command)?.as_bytes())?;
        Ok(Verdict::Good)
    }
}

/// The page of a command.
fn page(command: Command) -> std::io::Result<String> {
    let below = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let mut page = Vec::new();
    Page::new(command.after_help(None::<&str>)).render(&mut page)?;
    let page = String::from_utf8_lossy(&page);
    // An empty date is left out there, and what follows is taken for it.
    let title = |line: &str| match line.strip_prefix(".TH ").and_then(|rest| rest.split(' ').next()) {
        Some(name) => format!(".TH {name} 1 \"\" \"numio {}\" \"numio\"", env!("CARGO_PKG_VERSION")),
        None if line.is_empty() => ".sp".to_owned(),
        None => line.trim_end().to_owned(),
    };
    let lines: Vec<&str> = page.lines().collect();
    // A break next to an empty line does nothing.
    let is_idle = |at: usize| {
        let next_to = [at.checked_sub(1), at.checked_add(1)].map(|at| at.and_then(|at| lines.get(at)));
        lines.get(at) == Some(&".br") && next_to.contains(&Some(&""))
    };
    let lines = lines.iter().enumerate().filter(|(at, _)| !is_idle(*at));
    let page: String = lines.map(|(_, line)| title(line) + "\n").collect();
    let sections = sections(&below);
    Ok(match page.find(".SH VERSION") {
        Some(at) => [page.get(..at), Some(&sections), page.get(at..)].into_iter().flatten().collect(),
        None => page + &sections,
    })
}

/// Sections of the text below the help. Lines that are set out in columns stay lines.
fn sections(text: &str) -> String {
    const TITLES: [(&str, &str); 4] =
        [("Examples:", "EXAMPLES"), ("Keys:", "KEYS"), ("JSON: ", "JSON"), ("Exit codes: ", "EXIT STATUS")];
    let (mut page, mut last) = (String::new(), "");
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        let titled =
            TITLES.iter().find_map(|(start, title)| paragraph.strip_prefix(start).map(|rest| (*title, rest)));
        let goes_on = paragraph.starts_with(' ') && !last.is_empty();
        let (title, rest) = titled.unwrap_or((if goes_on { last } else { "NOTES" }, paragraph));
        page += &if title == last { ".PP\n".to_owned() } else { format!(".SH {title}\n") };
        last = title;
        let is_set_out = rest.lines().any(|line| line.starts_with("  "));
        page += if is_set_out { ".nf\n" } else { "" };
        for line in rest.lines().filter(|line| !line.is_empty()) {
            page += &escaped(line.strip_prefix("  ").filter(|_| title == "EXAMPLES").unwrap_or(line));
            page.push('\n');
        }
        page += if is_set_out { ".fi\n" } else { "" };
    }
    page
}

/// A line of text for roff.
fn escaped(line: &str) -> String {
    let mut escaped = String::new();
    for char in line.chars() {
        match char {
            '\\' => escaped.push_str("\\e"),
            '-' => escaped.push_str("\\-"),
            '\'' => escaped.push_str("\\(aq"),
            '`' => escaped.push_str("\\(ga"),
            '^' => escaped.push_str("\\(ha"),
            '~' => escaped.push_str("\\(ti"),
            // It would begin a request.
            '.' if escaped.is_empty() => escaped.push_str("\\&."),
            char => escaped.push(char),
        }
    }
    escaped
}
