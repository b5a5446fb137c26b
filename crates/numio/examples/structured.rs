//! Reads and writes a Rust struct as an element of a structured dtype: `cargo run --example structured`.

use numio::{Element, FixedStr};

#[derive(Element, Debug, Clone, PartialEq)]
struct Station {
    name: FixedStr<8>,
    #[numio(rename = "temp")]
    temperature: f64,
    wind: [f32; 2],
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("stations.npy");
    let stations = vec![
        Station { name: FixedStr::new("Zürich")?, temperature: 17.25, wind: [1.5, -0.25] },
        Station { name: FixedStr::new("Genève")?, temperature: 18.5, wind: [0.0, 2.75] },
    ];
    numio::save(&path, &stations)?;

    // Fields are found by name, in any order and byte order.
    let read: Vec<Station> = numio::read_npy(&path)?;
    assert_eq!(read, stations);
    println!("{}", numio::load(&path)?.into_array()?);
    Ok(())
}
