//! One walk over the values of a graph, for every kind of text: without recursion, bounded, and in little memory.
//!
//! For each value that is open, only a step is kept, of two bytes: the value itself, and what its text is made of, its outline, are
//! found anew from the graph where the walk comes back from far below.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;

use super::Handle;
use super::children::{Children, Dict};
use super::object::Object;
use crate::graph::Target;
use crate::memory::{headroom, reserve};
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
        Err(Stop::Memory(error)) => Err(error),
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
    Memory(Error),
}

impl From<fmt::Error> for Stop {
    fn from(_: fmt::Error) -> Self {
        Self::Write
    }
}

/// The next part of a value that is open: its section, and the position in that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    item: u32,
    /// `STREAM` where the value is written from pieces that another room gives.
    section: u8,
    phase: u8,
}

/// The number of sections of an outline is below it.
const STREAM: u8 = (1 << 5) - 1;

/// Items from here on are kept apart from their step.
const FAR: u32 = (1 << 8) - 1;

/// A value that is open.
struct Frame<'g> {
    handle: Handle,
    step: Step,
    /// Empty for a stream.
    outline: Outline<'g>,
}

/// The innermost values that are open, at most twice as many as this, have a frame, and others a step.
const FRAMES: usize = 64;

struct TextWalk<'g, 's> {
    root: Object<'g>,
    style: &'s dyn Style,
    /// The innermost values.
    frames: VecDeque<Frame<'g>>,
    /// The steps of all values around them, the outermost first, and the items of those that are far.
    steps: Vec<u16>,
    far_items: Vec<u32>,
    /// The handles of some of them, with their positions among the steps: those of others are found from the one before.
    anchors: Vec<(usize, Handle)>,
    streams: Vec<TextParts<'g>>,
    /// A bit for each node: whether it is open.
    active: Vec<u64>,
}

