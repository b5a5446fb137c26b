//! From bytes to graphs: the options, and pickles out of streams.

use std::io::Read;

use crate::error::copy_of;
use crate::pickle::Encoding;
use crate::pickle::decode::{Arg, Decoder};
use crate::pickle::error::Fault;
use crate::pickle::factory::AnyGlobal;
use crate::pickle::graph::{Graph, GraphFactory, JOBLIB_WRAPPER, Parts, Word};
use crate::pickle::machine::Machine;
use crate::pickle::opcodes::Op;
use crate::{Error, Limits, Result};

/// Loads pickles as graphs. Options first, then one of the endings, as often as wanted.
///
/// ```
/// use numio::pickle::{Encoding, Loader};
///
/// let python2 = b"S'caf\\xe9'\n.";
/// assert!(Loader::new().load(python2).is_err());
/// let graph = Loader::new().encoding(Encoding::Latin1).load(python2)?;
/// assert_eq!(graph.root().as_str()?, "café");
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Loader {
    encoding: Encoding,
    fix_imports: bool,
    limits: Limits,
    extensions: Vec<(i32, String, String)>,
    buffers: Vec<Vec<u8>>,
}

impl Default for Loader {
    fn default() -> Self {
        Self {
            encoding: Encoding::default(),
            fix_imports: true,
            limits: Limits::default(),
            extensions: Vec::new(),
            buffers: Vec::new(),
        }
    }
}

impl Loader {
    /// The defaults: `ASCII`, names translated, the default limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// What a Python 2 `str` becomes. Default [`Encoding::Ascii`].
    pub fn encoding(&mut self, encoding: Encoding) -> &mut Self {
        self.encoding = encoding;
        self
    }

    /// Whether names in pickles below protocol 3 are translated from Python 2's to Python 3's. Default true.
    pub fn fix_imports(&mut self, yes: bool) -> &mut Self {
        self.fix_imports = yes;
        self
    }

    /// How much a pickle may cost.
    pub fn limits(&mut self, limits: Limits) -> &mut Self {
        self.limits = limits;
        self
    }

    /// Names a global for the opcodes EXT1, EXT2 and EXT4, as `copyreg.add_extension` does. Default none.
    pub fn extension(&mut self, code: i32, module: &str, name: &str) -> &mut Self {
        self.extensions.push((code, module.to_owned(), name.to_owned()));
        self
    }

    /// The buffers that travel beside a pickle of protocol 5, in order. Default none.
    pub fn buffers(&mut self, buffers: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> &mut Self {
        self.buffers = buffers.into_iter().map(Into::into).collect();
        self
    }

    /// Loads the pickle at the start of `bytes`, which become part of the graph; what follows its STOP is dropped.
    ///
    /// # Errors
    /// `EndOfStream` where there are no bytes, `InvalidData` for malformed pickles, `Encoding` for Python 2 strings that the encoding
    /// cannot carry, `LimitExceeded` where one of the limits is passed; with the opcode and its offset.
    pub fn load(&self, bytes: impl Into<Vec<u8>>) -> Result<Graph> {
        let mut bytes = bytes.into();
        let (parts, root, end) = self.run(&bytes)?;
        bytes.truncate(end);
        Ok(Graph::new(bytes, parts, root, self.buffers.clone()))
    }

    /// Loads the pickle at the start of `bytes`, and says how many of them it takes: another may follow.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_prefix(&self, bytes: &[u8]) -> Result<(Graph, usize)> {
        let (parts, root, end) = self.run(bytes)?;
        let pickle = copy_of(bytes.get(..end).unwrap_or(bytes))?;
        Ok((Graph::new(pickle, parts, root, self.buffers.clone()), end))
    }

    fn run(&self, bytes: &[u8]) -> Result<(Parts, Word, usize)> {
        let factory = GraphFactory::new(bytes, self.encoding, self.buffers.len()).past_arrays();
        let machine = Machine::new(bytes, factory, AnyGlobal);
        let mut machine = machine.fix_imports(self.fix_imports).limits(&self.limits);
        for (code, module, name) in &self.extensions {
            machine = machine.extension(*code, module, name);
        }
        let root = machine.run()?;
        let end = machine.offset();
        Ok((machine.into_factory().into(), root, end))
    }

    /// Loads one pickle from a stream, reading nothing past its STOP (past the end of its last frame, for a frame that
    /// claims more). Reads in small pieces: give it a buffered reader.
    ///
    /// # Errors
    /// As [`load`](Self::load), and what the stream says.
    pub fn read(&self, reader: impl Read) -> Result<Graph> {
        self.load(one_pickle(reader)?)
    }
}

/// Loads the pickle at the start of `bytes` with the default options: [`Loader`] has others.
///
/// # Errors
/// As [`Loader::load`].
pub fn load(bytes: impl Into<Vec<u8>>) -> Result<Graph> {
    Loader::new().load(bytes)
}

/// Reads the bytes of one pickle: an opcode, what it turns out to carry, the next. Frames come in one piece.
///
/// # Errors
/// `EndOfStream` where the stream stands at its end; `InvalidData` for unknown opcodes and where the stream ends early; what the
/// stream says.
pub(crate) fn one_pickle(mut reader: impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut at, mut is_wrapper) = (0, Names::default());
    loop {
        let mut decoder = Decoder::resume(&bytes, at);
        match decoder.advance() {
            Ok(step) => {
                at = decoder.offset();
                let (op, place) = (step.op, step.at);
                match (op, step.arg) {
                    (Op::Stop, _) => return Ok(bytes),
                    (_, arg) if is_wrapper.follows(arg) => {
                        // joblib's arrays stand between the instructions: only running them tells the end.
                        read_more(&mut reader, &mut bytes, u64::MAX)?;
                        return Ok(bytes);
                    }
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

/// Looks for the name of joblib's description of an array.
#[derive(Default)]
struct Names {
    has_module: bool,
}

impl Names {
    /// Returns whether the name is there, with what this instruction carries.
    fn follows(&mut self, arg: Arg<'_>) -> bool {
        let (module, name) = JOBLIB_WRAPPER;
        match arg {
            Arg::Bytes(text) => {
                self.has_module |= text == module.as_bytes();
                self.has_module && text == name.as_bytes()
            }
            Arg::Lines(found, text) => found == module.as_bytes() && text == name.as_bytes(),
            _ => false,
        }
    }
}

/// Reads this many bytes, or those that there are. Memory grows as they come, whatever was asked for.
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
