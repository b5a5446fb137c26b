//! The `numio` command as a function: looks into NumPy's array files from the shell. All printing lives here.
//!
//! [`run`] is the whole command. The binary `numio` calls it, and so does the Python package, whose script of the same
//! name is this code too.

mod cmd;
mod convert;
mod emptiness;
mod failure;
mod files;
mod interrupt;
mod json;
mod memory;
mod notes;
mod open;
mod options;
mod output;
mod parallel;
mod plot;
mod progress;
mod report;
mod store;
mod target;
mod text;

use std::ffi::OsString;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser};

use crate::failure::Failure;
pub use crate::memory::Frugal;
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

/// Memory that must be left for a command to start, and for one that converts to work on a chunk: they make many small things,
/// which are not asked for one by one.
const STARTING: usize = 4 << 20;
const CONVERTING: usize = 32 << 20;

/// Returns whether as much memory is left.
fn is_left(bytes: usize) -> bool {
    let mut probe = Vec::<u8>::new();
    let is_left = probe.try_reserve_exact(bytes).is_ok();
    // An optimizer may otherwise leave out what is never used.
    drop(std::hint::black_box(probe));
    is_left
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
    if !is_left(STARTING) {
        return out_of_memory();
    }
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let code = match parse(arguments.iter(), host) {
        Ok(cli) => execute(&cli),
        Err(error) => usage(&error, verb(&arguments)),
    };
    // Nobody else does where there is no `main` of Rust's.
    let _ = io::stdout().flush();
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
    if cli.command.converts() && !is_left(CONVERTING) {
        return out_of_memory();
    }
    // As a number even where none is asked for: the library then has a pool of just as many threads.
    numio::set_num_threads(cli.threads.map_or_else(numio::num_threads, usize::from));
    let mut out = output::stdout();
    match interrupt::run(|| perform(cli, &mut out)) {
        Ok(verdict) => verdict.code(),
        Err(failure) => notes::report(&failure),
    }
}

fn perform(cli: &Cli, out: &mut Output) -> Result<Verdict, Failure> {
    let ran = cli.command.run(out);
    // Output printed before an error still counts.
    let flushed = out.flush();
    let verdict = ran?;
    flushed?;
    Ok(verdict)
}

const OUT_OF_MEMORY: &[u8] = b"numio: out of memory\n";

fn out_of_memory() -> u8 {
    let _ = io::stderr().write_all(OUT_OF_MEMORY);
    1
}

/// The text of `numio --version`, after the name.
fn version(host: Option<&str>) -> String {
    let mut text = env!("CARGO_PKG_VERSION").to_owned();
    text += &format!("\nlibrary numio {}, features: {}", numio::VERSION, numio::FEATURES.join(", "));
    let own = [("tables", cfg!(feature = "tables")), ("view", cfg!(feature = "view"))];
    let own: Vec<&str> = own.into_iter().filter(|(_, is_on)| *is_on).map(|(name, _)| name).collect();
    if !own.is_empty() {
        text += &format!("\ncommand, features: {}", own.join(", "));
    }
    if let Some(host) = host {
        text += "\n";
        text += host;
    }
    let threads = numio::num_threads();
    text + &format!("\n{threads} {}", if threads == 1 { "thread" } else { "threads" })
}

/// Prints help or argument errors.
fn usage(error: &clap::Error, verb: Option<&str>) -> u8 {
    if !error.use_stderr() {
        let printed = error.print().and_then(|()| io::stdout().flush());
        return printed.map_or_else(|error| notes::report(&Failure::Output(error)), |()| 0);
    }
    let text = match error.kind() {
        // All of the help, for who does not know where to begin.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            numio::escape_controls(&error.render().to_string()).into_owned()
        }
        _ => format!("numio: {}", sentence(error, verb)),
    };
    let _ = writeln!(io::stderr(), "{}", numio::redact_urls(&text));
    2
}

/// The subcommand among the arguments.
fn verb(arguments: &[OsString]) -> Option<&str> {
    let command = Cli::command();
    let mut words = arguments.iter().skip(1).filter_map(|word| word.to_str());
    words.find(|word| command.find_subcommand(word).is_some())
}

