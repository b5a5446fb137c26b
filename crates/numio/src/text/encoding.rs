//! The encodings of texts, and the stream that turns them into UTF-8.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::str::FromStr;
use std::sync::Arc;

use super::error::TextError;
use crate::io::ReadAt;
use crate::{Error, Result};

/// The encoding of a text's characters as bytes. Parsed from Python's names: `"latin1".parse()`.
///
/// ```
/// use numio::text::Encoding;
///
/// assert_eq!("ISO-8859-1".parse::<Encoding>()?, Encoding::Latin1);
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Encoding {
    /// `utf-8`.
    #[default]
    Utf8,
    /// `utf-8-sig`: as `utf-8`, and a byte order mark at the start is skipped.
    Utf8Sig,
    /// `latin1`: each byte is the character of that number.
    Latin1,
    /// `ascii`: bytes above 127 are refused.
    Ascii,
    /// `utf-16`: in the order of the byte order mark, which must be there.
    Utf16,
    /// `utf-16-le`.
    Utf16Le,
    /// `utf-16-be`.
    Utf16Be,
    /// `utf-32`: in the order of the byte order mark, which must be there.
    Utf32,
    /// `utf-32-le`.
    Utf32Le,
    /// `utf-32-be`.
    Utf32Be,
}

/// Python's names (`Lib/encodings/aliases.py`), in lower case with `_` for `-` and spaces.
const NAMES: [(Encoding, &[&str]); 10] = [
    (Encoding::Utf8, &["utf_8", "utf8", "u8", "utf", "cp65001"]),
    (Encoding::Utf8Sig, &["utf_8_sig"]),
    (
        Encoding::Latin1,
        &["latin_1", "latin1", "iso_8859_1", "iso8859_1", "iso8859", "8859", "cp819", "latin", "l1", "bytes"],
    ),
    (Encoding::Ascii, &["ascii", "us_ascii", "646", "ansi_x3.4_1968"]),
    (Encoding::Utf16, &["utf_16", "utf16", "u16"]),
    (Encoding::Utf16Le, &["utf_16_le", "utf_16le", "utf16le", "unicodelittleunmarked"]),
    (Encoding::Utf16Be, &["utf_16_be", "utf_16be", "utf16be", "unicodebigunmarked"]),
    (Encoding::Utf32, &["utf_32", "utf32", "u32"]),
    (Encoding::Utf32Le, &["utf_32_le", "utf_32le", "utf32le"]),
    (Encoding::Utf32Be, &["utf_32_be", "utf_32be", "utf32be"]),
];

