//! `GenFromTxt` compared with `numpy.genfromtxt`: the same values to the bit and the same masks, or the same refusal.

use numio::text::{Case, Column, GenFromTxt, Table, Warning};
use numio::{DType, Error};
use serde_json::Value;

use super::unhex;
use crate::numpy;

fn dtype(descr: &Value) -> DType {
    DType::from_descr(descr.as_str().unwrap()).unwrap()
}

fn texts(value: &Value) -> Vec<String> {
    let one = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::String(text) => text.split(',').map(|text| text.trim().to_owned()).collect(),
        Value::Array(all) => all.iter().map(one).collect(),
        other => vec![one(other)],
    }
}

fn column(key: &str) -> Column {
    key.parse::<isize>().map_or_else(|_| Column::from(key), Column::from)
}

fn columns(value: &Value) -> Vec<Column> {
    match value {
        Value::String(text) => text.split(',').map(|name| Column::from(name.trim())).collect(),
        Value::Array(all) => {
            all.iter().map(|value| column(value.as_str().unwrap_or(&value.to_string()))).collect()
        }
        other => vec![column(&other.to_string())],
    }
}

fn filling(value: &Value) -> numio::text::Value {
    match value.as_i64() {
        Some(value) => value.into(),
        None => value.as_f64().unwrap().into(),
    }
}

fn converter(name: &str) -> impl FnMut(&str) -> Result<numio::text::Value, Error> + use<> {
    let name = name.to_owned();
    move |field| {
        let failed = || Error::new(numio::ErrorKind::InvalidData, "no such value");
        Ok(match name.as_str() {
            "double" => (field.trim().parse::<f64>().map_err(|_| failed())? * 2.0).into(),
            "whole" => field.trim().parse::<i64>().map_err(|_| failed())?.into(),
            "upper" => field.to_uppercase().into(),
            _ => (field == "1").into(),
        })
    }
}

fn read(case: &Value) -> Result<Table, Error> {
    let mut reader = GenFromTxt::new();
    for (key, value) in case["options"].as_object().unwrap() {
        let number = || value.as_u64().unwrap();
        let text = || value.as_str().unwrap();
        match (key.as_str(), value) {
            ("dtype", Value::Null) => reader.dtype(None),
            ("dtype", _) => reader.dtype(dtype(value)),
            ("comments", _) => reader.comments(value.as_str()),
            ("delimiter", Value::Number(_)) => reader.width(number() as usize),
            ("delimiter", Value::Array(widths)) => {
                reader.widths(widths.iter().map(|width| width.as_u64().unwrap() as usize))
            }
            ("delimiter", _) => reader.delimiter(text()),
            ("names", Value::Bool(true)) => reader.names_from_first_line(),
            ("names", _) => reader.names(texts(value)),
            ("excludelist", _) => reader.excludelist(texts(value)),
            ("deletechars", _) => reader.deletechars(text()),
            ("replace_space", _) => reader.replace_space(text()),
            ("case_sensitive", Value::Bool(false)) => reader.case(Case::Upper),
            ("case_sensitive", _) => reader.case(Case::Lower),
            ("skip_header", _) => reader.skip_header(number()),
            ("skip_footer", _) => reader.skip_footer(number()),
            ("max_rows", _) => reader.max_rows(number()),
            ("usecols", _) => reader.usecols(columns(value)),
            ("invalid_raise", _) => reader.invalid_raise(value.as_bool().unwrap()),
            ("usemask", _) => reader.usemask(value.as_bool().unwrap()),
            ("loose", _) => reader.loose(value.as_bool().unwrap()),
            ("autostrip", _) => reader.autostrip(value.as_bool().unwrap()),
            ("unpack", _) => reader.unpack(value.as_bool().unwrap()),
            ("ndmin", _) => reader.ndmin(number() as usize),
            ("defaultfmt", _) => reader.defaultfmt(text()),
            ("encoding", Value::Null) => &mut reader,
            ("encoding", _) => reader.strings_as_bytes(true),
            ("converters", Value::Object(by)) => {
                by.iter().for_each(|(key, name)| {
                    reader.converter(column(key), converter(name.as_str().unwrap()));
                });
                &mut reader
            }
            ("missing_values", Value::Object(by)) => {
                by.iter().for_each(|(key, value)| {
                    reader.missing_values_for(column(key), texts(value));
                });
                &mut reader
            }
            ("missing_values", Value::Array(_)) => reader.missing_values_per_column(texts(value)),
            ("missing_values", _) => reader.missing_values(texts(value)),
            ("filling_values", Value::Object(by)) => {
                by.iter().for_each(|(key, value)| {
                    reader.filling_value_for(column(key), filling(value));
                });
                &mut reader
            }
            ("filling_values", Value::Array(all)) => {
                reader.filling_values_per_column(all.iter().map(|value| Some(filling(value))))
            }
            ("filling_values", _) => reader.filling_value(filling(value)),
            _ => panic!("{key}"),
        };
    }
    reader.parse(case["text"].as_str().unwrap())
}

