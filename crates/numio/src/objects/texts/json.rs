//! Arrays and scalars as JSON, piece by piece.

use std::fmt::Write;

use crate::pickle::{Graph, Piece, Pieces, json_float, json_text};
use crate::{DynArray, Item};

/// A text in quotes.
pub(super) fn text<'g>(text: &str) -> Option<Pieces<'g>> {
    let mut out = String::new();
    json_text(&mut out, text).ok()?;
    Some(Box::new([Piece::from(out)].into_iter()))
}

/// A single element.
pub(super) fn scalar<'g>(value: &DynArray, graph: &'g Graph) -> Option<Pieces<'g>> {
    Some(Box::new(element(value.item(&[]).ok()?, graph).into_iter()))
}

/// Nested arrays, as `ndarray.tolist()` gives them.
pub(super) fn array<'g>(array: DynArray, graph: &'g Graph) -> Option<Pieces<'g>> {
    // What stands inside an axis without elements does not show.
    let shape = array.shape();
    let solid = shape.iter().position(|&axis| axis == 0).unwrap_or(shape.len());
    let shape = shape.get(..solid)?.to_vec();
    let is_empty = array.size() == 0;
    let count = shape.iter().try_fold(1_usize, |count, axis| count.checked_mul(*axis))?;
    let parts = (0..count).flat_map(move |at| {
        let (index, opened, closed) = place(at, &shape);
        let mut before = String::from(if at == 0 { "" } else { "," });
        before.extend(std::iter::repeat_n('[', opened));
        let mut parts = vec![Piece::from(before)];
        match array.item(&index) {
            _ if is_empty => parts.push(Piece::text("[]")),
            Ok(item) => parts.extend(element(item, graph)),
            Err(_) => parts.push(Piece::text("null")),
        }
        parts.push("]".repeat(closed).into());
        parts
    });
    Some(Box::new(parts))
}

/// The indexes of the element that comes at this place, and how many axes start and end with it.
fn place(at: usize, shape: &[usize]) -> (Vec<usize>, usize, usize) {
    let mut index = vec![0; shape.len()];
    let (mut rest, mut opened, mut closed) = (at, 0, 0);
    let (mut starts, mut ends) = (true, true);
    for (place, &axis) in index.iter_mut().zip(shape).rev() {
        *place = rest % axis;
        rest /= axis;
        starts &= *place == 0;
        ends &= *place == axis - 1;
        opened += usize::from(starts);
        closed += usize::from(ends);
    }
    (index, opened, closed)
}

/// The pieces of one element; records and subarrays nest no deeper than their dtypes.
fn element<'g>(item: Item, graph: &'g Graph) -> Vec<Piece<'g>> {
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = match item {
        Item::Bool(value) => write!(out, "{value}"),
        Item::Int(value) => write!(out, "{value}"),
        Item::UInt(value) => write!(out, "{value}"),
        Item::Float(value) => json_float(&mut out, value),
        Item::LongDouble(value) => json_float(&mut out, value.to_f64()),
        Item::Complex(value) => pair(&mut out, value.re, value.im),
        Item::LongComplex(value) => pair(&mut out, value.re.to_f64(), value.im.to_f64()),
        Item::Datetime(value) => json_text(&mut out, &value.to_string()),
        Item::Timedelta(value) => match value.ticks() {
            Some(ticks) => write!(out, "{ticks}"),
            None => json_text(&mut out, "NaT"),
        },
        Item::Bytes(bytes) | Item::Void(bytes) => {
            json_text(&mut out, &bytes.iter().map(|&byte| char::from(byte)).collect::<String>())
        }
        Item::Str(text) => json_text(&mut out, &text),
        Item::Record(fields) => return record(fields, graph),
        Item::Array(inner) => return array(inner, graph).into_iter().flatten().collect(),
        Item::Object(number) => {
            return vec![graph.object(number).map_or(Piece::text("null"), Piece::from)];
        }
    };
    vec![out.into()]
}

fn pair(out: &mut String, re: f64, im: f64) -> std::fmt::Result {
    out.push('[');
    json_float(out, re)?;
    out.push(',');
    json_float(out, im)?;
    out.push(']');
    Ok(())
}

fn record(fields: Vec<(std::sync::Arc<str>, Item)>, graph: &Graph) -> Vec<Piece<'_>> {
    let mut parts = vec![Piece::text("{")];
    for (at, (name, item)) in fields.into_iter().enumerate() {
        let mut key = String::from(if at == 0 { "" } else { "," });
        let _ = json_text(&mut key, &name);
        key.push(':');
        parts.push(key.into());
        parts.extend(element(item, graph));
    }
    parts.push(Piece::text("}"));
    parts
}
