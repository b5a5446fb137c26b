//! Maps a `.npy` file and looks at a part of it, whatever its size: `cargo run --example map -- FILE`.

use numio::{LoadOptions, MmapMode};

fn main() -> numio::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "testdata/npy/grid.npy".to_owned());
    // SAFETY: no one truncates or changes the file while this program runs.
    #[expect(unsafe_code, reason = "only we know who else has the file")]
    let array = unsafe { LoadOptions::new().mmap(MmapMode::Read).load(&path) }?.into_array()?;
    println!("{path}: {} {:?}, mapped: {}", array.dtype(), array.shape(), array.is_mapped());
    let last = array.slice(&"-1".parse::<numio::Slice>()?)?;
    println!("its last row: {last}");
    Ok(())
}
