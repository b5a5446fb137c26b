//! The cyclic garbage collector, paused while objects are made: it would look at all of them again and again.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyModule;

use crate::run::lock;

/// Who waits for the collector to be resumed: how many, and whether it was on before the first of them.
static PAUSED: Mutex<(usize, bool)> = Mutex::new((0, false));

/// Keeps the collector off until dropped, when the last of several pauses in several threads ends.
pub(super) struct Pause<'py>(Bound<'py, PyModule>);

impl<'py> Pause<'py> {
    pub(super) fn new(py: Python<'py>) -> PyResult<Self> {
        static GC: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
        let gc = GC.get_or_try_init(py, || py.import("gc").map(Bound::unbind))?.bind(py).clone();
        // Asked and told without the lock, which Python code under these calls could otherwise wait for.
        let on = gc.call_method0("isenabled")?.is_truthy()?;
        let first = {
            let mut paused = lock(&PAUSED);
            paused.0 += 1;
            if paused.0 == 1 {
                paused.1 = on;
            }
            paused.0 == 1
        };
        let pause = Self(gc);
        if first && on {
            pause.0.call_method0("disable")?;
        }
        Ok(pause)
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        let resume = {
            let mut paused = lock(&PAUSED);
            paused.0 -= 1;
            paused.0 == 0 && paused.1
        };
        if resume && let Err(error) = self.0.call_method0("enable") {
            error.write_unraisable(self.0.py(), Some(self.0.as_any()));
        }
    }
}