impl FromStr for Encoding {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let plain = name.to_ascii_lowercase().replace(['-', ' '], "_");
        let known = NAMES.iter().find(|(_, names)| names.contains(&plain.as_str()));
        known.map(|(encoding, _)| *encoding).ok_or_else(|| TextError::UnknownEncoding(name.to_owned()).into())
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Encoding {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf8Sig => "utf-8-sig",
            Self::Latin1 => "latin-1",
            Self::Ascii => "ascii",
            Self::Utf16 => "utf-16",
            Self::Utf16Le => "utf-16-le",
            Self::Utf16Be => "utf-16-be",
            Self::Utf32 => "utf-32",
            Self::Utf32Le => "utf-32-le",
            Self::Utf32Be => "utf-32-be",
        }
    }

    /// Appends `text` in this encoding, to a file that already has bytes or not.
    ///
    /// # Errors
    /// `Encoding` for a character that it does not have.
    pub(crate) fn encode(self, text: &str, is_start: bool, out: &mut Vec<u8>) -> Result<(), TextError> {
        let most = match self {
            Self::Ascii => 0x7f,
            Self::Latin1 => 0xff,
            _ => u32::MAX,
        };
        if let Some(found) = text.chars().find(|&c| u32::from(c) > most) {
            return Err(TextError::Unencodable { codec: self.name(), found });
        }
        let mark = if is_start { "\u{feff}" } else { "" };
        match self {
            Self::Utf8 | Self::Ascii => out.extend_from_slice(text.as_bytes()),
            Self::Utf8Sig => [mark, text].iter().for_each(|text| out.extend_from_slice(text.as_bytes())),
            Self::Latin1 => out.extend(text.chars().map(|c| c as u8)),
            Self::Utf16 => {
                mark.encode_utf16().chain(text.encode_utf16()).for_each(|c| out.extend(c.to_le_bytes()))
            }
            Self::Utf16Le => text.encode_utf16().for_each(|c| out.extend(c.to_le_bytes())),
            Self::Utf16Be => text.encode_utf16().for_each(|c| out.extend(c.to_be_bytes())),
            Self::Utf32 => {
                mark.chars().chain(text.chars()).for_each(|c| out.extend(u32::from(c).to_le_bytes()))
            }
            Self::Utf32Le => text.chars().for_each(|c| out.extend(u32::from(c).to_le_bytes())),
            Self::Utf32Be => text.chars().for_each(|c| out.extend(u32::from(c).to_be_bytes())),
        }
        Ok(())
    }

    /// Re-encodes UTF-8 text in place.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub(crate) fn reencode(self, text: &mut Vec<u8>, is_start: bool) -> Result<(), TextError> {
        let stays = match self {
            Self::Utf8 => true,
            Self::Utf8Sig => !is_start,
            Self::Latin1 | Self::Ascii => text.is_ascii(),
            _ => false,
        };
        if !stays {
            let mut encoded = Vec::with_capacity(text.len() * self.unit());
            self.encode(&String::from_utf8_lossy(text), is_start, &mut encoded)?;
            *text = encoded;
        }
        Ok(())
    }

    /// Bytes of the smallest unit.
    fn unit(self) -> usize {
        match self {
            Self::Utf16 | Self::Utf16Le | Self::Utf16Be => 2,
            Self::Utf32 | Self::Utf32Le | Self::Utf32Be => 4,
            _ => 1,
        }
    }

    /// Resolves encodings that depend on a byte order mark from the first bytes: the concrete encoding and the length
    /// of the mark. `None` where the mark must be there and is not.
    fn settle(self, start: &[u8]) -> Option<(Self, usize)> {
        Some(match (self, start) {
            (_, []) => (self, 0),
            (Self::Utf8Sig, [0xef, 0xbb, 0xbf, ..]) => (Self::Utf8, 3),
            (Self::Utf8Sig, _) => (Self::Utf8, 0),
            (Self::Utf16, [0xff, 0xfe, ..]) => (Self::Utf16Le, 2),
            (Self::Utf16, [0xfe, 0xff, ..]) => (Self::Utf16Be, 2),
            (Self::Utf32, [0xff, 0xfe, 0, 0, ..]) => (Self::Utf32Le, 4),
            (Self::Utf32, [0, 0, 0xfe, 0xff, ..]) => (Self::Utf32Be, 4),
            (Self::Utf16 | Self::Utf32, _) => return None,
            (settled, _) => (settled, 0),
        })
    }

    /// Appends `bytes` to `out` as UTF-8 and returns how many were decoded: all but an incomplete character at the end.
    ///
    /// # Errors
    /// The number of bytes before the first that is not in this encoding.
    fn decode(self, bytes: &[u8], out: &mut Vec<u8>) -> Result<usize, usize> {
        match self {
            Self::Utf8 | Self::Utf8Sig => {
                let valid = match std::str::from_utf8(bytes) {
                    Ok(_) => Ok(bytes.len()),
                    Err(error) if error.error_len().is_none() => Ok(error.valid_up_to()),
                    Err(error) => Err(error.valid_up_to()),
                };
                let (Ok(len) | Err(len)) = valid;
                out.extend_from_slice(bytes.get(..len).unwrap_or_default());
                valid
            }
            Self::Ascii => {
                let len = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(bytes.len());
                out.extend_from_slice(bytes.get(..len).unwrap_or_default());
                if len == bytes.len() { Ok(len) } else { Err(len) }
            }
            Self::Latin1 if bytes.is_ascii() => {
                out.extend_from_slice(bytes);
                Ok(bytes.len())
            }
            Self::Latin1 => {
                bytes.iter().for_each(|&byte| push(out, char::from(byte)));
                Ok(bytes.len())
            }
            Self::Utf16 | Self::Utf16Le | Self::Utf16Be => self.decode_16(bytes, out),
            Self::Utf32 | Self::Utf32Le | Self::Utf32Be => {
                let (units, _) = bytes.as_chunks::<4>();
                for (index, unit) in units.iter().enumerate() {
                    let big = self == Self::Utf32Be;
                    let code = if big { u32::from_be_bytes(*unit) } else { u32::from_le_bytes(*unit) };
                    push(out, char::from_u32(code).ok_or(index * 4)?);
                }
                Ok(units.len() * 4)
            }
        }
    }

    fn decode_16(self, bytes: &[u8], out: &mut Vec<u8>) -> Result<usize, usize> {
        let (units, _) = bytes.as_chunks::<2>();
        let big = self == Self::Utf16Be;
        let codes =
            units.iter().map(|unit| if big { u16::from_be_bytes(*unit) } else { u16::from_le_bytes(*unit) });
        let mut taken = 0;
        for decoded in char::decode_utf16(codes) {
            match decoded {
                Ok(c) => {
                    push(out, c);
                    taken += c.len_utf16() * 2;
                }
                // The first half of a surrogate pair; the second has not been read yet.
                Err(error)
                    if taken + 2 == units.len() * 2
                        && (0xd800..0xdc00).contains(&error.unpaired_surrogate()) =>
                {
                    return Ok(taken);
                }
                Err(_) => return Err(taken),
            }
        }
        Ok(taken)
    }
}

