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
fn arrays_of_the_corpora_keep_the_promises() {
    replay("npy", npy::run);
    replay("append", append::run);
}

#[test]
fn archives_of_the_corpora_keep_the_promises() {
    replay("npz", npz::run);
    replay("zip", zip::run);
}

#[test]
fn pickles_of_the_corpora_keep_the_promises() {
    replay("pickle", pickle::run);
}

#[test]
fn texts_of_the_corpora_keep_the_promises() {
    replay("text", text::run);
    replay("genfromtxt", genfromtxt::run);
    replay("regex", regex::run);
    replay("compressed", compressed::run);
}