/// What is wrong with the arguments, on one line, as of all that the command says of errors: what clap prints in paragraphs.
/// Control characters, which a file name may contain, are escaped.
fn sentence(error: &clap::Error, verb: Option<&str>) -> String {
    // Those of Rust's parsers of numbers.
    const INSTEAD: [(&str, &str); 5] = [
        ("invalid digit found in string", "expected a whole number"),
        ("cannot parse integer from empty string", "expected a whole number"),
        ("invalid float literal", "expected a number"),
        ("cannot parse float from empty string", "expected a number"),
        ("number too large to fit in target type", "the number is too large"),
    ];
    // An unknown subcommand is more often a forgotten one than a misspelled one.
    let is_subcommand = error.kind() == ErrorKind::InvalidSubcommand;
    let unknown = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => argument.as_str(),
        _ => "",
    };
    let is_number =
        unknown.strip_prefix('-').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
    let is_part = unknown.starts_with("-:") || unknown.starts_with("-[");
    let text = error.render().to_string();
    let mut sentence = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with("Usage:") || line.starts_with("For more information") {
            break;
        }
        match line.strip_prefix("tip: ") {
            Some(_) if is_subcommand => {}
            // Not those of a path, which the tip is for.
            Some(_) if is_number => sentence += "; it takes no negative number",
            Some(_) if is_part => {
                sentence += "; a part of standard input stands behind --, as in: numio show -- '-[0]'"
            }
            Some(tip) => sentence += &format!("; {tip}"),
            None if sentence.is_empty() => sentence += line.strip_prefix("error: ").unwrap_or(line),
            None => sentence += &format!(" {line}"),
        }
    }
    for (of_rust, instead) in INSTEAD {
        sentence = sentence.replace(of_rust, instead);
    }
    let help = verb.map_or_else(|| "numio --help".to_owned(), |verb| format!("numio {verb} --help"));
    text::one_line(&format!("{sentence}; see {help}"))
}

/// The reason for which [`convert`] has not converted.
#[derive(Debug)]
pub struct Refused {
    /// The library's error; none where the arguments make no sense.
    pub error: Option<numio::Error>,
    /// What the command says of it, on one line.
    pub message: String,
}

/// Does what `numio convert` does with these arguments, without its bar, and returns the notes that the command prints on
/// standard error: rows that were left out, names that were changed. The library's number of threads is the caller's, and
/// `token` stops it.
///
/// ```
/// # let directory = tempfile::tempdir()?;
/// let (from, to) = (directory.path().join("x.npy"), directory.path().join("x.safetensors"));
/// numio::save(&from, &[1.5, 2.5])?;
/// numio_cli::convert([from.as_os_str(), to.as_os_str()], &numio::CancelToken::new()).unwrap();
/// assert!(to.exists());
/// # Ok::<(), numio::Error>(())
/// ```
///
/// # Errors
/// Those of the command.
pub fn convert<A: Into<OsString> + Clone>(
    arguments: impl IntoIterator<Item = A>,
    token: &numio::CancelToken,
) -> Result<Vec<String>, Refused> {
    let line = ["numio", "convert"].map(OsString::from).into_iter();
    let cli = parse(line.chain(arguments.into_iter().map(Into::into)), None)
        .map_err(|error| Refused { error: None, message: sentence(&error, Some("convert")) })?;
    let mut out = output::to(Box::new(io::sink()));
    let done = interrupt::embedded(token, || cli.command.run(&mut out));
    done.map(|(_, notes)| notes).map_err(|failure| {
        let message = text::one_line(&failure.to_string());
        let error = match failure {
            Failure::Library(error) | Failure::Trouble(error) => Some(error),
            Failure::Output(error) => Some(error.into()),
            Failure::Usage(_) => None,
        };
        Refused { error, message }
    })
}

/// The outcome of a command line that [`run_captured`] has run.
#[derive(Debug)]
pub struct Captured {
    /// The exit code.
    pub code: u8,
    /// Standard output.
    pub output: Vec<u8>,
    /// The message for standard error; empty if there is none.
    pub complaint: String,
}

/// Runs a command line, whose first argument is the program's name, and keeps its output in memory: up to `most` bytes, after
/// which writing fails. Notes that commands print on standard error besides their failure still go there.
pub fn run_captured<A: Into<OsString> + Clone>(
    arguments: impl IntoIterator<Item = A>,
    most: usize,
) -> Captured {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let cli = match parse(arguments.iter(), None) {
        Ok(cli) => cli,
        Err(error) => {
            let complaint = sentence(&error, verb(&arguments));
            return Captured { code: 2, output: Vec::new(), complaint };
        }
    };
    let kept = Kept { bytes: Arc::default(), most };
    let ran = perform(&cli, &mut output::to(Box::new(kept.clone())));
    let output = std::mem::take(&mut *kept.bytes.lock().unwrap_or_else(PoisonError::into_inner));
    match ran {
        Ok(verdict) => Captured { code: verdict.code(), output, complaint: String::new() },
        Err(failure) => {
            let code = failure.code();
            let complaint = if code == 0 { String::new() } else { failure.to_string() };
            Captured { code, output, complaint }
        }
    }
}

/// Output that is kept in memory.
#[derive(Clone)]
struct Kept {
    bytes: Arc<Mutex<Vec<u8>>>,
    most: usize,
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len().saturating_add(bytes.len()) > self.most {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
