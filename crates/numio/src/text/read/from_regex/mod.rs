//! `numpy.fromregex`.

#[cfg(test)]
mod tests;

use std::fmt;
use std::io::Read;
use std::path::Path;

use regex::Regex;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::nfa::thompson::{Builder, NFA, State, Transition, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_automata::{Anchored, Input, MatchKind};

use crate::array::byte_len;
use crate::error::Cause;
use crate::error::headroom;
use crate::parallel::{RunOptions, check, run_options};
use crate::text::encoding::{Decoder, Encoding};
use crate::text::error::TextError;
use crate::text::open::open;
use crate::text::read::build::{ElementStore, Elements, table_array};
use crate::text::read::convert::{ValueSlot, flatten};
use crate::text::read::genfromtxt::kind::assign;
use crate::text::read::lines::SourceEnd;
use crate::{DType, DynArray, Error, ErrorKind, Limits, Result};

/// Makes a structured array of a regular expression's matches, a field for each group: `numpy.fromregex`, of the file at
/// `path`, in UTF-8.
///
/// ```
/// use numio::{DType, text::from_regex};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("test.dat");
/// std::fs::write(&path, "1312 foo\n1534  bar\n444   qux")?;
/// let array = from_regex(&path, r"(\d+)\s+(...)", &DType::parse("i8, S3")?)?;
/// assert_eq!(array.field("f0")?.to_array::<i64, ndarray::Ix1>()?.to_vec(), [1312, 1534, 444]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`FromRegex::new`] and [`FromRegex::load`].
pub fn from_regex(path: impl AsRef<Path>, pattern: &str, dtype: &DType) -> Result<DynArray> {
    FromRegex::new(pattern, dtype)?.load(path)
}

/// Reads texts of any form by a regular expression: `numpy.fromregex` with each of its parameters.
///
/// ```
/// use numio::{DType, text::FromRegex};
///
/// let reader = FromRegex::new(r"(\w+)=(-?\d+)", &DType::parse("U4, i4")?)?;
/// let array = reader.parse("x=3; y=4")?;
/// assert_eq!(array.to_string(), "[('x', 3) ('y', 4)]");
/// # Ok::<(), numio::Error>(())
/// ```
///
/// - The expressions are those of the crate [`regex`]: Python's, but for lookaround and back references, which make the time
///   unbounded that a file may take. `\d`, `\w`, `\s` and `.` are Unicode's, as in Python; `$` matches only at the very
///   end of the text, in Python also before a last line end. After an empty match of a lazy repetition (`a*?`), Python tries
///   for a longer one at the same offset; here the search goes on behind it. Python's `\Z` is `\z` here.
/// - A match is a row. Its groups are the fields, or all of it is the only one where there is no group; a group that took no
///   part is an empty text. A text becomes a value by Python's `int`, `float` and `complex`, which take blanks around and
///   underscores between digits; a `bool` is whether there is any text; a subarray is filled with the one value.
///   If it is the only field, NumPy adds an axis, which is not done here.
/// - Of the text only that part is buffered which may still belong to a match: a few MiB, unless the expression goes on
///   over line ends without an end, as `(?s).*` does; of an expression whose automaton takes more than 10 MiB, all. NumPy
///   always reads all of it.
#[derive(Debug, Clone)]
pub struct FromRegex {
    finder: MatchFinder,
    dtype: DType,
    fields: Vec<Vec<ValueSlot>>,
    encoding: Encoding,
    limits: Limits,
    run: RunOptions,
}

impl FromRegex {
    /// # Errors
    /// `InvalidInput` for an invalid expression, or a dtype that is not structured; `Unsupported` for one of Python's
    /// that is not known here, and for fields that no text gives.
    pub fn new(pattern: &str, dtype: &DType) -> Result<Self> {
        // Compiling an expression makes many small things, none of which is asked for.
        headroom(HEADROOM)?;
        let finder = MatchFinder::new(pattern)?;
        let record = dtype.as_record().ok_or(FromRegexError::Plain)?;
        let mut fields = Vec::new();
        for field in record.fields() {
            let base = match &field.dtype {
                DType::Subarray(subarray) => subarray.base(),
                dtype => dtype,
            };
            if base.as_record().is_some() {
                return Err(TextError::Unsupported(field.dtype.to_string()).into());
            }
            let mut cells = Vec::new();
            flatten(&field.dtype, &mut cells)?;
            cells.iter_mut().for_each(|cell| cell.offset += field.offset);
            fields.push(cells);
        }
        let (encoding, limits, run) = (Encoding::default(), Limits::default(), RunOptions::default());
        Ok(Self { finder, dtype: dtype.clone(), fields, encoding, limits, run })
    }

    /// The encoding of the text; default UTF-8.
    pub fn encoding(&mut self, encoding: Encoding) -> &mut Self {
        self.encoding = encoding;
        self
    }

    run_options!(run);

    /// The limits of reading: [`Limits::max_array_bytes`] bounds the array, and the text that may belong to one match.
    pub fn limits(&mut self, limits: Limits) -> &mut Self {
        self.limits = limits;
        self
    }

    /// Reads the file at `path`, found and decompressed as by [`LoadTxt::load`](crate::text::LoadTxt::load). Every line
    /// end in it is `\n` to the expression, as in Python.
    ///
    /// # Errors
    /// `Io` where the file cannot be read; `Encoding` for bytes that are no text; `InvalidData` for a group that is no value of
    /// its field; `InvalidInput` for another number of groups than of fields; `LimitExceeded` where the text or the array is too large.
    pub fn load(&self, path: impl AsRef<Path>) -> Result<DynArray> {
        let path = path.as_ref();
        let load = || {
            let text = open(path, self.encoding, &self.limits)?;
            self.rows(MatchWindow::new(text, true, self.limits.max_array_bytes))
        };
        load().map_err(|error: Error| error.with_path(path))
    }

    /// Reads all that `input` gives, line ends as they are.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn read(&self, input: impl Read) -> Result<DynArray> {
        let text = Decoder::new(Box::new(input), self.encoding);
        self.rows(MatchWindow::new(text, false, self.limits.max_array_bytes))
    }

    /// Reads a text in memory, which is in the [`encoding`](Self::encoding) asked for.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(&self, text: impl AsRef<[u8]>) -> Result<DynArray> {
        self.read(text.as_ref())
    }

    fn rows(&self, window: MatchWindow<'_>) -> Result<DynArray> {
        self.run.run(|| self.read_rows(window))
    }

    fn read_rows(&self, mut window: MatchWindow<'_>) -> Result<DynArray> {
        let (size, limit) = (self.dtype.itemsize(), self.limits.max_array_bytes);
        headroom(HEADROOM)?;
        let (mut rows, mut elements, mut chunk) = (0_usize, ElementStore::default(), Vec::new());
        self.finder.each(&mut window, |groups, offset| {
            let (found, wanted) = (groups.len(), self.fields.len());
            if found != wanted {
                return Err(FromRegexError::Groups { found, wanted }.into());
            }
            if chunk.len() + size > PIECE {
                elements.add(Elements::Fixed(std::mem::take(&mut chunk)), None);
                headroom(HEADROOM)?;
            }
            let bytes = (rows as u64 + 1).saturating_mul(size as u64);
            if bytes > limit {
                return Err(TextError::TooLarge { bytes, limit }.into());
            }
            let start = chunk.len();
            chunk.resize(start + size, 0);
            self.row(groups, chunk.get_mut(start..).unwrap_or_default()).map_err(|(group, why)| {
                Error::from(FromRegexError::Unfit { why, row: rows, group }).with_offset(offset)
            })?;
            rows += 1;
            if rows.is_multiple_of(256) {
                check()?;
            }
            Ok(())
        })?;
        elements.add(Elements::Fixed(chunk), None);
        let buffer = elements.into_buffer(&self.dtype, byte_len(&[rows], size)?)?;
        Ok(table_array(self.dtype.clone(), vec![rows], buffer, 1, false))
    }

    /// Fills an element; where that fails, the group, from 1, and why.
    fn row(&self, groups: &[&str], element: &mut [u8]) -> Result<(), (usize, String)> {
        for (group, (cells, text)) in self.fields.iter().zip(groups).enumerate() {
            for ValueSlot { scalar, offset } in cells {
                let out = element.get_mut(*offset..).and_then(|rest| rest.get_mut(..scalar.itemsize()));
                assign(text, *scalar, out.unwrap_or_default()).map_err(|why| (group + 1, why.said))?;
            }
        }
        Ok(())
    }
}