fn push(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The reason decoding stopped early. The caller adds the row number.
#[derive(Debug)]
pub(crate) enum DecodeStop {
    Io(io::Error),
    Undecodable {
        codec: &'static str,
        byte: u8,
        offset: u64,
    },
    /// The encoding requires a byte order mark.
    NoMark {
        codec: &'static str,
    },
}

/// The most memory reserved before bytes have been read into it.
const MOST_ROOM: usize = 1 << 20;

/// Returns whether whole lines are valid in the encoding of their text.
pub(crate) type IsText = fn(&[u8]) -> bool;

/// The bytes of a text, which can be read at any offset.
#[derive(Clone)]
pub(crate) enum RandomAccess<'a> {
    File(Arc<File>),
    Memory(&'a [u8]),
}

impl RandomAccess<'_> {
    /// The number of bytes.
    ///
    /// # Errors
    /// Errors of the operating system.
    pub(crate) fn len(&self) -> io::Result<u64> {
        match self {
            Self::File(file) => Ok(file.metadata()?.len()),
            Self::Memory(bytes) => Ok(<[u8]>::len(bytes) as u64),
        }
    }

    /// Reads the `len` bytes at `offset` of a file into `buffer`, for [`bytes_at`](Self::bytes_at).
    ///
    /// # Errors
    /// Errors of the operating system; `UnexpectedEof` where there are fewer.
    pub(crate) fn read_at(&self, offset: u64, len: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
        let Self::File(file) = self else { return Ok(()) };
        if buffer.len() < len {
            buffer.resize(len, 0);
        }
        file.read_exact_at(buffer.get_mut(..len).unwrap_or_default(), offset)
    }

    /// The `len` bytes at `offset`, which of a file are in `buffer`. `None` where there are fewer.
    pub(crate) fn bytes_at<'b>(&'b self, offset: u64, len: usize, buffer: &'b [u8]) -> Option<&'b [u8]> {
        match self {
            Self::File(_) => buffer.get(..len),
            Self::Memory(bytes) => bytes.get(usize::try_from(offset).ok()?..)?.get(..len),
        }
    }
}

