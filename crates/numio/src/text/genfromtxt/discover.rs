//! The dtype of rows whose columns decide it, and their elements.

use super::super::giant::in_proportion;
use super::super::table::Warning;
use super::super::value::Value;
use super::all::Rows;
use super::columns::Head;
use super::elements::elements;
use super::error::Fault;
use super::kept::{Found, chars, is_missing};
use super::kind::{COMPLEX128, FLOAT64, FOUND, INT64, Kind, store};
use super::plan::Plan;
use super::rows::{Cell, Reading, Target, Wrong};
use super::target::{Places, filled};
use crate::{ByteOrder, DType, IntWidth, Record, Result, Scalar, TimeUnit};

const TEXT: Scalar = Scalar::Str(0, ByteOrder::NATIVE);

/// What the columns turn out to be.
pub(super) struct Discovery {
    pub(super) dtype: DType,
    pub(super) target: Target,
    columns: Vec<Discovered>,
    texts_become_bytes: bool,
}

struct Discovered {
    kind: Kind,
    /// Texts have no length yet.
    scalar: Scalar,
    /// False for a column of which no more is known than that values are missing.
    is_sure: bool,
    /// Characters of its longest value.
    longest: usize,
    /// Whether Latin-1 has all its characters.
    is_latin: bool,
    /// What a converter gave for each row; nothing where it failed.
    values: Option<Vec<Option<Value>>>,
}

impl Discovery {
    /// The kinds of the columns, before any rows are taken off.
    ///
    /// # Errors
    /// `InvalidData` where a converter fails and the dtype is to be found; `Unsupported` where the dtype stays unknown.
    pub(super) fn new(plan: &mut Plan<'_, '_>, rows: &Rows) -> Result<Self> {
        let mut columns = Vec::with_capacity(plan.columns.count);
        let given = plan.columns.dtype.as_ref();
        for column in 0..plan.columns.count {
            let found = rows.found.get(column).copied().unwrap_or_default();
            let status = found.kinds.trailing_zeros() as usize;
            let (kind, scalar) = match (given, plan.places) {
                (Some(_), Some(places)) => {
                    let scalar = places.values.get(column).map_or(TEXT, |(scalar, _)| *scalar);
                    let kind = Kind::of(scalar)
                        .ok_or_else(|| Fault::Unsupported(DType::from(scalar).to_string()))?;
                    (kind, scalar)
                }
                _ => FOUND.get(status).copied().unwrap_or((Kind::Text, TEXT)),
            };
            if matches!(scalar, Scalar::Datetime(TimeUnit::Generic, _)) {
                return Err(Fault::Unsupported("datetime64 without a unit".to_owned()).into());
            }
            let is_sure = given.is_some() || status > 0 || !found.is_unsure;
            columns.push(Discovered {
                kind,
                scalar,
                is_sure,
                longest: found.longest,
                is_latin: !found.is_wide,
                values: None,
            });
        }
        for (column, field, converter) in &mut plan.converters {
            let mut values = Vec::new();
            let tester = tester(plan.head, *field)?;
            let first = converter(tester).ok();
            let filling = plan.filling.get(*column).cloned().flatten();
            let scalar = filling.or(first).map(|value| scalar_of(&value));
            let missing = plan.missing.get(*column).map(Vec::as_slice).unwrap_or_default();
            let fields =
                rows.kept.iter().flat_map(|kept| (0..kept.rows()).map(|row| kept.field(row, *column)));
            for (row, field) in fields.enumerate() {
                let value = converter(field).ok();
                if given.is_none() && value.is_none() && !is_missing(field, missing) {
                    let line = row as u64 + 1 + plan.skip_header;
                    return Err(Fault::Locked { column: *column, line, found: field.to_owned() }.into());
                }
                values.push(value);
            }
            let Some(discovered) = columns.get_mut(*column) else { continue };
            if given.is_none() || plan.places.is_some_and(Places::is_each) {
                discovered.scalar = scalar.ok_or(Fault::Objects(*column))?;
            }
            discovered.is_sure = given.is_some() || values.iter().all(Option::is_some);
            discovered.values = Some(values);
        }
        Ok(Self { dtype: DType::FLOAT64, target: Target::default(), columns, texts_become_bytes: false })
    }