/// An expression, and what it may still match.
#[derive(Debug, Clone)]
pub(crate) struct MatchFinder {
    pattern: Regex,
    settled: SafePrefix,
}

impl MatchFinder {
    /// # Errors
    /// If `pattern` is not a valid expression.
    pub(crate) fn new(pattern: &str) -> Result<Self, FromRegexError> {
        let known = Regex::new(pattern).map_err(|error| FromRegexError::Pattern(error.to_string()))?;
        Ok(Self { pattern: known, settled: SafePrefix::new(pattern) })
    }

    /// Gives `act` the groups of each match, or all of it if there are no groups, and its start: those that Python's `findall`
    /// finds in the whole text.
    ///
    /// # Errors
    /// Errors of the text, and of `act`.
    pub(crate) fn each(
        &self,
        window: &mut MatchWindow<'_>,
        mut act: impl FnMut(&[&str], u64) -> Result<()>,
    ) -> Result<()> {
        let mut places = self.pattern.capture_locations();
        let first = usize::from(places.len() > 1);
        let mut cache = self.settled.cache();
        // The end of the last match, if that was empty: another one there would be the same. After other matches, an empty
        // one follows at once, as in Python since 3.7.
        let mut last = None;
        loop {
            window.read()?;
            let (text, mut at) = window.text();
            let settled =
                if window.is_whole() { usize::MAX } else { self.settled.until(&mut cache, text, at) };
            let mut groups = Vec::with_capacity(places.len());
            while at < settled {
                let Some(found) = self.pattern.captures_read_at(&mut places, text, at) else {
                    at = settled;
                    break;
                };
                if found.start() >= settled {
                    at = settled;
                    break;
                }
                let end = found.end();
                if found.is_empty() && last == Some(window.offset(end)) {
                    let Some(next) = text.get(at..).and_then(|rest| rest.chars().next()) else {
                        at = settled;
                        break;
                    };
                    at += next.len_utf8();
                    continue;
                }
                groups.clear();
                let group = |index| places.get(index).and_then(|(start, end)| text.get(start..end));
                groups.extend((first..places.len()).map(|index| group(index).unwrap_or_default()));
                act(&groups, window.offset(found.start()))?;
                last = found.is_empty().then(|| window.offset(end));
                at = end;
            }
            if window.is_whole() {
                return Ok(());
            }
            window.advance(at);
        }
    }
}

