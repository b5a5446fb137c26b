//! From bytes to graphs: the options, and pickles out of streams.

use std::io::Read;

use crate::Python2Encoding;
use crate::decode::{Arg, Decoder};
use crate::error::UnpicklingError;
use crate::graph::{Global, Graph, GraphBuilder, GraphParts, Handle};
use crate::inline::InlineFormat;
use crate::limits::Checkpoint;
use crate::memory::copy_of;
use crate::opcodes::Op;
use crate::unpickler::Unpickler;
use crate::visitor::AllowAll;
use crate::{Error, Limits, Result};

/// Loads pickles as graphs. Options first, then one of the endings, as often as wanted.
///
/// ```
/// use numio_pickle::{Python2Encoding, GraphLoader};
///
/// let python2 = b"S'caf\\xe9'\n.";
/// assert!(GraphLoader::new().load(python2).is_err());
/// let graph = GraphLoader::new().encoding(Python2Encoding::Latin1).load(python2)?;
/// assert_eq!(graph.root().as_str()?, "café");
/// # Ok::<(), numio_pickle::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct GraphLoader {
    encoding: Python2Encoding,
    fix_imports: bool,
    limits: Limits,
    extensions: Vec<(i32, String, String)>,
    buffers: Vec<Vec<u8>>,
    checkpoint: Checkpoint,
    inline_format: Option<InlineFormat>,
}

impl Default for GraphLoader {
    fn default() -> Self {
        Self {
            encoding: Python2Encoding::default(),
            fix_imports: true,
            limits: Limits::default(),
            extensions: Vec::new(),
            buffers: Vec::new(),
            checkpoint: Checkpoint::default(),
            inline_format: None,
        }
    }
}

impl GraphLoader {
    /// The defaults: `ASCII`, names translated, the default limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what a Python 2 `str` becomes. Default [`Python2Encoding::Ascii`].
    pub fn encoding(&mut self, encoding: Python2Encoding) -> &mut Self {
        self.encoding = encoding;
        self
    }

    /// Sets whether names in pickles below protocol 3 are translated from Python 2's to Python 3's. Default true.
    pub fn fix_imports(&mut self, yes: bool) -> &mut Self {
        self.fix_imports = yes;
        self
    }

    /// Sets the bounds on the cost of a pickle.
    pub fn limits(&mut self, limits: impl Into<Limits>) -> &mut Self {
        self.limits = limits.into();
        self
    }

    /// Sets a function that is called every few thousand instructions; an error from it ends the call. Default: none.
    ///
    /// ```
    /// use numio_pickle::{Error, ErrorKind, GraphLoader};
    ///
    /// let stop = || Err(Error::new(ErrorKind::Cancelled, "enough"));
    /// let long = [vec![b'N'; 1 << 14], vec![b'.']].concat();
    /// let error = GraphLoader::new().checkpoint(stop).load(long).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Cancelled);
    /// ```
    pub fn checkpoint(&mut self, check: impl Fn() -> Result<()> + Send + Sync + 'static) -> &mut Self {
        self.checkpoint = Checkpoint::new(check);
        self
    }

    /// Names a global for the opcodes EXT1, EXT2 and EXT4, as `copyreg.add_extension` does. Default none.
    pub fn extension(&mut self, code: i32, module: &str, name: &str) -> &mut Self {
        self.extensions.push((code, module.to_owned(), name.to_owned()));
        self
    }

