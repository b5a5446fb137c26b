//! The subcommands: one file each.

mod audit;
mod completions;
mod convert;
mod dis;
mod info;
mod pack;
mod repack;
mod show;
mod unpack;
mod verify;

use clap::Subcommand;

use crate::failure::Failure;
use crate::output::{Output, Verdict};

#[derive(Debug, Subcommand)]
#[allow(
    clippy::large_enum_variant,
    reason = "the variants are built once and matched, not stored in numbers"
)]
pub enum Command {
    Info(info::Info),
    Show(show::Show),
    Verify(verify::Verify),
    Pack(pack::Pack),
    Unpack(unpack::Unpack),
    Repack(repack::Repack),
    Convert(convert::Convert),
    Audit(audit::Audit),
    Dis(dis::Dis),
    Completions(completions::Completions),
}

impl Command {
    /// Returns whether chunks of data pass through it.
    pub fn converts(&self) -> bool {
        matches!(self, Self::Convert(_) | Self::Pack(_) | Self::Repack(_) | Self::Unpack(_))
    }

    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        match self {
            Self::Info(command) => command.run(out),
            Self::Show(command) => command.run(out),
            Self::Verify(command) => command.run(out),
            Self::Pack(command) => command.run(out),
            Self::Unpack(command) => command.run(),
            Self::Repack(command) => command.run(),
            Self::Convert(command) => command.run(out),
            Self::Audit(command) => command.run(out),
            Self::Dis(command) => command.run(out),
            Self::Completions(command) => command.run(out),
        }
    }
}
