//! Reads the rows of a text.

use std::cell::Cell;
use std::fmt::Write;
use std::rc::Rc;

use numio::text::LoadTxt;
use numio::{DType, DynArray, Error, ErrorKind, Result, Scalar};

use super::Rows;
use super::ahead::{BlockParser, Parsed, ParserThreads};
use super::blocks::{Block, Blocks};
use super::discover::{place, utf8};
use super::fields::{self, DELIMITER, QUOTE, Row, listed, shown};
use super::names::{self, Leaf, is_no_date};
use super::plan::{Plan, TextIn};
use super::reading::Reading;
use crate::failure::Failure;
use crate::notes::complain;
use crate::target::Input;

/// The approximate size of a block, which stays in a core's cache with its rows.
const BLOCK: usize = 512 << 10;

/// The maximum number of skipped rows that are named.
const NAMED: usize = 5;

/// The rows of a text.
pub struct Texts {
    options: TextIn,
    plan: Plan,
    blocks: Blocks,
    /// True if the plan comes from the start of the text.
    is_guessed: bool,
    is_misguessed: bool,
    /// `None` if all rows go through [`rewrite`](Self::rewrite).
    parser: Option<BlockParser>,
    /// Started for texts of several blocks.
    threads: Option<ParserThreads>,
    /// The error of reading a block while those before were parsed.
    failed: Option<Error>,
    total: Option<u64>,
    read: Rc<Cell<u64>>,
    /// The number of rows returned; `None` before the first chunk.
    given: Option<u64>,
    /// The bytes of the rows in the blocks so far.
    bytes: u64,
    /// The number of columns.
    width: Option<usize>,
    skipped: Vec<String>,
    skipped_count: u64,
}

/// The reason for which a row does not fit the dtype, with its line.
struct BadRow(String);

impl Texts {
    /// Without a dtype, finds one that holds all of the text, by reading it twice. With `may_guess`, by its start where that
    /// is enough to go by; [`Rows::is_misguessed`] tells that a later row does not fit.
    ///
    /// # Errors
    /// `Io`, faults of a compressed file, and of a header.
    pub fn open(input: &Input, options: TextIn, may_guess: bool) -> Result<Self> {
        // Keep an input that cannot be read twice in an unnamed temporary file.
        let kept = (options.dtype.is_none() && !input.is_file()).then(|| Reading::keep(input)).transpose()?;
        let open = || match &kept {
            Some(file) => Reading::of_kept(file),
            None => Reading::open(input),
        };
        let mut guess = None;
        if may_guess && kept.is_none() && options.dtype.is_none() {
            guess = options.guess(open()?.decoded(options.encoding)?.text, BLOCK)?;
        }
        let is_guessed = guess.is_some();
        let found = match options.dtype {
            None if !is_guessed => Some(options.discover(open()?.decoded(options.encoding)?.text, BLOCK)?),
            _ => guess,
        };
        let texts = Self::new(open()?.decoded(options.encoding)?, options, found, BLOCK)?;
        Ok(Self { is_guessed, ..texts })
    }

    /// Warns of names in the header that had to be changed.
    pub fn complain_of_names(&self) {
        if !self.plan.changed.is_empty() {
            complain(&format!("the header has empty or repeated names: {}", listed(&self.plan.changed)));
        }
    }

    fn new(reading: Reading, options: TextIn, found: Option<Plan>, size: usize) -> Result<Self> {
        let Reading { text, total, read } = reading;
        let mut blocks = options.blocks(text, size);
        let plan = match found {
            Some(plan) => {
                options.start(&mut blocks)?;
                plan
            }
            None => options.plan(&mut blocks)?,
        };
        let has_no_text = |leaf: &Leaf| matches!(leaf.dtype.as_scalar(), Some(Scalar::Void(_)));
        if let Some(leaf) = names::leaves(&plan.dtype).into_iter().find(has_no_text) {
            let what = format!("{} is raw bytes, which a text has none of: JSON lines do", leaf.dtype);
            return Err(Error::new(ErrorKind::Unsupported, what));
        }
        let parser = (!plan.is_changing)
            .then(|| BlockParser::new(plan.dtype.clone(), plan.columns.clone(), options.dialect.clone()));
        Ok(Self {
            options,
            plan,
            blocks,
            is_guessed: false,
            is_misguessed: false,
            parser,
            threads: None,
            failed: None,
            total,
            read,
            given: None,
            bytes: 0,
            width: None,
            skipped: Vec::new(),
            skipped_count: 0,
        })
    }

