//! Arrow's files and streams: a schema, dictionaries and record batches, each a message of metadata and a body.
//!
//! The messages are decoded by `arrow_ipc`, which validates all of what they hold. A file lists where they are in its footer; in a
//! stream, which needs no footer, they follow one another (Arrow Columnar Format, "IPC File Format" and "IPC Streaming Format").

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_buffer::{Buffer, MutableBuffer};
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::FileDecoder;
use arrow_ipc::{Block, Message, MessageHeader, MetadataVersion, root_as_footer, root_as_message};
use arrow_schema::SchemaRef;
use numio::{Error, ErrorKind, Limits, Result};

use super::contents::Contents;
use super::{damaged, guarded};

/// The start and the end of a file; a stream has none.
const MAGIC: &[u8; 6] = b"ARROW1";

/// The start of files of the format before, Feather's first.
const FEATHER_1: &[u8; 4] = b"FEA1";

/// In front of the length of a message's metadata.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Batches up to this size are decompressed, whatever their compressed size is.
const SMALL: u64 = 64 << 20;

/// A file or stream whose messages are read one by one.
pub struct Ipc {
    file: Arc<Contents>,
    schema: SchemaRef,
    version: MetadataVersion,
    messages: Messages,
}

#[derive(Clone)]
enum Messages {
    /// The dictionaries, and then the batches.
    Listed(Arc<[Block]>),
    /// From this offset to the end.
    Following(u64),
}

impl Ipc {
    /// Reads a footer, or the first message of a stream.
    ///
    /// # Errors
    /// `InvalidData` for what is neither; `Unsupported` for Feather's first format; `Io`.
    pub fn open(file: &Arc<Contents>) -> Result<Self> {
        let mut start = [0; 6];
        let count = file.read_up_to(&mut start, 0)?;
        let start = start.get(..count).unwrap_or_default();
        if start.starts_with(FEATHER_1) {
            let what = "Feather's first format, before Arrow's: read and write it with pyarrow.feather";
            return Err(Error::new(ErrorKind::Unsupported, what).with_offset(0));
        }
        guarded(|| if start == MAGIC { Self::file(file) } else { Self::stream(file) })
    }

    fn file(file: &Arc<Contents>) -> Result<Self> {
        // The footer, its length in four bytes, and the magic. The first one is padded to eight bytes.
        const END: u64 = 10;
        let mut end = [0; END as usize];
        let least = 8 + END;
        let size = file.size();
        if size < least {
            return Err(damaged(format_args!("{size} bytes, where a file has {least} at least")));
        }
        file.read_exact_at(&mut end, size - END)?;
        let ([a, b, c, d, magic @ ..], room) = (end, size - least);
        if magic != *MAGIC {
            return Err(damaged("it does not end in ARROW1"));
        }
        let length = i32::from_le_bytes([a, b, c, d]);
        let length = u64::try_from(length).ok().filter(|&length| length <= room);
        let length = length.ok_or_else(|| damaged("a footer longer than the file"))?;
        let footer = file.bytes(size - END - length, length)?;
        let footer = root_as_footer(&footer).map_err(damaged)?;
        let schema = footer.schema().ok_or_else(|| damaged("a footer without a schema"))?;
        check_order(schema.endianness())?;
        let batches = footer.recordBatches().ok_or_else(|| damaged("a footer without batches"))?;
        let dictionaries = footer.dictionaries();
        let blocks: Vec<Block> = dictionaries.iter().flatten().chain(batches).copied().collect();
        let mut ranges = Vec::with_capacity(blocks.len());
        for block in &blocks {
            ranges.push(range(block, size)?);
        }
        // A file could name one batch any number of times.
        ranges.sort_unstable();
        if ranges.windows(2).any(|pair| matches!(pair, [(_, end), (start, _)] if start < end)) {
            return Err(damaged("messages that overlap"));
        }
        Ok(Self {
            file: Arc::clone(file),
            schema: Arc::new(try_fb_to_schema(schema).map_err(damaged)?),
            version: footer.version(),
            messages: Messages::Listed(blocks.into()),
        })
    }

    fn stream(file: &Arc<Contents>) -> Result<Self> {
        let first = next_block(file, 0)?.ok_or_else(|| damaged("no Arrow: it is empty"))?;
        let (message, end) = (file.message(&first)?, end_of(&first));
        let message = root(&message)?;
        let schema = message.header_as_schema().ok_or_else(|| damaged("a stream without a schema"))?;
        check_order(schema.endianness())?;
        Ok(Self {
            file: Arc::clone(file),
            schema: Arc::new(try_fb_to_schema(schema).map_err(damaged)?),
            version: message.version(),
            messages: Messages::Following(end),
        })
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// All batches from the first on, with these columns.
    pub fn batches(&self, columns: Vec<usize>) -> IpcBatches {
        let decoder = FileDecoder::new(Arc::clone(&self.schema), self.version);
        let decoder = decoder.with_require_alignment(false).with_projection(columns);
        IpcBatches {
            file: Arc::clone(&self.file),
            decoder,
            messages: self.messages.clone(),
            next: 0,
            read: 0,
        }
    }
}

/// The batches of a file or stream.
pub struct IpcBatches {
    file: Arc<Contents>,
    decoder: FileDecoder,
    messages: Messages,
    /// The number of the next listed message.
    next: usize,
    /// The bytes of the messages so far.
    read: u64,
}

impl IpcBatches {
    /// The number of bytes that have been read.
    pub fn read(&self) -> u64 {
        self.read
    }

