//! Bounds on the cost of a pickle, and the way to stop a call.

use std::fmt;
use std::sync::Arc;

use crate::Result;

/// Bounds on the cost of one pickle. The defaults let through every pickle that a program writes in practice; a caller who
/// trusts a pickle can raise them.
///
/// ```
/// use numio_pickle::Limits;
///
/// let mut limits = Limits::default();
/// limits.max_pickle_objects = 1 << 20;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Maximum number of objects that one pickle makes. Default 2^32.
    pub max_pickle_objects: u64,
    /// Maximum number of characters from printing one object or turning it into JSON. Default 2^28.
    pub max_repr_chars: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_pickle_objects: 1 << 32, max_repr_chars: 1 << 28 }
    }
}

impl From<&Self> for Limits {
    fn from(limits: &Self) -> Self {
        *limits
    }
}

/// A function that is called every few thousand steps; its error ends the call.
#[derive(Clone, Default)]
pub(crate) struct Checkpoint(Option<Arc<dyn Fn() -> Result<()> + Send + Sync>>);

impl Checkpoint {
    pub(crate) fn new(check: impl Fn() -> Result<()> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(check)))
    }

    #[inline]
    pub(crate) fn check(&self) -> Result<()> {
        self.0.as_ref().map_or(Ok(()), |check| check())
    }
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Checkpoint" } else { "None" })
    }
}
