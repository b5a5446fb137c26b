//! The `numio` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    numio_cli::run(std::env::args_os(), None).into()
}
