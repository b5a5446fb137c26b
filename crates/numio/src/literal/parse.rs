//! The parser: text to [`Value`].

use std::borrow::Cow;

use super::error::{Found, LiteralError};
use super::number::number;
use super::string::{self, Prefix};
use super::{Int, Literal, Value};
use crate::{Error, Result};

/// CPython's tokenizer opens no more brackets (`MAXLEVEL` in `Parser/tokenizer.h`).
const MAX_DEPTH: usize = 200;

/// Whose literals to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Python 3's.
    Python3,
    /// Python 3's, and `L` after a number, as Python 2 wrote its long integers.
    Python2,
}

/// What [`parse`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed<'a> {
    /// The whole expression.
    pub literal: Literal<'a>,
    /// Whether an `L` suffix occurred, so that Python 3 alone could not read it.
    pub long_suffix: bool,
}

/// Reads the one literal that `text` is, as Python's `ast.literal_eval` does.
///
/// Time and memory are in proportion to the text. Strings without escapes are borrowed from it.
///
/// # Errors
/// `Format`, with the byte of `text` at which it stopped.
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
    let mut parser = Parser { text, at: 0, depth: 0, dialect, long_suffix: false };
    let fail = |(at, cause): Fault| Error::from(cause).at(at as u64);
    if let Some(at) = text.bytes().position(|byte| byte == 0) {
        return Err(fail((at, LiteralError::Nul)));
    }
    let literal = parser.document().map_err(fail)?;
    Ok(Parsed { literal, long_suffix: parser.long_suffix })
}

type Fault = (usize, LiteralError);

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// How many brackets are open. Inside any, a newline is white space.
    depth: usize,
    dialect: Dialect,
    long_suffix: bool,
}