/// Memory that must be left for expression, text and elements, which take some for each piece.
const HEADROOM: usize = 16 << 20;

/// Bytes of text per read, approximately.
pub(crate) const PIECE: usize = 1 << 20;

/// The buffered part of a text.
pub(crate) struct MatchWindow<'a> {
    input: Decoder<'a>,
    text: String,
    /// The start of the rest in it: text before that is done, and kept for `^` and `\b`.
    at: usize,
    /// The number of bytes before it, and of the line ends in them.
    gone: u64,
    gone_lines: u64,
    goes_on: bool,
    /// True to make every line end `\n`; and true if a return was read that `\n` may follow.
    one_newline: bool,
    has_return: bool,
    piece: usize,
    limit: u64,
}

impl<'a> MatchWindow<'a> {
    pub(crate) fn new(input: Decoder<'a>, one_newline: bool, limit: u64) -> Self {
        Self {
            input,
            text: String::new(),
            at: 0,
            gone: 0,
            gone_lines: 0,
            goes_on: true,
            one_newline,
            has_return: false,
            piece: PIECE,
            limit,
        }
    }

    /// With chunks of another length.
    #[cfg(test)]
    pub(crate) fn in_pieces(self, piece: usize) -> Self {
        Self { piece, ..self }
    }

    /// The buffered text, and the start of the rest in it.
    pub(crate) fn text(&self) -> (&str, usize) {
        (&self.text, self.at)
    }

    /// The offset in the whole text of an offset in the buffer.
    pub(crate) fn offset(&self, place: usize) -> u64 {
        self.gone + place as u64
    }

