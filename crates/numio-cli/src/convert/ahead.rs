//! Parses blocks of a text on other threads, while this one reads the next and writes those before.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use numio::text::LoadTxt;
use numio::{DType, DynArray, Scalar, num_threads, with_num_threads};

use super::blocks::Block;
use super::fields::Dialect;
use super::names::leaves;
use crate::parallel::{MOST_THREADS, in_background};

/// A block and its rows, where the parser could read them.
pub type Parsed = (Block, Option<DynArray>);

/// Parses blocks whose rows the library reads as they are.
#[derive(Debug, Clone)]
pub struct BlockParser {
    dtype: DType,
    /// The columns of the file that hold the values of a row; `None` for all, in order.
    columns: Option<Vec<isize>>,
    dialect: Dialect,
    /// True if all fields are read, and none with a quote or a comment is a value of the dtype, so that rows can be tried
    /// without them.
    refuses_marks: bool,
}

impl BlockParser {
    pub fn new(dtype: DType, columns: Option<Vec<isize>>, dialect: Dialect) -> Self {
        let is_number = |dtype: &DType| {
            use Scalar::{Complex, Float, Int, Int8, UInt, UInt8};
            matches!(dtype.as_scalar(), Some(Int8 | UInt8 | Int(..) | UInt(..) | Float(..) | Complex(..)))
        };
        let is_numeric = match dtype.as_record() {
            Some(_) => leaves(&dtype).iter().all(|leaf| is_number(&leaf.dtype)),
            None => is_number(&dtype),
        };
        let is_in_numbers =
            |char: char| char.is_alphanumeric() || char.is_whitespace() || "+-.()".contains(char);
        let marks = dialect.comments.chars().next().into_iter().chain(dialect.quote);
        let refuses_marks = columns.is_none() && is_numeric && !marks.into_iter().any(is_in_numbers);
        Self { dtype, columns, dialect, refuses_marks }
    }

    /// The rows of a block, with two axes, or one if they are records. `None` where one of them cannot be read.
    pub fn parse(&self, block: &Block) -> Option<DynArray> {
        let text = block.text();
        let has = |mark: &str| memchr::memmem::find(text, mark.as_bytes()).is_some();
        let read = |quote: Option<char>, comments: Option<&str>| {
            self.loader(quote, comments).parse(text).ok().map(numio::text::Table::into_array)
        };
        if self.refuses_marks
            && let Some(rows) = read(None, None)
        {
            return Some(rows);
        }
        let quote = self.dialect.quote.filter(|quote| has(quote.encode_utf8(&mut [0; 4])));
        let comments = Some(self.dialect.comments.as_str()).filter(|text| !text.is_empty() && has(text));
        let is_tried = self.refuses_marks && quote.is_none() && comments.is_none();
        if is_tried { None } else { read(quote, comments) }
    }

    /// A reader of rows with these marks; without them, fields are read many times as fast.
    fn loader(&self, quote: Option<char>, comments: Option<&str>) -> LoadTxt<'static> {
        let mut loader = LoadTxt::new();
        loader
            .dtype(self.dtype.clone())
            .ndmin(2)
            .universal_newlines(false)
            .exact_complex(true)
            .comments(comments);
        if let Some(delimiter) = self.dialect.delimiter {
            loader.delimiter(delimiter);
        }
        if let Some(quote) = quote {
            loader.quotechar(quote);
        }
        if let Some(columns) = &self.columns {
            loader.usecols(columns.iter().copied());
        }
        loader
    }

    /// Parses a block on one thread. What panics has no rows: the caller parses it again, and finds out why.
    fn parse_alone(&self, block: Block) -> Parsed {
        let parse = || with_num_threads(1, || self.parse(&block));
        let rows = panic::catch_unwind(AssertUnwindSafe(parse)).unwrap_or_default();
        (block, rows)
    }
}

/// Threads that parse a block each, this one included. A block that stays in the cache of one core takes less time than one
/// that is shared.
#[derive(Debug)]
pub struct ParserThreads {
    parser: BlockParser,
    queue: Arc<Queue>,
    parsed: Receiver<(u64, Parsed)>,
    /// The number of threads beside this one.
    others: u64,
    /// Blocks that are parsed before one that was sent earlier.
    early: BTreeMap<u64, Parsed>,
    sent: u64,
    received: u64,
}

/// Blocks that nobody parses yet.
#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    has_more: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    blocks: VecDeque<(u64, Block)>,
    is_closed: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a block; `None` once the queue is closed.
    fn wait(&self) -> Option<(u64, Block)> {
        let mut waiting = self.lock();
        while !waiting.is_closed {
            if let Some(block) = waiting.blocks.pop_front() {
                return Some(block);
            }
            waiting = self.has_more.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }
}

impl ParserThreads {
    /// `None` where one thread is all that is wanted, or that the system has.
    pub fn start(parser: &BlockParser) -> Option<Self> {
        let queue = Arc::new(Queue::default());
        let (output, parsed) = channel();
        let start = |_| {
            let (parser, queue, output) = (parser.clone(), Arc::clone(&queue), output.clone());
            let work = move || {
                while let Some((number, block)) = queue.wait() {
                    if output.send((number, parser.parse_alone(block))).is_err() {
                        return;
                    }
                }
            };
            in_background("numio-convert", work).ok()
        };
        let others = (1..num_threads().min(MOST_THREADS)).map_while(start).count() as u64;
        let (early, parser) = (BTreeMap::new(), parser.clone());
        (others > 0).then_some(Self { parser, queue, parsed, others, early, sent: 0, received: 0 })
    }

    /// Returns whether each thread has a block, and another to go on with.
    pub fn is_full(&self) -> bool {
        self.sent - self.received >= 2 * (self.others + 1)
    }

    /// Returns whether no block is left to be received.
    pub fn is_empty(&self) -> bool {
        self.sent == self.received
    }

    pub fn send(&mut self, block: Block) {
        self.queue.lock().blocks.push_back((self.sent, block));
        self.queue.has_more.notify_one();
        self.sent += 1;
    }

    /// The rows of the first block that has not been received. `None` where the other threads have ended.
    pub fn receive(&mut self) -> Option<Parsed> {
        loop {
            if let Some(parsed) = self.early.remove(&self.received) {
                self.received += 1;
                return Some(parsed);
            }
            let (number, parsed) = match self.parsed.try_recv() {
                Ok(found) => found,
                Err(_) => {
                    let own = self.queue.lock().blocks.pop_front();
                    match own {
                        Some((number, block)) => (number, self.parser.parse_alone(block)),
                        None => self.parsed.recv().ok()?,
                    }
                }
            };
            self.early.insert(number, parsed);
        }
    }
}

impl Drop for ParserThreads {
    fn drop(&mut self) {
        self.queue.lock().is_closed = true;
        self.queue.has_more.notify_all();
    }
}
