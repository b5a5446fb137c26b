//! Bytes to instructions: pure, without copies, and without believing a length before the bytes are there.

use super::error::Fault;
use super::opcodes::{Argument, Op, Opcode};
use crate::{Error, Result};

/// What an opcode carries with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arg<'a> {
    /// Nothing.
    None,
    /// A number of one, two or four bytes.
    Int(i64),
    /// A length of eight bytes.
    Length(u64),
    /// A float.
    Float(f64),
    /// Text up to a newline, which is left out.
    Line(&'a [u8]),
    /// Two such texts.
    Lines(&'a [u8], &'a [u8]),
    /// As many bytes as the length before them said.
    Bytes(&'a [u8]),
}

/// One instruction of a pickle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Instruction<'a> {
    /// Where its opcode stands.
    pub at: usize,
    /// What to do.
    pub op: Op,
    /// With what.
    pub arg: Arg<'a>,
}

/// The instructions of one pickle, up to and with its STOP; or an error, after which there are no more.
///
/// ```
/// use numio::pickle::{Arg, Decoder, Op};
///
/// let ops: Vec<_> = Decoder::new(b"\x80\x02K\x07.").collect::<Result<_, _>>()?;
/// assert_eq!((ops[1].at, ops[1].op, ops[1].arg), (2, Op::BinInt1, Arg::Int(7)));
/// assert_eq!(ops.len(), 3);
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    at: usize,
    over: bool,
}

impl<'a> Decoder<'a> {
    /// Reads from the first byte on.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, over: false }
    }

    /// How many bytes have been read.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// How many bytes there are in all.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Goes on at byte `at`.
    pub(crate) fn resume(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, over: false }
    }

    /// Goes on at byte `at`.
    pub(crate) fn seek(&mut self, at: usize) {
        (self.at, self.over) = (at, false);
    }

    /// The next instruction.
    ///
    /// # Errors
    /// `InvalidData` where the opcode is unknown or what it carries is not all there; `EndOfStream` where there is no byte at all.
    #[inline(always)]
    pub(crate) fn step(&mut self) -> Result<Instruction<'a>> {
        self.advance().map_err(|fault| self.failed(fault))
    }

    /// Why there is no instruction here.
    #[cold]
    pub(crate) fn failed(&self, fault: Fault) -> Error {
        match fault {
            Fault::Empty => fault.into(),
            fault => fault.at(self.at),
        }
    }

    /// The next instruction, or why there is none; then the place stays the same.
    #[inline(always)]
    pub(crate) fn advance(&mut self) -> Result<Instruction<'a>, Fault> {
        let at = self.at;
        let rest = self.bytes.get(at..).unwrap_or_default();
        let Some((&code, rest)) = rest.split_first() else {
            return Err(if at == 0 { Fault::Empty } else { Fault::NoStop });
        };
        let Some(opcode) = Opcode::of(code) else { return Err(Fault::UnknownOpcode(code)) };
        let (arg, len) = argument(opcode, rest)?;
        self.at = at + 1 + len;
        Ok(Instruction { at, op: opcode.op, arg })
    }
}

impl<'a> Iterator for Decoder<'a> {
    type Item = Result<Instruction<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let step = self.step();
        self.over = !matches!(&step, Ok(instruction) if instruction.op != Op::Stop);
        Some(step)
    }
}

/// What stands behind an opcode, and how many bytes that takes.
#[inline(always)]
fn argument<'a>(opcode: &Opcode, rest: &'a [u8]) -> Result<(Arg<'a>, usize), Fault> {
    let op = opcode.op;
    Ok(match opcode.argument {
        Argument::Nothing => (Arg::None, 0),
        Argument::U8 => (Arg::Int(u8::from_le_bytes(fixed(op, rest)?).into()), 1),
        Argument::U16 => (Arg::Int(u16::from_le_bytes(fixed(op, rest)?).into()), 2),
        Argument::I32 => (Arg::Int(i32::from_le_bytes(fixed(op, rest)?).into()), 4),
        Argument::U32 => (Arg::Int(u32::from_le_bytes(fixed(op, rest)?).into()), 4),
        Argument::U64 => (Arg::Length(u64::from_le_bytes(fixed(op, rest)?)), 8),
        Argument::F64 => (Arg::Float(f64::from_be_bytes(fixed(op, rest)?)), 8),
        Argument::Line => {
            let (line, _) = line(op, rest)?;
            (Arg::Line(line), line.len() + 1)
        }
        Argument::Lines => {
            let (first, after) = line(op, rest)?;
            let (second, _) = line(op, after)?;
            (Arg::Lines(first, second), first.len() + second.len() + 2)
        }
        Argument::Counted1 => counted::<1>(op, rest, u8::from_le_bytes(fixed(op, rest)?).into())?,
        Argument::Counted4 => counted::<4>(op, rest, u32::from_le_bytes(fixed(op, rest)?).into())?,
        Argument::Counted8 => counted::<8>(op, rest, u64::from_le_bytes(fixed(op, rest)?))?,
        Argument::Counted4Signed => {
            let length = i32::from_le_bytes(fixed(op, rest)?);
            let wanted = u64::try_from(length).map_err(|_| Fault::NegativeLength { op, length })?;
            counted::<4>(op, rest, wanted)?
        }
    })
}

