//! Splits text into rows and fields as [`LoadTxt`](numio::text::LoadTxt) does, and joins fields into lines that it
//! cannot misread.

use std::borrow::Cow;

/// Control characters that no text uses: between fields, and around them.
pub const DELIMITER: char = '\u{1f}';
pub const QUOTE: char = '\u{1e}';

/// Appends a field, in quotes and after a delimiter.
pub fn push(out: &mut String, text: &str) {
    out.push(DELIMITER);
    out.push(QUOTE);
    for char in text.chars() {
        out.push(char);
        if char == QUOTE {
            out.push(char);
        }
    }
    out.push(QUOTE);
}

/// A field as messages show it: in quotes, and no more of it than helps.
pub fn shown(field: &str) -> String {
    const MOST: usize = 100;
    match field.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?}...", field.get(..end).unwrap_or_default()),
        None => format!("{field:?}"),
    }
}

/// Some of a list, as messages show it, and how many more there are.
pub fn listed(items: &[String]) -> String {
    const MOST: usize = 20;
    let some: Vec<String> = items.iter().take(MOST).map(|item| item.chars().take(200).collect()).collect();
    let more = items.len() - some.len();
    if more > 0 { format!("{} and {more} more", some.join(", ")) } else { some.join(", ") }
}

/// The characters that separate and enclose fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// `None` for any run of white space.
    pub delimiter: Option<char>,
    pub quote: Option<char>,
    /// Empty for no comments.
    pub comments: String,
}

/// White space except line ends, as NumPy's `loadtxt` defines it.
fn is_blank(char: char) -> bool {
    !matches!(char, '\n' | '\r') && (char.is_whitespace() || ('\x1c'..='\x1f').contains(&char))
}

/// The fields of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'t> {
    pub fields: Vec<Cow<'t, str>>,
    /// The number of the line on which the row starts, counted from that of the text's start.
    pub line: u64,
    /// The text of the row, without its line end.
    pub text: &'t str,
}

/// The rows of a text of whole rows; empty lines and comment lines are left out.
pub struct RowCutter<'t, 'd> {
    dialect: &'d Dialect,
    rest: &'t str,
    line: u64,
}

impl Dialect {
    /// The rows of `text`, whose first line has the number `line`.
    pub fn rows<'t, 'd>(&'d self, text: &'t str, line: u64) -> RowCutter<'t, 'd> {
        RowCutter { dialect: self, rest: text, line }
    }

    fn is_comment(&self, text: &str) -> bool {
        !self.comments.is_empty() && text.starts_with(&self.comments)
    }
}

impl<'t> Iterator for RowCutter<'t, '_> {
    type Item = Row<'t>;

    fn next(&mut self) -> Option<Row<'t>> {
        loop {
            self.skip_empty_lines();
            if self.rest.is_empty() {
                return None;
            }
            let (start, line) = (self.rest, self.line);
            let (fields, end) = self.row();
            let len = start.len() - end.len();
            if !matches!(fields.as_slice(), [] | [Cow::Borrowed("")]) {
                return Some(Row { fields, line, text: start.get(..len).unwrap_or_default() });
            }
        }
    }
}

