//! One line for each instruction, as `pickletools.dis` (CPython 3.11) prints them.

use std::collections::HashSet;
use std::fmt::Write;

use super::decode::{Arg, Decoder, Instruction};
use super::error::UnpicklingError;
use super::opcodes::{Op, Opcode};
use crate::decode;
use crate::decode::Leaf;
use crate::{Error, ErrorKind, Result};
use crate::{memory, repr};

/// Writes one line for each instruction of the pickle at the start of `bytes`, as Python's `pickletools.dis` does, and
/// returns how many bytes the pickle takes. Nothing is run or built.
///
/// # Errors
/// `InvalidData` where an instruction cannot be read, and where `pickletools` would stop too: an opcode wants more than the
/// stack holds, the memo is read before it is written or written twice, items are left at the end. The lines up to
/// that place have been written.
///
/// ```
/// let mut text = String::new();
/// numio_pickle::dis(b"\x80\x02]q\x00(K\x01e.", &mut text)?;
/// assert_eq!(
///     text,
///     "    0: \\x80 PROTO      2\n\
///      \x20   2: ]    EMPTY_LIST\n\
///      \x20   3: q    BINPUT     0\n\
///      \x20   5: (    MARK\n\
///      \x20   6: K        BININT1    1\n\
///      \x20   8: e        APPENDS    (MARK at 5)\n\
///      \x20   9: .    STOP\n\
///      highest protocol among opcodes = 2\n"
/// );
/// # Ok::<(), numio_pickle::Error>(())
/// ```
///
/// Lines are indented by up to 64 open marks, where `pickletools` knows no end.
pub fn dis(bytes: &[u8], out: &mut impl Write) -> Result<usize> {
    let mut decoder = Decoder::new(bytes);
    let mut emulator = Emulator::default();
    let mut highest = 0;
    loop {
        let step = decoder.step()?;
        let argument = argument(&step).map_err(|fault| fault.at(step.at))?;
        let depth = emulator.marks.len();
        emulator.reserve()?;
        let (note, complaint) = emulator.before(&step).map_err(|fault| fault.at(step.at))?;
        highest = highest.max(step.op.protocol());
        let name = step.op.name();
        let indent = depth.min(MOST_INDENTED) * 4;
        let mut line = format!("{:5}: {:<4} {:indent$}{name}", step.at, code(step.op), "");
        if argument.is_some() || note.is_some() {
            line.push_str(&" ".repeat(10usize.saturating_sub(name.len())));
        }
        for part in [argument, note].into_iter().flatten() {
            line.push(' ');
            line.push_str(&part);
        }
        writeln!(out, "{line}").map_err(|_| unwritable())?;
        if let Some(complaint) = complaint {
            return Err(UnpicklingError::Insane(complaint).at(step.at));
        }
        emulator.after(&step).map_err(|fault| fault.at(step.at))?;
        if step.op == Op::Stop {
            break;
        }
    }
    writeln!(out, "highest protocol among opcodes = {highest}").map_err(|_| unwritable())?;
    match emulator.stack.len() {
        0 => Ok(decoder.offset()),
        left => Err(UnpicklingError::Insane(format!("{left} items are left on the stack after STOP")).into()),
    }
}

/// The open marks by which lines are indented. With more of them, which only crafted pickles have, text would grow with the
/// square of the file.
const MOST_INDENTED: usize = 64;

/// The most that an opcode leaves on the stack.
const MOST_PUSHED: usize = 2;

fn unwritable() -> Error {
    Error::new(ErrorKind::InvalidInput, "the writer of the disassembly refused a line")
}

/// The opcode's byte as Python shows it.
fn code(op: Op) -> String {
    let code = op.code();
    if code < 0x7f { char::from(code).to_string() } else { format!("\\x{code:02x}") }
}