#[inline(always)]
fn fixed<const N: usize>(op: Op, rest: &[u8]) -> Result<[u8; N], Fault> {
    match rest.first_chunk() {
        Some(bytes) => Ok(*bytes),
        None => Err(Fault::Short { op, wanted: N as u64, left: rest.len() }),
    }
}

/// `wanted` bytes, after the `N` bytes of their number.
#[inline(always)]
fn counted<const N: usize>(op: Op, rest: &[u8], wanted: u64) -> Result<(Arg<'_>, usize), Fault> {
    let counted = rest.get(N..).unwrap_or_default();
    match usize::try_from(wanted).ok().and_then(|wanted| counted.get(..wanted)) {
        Some(bytes) => Ok((Arg::Bytes(bytes), N + bytes.len())),
        None => Err(Fault::Short { op, wanted, left: counted.len() }),
    }
}

fn line(op: Op, rest: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    let newline = rest.iter().position(|&byte| byte == b'\n');
    let Some((line, after)) = newline.and_then(|at| rest.split_at_checked(at)) else {
        return Err(Fault::NoNewline { op });
    };
    Ok((line, after.get(1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::super::opcodes::OPCODES;
    use super::*;

    fn first(bytes: &[u8]) -> Result<Instruction<'_>> {
        Decoder::new(bytes).next().unwrap()
    }

    /// For each kind of argument, bytes that hold one.
    fn example(argument: Argument) -> Vec<u8> {
        match argument {
            Argument::Nothing => vec![],
            Argument::U8 => vec![1],
            Argument::U16 => vec![1, 2],
            Argument::I32 | Argument::U32 => vec![1, 2, 3, 4],
            Argument::U64 | Argument::F64 => vec![1; 8],
            Argument::Line => b"ab\n".to_vec(),
            Argument::Lines => b"ab\nc\n".to_vec(),
            Argument::Counted1 => b"\x02ab".to_vec(),
            Argument::Counted4 | Argument::Counted4Signed => b"\x02\0\0\0ab".to_vec(),
            Argument::Counted8 => b"\x02\0\0\0\0\0\0\0ab".to_vec(),
        }
    }

    #[test]
    fn every_opcode_takes_its_argument_and_no_more() {
        for opcode in OPCODES {
            let mut bytes = vec![opcode.op.code()];
            bytes.extend(example(opcode.argument));
            let whole = bytes.len();
            bytes.extend(b"\n\n....");
            let mut decoder = Decoder::new(&bytes);
            assert_eq!(decoder.step().unwrap().op, opcode.op);
            assert_eq!(decoder.offset(), whole, "{}", opcode.name);
            for short in 1..whole {
                let error = first(&bytes[..short]).unwrap_err();
                assert_eq!(
                    (error.kind(), error.offset()),
                    (crate::ErrorKind::InvalidData, Some(0)),
                    "{error}"
                );
                assert!(error.message().starts_with(opcode.name), "{error}");
            }
        }
    }

    #[test]
    fn lengths_are_not_believed() {
        for (bytes, wanted) in [
            (
                &b"B\0\0\0\x80."[..],
                "byte 0: BINBYTES: wants 2147483648 bytes, and 1 remain: the pickle is truncated",
            ),
            (
                b"\x8e\0\0\0\0\0\0\0\x80.",
                "byte 0: BINBYTES8: wants 9223372036854775808 bytes, and 1 remain: the pickle is truncated",
            ),
            (b"T\xff\xff\xff\xff.", "byte 0: BINSTRING: the length is negative: -1"),
            (b"J\0", "byte 0: BININT: wants 4 bytes, and 1 remain: the pickle is truncated"),
            (b"I12", "byte 0: INT: wants a line, and no newline follows: the pickle is truncated"),
            (b"\xff", "byte 0: opcode 0xff is none of protocols 0 to 5"),
            (b"", "there is no pickle: the data has ended"),
        ] {
            assert_eq!(first(bytes).unwrap_err().to_string(), wanted);
        }
    }

    #[test]
    fn after_stop_or_an_error_there_is_nothing() {
        assert_eq!(Decoder::new(b"N.N.").count(), 2);
        let mut cut = Decoder::new(b"NN");
        assert!(cut.next().unwrap().is_ok() && cut.next().unwrap().is_ok());
        assert_eq!(cut.next().unwrap().unwrap_err().to_string(), "byte 2: the pickle ends before its STOP");
        assert!(cut.next().is_none());
    }
}
