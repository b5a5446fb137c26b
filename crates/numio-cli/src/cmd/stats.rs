//! `numio stats`: what arrays hold, in numbers.

use std::ffi::OsString;
use std::io::{self, Write};

use clap::Args;
use numio::blocks::BlockSource;
use numio::stats::{
    AxisStats, ComplexStats, FieldStats, Histogram, Number, NumberStats, Stats, StatsOptions, Summary,
    TextStats,
};
use numio::{DType, Datetime64, DynArray, Scalar, Timedelta64};
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::files::{Walk, visit};
use crate::json::{array_value, float_value};
use crate::notes::complain;
use crate::open::{Opening, Subject};
use crate::output::{Output, Style, Verdict};
use crate::progress::{self, Watched};
use crate::text::{self, Side, Table};

/// Summarise arrays: extremes, mean, spread, quantiles, a histogram
///
/// Goes through files piece by piece, on all cores. NaN and NaT are counted and left out, as by numpy.nanmean; sums are
/// compensated, and made in 64 bits; quantiles are exact, with linear interpolation. Texts, dates, complex numbers, the
/// fields of records and Python objects are each described by their own kind.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio stats x.npy
  numio stats --quantiles 0.01,0.99 'x.npz:w[:, 0]'
  numio stats --axis 0 x.npy                a row for each column
  numio stats -r results/
  numio stats --json x.npy | jq '.[0].fields[0].mean'

JSON: a list with an object for each array: file, member (of archives), dtype, shape, elements, and
fields, a list with an object for each field of a record, or one in all:
  name, dtype, kind (numbers, times, complex, texts or objects), count,
  numbers:  nan, inf, zero, min and max (null, or value and index), mean, std, median,
            quantiles (a list with quantile and value), unique (null above 16 bits),
            histogram (null, or edges and counts)
  times:    the same, with times as text
  complex:  nan, inf, zero, min, max, mean, std
  texts:    empty, shortest, longest, min, max, unique (null if there are more than 2^20)
  objects:  types (a list with type and count)
With --axis, an object has axis, and of each field name, shape, and nested lists nan, min, max,
mean, std, median and quantiles (null above 2^24 elements).
NaN and infinities are \"NaN\", \"Infinity\" and \"-Infinity\".")]
pub struct StatsVerb {
    /// Files, members, slices, archives, directories or patterns; - is standard input
    #[arg(required = true, value_name = "A")]
    targets: Vec<OsString>,
    /// Summarise along this axis, for each position of the others; negative ones count from the last
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    axis: Option<isize>,
    /// Quantiles to give, each from 0 to 1
    #[arg(long, value_name = "Q,...", value_delimiter = ',', default_values_t = [0.25, 0.5, 0.75])]
    quantiles: Vec<f64>,
    /// The number of bins of the histogram; 0 for none
    #[arg(long, value_name = "N", default_value_t = 20)]
    bins: u16,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    walk: Walk,
    #[command(flatten)]
    opening: Opening,
}

impl StatsVerb {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        if let Some(wrong) = self.quantiles.iter().find(|quantile| !(0.0..=1.0).contains(*quantile)) {
            return Err(Failure::Usage(format!("--quantiles: {wrong}: expected numbers from 0 to 1")));
        }
        let mut rows = Vec::new();
        let mut is_first = true;
        let verdict = visit(&self.targets, &self.walk, &self.opening, &mut |name, member, subject| {
            let Subject::Array(array) = subject else {
                complain(&format!("{}{}: {}: no statistics of that", name, suffix(member), subject.kind()));
                // Of an archive, the arrays are asked for.
                return Ok(if member.is_some() { Verdict::Good } else { Verdict::Bad });
            };
            let axis = match self.axis.map(|axis| axis_of(axis, &*array)).transpose() {
                Ok(axis) => axis,
                // Other arrays may have that axis.
                Err(why) => {
                    complain(&format!("{name}{}: {why}", suffix(member)));
                    return Ok(Verdict::Bad);
                }
            };
            if self.json {
                rows.push(self.row(name, member, &*array, axis)?);
            } else {
                if !is_first {
                    writeln!(out)?;
                }
                is_first = false;
                self.print(out, &format!("{name}{}", suffix(member)), &*array, axis)?;
            }
            Ok(Verdict::Good)
        })?;
        if self.json {
            serde_json::to_writer_pretty(out.json(), &rows).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        Ok(verdict)
    }

