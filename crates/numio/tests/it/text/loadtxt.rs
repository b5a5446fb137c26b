//! `LoadTxt` compared with `numpy.loadtxt`: the same values to the bit, or the same refusal.

use numio::text::{LoadTxt, Table};
use numio::{DType, Error};
use serde_json::Value;

use super::unhex;
use crate::numpy;

fn dtype(descr: &Value) -> DType {
    DType::from_descr(descr.as_str().unwrap()).unwrap()
}

fn read(case: &Value) -> Result<Table, Error> {
    let mut loader = LoadTxt::new();
    for (key, value) in case["options"].as_object().unwrap() {
        let integers = || value.as_array().unwrap().iter().map(|value| value.as_i64().unwrap() as isize);
        match key.as_str() {
            "dtype" => loader.dtype(dtype(value)),
            "delimiter" if value.is_null() => &mut loader,
            "delimiter" => loader.delimiter(value.as_str().unwrap()),
            "comments" => {
                loader.comments(value.as_array().unwrap().iter().map(|value| value.as_str().unwrap()))
            }
            "quotechar" => loader.quotechar(value.as_str().unwrap().chars().next().unwrap()),
            "skiprows" => loader.skiprows(value.as_u64().unwrap()),
            "max_rows" => loader.max_rows(value.as_u64().unwrap()),
            "usecols" => loader.usecols(integers()),
            "unpack" => loader.unpack(value.as_bool().unwrap()),
            "ndmin" => loader.ndmin(value.as_u64().unwrap() as usize),
            "encoding" => loader.encoding(value.as_str().unwrap().parse()?),
            _ => panic!("{key}"),
        };
    }
    match case["lines"].as_array() {
        Some(lines) => loader.lines(lines.iter().map(|line| line.as_str().unwrap())),
        None => loader.parse(unhex(case["text"].as_str().unwrap())),
    }
}

/// What differs from NumPy, if anything.
fn difference(case: &Value) -> Option<String> {
    let found = &case["found"];
    let table = match (read(case), found["error"].as_str()) {
        (Err(error), Some(wanted)) => {
            let own = ["ValueError", "TypeError"].iter().any(|kind| found["kind"] == **kind);
            return (own && error.message() != wanted).then(|| format!("{error}, not {wanted}"));
        }
        (Err(error), None) => return Some(format!("refused: {error}")),
        (Ok(table), Some(wanted)) => {
            return Some(format!("read as {:?}, not {wanted}", table.array().shape()));
        }
        (Ok(table), None) => table,
    };
    let array = table.array();
    let shape: Vec<usize> =
        found["shape"].as_array().unwrap().iter().map(|axis| axis.as_u64().unwrap() as usize).collect();
    if *array.dtype() != dtype(&found["dtype"]) || array.shape() != shape {
        return Some(format!("{} {:?}", array.dtype(), array.shape()));
    }
    let mut bytes = Vec::new();
    numio::ArrayLike::write_to(array, &mut bytes).unwrap();
    if bytes != unhex(found["data"].as_str().unwrap()) {
        return Some(format!("{}", bytes.escape_ascii()));
    }
    let mut warnings: Vec<String> = table.warnings().iter().map(short).collect();
    warnings.sort();
    (serde_json::to_value(&warnings).unwrap() != found["warnings"]).then(|| format!("{warnings:?}"))
}

fn short(warning: &numio::text::Warning) -> String {
    match warning {
        numio::text::Warning::NoData => "no data".to_owned(),
        other => other.to_string().split('.').next().unwrap().to_owned(),
    }
}

#[test]
fn loadtxt_of_any_text_reads_what_numpy_reads() {
    let cases = numpy::run("text/loadtxt.py", &[]);
    assert!(cases.lines().count() > 12_000, "{}", cases.lines().count());
    let mut wrong = Vec::new();
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        if let Some(difference) = difference(&case) {
            let text = unhex(case["text"].as_str().unwrap()).escape_ascii().to_string();
            let text: String = text.chars().take(80).collect();
            let difference: String = difference.chars().take(300).collect();
            let found: String = case["found"].to_string().chars().take(300).collect();
            wrong.push(format!("{text} {} {}: {difference} / NumPy {found}", case["lines"], case["options"]));
        }
    }
    let shown = wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} differ\n{shown}", wrong.len());
}