    /// Settles the dtype, and turns the rows that are left into its elements.
    ///
    /// # Errors
    /// As arrays and names have them.
    pub(super) fn convert(
        &mut self,
        plan: &mut Plan<'_, '_>,
        reading: &Reading<'_>,
        rows: &mut Rows,
    ) -> Result<()> {
        self.measure(plan, reading, rows);
        let is_each = plan.places.is_none_or(Places::is_each);
        let dtype = match &plan.columns.dtype {
            None => self.found(plan)?,
            Some(dtype) if is_each => self.given(dtype)?,
            Some(dtype) => dtype.clone(),
        };
        let is_longer = |given: &DType| given.itemsize() < dtype.itemsize();
        if plan.columns.dtype.as_ref().is_none_or(is_longer) {
            let bytes = rows.rows.saturating_mul(dtype.itemsize() as u64);
            in_proportion(bytes, rows.bytes, plan.limits)?;
        }
        let places = Places::of(&dtype, plan.columns.count)?;
        let mut cells = Vec::new();
        for (index, (&(scalar, offset), column)) in places.values.iter().zip(&self.columns).enumerate() {
            let kind = if column.values.is_some() { Kind::Given } else { column.kind };
            let filling = plan.filling.get(index).cloned().flatten();
            let default = match kind {
                Kind::Given => filled(
                    column.kind,
                    scalar,
                    &filling.or(plan.places.is_none().then_some(Value::Bool(false))),
                ),
                _ => filled(kind, scalar, &filling),
            };
            let missing = plan.missing.get(index).cloned().unwrap_or_default();
            cells.push(Cell {
                kind,
                scalar,
                offset,
                default,
                missing,
                is_alone: false,
                fortran: reading.fortran,
            });
        }
        self.target = Target::new(cells, places.size, plan.loose);
        let pieces = elements(&self.target, &rows.kept, plan.columns.count)?;
        rows.rows = 0;
        for piece in pieces {
            rows.add(piece, plan.limits.max_array_bytes)?;
        }
        self.fill(plan, rows);
        self.dtype = dtype;
        Ok(())
    }

    /// What NumPy warns of where texts become bytes.
    pub(super) fn warning(&self) -> Option<Warning> {
        self.texts_become_bytes.then_some(Warning::TextsAsBytes)
    }

    /// Finds the lengths of texts again where rows have been taken off or come from converters.
    fn measure(&mut self, plan: &Plan<'_, '_>, reading: &Reading<'_>, rows: &Rows) {
        let found: Vec<Found> =
            rows.kept.iter().map(|kept| reading.found(kept)).fold(Vec::new(), |all, new| {
                if all.is_empty() {
                    new
                } else {
                    all.iter().zip(new).map(|(one, other)| one.and(other)).collect()
                }
            });
        let rows = usize::try_from(rows.rows).unwrap_or(usize::MAX);
        for (index, column) in self.columns.iter_mut().enumerate() {
            column.longest = found.get(index).map_or(0, |found| found.longest);
            if let Some(values) = &mut column.values {
                values.truncate(rows);
                let default = plan.filling.get(index).cloned().flatten().unwrap_or(Value::Bool(false));
                let len = |value: &Option<Value>| {
                    value.as_ref().unwrap_or(&default).text().map_or(0, |text| chars(&text))
                };
                column.longest = values.iter().map(len).max().unwrap_or(0);
            } else if matches!(column.kind, Kind::Bool) && !column.is_sure {
                let default = plan.filling.get(index).cloned().flatten().unwrap_or(Value::Bool(false));
                column.longest = column.longest.max(default.text().map_or(0, |text| chars(&text)));
            }
        }
    }

    /// The dtype where none is given.
    fn found(&mut self, plan: &Plan<'_, '_>) -> Result<DType> {
        let texts = || self.columns.iter().filter(|column| matches!(column.scalar, Scalar::Str(..)));
        self.texts_become_bytes = plan.texts_as_bytes && texts().next().is_some();
        // Texts outside Latin-1 stay as they are, though NumPy warns all the same.
        if self.texts_become_bytes && self.columns.iter().all(|column| column.is_latin) {
            for column in &mut self.columns {
                if matches!(column.scalar, Scalar::Str(..)) {
                    column.scalar = Scalar::Bytes(0);
                }
            }
        }
        if plan.columns.names.is_none() {
            let mut sure = self.columns.iter().filter(|column| column.is_sure).map(|column| column.scalar);
            if let Some(first) = sure.next().filter(|first| sure.all(|other| other == *first)) {
                let longest = self.columns.iter().map(|column| column.longest).max().unwrap_or(0);
                return Ok(sized(first, longest.max(1)).into());
            }
        }
        let names = plan.columns.names_or(plan.default_format)?;
        let fields = names.iter().zip(&self.columns);
        let fields =
            fields.map(|(name, column)| (name.as_str(), sized(column.scalar, column.longest).into()));
        Ok(Record::packed(fields)?.into())
    }