impl<'g, 's> TextWalk<'g, 's> {
    fn new(root: Object<'g>, style: &'s dyn Style) -> Self {
        Self {
            root,
            style,
            frames: VecDeque::new(),
            steps: Vec::new(),
            far_items: Vec::new(),
            anchors: Vec::new(),
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
                    Opened::Outline(outline) => self.push(object.handle(), Ok(outline))?,
                    Opened::Parts(parts) => self.push(object.handle(), Err(parts))?,
                },
                None => self.pop()?,
            }
            if self.frames.is_empty() {
                self.restore()?;
            }
            match self.frames.back() {
                Some(frame) if frame.step.section == STREAM => {
                    next = self.streams.last_mut().and_then(Iterator::next);
                }
                Some(_) => next = self.next()?,
                None => return Ok(()),
            }
        }
    }

    fn push(&mut self, handle: Handle, outline: Result<Outline<'g>, TextParts<'g>>) -> Result<(), Stop> {
        self.set_active(handle, true)?;
        if self.frames.len() == 2 * FRAMES {
            self.keep_step()?;
        }
        let (section, outline) = match outline {
            Ok(outline) => (0, outline),
            Err(parts) => {
                self.streams.push(parts);
                (STREAM, Vec::new())
            }
        };
        self.frames.push_back(Frame { handle, step: Step { item: 0, section, phase: 0 }, outline });
        Ok(())
    }

    fn pop(&mut self) -> Result<(), Stop> {
        if let Some(frame) = self.frames.pop_back() {
            self.set_active(frame.handle, false)?;
            if frame.step.section == STREAM {
                self.streams.pop();
            }
        }
        Ok(())
    }

    /// Keeps no more of the outermost frame than its step.
    fn keep_step(&mut self) -> Result<(), Stop> {
        let Some(Frame { handle, step, .. }) = self.frames.pop_front() else { return Ok(()) };
        let is_derived = self.steps.last().is_some_and(|last| Step::of_bits(*last).section != STREAM)
            && self.anchors.last().is_some_and(|(start, _)| self.steps.len() - start < FRAMES);
        reserve(&mut self.steps, 1).map_err(Stop::Memory)?;
        if !is_derived {
            self.anchors.push((self.steps.len(), handle));
        }
        self.steps.push(step.bits());
        if step.item >= FAR {
            self.far_items.push(step.item);
        }
        Ok(())
    }

    /// Makes frames of the innermost steps again, from the last handle that was kept on.
    fn restore(&mut self) -> Result<(), Stop> {
        let Some((start, handle)) = self.anchors.pop() else { return Ok(()) };
        let steps = self.steps.split_off(start.min(self.steps.len()));
        let mut steps: Vec<Step> = steps.into_iter().map(Step::of_bits).collect();
        for step in steps.iter_mut().rev().filter(|step| step.item == FAR) {
            step.item = self.far_items.pop().unwrap_or(FAR);
        }
        let mut handle = Some(handle);
        for step in steps {
            let found = handle.ok_or(Stop::Write)?;
            let outline = match step.section {
                STREAM => Vec::new(),
                _ => self.style.outline(Object::new(self.root.graph(), found))?,
            };
            handle = step.part_before(&outline).map(Object::handle);
            self.frames.push_back(Frame { handle: found, step, outline });
        }
        Ok(())
    }

    /// The next part of the innermost value, which is not a stream.
    fn next(&mut self) -> Result<Option<TextPart<'g>>, fmt::Error> {
        let Some(Frame { step, outline, .. }) = self.frames.back_mut() else { return Ok(None) };
        while let Some(section) = outline.get(usize::from(step.section)) {
            let part = match section {
                Section::Text(text) if step.item == 0 => {
                    step.item = 1;
                    Some(TextPart::Text(text.clone()))
                }
                Section::Object(object) if step.item == 0 => {
                    step.item = 1;
                    Some(TextPart::Object(*object))
                }
                Section::Text(_) | Section::Object(_) => None,
                Section::Row(items, between) => step.in_row(items, between),
                Section::Pairs(pairs) => step.in_pairs(pairs, self.style)?,
            };
            if part.is_some() {
                return Ok(part);
            }
            *step = Step { section: step.section + 1, item: 0, phase: 0 };
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

    fn set_active(&mut self, handle: Handle, yes: bool) -> Result<(), Stop> {
        // Nothing stands inside a leaf.
        let Target::Node(index) = handle.target() else { return Ok(()) };
        if let Some(more) = (index / 64 + 1).checked_sub(self.active.len()) {
            reserve(&mut self.active, more).map_err(Stop::Memory)?;
            self.active.resize(self.active.len() + more, 0);
        }
        if let Some(bits) = self.active.get_mut(index / 64) {
            let bit = 1 << (index % 64);
            *bits = if yes { *bits | bit } else { *bits & !bit };
        }
        Ok(())
    }
}

impl Step {
    /// The step in 16 bits: an item from `FAR` on is kept elsewhere.
    fn bits(self) -> u16 {
        self.item.min(FAR) as u16 | u16::from(self.phase) << 8 | u16::from(self.section) << 11
    }

    fn of_bits(bits: u16) -> Self {
        Self { item: u32::from(bits) & FAR, section: (bits >> 11) as u8, phase: (bits >> 8 & 7) as u8 }
    }

    /// The value that was returned last, where this is the step after it.
    fn part_before<'g>(self, outline: &Outline<'g>) -> Option<Object<'g>> {
        match outline.get(usize::from(self.section))? {
            Section::Text(_) => None,
            Section::Object(object) => Some(*object),
            Section::Row(items, _) => items.get(self.item.checked_sub(1)? as usize),
            Section::Pairs(pairs) => {
                let (key, value) = pairs.dict.pair(self.item as usize)?;
                Some(if self.phase == AFTER_KEY { key } else { value })
            }
        }
    }

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

/// The phase in pairs after a key that is a value of its own.
const AFTER_KEY: u8 = 2;

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