impl<'t> RowCutter<'t, '_> {
    /// The text after the rows so far.
    pub fn rest(&self) -> &'t str {
        self.rest
    }

    /// The number of the next line.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// There may be millions of them, each of a byte.
    fn skip_empty_lines(&mut self) {
        let after = self.rest.trim_start_matches(['\n', '\r']);
        let skipped = self.rest.len() - after.len();
        self.line += line_ends(self.rest.as_bytes().get(..skipped).unwrap_or_default());
        self.rest = after;
    }

    /// Takes the next row. Returns its fields, and the text from its line end or comment on.
    fn row(&mut self) -> (Vec<Cow<'t, str>>, &'t str) {
        let mut fields = Vec::new();
        loop {
            if self.dialect.delimiter.is_none() {
                self.rest = self.rest.trim_start_matches(is_blank);
                let is_end = self.rest.is_empty() || self.rest.starts_with(['\n', '\r']);
                if is_end || self.dialect.is_comment(self.rest) {
                    return (fields, self.end_line());
                }
            }
            fields.push(self.field());
            let delimiter = |char| self.dialect.delimiter.map_or_else(|| is_blank(char), |one| one == char);
            match self.rest.chars().next().filter(|&char| delimiter(char)) {
                Some(char) => self.rest = self.rest.get(char.len_utf8()..).unwrap_or_default(),
                None => return (fields, self.end_line()),
            }
        }
    }

    fn field(&mut self) -> Cow<'t, str> {
        let mut quoted = None;
        if let Some(quote) = self.dialect.quote
            && let Some(mut inner) = self.rest.strip_prefix(quote)
        {
            let text = quoted.insert(String::new());
            loop {
                let (part, after) = inner.split_once(quote).unwrap_or((inner, ""));
                text.push_str(part);
                inner = after;
                // A doubled quote is a literal one.
                match inner.strip_prefix(quote) {
                    Some(after) => {
                        text.push(quote);
                        inner = after;
                    }
                    None => break,
                }
            }
            self.line += line_ends(text.as_bytes());
            self.rest = inner;
        }
        let end = self.rest.char_indices().find(|&(at, char)| {
            let is_delimiter = self.dialect.delimiter.map_or_else(|| is_blank(char), |one| one == char);
            is_delimiter
                || matches!(char, '\n' | '\r')
                || self.dialect.is_comment(self.rest.get(at..).unwrap_or_default())
        });
        let (taken, after) = self.rest.split_at(end.map_or(self.rest.len(), |(at, _)| at));
        self.rest = after;
        match quoted {
            None => Cow::Borrowed(taken),
            Some(text) => Cow::Owned(text + taken),
        }
    }

    /// Skips the rest of a line: a comment, and the line end.
    fn end_line(&mut self) -> &'t str {
        let start = self.rest;
        let end = memchr::memchr2(b'\n', b'\r', start.as_bytes());
        let is_pair = |at: usize| start.get(at..).is_some_and(|rest| rest.starts_with("\r\n"));
        let after = end.map_or(start.len(), |at| at + if is_pair(at) { 2 } else { 1 });
        self.rest = start.get(after..).unwrap_or_default();
        self.line += u64::from(end.is_some());
        start
    }
}

/// The number of line ends in a text: `\n`, `\r\n` or `\r`.
pub fn line_ends(text: &[u8]) -> u64 {
    let newlines = memchr::memchr_iter(b'\n', text).count();
    let lone = memchr::memchr_iter(b'\r', text).filter(|&at| text.get(at + 1) != Some(&b'\n')).count();
    (newlines + lone) as u64
}

/// A quote that is not closed properly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenQuote {
    /// The line, from the text's first, and the byte at which the quote opens.
    pub line: u64,
    pub at: usize,
    /// The line of a later quote after which the field goes on; `None` if no quote follows at all.
    pub continued: Option<u64>,
}

/// Finds the row ends in a text with quotes that arrives in chunks.
#[derive(Debug, Clone)]
pub struct RowScanner {
    state: ScanState,
    at: usize,
    line: u64,
    opened: OpenQuote,
    /// The ends of the complete rows so far, in order.
    pub ends: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScanState {
    FieldStart,
    Unquoted,
    Quoted,
    Comment,
}

impl RowScanner {
    pub fn new() -> Self {
        let opened = OpenQuote { line: 0, at: 0, continued: None };
        Self { state: ScanState::FieldStart, at: 0, line: 0, opened, ends: Vec::new() }
    }

