//! Elements of dtype `object`: the values of a text as a graph, which the array carries.

use super::error::TextError;
use super::value::Value;
use crate::pickle::{Dumper, Filled, Filling, Graph, Writer, load};
use crate::{Limits, Result};

/// The objects of a text, one after another.
#[derive(Debug)]
pub(super) struct Objects {
    /// A list of them, as a pickle.
    writer: Writer,
    list: Filling,
    count: u64,
}

impl Objects {
    pub(super) fn new() -> Result<Self> {
        let mut writer = Dumper::new().writer();
        let list = writer.open(Filled::List, None)?;
        Ok(Self { writer, list, count: 0 })
    }

    /// Adds one: its place among them. `None` for what is no object.
    pub(super) fn push(&mut self, value: &Value) -> Option<u64> {
        let writer = &mut self.writer;
        if matches!(value, Value::Element(_)) {
            return None;
        }
        self.list.before(writer);
        match value {
            Value::Bool(value) => writer.save_bool(*value),
            Value::Int(value) => writer.save_int(*value),
            Value::UInt(value) => writer.save_wide((*value).into()).ok()?,
            Value::Float(value) => writer.save_float(*value),
            Value::Complex(value) => {
                writer.save_global("builtins", "complex").ok()?;
                writer.open_tuple(2);
                writer.save_float(value.re);
                writer.save_float(value.im);
                writer.close_tuple(2).ok()?;
                writer.reduce().ok()?;
            }
            Value::Text(text) => writer.save_str(text).ok()?,
            Value::Element(_) => return None,
        }
        self.list.after(writer);
        self.count += 1;
        Some(self.count - 1)
    }

    /// The graph whose root is the list of them.
    ///
    /// # Errors
    /// `LimitExceeded` where they are more than a graph holds.
    pub(super) fn finish(mut self, limits: &Limits) -> Result<Graph> {
        self.list.finish(&mut self.writer);
        let pickle = self.writer.finish();
        if pickle.len() as u64 > limits.max_array_bytes {
            return Err(
                TextError::TooLarge { bytes: pickle.len() as u64, limit: limits.max_array_bytes }.into()
            );
        }
        load(pickle)
    }
}

/// Makes the places that stand at `offsets` of each element the numbers of the graph's objects.
pub(super) fn number(elements: &mut [u8], itemsize: usize, offsets: &[usize], graph: &Graph) -> Result<()> {
    let numbers: Vec<u64> = graph.root().as_list()?.iter().map(|object| object.number()).collect();
    for element in elements.chunks_exact_mut(itemsize.max(1)) {
        for &offset in offsets {
            if let Some(place) = element.get_mut(offset..).and_then(|rest| rest.first_chunk_mut::<8>()) {
                let index = usize::try_from(u64::from_ne_bytes(*place)).unwrap_or(usize::MAX);
                *place = numbers.get(index).copied().unwrap_or(0).to_ne_bytes();
            }
        }
    }
    Ok(())
}