/// The argument of the opcode, as Python's `repr` prints it.
fn argument(step: &Instruction<'_>) -> Result<Option<String>, UnpicklingError> {
    let mut out = String::new();
    let wrote = match (step.op, step.arg) {
        (Op::Get | Op::Put, Arg::Line(line)) => write!(out, "{}", decode::index(step.op, line)?),
        (Op::PersId, Arg::Line(line)) => repr::str(&mut out, &name(line)),
        (_, Arg::Lines(module, global)) => repr::str(&mut out, &format!("{} {}", name(module), name(global))),
        _ => match Leaf::of(step)? {
            // Constants are no argument: their opcodes say it all.
            Some(Leaf::Bool(_)) if step.arg == Arg::None => return Ok(None),
            Some(Leaf::None) => return Ok(None),
            Some(Leaf::Str(bytes)) if decode::first_invalid(&bytes).is_some() => {
                return Err(UnpicklingError::value(step.op, "UTF-8", &bytes));
            }
            Some(leaf) => leaf.write_repr(&mut out),
            None => match step.arg {
                Arg::Int(value) => write!(out, "{value}"),
                Arg::Length(value) => write!(out, "{value}"),
                _ => return Ok(None),
            },
        },
    };
    // Writing to a String does not fail.
    debug_assert!(wrote.is_ok());
    Ok(Some(out))
}

/// A name of protocol 0, in which `pickletools` undoes escapes.
fn name(line: &[u8]) -> String {
    decode::latin1(&decode::unescape(line).unwrap_or(line.into()))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    Mark,
    Object,
}

/// A stack without values, to find the mark that an opcode goes down to.
#[derive(Default)]
struct Emulator {
    stack: Vec<Item>,
    /// The offset of each mark.
    marks: Vec<usize>,
    memo: HashSet<u64>,
    /// The number of items that the instruction takes beneath the mark it has gone down to.
    pops: usize,
}

impl Emulator {
    /// Makes sure of memory for what the next instruction leaves.
    fn reserve(&mut self) -> Result<(), Error> {
        memory::reserve(&mut self.stack, MOST_PUSHED)?;
        memory::reserve(&mut self.marks, 1)?;
        Ok(self.memo.try_reserve(1).map_err(std::io::Error::from)?)
    }

    /// Goes down to the mark and looks into the memo. Gives a note for the line, and why the line must be the last.
    fn before(
        &mut self,
        step: &Instruction<'_>,
    ) -> Result<(Option<String>, Option<String>), UnpicklingError> {
        let effect = Opcode::of(step.op.code()).map(|opcode| opcode.effect);
        let Some(effect) = effect else { return Ok((None, None)) };
        self.pops = effect.pops;
        let top = self.stack.last().copied();
        if effect.to_mark || (step.op == Op::Pop && top == Some(Item::Mark)) {
            let found = self.stack.iter().rposition(|item| *item == Item::Mark);
            let (Some(place), Some(at)) = (found, self.marks.pop()) else {
                let complaint = "no MARK exists on stack".to_owned();
                return Ok((Some(complaint.clone()), Some(complaint)));
            };
            self.stack.truncate(place);
            if step.op == Op::Pop {
                self.pops = 0;
            }
            return Ok((Some(format!("(MARK at {at})")), None));
        }
        let index = match (step.op, step.arg) {
            (Op::Get | Op::Put, Arg::Line(line)) => decode::index(step.op, line)?,
            (_, Arg::Int(index)) => index as u64,
            _ => self.memo.len() as u64,
        };
        let complaint = match step.op {
            Op::Get | Op::BinGet | Op::LongBinGet if !self.memo.contains(&index) => {
                Some(format!("memo key {index} has never been stored into"))
            }
            Op::Put | Op::BinPut | Op::LongBinPut | Op::Memoize => match top {
                _ if self.memo.contains(&index) => Some(format!("memo key {index} already defined")),
                None => Some("stack is empty -- can't store into memo".to_owned()),
                Some(Item::Mark) => Some("can't store markobject in the memo".to_owned()),
                Some(Item::Object) => {
                    self.memo.insert(index);
                    None
                }
            },
            _ => None,
        };
        let note = (step.op == Op::Memoize).then(|| format!("(as {index})"));
        Ok((note, complaint))
    }

    /// Takes and leaves what the opcode takes and leaves.
    fn after(&mut self, step: &Instruction<'_>) -> Result<(), UnpicklingError> {
        let (pops, left) = (self.pops, self.stack.len());
        let Some(kept) = left.checked_sub(pops) else {
            return Err(UnpicklingError::Insane(format!(
                "tries to pop {pops} items from stack with only {left} items"
            )));
        };
        self.stack.truncate(kept);
        let pushes = Opcode::of(step.op.code()).map_or(0, |opcode| opcode.effect.pushes);
        let item = if step.op == Op::Mark { Item::Mark } else { Item::Object };
        self.stack.extend(std::iter::repeat_n(item, pushes));
        if step.op == Op::Mark {
            self.marks.push(step.at);
        }
        Ok(())
    }
}
