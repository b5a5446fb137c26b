//! Reads some rows and a slice of a file without reading the rest: `cargo run --example rows_of_large_file`.
#![allow(clippy::indexing_slicing, reason = "an index out of bounds ends an example")]

use ndarray::Array2;
use numio::Slice;
use numio::npy::NpyFile;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("large.npy");
    numio::save(&path, &Array2::from_shape_fn((100_000, 8), |(i, j)| (8 * i + j) as u32))?;

    let file = NpyFile::open(&path)?;
    println!("{} {:?}", file.header().dtype(), file.header().shape());
    let rows: Array2<u32> = file.rows(50_000..50_003)?;
    assert_eq!(rows[[0, 0]], 400_000);

    // NumPy's slice syntax; the file is read by position, in as few pieces as the slice allows.
    let slice: Slice = "::25000, -1".parse()?;
    let column = file.slice(&slice)?;
    assert_eq!(column.shape(), [4]);
    println!("every 25,000th element of the last column: {column}");
    Ok(())
}
