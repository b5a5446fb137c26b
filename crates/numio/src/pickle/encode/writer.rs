//! Opcodes out: the choice of the shortest, frames, and the numbers of the memo, each as CPython's `_pickle.c` has it.

use std::collections::HashMap;

use super::error::Fault;
use super::frames::Frames;
use super::protocol::Protocol;
use crate::Result;
use crate::pickle::opcodes::Op;
use crate::pickle::{int, rename, text};

/// Items are put into a container so many at a time.
pub(crate) const BATCH: usize = 1000;

/// Writes one pickle.
#[derive(Debug)]
pub(crate) struct Writer {
    protocol: Protocol,
    fix_imports: bool,
    out: Frames,
    /// How many objects are in the memo.
    memoized: u32,
    /// Names and constants of the writer's own that are in the memo.
    texts: HashMap<String, u32>,
    bytes: HashMap<Vec<u8>, u32>,
    globals: HashMap<(String, String), u32>,
}

impl Writer {
    pub(crate) fn new(protocol: Protocol, fix_imports: bool) -> Self {
        Self {
            protocol,
            fix_imports,
            out: Frames::after([Op::Proto.code(), protocol.number()], protocol >= Protocol::Four),
            memoized: 0,
            texts: HashMap::new(),
            bytes: HashMap::new(),
            globals: HashMap::new(),
        }
    }

    pub(crate) fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The whole pickle.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.op(Op::Stop);
        self.out.finish()
    }

    /// Another object starts here: the place at which a frame that is full ends.
    pub(crate) fn boundary(&mut self) {
        self.out.boundary();
    }

    /// An opcode that carries nothing.
    pub(crate) fn op(&mut self, op: Op) {
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
            _ => return Err(Fault::Large("an integer of more than 2 GiB").into()),
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
    pub(crate) fn text(&mut self, text: &[u8]) -> Result<()> {
        let frames = self.protocol >= Protocol::Four;
        match (u8::try_from(text.len()), u32::try_from(text.len())) {
            (Ok(length), _) if frames => self.counted(Op::ShortBinUnicode, &[length], text),
            (_, Ok(length)) => self.counted(Op::BinUnicode, &length.to_le_bytes(), text),
            _ if frames => self.counted(Op::BinUnicode8, &(text.len() as u64).to_le_bytes(), text),
            _ => return Err(Fault::Large("a string of more than 4 GiB").into()),
        }
        Ok(())
    }

    /// Bytes. Puts them into the memo, and gives their number there.
    ///
    /// # Errors
    /// `InvalidInput` where they take more than 4 GiB before protocol 4.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<u32> {
        if self.protocol < Protocol::Three {
            return self.bytes_as_text(bytes);
        }
        match (u8::try_from(bytes.len()), u32::try_from(bytes.len())) {
            (Ok(length), _) => self.counted(Op::ShortBinBytes, &[length], bytes),
            (_, Ok(length)) => self.counted(Op::BinBytes, &length.to_le_bytes(), bytes),
            _ if self.protocol >= Protocol::Four => {
                self.counted(Op::BinBytes8, &(bytes.len() as u64).to_le_bytes(), bytes);
            }
            _ => return Err(Fault::Large("bytes of more than 4 GiB").into()),
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
            self.text(text::latin1(bytes).as_bytes())?;
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
    pub(crate) fn bytearray(&mut self, bytes: &[u8]) -> Result<u32> {
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
    pub(crate) fn tuple(&mut self, count: usize) {
        self.op(match count {
            0 => Op::EmptyTuple,
            1 => Op::Tuple1,
            2 => Op::Tuple2,
            3 => Op::Tuple3,
            _ => Op::Tuple,
        });
    }

    /// What a module holds under a name; from the memo if it was written before.
    ///
    /// # Errors
    /// `InvalidInput` where the protocol cannot name it.
    pub(crate) fn global(&mut self, module: &str, name: &str) -> Result<()> {
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
        // What hangs on a class is got from it: `getattr(getattr(A, 'B'), 'C')`.
        for _ in &inner {
            self.global("builtins", "getattr")?;
        }
        let translated = self.protocol < Protocol::Three && self.fix_imports;
        let pair = if translated { rename::to_python2(module, outer) } else { (module, outer) };
        let line = format!("{}\n{}\n", pair.0, pair.1);
        let is_plain = line.lines().count() == 2 && (self.protocol >= Protocol::Three || line.is_ascii());
        if !is_plain {
            return Err(Fault::Name { name: format!("{module}.{name}"), protocol: self.protocol }.into());
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
        if let Some(&index) = self.texts.get(text) {
            self.get(index);
            return Ok(());
        }
        self.text(text.as_bytes())?;
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
    pub(crate) fn put(&mut self) -> Result<u32> {
        let index = self.memoized;
        self.memoized = index.checked_add(1).ok_or(Fault::Memo)?;
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
    pub(crate) fn get(&mut self, index: u32) {
        match u8::try_from(index) {
            Ok(index) => self.op_with(Op::BinGet, &[index]),
            Err(_) => self.op_with(Op::LongBinGet, &index.to_le_bytes()),
        }
    }
}
