//! `SaveTxt` compared with `numpy.savetxt`: the same text, or the same refusal.

use std::path::Path;

use numio::text::SaveTxt;
use numio::{DynArray, LoadOptions};
use serde_json::Value;

use super::unhex;
use crate::numpy;

fn array(case: &Value) -> DynArray {
    let bytes = unhex(case["npy"].as_str().unwrap());
    LoadOptions::new().from_slice(&bytes).unwrap().into_array().unwrap()
}

fn written(case: &Value) -> Result<String, String> {
    let mut saver = SaveTxt::new();
    for (key, value) in case["options"].as_object().unwrap() {
        let texts = || value.as_array().unwrap().iter().map(|text| text.as_str().unwrap());
        match key.as_str() {
            "fmt" if value.is_array() => saver.column_fmts(texts()),
            "fmt" => saver.fmt(value.as_str().unwrap()),
            "delimiter" => saver.delimiter(value.as_str().unwrap()),
            "newline" => saver.newline(value.as_str().unwrap()),
            "header" => saver.header(value.as_str().unwrap()),
            "footer" => saver.footer(value.as_str().unwrap()),
            "comments" => saver.comments(value.as_str().unwrap()),
            _ => panic!("{key}"),
        };
    }
    let mut out = Vec::new();
    saver.write(&mut out, &array(case)).map_err(|error| error.message())?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn savetxt_of_any_array_writes_what_numpy_writes() {
    let cases = numpy::run("text/savetxt.py", &[]);
    assert!(cases.lines().count() > 1500, "{}", cases.lines().count());
    let mut wrong = Vec::new();
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let found = written(&case);
        let same = match &found {
            Ok(text) => case["found"]["text"] == **text,
            Err(message) => case["found"]["error"] == **message,
        };
        if !same {
            let numpy = case["found"]["text"].as_str().unwrap_or_default();
            let ours = found.as_deref().unwrap_or_default();
            let same = ours.bytes().zip(numpy.bytes()).take_while(|(a, b)| a == b).count().saturating_sub(30);
            let short = |text: String| text.chars().skip(same).take(120).collect::<String>();
            let (ours, numpy) = (short(format!("{found:?}")), short(case["found"].to_string()));
            wrong.push(format!("{}: {ours} / NumPy {numpy}", case["options"]));
        }
    }
    let shown = wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} differ\n{shown}", wrong.len());
}

#[test]
fn savetxt_of_numbers_prints_as_python() {
    let folder = tempfile::tempdir().unwrap();
    let said = numpy::run("text/savetxt_numbers.py", &[folder.path(), Path::new("3000")]);
    assert_eq!(said.lines().count(), 115);
    for line in said.lines() {
        let [array, format, text] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let array = numio::load(folder.path().join(array)).unwrap().into_array().unwrap();
        let mut found = Vec::new();
        SaveTxt::new().fmt(format).write(&mut found, &array).unwrap();
        let wanted = std::fs::read(folder.path().join(text)).unwrap();
        if found != wanted {
            let (found, wanted) = (String::from_utf8(found).unwrap(), String::from_utf8(wanted).unwrap());
            let differing = found.lines().zip(wanted.lines()).find(|(found, wanted)| found != wanted);
            panic!("{line}: {differing:?}, {} lines and {}", found.lines().count(), wanted.lines().count());
        }
    }
}

#[test]
fn savetxt_that_fails_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    std::fs::write(&path, "old").unwrap();
    let nan = ndarray::array![f64::NAN];
    let error = SaveTxt::new().fmt("%d").save(&path, &nan).unwrap_err();
    assert!(error.to_string().ends_with("a.txt: cannot convert float NaN to integer"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    SaveTxt::new().fmt("%d").save(&path, &ndarray::array![7.9]).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"7\n");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
