//! From the rows of a text to the array: what the dtype turns out to be, masks, and what was wrong.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::super::assemble::fit;
use super::super::table::{Table, Warning};
use super::all::Rows;
use super::discover::Discovery;
use super::error::Fault;
use super::plan::Plan;
use super::rows::{Reading, Target, Wrong};
use super::target::{Shape, mask_dtype};
use crate::array::{Buffer, Data, Layout, byte_len};
use crate::{DType, DynArray, Order, Result, Scalar};

impl Plan<'_, '_> {
    /// The array of all rows.
    ///
    /// # Errors
    /// What is wrong in them, in NumPy's order: kinds that cannot be, lines of another number of columns, values.
    pub(super) fn table(
        mut self,
        reading: Reading<'_>,
        mut rows: Rows,
        mut warnings: Vec<Warning>,
    ) -> Result<Table> {
        let mut discovery = None;
        if reading.target.is_none() {
            let mut found = Discovery::new(&mut self, &rows)?;
            self.cut(&mut rows, &mut warnings)?;
            found.convert(&mut self, &reading, &mut rows)?;
            warnings.extend(found.warning());
            discovery = Some(found);
        } else {
            self.cut(&mut rows, &mut warnings)?;
        }
        let (dtype, target) = match (&discovery, reading.target) {
            (Some(found), _) => (found.dtype.clone(), &found.target),
            (None, Some(target)) => (self.columns.dtype.clone().unwrap_or(DType::FLOAT64), target),
            (None, None) => return Err(Fault::NoColumn.into()),
        };
        if target.overflowed.load(Ordering::Relaxed) {
            warnings.push(Warning::Overflow);
        }
        let is_record = dtype.as_record().is_some();
        if rows.rows > 0 {
            self.check(&dtype, &rows)?;
        }
        let count = usize::try_from(rows.rows).unwrap_or(usize::MAX);
        let shape = match (is_record, count) {
            (true, _) | (_, 0) => vec![count],
            _ => vec![count, self.columns.count],
        };
        let mask = if self.usemask {
            let mut mask = std::mem::take(&mut rows.mask);
            if is_record {
                mark(&dtype, target, &rows.elements, &mut mask);
            }
            let dtype = if is_record { mask_dtype(&dtype)? } else { DType::from(Scalar::Bool) };
            Some(self.array(dtype, shape.clone(), vec![mask])?)
        } else {
            None
        };
        let array = self.array(dtype, shape, rows.elements)?;
        Ok(Table::masked(array, mask, self.unpack, warnings))
    }

    /// Takes off the rows at the end that are not wanted, after saying which lines are wrong.
    fn cut(&self, rows: &mut Rows, warnings: &mut Vec<Warning>) -> Result<()> {
        let mut footer = self.skip_footer;
        let (found, invalid) = (rows.rows, rows.invalid.len());
        if invalid > 0 {
            let number = |line: u64| line + self.skip_header + 1;
            let mut shown = invalid;
            if footer > 0 {
                // The last lines are no rows of the array, right or wrong.
                let last =
                    (found + invalid as u64) as i128 - i128::from(footer) + i128::from(self.skip_header);
                let passed = rows.invalid.iter().filter(|(line, _)| i128::from(number(*line)) > last).count();
                shown -= passed;
                footer = footer.saturating_sub(passed as u64);
            }
            let mut said = String::new();
            for (line, columns) in rows.invalid.iter().take(shown) {
                said.push_str(&format!(
                    "\n    Line #{} (got {columns} columns instead of {})",
                    number(*line),
                    self.columns.count
                ));
            }
            if !said.is_empty() {
                let said = format!("Some errors were detected !{said}");
                if self.invalid_raise {
                    return Err(Fault::Invalid(said).into());
                }
                warnings.push(Warning::InvalidLines(said));
            }
        }
        rows.truncate(found.saturating_sub(footer), self.columns.count);
        Ok(())
    }

    /// What is wrong first: values column by column, then whole rows, then what elements do not hold.
    fn check(&self, dtype: &DType, rows: &Rows) -> Result<()> {
        let faults = rows.faults.iter().enumerate();
        let mut faults: Vec<_> = faults
            .filter_map(|(column, fault)| fault.clone().map(|(row, wrong)| (row, column, wrong)))
            .filter(|(row, ..)| *row < rows.rows)
            .collect();
        let parsed = faults.iter().position(|(.., wrong)| !matches!(wrong, Wrong::Unheld(_)));
        if let Some((row, column, wrong)) = parsed.map(|at| faults.swap_remove(at)) {
            return Err(match wrong {
                Wrong::Invalid(found) => Fault::Unfit { found, row, column },
                Wrong::Overflow(why) | Wrong::Unheld(why) => Fault::Unheld { why, row, column },
            }
            .into());
        }
        if let Some(fields) = self.columns.misnamed {
            return Err(Fault::ReplaceNames(fields).into());
        }
        let count = self.columns.count;
        if let Some(record) = dtype.as_record() {
            match self.places {
                Some(places) if matches!(places.shape, Shape::Record) => places.check(count)?,
                _ if record.fields().len() != count => {
                    return Err(Fault::Fields { found: count, wanted: record.fields().len() }.into());
                }
                _ => {}
            }
        }
        match faults.into_iter().min_by_key(|(row, column, _)| (*row, *column)) {
            Some((row, column, Wrong::Unheld(why))) => Err(Fault::Unheld { why, row, column }.into()),
            _ => match self.places.filter(|places| self.usemask && !places.is_each()) {
                Some(places) if places.values.len() != count => {
                    Err(Fault::Fields { found: count, wanted: places.values.len() }.into())
                }
                _ => Ok(()),
            },
        }
    }

    fn array(&self, dtype: DType, mut shape: Vec<usize>, chunks: Vec<Vec<u8>>) -> Result<DynArray> {
        let len = byte_len(&shape, dtype.itemsize())?;
        if len as u64 > self.limits.max_array_bytes {
            return Err(Fault::TooLarge { bytes: len as u64, limit: self.limits.max_array_bytes }.into());
        }
        let mut buffer = Buffer::zeroed(len)?;
        let mut rest = buffer.bytes_mut();
        for chunk in chunks {
            let Some((out, after)) = rest.split_at_mut_checked(chunk.len()) else { break };
            out.copy_from_slice(&chunk);
            rest = after;
        }
        fit(&mut shape, self.ndmin);
        let mut layout = Layout::contiguous(&shape, dtype.itemsize(), Order::C);
        if self.unpack && dtype.as_record().is_none() {
            layout.shape.reverse();
            layout.strides.reverse();
        }
        Ok(DynArray::from_parts(dtype, layout, Data::Owned(Arc::new(buffer))))
    }
}

/// Masks the values that equal what a missing text stands for.
fn mark(dtype: &DType, target: &Target, chunks: &[Vec<u8>], mask: &mut [u8]) {
    let count = target.cells.len();
    if dtype.as_record().is_none_or(|record| record.fields().len() != count) || target.size == 0 {
        return;
    }
    for (column, cell) in target.cells.iter().enumerate() {
        let missing = cell.missing_elements();
        if missing.is_empty() {
            continue;
        }
        let elements = chunks.iter().flat_map(|chunk| chunk.chunks_exact(target.size));
        for (element, masked) in elements.zip(mask.chunks_exact_mut(count)) {
            let value = element.get(cell.offset..cell.offset + cell.scalar.itemsize()).unwrap_or_default();
            if let Some(masked) =
                masked.get_mut(column).filter(|_| missing.iter().any(|bytes| bytes == value))
            {
                *masked = 1;
            }
        }
    }
}
