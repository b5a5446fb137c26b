//! The parser: text to [`Value`].

use std::borrow::Cow;

use crate::dtype::literal::int::Int;
use crate::dtype::literal::{Fault, FoundToken, Literal, LiteralError, Value};
use crate::{Error, Result, repr};

/// Whose literals to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Python 3's.
    Python3,
    /// NumPy's fallback for texts that are not Python 3's: skips the `L` after a number, as Python 2 wrote long
    /// integers, and white space in a last line without a newline.
    Python2,
}

/// Result of [`parse`].
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed<'a> {
    /// The whole expression.
    pub literal: Literal<'a>,
    /// True if reading it took [`Dialect::Python2`].
    pub needed_python2: bool,
}

/// Reads the one literal that `text` is, as Python's `ast.literal_eval` does.
///
/// Time and memory are in proportion to the text. Strings without escapes are borrowed from it.
///
/// # Errors
/// `InvalidData`, with the byte of `text` at which it stopped.
///
/// ```
/// use numio::literal::{Dialect, parse};
///
/// let parsed = parse("{'shape': (0x2, 3), # two rows\n 'x': 'a' \"b\"}", Dialect::Python3)?;
/// assert_eq!(parsed.literal.to_string(), "{'shape': (2, 3), 'x': 'ab'}");
///
/// let error = parse("(1, 2", Dialect::Python3).unwrap_err();
/// assert_eq!(error.to_string(), "byte 5: expected a comma or ')', found the end");
/// # Ok::<(), numio::Error>(())
/// ```
pub fn parse(text: &str, dialect: Dialect) -> Result<Parsed<'_>> {
    let fail = |(at, cause): Fault| Error::from(cause).with_offset(at as u64);
    // `contains` looks at many bytes at once, `position` does not.
    if text.as_bytes().contains(&0) {
        let at = text.bytes().take_while(|&byte| byte != 0).count();
        return Err(fail((at, LiteralError::Nul)));
    }
    let mut parser = Parser { cursor: Cursor::new(text), dialect, needed_python2: false };
    let literal = parser.document().map_err(fail)?;
    Ok(Parsed { literal, needed_python2: parser.needed_python2 })
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    dialect: Dialect,
    needed_python2: bool,
}

/// Syntactic form of a value, as far as arithmetic depends on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NumberForm {
    /// By itself, or in parentheses.
    Plain,
    /// With a sign.
    Signed,
    /// As a sum of a real and an imaginary number.
    Sum,
}

