//! The pickle machine: a stack, a memo, and an instruction at a time. It makes no value itself, and calls nothing.

mod options;
mod run;
mod steps;

use super::decode::Decoder;
use super::factory::{Factory, Policy};
use super::memo::Memo;
use super::stack::Stack;
use crate::Limits;

/// Runs pickles over a [`Factory`], after asking a [`Policy`] for each global. No depth of nesting costs anything but
/// the stack's own memory, and nothing that a file claims costs memory before the file has paid for it.
///
/// Where pickles follow one another, each call of [`run`](Self::run) takes the next; they share the memo, as under one
/// `pickle.Unpickler`.
#[derive(Debug)]
pub struct Machine<'a, F: Factory, P> {
    decoder: Decoder<'a>,
    factory: F,
    policy: P,
    stack: Stack<F::Value>,
    memo: Memo<F::Value>,
    frame_end: usize,
    heeds_frames: bool,
    protocol: i64,
    fix_imports: bool,
    extensions: Vec<(i64, String, String)>,
    objects_left: u64,
    objects: u64,
    /// Where STACK_GLOBAL's names are read into.
    names: (String, String),
}

impl<'a, F: Factory, P: Policy> Machine<'a, F, P> {
    /// A machine at the first byte, with the default [`Limits`] and `fix_imports`.
    pub fn new(bytes: &'a [u8], factory: F, policy: P) -> Self {
        let objects = Limits::default().max_pickle_objects;
        Self {
            decoder: Decoder::new(bytes),
            factory,
            policy,
            stack: Stack::new(),
            // As many as most pickles of that size store.
            memo: Memo::with_room(bytes.len().min(64 << 20) / 12),
            frame_end: usize::MAX,
            heeds_frames: true,
            protocol: 0,
            fix_imports: true,
            extensions: Vec::new(),
            objects_left: objects,
            objects,
            names: (String::new(), String::new()),
        }
    }

    /// How many bytes have been read: after [`run`](Self::run), where the pickle ends.
    pub fn offset(&self) -> usize {
        self.decoder.offset()
    }

    /// The factory, with whatever it has made; also after an error.
    pub fn into_factory(self) -> F {
        self.factory
    }
}
