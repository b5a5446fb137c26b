//! From bytes to graphs: the options, and pickles out of streams.

use std::io::Read;

use super::encoding::Encoding;
use super::factory::AnyGlobal;
use super::graph::{Graph, GraphFactory, Parts, Word};
use super::machine::Machine;
use super::stream;
use crate::error::copy_of;
use crate::{Limits, Result};

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
        let factory = GraphFactory::new(bytes, self.encoding, self.buffers.len());
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
        self.load(stream::one_pickle(reader)?)
    }
}

/// Loads the pickle at the start of `bytes` with the default options: [`Loader`] has others.
///
/// # Errors
/// As [`Loader::load`].
pub fn load(bytes: impl Into<Vec<u8>>) -> Result<Graph> {
    Loader::new().load(bytes)
}