impl<'a> Parser<'a> {
    fn document(&mut self) -> Result<Literal<'a>, Fault> {
        self.cursor.start()?;
        let literal = self.top_level()?;
        let is_indented = self.cursor.end()?;
        if is_indented && self.dialect == Dialect::Python3 {
            return Err(self.cursor.unexpected("a newline"));
        }
        self.needed_python2 |= is_indented;
        Ok(literal)
    }

    /// One expression, or several with commas, which make a tuple without parentheses.
    fn top_level(&mut self) -> Result<Literal<'a>, Fault> {
        let first = self.expression()?.0;
        self.cursor.skip();
        if self.cursor.peek() != Some(b',') {
            return Ok(first);
        }
        let offset = first.offset;
        let mut items = vec![first];
        while self.cursor.peek() == Some(b',') {
            self.cursor.advance(1);
            self.cursor.skip();
            if matches!(self.cursor.peek(), None | Some(b'\n' | b'\r')) {
                break;
            }
            items.push(self.expression()?.0);
            self.cursor.skip();
        }
        Ok(Literal { value: Value::Tuple(items), offset })
    }

    fn expression(&mut self) -> Result<(Literal<'a>, NumberForm), Fault> {
        let (left, form) = self.signed()?;
        self.cursor.skip();
        let Some(operator @ (b'+' | b'-')) = self.cursor.peek() else {
            return Ok((left, form));
        };
        let fault = (self.cursor.at(), LiteralError::Arithmetic);
        self.cursor.advance(1);
        self.cursor.skip();
        let (right, right_form) = self.signed()?;
        let real = match &left.value {
            Value::Int(int) => int.to_f64(),
            Value::Float(float) => Some(*float),
            _ => None,
        };
        match (real.filter(|_| form != NumberForm::Sum), right.value) {
            (Some(left_real), Value::Complex(real, imag)) if right_form == NumberForm::Plain => {
                // As complex arithmetic has it, with the signs of zeros that come of it.
                let value = match operator {
                    b'+' => Value::Complex(left_real + real, 0.0 + imag),
                    _ => Value::Complex(left_real - real, 0.0 - imag),
                };
                self.cursor.skip();
                if let Some(b'+' | b'-') = self.cursor.peek() {
                    return Err((self.cursor.at(), LiteralError::Arithmetic));
                }
                Ok((Literal { value, offset: left.offset }, NumberForm::Sum))
            }
            _ => Err(fault),
        }
    }

    fn signed(&mut self) -> Result<(Literal<'a>, NumberForm), Fault> {
        let Some(sign @ (b'+' | b'-')) = self.cursor.peek() else {
            return self.atom();
        };
        let offset = self.cursor.at();
        self.cursor.advance(1);
        self.cursor.skip();
        if let Some(b'+' | b'-') = self.cursor.peek() {
            return Err((self.cursor.at(), LiteralError::Arithmetic));
        }
        let (operand, form) = self.atom()?;
        let value = match operand.value {
            Value::Int(int) if sign == b'-' => Value::Int(int.negated()),
            Value::Float(float) if sign == b'-' => Value::Float(-float),
            Value::Complex(real, imag) if sign == b'-' => Value::Complex(-real, -imag),
            number @ (Value::Int(_) | Value::Float(_) | Value::Complex(..)) => number,
            _ => return Err((offset, LiteralError::Arithmetic)),
        };
        if form != NumberForm::Plain {
            return Err((offset, LiteralError::Arithmetic));
        }
        Ok((Literal { value, offset }, NumberForm::Signed))
    }

    fn atom(&mut self) -> Result<(Literal<'a>, NumberForm), Fault> {
        let offset = self.cursor.at();
        let value = match self.cursor.rest().as_bytes() {
            [b'(', ..] => return self.parentheses(),
            [b'[', ..] => Value::List(self.bracketed(b']', "a comma or ']'")?.0),
            [b'{', ..] => self.braces()?,
            [b'0'..=b'9', ..] | [b'.', b'0'..=b'9', ..] => self.number()?,
            [b'.', b'.', b'.', ..] => {
                self.cursor.advance(3);
                Value::Ellipsis
            }
            rest => match prefix(rest) {
                Some(prefix) => self.strings(prefix)?,
                None => self.name()?,
            },
        };
        Ok((Literal { value, offset }, NumberForm::Plain))
    }

    fn number(&mut self) -> Result<Value<'a>, Fault> {
        let start = self.cursor.at();
        let (value, len) = number(self.cursor.rest().as_bytes()).map_err(|cause| (start, cause))?;
        self.cursor.advance(len);
        if self.dialect == Dialect::Python2 {
            self.long_suffix();
        }
        match self.cursor.rest().chars().next() {
            Some(next) if is_name(next) => {
                Err((self.cursor.at(), LiteralError::Number("a letter or digit follows it directly")))
            }
            _ => Ok(value),
        }
    }

    /// Skips what NumPy takes for Python 2's suffix: the name `L`, also after spaces, also repeated.
    fn long_suffix(&mut self) {
        loop {
            let start = self.cursor.at();
            self.cursor.skip_blanks();
            let mut rest = self.cursor.rest().chars();
            if rest.next() != Some('L') || rest.next().is_some_and(is_name) {
                return self.cursor.rewind(start);
            }
            self.cursor.advance(1);
            self.needed_python2 = true;
        }
    }

    /// A string or bytes, and those that follow it directly.
    fn strings(&mut self, first: Prefix) -> Result<Value<'a>, Fault> {
        let mut value = self.string(first)?;
        loop {
            let end = self.cursor.at();
            self.cursor.skip();
            let Some(prefix) = prefix(self.cursor.rest().as_bytes()) else {
                self.cursor.rewind(end);
                return Ok(value);
            };
            if prefix.bytes != first.bytes {
                return Err((self.cursor.at(), LiteralError::Str("bytes do not join with text")));
            }
            match (&mut value, self.string(prefix)?) {
                (Value::Str(text), Value::Str(more)) => text.to_mut().push_str(&more),
                (Value::Bytes(bytes), Value::Bytes(more)) => bytes.to_mut().extend_from_slice(&more),
                _ => {}
            }
        }
    }

    fn string(&mut self, prefix: Prefix) -> Result<Value<'a>, Fault> {
        let start = self.cursor.at();
        let fail = |cause| (start, cause);
        let text = self.cursor.rest().get(prefix.len..).unwrap_or_default();
        let (body, len) = body(text).map_err(fail)?;
        self.cursor.advance(prefix.len + len);
        if prefix.bytes {
            return Ok(Value::Bytes(bytes(body, prefix.raw).map_err(fail)?));
        }
        Ok(Value::Str(self::text(body, prefix.raw).map_err(fail)?))
    }

    fn name(&mut self) -> Result<Value<'a>, Fault> {
        let rest = self.cursor.rest();
        let len = rest.find(|next| !is_name(next)).unwrap_or(rest.len());
        let value = match rest.get(..len) {
            Some("None") => Value::None,
            Some("True") => Value::Bool(true),
            Some("False") => Value::Bool(false),
            Some("set") => {
                let start = self.cursor.at();
                self.cursor.advance(len);
                self.cursor.skip();
                if self.cursor.peek() == Some(b'(') && self.bracketed(b')', "')'")?.0.is_empty() {
                    return Ok(Value::Set(Vec::new()));
                }
                return Err((start, LiteralError::Call));
            }
            _ => return Err(self.cursor.unexpected("a literal")),
        };
        self.cursor.advance(len);
        Ok(value)
    }

    /// `()`, `(a)`, `(a,)`, `(a, b)`.
    fn parentheses(&mut self) -> Result<(Literal<'a>, NumberForm), Fault> {
        let offset = self.cursor.at();
        let mut form = NumberForm::Plain;
        self.cursor.open()?;
        let mut items = Vec::new();
        let mut has_comma = false;
        while !self.cursor.close(b')') {
            let (item, item_form) = self.expression()?;
            form = item_form;
            items.push(item);
            if self.cursor.comma(b')', "a comma or ')'")? {
                has_comma = true;
            }
        }
        match <[Literal<'a>; 1]>::try_from(items) {
            Ok([single]) if !has_comma => Ok((single, form)),
            Ok([single]) => Ok((Literal { value: Value::Tuple(vec![single]), offset }, NumberForm::Plain)),
            Err(items) => Ok((Literal { value: Value::Tuple(items), offset }, NumberForm::Plain)),
        }
    }

    fn bracketed(&mut self, close: u8, wanted: &'static str) -> Result<(Vec<Literal<'a>>, bool), Fault> {
        self.cursor.open()?;
        let mut items = Vec::new();
        let mut has_comma = false;
        while !self.cursor.close(close) {
            items.push(self.expression()?.0);
            has_comma |= self.cursor.comma(close, wanted)?;
        }
        Ok((items, has_comma))
    }

    fn braces(&mut self) -> Result<Value<'a>, Fault> {
        self.cursor.open()?;
        let mut pairs = Vec::new();
        let mut items = Vec::new();
        while !self.cursor.close(b'}') {
            let key = self.expression()?.0;
            if !key.value.is_hashable() {
                return Err((key.offset, LiteralError::Unhashable));
            }
            self.cursor.skip();
            if self.cursor.peek() == Some(b':') && items.is_empty() {
                self.cursor.advance(1);
                self.cursor.skip();
                pairs.push((key, self.expression()?.0));
            } else if pairs.is_empty() {
                items.push(key);
            } else {
                return Err(self.cursor.unexpected("':'"));
            }
            self.cursor.comma(b'}', "a comma or '}'")?;
        }
        Ok(if items.is_empty() { Value::Dict(pairs) } else { Value::Set(items) })
    }
}