    pub(crate) fn is_whole(&self) -> bool {
        !self.goes_on
    }

    /// Discards the text before `at`.
    pub(crate) fn advance(&mut self, at: usize) {
        self.at = at;
    }

    /// Reads at least as much as is buffered, so that scanning the buffer again stays linear.
    ///
    /// # Errors
    /// Errors of the input; `LimitExceeded` where too much is buffered.
    pub(crate) fn read(&mut self) -> Result<()> {
        let held = self.text.len().saturating_sub(self.at);
        if held as u64 > self.limit {
            return Err(FromRegexError::LongMatch { bytes: held as u64, limit: self.limit }.into());
        }
        // Keep one character before the rest.
        let before = self.text.get(..self.at).and_then(|done| done.char_indices().next_back());
        let done = before.map_or(0, |(place, _)| place);
        let gone = self.text.get(..done).unwrap_or_default();
        self.gone_lines += lines(gone);
        self.gone += done as u64;
        self.text.drain(..done);
        self.at -= done;
        let start = self.text.len();
        let mut text = std::mem::take(&mut self.text).into_bytes();
        let read = self.input.fill(&mut text, self.piece.max(held));
        // Decoded text is UTF-8.
        self.text = String::from_utf8(text).unwrap_or_default();
        self.goes_on = read.map_err(|stop| -> Error {
            SourceEnd::Stopped(stop).into_error(self.gone_lines + lines(&self.text))
        })?;
        if self.one_newline {
            self.make_one_newline(start);
        }
        Ok(())
    }

    /// Makes every line end from `start` on `\n`.
    fn make_one_newline(&mut self, start: usize) {
        let fresh = self.text.get(start..).unwrap_or_default();
        if !self.has_return && !fresh.contains('\r') {
            return;
        }
        let before = if self.has_return { "\r" } else { "" };
        let mut fresh = format!("{before}{fresh}");
        self.has_return = self.goes_on && fresh.ends_with('\r');
        if self.has_return {
            fresh.pop();
        }
        self.text.truncate(start);
        self.text.push_str(&fresh.replace("\r\n", "\n").replace('\r', "\n"));
    }
}

fn lines(text: &str) -> u64 {
    memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64
}

/// The expression's automaton in reverse; nothing where it would be too large, as few are.
#[derive(Debug, Clone)]
pub(crate) struct SafePrefix {
    beginnings: Option<DFA>,
}

/// The crate `regex`'s size limit for an expression; this one's automaton has the same.
const NFA_BYTES: usize = 10 << 20;

impl SafePrefix {
    pub(crate) fn new(pattern: &str) -> Self {
        Self { beginnings: beginnings(pattern) }
    }

    pub(crate) fn cache(&self) -> Option<Cache> {
        self.beginnings.as_ref().map(DFA::create_cache)
    }

    /// The first offset in `text`, from `at` on, at which a match may start that depends on text not read yet; without
    /// one, the text's length.
    pub(crate) fn until(&self, cache: &mut Option<Cache>, text: &str, at: usize) -> usize {
        let (Some(dfa), Some(cache)) = (&self.beginnings, cache) else { return at };
        let input = Input::new(text).range(at..).anchored(Anchored::Yes);
        match dfa.try_search_rev(cache, &input) {
            Ok(Some(first)) => first.offset(),
            Ok(None) => text.len(),
            Err(_) => at,
        }
    }
}

fn beginnings(pattern: &str) -> Option<DFA> {
    let forward = thompson::Compiler::new()
        .configure(
            thompson::Config::new().which_captures(WhichCaptures::None).nfa_size_limit(Some(NFA_BYTES)),
        )
        .build(pattern)
        .ok()?;
    let config = DFA::config().match_kind(MatchKind::All).skip_cache_capacity_check(true);
    DFA::builder().configure(config).build_from_nfa(turned(&forward)?).ok()
}

