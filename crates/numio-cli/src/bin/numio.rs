//! The `numio` command.

fn main() -> std::process::ExitCode {
    numio_cli::main()
}
