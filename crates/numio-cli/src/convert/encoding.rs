//! The encodings of texts: those of the library, and the code pages and East Asian encodings of the WHATWG's Encoding
//! Standard.

use std::io::{self, ErrorKind, Read};
use std::str::FromStr;

use encoding_rs::{Decoder, DecoderResult};
use numio::Error;
use numio::text::{Encoding, decode};

/// The encoding of a text, parsed from the name that Python or the Encoding Standard has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextEncoding {
    /// One that the library reads.
    Own(Encoding),
    /// A code page or an encoding of East Asia.
    Legacy(&'static encoding_rs::Encoding),
}

/// Python's names (`Lib/encodings/aliases.py`) that are no labels of the Encoding Standard, with one that is.
const LABELS: [(&str, &str); 16] = [
    ("big5hkscs", "big5"),
    ("cp874", "windows-874"),
    ("cp932", "shift_jis"),
    ("cp936", "gbk"),
    ("cp949", "euc-kr"),
    ("cp950", "big5"),
    ("eucjp", "euc-jp"),
    ("euckr", "euc-kr"),
    ("hkscs", "big5"),
    ("iso2022-jp", "iso-2022-jp"),
    ("latin7", "iso-8859-13"),
    ("latin8", "iso-8859-14"),
    ("latin9", "iso-8859-15"),
    ("latin10", "iso-8859-16"),
    ("mac-cyrillic", "x-mac-cyrillic"),
    ("mac-roman", "macintosh"),
];

impl FromStr for TextEncoding {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let refused = match name.parse() {
            Ok(own) => return Ok(Self::Own(own)),
            Err(error) => error,
        };
        let plain = name.trim().to_ascii_lowercase().replace(['_', ' '], "-");
        let label =
            LABELS.iter().find(|(alias, _)| *alias == plain).map_or(plain.as_str(), |(_, label)| label);
        let is_legacy = |found: &&encoding_rs::Encoding| {
            // The standard has its labels of ASCII and Latin-1 stand for this one.
            let is_meant = *found != encoding_rs::WINDOWS_1252 || label.contains("1252");
            let others = [
                encoding_rs::REPLACEMENT,
                encoding_rs::UTF_8,
                encoding_rs::UTF_16BE,
                encoding_rs::UTF_16LE,
                encoding_rs::X_USER_DEFINED,
            ];
            is_meant && !others.contains(found)
        };
        encoding_rs::Encoding::for_label(label.as_bytes()).filter(is_legacy).map(Self::Legacy).ok_or(refused)
    }
}

impl TextEncoding {
    /// A text in UTF-8, out of `input`, where it is in this encoding. Bytes that are not in it end the text with an error
    /// that names the line.
    pub fn decode(self, input: impl Read + 'static) -> Box<dyn Read> {
        match self {
            Self::Own(encoding) => Box::new(decode(input, encoding)),
            Self::Legacy(encoding) => Box::new(LegacyText::new(input, encoding)),
        }
    }
}

/// The encoding that the byte order mark at the start of a text indicates.
pub fn byte_order_mark(start: &[u8]) -> Option<Encoding> {
    match start {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some(Encoding::Utf32),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(Encoding::Utf16),
        [0xef, 0xbb, 0xbf, ..] => Some(Encoding::Utf8Sig),
        _ => None,
    }
}

/// Finds out, piece by piece, whether a text is UTF-8.
#[derive(Debug, Default)]
pub struct Utf8Text {
    /// The start of a character that the next piece ends.
    pending: Vec<u8>,
    is_other: bool,
}

impl Utf8Text {
    pub fn push(&mut self, piece: &[u8]) {
        self.pending.extend_from_slice(piece);
        let (valid, is_other) = match std::str::from_utf8(&self.pending) {
            Ok(text) => (text.len(), false),
            Err(error) => (error.valid_up_to(), error.error_len().is_some()),
        };
        self.is_other |= is_other;
        self.pending.drain(..if self.is_other { self.pending.len() } else { valid });
    }

