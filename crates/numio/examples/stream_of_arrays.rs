//! Writes several arrays into one stream and reads them back in turn: `cargo run --example stream_of_arrays`.

use numio::{DynArray, ErrorKind};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Any `Write` and `Read` will do: a pipe, a socket, a gzip encoder.
    let mut stream = Vec::new();
    numio::to_writer(&mut stream, &vec![1_i32, 2, 3])?;
    numio::to_writer(&mut stream, &ndarray::array![[0.5], [1.5]])?;

    let mut reader = numio::npy::NpyStream::new(stream.as_slice());
    loop {
        match reader.read::<DynArray>() {
            Ok(array) => println!("{} {:?}: {array:?}", array.dtype(), array.shape()),
            Err(error) if error.kind() == ErrorKind::EndOfStream => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