    /// Scans more of a text, which starts with the bytes scanned before.
    ///
    /// # Errors
    /// A quoted field of several lines that goes on after its closing quote, and one that is still open when the text
    /// `is_over`.
    pub fn scan(&mut self, dialect: &Dialect, text: &[u8], is_over: bool) -> Result<(), OpenQuote> {
        let (mut buffers, quote, delimiter) = ([[0; 4]; 2], dialect.quote, dialect.delimiter);
        let [one, two] = &mut buffers;
        let quote = quote.map_or(&[][..], |char| char.encode_utf8(one).as_bytes());
        let delimiter = delimiter.map_or(&[][..], |char| char.encode_utf8(two).as_bytes());
        let comments = dialect.comments.as_bytes();
        // The last character or comment marker may be incomplete.
        let margin = if is_over { 0 } else { comments.len().max(8) };
        while self.at + margin < text.len() {
            let rest = text.get(self.at..).unwrap_or_default();
            let Some(&first) = rest.first() else { break };
            let is_comment = !comments.is_empty() && rest.starts_with(comments);
            match self.state {
                ScanState::FieldStart if delimiter.is_empty() && matches!(first, b' ' | b'\t') => {
                    self.at += 1
                }
                ScanState::FieldStart if !quote.is_empty() && rest.starts_with(quote) => {
                    self.opened = OpenQuote { line: self.line, at: self.at, continued: None };
                    self.state = ScanState::Quoted;
                    self.at += quote.len();
                }
                ScanState::Quoted => {
                    match memchr::memchr3(quote.first().copied().unwrap_or(b'\n'), b'\n', b'\r', rest) {
                        None => self.at = text.len(),
                        Some(skip) if skip > 0 => self.at += skip,
                        Some(_) if matches!(first, b'\n' | b'\r') => self.pass_line_end(rest),
                        Some(_) if !rest.starts_with(quote) => self.at += 1,
                        Some(_) => {
                            let after = rest.get(quote.len()..).unwrap_or_default();
                            if after.starts_with(quote) {
                                self.at += 2 * quote.len();
                                continue;
                            }
                            let is_end =
                                after.first().is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
                            let ends = is_end || !delimiter.is_empty() && after.starts_with(delimiter);
                            if !ends && self.opened.line != self.line {
                                return Err(OpenQuote { continued: Some(self.line), ..self.opened });
                            }
                            self.at += quote.len();
                            self.state = ScanState::Unquoted;
                        }
                    }
                }
                _ if matches!(first, b'\n' | b'\r') => {
                    self.pass_line_end(rest);
                    self.ends.push(self.at);
                    self.state = ScanState::FieldStart;
                }
                ScanState::Comment => self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len()),
                _ if is_comment => self.state = ScanState::Comment,
                _ if delimiter.is_empty() && matches!(first, b' ' | b'\t') => {
                    self.at += 1;
                    self.state = ScanState::FieldStart;
                }
                _ if !delimiter.is_empty() && rest.starts_with(delimiter) => {
                    self.at += delimiter.len();
                    self.state = ScanState::FieldStart;
                }
                ScanState::FieldStart | ScanState::Unquoted => {
                    self.at += 1;
                    self.state = ScanState::Unquoted;
                }
            }
        }
        match self.state {
            ScanState::Quoted if is_over => Err(self.opened),
            _ => Ok(()),
        }
    }

    fn pass_line_end(&mut self, rest: &[u8]) {
        self.at += if rest.starts_with(b"\r\n") { 2 } else { 1 };
        self.line += 1;
    }
}

/// The notation of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberStyle {
    /// The decimal mark.
    pub decimal: char,
    /// The separator of groups of three digits.
    pub thousands: Option<char>,
    /// True if `1.0D+05` and `0.33-104` are numbers, as Fortran writes them.
    pub fortran: bool,
}

impl Default for NumberStyle {
    fn default() -> Self {
        Self { decimal: '.', thousands: None, fortran: false }
    }
}