    /// Returns whether all pieces together are UTF-8.
    pub fn is_valid(&self) -> bool {
        !self.is_other && self.pending.is_empty()
    }
}

/// The bytes read at a time.
const STEP: usize = 64 << 10;

/// The most bytes of a character.
const LONGEST: usize = 8;

/// A text in UTF-8, out of one in a legacy encoding.
struct LegacyText<R> {
    input: R,
    encoding: &'static encoding_rs::Encoding,
    decoder: Decoder,
    /// Bytes that were read, and how many of them have been decoded. The last of those stay, for messages.
    bytes: Vec<u8>,
    decoded: usize,
    is_last: bool,
    /// Text that was decoded, and how much of it has been read.
    text: Vec<u8>,
    read: usize,
    /// The number of line ends before this text.
    lines: usize,
    /// The bytes that are not in the encoding, after this text.
    malformed: Option<Vec<u8>>,
    is_finished: bool,
}

impl<R: Read> LegacyText<R> {
    fn new(input: R, encoding: &'static encoding_rs::Encoding) -> Self {
        Self {
            input,
            encoding,
            decoder: encoding.new_decoder_without_bom_handling(),
            bytes: Vec::new(),
            decoded: 0,
            is_last: false,
            text: Vec::new(),
            read: 0,
            lines: 0,
            malformed: None,
            is_finished: false,
        }
    }

    /// Decodes more text, once what there was has been read.
    fn fill(&mut self) -> io::Result<()> {
        self.lines += memchr::memchr_iter(b'\n', &self.text).count();
        self.text.clear();
        self.read = 0;
        if let Some(malformed) = self.malformed.take() {
            let bytes: Vec<String> = malformed.iter().map(|byte| format!("0x{byte:02x}")).collect();
            let (line, name) = (self.lines + 1, self.encoding.name().to_ascii_lowercase());
            let what = format!("line {line}: '{name}' codec can't decode {}", bytes.join(" "));
            // As the library says it, so that failures name the option for both.
            let error = Error::new(numio::ErrorKind::Encoding, what + ": name the text's encoding");
            return Err(io::Error::other(error));
        }
        if self.decoded == self.bytes.len() && !self.is_last {
            let kept = self.bytes.len().saturating_sub(LONGEST);
            self.bytes.drain(..kept);
            self.decoded = self.bytes.len();
            self.bytes.resize(self.decoded + STEP, 0);
            let len = loop {
                match self.input.read(self.bytes.get_mut(self.decoded..).unwrap_or_default()) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    found => break found,
                }
            };
            self.bytes.truncate(self.decoded + *len.as_ref().unwrap_or(&0));
            self.is_last = len? == 0;
        }
        let rest = self.bytes.get(self.decoded..).unwrap_or_default();
        // A byte becomes three at most, and what was left of a character before it a few more.
        self.text.resize(rest.len() * 3 + 16, 0);
        let (result, taken, written) =
            self.decoder.decode_to_utf8_without_replacement(rest, &mut self.text, self.is_last);
        self.text.truncate(written);
        if let DecoderResult::Malformed(len, after) = result {
            let end = (self.decoded + taken).saturating_sub(usize::from(after));
            let start = end.saturating_sub(usize::from(len));
            self.malformed = Some(self.bytes.get(start..end).unwrap_or_default().to_vec());
        }
        self.decoded += taken;
        self.is_finished = self.is_last && matches!(result, DecoderResult::InputEmpty);
        Ok(())
    }
}

impl<R: Read> Read for LegacyText<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.read == self.text.len() && !out.is_empty() {
            if self.is_finished && self.malformed.is_none() {
                return Ok(0);
            }
            self.fill()?;
        }
        let len = self.text.get(self.read..).unwrap_or_default().read(out)?;
        self.read += len;
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use numio_testkit::unhex;

    use super::*;

    /// For each name that is given, the bytes of a text, and what Python reads there.
    const ORACLE: &str = r#"