    fn options(&self) -> StatsOptions {
        let mut quantiles = self.quantiles.clone();
        if !quantiles.contains(&0.5) {
            quantiles.push(0.5);
        }
        let mut options = StatsOptions::new();
        options.quantiles(&quantiles).bins(self.bins.into());
        options
    }

    fn described(&self, array: &dyn BlockSource) -> Result<Stats, Failure> {
        let bytes = array.shape().iter().product::<usize>().saturating_mul(array.dtype().itemsize());
        // Twice through most arrays.
        let bar = progress::bar((bytes as u64).saturating_mul(2));
        let found = self.options().describe(&Watched::new(array, &bar));
        bar.finish_and_clear();
        Ok(found?)
    }

    fn row(
        &self,
        name: &str,
        member: Option<&str>,
        array: &dyn BlockSource,
        axis: Option<usize>,
    ) -> Result<Value, Failure> {
        let mut row = Map::new();
        row.insert("file".to_owned(), name.into());
        if let Some(member) = member {
            row.insert("member".to_owned(), member.into());
        }
        row.insert("dtype".to_owned(), array.dtype().to_string().into());
        row.insert("shape".to_owned(), json!(array.shape()));
        row.insert("elements".to_owned(), array.shape().iter().product::<usize>().into());
        let fields: Vec<Value> = match axis {
            Some(axis) => {
                row.insert("axis".to_owned(), axis.into());
                self.options().describe_axis(array, axis)?.iter().map(axis_value).collect()
            }
            None => {
                let found = self.described(array)?;
                found.fields.iter().map(field_value).collect::<Result<_, _>>()?
            }
        };
        row.insert("fields".to_owned(), fields.into());
        Ok(Value::Object(row))
    }

    fn print(
        &self,
        out: &mut Output,
        name: &str,
        array: &dyn BlockSource,
        axis: Option<usize>,
    ) -> Result<(), Failure> {
        out.styled(Style::Strong, &text::visible(name))?;
        writeln!(out, ": {} {}", text::visible(&array.dtype().to_string()), text::shape(array.shape()))?;
        if let Some(axis) = axis {
            for field in self.options().describe_axis(array, axis)? {
                print_axis(out, &field)?;
            }
            return Ok(());
        }
        let found = self.described(array)?;
        for field in &found.fields {
            print_field(out, field)?;
        }
        Ok(())
    }
}

/// The axis as a number from 0 on, or why the array has none of that number.
fn axis_of(axis: isize, array: &dyn BlockSource) -> Result<usize, String> {
    let axes = array.shape().len();
    let from_first = if axis < 0 { axis.checked_add_unsigned(axes) } else { Some(axis) };
    let found = from_first.and_then(|axis| usize::try_from(axis).ok()).filter(|axis| *axis < axes);
    found.ok_or_else(|| format!("--axis {axis}: the array has {axes} axes"))
}

fn suffix(member: Option<&str>) -> String {
    member.map_or_else(String::new, |member| format!(":{member}"))
}

/// Prints a number of a dtype: times as such.
pub(super) fn number_text(number: Number, dtype: &DType) -> String {
    match (number, dtype.as_scalar()) {
        (Number::Int(ticks), Some(Scalar::Datetime(unit, _))) => {
            Datetime64::new(ticks as i64, unit).to_string()
        }
        (Number::Int(ticks), Some(Scalar::Timedelta(unit, _))) => {
            Timedelta64::new(ticks as i64, unit).to_string()
        }
        (Number::Int(value), Some(Scalar::Bool)) => if value == 0 { "False" } else { "True" }.to_owned(),
        (Number::Int(value), _) => value.to_string(),
        (Number::Float(value), _) => float_text(value),
    }
}

fn number_value(number: Number, dtype: &DType) -> Value {
    match (number, dtype.as_scalar()) {
        (_, Some(Scalar::Datetime(..) | Scalar::Timedelta(..))) => number_text(number, dtype).into(),
        (Number::Int(value), Some(Scalar::Bool)) => (value != 0).into(),
        // Nothing else of 64 bits and a sign has more.
        (Number::Int(value), _) => match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => value.into(),
            (_, Ok(value)) => value.into(),
            _ => value.to_string().into(),
        },
        (Number::Float(value), _) => float_value(value),
    }
}