/// What differs from NumPy, if anything.
fn difference(case: &Value) -> Option<String> {
    let found = &case["found"];
    let table = match (read(case), found["error"].as_str()) {
        // NumPy makes objects of such a column, and fails later if at all.
        (Err(error), _) if error.message().contains("fails for its first value") => return None,
        (Err(error), Some(wanted)) => {
            // Places are added to NumPy's sentences, and to that on dates what is wrong with them.
            let wanted = wanted.split("\" at position").next().unwrap();
            return (!error.message().starts_with(wanted)).then(|| format!("{error}, not {wanted}"));
        }
        (Err(error), None) => return Some(format!("refused: {error}")),
        (Ok(table), Some(wanted)) => {
            return Some(format!(
                "read as {} {:?}, not {wanted}",
                table.array().dtype(),
                table.array().shape()
            ));
        }
        (Ok(table), None) => table,
    };
    if let Some(columns) = found["columns"].as_u64() {
        return (table.columns().unwrap().len() as u64 != columns).then(|| "columns".to_owned());
    }
    let mut array = table.array().clone();
    let fields = array.dtype().as_record().map(|record| record.fields().len());
    if case["options"]["unpack"] == true && fields == Some(1) {
        array = table.columns().unwrap().remove(0);
    }
    let shape: Vec<usize> =
        found["shape"].as_array().unwrap().iter().map(|axis| axis.as_u64().unwrap() as usize).collect();
    if *array.dtype() != dtype(&found["dtype"]) || array.shape() != shape {
        return Some(format!("{} {:?}", array.dtype(), array.shape()));
    }
    let own = array.to_bytes();
    if own != unhex(found["data"].as_str().unwrap()) {
        return Some(format!("{}", own.escape_ascii()));
    }
    if let (Some(mask), Some(wanted)) = (table.mask(), found["mask"].as_str()) {
        let own = mask.to_bytes();
        if own != unhex(wanted) {
            return Some(format!("mask {}", own.escape_ascii()));
        }
    }
    let short = |warning: &Warning| match warning {
        Warning::EmptyFile { .. } => "genfromtxt: Empty input file".to_owned(),
        other => other.to_string(),
    };
    let is_masked = case["options"]["usemask"].as_bool() == Some(true);
    let heard = table
        .warnings()
        .iter()
        .filter(|warning| !(is_masked && matches!(warning, Warning::Overflow | Warning::ConversionOverflow)));
    let warnings: Vec<String> = heard.map(short).collect();
    (serde_json::to_value(&warnings).unwrap() != found["warnings"]).then(|| format!("{warnings:?}"))
}

#[test]
fn genfromtxt_of_any_text_reads_what_numpy_reads() {
    let cases = numpy::run("text/genfromtxt.py", &[]);
    assert!(cases.lines().count() > 18_000, "{}", cases.lines().count());
    let mut wrong = Vec::new();
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        if let Some(difference) = difference(&case) {
            let text: String = case["text"].as_str().unwrap().escape_debug().take(60).collect();
            let difference: String = difference.chars().take(200).collect();
            let found: String = case["found"].to_string().chars().take(300).collect();
            wrong.push(format!("{text} {}: {difference} / NumPy {found}", case["options"]));
        }
    }
    let shown = wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} differ\n{shown}", wrong.len());
}

#[test]
fn genfromtxt_of_large_texts_in_chunks_reads_what_it_reads_in_one() {
    let mut text = String::new();
    for row in 0..60_000 {
        text.push_str(&format!("{},{:.3},{}\n", row, f64::from(row) / 8.0, row % 7));
    }
    let wanted = numio::text::LoadTxt::new().delimiter(',').parse(&text).unwrap();
    let found = GenFromTxt::new().delimiter(",").parse(&text).unwrap();
    assert!(found.array() == wanted.array());
    let found = GenFromTxt::new().delimiter(",").dtype(None).usemask(true).parse(&text).unwrap();
    assert_eq!(found.array().dtype().to_string(), "[('f0', '<i8'), ('f1', '<f8'), ('f2', '<i8')]");
    for (column, wanted) in found.columns().unwrap().iter().zip(wanted.columns().unwrap()) {
        assert!(column.cast(&DType::FLOAT64).unwrap() == wanted.cast(&DType::FLOAT64).unwrap());
    }
    assert!(found.mask().unwrap().to_bytes().iter().all(|&byte| byte == 0));
}
