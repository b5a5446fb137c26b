//! The `numio` command.

fn main() {}
