//! Saves an array and reads it back, with and without knowing its type: `cargo run --example save_and_load`.

use ndarray::{Array2, Ix2, array};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("123.npy");
    numio::save(&path, &array![[1_i64, 2, 3], [4, 5, 6]])?;

    // The element type and the rank are known: straight into an `ndarray` array.
    let typed: Array2<i64> = numio::read_npy(&path)?;
    assert_eq!(typed.row(1).sum(), 15);

    // They are not known: a `DynArray` has any dtype and rank, and is viewed without a copy.
    let array = numio::load(&path)?.into_array()?;
    println!("{} {:?}\n{array}", array.dtype(), array.shape());
    assert_eq!(array.view::<i64, Ix2>()?, typed);
    Ok(())
}