/// A number of ticks that need not be whole, as a time; any other number as it is.
pub(super) fn average_text(value: f64, dtype: &DType) -> String {
    match dtype.as_scalar() {
        Some(Scalar::Datetime(..) | Scalar::Timedelta(..)) => {
            number_text(Number::Int(value.round() as i128), dtype)
        }
        _ => float_text(value),
    }
}

fn average_value(value: f64, dtype: &DType) -> Value {
    match dtype.as_scalar() {
        Some(Scalar::Datetime(..) | Scalar::Timedelta(..)) => average_text(value, dtype).into(),
        _ => float_value(value),
    }
}

/// A number of ticks that need not be whole, as a duration: with the name of the unit.
fn duration_text(ticks: f64, dtype: &DType) -> String {
    let Some(Scalar::Datetime(unit, _) | Scalar::Timedelta(unit, _)) = dtype.as_scalar() else {
        return float_text(ticks);
    };
    let one = Timedelta64::new(1, unit).to_string();
    let (count, name) = one.split_once(' ').unwrap_or(("1", "ticks"));
    format!("{} {name}", float_text(ticks * count.parse().unwrap_or(1.0)))
}

/// As NumPy prints it.
fn float_text(value: f64) -> String {
    DynArray::from(ndarray_zero(value)).to_string()
}

fn ndarray_zero(value: f64) -> ndarray::Array0<f64> {
    ndarray::arr0(value)
}

fn field_value(field: &FieldStats) -> Result<Value, Failure> {
    let dtype = &field.dtype;
    let mut map = Map::new();
    let mut put = |key: &str, value: Value| {
        map.insert(key.to_owned(), value);
    };
    put("name", field.name.clone().into());
    put("dtype", dtype.to_string().into());
    match &field.summary {
        Summary::Numbers(numbers) | Summary::Times(numbers) => {
            let is_time = matches!(field.summary, Summary::Times(_));
            put("kind", if is_time { "times" } else { "numbers" }.into());
            put("count", numbers.count.into());
            put("nan", numbers.nans.into());
            put("inf", numbers.infinities.into());
            put("zero", numbers.zeros.into());
            let at = |found: &Option<numio::stats::At<Number>>| {
                found.as_ref().map_or(
                    Value::Null,
                    |at| json!({"value": number_value(at.value, dtype), "index": at.index}),
                )
            };
            put("min", at(&numbers.min));
            put("max", at(&numbers.max));
            let average = |value: Option<f64>| value.map_or(Value::Null, |value| average_value(value, dtype));
            put("mean", average(numbers.mean));
            // A spread of times is a number of ticks.
            put("std", numbers.std.map_or(Value::Null, float_value));
            put("median", average(median(numbers)));
            let quantile = |found: &numio::stats::Quantile| json!({"quantile": found.quantile, "value": average(found.value)});
            put("quantiles", numbers.quantiles.iter().map(quantile).collect());
            put("unique", json!(numbers.unique));
            let histogram = numbers.histogram.as_ref().map_or(Value::Null, |histogram| {
                let edges: Vec<Value> =
                    histogram.edges.iter().map(|edge| average_value(*edge, dtype)).collect();
                json!({"edges": edges, "counts": histogram.counts})
            });
            put("histogram", histogram);
        }
        Summary::Complex(complex) => {
            put("kind", "complex".into());
            put("count", complex.count.into());
            put("nan", complex.nans.into());
            put("inf", complex.infinities.into());
            put("zero", complex.zeros.into());
            let pair = |(re, im): (f64, f64)| json!([float_value(re), float_value(im)]);
            let at = |found: &Option<numio::stats::At<(f64, f64)>>| {
                found.as_ref().map_or(Value::Null, |at| json!({"value": pair(at.value), "index": at.index}))
            };
            put("min", at(&complex.min));
            put("max", at(&complex.max));
            put("mean", complex.mean.map_or(Value::Null, pair));
            put("std", complex.std.map_or(Value::Null, float_value));
        }
        Summary::Texts(texts) => {
            put("kind", "texts".into());
            put("count", texts.count.into());
            put("empty", texts.empty.into());
            put("shortest", json!(texts.lengths.map(|(shortest, _)| shortest)));
            put("longest", json!(texts.lengths.map(|(_, longest)| longest)));
            for (key, found) in [("min", &texts.min), ("max", &texts.max)] {
                let value = match found {
                    Some(at) => json!({"value": array_value(&at.value)?, "index": at.index}),
                    None => Value::Null,
                };
                put(key, value);
            }
            put("unique", json!(texts.unique));
        }
        Summary::Objects(objects) => {
            put("kind", "objects".into());
            put("count", objects.count.into());
            let types = objects.types.iter().map(|(name, count)| json!({"type": name, "count": count}));
            put("types", types.collect());
        }
        _ => put("kind", "unknown".into()),
    }
    Ok(Value::Object(map))
}

