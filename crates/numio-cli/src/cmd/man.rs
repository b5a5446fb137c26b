//! `numio man`: the manual pages.

use std::io::Write;

use clap::{Args, CommandFactory};
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
        let mut page = Vec::new();
        Page::new(command).render(&mut page)?;
        out.text_data().write_all(&page)?;
        Ok(Verdict::Good)
    }
}