/// How a value was written, where arithmetic asks for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// By itself, or in parentheses.
    Plain,
    /// With a sign.
    Signed,
    /// As a sum of a real and an imaginary number.
    Sum,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn unexpected(&self, wanted: &'static str) -> Fault {
        let found = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        (self.at, LiteralError::Unexpected { found: found.map_or(Found::End, Found::Char), wanted })
    }

    /// Blank lines, the expression, blank lines.
    fn document(&mut self) -> Result<Literal<'a>, Fault> {
        while let Some(b' ' | b'\t') = self.peek() {
            self.at += 1;
        }
        let mut is_indented = false;
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => (self.at, is_indented) = (self.at + 1, true),
                Some(b'\n' | b'\r' | b'\x0c') => (self.at, is_indented) = (self.at + 1, false),
                Some(b'#') => self.comment(),
                Some(b'\\') if self.continuation() => {}
                _ if is_indented => return Err(self.unexpected("no indentation")),
                _ => break,
            }
        }
        let literal = self.top_level()?;
        loop {
            self.skip();
            match self.peek() {
                None => return Ok(literal),
                Some(b'\n' | b'\r') => self.at += 1,
                Some(_) => return Err(self.unexpected("the end")),
            }
        }
    }

    /// One expression, or several with commas, which make a tuple without parentheses.
    fn top_level(&mut self) -> Result<Literal<'a>, Fault> {
        let first = self.expression()?.0;
        self.skip();
        if self.peek() != Some(b',') {
            return Ok(first);
        }
        let offset = first.offset;
        let mut items = vec![first];
        while self.peek() == Some(b',') {
            self.at += 1;
            self.skip();
            if matches!(self.peek(), None | Some(b'\n' | b'\r')) {
                break;
            }
            items.push(self.expression()?.0);
            self.skip();
        }
        Ok(Literal { value: Value::Tuple(items), offset })
    }

    /// Passes white space, comments, continued lines, and inside brackets newlines.
    fn skip(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\x0c') => self.at += 1,
                Some(b'\n' | b'\r') if self.depth > 0 => self.at += 1,
                Some(b'#') => self.comment(),
                Some(b'\\') if self.continuation() => {}
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        self.at += self.rest().iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')).count();
    }

    /// Passes a backslash before a newline, if more follows.
    fn continuation(&mut self) -> bool {
        let len = match self.rest() {
            [b'\\', b'\r', b'\n', _, ..] => 3,
            [b'\\', b'\n' | b'\r', _, ..] => 2,
            _ => return false,
        };
        self.at += len;
        true
    }

    fn expression(&mut self) -> Result<(Literal<'a>, Form), Fault> {
        let (left, form) = self.signed()?;
        self.skip();
        let Some(operator @ (b'+' | b'-')) = self.peek() else {
            return Ok((left, form));
        };
        let fault = (self.at, LiteralError::Arithmetic);
        self.at += 1;
        self.skip();
        let (right, right_form) = self.signed()?;
        let real = match &left.value {
            Value::Int(int) => int.to_f64(),
            Value::Float(float) => Some(*float),
            _ => None,
        };
        match (real.filter(|_| form != Form::Sum), right.value) {
            (Some(left_real), Value::Complex(real, imag)) if right_form == Form::Plain => {
                // As complex arithmetic has it, with the signs of zeros that come of it.
                let value = match operator {
                    b'+' => Value::Complex(left_real + real, 0.0 + imag),
                    _ => Value::Complex(left_real - real, 0.0 - imag),
                };
                self.skip();
                if let Some(b'+' | b'-') = self.peek() {
                    return Err((self.at, LiteralError::Arithmetic));
                }
                Ok((Literal { value, offset: left.offset }, Form::Sum))
            }
            _ => Err(fault),
        }
    }

    fn signed(&mut self) -> Result<(Literal<'a>, Form), Fault> {
        let Some(sign @ (b'+' | b'-')) = self.peek() else {
            return self.atom();
        };
        let offset = self.at;
        self.at += 1;
        self.skip();
        if let Some(b'+' | b'-') = self.peek() {
            return Err((self.at, LiteralError::Arithmetic));
        }
        let (operand, form) = self.atom()?;
        let value = match operand.value {
            Value::Int(int) if sign == b'-' => Value::Int(int.negated()),
            Value::Float(float) if sign == b'-' => Value::Float(-float),
            Value::Complex(real, imag) if sign == b'-' => Value::Complex(-real, -imag),
            number @ (Value::Int(_) | Value::Float(_) | Value::Complex(..)) => number,
            _ => return Err((offset, LiteralError::Arithmetic)),
        };
        if form != Form::Plain {
            return Err((offset, LiteralError::Arithmetic));
        }
        Ok((Literal { value, offset }, Form::Signed))
    }

    fn atom(&mut self) -> Result<(Literal<'a>, Form), Fault> {
        let offset = self.at;
        let value = match self.rest() {
            [b'(', ..] => return self.parentheses(),
            [b'[', ..] => Value::List(self.bracketed(b']', "a comma or ']'")?.0),
            [b'{', ..] => self.braces()?,
            [b'0'..=b'9', ..] | [b'.', b'0'..=b'9', ..] => self.number()?,
            [b'.', b'.', b'.', ..] => {
                self.at += 3;
                Value::Ellipsis
            }
            rest => match string::prefix(rest) {
                Some(prefix) => self.strings(prefix)?,
                None => self.name()?,
            },
        };
        Ok((Literal { value, offset }, Form::Plain))
    }

    fn number(&mut self) -> Result<Value<'a>, Fault> {
        let start = self.at;
        let (value, len) = number(self.rest()).map_err(|cause| (start, cause))?;
        self.at += len;
        if self.dialect == Dialect::Python2 {
            self.long_suffix();
        }
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(next) if is_name(next) => {
                Err((self.at, LiteralError::Number("a letter or digit follows it directly")))
            }
            _ => Ok(value),
        }
    }

    /// Passes what NumPy takes for Python 2's suffix: the name `L`, also after spaces, also repeated.
    fn long_suffix(&mut self) {
        loop {
            let start = self.at;
            while matches!(self.peek(), Some(b' ' | b'\t' | b'\x0c')) || self.continuation() {
                self.at +=
                    usize::from(self.peek().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')));
            }
            let mut rest = self.text.get(self.at..).unwrap_or_default().chars();
            if rest.next() == Some('L') && !rest.next().is_some_and(is_name) {
                self.at += 1;
                self.long_suffix = true;
            } else {
                self.at = start;
                return;
            }
        }
    }

    /// A string or bytes, and those that follow it directly.
    fn strings(&mut self, first: Prefix) -> Result<Value<'a>, Fault> {
        let mut value = self.string(first)?;
        loop {
            let end = self.at;
            self.skip();
            let Some(prefix) = string::prefix(self.rest()) else {
                self.at = end;
                return Ok(value);
            };
            if prefix.bytes != first.bytes {
                return Err((self.at, LiteralError::Str("bytes do not join with text")));
            }
            match (&mut value, self.string(prefix)?) {
                (Value::Str(text), Value::Str(more)) => text.to_mut().push_str(&more),
                (Value::Bytes(bytes), Value::Bytes(more)) => bytes.to_mut().extend_from_slice(&more),
                _ => {}
            }
        }
    }

    fn string(&mut self, prefix: Prefix) -> Result<Value<'a>, Fault> {
        let start = self.at;
        let fail = |cause| (start, cause);
        let text = self.text.get(start + prefix.len..).unwrap_or_default();
        let (body, len) = string::body(text).map_err(fail)?;
        self.at += prefix.len + len;
        if prefix.bytes {
            return Ok(Value::Bytes(string::bytes(body, prefix.raw).map_err(fail)?));
        }
        Ok(Value::Str(string::text(body, prefix.raw).map_err(fail)?))
    }

    fn name(&mut self) -> Result<Value<'a>, Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let len = rest.find(|next| !is_name(next)).unwrap_or(rest.len());
        let value = match rest.get(..len) {
            Some("None") => Value::None,
            Some("True") => Value::Bool(true),
            Some("False") => Value::Bool(false),
            Some("set") => {
                let start = self.at;
                self.at += len;
                self.skip();
                if self.peek() == Some(b'(') && self.bracketed(b')', "')'")?.0.is_empty() {
                    return Ok(Value::Set(Vec::new()));
                }
                return Err((start, LiteralError::Str("of all calls, only set() is a literal")));
            }
            _ => return Err(self.unexpected("a literal")),
        };
        self.at += len;
        Ok(value)
    }

    /// `()`, `(a)`, `(a,)`, `(a, b)`.
    fn parentheses(&mut self) -> Result<(Literal<'a>, Form), Fault> {
        let offset = self.at;
        let mut form = Form::Plain;
        self.open()?;
        let mut items = Vec::new();
        let mut has_comma = false;
        while !self.close(b')') {
            let (item, item_form) = self.expression()?;
            form = item_form;
            items.push(item);
            if self.comma(b')', "a comma or ')'")? {
                has_comma = true;
            }
        }
        match <[Literal<'a>; 1]>::try_from(items) {
            Ok([single]) if !has_comma => Ok((single, form)),
            Ok([single]) => Ok((Literal { value: Value::Tuple(vec![single]), offset }, Form::Plain)),
            Err(items) => Ok((Literal { value: Value::Tuple(items), offset }, Form::Plain)),
        }
    }

    fn bracketed(&mut self, close: u8, wanted: &'static str) -> Result<(Vec<Literal<'a>>, bool), Fault> {
        self.open()?;
        let mut items = Vec::new();
        let mut has_comma = false;
        while !self.close(close) {
            items.push(self.expression()?.0);
            has_comma |= self.comma(close, wanted)?;
        }
        Ok((items, has_comma))
    }

    fn braces(&mut self) -> Result<Value<'a>, Fault> {
        self.open()?;
        let mut pairs = Vec::new();
        let mut items = Vec::new();
        while !self.close(b'}') {
            let key = self.expression()?.0;
            if !key.value.is_hashable() {
                return Err((key.offset, LiteralError::Unhashable));
            }
            self.skip();
            if self.peek() == Some(b':') && items.is_empty() {
                self.at += 1;
                self.skip();
                pairs.push((key, self.expression()?.0));
            } else if pairs.is_empty() {
                items.push(key);
            } else {
                return Err(self.unexpected("':'"));
            }
            self.comma(b'}', "a comma or '}'")?;
        }
        Ok(if items.is_empty() { Value::Dict(pairs) } else { Value::Set(items) })
    }

    fn open(&mut self) -> Result<(), Fault> {
        if self.depth == MAX_DEPTH {
            return Err((self.at, LiteralError::TooDeep));
        }
        self.depth += 1;
        self.at += 1;
        self.skip();
        Ok(())
    }

    fn close(&mut self, bracket: u8) -> bool {
        let closes = self.peek() == Some(bracket);
        if closes {
            self.at += 1;
            self.depth -= 1;
        }
        closes
    }

    /// Passes the comma after an item; none is needed before the closing bracket.
    fn comma(&mut self, close: u8, wanted: &'static str) -> Result<bool, Fault> {
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

fn is_name(next: char) -> bool {
    next.is_alphanumeric() || next == '_' || !next.is_ascii()
}

impl From<Int> for Value<'_> {
    fn from(int: Int) -> Self {
        Self::Int(int)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Str(Cow::Borrowed(text))
    }
}
