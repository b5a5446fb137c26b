//! The traits of the two parts that an [`Unpickler`](crate::Unpickler) needs: one builds values, one decides on globals.

use std::ops::Range;
use std::vec::Drain;

use super::error::UnpicklingError;
use crate::Result;
use crate::decode::Leaf;

/// The kind of a call that makes an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallKind {
    /// `callable(*args)`: REDUCE.
    Reduce,
    /// `cls.__new__(cls, *args)`: NEWOBJ.
    New,
    /// `cls.__new__(cls, *args, **kwargs)`: NEWOBJ_EX.
    NewEx,
    /// `cls(*args)` of protocols 0 and 1, or an empty instance of `cls` where there are no arguments: INST and OBJ.
    Instance,
}

/// Makes the values of a pickle for a [`Unpickler`](super::Unpickler), which calls it once for every opcode that makes or
/// changes one.
///
/// The unpickler has checked the stack, the memo and the frames; a visitor checks the kinds of the values it is handed. An
/// error needs neither the opcode's name nor its offset: the unpickler adds both.
pub trait Visitor {
    /// A value, or a small handle to it: the stack and the memo hold these.
    type Value: Clone;

    /// A value without parts, from the opcode at byte `at`.
    fn leaf(&mut self, leaf: Leaf<'_>, at: usize) -> Result<Self::Value>;

    /// A tuple.
    fn tuple(&mut self, items: Drain<'_, Self::Value>, at: usize) -> Result<Self::Value>;

    /// A list.
    fn list(&mut self, items: Drain<'_, Self::Value>) -> Result<Self::Value>;

    /// A dict of keys and values in turn; their number is even.
    fn dict(&mut self, pairs: Drain<'_, Self::Value>) -> Result<Self::Value>;

    /// An empty set.
    fn set(&mut self) -> Result<Self::Value>;

    /// A frozenset.
    fn frozen_set(&mut self, items: Drain<'_, Self::Value>) -> Result<Self::Value>;

    /// Appends to a list, or to an object that takes items as a list does.
    fn extend(&mut self, list: &Self::Value, items: Drain<'_, Self::Value>, at: usize) -> Result<()>;

    /// Sets keys and values, in turn and even in number, in a dict or an object that takes them as a dict does.
    fn update(&mut self, dict: &Self::Value, pairs: Drain<'_, Self::Value>, at: usize) -> Result<()>;

    /// Adds to a set, or to an object that has `add`.
    fn add(&mut self, set: &Self::Value, items: Drain<'_, Self::Value>, at: usize) -> Result<()>;

    /// Appends the text of a string to `out`, and says whether it was one: STACK_GLOBAL's names come as values.
    fn text(&self, value: &Self::Value, out: &mut String) -> bool;

    /// The attribute `name` of `module`. The policy has agreed. If the two are strings of the pickle, to which it may
    /// refer again, these come along.
    fn global(
        &mut self,
        module: &str,
        name: &str,
        strings: Option<[Self::Value; 2]>,
        at: usize,
    ) -> Result<Self::Value>;

    /// The global that stands under a number in an extension registry of the program's own (`copyreg.add_extension`),
    /// of which the unpickler has not been told. By default an error.
    fn extension(&mut self, code: i64, at: usize) -> Result<Self::Value> {
        let _ = at;
        Err(UnpicklingError::Extension(code).into())
    }

    /// An object made by a callable.
    fn call(&mut self, kind: CallKind, given: CallArgs<Self::Value>, at: usize) -> Result<Self::Value>;

    /// Gives an object its state: `__setstate__`, or its attributes.
    fn build(&mut self, object: &Self::Value, state: Self::Value, at: usize) -> Result<()>;

    /// The data from byte `at` on that is no instruction and follows the one that gave `object` its state: joblib writes the
    /// elements of an array there. By default none.
    fn inline_data(&mut self, object: &Self::Value, at: usize) -> Option<InlineData> {
        let _ = (object, at);
        None
    }

    /// The range of the bytes of such data without their padding, all of which exist. By default nothing is done.
    fn inline_bytes(&mut self, object: &Self::Value, bytes: Range<usize>) -> Result<()> {
        let _ = (object, bytes);
        Ok(())
    }

    /// The value of a pickle that is such data. By default it is dropped.
    fn inline_pickle(&mut self, object: &Self::Value, value: Self::Value) -> Result<()> {
        let _ = (object, value);
        Ok(())
    }

    /// Drops a value that POP takes off the stack. By default nothing more.
    fn discard(&mut self, value: Self::Value) {
        drop(value);
    }

    /// A value is put on the stack again: it is used more than once from here on. By default nothing.
    fn again(&mut self, value: &Self::Value) {
        let _ = value;
    }

    /// The object that the program keeps elsewhere under this name.
    fn persistent(&mut self, id: Self::Value, at: usize) -> Result<Self::Value>;

    /// The next out-of-band buffer.
    fn buffer(&mut self, at: usize) -> Result<Self::Value>;

    /// The same buffer, or other object with a buffer, for reading only.
    fn read_only(&mut self, buffer: Self::Value) -> Result<Self::Value>;
}

/// Data between the instructions of a pickle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InlineData {
    /// Bytes.
    Bytes {
        /// The number of bytes to skip first.
        padding: usize,
        /// The number of bytes of the data itself.
        len: u64,
    },
    /// A pickle with a memo of its own.
    Pickle,
}

/// A callable and what it is called with.
#[derive(Debug, Clone)]
pub struct CallArgs<V> {
    /// The callable.
    pub callable: V,
    /// The positional arguments, meant to be a tuple.
    pub args: V,
    /// The named ones, meant to be a dict.
    pub kwargs: Option<V>,
}

/// Decides on the globals that a pickle may use. The unpickler asks before every single one.
///
/// Closures are policies:
/// ```
/// use numio_pickle::Policy;
/// use numio_pickle::{Error, ErrorKind};
///
/// let mut only_decimals = |module: &str, name: &str| match (module, name) {
///     ("decimal", "Decimal") => Ok(()),
///     _ => Err(Error::new(ErrorKind::NotAllowed, format!("{module}.{name} is not allowed"))),
/// };
/// assert!(only_decimals.global("os", "system").is_err());
/// ```
pub trait Policy {
    /// Agrees, or refuses with an error.
    ///
    /// # Errors
    /// Whatever says best why this global may not be had; `NotAllowed` by custom.
    fn global(&mut self, module: &str, name: &str) -> Result<()>;
}

impl<F: FnMut(&str, &str) -> Result<()>> Policy for F {
    fn global(&mut self, module: &str, name: &str) -> Result<()> {
        self(module, name)
    }
}

/// Agrees to every global: for visitors that import and run nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct AllowAll;

impl Policy for AllowAll {
    fn global(&mut self, _module: &str, _name: &str) -> Result<()> {
        Ok(())
    }
}
