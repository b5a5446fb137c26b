//! Writes an archive of two arrays and reads one of them: `cargo run --example archive`.

use ndarray::{Array1, Array2, array};
use numio::NpzArchive;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("model.npz");
    let weights: Array2<f32> = Array2::from_shape_fn((300, 200), |(i, j)| (i * j % 7) as f32);
    let bias = array![0.5_f32, -0.5];

    // Compressed on all cores into ordinary deflate streams, which every NumPy reads.
    let mut writer = numio::npz::NpzWriter::create(&path)?;
    writer.compression(numio::npz::Compression::Deflated);
    writer.add("weights", &weights)?;
    writer.add("bias", &bias)?;
    writer.finish()?;

    let archive = NpzArchive::open(&path)?;
    println!("{:?}", archive.names().collect::<Vec<_>>());
    // Only the bytes of this member are read.
    let read: Array1<f32> = archive.read("bias")?;
    assert_eq!(read, bias);
    Ok(())
}
