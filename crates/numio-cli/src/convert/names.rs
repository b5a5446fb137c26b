//! Names of columns: the first row of a table.

use std::sync::Arc;

use numio::text::LoadTxt;
use numio::{DType, Error, ErrorKind, Record, Result};

/// The names in a line.
///
/// # Errors
/// As [`LoadTxt`].
pub fn read(
    line: &[u8],
    delimiter: Option<&str>,
    quote: Option<char>,
    comments: &str,
) -> Result<Vec<String>> {
    // savetxt writes its header as a comment.
    let line = line.strip_prefix(comments.as_bytes()).filter(|_| !comments.is_empty()).unwrap_or(line);
    if line.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    let mut loader = LoadTxt::new();
    loader.dtype(DType::parse("U")?).comments([""; 0]).ndmin(1);
    if let Some(delimiter) = delimiter {
        loader.delimiter(delimiter);
    }
    if let Some(quote) = quote {
        loader.quotechar(quote);
    }
    let names = loader.parse(line)?.into_array();
    names.items().map(|item| Ok(item?.as_str().unwrap_or_default().trim().to_owned())).collect()
}

/// A structured dtype with other names for its fields; any other dtype as it is.
///
/// # Errors
/// `InvalidInput` where there is another number of them.
pub fn give(dtype: DType, names: &[String]) -> Result<DType> {
    let Some(record) = dtype.as_record() else { return Ok(dtype) };
    let mut fields = record.fields().to_vec();
    if fields.len() != names.len() {
        let what = format!("the header has {} names, the dtype {} fields", names.len(), fields.len());
        return Err(Error::new(ErrorKind::InvalidInput, what));
    }
    for (field, name) in fields.iter_mut().zip(names) {
        field.name = Arc::from(name.as_str());
    }
    Ok(Record::new(fields, record.itemsize(), record.is_aligned())?.into())
}
