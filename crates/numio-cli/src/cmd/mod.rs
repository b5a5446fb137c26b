//! The subcommands: one file each, or one for several that do one thing.

mod arrange;
mod audit;
mod checksum;
mod completions;
mod convert;
mod diff;
mod dis;
mod ends;
mod info;
mod man;
mod members;
mod pack;
mod plot;
mod repack;
mod report;
mod show;
mod stats;
mod tree;
mod unpack;
mod verify;
#[cfg(feature = "view")]
mod view;

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
    #[cfg(feature = "view")]
    View(view::View),
    Verify(verify::Verify),
    Pack(pack::Pack),
    Unpack(unpack::Unpack),
    Repack(repack::Repack),
    Diff(diff::Diff),
    Stats(stats::StatsVerb),
    Plot(plot::Plot),
    Report(report::ReportVerb),
    Head(ends::Head),
    Tail(ends::Tail),
    Cat(arrange::Cat),
    Split(arrange::Split),
    Slice(arrange::Slice),
    Cast(arrange::Cast),
    List(members::List),
    Add(members::Add),
    Remove(members::Remove),
    Rename(members::Rename),
    Select(members::Select),
    Checksum(checksum::Checksum),
    Tree(tree::Tree),
    Convert(convert::Convert),
    Audit(audit::Audit),
    Dis(dis::Dis),
    Man(man::Man),
    Completions(completions::Completions),
    CompleteMembers(completions::CompleteMembers),
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
            #[cfg(feature = "view")]
            Self::View(command) => command.run(),
            Self::Verify(command) => command.run(out),
            Self::Pack(command) => command.run(out),
            Self::Unpack(command) => command.run(),
            Self::Repack(command) => command.run(out),
            Self::Diff(command) => command.run(out),
            Self::Stats(command) => command.run(out),
            Self::Plot(command) => command.run(out),
            Self::Report(command) => command.run(out),
            Self::Head(command) => command.run(out),
            Self::Tail(command) => command.run(out),
            Self::Cat(command) => command.run(out),
            Self::Split(command) => command.run(),
            Self::Slice(command) => command.run(out),
            Self::Cast(command) => command.run(out),
            Self::List(command) => command.run(out),
            Self::Add(command) => command.run(),
            Self::Remove(command) => command.run(),
            Self::Rename(command) => command.run(),
            Self::Select(command) => command.run(out),
            Self::Checksum(command) => command.run(out),
            Self::Tree(command) => command.run(out),
            Self::Convert(command) => command.run(out),
            Self::Audit(command) => command.run(out),
            Self::Dis(command) => command.run(out),
            Self::Man(command) => command.run(out),
            Self::Completions(command) => command.run(out),
            Self::CompleteMembers(command) => command.run(out),
        }
    }
}
