//! The `numio` command as a function: looks into NumPy's array files from the shell. All printing lives here.
//!
//! [`run`] is the whole command. The binary `numio` calls it, and so does the Python package, whose script of the same
//! name is this code too.

mod cmd;
mod convert;
mod failure;
mod files;
mod interrupt;
mod json;
mod open;
mod options;
mod output;
mod progress;
mod target;
mod text;

use std::ffi::OsString;
use std::io::Write;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser};

use crate::output::Verdict;

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

/// Runs the command with these arguments, the first of which is the program's name, and returns its exit code: 0 all is
/// well, 1 a file is not what it should be, 2 the arguments make no sense, 130 interrupted.
///
/// It prints on standard output and standard error, both of which are flushed in the end, and sets the number of threads
/// for the whole process. SIGINT stops it. `host` is a line for `numio --version` on the program around it, such as the
/// versions of Python and NumPy.
///
/// ```
/// assert_eq!(numio_cli::run(["numio", "--version"], None), 0);
/// assert_eq!(numio_cli::run(["numio", "no-such-verb"], None), 2);
/// ```
pub fn run<A: Into<OsString> + Clone>(arguments: impl IntoIterator<Item = A>, host: Option<&str>) -> u8 {
    let code = match parse(arguments, host) {
        Ok(cli) => execute(&cli),
        Err(error) => usage(&error),
    };
    // Nobody else does where there is no `main` of Rust's.
    let _ = std::io::stdout().flush();
    code
}

fn parse<A: Into<OsString> + Clone>(
    arguments: impl IntoIterator<Item = A>,
    host: Option<&str>,
) -> Result<Cli, clap::Error> {
    let mut command = Cli::command().long_version(version(host));
    let matches = command.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

fn execute(cli: &Cli) -> u8 {
    // As a number even where none is asked for: the library then has a pool of just as many threads.
    numio::set_num_threads(cli.threads.map_or_else(numio::num_threads, usize::from));
    let mut out = output::stdout();
    let ran = interrupt::run(|| {
        let ran = cli.command.run(&mut out);
        // Output printed before an error still counts.
        let flushed = out.flush();
        let verdict = ran?;
        flushed?;
        Ok(verdict)
    });
    match ran {
        Ok(Verdict::Good) => 0,
        Ok(Verdict::Bad) => 1,
        Ok(Verdict::Trouble) => 2,
        Err(failure) => failure.report(),
    }
}

/// The text of `numio --version`, after the name.
fn version(host: Option<&str>) -> String {
    let mut text = env!("CARGO_PKG_VERSION").to_owned();
    text += &format!("\nlibrary numio {}, features: {}", numio::VERSION, numio::FEATURES.join(", "));
    if let Some(host) = host {
        text += "\n";
        text += host;
    }
    let threads = numio::num_threads();
    text + &format!("\n{threads} {}", if threads == 1 { "thread" } else { "threads" })
}

/// Prints help or argument errors. These are escaped: a file name may contain terminal control characters.
fn usage(error: &clap::Error) -> u8 {
    if !error.use_stderr() {
        let _ = error.print();
        return 0;
    }
    let text = error.render().to_string();
    // An unknown subcommand is more often a forgotten one than a misspelled one.
    let is_subcommand = error.kind() == ErrorKind::InvalidSubcommand;
    let lines = text.lines().filter(|line| !(is_subcommand && line.trim_start().starts_with("tip:")));
    let text = lines.collect::<Vec<_>>().join("\n").replace("\n\n\n", "\n\n");
    let _ = writeln!(std::io::stderr(), "{}", numio::escape_controls(&text));
    2
}
