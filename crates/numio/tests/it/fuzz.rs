//! The fuzz targets on the inputs that fuzzing has found worth keeping. Those of the command are run by its own tests.

#[path = "../../../../fuzz/src/append.rs"]
mod append;
#[path = "../../../../fuzz/src/compressed.rs"]
mod compressed;
#[path = "../../../../fuzz/src/genfromtxt.rs"]
mod genfromtxt;
#[path = "../../../../fuzz/src/npy.rs"]
mod npy;
#[path = "../../../../fuzz/src/npz.rs"]
mod npz;
#[path = "../../../../fuzz/src/pickle.rs"]
mod pickle;
#[path = "../../../../fuzz/src/regex.rs"]
mod regex;
#[path = "../../../../fuzz/src/replay.rs"]
mod replay;
#[path = "../../../../fuzz/src/text.rs"]
mod text;
#[path = "../../../../fuzz/src/zip.rs"]
mod zip;

use self::replay::replay;

#[test]
fn corpora_of_arrays() {
    replay("npy", npy::run);
    replay("append", append::run);
}

#[test]
fn corpora_of_archives() {
    replay("npz", npz::run);
    replay("zip", zip::run);
}

#[test]
fn corpora_of_pickles() {
    replay("pickle", pickle::run);
}

#[test]
fn corpora_of_texts() {
    replay("text", text::run);
    replay("genfromtxt", genfromtxt::run);
    replay("regex", regex::run);
    replay("compressed", compressed::run);
}