/// The automaton that matches backwards each beginning of a match of `nfa`; `None` if it is too large.
fn turned(nfa: &NFA) -> Option<NFA> {
    let mut builder = Builder::new();
    builder.set_reverse(true);
    builder.set_size_limit(Some(4 * NFA_BYTES)).ok()?;
    builder.start_pattern().ok()?;
    // A union for each state, which leads to the states before it.
    let mut unions = Vec::with_capacity(nfa.states().len());
    for _ in nfa.states() {
        unions.push(builder.add_union(Vec::new()).ok()?);
    }
    let union = |state: StateID| unions.get(state.as_usize()).copied();
    let ends = builder.add_union(Vec::new()).ok()?;
    let found = builder.add_match().ok()?;
    builder.patch(union(nfa.start_anchored())?, found).ok()?;
    // Only what can be reached: the automaton has a loop before its start that is for searching.
    let mut seen = vec![false; unions.len()];
    let mut waiting = vec![nfa.start_anchored()];
    while let Some(state) = waiting.pop() {
        let Some(seen) = seen.get_mut(state.as_usize()).filter(|seen| !**seen) else { continue };
        *seen = true;
        let from = union(state)?;
        builder.patch(ends, from).ok()?;
        for (bytes, next) in arrows(nfa.state(state)) {
            let back = match bytes {
                Some((start, end)) => builder.add_range(Transition { start, end, next: from }).ok()?,
                None => from,
            };
            builder.patch(union(next)?, back).ok()?;
            waiting.push(next);
        }
    }
    builder.finish_pattern(ends).ok()?;
    builder.build(ends, ends).ok()
}

/// The transitions from a state: by a byte of a range, or without one.
fn arrows(state: &State) -> Vec<(Option<(u8, u8)>, StateID)> {
    let by_bytes = |trans: &Transition| (Some((trans.start, trans.end)), trans.next);
    match state {
        State::ByteRange { trans } => vec![by_bytes(trans)],
        State::Sparse(sparse) => sparse.transitions.iter().map(by_bytes).collect(),
        State::Dense(dense) => {
            let by_byte = |byte| Some((Some((byte, byte)), dense.matches_byte(byte)?));
            (0..=u8::MAX).filter_map(by_byte).collect()
        }
        State::Look { next, .. } | State::Capture { next, .. } => vec![(None, *next)],
        State::Union { alternates } => alternates.iter().map(|&next| (None, next)).collect(),
        State::BinaryUnion { alt1, alt2 } => vec![(None, *alt1), (None, *alt2)],
        State::Fail | State::Match { .. } => Vec::new(),
    }
}

#[derive(Debug)]
pub(crate) enum FromRegexError {
    Pattern(String),
    Plain,
    Groups {
        found: usize,
        wanted: usize,
    },
    /// The match from 0, the group from 1.
    Unfit {
        why: String,
        row: usize,
        group: usize,
    },
    /// Too much text that may still belong to one match.
    LongMatch {
        bytes: u64,
        limit: u64,
    },
}

impl Cause for FromRegexError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Pattern(why) if PYTHONS.iter().any(|known| why.contains(known)) => ErrorKind::Unsupported,
            Self::Unfit { .. } => ErrorKind::InvalidData,
            Self::LongMatch { .. } => ErrorKind::LimitExceeded,
            _ => ErrorKind::InvalidInput,
        }
    }

    fn cell(&self) -> (Option<u64>, Option<usize>) {
        match self {
            Self::Unfit { row, group, .. } => (Some(*row as u64 + 1), Some(*group)),
            _ => (None, None),
        }
    }
}

/// The crate's names for parts of Python's expressions that it does not know.
const PYTHONS: [&str; 2] = ["look-around", "backreferences"];

impl fmt::Display for FromRegexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pattern(why) if self.kind() == ErrorKind::Unsupported => {
                write!(f, "lookaround and back references, which Python knows, are not known here: {why}")
            }
            Self::Pattern(why) => write!(f, "no regular expression: {why}"),
            Self::Plain => f.write_str("dtype must be a structured datatype."),
            Self::Groups { found, wanted } => {
                write!(f, "could not assign tuple of length {found} to structure with {wanted} fields.")
            }
            Self::Unfit { why, row, group } => write!(f, "{why} (match {}, group {group})", row + 1),
            Self::LongMatch { bytes, limit } => write!(
                f,
                "{bytes} bytes of text may belong to one match, the limit is {limit}: raise `limits.max_array_bytes`, or use \
                 an expression that stops at line ends"
            ),
        }
    }
}
