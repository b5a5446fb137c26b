//! The plan for the columns of a text: their names, their dtypes, and which of them are read.

use std::io::Read;

use numio::{DType, Error, ErrorKind, Result, Scalar};

use super::blocks::Blocks;
use super::discover::{self, Discovery, Kind, place, utf8};
use super::encoding::TextEncoding;
use super::fields::{Dialect, NumberStyle};
use super::names::{self, ColumnChoice, ColumnRange, Fill, Leaf};
use crate::notes::complain;

/// Options for reading a text.
#[derive(Debug, Clone)]
pub struct TextIn {
    /// `None` to find one by reading all of the text.
    pub dtype: Option<DType>,
    pub dialect: Dialect,
    /// `None` to follow the text's byte order mark, and to assume UTF-8 without one.
    pub encoding: Option<TextEncoding>,
    pub skip_rows: u64,
    pub skip_footer: usize,
    /// True if the first row holds names.
    pub has_header: bool,
    /// True if a line of units follows the names.
    pub has_units: bool,
    pub columns: Option<Vec<ColumnChoice>>,
    /// Dtypes of single columns.
    pub casts: Vec<(String, DType)>,
    /// Names of single columns, old and new.
    pub renames: Vec<(String, String)>,
    pub missing: Vec<String>,
    pub fill: Fill,
    pub numbers: NumberStyle,
    pub wide_as_text: bool,
    pub skip_bad: bool,
    pub fill_short: bool,
    pub explain: bool,
}

impl TextIn {
    pub(super) fn blocks(&self, input: Box<dyn Read>, size: usize) -> Blocks {
        Blocks::new(input, size, Some(&self.dialect), self.skip_footer)
    }

    /// Skips everything before the rows, and returns the names in it.
    pub(super) fn start(&self, blocks: &mut Blocks) -> Result<Option<Vec<String>>> {
        blocks.skip_lines(self.skip_rows)?;
        if !self.has_header {
            return Ok(None);
        }
        let names = self.names(blocks)?;
        if self.has_units {
            // An empty line is not a row.
            while blocks.line()?.is_some_and(|line| line.trim_ascii().is_empty()) {}
        }
        Ok(Some(names))
    }

    /// The names in the first line that has any. savetxt writes them as a comment.
    fn names(&self, blocks: &mut Blocks) -> Result<Vec<String>> {
        let dialect = Dialect { comments: String::new(), ..self.dialect.clone() };
        let Some(mut block) = blocks.next()? else { return Ok(Vec::new()) };
        let text = utf8(block.text())?;
        let is_comment = !self.dialect.comments.is_empty() && text.starts_with(&self.dialect.comments);
        let skipped = if is_comment { self.dialect.comments.len() } else { 0 };
        let mut rows = dialect.rows(text.get(skipped..).unwrap_or_default(), block.line);
        let names = rows.next().map(|row| row.fields).unwrap_or_default();
        let names = names.iter().map(|name| name.trim().to_owned()).collect();
        let (line, rest) = (rows.line(), rows.rest().len());
        block.keep_end(rest, line);
        blocks.put_back(block);
        Ok(names)
    }

    /// The distinct names of the rows' columns, if any, and the number of columns. R leaves out the name of the first, which
    /// a first row shows, or two where rows may be bad.
    fn all_names(&self, blocks: &mut Blocks) -> Result<Columns> {
        let names = self.start(blocks)?;
        let widths = self.widths(blocks, if self.skip_bad { 2 } else { 1 })?;
        let width = widths.first().copied();
        let Some(mut names) = names else {
            return Ok(Columns { width: width.unwrap_or(0), ..Columns::default() });
        };
        if width.is_some() && widths.iter().all(|&width| width == names.len() + 1) {
            names.insert(0, String::new());
        }
        let (mut names, changed) = names::distinct(names);
        // All at once, so that two columns can exchange their names.
        let own = names.clone();
        for (old, new) in &self.renames {
            let at = names::known("--rename", old, &own)?;
            if let Some(name) = names.get_mut(at) {
                name.clone_from(new);
            }
        }
        Ok(Columns { width: names.len(), names: Some(names), changed })
    }

    /// The chosen columns, by their names in the header or their new ones.
    fn chosen(&self, choices: &[ColumnChoice], names: Option<&[String]>, width: usize) -> Result<Vec<isize>> {
        let renamed: Vec<ColumnChoice> = choices
            .iter()
            .map(|choice| {
                let mut choice = choice.clone();
                if let ColumnRange::Name(name) = &mut choice.columns
                    && let Some((_, new)) = self.renames.iter().find(|(old, _)| old == name)
                {
                    name.clone_from(new);
                }
                choice
            })
            .collect();
        names::chosen(&renamed, names, width)
    }

