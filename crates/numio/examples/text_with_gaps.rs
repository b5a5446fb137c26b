//! Reads a table with missing values and names: `cargo run --example text_with_gaps`.

use numio::text::GenFromTxt;

const TABLE: &str = "time,level,ok\n0,1.5,1\n1,,1\n2,2.5,0\n";

fn main() -> numio::Result<()> {
    // The dtype of each column is found from its values; empty fields become the filling value.
    let table = GenFromTxt::new()
        .dtype(None)
        .delimiter(",")
        .names_from_first_line()
        .filling_value(-1.0)
        .parse(TABLE)?;
    let array = table.array();
    println!("{}\n{array}", array.dtype());
    let levels = array.field("level")?;
    assert_eq!(levels.to_array::<f64, ndarray::Ix1>()?, ndarray::array![1.5, -1.0, 2.5]);
    Ok(())
}
