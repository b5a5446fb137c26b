//! Opcodes out: the choice of the shortest, frames, and the numbers of the memo, each as CPython's `_pickle.c` has it.

use std::collections::HashMap;

use crate::Result;
use crate::encode::Protocol;
use crate::error::PicklingError;
use crate::limits::Checkpoint;
use crate::opcodes::Op;
use crate::{decode, int, rename, repr};

/// The number of children that are put into a container at a time.
pub(crate) const BATCH: usize = 1000;

/// Writes one pickle, opcode by opcode: for values that are in no [`Graph`](crate::Graph). The caller keeps the stack in order;
/// methods that start with `save_` write one whole value.
///
/// ```
/// use numio_pickle::{ContainerKind, Pickler};
///
/// let mut writer = Pickler::new().writer();
/// let mut list = writer.open(ContainerKind::List, Some(2))?;
/// for value in [1, 2] {
///     list.before(&mut writer);
///     writer.save_int(value);
///     list.after(&mut writer);
/// }
/// list.finish(&mut writer);
/// assert_eq!(format!("{:?}", numio_pickle::load(writer.finish())?), "[1, 2]");
/// # Ok::<(), numio_pickle::Error>(())
/// ```
#[derive(Debug)]
pub struct PickleWriter {
    protocol: Protocol,
    fix_imports: bool,
    out: Frames,
    /// The number of objects in the memo.
    memoized: u32,
    /// Names and constants of the writer's own that are in the memo.
    texts: HashMap<String, u32>,
    bytes: HashMap<Vec<u8>, u32>,
    globals: HashMap<(String, String), u32>,
    checkpoint: Checkpoint,
}

impl PickleWriter {
    pub(crate) fn new(protocol: Protocol, fix_imports: bool, checkpoint: Checkpoint) -> Self {
        Self {
            protocol,
            fix_imports,
            out: Frames::after([Op::Proto.code(), protocol.to_u8()], protocol >= Protocol::Four),
            memoized: 0,
            texts: HashMap::new(),
            bytes: HashMap::new(),
            globals: HashMap::new(),
            checkpoint,
        }
    }

    pub(crate) fn checkpoint(&self) -> Result<()> {
        self.checkpoint.check()
    }

    /// The protocol that is written.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The whole pickle.
    pub fn finish(mut self) -> Vec<u8> {
        self.op(Op::Stop);
        self.out.finish()
    }

    /// Another object starts here: the place at which a frame that is full ends.
    pub fn boundary(&mut self) {
        self.out.boundary();
    }

    /// An opcode that carries nothing.
    pub fn op(&mut self, op: Op) {
        self.out.write(&[op.code()]);
    }

    fn op_with(&mut self, op: Op, argument: &[u8]) {
        self.out.write(&[op.code()]);
        self.out.write(argument);
    }

    /// Bytes behind their opcode and length; outside of frames where they are large.
    fn counted(&mut self, op: Op, length: &[u8], bytes: &[u8]) {
        self.out.whole(&[&[op.code()], length, bytes]);
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.op(if value { Op::NewTrue } else { Op::NewFalse });
    }

    pub(crate) fn int(&mut self, value: i64) {
        if let Ok(value) = u8::try_from(value) {
            self.op_with(Op::BinInt1, &[value]);
        } else if let Ok(value) = u16::try_from(value) {
            self.op_with(Op::BinInt2, &value.to_le_bytes());
        } else if let Ok(value) = i32::try_from(value) {
            self.op_with(Op::BinInt, &value.to_le_bytes());
        } else {
            let bytes = int::shortest_le(value.into());
            self.op_with(Op::Long1, &[bytes.len() as u8]);
            self.out.write(&bytes);
        }
    }

    /// An integer that an `i64` does not hold, in the shortest two's complement.
    ///
    /// # Errors
    /// `InvalidInput` where it takes more than 2 GiB.
    pub(crate) fn long(&mut self, bytes: &[u8]) -> Result<()> {
        match (u8::try_from(bytes.len()), i32::try_from(bytes.len())) {
            (Ok(length), _) => self.op_with(Op::Long1, &[length]),
            (_, Ok(length)) => self.op_with(Op::Long4, &length.to_le_bytes()),
            _ => return Err(PicklingError::Large("an integer of more than 2 GiB").into()),
        }
        self.out.write(bytes);
        Ok(())
    }

    pub(crate) fn float(&mut self, value: f64) {
        self.op_with(Op::BinFloat, &value.to_be_bytes());
    }

