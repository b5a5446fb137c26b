//! The `numio` command: looks into NumPy's array files from the shell. All printing lives here.

mod cmd;
mod convert;
mod failure;
mod interrupt;
mod json;
mod open;
mod options;
mod output;
mod progress;
mod store;
mod target;
mod text;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::failure::Failure;
use crate::output::{Output, Verdict};

/// Look into NumPy's array files
#[derive(Debug, Parser)]
#[command(
    name = "numio",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 all is well, 1 a file is not what it should be, 2 the arguments make no sense, 130 interrupted."
)]
struct Cli {
    #[command(subcommand)]
    command: cmd::Command,
    /// Use up to N threads (default: NUMIO_NUM_THREADS, or as many as may run at once)
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    // As a number even where none is asked for: the library then has a pool of just as many threads.
    numio::set_num_threads(cli.threads.map_or_else(numio::num_threads, usize::from));
    let mut out = output::stdout();
    match interrupt::run(|| run(&cli, &mut out)) {
        Ok(verdict) => verdict.into(),
        Err(failure) => failure.report(),
    }
}

/// Prints help or argument errors. These are escaped: a file name may contain terminal control characters.
fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.render().to_string();
    // An unknown subcommand is more often a forgotten one than a misspelled one.
    let is_subcommand = error.kind() == ErrorKind::InvalidSubcommand;
    let lines = text.lines().filter(|line| !(is_subcommand && line.trim_start().starts_with("tip:")));
    let text = lines.collect::<Vec<_>>().join("\n").replace("\n\n\n", "\n\n");
    let _ = writeln!(std::io::stderr(), "{}", numio::escape_controls(&text));
    ExitCode::from(2)
}

fn run(cli: &Cli, out: &mut Output) -> Result<Verdict, Failure> {
    let ran = cli.command.run(out);
    // Output printed before an error still counts.
    let flushed = out.flush();
    let verdict = ran?;
    flushed?;
    Ok(verdict)
}
