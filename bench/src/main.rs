//! numio beside its peers, one line a case: `name peer ours ratio`, medians of runs in turn.
//!
//! `make bench` runs it; `[--mib N] [--quick] [FILTER...]` makes files smaller, runs fewer, or picks groups (`load`,
//! `save`, `map`, `peak`, `npz`, `pickle`, `text`, `savetxt`). Files are warm: the first run of everyone is not counted. The exit code says whether every
//! wanted ratio was reached.

mod harness;
mod npy;
mod npz;
mod peak;
mod pickle;
mod python;
mod savetxt;
mod settings;
mod text;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1).peekable();
    if args.next_if(|arg| arg == peak::FLAG).is_some() {
        let (how, path) = (args.next().unwrap_or_default(), args.next().unwrap_or_default());
        peak::report(&how, Path::new(&path));
        return ExitCode::SUCCESS;
    }
    let settings = match settings::Settings::from_args(args) {
        Ok(settings) => settings,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    println!("{:<26} {:>24} {:>11} {:>7}", "case", "peer", "numio", "ratio");
    let groups = [npy::run, npz::run, pickle::run, text::run, savetxt::run];
    if groups.map(|run| run(&settings)) == [true; 5] { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