fn median(numbers: &NumberStats) -> Option<f64> {
    numbers.quantiles.iter().find(|found| found.quantile == 0.5).and_then(|found| found.value)
}

fn axis_value(field: &AxisStats) -> Value {
    let nested = |list: &[f64]| nest(&field.shape, &mut list.iter().map(|value| float_value(*value)));
    let median = field.quantiles.iter().find(|(quantile, _)| *quantile == 0.5);
    let quantiles: Vec<Value> = field
        .quantiles
        .iter()
        .map(|(quantile, list)| json!({"quantile": quantile, "value": nested(list)}))
        .collect();
    json!({
        "name": field.name,
        "shape": field.shape,
        "nan": nest(&field.shape, &mut field.nans.iter().map(|count| Value::from(*count))),
        "min": nested(&field.min),
        "max": nested(&field.max),
        "mean": nested(&field.mean),
        "std": nested(&field.std),
        "median": median.map_or(Value::Null, |(_, list)| nested(list)),
        "quantiles": if quantiles.is_empty() { Value::Null } else { quantiles.into() },
    })
}

/// A flat list as lists of this shape. Recurses once per axis.
fn nest(shape: &[usize], values: &mut dyn Iterator<Item = Value>) -> Value {
    match shape.split_first() {
        None => values.next().unwrap_or(Value::Null),
        Some((&len, rest)) => (0..len).map(|_| nest(rest, values)).collect(),
    }
}

fn print_field(out: &mut Output, field: &FieldStats) -> Result<(), Failure> {
    let mut indent = "  ";
    if !field.name.is_empty() {
        writeln!(out, "  {}: {}", text::visible(&field.name), text::visible(&field.dtype.to_string()))?;
        indent = "    ";
    }
    let lines = field_lines(field);
    let widest = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, value) in lines {
        let padding = " ".repeat(widest - name.chars().count());
        writeln!(out, "{indent}{name}{padding}  {}", text::visible(&value))?;
    }
    Ok(())
}

/// What there is to say of a field, each under its name.
pub fn field_lines(field: &FieldStats) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut line = |name: &str, value: String| lines.push((name.to_owned(), value));
    match &field.summary {
        Summary::Numbers(numbers) | Summary::Times(numbers) => number_lines(numbers, &field.dtype, &mut line),
        Summary::Complex(complex) => complex_lines(complex, &mut line),
        Summary::Texts(texts) => text_lines(texts, &mut line),
        Summary::Objects(objects) => {
            line("count", objects.count.to_string());
            for (name, count) in &objects.types {
                line(name, count.to_string());
            }
        }
        _ => {}
    }
    lines
}

fn number_lines(numbers: &NumberStats, dtype: &DType, line: &mut dyn FnMut(&str, String)) {
    line("count", numbers.count.to_string());
    let is_time = matches!(dtype.as_scalar(), Some(Scalar::Datetime(..) | Scalar::Timedelta(..)));
    let of_none = if is_time { "NaT" } else { "nan" };
    let counts = [(of_none, numbers.nans), ("inf", numbers.infinities), ("zero", numbers.zeros)];
    for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        line(name, count.to_string());
    }
    for (name, found) in [("min", &numbers.min), ("max", &numbers.max)] {
        if let Some(at) = found {
            line(name, format!("{} at {:?}", number_text(at.value, dtype), at.index));
        }
    }
    if let Some(mean) = numbers.mean {
        line("mean", average_text(mean, dtype));
    }
    if let Some(std) = numbers.std {
        line("std", if is_time { duration_text(std, dtype) } else { float_text(std) });
    }
    for found in &numbers.quantiles {
        if let Some(value) = found.value {
            let name = if found.quantile == 0.5 {
                "median".to_owned()
            } else {
                format!("{}%", text::digits(found.quantile * 100.0, 6))
            };
            line(&name, average_text(value, dtype));
        }
    }
    if let Some(unique) = numbers.unique {
        line("unique", unique.to_string());
    }
    if let Some(histogram) = numbers.histogram.as_ref().filter(|histogram| !histogram.counts.is_empty()) {
        let edge = |edge: Option<&f64>| edge.map_or_else(String::new, |edge| average_text(*edge, dtype));
        let (low, high) = (edge(histogram.edges.first()), edge(histogram.edges.last()));
        line("histogram", format!("{low} {} {high}", blocks(histogram)));
    }
}