/// A stream of bytes, read as UTF-8.
pub(crate) struct Decoder<'a> {
    input: Box<dyn Read + 'a>,
    encoding: Encoding,
    settled: bool,
    /// Bytes read and not decoded yet: at most one character between calls.
    raw: Vec<u8>,
    /// The offset of `raw` in the input.
    offset: u64,
    /// The input, where it can be read at any offset.
    random_access: Option<RandomAccess<'a>>,
    /// The number of bytes of the input, as far as that is known before it is read; else 0.
    size: u64,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(input: Box<dyn Read + 'a>, encoding: Encoding) -> Self {
        Self { input, encoding, settled: false, raw: Vec::new(), offset: 0, random_access: None, size: 0 }
    }

    /// A decoder of a file of `size` bytes, from its start.
    pub(crate) fn of_file(file: File, size: u64, encoding: Encoding) -> Self {
        let file = Arc::new(file);
        let random_access = Some(RandomAccess::File(file.clone()));
        Self { random_access, size, ..Self::new(Box::new(file), encoding) }
    }

    /// A decoder of bytes in memory.
    pub(crate) fn of_memory(bytes: &'a [u8], encoding: Encoding) -> Self {
        Self { random_access: Some(RandomAccess::Memory(bytes)), ..Self::new(Box::new(bytes), encoding) }
    }

    /// The bytes of the text, a check of whether some of them are text, and the offset up to which they have been
    /// decoded. `None` where they can only be read in order, or are not UTF-8.
    pub(crate) fn random_access(&self) -> Option<(RandomAccess<'a>, IsText, u64)> {
        let is_text: IsText = match self.encoding {
            Encoding::Utf8 if self.settled => |bytes| std::str::from_utf8(bytes).is_ok(),
            Encoding::Ascii if self.settled => <[u8]>::is_ascii,
            _ => return None,
        };
        Some((self.random_access.clone()?, is_text, self.offset))
    }

    /// The number of bytes that are left, or a large number where that is not known.
    fn rest(&self) -> usize {
        // The file may have grown, and the files of some systems say that they are empty.
        let rest = self.size.saturating_sub(self.offset);
        if rest == 0 { usize::MAX } else { usize::try_from(rest).unwrap_or(usize::MAX) }
    }

    /// Continues at another offset of the bytes.
    ///
    /// # Errors
    /// Errors of the operating system.
    pub(crate) fn seek(&mut self, offset: u64) -> io::Result<()> {
        match &mut self.random_access {
            Some(RandomAccess::File(file)) => {
                file.seek(SeekFrom::Start(offset))?;
            }
            Some(RandomAccess::Memory(bytes)) => {
                let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..));
                self.input = Box::new(rest.unwrap_or_default());
            }
            None => return Ok(()),
        }
        self.raw.clear();
        self.offset = offset;
        Ok(())
    }

    /// Appends about `want` bytes of text to `out` and returns whether there may be more.
    ///
    /// # Errors
    /// The reason decoding stopped early; all text before that has then been appended.
    pub(crate) fn fill(&mut self, out: &mut Vec<u8>, want: usize) -> Result<bool, DecodeStop> {
        let wanted = want.max(16);
        let before = self.raw.len();
        // Reserve up front; otherwise `read_to_end` starts with many small probe reads.
        self.raw.reserve(wanted.min(MOST_ROOM).min(self.rest()));
        // All of that, or up to the end: a terminal that is asked once more waits for what comes behind it.
        let failed = (&mut self.input).take(wanted as u64).read_to_end(&mut self.raw).err();
        let goes_on = self.raw.len() - before == wanted && failed.is_none();
        if !self.settled {
            let codec = if self.encoding == Encoding::Utf16 { "UTF-16" } else { "UTF-32" };
            let (encoding, mark) = self.encoding.settle(&self.raw).ok_or(DecodeStop::NoMark { codec })?;
            self.encoding = encoding;
            self.settled = true;
            self.raw.drain(..mark);
            self.offset += mark as u64;
        }
        let decoded = self.encoding.decode(&self.raw, out);
        let (Ok(taken) | Err(taken)) = decoded;
        let is_cut = decoded.is_ok() && !goes_on && taken < self.raw.len();
        if let (Some(&byte), true) = (self.raw.get(taken), decoded.is_err() || (is_cut && failed.is_none())) {
            let offset = self.offset + taken as u64;
            return Err(DecodeStop::Undecodable { codec: self.encoding.name(), byte, offset });
        }
        if let Some(error) = failed {
            return Err(DecodeStop::Io(error));
        }
        self.raw.drain(..taken);
        self.offset += taken as u64;
        debug_assert!(self.raw.len() < self.encoding.unit() * 4);
        Ok(goes_on)
    }
}

/// A text in UTF-8, out of `input`, where it is in `encoding`.
///
/// [`LoadTxt`](super::LoadTxt) and the other readers decode by themselves; this is for those who cut a text their own
/// way. Reading returns errors from which `Error::from` makes this crate's: `Encoding` for bytes that are not in the
/// encoding, with their line.
///
/// ```
/// use std::io::Read;
///
/// use numio::text::{Encoding, decode};
///
/// let mut text = String::new();
/// decode(&b"caf\xe9"[..], Encoding::Latin1).read_to_string(&mut text)?;
/// assert_eq!(text, "caf\u{e9}");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn decode<'a>(input: impl Read + 'a, encoding: Encoding) -> impl Read + 'a {
    let decoder = Decoder::new(Box::new(input), encoding);
    Decoded { decoder, text: Vec::new(), at: 0, lines: 0, goes_on: true, stop: None }
}

/// The number of line ends.
fn line_count(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

struct Decoded<'a> {
    decoder: Decoder<'a>,
    /// Text that has been decoded, and how much of it has been read.
    text: Vec<u8>,
    at: usize,
    /// The number of line ends before this text.
    lines: u64,
    goes_on: bool,
    stop: Option<DecodeStop>,
}

/// Bytes decoded at a time, approximately.
const DECODED_STEP: usize = 256 << 10;

/// Buffers of this size and more are read into directly where the text is UTF-8 already.
const DIRECT: usize = 4 << 10;