    /// The out-of-band buffers of a pickle of protocol 5, in order. Default none.
    pub fn buffers(&mut self, buffers: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> &mut Self {
        self.buffers = buffers.into_iter().map(Into::into).collect();
        self
    }

    /// Skips data that a library writes between the instructions, and keeps it as [`InlineValue`]s. Default: none.
    ///
    /// [`InlineValue`]: crate::InlineValue
    pub fn inline_format(&mut self, format: InlineFormat) -> &mut Self {
        self.inline_format = Some(format);
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

    fn run(&self, bytes: &[u8]) -> Result<(GraphParts, Handle, usize)> {
        let builder = GraphBuilder::new(bytes, self.encoding, self.buffers.len());
        let builder = builder.inline_format(self.inline_format);
        let mut unpickler = Unpickler::new(bytes, builder, AllowAll);
        unpickler.fix_imports(self.fix_imports).limits(self.limits).set_checkpoint(self.checkpoint.clone());
        for (code, module, name) in &self.extensions {
            unpickler.extension(*code, module, name);
        }
        let root = unpickler.run()?;
        let end = unpickler.offset();
        Ok((unpickler.into_visitor().into(), root, end))
    }

    /// Loads one pickle from a stream, reading nothing past its STOP (past the end of its last frame, for a frame that
    /// claims more). Reads in small pieces: give it a buffered reader.
    ///
    /// # Errors
    /// As [`load`](Self::load), and what the stream says.
    pub fn read(&self, reader: impl Read) -> Result<Graph> {
        self.load(one_pickle(reader, self.inline_format.map(|format| format.class))?)
    }
}

/// Loads the pickle at the start of `bytes` with the default options: [`GraphLoader`] has others.
///
/// # Errors
/// As [`GraphLoader::load`].
pub fn load(bytes: impl Into<Vec<u8>>) -> Result<Graph> {
    GraphLoader::new().load(bytes)
}

/// Reads the pickle at the start of `bytes` into a Rust type, as [`Object::deserialize`](crate::Object::deserialize) does.
///
/// # Errors
/// As [`GraphLoader::load`] and [`Object::deserialize`](crate::Object::deserialize).
///
/// ```
/// let bytes = numio_pickle::dump_value(&("text", [1.5, 2.0], None::<u8>))?;
/// let value: (String, Vec<f64>, Option<u8>) = numio_pickle::load_value(bytes)?;
/// assert_eq!(value, ("text".to_owned(), vec![1.5, 2.0], None));
/// # Ok::<(), numio_pickle::Error>(())
/// ```
#[cfg(feature = "serde")]
pub fn load_value<T: serde::de::DeserializeOwned>(bytes: impl Into<Vec<u8>>) -> Result<T> {
    load(bytes)?.root().deserialize()
}

/// Reads the bytes of one pickle: an opcode, what it turns out to carry, the next. Frames come in one piece. If the pickle names
/// `class`, whose instances are followed by data, reads to the end of the stream.
///
/// # Errors
/// `EndOfStream` where the stream stands at its end; `InvalidData` for unknown opcodes and where the stream ends early; what the
/// stream says.
pub(crate) fn one_pickle(mut reader: impl Read, class: Option<Global<'_>>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut at, mut names) = (0, ClassNames { class, has_module: false });
    loop {
        let mut decoder = Decoder::resume(&bytes, at);
        match decoder.advance() {
            Ok(step) => {
                at = decoder.offset();
                let (op, place) = (step.op, step.at);
                match (op, step.arg) {
                    (Op::Stop, _) => return Ok(bytes),
                    (_, arg) if names.are_complete(arg) => {
                        // Data follows between the instructions: only running them tells the end.
                        read_more(&mut reader, &mut bytes, u64::MAX)?;
                        return Ok(bytes);
                    }
                    (Op::Frame, Arg::Length(wanted)) => {
                        let left = read_more(&mut reader, &mut bytes, wanted)?;
                        if (left as u64) < wanted {
                            return Err(UnpicklingError::Short { op, wanted, left }.at(place));
                        }
                    }
                    _ => {}
                }
            }
            Err(fault) => {
                let read = match fault {
                    UnpicklingError::Empty | UnpicklingError::NoStop => {
                        read_more(&mut reader, &mut bytes, 1)?
                    }
                    UnpicklingError::Short { wanted, left, .. } => {
                        read_more(&mut reader, &mut bytes, wanted - left as u64)?
                    }
                    UnpicklingError::NoNewline { .. } => read_line(&mut reader, &mut bytes)?,
                    UnpicklingError::UnknownOpcode(_) | UnpicklingError::NegativeLength { .. } => 0,
                    _ => 0,
                };
                if read == 0 {
                    return Err(if bytes.is_empty() { fault.into() } else { fault.at(at) });
                }
            }
        }
    }
}

/// Looks for the name of a class.
struct ClassNames<'a> {
    class: Option<Global<'a>>,
    has_module: bool,
}

impl ClassNames<'_> {
    /// Returns whether the name is complete with the argument of this instruction.
    fn are_complete(&mut self, arg: Arg<'_>) -> bool {
        let Some(Global { module, name }) = self.class else { return false };
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
    fn loader_reads_nothing_past_stop() {
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
            assert_eq!(one_pickle(&mut reader, None).unwrap(), pickle);
            assert_eq!(reader, b"rest");
            assert_eq!(one_pickle(Slow(&stream), None).unwrap(), pickle);
            for cut in 1..pickle.len() {
                let error = one_pickle(&stream[..cut], None).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
            }
        }
        assert_eq!(one_pickle(&b""[..], None).unwrap_err().kind(), ErrorKind::EndOfStream);
        assert_eq!(
            one_pickle(&b"\xff."[..], None).unwrap_err().to_string(),
            "byte 0: opcode 0xff does not exist in protocols 0 to 5"
        );
        assert_eq!(
            one_pickle(&b"\x80\x04\x95\x09\0\0\0\0\0\0\0N."[..], None).unwrap_err().to_string(),
            "byte 2: FRAME: wants 9 bytes, and 2 remain: the pickle is truncated"
        );
    }
}
