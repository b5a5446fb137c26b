//! Reads Python objects, of which nothing is run: `cargo run --example object_arrays -- FILE`.

fn main() -> numio::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "testdata/npy/objects.npy".to_owned());
    let array = numio::load(&path)?.into_array()?;
    println!("{path}: {} {:?}", array.dtype(), array.shape());
    for object in array.objects()? {
        println!("  {object:?}");
    }
    Ok(())
}