fn is_name(next: char) -> bool {
    next.is_alphanumeric() || next == '_' || !next.is_ascii()
}

/// CPython's tokenizer opens no more brackets (`MAXLEVEL` in `Parser/tokenizer.h`).
const MAX_DEPTH: usize = 200;

pub(crate) struct Cursor<'a> {
    text: &'a str,
    /// Byte offset, always at the start of a character.
    at: usize,
    /// Number of open brackets. Inside any, a newline is white space.
    depth: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(crate) fn advance(&mut self, len: usize) {
        self.at += len;
    }

    /// Back to a place that was passed before.
    pub(crate) fn rewind(&mut self, at: usize) {
        self.at = at;
    }

    pub(crate) fn unexpected(&self, wanted: &'static str) -> Fault {
        let found = self.rest().chars().next().map_or(FoundToken::End, FoundToken::Char);
        (self.at, LiteralError::Unexpected { found, wanted })
    }

    /// Passes white space, comments, continued lines, and inside brackets newlines.
    pub(crate) fn skip(&mut self) {
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b'\n' | b'\r') if self.depth > 0 => self.at += 1,
                Some(b'#') => self.skip_comment(),
                _ => return,
            }
        }
    }

    /// Passes spaces, tabs, form feeds and continued lines.
    pub(crate) fn skip_blanks(&mut self) {
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')).count();
            if self.peek() != Some(b'\\') || !self.skip_continuation() {
                return;
            }
        }
    }

    fn skip_comment(&mut self) {
        self.at += self.rest().bytes().take_while(|byte| !matches!(byte, b'\n' | b'\r')).count();
    }

    /// Passes a backslash before a newline, if more follows.
    fn skip_continuation(&mut self) -> bool {
        let len = match self.rest().as_bytes() {
            [b'\\', b'\r', b'\n', ..] => 3,
            [b'\\', b'\n' | b'\r', ..] => 2,
            _ => return false,
        };
        if self.rest().len() == len {
            return false;
        }
        self.at += len;
        true
    }

    /// Passes the lines before the expression, which must not be indented.
    pub(crate) fn start(&mut self) -> Result<(), Fault> {
        // `literal_eval` itself takes these off the first line.
        self.at = self.rest().bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if self.skip_lines() { Err(self.unexpected("no indentation")) } else { Ok(()) }
    }

    /// Passes what may follow the expression: blank lines and comments, to the end. Returns whether there is white
    /// space on a line of its own, which is an indentation in Python.
    pub(crate) fn end(&mut self) -> Result<bool, Fault> {
        self.skip();
        let is_line_over = matches!(self.peek(), None | Some(b'\n' | b'\r'));
        let is_indented = is_line_over && self.skip_lines();
        if self.peek().is_some() { Err(self.unexpected("the end")) } else { Ok(is_indented) }
    }

    /// Skips blank lines and comments; returns whether white space precedes the next token or the end.
    fn skip_lines(&mut self) -> bool {
        let mut is_indented = false;
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => (self.at, is_indented) = (self.at + 1, true),
                Some(b'\n' | b'\r' | b'\x0c') => (self.at, is_indented) = (self.at + 1, false),
                Some(b'#') => {
                    self.skip_comment();
                    is_indented = false;
                }
                Some(b'\\') if self.skip_continuation() => {}
                _ => return is_indented,
            }
        }
    }

    /// Passes an opening bracket.
    pub(crate) fn open(&mut self) -> Result<(), Fault> {
        if self.depth == MAX_DEPTH {
            return Err((self.at, LiteralError::TooDeep));
        }
        self.depth += 1;
        self.at += 1;
        self.skip();
        Ok(())
    }

    /// Passes the closing bracket, if it is next.
    pub(crate) fn close(&mut self, bracket: u8) -> bool {
        let closes = self.peek() == Some(bracket);
        if closes {
            self.at += 1;
            self.depth -= 1;
        }
        closes
    }

    /// Passes the comma after an item, and returns whether there was one; before the closing bracket none is needed.
    pub(crate) fn comma(&mut self, close: u8, wanted: &'static str) -> Result<bool, Fault> {
        self.skip();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.skip();
                Ok(true)
            }
            Some(byte) if byte == close => Ok(false),
            _ => Err(self.unexpected(wanted)),
        }
    }
}

