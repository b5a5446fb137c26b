//! One walk over the values of a graph, for every kind of text: without recursion, and bounded.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use super::Word;
use super::object::Object;
use crate::{Error, ErrorKind, Limits, Result};

/// A piece of text, or a value whose text stands in its place.
pub(crate) enum Part<'g> {
    Text(Cow<'static, str>),
    Object(Object<'g>),
}

impl Part<'_> {
    pub(crate) const fn text(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Part<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'g> From<Object<'g>> for Part<'g> {
    fn from(object: Object<'g>) -> Self {
        Self::Object(object)
    }
}

/// The pieces of a value that has parts.
pub(crate) type Parts<'g> = Box<dyn Iterator<Item = Part<'g>> + 'g>;

/// How values are written.
pub(super) trait Style {
    /// Writes a value without parts, or gives the pieces of one that has parts.
    fn open<'g>(&self, object: Object<'g>, out: &mut dyn fmt::Write)
    -> Result<Option<Parts<'g>>, fmt::Error>;

    /// What stands for a value inside itself; nothing where that cannot be written.
    fn cycle(&self, object: Object<'_>) -> Option<Cow<'static, str>>;
}

/// Writes a value, at most as many characters as the limits allow.
pub(super) fn walk(
    root: Object<'_>,
    style: &dyn Style,
    limits: &Limits,
    out: &mut dyn fmt::Write,
) -> Result<()> {
    let mut sink = Sink { out, left: limits.max_repr_chars, over: false };
    match write(root, style, &mut sink) {
        Ok(()) => Ok(()),
        Err(Stop::Cycle) => Err(Error::new(ErrorKind::Unsupported, "the value contains itself")),
        Err(Stop::Write) if sink.over => Err(Error::new(
            ErrorKind::LimitExceeded,
            format!(
                "the text is longer than {} characters: raise Limits::max_repr_chars",
                limits.max_repr_chars
            ),
        )),
        Err(Stop::Write) => Err(Error::new(ErrorKind::InvalidInput, "the writer refused the text")),
    }
}

enum Stop {
    Write,
    Cycle,
}

impl From<fmt::Error> for Stop {
    fn from(_: fmt::Error) -> Self {
        Self::Write
    }
}

fn write(root: Object<'_>, style: &dyn Style, out: &mut Sink<'_>) -> Result<(), Stop> {
    let mut open: Vec<(Word, Parts<'_>)> = Vec::new();
    let mut active = HashSet::new();
    let mut next = Some(Part::Object(root));
    loop {
        match next {
            Some(Part::Text(text)) => fmt::Write::write_str(out, &text)?,
            Some(Part::Object(object)) if active.contains(&object.word()) => {
                fmt::Write::write_str(out, &style.cycle(object).ok_or(Stop::Cycle)?)?;
            }
            Some(Part::Object(object)) => {
                if let Some(parts) = style.open(object, out)? {
                    active.insert(object.word());
                    open.push((object.word(), parts));
                }
            }
            None => {
                if let Some((word, _)) = open.pop() {
                    active.remove(&word);
                }
            }
        }
        match open.last_mut() {
            Some((_, parts)) => next = parts.next(),
            None => return Ok(()),
        }
    }
}

/// Passes on so many characters.
struct Sink<'a> {
    out: &'a mut dyn fmt::Write,
    left: u64,
    over: bool,
}

impl fmt::Write for Sink<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match self.left.checked_sub(text.chars().count() as u64) {
            Some(left) => self.left = left,
            None => {
                self.over = true;
                // What still fits is worth having.
                let end = text.char_indices().nth(self.left as usize).map_or(text.len(), |(at, _)| at);
                self.left = 0;
                self.out.write_str(text.get(..end).unwrap_or_default())?;
                return Err(fmt::Error);
            }
        }
        self.out.write_str(text)
    }
}
