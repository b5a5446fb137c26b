//! Pickles out of streams that cannot be looked ahead in: exactly the bytes up to a STOP.

use std::io::Read;

use super::decode::{Arg, Decoder};
use super::error::Fault;
use super::opcodes::Op;
use crate::{Error, Result};

/// Reads the bytes of one pickle: an opcode, what it turns out to carry, the next. Frames come in one piece.
///
/// # Errors
/// `EndOfStream` where the stream stands at its end; `InvalidData` for unknown opcodes and where the stream ends early; what the
/// stream says.
pub(super) fn one_pickle(mut reader: impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut at = 0;
    loop {
        let mut decoder = Decoder::resume(&bytes, at);
        match decoder.advance() {
            Ok(step) => {
                at = decoder.offset();
                let (op, place) = (step.op, step.at);
                match (op, step.arg) {
                    (Op::Stop, _) => return Ok(bytes),
                    (Op::Frame, Arg::Length(wanted)) => {
                        let left = read_more(&mut reader, &mut bytes, wanted)?;
                        if (left as u64) < wanted {
                            return Err(Fault::Short { op, wanted, left }.at(place));
                        }
                    }
                    _ => {}
                }
            }
            Err(fault) => {
                let read = match fault {
                    Fault::Empty | Fault::NoStop => read_more(&mut reader, &mut bytes, 1)?,
                    Fault::Short { wanted, left, .. } => {
                        read_more(&mut reader, &mut bytes, wanted - left as u64)?
                    }
                    Fault::NoNewline { .. } => read_line(&mut reader, &mut bytes)?,
                    Fault::UnknownOpcode(_) | Fault::NegativeLength { .. } => 0,
                    _ => 0,
                };
                if read == 0 {
                    return Err(if bytes.is_empty() { fault.into() } else { fault.at(at) });
                }
            }
        }
    }
}

/// Reads so many bytes, or those that there are. Memory grows as they come, whatever was asked for.
fn read_more(reader: &mut impl Read, bytes: &mut Vec<u8>, count: u64) -> Result<usize> {
    reader.by_ref().take(count).read_to_end(bytes).map_err(Error::from)
}

fn read_line(reader: &mut impl Read, bytes: &mut Vec<u8>) -> Result<usize> {
    let start = bytes.len();
    while read_more(reader, bytes, 1)? == 1 {
        if bytes.last() == Some(&b'\n') {
            break;
        }
    }
    Ok(bytes.len() - start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    /// Gives a byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let count = out.len().min(1);
            self.0.read(&mut out[..count])
        }
    }

    #[test]
    fn reads_nothing_past_stop() {
        for pickle in [
            &b"N."[..],
            b"I12\n.",
            b"cos\nsystem\n.",
            b"\x80\x04\x95\x02\0\0\0\0\0\0\0N.",
            b"\x80\x02X\x03\0\0\0abcq\0.",
            b"B\0\0\0\0.",
        ] {
            let stream = [pickle, b"rest"].concat();
            let mut reader = stream.as_slice();
            assert_eq!(one_pickle(&mut reader).unwrap(), pickle);
            assert_eq!(reader, b"rest");
            assert_eq!(one_pickle(Slow(&stream)).unwrap(), pickle);
            for cut in 1..pickle.len() {
                let error = one_pickle(&stream[..cut]).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
            }
        }
        assert_eq!(one_pickle(&b""[..]).unwrap_err().kind(), ErrorKind::EndOfStream);
        assert_eq!(
            one_pickle(&b"\xff."[..]).unwrap_err().to_string(),
            "byte 0: opcode 0xff is none of protocols 0 to 5"
        );
        assert_eq!(
            one_pickle(&b"\x80\x04\x95\x09\0\0\0\0\0\0\0N."[..]).unwrap_err().to_string(),
            "byte 2: FRAME: wants 9 bytes, and 2 remain: the pickle is truncated"
        );
    }
}
