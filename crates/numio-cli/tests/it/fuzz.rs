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
fn audit_of_its_corpus_keeps_its_promises() {
    replay("audit", audit::run);
}

#[test]
fn show_of_its_corpus_keeps_its_promises() {
    replay("show", show::run);
}

#[test]
fn convert_of_its_corpus_keeps_its_promises() {
    replay("convert", convert::run);
}
