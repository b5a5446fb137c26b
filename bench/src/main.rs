//! numio beside its Rust peers and NumPy, medians of runs in turn: one line of JSON a case and peer, which `bench/run.py`
//! puts into a table.
//!
//! `[--mib N] [--quick] [FILTER...]` makes files smaller, runs fewer, or picks groups (`load`, `save`, `map`, `peak`, `npz`,
//! `pickle`, `text`, `savetxt`). Files are warm: the first run of everyone is not counted.

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
    for run in [npy::run, npz::run, pickle::run, text::run, savetxt::run] {
        run(&settings);
    }
    ExitCode::SUCCESS
}
