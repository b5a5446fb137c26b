//! NumPy's objects in pickles and object arrays, compared with what Python loads.

mod beside;
mod files;
mod hostile;
mod manifest;
mod pickles;
mod print;
mod texts;
mod write;

use numio::pickle::Object;
use numio::{DType, DynArray, ObjectExt, Order};
use serde_json::Value;

/// Compares an object with what the scripts describe.
fn check(object: Object<'_>, wanted: &Value) -> Result<(), String> {
    let (kind, wanted) = wanted.as_object().and_then(|wanted| wanted.iter().next()).unwrap();
    let said = |error: numio::Error| error.to_string();
    match kind.as_str() {
        "repr" => same("repr", format!("{object:?}").as_str(), wanted.as_str().unwrap()),
        "dtype" => {
            let dtype = object.as_dtype().map_err(said)?;
            let found = serde_json::json!({
                "text": dtype.to_string(),
                "itemsize": dtype.itemsize(),
                "alignment": dtype.alignment(),
                "objects": dtype.has_objects(),
            });
            same("dtype", &found, wanted)
        }
        "array" => check_array(&object.as_array().map_err(said)?, wanted),
        "scalar" => check_array(&object.as_scalar().map_err(said)?, wanted),
        "masked" => {
            let masked = object.as_masked().map_err(said)?;
            assert!(object.as_array().unwrap_err().message().contains("as_masked"));
            check_array(&masked.data, &wanted["data"]["array"])?;
            check_array(&masked.mask, &wanted["mask"]["array"])?;
            match (&masked.fill_value, &wanted["fill"]) {
                // NumPy fills in its default; 9.0 was given.
                (None, wanted) if wanted["array"]["bytes"] != "0000000000002240" => Ok(()),
                (Some(fill), wanted) => check_array(fill, &wanted["array"]),
                (None, wanted) => Err(format!("no fill value, wanted {wanted}")),
            }
        }
        "list" => {
            let items = object.items().map_err(|error| error.to_string())?;
            let wanted = wanted.as_array().unwrap();
            same("length", &items.len(), &wanted.len())?;
            items.iter().zip(wanted).try_for_each(|(item, wanted)| check(item, wanted))
        }
        "dict" => {
            let wanted = wanted.as_object().unwrap();
            wanted.iter().try_for_each(|(key, wanted)| {
                check(object.get(key).map_err(|error| error.to_string())?, wanted)
            })
        }
        other => panic!("{other}"),
    }
}

fn check_array(array: &DynArray, wanted: &Value) -> Result<(), String> {
    let order = if array.order() == Order::C { "C" } else { "F" };
    same("dtype", array.dtype().to_string().as_str(), wanted["dtype"].as_str().unwrap())?;
    same("shape", &serde_json::json!(array.shape()), &wanted["shape"])?;
    same("order", order, wanted["order"].as_str().unwrap())?;
    if let Some(bytes) = wanted["bytes"].as_str() {
        let found: String = significant(array).iter().map(|byte| format!("{byte:02x}")).collect();
        return same("bytes", found.as_str(), bytes);
    }
    if let Some(fields) = wanted["fields"].as_object() {
        return fields.iter().try_for_each(|(name, wanted)| {
            check_array(&array.field(name).map_err(|error| error.to_string())?, wanted)
        });
    }
    assert_eq!(array.dtype(), &DType::OBJECT);
    let objects: Vec<_> = array.objects().map_err(|error| error.to_string())?.collect();
    let wanted = wanted["objects"].as_array().unwrap();
    same("number of objects", &objects.len(), &wanted.len())?;
    objects.iter().zip(wanted).try_for_each(|(object, wanted)| check(*object, wanted))
}

/// The bytes, without what NumPy happens to leave between long doubles.
fn significant(array: &DynArray) -> Vec<u8> {
    let bytes = array.to_bytes();
    match array.dtype().to_string().as_str() {
        "float128" | "complex256" => bytes.chunks(16).flat_map(|part| part[..10].to_vec()).collect(),
        ">f16" | ">c32" => bytes.chunks(16).flat_map(|part| part[6..].to_vec()).collect(),
        _ => bytes,
    }
}

fn same<T: PartialEq + std::fmt::Debug + ?Sized>(what: &str, found: &T, wanted: &T) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("{what} {found:?}, wanted {wanted:?}")) }
}
