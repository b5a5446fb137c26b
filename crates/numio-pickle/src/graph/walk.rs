//! One walk over the values of a graph, for every kind of text: without recursion, bounded, and in little memory.
//!
//! For each value that is open, only a position is kept, of twelve bytes: what its text is made of, its outline, is found
//! anew from the graph where the walk comes back from far below.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;

use super::Handle;
use super::children::{Children, Dict};
use super::object::Object;
use crate::graph::Target;
use crate::memory::headroom;
use crate::{Error, ErrorKind, Limits, Result};

/// A piece of text, or a value whose text takes its position.
pub enum TextPart<'g> {
    /// The piece.
    Text(Cow<'static, str>),
    /// The value.
    Object(Object<'g>),
}

impl TextPart<'_> {
    /// A piece that is known beforehand.
    pub const fn text(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for TextPart<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'g> From<Object<'g>> for TextPart<'g> {
    fn from(object: Object<'g>) -> Self {
        Self::Object(object)
    }
}

/// The parts of the text of one value, in order.
pub type TextParts<'g> = Box<dyn Iterator<Item = TextPart<'g>> + 'g>;

/// A section of the text of a value that has parts.
pub(super) enum Section<'g> {
    Text(Cow<'static, str>),
    Object(Object<'g>),
    /// Values with a text between them.
    Row(Children<'g>, &'static str),
    Pairs(Pairs<'g>),
}

impl Section<'_> {
    pub(super) const fn text(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Section<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

/// Keys and values, and the texts around them.
pub(super) struct Pairs<'g> {
    pub(super) dict: Dict<'g>,
    /// Before the first pair, and before each other one.
    pub(super) before: [&'static str; 2],
    /// True if keys are written by [`Style::key`].
    pub(super) by_key: bool,
    pub(super) between: &'static str,
    pub(super) after: &'static str,
}

/// The sections of a value's text; none for a value without parts.
pub(super) type Outline<'g> = Vec<Section<'g>>;

/// The outcome of opening a value.
pub(super) enum Opened<'g> {
    /// It has been written.
    Written,
    Outline(Outline<'g>),
    Parts(TextParts<'g>),
}

/// A way to write values.
pub(super) trait Style {
    /// Writes a value, or tells what its text is made of. `streams` values further out are written from
    /// [`Parts`](Opened::Parts).
    fn open<'g>(
        &self,
        object: Object<'g>,
        streams: usize,
        out: &mut dyn fmt::Write,
    ) -> Result<Opened<'g>, fmt::Error>;

    /// The sections of a value for which [`open`](Self::open) gives some: the same each time.
    fn outline<'g>(&self, object: Object<'g>) -> Result<Outline<'g>, fmt::Error>;

    /// The text of a key, with what separates it from its value.
    fn key(&self, key: Object<'_>) -> Result<String, fmt::Error>;

    /// The text of a value inside itself; nothing where that cannot be written.
    fn cycle(&self, object: Object<'_>) -> Option<Cow<'static, str>>;
}

/// Writes a value, at most as many characters as the limits allow.
pub(super) fn walk(
    root: Object<'_>,
    style: &dyn Style,
    limits: Limits,
    out: &mut dyn fmt::Write,
) -> Result<()> {
    let mut sink = Sink { out, left: limits.max_repr_chars, over: false };
    match TextWalk::new(root, style).write(&mut sink) {
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

/// As [`walk`], into a text whose memory may run out.
pub(super) fn text(root: Object<'_>, style: &dyn Style, limits: Limits) -> Result<String> {
    let mut growing = Growing { text: String::new(), is_refused: false };
    let walked = walk(root, style, limits, &mut growing);
    match growing.is_refused {
        true => Err(std::io::Error::from(std::io::ErrorKind::OutOfMemory).into()),
        false => walked.map(|()| growing.text),
    }
}

/// A text that grows as far as there is memory.
struct Growing {
    text: String,
    is_refused: bool,
}

impl fmt::Write for Growing {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        /// From this many bytes on, growing looks at whether there is memory left for small things too.
        const LARGE: usize = 1 << 20;
        let has_room = self.text.capacity() - self.text.len() >= text.len();
        let is_left = has_room
            || self.text.try_reserve(text.len()).is_ok()
                && (self.text.capacity() < LARGE || headroom(LARGE).is_ok());
        if !is_left {
            self.is_refused = true;
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
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

/// A value that is open: its next section, and the next part there.
#[derive(Clone, Copy)]
struct Position {
    handle: Handle,
    item: u32,
    /// `STREAM` where the value is written from pieces that another room gives.
    section: u8,
    phase: u8,
}

const STREAM: u8 = u8::MAX;

/// Outlines are kept for this many of the innermost values.
const OUTLINES: usize = 64;

struct TextWalk<'g, 's> {
    root: Object<'g>,
    style: &'s dyn Style,
    open: Vec<Position>,
    /// The outlines of the innermost positions, nothing for streams.
    outlines: VecDeque<Outline<'g>>,
    streams: Vec<TextParts<'g>>,
    /// A bit for each node: whether it is open.
    active: Vec<u64>,
}

impl<'g, 's> TextWalk<'g, 's> {
    fn new(root: Object<'g>, style: &'s dyn Style) -> Self {
        Self {
            root,
            style,
            open: Vec::new(),
            outlines: VecDeque::new(),
            streams: Vec::new(),
            active: Vec::new(),
        }
    }

    fn write(mut self, out: &mut Sink<'_>) -> Result<(), Stop> {
        let mut next = Some(TextPart::Object(self.root));
        loop {
            match next {
                Some(TextPart::Text(text)) => fmt::Write::write_str(out, &text)?,
                Some(TextPart::Object(object)) if self.is_active(object.handle()) => {
                    fmt::Write::write_str(out, &self.style.cycle(object).ok_or(Stop::Cycle)?)?;
                }
                Some(TextPart::Object(object)) => match self.style.open(object, self.streams.len(), out)? {
                    Opened::Written => {}
                    Opened::Outline(outline) => self.push(object.handle(), Ok(outline)),
                    Opened::Parts(parts) => self.push(object.handle(), Err(parts)),
                },
                None => self.pop(),
            }
            match self.open.last() {
                Some(position) if position.section == STREAM => {
                    next = self.streams.last_mut().and_then(Iterator::next);
                }
                Some(_) => next = self.next()?,
                None => return Ok(()),
            }
        }
    }

    fn push(&mut self, handle: Handle, outline: Result<Outline<'g>, TextParts<'g>>) {
        self.set_active(handle, true);
        let section = if outline.is_ok() { 0 } else { STREAM };
        self.open.push(Position { handle, item: 0, section, phase: 0 });
        if self.outlines.len() == OUTLINES {
            self.outlines.pop_front();
        }
        // A stream has a position among the outlines, which stays empty.
        match outline {
            Ok(outline) => self.outlines.push_back(outline),
            Err(parts) => {
                self.outlines.push_back(Vec::new());
                self.streams.push(parts);
            }
        }
    }

    fn pop(&mut self) {
        self.outlines.pop_back();
        if let Some(position) = self.open.pop() {
            self.set_active(position.handle, false);
            if position.section == STREAM {
                self.streams.pop();
            }
        }
    }

    /// The next part of the innermost value, which is not a stream.
    fn next(&mut self) -> Result<Option<TextPart<'g>>, fmt::Error> {
        let Some(position) = self.open.last_mut() else { return Ok(None) };
        if self.outlines.is_empty() {
            let object = Object::new(self.root.graph(), position.handle);
            self.outlines.push_back(self.style.outline(object)?);
        }
        let Some(outline) = self.outlines.back() else { return Ok(None) };
        while let Some(section) = outline.get(usize::from(position.section)) {
            let part = match section {
                Section::Text(text) if position.item == 0 => {
                    position.item = 1;
                    Some(TextPart::Text(text.clone()))
                }
                Section::Object(object) if position.item == 0 => {
                    position.item = 1;
                    Some(TextPart::Object(*object))
                }
                Section::Text(_) | Section::Object(_) => None,
                Section::Row(items, between) => position.in_row(items, between),
                Section::Pairs(pairs) => position.in_pairs(pairs, self.style)?,
            };
            if part.is_some() {
                return Ok(part);
            }
            *position = Position { section: position.section + 1, item: 0, phase: 0, ..*position };
        }
        Ok(None)
    }

    fn is_active(&self, handle: Handle) -> bool {
        match handle.target() {
            Target::Node(index) => {
                self.active.get(index / 64).is_some_and(|bits| bits >> (index % 64) & 1 == 1)
            }
            Target::Leaf(_) => false,
        }
    }

    fn set_active(&mut self, handle: Handle, yes: bool) {
        // Nothing stands inside a leaf.
        let Target::Node(index) = handle.target() else { return };
        if self.active.len() <= index / 64 {
            self.active.resize(index / 64 + 1, 0);
        }
        if let Some(bits) = self.active.get_mut(index / 64) {
            let bit = 1 << (index % 64);
            *bits = if yes { *bits | bit } else { *bits & !bit };
        }
    }
}

impl Position {
    fn in_row<'g>(&mut self, items: &Children<'g>, between: &'static str) -> Option<TextPart<'g>> {
        let item = items.get(self.item as usize)?;
        if self.phase == 0 && self.item > 0 {
            self.phase = 1;
            return Some(TextPart::text(between));
        }
        self.phase = 0;
        self.item += 1;
        Some(TextPart::Object(item))
    }

    fn in_pairs<'g>(
        &mut self,
        pairs: &Pairs<'g>,
        style: &dyn Style,
    ) -> Result<Option<TextPart<'g>>, fmt::Error> {
        let Some((key, value)) = pairs.dict.pair(self.item as usize) else { return Ok(None) };
        let phase = self.phase;
        self.phase += 1;
        Ok(Some(match phase {
            0 => {
                let [first, later] = pairs.before;
                TextPart::text(if self.item == 0 { first } else { later })
            }
            1 if pairs.by_key => TextPart::from(style.key(key)?),
            1 => TextPart::Object(key),
            2 => TextPart::text(pairs.between),
            3 => TextPart::Object(value),
            _ => {
                self.phase = 0;
                self.item += 1;
                TextPart::text(pairs.after)
            }
        }))
    }
}

/// Passes on a limited number of characters.
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
                // The part that still fits is worth having.
                let end = text.char_indices().nth(self.left as usize).map_or(text.len(), |(at, _)| at);
                self.left = 0;
                self.out.write_str(text.get(..end).unwrap_or_default())?;
                return Err(fmt::Error);
            }
        }
        self.out.write_str(text)
    }
}