    /// A string in UTF-8, surrogates passed. Not put into the memo.
    ///
    /// # Errors
    /// `InvalidInput` where it takes more than 4 GiB before protocol 4.
    pub fn text(&mut self, text: &[u8]) -> Result<()> {
        let frames = self.protocol >= Protocol::Four;
        match (u8::try_from(text.len()), u32::try_from(text.len())) {
            (Ok(length), _) if frames => self.counted(Op::ShortBinUnicode, &[length], text),
            (_, Ok(length)) => self.counted(Op::BinUnicode, &length.to_le_bytes(), text),
            _ if frames => self.counted(Op::BinUnicode8, &(text.len() as u64).to_le_bytes(), text),
            _ => return Err(PicklingError::Large("a string of more than 4 GiB").into()),
        }
        Ok(())
    }

    /// Bytes. Puts them into the memo, and gives their number there.
    ///
    /// # Errors
    /// `InvalidInput` where they take more than 4 GiB before protocol 4.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<u32> {
        if self.protocol < Protocol::Three {
            return self.bytes_as_text(bytes);
        }
        match (u8::try_from(bytes.len()), u32::try_from(bytes.len())) {
            (Ok(length), _) => self.counted(Op::ShortBinBytes, &[length], bytes),
            (_, Ok(length)) => self.counted(Op::BinBytes, &length.to_le_bytes(), bytes),
            _ if self.protocol >= Protocol::Four => {
                self.counted(Op::BinBytes8, &(bytes.len() as u64).to_le_bytes(), bytes);
            }
            _ => return Err(PicklingError::Large("bytes of more than 4 GiB").into()),
        }
        self.put()
    }

    /// Protocol 2 knows no bytes: `_codecs.encode(text, 'latin1')`.
    fn bytes_as_text(&mut self, bytes: &[u8]) -> Result<u32> {
        if bytes.is_empty() {
            self.global("builtins", "bytes")?;
            self.op(Op::EmptyTuple);
        } else {
            self.global("_codecs", "encode")?;
            self.text(decode::latin1(bytes).as_bytes())?;
            self.put()?;
            self.text_once("latin1")?;
            self.op(Op::Tuple2);
            self.put()?;
        }
        self.op(Op::Reduce);
        self.put()
    }

    /// A bytearray. Puts it into the memo, and gives its number there.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub fn bytearray(&mut self, bytes: &[u8]) -> Result<u32> {
        if self.protocol >= Protocol::Five {
            self.counted(Op::ByteArray8, &(bytes.len() as u64).to_le_bytes(), bytes);
            return self.put();
        }
        self.global("builtins", "bytearray")?;
        if bytes.is_empty() {
            self.op(Op::EmptyTuple);
        } else {
            self.bytes(bytes)?;
            self.op(Op::Tuple1);
            self.put()?;
        }
        self.op(Op::Reduce);
        self.put()
    }

    /// A tuple of the `count` items on top, with a mark below them if they are more than three.
    pub fn tuple(&mut self, count: usize) {
        self.op(match count {
            0 => Op::EmptyTuple,
            1 => Op::Tuple1,
            2 => Op::Tuple2,
            3 => Op::Tuple3,
            _ => Op::Tuple,
        });
    }

    /// The attribute of a module; from the memo if it was written before.
    ///
    /// # Errors
    /// `InvalidInput` where the protocol cannot name it.
    pub fn global(&mut self, module: &str, name: &str) -> Result<()> {
        let key = (module.to_owned(), name.to_owned());
        if let Some(&index) = self.globals.get(&key) {
            self.get(index);
            return Ok(());
        }
        let index = if self.protocol >= Protocol::Four {
            self.text_once(module)?;
            self.text(name.as_bytes())?;
            self.put()?;
            self.op(Op::StackGlobal);
            self.put()?
        } else {
            self.named(module, name)?
        };
        self.globals.insert(key, index);
        Ok(())
    }

    /// The same as a line each for the module and the name, which is all there is before protocol 4.
    fn named(&mut self, module: &str, name: &str) -> Result<u32> {
        let (outer, inner) = name.split_once('.').map_or((name, None), |(outer, inner)| (outer, Some(inner)));
        let inner: Vec<&str> = inner.map(|inner| inner.split('.').collect()).unwrap_or_default();
        // An attribute of a class is fetched from it: `getattr(getattr(A, 'B'), 'C')`.
        for _ in &inner {
            self.global("builtins", "getattr")?;
        }
        let translated = self.protocol < Protocol::Three && self.fix_imports;
        let pair = if translated { rename::to_python2(module, outer) } else { (module, outer) };
        let line = format!("{}\n{}\n", pair.0, pair.1);
        let is_plain = line.lines().count() == 2 && (self.protocol >= Protocol::Three || line.is_ascii());
        if !is_plain {
            return Err(PicklingError::Name {
                name: format!("{module}.{name}"),
                protocol: self.protocol.to_u8(),
            }
            .into());
        }
        self.op_with(Op::Global, line.as_bytes());
        let mut index = self.put()?;
        for part in inner {
            self.text(part.as_bytes())?;
            self.put()?;
            self.op(Op::Tuple2);
            self.put()?;
            self.op(Op::Reduce);
            index = self.put()?;
        }
        Ok(index)
    }

    /// A string of the writer's own; from the memo if it was written before.
    pub(crate) fn text_once(&mut self, text: &str) -> Result<()> {
        self.once(text, text.as_bytes())
    }

    /// The string in `bytes`, which is `text` here.
    fn once(&mut self, text: &str, bytes: &[u8]) -> Result<()> {
        if let Some(&index) = self.texts.get(text) {
            self.get(index);
            return Ok(());
        }
        self.text(bytes)?;
        let index = self.put()?;
        self.texts.insert(text.to_owned(), index);
        Ok(())
    }

    /// Bytes; those of which CPython has one object only from the memo if they were written before.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub(crate) fn bytes_once(&mut self, bytes: &[u8]) -> Result<()> {
        if let Some(&index) = self.bytes.get(bytes) {
            self.get(index);
            return Ok(());
        }
        let index = self.bytes(bytes)?;
        if bytes.len() <= 1 {
            self.bytes.insert(bytes.to_vec(), index);
        }
        Ok(())
    }

    /// A global by its number in a registry.
    pub(crate) fn extension(&mut self, code: i64) {
        if let Ok(code) = u8::try_from(code) {
            self.op_with(Op::Ext1, &[code]);
        } else if let Ok(code) = u16::try_from(code) {
            self.op_with(Op::Ext2, &code.to_le_bytes());
        } else {
            self.op_with(Op::Ext4, &(code as i32).to_le_bytes());
        }
    }

    /// Puts the object on top into the memo, and gives its number there.
    ///
    /// # Errors
    /// `LimitExceeded` past 2^32 objects.
    pub fn put(&mut self) -> Result<u32> {
        let index = self.memoized;
        self.memoized = index.checked_add(1).ok_or(PicklingError::Memo)?;
        if self.protocol >= Protocol::Four {
            self.op(Op::Memoize);
        } else if let Ok(index) = u8::try_from(index) {
            self.op_with(Op::BinPut, &[index]);
        } else {
            self.op_with(Op::LongBinPut, &index.to_le_bytes());
        }
        Ok(index)
    }

    /// Fetches an object from the memo.
    pub fn get(&mut self, index: u32) {
        match u8::try_from(index) {
            Ok(index) => self.op_with(Op::BinGet, &[index]),
            Err(_) => self.op_with(Op::LongBinGet, &index.to_le_bytes()),
        }
    }
}

