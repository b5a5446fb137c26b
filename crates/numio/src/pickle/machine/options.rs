//! How a machine is to run.

use super::Machine;
use crate::Limits;
use crate::pickle::factory::{Factory, Policy};

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

    /// Takes frames for nothing: CPython's own readers differ in how far they run a pickle whose frames do not fit.
    #[must_use]
    pub(in crate::pickle) fn without_frames(mut self) -> Self {
        self.heeds_frames = false;
        self
    }
}