    /// The numbers of fields in the first rows, of which there are `most` at most.
    fn widths(&self, blocks: &mut Blocks, most: usize) -> Result<Vec<usize>> {
        let Some(block) = blocks.next()? else { return Ok(Vec::new()) };
        let rows = self.dialect.rows(utf8(block.text())?, block.line).take(most);
        let widths = rows.map(|row| row.fields.len()).collect();
        blocks.put_back(block);
        Ok(widths)
    }

    /// Returns whether fields are to be changed before they are read.
    fn is_changing(&self) -> bool {
        let has_fill = !self.fill.is_empty() || !self.missing.is_empty();
        let is_odd = self.dialect.comments.chars().count() > 1 && self.dialect.quote.is_some();
        has_fill || self.fill_short || self.numbers != NumberStyle::default() || is_odd
    }
}

/// The columns of a text's rows.
#[derive(Default)]
pub(super) struct Columns {
    names: Option<Vec<String>>,
    /// Empty and repeated names, and those that replace them.
    changed: Vec<String>,
    width: usize,
}

/// The mapping of a text's rows to elements.
pub(super) struct Plan {
    pub(super) dtype: DType,
    /// The columns of the file that hold the values of a row; `None` for all, in order.
    pub(super) columns: Option<Vec<isize>>,
    /// The values of a row, if the dtype determines their number.
    pub(super) leaves: Vec<Leaf>,
    /// True if missing fields have a default value, as they do if the dtype was discovered.
    pub(super) fills_gaps: bool,
    /// True if all rows go through [`Texts::rewrite`].
    pub(super) is_changing: bool,
    pub(super) names: Option<Vec<String>>,
    /// Names of the header that had to be changed.
    pub(super) changed: Vec<String>,
}