/// A frame ends with the object that brings it to this size; what is as large by itself stands outside.
const FRAME_TARGET: usize = 64 * 1024;

/// A frame shorter than this is not worth its header.
const FRAME_LEAST: usize = 4;

/// The opcode and the length.
const FRAME_HEADER: usize = 9;

/// The bytes of a pickle.
#[derive(Debug)]
pub(crate) struct Frames {
    out: Vec<u8>,
    /// The offset of the open frame's header.
    open: Option<usize>,
    /// True if the protocol has frames.
    framing: bool,
}

impl Frames {
    /// Behind the bytes outside of frames.
    pub(crate) fn after(head: [u8; 2], framing: bool) -> Self {
        Self { out: head.to_vec(), open: None, framing }
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.end();
        self.out
    }

    /// An object starts here: the place at which a frame that is full ends.
    pub fn boundary(&mut self) {
        if self.open.is_some_and(|start| self.out.len() - start - FRAME_HEADER >= FRAME_TARGET) {
            self.end();
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        if self.framing && self.open.is_none() {
            self.open = Some(self.out.len());
            self.out.extend([0; FRAME_HEADER]);
        }
        self.out.extend_from_slice(bytes);
    }

    /// One opcode in its parts, the last of which decides whether it stands outside of frames.
    pub(crate) fn whole(&mut self, parts: &[&[u8]]) {
        let framing = self.framing;
        if parts.last().is_some_and(|last| last.len() >= FRAME_TARGET) {
            self.end();
            self.framing = false;
        }
        for part in parts {
            self.write(part);
        }
        self.framing = framing;
    }

    fn end(&mut self) {
        let Some(start) = self.open.take() else { return };
        let end = self.out.len();
        let len = end - start - FRAME_HEADER;
        if len < FRAME_LEAST {
            self.out.drain(start..start + FRAME_HEADER);
            return;
        }
        if let Some(header) = self.out.get_mut(start..start + FRAME_HEADER) {
            let (op, length) = header.split_at_mut(1);
            op.fill(Op::Frame.code());
            length.copy_from_slice(&(len as u64).to_le_bytes());
        }
    }
}

impl PickleWriter {
    /// `None`.
    pub fn save_none(&mut self) {
        self.boundary();
        self.op(Op::None);
    }

