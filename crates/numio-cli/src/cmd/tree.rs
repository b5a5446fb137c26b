//! `numio tree`: what is in a pickle, as a tree.

use std::ffi::OsString;
use std::io::{self, Write};

use clap::Args;
use numio::pickle::{Object, Python2Encoding, Value};
use numio::{DynArray, Error, ErrorKind, Limits, ObjectExt};
use serde_json::{Value as Json, json};

use crate::failure::{Failure, advice};
use crate::open::{Opening, Subject};
use crate::output::{Output, Verdict};
use crate::target::Target;
use crate::text;

/// Print what a pickle holds, as a tree
///
/// Of archives, the members, and what is in those that are pickles. Nothing is run: what numio does not know is shown as
/// the call that would make it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio tree model.pkl
  numio tree --depth 2 -n 5 model.pkl
  numio tree objects.npy
  numio tree --json x.npz

JSON: an object with name (a key, an index or null), type, text (of what has no parts), dtype and
shape (of arrays), length (of what has parts), parts (a list of such objects), and cut, which is
true where parts are left out.")]
pub struct Tree {
    /// A pickle, a .npy file of objects, an archive, or a member of one; - is standard input
    #[arg(value_name = "A")]
    target: OsString,
    #[command(flatten)]
    bounds: Bounds,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    opening: Opening,
}

/// How much of a tree is shown.
#[derive(Debug, Clone, Args)]
pub(super) struct Bounds {
    /// Descend this far
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(..=40))]
    pub(super) depth: u8,
    /// Show the first N parts of each object
    #[arg(short, long = "parts", value_name = "N", default_value_t = 20)]
    pub(super) n: usize,
}

/// One line of the tree.
pub(super) struct Node {
    pub(super) name: Option<String>,
    kind: String,
    text: Option<String>,
    array: Option<(String, Vec<usize>)>,
    pub(super) length: Option<usize>,
    pub(super) parts: Vec<Node>,
    pub(super) is_cut: bool,
}

/// The parts of an object, each with its key or its index.
type Parts<'a> = Box<dyn Iterator<Item = (Option<String>, Object<'a>)> + 'a>;

/// The most nodes of one tree.
const MOST_NODES: usize = 1 << 16;

impl Tree {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let target = Target::of(&self.target);
        let mut left = MOST_NODES;
        let mut verdict = Verdict::Good;
        let named = |failure: Failure| failure.of(&target.input.name());
        let node = match self.opening.subject(&target, Python2Encoding::Latin1).map_err(named)? {
            Subject::Archive(archive) => {
                let mut parts = Vec::new();
                for name in archive.names().take(self.bounds.n) {
                    let part = match archive.get(name).and_then(Subject::of_member) {
                        Ok(subject) => self.bounds.subject(&subject, Some(name.to_owned()), &mut left)?,
                        Err(error) => {
                            verdict = Verdict::Bad;
                            let what = advice(&error.to_string()).into_owned();
                            Node::leaf(Some(name.to_owned()), "unreadable", what)
                        }
                    };
                    parts.push(part);
                }
                Node {
                    name: None,
                    kind: "archive".to_owned(),
                    text: None,
                    array: None,
                    length: Some(archive.len()),
                    is_cut: parts.len() < archive.len(),
                    parts,
                }
            }
            subject => self.bounds.subject(&subject, None, &mut left).map_err(named)?,
        };
        if self.json {
            serde_json::to_writer_pretty(out.json(), &node.json()).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            writeln!(out, "{}: {}", text::visible(&target.name()), text::visible(&node.described()))?;
            node.print(out, "")?;
        }
        Ok(verdict)
    }
}