impl NumberStyle {
    /// A field with a decimal point, without thousands separators, and with `e` before its exponent. Anything but such
    /// a number is returned unchanged.
    pub fn plain<'f>(&self, field: &'f str) -> Cow<'f, str> {
        if *self == Self::default() {
            return Cow::Borrowed(field);
        }
        let mut text = Cow::Borrowed(field);
        if let Some(separator) = self.thousands
            && let Some(joined) = self.without_groups(field, separator)
        {
            text = Cow::Owned(joined);
        }
        if self.decimal != '.' && text.contains(self.decimal) {
            // A point would be a second decimal mark.
            if text.contains('.') {
                return Cow::Borrowed(field);
            }
            text = Cow::Owned(text.replace(self.decimal, "."));
        }
        if self.fortran { numio::text::fortran_number(&text).map_or(text, Cow::Owned) } else { text }
    }

    /// Returns whether a number has a point where another character is the decimal mark. Points between groups of three
    /// digits, if they separate these, are none.
    pub fn has_other_mark(&self, field: &str) -> bool {
        let is_other = |text: &str| text.contains('.');
        self.decimal != '.'
            && is_other(field)
            && match self.thousands.and_then(|separator| self.without_groups(field, separator)) {
                Some(joined) => is_other(&joined),
                None => true,
            }
    }

    /// The number without separators, if they separate groups of three digits.
    fn without_groups(&self, field: &str, separator: char) -> Option<String> {
        if !field.contains(separator) {
            return None;
        }
        let end = field.find([self.decimal, 'e', 'E', 'd', 'D']).unwrap_or(field.len());
        let (whole, rest) = field.split_at_checked(end)?;
        let digits = whole.trim_start().trim_start_matches(['+', '-']);
        let mut groups = digits.trim_end().split(separator);
        let first = groups.next()?;
        let are_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
        let is_grouped = (1..=3).contains(&first.len())
            && are_digits(first)
            && groups.all(|group| group.len() == 3 && are_digits(group));
        is_grouped.then(|| whole.replace(separator, "") + rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_are_passed_over_and_counted() {
        for quote in [None, Some('"')] {
            for delimiter in [None, Some(',')] {
                let dialect = Dialect { delimiter, quote, comments: "#".to_owned() };
                let rows = dialect.rows("\n\r\n\r\r\n1\n\n\n#\n\r2\n\n", 7);
                let found: Vec<_> = rows.map(|row| (row.fields.concat(), row.line)).collect();
                assert_eq!(found, [("1".to_owned(), 11), ("2".to_owned(), 16)]);
            }
        }
    }

    #[test]
    fn messages_show_the_start_of_what_is_long() {
        assert_eq!(shown("a\"b"), r#""a\"b""#);
        assert_eq!(shown(&"\u{e9}".repeat(1_000_000)), format!("\"{}\"...", "\u{e9}".repeat(100)));
        let items: Vec<String> = (0..1000).map(|item| item.to_string()).collect();
        assert!(listed(&items).ends_with("18, 19 and 980 more"));
        assert_eq!(listed(&items[..2]), "0, 1");
    }

    fn csv() -> Dialect {
        Dialect { delimiter: Some(','), quote: Some('"'), comments: String::new() }
    }

    #[test]
    fn fields_are_those_that_loadtxt_finds() {
        let txt = Dialect { delimiter: None, quote: None, comments: "#".to_owned() };
        for (dialect, text) in [
            (csv(), "a,b\nc,\"d,\"\"e\nf\"\"\"\n\n\"\",x\r\n,\n\"g\"h,i"),
            (csv(), "é,\" x \"\n"),
            (csv(), "a,b\rc,d\r\re,f\r"),
            (txt.clone(), "# no\n a\tb # c\nd  e\n\n  \nf g"),
            (txt, "a\u{3000}b\u{a0}c\n"),
            (Dialect { comments: "%".to_owned(), ..csv() }, "a,b % c\n% d\n\"%\",e"),
        ] {
            let mut loader = numio::text::LoadTxt::new();
            loader.dtype(numio::DType::parse("U9").unwrap()).ndmin(2);
            loader.comments(Some(dialect.comments.as_str()).filter(|comments| !comments.is_empty()));
            if let Some(delimiter) = dialect.delimiter {
                loader.delimiter(delimiter);
            }
            if let Some(quote) = dialect.quote {
                loader.quotechar(quote);
            }
            let known = loader.parse(text).unwrap().into_array();
            let known: Vec<String> =
                known.items().map(|item| item.unwrap().as_str().unwrap().to_owned()).collect();
            let found: Vec<String> =
                dialect.rows(text, 1).flat_map(|row| row.fields).map(Cow::into_owned).collect();
            assert_eq!(found, known, "{text:?}");
        }
    }

    #[test]
    fn rows_know_their_lines() {
        let dialect = csv();
        let lines: Vec<u64> = dialect.rows("a\n\n\"b\nc\"\r\nd\re", 5).map(|row| row.line).collect();
        assert_eq!(lines, [5, 7, 9, 10]);
    }

    #[test]
    fn scanned_rows_end_where_they_are_cut() {
        let text = "a,b\nc,\"d,\"\"e\nf\"\"\"\n\n\"\",x\r\n5\" pipe,\n\"g\"h,i # \"\nx";
        for comments in ["", "#"] {
            let dialect = Dialect { comments: comments.to_owned(), ..csv() };
            for size in 1..text.len() {
                let mut scanner = RowScanner::new();
                let mut result = Ok(());
                for end in (size..text.len()).step_by(size) {
                    result = result.and_then(|()| scanner.scan(&dialect, &text.as_bytes()[..end], false));
                }
                let result = result.and_then(|()| scanner.scan(&dialect, text.as_bytes(), true));
                if comments.is_empty() {
                    let line_of = |at: usize| line_ends(&text.as_bytes()[..at]);
                    assert_eq!(result, Ok(()), "{size}");
                    assert_eq!(
                        scanner.ends.iter().map(|&at| line_of(at)).collect::<Vec<_>>(),
                        [1, 3, 4, 5, 6, 7]
                    );
                } else {
                    assert_eq!(result, Ok(()));
                    assert_eq!(scanner.ends.len(), 6);
                }
            }
        }
    }

    #[test]
    fn quotes_that_do_not_close_are_found() {
        let scan = |text: &str| RowScanner::new().scan(&csv(), text.as_bytes(), true);
        assert_eq!(scan("a,b\nc,\"d\ne\n"), Err(OpenQuote { line: 1, at: 6, continued: None }));
        assert_eq!(scan("\"6 pipe,1\n\"8 pipe,2\n"), Err(OpenQuote { line: 0, at: 0, continued: Some(1) }));
        assert_eq!(scan("\"6\" pipe,1\n5\" pipe,2\n"), Ok(()));
    }
}

#[cfg(test)]
mod numbers_tests {
    use super::*;

    #[test]
    fn numbers_with_separators_become_plain() {
        let german = NumberStyle { decimal: ',', thousands: Some('.'), fortran: false };
        let english = NumberStyle { decimal: '.', thousands: Some(','), fortran: false };
        let fortran = NumberStyle { fortran: true, ..NumberStyle::default() };
        for (style, field, wanted) in [
            (german, "1.234.567,5", "1234567.5"),
            (german, "-0,5", "-0.5"),
            (german, "1.23,5", "1.23,5"),
            (german, "a,b", "a.b"),
            (english, "1,234.5e3", "1234.5e3"),
            (english, "1,23", "1,23"),
            (english, "12", "12"),
            (fortran, "1.0D+05", "1.0e+05"),
            (fortran, "0.33-104", "0.33e-104"),
            (fortran, "-1.5d3", "-1.5e3"),
            (fortran, "2020-01-02", "2020-01-02"),
            (fortran, "abc", "abc"),
        ] {
            assert_eq!(style.plain(field), wanted, "{field}");
        }
    }
}