import sys
texts = ["\u65e5\u672c\u8a9e a", "\u4e2d\u6587\u8868\u683c b", "\ud55c\uad6d\uc5b4 c"]
for name in sys.argv[1:]:
    found = bytearray()
    has_pairs = any(max(text.encode(name, "ignore")) > 127 or b"\x1b" in text.encode(name, "ignore") for text in texts)
    for number in range(32, 127) if has_pairs else range(256):
        try:
            bytes([number]).decode(name)
            found.append(number)
        except UnicodeDecodeError:
            pass
    for text in texts:
        found += text.encode(name, "ignore")
    print(found.hex(), found.decode(name).encode().hex())
"#;

    /// Returns one byte a time.
    struct Slowly(io::Cursor<Vec<u8>>);

    impl Read for Slowly {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let most = out.len().min(1);
            self.0.read(&mut out[..most])
        }
    }

    #[test]
    fn legacy_encodings_are_read_as_python_reads_them() {
        let names = [
            "cp1250",
            "cp1251",
            "windows-1252",
            "cp1253",
            "cp1254",
            "cp1255",
            "cp1256",
            "cp1257",
            "cp1258",
            "cp866",
            "cp874",
            "iso8859-2",
            "latin3",
            "iso-8859-4",
            "iso8859_5",
            "iso8859_6",
            "iso8859_7",
            "iso8859_8",
            "latin6",
            "iso8859_13",
            "latin8",
            "latin9",
            "latin10",
            "koi8_r",
            "mac_roman",
            "shift_jis",
            "cp932",
            "euc_jp",
            "iso2022_jp",
            "gb2312",
            "gbk",
            "cp936",
            "gb18030",
            "big5",
            "cp950",
            "euc_kr",
            "cp949",
        ];
        let python = numio_testkit::interpreter();
        let told = Command::new(python).args(["-c", ORACLE]).args(names).output().unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        assert_eq!(told.lines().count(), names.len());
        for (name, line) in names.iter().zip(told.lines()) {
            let (bytes, wanted) = line.split_once(' ').unwrap();
            let (bytes, wanted) = (unhex(bytes), String::from_utf8(unhex(wanted)).unwrap());
            let encoding: TextEncoding = name.parse().unwrap();
            assert!(matches!(encoding, TextEncoding::Legacy(_)), "{name}");
            let mut text = String::new();
            encoding.decode(io::Cursor::new(bytes.clone())).read_to_string(&mut text).unwrap();
            assert_eq!(text, wanted, "{name}");
            text.clear();
            encoding.decode(Slowly(io::Cursor::new(bytes))).read_to_string(&mut text).unwrap();
            assert_eq!(text, wanted, "{name}");
        }
    }

    #[test]
    fn names_of_the_library_and_of_no_encoding_are_told_apart() {
        let own = |name: &str| matches!(name.parse(), Ok(TextEncoding::Own(_)));
        assert!(["utf8", "UTF-16-LE", "latin1", "ISO-8859-1", "ascii"].into_iter().all(own));
        for name in ["cp437", "x-user-defined", "replacement", "csisolatin1", "", "nonsense"] {
            assert!(name.parse::<TextEncoding>().is_err(), "{name}");
        }
    }

    #[test]
    fn bytes_that_are_cut_or_wrong_name_their_line() {
        for (bytes, wanted) in
            [(&b"a\n\x81"[..], "line 2: 'shift_jis' codec can't decode 0x81"), (b"\x81\xff", "0x81 0xff")]
        {
            for slow in [false, true] {
                let input = io::Cursor::new(bytes.to_vec());
                let encoding: TextEncoding = "sjis".parse().unwrap();
                let mut text = if slow { encoding.decode(Slowly(input)) } else { encoding.decode(input) };
                let error = text.read_to_string(&mut String::new()).unwrap_err();
                assert!(error.to_string().contains(wanted), "{error}");
                // Nothing follows.
                assert!(text.read(&mut [0; 9]).is_ok());
            }
        }
    }
}
