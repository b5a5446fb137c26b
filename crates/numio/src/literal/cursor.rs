//! A place in the text: what stands there, and how white space and brackets are passed.

use super::error::{Fault, Found, LiteralError};

/// CPython's tokenizer opens no more brackets (`MAXLEVEL` in `Parser/tokenizer.h`).
const MAX_DEPTH: usize = 200;

pub(super) struct Cursor<'a> {
    text: &'a str,
    /// In bytes; always where a character starts.
    at: usize,
    /// How many brackets are open. Inside any, a newline is white space.
    depth: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn advance(&mut self, len: usize) {
        self.at += len;
    }

    /// Back to a place that was passed before.
    pub(super) fn rewind(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn unexpected(&self, wanted: &'static str) -> Fault {
        let found = self.rest().chars().next().map_or(Found::End, Found::Char);
        (self.at, LiteralError::Unexpected { found, wanted })
    }

    /// Passes white space, comments, continued lines, and inside brackets newlines.
    pub(super) fn skip(&mut self) {
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
    pub(super) fn skip_blanks(&mut self) {
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
    pub(super) fn start(&mut self) -> Result<(), Fault> {
        // `literal_eval` itself takes these off the first line.
        self.at = self.rest().bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if self.skip_lines() { Err(self.unexpected("no indentation")) } else { Ok(()) }
    }

    /// Passes what may follow the expression: blank lines and comments, to the end. Says whether white space stands there
    /// on a line of its own, which to Python is an indentation.
    pub(super) fn end(&mut self) -> Result<bool, Fault> {
        self.skip();
        let is_line_over = matches!(self.peek(), None | Some(b'\n' | b'\r'));
        let is_indented = is_line_over && self.skip_lines();
        if self.peek().is_some() { Err(self.unexpected("the end")) } else { Ok(is_indented) }
    }

    /// Passes blank lines and comments, and says whether white space stands before what comes then, be it the end.
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
    pub(super) fn open(&mut self) -> Result<(), Fault> {
        if self.depth == MAX_DEPTH {
            return Err((self.at, LiteralError::TooDeep));
        }
        self.depth += 1;
        self.at += 1;
        self.skip();
        Ok(())
    }

    /// Passes the closing bracket, if it stands here.
    pub(super) fn close(&mut self, bracket: u8) -> bool {
        let closes = self.peek() == Some(bracket);
        if closes {
            self.at += 1;
            self.depth -= 1;
        }
        closes
    }

    /// Passes the comma after an item, and says whether there was one; before the closing bracket none is needed.
    pub(super) fn comma(&mut self, close: u8, wanted: &'static str) -> Result<bool, Fault> {
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
