//! The report on a `.npy` file.

use numio::Order;
use numio::npy::Header;
use serde::Serialize;

use crate::open::Head;
use crate::text::{self, Side, Table};

#[derive(Debug, Serialize)]
pub(super) struct Array {
    format: &'static str,
    version: String,
    dtype: String,
    descr: String,
    itemsize: usize,
    shape: Vec<usize>,
    order: &'static str,
    elements: usize,
    data_offset: u64,
    data_bytes: Option<u64>,
    file_bytes: Option<u64>,
}

impl Array {
    pub(super) fn new(head: &Head) -> Self {
        let Head { header, data_offset, file_bytes } = head;
        let dtype = header.dtype();
        let elements = header.shape().iter().product();
        Self {
            format: "npy",
            version: header.version().to_string(),
            dtype: dtype.to_string(),
            descr: dtype.descr().unwrap_or_else(|_| dtype.to_string()),
            itemsize: dtype.itemsize(),
            shape: header.shape().to_vec(),
            order: order(header),
            elements,
            data_offset: *data_offset,
            data_bytes: head.data_bytes(),
            file_bytes: *file_bytes,
        }
    }

    /// The error message if the file ends before its array does.
    pub(super) fn cut_short(&self) -> Option<String> {
        let (file, data) = (self.file_bytes?, self.data_bytes?);
        let there = file.saturating_sub(self.data_offset);
        (there < data)
            .then(|| format!("byte {file}: the file ends here: expected {data} bytes of data, found {there}"))
    }
}

/// The order as NumPy names it.
pub(super) fn order(header: &Header) -> &'static str {
    match header.order() {
        Order::C => "C",
        Order::Fortran => "F",
    }
}

/// A table with a row for each array.
pub(super) fn table<'a>(arrays: impl Iterator<Item = (&'a str, &'a Array)>) -> Table {
    let mut table = Table::new(&[
        ("file", Side::Left),
        ("version", Side::Left),
        ("shape", Side::Left),
        ("order", Side::Left),
        ("elements", Side::Right),
        ("data", Side::Right),
        ("size", Side::Right),
        ("offset", Side::Right),
        ("dtype", Side::Left),
    ]);
    let size = |bytes: Option<u64>| bytes.map_or_else(|| "?".to_owned(), text::size);
    for (file, array) in arrays {
        table.row([
            file.to_owned(),
            array.version.clone(),
            text::shape(&array.shape),
            array.order.to_owned(),
            array.elements.to_string(),
            size(array.data_bytes),
            size(array.file_bytes),
            array.data_offset.to_string(),
            array.dtype.clone(),
        ]);
    }
    table
}