    /// The next block with its rows, where the library reads them as they are.
    fn next_parsed(&mut self) -> Result<Option<Parsed>> {
        let Some(parser) = &self.parser else { return Ok(self.blocks.next()?.map(|block| (block, None))) };
        while self.failed.is_none() && self.threads.as_ref().is_none_or(|threads| !threads.is_full()) {
            let block = match self.blocks.next() {
                Ok(Some(block)) => block,
                Ok(None) => break,
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            };
            // A text of a single block needs no threads.
            if self.threads.is_none() && !self.blocks.is_over() {
                self.threads = ParserThreads::start(parser);
            }
            match &mut self.threads {
                Some(threads) => threads.send(block),
                None => {
                    let rows = parser.parse(&block);
                    return Ok(Some((block, rows)));
                }
            }
        }
        match &mut self.threads {
            Some(threads) if !threads.is_empty() => {
                let ended = || Error::new(ErrorKind::Io, "a thread has ended early");
                threads.receive().map(Some).ok_or_else(ended)
            }
            // The rows before the error came first.
            _ => self.failed.take().map_or(Ok(None), Err),
        }
    }

    fn has_width(&self, array: &DynArray) -> bool {
        match *array.shape() {
            [rows, width] => rows == 0 || self.width.is_none_or(|before| before == width),
            _ => true,
        }
    }

