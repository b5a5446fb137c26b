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
fn corpus_of_indexes() {
    replay::replay("index", index::run);
}

#[test]
fn corpus_of_gzip_files() {
    replay::replay("gzip", gzip::run);
}