impl Bounds {
    /// The tree of an object or an array of objects; `left` is the number of nodes that it may have.
    pub(super) fn subject(
        &self,
        subject: &Subject,
        name: Option<String>,
        left: &mut usize,
    ) -> Result<Node, Failure> {
        Ok(match subject {
            Subject::Object(graph) => self.object(graph.root(), name, 0, left)?,
            Subject::Array(array) => match array.as_array() {
                Some(array) => self.array(array, name, 0, left)?,
                None => Node::of_array(name, array.dtype().to_string(), array.shape().to_vec()),
            },
            Subject::Bytes(bytes) => Node::leaf(name, "bytes", text::size(bytes.len() as u64)),
            Subject::Archive(_) => {
                let what = "an archive in an archive is not looked into";
                return Err(Error::new(ErrorKind::Unsupported, what).into());
            }
        })
    }

    fn array(
        &self,
        array: &DynArray,
        name: Option<String>,
        depth: u8,
        left: &mut usize,
    ) -> Result<Node, Failure> {
        let mut node = Node::of_array(name, array.dtype().to_string(), array.shape().to_vec());
        if let Ok(objects) = array.objects() {
            node.length = Some(array.size());
            node.is_cut = depth >= self.depth && array.size() > 0 || array.size() > self.n;
            if depth < self.depth {
                for (at, object) in objects.take(self.n).enumerate() {
                    let index = numio::blocks::index_of(at, array.shape());
                    node.parts.push(self.object(object, Some(format!("{index:?}")), depth + 1, left)?);
                }
            }
        }
        Ok(node)
    }

    /// Recurses no deeper than `--depth`, which is 40 at most.
    fn object(
        &self,
        object: Object<'_>,
        name: Option<String>,
        depth: u8,
        left: &mut usize,
    ) -> Result<Node, Failure> {
        *left = left.checked_sub(1).ok_or_else(|| {
            let what = format!("more than {MOST_NODES} objects: give a smaller --depth or -n");
            Error::new(ErrorKind::LimitExceeded, what)
        })?;
        if let Ok(array) = object.as_array() {
            return self.array(&array, name, depth, left);
        }
        let value = object.value();
        // Of an object that is in many places, only those parts are looked at that are shown.
        let shown = if depth < self.depth { self.n } else { 0 };
        let (length, parts): (usize, Parts<'_>) = match &value {
            Value::List(items) | Value::Tuple(items) | Value::Deque { items, .. } => {
                let named = |(at, item)| (Some(format!("[{at}]")), item);
                (items.len(), Box::new(items.iter().enumerate().map(named)))
            }
            Value::Set(items) | Value::FrozenSet(items) => {
                (items.len(), Box::new(items.iter().map(|item| (None, item))))
            }
            Value::Dict(dict)
            | Value::OrderedDict(dict)
            | Value::Counter(dict)
            | Value::DefaultDict { dict, .. } => {
                let named = |(name, item)| (Some(short(name)), item);
                (dict.len(), Box::new(dict.iter().map(named)))
            }
            Value::Call(call) => {
                if let Ok(masked) = object.as_masked() {
                    let (dtype, shape) = (masked.data.dtype().to_string(), masked.data.shape().to_vec());
                    return Ok(Node {
                        kind: "masked array".to_owned(),
                        ..Node::of_array(name, dtype, shape)
                    });
                }
                let text = object.to_repr(short_limits()).unwrap_or_else(|_| {
                    call.global().map_or_else(|| "...".to_owned(), |global| format!("{global}(...)"))
                });
                return Ok(Node::leaf(name, "call", text));
            }
            _ => return Ok(Node::leaf(name, type_name(&value), short(object))),
        };
        let mut node = Node {
            name,
            kind: type_name(&value).to_owned(),
            text: None,
            array: None,
            length: Some(length),
            parts: Vec::new(),
            is_cut: length > self.n || depth >= self.depth && length > 0,
        };
        for (name, part) in parts.take(shown) {
            node.parts.push(self.object(part, name, depth + 1, left)?);
        }
        Ok(node)
    }
}

