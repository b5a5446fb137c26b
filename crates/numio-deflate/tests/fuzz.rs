//! The fuzz targets on the inputs that fuzzing has found worth keeping.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "../../../fuzz/src/gzip.rs"]
mod gzip;
#[path = "../../../fuzz/src/index.rs"]
mod index;
#[path = "../../../fuzz/src/replay.rs"]
mod replay;

#[test]
fn indexes_of_the_corpus_give_what_streams_give() {
    replay::replay("index", index::run);
}

#[test]
fn gzip_files_of_the_corpus_give_what_flate2_gives() {
    replay::replay("gzip", gzip::run);
}
