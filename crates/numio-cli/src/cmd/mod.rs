//! The subcommands: one file each.

mod completions;
mod dis;
mod info;
mod show;

use clap::Subcommand;

use crate::failure::Failure;
use crate::output::{Output, Verdict};

#[derive(Debug, Subcommand)]
pub enum Command {
    Info(info::Info),
    Show(show::Show),
    Dis(dis::Dis),
    Completions(completions::Completions),
}

impl Command {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        match self {
            Self::Info(command) => command.run(out),
            Self::Show(command) => command.run(out),
            Self::Dis(command) => command.run(out),
            Self::Completions(command) => command.run(out),
        }
    }
}