/// The prefix before a string's quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Prefix {
    pub(crate) raw: bool,
    pub(crate) bytes: bool,
    /// Bytes that the letters take.
    pub(crate) len: usize,
}

/// The prefix at the start of `text`, if a string starts there.
pub(crate) fn prefix(text: &[u8]) -> Option<Prefix> {
    let letters = text.iter().take(3).take_while(|byte| byte.is_ascii_alphabetic()).count();
    if !matches!(text.get(letters), Some(b'\'' | b'"')) {
        return None;
    }
    let (raw, bytes) = match text.get(..letters)? {
        [] | [b'u' | b'U'] => (false, false),
        [b'r' | b'R'] => (true, false),
        [b'b' | b'B'] => (false, true),
        [b'b' | b'B', b'r' | b'R'] | [b'r' | b'R', b'b' | b'B'] => (true, true),
        _ => return None,
    };
    Some(Prefix { raw, bytes, len: letters })
}

/// The text between the quotes at the start of `text`, and the bytes that it takes with its quotes.
pub(crate) fn body(text: &str) -> Result<(&str, usize), LiteralError> {
    let bytes = text.as_bytes();
    let quote = bytes.first().copied().unwrap_or_default();
    let is_triple = bytes.get(1) == Some(&quote) && bytes.get(2) == Some(&quote);
    let width = if is_triple { 3 } else { 1 };
    let mut at = width;
    loop {
        match bytes.get(at) {
            None => return Err(LiteralError::Str("its closing quote is missing")),
            Some(&byte) if byte == quote => {
                let closes =
                    !is_triple || (bytes.get(at + 1) == Some(&quote) && bytes.get(at + 2) == Some(&quote));
                if closes {
                    return Ok((text.get(width..at).unwrap_or_default(), at + width));
                }
                at += 1;
            }
            // Whatever follows a backslash, a quote above all, does not close the string, raw or not.
            Some(b'\\') => at += if bytes.get(at + 1..at + 3) == Some(b"\r\n") { 3 } else { 2 },
            Some(b'\n' | b'\r') if !is_triple => {
                return Err(LiteralError::Str("the line ends before its closing quote"));
            }
            Some(_) => at += 1,
        }
    }
}

