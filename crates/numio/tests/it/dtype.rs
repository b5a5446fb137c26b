//! Dtypes, as NumPy reads and prints them.

use numio::{DType, Record, Result, Subarray};

use crate::numpy::run;
use numio_testkit::unhex;

/// What NumPy accepts and numio refuses, each with its reason. `repr` is what NumPy makes of it.
fn is_refused_on_purpose(text: &str, repr: &str) -> bool {
    // Variable-length strings are in no file: NumPy itself writes them as pickled objects.
    repr.contains("StringDType") || repr.contains("'T'")
        // Control characters that happen to be NumPy's internal type numbers.
        || text.trim_start_matches(['<', '>', '=', '|']).chars().next().is_some_and(|first| first < ' ')
        // Units that last no time or less: overflow, and rows read past the end of NumPy's table.
        || repr.contains("8[-") || repr.contains("8[0")
        // The codes of bytes as a shape; and an empty list or dict, which makes a text type one of no fields.
        || text.contains("b'2'") || text.contains("[])") || text.contains("{})")
        // Titles may be anything that Python hashes; here they are text.
        || text.contains("(1, 'a')") || text.contains("(('t', 'u'), 'a')")
        // Arrays of empty arrays, whose itemsize NumPy takes from the shape.
        || ["<2<0f", "2<0f", "=1334=0m"].contains(&text)
        // Counts and divisors that overflow C's int, and are whatever is left of them.
        || (text.contains('/') && ["2147483647", "99999999999999999999"].iter().any(|big| text.contains(big)))
}

/// The fields of a comma string, laid out as in C.
fn aligned(formats: &str) -> Result<DType> {
    let packed = DType::parse(formats)?;
    let fields = packed.as_record().unwrap().fields().iter();
    Ok(Record::aligned(fields.map(|field| ("", field.dtype.clone())))?.into())
}

/// Such records within a record.
fn within(formats: &str, align: bool) -> Result<DType> {
    let inner = aligned(formats)?;
    let twice = DType::Subarray(Subarray::new(inner.clone(), vec![2])?.into());
    let fields = [("x", DType::UINT8), ("y", inner), ("z", twice)];
    Ok(if align { Record::aligned(fields)? } else { Record::packed(fields)? }.into())
}

#[test]
fn dtypes_are_read_and_printed_as_numpy_does() {
    let cases = run("dtype_cases.py", &[]);
    let mut wrong = Vec::new();
    let mut accepted = 0;
    for case in cases.lines() {
        let mut parts = case.split(' ');
        let kind = parts.next().unwrap();
        let mut text =
            || parts.next().map(|part| String::from_utf8(unhex(part.trim_start_matches('-'))).unwrap());
        let given = text().unwrap();
        let wanted: Vec<String> = std::iter::from_fn(&mut text).collect();
        let found: Result<DType> = match kind {
            "s" => DType::parse(&given),
            "a" => aligned(&given),
            "n" | "m" => within(&given, kind == "n"),
            _ => DType::from_descr(&given),
        };
        let found = found.map(|dtype| {
            let descr = match dtype {
                DType::Subarray(_) => "-".to_owned(),
                _ => dtype.descr().unwrap_or("-".to_owned()),
            };
            let numbers = [dtype.itemsize().to_string(), dtype.alignment().to_string()];
            let [itemsize, alignment] = numbers;
            vec![dtype.repr(), dtype.to_string(), dtype.name(), itemsize, alignment, descr]
        });
        let is_accepted = wanted.len() > 1;
        accepted += usize::from(is_accepted);
        let agrees = match &found {
            // A `DType` has no words for the fields that NumPy lets a text have: it is the text, and the header keeps the words.
            Ok(found)
                if wanted[0].contains("(numpy.bytes_, [])") || wanted[0].contains("(numpy.str_, [])") =>
            {
                found[3..5] == wanted[3..5]
            }
            Ok(found) => *found == wanted,
            Err(_) => !is_accepted || is_refused_on_purpose(&given, &wanted[0]),
        };
        if !agrees {
            wrong.push(format!("{kind} {given:?}: NumPy {wanted:?}, here {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
    assert!(accepted > 10_000, "{accepted}");
}
