//! The rows of an array, printed block by block.

use super::error::TextError;
use super::format::{Fault, Format, Sheet};
use super::layout::Layout;
use super::printed::printed;
use super::runs::{Run, runs};

/// About as many values are printed in one go: a few hundred KiB of text, which stay in a core's own cache.
const BLOCK: usize = 1 << 14;

/// An array and the format of its rows.
pub(super) struct Rows<'a> {
    layout: Layout,
    bytes: &'a [u8],
    format: Format,
    /// The columns of a row.
    runs: Vec<Run>,
    newline: &'a str,
    /// The whole format, for errors.
    text: String,
}

impl<'a> Rows<'a> {
    /// # Errors
    /// Where a row does not go into the format.
    pub(super) fn new(
        layout: Layout,
        bytes: &'a [u8],
        text: String,
        newline: &'a str,
    ) -> Result<Self, TextError> {
        // Python reads the format with the first row.
        let format = if layout.count > 0 { Format::parse(&text)? } else { Format::default() };
        if layout.count > 0 && format.parts.len() != layout.columns.len() {
            return Err(TextError::Mismatch { dtype: layout.dtype.to_string(), format: text });
        }
        let runs = runs(&layout.columns, &format);
        Ok(Self { layout, bytes, format, runs, newline, text })
    }

    /// Rows of one block.
    fn block(&self) -> usize {
        (BLOCK / self.layout.columns.len().max(1)).max(1)
    }

    pub(super) fn blocks(&self) -> usize {
        self.layout.count.div_ceil(self.block())
    }

    /// Appends a block's text.
    ///
    /// # Errors
    /// Where a value does not go into its format.
    pub(super) fn print(&self, block: usize, out: &mut Vec<u8>) -> Result<(), TextError> {
        let first = block * self.block();
        let mut sheet = Sheet::new(out);
        for row in first..first.saturating_add(self.block()).min(self.layout.count) {
            let start = sheet.len();
            let bytes = self.bytes.get(row * self.layout.row_stride..).unwrap_or_default();
            for run in &self.runs {
                self.run(run, bytes, &mut sheet)?;
            }
            sheet.push(self.format.rest.as_bytes());
            sheet.push(self.newline.as_bytes());
            if self.layout.is_complex {
                sheet.with(|out| drop_plus(out, start));
            }
        }
        Ok(())
    }

    /// Appends some columns of the row that starts with `bytes`.
    fn run(&self, run: &Run, bytes: &[u8], sheet: &mut Sheet<'_>) -> Result<(), TextError> {
        let bytes = bytes.get(run.offset..).unwrap_or_default();
        sheet.push(self.before(run.first));
        let mut place = 0;
        loop {
            if let Some(direct) = &run.direct {
                place = direct.write(bytes, run.step, place..run.count, sheet);
            }
            if place >= run.count {
                return Ok(());
            }
            if place > 0 {
                sheet.push(self.before(run.first + place));
            }
            let value = bytes.get(place * run.step..).and_then(|rest| rest.get(..run.scalar.itemsize()));
            sheet.with(|out| self.value(out, value.unwrap_or_default(), run))?;
            place += 1;
        }
    }

    /// The text before a column.
    fn before(&self, column: usize) -> &[u8] {
        self.format.parts.get(column).map_or(b"", |(before, _)| before.as_bytes())
    }

    /// Appends any value.
    fn value(&self, out: &mut Vec<u8>, bytes: &[u8], run: &Run) -> Result<(), TextError> {
        let unprintable = || TextError::Unprintable { dtype: self.layout.dtype.to_string() };
        let value = printed(bytes, run.scalar).ok_or_else(unprintable)?;
        run.spec.print(out, &value).map_err(|fault| self.error(fault))
    }

    fn error(&self, fault: Fault) -> TextError {
        match fault {
            Fault::Mismatch => {
                TextError::Mismatch { dtype: self.layout.dtype.to_string(), format: self.text.clone() }
            }
            Fault::Nan => TextError::NotInteger("cannot convert float NaN to integer"),
            Fault::Infinity => TextError::NotInteger("cannot convert float infinity to integer"),
        }
    }
}

/// Makes `+-` in a row of complex numbers `-`.
fn drop_plus(out: &mut Vec<u8>, start: usize) {
    let row = out.get(start..).unwrap_or_default();
    let drops = |pair: &[u8]| pair == b"+-";
    if row.windows(2).any(drops) {
        let next = row.iter().skip(1).chain(&[0]);
        let kept: Vec<u8> =
            row.iter().zip(next).filter(|&(&a, &b)| !drops(&[a, b])).map(|(&byte, _)| byte).collect();
        out.truncate(start);
        out.extend_from_slice(&kept);
    }
}