/// A column for each bin, as high as it has values: the highest is a full block.
fn blocks(histogram: &Histogram) -> String {
    const HEIGHTS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = histogram.counts.iter().copied().max().unwrap_or(0).max(1);
    let height = |count: &u64| {
        // Whatever is there is seen.
        let eighths = (u128::from(*count) * 8).div_ceil(u128::from(most));
        HEIGHTS.get(eighths as usize).copied().unwrap_or('█')
    };
    histogram.counts.iter().map(height).collect()
}

fn complex_lines(complex: &ComplexStats, line: &mut dyn FnMut(&str, String)) {
    let pair =
        |(re, im): (f64, f64)| DynArray::from(ndarray::arr0(num_complex::Complex::new(re, im))).to_string();
    line("count", complex.count.to_string());
    let counts = [("nan", complex.nans), ("inf", complex.infinities), ("zero", complex.zeros)];
    for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        line(name, count.to_string());
    }
    for (name, found) in [("min", &complex.min), ("max", &complex.max)] {
        if let Some(at) = found {
            line(name, format!("{} at {:?}", pair(at.value), at.index));
        }
    }
    if let Some(mean) = complex.mean {
        line("mean", pair(mean));
    }
    if let Some(std) = complex.std {
        line("std", float_text(std));
    }
}

fn text_lines(texts: &TextStats, line: &mut dyn FnMut(&str, String)) {
    line("count", texts.count.to_string());
    if texts.empty > 0 {
        line("empty", texts.empty.to_string());
    }
    if let Some((shortest, longest)) = texts.lengths {
        line("length", format!("{shortest} to {longest}"));
    }
    for (name, found) in [("min", &texts.min), ("max", &texts.max)] {
        if let Some(at) = found {
            // As an element, whose type is told already.
            let text = at.value.to_string();
            let bytes = text.strip_prefix("np.bytes_(").and_then(|rest| rest.strip_suffix(')'));
            line(name, format!("{} at {:?}", bytes.unwrap_or(&text), at.index));
        }
    }
    line("unique", texts.unique.map_or_else(|| "more than 1048576".to_owned(), |count| count.to_string()));
}

/// The most rows that are printed.
const MOST_ROWS: usize = 1000;

fn print_axis(out: &mut Output, field: &AxisStats) -> Result<(), Failure> {
    if !field.name.is_empty() {
        writeln!(out, "  {}", text::visible(&field.name))?;
    }
    let mut columns = vec![("  index", Side::Left), ("min", Side::Right), ("max", Side::Right)];
    columns.extend([("mean", Side::Right), ("std", Side::Right)]);
    let median = field.quantiles.iter().find(|(quantile, _)| *quantile == 0.5);
    if median.is_some() {
        columns.push(("median", Side::Right));
    }
    columns.push(("nan", Side::Right));
    let mut table = Table::new(&columns);
    let lists = [
        Some(&field.min),
        Some(&field.max),
        Some(&field.mean),
        Some(&field.std),
        median.map(|(_, list)| list),
    ];
    for position in 0..field.min.len().min(MOST_ROWS) {
        let index = numio::blocks::index_of(position, &field.shape);
        let mut cells = vec![format!("  {index:?}")];
        for list in lists.into_iter().flatten() {
            cells.push(list.get(position).map_or_else(String::new, |value| float_text(*value)));
        }
        cells.push(field.nans.get(position).map_or_else(String::new, usize::to_string));
        table.row(cells);
    }
    table.print(out)?;
    if field.min.len() > MOST_ROWS {
        writeln!(out, "  and {} more: --json has all", field.min.len() - MOST_ROWS)?;
    }
    Ok(())
}