impl TextIn {
    /// The plan for a given dtype.
    pub(super) fn plan(&self, blocks: &mut Blocks) -> Result<Plan> {
        let Columns { names, changed, width } = self.all_names(blocks)?;
        let mut dtype = self.dtype.clone().unwrap_or(DType::FLOAT64);
        let mut columns = self.columns.as_deref();
        let mut chosen =
            columns.take().map(|choices| self.chosen(choices, names.as_deref(), width)).transpose()?;
        if let Some(names) = &names {
            let some = selected(names, chosen.as_deref());
            let (matched, by_name) = names::matched(dtype, &some)?;
            dtype = matched;
            if let Some(by_name) = by_name {
                let column =
                    |at: usize| chosen.as_ref().map_or(Some(at as isize), |all| all.get(at).copied());
                let found = by_name.into_iter().filter_map(column).collect();
                chosen = Some(found);
            }
        }
        let mut is_bool = dtype.as_scalar() == Some(Scalar::Bool);
        if !self.casts.is_empty() {
            let all = names.clone().unwrap_or_else(|| (0..width).map(|at| format!("f{at}")).collect());
            let some = selected(&all, chosen.as_deref());
            let own: Vec<DType> = match dtype.as_record() {
                Some(record) => record.fields().iter().map(|field| field.dtype.clone()).collect(),
                None => vec![dtype.clone(); some.len()],
            };
            dtype = discover::record(some.clone(), self.cast(&some, own)?)?;
        }
        let leaves = if dtype.as_record().is_some() { names::leaves(&dtype) } else { Vec::new() };
        names::check_lengths(&leaves)?;
        if let Some(chosen) =
            chosen.as_ref().filter(|chosen| !leaves.is_empty() && chosen.len() != leaves.len())
        {
            let what =
                format!("--columns: {} are chosen, and the dtype has {} values", chosen.len(), leaves.len());
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        if !self.fill.by_name.is_empty() {
            let own: Vec<String> = leaves.iter().map(|leaf| leaf.name.clone()).collect();
            self.fill.check(&own)?;
        }
        is_bool |= leaves.iter().any(|leaf| leaf.dtype.as_scalar() == Some(Scalar::Bool));
        let is_changing = self.is_changing() || is_bool;
        Ok(Plan { dtype, columns: chosen, leaves, fills_gaps: false, is_changing, names, changed })
    }

    /// Replaces the dtypes of single columns among those of all.
    fn cast(&self, names: &[String], mut dtypes: Vec<DType>) -> Result<Vec<DType>> {
        for (name, dtype) in &self.casts {
            if let Some(slot) = dtypes.get_mut(names::known("--as", name, names)?) {
                slot.clone_from(dtype);
            }
        }
        Ok(dtypes)
    }

    /// Reads all of a text to find each column's dtype. Names, or columns without a common dtype, make it structured.
    pub(super) fn discover(&self, text: Box<dyn Read>, size: usize) -> Result<Plan> {
        Ok(self.discover_in(&mut self.blocks(text, size), usize::MAX)?.0)
    }

    /// Finds each column's dtype in the first block of a text. `None` where that does not tell what the others can be: the
    /// library refuses all that does not fit a column of plain numbers.
    pub(super) fn guess(&self, text: Box<dyn Read>, size: usize) -> Result<Option<Plan>> {
        if !self.casts.is_empty() || self.skip_bad || self.explain {
            return Ok(None);
        }
        let mut blocks = self.blocks(text, size);
        let Ok((plan, found)) = self.discover_in(&mut blocks, 1) else { return Ok(None) };
        Ok((!plan.is_changing && found.keeps(&plan.dtype)).then_some(plan))
    }

    /// The dtypes of the columns in the first `most` blocks.
    fn discover_in(&self, blocks: &mut Blocks, most: usize) -> Result<(Plan, Discovery)> {
        let Columns { names, changed, width } = self.all_names(blocks)?;
        let chosen = self.columns.as_deref();
        let chosen = chosen.map(|choices| self.chosen(choices, names.as_deref(), width)).transpose()?;
        let rules = discover::FieldRules {
            dialect: &self.dialect,
            columns: chosen.as_deref(),
            missing: &self.missing,
            numbers: self.numbers,
        };
        let mut found = Discovery::of(blocks, rules, most)?;
        let all = names
            .clone()
            .unwrap_or_else(|| (0..width.max(found.columns.len())).map(|at| format!("f{at}")).collect());
        let some = selected(&all, chosen.as_deref());
        self.fill.check(&some)?;
        if names.is_some() && !self.skip_bad && found.columns.len() > some.len() {
            let (width, wanted) = (found.columns.len(), some.len());
            let what = format!(
                "line {}: {width} fields, where the header has {wanted} names: --skip-bad leaves the row out",
                found.widest
            );
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        found.columns.resize(some.len(), discover::ColumnFacts::default());
        let mut dtypes = Vec::new();
        for (at, (facts, name)) in found.columns.iter().zip(&some).enumerate() {
            let number = chosen.as_ref().and_then(|all| place(*all.get(at)?, width)).unwrap_or(at) + 1;
            // Of several, the last.
            let cast = self.casts.iter().rev().find(|(known, _)| known == name);
            dtypes.push(match cast {
                Some((_, dtype)) => facts.sized(dtype, self.fill.of(name))?,
                None => facts.dtype(name, number, self.fill.of(name), self.wide_as_text)?,
            });
        }
        self.casts.iter().try_for_each(|(name, _)| names::known("--as", name, &some).map(drop))?;
        if self.explain {
            for ((facts, dtype), name) in found.columns.iter().zip(&dtypes).zip(&some) {
                complain(&format!("{name}: {dtype}: {}", facts.reason(facts.kind(self.wide_as_text))));
            }
        }
        let common = discover::common(&found.columns, &dtypes, self.wide_as_text);
        let dtype = match common.filter(|_| names.is_none() && self.casts.is_empty()) {
            Some(dtype) => dtype,
            None if dtypes.is_empty() => DType::FLOAT64,
            None => discover::record(some, dtypes)?,
        };
        let columns = if dtype.as_record().is_some() { 1 } else { found.columns.len() };
        names::check_proportion(found.rows, dtype.itemsize().saturating_mul(columns), found.bytes)?;
        let leaves = if dtype.as_record().is_some() { names::leaves(&dtype) } else { Vec::new() };
        let has_gaps = found.columns.iter().any(|facts| facts.missing > 0);
        let has_bools = found.columns.iter().any(|facts| facts.kind(self.wide_as_text) == Kind::Bool);
        let is_changing = self.is_changing() || has_gaps || has_bools;
        let plan = Plan { dtype, columns: chosen, leaves, fills_gaps: true, is_changing, names, changed };
        Ok((plan, found))
    }
}

/// The names of the columns that are read.
pub(super) fn selected(names: &[String], columns: Option<&[isize]>) -> Vec<String> {
    let Some(columns) = columns else { return names.to_vec() };
    let name = |&column: &isize| names.get(place(column, names.len())?).cloned();
    columns.iter().enumerate().map(|(at, column)| name(column).unwrap_or_else(|| format!("f{at}"))).collect()
}
