//! Appends rows to a file in place: `cargo run --example append_rows`.

use ndarray::{Array2, array};
use numio::npy::Appender;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("log.npy");
    numio::save(&path, &array![[0.0, 0.0]])?;

    let mut log = Appender::open(&path)?;
    for step in 1..=1000 {
        let time = f64::from(step) / 10.0;
        log.push(&array![[time, time.sin()]])?;
    }
    // The header counts the new rows only from here on: a crash before leaves the old array, whole.
    log.finish()?;

    let rows: Array2<f64> = numio::read_npy(&path)?;
    assert_eq!(rows.dim(), (1001, 2));
    println!("the last row: {}", rows.row(1000));
    Ok(())
}
