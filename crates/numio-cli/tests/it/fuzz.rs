//! The fuzz targets of the command on the inputs that fuzzing has found worth keeping.

#[path = "../../../../fuzz/src/audit.rs"]
mod audit;
#[path = "../../../../fuzz/src/command.rs"]
mod command;
#[path = "../../../../fuzz/src/convert.rs"]
mod convert;
#[path = "../../../../fuzz/src/replay.rs"]
mod replay;
#[path = "../../../../fuzz/src/show.rs"]
mod show;

use self::replay::replay;

#[test]
fn corpus_of_audit() {
    replay("audit", audit::run);
}

#[test]
fn corpus_of_show() {
    replay("show", show::run);
}

#[test]
fn corpus_of_convert() {
    replay("convert", convert::run);
}
