//! The `numio` command: looks into NumPy's array files from the shell. All printing lives here.

mod cmd;
mod convert;
mod failure;
mod json;
mod open;
mod output;
mod overwriting;
mod packing;
mod progress;
mod target;
mod text;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::failure::Failure;
use crate::output::{Output, Verdict};

/// Look into NumPy's array files
#[derive(Debug, Parser)]
#[command(
    name = "numio",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 all is well, 1 a file is not what it should be, 2 the arguments make no sense."
)]
struct Cli {
    #[command(subcommand)]
    command: cmd::Command,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = output::stdout();
    match run(&cli, &mut out) {
        Ok(verdict) => verdict.into(),
        Err(failure) => failure.report(),
    }
}

fn run(cli: &Cli, out: &mut Output) -> Result<Verdict, Failure> {
    let ran = cli.command.run(out);
    // What was printed before a fault still counts.
    let flushed = out.flush();
    let verdict = ran?;
    flushed?;
    Ok(verdict)
}
