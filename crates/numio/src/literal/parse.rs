//! The parser: text to [`Value`].

use super::cursor::Cursor;
use super::error::{Fault, LiteralError};
use super::number::number;
use super::string::{self, Prefix};
use super::{Literal, Value};
use crate::{Error, Result};

/// Whose literals to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Python 3's.
    Python3,
    /// What NumPy makes of texts that are not Python 3's: an `L` after a number, as Python 2 wrote long integers, is passed
    /// over, and so is white space in a last line without a newline.
    Python2,
}

/// What [`parse`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed<'a> {
    /// The whole expression.
    pub literal: Literal<'a>,
    /// Whether it took [`Dialect::Python2`] to read it.
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
    let fail = |(at, cause): Fault| Error::from(cause).at(at as u64);
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

    fn expression(&mut self) -> Result<(Literal<'a>, Form), Fault> {
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
        match (real.filter(|_| form != Form::Sum), right.value) {
            (Some(left_real), Value::Complex(real, imag)) if right_form == Form::Plain => {
                // As complex arithmetic has it, with the signs of zeros that come of it.
                let value = match operator {
                    b'+' => Value::Complex(left_real + real, 0.0 + imag),
                    _ => Value::Complex(left_real - real, 0.0 - imag),
                };
                self.cursor.skip();
                if let Some(b'+' | b'-') = self.cursor.peek() {
                    return Err((self.cursor.at(), LiteralError::Arithmetic));
                }
                Ok((Literal { value, offset: left.offset }, Form::Sum))
            }
            _ => Err(fault),
        }
    }

    fn signed(&mut self) -> Result<(Literal<'a>, Form), Fault> {
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
        if form != Form::Plain {
            return Err((offset, LiteralError::Arithmetic));
        }
        Ok((Literal { value, offset }, Form::Signed))
    }

    fn atom(&mut self) -> Result<(Literal<'a>, Form), Fault> {
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
            rest => match string::prefix(rest) {
                Some(prefix) => self.strings(prefix)?,
                None => self.name()?,
            },
        };
        Ok((Literal { value, offset }, Form::Plain))
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

    /// Passes what NumPy takes for Python 2's suffix: the name `L`, also after spaces, also repeated.
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
            let Some(prefix) = string::prefix(self.cursor.rest().as_bytes()) else {
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
        let (body, len) = string::body(text).map_err(fail)?;
        self.cursor.advance(prefix.len + len);
        if prefix.bytes {
            return Ok(Value::Bytes(string::bytes(body, prefix.raw).map_err(fail)?));
        }
        Ok(Value::Str(string::text(body, prefix.raw).map_err(fail)?))
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
    fn parentheses(&mut self) -> Result<(Literal<'a>, Form), Fault> {
        let offset = self.cursor.at();
        let mut form = Form::Plain;
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
            Ok([single]) => Ok((Literal { value: Value::Tuple(vec![single]), offset }, Form::Plain)),
            Err(items) => Ok((Literal { value: Value::Tuple(items), offset }, Form::Plain)),
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
