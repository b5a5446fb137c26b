//! How a machine is to run.

use super::Machine;
use crate::pickle::factory::{Factory, Policy};
use crate::{Limits, Result};

impl<F: Factory, P: Policy> Machine<'_, F, P> {
    /// Whether pickles below protocol 3 have their names translated from Python 2 to 3. Default true.
    #[must_use]
    pub fn fix_imports(mut self, yes: bool) -> Self {
        self.fix_imports = yes;
        self
    }

    /// The bound on objects of each pickle: [`Limits::max_pickle_objects`].
    #[must_use]
    pub fn limits(mut self, limits: &Limits) -> Self {
        self.objects = limits.max_pickle_objects;
        self
    }

    /// Names a global for the opcodes EXT1, EXT2 and EXT4: `copyreg.add_extension`.
    #[must_use]
    pub fn extension(mut self, code: i32, module: &str, name: &str) -> Self {
        self.extensions.push((code.into(), module.to_owned(), name.to_owned()));
        self
    }

    /// Ignores frames: their ends are checked by whoever steps through the instructions.
    #[must_use]
    pub(in crate::pickle) fn without_frames(mut self) -> Self {
        self.heeds_frames = false;
        self
    }

    /// The bound on objects of all pickles to come.
    pub(in crate::pickle) fn set_objects_left(&mut self, objects: u64) {
        (self.objects, self.objects_left) = (objects, objects);
    }

    /// The factory, between two instructions.
    pub(in crate::pickle) fn factory(&mut self) -> &mut F {
        &mut self.factory
    }

    /// The same, to look at.
    pub(in crate::pickle) fn factory_ref(&self) -> &F {
        &self.factory
    }

    /// Skips an instruction of one byte that would make `value` of the two on top of the stack.
    pub(in crate::pickle) fn replace_two(&mut self, value: F::Value) -> Result<()> {
        self.decoder.seek(self.decoder.offset() + 1);
        let _ = self.stack.top(2);
        self.stack.push(value)
    }

    /// Puts a value on the stack in place of one that an instruction failed to make.
    pub(in crate::pickle) fn push(&mut self, value: F::Value) -> Result<()> {
        self.stack.push(value)
    }

    /// The value on top of the stack.
    pub(in crate::pickle) fn top_value(&self) -> Option<&F::Value> {
        self.stack.peek(0).ok()
    }

    /// Whether there is a mark on the stack.
    pub(in crate::pickle) fn has_mark(&self) -> bool {
        self.stack.has_mark()
    }

    /// The two values on top of the stack, the topmost last.
    pub(in crate::pickle) fn top_two(&self) -> Option<[F::Value; 2]> {
        Some([self.stack.peek(1).ok()?.clone(), self.stack.peek(0).ok()?.clone()])
    }

    /// Goes on at byte `at`.
    pub(in crate::pickle) fn seek(&mut self, at: usize) {
        self.decoder.seek(at);
    }

    /// Reads or stores the value on top under `index`, which an instruction gave in digits that only CPython accepts.
    pub(in crate::pickle) fn memo(&mut self, index: u64, is_put: bool) -> Result<()> {
        if is_put { self.put(index) } else { self.get(index) }
    }
}