    fn parse_rows(&mut self, block: &Block) -> Result<DynArray> {
        let text = utf8(block.text())?;
        let rows: Vec<Row<'_>> = self.options.dialect.rows(text, block.line).collect();
        let mut width = self.width;
        let mut good: Vec<(&Row<'_>, String)> = Vec::new();
        let mut bad: Vec<(u64, BadRow)> = Vec::new();
        for row in &rows {
            let mut line = String::new();
            match self.rewrite(row, &mut width, &mut line) {
                Ok(()) => {
                    good.push((row, line));
                    self.check_filled(good.len() as u64, width)?;
                }
                Err(why) => bad.push((row.line, why)),
            }
            // The error is that of the first bad row, which may be one of those before.
            if !bad.is_empty() && !self.options.skip_bad {
                break;
            }
        }
        let mut wrong = Vec::new();
        let all: Vec<&str> = good.iter().map(|(_, line)| line.as_str()).collect();
        self.find_wrong(&all, 0, &mut wrong)?;
        for &index in &wrong {
            if let Some((row, line)) = good.get(index) {
                bad.push((row.line, self.wrong_field(row, line)));
            }
        }
        bad.sort_by_key(|&(line, _)| line);
        bad.into_iter().try_for_each(|(_, why)| self.skip(why))?;
        // Both are in order.
        let mut wrong = wrong.into_iter().peekable();
        let fitting = good.iter().enumerate().filter(|&(index, _)| wrong.next_if_eq(&index).is_none());
        let lines: Vec<&str> = fitting.map(|(_, (_, line))| line.as_str()).collect();
        self.load(&lines)
    }

    /// Parses rows from [`rewrite`](Self::rewrite) into elements.
    fn load(&self, lines: &[&str]) -> Result<DynArray> {
        let mut loader = LoadTxt::new();
        loader
            .dtype(self.plan.dtype.clone())
            .delimiter(DELIMITER)
            .quotechar(QUOTE)
            .comments([""; 0])
            .universal_newlines(false)
            .exact_complex(true)
            .ndmin(2);
        loader.parse(lines.concat()).map(numio::text::Table::into_array)
    }

    /// Finds the rows that do not fit the dtype, by bisection since most do fit.
    ///
    /// # Errors
    /// Those that say nothing of a row: `Io` where there is no memory, and `Cancelled`.
    fn find_wrong(&self, lines: &[&str], first: usize, wrong: &mut Vec<usize>) -> Result<()> {
        let Some(error) = (!lines.is_empty()).then(|| self.load(lines).err()).flatten() else {
            return Ok(());
        };
        if matches!(error.kind(), ErrorKind::Io | ErrorKind::Cancelled) {
            return Err(error);
        }
        if lines.len() == 1 {
            wrong.push(first);
            return Ok(());
        }
        // Without `--skip-bad`, the first is enough.
        let (one, two) = lines.split_at(lines.len() / 2);
        self.find_wrong(one, first, wrong)?;
        if self.options.skip_bad || wrong.is_empty() {
            self.find_wrong(two, first + one.len(), wrong)?;
        }
        Ok(())
    }

    /// # Errors
    /// `LimitExceeded` if `rows` that are filled up are far larger than their text: one long row among short ones could make
    /// terabytes of a small file.
    fn check_filled(&self, rows: u64, width: Option<usize>) -> Result<()> {
        let width = if self.plan.leaves.is_empty() { width.unwrap_or(1) } else { 1 };
        let row_bytes = self.plan.dtype.itemsize().saturating_mul(width);
        let rows = self.given.unwrap_or(0).saturating_add(rows);
        match names::check_proportion(rows, row_bytes, self.bytes) {
            Err(_) if self.options.fill_short => Err(Error::new(
                ErrorKind::LimitExceeded,
                format!(
                    "--fill-short would make {rows} rows of {row_bytes} bytes out of {} bytes of text",
                    self.bytes
                ),
            )),
            _ => Ok(()),
        }
    }

    /// # Errors
    /// The row's error, unless bad rows are to be left out.
    fn skip(&mut self, bad: BadRow) -> Result<()> {
        if !self.options.skip_bad {
            return Err(Error::new(ErrorKind::InvalidData, bad.0));
        }
        self.skipped_count += 1;
        if self.skipped.len() < NAMED {
            // The caller has the option already.
            let what = bad.0.strip_suffix(", --skip-bad leaves the row out").unwrap_or(&bad.0);
            self.skipped.push(what.to_owned());
        }
        Ok(())
    }

    /// Appends a row of quoted fields for the library to read as the dtype: columns chosen, gaps filled, numbers plain.
    fn rewrite(&self, row: &Row<'_>, width: &mut Option<usize>, out: &mut String) -> Result<(), BadRow> {
        let line = row.line;
        let bad = |what: String| BadRow(format!("line {line}: {what}"));
        let found = row.fields.len();
        let columns = self.plan.columns.as_deref();
        let leaves = &self.plan.leaves;
        let count = match columns {
            Some(columns) => columns.len(),
            None => {
                let wanted = if leaves.is_empty() { *width.get_or_insert(found) } else { leaves.len() };
                let is_short = found < wanted && self.options.fill_short;
                if found != wanted && !is_short {
                    let hint = if found < wanted {
                        "--fill-short fills it up"
                    } else {
                        "--columns reads some of them"
                    };
                    return Err(bad(format!(
                        "{found} fields, where {} {wanted}: {hint}, --skip-bad leaves the row out",
                        if leaves.is_empty() { "the rows before have" } else { "the dtype has" },
                    )));
                }
                wanted
            }
        };
        for index in 0..count {
            let at = match columns.and_then(|columns| columns.get(index)) {
                Some(&column) => place(column, found),
                None => Some(index),
            };
            let field = at.and_then(|at| row.fields.get(at));
            if field.is_none() && !self.options.fill_short {
                let column = columns.and_then(|columns| columns.get(index)).copied().unwrap_or(0);
                return Err(bad(format!(
                    "no column {column} in {found} fields: --fill-short fills it up, --skip-bad leaves the row out"
                )));
            }
            let leaf = leaves.get(index);
            let scalar = leaf.map_or(self.plan.dtype.as_scalar(), |leaf| leaf.dtype.as_scalar());
            let field = field.map_or("", |field| field);
            match self.value(field, scalar, leaf.map(|leaf| leaf.name.as_str())) {
                Ok(value) => fields::push(out, &value),
                Err(what) => {
                    let place =
                        format!("line {line}, column {}{}", at.unwrap_or(index) + 1, self.named(index, at));
                    return Err(BadRow(format!("{place}: {what}")));
                }
            }
        }
        // The first field has no delimiter before it.
        out.remove(0);
        out.push('\n');
        Ok(())
    }

    /// A field in the form for the library to read.
    fn value<'f>(
        &'f self,
        field: &'f str,
        scalar: Option<Scalar>,
        name: Option<&str>,
    ) -> Result<std::borrow::Cow<'f, str>, String> {
        let trimmed = field.trim();
        let is_text = matches!(scalar, Some(Scalar::Str(..) | Scalar::Bytes(_)));
        let is_listed = self.options.missing.iter().any(|missing| missing == trimmed);
        if is_listed || trimmed.is_empty() {
            let fill = match name {
                Some(name) => self.options.fill.of(name),
                None => self.options.fill.all.as_deref(),
            };
            match (fill, scalar) {
                (Some(fill), Some(scalar)) if is_no_date(scalar, fill) => {
                    let own = name.map_or_else(String::new, |name| format!(": --fill '{name}=NaT' is one"));
                    return Err(format!(
                        "{} is missing, and --fill {fill} is no {}{own}",
                        shown(field),
                        DType::from(scalar)
                    ));
                }
                (Some(fill), _)
                    if is_listed || !is_text || self.options.fill_short || self.is_named(name) =>
                {
                    return Ok(plain_value(fill, scalar).unwrap_or(self.options.numbers.plain(fill)));
                }
                _ if !is_listed && (is_text || !self.plan.fills_gaps && self.options.missing.is_empty()) => {}
                (_, Some(Scalar::Float(..) | Scalar::Complex(..))) => return Ok("nan".into()),
                (_, Some(Scalar::Datetime(..) | Scalar::Timedelta(..))) => return Ok("NaT".into()),
                (_, Some(Scalar::Str(..) | Scalar::Bytes(_))) => return Ok("".into()),
                _ => {
                    let dtype = scalar.map(DType::from).unwrap_or(DType::FLOAT64);
                    return Err(format!(
                        "{} is missing, and {dtype} has no value for that: add --fill -1",
                        shown(field)
                    ));
                }
            }
        }
        if is_text {
            return Ok(field.into());
        }
        let is_number = matches!(
            scalar,
            Some(
                Scalar::Int8
                    | Scalar::UInt8
                    | Scalar::Int(..)
                    | Scalar::UInt(..)
                    | Scalar::Float(..)
                    | Scalar::Complex(..)
            )
        );
        if is_number && self.options.numbers.has_other_mark(trimmed) {
            return Err(format!(
                "{} has a point, and the decimal mark is {}",
                shown(field),
                self.options.numbers.decimal
            ));
        }
        Ok(plain_value(trimmed, scalar).unwrap_or_else(|| self.options.numbers.plain(trimmed)))
    }

    /// Returns whether a column has a fill of its own.
    fn is_named(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.options.fill.by_name.iter().any(|(own, _)| own == name))
    }

    /// The name of a value, in parentheses.
    fn named(&self, index: usize, at: Option<usize>) -> String {
        let own = self.plan.names.as_ref().and_then(|names| names.get(at?));
        let name = own.or_else(|| self.plan.leaves.get(index).map(|leaf| &leaf.name));
        name.map_or_else(String::new, |name| format!(" ({name})"))
    }

    /// Finds the field that keeps a row from fitting the dtype.
    fn wrong_field(&self, row: &Row<'_>, line: &str) -> BadRow {
        let found = row.fields.len();
        for (index, part) in line.trim_end_matches('\n').split(DELIMITER).enumerate() {
            let dtype = self.plan.leaves.get(index).map_or(&self.plan.dtype, |leaf| &leaf.dtype);
            let mut loader = LoadTxt::new();
            loader.dtype(dtype.clone()).delimiter(DELIMITER).quotechar(QUOTE).comments([""; 0]);
            if dtype.as_record().is_some() || loader.parse(part).is_ok() {
                continue;
            }
            let at = match self.plan.columns.as_ref().and_then(|columns| columns.get(index)) {
                Some(&column) => place(column, found),
                None => Some(index),
            };
            let field = at.and_then(|at| row.fields.get(at)).map_or("", |field| field);
            let place =
                format!("line {}, column {}{}", row.line, at.unwrap_or(index) + 1, self.named(index, at));
            let is_empty = field.trim().is_empty();
            let is_missing = is_empty || self.options.missing.iter().any(|missing| missing == field.trim());
            let name = self.plan.leaves.get(index).map(|leaf| leaf.name.as_str());
            let fill = name.map_or(self.options.fill.all.as_deref(), |name| self.options.fill.of(name));
            let hint = match (fill.filter(|_| is_missing), is_empty) {
                (Some(fill), _) => {
                    return BadRow(format!(
                        "{place}: {} is missing, and --fill {fill} is no {dtype}",
                        shown(field)
                    ));
                }
                (None, true) => "--fill VALUE fills empty fields",
                (None, false) => "--missing takes it for a missing value, --skip-bad leaves the row out",
            };
            let what = format!("{place}: could not convert {} to {dtype}: {hint}", shown(field));
            return BadRow(what);
        }
        let what = format!("line {}: the row is none of {}", row.line, self.plan.dtype);
        BadRow(what)
    }

    /// Gives a text of one column a single axis.
    fn shaped(&mut self, array: DynArray) -> Result<DynArray> {
        let [rows, width] = *array.shape() else { return Ok(array) };
        if rows == 0 {
            // There is no row to tell the number of columns.
            return array.reshape(&[0]);
        }
        if array.dtype().as_record().is_some() {
            return array.reshape(&[rows]);
        }
        self.width = Some(width);
        if width == 1 { array.reshape(&[rows]) } else { Ok(array) }
    }
}