    /// # Errors
    /// `InvalidData` for messages that are damaged; `LimitExceeded` for what is too large for its compressed size; `Io`.
    pub fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            let block = match &mut self.messages {
                Messages::Listed(blocks) => {
                    let Some(block) = blocks.get(self.next) else { return Ok(None) };
                    self.next += 1;
                    *block
                }
                Messages::Following(offset) => {
                    let Some(block) = next_block(&self.file, *offset)? else { return Ok(None) };
                    *offset = end_of(&block);
                    block
                }
            };
            let found = guarded(|| self.decode(&block))?;
            self.read += block.metaDataLength().unsigned_abs() as u64 + block.bodyLength().unsigned_abs();
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    /// Decodes a message: a batch, or a dictionary for those that follow.
    fn decode(&mut self, block: &Block) -> Result<Option<RecordBatch>> {
        let (start, end) = range(block, self.file.size())?;
        let mut whole = MutableBuffer::try_from_len_zeroed((end - start) as usize).map_err(short)?;
        self.file.read_exact_at(&mut whole, start)?;
        let whole = Buffer::from(whole);
        let head = block.metaDataLength().unsigned_abs() as usize;
        let (metadata, body) = whole.split_at_checked(head).ok_or_else(|| damaged("a message cut off"))?;
        let message = root(metadata)?;
        check_size(&message, body)?;
        match message.header_type() {
            MessageHeader::DictionaryBatch => {
                self.decoder.read_dictionary(block, &whole).map_err(damaged)?;
                Ok(None)
            }
            _ => self.decoder.read_record_batch(block, &whole).map_err(damaged),
        }
    }
}

fn short(error: impl std::fmt::Debug) -> Error {
    let _ = error;
    std::io::Error::from(std::io::ErrorKind::OutOfMemory).into()
}

fn check_order(order: arrow_ipc::Endianness) -> Result<()> {
    if order.equals_to_target_endianness() {
        return Ok(());
    }
    let what = "numbers in the other byte order, which Arrow's readers do not swap";
    Err(Error::new(ErrorKind::Unsupported, what))
}

/// The start and the end of a message in a file of this size.
fn range(block: &Block, size: u64) -> Result<(u64, u64)> {
    let known = || {
        let start = u64::try_from(block.offset()).ok()?;
        // In front of the metadata is its length, in eight bytes, of which old files have four.
        let head = u64::try_from(block.metaDataLength()).ok().filter(|&head| head >= 8)?;
        let end = start.checked_add(head)?.checked_add(u64::try_from(block.bodyLength()).ok()?)?;
        (end <= size).then_some((start, end))
    };
    known().ok_or_else(|| damaged("a message that is not in the file"))
}

fn end_of(block: &Block) -> u64 {
    let head = block.metaDataLength().unsigned_abs();
    block.offset().unsigned_abs() + u64::from(head) + block.bodyLength().unsigned_abs()
}

/// The message at an offset of a stream; none at its end.
fn next_block(file: &Contents, offset: u64) -> Result<Option<Block>> {
    let mut head = [0; 8];
    let count = file.read_up_to(&mut head, offset)?;
    let [a, b, c, d, e, f, g, h] = head;
    let (length, start) = match ([a, b, c, d], count) {
        (_, ..4) => return Ok(None),
        (CONTINUATION, 8) => ([e, f, g, h], 8),
        (CONTINUATION, _) => return Err(damaged("a stream that is cut off")),
        // Streams before version 0.15 of Arrow.
        (length, _) => (length, 4),
    };
    let length = i32::from_le_bytes(length);
    if length == 0 {
        return Ok(None);
    }
    let none = || damaged(format_args!("no Arrow, or metadata of {length} bytes"));
    let head = length.checked_add(start).filter(|_| length >= 4).ok_or_else(none)?;
    let signed = i64::try_from(offset).map_err(damaged)?;
    let block = Block::new(signed, head, 0);
    range(&block, file.size()).map_err(|_| none())?;
    let metadata = file.message(&block)?;
    let block = Block::new(signed, head, root(&metadata)?.bodyLength());
    range(&block, file.size())?;
    Ok(Some(block))
}

/// A message's metadata, after its length.
fn root(metadata: &[u8]) -> Result<Message<'_>> {
    let start = if metadata.starts_with(&CONTINUATION) { 8 } else { 4 };
    root_as_message(metadata.get(start..).unwrap_or_default()).map_err(damaged)
}

/// Checks that the size of decompressed buffers is one that their compressed bytes justify, before memory is taken for them.
fn check_size(message: &Message<'_>, body: &[u8]) -> Result<()> {
    let batch = match message.header_type() {
        MessageHeader::DictionaryBatch => message.header_as_dictionary_batch().and_then(|found| found.data()),
        _ => message.header_as_record_batch(),
    };
    let Some(batch) = batch.filter(|batch| batch.compression().is_some()) else { return Ok(()) };
    let mut whole = 0_u64;
    for buffer in batch.buffers().into_iter().flatten() {
        let start = usize::try_from(buffer.offset()).ok();
        // The length after decompression; -1 where nothing is compressed.
        let length = start
            .and_then(|start| body.get(start..)?.first_chunk())
            .map(|length| i64::from_le_bytes(*length));
        whole = whole.saturating_add(length.and_then(|length| u64::try_from(length).ok()).unwrap_or(0));
    }
    let ratio = Limits::default().max_text_ratio;
    if whole > SMALL && whole / ratio > body.len() as u64 {
        let what =
            format!("{whole} bytes in a batch of {} compressed ones: more than {ratio} times", body.len());
        return Err(Error::new(ErrorKind::LimitExceeded, what));
    }
    Ok(())
}