impl Read for Decoded<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let is_taken = self.at >= self.text.len();
        if is_taken && out.len() >= DIRECT && self.goes_on && self.decoder.encoding == Encoding::Utf8 {
            return self.read_utf8(out);
        }
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            if !rest.is_empty() || out.is_empty() {
                let len = rest.len().min(out.len());
                let (to, from) = (out.get_mut(..len), rest.get(..len));
                if let (Some(to), Some(from)) = (to, from) {
                    to.copy_from_slice(from);
                }
                self.at += len;
                return Ok(len);
            }
            self.lines += line_count(&self.text);
            if let Some(stop) = self.stop.take() {
                return Err(self.fault(stop));
            }
            if !self.goes_on {
                return Ok(0);
            }
            self.text.clear();
            self.at = 0;
            match self.decoder.fill(&mut self.text, DECODED_STEP) {
                Ok(goes_on) => self.goes_on = goes_on,
                Err(stop) => (self.goes_on, self.stop) = (false, Some(stop)),
            }
        }
    }
}

impl Decoded<'_> {
    /// Reads UTF-8 without a copy: what the input returns is checked, and the start of an incomplete character kept.
    fn read_utf8(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.lines += line_count(&std::mem::take(&mut self.text));
        self.at = 0;
        let mut len = self.decoder.raw.len();
        for (to, byte) in out.iter_mut().zip(self.decoder.raw.drain(..)) {
            *to = byte;
        }
        loop {
            let found = match self.decoder.input.read(out.get_mut(len..).unwrap_or_default()) {
                Ok(found) => found,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.decoder.raw.extend_from_slice(out.get(..len).unwrap_or_default());
                    return Err(error);
                }
            };
            self.goes_on = found > 0;
            len += found;
            let text = out.get(..len).unwrap_or_default();
            let (valid, is_wrong) = match std::str::from_utf8(text) {
                Ok(_) => (len, false),
                Err(error) => (error.valid_up_to(), error.error_len().is_some() || found == 0),
            };
            if valid == 0 && !is_wrong && found > 0 {
                continue;
            }
            self.decoder.offset += valid as u64;
            if is_wrong {
                let byte = text.get(valid).copied().unwrap_or_default();
                let (codec, offset) = (Encoding::Utf8.name(), self.decoder.offset);
                self.stop = Some(DecodeStop::Undecodable { codec, byte, offset });
                self.goes_on = false;
            } else {
                self.decoder.raw.extend_from_slice(text.get(valid..).unwrap_or_default());
            }
            self.lines += line_count(text.get(..valid).unwrap_or_default());
            return match self.stop.take_if(|_| valid == 0) {
                Some(stop) => Err(self.fault(stop)),
                None => Ok(valid),
            };
        }
    }

    fn fault(&self, stop: DecodeStop) -> io::Error {
        match stop {
            DecodeStop::Io(error) => error,
            DecodeStop::NoMark { codec } => io::Error::other(Error::from(TextError::NoMark(codec))),
            DecodeStop::Undecodable { codec, byte, offset } => {
                let fault = TextError::UndecodableLine { codec, byte, line: self.lines + 1 };
                io::Error::other(Error::from(fault).with_offset(offset))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns `most` bytes a time.
    struct Slowly<'t>(&'t [u8], usize);

    impl Read for Slowly<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let most = out.len().min(self.1);
            self.0.read(&mut out[..most])
        }
    }

    fn read_by(input: impl Read, size: usize) -> (Vec<u8>, Option<String>) {
        let mut text = Vec::new();
        let mut decoded = decode(input, Encoding::Utf8);
        let mut piece = vec![0; size];
        loop {
            match decoded.read(&mut piece) {
                Ok(0) => return (text, None),
                Ok(len) => text.extend_from_slice(&piece[..len]),
                Err(error) => return (text, Some(Error::from(error).to_string())),
            }
        }
    }

    #[test]
    fn large_reads_give_the_text_and_the_error_of_small_ones() {
        let line = "caf\u{e9} \u{20ac}\u{1d11e}\n".repeat(400);
        let wrong = [&line.as_bytes()[..3001], b"\xff\n", line.as_bytes()].concat();
        let cut = &line.as_bytes()[..line.len() - 2];
        for text in [line.as_bytes(), &wrong, cut, b"", b"\xe2\x82", b"\x80"] {
            let (expected, fault) = read_by(text, 7);
            assert_eq!(fault.is_some(), std::str::from_utf8(text).is_err());
            let valid = std::str::from_utf8(text).map_or_else(|error| error.valid_up_to(), str::len);
            assert_eq!(expected, text[..valid]);
            for step in [1, 2, 3, 5, 4093, 1 << 20] {
                for size in [DIRECT, 1 << 16] {
                    assert_eq!(
                        read_by(Slowly(text, step), size),
                        (expected.clone(), fault.clone()),
                        "{step}"
                    );
                }
            }
        }
    }
}