/// What the library reads otherwise: a boolean, as an integer, and an unsigned zero with a sign.
fn plain_value(text: &str, scalar: Option<Scalar>) -> Option<std::borrow::Cow<'static, str>> {
    let is_zero = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte == b'0');
    match (scalar, text) {
        (Some(Scalar::UInt8 | Scalar::UInt(..)), _) if text.strip_prefix('-').is_some_and(is_zero) => {
            Some("0".into())
        }
        (Some(Scalar::Bool), "True" | "true" | "TRUE") => Some("1".into()),
        (Some(Scalar::Bool), "False" | "false" | "FALSE") => Some("0".into()),
        _ => None,
    }
}

impl Rows for Texts {
    fn next(&mut self) -> Result<Option<DynArray>, Failure> {
        loop {
            let (block, parsed, is_last) = match self.next_parsed()? {
                Some((block, parsed)) => (block, parsed, false),
                None if self.given.is_none() => (Block::empty(), None, true),
                None => return Ok(None),
            };
            self.bytes += block.text().len() as u64;
            let array = match parsed.filter(|array| self.has_width(array)) {
                Some(array) => array,
                None if self.is_guessed => {
                    self.is_misguessed = true;
                    let what = "a row does not fit the dtype of the first ones";
                    return Err(Error::new(ErrorKind::InvalidData, what).into());
                }
                // Row by row, for error messages in the command's own terms.
                None => self.parse_rows(&block)?,
            };
            self.blocks.reuse(block);
            let array = self.shaped(array)?;
            let rows = array.shape().first().copied().unwrap_or(0);
            // A block of comments only.
            if rows == 0 && !is_last {
                continue;
            }
            self.given = Some(self.given.unwrap_or(0) + rows as u64);
            return Ok(Some(array));
        }
    }

    fn progress(&self) -> (Option<u64>, u64) {
        (self.total, self.read.get())
    }

    fn is_misguessed(&self) -> bool {
        self.is_misguessed
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.skipped_count > 0 {
            let rows = if self.skipped_count == 1 { "row" } else { "rows" };
            let mut note = format!("left out {} {rows}: {}", self.skipped_count, self.skipped.join("; "));
            if self.skipped_count > self.skipped.len() as u64 {
                let _ = write!(note, "; and others");
            }
            notes.push(note);
        }
        if self.given == Some(0) {
            notes.push("there are no rows: the array is empty".to_owned());
        }
        notes
    }
}