/// Python's name of a type.
fn type_name(value: &Value<'_>) -> &'static str {
    match value {
        Value::None => "None",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float",
        Value::Complex(..) => "complex",
        Value::Str(_) => "str",
        Value::Bytes(_) => "bytes",
        Value::ByteArray(_) => "bytearray",
        Value::Tuple(_) => "tuple",
        Value::List(_) => "list",
        Value::Set(_) => "set",
        Value::FrozenSet(_) => "frozenset",
        Value::Deque { .. } => "deque",
        Value::Dict(_) => "dict",
        Value::OrderedDict(_) => "OrderedDict",
        Value::DefaultDict { .. } => "defaultdict",
        Value::Counter(_) => "Counter",
        Value::Range(_) => "range",
        Value::Slice(_) => "slice",
        Value::Date(_) => "date",
        Value::Time(_) => "time",
        Value::DateTime(_) => "datetime",
        Value::TimeDelta(_) => "timedelta",
        Value::TimeZone(_) => "timezone",
        Value::Decimal(_) => "Decimal",
        Value::Fraction(_) => "Fraction",
        Value::Uuid(_) => "UUID",
        Value::Path { .. } => "Path",
        Value::Global(_) => "class or function",
        Value::Call(_) => "call",
        _ => "object",
    }
}

/// The longest text of one object.
const MOST_CHARS: u64 = 200;

/// An object's `repr`, if it is not too long to be shown.
fn short(object: Object<'_>) -> String {
    object.to_repr(short_limits()).unwrap_or_else(|_| "...".to_owned())
}

fn short_limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_repr_chars = MOST_CHARS;
    limits
}

impl Node {
    fn leaf(name: Option<String>, kind: &str, text: String) -> Self {
        Self {
            name,
            kind: kind.to_owned(),
            text: Some(text),
            array: None,
            length: None,
            parts: Vec::new(),
            is_cut: false,
        }
    }

    fn of_array(name: Option<String>, dtype: String, shape: Vec<usize>) -> Self {
        let kind = "array".to_owned();
        Self {
            name,
            kind,
            text: None,
            array: Some((dtype, shape)),
            length: None,
            parts: Vec::new(),
            is_cut: false,
        }
    }

    /// What it is, on one line.
    pub(super) fn described(&self) -> String {
        let mut described = self.kind.clone();
        if let Some((dtype, shape)) = &self.array {
            described += &format!(" {dtype} {}", text::shape(shape));
        } else if let Some(length) = self.length {
            described += &format!(" of {length}");
        }
        if let Some(text) = self.text.as_ref().filter(|text| **text != self.kind) {
            described += &format!(" {text}");
        }
        described
    }

    /// Recurses as deep as the tree is.
    fn print(&self, out: &mut Output, before: &str) -> Result<(), Failure> {
        let lines = self.parts.len() + usize::from(self.is_cut);
        for (at, part) in self.parts.iter().enumerate() {
            let is_last = at + 1 == lines;
            let (branch, below) = if is_last { ("└── ", "    ") } else { ("├── ", "│   ") };
            let name = part.name.as_ref().map_or_else(String::new, |name| format!("{name}: "));
            let line = format!("{name}{}", part.described());
            writeln!(out, "{before}{branch}{}", text::visible(&line))?;
            part.print(out, &format!("{before}{below}"))?;
        }
        if self.is_cut {
            let more = self.length.unwrap_or(0).saturating_sub(self.parts.len());
            writeln!(out, "{before}└── ... {more} more")?;
        }
        Ok(())
    }

    /// Recurses as deep as the tree is.
    fn json(&self) -> Json {
        let (dtype, shape) = self.array.clone().unzip();
        let parts: Vec<Json> = self.parts.iter().map(Self::json).collect();
        json!({
            "name": self.name,
            "type": self.kind,
            "text": self.text,
            "dtype": dtype,
            "shape": shape,
            "length": self.length,
            "parts": parts,
            "cut": self.is_cut,
        })
    }
}
