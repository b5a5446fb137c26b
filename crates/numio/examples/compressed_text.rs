//! Writes a gzipped table and reads two of its columns: `cargo run --example compressed_text`.
#![allow(clippy::indexing_slicing, reason = "an index out of bounds ends an example")]

use ndarray::{Array2, Ix2};
use numio::text::{LoadTxt, SaveTxt};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    // The suffix decides: .gz, .bz2, .xz, .lzma and .zst are compressed.
    let path = directory.path().join("table.csv.gz");
    let table = Array2::from_shape_fn((10_000, 5), |(i, j)| i as f64 / 8.0 + j as f64);
    SaveTxt::new().fmt("%.3f").delimiter(",").header("a,b,c,d,e").save(&path, &table)?;

    let read = LoadTxt::new().delimiter(",").usecols([0, -1]).load(&path)?;
    let columns = read.to_array::<f64, Ix2>()?;
    assert_eq!(columns.dim(), (10_000, 2));
    assert_eq!(columns[[8, 1]], 5.0);
    println!("{}", columns.row(9_999));
    Ok(())
}