    /// A bool.
    pub fn save_bool(&mut self, value: bool) {
        self.boundary();
        self.bool(value);
    }

    /// An integer.
    pub fn save_int(&mut self, value: i64) {
        self.boundary();
        self.int(value);
    }

    /// An integer that may not fit an `i64`.
    ///
    /// # Errors
    /// None for integers of this size: only those of more than 2 GiB cannot be written.
    pub fn save_wide(&mut self, value: i128) -> Result<()> {
        match i64::try_from(value) {
            Ok(value) => self.save_int(value),
            Err(_) => {
                self.boundary();
                self.long(&int::shortest_le(value))?;
            }
        }
        Ok(())
    }

    /// A float.
    pub fn save_float(&mut self, value: f64) {
        self.boundary();
        self.float(value);
    }

    /// A string. Of those of one character or none, as far as latin-1 goes, there is one each in CPython.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub fn save_str(&mut self, text: &str) -> Result<()> {
        let is_single = text.len() <= 2 && text.chars().all(|c| c <= '\u{ff}') && text.chars().count() <= 1;
        if is_single {
            return self.save_name(text);
        }
        self.boundary();
        self.text(text.as_bytes())?;
        self.put()?;
        Ok(())
    }

    /// A string that is the same object wherever it stands: a name.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub fn save_name(&mut self, text: &str) -> Result<()> {
        self.boundary();
        self.once(text, &repr::name_bytes(text))
    }

    /// Bytes. There is one object for none, and one for each single byte.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub fn save_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.boundary();
        self.bytes_once(bytes)
    }

    /// A global.
    ///
    /// # Errors
    /// As [`global`](Self::global).
    pub fn save_global(&mut self, module: &str, name: &str) -> Result<()> {
        self.boundary();
        self.global(module, name)
    }

    /// Before the `len` items of a tuple.
    pub fn open_tuple(&mut self, len: usize) {
        self.boundary();
        if len > 3 {
            self.op(Op::Mark);
        }
    }

    /// Behind them.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn close_tuple(&mut self, len: usize) -> Result<()> {
        self.tuple(len);
        if len > 0 {
            self.put()?;
        }
        Ok(())
    }

    /// A tuple of integers.
    ///
    /// # Errors
    /// As [`save_wide`](Self::save_wide).
    pub fn save_shape(&mut self, shape: &[usize]) -> Result<()> {
        self.open_tuple(shape.len());
        shape.iter().try_for_each(|&axis| self.save_wide(axis as i128))?;
        self.close_tuple(shape.len())
    }

    /// Calls what lies below the tuple of its arguments.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn reduce(&mut self) -> Result<u32> {
        self.op(Op::Reduce);
        self.put()
    }

    /// A list or a dict, to be filled. The `len` of its items or pairs, where that is known, makes it as CPython would.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn open(&mut self, kind: ContainerKind, len: Option<usize>) -> Result<OpenContainer> {
        self.boundary();
        self.op(match kind {
            ContainerKind::List => Op::EmptyList,
            ContainerKind::Dict => Op::EmptyDict,
        });
        self.put()?;
        Ok(OpenContainer { kind, is_single: len == Some(1), done: 0 })
    }
}

/// A container that is filled as its items come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerKind {
    /// A list of items.
    List,
    /// A dict of keys and values.
    Dict,
}

/// A list or dict that is being filled, a thousand rows at a time.
#[derive(Debug)]
pub struct OpenContainer {
    kind: ContainerKind,
    /// Without a mark.
    is_single: bool,
    done: usize,
}

impl OpenContainer {
    /// Before each row.
    pub fn before(&self, writer: &mut PickleWriter) {
        if !self.is_single && self.done.is_multiple_of(BATCH) {
            writer.op(Op::Mark);
        }
    }

    /// Behind each row.
    pub fn after(&mut self, writer: &mut PickleWriter) {
        self.done += 1;
        if self.is_single {
            writer.op(match self.kind {
                ContainerKind::List => Op::Append,
                ContainerKind::Dict => Op::SetItem,
            });
        } else if self.done.is_multiple_of(BATCH) {
            writer.op(self.many());
        }
    }

    /// Behind the last row.
    pub fn finish(self, writer: &mut PickleWriter) {
        if self.is_single || self.done == 0 {
            return;
        }
        if !self.done.is_multiple_of(BATCH) {
            writer.op(self.many());
        } else if self.kind == ContainerKind::Dict {
            // A full batch of a dict is followed by another, be it empty.
            writer.op(Op::Mark);
            writer.op(self.many());
        }
    }

    fn many(&self) -> Op {
        match self.kind {
            ContainerKind::List => Op::Appends,
            ContainerKind::Dict => Op::SetItems,
        }
    }
}
