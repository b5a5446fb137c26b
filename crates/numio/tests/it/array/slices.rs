//! Slices of every shape against NumPy's, values, shapes and errors.

use numio::{DynArray, ErrorKind, Item, Slice};
use serde_json::Value;

use super::cases;

fn numbers(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap() as usize).collect()
}

#[test]
fn slices_select_what_numpy_selects() {
    let cases = cases("slices.py");
    assert!(cases.len() > 4000);
    let mut refused = 0;
    for case in cases {
        let shape = numbers(&case["shape"]);
        let size: usize = shape.iter().product();
        let array = DynArray::from(ndarray::Array1::from_iter(0..size as u32)).reshape(&shape).unwrap();
        let text = case["slice"].as_str().unwrap();
        let sliced = text.parse::<Slice>().and_then(|slice| {
            assert_eq!(slice.to_string().parse::<Slice>().unwrap(), slice, "{slice}");
            array.slice(&slice)
        });
        match (&case.get("error"), sliced) {
            (None, Ok(found)) => {
                assert_eq!(found.shape(), numbers(&case["found"]), "{case}");
                let values: Vec<_> = found.items().map(|item| item.unwrap()).collect();
                let wanted = numbers(&case["values"]).into_iter().map(|value| Item::UInt(value as u64));
                assert_eq!(values, wanted.collect::<Vec<_>>(), "{case}");
                let view = found.view::<u32, ndarray::IxDyn>().unwrap();
                assert!(view.iter().map(|value| Item::UInt((*value).into())).eq(values), "{case}");
            }
            (Some(wanted), Err(error)) => {
                refused += 1;
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
                // Where Python itself refuses, and where NumPy speaks of its types, the words are ours.
                if let Some(wanted) = wanted.as_str()
                    && !wanted.starts_with("only integers")
                    && !wanted.starts_with("cannot fit")
                {
                    assert_eq!(error.message(), wanted, "{case}");
                }
            }
            (wanted, found) => panic!("{case}: {wanted:?} {:?}", found.map(|found| found.shape().to_vec())),
        }
    }
    assert!(refused > 500);
}

#[test]
fn text_that_is_no_slice_is_quoted() {
    for (text, message) in [
        ("a", "\"a\" is not an index: only integers, slices (`:`), ellipsis (`...`) and None are"),
        (
            "1:2:3:4",
            "\"1:2:3:4\" is not an index: only integers, slices (`:`), ellipsis (`...`) and None are",
        ),
        ("1,,2", "\"\" is not an index: only integers, slices (`:`), ellipsis (`...`) and None are"),
        ("18446744073709551616", "the index 18446744073709551616 does not fit 64 bits"),
        ("::0", "slice step cannot be zero"),
    ] {
        assert_eq!(text.parse::<Slice>().unwrap_err().message(), message);
    }
}
