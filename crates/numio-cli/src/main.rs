//! The `numio` command.

use std::process::ExitCode;

use numio_cli::Frugal;

#[global_allocator]
static ALLOCATOR: Frugal = Frugal;

fn main() -> ExitCode {
    ALLOCATOR.keep_reserve();
    numio_cli::run(std::env::args_os(), None).into()
}