    /// The dtype where one scalar is given, and converters may give another.
    fn given(&self, dtype: &DType) -> Result<DType> {
        let Some(scalar) = dtype.as_scalar() else { return Ok(dtype.clone()) };
        let is_other = |column: &Discovered| {
            column.values.is_some()
                && sized(column.scalar, 0) != sized(scalar, 0).with_byte_order(ByteOrder::NATIVE)
        };
        let own = |column: &Discovered| match column.values {
            Some(_) => sized(column.scalar, column.longest),
            None => scalar,
        };
        if self.columns.iter().any(is_other) {
            if let [only] = &self.columns[..] {
                return Ok(own(only).into());
            }
            return Ok(Record::packed(self.columns.iter().map(|column| ("", own(column).into())))?.into());
        }
        let longest = self.columns.iter().map(|column| column.longest).max().unwrap_or(0);
        Ok(match scalar {
            Scalar::Str(0, _) | Scalar::Bytes(0) => sized(scalar, longest.max(1)).into(),
            _ => dtype.clone(),
        })
    }

    /// Writes what the converters gave.
    fn fill(&self, plan: &Plan<'_, '_>, rows: &mut Rows) {
        for (index, (column, cell)) in self.columns.iter().zip(&self.target.cells).enumerate() {
            let Some(values) = &column.values else { continue };
            let fields = rows.kept.iter().flat_map(|kept| (0..kept.rows()).map(move |row| (kept, row)));
            let elements =
                rows.elements.iter_mut().flat_map(|chunk| chunk.chunks_exact_mut(self.target.size.max(1)));
            let mut fault = None;
            for (row, ((value, element), (kept, at))) in values.iter().zip(elements).zip(fields).enumerate() {
                let Some(out) = element.get_mut(cell.offset..cell.offset + cell.scalar.itemsize()) else {
                    continue;
                };
                let written = match (value, &cell.default) {
                    (Some(value), _) => store(value, cell.scalar, out).map_err(Wrong::Unheld),
                    (None, _) if !plan.loose && !is_missing(kept.field(at, index), &cell.missing) => {
                        Err(Wrong::Invalid(kept.field(at, index).to_owned()))
                    }
                    (None, Ok(default)) => {
                        out.copy_from_slice(default);
                        Ok(())
                    }
                    (None, Err(why)) => Err(Wrong::Unheld(why.clone())),
                };
                if let Err(wrong) = written {
                    fault = Some((row as u64, wrong));
                    break;
                }
            }
            rows.faults.resize(rows.faults.len().max(index + 1), None);
            if let (Some(known), Some(fault)) = (rows.faults.get_mut(index), fault) {
                *known = Some(fault);
            }
        }
    }
}

/// The field that shows what a converter gives.
fn tester(head: &Head, field: isize) -> Result<&str, Fault> {
    if !head.is_data {
        return Ok("1");
    }
    let field = if field < 0 { field.saturating_add_unsigned(head.fields.len()) } else { field };
    let text = usize::try_from(field).ok().and_then(|field| head.fields.get(field)).ok_or(Fault::NoColumn)?;
    Ok(if text.is_empty() { "1" } else { text })
}

/// The dtype that NumPy finds for a Python value.
fn scalar_of(value: &Value) -> Scalar {
    match value {
        Value::Bool(_) => Scalar::Bool,
        Value::Int(_) => INT64,
        Value::UInt(_) => Scalar::UInt(IntWidth::Bits64, ByteOrder::NATIVE),
        Value::Float(_) => FLOAT64,
        Value::Complex(_) => COMPLEX128,
        Value::Text(_) => TEXT,
        Value::Element(bytes) => Scalar::Void(u32::try_from(bytes.len()).unwrap_or(u32::MAX)),
    }
}

fn sized(scalar: Scalar, length: usize) -> Scalar {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    match scalar {
        Scalar::Str(_, order) => Scalar::Str(length, order),
        Scalar::Bytes(_) => Scalar::Bytes(length),
        other => other,
    }
}