/// The value of a string's body.
pub(crate) fn text(body: &str, raw: bool) -> Result<Cow<'_, str>, LiteralError> {
    if repr::is_ambiguous(body) {
        return Err(LiteralError::Str("a private character from U+10F800 on"));
    }
    if !needs_work(body, raw) {
        return Ok(Cow::Borrowed(body));
    }
    let mut out = String::with_capacity(body.len());
    decode(body, raw, true, &mut |code| {
        // Only names of fields have surrogates.
        out.push(repr::name_char(code).ok_or(LiteralError::Str("a private character from U+10F800 on"))?);
        Ok(())
    })?;
    Ok(Cow::Owned(out))
}

/// The value of a bytes literal's body.
pub(crate) fn bytes(body: &str, raw: bool) -> Result<Cow<'_, [u8]>, LiteralError> {
    if !body.is_ascii() {
        return Err(LiteralError::Str("bytes are written in ASCII and escapes"));
    }
    if !needs_work(body, raw) {
        return Ok(Cow::Borrowed(body.as_bytes()));
    }
    let mut out = Vec::with_capacity(body.len());
    decode(body, raw, false, &mut |code| {
        // Python, too, keeps the low eight bits of `\777`.
        out.push(code as u8);
        Ok(())
    })?;
    Ok(Cow::Owned(out))
}

fn needs_work(body: &str, raw: bool) -> bool {
    body.bytes().any(|byte| byte == b'\r' || (byte == b'\\' && !raw))
}

type Push<'p> = &'p mut dyn FnMut(u32) -> Result<(), LiteralError>;

/// Hands each character's code to `push`: newlines made `\n`, escapes resolved.
fn decode(body: &str, raw: bool, unicode: bool, push: Push<'_>) -> Result<(), LiteralError> {
    let mut chars = body.chars().peekable();
    // The newlines of source text are all `\n` to Python.
    let mut next = move || {
        let found = chars.next()?;
        if found == '\r' {
            chars.next_if_eq(&'\n');
            return Some('\n');
        }
        Some(found)
    };
    let mut pending = None;
    while let Some(found) = pending.take().or_else(&mut next) {
        if found != '\\' || raw {
            push(found.into())?;
            continue;
        }
        let Some(escape) = next() else {
            return Err(LiteralError::Str("a backslash at its end"));
        };
        let digits = match escape {
            '\n' => continue,
            '\\' | '\'' | '"' => {
                push(escape.into())?;
                continue;
            }
            'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' => {
                push(control(escape))?;
                continue;
            }
            '0'..='7' => {
                let mut code = escape.to_digit(8).unwrap_or_default();
                for _ in 0..2 {
                    pending = next();
                    let Some(digit) = pending.and_then(|digit| digit.to_digit(8)) else { break };
                    pending = None;
                    code = code * 8 + digit;
                }
                push(code)?;
                continue;
            }
            'x' => 2,
            'u' if unicode => 4,
            'U' if unicode => 8,
            'N' if unicode => return Err(LiteralError::Str("names of characters (\\N) are not known here")),
            // Python keeps an escape it does not know, backslash and all.
            other => {
                push('\\'.into())?;
                push(other.into())?;
                continue;
            }
        };
        let mut code = 0_u32;
        for _ in 0..digits {
            let digit = next().and_then(|digit| digit.to_digit(16));
            let digit = digit.ok_or(LiteralError::Str("too few hexadecimal digits after \\x, \\u or \\U"))?;
            code = (code << 4) | digit;
        }
        push(code)?;
    }
    Ok(())
}

