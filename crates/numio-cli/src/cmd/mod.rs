//! The subcommands: one file each.

mod completions;

use clap::Subcommand;

use crate::failure::Failure;
use crate::output::{Output, Verdict};

#[derive(Debug, Subcommand)]
pub enum Command {
    Completions(completions::Completions),
}

impl Command {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        match self {
            Self::Completions(command) => command.run(out),
        }
    }
}