fn control(escape: char) -> u32 {
    match escape {
        'a' => 0x07,
        'b' => 0x08,
        't' => 0x09,
        'n' => 0x0a,
        'v' => 0x0b,
        'f' => 0x0c,
        _ => 0x0d,
    }
}

/// Reads the number at the start of `text`, which begins with a digit or with a dot and a digit. Gives the value and
/// how many bytes it took; what follows is the caller's to judge.
pub(crate) fn number(text: &[u8]) -> Result<(Value<'static>, usize), LiteralError> {
    if let [b'0', base @ (b'x' | b'X' | b'o' | b'O' | b'b' | b'B'), rest @ ..] = text {
        let radix = match base {
            b'x' | b'X' => 16,
            b'o' | b'O' => 8,
            _ => 2,
        };
        // The first digit, too, may follow an underscore: `0x_ff`.
        let skip = usize::from(rest.first() == Some(&b'_'));
        let digits = rest.get(skip..).unwrap_or_default();
        let len = digit_run(digits, radix)?;
        if len == 0 {
            return Err(LiteralError::Number("no digits after the base"));
        }
        let value = Int::from_digits(digits.get(..len).unwrap_or_default(), radix);
        return Ok((Value::Int(value.ok_or(LONG)?), 2 + skip + len));
    }
    let mut end = digit_run(text, 10)?;
    let whole = text.get(..end).unwrap_or_default();
    let mut is_float = false;
    if text.get(end) == Some(&b'.') {
        is_float = true;
        end += 1;
        end += digit_run(text.get(end..).unwrap_or_default(), 10)?;
    }
    if let Some(b'e' | b'E') = text.get(end) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let len = digit_run(text.get(end + 1 + sign..).unwrap_or_default(), 10)?;
        if len == 0 {
            return Err(LiteralError::Number("no digits after the exponent's e"));
        }
        is_float = true;
        end += 1 + sign + len;
    }
    let is_imaginary = matches!(text.get(end), Some(b'j' | b'J'));
    if is_float || is_imaginary {
        let value = float(text.get(..end).unwrap_or_default())?;
        return Ok(if is_imaginary {
            (Value::Complex(0.0, value), end + 1)
        } else {
            (Value::Float(value), end)
        });
    }
    if whole.first() == Some(&b'0') && whole.iter().any(|digit| (b'1'..=b'9').contains(digit)) {
        return Err(LiteralError::Number("leading zeros: octal is written 0o"));
    }
    Ok((Value::Int(Int::from_digits(whole, 10).ok_or(LONG)?), end))
}

const LONG: LiteralError = LiteralError::Number("more than 4300 decimal digits");

/// The length of the digits at the start, single underscores between them allowed.
fn digit_run(text: &[u8], radix: u32) -> Result<usize, LiteralError> {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(|&byte| char::from(byte).is_digit(radix));
    let mut len = 0;
    loop {
        if is_digit(text.get(len)) {
            len += 1;
        } else if text.get(len) == Some(&b'_') && len > 0 {
            if !is_digit(text.get(len + 1)) {
                return Err(LiteralError::Number("an underscore stands between two digits"));
            }
            len += 1;
        } else {
            return Ok(len);
        }
    }
}

fn float(text: &[u8]) -> Result<f64, LiteralError> {
    let digits: Vec<u8> = text.iter().copied().filter(|&byte| byte != b'_').collect();
    // Rust reads every decimal float that Python writes, and rounds to nearest as Python does.
    let value = std::str::from_utf8(&digits).ok().and_then(|text| text.parse().ok());
    value.ok_or(LiteralError::Number("not a decimal number"))
}
